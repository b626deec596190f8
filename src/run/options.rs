//! How to run.

use crate::engine;
use crate::simd::SimdLevel;

/// How to run. No number depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Instruction set.
    pub level: SimdLevel,
    /// Bytes of memory that a run may take; `None`: half of what is available when it begins.
    pub memory: Option<u128>,
}

impl Default for Options {
    /// All cores, and the fastest instruction set that they have.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads, level: SimdLevel::detect(), memory: None }
    }
}

impl Options {
    /// Those of the engine.
    #[must_use]
    pub fn engine(self) -> engine::Options {
        engine::Options { threads: self.threads, level: self.level }
    }
}
