//! Vectors: the instruction sets, and the two element types.
//!
//! Every kernel is written once, generic over [`fearless_simd::Simd`], on *virtual* 512-bit vectors: 8 lanes
//! of `f64` or 16 lanes of `f32`. An instruction set with shorter registers holds one in several. Lanes never
//! depend on the register width, so all instruction sets give the same bits.

use std::fmt;
use std::str::FromStr;

use fearless_simd::{Fallback, Level, Simd, SimdFloat, SimdFloatElement, f32x16, f64x8};

/// An instruction set that this CPU has; holding a value is the proof that its code may run.
#[derive(Clone, Copy, Debug)]
pub struct SimdLevel(pub(crate) Isa);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    Scalar(Fallback),
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(fearless_simd::x86::Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(fearless_simd::aarch64::Neon),
}

impl SimdLevel {
    /// The instruction sets this CPU has, slowest first; the first is always `scalar`.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self(Isa::Scalar(Fallback::new()))];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(Level::new().as_avx2().map(|token| Self(Isa::Avx2(token))));
            levels.extend(Level::new().as_avx512().map(|token| Self(Isa::Avx512(token))));
        }
        #[cfg(target_arch = "aarch64")]
        levels.extend(Level::new().as_neon().map(|token| Self(Isa::Neon(token))));
        levels
    }

    /// The fastest instruction set this CPU has.
    #[must_use]
    pub fn detect() -> Self {
        *Self::available().last().expect("scalar is always available")
    }

    /// Its name on the command line and in `run.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Scalar(_) => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => "neon",
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
            $crate::kernels::simd::Isa::Scalar($simd) => $body,
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::simd::Isa::Avx2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::simd::Isa::Avx512($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
            #[cfg(target_arch = "aarch64")]
            $crate::kernels::simd::Isa::Neon($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $body,
            ),
        }
    };
}
pub(crate) use with_simd;

/// An element type of a network: `f64` or `f32`.
pub trait Element: Copy + Send + Sync + 'static + PartialOrd + fmt::Debug + SimdFloatElement {
    /// Lanes of one virtual vector (64 bytes).
    const LANES: usize;
    /// One virtual vector as memory: `[Self; LANES]`.
    type Row: Copy + Send + Sync + bytemuck::Pod + AsRef<[Self]> + AsMut<[Self]>;
    /// One virtual vector in registers.
    type Vector<S: Simd>: SimdFloat<S, Element = Self, Array = Self::Row>;
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
