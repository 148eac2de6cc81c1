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
    /// Rows used to stop and to choose.
    pub validation: HeldOutRows,
    /// Rows the curve is reported on; the validation rows again if the study has no test set.
    pub test: HeldOutRows,
    /// The first m ids of each are the shard of size m; one order a seed.
    orders: Vec<Vec<u32>>,
    shard_hashes: BTreeMap<(u64, u64), String>,
    pub(super) held_out_hash: String,
    pub(super) encoding_hash: String,
    pub(super) plan: HeldOutFacts,
}

/// What the report says of the split.
#[derive(Debug)]
pub(super) struct HeldOutFacts {
    /// Rows shards are drawn from.
    pub pool: Vec<u32>,
    /// Whether the curve is reported on rows of its own.
    pub is_test_apart: bool,
}

impl Examples {
    /// Reads and splits the data of `study`.
    ///
    /// # Errors
    /// Data that cannot be read or do not fit the study.
    pub(super) fn new(study: &Study, data: &StudyData) -> Result<Self> {
        let dataset = Arc::new(read_features(data)?);
        let rows = HeldOutPlan::new(study, data, &dataset)?;
        let sizes = study.sizes(Some(rows.pool.len() as u64))?;
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
        Ok(Self {
            held_out_hash: rows.hash(),
            encoding_hash: encoding_hash(&dataset),
            orders,
            shard_hashes,
            dataset,
            validation: rows.validation,
            test: rows.test,
            plan: HeldOutFacts { pool: rows.pool, is_test_apart: rows.is_test_apart },
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

    /// Whether the curve is reported on examples that chose nothing.
    pub fn is_test_apart(&self) -> bool {
        self.plan.is_test_apart
    }
}
