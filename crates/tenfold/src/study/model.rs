//! The models of a study: learner, settings and search grid.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use tenfold_data::{ExampleKind, Source};
use tenfold_train::learners::Takes;
use tenfold_train::{LEARNERS, Learner, LearnerSettings, SettingValue};

use super::command::Surroundings;
use super::file::{ModelTables, StudyFile, is_setting};
use super::findings::Findings;
use super::keys::{Section, learners};
use super::typed::Typed;
use super::{ModelSpec, SearchAxis, command, ranks};
use crate::diagnostic::closest::listed;
use crate::trial::Recipe;

/// Largest number of candidates of one grid. A larger grid is a mistake, because each candidate is
/// a trial at every size.
const LARGEST_GRID: usize = 10_000;

/// All valid models; problems are in `findings`.
pub(super) fn models(
    file: &StudyFile,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Vec<ModelSpec> {
    let Some(models) = &file.models else {
        findings
            .add_whole("a study needs at least one model, and the file has no `[[model]]`")
            .hint("`[[model]]` on a line of its own, then for example `learner = \"mlp\"`");
        return Vec::new();
    };
    refuse_repeated_names(models, findings);
    models.iter().filter_map(|tables| model(tables, around, findings)).collect()
}

/// The name of a model: the one typed, or that of its learner, or that of its command's program.
pub(super) fn name_of(tables: &ModelTables) -> String {
    let own = tables.model.text("name").or_else(|| tables.model.text("learner"));
    match (own, tables.model.get("command")) {
        (Some((name, _)), _) => name.to_owned(),
        (None, Some((Typed::Words(words), _))) => {
            let program = Path::new(&words[0]).file_stem().unwrap_or_default();
            program.to_string_lossy().into_owned()
        }
        _ => String::new(),
    }
}

/// Name of the model that a command comes after.
fn after(tables: &ModelTables) -> Option<String> {
    tables.model.text("after").map(|(name, _)| name.to_owned())
}

/// Whether every model is a command, as far as the file alone determines it.
pub(super) fn are_all_commands(file: &StudyFile) -> bool {
    let models = file.models.iter().flatten();
    models.clone().count() > 0 && models.into_iter().all(|tables| tables.model.has("command"))
}

fn refuse_repeated_names(models: &[ModelTables], findings: &mut Findings) {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for tables in models {
        let entry = ["name", "learner", "command"].iter().find_map(|key| tables.model.entry(key));
        let (name, Some(entry)) = (name_of(tables), entry) else { continue };
        if name.is_empty() {
            continue;
        }
        let line = findings.line_of(entry.span.start);
        if let Some(first) = lines.get(&name) {
            findings
                .add(
                    entry.span.clone(),
                    format!("two models are called `{name}`, each needs a name of its own"),
                    format!("the first is on line {first}"),
                )
                .hint(format!("`name = \"{name}-2\"`"));
        } else {
            lines.insert(name, line);
        }
    }
}

fn model(
    tables: &ModelTables,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<ModelSpec> {
    if tables.model.has("command") {
        let axes = command::axes(tables, findings);
        refuse_large_grid(tables, &axes, findings);
        let recipe = command::recipe(tables, &axes, around, findings)?;
        return Some(ModelSpec {
            name: name_of(tables),
            recipe,
            axes,
            ranks: 1,
            lever: None,
            after: after(tables),
        });
    }
    if !tables.model.has("learner") {
        let message = "`model.learner` is missing, every model needs one or a `command`";
        let span = tables.model.span.clone().unwrap_or(0..0);
        findings
            .add(span, message, "")
            .hint(format!("`learner = …`, one of {}", listed(learners().into_iter())));
    }
    refuse_command_keys(tables, findings);
    refuse_two_lengths(tables, findings);
    let (name, span) = tables.model.text("learner")?;
    let learner: &dyn Learner = name.parse().ok()?;
    refuse_other_examples(learner, span, around, findings);
    let mut settings = LearnerSettings::defaults(learner);
    for (section, table) in [(Section::Model, &tables.model), (Section::Train, &tables.train)] {
        for (name, entry) in table.in_order() {
            if let (true, Some(Typed::Setting(value))) = (is_setting(section, name), &entry.value) {
                apply(&mut settings, section, name, value, &entry.span, findings);
            }
        }
    }
    let axes = axes(tables, &settings, findings);
    let ranks = ranks::ranks(tables, &settings, &axes, findings);
    let recipe = Recipe::learnt(settings);
    Some(ModelSpec { name: name_of(tables), recipe, axes, ranks, lever: None, after: None })
}

/// Reports data that `learner` cannot learn from.
fn refuse_other_examples(
    learner: &dyn Learner,
    span: Range<usize>,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) {
    let Some(data) = around.data else { return };
    let name = learner.name();
    match &data.source {
        Source::Files(_) | Source::Builtin(_) => match (data.source.examples(), learner.takes()) {
            (Some(ExampleKind::Row), Takes::Images) => {
                let message =
                    format!("`model.learner` is `{name}`, which needs images, not a table");
                findings.add(span, message, "needs images").hint("`learner = \"mlp\"`");
            }
            (Some(ExampleKind::Pair), Takes::Pairs)
            | (Some(ExampleKind::Sound), Takes::Recordings)
            | (Some(ExampleKind::Text), Takes::Texts) => {}
            (Some(kind @ (ExampleKind::Pair | ExampleKind::Sound | ExampleKind::Text)), takes) => {
                let (cannot, suits) = match kind {
                    ExampleKind::Pair => ("translates no texts", Takes::Pairs),
                    ExampleKind::Sound => ("hears nothing", Takes::Recordings),
                    _ => ("reads no texts", Takes::Texts),
                };
                let message = format!("`model.learner` is `{name}`, which {cannot}");
                let suits = LEARNERS.iter().filter(|learner| learner.takes() == suits);
                let suits = listed(suits.map(|learner| learner.name()));
                let hint = format!("`learner = …`, one of {suits}, or a command");
                findings.add(span, message, needed(takes)).hint(hint);
            }
            (
                Some(ExampleKind::Row | ExampleKind::Image),
                takes @ (Takes::Texts | Takes::Pairs | Takes::Recordings),
            ) => {
                let needs = needed(takes);
                let message = format!("`model.learner` is `{name}`, which {needs}");
                findings.add(span, message, needs).hint("`learner = \"mlp\"`");
            }
            _ => {}
        },
        Source::Numbered { .. } => {
            let message = "`model.learner` needs the examples themselves, and `data.examples` \
                           only counts them";
            findings.add(span, message, "").hint("`path = …` in `[data]`");
        }
    }
}

/// Which examples a learner needs.
fn needed(takes: Takes) -> &'static str {
    match takes {
        Takes::TablesAndImages => "needs images or a table",
        Takes::Images => "needs images",
        Takes::Texts => "needs texts",
        Takes::Pairs => "needs pairs of texts",
        Takes::Recordings => "needs recordings",
    }
}

/// Reports keys of a command in a model that is a built-in learner.
fn refuse_command_keys(tables: &ModelTables, findings: &mut Findings) {
    const OWN: [&str; 10] = [
        "after",
        "inputs",
        "result",
        "result_limit",
        "timeout",
        "retries",
        "memory",
        "folder",
        "environment",
        "gpus",
    ];
    for (name, entry) in tables.model.in_order() {
        if OWN.contains(&name) {
            let message = format!("`model.{name}` is for commands, and this model is none");
            findings
                .add(entry.key.clone(), message, "has no effect here")
                .hint("take the line out");
        }
    }
}

fn apply(
    settings: &mut LearnerSettings,
    section: Section,
    name: &str,
    value: &SettingValue,
    span: &Range<usize>,
    findings: &mut Findings,
) {
    let Err(error) = settings.set(name, value) else { return };
    // The error names only the setting; in the file it is at a path.
    let message = error.to_string().replacen(
        &format!("`{name}`"),
        &format!("`{}.{name}`", section.path()),
        1,
    );
    let addition = findings.add(span.clone(), message, "");
    if let Some(hint) = error.hint() {
        addition.hint(hint);
    }
}

fn refuse_two_lengths(tables: &ModelTables, findings: &mut Findings) {
    let entry = |name| tables.train.entry(name).or_else(|| tables.search.entry(name));
    let (Some(epochs), Some(steps)) = (entry("epochs"), entry("steps")) else { return };
    let (first, second) =
        if epochs.key.start < steps.key.start { (epochs, steps) } else { (steps, epochs) };
    let (first, second) = (first.key.clone(), second.key.clone());
    let line = findings.line_of(first.start);
    let label = format!("`{}` is on line {line}", &findings.text[first]);
    findings
        .add(second, "`epochs` and `steps` are both given, one length is needed", label)
        .hint("keep `epochs` to go through each shard as often, `steps` to train as long");
}

fn axes(
    tables: &ModelTables,
    settings: &LearnerSettings,
    findings: &mut Findings,
) -> Vec<SearchAxis> {
    let mut axes = Vec::new();
    for (name, entry) in tables.search.in_order() {
        let Some(Typed::Axis(values)) = &entry.value else { continue };
        for (value, span) in values {
            apply(&mut settings.clone(), Section::Search, name, value, span, findings);
        }
        let values = values.iter().map(|(value, _)| value.clone()).collect();
        axes.push(SearchAxis { key: name.to_owned(), values });
    }
    refuse_large_grid(tables, &axes, findings);
    axes
}

fn refuse_large_grid(tables: &ModelTables, axes: &[SearchAxis], findings: &mut Findings) {
    let grid = axes.iter().fold(1_usize, |grid, axis| grid.saturating_mul(axis.values.len()));
    if grid > LARGEST_GRID {
        let message = format!(
            "`model.search` has {grid} combinations, {LARGEST_GRID} at most can be searched"
        );
        let span = tables.search.span.clone().unwrap_or(0..0);
        findings.add(span, message, "").hint("try fewer values of each setting");
    }
}
