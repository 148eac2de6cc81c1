//! Turns result files into runs: files of one folder and one tool belong together, and their format
//! reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::path_pattern::{Names, PathPattern};
use super::walk::{Found, FoundFile, order};
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::import::at::At;
use crate::import::mapping::Mapping;
use crate::import::readers::result::{
    Candidate, RESULT_FORMATS, Record, ResultFormat, format_of, settings,
};
use crate::import::readers::unreadable;
use crate::import::understand::LeftOut;

/// Number of unreadable files that are reported one by one.
const TOLD: usize = 8;

/// One run, with the content of its files.
#[derive(Debug)]
pub(super) struct FolderRun {
    /// Its folder, relative to the pattern's folder.
    pub(super) name: String,
    /// Values of the names in braces.
    pub(super) names: Names,
    /// Names that Hydra's command line or sweep set.
    pub(super) overridden: Vec<String>,
    pub(super) format: &'static ResultFormat,
    pub(super) record: Record,
    /// Which of its values is used.
    pub(super) at: At,
    /// Hash of its files.
    pub(super) digest: String,
    /// Size, seed and curve, once they are known.
    pub(super) told: BTreeMap<String, String>,
}

/// All runs, and what was left out or noted.
pub(super) struct ReadRuns {
    pub(super) runs: Vec<FolderRun>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) left_out_count: usize,
    pub(super) notes: Vec<String>,
    /// Description of the source: "result files, runs of Keras (8)".
    pub(super) described: String,
}

/// Files with an equal key belong to one run: its folder, its format, the values of the pattern's
/// names.
type RunKey = (PathBuf, usize, Names);

/// Reads the runs in the files that the walk found.
///
/// # Errors
/// Files that cannot be read, unless they are to be left out.
pub(super) fn read(
    pattern: &PathPattern,
    found: &Found,
    mapping: &Mapping,
) -> Result<ReadRuns, Problems> {
    let mut groups: BTreeMap<RunKey, Vec<PathBuf>> = BTreeMap::new();
    for file in &found.files {
        if let Some((format, folder)) = claim(file) {
            groups.entry((folder, format, file.names.clone())).or_default().push(file.path.clone());
        }
    }
    let notes = drop_beside_tools(&mut groups, pattern);
    let mut keyed: Vec<(RunKey, Vec<PathBuf>)> = groups.into_iter().collect();
    keyed.sort_by_cached_key(|(_, files)| order(&files[0]));
    let mut runs_in: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for ((folder, ..), _) in &keyed {
        *runs_in.entry(folder.clone()).or_default() += 1;
    }
    let mut read = ReadRuns {
        runs: Vec::new(),
        left_out: Vec::new(),
        left_out_count: 0,
        notes,
        described: String::new(),
    };
    let mut problems = Vec::new();
    for (path, why) in &found.closed {
        let hint = format!("chmod +rx {}", path.display());
        let problem = unreadable(path, why).hint(hint);
        take(Err(problem.into()), pattern.inside(path), mapping, &mut read, &mut problems);
    }
    for ((folder, format, names), mut files) in keyed {
        files.sort_by_cached_key(|file| order(file));
        // If a folder holds several runs, each is named after its file.
        let name = match pattern.inside(&folder) {
            inside if inside.is_empty() || runs_in[&folder] > 1 => pattern.inside(&files[0]),
            inside => inside,
        };
        let source = RunSource { name, folder, format: &RESULT_FORMATS[format], names, files };
        let runs = runs_of(pattern, &source, mapping);
        take(runs, source.name, mapping, &mut read, &mut problems);
    }
    if !problems.is_empty() {
        return Err(shortened(problems));
    }
    read.described = described(&read.runs);
    read.left_out_count = read.left_out.len();
    Ok(read)
}

fn claim(file: &FoundFile) -> Option<(usize, PathBuf)> {
    let name = file.path.file_name()?.to_string_lossy().into_owned();
    format_of(&Candidate { path: &file.path, name: &name, is_named: file.is_named })
}

/// Drops files in a plain format that lie in the folder of a run written by a known tool.
fn drop_beside_tools(
    groups: &mut BTreeMap<RunKey, Vec<PathBuf>>,
    pattern: &PathPattern,
) -> Vec<String> {
    let plain = RESULT_FORMATS.len() - 1;
    let of_tools: Vec<(PathBuf, usize)> =
        groups.keys().filter(|key| key.1 != plain).map(|key| (key.0.clone(), key.1)).collect();
    let tool_of: BTreeMap<PathBuf, usize> = of_tools.into_iter().rev().collect();
    let mut notes = Vec::new();
    let mut dropped: Vec<(String, &'static str)> = Vec::new();
    groups.retain(|(folder, format, _), files| {
        let Some(tool) = tool_of.get(folder).filter(|_| *format == plain) else { return true };
        let names = files.iter().map(|file| pattern.inside(file));
        dropped.extend(names.map(|name| (name, RESULT_FORMATS[*tool].name)));
        false
    });
    if let Some((first, tool)) = dropped.first() {
        let more = match dropped.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let file = Path::new(first).file_name().unwrap_or_default().to_string_lossy();
        notes.push(format!(
            "`{first}`{more} is not read, the results of {tool} beside it are; a pattern that ends \
             in `/{file}` reads it"
        ));
    }
    notes
}

/// The files from which the runs of one folder and tool are read.
struct RunSource {
    name: String,
    folder: PathBuf,
    format: &'static ResultFormat,
    names: Names,
    files: Vec<PathBuf>,
}

fn runs_of(
    pattern: &PathPattern,
    source: &RunSource,
    mapping: &Mapping,
) -> Result<Vec<FolderRun>, Problems> {
    let RunSource { name, folder, format, names, files } = source;
    let hydra = hydra_above(folder, &pattern.root)?.unwrap_or_default();
    let records = (format.read)(files)?;
    let digest = digest(files);
    let made = records.into_iter().map(|mut record| {
        let name = match &record.part {
            None => name.clone(),
            Some(part) if part.starts_with('#') => format!("{}{part}", pattern.inside(&files[0])),
            Some(part) => format!("{}/{part}", pattern.inside(folder)).trim_matches('/').to_owned(),
        };
        for (key, text) in &hydra.config {
            record.fields.entry(key.clone()).or_insert_with(|| text.clone());
        }
        let at = mapping.at.unwrap_or(format.usual);
        let overridden = hydra.overridden.clone();
        let (names, digest, told) = (names.clone(), digest.clone(), BTreeMap::new());
        FolderRun { name, names, overridden, format, record, at, digest, told }
    });
    Ok(made.collect())
}

/// Hydra's record of the run in `folder`, or in a folder above it up to `root`.
fn hydra_above(folder: &Path, root: &Path) -> Result<Option<settings::HydraRun>, Problems> {
    for above in folder.ancestors().take_while(|above| above.starts_with(root)) {
        if let Some(found) = settings::hydra(above)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Hash of the files' contents, so that the same run is recognised wherever it is found.
fn digest(files: &[PathBuf]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let bytes = std::fs::read(file).unwrap_or_default();
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let mut digits = String::new();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn take(
    runs: Result<Vec<FolderRun>, Problems>,
    name: String,
    mapping: &Mapping,
    read: &mut ReadRuns,
    problems: &mut Vec<Problem>,
) {
    match runs {
        Ok(runs) => read.runs.extend(runs),
        Err(found) if mapping.skip_unusable => {
            let why: Vec<String> = found.0.into_iter().map(|problem| problem.message).collect();
            read.left_out.push(LeftOut { run: name, why: why.join("; ") });
        }
        Err(found) => problems.extend(found.0.into_iter().map(|mut problem| {
            let skip = "`--skip-unusable` leaves such runs out";
            let hint = problem.hint.take();
            problem.hint = Some(hint.map_or(skip.to_owned(), |hint| format!("{hint}; {skip}")));
            problem
        })),
    }
}

fn shortened(mut problems: Vec<Problem>) -> Problems {
    let count = problems.len();
    if count > TOLD {
        problems.truncate(TOLD);
        let message = format!("{} more of {count} files are not shown", count - TOLD);
        problems.push(Problem::new(ProblemKind::Import, message));
    }
    Problems(problems)
}

/// Describes the source: "result files, runs of Keras (8)".
fn described(runs: &[FolderRun]) -> String {
    let of = |format: &ResultFormat| {
        let count = runs.iter().filter(|run| run.format.name == format.name).count();
        (count > 0).then(|| format!("{} ({count})", format.name))
    };
    let counts: Vec<String> = RESULT_FORMATS.iter().filter_map(of).collect();
    format!("result files, runs of {}", counts.join(", "))
}
