//! Integration tests of `tenfold`, one binary.
