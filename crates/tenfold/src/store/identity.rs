//! Identifies a study's folder: a random token that its jobs carry, and where the folder was when
//! the token was made. A copy or a restored backup has the same token at another location.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::files::{StudyFolder, write_atomically};
use crate::trial::AttemptToken;

/// Random name that distinguishes a study's folder from all others; its jobs carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FolderToken(String);

impl FolderToken {
    /// Parses a token: one or more ASCII letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_token = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_token.then(|| Self(text.to_owned()))
    }

    fn fresh() -> Self {
        Self(AttemptToken::fresh(0).to_string())
    }
}

impl fmt::Display for FolderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity that a folder's `identity.json` states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its token.
    pub token: FolderToken,
    /// Whether the token was made for this very folder, not for one that it is a copy of.
    pub is_own: bool,
}

/// The content of `identity.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    token: FolderToken,
    device: u64,
    inode: u64,
    place: PathBuf,
}

impl Record {
    /// Whether `other` is the folder that the token was made for. On a network file system the
    /// device number differs between machines and after each mount; then the path decides.
    fn is_of(&self, other: &Self) -> bool {
        self.inode == other.inode && (self.device == other.device || self.place == other.place)
    }
}

impl StudyFolder {
    /// The folder's identity, which is made if there is none. A file that cannot be parsed counts
    /// as the identity of another folder.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read or written.
    pub fn identity(&self) -> Result<Identity, StoreError> {
        let path = self.identity_path();
        let here = |token| self.record(token);
        match fs::read(&path) {
            Ok(bytes) => {
                let kept: Option<Record> = serde_json::from_slice(&bytes).ok();
                let token = kept.as_ref().map(|kept| kept.token.clone());
                let here = here(token.unwrap_or_else(FolderToken::fresh))?;
                let is_own = kept.is_some_and(|kept| kept.is_of(&here));
                Ok(Identity { token: here.token, is_own })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let token = FolderToken::fresh();
                self.write_identity(&here(token.clone())?)?;
                Ok(Identity { token, is_own: true })
            }
            Err(error) => Err(StoreError::reading(&path, &error)),
        }
    }

    /// Writes the identity of this folder: with the token of `identity` if `keeps_token`, otherwise
    /// with a fresh one.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn claim_identity(
        &self,
        identity: Identity,
        keeps_token: bool,
    ) -> Result<FolderToken, StoreError> {
        let token = if keeps_token { identity.token } else { FolderToken::fresh() };
        self.write_identity(&self.record(token.clone())?)?;
        Ok(token)
    }

    fn identity_path(&self) -> PathBuf {
        self.root().join("identity.json")
    }

    fn record(&self, token: FolderToken) -> Result<Record, StoreError> {
        let failed = |error: io::Error| StoreError::reading(self.root(), &error);
        let found = fs::metadata(self.root()).map_err(failed)?;
        let place = fs::canonicalize(self.root()).map_err(failed)?;
        Ok(Record { token, device: found.dev(), inode: found.ino(), place })
    }

    fn write_identity(&self, record: &Record) -> Result<(), StoreError> {
        let path = self.identity_path();
        let text = serde_json::to_string(record)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }
}

/// Reads a folder token from the file at `path`; `None` if it holds none.
pub fn read_token(path: &Path) -> Option<FolderToken> {
    FolderToken::parse(fs::read_to_string(path).ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(device: u64, inode: u64, place: &str) -> Record {
        Record { token: FolderToken::fresh(), device, inode, place: place.into() }
    }

    #[test]
    fn a_folder_stays_itself_when_it_is_moved_or_mounted_anew_and_a_copy_is_another() {
        let first = record(1, 7, "/a");
        assert!(first.is_of(&record(1, 7, "/b")), "moved");
        assert!(first.is_of(&record(2, 7, "/a")), "mounted anew");
        assert!(!first.is_of(&record(1, 8, "/a")), "a backup in its place");
        assert!(!first.is_of(&record(2, 7, "/b")), "a copy on another disk");
    }

    #[test]
    fn a_copy_knows_that_it_is_one_until_it_has_a_token_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let original = StudyFolder::create(&place.path().join("a")).unwrap();
        let of_original = original.identity().unwrap();
        assert!(of_original.is_own);
        assert_eq!(original.identity().unwrap(), of_original);
        let copy = StudyFolder::create(&place.path().join("b")).unwrap();
        fs::copy(original.identity_path(), copy.identity_path()).unwrap();
        let of_copy = copy.identity().unwrap();
        assert_eq!((&of_copy.token, of_copy.is_own), (&of_original.token, false));
        let token = copy.claim_identity(of_copy, false).unwrap();
        assert_ne!(token, of_original.token);
        assert_eq!(copy.identity().unwrap(), Identity { token, is_own: true });
    }
}
