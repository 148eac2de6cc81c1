//! Reads the output of scikit-learn's `learning_curve`, saved as npz or JSON; each fold becomes a
//! seed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::array_file::Array;
use super::{array_file, kind_of_file, stem, unreadable, wrong_kind};
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::Mapping;
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Reads the scores by size and fold.
pub(super) fn read(source: &Path, _mapping: &Mapping) -> Result<RunTable, Problems> {
    let (arrays, form) = arrays(source)?;
    let named = |name: &str| {
        arrays.get(name).ok_or_else(|| {
            let names = listed(arrays.keys().map(String::as_str));
            let message = format!("there is no array `{name}`, there are {names}");
            let hint = "numpy.savez(\"curve.npz\", train_sizes=train_sizes, \
                        train_scores=train_scores, test_scores=test_scores)";
            Problems::from(
                Problem::new(ProblemKind::Import, message).at(Place::file(source)).hint(hint),
            )
        })
    };
    let (sizes, tests) = (named("train_sizes")?, named("test_scores")?);
    let trains = arrays.get("train_scores");
    let count = sizes.values.len();
    for (name, scores) in [("test_scores", Some(tests)), ("train_scores", trains)] {
        let Some(scores) = scores else { continue };
        if scores.shape.first() != Some(&count) || scores.shape.len() != 2 {
            let message = format!(
                "`{name}` has the shape {:?}, a row for each of {count} sizes and a column for each \
                 fold are needed",
                scores.shape
            );
            let problem = Problem::new(ProblemKind::Import, message).at(Place::file(source));
            let hint = "save what `learning_curve` returns, without a mean over folds";
            return Err(problem.hint(hint).into());
        }
    }
    let folds = tests.shape[1];
    let mut runs = Vec::new();
    for (row, size) in sizes.values.iter().enumerate() {
        for fold in 0..folds {
            let score = |scores: &Array| scores.values.get(row * scores.shape[1] + fold).copied();
            let test = score(tests).unwrap_or(f64::NAN);
            let mut metrics = BTreeMap::from([("test_score".to_owned(), vec![test])]);
            let train = trains.and_then(score).map(|train| vec![train]);
            metrics.extend(train.map(|train| ("train_score".to_owned(), train)));
            let (size, fold) = (size.to_string(), fold.to_string());
            let parts =
                [size.as_str(), fold.as_str(), &test.to_bits().to_string()].map(str::to_owned);
            let fields = [("train_size", size.clone()), ("fold", fold.clone())];
            runs.push(Run {
                identity: RunIdentity::new("sklearn", parts.iter().map(String::as_str)),
                name: format!("size {size}, fold {fold}"),
                line: None,
                fields: fields.map(|(name, text)| (name.to_owned(), text)).into(),
                metrics,
                ending: Ending::Finished,
            });
        }
    }
    Ok(RunTable {
        runs,
        source: format!("scikit-learn's learning_curve as {form}, {folds} folds"),
        title: stem(source),
        run_word: "score",
        warnings: Vec::new(),
        said: Said { higher_is_better: Some(true), best: None, repeated: None },
    })
}

fn arrays(source: &Path) -> Result<(BTreeMap<String, Array>, &'static str), Problems> {
    if source.is_dir() {
        let hint = format!("tenfold import sklearn {}", source.join("curve.npz").display());
        return Err(wrong_kind(source, "a folder, an npz or JSON file was expected", hint));
    }
    let mut beginning = Vec::new();
    let open = || File::open(source).map_err(|error| Problems::from(unreadable(source, &error)));
    open()?.take(4096).read_to_end(&mut beginning).map_err(|error| unreadable(source, &error))?;
    if beginning.starts_with(b"PK\x03\x04") {
        return Ok((array_file::arrays(open()?, source)?, "npz"));
    }
    if let Some((found, hint)) = kind_of_file(&beginning) {
        let message = format!("{found}, an npz or JSON file was expected");
        return Err(wrong_kind(source, &message, hint));
    }
    let document: Value = serde_json::from_reader(open()?).map_err(|error| {
        let place = Place::line(source, error.line() as u64);
        let hint = "json.dump({\"train_sizes\": train_sizes.tolist(), \"test_scores\": \
                    test_scores.tolist()}, file)";
        let message = format!("this is neither npz nor JSON: {error}");
        Problem::new(ProblemKind::Import, message).at(place).hint(hint)
    })?;
    let members = document.as_object().into_iter().flatten();
    let arrays = members.filter_map(|(name, value)| Some((name.clone(), array(value)?)));
    Ok((arrays.collect(), "JSON"))
}

/// Converts a list of numbers, or a list of lists of equal length.
fn array(value: &Value) -> Option<Array> {
    // JSON has no NaN, so that some libraries write `null` for it.
    let number = |value: &Value| value.as_f64().or_else(|| value.is_null().then_some(f64::NAN));
    let items = value.as_array()?;
    if let Some(values) = items.iter().map(number).collect::<Option<Vec<f64>>>() {
        return Some(Array { shape: vec![values.len()], values });
    }
    let rows: Vec<&Vec<Value>> = items.iter().map(Value::as_array).collect::<Option<_>>()?;
    let columns = rows.first()?.len();
    let values =
        rows.iter().flat_map(|row| row.iter()).map(number).collect::<Option<Vec<f64>>>()?;
    let is_table = rows.iter().all(|row| row.len() == columns);
    is_table.then(|| Array { shape: vec![rows.len(), columns], values })
}
