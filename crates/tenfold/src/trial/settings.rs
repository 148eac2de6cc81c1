//! The settings of a trial as data: a JSON object in the store, one line of text for a person.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tenfold_train::SettingValue;

/// Name and value of every setting, in the order of the registry; those of a command in the order
/// of its search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(pub Vec<(String, SettingValue)>);

impl Settings {
    /// The settings in `text`, which [`Settings::to_json`] wrote; empty for any other text.
    pub fn of_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The object as text; the same settings give the same text.
    pub fn to_json(&self) -> String {
        // Serialising strings and finite numbers by name cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Settings {
    /// `key=value`, joined by spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, value)) in self.0.iter().enumerate() {
            let gap = if number > 0 { " " } else { "" };
            write!(f, "{gap}{name}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Value(value))))
    }
}

/// A value as written in JSON: whole numbers have no decimal point.
struct Value<'a>(&'a SettingValue);

/// Whole numbers below this are exact both as `f64` and as `i64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            SettingValue::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                serializer.serialize_i64(*number as i64)
            }
            SettingValue::Number(number) => serializer.serialize_f64(*number),
            SettingValue::Text(text) => serializer.serialize_str(text),
            SettingValue::Flag(flag) => serializer.serialize_bool(*flag),
        }
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Deserialises an object and keeps the order of its names, which a sorted map would lose.
struct InOrder;

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Number(f64),
    Text(String),
    Flag(bool),
}

impl<'de> Visitor<'de> for InOrder {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut entries = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Read>()? {
            let value = match value {
                Read::Number(number) => SettingValue::Number(number),
                Read::Text(text) => SettingValue::Text(text),
                Read::Flag(flag) => SettingValue::Flag(flag),
            };
            entries.push((name, value));
        }
        Ok(Settings(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_an_object_in_their_order_and_are_read_back() {
        let number = |name: &str, value: f64| (name.to_owned(), SettingValue::Number(value));
        let text = ("text".to_owned(), SettingValue::Text("two words=1".to_owned()));
        let flag = ("tied".to_owned(), SettingValue::Flag(true));
        let numbers = [number("width", 64.0), number("rate", 1e-7), number("a", -2.0)];
        let settings = Settings(numbers.into_iter().chain([text, flag]).collect());
        let json = settings.to_json();
        let expected = r#"{"width":64,"rate":1e-7,"a":-2,"text":"two words=1","tied":true}"#;
        assert_eq!(json, expected);
        assert_eq!(Settings::of_json(&json), settings);
        assert_eq!(settings.to_string(), "width=64 rate=0.0000001 a=-2 text=two words=1 tied=true");
        assert_eq!(Settings::of_json("width=64"), Settings::default());
    }
}
