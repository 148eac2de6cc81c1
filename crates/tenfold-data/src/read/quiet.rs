//! Decoders that panic on damaged bytes, turned into decoders that fail.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected and not to be printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Puts our filter before the program's panic hook, once.
static FILTER: Once = Once::new();

/// What `decode` returns, or `None` if it panicked; nothing is printed then.
///
/// Use this only for decoders of other crates that own their input, because anything they left
/// unfinished is dropped.
pub fn quietly<T>(decode: impl FnOnce() -> T) -> Option<T> {
    FILTER.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                print(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    IS_QUIET.set(false);
    result.ok()
}
