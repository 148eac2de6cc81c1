//! Results that cannot be used: each fails its trial with a reason that suggests what to do.

use super::ran;

/// The reason `tenfold run` gives for giving the command up.
fn reason(script: &str, more: &str) -> String {
    let (folder, ran) = ran(script, &format!("retries = 0\n{more}"));
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.stdout, ran.stderr);
    let (_, reason) = ran.stderr.split_once("mine never worked, tried at 10 and 20: ").unwrap();
    let (reason, _) = reason.split_once("; its 4 other trials are not started (log: ").unwrap();
    let folder = folder.path().canonicalize().unwrap();
    reason.replace(&folder.display().to_string(), "STUDY")
}

fn check(script: &str, more: &str, expected: &str) {
    let found = reason(script, more);
    assert!(found.contains(expected), "{script}: {found}");
}

#[test]
fn a_result_that_is_none_says_what_is_wrong_with_it() {
    check("true", "", "ended well but wrote no result to");
    check("echo 'error: 3' > {out}", "", "line 1 column 1; it begins with `error: 3`");
    check("echo > {out}", "", "its result is empty: the command has to write JSON to `{out}`");
    check("echo '[1]' > {out}", "", "its result is not JSON: an object is needed");
    check("echo '{{\"error\": NaN}}' > {out}", "", "holds NaN or infinity: the training diverged?");
    check("echo '{{\"loss\": 3}}' > {out}", "", "has no number `error`, only `loss`");
    check("echo '{{\"error\": \"0.5\"}}' > {out}", "", "says error = \"0.5\", a number is needed");
    check("echo '{{\"error\": null}}' > {out}", "", "says error = null, a number is needed");
    check(
        "echo '{{\"error\": 0.5, \"validation_error\": \"0.4\"}}' > {out}",
        "",
        "says validation_error = \"0.4\", a number is needed",
    );
    check(
        "echo '{{\"error\": 0.5, \"steps\": null, \"converged\": \"no\"}}' > {out}",
        "",
        "says converged = \"no\", true or false is needed",
    );
    check("echo '{{}}' > {out}", "", "has no number `error`, only nothing");
    check("echo '{{\"error\": -1}}' > {out}", "", "says error = -1, a number of at least 0");
    check(
        "echo '{{\"error\": 0.5, \"trial\": \"abc\"}}' > {out}",
        "",
        "its result is of trial abc, not of ",
    );
    check(
        "echo '{{\"error\": 0.5, \"per_example\": [0, 0, 0, 1]}}' > {out}",
        "",
        "the mean of `per_example` is 0.25, and the error is 0.5",
    );
}

#[test]
fn what_stands_in_place_of_a_result_is_not_waited_for() {
    check("mkdir {out}", "", "a folder is in place of its result, `STUDY/.tenfold/trials/");
    check("mkfifo {out}", "", "a pipe is in place of its result");
    check("ln -s /dev/zero {out}", "", "a device is in place of its result");
    check(
        "echo '{{\"error\": 0.5}}' > r; mkfifo p; ln -s $PWD/p {out}; rm r",
        "",
        "a pipe is in place",
    );
    let (_folder, linked) =
        ran("echo '{{\"error\": 0.'{size}'}}' > r{size}; ln -s $PWD/r{size} {out}", "");
    assert_eq!(linked.code, Some(0), "{}", linked.stderr);
}

#[test]
fn a_result_is_read_as_far_as_it_may_be() {
    let long = "(echo '{{\"error\": 0.5, \"log\": \"'; head -c 3000000 /dev/zero | tr '\\0' x; echo '\"}}') \
                | tr -d '\\n' > {out}";
    check(long, "result_limit = \"1M\"", "its result is longer than 1048576 bytes");
    check(long, "result_limit = \"1M\"", "raise `result_limit`");
    let (_folder, whole) = ran(&long.replace("0.5", "0.{size}"), "result_limit = \"4M\"");
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
}

#[test]
fn a_result_of_more_fields_than_anybody_names_is_refused() {
    let script = "awk 'BEGIN {{ printf \"{{\\\"error\\\": 0.5\"; for (i = 0; i < 132000; i++) \
                  printf \",\\\"k%d\\\": 1\", i; print \"}}\" }}' > {out}";
    check(script, "", "its result has more than 131072 fields");
}

#[test]
fn a_result_with_a_byte_order_mark_is_read() {
    let (_folder, marked) = ran("printf '\\357\\273\\277{{\"error\": 0.'{size}'}}' > {out}", "");
    assert_eq!(marked.code, Some(0), "{}", marked.stderr);
    let wide = "printf '{{\"error\": 0.'{size}'}}' | iconv -t UTF-16 > {out}";
    let (_folder, marked) = ran(wide, "");
    assert_eq!(marked.code, Some(0), "{}", marked.stderr);
    check("printf '\\357\\273\\277' > {out}", "", "its result is empty");
}

#[test]
fn a_command_that_fails_is_quoted() {
    check("echo 'no such file: data.bin' >&2; exit 3", "", "exit status 3: no such file: data.bin");
    check("kill -9 $$", "", "ended by signal 9 (out of memory?)");
    check("echo '{{\"error\": 1e999}}' > {out}", "", "holds NaN or infinity");
    check("sleep 60", "timeout = \"0.2s\"", "took longer than its time limit, 0.2 s");
}

#[test]
fn a_command_cannot_use_more_memory_than_it_may() {
    // `tail` keeps text without line ends in memory.
    let script = "head -c 300000000 /dev/zero | tail > /dev/null || exit 4
echo '{{\"error\": 0.'{size}'}}' > {out}";
    check(script, "memory = \"100M\"", "exit status 4");
    let (_folder, ran) = ran(script, "memory = \"2G\"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_metric_above_its_best_may_be_a_percentage() {
    let (_folder, ran) = ran(
        "echo '{{\"accuracy\": 97.5}}' > {out}",
        "retries = 0\n[metric]\nname = \"accuracy\"\ndirection = \"higher\"",
    );
    let expected = "says accuracy = 97.5, above the best there is, 1: if it is a percentage, add \
                    `best = 100` to `[metric]`";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn standard_output_is_searched_for_the_last_match() {
    let script = "echo 'epoch 1 error=0.9'; echo 'epoch 2 error=0.'{size}; echo done";
    let (folder, finished) = ran(script, "result = 'error=([0-9.]+)'");
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let log = crate::program::run_well(folder.path(), &["fit", "--json"]);
    assert!(log.stdout.contains("mine"));
    let trials = walk(&folder.path().join(".tenfold/trials"));
    let logs: Vec<_> = trials.iter().filter(|path| path.ends_with("log.txt")).collect();
    assert_eq!(logs.len(), 8);
    for log in logs {
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("epoch 1 error=0.9"), "standard output is in the log: {text}");
    }
    check("echo nothing", "result = 'error=([0-9.]+)'", "does not match `error=([0-9.]+)`");
    check("echo error=abc", "result = 'error=(\\S+)'", "has `abc` where a number is needed");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn sizes_that_were_not_measured_are_named_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        "case {size} in 128|512|16384) exit 1;; esac; echo '{{\\\"error\\\": 0.5}}' > {out}";
    let study = format!(
        "[shards]\nsizes = [64, 128, 512, 1024, 2048, 16384]\nseeds = 1\n[[model]]\nname = \"mine\"\n\
         retries = 0\ncommand = [\"sh\", \"-c\", \"{script}\"]\n"
    );
    crate::program::write_study(folder.path(), &study);
    let ran = crate::program::run(folder.path(), &["run"]);
    let expected = "note: mine: not measured yet at 128, 512, 16,384\n";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}
