//! The `tenfold` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenfold::executor::command::guard_by_this_program();
    tenfold::cli::main(std::env::args_os())
}
