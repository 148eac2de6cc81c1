//! Which rows of the data are held out for validation and test, and which are left to train on.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use sha2::{Digest as _, Sha256};
use tenfold_data::{
    Amount, Dataset, Encoder, FieldValues, FoldRequest, Source, Split, SplitMethod, SplitRequest,
    Targets, fold_splits, read, shard_content_hash, split,
};

use super::data_error::data_problems;
use super::vocabulary::{self, Vocabularies};
use crate::diagnostic::Problems;
use crate::study::{HeldOut, Study, StudyData};
use crate::trial::identity::hexadecimal;

/// Held-out rows of a data set; no shard contains them.
#[derive(Debug)]
pub struct HeldOutRows {
    dataset: Arc<Dataset>,
    pub(super) rows: Vec<u32>,
}

impl HeldOutRows {
    fn whole(dataset: &Arc<Dataset>) -> Self {
        Self { dataset: Arc::clone(dataset), rows: (0..dataset.len() as u32).collect() }
    }

    /// The rows, their texts read with `vocabularies`; `read` is what `raw` has become with them.
    ///
    /// # Errors
    /// Texts that cannot be read.
    fn with_vocabularies(
        self,
        vocabularies: &Vocabularies,
        [raw, read]: [&Arc<Dataset>; 2],
    ) -> Result<Self> {
        let dataset = if Arc::ptr_eq(&self.dataset, raw) {
            Arc::clone(read)
        } else {
            Arc::new(vocabularies.read(&self.dataset)?)
        };
        Ok(Self { dataset, rows: self.rows })
    }

    /// The data set and the rows.
    pub fn view(&self) -> (&Dataset, &[u32]) {
        (&self.dataset, &self.rows)
    }
}

/// How a trial divides the rows of the data.
#[derive(Debug)]
pub(super) struct HeldOutPlan {
    pub pool: Vec<u32>,
    pub validation: HeldOutRows,
    pub test: HeldOutRows,
    pub is_test_apart: bool,
}

impl HeldOutPlan {
    /// One plan for all seeds; with folds, one plan per seed.
    pub(super) fn all(
        study: &Study,
        data: &StudyData,
        dataset: &Arc<Dataset>,
    ) -> Result<Vec<Self>> {
        let HeldOut::Folds(folds) = &data.test else {
            return Ok(vec![Self::new(study, data, dataset)?]);
        };
        let validation_file = match &data.validation {
            HeldOut::File(source) => Some(Arc::new(aligned(source, dataset)?)),
            HeldOut::Amount(_) | HeldOut::Folds(_) | HeldOut::Nothing => None,
        };
        let mut plans = Vec::new();
        for repeat in 0..study.seeds_run() / u64::from(folds.count) {
            let request = FoldRequest {
                folds: folds.clone(),
                method: data.split.clone(),
                validation: amount(&data.validation),
                seed: study.seed,
                repeat,
            };
            let splits = fold_splits(dataset, &request).map_err(|error| {
                let problem = study.problem("data.test", error.to_string(), "", error.hint());
                anyhow!(Problems(vec![problem]))
            })?;
            plans.extend(splits.into_iter().map(|split| {
                let validation = match &validation_file {
                    Some(file) => HeldOutRows::whole(file),
                    None => HeldOutRows { dataset: Arc::clone(dataset), rows: split.validation },
                };
                let test = HeldOutRows { dataset: Arc::clone(dataset), rows: split.test };
                Self { pool: split.pool, validation, test, is_test_apart: true }
            }));
        }
        Ok(plans)
    }

    fn new(study: &Study, data: &StudyData, dataset: &Arc<Dataset>) -> Result<Self> {
        let from_file = |held_out: &HeldOut| -> Result<Option<HeldOutRows>> {
            let HeldOut::File(source) = held_out else { return Ok(None) };
            Ok(Some(HeldOutRows::whole(&Arc::new(aligned(source, dataset)?))))
        };
        let (validation_file, test_file) = (from_file(&data.validation)?, from_file(&data.test)?);
        let files = [("data.validation", &validation_file), ("data.test", &test_file)];
        for (key, file) in files {
            refuse_shared_groups(study, data, dataset, (key, file.as_ref()))?;
        }
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
            // Only one part is cut off, and it is the test set.
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

    /// The plan for texts read with `vocabularies`; the second of `datasets` is what the first has become with
    /// them.
    ///
    /// # Errors
    /// Texts that cannot be read.
    pub(super) fn with_vocabularies(
        self,
        vocabularies: &Vocabularies,
        datasets: [&Arc<Dataset>; 2],
    ) -> Result<Self> {
        Ok(Self {
            validation: self.validation.with_vocabularies(vocabularies, datasets)?,
            test: self.test.with_vocabularies(vocabularies, datasets)?,
            ..self
        })
    }

    /// Hash of the examples that are held out, in their order.
    pub(super) fn hash(&self) -> String {
        let part =
            |rows: &HeldOutRows| shard_content_hash(&rows.dataset, rows.rows.as_slice().into());
        format!("{}+{}", part(&self.validation), part(&self.test))
    }
}

/// Refuses a file of held-out examples that shares a group with `dataset`, such as a speaker, if groups are to
/// stay together. `held_out` is the key that names the file, and what is in it.
fn refuse_shared_groups(
    study: &Study,
    data: &StudyData,
    dataset: &Dataset,
    held_out: (&str, Option<&HeldOutRows>),
) -> Result<()> {
    let (key, Some(rows)) = held_out else { return Ok(()) };
    let SplitMethod::Group(name) = &data.split else { return Ok(()) };
    let columns = [dataset, &rows.dataset].map(|dataset| dataset.columns.get(name));
    let [Some(own), Some(other)] = columns else { return Ok(()) };
    let groups: BTreeSet<String> =
        (0..own.cells.len()).filter_map(|row| own.cells.text(row)).collect();
    let shared = (0..other.cells.len()).find_map(|row| {
        other.cells.text(row).filter(|group| groups.contains(group)).map(|group| (row, group))
    });
    let Some((row, group)) = shared else { return Ok(()) };
    let message = format!(
        "row {} of the file that `{key}` names has `{name}` {group}, which the training data have too, and \
         `data.split` keeps each `{name}` on one side",
        row + 1
    );
    let hint = format!("take `{group}` out of one of both, or `split` out of the study");
    Err(Problems(vec![study.problem(key, message, "", Some(hint))]).into())
}

fn amount(held_out: &HeldOut) -> Option<Amount> {
    match held_out {
        HeldOut::Amount(amount) => Some(*amount),
        HeldOut::File(_) | HeldOut::Folds(_) | HeldOut::Nothing => None,
    }
}

/// The data of a held-out file, with the columns and classes in the order of `dataset`.
fn aligned(source: &Source, dataset: &Dataset) -> Result<Dataset> {
    read_source(source)?.align_to(dataset).map_err(|error| data_problems(&error))
}

/// Reads `data`. A column that defines the split is not a feature.
///
/// # Errors
/// The problem of data that cannot be read.
pub(super) fn read_features(data: &StudyData) -> Result<Dataset> {
    let dataset = read_source(&data.source)?;
    let column = match (&data.split, &data.test) {
        (SplitMethod::Group(column) | SplitMethod::Time(column), _) => Some(column),
        (_, HeldOut::Folds(folds)) => folds.group.as_ref(),
        (SplitMethod::Random | SplitMethod::Stratified, _) => None,
    };
    match column {
        Some(column) => {
            dataset.without_features(&[column.as_str()]).map_err(|error| data_problems(&error))
        }
        None => Ok(dataset),
    }
}

/// Hash of everything except the example itself that determines how it becomes numbers: names and
/// order of classes, columns and categories, and the length of an encoded example.
pub(super) fn encoding_hash(dataset: &Dataset) -> String {
    let mut parts = vec![format!("{:?}", Encoder::fit(dataset, &[]).shape())];
    if let Targets::Classes { names, .. } = &dataset.targets {
        parts.extend(names.iter().cloned());
    }
    for column in dataset.fields.iter().filter(|field| field.is_column()) {
        parts.push(column.name.clone());
        if let FieldValues::Categorical { levels, .. } = &column.values {
            parts.extend(levels.iter().cloned());
        }
    }
    parts.extend(vocabulary::kept(dataset).into_iter().map(|(_, vocabulary)| vocabulary.hash()));
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(format!("{}:{part}\n", part.len()));
    }
    hexadecimal(&hash.finalize())
}

/// Reads `source`; an error becomes a problem with a hint.
///
/// # Errors
/// The problem of data that cannot be read.
fn read_source(source: &Source) -> Result<Dataset> {
    read(source).map_err(|error| data_problems(&error))
}
