//! Hints to the processor about what is read next.

/// Asks for the cache lines of `numbers`. A hint: it changes nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    prefetch_from(numbers.as_ptr(), size_of_val(numbers));
}

/// Asks for the cache lines of the numbers that come right after `numbers`, as many again. A hint: it
/// changes nothing, also where nothing comes after.
#[inline(always)]
pub(crate) fn prefetch_next<T>(numbers: &[T]) {
    prefetch_from(numbers.as_ptr_range().end, size_of_val(numbers));
}

#[inline(always)]
fn prefetch_from<T>(start: *const T, bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        /// Bytes of a cache line.
        const LINE: usize = 64;
        for offset in (0..bytes).step_by(LINE) {
            // SAFETY: the instruction never faults, whatever the address.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(start.cast::<i8>().wrapping_add(offset));
            }
        }
    }
}
