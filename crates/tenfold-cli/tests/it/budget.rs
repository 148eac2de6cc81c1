//! Runs within a budget, as a user starts them: any number of threads and kills give the same
//! trials, a smaller budget buys a subset of a larger one, and messages suggest what to do.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Ran, SMALL_STUDY, command, run, run_well, start, wait_until, write_study};

/// Eight sizes and five seeds of two models, one of them searched; about a second in full.
static STUDY: LazyLock<String> = LazyLock::new(|| {
    let changes = [
        ("name = \"small\"", "name = \"budgeted\""),
        ("from = 32, to = 512", "from = 16, to = 2048"),
        ("seeds = 2", "seeds = 5"),
        ("width = 24", "width = 16"),
        ("steps = 120", "steps = 60"),
    ];
    changes.iter().fold(SMALL_STUDY.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the small study has no `{from}`");
        text.replace(from, to)
    })
});

/// Model, size, seed and candidate of every trial.
type Planned = BTreeSet<(String, i64, i64, i64)>;

fn planned(folder: &Path) -> Planned {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    let mut query = database.prepare("SELECT model, size, repeat, candidate FROM planned").unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    query.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// The designs decided so far, each with its largest size and its seeds there.
fn decisions(folder: &Path) -> Vec<(u64, u64, bool)> {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    let text: rusqlite::Result<String> =
        database.query_row("SELECT value FROM fact WHERE key = 'budget'", [], |row| row.get(0));
    let Ok(text) = text else { return Vec::new() };
    let log: Value = serde_json::from_str(&text).unwrap();
    let decision = |one: &Value| {
        let number = |key: &str| one[key].as_u64().unwrap();
        (number("top"), number("top_seeds"), one["with_half"].as_bool().unwrap())
    };
    log["decisions"].as_array().unwrap().iter().map(decision).collect()
}

fn ran(words: &[&str]) -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &STUDY);
    let ran = run_well(folder.path(), words);
    (folder, ran)
}

/// The fit of a study, as JSON.
fn fit(folder: &Path) -> String {
    run_well(folder, &["fit", "--json"]).stdout
}

#[test]
fn a_budget_of_trials_makes_the_same_trials_on_any_number_of_threads_and_after_kills() {
    let with = |workers: &'static str| ["run", "--budget", "80 trials", "--workers", workers];
    let (reference, _) = ran(&with("1"));
    let expected = (planned(reference.path()), fit(reference.path()), decisions(reference.path()));
    assert!(expected.0.len() <= 80, "{}", expected.0.len());
    assert!(expected.0.len() > 60, "{}", expected.0.len());
    let (other, _) = ran(&with("8"));
    let found = (planned(other.path()), fit(other.path()), decisions(other.path()));
    assert_eq!(found, expected);
    for (point, pass, workers) in [
        ("after-lease", 3, "2"),
        ("before-ingest", 20, "1"),
        ("after-publish", 50, "8"),
        ("before-publish", 60, "2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        kill_at(folder.path(), &with(workers), point, pass);
        let decided = decisions(folder.path());
        assert!(expected.2.starts_with(&decided), "{point} {pass}: {decided:?}");
        run_well(folder.path(), &with(if workers == "1" { "8" } else { "1" }));
        let path = folder.path();
        assert_eq!((planned(path), fit(path), decisions(path)), expected, "{point} {pass}");
        let again = run_well(path, &with("2"));
        assert!(again.stderr.contains("0 trials trained"), "{}", again.stderr);
    }
}

#[test]
fn a_budget_of_time_keeps_to_what_it_decided_before_a_kill() {
    let words = ["run", "--budget", "10min", "--workers", "2"];
    let folder = tempfile::tempdir().unwrap();
    kill_at(folder.path(), &words, "after-publish", 40);
    let before = decisions(folder.path());
    assert!(!before.is_empty());
    run_well(folder.path(), &words);
    let after = decisions(folder.path());
    assert!(after.starts_with(&before), "{before:?} {after:?}");
    let again = run_well(folder.path(), &words);
    assert!(again.stderr.contains("0 trials trained"), "{}", again.stderr);
    assert_eq!(decisions(folder.path()), after);
}

fn kill_at(folder: &Path, words: &[&str], point: &str, pass: u32) {
    write_study(folder, &STUDY);
    let marker = folder.join("marker");
    let mut command = command(folder, words);
    command.env("TENFOLD_FAULT", format!("{point}:{pass}:{}", marker.display()));
    let mut child = start(command);
    wait_until(&format!("{point}, pass {pass}"), || {
        assert!(child.try_wait().unwrap().is_none(), "ended before {point}, pass {pass}");
        marker.exists()
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_cheaper_run_is_part_of_a_dearer_one_and_its_trials_count() {
    let mut before: Planned = BTreeSet::new();
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &STUDY);
    for trials in [70, 78, 90, 200] {
        let budget = format!("{trials} trials");
        let (fresh, _) = ran(&["run", "--budget", &budget]);
        let chosen = planned(fresh.path());
        assert!(before.is_subset(&chosen), "{trials}: {:?}", before.difference(&chosen));
        // In one folder each run trains only the trials that earlier runs did not train.
        let grown = run_well(folder.path(), &["run", "--budget", &budget]);
        let all = planned(folder.path());
        assert!(all.is_superset(&chosen), "{trials}: {:?}", chosen.difference(&all));
        let trained = format!("{} trials trained", all.len() - already(&grown));
        assert!(grown.stderr.contains(&trained), "expected {trained}: {}", grown.stderr);
        before = chosen;
    }
    let full = run_well(folder.path(), &["run"]);
    assert!(full.stderr.contains("reused"), "{}", full.stderr);
    // The search between the smallest and the largest size may differ, so that only the model
    // without a search is compared.
    let linear = |all: &Planned| -> Planned {
        all.iter().filter(|trial| trial.0 == "linear").cloned().collect()
    };
    assert!(linear(&planned(folder.path())).is_superset(&linear(&before)));
}

/// The number before "reused", 0 if nothing was.
fn already(ran: &Ran) -> usize {
    let before = ran.stderr.split(" reused").next().unwrap_or_default();
    let is_there = ran.stderr.contains(" reused");
    let word = before.rsplit(' ').next().filter(|_| is_there);
    word.map_or(0, |word| word.parse().unwrap())
}

#[test]
fn a_run_ends_when_the_interval_is_narrow_enough() {
    let (folder, wide) = ran(&["run", "--until", "80% interval at 8k < 90%"]);
    assert!(
        wide.stderr.contains("stopped: the interval is as narrow as wanted"),
        "{}",
        wide.stderr
    );
    let few = planned(folder.path());
    let narrow = run_well(folder.path(), &["run", "--until", "80% interval at 8k < 0.01%"]);
    assert!(narrow.stderr.contains("80% interval at 8k: ±"), "{}", narrow.stderr);
    assert!(!narrow.stderr.contains("narrow as wanted"), "{}", narrow.stderr);
    let many = planned(folder.path());
    assert!(few.is_subset(&many) && few.len() < many.len(), "{} {}", few.len(), many.len());
}

#[test]
fn a_budget_says_what_it_can_buy_before_it_is_spent_and_what_it_bought() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &format!("{}\n[run]\nbudget = {{ trials = 78 }}\n", *STUDY));
    let plans = run_well(folder.path(), &["run", "--dry-run"]).stdout;
    for word in ["plans up to 2,048", "economy", "standard", "full"] {
        assert!(plans.contains(word), "{word}: {plans}");
    }
    let ran = run_well(folder.path(), &["run"]);
    for word in [
        "plans up to 2,048",
        "budget: ",
        "spent ",
        " of 78 trials; every seed at every size: about ",
    ] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    assert!(planned(folder.path()).len() <= 78);
}

/// A study of a command whose errors fall as a power of the size, with exponent `late` from 256 on.
#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn command_study(late: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "awk \"BEGIN {{ m = $1; e = m ^ -0.1; if (m > 256) e = 256 ^ -0.1 * (m / 256) ^ {late}; \
         printf \\\"{{\\\\\\\"error\\\\\\\": %.6f}}\\\", e * (1 + 0.01 * ($2 % 3)) }}\" > $3\n"
    );
    std::fs::write(folder.path().join("train.sh"), script).unwrap();
    let text = "[study]\nname = \"mine\"\n[shards]\nsizes = { from = 16, to = 2048, factor = 2 }\n\
                seeds = 5\n[[model]]\nname = \"mine\"\n\
                command = [\"sh\", \"train.sh\", \"{size}\", \"{seed}\", \"{out}\"]\n";
    write_study(folder.path(), text);
    folder
}

#[test]
fn a_run_that_could_not_reach_the_top_says_what_a_larger_size_would_tell() {
    let folder = command_study("-0.1");
    let ran = run_well(folder.path(), &["run", "--budget", "7 trials"]);
    let top = planned(folder.path()).iter().map(|trial| trial.1).max();
    assert_eq!(top, Some(512), "{}", ran.stderr);
    let told = "or: one run at 1,024, about 1 trial, narrows the 80% interval at 2,048 from";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let full = run_well(folder.path(), &["run", "--budget", "100 trials"]).stderr;
    assert!(!full.contains("or: one run at"), "{full}");
}

/// Whether 16 trials measured half of the largest size of that command.
fn measures_half(late: &str) -> bool {
    let folder = command_study(late);
    let ran = run_well(folder.path(), &["run", "--budget", "16 trials"]);
    let chosen = planned(folder.path());
    assert!(chosen.iter().any(|trial| trial.1 == 2048), "{chosen:?}");
    let has_half = chosen.iter().any(|trial| trial.1 == 1024);
    let says_so =
        ran.stderr.contains("half of the largest size was measured too: the error falls faster");
    assert_eq!(has_half, says_so, "{}", ran.stderr);
    has_half
}

#[test]
fn half_of_the_largest_size_is_measured_at_once_where_the_curve_falls_faster_and_only_there() {
    assert!(measures_half("-0.6"));
    assert!(!measures_half("-0.1"));
}

#[test]
fn operations_are_a_budget_too() {
    let (folder, ran) = ran(&["run", "--budget", "1e9 flop"]);
    assert!(ran.stderr.contains("operations; every seed at every size"), "{}", ran.stderr);
    let (whole, _) = self::ran(&["run", "--budget", "1e18 flop"]);
    let (some, all) = (planned(folder.path()), planned(whole.path()));
    assert!(some.len() < all.len(), "{} {}", some.len(), all.len());
}

fn refusal(words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &STUDY);
    let ran = run(folder.path(), words);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    ran.stderr
}

#[test]
fn what_cannot_be_meant_is_refused_with_something_to_type() {
    let too_small = refusal(&["run", "--budget", "5 trials"]);
    assert!(too_small.contains("the budget of 5 trials is too small"), "{too_small}");
    assert!(too_small.contains("hint: `--budget '"), "{too_small}");
    insta::assert_snapshot!(refusal(&["run", "--budget", "2 ours"]), @r"
    error: `--budget 2 ours` is not a time such as `2h`, or `100 trials`, or `1e15 flop`
    hint: `--budget 2h`
    ");
    insta::assert_snapshot!(refusal(&["run", "--until", "80% intervall at 1M < 10%"]), @r"
    error: `--until` has `intervall` where `interval` is needed
     --> --until:1:5
    1 | 80% intervall at 1M < 10%
      |     ^^^^^^^^^ `interval` is needed
    hint: did you mean `interval`? for example `--until '80% interval at 1M < 10%'`
    ");
}
