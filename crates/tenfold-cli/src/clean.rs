//! `tenfold clean`

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Finding;
use super::output::Output;
use super::problem::usage;
use tenfold::diagnostic::closest;
use tenfold::format;
use tenfold::prepared::Prepared;
use tenfold::store::leftover::{LeftoverKind, Leftovers};
use tenfold::store::{Database, StoreError, StudyFolder, StudyLock};
use tenfold::study;
use tenfold::trial::TrialId;

/// `tenfold clean`
#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Folder with a study.toml
    #[arg(default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Remove it
    #[arg(long)]
    pub(crate) yes: bool,
    /// Kinds to remove [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
}

/// Shows the files in the study's folder that nothing needs, and removes them if the user agrees.
///
/// # Errors
/// A broken study, nothing run yet, a run that is going on, or a file that cannot be removed.
pub(crate) fn run(arguments: &CleanArguments, output: &Output) -> Result<Finding> {
    let study = study::load(&arguments.study)?;
    let kinds = kinds(&arguments.only)?;
    let folder = StudyFolder::open(&study.folder);
    folder.refuse_earlier_form()?;
    if !folder.database().exists() {
        return Err(StoreError::NothingRun { folder: folder.root().to_owned() }.into());
    }
    let _lock = StudyLock::take(&folder, "tenfold clean")?;
    let wanted = all_trials(&Prepared::new(&study)?);
    let mut found = folder.leftovers(&wanted)?;
    found.retain(|kind, _| kinds.contains(kind));
    if arguments.yes {
        remove(&found, &Database::open(&folder)?)?;
    }
    print(&found, arguments.yes, output);
    Ok(Finding::Done)
}

/// The kinds with the names `words`; all kinds without words.
fn kinds(words: &[String]) -> Result<BTreeSet<LeftoverKind>> {
    if words.is_empty() {
        return Ok(LeftoverKind::ALL.into());
    }
    let kind = |word: &String| {
        let found = LeftoverKind::ALL.into_iter().find(|kind| kind.name() == word);
        found.ok_or_else(|| {
            let names = LeftoverKind::ALL.map(LeftoverKind::name);
            let near = closest::closest(word, names).unwrap_or(names[0]);
            let message = format!("nothing is called `{word}`; there are {}", names.join(", "));
            usage(message, format!("`--only {near}`"))
        })
    };
    words.iter().map(kind).collect()
}

/// Every trial that the study could need, whatever its results: a trial that the search skips today
/// may be needed later, when a size is added or a failed trial succeeds.
fn all_trials(data: &Prepared) -> BTreeSet<TrialId> {
    let models = 0..data.plan.grids.len();
    let keys = models.flat_map(|model| data.plan.keys(model));
    keys.map(|place| data.trial(place).id).collect()
}

/// Removes `found`. The database forgets a trial before its folder is removed: if the program is
/// killed in between, the next run reads the result in again.
fn remove(found: &Leftovers, database: &Database) -> Result<(), StoreError> {
    let mut batch = database.batch();
    for id in found.values().flatten().filter_map(|leftover| leftover.trial.as_ref()) {
        batch.forget_result(id)?;
    }
    batch.commit()?;
    found.values().flatten().try_for_each(tenfold::store::leftover::Leftover::remove)
}

fn print(found: &Leftovers, is_removed: bool, output: &Output) {
    let bytes_of = |kind| found.get(kind).into_iter().flatten().map(|l| l.bytes).sum::<u64>();
    let total: u64 = found.keys().map(bytes_of).sum();
    if output.is_json {
        let kinds: Vec<_> = found
            .iter()
            .map(|(kind, of_kind)| {
                json!({ "kind": kind.name(), "count": of_kind.len(), "bytes": bytes_of(kind) })
            })
            .collect();
        Output::json(&json!({
            "schema": "tenfold.clean/1", "removed": is_removed, "bytes": total, "kinds": kinds,
        }));
        return;
    }
    if found.is_empty() {
        output.answer("nothing to remove");
        return;
    }
    for (kind, of_kind) in found {
        output.answer(&format!(
            "  {:17}  {:>7}  {:>7}  {}",
            kind.name(),
            format::count(of_kind.len() as f64),
            format::bytes(bytes_of(kind)),
            kind.meaning()
        ));
    }
    output.answer(&if is_removed {
        format!("removed, {} freed", format::bytes(total))
    } else {
        format!("would free {}: tenfold clean --yes", format::bytes(total))
    });
}
