//! Studies of recordings: sizes in seconds, speakers held out, and what `init` writes.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use crate::program::{has_python, run, run_well, trial_folders, write_study};

/// Reports edits that fall with the number of recordings it is told.
const LISTEN: &str = r#"
import json, sys
indices, test, out = sys.argv[1:4]
told = sum(1 for _ in open(indices))
rows = [[int(40 * told ** -0.4), 40] for _ in open(test)]
json.dump({"error": rows[0][0] / 40, "per_example": rows}, open(out, "w"))
"#;

const STUDY: &str = r#"
[data]
builtin = "spoken-digits"
split = "group:speaker"
validation = 120
test = 120
[shards]
unit = "seconds"
sizes = [16, 64, 128]
seeds = 1
[metric]
name = "character_error_rate"
[[model]]
name = "mine"
command = ["python3", "listen.py", "{indices}", "{test}", "{out}"]
inputs = ["listen.py"]
"#;

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn seconds_are_counted_and_written_out() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("listen.py"), LISTEN);
    write_study(folder.path(), STUDY);
    let ran = run_well(folder.path(), &["run"]);
    assert!(ran.stderr.contains("3 sizes from 16 to 128 seconds"), "{}", ran.stderr);
    run_well(folder.path(), &["report", "-o", "report.html"]);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(
        page.contains("sizes count seconds: 312 (5m12s) in all"),
        "the length is not written out"
    );
    // A digit takes a bit less than half a second.
    for trial in trial_folders(folder.path()) {
        let text = fs::read_to_string(trial.join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&text).unwrap();
        let told = (40.0 / (result["test_error"].as_f64().unwrap() * 40.0)).powf(2.5);
        let seconds = result["size"].as_f64().unwrap();
        assert!((1.2..4.5).contains(&(told / seconds)), "{told} {seconds}");
    }
}

#[test]
fn a_study_of_recordings_is_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_well(folder.path(), &["init", "--builtin", "spoken-digits"]);
    assert!(ran.stderr.contains("720 recordings"), "{}", ran.stderr);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("split = \"group:speaker\"") && text.contains("to = 128,"), "{text}");
    let study = tenfold::study::load(&folder.path().join("study.toml")).unwrap();
    assert_eq!(study.sizes(Some(208)).unwrap(), [2, 4, 8, 16, 32, 64, 128]);
}

/// A WAV file of `milliseconds` of a tone, 8,000 samples of 16 bits a second.
fn tone(hertz: f64, milliseconds: u32) -> Vec<u8> {
    let count = 8 * milliseconds;
    let sample = |at: u32| (9_000.0 * (f64::from(at) * hertz / 8_000.0 * TAU).sin()) as i16;
    let mut bytes = Vec::new();
    let number = |bytes: &mut Vec<u8>, number: u32| bytes.extend(number.to_le_bytes());
    bytes.extend(b"RIFF");
    number(&mut bytes, 36 + 2 * count);
    bytes.extend(b"WAVEfmt ");
    for part in [16, 0x0001_0001, 8_000, 16_000, 0x0010_0002] {
        number(&mut bytes, part);
    }
    bytes.extend(b"data");
    number(&mut bytes, 2 * count);
    bytes.extend((0..count).flat_map(|at| sample(at).to_le_bytes()));
    bytes
}

/// Recordings of five speakers in a folder each, and rows of a table: file, speaker and what is said.
#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn recorded(folder: &Path) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for speaker in ["ann", "ben", "cy", "dee", "eve"] {
        fs::create_dir_all(folder.join("recordings").join(speaker)).unwrap();
        for at in 0..12_u32 {
            let name = format!("{speaker}/{at}.wav");
            let file = folder.join("recordings").join(&name);
            fs::write(file, tone(300.0 + 100.0 * f64::from(at % 3), 400 + 20 * at)).unwrap();
            let said = ["low hum", "mid hum", "high tone"][at as usize % 3];
            rows.push([name, speaker.to_owned(), said.to_owned()]);
        }
    }
    rows
}

/// The study that `init` wrote, made so small that it runs in a second.
fn made_small(folder: &Path) {
    let mut study = fs::read_to_string(folder.join("study.toml")).unwrap();
    for (from, to) in [
        ("width = 128", "width = 8\ndepth = 1\nchannels = 2"),
        ("epochs = 60 ", "steps = 6 "),
        ("minimum_steps = 2000", "batch = 4"),
        ("dropout = [0.1, 0.3]", "dropout = [0.1]"),
        ("seeds = 3 ", "seeds = 1 "),
    ] {
        assert!(study.contains(from), "{study}");
        study = study.replace(from, to);
    }
    write(&folder.join("study.toml"), &study);
}

#[test]
fn a_folder_of_recordings_and_a_table_of_transcripts_make_a_study_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let rows = recorded(folder.path());
    let lines = rows.iter().map(|[file, who, said]| format!("{who},{said},{file}\n"));
    write(
        &folder.path().join("all.csv"),
        &format!("speaker,said,take\n{}", lines.collect::<String>()),
    );
    // Names in this one go from the table on, and objects have no order that matters.
    let lines = rows.iter().map(|[file, who, said]| {
        format!("{{\"who\": \"{who}\", \"file\": \"recordings/{file}\", \"text\": \"{said}\"}}\n")
    });
    write(&folder.path().join("all.jsonl"), &lines.collect::<String>());

    let ran = run_well(folder.path(), &["init", "recordings/", "--transcripts", "all.csv"]);
    assert!(
        ran.stderr.contains(
            "recordings in column `take`, transcripts in `said`; speakers in `speaker`, held out whole"
        ),
        "{}",
        ran.stderr
    );
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    for line in [
        "path = \"all.csv\"",
        "format = \"speech\"",
        "recordings = \"recordings\"",
        "split = \"group:speaker\"",
        "unit = \"seconds\"",
    ] {
        assert!(study.contains(line), "{study}");
    }
    run_well(folder.path(), &["run", "--dry-run"]);
    made_small(folder.path());
    run_well(folder.path(), &["run"]);
    run_well(folder.path(), &["report"]);

    let of_json = ["init", "recordings", "--transcripts", "all.jsonl", "--force"];
    let ran = run_well(folder.path(), &of_json);
    assert!(
        ran.stderr.contains(
            "recordings in column `file`, transcripts in `text`; no column of speakers, held out at random"
        ),
        "{}",
        ran.stderr
    );
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(!study.contains("recordings = ") && !study.contains("split = "), "{study}");
    run_well(folder.path(), &["run", "--dry-run"]);
}

#[test]
fn lines_that_cannot_be_used_are_left_out_by_init() {
    let folder = tempfile::tempdir().unwrap();
    let rows = recorded(folder.path());
    let lines = rows.iter().map(|[file, who, said]| format!("{who},{said},{file}\n"));
    let lines = lines.collect::<String>();
    write(
        &folder.path().join("all.csv"),
        &format!("speaker,said,take\n{lines}eve,gone,gone.wav\n"),
    );
    let init = ["init", "recordings", "--transcripts", "all.csv"];
    let ran = run(folder.path(), &init);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("line 62 of `all.csv` names `gone.wav`, which is not there")
            && ran.stderr.contains("hint: mend that line, or leave it out: `--skip-bad 1`"),
        "{}",
        ran.stderr
    );
    let ran = run_well(folder.path(), &[&init[..], &["--skip-bad", "1"]].concat());
    assert!(ran.stderr.contains("1 line left out (`skip_bad`)"), "{}", ran.stderr);
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(study.contains("\nskip_bad = 1\n"), "{study}");
    run_well(folder.path(), &["run", "--dry-run"]);
    // Pairs of texts; a table has no lines that could be left out.
    let (english, spanish) = ("a b\n".repeat(400), "c d\n".repeat(399) + "\n");
    write(&folder.path().join("a.en"), &english);
    write(&folder.path().join("a.es"), &spanish);
    let init = ["init", "a.en", "a.es", "--force"];
    let message = run(folder.path(), &init).stderr;
    assert!(message.contains("leave it out: `--skip-bad 1`"), "{message}");
    run_well(folder.path(), &[&init[..], &["--skip-bad", "1"]].concat());
    write(&folder.path().join("t.csv"), "text,mark\none,1\ntwo,2\n");
    let message =
        run(folder.path(), &["init", "t.csv", "--text", "text", "--skip-bad", "1", "--force"])
            .stderr;
    assert!(message.contains("`skip_bad` is given for `t.csv`"), "{message}");
}

#[test]
fn a_folder_and_a_table_that_do_not_go_together_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let rows = recorded(folder.path());
    let refused = |arguments: &[&str]| {
        let ran = run(folder.path(), &[&["init"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(!folder.path().join("study.toml").exists());
        ran.stderr
    };
    let table = |header: &str, row: &dyn Fn(&[String; 3]) -> String| {
        let lines: String = rows.iter().map(row).collect();
        write(&folder.path().join("all.csv"), &format!("{header}\n{lines}"));
        refused(&["recordings", "--transcripts", "all.csv"])
    };
    let message = table("a,b", &|[_, who, said]| format!("{who},{said}\n"));
    assert!(message.contains("`all.csv` has no column that names recordings"), "{message}");
    assert!(message.contains("hint: say which column it is: `--audio COLUMN`"), "{message}");
    let message = table("file,a,b", &|[file, who, said]| format!("x{file},{who},{said}\n"));
    assert!(
        message.contains("no recording that column `file` of `all.csv` names is there"),
        "{message}"
    );
    let message = table("file,n", &|[file, ..]| format!("{file},7\n"));
    assert!(message.contains("`all.csv` has no column of transcripts"), "{message}");
    let message = refused(&["recordings", "--transcripts", "all.csv", "--text", "said"]);
    assert!(message.contains("`all.csv` has no column `said`"), "{message}");
    fs::create_dir_all(folder.path().join("silent/within")).unwrap();
    let message = refused(&["silent", "--transcripts", "all.csv"]);
    assert!(message.contains("`silent` holds no WAV, FLAC, Ogg Vorbis or MP3 file"), "{message}");
    let message = refused(&["record", "--transcripts", "all.csv"]);
    assert!(
        message.contains("`record` is not there; `.` has `all.csv`, `recordings`"),
        "{message}"
    );
    let message = refused(&["recordings"]);
    assert!(message.contains("nobody said what is said in the recordings"), "{message}");
    assert!(message.contains("tenfold init recordings --transcripts FILE"), "{message}");
}

/// Parquet as Hugging Face stores recordings, with a speaker and a sentence each.
fn parquet_of(folder: &Path, rows: &[[String; 3]]) {
    let schema = "message train {
        optional group audio { optional binary bytes; optional binary path (UTF8); }
        optional binary sentence (UTF8);
        optional int64 speaker_id;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = fs::File::create(folder.join("train.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    for rows in rows.chunks(7) {
        let mut group = writer.next_row_group().unwrap();
        let texts: [Vec<ByteArray>; 3] = [
            rows.iter()
                .map(|[file, ..]| fs::read(folder.join("recordings").join(file)).unwrap().into())
                .collect(),
            rows.iter().map(|[file, ..]| file.as_str().into()).collect(),
            rows.iter().map(|[.., said]| said.as_str().into()).collect(),
        ];
        for (texts, level) in texts.iter().zip([2, 2, 1]) {
            let mut column = group.next_column().unwrap().unwrap();
            let levels = vec![level; rows.len()];
            column.typed::<ByteArrayType>().write_batch(texts, Some(&levels), None).unwrap();
            column.close().unwrap();
        }
        let mut column = group.next_column().unwrap().unwrap();
        let speakers: Vec<i64> =
            rows.iter().map(|[_, who, _]| i64::from(who.bytes().next().unwrap())).collect();
        let levels = vec![1; rows.len()];
        column.typed::<Int64Type>().write_batch(&speakers, Some(&levels), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn parquet_with_recordings_in_it_makes_a_study_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    parquet_of(folder.path(), &recorded(folder.path()));
    fs::remove_dir_all(folder.path().join("recordings")).unwrap();
    let init = |arguments: &[&str]| {
        run(folder.path(), &[&["init", "train.parquet", "--force"], arguments].concat())
    };
    let ran = init(&["--text", "text"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "`train.parquet` has no column `text`; it has `sentence`, `speaker_id`\nhint: say which column it \
             is: `--text COLUMN`"
        ),
        "{}",
        ran.stderr
    );
    for arguments in [&[][..], &["--text", "sentence", "--audio", "audio"]] {
        let ran = init(arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
        assert!(study.contains("path = \"train.parquet\""), "{study}");
        assert!(study.contains("split = \"group:speaker_id\""), "{study}");
        run_well(folder.path(), &["run", "--dry-run"]);
    }
    made_small(folder.path());
    run_well(folder.path(), &["run"]);
    run_well(folder.path(), &["report"]);
}

#[test]
fn what_does_not_fit_recordings_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("listen.py"), LISTEN);
    let told = |from: &str, to: &str| {
        write_study(folder.path(), &STUDY.replace(from, to));
        run(folder.path(), &["run", "--dry-run"]).stderr
    };
    let message = told("\"seconds\"", "\"tokens\"");
    assert!(message.contains("counted in `seconds` and `examples`"), "{message}");
    let message = told("[[model]]", "[[model]]\nname = \"cnn\"\nlearner = \"cnn\"\n[[model]]");
    assert!(message.contains("which hears nothing"), "{message}");
}

/// A speaker of the training data in a test file would be no new speaker.
#[test]
fn a_test_file_that_shares_a_group_with_the_training_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..60).map(|at| format!("{at},{},{}\n", at % 2, at / 6));
    write(&folder.path().join("train.csv"), &format!("x,y,who\n{}", rows.collect::<String>()));
    write(&folder.path().join("test.csv"), "x,y,who\n1,0,77\n2,1,3\n");
    let text = "[data]\npath = \"train.csv\"\nlabel = \"y\"\nsplit = \"group:who\"\nvalidation = 12\n\
                test = \"test.csv\"\n[shards]\nsizes = [8, 16]\n[[model]]\nname = \"a\"\nlearner = \"linear\"\n";
    write_study(folder.path(), text);
    let ran = run(folder.path(), &["run", "--dry-run"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("row 2 of the file that `data.test` names has `who` 3"),
        "{}",
        ran.stderr
    );
    write(&folder.path().join("test.csv"), "x,y,who\n1,0,77\n2,1,78\n");
    run_well(folder.path(), &["run", "--dry-run"]);
}
