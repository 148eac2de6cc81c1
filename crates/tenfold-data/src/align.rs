//! A second file made to agree with the first: same columns, same codes, same classes.

use std::collections::{BTreeMap, BTreeSet};

use crate::cells::SplitColumn;
use crate::dataset::{
    Dataset, Field, FieldValues, Images, MISSING, ReadingReport, Targets, content,
};
use crate::error::DataError;

impl Dataset {
    /// The same examples in the columns, category codes and class numbers of `reference`.
    ///
    /// A category that `reference` does not have becomes a missing value, with a note; columns that
    /// it does not have are dropped, with a note.
    ///
    /// # Errors
    /// [`DataError::SchemasDiffer`] for images of another shape, a column missing or of another kind
    /// and for another kind of target; [`DataError::UnknownClass`] for a class it does not have.
    pub fn align_to(&self, reference: &Self) -> Result<Self, DataError> {
        let mut notes = self.reading.notes.clone();
        let fields = match (self.images(), reference.images()) {
            (Some(own), Some(other)) => {
                let shape_of = |images: &Images| {
                    format!(
                        "images of {} × {}×{} (channels × height × width)",
                        images.channels, images.height, images.width
                    )
                };
                if (own.channels, own.height, own.width)
                    != (other.channels, other.height, other.width)
                {
                    return Err(DataError::SchemasDiffer {
                        found: shape_of(own),
                        needed: shape_of(other),
                    });
                }
                self.fields.to_vec()
            }
            _ if kind_of(self) != kind_of(reference) => {
                return Err(kinds_differ(kind_of(self), kind_of(reference)));
            }
            _ if self.texts().is_some() || self.pairs().is_some() => self.fields.to_vec(),
            _ if self.recordings().is_some() => align_recordings(self, reference)?,
            _ => align_columns(self, &reference.fields, &mut notes)?,
        };
        let targets = align_targets(&self.targets, &reference.targets)?;
        let content_hash = content(&fields, &targets);
        Ok(Self {
            fields: fields.into(),
            targets,
            columns: self.columns.clone(),
            reading: ReadingReport { rows: self.len(), notes },
            content_hash,
            keys: self.keys.clone(),
            numbers: self.numbers.clone(),
        })
    }
}

/// Recordings at the rate of `reference`, whose transcripts are written in its alphabet.
fn align_recordings(own: &Dataset, reference: &Dataset) -> Result<Vec<Field>, DataError> {
    let (Some(own), Some(other)) = (own.recordings(), reference.recordings()) else {
        return Err(kinds_differ(kind_of(own), kind_of(reference)));
    };
    let mut known = BTreeSet::new();
    for row in 0..other.transcripts.len() as u32 {
        known.extend(other.transcripts.row(row)?.chars());
    }
    for row in 0..own.transcripts.len() as u32 {
        let text = own.transcripts.row(row)?;
        if let Some(unknown) = text.chars().find(|character| !known.contains(character)) {
            let known = known.into_iter().collect();
            return Err(DataError::OtherAlphabet { row: row as usize + 1, text, unknown, known });
        }
    }
    let field = |name: &str, values| Field { name: name.to_owned(), values };
    Ok(vec![
        field("sound", FieldValues::Sounds(own.sounds.at_rate(other.sounds.rate()))),
        field("transcript", FieldValues::Texts(own.transcripts.clone())),
    ])
}

fn align_columns(
    dataset: &Dataset,
    other: &[Field],
    notes: &mut Vec<String>,
) -> Result<Vec<Field>, DataError> {
    let own = &dataset.fields;
    let mut columns = Vec::with_capacity(other.len());
    for wanted in other {
        let values = own.iter().find(|column| column.name == wanted.name);
        let raw = dataset.columns.get(&wanted.name);
        columns.push(align_column(values, raw, wanted, notes)?);
    }
    for column in &**own {
        if !other.iter().any(|wanted| wanted.name == column.name) {
            notes.push(format!(
                "column `{}` is not in the training data and is left out",
                column.name
            ));
        }
    }
    Ok(columns)
}

fn align_column(
    own: Option<&Field>,
    raw: Option<&SplitColumn>,
    wanted: &Field,
    notes: &mut Vec<String>,
) -> Result<Field, DataError> {
    let name = &wanted.name;
    let values = match (own.map(|column| &column.values), raw, &wanted.values) {
        (Some(FieldValues::Numeric(values)), _, FieldValues::Numeric(_)) => {
            FieldValues::Numeric(values.clone())
        }
        (_, Some(raw), FieldValues::Categorical { levels, .. }) => {
            let texts = (0..raw.cells.len()).map(|row| raw.cells.text(row));
            recode(texts, levels, name, notes)
        }
        (
            Some(FieldValues::Categorical { codes, levels: own_levels }),
            None,
            FieldValues::Categorical { levels, .. },
        ) => {
            let texts = codes.iter().map(|code| own_levels.get(*code as usize).cloned());
            recode(texts, levels, name, notes)
        }
        // A column without any value has no kind of its own.
        (None, Some(raw), FieldValues::Numeric(_))
            if (0..raw.cells.len()).all(|row| raw.cells.text(row).is_none()) =>
        {
            FieldValues::Numeric(vec![f32::NAN; raw.cells.len()])
        }
        (found, _, FieldValues::Numeric(_)) => {
            let found = if found.is_some() || raw.is_some() {
                format!("text in the column `{name}`")
            } else {
                format!("no column `{name}`")
            };
            return Err(DataError::SchemasDiffer { found, needed: format!("numbers in `{name}`") });
        }
        (_, _, FieldValues::Images(_) | FieldValues::Texts(_) | FieldValues::Sounds(_)) => {
            return Err(DataError::SchemasDiffer {
                found: format!("no `{name}` of that kind"),
                needed: format!("{} in `{name}`", wanted.kind()),
            });
        }
        (_, None, FieldValues::Categorical { .. }) => {
            let found = format!("no column `{name}`");
            return Err(DataError::SchemasDiffer {
                found,
                needed: format!("categories in `{name}`"),
            });
        }
    };
    Ok(Field { name: name.clone(), values })
}

fn recode(
    texts: impl Iterator<Item = Option<String>>,
    levels: &[String],
    column: &str,
    notes: &mut Vec<String>,
) -> FieldValues {
    let codes_of: BTreeMap<&str, u32> =
        levels.iter().zip(0_u32..).map(|(level, code)| (level.as_str(), code)).collect();
    let mut unknown = 0;
    let codes = texts.map(|text| {
        let Some(text) = text else { return MISSING };
        codes_of.get(text.trim()).copied().unwrap_or_else(|| {
            unknown += 1;
            MISSING
        })
    });
    let codes = codes.collect();
    if unknown > 0 {
        notes.push(format!(
            "{unknown} values of `{column}` are not in the training data and are read as missing"
        ));
    }
    FieldValues::Categorical { codes, levels: levels.to_vec() }
}

fn align_targets(own: &Targets, reference: &Targets) -> Result<Targets, DataError> {
    match (own, reference) {
        (Targets::Values { values, .. }, Targets::Values { name, .. }) => {
            Ok(Targets::Values { values: values.clone(), name: name.clone() })
        }
        (Targets::Classes { labels, names }, Targets::Classes { names: wanted, .. }) => {
            let translation: Vec<Option<u32>> = names
                .iter()
                .map(|name| wanted.iter().position(|other| other == name).map(|code| code as u32))
                .collect();
            let translated = labels.iter().enumerate().map(|(row, label)| {
                translation[*label as usize].ok_or_else(|| DataError::UnknownClass {
                    row: row + 1,
                    class: names[*label as usize].clone(),
                    known: wanted.clone(),
                })
            });
            let labels = translated.collect::<Result<_, _>>()?;
            Ok(Targets::Classes { labels, names: wanted.clone() })
        }
        (Targets::Own { examples }, Targets::Own { .. }) => {
            Ok(Targets::Own { examples: *examples })
        }
        (Targets::Translations { examples }, Targets::Translations { .. }) => {
            Ok(Targets::Translations { examples: *examples })
        }
        (Targets::Transcripts { examples }, Targets::Transcripts { .. }) => {
            Ok(Targets::Transcripts { examples: *examples })
        }
        (found, needed) => Err(kinds_differ(target_kind(found), target_kind(needed))),
    }
}

fn kinds_differ(found: &str, needed: &str) -> DataError {
    DataError::SchemasDiffer { found: found.to_owned(), needed: needed.to_owned() }
}

/// What an example of `dataset` is, for messages.
fn kind_of(dataset: &Dataset) -> &'static str {
    if dataset.pairs().is_some() {
        return "pairs of texts";
    }
    dataset.fields.first().map_or("a table", Field::kind)
}

fn target_kind(targets: &Targets) -> &'static str {
    match targets {
        Targets::Classes { .. } => "classes",
        Targets::Values { .. } => "numbers as targets",
        Targets::Own { .. } => "no targets",
        Targets::Translations { .. } => "translations",
        Targets::Transcripts { .. } => "transcripts",
    }
}
