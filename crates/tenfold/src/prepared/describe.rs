//! Facts about a study and its data for the report, collected before the first trial.

use std::collections::BTreeMap;

use tenfold_data::transforms::TransformStep;
use tenfold_data::{Dataset, Files, LeakReport, Source, leak_check};
use tenfold_train::Metric;

use super::examples::Examples;
use super::facts::{FactsNote, SizeUnit, StudyFacts, best_guess};
use super::held_out::HeldOutPlan;
use crate::format;
use crate::study::schedule::Plan;
use crate::study::{ModelSpec, Study};

/// Collects the facts of `study`. `examples` are `None` if commands find their own data, `metric`
/// is `None` if there is no built-in learner.
pub(super) fn facts(
    study: &Study,
    examples: Option<&Examples>,
    metric: Option<&'static dyn Metric>,
    plan: &Plan,
) -> StudyFacts {
    let searches = study.models.iter().zip(&plan.grids);
    let models = searches.map(|(model, grid)| (model.name.clone(), grid.len())).collect();
    let mut facts = StudyFacts {
        study: study.name.clone(),
        source: String::new(),
        content_hash: String::new(),
        examples: 0,
        classes: None,
        pool: 0,
        validation: 0,
        test: None,
        metric: metric.map_or_else(|| study.command_metric.name.clone(), |m| m.name().to_owned()),
        metric_kind: study.metric_kind.map(|kind| kind.name().to_owned()),
        best_guess: None,
        sizes: plan.sizes.clone(),
        unit: (!study.unit.is_example()).then(|| SizeUnit {
            name: study.unit.name.to_owned(),
            all: examples.map(Examples::whole_size),
            pool: examples.map(Examples::pool_size),
        }),
        seeds: study.seeds_run(),
        folds: study.folds().map(|folds| u64::from(folds.count)),
        models,
        carried: BTreeMap::new(),
        leaks: None,
        notes: Vec::new(),
    };
    if let (Some(examples), Some(data)) = (examples, &study.data) {
        describe_data(&mut facts, examples, &data.source, metric);
    }
    facts.notes.extend(fold_notes(study, &facts));
    facts.notes.extend(study.models.iter().filter_map(lever_note));
    facts
}

/// A note on the transform of a lever, because its name does not tell it.
fn lever_note(model: &ModelSpec) -> Option<FactsNote> {
    model.lever.as_ref()?;
    let settings: Vec<String> = model
        .recipe
        .transforms()
        .iter()
        .flat_map(TransformStep::identity)
        .map(|(name, value)| format!("`{name}` {value}"))
        .collect();
    let what = if settings.is_empty() { "nothing".to_owned() } else { settings.join(", ") };
    Some(FactsNote::ok(format!("{} changes its training examples by {what}", model.name)))
}

fn describe_data(
    facts: &mut StudyFacts,
    examples: &Examples,
    source: &Source,
    metric: Option<&'static dyn Metric>,
) {
    let dataset = &examples.dataset;
    // Every repeat tests every row once, so the first repeat's plans are enough.
    let plans = &examples.plans[..facts.folds.map_or(1, |folds| folds as usize)];
    facts.source = source_name(source);
    dataset.content_hash.0.as_str().clone_into(&mut facts.content_hash);
    facts.examples = dataset.len() as u64;
    facts.classes = dataset.class_count().map(|count| count as u64);
    facts.pool = examples.pool();
    if let Some(unit) = &facts.unit {
        let written = |size: u64| {
            let size = size as f64;
            format!("{}{}", format::count(size), format::lasting(size, &unit.name))
        };
        let (all, pool) = (written(facts.whole_size()), written(facts.pool_size()));
        let note = format!("sizes count {}: {all} in all, {pool} to train on", unit.name);
        facts.notes.push(FactsNote::ok(note));
    }
    facts.validation = examples.validation(0).rows.len() as u64;
    let tested = plans.iter().map(|plan| plan.test.rows.len() as u64).sum();
    facts.test = examples.is_test_apart().then_some(tested);
    facts.notes.extend(dataset.reading.notes.iter().cloned().map(FactsNote::ok));
    facts.notes.extend(examples.text_notes.iter().cloned());
    // Numbered examples have no content that could be compared, and no targets to guess.
    if !matches!(source, Source::Numbered { .. }) {
        let (leak_notes, leaks) = leak_notes(plans, dataset);
        facts.notes.extend(leak_notes);
        facts.leaks = leaks;
        let guess = |plan: &HeldOutPlan| {
            let (test, rows) = plan.test.view();
            best_guess(metric?, dataset, &plan.pool, test, rows)
        };
        let guesses: Option<Vec<f64>> = plans.iter().map(guess).collect();
        facts.best_guess = guesses.map(|all| all.iter().sum::<f64>() / all.len() as f64);
    }
    if !examples.is_test_apart() {
        facts.notes.push(FactsNote::warn(
            "the curve is reported on the validation set, which also stopped and chose the \
             models (`test = \"none\"`): errors are a little too low"
                .to_owned(),
        ));
    }
}

/// A note on each held-out set; and for the set reported on, the number of examples identical to a
/// training example and the number compared.
fn leak_notes(plans: &[HeldOutPlan], dataset: &Dataset) -> (Vec<FactsNote>, Option<(u64, u64)>) {
    let mut notes = Vec::new();
    let mut reported = None;
    let is_test_apart = plans.iter().all(|plan| plan.is_test_apart);
    for (name, is_apart) in [("validation", true), ("test", is_test_apart)] {
        if !is_apart {
            continue;
        }
        let mut leak = LeakReport { checked: 0, identical: 0, pairs: Vec::new() };
        for plan in plans {
            let held_out = if name == "test" { &plan.test } else { &plan.validation };
            let found = leak_check((dataset, &plan.pool), held_out.view());
            leak.checked += found.checked;
            leak.identical += found.identical;
            leak.pairs.extend(found.pairs);
        }
        reported = Some((leak.identical as u64, leak.checked as u64));
        if leak.identical == 0 {
            notes.push(FactsNote::ok(format!(
                "no {name} example is identical to a training example ({} compared)",
                format::count(leak.checked as f64)
            )));
            continue;
        }
        let share = 100.0 * leak.identical as f64 / leak.checked.max(1) as f64;
        let pairs: Vec<String> = leak
            .pairs
            .iter()
            .take(3)
            .map(|(train, held)| format!("row {train} = {name} row {held}"))
            .collect();
        notes.push(FactsNote::warn(format!(
            "{} of {} {name} examples ({share:.1}%) are identical to a training example, \
             such as {}: errors are that much too low",
            format::count(leak.identical as f64),
            format::count(leak.checked as f64),
            pairs.join(", ")
        )));
    }
    (notes, reported)
}

/// Notes on folds: how many seeds they need, and how much more data all rows are than the largest
/// size.
fn fold_notes(study: &Study, facts: &StudyFacts) -> Vec<FactsNote> {
    let (Some(folds), Some(largest)) = (facts.folds, facts.sizes.last()) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let asked = u64::from(study.seeds);
    if asked != facts.seeds {
        notes.push(FactsNote::warn(format!(
            "{asked} seeds were asked for, and {} are trained: every repeat has {folds} folds",
            facts.seeds
        )));
    }
    let whole = facts.whole_size();
    notes.push(FactsNote::ok(format!(
        "all {} {} are {:.2} times the largest size, {}: a model of a fold is tested on rows it has \
         not seen",
        format::count(whole as f64),
        facts.unit.as_ref().map_or("rows", |unit| unit.name.as_str()),
        whole as f64 / *largest as f64,
        format::count(*largest as f64),
    )));
    notes
}

fn source_name(source: &Source) -> String {
    match source {
        Source::Builtin(name) => format!("{name} (built in)"),
        Source::Numbered { .. } => "numbered examples".to_owned(),
        Source::Files(Files { path, .. }) => path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
    }
}
