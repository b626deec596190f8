//! Draws through the public way: key, panel, fill.

use initsweep::random::{Affine, Key, Lanes, Law, Role, Sample};
use initsweep::simd::SimdLevel;

/// The map of a standardised draw to itself.
pub const STANDARD: Affine = Affine { shift: 0.0, scale: 1.0 };

/// One stream of a law.
pub fn stream(seed: u64, law: Law, trial: u64) -> Lanes {
    Key::root(seed, &law.to_string()).trial(trial).panel(Role::Weight, 1, 0)
}

/// `rows` rows of a stream, on the instruction set `level`.
pub fn rows<T: Sample>(level: SimdLevel, law: Law, lanes: &mut Lanes, rows: usize) -> Vec<T::Row> {
    let mut memory = vec![bytemuck::Zeroable::zeroed(); rows];
    T::fill(level, law, STANDARD, lanes, &mut memory);
    memory
}

/// At least `n` draws in chunks of 1024 rows, one trial each.
pub fn chunks<T: Sample>(seed: u64, law: Law, n: u64, mut each: impl FnMut(&[T::Row])) {
    let chunk = 1024 * T::LANES as u64;
    for trial in 0..n.div_ceil(chunk) {
        each(&rows::<T>(SimdLevel::detect(), law, &mut stream(seed, law, trial), 1024));
    }
}

/// Generators whose first two outputs are `first` and `second`, in every lane.
///
/// Xoshiro256++ gives `rotl(s0 + s3, 23) + s0`, and its next s0 and s3 are `s0 ^ t` and `rotl(t, 45)` with
/// `t = s1 ^ s3`. Any next s0 will do; the rest is solved for.
pub fn with_outputs(first: u64, second: u64) -> Lanes {
    let next0 = 0x0123_4567_89ab_cdef_u64;
    let next3 = second.wrapping_sub(next0).rotate_right(23).wrapping_sub(next0);
    let t = next3.rotate_right(45);
    let s0 = next0 ^ t;
    let s3 = first.wrapping_sub(s0).rotate_right(23).wrapping_sub(s0);
    Lanes::new([s0, s3 ^ t, 0x5555, s3].map(|word| [word; 8]))
}
