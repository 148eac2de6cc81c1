//! The study that a cluster runs, and where its workers find it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::prepared::Prepared;
use crate::store::StudyFolder;

/// The study that a cluster runs, and where its workers find it.
#[derive(Clone, Debug)]
pub struct ClusterSite {
    /// The study's data and models.
    pub data: Arc<Prepared>,
    /// The study's folder.
    pub folder: StudyFolder,
    /// The text of the study, which workers read.
    pub text: Arc<str>,
    /// The study's folder as workers see it, absolute.
    pub study: PathBuf,
    /// The program that workers run, absolute.
    pub program: PathBuf,
}

impl ClusterSite {
    /// The study in `folder`, run by this very program.
    ///
    /// # Errors
    /// If the folder or the program cannot be found by an absolute path.
    pub fn new(data: Arc<Prepared>, folder: &StudyFolder, text: Arc<str>) -> Result<Self> {
        let root = folder.root().canonicalize().context("finding the study's folder")?;
        let study = root.parent().context("the study's folder has no name")?.to_owned();
        let program = std::env::current_exe().context("finding the program itself")?;
        let folder = StudyFolder::open(&study);
        Ok(Self { data, folder, text, study, program })
    }
}
