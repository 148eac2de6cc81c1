//! Recordings: every format decoded, tables and folders of them, and what is refused.

use std::fmt::Write as _;
use std::fs;

use tenfold_data::{
    CHARACTERS, Dataset, Encoder, ExampleKind, Format, InputShape, ShardOrder, Source,
    SpeechChoice, Targets, Unit, read, shard_content_hash, speech_files,
};

use crate::files::{Folder, fixture, keyed, source};

/// The mean of both channels of `fixtures/sound/stereo.wav`, at 16 kHz: tones of 440 and 880 Hz.
fn tones(at: usize) -> f32 {
    let tone = |tone: f64, height: f64| {
        (height * (2.0 * std::f64::consts::PI * tone * at as f64 / 16_000.0).sin()).trunc()
    };
    (f64::midpoint(tone(440.0, 8_000.0), tone(880.0, 4_000.0)) / 32_768.0) as f32
}

fn sound(name: &str) -> Vec<u8> {
    fs::read(fixture("sound").join(name)).unwrap()
}

/// A folder with one recording in four formats, and a table of them.
fn folder() -> Folder {
    let folder = Folder::with("clips/a.wav", sound("stereo.wav"));
    for (name, of) in [("b.flac", "stereo.flac"), ("c.ogg", "stereo.ogg"), ("d.mp3", "stereo.mp3")]
    {
        folder.write(&format!("clips/{name}"), sound(of));
    }
    let table = "client_id\tpath\tsentence\tage\n\
                 eve\ta.wav\tZwei \"Töne\"\t30\n\
                 eve\tb.flac\ttwo tones\t30\n\
                 bob\tc.ogg\ttwo tones\t\n\
                 ann\td.mp3\ttones\t41\n";
    folder.write("validated.tsv", table);
    folder
}

fn cells(dataset: &Dataset, name: &str) -> Vec<String> {
    let cells = &dataset.columns.get(name).unwrap().cells;
    (0..dataset.len()).map(|row| cells.text(row).unwrap_or_default()).collect()
}

#[test]
fn every_format_is_decoded_to_one_channel() {
    let folder = folder();
    let source = source("speech", &folder.path("validated.tsv"));
    assert_eq!(source.examples(), Some(ExampleKind::Sound));
    let dataset = read(&source).unwrap();
    assert!(matches!(dataset.targets, Targets::Transcripts { examples: 4 }));
    let sounds = dataset.recordings().unwrap().sounds;
    assert_eq!(sounds.rate(), 16_000);
    // Two are exact; Vorbis and MP3 keep what is heard, and their encoders stand some samples off.
    for row in 0..2 {
        let samples = sounds.row(row).unwrap();
        assert_eq!((samples.len(), sounds.samples(row)), (1_600, 1_600));
        for (at, sample) in samples.iter().enumerate() {
            assert_eq!(*sample, tones(at), "{row} {at}");
        }
        assert_eq!(sounds.milliseconds(row), 100);
    }
    let power = |samples: &[f32]| samples.iter().map(|one| one * one).sum::<f32>() / 1_600.0;
    let wanted = power(&sounds.row(0).unwrap());
    for row in 2..4 {
        let samples = sounds.row(row).unwrap();
        assert_eq!(samples.len() as u64, sounds.samples(row), "{row}");
        let found = power(&samples);
        assert!((0.9..1.1).contains(&(found / wanted)), "{row}: {found} {wanted}");
    }
    let vorbis = sounds.row(2).unwrap();
    let furthest = (200..1_400).map(|at| (vorbis[at] - tones(at)).abs()).fold(0.0, f32::max);
    // A hundredth of full scale: the tones are a sixth of it.
    assert!(furthest < 0.01, "{furthest}");
}

#[test]
fn transcripts_are_as_written_and_other_columns_split() {
    let folder = folder();
    let dataset = read(&source("speech", &folder.path("validated.tsv"))).unwrap();
    let transcripts = dataset.recordings().unwrap().transcripts;
    assert_eq!(transcripts.row(0).unwrap(), "Zwei \"Töne\"");
    assert_eq!(dataset.columns.names(), ["client_id", "age"]);
    assert_eq!(cells(&dataset, "client_id"), ["eve", "eve", "bob", "ann"]);
    let half = keyed("speech", &folder.path("validated.tsv"), &[("rate", "8000")]);
    let half = read(&half).unwrap();
    let sounds = half.recordings().unwrap().sounds;
    assert_eq!((sounds.rate(), sounds.samples(0)), (8_000, 800));
    assert_eq!(sounds.row(0).unwrap().len(), 800);
    assert_ne!(half.content_hash, dataset.content_hash);
    folder.write(
        "named.csv",
        "said,who,where\n\"one, two\",eve,clips/a.wav\nthree,bob,clips/b.flac\n",
    );
    let keys = [("audio", "where"), ("transcript", "said")];
    let named = read(&keyed("speech", &folder.path("named.csv"), &keys)).unwrap();
    assert_eq!(named.recordings().unwrap().transcripts.row(0).unwrap(), "one, two");
    assert_eq!(named.columns.names(), ["who"]);
}

#[test]
fn columns_and_folder_are_told_from_what_the_cells_name() {
    let folder = folder();
    folder.write(
        "lists/all.jsonl",
        "{\"take\": 1, \"in\": \"a.wav\", \"says\": \"two tones\", \"by\": \"eve\"}\n\n\
         {\"says\": \"tones\", \"by\": \"bob\", \"in\": \"d.mp3\"}\n\
         {\"says\": \"two low tones\", \"by\": \"bob\", \"in\": \"b.flac\"}\n",
    );
    let [clips, table] = ["clips", "lists/all.jsonl"].map(|name| folder.path(name));
    let files = speech_files(&clips, &table, SpeechChoice::default()).unwrap();
    assert_eq!(files.key("audio").zip(files.key("transcript")), Some(("in", "says")));
    assert_eq!(
        files.key("recordings"),
        Some(&*clips.to_string_lossy()),
        "it is beside the table's"
    );
    let dataset = read(&Source::Files(files)).unwrap();
    assert_eq!(dataset.recordings().unwrap().transcripts.row(2).unwrap(), "two low tones");
    assert_eq!(cells(&dataset, "take"), ["1", "", ""]);
    // From the table on, a folder is named by what comes after the table's.
    let table = folder.path("all.csv");
    folder.write("all.csv", "wav,text\na.wav,tones\nd.mp3,two tones\n");
    let files = speech_files(&clips, &table, SpeechChoice::default()).unwrap();
    assert_eq!(files.key("recordings"), None, "clips are found beside a table");
    fs::rename(&clips, folder.path("takes")).unwrap();
    let files = speech_files(&folder.path("takes"), &table, SpeechChoice::default()).unwrap();
    assert_eq!(files.key("recordings"), Some("takes"));
    let other = SpeechChoice { transcript: Some("said"), ..SpeechChoice::default() };
    let error = speech_files(&folder.path("takes"), &table, other).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "`DIR/all.csv` has no column `said`; it has `wav`, `text`"
    );
}

#[test]
fn folders_of_librispeech_are_read_with_speaker_and_chapter() {
    let folder = Folder::with(
        "dev/84/121123/84-121123.trans.txt",
        "84-121123-0000 GO DO YOU HEAR\n84-121123-0001 BUT IN LESS\n",
    );
    folder.write("dev/174/50561/174-50561.trans.txt", "174-50561-0000 FORGOTTEN TOO\n");
    for name in ["84/121123/84-121123-0000", "84/121123/84-121123-0001", "174/50561/174-50561-0000"]
    {
        folder.write(&format!("dev/{name}.flac"), sound("stereo.flac"));
    }
    let path = folder.path("dev");
    assert_eq!(Format::of_path(&path), Format::named("librispeech"));
    let dataset = read(&source("librispeech", &path)).unwrap();
    let transcripts = dataset.recordings().unwrap().transcripts;
    let texts: Vec<String> = (0..3).map(|row| transcripts.row(row).unwrap()).collect();
    assert_eq!(texts, ["FORGOTTEN TOO", "GO DO YOU HEAR", "BUT IN LESS"]);
    assert_eq!(cells(&dataset, "speaker"), ["174", "84", "84"]);
    assert_eq!(cells(&dataset, "chapter"), ["174-50561", "84-121123", "84-121123"]);
    assert_eq!(cells(&dataset, "recording")[1], "84-121123-0000");
}

#[test]
fn a_shard_holds_so_many_seconds_of_whole_recordings() {
    let folder = Folder::new();
    let mut table = String::from("file\ttext\n");
    for at in 0..25 {
        folder.write(&format!("{at}.wav"), sound("stereo.wav"));
        let _ = writeln!(table, "{at}.wav\tnumber {at}");
    }
    folder.write("all.tsv", table);
    let dataset = read(&source("speech", &folder.path("all.tsv"))).unwrap();
    let unit = Unit::named("seconds").unwrap();
    assert!(unit.counts(&dataset) && !Unit::named("characters").unwrap().counts(&dataset));
    let order = ShardOrder::new(&dataset, (0..25).collect(), unit).unwrap();
    // Each is a tenth of a second.
    assert_eq!(order.units(), 2);
    for (size, rows) in [(1, 10), (2, 20), (3, 25)] {
        let shard = order.shard(size);
        assert_eq!((shard.rows.len(), shard.units_of_last), (rows, None), "{size}");
    }
    let hash = |rows: &[u32]| shard_content_hash(&dataset, rows.into());
    assert_ne!(hash(&[0]), hash(&[1]), "transcripts count");
    let transcripts = dataset.recordings().unwrap().transcripts;
    let vocabulary = transcripts.fit_vocabulary(&[0, 1], CHARACTERS, 100).unwrap();
    assert_eq!(Encoder::fit(&dataset, &[0]).shape(), InputShape::Ragged);
    let heard = dataset.with_transcript_vocabulary(&vocabulary.into()).unwrap();
    // `number 01` and two more numbers.
    let shape = InputShape::Sounds { rate: 16_000, vocabulary: 11 };
    assert_eq!(Encoder::fit(&heard, &[0]).shape(), shape);
    let chosen = heard.select(&[3, 1]);
    assert_eq!(chosen.recordings().unwrap().transcripts.row(0).unwrap(), "number 3");
}

#[test]
fn a_recording_that_changed_is_no_recording() {
    let folder = folder();
    let dataset = read(&source("speech", &folder.path("validated.tsv"))).unwrap();
    folder.write("clips/a.wav", sound("stereo.flac"));
    let error = dataset.recordings().unwrap().sounds.row(0).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "`DIR/clips/a.wav` was changed after it was read"
    );
}

/// What is said of a table with this line, and then of it with the line left out.
fn told(folder: &Folder, line: &str) -> String {
    folder.write("bad.tsv", format!("path\tsentence\na.wav\tfine\n{line}\n"));
    let path = folder.path("bad.tsv");
    let left = read(&keyed("speech", &path, &[("skip_bad", "1")])).unwrap();
    assert_eq!((left.len(), left.numbers.as_deref()), (1, Some(&[0][..])));
    let error = read(&source("speech", &path)).unwrap_err();
    assert_eq!(error.hint().unwrap(), "mend that line, or leave it out: `skip_bad = 1`");
    folder.neutral(&error.to_string())
}

#[test]
fn what_cannot_be_heard_is_told_with_its_line() {
    let folder = folder();
    let bad = |what: &str| {
        format!("line 3 of `DIR/bad.tsv` {what}, needed a recording and its transcript")
    };
    assert_eq!(told(&folder, "b.flac\t "), bad("has no transcript"));
    assert_eq!(told(&folder, "z.wav\tgone"), bad("names `z.wav`, which is not there"));
    folder.write("clips/text.wav", "this is no sound");
    assert_eq!(
        told(&folder, "text.wav\tno sound"),
        bad("names `text.wav`, which is no WAV, FLAC, Ogg Vorbis or MP3")
    );
    let header = sound("stereo.wav")[..44].to_vec();
    let mut empty = header.clone();
    empty[4..8].copy_from_slice(&36_u32.to_le_bytes());
    empty[40..44].copy_from_slice(&0_u32.to_le_bytes());
    folder.write("clips/empty.wav", &empty);
    assert_eq!(told(&folder, "empty.wav\tsilence"), bad("names `empty.wav`, which has no samples"));
    // A codec that is none: format tag 0x1234.
    let mut other = sound("stereo.wav");
    other[20..22].copy_from_slice(&0x1234_u16.to_le_bytes());
    folder.write("clips/other.wav", &other);
    let message = told(&folder, "other.wav\tsecret");
    assert!(message.starts_with("line 3 of `DIR/bad.tsv` names `other.wav`, which "), "{message}");
    folder.write("none.tsv", "name\tsaid\na\tb\n");
    let error = read(&source("speech", &folder.path("none.tsv"))).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "`DIR/none.tsv` has no column that names recordings, such as `path`; it has `name`, `said`"
    );
    assert_eq!(error.hint().unwrap(), "say which it is: `audio = \"COLUMN\"`");
}

#[test]
fn another_alphabet_is_told_with_the_recording() {
    let folder = folder();
    folder.write("train.tsv", "path\tsentence\na.wav\ttwo tones\nb.flac\ttones\n");
    folder.write("test.tsv", "path\tsentence\na.wav\ttwo\nb.flac\tTONES\n");
    let [train, test] =
        ["train.tsv", "test.tsv"].map(|name| read(&source("speech", &folder.path(name))).unwrap());
    let error = test.align_to(&train).unwrap_err();
    assert_eq!(
        error.to_string(),
        "recording 2 has `T` in its transcript `TONES`, and no transcript of the training data has; they are \
         written with ` enostw`"
    );
    let half = read(&keyed("speech", &folder.path("train.tsv"), &[("rate", "8000")])).unwrap();
    let aligned = train.align_to(&half).unwrap();
    assert_eq!(aligned.recordings().unwrap().sounds.rate(), 8_000);
}

#[test]
fn parquet_with_recordings_in_it_is_read() {
    let folder = folder();
    folder.write("train.parquet", fs::read(fixture("recordings.parquet")).unwrap());
    folder.write("beside.wav", sound("stereo.wav"));
    let path = folder.path("train.parquet");
    assert_eq!(Format::of_path(&path), Format::named("speech-parquet"));
    for other in ["texts.parquet", "images.parquet"] {
        assert_eq!(Format::of_path(&fixture(other)), Format::named("parquet"), "{other}");
    }
    let error = read(&source("speech-parquet", &path)).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "row 6 of `DIR/train.parquet` names `audio.5`, which is not there, needed a recording and its \
         transcript"
    );
    let dataset = read(&keyed("speech-parquet", &path, &[("skip_bad", "1")])).unwrap();
    let recorded = dataset.recordings().unwrap();
    assert_eq!((recorded.sounds.len(), recorded.sounds.rate()), (5, 16_000));
    let tables = read(&source("speech", &folder.path("validated.tsv"))).unwrap();
    let apart = tables.recordings().unwrap().sounds;
    // WAV, FLAC, Ogg Vorbis, the WAV beside the table, and MP3.
    for (inside, outside) in [(0, 0), (1, 1), (2, 2), (3, 0), (4, 3)] {
        let [inside, outside] = [(recorded.sounds, inside), (apart, outside)]
            .map(|(sounds, row)| sounds.row(row).unwrap());
        assert_eq!(inside, outside);
    }
    let said: Vec<String> = (0..5).map(|row| recorded.transcripts.row(row).unwrap()).collect();
    assert_eq!(said, ["two tones", "TWO", "tones", "beside", "nameless"]);
    assert_eq!(cells(&dataset, "speaker_id"), ["84", "84", "1272", "84", "1272"]);
    let told = |key, value| {
        let error = read(&keyed("speech-parquet", &path, &[(key, value)])).unwrap_err();
        folder.neutral(&error.to_string())
    };
    assert_eq!(told("audio", "sound"), "`DIR/train.parquet` has no column `sound`; it has `audio`");
    let transcript = told("transcript", "txt");
    assert!(transcript.contains("has no column `txt`"), "{transcript}");
}
