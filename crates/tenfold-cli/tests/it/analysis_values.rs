//! The results of the analysis are plain values, which a page or a notebook can read without the
//! command line.

use tenfold::analysis::{status::StudyStatus, subject::Subject};
use tenfold::study;

use crate::program::{run_well, write_study};

#[test]
fn a_study_and_where_it_stands_are_json_without_a_printer() {
    let folder = tempfile::tempdir().unwrap();
    write_study(
        folder.path(),
        "[study]\nname = \"values\"\n[shards]\nsizes = [10, 20]\nseeds = 1\n[[model]]\nname = \"m\"\n\
         command = [\"sh\", \"-c\", \"printf '{{\\\"error\\\": 0.%d}}' {size} > {out}\"]\n",
    );
    run_well(folder.path(), &["run", "-q"]);
    let study = study::load(folder.path()).unwrap();
    let status = serde_json::to_value(StudyStatus::of(&study, 5).unwrap()).unwrap();
    assert_eq!(status["study"], "values");
    assert_eq!(status["models"][0][0], "m");
    assert_eq!(status["models"][0][1]["finished"], 2);
    assert_eq!(status["facts"]["sizes"], serde_json::json!([10, 20]));
    let subject = serde_json::to_value(Subject::of_study(&study, None).unwrap()).unwrap();
    assert_eq!(subject["title"], "values");
    assert_eq!(subject["unit"], "examples");
    assert_eq!(subject["curves"][0]["curve"]["description"]["name"], "m");
    assert!(subject["notes"].is_array() && subject["training"]["m"].is_object(), "{subject}");
}
