//! What the header names: the columns that are read, wherever they stand.

use std::ops::Range;

use super::ReadOptions;
use super::detail::DETAILS;
use super::findings::{Findings, Line};
use crate::diagnostic::closest::{closest, listed};

/// Columns with a number that may be left out.
pub(super) const OPTIONAL: [&str; 8] = [
    "seed",
    "standard_error",
    "train_error",
    "parameters",
    "cost",
    "seconds",
    "epochs",
    "non_embedding_parameters",
];

/// Other names for the training-set size, most likely first.
const SIZES: [&str; 12] = [
    "n",
    "m",
    "sizes",
    "train_size",
    "size_train",
    "examples",
    "n_train",
    "anchor",
    "samples",
    "num_examples",
    "tokens",
    "training_set_size",
];

/// Other names for the error, most likely first.
const ERRORS: [&str; 12] = [
    "err",
    "test_error",
    "validation_error",
    "val_error",
    "error_rate",
    "loss",
    "test_loss",
    "val_loss",
    "rmse",
    "mse",
    "accuracy",
    "score",
];

/// Where the columns are.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) size: usize,
    pub(super) metric: usize,
    pub(super) curve: Option<usize>,
    /// In the order of [`OPTIONAL`].
    pub(super) optional: [Option<usize>; OPTIONAL.len()],
    /// In the order of [`DETAILS`].
    pub(super) details: [Option<usize>; DETAILS.len()],
}

/// The columns of a header, or `None` once the problems are noted.
pub(super) fn columns(
    line: Line<'_>,
    fields: &[Range<usize>],
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Columns> {
    let names: Vec<String> =
        fields.iter().map(|field| line.cell(field).trim().to_lowercase()).collect();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        findings.add(line, 0..line.text.len(), "numbers", || {
            let hint = "make the first line name the columns: `size,error`".to_owned();
            ("the file starts with numbers, a header line is needed".to_owned(), Some(hint))
        });
        return None;
    }
    let metric = options.metric().to_lowercase();
    let size = find("size", &SIZES, line, &names, findings);
    let found_metric = find(&metric, &ERRORS, line, &names, findings);
    let used = ["size", "curve", metric.as_str()].into_iter().chain(OPTIONAL).chain(DETAILS);
    let mut is_sound = true;
    for name in used {
        let mut places = names.iter().zip(fields).filter(|(found, _)| *found == name);
        if let (Some(_), Some((_, second))) = (places.next(), places.next()) {
            is_sound = false;
            findings.add(line, second.clone(), "the second one", || {
                (format!("two columns are called `{name}`"), Some("rename one of them".to_owned()))
            });
        }
    }
    let at = |name: &str| names.iter().position(|found| found == name);
    let columns = Columns {
        size: size?,
        metric: found_metric?,
        curve: at("curve"),
        optional: OPTIONAL.map(at),
        details: DETAILS.map(at),
    };
    is_sound.then_some(columns)
}

fn find(
    wanted: &str,
    synonyms: &[&str],
    line: Line<'_>,
    names: &[String],
    findings: &mut Findings,
) -> Option<usize> {
    if let Some(found) = names.iter().position(|name| name == wanted) {
        return Some(found);
    }
    findings.add(line, 0..line.text.len(), "", || {
        let free = || names.iter().map(String::as_str).filter(|name| *name != "size");
        let near = closest(wanted, free()).or_else(|| {
            synonyms.iter().copied().find(|synonym| free().any(|name| name == *synonym))
        });
        let hint = match near {
            Some(near) if wanted == "size" => format!("did you mean `{near}`? rename it to `size`"),
            Some(near) => format!("did you mean `{near}`? `--metric {near}` reads it"),
            None => {
                format!("the file has the columns {}", listed(names.iter().map(String::as_str)))
            }
        };
        (format!("there is no column `{wanted}`"), Some(hint))
    });
    None
}
