//! Integration tests of `tenfold-data`, one binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]
#![expect(clippy::float_cmp, reason = "files are read exactly, not nearly")]
#![expect(clippy::disallowed_methods, reason = "tests write their own input files")]

mod bpe;
mod builtin;
mod encoding;
mod files;
mod formats;
mod hostile;
mod image_messages;
mod leaks;
mod log_mel;
mod messages;
mod pairs;
mod parallel;
mod shards;
mod sources;
mod speech;
mod split_messages;
mod splits;
mod table_texts;
mod texts;
