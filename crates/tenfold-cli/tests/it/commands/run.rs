//! Commands that work: their input, the reading of their results, and what is run again.

use std::collections::BTreeSet;
use std::fs;

use super::{FALLING, books, finished, ran, study_of, write};
use crate::program::{command, run, run_well, write_study};

#[test]
fn a_command_is_measured_fitted_and_not_run_twice() {
    let folder = finished(FALLING, "");
    assert_eq!(books(folder.path()), (8, 8));
    let fit = run_well(folder.path(), &["fit", "--json", "--law", "power-law"]);
    let document: serde_json::Value = serde_json::from_str(&fit.stdout).unwrap();
    let slope = document["curves"][0]["parameters"]["beta_g"]["value"].as_f64().unwrap();
    // The script prints six digits.
    assert!((slope + 0.5).abs() < 1e-4, "{slope}");
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("0 trials trained, 8 reused"), "{}", again.stderr);
    let left: Vec<_> = fs::read_dir(folder.path().join(".tenfold")).unwrap().collect();
    assert!(left.len() >= 2, "{left:?}");
}

#[test]
fn words_and_environment_say_the_same() {
    let script = r#"echo "{size} {seed} {trial} {attempt} {rate} {out}" > said.$TENFOLD_TRIAL
echo "$TENFOLD_SIZE $TENFOLD_SEED $TENFOLD_TRIAL $TENFOLD_ATTEMPT $TENFOLD_RATE $TENFOLD_OUT" >> said.$TENFOLD_TRIAL
test "$OWN" = "n={size}" && echo "{{\"error\": 0.$TENFOLD_SIZE}}" > {out}"#;
    let more = "environment = { OWN = \"n={size}\" }\n[model.search]\nrate = [0.5, 1e-3]\n";
    // Both rates are tried at the ends, and as neighbours also between them; then comes the second
    // seed.
    let folder = finished(script, more);
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with("said.") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let (words, environment) = text.trim().split_once('\n').unwrap();
            assert_eq!(words, environment);
            let mut parts = words.split(' ');
            let (size, seed) = (parts.next().unwrap(), parts.next().unwrap());
            seen.insert((size.to_owned(), seed.to_owned(), parts.nth(2).unwrap().to_owned()));
        }
    }
    assert!(seen.contains(&("10".to_owned(), "0".to_owned(), "0.001".to_owned())), "{seen:?}");
    assert!(seen.contains(&("80".to_owned(), "0".to_owned(), "0.5".to_owned())), "{seen:?}");
    assert!(seen.iter().any(|(_, seed, _)| seed == "1"));
}

#[test]
fn shards_are_files_of_numbers_nested_and_apart_from_what_is_held_out() {
    let script = "cp {indices} shard.{size}.{seed}; cp {validation} validation; cp {test} test
cp {indices_npy} array.{size}.{seed}; echo '{{\"error\": 0.5}}' > {out}";
    let folder = tempfile::tempdir().unwrap();
    let study =
        format!("[data]\nexamples = 200\nvalidation = 30\ntest = 20\n{}", study_of(script, ""));
    write_study(folder.path(), &study);
    run_well(folder.path(), &["run", "-q"]);
    let ids = |name: &str| -> Vec<u32> {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        text.lines().map(|line| line.parse().unwrap()).collect()
    };
    let (validation, test) = (ids("validation"), ids("test"));
    assert_eq!((validation.len(), test.len()), (30, 20));
    let held_out: BTreeSet<u32> = validation.into_iter().chain(test).collect();
    assert_eq!(held_out.len(), 50);
    for seed in ["0", "1"] {
        let largest = ids(&format!("shard.80.{seed}"));
        assert!(largest.iter().all(|id| !held_out.contains(id) && *id < 200));
        assert_eq!(largest.iter().collect::<BTreeSet<_>>().len(), 80);
        assert_eq!(ids(&format!("shard.20.{seed}")), largest[..20], "nested");
        let array = fs::read(folder.path().join(format!("array.20.{seed}"))).unwrap();
        let data = &array[array.len() - 160..];
        let numbers: Vec<u32> =
            data.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as u32).collect();
        assert_eq!(numbers, largest[..20]);
    }
    assert_ne!(ids("shard.80.0"), ids("shard.80.1"), "each seed draws its own shard");
}

#[test]
fn an_edited_input_makes_trials_stale() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train.sh"), "echo \"{\\\"error\\\": 0.$1}\" > $2\n");
    let text = "[study]\nname = \"mine\"\n[shards]\nsizes = [10, 20, 40, 80]\nseeds = 2\n\
                [[model]]\ncommand = [\"sh\", \"train.sh\", \"{size}{seed}\", \"{out}\"]\n\
                inputs = [\"train.sh\"]\n";
    write_study(folder.path(), text);
    run_well(folder.path(), &["run", "-q"]);
    write(&folder.path().join("train.sh"), "echo \"{\\\"error\\\": 0.0$1}\" > $2\n");
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("8 trials trained"), "{}", again.stderr);
    fs::remove_file(folder.path().join("train.sh")).unwrap();
    let gone = run(folder.path(), &["run"]);
    assert_eq!(gone.code, Some(2));
    assert!(gone.stderr.contains("error: there is no input file `./train.sh`"), "{}", gone.stderr);
    assert!(gone.stderr.contains("study.toml:8:10"), "{}", gone.stderr);
}

#[test]
fn a_command_that_asks_for_it_is_run_again_and_finds_its_own_folder() {
    let script = "if test -e {work}/checkpoint; then rm {work}/checkpoint
echo '{{\"error\": 0.'{size}'}}' > {out}
else touch {work}/checkpoint; exit 75; fi";
    let folder = finished(script, "retries = 0");
    assert_eq!(books(folder.path()), (8, 16), "each was executed twice and counted once");
    let database = rusqlite::Connection::open(folder.path().join(".tenfold/study.sqlite")).unwrap();
    let requeued: i64 = database
        .query_row("SELECT count(*) FROM attempt WHERE outcome = 'requeued'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(requeued, 8);
}

#[test]
fn graphics_processors_are_handed_out_one_a_trial() {
    let script = "mkdir lock.$CUDA_VISIBLE_DEVICES || exit 9; sleep 0.02
rmdir lock.$CUDA_VISIBLE_DEVICES; echo $CUDA_VISIBLE_DEVICES >> devices
echo '{{\"error\": 0.'{size}'}}' > {out}";
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(script, "gpus = 1\nretries = 0"));
    let mut tenfold = command(folder.path(), &["run", "-q", "--workers", "4"]);
    let ended = tenfold.env("CUDA_VISIBLE_DEVICES", "3,5").status().unwrap();
    assert!(ended.success(), "no device was given to two trials at a time");
    let devices = fs::read_to_string(folder.path().join("devices")).unwrap();
    assert_eq!(devices.lines().collect::<BTreeSet<_>>(), BTreeSet::from(["3", "5"]));
    let mut tenfold = command(folder.path(), &["run"]);
    write_study(folder.path(), &study_of(script, "gpus = 3"));
    let refused: crate::program::Ran =
        tenfold.env("CUDA_VISIBLE_DEVICES", "3,5").output().unwrap().into();
    assert_eq!(refused.code, Some(2));
    let expected = "`model.gpus` is 3, and this machine has 2 graphics processors";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
}

#[test]
fn what_a_command_does_not_use_is_noticed() {
    let (_folder, ran) = ran("echo '{{\"error\": 0.'{size}'}}' > {out}", "");
    assert!(ran.stderr.contains("does the command use {seed}?"), "{}", ran.stderr);
    let (_folder, ran) = super::ran("echo '{{\"error\": 0.2'{seed}'}}' > {out}", "");
    assert!(ran.stderr.contains("does the command use {size}"), "{}", ran.stderr);
    let judged = "echo '{{\"error\": 0.'{size}{seed}', \"judged_on\": ['{seed}']}}' > {out}";
    let (_folder, ran) = super::ran(judged, "");
    assert!(ran.stderr.contains("not all trials were judged on the same"), "{}", ran.stderr);
    let (_folder, ran) = super::ran(FALLING, "");
    assert!(!ran.stderr.contains("does the command use"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("judged on"), "{}", ran.stderr);
}

#[test]
fn a_command_whose_errors_are_all_0_is_told_what_is_missing() {
    let (_folder, ran) = ran("echo '{{\"error\": 0}}' > {out}", "");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = "mine: every error is 0, and a curve needs errors above it. With how many examples \
                    its test set has, 0 is taken as half an error: write `per_example` beside `error`";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert!(!ran.stderr.contains("0 were given"), "{}", ran.stderr);
}

#[test]
fn sizes_at_which_a_command_is_perfect_are_upper_bounds() {
    let script = r#"awk "BEGIN { e = {size} < 40 ? 3 / {size} + 0.01 * {seed} : 0; printf \"{{\\\"error\\\": %.6f}}\", e }" > {out}"#;
    let (folder, ran) = ran(script, "");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let said = "mine: some errors are 0 of an unknown number of test examples";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("at size 40 and others every run is perfect"), "{}", ran.stderr);
    let json = run(folder.path(), &["forecast", "--at", "160", "--json"]).stdout;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let curve = &document["curves"][0];
    // The smallest error of one run is .15, that of a mean of two runs .075.
    assert_eq!(curve["upper_bounds"].as_array().unwrap().len(), 2, "{curve}");
    assert!((curve["upper_bounds"][1]["error"].as_f64().unwrap() - 0.075).abs() < 1e-9, "{curve}");
    assert!(curve["forecasts"][0]["error"].as_f64().unwrap() < 0.075, "{curve}");
}
