//! Keys of `[goal]`: what to reach, what it is worth and what it may take.

use super::{Key, KeyKind, POSITIVE, Section, key};

const ABOVE_ZERO: KeyKind = KeyKind::Number { above: 0.0, inclusive: false };

const FROM_ZERO: KeyKind = KeyKind::Number { above: 0.0, inclusive: true };

/// The keys, in the order of the documentation.
pub(in super::super) const KEYS: &[Key] = &[
    Key {
        default: "none",
        doc: "The error to reach: a number, or for error rates a share.",
        example: "\"10%\"",
        ..key(Section::Goal, "target", KeyKind::Target)
    },
    Key {
        default: "none",
        doc: "What one more example costs, in any currency.",
        example: "0.05",
        ..key(Section::Goal, "cost_per_example", FROM_ZERO)
    },
    Key {
        default: "the largest size measured",
        doc: "Examples you have already.",
        example: "\"60k\"",
        ..key(Section::Goal, "have", POSITIVE)
    },
    Key {
        default: "none",
        doc: "What one point less error is worth, in the currency of `cost_per_example`: a \
              percentage point of an error rate, one unit of any other metric.",
        example: "2000",
        ..key(Section::Goal, "value_per_point", ABOVE_ZERO)
    },
    Key {
        default: "no limit",
        doc: "Most that may be spent on more examples; goes with `cost_per_example`.",
        example: "5000",
        ..key(Section::Goal, "budget", FROM_ZERO)
    },
    Key {
        default: "no limit",
        doc: "New examples that can be had a day.",
        example: "500",
        ..key(Section::Goal, "examples_per_day", ABOVE_ZERO)
    },
    Key {
        default: "no limit",
        doc: "Days until the model is needed; goes with `examples_per_day`.",
        example: "30",
        ..key(Section::Goal, "deadline", FROM_ZERO)
    },
];
