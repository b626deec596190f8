//! Vectors: the instruction sets, and the two element types.
//!
//! Every kernel is written once, generic over [`fearless_simd::Simd`], on *virtual* 512-bit vectors: 8 lanes
//! of `f64` or 16 lanes of `f32`. An instruction set with shorter registers holds one in several. Lanes never
//! depend on the register width, so all instruction sets give the same bits.

use std::fmt;
use std::str::FromStr;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, SimdFloat, SimdFloatElement, f32x16, f64x8};

// What every CPU of the architecture has. (On x86-64 the crate's scalar fallback would do too, but takes LLVM
// twenty times as long to compile; on 64-bit ARM there is none.)
#[cfg(target_arch = "aarch64")]
type Baseline = fearless_simd::aarch64::Neon;
#[cfg(target_arch = "x86_64")]
type Baseline = fearless_simd::x86::Sse2;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
type Baseline = fearless_simd::Fallback;

#[cfg(target_arch = "aarch64")]
fn baseline() -> Baseline {
    Level::new().as_neon().expect("every 64-bit ARM CPU has NEON")
}

#[cfg(target_arch = "x86_64")]
fn baseline() -> Baseline {
    Level::new().as_sse2().expect("every x86-64 CPU has SSE2")
}

#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
fn baseline() -> Baseline {
    Baseline::new()
}

/// Its name.
const BASELINE: &str = match () {
    () if cfg!(target_arch = "aarch64") => "neon",
    () if cfg!(target_arch = "x86_64") => "sse2",
    () => "scalar",
};

/// An instruction set that this CPU has; holding a value is the proof that its code may run.
#[derive(Clone, Copy, Debug)]
pub struct SimdLevel(pub(crate) Isa);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    Baseline(Baseline),
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(fearless_simd::x86::Avx512),
}

impl SimdLevel {
    /// The instruction sets this CPU has, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let baseline = Self(Isa::Baseline(baseline()));
        #[cfg(target_arch = "x86_64")]
        let more = [
            Level::new().as_avx2().map(|token| Self(Isa::Avx2(token))),
            Level::new().as_avx512().map(|token| Self(Isa::Avx512(token))),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let more = [None];
        [baseline].into_iter().chain(more.into_iter().flatten()).collect()
    }

    /// The fastest instruction set this CPU has.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().pop().unwrap_or_else(|| Self(Isa::Baseline(baseline())))
    }

    /// Its name on the command line and in `run.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Baseline(_) => BASELINE,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "avx512",
        }
    }
}

impl fmt::Display for SimdLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SimdLevel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let levels = Self::available();
        levels.iter().find(|level| level.name() == name).copied().ok_or_else(|| {
            let names: Vec<_> = levels.iter().map(|level| level.name()).collect();
            format!("this CPU has no SIMD level \"{name}\"; it has {}", names.join(", "))
        })
    }
}

/// Runs `$body` compiled for the instruction set of `$level`, with `$simd` bound to its token.
///
/// Everything that `$body` calls must be `#[inline(always)]` down to the vector operations: only what is
/// inlined into the dispatched closure is compiled for the instruction set.
macro_rules! with_simd {
    ($level:expr, $simd:ident => $body:expr) => {
        match $level.0 {
            $crate::simd::Isa::Baseline($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
            #[cfg(target_arch = "x86_64")]
            $crate::simd::Isa::Avx2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
            #[cfg(target_arch = "x86_64")]
            $crate::simd::Isa::Avx512($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
        }
    };
}
pub(crate) use with_simd;

/// An element type of a network: `f64` or `f32`.
pub trait Element:
    Copy + Send + Sync + 'static + PartialOrd + fmt::Debug + bytemuck::Pod + SimdFloatElement
{
    /// Lanes of one virtual vector (64 bytes).
    const LANES: usize;
    /// One virtual vector as memory: `[Self; LANES]`.
    type Row: Copy + Send + Sync + bytemuck::Pod + AsRef<[Self]> + AsMut<[Self]>;
    /// One virtual vector in registers.
    type Vector<S: Simd>: SimdFloat<S, Element = Self, Array = Self::Row> + Fused<S>;
    /// Nearest value of the type.
    fn from_f64(value: f64) -> Self;
    /// Exact widening.
    fn to_f64(self) -> f64;
}

impl Element for f64 {
    const LANES: usize = 8;
    type Row = [Self; 8];
    type Vector<S: Simd> = f64x8<S>;
    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
}

impl Element for f32 {
    const LANES: usize = 16;
    type Row = [Self; 16];
    type Vector<S: Simd> = f32x16<S>;
    #[expect(clippy::cast_possible_truncation, reason = "rounding to nearest is the intent")]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

/// Fused multiply-add `self * factor + addend` with one rounding, on every instruction set.
pub trait Fused<S: Simd>: Sized {
    /// `self * factor + addend`, rounded once.
    #[must_use]
    fn fused(self, factor: Self, addend: Self) -> Self;
}

/// Whether the instruction set has the operation; a constant wherever it is asked.
#[inline(always)]
fn has_fused<S: Simd>(simd: S) -> bool {
    match simd.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Sse2(_) | Level::Sse4_2(_) => false,
        level => !level.is_fallback(),
    }
}

macro_rules! impl_fused {
    ($vector:ident, $element:ty, $lanes:literal, $outlined:ident) => {
        impl<S: Simd> Fused<S> for $vector<S> {
            #[inline(always)]
            fn fused(self, factor: Self, addend: Self) -> Self {
                let simd = self.token();
                if !has_fused(simd) {
                    return Self::load_array(simd, $outlined(&self, &factor, &addend));
                }
                self.mul_add_precise(factor, addend)
            }
        }

        /// Out of line: without the instruction every lane is a call, and inlining them all makes kernels that
        /// take minutes to compile.
        #[inline(never)]
        fn $outlined(
            a: &[$element; $lanes],
            b: &[$element; $lanes],
            c: &[$element; $lanes],
        ) -> [$element; $lanes] {
            std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
        }
    };
}
impl_fused!(f64x8, f64, 8, fused_f64);
impl_fused!(f32x16, f32, 16, fused_f32);

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of all kinds: any bits, few bits, and numbers of nearby sizes, whose sums cancel.
    fn words(state: &mut u64) -> u64 {
        let mut next = || {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *state ^ *state >> 33
        };
        let (word, kind) = (next(), next());
        match kind >> 8 & 7 {
            0 => word,
            1 => word & 0xfff8_0000_0000_0000,
            2 => word & 0x800f_ffff_ffff_ffff,
            _ => {
                (1.0_f64.to_bits() & !(7 << 52) | (word & 7) << 52 | word >> 12) & !(kind >> 16 & 0xffff_ffff)
            }
        }
    }

    macro_rules! every_instruction_set_rounds_once {
        ($name:ident, $vector:ident, $element:ty, $lanes:literal, $of:expr) => {
            #[test]
            fn $name() {
                let (mut state, of) = (7, $of);
                for _ in 0..40_000 {
                    let [a, b, c]: [[$element; $lanes]; 3] =
                        std::array::from_fn(|_| std::array::from_fn(|_| of(words(&mut state))));
                    let wanted: [$element; $lanes] = std::array::from_fn(|i| a[i].mul_add(b[i], c[i]));
                    for level in SimdLevel::available() {
                        let found: [$element; $lanes] = with_simd!(level, simd => {
                            let [a, b, c] = [a, b, c].map(|array| $vector::load_array(simd, array));
                            *a.fused(b, c)
                        });
                        for i in 0..$lanes {
                            let is_right = found[i].to_bits() == wanted[i].to_bits()
                                || found[i].is_nan() && wanted[i].is_nan();
                            assert!(is_right, "{level}: {:e} * {:e} + {:e}: {:e}", a[i], b[i], c[i], found[i]);
                        }
                    }
                }
            }
        };
    }
    every_instruction_set_rounds_once!(
        a_fused_multiply_add_of_f64_is_rounded_once_on_every_instruction_set,
        f64x8,
        f64,
        8,
        f64::from_bits
    );
    every_instruction_set_rounds_once!(
        a_fused_multiply_add_of_f32_is_rounded_once_on_every_instruction_set,
        f32x16,
        f32,
        16,
        |word: u64| {
            // The same kinds, with the bits of the other type.
            let [sign, exponent, fraction] = [word >> 63, word >> 52 & 0x7ff, word & 0xf_ffff_ffff_ffff];
            let exponent =
                if exponent > 0x380 && exponent < 0x480 { exponent - 0x380 } else { exponent & 0xff };
            f32::from_bits(u32::try_from(sign << 31 | exponent << 23 | fraction >> 29).unwrap())
        }
    );
}
