//! Integration tests of `tenfold-train`, one binary.
