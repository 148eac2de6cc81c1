//! What several sections print with, whoever puts them together.

pub(super) mod plain;
pub(super) mod table;
pub(super) mod wrap;
