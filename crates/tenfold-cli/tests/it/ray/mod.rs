//! The Ray executor against a dashboard played by a thread. The real one is tried by
//! `scripts/test-ray`, by hand; what it last printed is `docs/results/ray-test-2026-11-22.txt`.

mod double;
mod replies;
mod scheduler;
mod study;
