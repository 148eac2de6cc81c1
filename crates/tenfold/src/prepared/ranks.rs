//! How the trials of a study are distributed over ranks, and what each rank needs to read the same
//! study.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::study::Study;
use crate::trial::Trial;

/// How the trials of a study are distributed over ranks; changes no result.
#[derive(Debug)]
pub struct RankPlan {
    /// Text of the study file in this run.
    pub study_text: Arc<str>,
    /// Path from which the study file was read.
    pub study_file: PathBuf,
    /// The launcher that the study gives; `None` for the default.
    pub launcher: Option<Vec<String>>,
    of_model: BTreeMap<String, usize>,
}

impl RankPlan {
    pub(super) fn new(study: &Study) -> Self {
        let of_model = study.models.iter().map(|model| (model.name.clone(), model.ranks));
        Self {
            study_text: Arc::clone(&study.text),
            study_file: study.file.clone(),
            launcher: study.run.launcher.clone(),
            of_model: of_model.collect(),
        }
    }

    /// Number of ranks that train `trial` together, at least one.
    pub fn count(&self, trial: &Trial) -> usize {
        self.of_model.get(&trial.model).copied().unwrap_or(1)
    }
}
