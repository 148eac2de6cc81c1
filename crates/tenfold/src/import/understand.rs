//! Turns runs into measurements: every run is used, left out with a reason, or reported as a
//! problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tenfold_core::{MetricKind, TrainingSetSize};

use crate::curve_file::kind_of_metric;
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::meaning::decide::scale;
use crate::meaning::scale::{Scale, StatedScale};

use super::mapping::{Mapping, Repeated};
use super::raw::{self, Raw};
use super::roles::{Roles, roles};
use super::run::{Ending, Run, RunIdentity, RunTable};

/// Number of problems with single runs that are reported one by one.
const TOLD: usize = 8;

/// The interpretation of a source, to be shown before anything is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    /// The name for every role.
    pub roles: Roles,
    /// Unit of the sizes, in the plural.
    pub unit: &'static str,
    /// How the metric becomes an error.
    pub scale: Scale,
    /// The points, in the order of the source.
    pub measurements: Vec<Measurement>,
    /// Runs that are not used.
    pub left_out: Vec<LeftOut>,
    /// Decisions that were made without being sure.
    pub warnings: Vec<String>,
    /// Kind of error.
    pub kind: MetricKind,
    /// Number of runs in the source.
    pub runs_read: usize,
    /// Description of the source.
    pub source: String,
    /// Word for a run in the source.
    pub run_word: &'static str,
}

/// One run as a point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Name of the curve.
    pub curve: String,
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Seed, where the runs have one.
    pub seed: Option<u64>,
    /// Error, at least 0; lower is better.
    pub error: f64,
    /// Standard error of a row that is the mean of several runs.
    pub standard_error: Option<f64>,
    /// The run's identity.
    pub identity: RunIdentity,
    /// The run's name in its tool.
    pub run: String,
}

/// A run that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The run's name in its tool.
    pub run: String,
    /// The reason, without a full stop.
    pub why: String,
}

/// Interprets `table` by `mapping` and guesses the rest; messages name `source` as its place.
///
/// # Errors
/// Names that no run has, runs that cannot be used, several runs at one size and seed.
pub fn understand(
    mut table: RunTable,
    mapping: &Mapping,
    source: &Path,
) -> Result<Understood, Problems> {
    let at_source = |problem: Problem| match problem.place {
        Some(_) => problem,
        None => problem.at(Place::file(source)),
    };
    let all = |problems: Vec<Problem>| Problems(problems.into_iter().map(at_source).collect());
    let runs_read = table.runs.len();
    let mut left_out = Vec::new();
    keep_only(&mut table, mapping, &mut left_out).map_err(|problems| all(problems.0))?;
    if !mapping.unfinished {
        leave_out_unfinished(&mut table, &mut left_out);
    }
    if table.runs.is_empty() {
        return Err(all(vec![no_runs(&table, &left_out)]));
    }
    let roles = roles(mapping, &mut table).map_err(all)?;
    let mut warnings = std::mem::take(&mut table.warnings);
    let raw::All { runs: found, unit } = raw::all(&table, &roles, mapping, &mut warnings)
        .map_err(|refusal| all(vec![refused(refusal)]))?;
    let mut unusable = Vec::new();
    let mut usable: Vec<(Raw, &Run)> = Vec::new();
    for (found, run) in found.into_iter().zip(&table.runs) {
        match found {
            Ok(raw) => usable.push((raw, run)),
            Err(why) if mapping.skip_unusable => {
                left_out.push(LeftOut { run: run.name.clone(), why });
            }
            Err(why) => unusable.push(problem_of(run, source, &why)),
        }
    }
    let usable = without_gaps(usable, &roles, mapping, source, &mut left_out, &mut unusable);
    if !unusable.is_empty() {
        return Err(Problems(shortened(unusable)));
    }
    if usable.is_empty() {
        return Err(all(vec![no_runs(&table, &left_out)]));
    }
    if roles.repeated.is_none() && mapping.name.is_none() {
        raw::nothing_pooled(&usable, &table, &roles, &source.display().to_string())
            .map_err(|refusal| all(vec![refused(refusal)]))?;
    }
    let said = raw::said(mapping, &table);
    let scale = scale(&roles.metric.name, &raw::values(&usable), &said)
        .map_err(|refusal| all(vec![refused(refusal)]))?;
    // The standard error of a mean is smaller than the deviation of single runs.
    let of_mean = f64::from(mapping.runs.unwrap_or(1)).sqrt();
    let measured = |(raw, run): (Raw, &Run)| Measurement {
        standard_error: raw.deviation.map(|one| one / of_mean / scale.per),
        curve: raw.curve,
        size: raw.size,
        seed: raw.seed,
        error: scale.error(raw.value),
        identity: run.identity.clone(),
        run: run.name.clone(),
    };
    let lines: Vec<Option<u64>> = usable.iter().map(|(_, run)| run.line).collect();
    let measurements: Vec<Measurement> = usable.into_iter().map(measured).collect();
    let measurements = without_repeats(measurements, &lines, &roles, source, &mut left_out)?;
    let errors: Vec<f64> = measurements.iter().map(|measured| measured.error).collect();
    let kind = scale.kind.unwrap_or_else(|| kind_of_metric(&roles.metric.name, &errors));
    // The mapping shows the direction, so that no note repeats it.
    let shown = StatedScale { higher_is_better: Some(scale.is_score), ..said };
    warnings.extend(Scale { is_guessed: false, ..scale.clone() }.notes(&shown));
    warnings.extend(doubts(&measurements));
    let (source, run_word) = (table.source, table.run_word);
    Ok(Understood {
        roles,
        unit,
        scale,
        measurements,
        left_out,
        warnings,
        kind,
        runs_read,
        source,
        run_word,
    })
}

fn refused(refusal: crate::meaning::scale::ScaleRefusal) -> Problem {
    Problem::new(ProblemKind::Import, refusal.message).hint(refusal.hint)
}

/// Removes runs whose metric is not a number, with one sentence per curve and size.
fn without_gaps<'r>(
    runs: Vec<(Raw, &'r Run)>,
    roles: &Roles,
    mapping: &Mapping,
    source: &Path,
    left_out: &mut Vec<LeftOut>,
    unusable: &mut Vec<Problem>,
) -> Vec<(Raw, &'r Run)> {
    let mut all: BTreeMap<(&str, TrainingSetSize), usize> = BTreeMap::new();
    let mut gaps: BTreeMap<(&str, TrainingSetSize), Vec<&(Raw, &Run)>> = BTreeMap::new();
    for one in &runs {
        let key = (one.0.curve.as_str(), one.0.size);
        *all.entry(key).or_default() += 1;
        if !one.0.value.is_finite() {
            gaps.entry(key).or_default().push(one);
        }
    }
    let name = &roles.metric.name;
    for (key @ (_, size), members) in &gaps {
        if mapping.skip_unusable {
            let why = |raw: &Raw| {
                format!("its metric `{name}` is `{}`, a finite number is needed", raw.value)
            };
            let named = members.iter().map(|(raw, run)| (run.name.clone(), why(raw)));
            left_out.extend(named.map(|(run, why)| LeftOut { run, why }));
            continue;
        }
        let (raw, run) = members[0];
        let why = match (members.len(), all.get(key)) {
            (1, Some(1)) | (_, None) => format!(
                "run `{}`: its metric `{name}` is `{}`, a finite number is needed",
                run.name, raw.value
            ),
            (count, Some(of)) => {
                format!("`{name}` is missing or no number in {count} of {of} runs of size {size}")
            }
        };
        let skip = "`--skip-unusable` leaves such runs out";
        let hint = if members.iter().any(|(raw, _)| raw.has_earlier) {
            format!("`--take min` looks for the best value before it; {skip}")
        } else {
            skip.to_owned()
        };
        let place = run.line.map_or_else(|| Place::file(source), |line| Place::line(source, line));
        unusable.push(Problem::new(ProblemKind::Import, why).at(place).hint(hint));
    }
    runs.into_iter().filter(|(raw, _)| raw.value.is_finite()).collect()
}

/// Leaves out the runs that do not have the values of `--only`.
fn keep_only(
    table: &mut RunTable,
    mapping: &Mapping,
    left_out: &mut Vec<LeftOut>,
) -> Result<(), Problems> {
    for (field, value) in &mapping.only {
        super::names::choose("field", "--only", Some(field), &[], &table.field_names())?;
        let (kept, others) =
            table.runs.drain(..).partition(|run| run.fields.get(field) == Some(value));
        table.runs = kept;
        let why = |run: &Run| match run.fields.get(field) {
            Some(other) => format!("`{field}` is `{other}`"),
            None => format!("it has no `{field}`"),
        };
        let others: Vec<Run> = others;
        left_out.extend(others.iter().map(|run| LeftOut { run: run.name.clone(), why: why(run) }));
    }
    Ok(())
}

fn leave_out_unfinished(table: &mut RunTable, left_out: &mut Vec<LeftOut>) {
    table.runs.retain(|run| match &run.ending {
        Ending::Finished => true,
        Ending::Unfinished(why) => {
            left_out.push(LeftOut { run: run.name.clone(), why: why.clone() });
            false
        }
    });
}

fn no_runs(table: &RunTable, left_out: &[LeftOut]) -> Problem {
    let word = table.run_word;
    if left_out.is_empty() {
        let hint = "give the file or folder that your runs were written to";
        return Problem::new(ProblemKind::Import, format!("there is no {word} in it")).hint(hint);
    }
    let message = format!("no {word} is left: all {} are left out", left_out.len());
    let first = left_out.iter().take(3).map(|left| format!("`{}`: {}", left.run, left.why));
    let problem = first.fold(Problem::new(ProblemKind::Import, message), Problem::note);
    problem.hint("`--unfinished` uses runs that did not finish")
}

fn problem_of(run: &Run, source: &Path, why: &str) -> Problem {
    let place = run.line.map_or_else(|| Place::file(source), |line| Place::line(source, line));
    let message = format!("run `{}`: {why}", run.name);
    let hint = "`--skip-unusable` leaves such runs out";
    Problem::new(ProblemKind::Import, message).at(place).hint(hint)
}

/// The first problems, and a last one with the number of the others.
fn shortened(mut problems: Vec<Problem>) -> Vec<Problem> {
    let count = problems.len();
    if count > TOLD {
        problems.truncate(TOLD);
        let message = format!("{} more of {count} runs are not shown", count - TOLD);
        problems.push(Problem::new(ProblemKind::Import, message));
    }
    problems
}

/// Applies the rule for several runs of one curve, size and seed.
fn without_repeats(
    measurements: Vec<Measurement>,
    lines: &[Option<u64>],
    roles: &Roles,
    source: &Path,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Measurement>, Problems> {
    let mut groups: BTreeMap<(String, TrainingSetSize, Option<u64>), Vec<usize>> = BTreeMap::new();
    for (at, measured) in measurements.iter().enumerate() {
        let key = (measured.curve.clone(), measured.size, measured.seed);
        groups.entry(key).or_default().push(at);
    }
    let mut dropped: BTreeMap<usize, &'static str> = BTreeMap::new();
    let mut problems = Vec::new();
    for ((curve, size, seed), members) in groups.iter().filter(|(_, members)| members.len() > 1) {
        let kept = match (roles.repeated, seed) {
            (Some(Repeated::Keep), _) | (None, None) => continue,
            (Some(Repeated::Last), _) => members.last().copied(),
            (Some(Repeated::Best), _) => {
                let error = |at: &&usize| measurements[**at].error;
                members.iter().min_by(|a, b| error(a).total_cmp(&error(b))).copied()
            }
            (None, Some(seed)) => {
                let named: Vec<&str> =
                    members.iter().map(|&at| measurements[at].run.as_str()).collect();
                let message = format!(
                    "{} runs of `{curve}` have size {size} and seed {seed}: {}",
                    members.len(),
                    listed(named.into_iter().take(4))
                );
                let hint = "`--repeated last` takes the later one, `--repeated best` the better \
                            one (a search), `--repeated keep` all of them";
                let line = lines[members[1]];
                let place = line.map_or(Place::file(source), |line| Place::line(source, line));
                problems.push(Problem::new(ProblemKind::Import, message).at(place).hint(hint));
                continue;
            }
        };
        let why = match roles.repeated {
            Some(Repeated::Best) => "another one of its size and seed has a lower error",
            _ => "a later one of its size and seed replaces it",
        };
        dropped.extend(members.iter().filter(|at| Some(**at) != kept).map(|&at| (at, why)));
    }
    if !problems.is_empty() {
        return Err(Problems(shortened(problems)));
    }
    let mut kept = Vec::new();
    for (at, measured) in measurements.into_iter().enumerate() {
        match dropped.get(&at) {
            Some(why) => left_out.push(LeftOut { run: measured.run, why: (*why).to_owned() }),
            None => kept.push(measured),
        }
    }
    Ok(kept)
}

/// Warnings about values that look wrong but may be right.
fn doubts(measurements: &[Measurement]) -> Vec<String> {
    let mut doubts = Vec::new();
    if measurements.iter().any(|measured| measured.error <= 0.0) {
        doubts.push(
            "errors of 0 are kept: a fit averages the runs of their size, or counts half a test example"
                .to_owned(),
        );
    }
    let mut curves: BTreeMap<&str, BTreeSet<TrainingSetSize>> = BTreeMap::new();
    for measured in measurements {
        curves.entry(&measured.curve).or_default().insert(measured.size);
    }
    let few: Vec<&str> =
        curves.iter().filter(|(_, sizes)| sizes.len() < 4).map(|(name, _)| *name).collect();
    if !few.is_empty() {
        let named = listed(few.into_iter().take(6));
        doubts.push(format!("fewer than 4 sizes, too few for a fit of their own: {named}"));
    }
    doubts
}
