//! Finds the winners at an end of a searched axis; a wider search may find better ones.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::TrainingSetSize;
use tenfold_core::diagnose::{AxisEnd, SearchEdge};
use tenfold_train::SettingValue;

use crate::store::PlannedTrial;
use crate::trial::Settings;

/// Settings that make the model larger as they grow.
const MODEL_SIZES: [&str; 2] = ["width", "depth"];

/// The values each setting was tried at, smallest first, as text. Settings with one value and
/// settings that are words are left out.
pub(super) fn searched_axes<'a>(
    trials: impl Iterator<Item = &'a PlannedTrial>,
) -> BTreeMap<String, Vec<String>> {
    let different: BTreeSet<&str> = trials.map(|trial| trial.settings.as_str()).collect();
    let mut values: BTreeMap<String, Vec<SettingValue>> = BTreeMap::new();
    for (key, value) in different.into_iter().flat_map(|json| Settings::of_json(json).0) {
        values.entry(key).or_default().push(value);
    }
    let axes = values.into_iter().filter_map(|(key, tried)| {
        let number = |value: SettingValue| match value {
            SettingValue::Number(number) => Some(number),
            SettingValue::Text(_) | SettingValue::Flag(_) => None,
        };
        let mut numbers: Vec<f64> = tried.into_iter().map(number).collect::<Option<_>>()?;
        numbers.sort_by(f64::total_cmp);
        numbers.dedup_by_key(|number| number.to_bits());
        (numbers.len() > 1).then(|| (key, numbers.iter().map(f64::to_string).collect()))
    });
    axes.collect()
}

/// The ends of `axes` that a winner with `settings` lies at.
pub(super) fn edges_of(
    settings: &str,
    size: TrainingSetSize,
    axes: &BTreeMap<String, Vec<String>>,
) -> Vec<SearchEdge> {
    let edge = |(key, value): (String, SettingValue)| {
        let (tried, value) = (axes.get(&key)?, value.to_string());
        let end = if tried.first() == Some(&value) {
            AxisEnd::Smallest
        } else if tried.last() == Some(&value) {
            AxisEnd::Largest
        } else {
            return None;
        };
        Some(SearchEdge {
            size,
            is_model_size: MODEL_SIZES.contains(&key.as_str()),
            setting: key,
            value,
            end,
            values: tried.len(),
        })
    };
    Settings::of_json(settings).0.into_iter().filter_map(edge).collect()
}

/// Whether the size of the model is among `axes`.
pub(super) fn has_model_size(axes: &BTreeMap<String, Vec<String>>) -> bool {
    MODEL_SIZES.iter().any(|key| axes.contains_key(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(settings: &str) -> PlannedTrial {
        PlannedTrial {
            model: "cnn".to_owned(),
            size: 64,
            seed: 0,
            candidate: 0,
            trial: String::new(),
            settings: settings.to_owned(),
            expected_flop: 0.0,
        }
    }

    #[test]
    fn winners_at_the_ends_of_numeric_axes_are_edges() {
        let trials = ["9", "10", "100"].map(|rate| {
            trial(&format!(
                r#"{{"learning_rate":{rate},"width":8,"optimizer":"adam","schedule":"cosine"}}"#
            ))
        });
        let other =
            [trial(r#"{"learning_rate":10,"width":16,"optimizer":"sgd","schedule":"cosine"}"#)];
        let axes = searched_axes(trials.iter().chain(&other));
        // The values are sorted as numbers, not as words: 9 is below 10.
        assert_eq!(axes["learning_rate"], ["9", "10", "100"]);
        assert_eq!(axes.keys().collect::<Vec<_>>(), ["learning_rate", "width"]);
        assert!(has_model_size(&axes));
        let size = TrainingSetSize::new(64.0).unwrap();
        let found = edges_of(r#"{"learning_rate":100,"width":8,"optimizer":"adam"}"#, size, &axes);
        let shown: Vec<(&str, AxisEnd, bool)> =
            found.iter().map(|e| (e.setting.as_str(), e.end, e.is_model_size)).collect();
        assert_eq!(
            shown,
            [("learning_rate", AxisEnd::Largest, false), ("width", AxisEnd::Smallest, true)]
        );
        assert_eq!(edges_of(r#"{"learning_rate":10}"#, size, &axes), []);
    }
}
