//! Wrong labels at a given rate, to measure what careless labelling costs.

use std::collections::BTreeMap;

use super::{OwnShard, Transform, TransformSetting};
use crate::dataset::{Dataset, Targets};
use crate::seed::{Stream, derive, number_at};

/// Gives training examples another class, each with the same probability.
#[derive(Debug)]
pub(super) struct WrongLabels;

impl Transform for WrongLabels {
    fn name(&self) -> &'static str {
        "wrong-labels"
    }

    fn doc(&self) -> &'static str {
        "gives some training examples another class at random; those held out keep theirs"
    }

    fn settings(&self) -> &'static [TransformSetting] {
        &[TransformSetting {
            name: "rate",
            neutral: 0.0,
            most: 1.0,
            doc: "Probability that a training example gets a wrong class, any other with the same \
                  probability (`wrong-labels`). An example that is wrong at a rate is wrong at every \
                  higher one, and in every shard that holds it.",
            example: "0.1",
        }]
    }

    fn needs(&self, dataset: &Dataset) -> Option<&'static str> {
        if dataset.class_count().is_some() { None } else { Some("classes") }
    }

    fn apply(
        &self,
        shard: OwnShard,
        settings: &BTreeMap<&'static str, f64>,
        seed: u64,
    ) -> OwnShard {
        let OwnShard { dataset, rows } = shard;
        let rate = settings.get("rate").copied().unwrap_or(0.0);
        let Targets::Classes { labels, names } = &dataset.targets else {
            return OwnShard { dataset, rows };
        };
        let (which, to) = (derive(seed, "wrong label", 0), derive(seed, "wrong class", 0));
        let mut labels = labels.clone();
        for row in &rows {
            let key = dataset.keys[*row as usize];
            let drawn = (number_at(which, key) >> 11) as f64 / (1_u64 << 53) as f64;
            if drawn < rate {
                let others = names.len() as u64 - 1;
                let step = 1 + Stream::new(derive(to, "example", key)).below(others);
                let label = &mut labels[*row as usize];
                *label = ((u64::from(*label) + step) % names.len() as u64) as u32;
            }
        }
        let targets = Targets::Classes { labels, names: names.clone() };
        let dataset = dataset.with_targets(targets, &format!("wrong-labels {rate} {seed}"));
        OwnShard { dataset, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::TransformStep;

    fn shard(examples: usize, classes: u32) -> OwnShard {
        let labels = (0..examples as u32).map(|row| row % classes).collect();
        let names = (0..classes).map(|class| class.to_string()).collect();
        let dataset = Dataset::new(Vec::new(), Targets::Classes { labels, names }).unwrap();
        OwnShard { dataset, rows: (0..examples as u32).collect() }
    }

    fn with_rate(shard: OwnShard, rate: f64, seed: u64) -> OwnShard {
        let settings = BTreeMap::from([("rate", rate)]);
        TransformStep { transform: &WrongLabels, settings }.apply(shard, seed).unwrap()
    }

    fn labels(shard: &OwnShard) -> &[u32] {
        let Targets::Classes { labels, .. } = &shard.dataset.targets else { unreachable!() };
        labels
    }

    /// The tolerances are four standard deviations of a share of 20,000, and of a class of a
    /// thousand wrong labels.
    #[test]
    fn the_share_of_wrong_labels_is_the_rate_and_every_other_class_is_as_likely() {
        let clean = shard(20_000, 5);
        for rate in [0.05, 0.25, 0.8] {
            let noisy = with_rate(clean.clone(), rate, 3);
            let mut to = [0_u32; 5];
            for (before, after) in labels(&clean).iter().zip(labels(&noisy)) {
                to[((after + 5 - before) % 5) as usize] += 1;
            }
            let wrong = f64::from(20_000 - to[0]);
            let spread = 4.0 * (20_000.0 * rate * (1.0 - rate)).sqrt();
            assert!((wrong - 20_000.0 * rate).abs() < spread, "{rate}: {wrong}");
            for count in &to[1..] {
                let expected = wrong / 4.0;
                let spread = 4.0 * (expected * 0.75).sqrt();
                assert!((f64::from(*count) - expected).abs() < spread, "{rate}: {to:?}");
            }
        }
    }

    #[test]
    fn an_example_is_as_wrong_in_a_larger_shard_and_at_a_higher_rate() {
        let clean = shard(500, 3);
        let mut small = clean.clone();
        small.rows.truncate(100);
        let (small, large) = (with_rate(small, 0.2, 7), with_rate(clean.clone(), 0.2, 7));
        assert_eq!(labels(&small)[..100], labels(&large)[..100]);
        // Labels outside the shard do not change.
        assert_eq!(labels(&small)[100..], labels(&clean)[100..]);
        let higher = with_rate(clean.clone(), 0.4, 7);
        for (row, clean) in labels(&clean).iter().enumerate() {
            if labels(&large)[row] != *clean {
                assert_eq!(labels(&large)[row], labels(&higher)[row], "{row}");
            }
        }
        assert_ne!(labels(&large), labels(&with_rate(clean.clone(), 0.2, 8)), "another seed");
        assert_ne!(large.dataset.content_hash, clean.dataset.content_hash);
        let never = with_rate(clean.clone(), 0.0, 7);
        assert_eq!(never.dataset.content_hash, clean.dataset.content_hash);
        let always = with_rate(clean.clone(), 1.0, 7);
        assert!(labels(&always).iter().zip(labels(&clean)).all(|(a, b)| a != b));
    }

    #[test]
    fn numbers_have_no_wrong_class() {
        let targets = Targets::Values { values: vec![1.0], name: "y".to_owned() };
        let dataset = Dataset::new(Vec::new(), targets).unwrap();
        let step = TransformStep { transform: &WrongLabels, settings: BTreeMap::new() };
        let error = step.apply(OwnShard { dataset, rows: vec![0] }, 0).unwrap_err();
        assert_eq!(error.to_string(), "`wrong-labels` needs classes, and the data have none");
    }
}
