//! The Ray executor against a dashboard played by a thread. The real one is tried by
//! `scripts/test-ray`, by hand.

mod double;
mod replies;
mod scheduler;
mod study;
