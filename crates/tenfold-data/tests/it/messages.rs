//! Every way data can be bad, with the words a person reads.

use crate::files::{
    Folder, fixture, gray_png, idx_images, idx_labels, keyed, labelled, source, targeted,
};
use tenfold_data::{DataError, Dataset, Field, Images, Source, Targets, read};

/// Message and hint of a data set that must not be read, the folder written as `DIR`.
pub(crate) fn check_refused(folder: &Folder, source: &Source, message: &str, hint: Option<&str>) {
    check_error(folder, read(source), message, hint);
}

fn check_error(
    folder: &Folder,
    result: Result<Dataset, DataError>,
    message: &str,
    hint: Option<&str>,
) {
    let Err(error) = result else { panic!("read without an error, expected: {message}") };
    assert_eq!(folder.neutral(&error.to_string()), message);
    assert_eq!(error.hint().map(|hint| folder.neutral(&hint)).as_deref(), hint);
}

fn check_csv(content: &str, label: &str, message: &str, hint: Option<&str>) {
    let folder = Folder::with("a.csv", content);
    check_refused(&folder, &labelled("csv", &folder.path("a.csv"), label), message, hint);
}

fn check_csv_target(content: &str, target: &str, message: &str, hint: Option<&str>) {
    let folder = Folder::with("a.csv", content);
    check_refused(&folder, &targeted("csv", &folder.path("a.csv"), target), message, hint);
}

/// A folder with two images of 2×2 pixels, then changed.
pub(crate) fn check_idx(change: impl Fn(&Folder), message: &str, hint: Option<&str>) {
    let folder = Folder::new();
    folder.write("train-images-idx3-ubyte", idx_images(2, 2, 2, &[0, 1, 2, 3, 4, 5, 6, 7]));
    folder.write("train-labels-idx1-ubyte", idx_labels(&[0, 1]));
    change(&folder);
    check_refused(&folder, &source("idx", &folder.path("")), message, hint);
}

/// A folder of two classes with one image of 2×2 pixels each, then changed.
pub(crate) fn check_image_folder(change: impl Fn(&Folder), message: &str, hint: Option<&str>) {
    let folder = Folder::new();
    folder.write("pets/cat/1.png", gray_png(2, 2, vec![0, 1, 2, 3]));
    folder.write("pets/dog/1.png", gray_png(2, 2, vec![4, 5, 6, 7]));
    change(&folder);
    check_refused(&folder, &source("image-folder", &folder.path("pets")), message, hint);
}

pub(crate) const AGAIN: Option<&str> = Some("copy or download the file again");

#[test]
fn missing_file_names_what_is_there() {
    let folder = Folder::with("train.csv", "x,y\n1,a\n");
    folder.write("notes.txt", "-");
    check_refused(
        &folder,
        &labelled("parquet", &folder.path("train.parquet"), "y"),
        "`DIR/train.parquet` is not there; `DIR` has `notes.txt`, `train.csv`",
        Some("did you mean `DIR/train.csv`?"),
    );
    check_refused(
        &folder,
        &source("idx", &folder.path("data/deep/x")),
        "`DIR/data/deep/x` is not there; `DIR` has `notes.txt`, `train.csv`",
        None,
    );
    check_refused(
        &folder,
        &source("image-folder", &folder.path("trian.csv")),
        "`DIR/trian.csv` is not there; `DIR` has `notes.txt`, `train.csv`",
        Some("did you mean `DIR/train.csv`?"),
    );
}

#[test]
fn folder_for_a_file_and_file_for_a_folder() {
    let folder = Folder::with("a.csv", "x,y\n1,a\n");
    check_refused(
        &folder,
        &labelled("csv", &folder.path(""), "y"),
        "`DIR` is a folder, needed a header line and rows",
        None,
    );
    check_refused(
        &folder,
        &source("image-folder", &folder.path("a.csv")),
        "`DIR/a.csv` is a file, needed a folder with one folder a class",
        None,
    );
}

#[test]
fn empty_files() {
    for (format, needed) in [
        ("csv", "a header line and rows"),
        ("jsonl", "one JSON object a line"),
        ("parquet", "a Parquet file"),
    ] {
        let folder = Folder::with("empty", "");
        let message = format!("`DIR/empty` is empty, needed {needed}");
        check_refused(&folder, &labelled(format, &folder.path("empty"), "y"), &message, None);
    }
    check_csv("x,y\n", "y", "`DIR/a.csv` is empty, needed at least one row", None);
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", ""),
        "`DIR/train-images-idx3-ubyte` is empty, needed IDX images",
        None,
    );
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", idx_images(0, 2, 2, &[])),
        "`DIR/train-images-idx3-ubyte` is empty, needed images",
        None,
    );
}

#[test]
fn one_class_only() {
    check_csv(
        "x,kind\n1,a\n2,a\n",
        "kind",
        "all 2 examples of `kind` in `DIR/a.csv` are of class `a`, needed at least two classes",
        None,
    );
    check_idx(
        |folder| folder.write("train-labels-idx1-ubyte", idx_labels(&[7, 7])),
        "all 2 examples of `DIR/train-labels-idx1-ubyte` are of class `7`, needed at least two classes",
        None,
    );
    check_image_folder(
        |folder| std::fs::remove_dir_all(folder.path("pets/dog")).unwrap(),
        "all 1 examples of `DIR/pets` are of class `cat`, needed at least two classes",
        None,
    );
}

#[test]
fn ragged_row_is_named_by_its_line() {
    check_csv(
        "x,kind\n1,a\n\"2\n\",b\n3,a,9\n",
        "kind",
        "line 5 of `DIR/a.csv` has 3 cells, the header has 2 cells",
        Some("put quotes around cells that hold the separator"),
    );
    check_csv(
        "x,kind\n1,a\n2\n",
        "kind",
        "line 3 of `DIR/a.csv` has 1 cell, the header has 2 cells",
        Some("put quotes around cells that hold the separator"),
    );
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::with("a.csv", b"x,kind\n1,a\n2,\xe9t\xe9\n");
    check_refused(
        &folder,
        &labelled("csv", &folder.path("a.csv"), "kind"),
        "line 3 of `DIR/a.csv` has bytes that are not UTF-8, needed UTF-8 text",
        None,
    );
}

#[test]
fn label_column_that_does_not_exist() {
    check_csv(
        "width,Species\n1,a\n2,b\n",
        "species",
        "`DIR/a.csv` has no column `species` for the label; it has `width`, `Species`",
        Some("did you mean `label = \"Species\"`?"),
    );
    check_csv(
        "2,8,3,T\n5,12,3,I\n",
        "letter",
        "`DIR/a.csv` has no column `letter` for the label; it has `2`, `8`, `3`, `T`",
        Some(
            "the first line looks like data: put a line with column names before it, now `2`, `8`, `3`, `T`",
        ),
    );
    check_csv("a,b,a\n1,2,3\n", "b", "`DIR/a.csv` has two columns `a`, names must differ", None);
}

#[test]
fn target_has_to_be_chosen() {
    let folder = Folder::with("a.csv", "x,kind\n1,a\n");
    check_refused(
        &folder,
        &source("csv", &folder.path("a.csv")),
        "neither `label` nor `target` is given for `DIR/a.csv`, needed the column to predict, as a class (`label`) or as a number (`target`)",
        Some("for example `label = \"kind\"`, the last column"),
    );
    let keys = [("label", "kind"), ("target", "x")];
    let both = keyed("csv", &folder.path("a.csv"), &keys);
    check_refused(
        &folder,
        &both,
        "both `label` and `target` are given for `DIR/a.csv`, needed one of them: a class (`label`) or a number (`target`) is predicted",
        Some("remove one of the two lines"),
    );
    check_refused(
        &folder,
        &labelled("idx", &folder.path(""), "kind"),
        "`label` is given for `DIR`, and the format `idx` does not know it: images bring their classes along",
        Some("take `label` out"),
    );
}

#[test]
fn target_without_a_value() {
    check_csv_target(
        "x,price\n1,2\n2,NaN\n3,\n",
        "price",
        "line 3 of `DIR/a.csv` has `NaN` in the target column `price`, needed a finite number",
        Some("remove the 2 rows without a usable target or give them one"),
    );
    check_csv_target(
        "x,price\n1,2\n2,cheap\n",
        "price",
        "line 3 of `DIR/a.csv` has `cheap` in the target column `price`, needed a finite number",
        Some("remove that row or give it a target"),
    );
    check_csv_target(
        "x,price\n1,2\n2,1e99\n",
        "price",
        "line 3 of `DIR/a.csv` has `1e99` in the target column `price`, needed a finite number",
        Some("remove that row or give it a target"),
    );
    check_csv(
        "x,kind\n1,a\n2,\n3,b\n",
        "kind",
        "line 3 of `DIR/a.csv` has nothing in the label column `kind`, needed a class name",
        Some("remove that row or give it a label"),
    );
    let folder = Folder::new();
    check_refused(
        &folder,
        &targeted("parquet", &fixture("none.parquet"), "length"),
        &format!(
            "row 5 of `{}` has nothing in the target column `length`, needed a finite number",
            fixture("none.parquet").display()
        ),
        Some("remove that row or give it a target"),
    );
}

#[test]
fn label_with_a_value_a_row() {
    let rows: Vec<String> = (0..40).map(|row| format!("{row},{}.5\n", row * 2)).collect();
    check_csv(
        &format!("x,price\n{}", rows.concat()),
        "price",
        "`price` of `DIR/a.csv` has 40 different values in 40 rows, too many for classes",
        Some("to predict a number write `target = \"price\"`"),
    );
}

#[test]
fn nothing_to_learn_from() {
    check_csv(
        "gap,kind\n,a\n,b\n",
        "kind",
        "`DIR/a.csv` has no column to learn from beside `kind`: `gap` has no value in any row and is left out",
        None,
    );
    check_csv(
        "kind\na\nb\n",
        "kind",
        "`DIR/a.csv` has no column to learn from beside `kind`",
        None,
    );
}

#[test]
fn lines_that_are_not_json_objects() {
    let folder = Folder::with("a.jsonl", "{\"x\": 1, \"kind\": \"a\"}\n\n{\"x\": 2,\n");
    let source = labelled("jsonl", &folder.path("a.jsonl"), "kind");
    check_refused(
        &folder,
        &source,
        "line 3 of `DIR/a.jsonl` is not JSON (column 8), needed one JSON object",
        None,
    );
    folder.write("a.jsonl", "[1, 2]\n");
    check_refused(
        &folder,
        &source,
        "line 1 of `DIR/a.jsonl` is a list, needed one JSON object",
        None,
    );
}

#[test]
fn damaged_parquet() {
    let whole = std::fs::read(fixture("zstd-dictionary.parquet")).unwrap();
    let folder = Folder::with("a.parquet", &whole[..whole.len() - 9]);
    let source = labelled("parquet", &folder.path("a.parquet"), "species");
    check_refused(
        &folder,
        &source,
        "`DIR/a.parquet` is not a valid Parquet file: Invalid Parquet file. Corrupt footer",
        AGAIN,
    );
    folder.write("a.parquet", "x,kind\n1,a\n");
    check_refused(
        &folder,
        &source,
        "`DIR/a.parquet` is not a valid Parquet file: Invalid Parquet file. Corrupt footer",
        AGAIN,
    );
}

#[test]
fn builtin_that_does_not_exist() {
    check_refused(
        &Folder::new(),
        &Source::Builtin("fashion-mnist".to_owned()),
        "there is no built-in data set `fashion-mnist`; there is `fashion-mnist-14`, \
         `state-of-the-union`, `kjv-reina-valera`, `spoken-digits`",
        Some("did you mean `builtin = \"fashion-mnist-14\"`?"),
    );
}

#[test]
fn test_file_that_does_not_fit_the_training_file() {
    let folder = Folder::with("a.csv", "x,colour,kind\n1,red,cat\n2,blue,dog\n");
    let read_csv = |name: &str| read(&labelled("csv", &folder.path(name), "kind")).unwrap();
    let training = read_csv("a.csv");
    let check = |content: &str, message: &str, hint: Option<&str>| {
        folder.write("b.csv", content);
        check_error(&folder, read_csv("b.csv").align_to(&training), message, hint);
    };
    check(
        "x,colour,kind\n1,red,cat\n2,blue,dgo\n",
        "row 2 is of class `dgo`, which the training data do not have; they have `cat`, `dog`",
        Some("did you mean `dog`?"),
    );
    check(
        "colour,kind\nred,cat\nblue,dog\n",
        "the two data sets differ: no column `x`, needed numbers in `x`",
        None,
    );
    check(
        "x,colour,kind\nlow,red,cat\nhigh,blue,dog\n",
        "the two data sets differ: text in the column `x`, needed numbers in `x`",
        None,
    );
    check(
        "x,kind\n1,cat\n2,dog\n",
        "the two data sets differ: no column `colour`, needed categories in `colour`",
        None,
    );
}

#[test]
fn data_made_in_memory_that_do_not_fit_together() {
    let images = |count: usize| {
        let pixels = vec![0; count * 4].into();
        vec![Field::images(Images { pixels, channels: 1, height: 2, width: 2 })]
    };
    let classes = |labels: &[u32]| {
        let names = vec!["a".to_owned(), "b".to_owned()];
        Targets::Classes { labels: labels.to_vec(), names }
    };
    let check = |inputs: Vec<Field>, targets: Targets, message: &str| {
        check_error(&Folder::new(), Dataset::new(inputs, targets), message, None);
    };
    check(images(3), classes(&[0, 1]), "images: 3 values for 2 targets");
    check(images(2), classes(&[0, 2]), "labels: row 2 is code 2, needed the position of a name");
    check(
        images(2),
        Targets::Values { values: vec![1.0, f32::NAN], name: "y".to_owned() },
        "target `y`: row 2 is NaN, needed a finite number",
    );
}
