//! The accounts file: JSON, with a version, and with a place for every error.
//!
//! ```json
//! {
//!   "version": 1,
//!   "accounts": [
//!     {
//!       "email": "console@demo.example",
//!       "keys": [{ "id": "5f0c", "public_key": "-----BEGIN PUBLIC KEY-----\n..." }],
//!       "access": [{ "project": "demo", "permissions": ["voice.calls.list"] }]
//!     }
//!   ]
//! }
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::accounts::{Account, AccountKey, Permission};
use crate::call::ProjectName;

/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;
/// How many bytes a file has at most: thousands of accounts.
const LARGEST: u64 = 4 << 20;

/// Why an accounts file is of no use, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// There is none.
    #[error(
        "the accounts file {} does not exist: make it with `switchboard sandbox key --auth {} ...`",
        .0.display(),
        .0.display()
    )]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("the accounts file {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is not what it should be.
    #[error("the accounts file {}: {place}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in it, such as `accounts[0].email` or `line 3, column 7`.
        place: String,
        /// What is wrong there, and what would be right.
        reason: String,
    },
}

/// Reads accounts, by their e-mail addresses.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, Account>, AccountsError> {
    let text = text_of(path).map_err(|reason| match reason.kind() {
        io::ErrorKind::NotFound => AccountsError::Missing(path.to_owned()),
        _ => AccountsError::Unreadable {
            path: path.to_owned(),
            reason,
        },
    })?;
    parse(&text).map_err(|wrong| AccountsError::Malformed {
        path: path.to_owned(),
        place: wrong.place,
        reason: wrong.reason,
    })
}

fn text_of(path: &Path) -> io::Result<String> {
    // Only an ordinary file is opened: others may never answer.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("it is too large for an accounts file"));
    }
    Ok(text)
}

/// What is wrong, and where.
struct Wrong {
    place: String,
    reason: String,
}

fn parse(text: &str) -> Result<BTreeMap<String, Account>, Wrong> {
    let value: Value = serde_json::from_str(text).map_err(|error| Wrong {
        place: format!("line {}, column {}", error.line(), error.column()),
        reason: "this is not JSON".to_owned(),
    })?;
    let top = Node {
        value: &value,
        place: String::new(),
    };
    let top = top.object(&["version", "accounts"])?;
    let version = top.field("version")?;
    if version.value.as_u64() != Some(VERSION) {
        let known = format!("the version is not {VERSION}, which is all that this program knows");
        return Err(version.wrong(known));
    }
    let mut accounts = BTreeMap::new();
    for node in top.field("accounts")?.list()? {
        let account = read_account(&node)?;
        if let Some(twice) = accounts.insert(account.email().to_owned(), account) {
            let twice = format!("{:?} has two entries: make them one", twice.email());
            return Err(node.wrong(twice));
        }
    }
    Ok(accounts)
}

fn read_account(node: &Node<'_>) -> Result<Account, Wrong> {
    let fields = node.object(&["email", "keys", "access"])?;
    let email = fields.field("email")?;
    let mut account = Account::new(email.text()?).map_err(|reason| email.wrong(reason))?;
    for node in fields.field("keys")?.list()? {
        let fields = node.object(&["id", "public_key"])?;
        let (id, pem) = (fields.field("id")?, fields.field("public_key")?);
        AccountKey::new(id.text()?, pem.text()?)
            .and_then(|key| account.add_key(key))
            .map_err(|reason| node.wrong(reason))?;
    }
    for node in fields.field("access")?.list()? {
        let fields = node.object(&["project", "permissions"])?;
        let project = fields.field("project")?;
        let name = ProjectName::parse(project.text()?).map_err(|it| project.wrong(it))?;
        let mut permissions = Vec::new();
        for node in fields.field("permissions")?.list()? {
            let permission = Permission::parse(node.text()?);
            permissions.push(permission.map_err(|reason| node.wrong(reason))?);
        }
        account.permit(&name, &permissions);
    }
    Ok(account)
}

/// The text of a file with these accounts.
pub(super) fn render(accounts: &BTreeMap<String, Account>) -> String {
    let accounts: Vec<Value> = accounts.values().map(write_account).collect();
    let file = json!({ "version": VERSION, "accounts": accounts });
    format!("{file:#}\n")
}

fn write_account(account: &Account) -> Value {
    let keys = account.keys().iter();
    let keys: Vec<Value> = keys
        .map(|key| json!({ "id": key.id(), "public_key": key.pem() }))
        .collect();
    let access = account.permissions().iter();
    let access: Vec<Value> = access
        .map(|(project, permissions)| {
            let permissions = permissions.iter().map(|permission| permission.as_str());
            json!({
                "project": project.strip_prefix("projects/").unwrap_or(project),
                "permissions": permissions.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "email": account.email(), "keys": keys, "access": access })
}

/// A value with its place in the file.
struct Node<'a> {
    value: &'a Value,
    place: String,
}

/// An object with its place in the file.
struct Fields<'a> {
    fields: &'a Map<String, Value>,
    place: String,
}

impl<'a> Node<'a> {
    fn wrong(&self, reason: impl Into<String>) -> Wrong {
        let place = if self.place.is_empty() {
            "the whole of it".to_owned()
        } else {
            self.place.clone()
        };
        Wrong {
            place,
            reason: reason.into(),
        }
    }

    /// An object with no other fields than these: a slip in a name is not to go unnoticed.
    fn object(&self, known: &[&str]) -> Result<Fields<'a>, Wrong> {
        let Value::Object(fields) = self.value else {
            let reason = format!("this is not an object with {}", known.join(", "));
            return Err(self.wrong(reason));
        };
        if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            let reason = format!("unknown field {unknown:?}: one of {}", known.join(", "));
            return Err(self.wrong(reason));
        }
        Ok(Fields {
            fields,
            place: self.place.clone(),
        })
    }

    fn list(&self) -> Result<Vec<Self>, Wrong> {
        let list = self.value.as_array();
        let list = list.ok_or_else(|| self.wrong("this is not a list"))?;
        let nodes = list.iter().enumerate().map(|(at, value)| Self {
            value,
            place: format!("{}[{at}]", self.place),
        });
        Ok(nodes.collect())
    }

    fn text(&self) -> Result<&'a str, Wrong> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.wrong("this is not a text"))
    }
}

impl<'a> Fields<'a> {
    fn field(&self, name: &str) -> Result<Node<'a>, Wrong> {
        let place = match self.place.as_str() {
            "" => name.to_owned(),
            place => format!("{place}.{name}"),
        };
        match self.fields.get(name) {
            Some(value) => Ok(Node { value, place }),
            None => Err(Wrong {
                place,
                reason: "this is missing".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::public_pem;
    use super::*;
    use rstest::rstest;

    fn whole() -> Value {
        json!({
            "version": 1,
            "accounts": [{
                "email": "console@demo.example",
                "keys": [{ "id": "k1", "public_key": public_pem() }],
                "access": [{ "project": "demo", "permissions": ["voice.calls.list"] }],
            }],
        })
    }

    fn read_text(text: &str) -> Result<BTreeMap<String, Account>, AccountsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.json");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let accounts = read_text(&whole().to_string()).unwrap();
        let account = &accounts["console@demo.example"];
        assert!(account.may(Permission::List, "projects/demo"));
        assert_eq!(account.keys()[0].id(), "k1");
        let text = render(&accounts);
        assert_eq!(render(&read_text(&text).unwrap()), text);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), whole());
    }

    #[rstest]
    #[case::another_version("/version", json!(2), "version: the version is not 1")]
    #[case::no_list("/accounts", json!({}), "accounts: this is not a list")]
    #[case::no_object("/accounts/0", json!("x"), "accounts[0]: this is not an object")]
    #[case::no_email("/accounts/0/email", json!(7), "accounts[0].email: this is not a text")]
    #[case::a_bad_email("/accounts/0/email", json!("x"), "accounts[0].email: \"x\" is no e-mail")]
    #[case::a_key_without_an_id(
        "/accounts/0/keys/0", json!({ "public_key": "" }), "accounts[0].keys[0].id: this is missing"
    )]
    #[case::an_empty_id("/accounts/0/keys/0/id", json!(""), "accounts[0].keys[0]: the id of a key")]
    #[case::no_pem(
        "/accounts/0/keys/0/public_key", json!("s3cret"), "accounts[0].keys[0]: the public key is not in PEM"
    )]
    #[case::no_key(
        "/accounts/0/keys/0/public_key",
        json!("-----BEGIN PUBLIC KEY-----\nczNjcmV0\n-----END PUBLIC KEY-----\n"),
        "accounts[0].keys[0]: the public key is no RSA key"
    )]
    #[case::a_private_key(
        "/accounts/0/keys/0/public_key",
        json!("-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----\n"),
        "accounts[0].keys[0]: this is a private key"
    )]
    #[case::a_bad_project(
        "/accounts/0/access/0/project", json!("No"), "accounts[0].access[0].project: "
    )]
    #[case::an_unknown_permission(
        "/accounts/0/access/0/permissions/0",
        json!("voice.call.list"),
        "accounts[0].access[0].permissions[0]: \"voice.call.list\" is no permission"
    )]
    #[case::an_unknown_field(
        "/accounts/0/access/0",
        json!({ "project": "demo", "permisions": [] }),
        "accounts[0].access[0]: unknown field \"permisions\""
    )]
    fn faults_are_told_with_their_place(
        #[case] pointer: &str,
        #[case] value: Value,
        #[case] says: &str,
    ) {
        let mut file = whole();
        *file.pointer_mut(pointer).unwrap() = value;
        let error = read_text(&file.to_string()).unwrap_err().to_string();
        assert!(error.contains("auth.json: "), "{error}");
        assert!(error.contains(says), "{error}");
        assert!(
            !error.contains("s3cret") && !error.contains("czNjcmV0"),
            "{error}"
        );
    }

    #[test]
    fn what_is_given_twice_is_told() {
        let mut file = whole();
        let account = file["accounts"][0].clone();
        file["accounts"] = json!([account, account]);
        let error = read_text(&file.to_string()).unwrap_err().to_string();
        assert!(
            error.contains("accounts[1]: \"console@demo.example\" has two"),
            "{error}"
        );
        let mut file = whole();
        let key = file["accounts"][0]["keys"][0].clone();
        file["accounts"][0]["keys"] = json!([key, key]);
        let error = read_text(&file.to_string()).unwrap_err().to_string();
        assert!(
            error.contains("accounts[0].keys[1]: the account has two keys"),
            "{error}"
        );
    }

    #[test]
    fn a_key_that_is_too_short_for_rs256_is_told() {
        // 1024 bits; made for this test, and its private half thrown away.
        let short = "-----BEGIN PUBLIC KEY-----\n\
            MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLSByHHpNj7tsAMGKcJRqW1nW/\n\
            ZjFG0JJYX8DMPKKY3Jbm4mSQjdFfacW+zuvDQa4TjLRDo4ZD1WAzaI/4RSwzzGO0\n\
            fs37uzrMwynLPjqpkYspISWRQfnYmkOpYsq+DPQQwxNNy00yM6I9cDmm/OkSMGFY\n\
            x/rMif3n0P9G0AvA9wIDAQAB\n\
            -----END PUBLIC KEY-----\n";
        let mut file = whole();
        file["accounts"][0]["keys"][0]["public_key"] = json!(short);
        let error = read_text(&file.to_string()).unwrap_err().to_string();
        assert!(
            error.contains("accounts[0].keys[0]: the public key is too short"),
            "{error}"
        );
    }

    #[rstest]
    #[case::nothing("", "line 1, column 0")]
    #[case::half_of_it("{\n \"version\": 1,", "line 2, column 14")]
    #[case::another_value("[]", "the whole of it: this is not an object")]
    #[case::no_version("{}", "version: this is missing")]
    fn what_is_no_accounts_file_is_told(#[case] text: &str, #[case] says: &str) {
        let error = read_text(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read(&folder.path().join("none.json")).unwrap_err();
        assert!(matches!(missing, AccountsError::Missing(_)));
        assert!(
            missing.to_string().contains("sandbox key --auth"),
            "{missing}"
        );
        let told = read(folder.path()).unwrap_err().to_string();
        assert!(told.contains("no ordinary file"), "{told}");
        let large = " ".repeat(usize::try_from(LARGEST).unwrap() + 1);
        let told = read_text(&large).unwrap_err().to_string();
        assert!(told.contains("too large"), "{told}");
    }
}
