//! Integration tests of `tenfold-core`, one binary.
