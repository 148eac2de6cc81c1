//! Data sets that the readers make from valid files, some of them written by other tools.

use crate::files::{
    Folder, encoded, fixture, gray_png, gzip, idx_images, idx_labels, labelled, source, targeted,
};
use tenfold_data::{Dataset, FieldValues, Format, Images, MISSING, Targets, read};

fn images(dataset: &Dataset) -> &Images {
    dataset.images().unwrap()
}

fn column<'a>(dataset: &'a Dataset, name: &str) -> &'a FieldValues {
    &dataset.fields.iter().find(|column| column.name == name).unwrap().values
}

fn numbers(dataset: &Dataset, name: &str) -> Vec<f32> {
    let FieldValues::Numeric(values) = column(dataset, name) else { panic!("{name}: no numbers") };
    values.clone()
}

fn categories(dataset: &Dataset, name: &str) -> Vec<Option<String>> {
    let FieldValues::Categorical { codes, levels } = column(dataset, name) else {
        panic!("{name}: no categories")
    };
    codes.iter().map(|code| levels.get(*code as usize).cloned()).collect()
}

fn classes(dataset: &Dataset) -> Vec<&str> {
    let Targets::Classes { labels, names } = &dataset.targets else { panic!("not classes") };
    labels.iter().map(|label| names[*label as usize].as_str()).collect()
}

#[test]
fn idx_is_read_packed_or_not_by_folder_or_file() {
    let pixels = [0, 50, 100, 150, 200, 250, 255, 1];
    let folder = Folder::with("train-images-idx3-ubyte.gz", gzip(&idx_images(2, 2, 2, &pixels)));
    folder.write("train-labels-idx1-ubyte", idx_labels(&[9, 3]));
    folder.write("t10k-images.idx3-ubyte", idx_images(3, 1, 1, &[1, 2, 3]));
    folder.write("t10k-labels.idx1-ubyte.gz", gzip(&idx_labels(&[3, 9, 3])));
    let training = read(&source("idx", &folder.path(""))).unwrap();
    assert_eq!(&*images(&training).pixels, &pixels);
    assert_eq!((images(&training).height, images(&training).width), (2, 2));
    assert_eq!(classes(&training), ["9", "3"]);
    let test = read(&source("idx", &folder.path("t10k-images.idx3-ubyte"))).unwrap();
    assert_eq!(classes(&test), ["3", "9", "3"]);
    assert_eq!(Format::of_path(&folder.path("")), Format::named("idx"));
}

#[test]
fn image_folders_keep_gray_gray() {
    let folder = Folder::new();
    folder.write("9/a.png", gray_png(2, 1, vec![10, 20]));
    folder.write("10/b.PNG", gray_png(2, 1, vec![30, 40]));
    folder.write("9/.hidden.png", "not read");
    let dataset = read(&source("image-folder", &folder.path(""))).unwrap();
    // Class 10 comes after class 9.
    assert_eq!(classes(&dataset), ["9", "10"]);
    assert_eq!(&*images(&dataset).pixels, [10, 20, 30, 40]);
    assert_eq!(images(&dataset).channels, 1);
    assert_eq!(dataset.reading.notes, Vec::<String>::new());
}

#[test]
fn one_colour_image_makes_all_of_them_colour_channels_first() {
    let folder = Folder::with("a/1.png", gray_png(2, 1, vec![10, 20]));
    let colour = image::RgbImage::from_raw(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
    folder.write("b/1.png", encoded(&colour.into(), image::ImageFormat::Png));
    let alpha = image::RgbaImage::from_raw(2, 1, vec![7, 8, 9, 0, 7, 8, 9, 0]).unwrap();
    folder.write("b/2.png", encoded(&alpha.into(), image::ImageFormat::Png));
    folder.write("b/3.png", gray_png(2, 1, vec![30, 40]));
    folder.write("b/readme.txt", "-");
    folder.write("c/readme.txt", "-");
    let dataset = read(&source("image-folder", &folder.path(""))).unwrap();
    assert_eq!(images(&dataset).channels, 3);
    let row = |row| images(&dataset).image(row).to_vec();
    assert_eq!(row(0), [10, 20, 10, 20, 10, 20]);
    assert_eq!(row(1), [1, 4, 2, 5, 3, 6]);
    assert_eq!(row(2), [7, 7, 8, 8, 9, 9]);
    assert_eq!(row(3), [30, 40, 30, 40, 30, 40]);
    let notes: Vec<String> =
        dataset.reading.notes.iter().map(|note| folder.neutral(note)).collect();
    assert_eq!(
        notes,
        [
            "`DIR/c` has no PNG or JPEG image and is left out",
            "2 other entries are left out, the first is `b/readme.txt`",
            "2 gray images read as colour, as 2 others are",
            "transparency dropped in 1 images",
        ]
    );
}

#[test]
fn jpeg_is_read_by_content_whatever_its_name() {
    let flat = image::GrayImage::from_pixel(8, 8, image::Luma([128]));
    let folder = Folder::with("a/1.png", encoded(&flat.clone().into(), image::ImageFormat::Jpeg));
    folder.write("b/1.jpeg", encoded(&flat.into(), image::ImageFormat::Jpeg));
    let dataset = read(&source("image-folder", &folder.path(""))).unwrap();
    // JPEG keeps a flat gray within rounding.
    assert!(images(&dataset).pixels.iter().all(|pixel| pixel.abs_diff(128) <= 1));
}

#[test]
fn image_keys_do_not_move_when_files_are_added() {
    let folder = Folder::with("a/1.png", gray_png(1, 1, vec![1]));
    folder.write("b/2.png", gray_png(1, 1, vec![2]));
    let before = read(&source("image-folder", &folder.path(""))).unwrap();
    folder.write("a/0.png", gray_png(1, 1, vec![0]));
    let after = read(&source("image-folder", &folder.path(""))).unwrap();
    assert_eq!(before.keys, after.keys[1..]);
}

/// What a spreadsheet in Germany saves: semicolons, decimal commas, thousands with points, empty rows.
const HOUSES: &str = "area;kind;price\r\n\
    80,5;flat;1.250\r\n\
    120;\"house; old\";2.100,50\r\n\
    ;;\r\n";

#[test]
fn what_a_spreadsheet_saves_elsewhere_is_the_same_table() {
    let utf16 = |text: &str| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let with_tabs = HOUSES.replace("house; old", "house, old").replace(';', "\t");
    let files = [
        ("a.csv", HOUSES.as_bytes().to_vec()),
        ("b.csv", format!("sep=;\r\n{HOUSES}").into_bytes()),
        ("c.csv", utf16(HOUSES)),
        ("d.csv", HOUSES.replace("\r\n", "\r").into_bytes()),
        ("e.tsv", with_tabs.clone().into_bytes()),
        ("f.csv", utf16(&with_tabs)),
    ];
    for (name, content) in files {
        let folder = Folder::with(name, content);
        let format = Format::of_path(&folder.path(name)).unwrap().name();
        let dataset = read(&targeted(format, &folder.path(name), "price")).unwrap();
        assert_eq!(numbers(&dataset, "area"), [80.5, 120.0], "{name}");
        let Targets::Values { values, .. } = &dataset.targets else { panic!("{name}: no numbers") };
        assert_eq!(values, &[1250.0, 2100.5], "{name}");
        assert_eq!(categories(&dataset, "kind")[0].as_deref(), Some("flat"), "{name}");
        let notes = dataset.reading.notes.join("; ");
        assert!(notes.contains("decimal comma in `area`, `price`"), "{name}: {notes}");
        assert!(notes.contains("1 row without any value left out"), "{name}: {notes}");
    }
}

#[test]
fn lines_are_counted_with_the_one_that_names_the_separator() {
    let folder = Folder::with("a.csv", "sep=;\nx;y\n1;2\n1\n");
    let error = read(&targeted("csv", &folder.path("a.csv"), "y")).unwrap_err().to_string();
    assert!(error.contains("line 4"), "{error}");
}

const ANIMALS: &str = "name,weight,legs,colour,kind\n\
    Ann,1.5,4,red,cat\n\
    \"Bo, jr\",NA,4,?,dog\n\
    Cy,3e1,,blue,cat\n\
    Di,-2,3.0,red,dog\n";

#[test]
fn csv_columns_get_their_meaning() {
    let folder = Folder::with("a.csv", format!("\u{feff}{ANIMALS}"));
    let dataset = read(&labelled("csv", &folder.path("a.csv"), "kind")).unwrap();
    let weight = numbers(&dataset, "weight");
    assert_eq!([weight[0], weight[2], weight[3]], [1.5, 30.0, -2.0]);
    assert!(weight[1].is_nan());
    assert_eq!(
        categories(&dataset, "colour"),
        [Some("red".into()), None, Some("blue".into()), Some("red".into())]
    );
    assert_eq!(categories(&dataset, "name")[1].as_deref(), Some("Bo, jr"));
    assert_eq!(classes(&dataset), ["cat", "dog", "cat", "dog"]);
    assert_eq!(
        dataset.reading.notes,
        [
            "`name` read as 4 categories",
            "1 missing value in `weight`",
            "1 missing value in `legs`",
            "`colour` read as 2 categories",
            "1 missing value in `colour`",
        ]
    );
    assert_eq!(dataset.columns.get("kind").unwrap().cells.text(1).as_deref(), Some("dog"));
}

#[test]
fn the_same_table_reads_the_same_in_every_text_format() {
    let folder = Folder::with("a.csv", ANIMALS);
    folder.write("a.csv.gz", gzip(ANIMALS.replace('\n', "\r\n").as_bytes()));
    folder.write(
        "a.tsv",
        ANIMALS.replace("\"Bo, jr\"", "Bo; jr").replace(',', "\t").replace("Bo; jr", "Bo, jr"),
    );
    folder.write(
        "a.jsonl",
        "{\"name\":\"Ann\",\"weight\":1.5,\"legs\":4,\"colour\":\"red\",\"kind\":\"cat\"}\n\
         {\"name\":\"Bo, jr\",\"weight\":null,\"legs\":4,\"kind\":\"dog\"}\n\
         {\"name\":\"Cy\",\"weight\":30,\"colour\":\"blue\",\"kind\":\"cat\"}\n\n\
         {\"legs\":3.0,\"name\":\"Di\",\"weight\":-2,\"colour\":\"red\",\"kind\":\"dog\"}",
    );
    let read_as = |format, name: &str| read(&labelled(format, &folder.path(name), "kind")).unwrap();
    let csv = read_as("csv", "a.csv");
    assert_eq!(csv.content_hash, read_as("csv", "a.csv.gz").content_hash);
    assert_eq!(csv.content_hash, read_as("tsv", "a.tsv").content_hash);
    // JSON keys have no order, so the columns are sorted by name.
    let json = read_as("jsonl", "a.jsonl");
    for name in ["weight", "legs"] {
        let bits = |dataset| numbers(dataset, name).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&csv), bits(&json), "{name}");
    }
    for name in ["name", "colour"] {
        assert_eq!(categories(&csv, name), categories(&json, name), "{name}");
    }
    assert_eq!(classes(&csv), classes(&json));
}

#[test]
fn columns_of_no_use_are_left_out_and_said() {
    let rows: Vec<String> = (0..300).map(|row| format!("{row},word{row},,{}\n", row % 2)).collect();
    let folder = Folder::with("a.csv", format!("x,text,gap,kind\n{}", rows.concat()));
    let dataset = read(&labelled("csv", &folder.path("a.csv"), "kind")).unwrap();
    assert_eq!(dataset.fields.len(), 1);
    assert_eq!(
        dataset.reading.notes,
        [
            "`text` has 300 different texts (row 1: `word0`), more than 256, and is left out",
            "`gap` has no value in any row and is left out",
        ]
    );
    // The column can still be used for splits.
    assert_eq!(dataset.columns.get("text").unwrap().cells.text(299).as_deref(), Some("word299"));
}

#[test]
fn one_stray_text_among_numbers_is_pointed_out() {
    let folder = Folder::with("a.csv", "x,y\n1,1\n2,2\nlots,3\ninf,4\n");
    let dataset = read(&targeted("csv", &folder.path("a.csv"), "y")).unwrap();
    assert_eq!(dataset.reading.notes, ["`x` read as 4 categories"]);
    folder.write("a.csv", "x,y\n1,1\n2,2\nlots,3\n4,4\n1e99,5\n");
    let dataset = read(&targeted("csv", &folder.path("a.csv"), "y")).unwrap();
    assert_eq!(dataset.reading.notes, ["`x` read as 5 categories: row 3 has the text `lots`"]);
    folder.write("a.csv", "x,y\n1,1\n2,2\n1e99,3\n");
    let dataset = read(&targeted("csv", &folder.path("a.csv"), "y")).unwrap();
    assert_eq!(dataset.reading.notes, ["1 infinite or too large values in `x` read as missing"]);
}

#[test]
fn lists_in_json_are_left_out() {
    let folder =
        Folder::with("a.jsonl", "{\"x\":1,\"l\":[1],\"y\":1}\n{\"x\":2,\"l\":[],\"y\":2}\n");
    let dataset = read(&targeted("jsonl", &folder.path("a.jsonl"), "y")).unwrap();
    assert_eq!(dataset.reading.notes, ["`l` holds lists or objects (line 1) and is left out"]);
}

/// The five files hold one table, see `fixtures/make-fixtures.py`.
#[test]
fn parquet_of_pyarrow_is_read_in_every_encoding() {
    for name in ["zstd-dictionary", "snappy-plain-v2", "gzip-int96", "lz4", "none"] {
        let path = fixture(&format!("{name}.parquet"));
        let dataset = read(&labelled("parquet", &path, "species")).unwrap();
        assert_eq!(dataset.len(), 12, "{name}");
        assert_eq!(classes(&dataset)[..3], ["setosa", "versicolor", "virginica"]);
        let length = numbers(&dataset, "length");
        assert!(length[4].is_nan() && length[11] == 2.75, "{name}: {length:?}");
        assert_eq!(numbers(&dataset, "width")[3], 1.5);
        let count = numbers(&dataset, "count");
        assert!(count[7].is_nan() && count[8] == -8.0, "{name}: {count:?}");
        assert_eq!(numbers(&dataset, "large")[0], 4e9);
        assert_eq!(numbers(&dataset, "price")[..2], [-1.0, -0.99]);
        assert_eq!(numbers(&dataset, "day")[..3], [0.0, 1.0, 2.0]);
        let colour = categories(&dataset, "colour");
        assert_eq!(colour[..3], [Some("red".into()), Some("blue".into()), None]);
        let wild = categories(&dataset, "wild");
        assert_eq!(wild[2..4], [Some("true".into()), None]);
        // Two long identifiers stay different, although they round to the same float.
        let id = |row| dataset.columns.get("id").unwrap().cells.text(row);
        assert_eq!(id(0).as_deref(), Some("9007199254740993"));
        assert_eq!(id(1).as_deref(), Some("9007199254740994"));
        assert_eq!(
            dataset.reading.notes[..2],
            [
                "`tags.list.element` holds lists or groups and is left out",
                "`blob` holds bytes that are not text and is left out",
            ]
        );
    }
}

#[test]
fn int96_timestamps_are_seconds() {
    let dataset = read(&labelled("parquet", &fixture("gzip-int96.parquet"), "species"));
    let dataset = dataset.unwrap();
    let tenfold_data::Cells::Number(seen) = &*dataset.columns.get("seen").unwrap().cells else {
        panic!("not numbers")
    };
    // 2026-01-01 and -02 in UTC.
    assert_eq!(seen[..2], [1_767_225_600.0, 1_767_312_000.0]);
}

#[test]
fn a_second_file_takes_the_codes_of_the_first() {
    let folder = Folder::with("a.csv", "x,colour,kind\n1,red,cat\n2,blue,dog\n");
    folder.write("b.csv", "kind,colour,x,more\ndog,green,4,1\ncat,red,5,1\n");
    let training = read(&labelled("csv", &folder.path("a.csv"), "kind")).unwrap();
    let test = read(&labelled("csv", &folder.path("b.csv"), "kind")).unwrap();
    let aligned = test.align_to(&training).unwrap();
    assert_eq!(numbers(&aligned, "x"), [4.0, 5.0]);
    let FieldValues::Categorical { codes, levels } = column(&aligned, "colour") else {
        panic!("not categories")
    };
    assert_eq!((codes.as_slice(), levels.len()), ([MISSING, 1].as_slice(), 2));
    let Targets::Classes { labels, .. } = &aligned.targets else { panic!("not classes") };
    assert_eq!(labels, &[1, 0]);
    assert_eq!(
        aligned.reading.notes[1..],
        [
            "1 values of `colour` are not in the training data and are read as missing",
            "column `more` is not in the training data and is left out",
        ]
    );
}

#[test]
fn selection_keeps_rows_together() {
    let folder = Folder::with("a.csv", ANIMALS);
    let dataset = read(&labelled("csv", &folder.path("a.csv"), "kind")).unwrap();
    let chosen = dataset.select(&[3, 0]);
    assert_eq!(numbers(&chosen, "weight"), [-2.0, 1.5]);
    assert_eq!(categories(&chosen, "name"), [Some("Di".into()), Some("Ann".into())]);
    assert_eq!(classes(&chosen), ["dog", "cat"]);
    assert_eq!(chosen.keys, [3, 0]);
    assert_eq!(chosen.columns.get("name").unwrap().cells.text(0).as_deref(), Some("Di"));
    assert_ne!(chosen.content_hash, dataset.select(&[0, 3]).content_hash);
}

#[test]
fn columns_to_split_by_need_not_be_features() {
    let folder = Folder::with("a.csv", ANIMALS);
    let dataset = read(&labelled("csv", &folder.path("a.csv"), "kind")).unwrap();
    let anonymous = dataset.without_features(&["name"]).unwrap();
    assert_eq!(anonymous.fields[0].name, "weight");
    assert!(anonymous.columns.get("name").is_some());
    assert_ne!(anonymous.content_hash, dataset.content_hash);
    assert_eq!(
        dataset.without_features(&["name", "weight", "legs", "colour"]).unwrap_err().to_string(),
        "`the data set` has no column to learn from beside `name`, `weight`, `legs`, `colour`"
    );
}
