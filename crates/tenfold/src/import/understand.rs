//! From runs to measurements: every run is used, left out with a reason, or a problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tenfold_core::{MetricKind, TrainingSetSize};

use crate::curve_file::kind_of_metric;
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

use super::mapping::{Mapping, Repeated};
use super::roles::{CurveName, Roles, roles};
use super::run::{Ending, Run, RunIdentity, RunTable};

/// Problems of single runs that are told one by one.
const TOLD: usize = 8;

/// What was understood of a source, to be shown before anything is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    /// Who plays which role.
    pub roles: Roles,
    /// The points, in the order of the source.
    pub measurements: Vec<Measurement>,
    /// Runs that are not used.
    pub left_out: Vec<LeftOut>,
    /// What was decided without being sure.
    pub warnings: Vec<String>,
    /// Kind of error.
    pub kind: MetricKind,
    /// Runs in the source.
    pub runs_read: usize,
    /// What the source is.
    pub source: String,
    /// What a run is called there.
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
    /// Above 0; lower is better.
    pub error: f64,
    /// The run's identity.
    pub identity: RunIdentity,
    /// What its tool calls it.
    pub run: String,
}

/// A run that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What its tool calls it.
    pub run: String,
    /// Why, without a full stop.
    pub why: String,
}

/// Reads `table` as `mapping` says and guesses the rest; `source` is its place in messages.
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
    let mut measurements = Vec::new();
    let mut unusable = Vec::new();
    for run in &table.runs {
        match measurement(run, &roles, &table) {
            Ok(measured) => measurements.push((measured, run)),
            Err(wrong) if mapping.skip_unusable => {
                left_out.push(LeftOut { run: run.name.clone(), why: wrong.0 });
            }
            Err((why, hint)) => unusable.push(problem_of(run, source, &why, hint)),
        }
    }
    if !unusable.is_empty() {
        return Err(Problems(shortened(unusable)));
    }
    let measurements = without_repeats(measurements, &roles, source, &mut left_out)?;
    if measurements.is_empty() {
        return Err(all(vec![no_runs(&table, &left_out)]));
    }
    let errors: Vec<f64> = measurements.iter().map(|measured| measured.error).collect();
    let mut warnings = table.warnings;
    let is_negated = roles.higher_is_better && roles.best.total_cmp(&0.0).is_eq();
    if is_negated && mapping.kind.is_none() {
        let word = "scores below 0 were taken for losses turned round; `--kind unbounded` if they \
                    are errors in another unit";
        warnings.push(word.to_owned());
    }
    let kind = match mapping.kind {
        Some(kind) => kind,
        None if is_negated => MetricKind::Loss,
        None => kind_of_metric(&roles.metric.name, &errors),
    };
    warnings.extend(doubts(&measurements, kind, mapping));
    let (source, run_word) = (table.source, table.run_word);
    Ok(Understood { roles, measurements, left_out, warnings, kind, runs_read, source, run_word })
}

/// Leaves out the runs that lack a value of `--only`.
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

fn problem_of(run: &Run, source: &Path, why: &str, hint: Option<String>) -> Problem {
    let place = run.line.map_or_else(|| Place::file(source), |line| Place::line(source, line));
    let skip = "`--skip-unusable` leaves such runs out";
    let hint = hint.map_or_else(|| skip.to_owned(), |hint| format!("{hint}; {skip}"));
    Problem::new(ProblemKind::Import, format!("run `{}`: {why}", run.name)).at(place).hint(hint)
}

/// The first problems, and how many more there are.
fn shortened(mut problems: Vec<Problem>) -> Vec<Problem> {
    let count = problems.len();
    if count > TOLD {
        problems.truncate(TOLD);
        let message = format!("{} more of {count} runs are not shown", count - TOLD);
        problems.push(Problem::new(ProblemKind::Import, message));
    }
    problems
}

/// Why a run cannot be used, and what to type if it is not just left out.
type Unusable = (String, Option<String>);

fn measurement(run: &Run, roles: &Roles, table: &RunTable) -> Result<Measurement, Unusable> {
    let no_hint = |why: String| (why, None);
    let size = size(run, &roles.size.name).map_err(no_hint)?;
    let seed = roles.seed.as_ref().map(|seed| self::seed(run, &seed.name)).transpose();
    let curve = match &roles.curve {
        CurveName::Fixed(name) => name.clone(),
        CurveName::Field(field) => {
            run.fields.get(&field.name).cloned().unwrap_or_else(|| table.title.clone())
        }
    };
    Ok(Measurement {
        error: error(run, roles)?,
        seed: seed.map_err(no_hint)?.flatten(),
        curve,
        size,
        identity: run.identity.clone(),
        run: run.name.clone(),
    })
}

fn size(run: &Run, name: &str) -> Result<TrainingSetSize, String> {
    let needed = "a number above 0 such as `1000` or `64k` is needed";
    if let Some(text) = run.fields.get(name).filter(|text| !text.trim().is_empty()) {
        return text.parse().map_err(|_| format!("its size, `{name}`, is `{text}`, {needed}"));
    }
    let values = run.metrics.get(name).ok_or_else(|| format!("it has no size, `{name}`"))?;
    let value = values.last().copied().unwrap_or(f64::NAN);
    TrainingSetSize::new(value).ok_or(format!("its size, `{name}`, is `{value}`, {needed}"))
}

fn seed(run: &Run, name: &str) -> Result<Option<u64>, String> {
    let Some(text) = run.fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let is_whole = |value: &f64| *value >= 0.0 && value.fract() == 0.0 && *value < 9e15;
    let whole = text.parse::<f64>().ok().filter(is_whole).map(|value| value as u64);
    let seed = text.parse::<u64>().ok().or(whole);
    let needed = "a whole number from 0 is needed";
    seed.map(Some).ok_or_else(|| format!("its seed, `{name}`, is `{text}`, {needed}"))
}

fn error(run: &Run, roles: &Roles) -> Result<f64, Unusable> {
    let name = &roles.metric.name;
    let values =
        run.metrics.get(name).ok_or_else(|| (format!("it has no metric `{name}`"), None))?;
    let value = roles.take.of(values);
    if !value.is_finite() {
        let hint = "`--take min` looks for the best value before it".to_owned();
        let is_late = values.len() > 1 && values.iter().any(|value| value.is_finite());
        let why = format!("its metric `{name}` is `{value}`, a finite number is needed");
        return Err((why, is_late.then_some(hint)));
    }
    let error = if roles.higher_is_better { roles.best - value } else { value };
    if error > 0.0 {
        return Ok(error);
    }
    let best = roles.best;
    if roles.higher_is_better && error < 0.0 {
        let better = if value <= 100.0 && best <= 1.0 { "100" } else { "BEST" };
        let hint = format!("`--best {better}` if that is the score of a model without fault");
        return Err((format!("its `{name}` is {value}, better than the best, {best}"), Some(hint)));
    }
    if roles.higher_is_better {
        return Err((format!("its `{name}` is {value}, which leaves an error of 0"), None));
    }
    let hint = (value < 0.0)
        .then(|| "`--higher-is-better --best 0` for a score such as a negative loss".to_owned());
    Err((format!("its `{name}` is {value}, an error above 0 is needed"), hint))
}

/// Decides what several runs of one curve, size and seed are.
fn without_repeats(
    measurements: Vec<(Measurement, &Run)>,
    roles: &Roles,
    source: &Path,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Measurement>, Problems> {
    let mut groups: BTreeMap<(String, TrainingSetSize, Option<u64>), Vec<usize>> = BTreeMap::new();
    for (at, (measured, _)) in measurements.iter().enumerate() {
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
                let error = |at: &&usize| measurements[**at].0.error;
                members.iter().min_by(|a, b| error(a).total_cmp(&error(b))).copied()
            }
            (None, Some(seed)) => {
                let named: Vec<&str> =
                    members.iter().map(|&at| measurements[at].0.run.as_str()).collect();
                let message = format!(
                    "{} runs of `{curve}` have size {size} and seed {seed}: {}",
                    members.len(),
                    listed(named.into_iter().take(4))
                );
                let hint = "`--repeated last` takes the later one, `--repeated best` the better \
                            one (a search), `--repeated keep` all of them";
                let line = measurements[members[1]].1.line;
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
    for (at, (measured, _)) in measurements.into_iter().enumerate() {
        match dropped.get(&at) {
            Some(why) => left_out.push(LeftOut { run: measured.run, why: (*why).to_owned() }),
            None => kept.push(measured),
        }
    }
    Ok(kept)
}

/// What looks wrong and may be right.
fn doubts(measurements: &[Measurement], kind: MetricKind, mapping: &Mapping) -> Vec<String> {
    let mut doubts = Vec::new();
    if measurements.iter().all(|measured| measured.size.get() <= 1.0) {
        doubts.push(
            "no size is above 1: these look like shares of the data; sizes are numbers of examples"
                .to_owned(),
        );
    }
    let largest = measurements.iter().map(|measured| measured.error).fold(0.0, f64::max);
    let is_like_percent = (10.0..=100.0).contains(&largest);
    if mapping.kind.is_none() && kind == MetricKind::Loss && is_like_percent {
        doubts.push(format!(
            "errors go up to {largest}: if these are percentages, `--kind error-rate` needs shares"
        ));
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
