//! The examples of a study: read, split, ordered into nested shards, and hashed for the identity of
//! trials.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Dataset, Shard, ShardOrder, Unit, shard_content_hash, shard_order};

use super::facts::FactsNote;
use super::held_out::{HeldOutPlan, HeldOutRows, encoding_hash, read_features};
use super::pairs::pair_notes;
use super::vocabulary::{self, Vocabularies};
use crate::diagnostic::Problems;
use crate::format;
use crate::study::{SearchScope, Study, StudyData, halving};

/// The examples of a study.
#[derive(Debug)]
pub struct Examples {
    /// The data that the shards are drawn from.
    pub dataset: Arc<Dataset>,
    /// One plan for all seeds; with folds, one plan per seed.
    pub(super) plans: Vec<HeldOutPlan>,
    held_out_hashes: Vec<String>,
    /// One order per seed; the first m units of an order are the shard of size m.
    orders: Vec<ShardOrder>,
    unit: &'static Unit,
    shard_hashes: BTreeMap<(u64, u64), String>,
    /// Counted once, because the work of every trial is told from them; empty for other examples than
    /// texts.
    shard_tokens: BTreeMap<(u64, u64), u64>,
    held_out_tokens: Vec<Option<[u64; 2]>>,
    pub(super) encoding_hash: String,
    /// Describe the vocabularies of texts, and held-out pairs that are nearly the same as others.
    pub(super) text_notes: Vec<FactsNote>,
}

impl Examples {
    /// Reads and splits the data of `study`.
    ///
    /// # Errors
    /// If data cannot be read or do not fit the study.
    pub(super) fn new(study: &Study, data: &StudyData) -> Result<Self> {
        let mut dataset = Arc::new(read_features(data)?);
        let mut plans = HeldOutPlan::all(study, data, &dataset)?;
        let has_learner = study.models.iter().any(|model| model.recipe.learner().is_some());
        if has_learner {
            // The folds train on different texts, and the vocabulary holds for all of them.
            let every: Vec<u32> = (0..dataset.len() as u32).collect();
            let pool = if let [only] = plans.as_slice() { &only.pool } else { &every };
            if let Some(vocabularies) = Vocabularies::of(study, data.reading, &dataset, pool)? {
                let read = Arc::new(vocabularies.read(&dataset)?);
                let datasets = [&dataset, &read];
                let with_them = |plan: HeldOutPlan| plan.with_vocabularies(&vocabularies, datasets);
                plans = plans.into_iter().map(with_them).collect::<Result<_>>()?;
                dataset = read;
            }
        }
        let (test, rows) = plans[0].test.view();
        let mut text_notes = vocabulary::notes(study, test, rows)?;
        text_notes.extend(pair_notes(&dataset, &plans)?);
        let mut orders = Vec::new();
        for seed in 0..study.seeds_run() {
            let plan = &plans[of_seed(plans.len(), seed)];
            let rows = shard_order(&dataset, &plan.pool, study.seed, seed);
            let order = ShardOrder::new(&dataset, rows, study.unit);
            orders.push(order.ok_or_else(|| not_counted(study))?);
        }
        let sizes = study.sizes(Some(fewest_units(&orders)))?;
        refuse_part_of_a_text(study, &dataset, &orders, &sizes)?;
        let (mut shard_hashes, mut tokens) = (BTreeMap::new(), BTreeMap::new());
        for (order, seed) in orders.iter().zip(0_u64..) {
            let searched = searched_sizes(study, &sizes, seed);
            for &size in sizes.iter().chain(&searched) {
                let hash = shard_content_hash(&dataset, order.shard(size));
                shard_hashes.insert((size, seed), hash);
                let counted = shard_tokens(&dataset, order.shard(size));
                tokens.extend(counted.map(|counted| ((size, seed), counted)));
            }
        }
        Ok(Self {
            held_out_tokens: plans.iter().map(held_out_tokens).collect(),
            shard_tokens: tokens,
            held_out_hashes: plans.iter().map(HeldOutPlan::hash).collect(),
            encoding_hash: encoding_hash(&dataset),
            text_notes,
            orders,
            unit: study.unit,
            shard_hashes,
            dataset,
            plans,
        })
    }

    /// The shard of `size` units of seed `seed`.
    pub fn shard(&self, size: u64, seed: u64) -> Shard<'_> {
        self.orders[seed as usize].shard(size)
    }

    /// Tokens of the shard of `size` units of seed `seed`, the end of each text counted as one; `None`
    /// for other examples than texts.
    pub(super) fn tokens(&self, size: u64, seed: u64) -> Option<u64> {
        self.shard_tokens.get(&(size, seed)).copied()
    }

    /// Tokens of the texts that seed `seed` holds out, those of validation and those of the test;
    /// `None` for other examples.
    pub(super) fn held_out_tokens(&self, seed: u64) -> Option<[u64; 2]> {
        self.held_out_tokens[of_seed(self.plans.len(), seed)]
    }

    /// Hash of the content of the shard of `size` units of seed `seed`.
    pub fn shard_hash(&self, size: u64, seed: u64) -> &str {
        self.shard_hashes.get(&(size, seed)).map_or("", String::as_str)
    }

    /// Rows of seed `seed` that stop training and choose the winner.
    pub fn validation(&self, seed: u64) -> &HeldOutRows {
        &self.plan(seed).validation
    }

    /// Rows on which the error of seed `seed` is reported; the validation rows if the study has
    /// no test set.
    pub fn test(&self, seed: u64) -> &HeldOutRows {
        &self.plan(seed).test
    }

    /// Hash of the rows that seed `seed` holds out.
    pub(super) fn held_out_hash(&self, seed: u64) -> &str {
        &self.held_out_hashes[of_seed(self.plans.len(), seed)]
    }

    /// Number of rows left for shards, for the seed with the fewest.
    pub(super) fn pool(&self) -> u64 {
        fewest_left(&self.plans)
    }

    /// Amount of data left for shards, in units of size, for the seed with the least.
    pub(super) fn pool_size(&self) -> u64 {
        fewest_units(&self.orders)
    }

    /// Amount of all data, in units of size.
    pub(super) fn whole_size(&self) -> u64 {
        let rows = 0..self.dataset.len() as u32;
        let parts = rows.filter_map(|row| self.unit.of_example(&self.dataset, row)).sum::<u64>();
        parts / self.unit.parts
    }

    /// Whether the curve is reported on examples that had no part in choosing the winner.
    pub fn is_test_apart(&self) -> bool {
        self.plans.iter().all(|plan| plan.is_test_apart)
    }

    fn plan(&self, seed: u64) -> &HeldOutPlan {
        &self.plans[of_seed(self.plans.len(), seed)]
    }
}

/// Sizes beside `sizes` at which the settings of others may be searched, which is done on the first
/// seed.
fn searched_sizes(study: &Study, sizes: &[u64], seed: u64) -> Vec<u64> {
    if study.search != SearchScope::Carried || seed > 0 {
        return Vec::new();
    }
    let searched = sizes.iter().map(|size| halving::searched_at(sizes, *size));
    searched.filter(|size| !sizes.contains(size)).collect()
}

/// Refuses sizes that are all within the first text: such a curve would be of one text.
fn refuse_part_of_a_text(
    study: &Study,
    dataset: &Dataset,
    orders: &[ShardOrder],
    sizes: &[u64],
) -> Result<(), Problems> {
    let (Some(texts), Some(largest)) = (dataset.texts(), sizes.last()) else { return Ok(()) };
    let shards = orders.iter().map(|order| order.shard(*largest));
    if shards.clone().any(|shard| shard.units_of_last.is_none() || shard.rows.len() > 1) {
        return Ok(());
    }
    let first = shards.map(|shard| texts.characters(shard.rows[0])).min().unwrap_or(0);
    let message = format!(
        "`shards.sizes` goes up to {largest} {}, which is less than the first document of every seed, of {} \
         characters or more: every shard would be part of one text",
        study.unit.name,
        format::count(first as f64)
    );
    let hint = "larger sizes, or shorter documents: `documents = \"blank-lines\"` or `\"lines\"`";
    Err(study.problem("shards.sizes", message, "", Some(hint.to_owned())).into())
}

/// Tokens of the texts in `rows`, the end of each counted as one; `None` for other examples.
fn tokens_of(dataset: &Dataset, rows: &[u32]) -> Option<u64> {
    let texts = dataset.texts()?;
    rows.iter().map(|row| Some(texts.tokens(*row)? + 1)).sum()
}

/// Tokens of `shard`; the part that is taken of its last text has its share of them.
fn shard_tokens(dataset: &Dataset, shard: Shard<'_>) -> Option<u64> {
    let whole = tokens_of(dataset, shard.rows)?;
    let (Some(units), Some(last)) = (shard.units_of_last, shard.rows.last()) else {
        return Some(whole);
    };
    let all = shard.unit.of_example(dataset, *last)?.max(1);
    let left_out = 1.0 - units as f64 / all as f64;
    let tokens = dataset.texts()?.tokens(*last)?;
    Some(whole - (tokens as f64 * left_out) as u64)
}

/// Tokens of the texts that `plan` holds out, those of validation and those of the test.
fn held_out_tokens(plan: &HeldOutPlan) -> Option<[u64; 2]> {
    let tokens = |rows: &HeldOutRows| {
        let (dataset, rows) = rows.view();
        tokens_of(dataset, rows)
    };
    Some([tokens(&plan.validation)?, tokens(&plan.test)?])
}

/// Index of seed `seed`'s plan among `plans` plans.
fn of_seed(plans: usize, seed: u64) -> usize {
    if plans == 1 { 0 } else { seed as usize }
}

fn fewest_units(orders: &[ShardOrder]) -> u64 {
    orders.iter().map(ShardOrder::units).min().unwrap_or(0)
}

/// The problem of data that cannot be counted in the study's unit. Only a built-in data set can get
/// here, because the unit of all others was checked against the format.
fn not_counted(study: &Study) -> Problems {
    let message = format!("the data of this study cannot be counted in {}", study.unit.name);
    let hint = "take `unit` out: sizes then count examples".to_owned();
    study.problem("shards.unit", message, "", Some(hint)).into()
}

fn fewest_left(plans: &[HeldOutPlan]) -> u64 {
    plans.iter().map(|plan| plan.pool.len() as u64).min().unwrap_or(0)
}
