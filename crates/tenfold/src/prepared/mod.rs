//! Turns a study into what can be measured: its data are read, split, ordered into nested shards
//! and checked for leaks; its models are checked against the data; all of it is hashed for the
//! identity of trials.

mod data_error;
mod describe;
pub mod examples;
pub mod facts;
mod held_out;
pub mod inputs;
pub mod mark;
mod pairs;
mod ranks;
mod vocabulary;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use tenfold_data::Vocabulary;
use tenfold_train::{Metric, ModelSize, Share, TrainError, TrainJob, describe};

pub use examples::Examples;
pub use facts::{CarriedSize, FactsLevel, FactsNote, StudyFacts};
pub use inputs::ModelFiles;
pub use ranks::RankPlan;

use crate::diagnostic::Problems;
use crate::study::grid::Grid;
use crate::study::schedule::{Later, Plan, TrialKey};
use crate::study::{ModelSpec, Study};
use crate::trial::identity::{DataIdentity, trial_id};
use crate::trial::{Recipe, Trial};

/// Trials of one model and size that will be wanted once the winners are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaterTrials {
    /// Name of the model.
    pub model: String,
    /// About how many trials.
    pub count: usize,
    /// Floating-point operations each trial is expected to take, evaluations included; for commands
    /// its examples.
    pub expected_flop: f64,
}

/// A study, ready to be measured.
#[derive(Debug)]
pub struct Prepared {
    /// The examples; `None` if commands find their own data.
    pub examples: Option<Examples>,
    /// The metric of the built-in learners, if there are any.
    pub metric: Option<&'static dyn Metric>,
    /// Models, sizes and seeds to train.
    pub plan: Plan,
    /// The facts about the study and its data for the report.
    pub facts: StudyFacts,
    /// How trials are spread over ranks.
    pub ranks: RankPlan,
    /// Floating-point operations per example of each candidate of each model; 0 for commands.
    model_sizes: Vec<Vec<ModelSize>>,
    model_names: Vec<String>,
    /// Index of the model that each model comes after, if it comes after one: that model's trial
    /// has to finish first.
    after: Vec<Option<usize>>,
    /// The files that each model's trials depend on.
    files: Vec<ModelFiles>,
    seed: u64,
}

impl Prepared {
    /// Reads and splits the data of `study`, if it has any.
    ///
    /// # Errors
    /// If data cannot be read or do not fit the study: all problems that can be found at once.
    pub fn new(study: &Study) -> Result<Self> {
        let (prepared, unreadable) = Self::for_worker(study)?;
        if unreadable.0.is_empty() { Ok(prepared) } else { Err(unreadable.into()) }
    }

    /// Prepares trials that another process planned. Returns the problems of unreadable inputs
    /// instead of failing: trials that need those inputs get ids that are not planned, so they do
    /// not run.
    ///
    /// # Errors
    /// As [`Prepared::new`], except for inputs.
    pub fn for_worker(study: &Study) -> Result<(Self, Problems)> {
        refuse_part_of_a_repeat(study)?;
        // The marks are taken before the data are read, so that a file that changes meanwhile has
        // another mark.
        let data_files = inputs::data_files(study);
        let examples = study.data.as_ref().map(|data| Examples::new(study, data)).transpose()?;
        let has_learner = study.models.iter().any(|model| model.recipe.learner().is_some());
        let metric = match &examples {
            Some(examples) if has_learner => Some(study.metric_for(&examples.dataset.targets)?),
            _ => None,
        };
        let pool = examples.as_ref().map(Examples::pool_size);
        let sizes = study.sizes(pool)?;
        let grids: Vec<Grid> = study.models.iter().map(Grid::new).collect();
        let model_sizes = check_models(study, &grids, examples.as_ref())?;
        let (files, unreadable) = inputs::read_all(study, &data_files);
        let plan = Plan { grids, sizes, seeds: study.seeds_run(), scope: study.search };
        let facts = describe::facts(study, examples.as_ref(), metric, &plan);
        let mut prepared = Self {
            examples,
            metric,
            plan,
            facts,
            ranks: RankPlan::new(study),
            model_sizes,
            model_names: study.models.iter().map(|model| model.name.clone()).collect(),
            after: study.models.iter().map(|model| after(study, model)).collect(),
            files,
            seed: study.seed,
        };
        prepared.facts.carried = prepared.carried_sizes();
        Ok((prepared, Problems(unreadable)))
    }

    /// The training of `trial` in one thread; `None` if the trial does not train a built-in
    /// learner.
    pub fn job<'a>(
        &'a self,
        trial: &'a Trial,
        checkpoint: Option<&'a Path>,
    ) -> Option<TrainJob<'a>> {
        let examples = self.examples.as_ref()?;
        Some(TrainJob {
            dataset: &examples.dataset,
            shard: examples.shard(trial.size, trial.seed),
            validation: examples.validation(trial.seed).view(),
            test: examples.test(trial.seed).view(),
            transforms: trial.recipe.transforms(),
            settings: trial.recipe.learner()?,
            metric: self.metric?,
            seed: trial.training_seed,
            threads: 1,
            share: trial.share,
            checkpoint,
        })
    }

    /// The files that trials of `model` depend on; `None` if the study has no such model.
    pub fn files_of(&self, model: &str) -> Option<&ModelFiles> {
        let model = self.model_names.iter().position(|name| name == model)?;
        self.files.get(model)
    }

    /// Hash of the content of each input of each model, by their names.
    pub fn input_contents(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let files = self.model_names.iter().zip(&self.files);
        files.map(|(model, files)| (model.clone(), files.contents())).collect()
    }

    /// The trial with this key, with the model given by name, if the study has it.
    pub fn find(&self, model: &str, size: u64, seed: u64, candidate: usize) -> Option<Trial> {
        let model = self.model_names.iter().position(|name| name == model)?;
        let trial_key = TrialKey { model, size, seed, candidate };
        self.plan.contains(trial_key).then(|| self.trial(trial_key))
    }

    /// The trial with the key `trial_key`.
    pub fn trial(&self, trial_key: TrialKey) -> Trial {
        let grid = &self.plan.grids[trial_key.model];
        let (recipe, share) =
            (grid.recipe(trial_key.candidate).clone(), grid.share(trial_key.candidate));
        // A person may read the seed of a command and type it again, so it is a small number.
        let training_seed = match &recipe {
            Recipe::Learner(_) => tenfold_data::seed::derive(self.seed, "training", trial_key.seed),
            Recipe::Command(_) => self.seed.wrapping_add(trial_key.seed),
        };
        let examples = self.examples.as_ref();
        let size = trial_key.size.to_string();
        let identity = DataIdentity {
            encoding: match &recipe {
                Recipe::Learner(_) => examples.map_or("", |examples| &examples.encoding_hash),
                Recipe::Command(_) => &self.files[trial_key.model].hash,
            },
            held_out: examples.map_or("", |examples| examples.held_out_hash(trial_key.seed)),
            shard: examples
                .map_or(&size, |examples| examples.shard_hash(trial_key.size, trial_key.seed)),
            metric: &self.facts.metric,
        };
        let after = self.after[trial_key.model]
            .map(|model| self.trial(TrialKey { model, candidate: 0, ..trial_key }).id);
        let id = trial_id(&identity, &recipe, training_seed, share, after.as_ref());
        Trial {
            id,
            model: self.model_names[trial_key.model].clone(),
            size: trial_key.size,
            seed: trial_key.seed,
            candidate: trial_key.candidate,
            recipe,
            training_seed,
            share,
            after,
            expected_flop: self.expected_flop(trial_key),
        }
    }

    /// Floating-point operations that the trial at `trial_key` is expected to take from its beginning,
    /// evaluations included; for commands its examples.
    pub fn expected_flop(&self, trial_key: TrialKey) -> f64 {
        let grid = &self.plan.grids[trial_key.model];
        let share = grid.share(trial_key.candidate);
        match (grid.recipe(trial_key.candidate), self.examples.as_ref()) {
            (Recipe::Learner(recipe), Some(examples)) => {
                let settings = &recipe.settings;
                let size = self.model_size(trial_key);
                let work = work(examples, trial_key, size.window);
                let batch = (settings.batch as u64).min(work.shard);
                let trained = share.of(settings.steps(work.shard as usize)) * batch;
                // Evaluating an example costs a third of training on it, because only the forward
                // pass runs. On small shards evaluation is most of the work.
                let evaluations = share.of(settings.evaluations.into());
                let evaluated = evaluations * work.validation + work.test + work.shard;
                size.flop_per_example * (trained as f64 + evaluated as f64 / 3.0)
            }
            // The operations of a command are unknown; its work is taken to be proportional to its
            // examples.
            _ => trial_key.size as f64,
        }
    }

    /// The trial from which `trial` may go on: the same one, stopped at the rung of the search
    /// before. `None` if there is no such rung.
    pub fn rung_before(&self, trial: &Trial) -> Option<Trial> {
        let model = self.model_names.iter().position(|name| *name == trial.model)?;
        let grid = &self.plan.grids[model];
        let share = match trial.share {
            Share::WHOLE => Share::QUARTER,
            Share::QUARTER => Share::EIGHTH,
            _ => return None,
        };
        let candidate = grid.stopped(grid.candidate(trial.candidate), share);
        let trial_key = TrialKey { model, size: trial.size, seed: trial.seed, candidate };
        self.plan.contains(trial_key).then(|| self.trial(trial_key))
    }

    /// For each model whose winners are carried, at which size those of each size are searched.
    fn carried_sizes(&self) -> BTreeMap<String, Vec<CarriedSize>> {
        let plan = &self.plan;
        let models = (0..plan.grids.len()).filter(|model| plan.is_carried(*model));
        let of_size = |model: usize, size: u64| {
            let key = |candidate| TrialKey { model, size, seed: 0, candidate };
            let searched_at = plan.searched_at(size);
            let of_grid = plan.grids[model].all().into_iter();
            CarriedSize {
                size,
                searched_at,
                rungs: plan.rungs_at(model, searched_at).len(),
                grid_flop: of_grid.map(|candidate| self.expected_flop(key(candidate))).sum(),
            }
        };
        let of_model = |model: usize| {
            let sizes = plan.sizes.iter().map(|size| of_size(model, *size)).collect();
            (self.model_names[model].clone(), sizes)
        };
        models.map(of_model).collect()
    }

    fn model_size(&self, trial_key: TrialKey) -> ModelSize {
        let candidate = self.plan.grids[trial_key.model].candidate(trial_key.candidate);
        self.model_sizes[trial_key.model][candidate]
    }

    /// Floating-point operations of one update of the trial at `trial_key`; 0 for a command.
    pub fn update_flop(&self, trial_key: TrialKey) -> f64 {
        let (batch, shard) = self.batch_and_shard(trial_key);
        self.model_size(trial_key).flop_per_example * batch.min(shard) as f64
    }

    /// Updates in one epoch of the trial at `trial_key`; 0 for a command.
    pub fn updates_an_epoch(&self, trial_key: TrialKey) -> u64 {
        let (batch, shard) = self.batch_and_shard(trial_key);
        shard.checked_div(batch).unwrap_or(0)
    }

    /// Examples of an update and of the shard; a command has no updates that are known.
    fn batch_and_shard(&self, trial_key: TrialKey) -> (u64, u64) {
        let recipe = self.plan.grids[trial_key.model].recipe(trial_key.candidate);
        let batch = recipe.learner().map_or(0, |settings| settings.batch as u64);
        let window = self.model_size(trial_key).window;
        let examples = self.examples.as_ref();
        let shard = examples.map_or(trial_key.size, |all| work(all, trial_key, window).shard);
        (batch, shard)
    }

    /// The vocabularies of the study's texts, if built-in learners read them, and the file below the study's
    /// folder that keeps each.
    pub fn vocabularies(&self) -> Vec<(&'static str, &Vocabulary)> {
        self.examples.as_ref().map_or_else(Vec::new, |all| vocabulary::kept(&all.dataset))
    }

    /// Model and work of trials whose candidate is not chosen yet: the mean over the grid, because a wide
    /// model is as likely to win as a narrow one and takes far longer.
    pub fn later_trials(&self, later: &Later) -> LaterTrials {
        let grid = &self.plan.grids[later.model];
        let flop = |candidate: usize| {
            let candidate = grid.stopped(candidate, later.share);
            self.expected_flop(TrialKey {
                model: later.model,
                size: later.size,
                seed: 0,
                candidate,
            })
        };
        let all = grid.all();
        let expected_flop = all.iter().copied().map(flop).sum::<f64>() / all.len() as f64;
        let model = self.model_names[later.model].clone();
        LaterTrials { model, count: later.count, expected_flop }
    }
}

/// Number of examples that a trial trains on and evaluates.
struct TrialExamples {
    shard: u64,
    validation: u64,
    test: u64,
}

/// Examples of the trial at `trial_key`: rows, images or, of texts, windows of `window` tokens.
fn work(examples: &Examples, trial_key: TrialKey, window: Option<usize>) -> TrialExamples {
    let of_texts = window.and_then(|window| {
        let windows = |tokens: u64| tokens.div_ceil(window as u64);
        let shard = windows(examples.tokens(trial_key.size, trial_key.seed)?);
        let [validation, test] = examples.held_out_tokens(trial_key.seed)?.map(windows);
        Some(TrialExamples { shard, validation, test })
    });
    of_texts.unwrap_or_else(|| TrialExamples {
        // Pairs of texts may be counted in tokens, and are trained on one by one.
        shard: examples.shard(trial_key.size, trial_key.seed).rows.len() as u64,
        validation: examples.validation(trial_key.seed).rows.len() as u64,
        test: examples.test(trial_key.seed).rows.len() as u64,
    })
}

/// Index of the model that `model` comes after; a checked study has that model.
fn after(study: &Study, model: &ModelSpec) -> Option<usize> {
    let name = model.after.as_ref()?;
    study.models.iter().position(|other| other.name == *name)
}

/// Refuses a budget for a study with folds: a budget buys single seeds, but only all folds of a
/// repeat together give a result.
fn refuse_part_of_a_repeat(study: &Study) -> Result<()> {
    let has_budget = study.run.budget.is_some() || study.run.until.is_some();
    if study.folds().is_none() || !has_budget {
        return Ok(());
    }
    let message = "`data.test` has folds, which are measured all together, and a budget buys seeds \
                   one by one";
    let hint = "`test = 0.1` with the budget, or run without it".to_owned();
    Err(Problems(vec![study.problem("data.test", message, "", Some(hint))]).into())
}

/// Floating-point operations per example in training, for every candidate of every model. A model
/// that cannot take the data is reported before the first trial.
fn check_models(
    study: &Study,
    grids: &[Grid],
    examples: Option<&Examples>,
) -> Result<Vec<Vec<ModelSize>>> {
    let mut problems = Vec::new();
    let mut flops = Vec::new();
    for (model, grid) in study.models.iter().zip(grids) {
        if let (Some(lever), Some(examples)) = (&model.lever, examples)
            && let Err(error) =
                model.recipe.transforms().iter().try_for_each(|step| step.check(&examples.dataset))
        {
            let message = format!("lever `{lever}` does not fit the data: {error}");
            let hint = Some("take the lever out".to_owned());
            problems.push(study.problem(&format!("lever.{lever}"), message, "", hint));
        }
        let flop_of = |candidate: usize| match (grid.recipe(candidate).learner(), examples) {
            (Some(settings), Some(examples)) => describe(&examples.dataset, settings),
            _ => Ok(ModelSize::UNKNOWN),
        };
        match grid.all().into_iter().map(flop_of).collect::<Result<Vec<ModelSize>, TrainError>>() {
            Ok(of_model) => flops.push(of_model),
            Err(error) => {
                let message = format!("model `{}` does not fit the data: {error}", model.name);
                let hint = "`learner = \"mlp\"` and `learner = \"linear\"` take any data";
                let key = format!("model.{}.learner", model.name);
                problems.push(study.problem(&key, message, "", Some(hint.to_owned())));
            }
        }
    }
    if problems.is_empty() { Ok(flops) } else { Err(Problems(problems).into()) }
}
