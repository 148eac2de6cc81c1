//! Data sets as learners see them: readers, splits, nested shards.
//!
//! [`read`] turns a [`Source`] into a [`Dataset`]; [`split`] holds examples out; [`shard_order`]
//! orders the rest, so that every shard is a prefix; an [`Encoder`] turns a shard into numbers.
//! Everything random is keyed by hashes ([`seed`]) and the same on every machine.
//!
//! ```
//! use tenfold_data::{Amount, Encoder, Source, SplitMethod, SplitRequest};
//!
//! let dataset = tenfold_data::read(&Source::Builtin("fashion-mnist-14".to_owned()))?;
//! let request = SplitRequest {
//!     method: SplitMethod::Stratified,
//!     validation: Amount::Examples(2000),
//!     test: Some(Amount::Fraction(0.1)),
//!     seed: 0,
//! };
//! let split = tenfold_data::split(&dataset, &request)?;
//! let order = tenfold_data::shard_order(&dataset, &split.pool, 0, 0);
//! let (small, large) = (&order[..256], &order[..512]);
//! assert!(large.starts_with(small));
//! let encoder = Encoder::fit(&dataset, small);
//! assert_eq!(encoder.encode(&dataset, &split.test).inputs.len(), split.test.len() * 14 * 14);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod align;
mod builtin;
mod cells;
mod dataset;
mod digest;
mod encode;
mod error;
mod hint;
mod leak;
mod near_duplicates;
mod read;
pub mod seed;
pub mod separated;
mod shard;
mod sound;
mod source;
mod split;
pub mod transforms;
mod unit;
mod vocabulary;

pub use builtin::{BUILTINS, Builtin};
pub use cells::{Cells, SplitColumn, SplitColumns, TextCells};
pub use dataset::{
    ContentHash, Dataset, Field, FieldValues, Images, MISSING, PairVocabularies, Pairs,
    ReadingReport, Recorded, Sounds, Targets, Texts,
};
pub use encode::{Encoded, EncodedTargets, Encoder, InputShape};
pub use error::{ColumnRole, DataError, RowLocation};
pub use leak::{LeakReport, leak_check};
pub use near_duplicates::{NearDuplicates, near_duplicates};
pub use read::{
    ExampleKind, Files, Format, Likeness, READERS, Reader, ReaderKey, SpeechChoice, holds_audio,
    quietly, reader_keys, speech_files,
};
pub use shard::{Shard, ShardOrder, shard_content_hash, shard_hash, shard_order};
pub use sound::{LogMel, standardise};
pub use source::{Source, read};
pub use split::{
    Amount, FoldRequest, Folds, Split, SplitError, SplitMethod, SplitRequest, fold_splits, split,
};
pub use unit::{EXAMPLES, UNITS, Unit};
pub use vocabulary::{
    BOUNDARY, BPE, CHARACTERS, TOKENIZERS, Tokenizer, UNKNOWN, Vocabulary, WORDS,
};
