//! Which rows of the data are held out, and whether any of them is also trained on.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use sha2::{Digest as _, Sha256};
use tenfold_data::{
    Amount, ColumnValues, DataError, Dataset, Encoder, Inputs, Source, Split, SplitMethod,
    SplitRequest, Targets, leak_check, read, shard_content_hash, split,
};
use tenfold_train::MetricName;

use super::facts::{FactsNote, StudyFacts, best_guess};
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::format;
use crate::study::schedule::Plan;
use crate::study::{HeldOut, Study};
use crate::trial::identity::hexadecimal;

/// Rows of a data set that no shard holds.
#[derive(Debug)]
pub struct HeldOutRows {
    dataset: Arc<Dataset>,
    pub(super) rows: Vec<u32>,
}

impl HeldOutRows {
    /// The data set and the rows.
    pub fn view(&self) -> (&Dataset, &[u32]) {
        (&self.dataset, &self.rows)
    }
}

/// Where every row of the data goes.
#[derive(Debug)]
pub(super) struct HeldOutPlan {
    pub pool: Vec<u32>,
    pub validation: HeldOutRows,
    pub test: HeldOutRows,
    is_test_apart: bool,
}

impl HeldOutPlan {
    pub(super) fn new(study: &Study, dataset: &Arc<Dataset>) -> Result<Self> {
        let data = &study.data;
        let from_file = |held_out: &HeldOut| -> Result<Option<HeldOutRows>> {
            let HeldOut::File(source) = held_out else { return Ok(None) };
            let aligned =
                read_source(source)?.align_to(dataset).map_err(|error| data_problems(&error))?;
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

    /// Hash of the examples that are held out, in their order.
    pub(super) fn hash(&self) -> String {
        let part = |rows: &HeldOutRows| shard_content_hash(&rows.dataset, &rows.rows);
        format!("{}+{}", part(&self.validation), part(&self.test))
    }

    pub(super) fn facts(
        &self,
        study: &Study,
        dataset: &Dataset,
        metric: MetricName,
        plan: &Plan,
    ) -> StudyFacts {
        let mut notes: Vec<FactsNote> =
            dataset.reading.notes.iter().cloned().map(FactsNote::ok).collect();
        let (leak_notes, leaks) = self.leak_notes(dataset);
        notes.extend(leak_notes);
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
            metric_kind: study.metric_kind.map(|kind| kind.name().to_owned()),
            best_guess: best_guess(metric, dataset, &self.pool, (test_dataset, test_rows)),
            sizes: sizes.clone(),
            seeds: u64::from(study.seeds),
            models: searches.map(|(model, grid)| (model.name.clone(), grid.len())).collect(),
            leaks,
            notes,
        }
    }

    /// A note on each held-out set, and the identical and compared examples of the one reported on.
    fn leak_notes(&self, dataset: &Dataset) -> (Vec<FactsNote>, Option<(u64, u64)>) {
        let mut notes = Vec::new();
        let mut reported = None;
        let sets =
            [("validation", &self.validation, true), ("test", &self.test, self.is_test_apart)];
        for (name, held_out, is_apart) in sets {
            if !is_apart {
                continue;
            }
            let leak = leak_check((dataset, &self.pool), held_out.view());
            reported = Some((leak.identical as u64, leak.checked as u64));
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
        (notes, reported)
    }
}

/// Reads the data of `study`; a column that splits it is no feature.
///
/// # Errors
/// What is wrong with the data.
pub(super) fn read_features(study: &Study) -> Result<Dataset> {
    let dataset = read_source(&study.data.source)?;
    match &study.data.split {
        SplitMethod::Group(column) | SplitMethod::Time(column) => {
            dataset.without_features(&[column.as_str()]).map_err(|error| data_problems(&error))
        }
        SplitMethod::Random | SplitMethod::Stratified => Ok(dataset),
    }
}

/// Hash of what turns an example into numbers, beside the example: names and order of classes,
/// columns and categories, and the length of an encoded example.
pub(super) fn encoding_hash(dataset: &Dataset) -> String {
    let mut parts = vec![format!("{:?}", Encoder::fit(dataset, &[]).shape())];
    if let Targets::Classes { names, .. } = &dataset.targets {
        parts.extend(names.iter().cloned());
    }
    if let Inputs::Table(table) = &dataset.inputs {
        for column in &table.columns {
            parts.push(column.name.clone());
            if let ColumnValues::Categorical { levels, .. } = &column.values {
                parts.extend(levels.iter().cloned());
            }
        }
    }
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(format!("{}:{part}\n", part.len()));
    }
    hexadecimal(&hash.finalize())
}

/// Reads `source`; what is wrong with it becomes a problem with its hint.
///
/// # Errors
/// What is wrong with the data.
fn read_source(source: &Source) -> Result<Dataset> {
    read(source).map_err(|error| data_problems(&error))
}

fn data_problems(error: &DataError) -> anyhow::Error {
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
