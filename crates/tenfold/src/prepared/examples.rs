//! The examples of a study: read, split, ordered into nested shards, and hashed for the identity of
//! trials.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Dataset, shard_content_hash, shard_order};

use super::held_out::{HeldOutPlan, HeldOutRows, encoding_hash, read_features};
use crate::study::{Study, StudyData};

/// The examples of a study.
#[derive(Debug)]
pub struct Examples {
    /// The data the shards are drawn from.
    pub dataset: Arc<Dataset>,
    /// One for all seeds or, with folds, one a seed.
    pub(super) plans: Vec<HeldOutPlan>,
    held_out_hashes: Vec<String>,
    /// The first m ids of each are the shard of size m; one order a seed.
    orders: Vec<Vec<u32>>,
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
        let sizes = study.sizes(Some(fewest_left(&plans)))?;
        let orders: Vec<Vec<u32>> = (0..study.seeds_run())
            .map(|repeat| {
                let plan = &plans[of_seed(plans.len(), repeat)];
                shard_order(&dataset, &plan.pool, study.seed, repeat)
            })
            .collect();
        let mut shard_hashes = BTreeMap::new();
        for (order, repeat) in orders.iter().zip(0_u64..) {
            for &size in &sizes {
                let hash = shard_content_hash(&dataset, &order[..size as usize]);
                shard_hashes.insert((size, repeat), hash);
            }
        }
        Ok(Self {
            held_out_hashes: plans.iter().map(HeldOutPlan::hash).collect(),
            encoding_hash: encoding_hash(&dataset),
            orders,
            shard_hashes,
            dataset,
            plans,
        })
    }

    /// Ids of the shard of `size` examples of seed `repeat`.
    pub fn shard(&self, size: u64, repeat: u64) -> &[u32] {
        &self.orders[repeat as usize][..size as usize]
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

fn fewest_left(plans: &[HeldOutPlan]) -> u64 {
    plans.iter().map(|plan| plan.pool.len() as u64).min().unwrap_or(0)
}
