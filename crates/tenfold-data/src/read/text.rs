//! Texts: a file of documents, or a folder of files.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::documents::{Documents, documents};
use super::file::{entries, not_there, read_bytes, starts_as_gzip, unreadable};
use super::image_folder::is_image;
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::dataset::{Dataset, Field, MISSING, Targets, TextPart, TextRow, Texts};
use crate::digest::text_key;
use crate::error::DataError;

/// What a file of this kind holds.
const NEEDED: &str = "a text";

/// Endings of files that are texts.
const ENDINGS: &[&str] = &["txt", "text", "md"];

/// Levels of folders below a folder that are searched for texts.
const DEEPEST: usize = 8;

/// Texts in UTF-8, `.gz` or not.
#[derive(Debug)]
pub(super) struct Text;

impl Reader for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn recognises(&self, path: &Path) -> Likeness {
        Likeness::surely(if path.is_dir() { holds_texts(path) } else { ends_in(path, ENDINGS) })
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Text
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[ReaderKey {
            name: "documents",
            default: "\"blank-lines\" for a file, \"files\" for a folder",
            doc: "What ends a document of a text, which is one example: `blank-lines`, `lines`, `files`, \
                  or a marker, which is a line of its own such as `<|endoftext|>`. Blank lines at the \
                  ends of a document are no part of it, and `\\r\\n` counts as one character.",
            example: "\"lines\"",
        }]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        let is_folder = path.is_dir();
        let usual = if is_folder { "files" } else { "blank-lines" };
        // Parsing cannot fail, because every text is a valid choice.
        let Ok(documents) = files.key("documents").unwrap_or(usual).parse::<Documents>();
        let mut growing = Growing::default();
        if is_folder {
            growing.add_folder(path, &documents)?;
        } else {
            growing.add_file(path, &documents)?;
            growing.keys = (0..growing.rows.len() as u64).collect();
        }
        if growing.rows.is_empty() {
            return Err(DataError::Empty { path: path.clone(), needed: "text in it" });
        }
        growing.finish()
    }
}

/// What was read so far.
#[derive(Default)]
struct Growing {
    parts: Vec<TextPart>,
    rows: Vec<TextRow>,
    keys: Vec<u64>,
    notes: Vec<String>,
}

impl Growing {
    /// Adds the documents of one file.
    fn add_file(&mut self, path: &Path, kind: &Documents) -> Result<(), DataError> {
        let part = self.parts.len() as u32;
        if starts_as_gzip(path, NEEDED)? {
            // A packed file cannot be read from its middle, so its content is kept in memory.
            let bytes = read_bytes(path, NEEDED)?;
            documents(&mut bytes.as_slice(), part, path, kind, &mut self.rows)?;
            self.parts.push(TextPart::Memory(bytes));
        } else {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            documents(&mut BufReader::new(file), part, path, kind, &mut self.rows)?;
            self.parts.push(TextPart::File(path.to_owned()));
        }
        if self.rows.len() >= MISSING as usize {
            return Err(DataError::TooManyRows { rows: self.rows.len() });
        }
        Ok(())
    }

    /// Adds the documents of every text below `folder`, by the order of their paths. Keys are made of
    /// paths, so that a file that is added changes no other's.
    fn add_folder(&mut self, folder: &Path, kind: &Documents) -> Result<(), DataError> {
        if !folder.exists() {
            return Err(not_there(folder));
        }
        let (mut texts, mut others) = (Vec::new(), Vec::new());
        list(folder, "", &mut texts, &mut others)?;
        for name in texts {
            let path = folder.join(&name);
            let first = self.rows.len();
            self.add_file(&path, kind)?;
            if self.rows.len() == first {
                return Err(DataError::EmptyDocument { path });
            }
            let key = |at: usize| match kind {
                Documents::Files => text_key(&name),
                _ => text_key(&format!("{name}#{at}")),
            };
            self.keys.extend((0..self.rows.len() - first).map(key));
        }
        if let Some(first) = others.first() {
            let count = others.len();
            let entries = if count == 1 { "1 other entry is" } else { "other entries are" };
            let entries =
                if count == 1 { entries.to_owned() } else { format!("{count} {entries}") };
            self.notes.push(format!("{entries} left out, the first is `{first}`"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Dataset, DataError> {
        let targets = Targets::Own { examples: self.rows.len() };
        let texts = Texts::new(self.parts, self.rows);
        let mut dataset = Dataset::new(vec![Field::texts(texts)], targets)?;
        dataset.keys = self.keys;
        dataset.reading.notes = self.notes;
        Ok(dataset)
    }
}

/// Names of texts, and of other files, below `folder`, which is called `prefix` in them; sorted.
fn list(
    folder: &Path,
    prefix: &str,
    texts: &mut Vec<String>,
    others: &mut Vec<String>,
) -> Result<(), DataError> {
    for name in entries(folder)? {
        let path: PathBuf = folder.join(&name);
        let shown = format!("{prefix}{name}");
        if path.is_dir() {
            if shown.matches('/').count() >= DEEPEST {
                others.push(shown);
            } else {
                list(&path, &format!("{shown}/"), texts, others)?;
            }
        } else if ends_in(&path, ENDINGS) {
            texts.push(shown);
        } else {
            others.push(shown);
        }
    }
    Ok(())
}

/// Whether a folder, or a folder in it, holds a text and no image.
fn holds_texts(folder: &Path) -> bool {
    let mut names = Vec::new();
    for name in entries(folder).unwrap_or_default() {
        let path = folder.join(&name);
        if path.is_dir() {
            names.extend(entries(&path).unwrap_or_default());
        } else {
            names.push(name);
        }
    }
    let is_text = |name: &String| ends_in(Path::new(name), ENDINGS);
    names.iter().any(is_text) && !names.iter().any(|name| is_image(name))
}
