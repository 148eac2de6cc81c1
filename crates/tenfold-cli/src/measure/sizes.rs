//! Parses training-set sizes as they are typed: `1k..64k`, or a list.

use anyhow::Result;

use crate::amount;
use crate::problem::usage;

/// The sizes of `--sizes` as a value of the study file.
///
/// # Errors
/// What is no size, a range that goes down, a list that does not grow.
pub(crate) fn toml_sizes(typed: &str) -> Result<String> {
    let whole = |word: &str| -> Result<u64> {
        let size = amount::size(word, "--sizes")?.get();
        if size.fract() == 0.0 && size <= 1e12 {
            return Ok(size as u64);
        }
        let message = format!("--sizes: `{word}` is not a whole number of examples");
        Err(usage(message, format!("--sizes {:.0}", size.max(1.0))))
    };
    if let Some((from, to)) = typed.split_once("..") {
        let (from, to) = (whole(from)?, whole(to.trim_start_matches('='))?);
        if from >= to {
            let message = format!("`--sizes {typed}` goes from {from} to {to}, which is no growth");
            return Err(usage(message, format!("--sizes {to}..{from}")));
        }
        return Ok(format!("{{ from = {from}, to = {to}, factor = 2 }}"));
    }
    let sizes: Vec<u64> = typed.split(',').map(whole).collect::<Result<_>>()?;
    if let Some([before, after]) = sizes.windows(2).find(|pair| pair[0] >= pair[1]) {
        let message = format!("`--sizes {typed}` does not grow: {after} after {before}");
        let mut sorted = sizes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let list: Vec<String> = sorted.iter().map(u64::to_string).collect();
        return Err(usage(message, format!("--sizes {}", list.join(","))));
    }
    Ok(format!("{sizes:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_double_and_lists_stay() {
        let range = toml_sizes("1k..64k").unwrap();
        assert_eq!(range, "{ from = 1000, to = 64000, factor = 2 }");
        assert_eq!(toml_sizes("100,300,1k").unwrap(), "[100, 300, 1000]");
        assert_eq!(toml_sizes("64").unwrap(), "[64]");
        for wrong in ["", "64k..1k", "5,3", "1.5", "1k..", "many"] {
            assert!(toml_sizes(wrong).is_err(), "{wrong}");
        }
    }
}
