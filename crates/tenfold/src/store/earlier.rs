//! Folders that an earlier version of the program wrote, whose trials have other ids. They are
//! refused before anything in them is changed, even by SQLite's recovery on opening.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::error::StoreError;
use super::files::StudyFolder;
use super::layout::names;
use super::schema::FORMAT;
use crate::trial::TrialId;

/// The field that distinguishes the formats: earlier result files hold their settings as one
/// string.
#[derive(Deserialize)]
struct ResultForm {
    settings: Value,
}

impl StudyFolder {
    /// Refuses a folder in an earlier format. This only reads: the format number comes from the
    /// first bytes of the database file, because opening the database would write files beside it.
    /// Without such a number, the layout and the first readable result file decide.
    ///
    /// # Errors
    /// [`StoreError::EarlierForm`], or the error that the folder cannot be read.
    pub fn refuse_earlier_form(&self) -> Result<(), StoreError> {
        match format_of(&self.database()) {
            Some(found) if found < FORMAT => Err(self.earlier_form()),
            None if self.has_earlier_results()? => Err(self.earlier_form()),
            Some(_) | None => Ok(()),
        }
    }

    /// The error for a folder in an earlier format.
    pub(super) fn earlier_form(&self) -> StoreError {
        StoreError::EarlierForm { folder: self.root().to_owned() }
    }

    fn has_earlier_results(&self) -> Result<bool, StoreError> {
        // The first format kept all trials directly in this folder.
        if names(&self.trials())?.iter().any(|name| TrialId::parse(name).is_some()) {
            return Ok(true);
        }
        let form = |id: &TrialId| {
            let text = fs::read_to_string(self.result(id)).ok()?;
            serde_json::from_str::<ResultForm>(&text).ok()
        };
        let first = self.trial_ids()?.iter().find_map(form);
        Ok(first.is_some_and(|form| form.settings.is_string()))
    }
}

/// The format number of the tables in a database; `None` if there is no database, if its tables are
/// not made yet, or if the file is no SQLite database.
///
/// # Reference
/// <https://www.sqlite.org/fileformat.html>, section 1.3: the user version is at offset 60.
fn format_of(database: &Path) -> Option<i64> {
    let mut header = [0_u8; 64];
    File::open(database).ok()?.read_exact(&mut header).ok()?;
    let number = [header[60], header[61], header[62], header[63]];
    let is_database = header.starts_with(b"SQLite format 3\0");
    is_database.then(|| i32::from_be_bytes(number).into()).filter(|format| *format != 0)
}
