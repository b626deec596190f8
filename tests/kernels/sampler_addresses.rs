//! Streams of neighbouring addresses are independent, and the tests that say so can fail.

use crate::draws::rows;
use crate::score::{LIMIT, Uniformity, assert_ks, assert_z, chi_square_z, z};
use initsweep::random::{Key, Lanes, Law, Role};
use initsweep::simd::SimdLevel;
use rand::Rng;

/// Draws per lane of a pair: few, for what is weakly mixed shows in the first outputs.
const DRAWS: usize = 16;
/// Addresses with a neighbour each: 2000 x 8 lanes x 16 draws are 256 000 pairs of draws.
const PAIRS: u64 = 2000;

/// Where a stream is.
#[derive(Clone, Copy, Debug)]
struct Address {
    seed: u64,
    trial: u64,
    role: Role,
    layer: usize,
    panel: usize,
}

impl Address {
    fn lanes(self) -> Lanes {
        Key::root(self.seed, "normal").trial(self.trial).panel(self.role, self.layer, self.panel)
    }

    /// Addresses as sweeps use them: small counters, all of them in use.
    fn all() -> impl Iterator<Item = Self> {
        (0..PAIRS).map(|i| Self {
            seed: i % 2,
            trial: i / 20,
            role: if i % 3 == 0 { Role::Bias } else { Role::Weight },
            layer: usize::try_from(i % 5).unwrap() + 1,
            panel: usize::try_from(i / 5 % 4).unwrap(),
        })
    }
}

/// Correlation, correlation of squares, and Hamming distance of two sets of streams.
#[derive(Default)]
struct Scores {
    pairs: f64,
    products: f64,
    squares: f64,
    distance: f64,
    /// Sums over pairs of the squares of their scores.
    chi_square: [f64; 3],
}

impl Scores {
    /// Scores lane `i` of `a` against lane `i + shift` of `b`, for all lanes that have such a partner.
    fn add(&mut self, a: Lanes, b: Lanes, shift: usize) {
        let level = SimdLevel::detect();
        let normals = |mut lanes| rows::<f64>(level, Law::Normal, &mut lanes, DRAWS);
        let (x, y) = (normals(a), normals(b));
        for lane in 0..8 - shift {
            let (mut left, mut right) = (a.lane(lane), b.lane(lane + shift));
            let (mut product, mut square, mut distance) = (0.0, 0.0, 0.0);
            for (x, y) in x.iter().zip(&y) {
                let (x, y) = (x[lane], y[lane + shift]);
                product += x * y;
                square += (x * x - 1.0) * (y * y - 1.0) / 2.0;
                distance += f64::from((left.next_u64() ^ right.next_u64()).count_ones());
            }
            let draws = DRAWS as f64;
            let scores =
                [z(product, draws, 0.0, 1.0), z(square, draws, 0.0, 1.0), z(distance, draws, 32.0, 16.0)];
            for (sum, score) in self.chi_square.iter_mut().zip(scores) {
                *sum += score * score;
            }
            self.pairs += 1.0;
            self.products += product;
            self.squares += square;
            self.distance += distance;
        }
    }

    /// The scores of independent streams. Terms of mean 0 and variance 1: a product of normals has fourth moment
    /// 9, `(x^2 - 1)(y^2 - 1) / 2` has `60^2 / 16 = 225`, 64 coins `3 - 2/64`; the square of a score of D of them has
    /// variance `2 + (fourth moment - 3) / D`. Steps of Box and Muller give independent pairs of values.
    fn scores(&self) -> [(&'static str, f64); 6] {
        let (n, draws) = (self.pairs * DRAWS as f64, DRAWS as f64);
        let chi =
            |i: usize, fourth: f64| chi_square_z(self.chi_square[i], self.pairs, (fourth - 3.0) / draws);
        [
            ("correlation", z(self.products, n, 0.0, 1.0)),
            ("correlation of squares", z(self.squares, n, 0.0, 1.0)),
            ("Hamming distance", z(self.distance, n, 32.0, 16.0)),
            ("chi-square of correlations", chi(0, 9.0)),
            ("chi-square of correlations of squares", chi(1, 225.0)),
            ("chi-square of Hamming distances", chi(2, 3.0 - 2.0 / 64.0)),
        ]
    }
}

fn assert_independent(what: &str, neighbour: impl Fn(Address) -> Address) {
    let mut scores = Scores::default();
    for address in Address::all() {
        scores.add(address.lanes(), neighbour(address).lanes(), 0);
    }
    for (name, score) in scores.scores() {
        assert_z(score, &format!("{what}: {name}"));
    }
}

#[test]
fn streams_one_trial_apart_are_independent() {
    assert_independent("trial", |a| Address { trial: a.trial + 1, ..a });
}

#[test]
fn streams_one_layer_apart_are_independent() {
    assert_independent("layer", |a| Address { layer: a.layer + 1, ..a });
}

#[test]
fn streams_one_panel_apart_are_independent() {
    assert_independent("panel", |a| Address { panel: a.panel + 1, ..a });
}

#[test]
fn streams_of_different_roles_are_independent() {
    assert_independent("role", |a| Address { role: Role::Input, ..a });
}

#[test]
fn streams_one_seed_apart_are_independent() {
    assert_independent("seed", |a| Address { seed: a.seed + 1, ..a });
}

#[test]
fn neighbouring_lanes_are_independent() {
    let mut scores = Scores::default();
    for address in Address::all() {
        scores.add(address.lanes(), address.lanes(), 1);
    }
    for (name, score) in scores.scores() {
        assert_z(score, &format!("lane: {name}"));
    }
}

#[test]
fn an_address_that_swaps_two_parts_is_another_stream() {
    assert_independent("trial and panel swapped", |a| Address {
        trial: a.panel as u64,
        panel: usize::try_from(a.trial).unwrap() + 10,
        ..a
    });
}

/// Scores of the first outputs of many trials, in their order.
fn first_outputs(trials: u64, first: impl Fn(u64) -> u64) -> (f64, Vec<(String, f64)>) {
    let mut uniformity = Uniformity::new(trials);
    let outputs: Vec<u64> = (0..trials).map(first).collect();
    let unit = |x: u64| (x >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
    for &x in &outputs {
        uniformity.add(unit(x));
    }
    let mut scores = vec![("Pearson".to_owned(), uniformity.pearson_z())];
    for lag in [1, 2, 8] {
        // Centred uniforms have variance 1/12, so their products 1/144; 64 bits differ in 32 +- 4.
        let pairs = || outputs.iter().zip(&outputs[lag..]);
        let products: f64 = pairs().map(|(&a, &b)| (unit(a) - 0.5) * (unit(b) - 0.5)).sum();
        let distance: f64 = pairs().map(|(a, b)| f64::from((a ^ b).count_ones())).sum();
        let n = (outputs.len() - lag) as f64;
        scores.push((format!("serial correlation, lag {lag}"), z(products, n, 0.0, 1.0 / 144.0)));
        scores.push((format!("serial Hamming distance, lag {lag}"), z(distance, n, 32.0, 16.0)));
    }
    for bit in 0..64 {
        let ones: f64 = outputs.iter().map(|x| f64::from(u8::from(x >> bit & 1 == 1))).sum();
        scores.push((format!("bit {bit}"), z(ones, outputs.len() as f64, 0.5, 0.25)));
    }
    (uniformity.ks(), scores)
}

#[test]
fn first_outputs_of_a_million_trials_are_uniform_and_serially_independent() {
    let key = Key::root(1, "normal");
    for lane in [0, 7] {
        let (ks, scores) = first_outputs(1_000_000, |trial| {
            key.trial(trial).panel(Role::Weight, 1, 0).lane(lane).next_u64()
        });
        assert_ks(ks, &format!("first outputs of lane {lane}"));
        for (name, score) in scores {
            assert_z(score, &format!("first outputs of lane {lane}: {name}"));
        }
    }
}

#[test]
fn first_outputs_of_many_layers_and_panels_are_uniform_and_serially_independent() {
    let key = Key::root(1, "normal").trial(0);
    let address = |i: u64| (usize::try_from(i / 1000).unwrap() + 1, usize::try_from(i % 1000).unwrap());
    let (ks, scores) = first_outputs(300_000, |i| {
        let (layer, panel) = address(i);
        key.panel(Role::Weight, layer, panel).lane(0).next_u64()
    });
    assert_ks(ks, "first outputs of layers and panels");
    for (name, score) in scores {
        assert_z(score, &format!("first outputs of layers and panels: {name}"));
    }
}

/// A bad derivation: counters fed to the generators as they are.
fn raw(counter: u64) -> Lanes {
    let lane = |word: u64| std::array::from_fn(|lane| counter + word + 1000 * lane as u64);
    Lanes::new([0, 1, 2, 3].map(lane))
}

#[test]
fn the_statistics_reject_counters_fed_raw_to_the_generators() {
    let (ks, scores) = first_outputs(1_000_000, |trial| raw(trial).lane(0).next_u64());
    assert!(ks > 10.0 * crate::score::KS_LIMIT, "{ks}");
    let failures = scores.iter().filter(|(_, score)| score.abs() > 2.0 * LIMIT).count();
    assert!(failures > scores.len() / 2, "{scores:?}");

    let mut pairs = Scores::default();
    for counter in 0..PAIRS {
        pairs.add(raw(counter), raw(counter + 1), 0);
    }
    let scores = pairs.scores();
    assert!(scores.iter().all(|(_, score)| score.abs() > LIMIT), "{scores:?}");
}
