//! The `tenfold` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenfold::cli::main(std::env::args_os())
}
