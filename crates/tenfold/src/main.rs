//! The `tenfold` program.

fn main() {}
