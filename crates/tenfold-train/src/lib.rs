//! The built-in learners and the training engine beneath them.
//!
//! [`train`] takes a [`TrainJob`] (a shard, held-out examples, [`LearnerSettings`], a seed) and
//! gives back errors and per-example outcomes. The same job gives the same bits on any number of
//! threads, and when it is interrupted and resumed from its checkpoint. [`train_as_rank`] is the
//! same for one of several [`ranks`] that share each batch, again with the same bits.
//!
//! Reading order: [`settings`], [`learners`] (each reads like a forward pass), [`tasks`], `trainer`,
//! [`ranks`], then [`engine`] and [`ops`], which know nothing of the others.

pub mod decoding;
pub mod engine;
pub mod learners;
pub mod metrics;
pub mod ops;
pub mod ranks;
pub mod tasks;

mod error;
mod example;
mod model;
mod trainer;
mod wrong_setting;

pub use error::TrainError;
pub use learners::settings;
pub use learners::{LEARNERS, Learner};
pub use metrics::{METRICS, Metric};
pub use model::{ModelSize, describe};
pub use settings::{
    LearnerSettings, Length, NUMERICS_VERSION, Optimizer, SETTINGS, Schedule, SettingError,
    SettingGroup, SettingKey, SettingValue, ValueKind,
};
pub use trainer::{Continue, Evaluation, Progress, Share, TrainJob, Trained, train, train_as_rank};
