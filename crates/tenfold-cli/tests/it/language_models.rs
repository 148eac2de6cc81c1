//! Studies of texts that built-in learners read.

use std::fs;
use std::path::Path;

use crate::program::{command, run, run_well, start, wait_until};

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// Sentences of a small language, one a line, for learners to read.
fn small_language(lines: usize) -> String {
    const WORDS: [&str; 8] = ["the", "cat", "dog", "sees", "and", "hears", "a", "bird"];
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let mut sentence = || {
        let words: Vec<&str> = (0..4 + draw(9)).map(|_| WORDS[draw(8) as usize]).collect();
        words.join(" ")
    };
    let lines: Vec<String> = (0..lines).map(|_| sentence()).collect();
    lines.join("\n")
}

/// A study of a small model, with these lines in `[data]`.
fn learner_study(data: &str, unit: &str, sizes: &str) -> String {
    format!(
        "[study]\nname = \"s\"\n[data]\npath = \"corpus.txt\"\ndocuments = \"lines\"\nvalidation = 30\n\
         test = 40\n{data}[shards]\nunit = \"{unit}\"\nsizes = {sizes}\nseeds = 2\n[metric]\n\
         name = \"nats_per_token\"\n[[model]]\nlearner = \"lstm-lm\"\nwidth = 16\nembedding = 8\n\
         window = 16\n[model.train]\nbatch = 8\nsteps = 60\npatience = 0\nevaluations = 2\n"
    )
}

/// The number in the first row of a curve file, in the column called `name`.
fn cell(file: &str, name: &str) -> f64 {
    let mut lines = file.lines().filter(|line| !line.starts_with('#'));
    let column = lines.next().unwrap().split(',').position(|title| title == name).unwrap();
    lines.next().unwrap().split(',').nth(column).unwrap().parse().unwrap()
}

#[test]
fn a_language_model_gives_a_curve_in_characters_and_in_words() {
    for (data, unit, sizes) in [
        ("", "characters", "[512, 1024, 2048, 4096]"),
        ("tokens = \"words\"\n", "tokens", "[128, 256, 512, 1024]"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("corpus.txt"), &small_language(400));
        write(&folder.path().join("study.toml"), &learner_study(data, unit, sizes));
        run_well(folder.path(), &["run"]);
        let forecast = run_well(folder.path(), &["forecast", ".", "--at", "1M"]);
        assert!(forecast.stdout.contains("1M"), "{}", forecast.stdout);
        let by_character = run_well(
            folder.path(),
            &["forecast", ".", "--at", "1M", "--metric", "bits_per_character"],
        );
        assert_ne!(by_character.stdout, forecast.stdout);
        let refused = run(folder.path(), &["fit", ".", "--metric", "perplexty"]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains("`--metric perplexity`; there are"), "{}", refused.stderr);
        // Guessing each token by its share does worse than the model, and joins its curve.
        let exported = run_well(folder.path(), &["export", "csv", "."]).stdout;
        let guess = cell(&exported, "best_guess");
        let first = cell(&exported, "error");
        assert!(guess > 1.0 && guess > first / 1.5, "{exported}");
        run_well(folder.path(), &["report"]);
        let page = fs::read_to_string(folder.path().join(".tenfold/report.html")).unwrap();
        assert!(
            page.contains("nats per token")
                && page.contains(unit)
                && page.contains("the vocabulary has")
        );
        let vocabulary =
            fs::read_to_string(folder.path().join(".tenfold/vocabulary.json")).unwrap();
        assert!(vocabulary.contains("\"tenfold.vocabulary/1\""));
    }
}

#[test]
fn texts_that_are_added_leave_the_vocabulary_and_so_the_trials() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus.txt");
    write(&corpus, &small_language(400));
    write(&folder.path().join("study.toml"), &learner_study("", "characters", "[512, 1024]"));
    run_well(folder.path(), &["run"]);
    let kept = || fs::read_to_string(folder.path().join(".tenfold/vocabulary.json")).unwrap();
    let before = kept();
    write(
        &corpus,
        &format!("{}\n{}", small_language(400), "zebras jump quickly over foxes\n".repeat(9)),
    );
    run_well(folder.path(), &["run"]);
    assert_eq!(kept(), before, "`z` and `j` are unknown now as they were");
    fs::remove_file(folder.path().join(".tenfold/vocabulary.json")).unwrap();
    run_well(folder.path(), &["run"]);
    assert_ne!(kept(), before);
}

#[test]
fn tokens_in_a_file_give_the_same_fit_as_in_memory_killed_and_resumed() {
    let fit = |folder: &Path| run_well(folder, &["fit", "--json"]).stdout;
    let prepared = || {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("corpus.txt"), &small_language(400));
        let study = learner_study("tokens = \"words\"\n", "tokens", "[128, 256, 512, 1024]");
        write(&folder.path().join("study.toml"), &study);
        folder
    };
    let in_memory = prepared();
    run_well(in_memory.path(), &["run"]);
    let in_file = prepared();
    let marker = in_file.path().join("marker");
    let program = || {
        let mut program = command(in_file.path(), &["run", "--workers", "1"]);
        program.env("TENFOLD_HELD_TOKENS", "16");
        program
    };
    // The third trial, at an update behind its checkpoint.
    let mut killed = program();
    killed.env("TENFOLD_FAULT", format!("mid-trial:165:{}", marker.display()));
    let mut killed = start(killed);
    wait_until("the third trial", || marker.exists());
    killed.kill().unwrap();
    assert!(killed.wait().unwrap().code().is_none());
    assert!(program().output().unwrap().status.success());
    assert_eq!(fit(in_file.path()), fit(in_memory.path()));
    let left = fs::read_dir(in_file.path().join(".tenfold/trials")).unwrap();
    let files = left.flat_map(|trial| fs::read_dir(trial.unwrap().path()).unwrap());
    let names: Vec<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.is_empty() && !names.iter().any(|name| name.contains("tokens")), "{names:?}");
}

#[test]
fn byte_pairs_give_a_curve_in_characters_and_no_error_of_another_vocabulary_joins_it() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("corpus.txt"), &small_language(400));
    let perplexities = |data: &str| -> Vec<serde_json::Value> {
        let study = learner_study(data, "characters", "[512, 1024, 2048, 4096]");
        write(&folder.path().join("study.toml"), &study);
        run_well(folder.path(), &["run"]);
        let shown =
            run_well(folder.path(), &["--json", "export", "csv", ".", "--metric", "perplexity"]);
        shown.stdout.lines().map(Into::into).collect()
    };
    let characters = perplexities("");
    let pairs = perplexities("tokens = \"bpe\"\nvocabulary = 30\n");
    assert_eq!((characters.len(), pairs.len()), (9, 9), "{pairs:?}");
    assert!(pairs[1..].iter().all(|line| !characters.contains(line)), "{pairs:?}");
    run_well(folder.path(), &["report"]);
    let page = fs::read_to_string(folder.path().join(".tenfold/report.html")).unwrap();
    assert!(page.contains("the vocabulary has 30 parts of words"));
    // Nothing is trained again with the vocabulary that was there before.
    assert_eq!(perplexities(""), characters);
}

#[test]
fn init_writes_a_study_that_a_text_can_be_run_with() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus.txt");
    write(&corpus, &small_language(2_000));
    let wrote = run_well(folder.path(), &["init", "corpus.txt"]);
    assert!(wrote.stderr.contains("2,000 texts"), "{}", wrote.stderr);
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    for line in ["documents = \"lines\"", "unit = \"characters\"", "learner = \"lstm-lm\""] {
        assert!(study.contains(line), "{study}");
    }
    let plan = run_well(folder.path(), &["run", "--dry-run"]);
    assert!(plan.stdout.contains("\n  in all about "), "{}", plan.stdout);
    assert!(wrote.stderr.contains("  plan   in all about "), "{}", wrote.stderr);
    let time = study.lines().nth(1).unwrap();
    assert!(
        time.starts_with("# On the machine it was written on, it takes in all about "),
        "{study}"
    );

    run_well(folder.path(), &["init", "--builtin", "state-of-the-union", "--force"]);
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(study.contains("split = \"group:address\""), "{study}");
    run_well(folder.path(), &["run", "--dry-run"]);

    let rows: Vec<String> = small_language(400)
        .lines()
        .enumerate()
        .map(|(row, line)| format!("{{\"id\": \"r{row}\", \"body\": \"{line}\"}}"))
        .collect();
    write(&folder.path().join("rows.jsonl"), &rows.join("\n"));
    run_well(folder.path(), &["init", "rows.jsonl", "--text", "body", "--force"]);
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(study.contains("text = \"body\"") && !study.contains("group:"), "{study}");
    run_well(folder.path(), &["run", "--dry-run"]);

    write(&corpus, "one document\nof two lines\n");
    let refused = run(folder.path(), &["init", "corpus.txt", "--force"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("`corpus.txt` has 2 documents, at least 30 are needed"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_vocabulary_that_knows_nothing_and_sizes_within_one_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("corpus.txt"), &small_language(400));
    let refused = |study: &str| {
        write(&folder.path().join("study.toml"), study);
        let ran = run(folder.path(), &["run"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stdout);
        ran.stderr
    };
    let message = refused(&learner_study("vocabulary = 2\n", "characters", "[512, 1024]"));
    assert!(message.contains("the vocabulary of 2 characters does not know"), "{message}");
    assert!(message.contains("study.toml:8"), "{message}");
    let message = refused(&learner_study("", "characters", "[2, 4, 8]"));
    assert!(message.contains("every shard would be part of one text"), "{message}");
}

/// The demo's study with a small model and a few updates, so that it takes seconds.
fn quick_demo(kind: &str, largest: u64, folder: &Path) {
    let study = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo-{kind}.toml")),
    )
    .unwrap();
    let mut quick = String::new();
    let sizes = format!("sizes = {{ from = {}, to = {largest}, factor = 2 }}", largest / 8);
    for line in study.lines() {
        let key = line.split(' ').next().unwrap_or_default();
        let replaced = match key {
            "sizes" => &sizes,
            "width" => "width = 16",
            "epochs" => "steps = 60",
            "minimum_steps" => "patience = 0",
            "validation" | "test" => &format!("{key} = 0.003"),
            "vocabulary" => "vocabulary = 500",
            _ => line,
        };
        quick.push_str(replaced);
        quick.push('\n');
    }
    fs::create_dir_all(folder).unwrap();
    write(&folder.join("study.toml"), &quick);
}

#[test]
fn each_demo_of_sequences_hides_its_largest_size_and_says_how_it_came_out() {
    let demos = [
        ("char-lm", 8_192, "characters"),
        ("word-lm", 8_192, "tokens"),
        ("translation", 1_024, "examples"),
        ("speech", 32, "seconds"),
    ];
    for (kind, largest, unit) in demos {
        let place = tempfile::tempdir().unwrap();
        quick_demo(kind, largest, &place.path().join(format!("tenfold-demo-{kind}")));
        let ran = run_well(place.path(), &["demo", kind]);
        let largest = if largest < 1_000 {
            largest.to_string()
        } else {
            format!("{},{:03}", largest / 1_000, largest % 1_000)
        };
        let hidden = format!("The largest size, {largest} {unit}, is hidden first");
        assert!(ran.stderr.contains(&hidden), "{}", ran.stderr);
        assert!(ran.stderr.contains("Now the hidden size is measured"), "{}", ran.stderr);
        assert!(
            ran.stdout.contains(&format!("at {largest} is "))
                && ran.stdout.contains("of the forecast"),
            "{}",
            ran.stdout
        );
        assert!(place.path().join(format!("tenfold-demo-{kind}/.tenfold/report.html")).exists());
        // The same again trains nothing and says the same.
        let again = run_well(place.path(), &["demo", kind]);
        assert!(again.stderr.contains("0 trials trained"), "{}", again.stderr);
        assert_eq!(again.stdout, ran.stdout);
        // Every line that a program is given is JSON: the two runs, both answers and the check.
        let json = run_well(place.path(), &["--json", "demo", kind]);
        let schemas: Vec<String> = json
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter_map(|value| Some(value["schema"].as_str()?.to_owned()))
            .filter(|schema| schema != "tenfold.run/1")
            .collect();
        assert_eq!(schemas.len(), 3, "{schemas:?}");
    }
}
