//! Prints how often simulated causes are found, as docs/methods.md has it.
//!
//! ```text
//! cargo run --release -p tenfold-core --example confusion
//! ```

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "simulated curves are valid by construction")]

#[path = "../tests/it/causes.rs"]
mod causes;
#[path = "../tests/it/confusion.rs"]
mod confusion;

use causes::Generator;
use tenfold_core::Verdict;

/// Curves a cause.
const CURVES: u64 = 1_000;

fn main() {
    for (generator, title) in [
        (Generator::Sums, "sums of power laws and floors, looked at"),
        (Generator::Saturating, "laws that saturate at guessing and flipped answers, looked at"),
        (Generator::Unseen, "two slopes, floors approached from guessing, only scored"),
    ] {
        let counts = confusion::confusion(generator, CURVES);
        println!("{title}, {CURVES} curves a cause\n");
        let names: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
        println!("| cause | {} | recall | precision |", names.join(" | "));
        println!("|---|{}", "---|".repeat(names.len() + 2));
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
