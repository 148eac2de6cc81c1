//! Finds the fields that tell runs apart: the names in braces, and the settings that Hydra's sweep
//! varied.

use std::collections::BTreeSet;

use super::path_pattern::PathPattern;
use super::runs::FolderRun;
use super::{nearest, nothing};
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::Mapping;
use crate::import::names::{self, Choice};
use crate::meaning::names::{SEEDS, SIZES, guess as usual_name};

/// The fields of every run that hold its size, seed and curve.
pub(super) struct ToldApart {
    pub(super) size: Choice,
    pub(super) seed: Option<Choice>,
    /// `None` if all runs belong to one curve, or if the user names the field.
    pub(super) curve: Option<Choice>,
    pub(super) notes: Vec<String>,
}

/// Writes size, seed and curve into the fields of each run.
///
/// # Errors
/// No size, or names that the runs do not have.
pub(super) fn told_apart(
    pattern: &PathPattern,
    runs: &mut [FolderRun],
    mapping: &Mapping,
) -> Result<ToldApart, Problems> {
    let in_braces: Vec<String> = pattern.names().into_iter().map(str::to_owned).collect();
    for run in &mut *runs {
        let names = run.names.iter().map(|(name, value)| (braced(name), value.clone()));
        run.told = names.collect();
    }
    let has = |name: &str| in_braces.iter().any(|own| own == name);
    let size = size(pattern, runs, mapping, has("size"))?;
    let seed = match &mapping.seed {
        Some(_) => names::choose("seed", "--seed", mapping.seed.as_deref(), &[], &fields(runs))?,
        None if has("seed") => Some(Choice { name: braced("seed"), is_guessed: false }),
        None => guess(&SEEDS, runs),
    };
    let taken = [Some(size.name.as_str()), seed.as_ref().map(|seed| seed.name.as_str())];
    let is_taken = |name: &str| taken.contains(&Some(name));
    let mut parts: Vec<String> = in_braces
        .iter()
        .filter(|name| !["size", "seed"].contains(&name.as_str()))
        .map(|name| braced(name))
        .collect();
    let swept = swept(runs).into_iter().filter(|name| !is_taken(name));
    parts.extend(swept.filter(|name| !has(name)));
    let mut notes = Vec::new();
    let varying: Vec<&str> =
        parts.iter().map(String::as_str).filter(|name| values(runs, name).len() > 1).collect();
    if !mapping.curve.is_empty() || mapping.name.is_some() {
        let asked = curves_asked(mapping, &in_braces);
        let is_asked = |name: &str| asked.iter().any(|own| own == name);
        let pooled: Vec<&str> = varying.into_iter().filter(|name| !is_asked(name)).collect();
        if !pooled.is_empty() {
            let pooled = listed(pooled);
            notes.push(format!("runs that differ by {pooled} are of one curve, as was asked for"));
        }
        let curve = asked_curve(&asked, runs)?;
        return Ok(ToldApart { size, seed, curve, notes });
    }
    for name in ["fold", "repeat", "rep", "version"].into_iter().filter(|name| has(name)) {
        notes.push(format!(
            "each value of `{{{name}}}` is a curve of its own; write `{{seed}}` if they are repeats of \
             one"
        ));
    }
    if parts.is_empty() {
        return Ok(ToldApart { size, seed, curve: None, notes });
    }
    let name = parts.join(" ");
    for run in &mut *runs {
        let value = curve_name(run, &parts);
        run.told.insert(name.clone(), value);
    }
    Ok(ToldApart { size, seed, curve: Some(Choice { name, is_guessed: false }), notes })
}

/// The fields that the user chose as the name of the curve.
fn curves_asked(mapping: &Mapping, in_braces: &[String]) -> Vec<String> {
    let own = |name: &String| if in_braces.contains(name) { braced(name) } else { name.clone() };
    mapping.curve.iter().map(own).collect()
}

/// The field that names the curve: the user's only one, or a new one that joins several.
fn asked_curve(asked: &[String], runs: &mut [FolderRun]) -> Result<Option<Choice>, Problems> {
    let mut only = None;
    for name in asked {
        only = names::choose("curve", "--curve", Some(name), &[], &fields(runs))?;
    }
    if asked.len() < 2 {
        return Ok(only);
    }
    let name = asked.join(" ");
    for run in runs {
        let value = curve_name(run, asked);
        run.told.insert(name.clone(), value);
    }
    Ok(Some(Choice { name, is_guessed: false }))
}

/// A name in braces, written with its braces, so that it is not confused with a setting of that
/// name.
fn braced(name: &str) -> String {
    format!("{{{name}}}")
}

/// Name of the curve: "cnn", "lr=0.1", or "cnn, lr=0.1" if several fields tell curves apart.
fn curve_name(run: &FolderRun, parts: &[String]) -> String {
    let part = |part: &String| {
        let (name, value) = (part.trim_matches(['{', '}']), value(run, part).unwrap_or_default());
        // A word explains itself; a number needs the name of its field.
        let is_word = value.starts_with(char::is_alphabetic) && value.len() > 1;
        if is_word || name == "curve" { value.to_owned() } else { format!("{name}={value}") }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn value<'a>(run: &'a FolderRun, name: &str) -> Option<&'a str> {
    run.told.get(name).or_else(|| run.record.fields.get(name)).map(String::as_str)
}

fn values<'a>(runs: &'a [FolderRun], name: &str) -> BTreeSet<Option<&'a str>> {
    runs.iter().map(|run| value(run, name)).collect()
}

/// Names that Hydra set differently for different runs.
fn swept(runs: &[FolderRun]) -> BTreeSet<String> {
    let all: BTreeSet<&String> = runs.iter().flat_map(|run| &run.overridden).collect();
    // Settings of Hydra itself only say where it writes the runs.
    let is_swept = |name: &&&String| !name.starts_with("hydra.") && values(runs, name).len() > 1;
    all.iter().filter(is_swept).map(|name| (**name).clone()).collect()
}

/// Every field name of the runs, from braces and from settings.
fn fields(runs: &[FolderRun]) -> BTreeSet<&str> {
    let names = runs.iter().flat_map(|run| run.told.keys().chain(run.record.fields.keys()));
    names.map(String::as_str).collect()
}

/// The first of the `usual` names that every run has.
fn guess(usual: &[&str], runs: &[FolderRun]) -> Option<Choice> {
    let mut shared: Option<BTreeSet<&str>> = None;
    for run in runs {
        let own: BTreeSet<&str> = run.record.fields.keys().map(String::as_str).collect();
        shared = Some(match shared {
            Some(before) => before.intersection(&own).copied().collect(),
            None => own,
        });
    }
    let name = usual_name(usual, &shared?)?.to_owned();
    Some(Choice { name, is_guessed: true })
}

fn size(
    pattern: &PathPattern,
    runs: &[FolderRun],
    mapping: &Mapping,
    is_in_braces: bool,
) -> Result<Choice, Problems> {
    if let Some(asked) = &mapping.size {
        let metrics = runs.iter().flat_map(|run| run.record.series.keys()).map(String::as_str);
        let all: BTreeSet<&str> = fields(runs).into_iter().chain(metrics).collect();
        if let Some(choice) = names::choose("size", "--size-from", Some(asked), &SIZES, &all)? {
            return Ok(choice);
        }
    }
    if is_in_braces {
        return Ok(Choice { name: braced("size"), is_guessed: false });
    }
    let own_word = pattern.names().into_iter().find(|name| SIZES.contains(name));
    if let Some(guessed) = guess(&SIZES, runs).filter(|_| own_word.is_none()) {
        return Ok(guessed);
    }
    let place = Place::file(&pattern.root);
    let message = "nothing says how many examples a run was trained on";
    let problem = Problem::new(ProblemKind::Import, message).at(place);
    if let Some(word) = own_word {
        let hint = format!("write `{{size}}` instead of `{{{word}}}` if that is the size");
        return Err(problem.hint(hint).into());
    }
    let settings = fields(runs);
    let there_are = (!settings.is_empty()).then(|| names::there_are(&settings));
    let problem = there_are.into_iter().fold(problem, Problem::note);
    let folders: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    let near = nearest::nearest(&pattern.root.to_string_lossy(), &folders);
    // Several runs in one file share its path, so that no pattern tells them apart.
    let near = near.filter(|near| near.contains("{size}") && !near.contains('#'));
    let hint = match (near, settings.is_empty()) {
        (Some(near), _) => format!("tenfold import folder '{near}'"),
        (None, false) => "`--size-from NAME` with one of those names".to_owned(),
        (None, true) => nothing::EXAMPLE.to_owned(),
    };
    Err(problem.hint(hint).into())
}
