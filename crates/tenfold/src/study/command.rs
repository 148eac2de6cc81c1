//! A model that is a command: its words, its limits, and the settings it searches.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tenfold_train::SettingValue;

use super::file::{ModelTables, is_setting};
use super::findings::Findings;
use super::keys::Section;
use super::typed::Typed;
use super::{SearchAxis, StudyData};
use crate::diagnostic::closest::{closest, listed};
use crate::trial::template::{ID_FILES, PLACEHOLDERS, placeholders};
use crate::trial::{CommandMetric, CommandRecipe, CommandSpec, Recipe, ResultSource};

/// Default of the number of bytes read of a result: enough for a hundred million examples.
const RESULT_LIMIT: u64 = 1 << 30;

/// What a command is checked against.
pub(super) struct Surroundings<'a> {
    /// The study's folder.
    pub(super) folder: &'a Path,
    /// The study's data, if it has any.
    pub(super) data: Option<&'a StudyData>,
    /// The meaning of the number that the command reports.
    pub(super) metric: &'a CommandMetric,
}

/// The command of a model, or `None` if its keys are invalid; problems are in `findings`.
pub(super) fn recipe(
    tables: &ModelTables,
    axes: &[SearchAxis],
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Recipe> {
    refuse_learner_keys(tables, findings);
    let model = &tables.model;
    let Some((Typed::Words(words), span)) = model.get("command") else { return None };
    check_placeholders(words, &span, axes, model.has("after"), around, findings);
    let count = |name: &str| model.count(name);
    let folder = model.text("folder").map_or_else(String::new, |(folder, _)| folder.to_owned());
    let command = CommandSpec {
        words: words.clone(),
        inputs: match model.get("inputs") {
            Some((Typed::Words(inputs), _)) => inputs.iter().map(Into::into).collect(),
            _ => Vec::new(),
        },
        result: result_source(tables, findings),
        timeout: match model.get("timeout") {
            Some((Typed::Duration(time), _)) => Some(*time),
            _ => None,
        },
        retries: count("retries").map_or(1, |count| count as u32),
        memory: count("memory"),
        result_limit: count("result_limit").unwrap_or(RESULT_LIMIT),
        folder: if folder.is_empty() {
            around.folder.to_owned()
        } else {
            around.folder.join(folder)
        },
        environment: match model.get("environment") {
            Some((Typed::Environment(variables), _)) => variables.clone(),
            _ => std::collections::BTreeMap::new(),
        },
        gpus: count("gpus").map_or(0, |count| count as u32),
        metric: around.metric.clone(),
    };
    let recipe = CommandRecipe { command: Arc::new(command), settings: Vec::new() };
    Some(Recipe::Command(recipe))
}

/// The axes of a command's search: an axis may have any name that is not a placeholder.
pub(super) fn axes(tables: &ModelTables, findings: &mut Findings) -> Vec<SearchAxis> {
    let mut axes = Vec::new();
    for (name, entry) in tables.search.in_order() {
        let Some(Typed::Axis(values)) = &entry.value else { continue };
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if PLACEHOLDERS.iter().any(|(known, _)| *known == name) {
            let message = format!("`{name}` stands for something else in every command");
            findings
                .add(entry.key.clone(), message, "taken")
                .hint(format!("give the setting another name, such as `{name}_value`"));
        } else if !name.chars().all(is_name) || !name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            let message = format!("`{name}` cannot be written as a placeholder");
            findings
                .add(entry.key.clone(), message, "")
                .hint("small letters, digits and underscores, as in `learning_rate`");
        }
        let values: Vec<SettingValue> = values.iter().map(|(value, _)| value.clone()).collect();
        axes.push(SearchAxis { key: name.to_owned(), values });
    }
    axes
}

/// Reports settings of the built-in learners in a model that is a command.
fn refuse_learner_keys(tables: &ModelTables, findings: &mut Findings) {
    if let Some(entry) = tables.model.entry("learner") {
        let message = "`model.command` and `model.learner` are both given, one of them is needed";
        findings.add(entry.key.clone(), message, "").hint("take one of the two lines out");
    }
    if let Some(entry) = tables.model.entry("ranks") {
        let message = "`model.ranks` is for the built-in learners, a command starts its own";
        findings.add(entry.key.clone(), message, "has no effect here").hint(
            "for example `command = [\"mpirun\", \"-n\", \"2\", \"python\", \"train.py\", …]`",
        );
    }
    let of_model =
        tables.model.in_order().into_iter().filter(|(n, _)| is_setting(Section::Model, n));
    for (name, entry) in of_model.chain(tables.train.in_order()) {
        let message = format!("`{name}` is a setting of the built-in learners, not of a command");
        findings
            .add(entry.key.clone(), message, "has no effect here")
            .hint(format!("write it into the command, or search it: `{name} = [...]`"));
    }
}

fn result_source(tables: &ModelTables, findings: &mut Findings) -> ResultSource {
    let Some((typed, span)) = tables.model.text("result") else { return ResultSource::Json };
    if typed == "json" {
        return ResultSource::Json;
    }
    let example = "for example `result = 'error=([0-9.]+)'`";
    match regex_lite::Regex::new(typed) {
        Err(error) => {
            let message = format!("`model.result` is no regular expression: {error}");
            findings.add(span, message, "").hint(example);
        }
        Ok(pattern) if pattern.captures_len() < 2 => {
            let message = "`model.result` has no group that holds the error";
            findings.add(span, message, "no `(…)`").hint(example);
        }
        Ok(_) => {}
    }
    ResultSource::Pattern(typed.to_owned())
}

fn check_placeholders(
    words: &[String],
    span: &Range<usize>,
    axes: &[SearchAxis],
    has_after: bool,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) {
    let known = || {
        let own = PLACEHOLDERS.iter().map(|(name, _)| *name);
        own.chain(axes.iter().map(|axis| axis.key.as_str()))
    };
    let used = placeholders(words);
    for name in &used {
        if known().any(|known| known == *name) {
            continue;
        }
        let message = format!("`model.command` has the placeholder `{{{name}}}`, which is unknown");
        let hint = match closest(name, known()) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None => format!(
                "write `{{{{{name}}}}}` for the braces themselves; there are {}",
                listed(known().collect::<Vec<_>>())
            ),
        };
        findings.add(place_of(name, span, findings), message, "unknown").hint(hint);
    }
    if !has_after && let Some(name) = used.iter().find(|name| **name == "after") {
        let message = "`{after}` is the folder of a trial before, and `model.after` names none";
        findings
            .add(place_of(name, span, findings), message, "")
            .hint("`after = \"NAME\"`, the name of another command of the study");
    }
    if around.data.is_none()
        && let Some(name) = used.iter().find(|name| ID_FILES.contains(name))
    {
        let message = format!("`{{{name}}}` needs to know which examples there are");
        findings
            .add(place_of(name, span, findings), message, "the study has no `[data]`")
            .hint("`[data]` with `examples = 50000`, or with `path` if Tenfold can read them");
    }
}

/// The position of `{name}` in the list of words.
fn place_of(name: &str, span: &Range<usize>, findings: &Findings) -> Range<usize> {
    let typed = &findings.text[span.clone()];
    let found = typed.find(&format!("{{{name}}}"));
    found.map_or_else(|| span.clone(), |at| span.start + at..span.start + at + name.len() + 2)
}
