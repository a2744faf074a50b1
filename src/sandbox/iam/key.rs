//! Makes keys for service accounts: the public half goes to the accounts file, the private one to a
//! key file as the service's own clients read it (`api.md §8.2`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use pem::{EncodeConfig, LineEnding, Pem};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::accounts::{Account, AccountKey, Permission};
use super::file::{self, AccountsError};
use crate::call::ProjectName;

/// Where the token endpoint of a sandbox on this machine is supposed to be: what key files say, and
/// what examples use.
pub const TOKEN_URL: &str = "http://127.0.0.1:50052/token";
/// How many bytes of the public key's digest are its id: as many as the service's clients know.
const KEY_ID_BYTES: usize = 20;
/// What is added to the accounts file's name while a new one is written.
const NEW: &str = ".new";

/// Which key to make.
#[derive(Debug, Clone)]
pub struct KeyOrder {
    /// The accounts file, which is made if it is not there.
    pub accounts: PathBuf,
    /// The e-mail address of the account, which is made if it is not there.
    pub account: String,
    /// Where the account is to have permissions, beside those that it has. The first is the one that
    /// the key file names.
    pub projects: Vec<ProjectName>,
    /// What it is to be permitted in each of them.
    pub permissions: Vec<Permission>,
    /// The key file, which must not exist.
    pub out: PathBuf,
}

/// What has been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// The key's id.
    pub key_id: String,
    /// Whether the accounts file is new.
    pub new_file: bool,
    /// Whether the account is new.
    pub new_account: bool,
}

/// Why no key was made, as a sentence. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The order makes no sense.
    #[error("{0}")]
    Order(String),
    /// The accounts file that is there is of no use.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The key file is there already.
    #[error("{} exists already, and no key is overwritten: give another file", .0.display())]
    Exists(PathBuf),
    /// Another process is adding to the accounts file.
    #[error(
        "{} exists: another `switchboard sandbox key` is at work; if none is, remove that file",
        .0.display()
    )]
    Busy(PathBuf),
    /// A file cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// No key comes about.
    #[error("no RSA key could be made")]
    Generate,
}

/// Makes a key, writes its file, and adds it to the accounts file.
///
/// # Errors
///
/// Fails if one of the files cannot be written or the accounts file is of no use; both are then as
/// they were.
pub fn issue_key(order: &KeyOrder) -> Result<IssuedKey, KeyError> {
    let Some(first) = order.projects.first() else {
        return Err(KeyError::Order("a key needs a project".to_owned()));
    };
    let mut account = Account::new(&order.account).map_err(KeyError::Order)?;
    // A link stays a link, and what it leads to is replaced.
    let path = fs::canonicalize(&order.accounts).unwrap_or_else(|_new| order.accounts.clone());
    let fresh = FreshKey::generate().ok_or(KeyError::Generate)?;

    // Made first, so that two who add at the same time do not lose what the other adds.
    let new = NewFile::create(&path)?;
    let (mut accounts, new_file) = match file::read(&path) {
        Ok(accounts) => (accounts, false),
        Err(AccountsError::Missing(_)) => (BTreeMap::new(), true),
        Err(error) => return Err(error.into()),
    };
    let known = accounts.remove(&order.account);
    let new_account = known.is_none();
    if let Some(known) = known {
        account = known;
    }
    AccountKey::new(&fresh.id, &fresh.public_pem)
        .and_then(|key| account.add_key(key))
        .map_err(KeyError::Order)?;
    for project in &order.projects {
        account.permit(project, &order.permissions);
    }
    accounts.insert(order.account.clone(), account);

    let key_file = json!({
        "type": "service_account",
        "client_email": order.account,
        "private_key_id": fresh.id,
        "private_key": fresh.private_pem,
        "project_id": first.id(),
        "token_uri": TOKEN_URL,
    });
    let key_file = write_key(&order.out, &format!("{key_file:#}\n"))?;
    if new_file && path.exists() {
        let same = "the key file and the accounts file are one: give another --out";
        return Err(KeyError::Order(same.to_owned()));
    }
    new.replace(&path, &file::render(&accounts))?;
    key_file.keep();
    Ok(IssuedKey {
        key_id: fresh.id,
        new_file,
        new_account,
    })
}

/// A key that nobody has yet.
struct FreshKey {
    id: String,
    private_pem: String,
    public_pem: String,
}

impl FreshKey {
    fn generate() -> Option<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let digest = Sha256::digest(public.as_ref());
        let id = digest.iter().take(KEY_ID_BYTES);
        let id = id.fold(String::new(), |mut id, byte| {
            // Writing to a string cannot fail.
            let _always = write!(id, "{byte:02x}");
            id
        });
        Some(Self {
            id,
            private_pem: framed("PRIVATE KEY", private.as_ref()),
            public_pem: framed("PUBLIC KEY", public.as_ref()),
        })
    }
}

fn framed(tag: &str, der: &[u8]) -> String {
    let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, der), lines)
}

/// A file that is removed again unless it is kept.
struct Written<'a> {
    path: &'a Path,
    kept: bool,
}

impl Written<'_> {
    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        if !self.kept {
            let _gone = fs::remove_file(self.path);
        }
    }
}

/// Writes a file that was not there, for nobody else to read.
fn write_key<'a>(path: &'a Path, text: &str) -> Result<Written<'a>, KeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|reason| match reason.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
        _ => unwritten(path, reason),
    })?;
    let written = Written { path, kept: false };
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|reason| unwritten(path, reason))?;
    Ok(written)
}

/// The file that takes the place of another once it is whole; removed again if it does not.
struct NewFile {
    file: File,
    path: PathBuf,
    placed: bool,
}

impl NewFile {
    fn create(beside: &Path) -> Result<Self, KeyError> {
        let mut path = beside.as_os_str().to_owned();
        path.push(NEW);
        let path = PathBuf::from(path);
        let made = File::create_new(&path);
        let file = made.map_err(|reason| match reason.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Busy(path.clone()),
            _ => unwritten(&path, reason),
        })?;
        Ok(Self {
            file,
            path,
            placed: false,
        })
    }

    fn replace(mut self, old: &Path, text: &str) -> Result<(), KeyError> {
        let done = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| match fs::metadata(old) {
                Ok(old) => self.file.set_permissions(old.permissions()),
                Err(_new) => Ok(()),
            })
            .and_then(|()| self.file.sync_all())
            .and_then(|()| fs::rename(&self.path, old));
        self.placed = done.is_ok();
        done.map_err(|reason| unwritten(old, reason))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.placed {
            let _gone = fs::remove_file(&self.path);
        }
    }
}

fn unwritten(path: &Path, reason: io::Error) -> KeyError {
    KeyError::Write {
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::OnceLock;

    use rstest::rstest;
    use serde_json::Value;

    use super::*;

    /// The public half of some key; made once, for it takes a while.
    pub(crate) fn public_pem() -> &'static str {
        static PEM: OnceLock<String> = OnceLock::new();
        PEM.get_or_init(|| FreshKey::generate().unwrap().public_pem)
    }

    struct Desk {
        folder: tempfile::TempDir,
    }

    impl Desk {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
            }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn order(&self, account: &str, permission: Permission, out: &str) -> KeyOrder {
            KeyOrder {
                accounts: self.path("auth.json"),
                account: account.to_owned(),
                projects: vec![ProjectName::parse("demo").unwrap()],
                permissions: vec![permission],
                out: self.path(out),
            }
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        }
    }

    #[test]
    fn keys_are_added_and_permissions_add_up() {
        let desk = Desk::new();
        let first = issue_key(&desk.order("a@demo.example", Permission::List, "1.json")).unwrap();
        assert!(first.new_file && first.new_account);
        let second = issue_key(&desk.order("a@demo.example", Permission::Get, "2.json")).unwrap();
        assert!(!second.new_file && !second.new_account);
        let third = issue_key(&desk.order("b@demo.example", Permission::List, "3.json")).unwrap();
        assert!(!third.new_file && third.new_account);
        assert_eq!(desk.names(), ["1.json", "2.json", "3.json", "auth.json"]);

        let accounts = file::read(&desk.path("auth.json")).unwrap();
        let account = &accounts["a@demo.example"];
        let ids: Vec<&str> = account.keys().iter().map(AccountKey::id).collect();
        assert_eq!(ids, [&first.key_id, &second.key_id]);
        let may = Permission::ALL.map(|permission| account.may(permission, "projects/demo"));
        assert_eq!(may, [false, true, true]);
        assert!(!accounts["b@demo.example"].may(Permission::Get, "projects/demo"));
        let text = fs::read_to_string(desk.path("auth.json")).unwrap();
        assert!(!text.contains("PRIVATE"));
    }

    #[test]
    fn the_key_file_is_the_service_s_and_its_owner_s_alone() {
        let desk = Desk::new();
        let issued = issue_key(&desk.order("a@demo.example", Permission::List, "k.json")).unwrap();
        let text = fs::read_to_string(desk.path("k.json")).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["type"], "service_account");
        assert_eq!(file["client_email"], "a@demo.example");
        assert_eq!(file["private_key_id"], issued.key_id);
        assert_eq!(file["project_id"], "demo");
        let pem = pem::parse(file["private_key"].as_str().unwrap()).unwrap();
        assert_eq!(pem.tag(), "PRIVATE KEY");
        KeyPair::from_pkcs8(pem.contents()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(desk.path("k.json"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[rstest]
    #[case::a_key_file_that_exists(
        "auth.json",
        "{\"version\": 1, \"accounts\": []}",
        "k.json",
        "exists already"
    )]
    #[case::a_damaged_accounts_file("auth.json", "{", "new.json", "not JSON")]
    #[case::another_at_work("auth.json.new", "", "new.json", "another `switchboard sandbox key`")]
    #[case::the_accounts_file_as_key_file("x", "", "auth.json", "are one")]
    #[case::the_file_beside_it_as_key_file("x", "", "auth.json.new", "exists already")]
    fn what_cannot_be_done_changes_nothing(
        #[case] name: &str,
        #[case] text: &str,
        #[case] out: &str,
        #[case] says: &str,
    ) {
        let desk = Desk::new();
        fs::write(desk.path("k.json"), "precious").unwrap();
        fs::write(desk.path(name), text).unwrap();
        let before = desk.names();
        let order = desk.order("a@demo.example", Permission::List, out);
        let error = issue_key(&order).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(desk.names(), before);
        assert_eq!(fs::read_to_string(desk.path(name)).unwrap(), text);
        assert_eq!(fs::read_to_string(desk.path("k.json")).unwrap(), "precious");
    }

    #[test]
    fn a_key_whose_account_cannot_be_written_is_not_left_behind() {
        let desk = Desk::new();
        fs::create_dir(desk.path("auth.json")).unwrap();
        let order = desk.order("a@demo.example", Permission::List, "k.json");
        issue_key(&order).unwrap_err();
        assert_eq!(desk.names(), ["auth.json"]);
        let order = KeyOrder {
            accounts: desk.path("no/such/auth.json"),
            ..order
        };
        let error = issue_key(&order).unwrap_err().to_string();
        assert!(error.contains("cannot be written"), "{error}");
        assert_eq!(desk.names(), ["auth.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_an_accounts_file_stays_a_link_and_the_file_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let desk = Desk::new();
        issue_key(&desk.order("a@demo.example", Permission::List, "1.json")).unwrap();
        let real = desk.path("real.json");
        fs::rename(desk.path("auth.json"), &real).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, desk.path("auth.json")).unwrap();
        issue_key(&desk.order("b@demo.example", Permission::List, "2.json")).unwrap();
        let link = fs::symlink_metadata(desk.path("auth.json")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(file::read(&real).unwrap().len(), 2);
        let mode = fs::metadata(&real).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
