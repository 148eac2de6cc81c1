//! Prints what fitting and forecasting a file of 100,000 curves takes, in both formats.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin many_curves -- TENFOLD FOLDER
//! ```
//!
//! A million rows, ten sizes a curve, errors of a power law with a floor and 2 % noise. The files are
//! the same every time.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts others")]

#[expect(dead_code, reason = "one run, so there is no median")]
mod child;

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use child::run;
use tenfold_core::stats::random::RandomStream;

const CURVES: u64 = 100_000;

/// Writes the curves to `path`: a heading, then the text that `row` gives for a curve, a size and
/// an error.
fn write(path: &Path, heading: &str, row: impl Fn(u64, u32, f64) -> String) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    out.write_all(heading.as_bytes()).unwrap();
    for curve in 0..CURVES {
        let mut stream = RandomStream::new(1, curve);
        let exponent = 0.2 + 0.5 * stream.uniform();
        let floor = 0.1 * stream.uniform();
        for step in 0..10 {
            let error = 0.9 * f64::from(1 << step).powf(-exponent) + floor;
            let measured = error * (0.02 * stream.normal()).exp();
            out.write_all(row(curve, 64 << step, measured).as_bytes()).unwrap();
        }
    }
    out.flush().unwrap();
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let program = fs::canonicalize(&words[0]).unwrap();
    fs::create_dir_all(&words[1]).unwrap();
    let folder = fs::canonicalize(&words[1]).unwrap();
    write(&folder.join("curves.csv"), "curve,size,error\n", |curve, size, error| {
        format!("curve {curve},{size},{error}\n")
    });
    write(&folder.join("curves.jsonl"), "", |curve, size, error| {
        format!("{{\"curve\": \"curve {curve}\", \"size\": {size}, \"error\": {error}}}\n")
    });
    println!("| what | wall s | processor s | peak MB |");
    println!("|---|---|---|---|");
    for file in ["curves.csv", "curves.jsonl"] {
        for what in [&["fit"][..], &["forecast", "--at", "320k"]] {
            let mut command = Command::new(&program);
            command.args(what).args([file, "--json"]).current_dir(&folder);
            let took = run(&mut command, &folder);
            assert_eq!(took.printed.matches("\"curve\": ").count() as u64, CURVES);
            println!(
                "| `{} {file} --json` | {:.1} | {:.1} | {:.0} |",
                what.join(" "),
                took.seconds,
                took.processor_seconds,
                took.megabytes
            );
        }
    }
}
