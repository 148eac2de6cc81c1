//! Prints how often simulated causes are found, as docs/methods.md has it.
//!
//! ```text
//! cargo run --release -p tenfold-core --example confusion -- [CURVES]
//! ```
//!
//! with CURVES simulated curves a cause, 1,000 where none is given.

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "simulated curves are valid by construction")]

#[path = "../tests/it/causes.rs"]
mod causes;
#[path = "../tests/it/confusion.rs"]
mod confusion;

use causes::{CAUSES, Generator};
use tenfold_core::Verdict;

/// Curves a cause where the command line has no number.
const CURVES: u64 = 1_000;

fn main() {
    let curves = std::env::args().nth(1).map_or(CURVES, |count| count.parse().unwrap());
    for (generator, title) in [
        (Generator::Sums, "sums of power laws and floors, looked at"),
        (Generator::Saturating, "laws that saturate at guessing and flipped answers, looked at"),
        (Generator::Unseen, "two slopes, floors approached from guessing, only scored"),
    ] {
        let counts = confusion::confusion(generator, curves);
        println!("{title}, {curves} curves a cause\n");
        let names: Vec<&str> = CAUSES.iter().map(|verdict| verdict.name()).collect();
        let open = Verdict::NotTold.name();
        println!("| cause | {} | {open} | recall | precision |", names.join(" | "));
        println!("|---|{}", "---|".repeat(names.len() + 3));
        for (row, name) in names.iter().enumerate() {
            let cells: Vec<String> = counts.found[row].iter().map(ToString::to_string).collect();
            println!(
                "| {name} | {} | {:.2} | {:.2} |",
                cells.join(" | "),
                counts.recall(row),
                counts.precision(row)
            );
        }
        println!();
    }
}
