//! This machine: trials run in threads of this process, commands in their own processes.

use super::RunPlace;

pub(super) static PLACE: RunPlace =
    RunPlace { name: "local", doc: "on this machine", is_here: true, table: None, keys: &[] };
