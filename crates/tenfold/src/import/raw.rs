//! Reads the size, seed and value of each run, before the scale of the metric is known.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::TrainingSetSize;
use tenfold_core::stats::quantile::median_in_place;

use super::mapping::Mapping;
use super::roles::{CurveName, Roles};
use super::run::{Run, RunTable};
use crate::meaning::apart::{Apart, pooled};
use crate::meaning::decimals::{Forms, decimals};
use crate::meaning::names;
use crate::meaning::number::{self, Number, Unit, in_decimal};
use crate::meaning::scale::{ScaleRefusal, StatedScale, Values};
use crate::meaning::sizes::counted;

/// The values of a run; the metric is as its tool wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raw {
    pub(super) curve: String,
    pub(super) size: TrainingSetSize,
    pub(super) seed: Option<u64>,
    pub(super) value: f64,
    /// Whether the value was written with a per cent sign.
    pub(super) is_percent: bool,
    /// The number after `±`.
    pub(super) deviation: Option<f64>,
    /// Whether a value before the last one is finite.
    pub(super) has_earlier: bool,
}

/// The values of all runs.
pub(super) struct All {
    /// The values of every run, or why it cannot be used.
    pub(super) runs: Vec<Result<Raw, String>>,
    /// Unit of the sizes, in the plural.
    pub(super) unit: &'static str,
}

/// Reads the values of every run, or why it cannot be used, and the unit of the sizes.
///
/// # Errors
/// Numbers that can be read in two ways, sizes in several units, or a spread of an unknown number of runs.
pub(super) fn all(
    table: &RunTable,
    roles: &Roles,
    mapping: &Mapping,
    warnings: &mut Vec<String>,
) -> Result<All, ScaleRefusal> {
    let sizes: Vec<Result<Number, String>> =
        table.runs.iter().map(|run| size(run, &roles.size.name)).collect();
    // A table keeps the texts of its numbers, which show how they were written. Of a metric with
    // several steps it keeps only the last text, which is then not used.
    let metric = |run: &Run| {
        let is_one = run.metrics.get(&roles.metric.name).is_some_and(|values| values.len() == 1);
        run.fields.get(&roles.metric.name).filter(|_| is_one).and_then(|text| number::read(text))
    };
    let (mut of_sizes, mut of_metric) = (Forms::default(), Forms::default());
    sizes.iter().flatten().for_each(|size| of_sizes.add(size.form));
    table.runs.iter().filter_map(metric).for_each(|found| of_metric.add(found.form));
    let (size_decimal, metric_decimal) = decimals(&of_sizes, &of_metric, mapping.decimal)?;
    let read_size = |size: &Number| in_decimal(size.value, size.form, size_decimal);
    let units: BTreeSet<Unit> = sizes.iter().flatten().map(|size| size.unit).collect();
    let largest = sizes.iter().flatten().map(read_size).fold(0.0, f64::max);
    let units: Vec<Unit> = units.into_iter().collect();
    let counted = counted(&roles.size.name, &units, largest, mapping.whole)?;
    warnings.extend(counted.note);
    // Tables held in memory have the number after `±` in a column of its own.
    let beside = format!("{}_std", roles.metric.name);
    let column = |run: &Run| number::read(run.fields.get(&beside)?).map(|found| found.value);
    if mapping.runs.is_none() && table.runs.iter().any(|run| column(run).is_some()) {
        warnings.push(format!("`{beside}` is not read; `--runs 5` says of how many runs it is"));
    }
    let has_deviation = table.runs.iter().filter_map(metric).any(|found| found.deviation.is_some());
    if has_deviation && mapping.runs.is_none() {
        let message =
            "`±` says how much runs differ, and nothing says how many runs are behind a row";
        let hint = "`--runs 5`, or `--runs 1` if it is the standard error of the mean";
        return Err(ScaleRefusal { message: message.to_owned(), hint: hint.to_owned() });
    }
    let one = |(run, size): (&Run, Result<Number, String>)| {
        let size = size?;
        let count = read_size(&size) * counted.times;
        let size = TrainingSetSize::new(count).ok_or_else(|| format!("its size is {count}"))?;
        let name = &roles.metric.name;
        // An empty cell of a table means that the metric was not measured.
        let is_empty = run.line.is_some() && !run.fields.contains_key(name);
        let values = match run.metrics.get(name) {
            Some(values) => values.as_slice(),
            None if is_empty => &[],
            None => return Err(format!("it has no metric `{name}`")),
        };
        let taken = roles.take.of(values);
        let written = metric(run);
        let value = written.map_or(taken, |found| in_decimal(taken, found.form, metric_decimal));
        Ok(Raw {
            curve: curve(run, &roles.curve, &table.title),
            size,
            seed: seed(run, roles)?,
            value,
            is_percent: written.is_some_and(|found| found.unit == Unit::Percent),
            deviation: written
                .and_then(|found| found.deviation)
                .or_else(|| column(run).filter(|_| mapping.runs.is_some())),
            has_earlier: values.len() > 1 && values.iter().any(|value| value.is_finite()),
        })
    };
    let runs = table.runs.iter().zip(sizes).map(one).collect();
    Ok(All { runs, unit: counted.unit })
}

fn curve(run: &Run, name: &CurveName, title: &str) -> String {
    match name {
        CurveName::Fixed(name) => name.clone(),
        CurveName::Fields(fields) => {
            let text = |name: &str| run.fields.get(name).cloned();
            let texts: Vec<String> = fields.iter().filter_map(|one| text(&one.name)).collect();
            if texts.is_empty() { title.to_owned() } else { texts.join("/") }
        }
    }
}

fn size(run: &Run, name: &str) -> Result<Number, String> {
    let needed = "a number above 0 such as `1000` or `64k` is needed";
    if let Some(text) = run.fields.get(name).filter(|text| !text.trim().is_empty()) {
        let found = number::read(text).filter(|size| size.value > 0.0);
        return found.ok_or_else(|| format!("its size, `{name}`, is `{text}`, {needed}"));
    }
    let values = run.metrics.get(name).ok_or_else(|| format!("it has no size, `{name}`"))?;
    let value = values.last().copied().unwrap_or(f64::NAN);
    let found = number::read(&value.to_string()).filter(|size| size.value > 0.0);
    // A number from a tool has a decimal point, even if its text looks like thousands.
    let plain = found.map(|size| Number { form: number::Form::Plain, ..size });
    plain.ok_or_else(|| format!("its size, `{name}`, is `{value}`, {needed}"))
}

fn seed(run: &Run, roles: &Roles) -> Result<Option<u64>, String> {
    let Some(name) = roles.seed.as_ref().map(|seed| &seed.name) else { return Ok(None) };
    let text = run.fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(None) };
    let fold = roles.fold.as_ref().and_then(|fold| run.fields.get(fold));
    let fold = fold.map(|text| text.trim()).filter(|text| !text.is_empty());
    let seed =
        names::seed(text).map(|seed| fold.map_or(seed, |fold| names::seed_of_fold(seed, fold)));
    seed.map(Some).map_err(|needed| format!("its seed, `{name}`, is `{text}`, {needed} is needed"))
}

/// Summary of the metric's values over all runs.
pub(super) fn values(runs: &[(Raw, &Run)]) -> Values {
    let mut values = Values::default();
    let mut curves: BTreeMap<&str, BTreeMap<TrainingSetSize, Vec<f64>>> = BTreeMap::new();
    for (raw, _) in runs {
        values.add(raw.value, raw.is_percent);
        let sizes = curves.entry(&raw.curve).or_default();
        sizes.entry(raw.size).or_default().push(raw.value);
    }
    let mut is_rising = true;
    let mut has_steps = false;
    for sizes in curves.into_values() {
        let medians: Vec<f64> =
            sizes.into_values().map(|mut of_size| median_in_place(&mut of_size)).collect();
        has_steps |= medians.len() > 2;
        is_rising &= medians.windows(2).all(|pair| pair[0] < pair[1]);
    }
    values.rises = is_rising && has_steps;
    values.is_like_language_models =
        runs.iter().any(|(raw, _)| raw.size.get() >= Values::MANY_TOKENS);
    values
}

/// The scale that the user stated, completed by what the tool states.
pub(super) fn said(mapping: &Mapping, table: &RunTable) -> StatedScale {
    StatedScale {
        higher_is_better: mapping.higher_is_better.or(table.said.higher_is_better),
        best: mapping.best.or(table.said.best),
        unit: mapping.unit,
        kind: mapping.kind,
    }
}

/// Refuses runs of one curve and size that are not replicates.
///
/// # Errors
/// What would separate them.
pub(super) fn nothing_pooled(
    runs: &[(Raw, &Run)],
    table: &RunTable,
    roles: &Roles,
    source: &str,
) -> Result<(), ScaleRefusal> {
    let curves: Vec<String> = match &roles.curve {
        CurveName::Fixed(_) => Vec::new(),
        CurveName::Fields(fields) => fields.iter().map(|choice| choice.name.clone()).collect(),
    };
    let mut used: BTreeSet<&str> = curves.iter().map(String::as_str).collect();
    used.extend([roles.size.name.as_str(), roles.metric.name.as_str()]);
    used.extend(roles.seed.as_ref().map(|seed| seed.name.as_str()));
    used.extend(roles.fold.as_deref());
    let names = table.field_names();
    let names = names.into_iter().filter(|name| !used.contains(name) && !names::is_step(name));
    let mut apart = Apart::new(names);
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut keys = Vec::with_capacity(runs.len());
    for (raw, run) in runs {
        let next = numbers.len() as u32;
        keys.push((*numbers.entry(&raw.curve).or_insert(next), raw.size));
        apart.add(|name| run.fields.get(name).map(String::as_str));
    }
    let telling = apart.telling(&keys);
    if telling.is_empty() { Ok(()) } else { Err(pooled(&telling, &curves, source)) }
}
