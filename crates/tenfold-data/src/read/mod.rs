//! Readers: one file a format, each from bytes to a [`Dataset`](crate::Dataset).
//!
//! Tables of every format meet in `table`, which gives the columns their meaning.

mod column;
mod decimal;
mod delimited;
mod file;
mod idx;
mod image_folder;
mod jsonl;
mod parquet;
mod quiet;
mod table;

pub(crate) use delimited::delimited;
pub(crate) use file::gunzip_bytes;
pub(crate) use idx::{holds_idx, idx};
pub(crate) use image_folder::image_folder;
pub(crate) use jsonl::jsonl;
pub(crate) use parquet::parquet;
pub use quiet::quietly;
pub(crate) use table::TargetChoice;
