//! Builds learning curves from the database: at each size the best model of the search, on all
//! seeds.
//!
//! The point of a curve is the median over seeds, with folds the mean over them, of the *test* error of
//! the winner, which the *validation* error chose on the first seed (Hestness et al. 2017, section 3).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use tenfold_core::diagnose::{Leaks, Unconverged};
use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::{
    Aggregate, ComputeFlop, CurveDescription, CurvePoint, LearningCurve, MetricKind,
    ParameterCount, Replicate, TrainingFacts, TrainingSetSize, Zeros, error_of_zero,
    standard_errors, without_zeros,
};

use super::{
    CarriedSearch, MeasuredCurve, Note, NoteLevel, WinnerRow, carried, command_notes, folds,
    search_edges,
};
use tenfold_train::Metric;

use crate::format;
use crate::prepared::{CarriedSize, FactsLevel, FactsNote, StudyFacts};
use crate::store::{Database, PlannedTrial, StoreError, TrialRow, TrialState};
use crate::trial::{Outcome, Settings, TrialId};
use crate::words::perfect_sizes;

/// The curves of a study, as far as they are measured.
#[derive(Debug)]
pub struct MeasuredStudy {
    /// Facts about the data.
    pub facts: StudyFacts,
    /// The text of `study.toml` the trials were run for.
    pub study_text: String,
    /// One curve a model, in the study's order; models with no finished size are left out.
    pub curves: Vec<MeasuredCurve>,
    /// Facts about the training behind each curve, by the model's name.
    pub training: BTreeMap<String, TrainingFacts>,
    /// Findings about the data, the training and the measurement.
    pub notes: Vec<Note>,
}

/// Reads the curves of a study out of its database.
///
/// # Errors
/// If nothing was run or the database cannot be read.
pub fn measured_study(database: &Database, metric: Option<&str>) -> Result<MeasuredStudy> {
    let mut facts = read_facts(database)?;
    let metric = metric.filter(|metric| *metric != facts.metric);
    if let Some(metric) = metric {
        facts =
            StudyFacts { metric: metric.to_owned(), metric_kind: None, best_guess: None, ..facts };
    }
    let study_text = database.fact("study")?.unwrap_or_default();
    let rows = database.trials()?;
    let mut notes: Vec<Note> = facts.notes.iter().map(Note::from).collect();
    let mut curves = Vec::new();
    let mut training = BTreeMap::new();
    for (model, candidates) in &facts.models {
        let model_rows: Vec<&TrialRow> =
            rows.iter().filter(|r| r.planned.model == *model).collect();
        let reader = WinnerReader { rows: &model_rows, database };
        let mut winners = match facts.carried.get(model) {
            Some(sizes) => reader.carried(*candidates, sizes)?,
            None => reader.searched()?,
        };
        if let Some(metric) = metric {
            winners.iter_mut().try_for_each(|winner| winner.measure_by(metric, model))?;
        }
        notes.extend(training_notes(model, &facts, &model_rows, &winners));
        notes.extend(command_notes::notes(model, &model_rows, *candidates, facts.folds.is_some()));
        if winners.is_empty() {
            continue;
        }
        if !winners.iter().any(|winner| winner.is_measured(&facts)) {
            continue;
        }
        let Some((curve, zeros)) = measured_curve(model, &facts, &winners)? else {
            notes.push(Note { level: NoteLevel::Fail, text: all_zero(model) });
            continue;
        };
        notes.extend(of_zeros(model, &zeros));
        notes.extend(carried::note(&curve));
        curves.push(curve);
        training.insert(model.clone(), training_facts(&facts, &model_rows, &winners));
    }
    Ok(MeasuredStudy { facts, study_text, curves, training, notes })
}

/// Reads the facts about the study's data.
///
/// # Errors
/// If nothing was run or the database cannot be read.
pub fn read_facts(database: &Database) -> Result<StudyFacts> {
    let text = database.fact("facts")?.ok_or_else(|| database.nothing_run())?;
    serde_json::from_str(&text).context("reading what the database says of the study's data")
}

/// The best model at one size, on every seed that finished.
struct Winner<'a> {
    size: u64,
    settings: String,
    all_settings: &'a str,
    tuning_trials: usize,
    carried: Option<CarriedSearch>,
    /// Sizes of the models that its search tried, smallest first.
    model_sizes_tried: Vec<ParameterCount>,
    replicates: Vec<Outcome>,
    seeds_failed: usize,
}

/// A result without the metric that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a result of `{model}` at {size} does not have the metric `{metric}`")]
pub struct NoSuchMetric {
    /// The model.
    pub model: String,
    /// The training-set size.
    pub size: u64,
    /// The metric that was asked for.
    pub metric: String,
    /// Names of those that the result has beside its own.
    pub known: Vec<String>,
}

impl Winner<'_> {
    /// Takes the number called `metric` of each result as its error.
    ///
    /// # Errors
    /// [`NoSuchMetric`] if a result does not have it.
    fn measure_by(&mut self, metric: &str, model: &str) -> Result<(), NoSuchMetric> {
        for outcome in &mut self.replicates {
            *outcome = outcome.measured_by(metric).ok_or_else(|| NoSuchMetric {
                model: model.to_owned(),
                size: self.size,
                metric: metric.to_owned(),
                known: outcome.metrics.keys().cloned().collect(),
            })?;
        }
        Ok(())
    }

    /// Whether the winner has enough results for a point: one seed, or with folds one whole repeat.
    fn is_measured(&self, facts: &StudyFacts) -> bool {
        match facts.folds {
            Some(count) => !folds::whole_repeats(&self.replicates, count).is_empty(),
            None => !self.replicates.is_empty(),
        }
    }

    /// Whether the number of test examples behind its errors is known.
    fn counts_examples(&self, facts: &StudyFacts) -> bool {
        self.replicates.first().is_some_and(|outcome| test_examples(facts, outcome).is_some())
    }

    /// Whether its error on the test examples is 0: in any seed, or with folds in all of them.
    fn has_no_error(&self, facts: &StudyFacts) -> bool {
        let mut errors = self.replicates.iter().map(|outcome| outcome.test_error);
        match facts.folds {
            Some(_) => errors.all(|error| error <= 0.0),
            None => errors.any(|error| error <= 0.0),
        }
    }
}

/// Reads the winners of one model. Of all trials only the winners' result files are read.
struct WinnerReader<'r, 'a> {
    /// The model's trials, by size, seed and candidate.
    rows: &'r [&'a TrialRow],
    database: &'r Database,
}

impl<'a> WinnerReader<'_, 'a> {
    /// The winner of each size whose own search is complete, by size.
    fn searched(&self) -> Result<Vec<Winner<'a>>, StoreError> {
        let searched_keys = varying_keys(self.rows.iter().map(|row| &row.planned));
        let mut winners = Vec::new();
        for of_size in self.rows.chunk_by(|a, b| a.planned.size == b.planned.size) {
            let search = of_size.iter().filter(|row| row.planned.seed == 0);
            let is_decided =
                |row: &TrialRow| !matches!(row.state, TrialState::Planned | TrialState::Running);
            if !search.clone().all(|row| is_decided(row)) {
                continue;
            }
            let finished = search.clone().filter_map(|row| {
                Some((row.measured.as_ref()?.validation_error, row.planned.candidate))
            });
            let best = finished.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((_, best)) = best else { continue };
            let winner = self.winner(of_size, best, &searched_keys)?;
            let model_sizes_tried = model_sizes(search.clone().copied());
            let tuning_trials = search.count();
            winners.extend(winner.map(|one| Winner { tuning_trials, model_sizes_tried, ..one }));
        }
        Ok(winners)
    }

    /// The winner of each of `sizes` whose search at a smaller size is complete, by size.
    fn carried(
        &self,
        candidates: usize,
        sizes: &[CarriedSize],
    ) -> Result<Vec<Winner<'a>>, StoreError> {
        let searched_keys = varying_keys(self.rows.iter().map(|row| &row.planned));
        let mut winners = Vec::new();
        for found in carried::winners(self.rows, candidates, sizes) {
            let of_size: Vec<&TrialRow> =
                self.rows.iter().copied().filter(|row| row.planned.size == found.size).collect();
            let winner = self.winner(&of_size, found.candidate, &searched_keys)?;
            let searched = self.rows.iter().copied().filter(|row| {
                let size = TrainingSetSize::new(row.planned.size as f64);
                row.planned.seed == 0 && size == Some(found.search.searched_at)
            });
            let model_sizes_tried = model_sizes(searched);
            let (tuning_trials, carried) = (found.tuning_trials, Some(found.search));
            winners.extend(winner.map(|one| Winner {
                tuning_trials,
                carried,
                model_sizes_tried,
                ..one
            }));
        }
        Ok(winners)
    }

    /// The winner `candidate` of one size, whose trials are `of_size`; its settings are shown by
    /// `searched_keys`. `None` if none of its trials is planned.
    fn winner(
        &self,
        of_size: &[&'a TrialRow],
        candidate: usize,
        searched_keys: &BTreeSet<String>,
    ) -> Result<Option<Winner<'a>>, StoreError> {
        let chosen: Vec<&&TrialRow> =
            of_size.iter().filter(|row| row.planned.candidate == candidate).collect();
        let Some(first) = chosen.first() else { return Ok(None) };
        let finished = chosen.iter().filter(|row| row.state == TrialState::Finished);
        let ids = finished.filter_map(|row| TrialId::parse(&row.planned.trial));
        Ok(Some(Winner {
            size: first.planned.size,
            all_settings: &first.planned.settings,
            settings: shown_settings(&first.planned.settings, searched_keys),
            tuning_trials: 0,
            carried: None,
            model_sizes_tried: Vec::new(),
            replicates: ids.map(|id| self.database.outcome(&id)).collect::<Result<_, _>>()?,
            seeds_failed: chosen.iter().filter(|row| row.is_left_out()).count(),
        }))
    }
}

/// The different model sizes of finished `trials`, smallest first.
fn model_sizes<'a>(trials: impl Iterator<Item = &'a TrialRow>) -> Vec<ParameterCount> {
    let counts = trials.filter_map(|row| row.measured.as_ref()?.parameter_count);
    let different: BTreeSet<u64> = counts.collect();
    different.into_iter().map(ParameterCount).collect()
}

/// Builds the curve of `model`, and reports what was done about errors of 0 where the number of
/// test examples is unknown. Returns `None` if all errors are 0 and that number is unknown.
fn measured_curve(
    model: &str,
    facts: &StudyFacts,
    winners: &[Winner<'_>],
) -> Result<Option<(MeasuredCurve, Zeros)>> {
    let replicates = || winners.iter().flat_map(|winner| &winner.replicates);
    let largest = replicates().map(|outcome| outcome.test_error).fold(0.0, f64::max);
    let trained_metric = facts.metric.parse::<&dyn Metric>().ok();
    let own_kind =
        trained_metric.map_or_else(|| MetricKind::guess(&facts.metric, largest), Metric::kind);
    // The error of a command is the mean of its outcomes, whatever the metric is called.
    let is_trained_here = replicates().all(|outcome| outcome.best_step.is_some());
    let told = replicates().find_map(Outcome::aggregate);
    let of_metric = trained_metric.filter(|_| is_trained_here).map(Metric::aggregate);
    let aggregate = told.or(of_metric).unwrap_or(Aggregate::MEAN);
    let kinds = [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded];
    let asked = |kind: &MetricKind| facts.metric_kind.as_deref() == Some(kind.name());
    let metric = kinds.into_iter().find(asked).unwrap_or(own_kind);
    let mut points = Vec::new();
    let mut models = Vec::new();
    let mut fold_errors = Vec::new();
    for winner in winners {
        let Some(size) = TrainingSetSize::new(winner.size as f64) else { continue };
        let Some(first) = winner.replicates.first() else { continue };
        let test_examples = test_examples(facts, first);
        let replicate = |outcome: &Outcome| Replicate {
            seed: outcome.seed,
            error: match outcome.test_error {
                error if error > 0.0 => error,
                _ => outcome.units().or(test_examples).map_or(0.0, error_of_zero),
            },
            outcomes: outcome.outcomes(),
        };
        let replicates: Vec<Replicate> = match facts.folds {
            None => winner.replicates.iter().map(replicate).collect(),
            Some(count) => {
                let repeats = folds::whole_repeats(&winner.replicates, count);
                let share = winner.size as f64 / facts.pool_size() as f64;
                let replicates = folds::replicates(&repeats, count, test_examples);
                let errors = folds::errors(&repeats, count, share, aggregate);
                fold_errors.extend((!replicates.is_empty()).then_some(errors));
                replicates
            }
        };
        if replicates.is_empty() {
            continue;
        }
        points.push(CurvePoint {
            size,
            replicates,
            train_error: median(winner.replicates.iter().filter_map(|o| o.train_error).collect()),
            standard_error: None,
            parameter_count: first.parameter_count.map(ParameterCount),
            model_sizes_tried: winner.model_sizes_tried.clone(),
            training_flop: median(
                winner.replicates.iter().filter_map(|o| o.training_flop).collect(),
            )
            .map(ComputeFlop),
            training_seconds: median(winner.replicates.iter().map(|o| o.seconds).collect()),
            training_cost: None,
            test_examples,
            is_censored: false,
        });
        models.push(WinnerRow {
            size,
            settings: winner.settings.clone(),
            parameter_count: first.parameter_count,
            tuning_trials: winner.tuning_trials,
            unconverged: winner.replicates.iter().filter(|o| !o.converged).count(),
            carried: winner.carried,
        });
    }
    let Ok(zeros) = without_zeros(&mut points) else { return Ok(None) };
    let of_folds = points.iter_mut().zip(standard_errors(&fold_errors));
    for (point, standard_error) in of_folds.filter(|one| !one.0.is_censored) {
        // No fold showed an error: the standard error is the point's own error, that of half a
        // wrong example.
        point.standard_error = Some(standard_error.unwrap_or_else(|| point.error()));
    }
    if points.is_empty() {
        return Ok(None);
    }
    let description = CurveDescription {
        name: model.to_owned(),
        metric,
        aggregate,
        best_guess: facts.best_guess,
    };
    let curve = LearningCurve::new(description, points)
        .with_context(|| format!("putting together the curve of model `{model}`"))?;
    Ok(Some((MeasuredCurve { curve, models, imported: Vec::new(), scale: None }, zeros)))
}

/// A note on the errors of 0 of `model`, when the number of its test examples is unknown.
fn of_zeros(model: &str, zeros: &Zeros) -> Option<Note> {
    let of_perfect = perfect_sizes(zeros).map_or(String::new(), |words| format!("; {words}"));
    let text = format!(
        "{model}: some errors are 0 of an unknown number of test examples: the runs of each size were \
         averaged; `per_example` beside `error` would keep them apart{of_perfect}"
    );
    zeros.is_averaged.then_some(Note { level: NoteLevel::Warn, text })
}

/// A sentence on a model whose every error is 0, when the number of its test examples is unknown.
fn all_zero(model: &str) -> String {
    format!(
        "{model}: every error is 0, and a curve needs errors above it. With how many examples its \
         test set has, 0 is taken as half an error: write `per_example` beside `error`; if the number \
         is a score, `direction = \"higher\"` in `[metric]`"
    )
}

/// Number of examples an error is the mean of: those that the study holds out, or the number of
/// outcomes that a command reported; `None` if it reported none.
fn test_examples(facts: &StudyFacts, outcome: &Outcome) -> Option<u64> {
    let held_out = facts.test.unwrap_or(facts.validation);
    let counted = outcome.examples() as u64;
    [held_out, counted].into_iter().find(|count| *count > 0)
}

/// Facts about the training of one model that the diagnosis needs.
fn training_facts(facts: &StudyFacts, rows: &[&TrialRow], winners: &[Winner<'_>]) -> TrainingFacts {
    let searched = rows.iter().map(|row| &row.planned).filter(|planned| planned.seed == 0);
    let axes = search_edges::searched_axes(searched);
    let sized = winners
        .iter()
        .filter_map(|winner| Some((TrainingSetSize::new(winner.size as f64)?, winner)));
    let unconverged = |(size, winner): (TrainingSetSize, &Winner<'_>)| Unconverged {
        size,
        runs: winner.replicates.iter().filter(|outcome| !outcome.converged).count(),
        of: winner.replicates.len(),
    };
    TrainingFacts {
        edges: sized
            .clone()
            .flat_map(|(size, winner)| search_edges::edges_of(winner.all_settings, size, &axes))
            .collect(),
        searches_model_size: search_edges::has_model_size(&axes),
        unconverged: sized.map(unconverged).filter(|entry| entry.runs > 0).collect(),
        leaks: facts.leaks.map(|(identical, checked)| Leaks { identical, checked }),
        cost_per_example: None,
    }
}

/// Median of `values`; `None` of none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    (!values.is_empty()).then(|| median_in_place(&mut values))
}

fn training_notes(
    model: &str,
    facts: &StudyFacts,
    rows: &[&TrialRow],
    winners: &[Winner<'_>],
) -> Vec<Note> {
    let warn = |text: String| Note { level: NoteLevel::Warn, text };
    let mut notes = Vec::new();
    let failed = rows.iter().filter(|row| row.state == TrialState::Failed).count();
    if failed > 0 {
        let text = format!(
            "{model}: {failed} of {} trials failed and are left out; `tenfold run` tries them again",
            rows.len()
        );
        notes.push(Note { level: NoteLevel::Fail, text });
    }
    let cancelled = rows.iter().filter(|row| row.state == TrialState::Cancelled).count();
    if cancelled > 0 {
        notes.push(warn(format!(
            "{model}: {cancelled} of {} trials were cancelled and are left out; `tenfold run` \
             trains them",
            rows.len()
        )));
    }
    let measured = winners.iter().filter(|winner| winner.is_measured(facts));
    let measured: BTreeSet<u64> = measured.map(|winner| winner.size).collect();
    let missing: Vec<String> = facts
        .sizes
        .iter()
        .filter(|size| !measured.contains(size))
        .map(|size| format::known_size(*size as f64))
        .collect();
    if !missing.is_empty() {
        notes.push(warn(format!("{model}: not measured yet at {}", missing.join(", "))));
    }
    let zero: Vec<String> = winners
        .iter()
        .filter(|winner| winner.has_no_error(facts) && winner.counts_examples(facts))
        .map(|winner| format::known_size(winner.size as f64))
        .collect();
    if !zero.is_empty() {
        notes.push(warn(format!(
            "{model}: no error at all among the test examples at {}; taken as half an error \
             (a larger test set would tell)",
            zero.join(", ")
        )));
    }
    let unconverged: Vec<String> = winners
        .iter()
        .filter(|winner| winner.replicates.iter().any(|o| !o.converged))
        .map(|winner| format::known_size(winner.size as f64))
        .collect();
    if !unconverged.is_empty() {
        notes.push(warn(format!(
            "{model}: still improving when training ended at {}: more epochs may lower the curve \
             there",
            unconverged.join(", ")
        )));
    }
    let lost_seeds: usize = winners.iter().map(|winner| winner.seeds_failed).sum();
    if lost_seeds > 0 {
        let whole = if facts.folds.is_some() { "; a point needs a repeat whole" } else { "" };
        notes.push(warn(format!("{model}: {lost_seeds} seeds of winning models failed{whole}")));
    }
    notes
}

/// The settings that differ between `trials`.
pub fn varying_keys<'a>(trials: impl Iterator<Item = &'a PlannedTrial>) -> BTreeSet<String> {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let different: BTreeSet<&str> = trials.map(|trial| trial.settings.as_str()).collect();
    for (key, value) in different.into_iter().flat_map(|json| Settings::of_json(json).0) {
        values.entry(key).or_default().insert(value.to_string());
    }
    let varies = values.into_iter().filter(|(_, seen)| seen.len() > 1);
    varies.map(|(key, _)| key).collect()
}

/// Formats the pairs of `settings`, a JSON object, whose key is among `keys`, as one line.
pub fn shown_settings(settings: &str, keys: &BTreeSet<String>) -> String {
    let mut settings = Settings::of_json(settings);
    settings.0.retain(|(key, _)| keys.contains(key));
    settings.to_string()
}

impl From<&FactsNote> for Note {
    fn from(note: &FactsNote) -> Self {
        let level = match note.level {
            FactsLevel::Ok => NoteLevel::Ok,
            FactsLevel::Warn => NoteLevel::Warn,
        };
        Self { level, text: note.text.clone() }
    }
}

impl Database {
    fn nothing_run(&self) -> StoreError {
        let folder = self.path().parent().map_or_else(|| self.path().to_owned(), Into::into);
        StoreError::NothingRun { folder }
    }
}
