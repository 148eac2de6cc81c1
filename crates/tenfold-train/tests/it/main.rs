//! Integration tests of `tenfold-train`, one binary.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![expect(clippy::doc_markdown, reason = "PyTorch is a name, not code")]

mod data;
mod golden_language_models;
mod golden_operations;
mod golden_pairs;
mod golden_runs;
mod golden_sequences;
mod golden_written;
mod layers;
mod metrics;
mod other_learner;
mod pairs;
mod ranks;
mod recordings;
mod resume;
mod same_bits;
mod settings;
mod texts;
mod training;
mod transformed;
