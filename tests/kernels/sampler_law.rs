//! The laws of the draws: against exact distribution functions, moments and tails, and the plain samplers.
//!
//! `INITSWEEP_NIGHTLY=1` draws a hundred times as much.

use std::f64::consts::{LN_2, SQRT_2};

use crate::cdf::{cdf, fourth_moment, student_t};
use crate::draws::{STANDARD, chunks, rows, stream, with_outputs};
use crate::nightly::nightly;
use crate::score::{Uniformity, assert_binomial, assert_ks, assert_z, ks_two, z};
use initsweep::random::{Law, Sample, Truncation};
use initsweep::simd::SimdLevel;
use initsweep::statistics::student_t as quantiles;
use rand_distr::Distribution;

const T_5: Law = Law::StudentT { nu: 5.0 };

fn truncated(bound: f64) -> Law {
    Law::TruncatedNormal(Truncation::new(bound).expect("a bound"))
}

fn continuous() -> Vec<Law> {
    let bounds = [2.0, 0.001, 1.0, 2.5, 3.0, 6.5].map(truncated);
    let others = [Law::Uniform, Law::Laplace, Law::StudentT { nu: 2.5 }, T_5, Law::StudentT { nu: 30.0 }];
    bounds.into_iter().chain(others).collect()
}

fn all() -> Vec<Law> {
    continuous().into_iter().chain([Law::Normal, Law::Rademacher]).collect()
}

fn amount(ordinary: u64) -> u64 {
    if nightly() { 100 * ordinary } else { ordinary }
}

/// Sums over pairs `(a, b)` that should be independent normals.
#[derive(Default)]
struct Pairs {
    n: u64,
    products: f64,
    squares: f64,
}

impl Pairs {
    fn add<T: Sample>(&mut self, a: T, b: T) {
        let (a, b) = (a.to_f64(), b.to_f64());
        self.n += 1;
        self.products += a * b;
        self.squares += (a * a - 1.0) * (b * b - 1.0);
    }

    /// `E ab = 0`, `E a^2 b^2 = 1`; `E (a^2 - 1)(b^2 - 1) = 0`, its variance `(E a^4 - 1)^2 = 4`.
    fn assert(&self, what: &str) {
        assert_z(z(self.products, self.n as f64, 0.0, 1.0), &format!("{what}: correlation"));
        assert_z(z(self.squares, self.n as f64, 0.0, 4.0), &format!("{what}: correlation of squares"));
    }
}

fn assert_normal<T: Sample>(what: &str, seed: u64) {
    let amount = amount(10_000_000);
    let mut uniformity = Uniformity::new(amount);
    let (mut powers, mut tails, mut n) = ([0.0; 6], [[0_u64; 2]; 4], 0_u64);
    let [mut step, mut rows, mut lanes] = [const { Pairs { n: 0, products: 0.0, squares: 0.0 } }; 3];
    chunks::<T>(seed, Law::Normal, amount, |chunk| {
        for &x in chunk.iter().flat_map(AsRef::as_ref) {
            let x = x.to_f64();
            n += 1;
            uniformity.add(cdf(Law::Normal, x));
            let mut power = 1.0;
            for sum in &mut powers {
                power *= x;
                *sum += power;
            }
            if x.abs() > 3.0 {
                for (tail, threshold) in tails.iter_mut().zip([3.0, 4.0, 5.0, 6.0]) {
                    tail[usize::from(x > 0.0)] += u64::from(x.abs() > threshold);
                }
            }
        }
        // Rows 0 and 1 are the two values of one step, rows 1 and 2 those of neighbouring steps.
        for (i, pair) in chunk.windows(2).enumerate() {
            let pairs = if i.is_multiple_of(2) { &mut step } else { &mut rows };
            for (&a, &b) in pair[0].as_ref().iter().zip(pair[1].as_ref()) {
                pairs.add(a, b);
            }
        }
        for row in chunk {
            for pair in row.as_ref().chunks_exact(2) {
                lanes.add(pair[0], pair[1]);
            }
        }
    });
    assert_ks(uniformity.ks(), &format!("{what}: sqrt(n) D"));
    assert_z(uniformity.pearson_z(), &format!("{what}: Pearson"));
    // E z^k for k = 0, 2, .., 12 is (k - 1)!!, and Var z^k = E z^2k - (E z^k)^2.
    let moment = |k: usize| {
        if k.is_multiple_of(2) { [1.0, 1.0, 3.0, 15.0, 105.0, 945.0, 10_395.0][k / 2] } else { 0.0 }
    };
    for (k, &sum) in (1..).zip(&powers) {
        let variance = moment(2 * k) - moment(k) * moment(k);
        assert_z(z(sum, n as f64, moment(k), variance), &format!("{what}: moment {k}"));
    }
    for (tail, threshold) in tails.iter().zip([3.0, 4.0, 5.0, 6.0]) {
        for (side, &count) in ["below -", "above "].iter().zip(tail) {
            assert_binomial(count, n, cdf(Law::Normal, -threshold), &format!("{what}: {side}{threshold}"));
        }
    }
    step.assert(&format!("{what}, one step"));
    rows.assert(&format!("{what}, neighbouring rows"));
    lanes.assert(&format!("{what}, neighbouring lanes"));
}

#[test]
fn f64_normals_are_normal_to_the_tails_and_independent() {
    assert_normal::<f64>("f64", 101);
}

#[test]
fn f32_normals_are_normal_to_the_tails_and_independent() {
    assert_normal::<f32>("f32", 102);
}

fn assert_law<T: Sample>(law: Law, what: &str, seed: u64) {
    let amount = amount(1_000_000);
    let mut uniformity = Uniformity::new(amount);
    let thresholds = [1.5, 2.0, 4.0, 8.0];
    let (mut n, mut sums, mut tails) = (0_u64, [0.0; 2], [[0_u64; 2]; 4]);
    chunks::<T>(seed, law, amount, |chunk| {
        for &x in chunk.iter().flat_map(AsRef::as_ref) {
            let x = x.to_f64();
            n += 1;
            uniformity.add(cdf(law, x));
            sums[0] += x;
            sums[1] += x * x;
            for (tail, threshold) in tails.iter_mut().zip(thresholds) {
                tail[usize::from(x > 0.0)] += u64::from(x.abs() > threshold);
            }
        }
    });
    let what = format!("{law} {what}");
    assert_ks(uniformity.ks(), &format!("{what}: sqrt(n) D"));
    assert_z(uniformity.pearson_z(), &format!("{what}: Pearson"));
    assert_z(z(sums[0], n as f64, 0.0, 1.0), &format!("{what}: mean"));
    if let Some(fourth) = fourth_moment(law) {
        assert_z(z(sums[1], n as f64, 1.0, fourth - 1.0), &format!("{what}: variance"));
    }
    for (tail, threshold) in tails.iter().zip(thresholds) {
        for (side, &count) in ["below -", "above "].iter().zip(tail) {
            let p = cdf(law, -threshold);
            if p > 0.0 {
                assert_binomial(count, n, p, &format!("{what}: {side}{threshold}"));
            } else {
                assert_eq!(count, 0, "{what}: {side}{threshold}");
            }
        }
    }
}

#[test]
fn every_continuous_law_has_its_distribution_function_variance_and_tails() {
    for (law, seed) in continuous().into_iter().zip(200..) {
        assert_law::<f64>(law, "f64", seed);
        assert_law::<f32>(law, "f32", seed + 50);
    }
}

#[test]
fn rademacher_draws_are_fair_signs() {
    fn assert_fair<T: Sample>(what: &str) {
        let (mut n, mut plus) = (0_u64, 0_u64);
        chunks::<T>(300, Law::Rademacher, amount(1_000_000), |chunk| {
            for &x in chunk.iter().flat_map(AsRef::as_ref) {
                assert!(x.to_f64().abs().to_bits() == 1_f64.to_bits(), "{x:?}");
                n += 1;
                plus += u64::from(x.to_f64() > 0.0);
            }
        });
        assert_z(z(plus as f64, n as f64, 0.5, 0.25), &format!("rademacher {what}"));
    }
    assert_fair::<f64>("f64");
    assert_fair::<f32>("f32");
}

#[test]
fn every_law_agrees_with_its_plain_sampler() {
    let n = usize::try_from(amount(200_000)).unwrap();
    for (law, seed) in continuous().into_iter().chain([Law::Normal]).zip(400..) {
        let vector = rows::<f64>(SimdLevel::detect(), law, &mut stream(seed, law, 0), n / 8).concat();
        let mut plain = crate::matrices::generator(seed);
        let plain = (0..n).map(|_| law.sample(&mut plain)).collect();
        assert_ks(ks_two(vector, plain), &format!("{law}: two-sample"));
    }
    let mut plain = crate::matrices::generator(500);
    let plus: f64 = (0..n).map(|_| f64::from(Law::Rademacher.sample(&mut plain) > 0.0)).sum();
    assert_z(z(plus, n as f64, 0.5, 0.25), "the plain rademacher");
}

#[test]
fn the_distribution_function_of_student_t_inverts_its_quantiles() {
    for nu in [3_u64, 5, 30] {
        for p in [0.6, 0.9, 0.99, 0.9995] {
            let t = quantiles::quantile(p, nu).unwrap();
            // Quantiles are good to 1e-12 (tests/statistics.rs); lgamma of these sizes to 1e-14.
            assert!((student_t(-t, nu as f64) / (1.0 - p) - 1.0).abs() < 1e-10, "nu {nu}, p {p}");
        }
    }
}

#[test]
fn chosen_outputs_come_out() {
    use rand::Rng;
    let mut generator = with_outputs(u64::MAX, 42).lane(3);
    assert_eq!([generator.next_u64(), generator.next_u64()], [u64::MAX, 42]);
}

/// Outputs at which an off-by-one shows: all bits, no bits, and every single bit and its complement.
fn corners(bits: u32) -> Vec<u64> {
    let single = (0..bits).map(|bit| 1_u64 << bit);
    let repeat = |x: u64| if bits == 32 { x | x << 32 } else { x };
    single.chain([0]).map(repeat).flat_map(|x| [x, !x]).collect()
}

/// The two rows drawn from chosen outputs, lane 0.
fn pair<T: Sample>(law: Law, first: u64, second: u64) -> [f64; 2] {
    let mut memory = [bytemuck::Zeroable::zeroed(); 2];
    T::fill(SimdLevel::detect(), law, STANDARD, &mut with_outputs(first, second), &mut memory);
    memory.map(|row| row.as_ref()[0].to_f64())
}

#[test]
fn the_largest_normals_are_those_documented_and_nothing_is_beyond() {
    // 2 ln and sqrt: four units of the last place in f64; the f32 logarithm is good to 7e-8, half of it after
    // the root, plus four roundings of 6e-8.
    fn assert_largest<T: Sample>(bits: u32, largest: f64, tolerance: f64) {
        let [x, y] = pair::<T>(Law::Normal, 0, 0);
        assert!((x / largest - 1.0).abs() <= tolerance, "{x} against {largest}");
        assert!(y.abs() <= tolerance, "angle 0 has no sine: {y}");
        for first in corners(bits) {
            let [radius, _] = pair::<T>(Law::Normal, first, 0);
            assert!((0.0..=largest * (1.0 + tolerance)).contains(&radius), "{first:x}: {radius}");
            for second in corners(bits) {
                let [x, y] = pair::<T>(Law::Normal, first, second);
                let r = (x * x + y * y).sqrt();
                assert!((r - radius).abs() <= 2.0 * tolerance * radius, "{first:x} {second:x}: ({x}, {y})");
            }
        }
    }
    // No bits are u = 2^-53 and 2^-32.
    assert_largest::<f64>(64, (2.0 * 53.0 * LN_2).sqrt(), 4.0 * f64::EPSILON);
    assert_largest::<f32>(32, (2.0 * 32.0 * LN_2).sqrt(), 3.0 * f64::from(f32::EPSILON));
}

#[test]
fn the_upper_bits_of_the_angle_place_a_point_on_the_circle() {
    // Bit 63 swaps the axes, bit 62 mirrors the cosine, the others turn from -1/4 pi up to 1/4 pi.
    let radius = pair::<f64>(Law::Normal, 1 << 62, 0)[0];
    for (top, x, y) in [(0_u64, 1.0, 0.0), (1, -1.0, 0.0), (2, 0.0, 1.0), (3, 0.0, -1.0)] {
        let [a, b] = pair::<f64>(Law::Normal, 1 << 62, top << 62);
        assert!((a - radius * x).abs() + (b - radius * y).abs() < 1e-15, "{top}: ({a}, {b})");
    }
    let [a, b] = pair::<f64>(Law::Normal, 1 << 62, 1 << 61);
    let diagonal = radius / SQRT_2;
    // The angle is exact, sine and cosine are good to an ulp or two.
    assert!((a - diagonal).abs() + (b + diagonal).abs() < 8.0 * f64::EPSILON, "({a}, {b})");
}

#[test]
fn no_output_of_the_generators_leaves_the_range_of_a_law() {
    let range = |law| match law {
        Law::Normal | Law::Orthogonal => (2.0 * 53.0 * LN_2).sqrt(),
        Law::Uniform => 3_f64.sqrt(),
        Law::TruncatedNormal(by) => by.bound() / by.std(),
        Law::Rademacher => 1.0,
        Law::Laplace => 53.0 * LN_2 / SQRT_2,
        Law::StudentT { nu } => ((libm::exp(53.0 * LN_2 * 2.0 / nu) - 1.0) * (nu - 2.0)).sqrt(),
    };
    for law in all() {
        for first in corners(64) {
            for second in corners(64) {
                let wide = pair::<f64>(law, first, second);
                let narrow = pair::<f32>(law, first, second);
                // The exponential of a logarithm of 37 magnifies four units to 150.
                let [wide_range, narrow_range] =
                    [150.0 * f64::EPSILON, 3.0 * f64::from(f32::EPSILON)].map(|eps| range(law) * (1.0 + eps));
                // The second row of student_t is of the outputs after these; it must be finite all the same.
                assert!(wide.iter().all(|x| x.abs() <= wide_range), "{law}: {wide:?}");
                assert!(narrow.iter().all(|x| x.abs() <= narrow_range), "{law}: {narrow:?}");
            }
        }
    }
}

#[test]
fn every_level_draws_the_same_bits() {
    fn assert_same<T: Sample>(law: Law) {
        let draw = |level| rows::<T>(level, law, &mut stream(600, law, 9), 4001);
        let first = draw(SimdLevel::available()[0]);
        for level in SimdLevel::available() {
            let same = bytemuck::cast_slice::<_, u8>(&draw(level)) == bytemuck::cast_slice::<_, u8>(&first);
            assert!(same, "{law} on {level}");
        }
    }
    for law in all() {
        assert_same::<f64>(law);
        assert_same::<f32>(law);
    }
}

#[test]
fn a_stream_cut_at_even_rows_is_the_same_stream() {
    fn assert_same<T: Sample>(law: Law) {
        let mut lanes = stream(601, law, 1);
        // 101 rows end in the first half of a step: they are the beginning of 102.
        let whole = rows::<T>(SimdLevel::detect(), law, &mut lanes, 102);
        for cut in [0, 2, 4, 50, 98, 100] {
            let mut other = stream(601, law, 1);
            let mut parts = rows::<T>(SimdLevel::detect(), law, &mut other, cut);
            parts.extend(rows::<T>(SimdLevel::detect(), law, &mut other, 101 - cut));
            let same = bytemuck::cast_slice::<_, u8>(&parts) == bytemuck::cast_slice::<_, u8>(&whole[..101]);
            assert!(same && other == lanes, "{law} cut at {cut}");
        }
    }
    for law in all() {
        assert_same::<f64>(law);
        assert_same::<f32>(law);
    }
}
