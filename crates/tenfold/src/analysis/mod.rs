//! What measurements mean, as plain values: the subject that is spoken of, the answers for each of its
//! curves, and where a study and its run stand. No word of it is chosen here but those of notes.
//!
//! Command line, report and whoever else shows a study read these; [`crate::report`] puts them into words.

mod curve;
mod goal;
mod purchase;
pub mod status;
pub mod subject;
pub mod tally;

pub use curve::{
    Analysis, COLOURS, CurveOutcome, CurveReport, Fitted, Look, epochs_warning, own_priors,
};
pub use goal::Goal;
pub use purchase::{BestModel, Purchase, Training};
pub use status::StudyStatus;
pub use subject::{Curves, Subject};
pub use tally::Tally;
