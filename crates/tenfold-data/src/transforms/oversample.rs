//! Oversampling: rare classes repeated until they are no longer rare.

use std::collections::BTreeMap;

use super::{OwnShard, Transform, TransformSetting};
use crate::dataset::{Dataset, Targets};

/// Repeats examples of rare classes.
#[derive(Debug)]
pub(super) struct Oversample;

impl Transform for Oversample {
    fn name(&self) -> &'static str {
        "oversample"
    }

    fn doc(&self) -> &'static str {
        "repeats training examples of rare classes; those held out stay as they are"
    }

    fn settings(&self) -> &'static [TransformSetting] {
        &[TransformSetting {
            name: "balance",
            neutral: 0.0,
            most: 1.0,
            doc: "How common a class becomes beside the most common one (`oversample`): with 1 all are \
                  equally common. A shard counts the examples it had before.",
            example: "1.0",
        }]
    }

    fn needs(&self, dataset: &Dataset) -> Option<&'static str> {
        if dataset.class_count().is_some() { None } else { Some("classes") }
    }

    /// Appends the repeats to the shard; they cycle through the class in the order of the shard.
    fn apply(&self, shard: OwnShard, settings: &BTreeMap<&'static str, f64>, _: u64) -> OwnShard {
        let OwnShard { dataset, mut rows } = shard;
        let balance = settings.get("balance").copied().unwrap_or(0.0);
        let Targets::Classes { labels, names } = &dataset.targets else {
            return OwnShard { dataset, rows };
        };
        let mut of_class: Vec<Vec<u32>> = vec![Vec::new(); names.len()];
        for row in &rows {
            of_class[labels[*row as usize] as usize].push(*row);
        }
        let most = of_class.iter().map(Vec::len).max().unwrap_or(0);
        let wanted = (balance * most as f64).round() as usize;
        for class in of_class.iter().filter(|class| !class.is_empty()) {
            let missing = wanted.saturating_sub(class.len());
            rows.extend(class.iter().cycle().take(missing));
        }
        OwnShard { dataset, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::TransformStep;

    fn oversampled(labels: &[u32], balance: f64) -> Vec<u32> {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let targets = Targets::Classes { labels: labels.to_vec(), names };
        let dataset = Dataset::new(Vec::new(), targets).unwrap();
        let rows = (0..labels.len() as u32).collect();
        let settings = BTreeMap::from([("balance", balance)]);
        let step = TransformStep { transform: &Oversample, settings };
        step.apply(OwnShard { dataset, rows }, 0).unwrap().rows
    }

    #[test]
    fn rare_classes_go_round_until_they_are_common() {
        let labels = [0, 0, 1, 0, 0, 1, 0];
        let all = [0, 1, 2, 3, 4, 5, 6];
        assert_eq!(oversampled(&labels, 1.0), [&all[..], &[2, 5, 2]].concat());
        assert_eq!(oversampled(&labels, 0.6), [&all[..], &[2]].concat());
        // The class is already more common than that; a class without an example stays without one.
        assert_eq!(oversampled(&labels, 0.3), all);
        assert_eq!(oversampled(&labels, 0.0), all);
    }
}
