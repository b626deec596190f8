//! Eight interleaved Xoshiro256++ generators in vector registers.
//!
//! Lane i steps exactly as `rand_xoshiro::Xoshiro256PlusPlus` of the same state. The lane count is fixed at 8
//! on every instruction set, so the draws are too.
//!
//! Source: Blackman and Vigna (2021), *Scrambled Linear Pseudorandom Number Generators*, xoshiro256plusplus.c.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u64x8};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The states of eight generators at rest: word w of lane i is `words[w][i]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    words: [[u64; 8]; 4],
}

impl Lanes {
    /// Generators of the given states.
    #[must_use]
    pub fn new(words: [[u64; 8]; 4]) -> Self {
        Self { words }
    }

    /// The states, word by word.
    #[must_use]
    pub fn words(&self) -> &[[u64; 8]; 4] {
        &self.words
    }

    /// Lane `lane` as the scalar reference generator.
    #[must_use]
    pub fn lane(&self, lane: usize) -> Xoshiro256PlusPlus {
        let mut seed = [0; 32];
        for (bytes, word) in seed.as_chunks_mut::<8>().0.iter_mut().zip(&self.words) {
            *bytes = word[lane].to_le_bytes();
        }
        Xoshiro256PlusPlus::from_seed(seed)
    }

    /// Runs `draw` with the generators in registers, and keeps their new states.
    #[inline(always)]
    pub fn with<S: Simd, R>(&mut self, simd: S, draw: impl FnOnce(&mut Generator<S>) -> R) -> R {
        let [s0, s1, s2, s3] = self.words;
        let mut generator = Generator {
            state: [
                u64x8::load_array(simd, s0),
                u64x8::load_array(simd, s1),
                u64x8::load_array(simd, s2),
                u64x8::load_array(simd, s3),
            ],
        };
        let result = draw(&mut generator);
        let [s0, s1, s2, s3] = generator.state;
        self.words = [s0.to_array(), s1.to_array(), s2.to_array(), s3.to_array()];
        result
    }
}

/// Eight generators in registers.
pub struct Generator<S: Simd> {
    state: [u64x8<S>; 4],
}

impl<S: Simd> Generator<S> {
    /// Next 64 bits of every lane.
    #[inline(always)]
    pub fn next(&mut self) -> u64x8<S> {
        let [s0, s1, s2, s3] = self.state;
        let result = rotate_left::<S, 23>(s0 + s3) + s0;
        let s2 = s2 ^ s0;
        let s3 = s3 ^ s1;
        self.state = [s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 17), rotate_left::<S, 45>(s3)];
        result
    }
}

#[inline(always)]
fn rotate_left<S: Simd, const BITS: u32>(x: u64x8<S>) -> u64x8<S> {
    (x << BITS) | (x >> (64 - BITS))
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::random::{Key, Role};
    use crate::simd::SimdLevel;
    use crate::simd::with_simd;

    #[inline(always)]
    fn ten_thousand<S: Simd>(simd: S, lanes: &mut Lanes) -> Vec<[u64; 8]> {
        lanes.with(simd, |generator| (0..10_000).map(|_| generator.next().to_array()).collect())
    }

    #[test]
    fn every_lane_is_the_reference_generator_on_every_level() {
        for level in SimdLevel::available() {
            let mut lanes = Key::root(3, "x").trial(5).panel(Role::Weight, 2, 9);
            let mut references = [0, 1, 2, 3, 4, 5, 6, 7].map(|lane| lanes.lane(lane));
            for draws in with_simd!(level, simd => ten_thousand(simd, &mut lanes)) {
                assert_eq!(draws, std::array::from_fn(|lane| references[lane].next_u64()), "{level}");
            }
            let next = lanes.lane(4).next_u64();
            assert_eq!(next, references[4].next_u64(), "the states at rest continue the streams");
        }
    }
}
