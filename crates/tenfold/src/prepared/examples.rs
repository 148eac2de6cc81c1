//! The examples of a study: read, split, ordered into nested shards, and hashed for the identity of
//! trials.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Dataset, Shard, ShardOrder, Unit, shard_content_hash, shard_order};

use super::held_out::{HeldOutPlan, HeldOutRows, encoding_hash, read_features};
use crate::diagnostic::Problems;
use crate::study::{Study, StudyData};

/// The examples of a study.
#[derive(Debug)]
pub struct Examples {
    /// The data the shards are drawn from.
    pub dataset: Arc<Dataset>,
    /// One for all seeds or, with folds, one a seed.
    pub(super) plans: Vec<HeldOutPlan>,
    held_out_hashes: Vec<String>,
    /// The first m units of each are the shard of size m; one order a seed.
    orders: Vec<ShardOrder>,
    unit: &'static Unit,
    shard_hashes: BTreeMap<(u64, u64), String>,
    pub(super) encoding_hash: String,
}

impl Examples {
    /// Reads and splits the data of `study`.
    ///
    /// # Errors
    /// Data that cannot be read or do not fit the study.
    pub(super) fn new(study: &Study, data: &StudyData) -> Result<Self> {
        let dataset = Arc::new(read_features(data)?);
        let plans = HeldOutPlan::all(study, data, &dataset)?;
        let mut orders = Vec::new();
        for repeat in 0..study.seeds_run() {
            let plan = &plans[of_seed(plans.len(), repeat)];
            let rows = shard_order(&dataset, &plan.pool, study.seed, repeat);
            let order = ShardOrder::new(&dataset, rows, study.unit);
            orders.push(order.ok_or_else(|| not_counted(study))?);
        }
        let sizes = study.sizes(Some(fewest_units(&orders)))?;
        let mut shard_hashes = BTreeMap::new();
        for (order, repeat) in orders.iter().zip(0_u64..) {
            for &size in &sizes {
                let hash = shard_content_hash(&dataset, order.shard(size));
                shard_hashes.insert((size, repeat), hash);
            }
        }
        Ok(Self {
            held_out_hashes: plans.iter().map(HeldOutPlan::hash).collect(),
            encoding_hash: encoding_hash(&dataset),
            orders,
            unit: study.unit,
            shard_hashes,
            dataset,
            plans,
        })
    }

    /// The shard of `size` units of seed `repeat`.
    pub fn shard(&self, size: u64, repeat: u64) -> Shard<'_> {
        self.orders[repeat as usize].shard(size)
    }

    /// Hash of the content of that shard.
    pub fn shard_hash(&self, size: u64, repeat: u64) -> &str {
        self.shard_hashes.get(&(size, repeat)).map_or("", String::as_str)
    }

    /// Rows that seed `repeat` uses to stop and to choose.
    pub fn validation(&self, repeat: u64) -> &HeldOutRows {
        &self.plan(repeat).validation
    }

    /// Rows that seed `repeat` is reported on; the validation rows again if the study has no test set.
    pub fn test(&self, repeat: u64) -> &HeldOutRows {
        &self.plan(repeat).test
    }

    /// Hash of the rows that seed `repeat` holds out.
    pub(super) fn held_out_hash(&self, repeat: u64) -> &str {
        &self.held_out_hashes[of_seed(self.plans.len(), repeat)]
    }

    /// Rows that are left for shards, of the seed that has fewest.
    pub(super) fn pool(&self) -> u64 {
        fewest_left(&self.plans)
    }

    /// What is left for shards, in the unit of size, of the seed that has least.
    pub(super) fn pool_size(&self) -> u64 {
        fewest_units(&self.orders)
    }

    /// What all data amount to in the unit of size.
    pub(super) fn whole_size(&self) -> u64 {
        let rows = 0..self.dataset.len() as u32;
        rows.filter_map(|row| self.unit.of_example(&self.dataset, row)).sum()
    }

    /// Whether the curve is reported on examples that chose nothing.
    pub fn is_test_apart(&self) -> bool {
        self.plans.iter().all(|plan| plan.is_test_apart)
    }

    fn plan(&self, repeat: u64) -> &HeldOutPlan {
        &self.plans[of_seed(self.plans.len(), repeat)]
    }
}

/// Index of the plan of seed `repeat`, of `plans` plans.
fn of_seed(plans: usize, repeat: u64) -> usize {
    if plans == 1 { 0 } else { repeat as usize }
}

fn fewest_units(orders: &[ShardOrder]) -> u64 {
    orders.iter().map(ShardOrder::units).min().unwrap_or(0)
}

/// The study file was checked against the format, so that only a built-in set comes here.
fn not_counted(study: &Study) -> Problems {
    let message = format!("the data of this study cannot be counted in {}", study.unit.name);
    let hint = "take `unit` out: sizes then count examples".to_owned();
    study.problem("shards.unit", message, "", Some(hint)).into()
}

fn fewest_left(plans: &[HeldOutPlan]) -> u64 {
    plans.iter().map(|plan| plan.pool.len() as u64).min().unwrap_or(0)
}
