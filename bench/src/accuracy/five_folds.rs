//! Five-fold curves at scikit-learn's default sizes, with the true errors at two and four times the
//! data.

use serde_json::Value;
use tenfold_core::MetricKind;

use crate::Sources;
use crate::curves::{curve, replicated, size};
use crate::public_curves::SplitCurve;
use crate::score::{Scored, ours, run_all};
use crate::table::{Column, coverage_row, print_rms, start_coverage};

pub(crate) fn print(sources: &Sources) {
    let Some(folder) = &sources.cases else {
        eprintln!("five-folds is left out: `--cases FOLDER` names the folder of its curves");
        return;
    };
    let text = std::fs::read_to_string(folder.join("cv5_friedman_40_curves.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let at = numbers(&file["at"]);
    let cases: Vec<SplitCurve> =
        file["curves"].as_array().unwrap().iter().map(|one| split(one, &at)).collect();
    let runs = run_all(&sources.folds, &cases);
    let at = |place: usize| move |one: &Scored| Some(one.misses[place].log_ratio);
    let columns: [Column<'_>; 2] = [("x2", &at(0)), ("x4", &at(1))];
    print_rms("five folds, 40 friedman curves", &runs, &columns);
    start_coverage("five folds");
    for run in ours(&runs) {
        for (place, times) in [2, 4].into_iter().enumerate() {
            let label = format!("{}, x{times}", run.method.name());
            coverage_row(&label, run.coverage("", Some(place)));
        }
    }
}

fn split(one: &Value, at: &[f64]) -> SplitCurve {
    let name = one["name"].as_str().unwrap();
    let sizes = numbers(&one["train_sizes"]);
    let errors = one["errors"].as_array().unwrap().iter().map(numbers);
    let points = sizes.into_iter().zip(errors).map(|(size, errors)| replicated(size, &errors));
    let truth = numbers(&one["truth"]);
    SplitCurve {
        fitted: curve(name, MetricKind::Unbounded, points.collect()),
        scored: at.iter().zip(truth).map(|(&at, error)| (size(at), error)).collect(),
        domain: "folds".to_owned(),
        group: name.to_owned(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}
