//! The values of the last call that was placed with each profile, across runs: a file in the state
//! folder, in the words of a preset, and never with the number called.
//!
//! It is read with the same rules as a preset: what does not pass is left out and told.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::file::{self, Reader, entries};
use crate::call::{NewCall, PostProcessing, ProjectName, Trigger};
use crate::disk::{self, Written};

/// Of more profiles than this the file is begun anew.
const MOST_PROFILES: usize = 200;

/// The place of one profile in the file.
#[derive(Debug, Clone)]
pub struct LastValues {
    path: PathBuf,
    profile: String,
}

impl LastValues {
    /// Reads the values of a profile on a project, and writes nothing. What is wrong with the file
    /// comes back as a sentence: a console without it is still of use. Waits for the disk.
    #[must_use]
    pub fn open(
        path: PathBuf,
        profile: &str,
        project: &ProjectName,
    ) -> (Self, Option<NewCall>, Option<String>) {
        let file = Self {
            path,
            profile: format!("{profile} {project}"),
        };
        match file.read() {
            Ok(values) => (file, values, None),
            Err(reason) => {
                let complaint = format!("the values of the last call are not known: {reason}");
                (file, None, Some(complaint))
            }
        }
    }

    fn read(&self) -> Result<Option<NewCall>, String> {
        let Some(text) = text_of(&self.path).map_err(|reason| self.told(&reason))? else {
            return Ok(None);
        };
        let table = DeTable::parse(&text).map_err(|reason| self.told(&reason.message()))?;
        let reader = Reader::of(&text, &self.path);
        let all = entries(table.get_ref());
        let Some(own) = all.iter().find(|entry| entry.key == self.profile) else {
            return Ok(None);
        };
        let Some(values) = own.value.get_ref().as_table() else {
            return Err(self.told(&"the values of a profile are a table"));
        };
        reader
            .preset(values)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    /// Writes the values of a call in place of those before, in one step; those of other profiles
    /// stay. The number and the labels are left out whatever they are. Waits for the disk.
    ///
    /// # Errors
    ///
    /// Says which file cannot be written, and why.
    pub fn keep(&self, call: &NewCall) -> Result<(), String> {
        self.try_keep(call).map_err(|reason| self.told(&reason))
    }

    fn try_keep(&self, call: &NewCall) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            disk::make_folder(folder)?;
        }
        let path = disk::target(&self.path)?;
        // Without a lock the values of another profile might get lost, and no more than that.
        let _alone = lock(&path);
        let before = text_of(&path)?.unwrap_or_default();
        // A file that cannot be read is of no use to anybody: it is begun anew.
        let mut document: DocumentMut = before.parse().unwrap_or_default();
        if document.len() >= MOST_PROFILES {
            document = DocumentMut::new();
        }
        document.insert(&self.profile, Item::Table(table(call)));
        Written::beside(&path, document.to_string().as_bytes())?.take_place()
    }

    fn told(&self, reason: &impl ToString) -> String {
        format!("{}: {}", self.path.display(), reason.to_string())
    }
}

/// What is in a file; nothing if it is not there.
fn text_of(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(reason),
        // To read a pipe would take for ever.
        Ok(found) if !found.is_file() => Err(io::Error::other("it is no file")),
        Ok(_) => file::read(path).map(Some),
    }
}

/// Keeps other consoles from writing the file until it is dropped. Nothing where there are no locks.
fn lock(path: &Path) -> Option<File> {
    let mut name = path.file_name()?.to_owned();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path.with_file_name(name)).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// The values in the words of a preset; what has its default is left out.
fn table(call: &NewCall) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: Value| table.insert(key, Item::Value(value));
    let options = &call.options;
    if !call.from.is_empty() {
        put("from", call.from.as_str().into());
    }
    if call.is_private {
        put("private", true.into());
    }
    let handlers: Array = options.handler_uris.iter().map(String::as_str).collect();
    if !handlers.is_empty() {
        put("handlers", handlers.into());
    }
    if options.timeout_seconds > 0 {
        put("timeout", format!("{}s", options.timeout_seconds).into());
    }
    if !options.state_update_uri.is_empty() {
        put("state_webhook", options.state_update_uri.as_str().into());
    }
    let Some(recording) = &options.recording else {
        return table;
    };
    let from = match recording.trigger {
        Trigger::Answer => Some("answer"),
        Trigger::Bridge => Some("bridge"),
        Trigger::Unspecified | Trigger::Disabled | Trigger::Other(_) => None,
    };
    if let Some(from) = from {
        put("record", from.into());
    }
    if recording
        .post_processing
        .contains(&PostProcessing::TrimSilence)
    {
        put("trim_silence", true.into());
    }
    if recording.transcribes() && from.is_some() {
        put("transcribe", true.into());
    }
    for (key, uri) in [
        ("recording_webhook", &recording.recording_ready_uri),
        ("transcript_webhook", &recording.transcription_ready_uri),
    ] {
        if !uri.is_empty() {
            put(key, uri.as_str().into());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Options, RecordingConfig, Transcribe};

    fn open(path: &Path, profile: &str) -> (LastValues, Option<NewCall>, Option<String>) {
        let project = ProjectName::parse("demo").unwrap();
        LastValues::open(path.to_owned(), profile, &project)
    }

    fn values() -> NewCall {
        NewCall {
            from: "+61255501234".to_owned(),
            is_private: true,
            options: Options {
                handler_uris: vec![
                    "https://a.example/".to_owned(),
                    "sip:a@b.example".to_owned(),
                ],
                state_update_uri: "https://a.example/state".to_owned(),
                timeout_seconds: 45,
                recording: Some(RecordingConfig {
                    trigger: Trigger::Bridge,
                    post_processing: vec![PostProcessing::TrimSilence],
                    recording_ready_uri: "https://a.example/recording".to_owned(),
                    transcribe: Transcribe::Default,
                    transcription_ready_uri: "https://a.example/transcript".to_owned(),
                }),
            },
            ..NewCall::default()
        }
    }

    #[test]
    fn each_profile_finds_its_own_values_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/last-calls.toml");
        let (a, nothing, complaint) = open(&path, "a");
        assert_eq!((nothing, complaint), (None, None));
        a.keep(&values()).unwrap();
        let other = NewCall {
            from: "+61255509999".to_owned(),
            ..NewCall::default()
        };
        open(&path, "b.c \"d\"").0.keep(&other).unwrap();
        assert_eq!(open(&path, "a").1, Some(values()));
        assert_eq!(open(&path, "b.c \"d\"").1, Some(other));
        assert_eq!(open(&path, "sandbox").1, None);
        let elsewhere = ProjectName::parse("elsewhere").unwrap();
        assert_eq!(LastValues::open(path, "a", &elsewhere).1, None);
    }

    #[test]
    fn the_number_called_and_the_labels_are_never_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-calls.toml");
        let call = NewCall {
            to: "+61491570006".to_owned(),
            labels: [("customer", "secret")].into_iter().collect(),
            ..values()
        };
        open(&path, "a").0.keep(&call).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains("491570006") && !text.contains("secret"),
            "{text}"
        );
        assert!(text.contains("+61255501234"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-calls.toml");
        open(&path, "a").0.keep(&values()).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_wrong_with_the_file_is_told_and_mended_with_the_next_call() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-calls.toml");
        for text in [
            "= nonsense",
            "\"a projects/demo\" = 3",
            "[\"a projects/demo\"]\nfrom = \"0255\"",
        ] {
            fs::write(&path, text).unwrap();
            let (file, values_before, complaint) = open(&path, "a");
            assert_eq!(values_before, None);
            assert!(complaint.unwrap().contains("last-calls.toml"), "{text}");
            file.keep(&values()).unwrap();
            assert_eq!(open(&path, "a").1, Some(values()));
        }
        let (file, _, complaint) = open(folder.path(), "a");
        assert!(complaint.unwrap().ends_with("it is no file"));
        assert!(file.keep(&values()).is_err());
    }
}
