//! Service accounts: their public keys, and what they may do in which project.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rsa::PublicKey;
use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;

use super::file::{self, AccountsError};
use crate::call::ProjectName;
use crate::sandbox::clock::machine_time;

/// How many bytes an e-mail address has at most (RFC 5321).
pub(super) const LONGEST_EMAIL: usize = 254;
/// How many bytes the id of a key has at most.
const LONGEST_KEY_ID: usize = 128;
/// How many bytes the modulus of a key has at least: 2048 bits, which is what RS256 asks for
/// (RFC 7518 §3.3).
const SHORTEST_MODULUS: usize = 2_048 / 8;

/// What a service account may be permitted to do in a project (`api.md §1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// To place calls.
    Create,
    /// To read a call by its name.
    Get,
    /// To list calls.
    List,
}

impl Permission {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Create, Self::Get, Self::List];

    /// Its name, such as `voice.calls.list`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "voice.calls.create",
            Self::Get => "voice.calls.get",
            Self::List => "voice.calls.list",
        }
    }

    /// Reads a name. The error is a sentence for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str);
                format!("{text:?} is no permission: one of {}", known.join(", "))
            })
    }
}

/// Reads the time of the machine.
type MachineClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The service accounts of a sandbox.
#[derive(Clone)]
pub struct Accounts {
    by_email: Arc<BTreeMap<String, Account>>,
    clock: MachineClock,
}

/// Who has an account; nothing about keys.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accounts")
            .field(&self.by_email.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl Accounts {
    /// Reads an accounts file.
    ///
    /// # Errors
    ///
    /// Tells the file, the place in it and the remedy where it is missing, cannot be read or is not
    /// what it should be.
    pub fn load(path: &Path) -> Result<Self, AccountsError> {
        Ok(Self {
            by_email: Arc::new(file::read(path)?),
            clock: Arc::new(machine_time),
        })
    }

    /// With another clock than the machine's to tell when assertions and tokens hold, so that nobody
    /// has to wait for one to expire.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ..self
        }
    }

    pub(super) fn find(&self, email: &str) -> Option<&Account> {
        self.by_email.get(email)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

/// One service account.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Account {
    email: String,
    keys: Vec<AccountKey>,
    /// By the project's resource name.
    permissions: BTreeMap<String, BTreeSet<Permission>>,
}

impl Account {
    /// An account without keys and permissions. The error is a sentence about the address.
    pub(super) fn new(email: &str) -> Result<Self, String> {
        let (user, host) = email.split_once('@').unwrap_or_default();
        let shaped = !user.is_empty() && !host.is_empty() && !host.contains('@');
        if !shaped || email.len() > LONGEST_EMAIL || !email.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!(
                "{email:?} is no e-mail address of an account: such as console@demo.example"
            ));
        }
        Ok(Self {
            email: email.to_owned(),
            keys: Vec::new(),
            permissions: BTreeMap::new(),
        })
    }

    pub(super) fn email(&self) -> &str {
        &self.email
    }

    pub(super) fn keys(&self) -> &[AccountKey] {
        &self.keys
    }

    pub(super) fn permissions(&self) -> &BTreeMap<String, BTreeSet<Permission>> {
        &self.permissions
    }

    /// Adds a key. The error is a sentence: the account has one of that id.
    pub(super) fn add_key(&mut self, key: AccountKey) -> Result<(), String> {
        if self.keys.iter().any(|other| other.id == key.id) {
            return Err(format!(
                "the account has two keys with the id {:?}: give each its own",
                key.id
            ));
        }
        self.keys.push(key);
        Ok(())
    }

    /// Permits, beside what is permitted already.
    pub(super) fn permit(&mut self, project: &ProjectName, permissions: &[Permission]) {
        let permitted = self.permissions.entry(project.as_str().to_owned());
        permitted.or_default().extend(permissions);
    }

    /// Whether it may do this in `projects/{project}`.
    pub(super) fn may(&self, permission: Permission, project: &str) -> bool {
        let permitted = self.permissions.get(project);
        permitted.is_some_and(|permitted| permitted.contains(&permission))
    }
}

/// The public half of a key.
#[derive(Debug, Clone)]
pub(super) struct AccountKey {
    id: String,
    /// As the file has it.
    pem: String,
    decoding: DecodingKey,
}

impl AccountKey {
    /// Reads a public key in PEM. The error is a sentence that repeats nothing of it: what is found
    /// in its place may be a private key.
    pub(super) fn new(id: &str, pem: &str) -> Result<Self, String> {
        if id.is_empty() || id.len() > LONGEST_KEY_ID || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!(
                "the id of a key is 1 to {LONGEST_KEY_ID} visible ASCII characters"
            ));
        }
        let framed = pem::parse(pem)
            .ok()
            .ok_or("the public key is not in PEM: it begins with -----BEGIN PUBLIC KEY-----")?;
        if framed.tag().contains("PRIVATE") {
            return Err(
                "this is a private key: only its public half belongs here, such as \
                 `openssl rsa -in KEY -pubout` writes it"
                    .to_owned(),
            );
        }
        let key = PublicKey::from_der(framed.contents())
            .ok()
            .ok_or("the public key is no RSA key: RS256 needs one")?;
        // The modulus and a few bytes around it.
        if key.as_ref().len() <= SHORTEST_MODULUS {
            return Err("the public key is too short: RS256 needs 2048 bits or more".to_owned());
        }
        Ok(Self {
            id: id.to_owned(),
            pem: pem.to_owned(),
            decoding: DecodingKey::from_rsa_der(key.as_ref()),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn permissions_hold_for_their_project_and_add_up() {
        let mut account = Account::new("a@b").unwrap();
        let demo = ProjectName::parse("demo").unwrap();
        account.permit(&demo, &[Permission::List]);
        account.permit(&demo, &[Permission::Get]);
        let may = |permission| account.may(permission, "projects/demo");
        assert_eq!(Permission::ALL.map(may), [false, true, true]);
        assert!(!account.may(Permission::List, "projects/dem"));
        assert!(!account.may(Permission::List, "projects/demo/"));
    }

    #[test]
    fn every_permission_is_read_by_its_name() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Ok(permission));
        }
        let told = Permission::parse("voice.calls.*").unwrap_err();
        assert!(told.contains("one of voice.calls.create, "), "{told}");
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_host("a@")]
    #[case::no_user("@b")]
    #[case::two_hosts("a@b@c")]
    #[case::no_at("console")]
    #[case::a_blank("a b@c")]
    #[case::an_escape("a\u{1b}@c")]
    fn what_is_no_address_is_refused(#[case] email: &str) {
        assert!(Account::new(email).is_err());
        assert!(Account::new(&format!("{}@b", "a".repeat(LONGEST_EMAIL))).is_err());
    }
}
