//! Prints the overhead of Tenfold for a trial that is a command, compared with `xargs` running the
//! same command.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin overhead -- TENFOLD FOLDER
//! ```
//!
//! The command writes its JSON and ends. A thousand of them, eight at a time, in alternating rounds;
//! the difference of the medians, divided by a thousand, is the overhead of a trial: a process group,
//! a log, a result file that is synced and published, two rows in the database.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts others")]

mod child;

use std::fs;
use std::process::Command;

use child::{Took, median, run};

const SIZES: usize = 4;
const SEEDS: usize = 250;
const WORKERS: &str = "8";
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let program = fs::canonicalize(&words[0]).unwrap();
    fs::create_dir_all(&words[1]).unwrap();
    let folder = fs::canonicalize(&words[1]).unwrap();
    let (study, plain) = (folder.join("study"), folder.join("plain"));
    fs::create_dir_all(&study).unwrap();
    let tiny = folder.join("tiny.sh");
    fs::write(&tiny, "echo '{\"error\": 0.5}' > \"$1\"\n").unwrap();
    let text = format!(
        "[study]\nname = \"overhead\"\n[shards]\nsizes = [10, 20, 40, 80]\nseeds = {SEEDS}\n\
         [[model]]\nname = \"tiny\"\n\
         command = [\"sh\", \"{}\", \"{{out}}\", \"{{size}}\", \"{{seed}}\"]\n",
        tiny.display()
    );
    fs::write(study.join("study.toml"), text).unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        drop(fs::remove_dir_all(&plain));
        fs::create_dir_all(&plain).unwrap();
        let script = format!(
            "seq {} | xargs -P{WORKERS} -I% sh {} {}/%.json",
            SIZES * SEEDS,
            tiny.display(),
            plain.display()
        );
        theirs.push(run(Command::new("sh").args(["-c", &script]), &folder));
        assert_eq!(fs::read_dir(&plain).unwrap().count(), SIZES * SEEDS);
        drop(fs::remove_dir_all(study.join(".tenfold")));
        let mut command = Command::new(&program);
        command.args(["run", "-qq", "--workers", WORKERS]).current_dir(&study).env("CI", "1");
        ours.push(run(&mut command, &folder));
    }
    let megabytes = ours.iter().map(|took: &Took| took.megabytes).fold(0.0, f64::max);
    let own = median(ours.iter().map(|took| took.processor_seconds).collect());
    assert!(ours.iter().all(|took| took.printed.is_empty()));
    let seconds = |rounds: &[Took]| median(rounds.iter().map(|took| took.seconds).collect());
    let (ours, theirs) = (seconds(&ours), seconds(&theirs));
    let count = (SIZES * SEEDS) as f64;
    println!("{count} commands, {WORKERS} at a time, medians of {ROUNDS} alternating rounds:");
    println!("  xargs {theirs:.2} s, tenfold {ours:.2} s, {megabytes:.0} MB");
    println!(
        "  {:.2} ms a trial added; {:.2} ms of processor in tenfold itself",
        1000.0 * (ours - theirs) / count,
        1000.0 * own / count
    );
}
