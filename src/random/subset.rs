//! Some of many things, each once.

use std::collections::HashMap;

use rand::Rng;

/// The first `wanted` of `all` things in random order: distinct numbers below `all`, every ordered choice equally likely.
///
/// The first few of a longer choice from the same generator are a shorter one. What is asked for beyond `all` is left out.
/// O(`wanted`) time and memory: the shuffle of Fisher and Yates (1938) of which only the places that were touched are kept; numbers
/// below a bound without a bias as Lemire (2019), *Fast Random Integer Generation in an Interval*, algorithm 5, makes them.
#[must_use]
pub fn distinct(generator: &mut impl Rng, all: usize, wanted: usize) -> Vec<usize> {
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let choose = |place: usize| {
        let other = place + below(generator, all - place);
        let at_place = moved.get(&place).copied().unwrap_or(place);
        let chosen = moved.insert(other, at_place).unwrap_or(other);
        // What was at the place itself has just been chosen.
        if other == place { at_place } else { chosen }
    };
    (0..wanted.min(all)).map(choose).collect()
}

/// A number from 0 to `bound - 1`.
#[expect(clippy::cast_possible_truncation, reason = "the low and the high half, which is below the bound")]
fn below(generator: &mut impl Rng, bound: usize) -> usize {
    let bound = bound as u64;
    let unfair = bound.wrapping_neg() % bound;
    loop {
        let product = u128::from(generator.next_u64()) * u128::from(bound);
        if product as u64 >= unfair {
            return (product >> 64) as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Role};

    fn chosen(trial: u64, all: usize, wanted: usize) -> Vec<usize> {
        let mut generator = Key::root(5, "subset").trial(trial).panel(Role::Sample, 0, 0).lane(0);
        distinct(&mut generator, all, wanted)
    }

    #[test]
    fn a_choice_has_every_number_once_at_most_and_begins_as_a_longer_one() {
        for trial in 0..200 {
            let all = chosen(trial, 40, 40);
            for wanted in [0, 1, 7, 39] {
                assert_eq!(chosen(trial, 40, wanted), all[..wanted]);
            }
            let mut sorted = all;
            sorted.sort_unstable();
            assert_eq!(sorted, (0..40).collect::<Vec<_>>());
        }
        assert_eq!(chosen(1, 3, 9).len(), 3);
    }

    #[test]
    fn every_ordered_choice_is_as_likely_as_every_other() {
        // 3 of 5 in order: 60 choices. Counts over n trials are multinomial: z of each is within 5, and the sum of squares over
        // its cells is chi squared with 59 degrees of freedom.
        let trials = 60_000_u32;
        let mut counts = HashMap::new();
        for trial in 0..trials {
            *counts.entry(chosen(trial.into(), 5, 3)).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 60);
        let expected = f64::from(trials) / 60.0;
        let mut squares = 0.0;
        for count in counts.values() {
            let off = f64::from(*count) - expected;
            assert!(off.abs() < 5.0 * (expected * (59.0 / 60.0)).sqrt(), "{count} of {expected}");
            squares += off * off / expected;
        }
        assert!((squares - 59.0).abs() < 5.0 * f64::sqrt(2.0 * 59.0), "{squares}");
    }
}
