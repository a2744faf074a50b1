//! Service-account key files (`api.md §8.2`).

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value};

/// No key file is larger; what is larger is another file.
const LARGEST: u64 = 64 << 10;

/// The key of a service account. Its private part shows itself to nobody.
#[derive(Clone)]
pub struct ServiceAccountKey {
    client_email: String,
    key_id: Option<String>,
    project_id: Option<String>,
    private: Arc<EncodingKey>,
}

/// Two are equal if they come of the same reading: the private parts are not to be compared.
impl PartialEq for ServiceAccountKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.private, &other.private)
    }
}

impl Eq for ServiceAccountKey {}

impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountKey")
            .field("client_email", &self.client_email)
            .field("key_id", &self.key_id)
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}

impl ServiceAccountKey {
    /// Reads a key file. The error is a sentence that names the file, the field and the remedy, and
    /// holds nothing of the private key.
    pub fn read(path: &Path) -> Result<Self, String> {
        let told = |what: String| format!("the key file {}: {what}", path.display());
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
            .map_err(|error| {
                told(format!(
                    "{error}; give the path of the JSON file that was downloaded with the key"
                ))
            })?;
        if text.len() as u64 > LARGEST {
            return Err(told(
                "is too large to be a key file; download the key as JSON".to_owned(),
            ));
        }
        Self::parse(&text).map_err(told)
    }

    fn parse(text: &str) -> Result<Self, String> {
        // Into a plain value first: the errors of a typed reading quote what they found.
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!(
                "is not JSON (line {}, column {}); download the key again",
                error.line(),
                error.column()
            )
        })?;
        let Value::Object(fields) = value else {
            return Err("holds no object; download the key as JSON".to_owned());
        };
        match text_field(&fields, "type")? {
            Some("service_account") => {}
            Some(_) | None => {
                return Err(
                    "type is not service_account; create a key under Settings, Service accounts"
                        .to_owned(),
                );
            }
        }
        let needed = |name: &str| {
            text_field(&fields, name)?
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("{name} is missing; download the key again"))
        };
        let client_email = needed("client_email")?.to_owned();
        let pem = needed("private_key")?;
        let private = EncodingKey::from_rsa_pem(pem.as_bytes())
            .ok()
            .ok_or_else(|| "private_key is no RSA key in PEM; download the key again".to_owned())?;
        let optional = |name: &str| {
            let text = text_field(&fields, name)?.filter(|text| !text.is_empty());
            Ok::<_, String>(text.map(str::to_owned))
        };
        let key = Self {
            client_email,
            key_id: optional("private_key_id")?,
            project_id: optional("project_id")?,
            private: Arc::new(private),
        };
        // A PEM frame can hold anything: whether it is a key shows when it signs.
        key.sign(&Value::Null).ok().ok_or_else(|| {
            "private_key cannot sign: a damaged RSA key; download the key again".to_owned()
        })?;
        Ok(key)
    }

    /// Whose key it is.
    pub fn client_email(&self) -> &str {
        &self.client_email
    }

    /// The project that it was made in, as the file has it and not yet checked.
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// An assertion with these claims (RS256).
    pub(super) fn sign(&self, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        jsonwebtoken::encode(&header, claims, &self.private)
    }
}

fn text_field<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} is not a text; download the key again")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    /// A fresh RSA key as PKCS#8 PEM, with its public half; made once, for it takes a while.
    pub(crate) fn fresh_pem() -> &'static (String, Vec<u8>) {
        use std::sync::OnceLock;
        static PEM: OnceLock<(String, Vec<u8>)> = OnceLock::new();
        PEM.get_or_init(|| {
            use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
            use aws_lc_rs::rsa::{KeyPair, KeySize};
            use aws_lc_rs::signature::KeyPair as _;
            use base64::Engine as _;

            let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
            let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
            let wrap = |name: &str, der: &[u8]| {
                let body = base64::engine::general_purpose::STANDARD.encode(der);
                let lines: Vec<&str> = body
                    .as_bytes()
                    .chunks(64)
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                format!(
                    "-----BEGIN {name}-----\n{}\n-----END {name}-----\n",
                    lines.join("\n")
                )
            };
            (
                wrap("PRIVATE KEY", der.as_ref()),
                wrap("PUBLIC KEY", public.as_ref()).into_bytes(),
            )
        })
    }

    pub(crate) fn key_json() -> Value {
        json!({
            "type": "service_account",
            "client_email": "console@demo.example",
            "private_key_id": "k1",
            "project_id": "from-key",
            "private_key": fresh_pem().0,
            "token_uri": "https://elsewhere.example/ignored",
        })
    }

    #[test]
    fn a_key_file_is_read_and_its_private_part_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        std::fs::write(&path, key_json().to_string()).unwrap();
        let key = ServiceAccountKey::read(&path).unwrap();
        assert_eq!(key.client_email(), "console@demo.example");
        assert_eq!(key.project_id(), Some("from-key"));
        let shown = format!("{key:?}");
        assert!(shown.contains("k1") && !shown.contains("PRIVATE") && !shown.contains("MII"));
    }

    #[rstest]
    #[case::another_type("type", json!("authorized_user"), "type is not service_account")]
    #[case::no_type("type", Value::Null, "type is not service_account")]
    #[case::no_email("client_email", Value::Null, "client_email is missing")]
    #[case::an_empty_email("client_email", json!(""), "client_email is missing")]
    #[case::an_email_that_is_a_number("client_email", json!(7), "client_email is not a text")]
    #[case::no_private_key("private_key", Value::Null, "private_key is missing")]
    #[case::no_pem("private_key", json!("s3cret"), "private_key is no RSA key")]
    #[case::a_damaged_pem(
        "private_key",
        json!("-----BEGIN RSA PRIVATE KEY-----\nczNjcmV0\n-----END RSA PRIVATE KEY-----\n"),
        "private_key"
    )]
    #[case::a_key_id_that_is_a_list("private_key_id", json!([]), "private_key_id is not a text")]
    #[case::a_project_that_is_a_number("project_id", json!(7), "project_id is not a text")]
    fn faults_are_named_by_file_and_field(
        #[case] field: &str,
        #[case] value: Value,
        #[case] says: &str,
    ) {
        let mut key = key_json();
        key[field] = value;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        std::fs::write(&path, key.to_string()).unwrap();
        let error = ServiceAccountKey::read(&path).unwrap_err();
        assert!(error.contains(says), "{error}");
        assert!(error.contains("key.json"), "{error}");
        assert!(
            !error.contains("s3cret") && !error.contains("czNjcmV0"),
            "{error}"
        );
    }

    #[rstest]
    #[case::no_json("{ \"type\": ", "line 1")]
    #[case::no_object("[]", "no object")]
    fn what_is_no_key_file_is_refused(#[case] text: &str, #[case] says: &str) {
        let error = ServiceAccountKey::parse(text).unwrap_err();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn a_missing_file_and_a_huge_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.json");
        let missing = ServiceAccountKey::read(&path).unwrap_err();
        assert!(missing.contains("none.json"), "{missing}");
        std::fs::write(&path, vec![b' '; 100_000]).unwrap();
        assert!(
            ServiceAccountKey::read(&path)
                .unwrap_err()
                .contains("too large")
        );
    }
}
