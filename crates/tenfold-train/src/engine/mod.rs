//! A small training engine: a tape of coarse operations with hand-written gradients.
//!
//! Model code reads like a forward pass and is run once, to record a [`Tape`]. A step replays the
//! tape in a [`Workspace`], whose buffers are laid out once, so that a step allocates nothing.
//! Parameters, gradient and moments are one flat vector each. The list of operations
//! ([`tape::Operation`]) is the boundary behind which another executor could stand.
//!
//! Reading order: [`shape`], [`tape`], `plan`, [`workspace`], [`loss`], [`optimizer`].

pub mod shape;
pub mod tape;

mod recorder;

mod plan;

pub mod workspace;

mod backward;
mod batch_norm;
mod convolution;
mod forward;

pub mod initial;
pub mod loss;
pub mod optimizer;
pub mod schedule;

pub mod real;

mod kernel;

pub use recorder::TapeRecorder;
pub use shape::{Shape, Sliding};
pub use tape::{Activation, Tape, Value};
pub use workspace::{BatchStatistics, Pass, Workspace};
