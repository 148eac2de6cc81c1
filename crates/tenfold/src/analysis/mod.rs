//! Turns measurements into answers as plain values: the subject of a report, the answers for each
//! of its curves, and the state of a study and its run. It writes no sentences, except for notes.
//!
//! The command line, the report and every other reader show these values; [`crate::report`] puts
//! them into words.

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
