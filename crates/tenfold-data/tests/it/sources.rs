//! Formats by their names, and as they are recognised from a path.

use tenfold_data::{BUILTINS, Format, READERS, Source, read};

use crate::files::Folder;

#[test]
fn formats_are_known_by_name() {
    for format in Format::all() {
        assert_eq!(Format::named(format.name()), Some(format));
    }
    assert_eq!(Format::all().count(), READERS.len());
    assert_eq!(Format::named("xml"), None);
}

#[test]
fn paths_look_like_their_format() {
    let folder = Folder::with("pets/cat/1.png", "-");
    folder.write("digits/train-images-idx3-ubyte.gz", "-");
    let check = |name: &str, format| {
        let found = Format::of_path(&folder.path(name)).map(Format::name);
        assert_eq!(found, format, "{name}");
    };
    check("a.CSV", Some("csv"));
    check("a.tsv.gz", Some("tsv"));
    check("a.ndjson", Some("jsonl"));
    check("a.parquet", Some("parquet"));
    check("t10k-images-idx3-ubyte", Some("idx"));
    check("digits", Some("idx"));
    check("pets", Some("image-folder"));
    check("a.xml", None);
}

/// A trial's identity contains these hashes: a change makes every trial on that data set stale. A
/// second implementation, in Python, found the same ones.
#[test]
fn content_hashes_of_builtins_do_not_change() {
    let hashes = [
        "e1f9d4f516275f02f5b7136722c426206c78cbb430ac0bc39d812ca66e551a38",
        "cabeb8cacece039373555d0c30759496dd720b929c25e25d960fe234ec0b923e",
        "0a954d3036faf04c37dd1e09b26bc027944a374e34f60fd345255ef754583717",
        "f20f0d41ac50bd38a22b76f79a703422ad2aefa0652ec179c6c00d3701680d06",
    ];
    assert_eq!(BUILTINS.len(), hashes.len());
    for (builtin, hash) in BUILTINS.iter().zip(hashes) {
        let dataset = read(&Source::Builtin(builtin.name.to_owned())).unwrap();
        assert_eq!(dataset.content_hash.to_string(), hash, "{}", builtin.name);
    }
}
