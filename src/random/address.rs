//! Addresses: from a seed and a law to the state of every stream.
//!
//! A stream is addressed by (stream version, seed, law text, trial, role, layer, panel); inside it, a lane and a
//! position address one draw. The way down is a tree of 256-bit keys:
//!
//! ```text
//! root  = SHA-256("initsweep stream <version>", seed, law text)        one per law
//! trial = child(root, trial)                                           one per trial
//! panel = child(trial, role * 2^56 + layer * 2^32 + panel)             one per panel
//! lane  = word w of lane i is mix(panel[w] + (i + 1) * golden)         8 generator states
//! child(key, x)[w] = mix(key[w] + mix(x + (w + 1) * golden))
//! ```
//!
//! `mix` is a bijection of 64-bit words, so two different children of one key differ in *all four* words, and
//! two streams of different laws or trials coincide with probability 2^-256: among 10^12 streams there is no
//! birthday problem, as there would be with one 64-bit seed per stream.
//!
//! Sources: the finaliser is variant 13 of Stafford (2011), used in `SplitMix64` by Steele, Lea and Flood (2014).

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u64x8};
use sha2::{Digest, Sha256};

use super::generator::Lanes;
use crate::simd::{SimdLevel, with_simd};

/// Version of the map from addresses to draws. Any change of any draw raises it; it stands in every CSV row.
pub const STREAM_VERSION: u32 = 2;

/// `2^64 / golden ratio`, odd: the step of `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a draw is for. Measuring or adding something never shifts the draws of another role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Entries of `X_0`.
    Input = 1,
    /// Weights, or the noise array of an elementwise operation.
    Weight = 2,
    /// Biases.
    Bias = 3,
    /// What a backward pass begins with.
    Cotangent = 4,
    /// Which samples of a file are the inputs.
    Sample = 5,
}

/// A node of the tree of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u64; 4]);

impl Key {
    /// Root key of one law: `SHA-256` over the stream version, the seed and the law's canonical text.
    #[must_use]
    pub fn root(seed: u64, law_text: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("initsweep stream {STREAM_VERSION}\n"));
        hash.update(seed.to_le_bytes());
        hash.update(law_text);
        let digest = hash.finalize();
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(digest.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Self(words)
    }

    /// Key of one trial of this law.
    #[must_use]
    pub fn trial(self, trial: u64) -> Self {
        self.child(trial)
    }

    /// The eight generators of one panel of this trial. `layer` must be below `2^24`.
    #[must_use]
    pub fn panel(self, role: Role, layer: usize, panel: usize) -> Lanes {
        Lanes::new(self.panel_key(role, layer, panel).0.map(|word| {
            let mut lane = 0_u64;
            [(); 8].map(|()| {
                lane += 1;
                mix(word.wrapping_add(lane.wrapping_mul(GOLDEN)))
            })
        }))
    }

    /// [`Key::panel`] on the instruction set `level`.
    #[must_use]
    pub fn panel_on(self, level: SimdLevel, role: Role, layer: usize, panel: usize) -> Lanes {
        with_simd!(level, simd => self.panel_with(simd, role, layer, panel))
    }

    /// [`Key::panel`] with vectors: 20 ns instead of 70, which a panel of 100 columns notices.
    #[inline(always)]
    pub(crate) fn panel_with<S: Simd>(self, simd: S, role: Role, layer: usize, panel: usize) -> Lanes {
        const STEPS: [u64; 8] = lane_steps();
        let key = self.panel_key(role, layer, panel);
        let steps = u64x8::load_array(simd, STEPS);
        let mut words = [[0; 8]; 4];
        for (lanes, word) in words.iter_mut().zip(key.0) {
            let x = u64x8::splat(simd, word) + steps;
            let x = (x ^ (x >> 30)) * u64x8::splat(simd, MIX[0]);
            let x = (x ^ (x >> 27)) * u64x8::splat(simd, MIX[1]);
            *lanes = (x ^ (x >> 31)).to_array();
        }
        Lanes::new(words)
    }

    fn panel_key(self, role: Role, layer: usize, panel: usize) -> Self {
        debug_assert!(layer < 1 << 24 && panel < 1 << 32, "the address packs into 64 bits");
        self.child((role as u64) << 56 | (layer as u64) << 32 | panel as u64)
    }

    fn child(self, index: u64) -> Self {
        let mut step = 0_u64;
        Self(self.0.map(|word| {
            step = step.wrapping_add(GOLDEN);
            mix(word.wrapping_add(mix(index.wrapping_add(step))))
        }))
    }
}

/// What sets the lanes of a panel apart.
const fn lane_steps() -> [u64; 8] {
    let mut steps = [GOLDEN; 8];
    let mut lane = 1;
    while lane < 8 {
        steps[lane] = steps[lane - 1].wrapping_add(GOLDEN);
        lane += 1;
    }
    steps
}

/// Multipliers of [`mix`].
const MIX: [u64; 2] = [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Stafford's variant 13: a bijection of 64-bit words in which every input bit flips every output bit with
/// probability near 1/2.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(MIX[0]);
    x = (x ^ (x >> 27)).wrapping_mul(MIX[1]);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_is_the_finaliser_of_splitmix64() {
        // First output of the reference splitmix64.c (Vigna) for seed 1234567.
        assert_eq!(mix(1_234_567_u64.wrapping_add(GOLDEN)), 6_457_827_717_110_365_317);
    }

    #[test]
    fn vectors_expand_a_panel_to_the_same_states_on_every_level() {
        let key = Key::root(1, "a").trial(3);
        for level in SimdLevel::available() {
            for panel in 0..100 {
                let lanes = key.panel_on(level, Role::Weight, 7, panel);
                assert_eq!(lanes, key.panel(Role::Weight, 7, panel), "{level}, panel {panel}");
            }
        }
    }

    #[test]
    fn every_part_of_an_address_changes_all_words_of_all_lanes() {
        let key = |seed, law| Key::root(seed, law);
        let base = key(1, "a").trial(0).panel(Role::Weight, 1, 0);
        let others = [
            key(2, "a").trial(0).panel(Role::Weight, 1, 0),
            key(1, "b").trial(0).panel(Role::Weight, 1, 0),
            key(1, "a").trial(1).panel(Role::Weight, 1, 0),
            key(1, "a").trial(0).panel(Role::Input, 1, 0),
            key(1, "a").trial(0).panel(Role::Weight, 2, 0),
            key(1, "a").trial(0).panel(Role::Weight, 1, 1),
        ];
        for other in others {
            for (word, (a, b)) in base.words().iter().zip(other.words()).enumerate() {
                for lane in 0..8 {
                    assert_ne!(a[lane], b[lane], "word {word}, lane {lane}");
                }
            }
        }
    }

    #[test]
    fn a_million_neighbouring_streams_have_a_million_states() {
        let key = Key::root(7, "law");
        let mut seen = std::collections::HashSet::new();
        for trial in 0..100 {
            for layer in 1..26 {
                for panel in 0..50 {
                    let lanes = key.trial(trial).panel(Role::Weight, layer, panel);
                    seen.extend((0..8).map(|lane| lanes.words()[0][lane]));
                }
            }
        }
        // One word alone would collide with probability 2^-64 * (10^6)^2 / 2 = 3e-8.
        assert_eq!(seen.len(), 1_000_000);
    }
}
