//! Loops that are compiled once for each width of vector unit; a call chooses the widest version
//! that the processor can run.

/// Vector units of the running processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VectorUnits {
    /// AVX-512 with its byte, word and 256-bit forms.
    Wide,
    /// AVX2 and fused multiply-add.
    Middle,
    /// What every processor of this architecture has.
    Baseline,
}

impl VectorUnits {
    /// The widest units found; the answer is cached by the standard library.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub(crate) fn of_this_processor() -> Self {
        if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
            Self::Baseline
        } else if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            Self::Wide
        } else {
            Self::Middle
        }
    }

    /// Only x86-64 has a choice at run time.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn of_this_processor() -> Self {
        Self::Baseline
    }
}

/// Defines a function whose body is compiled three times: plain, for AVX2 and for AVX-512.
///
/// Elementwise loops give the same bits in all three, because the compiler never contracts a
/// product and a sum on its own.
macro_rules! vectorised {
    ($(#[$meta:meta])* fn $name:ident<$real:ident>($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        pub(crate) fn $name<$real: $crate::engine::real::Real>($($argument: $type),*) {
            #[inline(always)]
            fn portable<$real: $crate::engine::real::Real>($($argument: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "wider vector units need a checked call")]
            {
                use $crate::engine::kernel::VectorUnits;
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
                fn wide<$real: $crate::engine::real::Real>($($argument: $type),*) {
                    portable($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn middle<$real: $crate::engine::real::Real>($($argument: $type),*) {
                    portable($($argument),*);
                }
                match VectorUnits::of_this_processor() {
                    // SAFETY: these features were just found on this processor.
                    VectorUnits::Wide => unsafe { wide($($argument),*) },
                    // SAFETY: these features were just found on this processor.
                    VectorUnits::Middle => unsafe { middle($($argument),*) },
                    VectorUnits::Baseline => portable($($argument),*),
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            portable($($argument),*);
        }
    };
}

pub(crate) use vectorised;
