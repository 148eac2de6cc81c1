//! Integration tests of `tenfold-data`, one binary.
