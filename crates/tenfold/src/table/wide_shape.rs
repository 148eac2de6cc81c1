//! Recognises wide tables by their headers.

use tenfold_core::TrainingSetSize;

use super::Wide;
use super::wide_names::{REPEATS, WORDS};
use crate::meaning::names::{SIZES, plain};

/// Positions of the sizes, the curves and the repeats of a wide table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Sizes in the header, a row for each curve or repeat.
    SizesAbove {
        /// Columns with numbers, each with its size as in the header, without `n=`.
        sizes: Vec<(usize, String)>,
        /// Columns that name the curve.
        labels: Vec<usize>,
        /// Column with the repeat; without labels the rows themselves are repeats.
        seed: Option<usize>,
    },
    /// Sizes in a column, a column for each curve or repeat.
    SizesBeside {
        /// Column of the sizes.
        size: usize,
        /// Columns with numbers.
        columns: Vec<usize>,
        /// Whether they are curves or repeats.
        are: Wide,
    },
    /// Columns beside sizes whose meaning cannot be derived.
    Unclear {
        /// Their names.
        names: Vec<String>,
    },
}

/// The curve, size and seed of one number of a wide table.
pub(super) struct Measured {
    pub(super) curve: Option<String>,
    pub(super) size: String,
    pub(super) seed: Option<String>,
}

/// Most columns of a wide table.
const MOST_COLUMNS: usize = 1000;

/// The shape of a table with these names; `None` if it has one row per measurement.
pub(super) fn shape(names: &[String], metric: Option<&str>, wide: Option<Wide>) -> Option<Shape> {
    let is_metric = |name: &String| metric.is_some_and(|metric| name.eq_ignore_ascii_case(metric));
    if names.len() > MOST_COLUMNS || names.iter().any(is_metric) {
        return None;
    }
    sizes_above(names).or_else(|| sizes_beside(names, wide))
}

/// A size in a header: `1000`, `64k`, `n=1000`, `1,000`.
fn size_in(name: &str) -> Option<(f64, String)> {
    let number = match name.rsplit_once('=') {
        Some((before, number)) if SIZES.contains(&plain(before).as_str()) => number.trim(),
        Some(_) => return None,
        None => name,
    };
    let mut groups = number.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = number.contains(',')
        && (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()));
    let number = if is_grouped { number.replace(',', "") } else { number.to_owned() };
    let size = number.parse::<TrainingSetSize>().ok()?.get();
    (size >= 1.0 && size.fract() <= 0.0).then_some((size, number))
}

fn sizes_above(names: &[String]) -> Option<Shape> {
    let found: Vec<Option<(f64, String)>> = names.iter().map(|name| size_in(name)).collect();
    let numbers: Vec<f64> = found.iter().flatten().map(|(size, _)| *size).collect();
    let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let falls = numbers.windows(2).all(|pair| pair[0] > pair[1]);
    // Sizes differ by more than one; years and folds differ by one.
    let is_counted = numbers.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.0);
    let others: Vec<usize> = (0..names.len()).filter(|at| found[*at].is_none()).collect();
    if numbers.len() < 3 || !(rises || falls) || is_counted || others.len() > 3 {
        return None;
    }
    let is_seed = |at: &&usize| REPEATS.contains(&plain(&names[**at]).as_str());
    let seed = others.iter().find(is_seed).copied();
    let labels = others.into_iter().filter(|at| Some(*at) != seed).collect();
    let size = |at: usize| found[at].as_ref().map(|(_, text)| (at, text.clone()));
    Some(Shape::SizesAbove { sizes: (0..names.len()).filter_map(size).collect(), labels, seed })
}

fn sizes_beside(names: &[String], wide: Option<Wide>) -> Option<Shape> {
    let is_size = |name: &String| SIZES.contains(&plain(name).as_str());
    let size = match names.iter().position(is_size) {
        Some(at) => at,
        None if wide.is_some() => 0,
        None => return None,
    };
    let columns: Vec<usize> = (0..names.len()).filter(|at| *at != size).collect();
    let others: Vec<&str> = columns.iter().map(|at| names[*at].as_str()).collect();
    if let Some(are) = wide.filter(|_| !columns.is_empty()) {
        return Some(Shape::SizesBeside { size, columns, are });
    }
    if others.len() < 2 {
        return None;
    }
    if are_repeats(&others) {
        return Some(Shape::SizesBeside { size, columns, are: Wide::Repeats });
    }
    let is_known = |name: &&str| {
        let name = plain(name);
        name.is_empty()
            || is_size(&name)
            || name.split('_').any(|word| {
                let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
                WORDS.contains(&word)
                    || WORDS.contains(&stem)
                    || WORDS.iter().any(|known| known.len() > 3 && word.contains(known))
            })
    };
    if others.iter().any(is_known) {
        return None;
    }
    Some(Shape::Unclear { names: others.into_iter().map(str::to_owned).collect() })
}

/// Whether names are numbered with one word, as `seed 0`, `seed 1` or `error_1`, `error_2`.
fn are_repeats(names: &[&str]) -> bool {
    let parts = |name: &&str| {
        let name = name.to_lowercase();
        let word = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned();
        let number = name[word.len()..].parse::<u64>().ok()?;
        Some((plain(&word), number, word.ends_with(['_', ' ', '-', '=', '#', '.'])))
    };
    let Some(parts) = names.iter().map(parts).collect::<Option<Vec<_>>>() else { return false };
    let (word, first, is_apart) = &parts[0];
    let is_one_word = parts.iter().all(|(other, _, apart)| other == word && apart == is_apart);
    let follows = parts.windows(2).all(|pair| pair[0].1 + 1 == pair[1].1) && *first <= 1;
    let is_repeat =
        REPEATS.iter().any(|repeat| word == repeat || word.ends_with(&format!("_{repeat}")));
    let is_known = word.is_empty() || word.split('_').any(|part| WORDS.contains(&part));
    is_one_word && (is_repeat || (follows && is_known && (*is_apart || word.is_empty())))
}

impl Shape {
    /// Columns with numbers.
    pub(super) fn values(&self) -> Vec<usize> {
        match self {
            Self::SizesAbove { sizes, .. } => sizes.iter().map(|(at, _)| *at).collect(),
            Self::SizesBeside { columns, .. } => columns.clone(),
            Self::Unclear { .. } => Vec::new(),
        }
    }

    /// Whether measurements have the name of a curve.
    pub(super) fn has_curves(&self) -> bool {
        match self {
            Self::SizesAbove { labels, .. } => !labels.is_empty(),
            Self::SizesBeside { are, .. } => *are == Wide::Curves,
            Self::Unclear { .. } => false,
        }
    }

    /// Whether measurements have a seed.
    pub(super) fn has_seeds(&self) -> bool {
        match self {
            Self::SizesAbove { labels, seed, .. } => labels.is_empty() || seed.is_some(),
            Self::SizesBeside { are, .. } => *are == Wide::Repeats,
            Self::Unclear { .. } => false,
        }
    }

    /// The curve, size and seed of the number in column `at`, called `head`, of row `index` with
    /// these texts.
    pub(super) fn measured(
        &self,
        at: usize,
        head: &str,
        texts: &[String],
        index: usize,
    ) -> Measured {
        let text = |at: usize| texts.get(at).cloned().unwrap_or_default();
        match self {
            Self::SizesAbove { sizes, labels, seed } => {
                let size = sizes.iter().find(|(column, _)| *column == at);
                let words: Vec<String> = labels.iter().map(|at| text(*at)).collect();
                // A text such as `fold 3` is not a number, so that the row's index becomes the
                // seed. Without labels it is the row's index too.
                let seed = match seed.map(text) {
                    Some(seed) if seed.parse::<u64>().is_ok() => Some(seed),
                    Some(_) => Some(index.to_string()),
                    None => labels.is_empty().then(|| index.to_string()),
                };
                Measured {
                    curve: (!labels.is_empty()).then(|| words.join(" ").trim().to_owned()),
                    size: size.map_or_else(|| head.to_owned(), |(_, size)| size.clone()),
                    seed,
                }
            }
            Self::SizesBeside { size, columns, are } => {
                let place = columns.iter().position(|column| *column == at).unwrap_or(at);
                let is_curve = *are == Wide::Curves;
                Measured {
                    curve: is_curve.then(|| head.to_owned()),
                    size: text(*size),
                    seed: (!is_curve).then(|| place.to_string()),
                }
            }
            Self::Unclear { .. } => Measured { curve: None, size: head.to_owned(), seed: None },
        }
    }

    /// Says how a wide table with `rows` rows was read.
    pub(super) fn in_words(&self, rows: usize) -> String {
        match self {
            Self::SizesAbove { sizes, labels, .. } => {
                let first = sizes.first().map_or("", |(_, size)| size);
                let last = sizes.last().map_or("", |(_, size)| size);
                let what = if labels.is_empty() { "repeat" } else { "curve" };
                format!(
                    "read a wide table: sizes from {first} to {last} in the header, each of {rows} \
                     rows a {what}"
                )
            }
            Self::SizesBeside { columns, are, .. } => {
                let what = if *are == Wide::Curves { "curve" } else { "repeat" };
                format!(
                    "read a wide table: a size in each of {rows} rows, each of {} columns a {what}",
                    columns.len()
                )
            }
            Self::Unclear { .. } => "read no wide table".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(header: &str) -> Option<Shape> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        shape(&names, None, None)
    }

    #[test]
    fn sizes_in_the_header_make_a_table_wide() {
        for header in ["165,330,825,1651", "1k,2k,4k", "n=100,n=200,n=400", "400,200,100"] {
            let Some(Shape::SizesAbove { sizes, labels, .. }) = shape_of(header) else {
                panic!("{header}")
            };
            assert!(sizes.len() >= 3 && labels.is_empty(), "{header}");
        }
        let named = shape_of("category,66,132,264");
        assert!(named.is_some_and(|shape| shape.has_curves() && !shape.has_seeds()));
        let folds = shape_of("model,fold,66,132,264");
        assert!(folds.is_some_and(|shape| shape.has_curves() && shape.has_seeds()));
    }

    #[test]
    fn a_row_a_measurement_years_and_folds_do_not() {
        for header in [
            "size,error",
            "1000,0.25",
            "1000,2000",
            "model,2019,2020,2021",
            "a,b,c,d,1,5,9",
            "size,error,std",
            "size,loss,accuracy",
            "size,train_loss,val_loss",
            "size,map50,map75",
            "size,top1,top5",
            "n,accuracy,f1",
            "size,seed,error",
            "size,model,x",
        ] {
            assert_eq!(shape_of(header), None, "{header}");
        }
    }

    #[test]
    fn columns_that_count_repeats_are_repeats_and_others_are_asked_for() {
        for header in [
            "size,seed0,seed1",
            "size,fold 1,fold 2",
            "n,0,1,2",
            "m,error_1,error_2",
            "size,run_7,run_9",
        ] {
            let shape = shape_of(header);
            assert!(
                matches!(shape, Some(Shape::SizesBeside { are: Wide::Repeats, .. })),
                "{header}"
            );
        }
        for header in ["size,cnn,vit", "size,resnet18,resnet50"] {
            assert!(matches!(shape_of(header), Some(Shape::Unclear { .. })), "{header}");
        }
    }
}
