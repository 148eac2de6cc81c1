//! Elements that several sections print, in whatever order they are assembled.

pub(super) mod plain;
pub(super) mod table;
pub(super) mod wrap;
