//! This machine: trials in threads of this process, commands in processes of their own.

use super::RunPlace;

pub(super) static PLACE: RunPlace =
    RunPlace { name: "local", doc: "on this machine", is_here: true, table: None, keys: &[] };
