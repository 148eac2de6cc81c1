//! Parallel texts: two files whose lines are translations of each other, a folder of such files, or one
//! file with both languages in a line, between which a tab stands.

use std::path::{Path, PathBuf};

use super::bad_lines::{BadLines, SKIP_BAD};
use super::file::{entries, not_there};
use super::lines::{Line, Lines};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey};
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, GrowingText, MISSING, TextPart, TextRow, Texts};
use crate::digest::text_key;
use crate::error::DataError;

/// What a usable line has.
const NEEDED: &str = "a text in both languages";

/// The key that says where the translations are: of two files the second one, of a table a column.
pub(super) const TRANSLATION: ReaderKey = ReaderKey {
    name: "translation",
    default: "none",
    doc: "Where the translations are. With `format = \"parallel\"`: the file whose lines are translations of \
          those of `path`, in the same folder; from a point on, only how its name ends, so that \
          `\".es\"` goes with `train.en` and with `test = \"test.en\"` too. In a table: the column with the \
          translation of `text`.",
    example: "\".es\"",
};

/// The two languages of a folder.
const LANGUAGES: ReaderKey = ReaderKey {
    name: "languages",
    default: "none",
    doc: "How the names of the two files of each pair in a folder of parallel texts end: `en-es` for \
          `1.en` and `1.es`. `split = \"group:file\"` keeps what is in one file together.",
    example: "\"en-es\"",
};

/// The file of groups.
const GROUPS: ReaderKey = ReaderKey {
    name: "groups",
    default: "none",
    doc: "A file beside parallel texts that names in each line the group of that pair, such as its \
          chapter or document; `split = \"group:group\"` keeps groups together. Written like `translation`.",
    example: "\".chapter\"",
};

/// Texts in two languages, line by line, in UTF-8, `.gz` or not.
#[derive(Debug)]
pub(super) struct Parallel;

impl Reader for Parallel {
    fn name(&self) -> &'static str {
        "parallel"
    }

    /// Nothing in a name tells that lines are pairs.
    fn recognises(&self, _path: &Path) -> Likeness {
        Likeness::No
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Pair
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[TRANSLATION, LANGUAGES, GROUPS, SKIP_BAD]
    }

    fn paths(&self, files: &Files) -> Vec<PathBuf> {
        let own = [TRANSLATION.name, GROUPS.name].into_iter().filter_map(|key| files.key(key));
        let others = own.map(|name| beside(&files.path, name));
        std::iter::once(files.path.clone()).chain(others).collect()
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        if !path.exists() {
            return Err(not_there(path));
        }
        let mut growing = Growing::new(BadLines::of(files));
        match (path.is_dir(), files.key(TRANSLATION.name), files.key(LANGUAGES.name)) {
            (true, None, Some(languages)) => growing.add_folder(path, languages)?,
            (true, None, None) => {
                return Err(needs_languages(path, "is missing".to_owned()));
            }
            (true, Some(_), _) => {
                return Err(DataError::KeyNeeded {
                    path: path.clone(),
                    name: TRANSLATION.name,
                    found: "is given".to_owned(),
                    needed: "`languages` for a folder, such as `languages = \"en-es\"`",
                });
            }
            (false, _, Some(_)) => {
                return Err(DataError::KeyNeeded {
                    path: path.clone(),
                    name: LANGUAGES.name,
                    found: "is given".to_owned(),
                    needed: "`translation` for a file, such as `translation = \".es\"`",
                });
            }
            (false, Some(translation), None) => {
                let groups = files.key(GROUPS.name).map(|groups| beside(path, groups));
                growing.add_files(path, &beside(path, translation), groups.as_deref(), None)?;
            }
            (false, None, None) => growing.add_tabbed(path)?,
        }
        growing.finish(path)
    }
}

fn needs_languages(path: &Path, found: String) -> DataError {
    let needed = "how the names of both files of a pair end, such as `languages = \"en-es\"`";
    DataError::KeyNeeded { path: path.to_owned(), name: LANGUAGES.name, found, needed }
}

/// The file called `name` beside `path`; of a name that begins with a point, the one that ends so and has
/// the name of `path` otherwise.
fn beside(path: &Path, name: &str) -> PathBuf {
    let Some(ending) = name.strip_prefix('.') else { return path.with_file_name(name) };
    let own = path.file_name().map(|own| own.to_string_lossy().into_owned()).unwrap_or_default();
    let (own, packed) = match own.strip_suffix(".gz") {
        Some(own) => (own.to_owned(), ".gz"),
        None => (own, ""),
    };
    let stem = own.rsplit_once('.').map_or(own.as_str(), |(stem, _)| stem);
    let says_packed = Path::new(name).extension().is_some_and(|own| own == "gz");
    let packed = if says_packed { "" } else { packed };
    path.with_file_name(format!("{stem}.{ending}{packed}"))
}

/// What was read so far.
struct Growing {
    parts: [Vec<TextPart>; 2],
    rows: [Vec<TextRow>; 2],
    keys: Vec<u64>,
    /// Line of each pair that is kept, counted from 0 over all files.
    numbers: Vec<u32>,
    lines: u64,
    files: TextCells,
    groups: TextCells,
    bad: BadLines,
    notes: Vec<String>,
}

/// Where a text of a line is, or why there is none.
type Piece = Result<TextRow, &'static str>;

impl Growing {
    fn new(bad: BadLines) -> Self {
        Self {
            parts: [Vec::new(), Vec::new()],
            rows: [Vec::new(), Vec::new()],
            keys: Vec::new(),
            numbers: Vec::new(),
            lines: 0,
            files: TextCells::default(),
            groups: TextCells::default(),
            bad,
            notes: Vec::new(),
        }
    }

    /// Adds the pairs of two files; `name` is what the pairs are called that are in them, if there are
    /// other files.
    fn add_files(
        &mut self,
        source: &Path,
        target: &Path,
        groups: Option<&Path>,
        name: Option<&str>,
    ) -> Result<(), DataError> {
        let paths = [source, target];
        let mut sides = [Lines::open(source)?, Lines::open(target)?];
        let mut groups = groups.map(Lines::open).transpose()?;
        let part = self.parts[0].len() as u32;
        loop {
            let [source, target] = &mut sides;
            let (Some(source), Some(target)) = (source.next()?, target.next()?) else { break };
            let group = groups.as_mut().map(group_of).transpose()?;
            let number = source.number;
            let pieces = [source, target].map(|line| piece(line, part, line.text));
            self.add_pair(pieces, paths, number, name);
            // Bad lines have no row, and so no group.
            if let (Some(group), true) = (group, self.groups.len() < self.keys.len()) {
                self.groups.push(&group.unwrap_or_default());
            }
            self.refuse_too_many()?;
        }
        let [source_lines, target_lines] = count_rest(&mut sides)?;
        if source_lines != target_lines {
            return Err(DataError::LinesDiffer {
                source_path: source.to_owned(),
                source_lines,
                target_path: target.to_owned(),
                target_lines,
            });
        }
        for (parts, side) in self.parts.iter_mut().zip(sides) {
            parts.push(side.into_part());
        }
        Ok(())
    }

    /// Adds every pair of files of `folder` whose names end in the two `languages`, by their names.
    fn add_folder(&mut self, folder: &Path, languages: &str) -> Result<(), DataError> {
        let Some((from, to)) = languages.split_once('-').filter(|(from, to)| from != to) else {
            return Err(needs_languages(folder, format!("is `{languages}`")));
        };
        let names = entries(folder)?;
        let is_there = |name: &String| names.contains(name);
        let (mut others, mut found) = (Vec::new(), 0);
        for name in &names {
            let stem = |ending: &str| name.strip_suffix(&format!(".{ending}")).map(str::to_owned);
            let stems = [from, &format!("{from}.gz")].map(stem);
            let Some(stem) = stems.into_iter().flatten().next() else {
                others.push(name);
                continue;
            };
            let both = [format!("{stem}.{to}"), format!("{stem}.{to}.gz")];
            let translation = both.iter().find(|name| is_there(name)).unwrap_or(&both[0]);
            others.retain(|other| *other != translation);
            let (source, target) = (folder.join(name), folder.join(translation));
            self.add_files(&source, &target, None, Some(&stem))?;
            found += 1;
        }
        if found == 0 {
            let needed = "files whose names end as `languages` says";
            return Err(DataError::Empty { path: folder.to_owned(), needed });
        }
        others.retain(|other| {
            ![format!(".{to}"), format!(".{to}.gz")].iter().any(|ending| other.ends_with(ending))
        });
        if let Some(first) = others.first() {
            let count = others.len();
            let entries = if count == 1 { "1 other entry is" } else { "other entries are" };
            let entries =
                if count == 1 { entries.to_owned() } else { format!("{count} {entries}") };
            self.notes.push(format!("{entries} left out, the first is `{first}`"));
        }
        Ok(())
    }

    /// Adds the pairs of one file, each in a line with a tab between them.
    fn add_tabbed(&mut self, path: &Path) -> Result<(), DataError> {
        let mut lines = Lines::open(path)?;
        let mut has_more = false;
        while let Some(line) = lines.next()? {
            let mut cells = line.text.unwrap_or_default().split('\t');
            let both = [cells.next(), cells.next()];
            has_more |= cells.next().is_some();
            let number = line.number;
            let pieces = match (line.text, both) {
                (Some(_), [_, None]) => [Err("has no tab"); 2],
                (_, both) => both.map(|cell| piece(line, 0, line.text.and(cell))),
            };
            self.add_pair(pieces, [path; 2], number, None);
            self.refuse_too_many()?;
        }
        if has_more {
            self.notes.push("what stands behind a second tab is left out".to_owned());
        }
        // Both sides are pieces of the same bytes.
        let part = lines.into_part();
        self.parts[1].push(match &part {
            TextPart::Memory(bytes) => TextPart::Memory(bytes.clone()),
            TextPart::File(path) => TextPart::File(path.clone()),
        });
        self.parts[0].push(part);
        Ok(())
    }

    /// Adds the pair of line `number`, unless one of its texts cannot be used.
    fn add_pair(&mut self, pieces: [Piece; 2], paths: [&Path; 2], number: u64, name: Option<&str>) {
        let at = self.lines;
        self.lines += 1;
        match pieces {
            [Ok(source), Ok(target)] => {
                self.rows[0].push(source);
                self.rows[1].push(target);
                let key = name.map_or(at, |name| text_key(&format!("{name}#{number}")));
                self.keys.push(key);
                self.numbers.push(u32::try_from(at).unwrap_or(MISSING));
                if let Some(name) = name {
                    self.files.push(name);
                }
            }
            [source, target] => {
                let (side, found) = match (source, target) {
                    (Err(found), _) => (0, found),
                    (_, Err(found)) => (1, found),
                    _ => return,
                };
                self.bad.add(DataError::BadLine {
                    path: paths[side].to_owned(),
                    line: number,
                    found: found.to_owned(),
                    needed: NEEDED,
                });
            }
        }
    }

    fn refuse_too_many(&self) -> Result<(), DataError> {
        if self.lines < u64::from(MISSING) {
            return Ok(());
        }
        Err(DataError::TooManyRows { rows: usize::try_from(self.lines).unwrap_or(usize::MAX) })
    }

    fn finish(self, path: &Path) -> Result<Dataset, DataError> {
        let mut notes = self.notes;
        notes.extend(self.bad.finish()?);
        if self.keys.is_empty() {
            return Err(DataError::Empty { path: path.to_owned(), needed: "pairs of texts in it" });
        }
        let [source_parts, target_parts] = self.parts;
        let [source, target] = self.rows;
        let mut dataset =
            Dataset::of_pairs(Texts::new(source_parts, source), Texts::new(target_parts, target))?;
        let column = |name: &str, cells: TextCells| {
            (!cells.is_empty())
                .then(|| SplitColumn { name: name.to_owned(), cells: Cells::Text(cells).into() })
        };
        let columns = [column("file", self.files), column("group", self.groups)];
        dataset.columns = SplitColumns { columns: columns.into_iter().flatten().collect() };
        // A command reads the files line by line, so that what is left out must not shift its numbers.
        let is_whole = self.numbers.len() as u64 == self.lines;
        dataset.numbers = (!is_whole).then(|| self.numbers.into());
        dataset.keys = self.keys;
        dataset.reading.notes = notes;
        Ok(dataset)
    }
}

/// The next line of `groups`; `None` where it is no text.
fn group_of(groups: &mut Lines) -> Result<Option<String>, DataError> {
    Ok(groups.next()?.and_then(|line| Some(line.text?.trim().to_owned())))
}

/// Lines of both files, once they are read to their ends.
fn count_rest(sides: &mut [Lines; 2]) -> Result<[u64; 2], DataError> {
    for side in &mut *sides {
        while side.next()?.is_some() {}
    }
    Ok([sides[0].read(), sides[1].read()])
}

/// Where `text`, which is a piece of `line`, is in the part numbered `part`. White space at its ends is no
/// part of it.
fn piece(line: Line<'_>, part: u32, text: Option<&str>) -> Piece {
    let (Some(all), Some(text)) = (line.text, text) else {
        return Err("has bytes that are not UTF-8");
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("has no text");
    }
    // Both are slices of the line, so that the distance of their beginnings is one within it.
    let start = trimmed.as_ptr() as usize - all.as_ptr() as usize;
    let mut growing = GrowingText::default();
    growing.push(trimmed);
    Ok(growing.finish(part, line.start + start as u64))
}
