//! Which winners lie at the end of a searched axis, so that a wider search may find better ones.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::TrainingSetSize;
use tenfold_core::diagnose::{AxisEnd, SearchEdge};

use crate::store::PlannedTrial;

/// Settings of which more is a larger model.
const MODEL_SIZES: [&str; 2] = ["width", "depth"];

/// The numbers a setting was tried at, by setting, smallest first, as text; settings with one value
/// and settings that are words are left out.
pub(super) fn searched_axes<'a>(
    trials: impl Iterator<Item = &'a PlannedTrial>,
) -> BTreeMap<String, Vec<String>> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in trials.flat_map(|trial| entries(&trial.settings)) {
        values.entry(key).or_default().insert(value);
    }
    let axes =
        values.into_iter().filter(|(_, tried)| tried.len() > 1).filter_map(|(key, tried)| {
            let numbers: Option<Vec<(f64, &str)>> =
                tried.into_iter().map(|text| Some((text.parse().ok()?, text))).collect();
            let mut numbers = numbers?;
            numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
            Some((key.to_owned(), numbers.into_iter().map(|(_, text)| text.to_owned()).collect()))
        });
    axes.collect()
}

/// The ends of `axes` that a winner with `settings` lies at.
pub(super) fn edges_of(
    settings: &str,
    size: TrainingSetSize,
    axes: &BTreeMap<String, Vec<String>>,
) -> Vec<SearchEdge> {
    let edge = |(key, value): (&str, &str)| {
        let tried = axes.get(key)?;
        let end = if tried.first().is_some_and(|first| first == value) {
            AxisEnd::Smallest
        } else if tried.last().is_some_and(|last| last == value) {
            AxisEnd::Largest
        } else {
            return None;
        };
        Some(SearchEdge {
            size,
            setting: key.to_owned(),
            value: value.to_owned(),
            end,
            values: tried.len(),
            is_model_size: MODEL_SIZES.contains(&key),
        })
    };
    entries(settings).filter_map(edge).collect()
}

/// Whether the size of the model is among `axes`.
pub(super) fn has_model_size(axes: &BTreeMap<String, Vec<String>>) -> bool {
    MODEL_SIZES.iter().any(|key| axes.contains_key(*key))
}

fn entries(settings: &str) -> impl Iterator<Item = (&str, &str)> {
    settings.split(' ').filter_map(|part| part.split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(settings: &str) -> PlannedTrial {
        PlannedTrial {
            model: "cnn".to_owned(),
            size: 64,
            repeat: 0,
            candidate: 0,
            trial: String::new(),
            settings: settings.to_owned(),
            expected_flop: 0.0,
        }
    }

    #[test]
    fn winners_at_the_ends_of_numeric_axes_are_edges() {
        let trials = ["9", "10", "100"].map(|rate| {
            trial(&format!("learning_rate={rate} width=8 optimizer=adam schedule=cosine"))
        });
        let other = [trial("learning_rate=10 width=16 optimizer=sgd schedule=cosine")];
        let axes = searched_axes(trials.iter().chain(&other));
        // Numbers, not words: 9 is below 10.
        assert_eq!(axes["learning_rate"], ["9", "10", "100"]);
        assert_eq!(axes.keys().collect::<Vec<_>>(), ["learning_rate", "width"]);
        assert!(has_model_size(&axes));
        let size = TrainingSetSize::new(64.0).unwrap();
        let found = edges_of("learning_rate=100 width=8 optimizer=adam", size, &axes);
        let shown: Vec<(&str, AxisEnd, bool)> =
            found.iter().map(|e| (e.setting.as_str(), e.end, e.is_model_size)).collect();
        assert_eq!(
            shown,
            [("learning_rate", AxisEnd::Largest, false), ("width", AxisEnd::Smallest, true)]
        );
        assert_eq!(edges_of("learning_rate=10", size, &axes), []);
    }
}
