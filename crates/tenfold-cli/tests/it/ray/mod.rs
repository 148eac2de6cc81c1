//! The Ray executor against a thread that plays the dashboard. `scripts/test-ray` tests it with a
//! real one, by hand; its last output is `docs/results/ray-test-2026-11-22.txt`.

mod double;
mod replies;
mod scheduler;
mod study;
