//! What to type instead: the second half of every error.

use crate::error::{ColumnRole, DataError, quoted};

/// The name among `candidates` most like `wanted`, if it is similar enough to be a typing error.
pub(crate) fn closest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = wanted.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR_ENOUGH)
        // The first of equals, so that the order of the file decides.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// Similarity from which on a name counts as a typing error; `price`/`prise` has 0.91,
/// `age`/`label` 0.51.
const NEAR_ENOUGH: f64 = 0.75;

/// Jaro-Winkler similarity, 0 to 1, but at least 0.8 for a single typing error: short names such as
/// `dgo` for `dog` would have 0.56.
fn likeness(wanted: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(wanted, candidate);
    let is_one_slip = wanted.len() > 2 && strsim::damerau_levenshtein(wanted, candidate) <= 1;
    if is_one_slip { likeness.max(0.8) } else { likeness }
}

impl DataError {
    /// A text that can be typed or done, `None` where nothing general can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotThere { closest, .. } => {
                closest.as_ref().map(|path| format!("did you mean `{}`?", path.display()))
            }
            Self::Truncated { .. } | Self::Corrupt { .. } => {
                Some("copy or download the file again".to_owned())
            }
            Self::WrongMagic { instead, .. } => instead
                .as_ref()
                .map(|path| format!("give the images file: `path = \"{}\"`", path.display())),
            Self::CountsDiffer { .. } => {
                Some("use images and labels of the same part, such as both `train-`".to_owned())
            }
            Self::OddImage { first_size: (width, height), .. } => Some(format!(
                "resize all images to one size first: `mogrify -resize {width}x{height}! */*`"
            )),
            Self::NotAnImageFolder { instead, .. } => match instead {
                Some(path) => Some(format!("did you mean `path = \"{}\"`?", path.display())),
                None => Some("put the images of each class in a folder named after it".to_owned()),
            },
            Self::RaggedRow { .. } => {
                Some("put quotes around cells that hold the separator".to_owned())
            }
            Self::NoSuchColumn { wanted, columns, role, .. } => {
                no_column_hint(wanted, columns, *role)
            }
            Self::TargetChoice { suggestion, .. } => suggestion.clone(),
            Self::BadTarget { rows, role, .. } => Some(match rows {
                1 => format!("remove that row or give it a {role}"),
                _ => format!("remove the {rows} rows without a usable {role} or give them one"),
            }),
            Self::BadText { rows, .. } => Some(match rows {
                1 => "remove that row or give it a text".to_owned(),
                _ => format!("remove the {rows} rows without a text or give them one"),
            }),
            Self::TooManyClasses { column, numeric: true, .. } => {
                Some(format!("to predict a number write `target = \"{column}\"`"))
            }
            Self::UnknownBuiltin { wanted, known } => {
                closest(wanted, known.iter().map(String::as_str))
                    .map(|name| format!("did you mean `builtin = \"{name}\"`?"))
            }
            Self::BadLines { lines, .. } => Some(match lines {
                1 => "mend that line, or leave it out: `skip_bad = 1`".to_owned(),
                _ => format!("mend these lines, or leave them out: `skip_bad = {lines}`"),
            }),
            Self::LinesDiffer { .. } => Some(
                "look for the first line that is no translation: an empty line left out on one side, or two \
                 sentences in one"
                    .to_owned(),
            ),
            Self::SpeechColumn { key, closest, .. } => Some(match closest {
                Some(name) => format!("did you mean `{key} = \"{name}\"`?"),
                None => format!("say which it is: `{key} = \"COLUMN\"`"),
            }),
            Self::NoRecordingNamed { .. } => Some(
                "a cell is the path of a file from one of these folders on, with its ending: `ann/001.wav`"
                    .to_owned(),
            ),
            Self::OtherAlphabet { .. } => Some(
                "write both in the same letters (all small, for example), or hold examples out of one data set"
                    .to_owned(),
            ),
            Self::KeyNeeded { needed, .. } => {
                needed.split_once("such as ").map(|(_, example)| format!("for example {example}"))
            }
            Self::UnknownKey { name, .. } => Some(format!("take `{name}` out")),
            Self::Changed { .. } => Some("run again when nobody writes it".to_owned()),
            Self::EmptyDocument { .. } => {
                Some("take the file out of the folder, or write something into it".to_owned())
            }
            Self::UnknownClass { class, known, .. } => {
                closest(class, known.iter().map(String::as_str))
                    .map(|name| format!("did you mean `{name}`?"))
            }
            _ => None,
        }
    }
}

fn no_column_hint(wanted: &str, columns: &[String], role: ColumnRole) -> Option<String> {
    if let Some(name) = closest(wanted, columns.iter().map(String::as_str)) {
        return Some(format!("did you mean `{role} = \"{name}\"`?"));
    }
    let looks_like_data = columns.iter().any(|name| name.trim().parse::<f64>().is_ok());
    looks_like_data.then(|| {
        format!(
            "the first line looks like data: put a line with column names before it, now {}",
            quoted(columns)
        )
    })
}
