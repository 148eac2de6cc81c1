//! Finds the field or metric for each role: typed by the user, given by the tool, or guessed.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Problem, ProblemKind};

use super::mapping::{Mapping, Repeated, Take};
use super::names::{self, Choice, there_are};
use super::pattern::Pattern;
use super::run::{Run, RunTable};
use crate::meaning::names::{
    CURVES, FOLDS, METRICS, SEEDS, SIZES, guess, guess_metric, shell_word,
};

/// The name for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Roles {
    /// Training-set size.
    pub size: Choice,
    /// Error or score.
    pub metric: Choice,
    /// How the values of a run become one number.
    pub take: Take,
    /// Seed; `None`: runs at one size are replicates.
    pub seed: Option<Choice>,
    /// Field with the fold, if another field holds the seed: both together tell runs apart.
    pub fold: Option<String>,
    /// Name of the curve.
    pub curve: CurveName,
    /// How several runs at one size and seed are treated; `None` if neither user nor tool decides.
    pub repeated: Option<Repeated>,
    /// Whether the tool and not the user decided that.
    pub is_repeated_guessed: bool,
}

/// The source of a curve's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CurveName {
    /// Fields of each run, joined.
    Fields(Vec<Choice>),
    /// One name for all.
    Fixed(String),
}

/// Finds the name for every role; fields read from the runs' names are added to `table` first.
///
/// # Errors
/// Names that the runs do not have, or no name that could be the size or the metric.
pub(super) fn roles(mapping: &Mapping, table: &mut RunTable) -> Result<Roles, Vec<Problem>> {
    let of_name = match &mapping.pattern {
        Some(text) => fields_by_pattern(text, table)?,
        None => Vec::new(),
    };
    let of_name = if mapping.pattern.is_none() && mapping.size.is_none() {
        fields_by_custom(table)
    } else {
        of_name
    };
    let table = &*table;
    let (fields, metrics) = (table.field_names(), table.metric_names());
    let both: BTreeSet<&str> = fields.union(&metrics).copied().collect();
    let mut problems = Vec::new();
    let mut choice =
        |what, flag, asked: &Option<String>, usual: &[&str], names: &BTreeSet<&str>| {
            let by_name = of_name.iter().find(|(role, _)| *role == what && asked.is_none());
            if let Some((_, choice)) = by_name {
                return Some(choice.clone());
            }
            match names::choose(what, flag, asked.as_deref(), usual, names) {
                Ok(choice) => choice,
                Err(problem) => {
                    problems.extend(problem.0);
                    None
                }
            }
        };
    let size = choice("size", "--size", &mapping.size, &SIZES, &both);
    let seed = choice("seed", "--seed", &mapping.seed, &SEEDS, &fields);
    // A seed field that the user named tells runs apart without a fold.
    let fold = seed.as_ref().filter(|seed| seed.is_guessed).and_then(|seed| {
        guess(&FOLDS, &fields).filter(|fold| *fold != seed.name).map(str::to_owned)
    });
    let mut curve_of = |asked: Option<String>| choice("curve", "--curve", &asked, &CURVES, &fields);
    let curves: Vec<Choice> = match (&mapping.name, mapping.curve.as_slice()) {
        (Some(_), _) => Vec::new(),
        (None, []) => curve_of(None).into_iter().collect(),
        (None, typed) => typed.iter().filter_map(|name| curve_of(Some(name.clone()))).collect(),
    };
    let others: Vec<&str> = [&size, &seed]
        .into_iter()
        .flatten()
        .chain(&curves)
        .map(|choice| choice.name.as_str())
        .collect();
    let free: BTreeSet<&str> =
        metrics.iter().copied().filter(|name| !others.contains(name)).collect();
    let metric = choice("metric", "--metric", &mapping.metric, &METRICS, &metrics);
    let only = free.first().copied().filter(|_| free.len() == 1);
    let guessed = guess_metric(&free).or(only).filter(|_| mapping.metric.is_none());
    let metric =
        metric.or_else(|| guessed.map(|name| Choice { name: name.to_owned(), is_guessed: true }));
    if size.is_none() && mapping.size.is_none() {
        problems.push(nothing_to_guess("training-set size", "size", &both, None));
    }
    if metric.is_none() && mapping.metric.is_none() {
        problems.push(nothing_to_guess("metric", "metric", &free, free.first().copied()));
    }
    let (Some(size), Some(metric), true) = (size, metric, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(Roles {
        take: mapping.take,
        seed,
        fold,
        curve: match &mapping.name {
            Some(name) => CurveName::Fixed(name.clone()),
            None if curves.is_empty() => CurveName::Fixed(table.title.clone()),
            None => CurveName::Fields(curves),
        },
        repeated: mapping.repeated.or(table.said.repeated),
        is_repeated_guessed: mapping.repeated.is_none(),
        size,
        metric,
    })
}

fn nothing_to_guess(
    what: &str,
    flag: &str,
    names: &BTreeSet<&str>,
    example: Option<&str>,
) -> Problem {
    let message = format!("cannot tell which name is the {what}");
    let example = example.map_or_else(|| "NAME".to_owned(), shell_word);
    let pattern = if flag == "size" {
        ", or `--pattern 'n={size}_seed={seed}'` if it stands in \
                                      the runs' names"
    } else {
        ""
    };
    Problem::new(ProblemKind::Import, message)
        .note(there_are(names))
        .hint(format!("`--{flag} {example}`{pattern}"))
}

/// Adds the fields that the pattern `text` finds in the runs' names.
fn fields_by_pattern(
    text: &str,
    table: &mut RunTable,
) -> Result<Vec<(&'static str, Choice)>, Vec<Problem>> {
    let example = "`--pattern 'n={size}_seed={seed}'`";
    let pattern = Pattern::parse(text).map_err(|why| {
        let message = format!("the pattern `{text}` cannot be used: {why}");
        vec![Problem::new(ProblemKind::Usage, message).hint(example)]
    })?;
    let mut found: BTreeSet<String> = BTreeSet::new();
    for run in &mut table.runs {
        if let Some(fields) = pattern.fields(&run.name) {
            found.extend(fields.keys().cloned());
            run.fields.extend(fields);
        }
    }
    if found.is_empty() {
        let names: BTreeSet<&str> = table.runs.iter().map(|run| run.name.as_str()).collect();
        let named = crate::diagnostic::closest::listed(names.iter().copied().take(4));
        let message = format!("the pattern `{text}` fits no run's name");
        let problem = Problem::new(ProblemKind::Import, message);
        return Err(vec![problem.note(format!("runs are called {named}")).hint(example)]);
    }
    let roles = ["size", "seed", "curve"].into_iter().filter(|role| found.contains(*role));
    let typed = |role: &'static str| (role, Choice { name: role.to_owned(), is_guessed: false });
    Ok(roles.map(typed).collect())
}

/// Reads `n=1000`, `seed=0` and a leading folder from the runs' names, unless every run has a field
/// that is a size.
fn fields_by_custom(table: &mut RunTable) -> Vec<(&'static str, Choice)> {
    let of_runs = |of: fn(&Run) -> Vec<&str>| {
        let mut shared: Option<BTreeSet<&str>> = None;
        for run in &table.runs {
            let names: BTreeSet<&str> = of(run).into_iter().collect();
            shared = Some(match shared {
                Some(before) => before.intersection(&names).copied().collect(),
                None => names,
            });
        }
        shared.unwrap_or_default()
    };
    let in_every_run =
        of_runs(|run| run.fields.keys().chain(run.metrics.keys()).map(String::as_str).collect());
    let has_size = guess(&SIZES, &in_every_run).is_some();
    if has_size {
        return Vec::new();
    }
    let has_curve = guess(&CURVES, &table.field_names()).is_some();
    let mut added = Vec::new();
    for (role, usual) in [("size", &SIZES[..]), ("seed", &SEEDS[..])] {
        let patterns = usual.iter().filter_map(|usual| {
            Some((*usual, Pattern::parse(&format!("{usual}={{{role}}}")).ok()?))
        });
        let fits = |pattern: &Pattern| {
            let found = table.runs.iter().enumerate();
            let value =
                |(at, run): (usize, &Run)| Some((at, pattern.fields(&run.name)?.remove(role)?));
            found.filter_map(value).collect::<BTreeMap<usize, String>>()
        };
        let first = patterns.map(|(usual, pattern)| (usual, fits(&pattern)));
        let Some((usual, values)) = first.into_iter().find(|(_, values)| !values.is_empty()) else {
            continue;
        };
        let name = format!("{usual}= in the name");
        for (at, value) in values {
            table.runs[at].fields.insert(name.clone(), value);
        }
        added.push((role, Choice { name, is_guessed: true }));
    }
    let folder = |name: &str| {
        let first = name.split_once('/')?.0;
        (!first.contains('=') && !first.is_empty()).then(|| first.to_owned())
    };
    if !added.is_empty() && !has_curve && table.runs.iter().all(|run| folder(&run.name).is_some()) {
        let name = "first folder of the name".to_owned();
        for run in &mut table.runs {
            run.fields.extend(folder(&run.name).map(|folder| (name.clone(), folder)));
        }
        added.push(("curve", Choice { name, is_guessed: true }));
    }
    added
}
