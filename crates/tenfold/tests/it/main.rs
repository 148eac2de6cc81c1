//! Integration tests of `tenfold`, one binary.

mod report;

mod simulated;
