//! Does work on many items in threads and returns the results in the order of the items.

use std::iter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Most results that are in memory at once: enough to keep the threads busy, a few megabytes of
/// answers.
const HELD: usize = 512;

/// Calls `each` with `work(0)`, `work(1)` and so on below `count`, until `each` returns that it has
/// enough.
///
/// `each` receives the same results for any number of `threads`.
pub(super) fn in_order<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut each: impl FnMut(T) -> bool,
) {
    for first in (0..count).step_by(HELD) {
        let end = (first + HELD).min(count);
        let next = AtomicUsize::new(first);
        let take = || {
            let indices = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            let mine = indices.take_while(|at| *at < end);
            mine.map(|at| (at, work(at))).collect::<Vec<(usize, T)>>()
        };
        let mut done: Vec<(usize, T)> = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
            let mut done = take();
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(at, _)| *at);
        if !done.into_iter().all(|(_, result)| each(result)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(count: usize, threads: usize) -> Vec<usize> {
        let mut found = Vec::new();
        in_order(
            count,
            threads,
            |at| at * at,
            |square| {
                found.push(square);
                true
            },
        );
        found
    }

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        let expected: Vec<usize> = (0..2_000).map(|at| at * at).collect();
        for threads in [1, 2, 8] {
            assert_eq!(squares(2_000, threads), expected);
        }
        assert!(squares(0, 8).is_empty());
    }

    #[test]
    fn nothing_is_asked_for_after_enough() {
        let mut seen = 0;
        in_order(
            10_000,
            2,
            |at| at,
            |at| {
                seen += 1;
                at < 9
            },
        );
        assert_eq!(seen, 10);
    }
}
