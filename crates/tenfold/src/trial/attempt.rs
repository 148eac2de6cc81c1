//! One execution of a trial. A trial may be started more than once; the token distinguishes the
//! executions, and only one of them publishes a result.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::{Trial, hexadecimal};

/// Name of one execution, unique across all machines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttemptToken(String);

impl AttemptToken {
    /// A fresh token: 16 hexadecimal digits from the process id, the time, a counter and the
    /// system's random numbers. The random numbers are needed because two machines may agree in all
    /// the rest. `nanoseconds` is the time now.
    pub fn fresh(nanoseconds: u128) -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let random = RandomState::new().build_hasher().finish();
        let text = format!("{}:{nanoseconds}:{count}:{random}", std::process::id());
        let digest = Sha256::digest(text.as_bytes());
        Self(hexadecimal(&digest[..8]))
    }

    /// Parses a token of 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 16 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The 16 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AttemptToken {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not the token of an attempt"))
    }
}

impl From<AttemptToken> for String {
    fn from(token: AttemptToken) -> Self {
        token.0
    }
}

impl fmt::Display for AttemptToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One execution of a trial.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its token.
    pub token: AttemptToken,
    /// The trial it executes.
    pub trial: Trial,
    /// 1 for the first execution in this run of the program, 2 for the retry.
    pub number: u32,
}
