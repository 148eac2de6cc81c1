//! Curves for other tools: as a curve file that reads back the same, a typed table, a chart
//! specification, runs of a tracker.

pub mod mlflow;
pub mod parquet_table;
pub mod vega;
