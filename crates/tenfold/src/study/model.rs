//! The models of a study: learner, settings and search grid.

use std::collections::BTreeMap;
use std::ops::Range;

use tenfold_train::{Architecture, LearnerSettings, SettingValue};

use super::file::{ModelTables, StudyFile, is_setting};
use super::findings::Findings;
use super::keys::{LEARNERS, Section};
use super::value::Typed;
use super::{Axis, ModelSpec};
use crate::diagnostic::closest::listed;
use crate::trial::Recipe;

/// Most settings one grid may have; more is a slip, since each is a trial at every size.
const LARGEST_GRID: usize = 10_000;

/// All models that are sound; problems are in `findings`.
pub(super) fn models(
    file: &StudyFile,
    data_is_table: bool,
    findings: &mut Findings,
) -> Vec<ModelSpec> {
    let Some(models) = &file.models else {
        findings
            .add_whole("a study needs at least one model, and the file has no `[[model]]`")
            .hint("`[[model]]` on a line of its own, then for example `learner = \"mlp\"`");
        return Vec::new();
    };
    refuse_repeated_names(models, findings);
    models.iter().filter_map(|tables| model(tables, data_is_table, findings)).collect()
}

/// The name of a model: its own, or that of its learner.
pub(super) fn name_of(tables: &ModelTables) -> String {
    let own = tables.model.text("name").or_else(|| tables.model.text("learner"));
    own.map_or_else(String::new, |(name, _)| name.to_owned())
}

fn refuse_repeated_names(models: &[ModelTables], findings: &mut Findings) {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for tables in models {
        let entry = tables.model.entry("name").or_else(|| tables.model.entry("learner"));
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

fn model(tables: &ModelTables, data_is_table: bool, findings: &mut Findings) -> Option<ModelSpec> {
    let is_command = tables.model.has("command");
    if !tables.model.has("learner") && !is_command {
        let message = "`model.learner` is missing, every model needs one";
        let span = tables.model.span.clone().unwrap_or(0..0);
        findings
            .add(span, message, "")
            .hint(format!("`learner = …`, one of {}", listed(LEARNERS.iter().copied())));
    }
    refuse_two_lengths(tables, findings);
    let (learner, span) = tables.model.text("learner")?;
    let architecture: Architecture = learner.parse().ok()?;
    if data_is_table && matches!(architecture, Architecture::Cnn | Architecture::Resnet) {
        let message = format!("`model.learner` is `{learner}`, which needs images, not a table");
        findings.add(span, message, "needs images").hint("`learner = \"mlp\"`");
    }
    let mut settings = LearnerSettings::defaults(architecture);
    for (section, table) in [(Section::Model, &tables.model), (Section::Train, &tables.train)] {
        for (name, entry) in table.in_order() {
            if let (true, Some(Typed::Setting(value))) = (is_setting(section, name), &entry.value) {
                apply(&mut settings, (section, name), (value, &entry.span), findings);
            }
        }
    }
    let axes = axes(tables, &settings, findings);
    Some(ModelSpec { name: name_of(tables), recipe: Recipe::Learner(settings), axes })
}

fn apply(
    settings: &mut LearnerSettings,
    (section, name): (Section, &str),
    (value, span): (&SettingValue, &Range<usize>),
    findings: &mut Findings,
) {
    let Err(error) = settings.set(name, value) else { return };
    // The registry names the bare key; the file has it at a path.
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

fn axes(tables: &ModelTables, settings: &LearnerSettings, findings: &mut Findings) -> Vec<Axis> {
    let mut axes = Vec::new();
    let mut grid: usize = 1;
    for (name, entry) in tables.search.in_order() {
        let Some(Typed::Axis(values)) = &entry.value else { continue };
        for (value, span) in values {
            let key = (Section::Search, name);
            apply(&mut settings.clone(), key, (value, span), findings);
        }
        grid = grid.saturating_mul(values.len());
        let values = values.iter().map(|(value, _)| value.clone()).collect();
        axes.push(Axis { key: name.to_owned(), values });
    }
    if grid > LARGEST_GRID {
        let message = format!(
            "`model.search` has {grid} combinations, {LARGEST_GRID} at most can be searched"
        );
        let span = tables.search.span.clone().unwrap_or(0..0);
        findings.add(span, message, "").hint("try fewer values of each setting");
    }
    axes
}
