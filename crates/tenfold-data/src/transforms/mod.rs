//! Transforms of a shard: what a lever changes between the examples and the learner, one file each.
//!
//! A file says what the transform is called, which settings it has, what data it applies to, and what
//! it makes of a shard. To add one is to write its file and to name it in [`TRANSFORMS`]: the study
//! file, its schema and the docs are made from that list. A transform sees the shard and nothing else,
//! so that nothing of a held-out example can come into it.

mod oversample;
mod wrong_labels;

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::dataset::Dataset;
use crate::error::DataError;

/// Every transform, in the order in which docs show them.
pub const TRANSFORMS: &[&dyn Transform] = &[&wrong_labels::WrongLabels, &oversample::Oversample];

/// A change of a shard before a learner sees it.
pub trait Transform: Debug + Sync {
    /// Its name in a study file.
    fn name(&self) -> &'static str;

    /// What it does, one sentence.
    fn doc(&self) -> &'static str;

    /// Its settings.
    fn settings(&self) -> &'static [TransformSetting];

    /// What it needs of the data, such as `classes`; `None` if it applies to `dataset`.
    fn needs(&self, dataset: &Dataset) -> Option<&'static str>;

    /// The shard to train on in place of `shard`. The same shard, settings and seed give the same
    /// result.
    ///
    /// `seed` is that of the trial: models that are compared share it, and so do all sizes of a curve.
    fn apply(&self, shard: OwnShard, settings: &BTreeMap<&'static str, f64>, seed: u64)
    -> OwnShard;
}

/// A number that says how much a transform does.
#[derive(Clone, Copy, Debug)]
pub struct TransformSetting {
    /// Its name.
    pub name: &'static str,
    /// The value with which the transform does nothing.
    pub neutral: f64,
    /// Largest value; the smallest is `neutral`.
    pub most: f64,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// A value that can be typed.
    pub example: &'static str,
}

/// Examples to train on, with the data set they are rows of.
#[derive(Clone, Debug)]
pub struct OwnShard {
    /// The data set; a copy shares its fields.
    pub dataset: Dataset,
    /// Rows to train on, in their order.
    pub rows: Vec<u32>,
}

/// A transform with its settings.
#[derive(Clone, Debug)]
pub struct TransformStep {
    /// The transform to apply.
    pub transform: &'static dyn Transform,
    /// How much, by the name of the setting; one that is missing is neutral.
    pub settings: BTreeMap<&'static str, f64>,
}

/// Transforms are the same if they have the same name.
impl PartialEq for dyn Transform {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// The transform called `name`.
pub fn transform_named(name: &str) -> Option<&'static dyn Transform> {
    TRANSFORMS.iter().find(|transform| transform.name() == name).copied()
}

/// Settings that any transform has, once each, in the order of [`TRANSFORMS`].
pub fn transform_settings() -> Vec<&'static TransformSetting> {
    let mut settings: Vec<&TransformSetting> = Vec::new();
    for setting in TRANSFORMS.iter().flat_map(|transform| transform.settings()) {
        if settings.iter().all(|known| known.name != setting.name) {
            settings.push(setting);
        }
    }
    settings
}

impl TransformStep {
    /// Name and value of every setting that is not neutral, in the order of their names; none if
    /// the step does nothing, so that a trial has the same identity with and without it.
    pub fn identity(&self) -> Vec<(String, f64)> {
        let is_changed = |(name, value): &(&&'static str, &f64)| {
            let setting = self.transform.settings().iter().find(|setting| setting.name == **name);
            setting.is_some_and(|setting| setting.neutral.total_cmp(value).is_ne())
        };
        let name = self.transform.name();
        let changed = self.settings.iter().filter(is_changed);
        changed.map(|(key, value)| (format!("{name}.{key}"), *value)).collect()
    }

    /// Applies the step to `shard`, unless its settings are neutral.
    ///
    /// # Errors
    /// [`DataError::NotForThese`] if it does not apply to the data.
    pub fn apply(&self, shard: OwnShard, seed: u64) -> Result<OwnShard, DataError> {
        self.check(&shard.dataset)?;
        if self.identity().is_empty() {
            return Ok(shard);
        }
        Ok(self.transform.apply(shard, &self.settings, seed))
    }

    /// Whether it applies to `dataset`.
    ///
    /// # Errors
    /// [`DataError::NotForThese`] if it does not.
    pub fn check(&self, dataset: &Dataset) -> Result<(), DataError> {
        let Some(needed) = self.transform.needs(dataset) else { return Ok(()) };
        Err(DataError::NotForThese { transform: self.transform.name(), needed })
    }
}
