//! The only place that turns numbers into text.
