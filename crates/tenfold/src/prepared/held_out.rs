//! Which rows of the data are held out, and whether any of them is also trained on.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use tenfold_data::{
    Amount, DataError, Dataset, Source, Split, SplitRequest, leak_check, read, shard_hash, split,
};
use tenfold_train::MetricName;

use super::facts::{FactsNote, StudyFacts, best_guess};
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::format;
use crate::study::schedule::Plan;
use crate::study::{HeldOut, Study};

/// Rows of a data set that no shard holds.
#[derive(Debug)]
pub struct HeldOutRows {
    dataset: Arc<Dataset>,
    rows: Vec<u32>,
}

impl HeldOutRows {
    /// The data set and the rows.
    pub fn view(&self) -> (&Dataset, &[u32]) {
        (&self.dataset, &self.rows)
    }
}

/// Where every row of the data goes.
#[derive(Debug)]
pub struct HeldOutPlan {
    pub pool: Vec<u32>,
    pub validation: HeldOutRows,
    pub test: HeldOutRows,
    is_test_apart: bool,
}

impl HeldOutPlan {
    pub fn new(study: &Study, dataset: &Arc<Dataset>) -> Result<Self> {
        let data = &study.data;
        let from_file = |held_out: &HeldOut| -> Result<Option<HeldOutRows>> {
            let HeldOut::File(source) = held_out else { return Ok(None) };
            let aligned = read_source(source)?.align_to(dataset).map_err(data_problems)?;
            let rows = (0..aligned.len() as u32).collect();
            Ok(Some(HeldOutRows { dataset: Arc::new(aligned), rows }))
        };
        let amount = |held_out: &HeldOut| match held_out {
            HeldOut::Amount(amount) => Some(*amount),
            HeldOut::File(_) | HeldOut::Nothing => None,
        };
        let (validation_file, test_file) = (from_file(&data.validation)?, from_file(&data.test)?);
        let amounts = (amount(&data.validation), amount(&data.test));
        let cut = |validation: Amount, test: Option<Amount>| -> Result<Split> {
            let method = data.split.clone();
            let request = SplitRequest { method, validation, test, seed: study.seed };
            split(dataset, &request).map_err(|error| {
                let problem = study.problem("data.split", error.to_string(), "", error.hint());
                anyhow!(Problems(vec![problem]))
            })
        };
        let parts = match amounts {
            (Some(validation), test) => cut(validation, test)?,
            // One part is cut off, and it is the test set.
            (None, Some(test)) => {
                let parts = cut(test, None)?;
                Split { pool: parts.pool, validation: Vec::new(), test: parts.validation }
            }
            (None, None) => {
                let pool = (0..dataset.len() as u32).collect();
                Split { pool, validation: Vec::new(), test: Vec::new() }
            }
        };
        let own = |rows: Vec<u32>| HeldOutRows { dataset: Arc::clone(dataset), rows };
        let validation = validation_file.unwrap_or_else(|| own(parts.validation));
        let is_test_apart = data.test != HeldOut::Nothing;
        let test = match test_file {
            Some(rows) => rows,
            None if is_test_apart => own(parts.test),
            None => HeldOutRows {
                dataset: Arc::clone(&validation.dataset),
                rows: validation.rows.clone(),
            },
        };
        Ok(Self { pool: parts.pool, validation, test, is_test_apart })
    }

    /// Hash of the ids and, where they come from files of their own, of the contents.
    pub fn hash(&self) -> String {
        let part = |rows: &HeldOutRows| {
            format!("{}:{}", rows.dataset.content_hash.0.as_str(), shard_hash(&rows.rows))
        };
        format!("{}+{}", part(&self.validation), part(&self.test))
    }

    pub fn facts(
        &self,
        study: &Study,
        dataset: &Dataset,
        metric: MetricName,
        plan: &Plan,
    ) -> StudyFacts {
        let mut notes: Vec<FactsNote> =
            dataset.reading.notes.iter().cloned().map(FactsNote::ok).collect();
        notes.extend(self.leak_notes(dataset));
        if !self.is_test_apart {
            notes.push(FactsNote::warn(
                "the curve is reported on the validation set, which also stopped and chose the \
                 models (`test = \"none\"`): errors are a little too low"
                    .to_owned(),
            ));
        }
        let (test_dataset, test_rows) = self.test.view();
        let sizes = &plan.sizes;
        let searches = study.models.iter().zip(&plan.grids);
        StudyFacts {
            study: study.name.clone(),
            source: source_name(&study.data.source),
            content_hash: dataset.content_hash.0.as_str().to_owned(),
            examples: dataset.len() as u64,
            classes: dataset.class_count().map(|count| count as u64),
            pool: self.pool.len() as u64,
            validation: self.validation.rows.len() as u64,
            test: self.is_test_apart.then_some(test_rows.len() as u64),
            metric: metric.name().to_owned(),
            best_guess: best_guess(metric, dataset, &self.pool, (test_dataset, test_rows)),
            sizes: sizes.clone(),
            seeds: u64::from(study.seeds),
            models: searches.map(|(model, grid)| (model.name.clone(), grid.len())).collect(),
            notes,
        }
    }

    fn leak_notes(&self, dataset: &Dataset) -> Vec<FactsNote> {
        let mut notes = Vec::new();
        let sets =
            [("validation", &self.validation, true), ("test", &self.test, self.is_test_apart)];
        for (name, held_out, is_apart) in sets {
            if !is_apart {
                continue;
            }
            let leak = leak_check((dataset, &self.pool), held_out.view());
            if leak.identical == 0 {
                notes.push(FactsNote::ok(format!(
                    "no {name} example is identical to a training example ({} compared)",
                    format::count(leak.checked as f64)
                )));
                continue;
            }
            let share = 100.0 * leak.identical as f64 / leak.checked.max(1) as f64;
            let pairs: Vec<String> = leak
                .pairs
                .iter()
                .take(3)
                .map(|(train, held)| format!("row {train} = {name} row {held}"))
                .collect();
            notes.push(FactsNote::warn(format!(
                "{} of {} {name} examples ({share:.1}%) are identical to a training example, \
                 such as {}: errors are that much too low",
                format::count(leak.identical as f64),
                format::count(leak.checked as f64),
                pairs.join(", ")
            )));
        }
        notes
    }
}

/// Reads `source`; what is wrong with it becomes a problem with its hint.
///
/// # Errors
/// What is wrong with the data.
pub fn read_source(source: &Source) -> Result<Dataset> {
    read(source).map_err(data_problems)
}

fn data_problems(error: DataError) -> anyhow::Error {
    let mut problem = Problem::new(ProblemKind::Data, error.to_string());
    problem.hint = error.hint();
    anyhow!(Problems(vec![problem]))
}

fn source_name(source: &Source) -> String {
    match source {
        Source::Builtin(name) => format!("{name} (built in)"),
        Source::Files { path, .. } => path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
    }
}
