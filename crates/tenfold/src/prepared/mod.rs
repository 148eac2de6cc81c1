//! From a study to data that can be trained on: read, split, ordered into nested shards, checked
//! for leaks, and hashed for the identity of trials.

pub mod facts;
mod held_out;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Dataset, shard_content_hash, shard_order};
use tenfold_train::{MetricName, TrainError, TrainJob, describe};

pub use facts::{FactsLevel, FactsNote, StudyFacts};
use held_out::{HeldOutPlan, HeldOutRows, encoding_hash, read_features};

use crate::diagnostic::Problems;
use crate::study::Study;
use crate::study::grid::Grid;
use crate::study::schedule::{Later, Place, Plan};
use crate::trial::Trial;
use crate::trial::identity::{DataIdentity, trial_id};

/// Trials of one model and size that will be wanted once winners are known.
#[derive(Clone, Debug)]
pub struct LaterTrials {
    /// Name of the model.
    pub model: String,
    /// About how many.
    pub count: usize,
    /// Floating-point operations each should take, evaluations included.
    pub expected_flop: f64,
}

/// A study's data, ready to train on.
#[derive(Debug)]
pub struct Prepared {
    /// The data the shards are drawn from.
    pub dataset: Arc<Dataset>,
    /// Rows used to stop and to choose.
    pub validation: HeldOutRows,
    /// Rows the curve is reported on; the validation rows again if the study has no test set.
    pub test: HeldOutRows,
    /// The metric of the curve.
    pub metric: MetricName,
    /// Models, sizes and seeds to train.
    pub plan: Plan,
    /// What the report says of the data.
    pub facts: StudyFacts,
    /// The first m ids of each are the shard of size m; one order a seed.
    orders: Vec<Vec<u32>>,
    shard_hashes: BTreeMap<(u64, u64), String>,
    held_out_hash: String,
    encoding_hash: String,
    /// Of each model's candidates.
    flop_per_example: Vec<Vec<f64>>,
    model_names: Vec<String>,
    training_seeds: Vec<u64>,
}

impl Prepared {
    /// Reads and splits the data of `study`.
    ///
    /// # Errors
    /// Data that cannot be read or do not fit the study: all problems that can be found at once.
    pub fn new(study: &Study) -> Result<Self> {
        let dataset = Arc::new(read_features(study)?);
        let metric = study.metric_for(&dataset.targets)?;
        let rows = HeldOutPlan::new(study, &dataset)?;
        let sizes = study.sizes(rows.pool.len() as u64)?;
        let grids: Vec<Grid> = study.models.iter().map(Grid::new).collect();
        let flop_per_example = check_models(study, &grids, &dataset)?;
        let orders: Vec<Vec<u32>> = (0..u64::from(study.seeds))
            .map(|repeat| shard_order(&dataset, &rows.pool, study.seed, repeat))
            .collect();
        let mut shard_hashes = BTreeMap::new();
        for (order, repeat) in orders.iter().zip(0_u64..) {
            for &size in &sizes {
                let hash = shard_content_hash(&dataset, &order[..size as usize]);
                shard_hashes.insert((size, repeat), hash);
            }
        }
        let held_out_hash = rows.hash();
        let encoding_hash = encoding_hash(&dataset);
        let training_seeds = (0..u64::from(study.seeds))
            .map(|repeat| tenfold_data::seed::derive(study.seed, "training", repeat))
            .collect();
        let plan = Plan { grids, sizes, seeds: u64::from(study.seeds), scope: study.search };
        let facts = rows.facts(study, &dataset, metric, &plan);
        Ok(Self {
            dataset,
            validation: rows.validation,
            test: rows.test,
            metric,
            plan,
            facts,
            orders,
            shard_hashes,
            held_out_hash,
            encoding_hash,
            flop_per_example,
            model_names: study.models.iter().map(|model| model.name.clone()).collect(),
            training_seeds,
        })
    }

    /// Ids of the shard of `size` examples of seed `repeat`.
    pub fn shard(&self, size: u64, repeat: u64) -> &[u32] {
        &self.orders[repeat as usize][..size as usize]
    }

    /// The training of `trial` on this data, by one thread.
    pub fn job<'a>(&'a self, trial: &'a Trial, checkpoint: Option<&'a Path>) -> TrainJob<'a> {
        TrainJob {
            dataset: &self.dataset,
            shard: self.shard(trial.size, trial.repeat),
            validation: self.validation.view(),
            test: self.test.view(),
            settings: &trial.settings,
            metric: self.metric,
            seed: trial.training_seed,
            threads: 1,
            checkpoint,
        }
    }

    /// The trial at `place`.
    pub fn trial(&self, place: Place) -> Trial {
        let settings = self.plan.grids[place.model].settings(place.candidate).clone();
        let training_seed = self.training_seeds[place.repeat as usize];
        let data = DataIdentity {
            encoding: &self.encoding_hash,
            held_out: &self.held_out_hash,
            shard: &self.shard_hashes[&(place.size, place.repeat)],
            metric: self.metric.name(),
        };
        let id = trial_id(&data, &settings, training_seed);
        let flop = self.flop_per_example[place.model][place.candidate];
        let batch = (settings.batch as u64).min(place.size);
        let trained = settings.steps(place.size as usize) * batch;
        // An example that is only evaluated costs a third of one that is trained on: its forward
        // pass. On small shards that is most of the work.
        let evaluated = u64::from(settings.evaluations) * self.validation.rows.len() as u64
            + self.test.rows.len() as u64
            + place.size;
        let examples = trained as f64 + evaluated as f64 / 3.0;
        Trial {
            id,
            model: self.model_names[place.model].clone(),
            size: place.size,
            repeat: place.repeat,
            candidate: place.candidate,
            settings,
            training_seed,
            expected_flop: flop * examples,
        }
    }
}

impl Prepared {
    /// Floating-point operations of one update of the trial at `place`.
    pub fn update_flop(&self, place: Place) -> f64 {
        let batch = self.plan.grids[place.model].settings(place.candidate).batch as u64;
        self.flop_per_example[place.model][place.candidate] * batch.min(place.size) as f64
    }

    /// Name and work of trials that are not chosen yet: as of the middle of the grid.
    pub fn later_trials(&self, later: &Later) -> LaterTrials {
        let candidate = self.plan.grids[later.model].len() / 2;
        let place = Place { model: later.model, size: later.size, repeat: 0, candidate };
        let trial = self.trial(place);
        let expected_flop = trial.expected_flop;
        LaterTrials { model: trial.model, count: later.count, expected_flop }
    }
}

/// Floating-point operations an example takes in training, of every candidate of every model. A
/// model that cannot take the data is a problem of the study, found before the first trial.
fn check_models(study: &Study, grids: &[Grid], dataset: &Dataset) -> Result<Vec<Vec<f64>>> {
    let mut problems = Vec::new();
    let mut flops = Vec::new();
    for (model, grid) in study.models.iter().zip(grids) {
        let sizes = grid.all().into_iter().map(|i| describe(dataset, grid.settings(i)));
        match sizes.map(|size| Ok(size?.flop_per_example)).collect::<Result<Vec<f64>, TrainError>>()
        {
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
