//! Turns the study file as typed into its meaning: checks everything that two or more keys decide
//! together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenfold_core::MetricKind;
use tenfold_data::{EXAMPLES, ExampleKind, Source, Targets, Unit};
use tenfold_train::metrics::usual_metric;
use tenfold_train::tasks::TargetKind;
use tenfold_train::{Metric, metrics};

use super::command::Surroundings;
use super::file::StudyFile;
use super::findings::Findings;
use super::keys;
use super::table::Table;
use super::typed::{TargetTyped, Typed};
use super::value::one_of_words;
use super::{SearchScope, ShardSizes, Study, StudyData, StudyGoal, after, data, lever, model, run};
use crate::diagnostic::Problems;
use crate::trial::CommandMetric;

/// Default of the smallest size of a progression: below it, most curves have not begun to fall.
const FIRST_SIZE: u64 = 64;

/// The study, or `None` if a part without a default is missing; problems are in `findings`.
pub(super) fn study(file: &StudyFile, findings: &mut Findings) -> Option<Study> {
    let folder = folder_of(&findings.file);
    // Commands may find their data themselves.
    let has_commands_only = model::are_all_commands(file);
    let needs_data = !has_commands_only || file.data.span.is_some();
    let data = needs_data.then(|| data::data(&file.data, &folder, findings));
    let is_data_broken = matches!(data, Some(None));
    let data = data.flatten();
    let shards = shards(file, findings);
    let targets = known_targets(data.as_ref());
    let command_metric = command_metric(&file.metric);
    let metric = if has_commands_only { None } else { metric(&file.metric, targets, findings) };
    let goal = goal(&file.goal, metric, if has_commands_only { None } else { targets }, findings);
    let around = Surroundings { folder: &folder, data: data.as_ref(), metric: &command_metric };
    let mut models = model::models(file, &around, findings);
    after::check(file, &models, findings);
    models.extend(lever::models(&file.levers, &models, findings));
    let unit = unit(&file.shards, data.as_ref(), has_commands_only, findings);
    if is_data_broken {
        return None;
    }
    let name = match file.study.text("name") {
        Some((name, _)) => name.to_owned(),
        None => folder_name(&folder),
    };
    Some(Study {
        name,
        seed: file.study.count("seed").unwrap_or(0),
        data,
        shards,
        unit,
        seeds: file.shards.count("seeds").map_or(3, |seeds| u32::try_from(seeds).unwrap_or(3)),
        metric,
        command_metric,
        metric_kind: file.metric.text("kind").map(|(kind, _)| metric_kind(kind)),
        models,
        search: match file.study.text("search") {
            Some(("full", _)) => SearchScope::Full,
            Some(("carried", _)) => SearchScope::Carried,
            _ => SearchScope::Narrowed,
        },
        goal,
        run: run::options(file, findings),
        text: Arc::clone(&findings.text),
        file: findings.file.clone(),
        folder,
        spans: spans(file),
    })
}

/// The folder that `file` is in; the current folder if `file` is a bare name.
fn folder_of(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The last component of the folder's path, also if it was typed as `.`; `study` if it has none.
fn folder_name(folder: &Path) -> String {
    let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    named(folder)
        .or_else(|| folder.canonicalize().ok().as_deref().and_then(named))
        .unwrap_or_else(|| "study".to_owned())
}

fn shards(file: &StudyFile, findings: &mut Findings) -> ShardSizes {
    if let Some((Typed::Sizes(sizes), _)) = file.shards.get("sizes") {
        return ShardSizes::List(sizes.clone());
    }
    let from = file.sizes.count("from").unwrap_or(FIRST_SIZE);
    let to = file.sizes.count("to");
    if let (Some(to), Some(entry)) = (to, file.sizes.entry("to"))
        && to < from
        && file.sizes.entry("from").is_none_or(|entry| entry.value.is_some())
    {
        let message = format!("`shards.sizes` goes from {from} down to {to}");
        findings
            .add(entry.span.clone(), message, format!("smaller than `from`, {from}"))
            .hint(format!("`sizes = {{ from = {to}, to = {from} }}`"));
    }
    ShardSizes::Range { from, to, factor: file.sizes.number("factor").unwrap_or(2.0) }
}

/// The unit that sizes are counted in; examples by default.
fn unit(
    table: &Table,
    data: Option<&StudyData>,
    has_commands_only: bool,
    findings: &mut Findings,
) -> &'static Unit {
    let typed = table.text("unit");
    let Some((unit, span)) = typed.and_then(|(name, span)| Some((Unit::named(name)?, span))) else {
        return EXAMPLES;
    };
    let is = |data: &StudyData, kind| data.source.examples() == Some(kind);
    let is_text = |data: &StudyData| is(data, ExampleKind::Text);
    let is_pair = |data: &StudyData| is(data, ExampleKind::Pair);
    let counted = match data {
        None => return unit,
        Some(data) if is_pair(data) && !has_commands_only => "`tokens` and `examples`",
        Some(data) if is(data, ExampleKind::Sound) => "`seconds` and `examples`",
        Some(data) if is_text(data) && !has_commands_only => {
            "`characters`, `tokens` and `examples`"
        }
        Some(data) if is_text(data) => "`characters` and `examples`",
        Some(_) => "`examples`",
    };
    if unit.is_example() || counted.contains(&format!("`{}`", unit.name)) {
        return unit;
    }
    let message = format!(
        "`shards.unit` is `{}`, and the data of this study are counted in {counted}",
        unit.name
    );
    findings.add(span, message, "").hint("take the line out, or the `[data]` of a command's own");
    EXAMPLES
}

/// The kind of a study's targets, if the file alone determines it.
fn known_targets(data: Option<&StudyData>) -> Option<TargetKind> {
    let source = &data?.source;
    let Source::Files(files) = source else {
        return match source.examples() {
            Some(ExampleKind::Text) => Some(TargetKind::Texts),
            Some(ExampleKind::Pair) => Some(TargetKind::Translations),
            Some(ExampleKind::Sound) => Some(TargetKind::Transcripts),
            _ => None,
        };
    };
    match (files.examples(), files.key("label"), files.key("target")) {
        (ExampleKind::Image, _, _) | (ExampleKind::Row, Some(_), None) => Some(TargetKind::Classes),
        (ExampleKind::Row, None, Some(_)) => Some(TargetKind::Values),
        (ExampleKind::Text, _, _) => Some(TargetKind::Texts),
        (ExampleKind::Pair, _, _) => Some(TargetKind::Translations),
        (ExampleKind::Sound, _, _) => Some(TargetKind::Transcripts),
        _ => None,
    }
}

/// The meaning of the number that commands report.
fn command_metric(table: &Table) -> CommandMetric {
    let name = table.text("name").map_or("error", |(name, _)| name).to_owned();
    let is_higher = matches!(table.text("direction"), Some(("higher", _)));
    let best = table.number("best").unwrap_or(1.0);
    CommandMetric { name, higher_is_better: is_higher.then_some(best) }
}

fn metric(
    table: &Table,
    targets: Option<TargetKind>,
    findings: &mut Findings,
) -> Option<&'static dyn Metric> {
    if let Some(("higher", span)) = table.text("direction") {
        let message = "`metric.direction` is `higher`, but the metrics of the built-in learners \
                       are errors, and lower is better";
        findings.add(span, message, "").hint("take the line out");
    }
    let (name, span) = table.text("name")?;
    if !one_of_words("metric.name", name, span.clone(), &keys::metrics(), findings) {
        return None;
    }
    let metric: &dyn Metric = name.parse().ok()?;
    if let Some((message, hint)) = mismatch(metric, targets) {
        findings.add(span, message, "").hint(hint);
    }
    Some(metric)
}

/// Why a metric does not fit the targets, and what to type instead.
fn mismatch(metric: &dyn Metric, targets: Option<TargetKind>) -> Option<(String, String)> {
    let has = targets?;
    let words = |kind| match kind {
        TargetKind::Classes => "classes",
        TargetKind::Values => "numbers",
        TargetKind::Texts => "texts",
        TargetKind::Translations => "translations",
        TargetKind::Transcripts => "transcripts",
    };
    let needs: Vec<&str> = metric.targets().iter().copied().map(words).collect();
    let usual = usual_metric(has).map_or("", Metric::name);
    (!metric.suits(has)).then(|| {
        let message = format!(
            "`metric.name` is `{}`, which is for {}, and the data have {}",
            metric.name(),
            needs.join(" or "),
            words(has)
        );
        (message, format!("`name = \"{usual}\"`"))
    })
}

fn metric_kind(name: &str) -> MetricKind {
    match name {
        "error-rate" => MetricKind::ErrorRate,
        "loss" => MetricKind::Loss,
        _ => MetricKind::Unbounded,
    }
}

fn goal(
    table: &Table,
    metric: Option<&'static dyn Metric>,
    targets: Option<TargetKind>,
    findings: &mut Findings,
) -> StudyGoal {
    let mut goal = StudyGoal {
        target: None,
        cost_per_example: table.number("cost_per_example"),
        have: table.count("have"),
        value_per_point: table.number("value_per_point"),
        budget: table.number("budget"),
        examples_per_day: table.number("examples_per_day"),
        deadline: table.number("deadline"),
    };
    let Some((Typed::Target(typed), span)) = table.get("target") else {
        return goal;
    };
    goal.target = Some(typed.value);
    let is_error_rate = match metric {
        Some(metric) => metric == metrics::ERROR_RATE,
        None => targets == Some(TargetKind::Classes),
    };
    let usual = targets.and_then(usual_metric);
    let is_other = metric.or(usual).is_some_and(|metric| metric.kind() != MetricKind::ErrorRate);
    let misread = if is_error_rate {
        above_one(*typed)
    } else if is_other && typed.is_percent {
        let metric = metric.unwrap_or(metrics::RMSE).name();
        Some((
            format!("`goal.target` is a share, and `{metric}` is measured in units of its own"),
            format!("`target = {}`", typed.value),
        ))
    } else {
        None
    };
    if let Some((message, hint)) = misread {
        findings.add(span, message, "").hint(hint);
    }
    goal
}

/// The problem of a target of 1 or more, such as `target = 10`, for an error rate.
fn above_one(target: TargetTyped) -> Option<(String, String)> {
    let value = target.value;
    if value < 1.0 {
        return None;
    }
    let message = format!("`goal.target` is {value}, and an error rate lies between 0 and 1");
    let hint = if value > 1.0 && value < 100.0 {
        format!("did you mean `\"{value}%\"`?")
    } else {
        "for example `target = \"5%\"`".to_owned()
    };
    Some((message, hint))
}

/// See [`Study::metric_for`].
pub(super) fn metric_for(
    study: &Study,
    targets: &Targets,
) -> Result<&'static dyn Metric, Problems> {
    let known = TargetKind::of(targets);
    let usual = usual_metric(known).unwrap_or(metrics::ERROR_RATE);
    let metric = study.metric.unwrap_or(usual);
    let mut problems = Vec::new();
    if let Some((message, hint)) = mismatch(metric, Some(known)) {
        problems.push(study.problem("metric.name", message, "", Some(hint)));
    }
    if metric == metrics::ERROR_RATE
        && let Some(value) = study.goal.target
        && let Some((message, hint)) = above_one(TargetTyped { value, is_percent: false })
    {
        problems.push(study.problem("goal.target", message, "", Some(hint)));
    }
    Problems::unless_empty(problems, metric)
}

/// The position of each key and table, by its dotted path.
fn spans(file: &StudyFile) -> BTreeMap<String, Range<usize>> {
    let mut spans = BTreeMap::new();
    let mut add = |path: &str, table: &Table| {
        spans.extend(table.span.clone().map(|span| (path.to_owned(), span)));
        for (name, entry) in table.in_order() {
            spans.insert(format!("{path}.{name}"), entry.span.clone());
        }
    };
    add("study", &file.study);
    add("data", &file.data);
    add("shards", &file.shards);
    add("shards.sizes", &file.sizes);
    add("metric", &file.metric);
    add("goal", &file.goal);
    add("run", &file.run);
    for (name, table) in &file.places {
        add(&format!("run.{name}"), table);
    }
    for lever in &file.levers {
        add(&format!("lever.{}", lever::name_of(lever)), lever);
    }
    for tables in file.models.iter().flatten() {
        let path = format!("model.{}", model::name_of(tables));
        add(&path, &tables.model);
        add(&format!("{path}.train"), &tables.train);
        add(&format!("{path}.search"), &tables.search);
    }
    spans
}
