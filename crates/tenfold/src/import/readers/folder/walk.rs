//! Finds the files that match a pattern of paths. Each file counts once; links are followed, but
//! not in loops.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::path_pattern::{Names, Part, PathPattern, Piece, matched};

/// Device and inode number of a file, the same for every path to it.
type FileId = (u64, u64);

/// A file that the pattern leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub(super) path: PathBuf,
    pub(super) names: Names,
    /// Whether the pattern's last part named it, not a folder above it.
    pub(super) is_named: bool,
    id: FileId,
    is_by_link: bool,
}

/// What was found below the pattern's folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<FoundFile>,
    /// Folders and files that do not match where the pattern has a name in braces.
    pub(super) unfit: Vec<PathBuf>,
    /// Links to a folder above themselves.
    pub(super) loops: Vec<PathBuf>,
    /// Links to files that were also found without the link.
    pub(super) doubles: Vec<PathBuf>,
    /// Folders that could not be read, and why.
    pub(super) closed: Vec<(PathBuf, String)>,
}

/// Follows `pattern` from its folder.
pub(super) fn walk(pattern: &PathPattern) -> Found {
    let mut walk = Walk { found: Found::default(), by_path: BTreeMap::new(), above: Vec::new() };
    let ended = [Part::Deep];
    // A pattern that is a plain folder matches everything in it.
    let parts = if pattern.parts.is_empty() { &ended[..] } else { &pattern.parts };
    walk.folder(&pattern.root, parts, &Names::new(), false);
    let mut files: Vec<FoundFile> = walk.by_path.into_values().collect();
    files.sort_by_cached_key(|file| order(&file.path));
    let mut seen: BTreeSet<FileId> =
        files.iter().filter(|file| !file.is_by_link).map(|file| file.id).collect();
    for file in files {
        // If only links lead to a file, the first of them counts.
        if file.is_by_link && !seen.insert(file.id) {
            walk.found.doubles.push(file.path);
        } else {
            walk.found.files.push(file);
        }
    }
    walk.found.loops.sort();
    walk.found.loops.dedup();
    // A folder that another branch of the pattern matched is not reported as unfit.
    let files = std::mem::take(&mut walk.found.files);
    walk.found.unfit.retain(|path| !files.iter().any(|file| file.path.starts_with(path)));
    walk.found.files = files;
    walk.found
}

struct Walk {
    found: Found,
    by_path: BTreeMap<PathBuf, FoundFile>,
    /// The folders from the root to the current one.
    above: Vec<FileId>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, parts: &[Part], names: &Names, is_by_link: bool) {
        let listed = fs::metadata(folder).and_then(|own| Ok((own, fs::read_dir(folder)?)));
        let (own, entries) = match listed {
            Ok(listed) => listed,
            Err(error) => return self.found.closed.push((folder.to_owned(), error.to_string())),
        };
        let id = (own.dev(), own.ino());
        if self.above.contains(&id) {
            return self.found.loops.push(folder.to_owned());
        }
        self.above.push(id);
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            self.entry(&path, parts, names, is_by_link);
        }
        self.above.pop();
    }

    fn entry(&mut self, path: &Path, parts: &[Part], names: &Names, is_by_link: bool) {
        // A broken link is skipped.
        let Ok(own) = fs::metadata(path) else { return };
        let is_by_link = is_by_link || path.is_symlink();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((first, rest)) = parts.split_first() else { return };
        let pieces = match first {
            Part::Deep => {
                // Hidden folders hold internal files of tools.
                if own.is_dir() && !name.starts_with('.') {
                    self.folder(path, parts, names, is_by_link);
                }
                if rest.is_empty() {
                    self.file(path, &own, (names, false, is_by_link));
                } else {
                    self.entry(path, rest, names, is_by_link);
                }
                return;
            }
            Part::Name(pieces) => pieces,
        };
        let Some(names) = matched(pieces, &name, names) else {
            let has_names = pieces.iter().any(|piece| matches!(piece, Piece::Field(_)));
            if has_names && !name.starts_with('.') {
                self.found.unfit.push(path.to_owned());
            }
            return;
        };
        if own.is_dir() {
            let rest = if rest.is_empty() { &[Part::Deep][..] } else { rest };
            self.folder(path, rest, &names, is_by_link);
        } else if rest.is_empty() {
            self.file(path, &own, (&names, true, is_by_link));
        }
    }

    fn file(&mut self, path: &Path, own: &fs::Metadata, found: (&Names, bool, bool)) {
        let (names, is_named, is_by_link) = found;
        if own.is_file() && !self.by_path.contains_key(path) {
            let (path, names, id) = (path.to_owned(), names.clone(), (own.dev(), own.ino()));
            let file = FoundFile { path: path.clone(), names, is_named, id, is_by_link };
            self.by_path.insert(path, file);
        }
    }
}

/// Sort key that puts `n=90` before `n=100`.
pub(super) fn order(path: &Path) -> Vec<(Option<u64>, String)> {
    let text = path.to_string_lossy().into_owned();
    let is_same = |a: char, b: char| a.is_ascii_digit() == b.is_ascii_digit();
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        match pieces.last_mut() {
            Some(piece) if piece.ends_with(|last| is_same(last, letter)) => piece.push(letter),
            _ => pieces.push(letter.to_string()),
        }
    }
    // Runs of digits are compared as numbers, and as texts if the numbers are equal.
    pieces.into_iter().map(|piece| (piece.parse().ok(), piece)).collect()
}
