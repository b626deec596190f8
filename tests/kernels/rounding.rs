//! Rounding to narrower formats against the definition: the nearest of all numbers of the format.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use crate::matrices::generator;
use crate::nightly::nightly;
use crate::score::{assert_z, z};
use initsweep::kernels::{Activation, FloatFormat, Round};
use initsweep::network::{
    E4m3Overflow, Metric, Network, Observables, Precision, Runner, Sequential, Site, Storage, Workspace,
};
use initsweep::random::{Affine, Law, Role, Sample};
use initsweep::simd::{Element, SimdLevel};
use rand::Rng;

const FORMATS: [(&str, FloatFormat); 6] = [
    ("f16", FloatFormat::F16),
    ("bf16", FloatFormat::BF16),
    ("e4m3", FloatFormat::E4M3),
    ("e5m2", FloatFormat::E5M2),
    ("e4m3, saturating", FloatFormat::E4M3.saturating()),
    ("e5m2, saturating", FloatFormat::E5M2.saturating()),
];

/// Bits of sign, exponent, fraction, and the largest code of a number: of the standards, by themselves.
fn layout(format: FloatFormat) -> (i32, u32, u32) {
    match (format.precision, format.least_exponent) {
        (11, -14) => (15, 10, 0x7bff),
        (8, -126) => (127, 7, 0x7f7f),
        (4, -6) => (7, 3, 0x7e),
        (3, -14) => (15, 2, 0x7b),
        other => panic!("{other:?}"),
    }
}

/// All numbers from 0 on, in order, and the one that would follow the largest: entry c is that of code c.
fn numbers(format: FloatFormat) -> Vec<f64> {
    let (bias, fraction, largest) = layout(format);
    let number = |code: u32| {
        let (exponent, rest) = (code >> fraction, f64::from(code & ((1 << fraction) - 1)));
        let unit = libm::scalbn(rest, -i32::try_from(fraction).unwrap());
        match i32::try_from(exponent).unwrap() {
            0 => libm::scalbn(unit, 1 - bias),
            exponent => libm::scalbn(1.0 + unit, exponent - bias),
        }
    };
    (0..=largest + 1).map(number).collect()
}

/// As f32, which holds all numbers of all formats, and what is halfway between two.
fn narrow(x: f64) -> f32 {
    <f32 as Element>::from_f64(x)
}

/// The nearest number, the one of even code if there are two; by the definition.
fn nearest(numbers: &[f64], beyond: f64, x: f64) -> f64 {
    let size = x.abs();
    let above = numbers.partition_point(|&number| number <= size);
    let code = match (numbers.get(above), above - 1) {
        (None, below) => below,
        (Some(next), below) => {
            let (down, up) = (size - numbers[below], next - size);
            below + usize::from(up < down || (up == down && !below.is_multiple_of(2)))
        }
    };
    let rounded = if code == numbers.len() - 1 { beyond } else { numbers[code] };
    rounded.copysign(x)
}

/// Rounds on every level; all must agree.
fn rounded(format: FloatFormat, values: &[f32]) -> Vec<f32> {
    let mut found: Option<Vec<f32>> = None;
    for level in SimdLevel::available() {
        let mut rows: Vec<[f32; 16]> = vec![[0.0; 16]; values.len().div_ceil(16)];
        rows.as_flattened_mut()[..values.len()].copy_from_slice(values);
        <f32 as Round>::round(level, format, &mut rows);
        let now = rows.as_flattened()[..values.len()].to_vec();
        let same = |other: &Vec<f32>| other.iter().zip(&now).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(found.as_ref().is_none_or(same), "{level}");
        found = Some(now);
    }
    found.unwrap()
}

fn assert_nearest(name: &str, format: FloatFormat, values: &[f32]) {
    let numbers = numbers(format);
    for (&x, &found) in values.iter().zip(&rounded(format, values)) {
        if x.is_nan() {
            assert!(found.is_nan(), "{name}: NaN becomes {found:e}");
            continue;
        }
        let wanted = nearest(&numbers, f64::from(format.beyond), f64::from(x));
        let is_right = f64::from(found).to_bits() == wanted.to_bits()
            || found.is_nan() && (wanted.is_nan() || x.is_nan());
        assert!(is_right, "{name}: {x:e} becomes {found:e}, not {wanted:e}");
    }
}

#[test]
fn every_number_every_tie_and_what_is_beside_them_rounds_as_defined() {
    for (name, format) in FORMATS {
        let numbers = numbers(format);
        let mut values = vec![f32::MAX, f32::INFINITY, f32::NAN, 1e-45, f32::MIN_POSITIVE];
        for pair in numbers.windows(2) {
            let tie = narrow(f64::midpoint(pair[0], pair[1]));
            assert!(
                pair[1] > f64::from(f32::MAX) || f64::from(tie) == f64::midpoint(pair[0], pair[1]),
                "{name}: {pair:?}"
            );
            values.extend([narrow(pair[0]), tie.next_down(), tie, tie.next_up()]);
        }
        values.extend(values.clone().iter().map(|x| -x));
        assert_nearest(name, format, &values);
        let own: Vec<f32> = numbers[..numbers.len() - 1].iter().map(|&x| narrow(x)).collect();
        assert_eq!(rounded(format, &own), own, "{name}: its own numbers");
        assert_eq!(own[own.len() - 1], format.largest, "{name}");
        assert_eq!(numbers[1 << layout(format).1], format.smallest_normal(), "{name}");
    }
}

#[test]
fn random_numbers_round_as_defined() {
    let count = if nightly() { 10_000_000 } else { 100_000 };
    let mut rng = generator(81);
    for (name, format) in FORMATS {
        // Any bits, and bits of which the exponent is within the range of all formats.
        let mut next = |index: usize| {
            let bits = rng.next_u32();
            let near = bits & 0x807f_ffff | (127 - 30 + (rng.next_u32() % 48)) << 23;
            f32::from_bits(if index.is_multiple_of(2) { bits } else { near })
        };
        for _ in 0..count / 10_000 {
            let values: Vec<f32> = (0..10_000).map(&mut next).collect();
            assert_nearest(name, format, &values);
        }
    }
}

#[test]
fn the_noise_of_normal_numbers_is_that_of_the_sum_over_the_cells() {
    // E (x^ - x)^2 / E x^2 of N(0, 1), summed over the cells of each format elsewhere.
    let noise = [
        ("f16", 4.314_255_09e-8),
        ("bf16", 2.761_087_86e-6),
        ("e4m3", 7.045_105_45e-4),
        ("e5m2", 2.790_595_71e-3),
    ];
    for ((name, format), (same, expected)) in FORMATS.into_iter().zip(noise) {
        assert_eq!(name, same);
        let mut squares = normals(1.0, 500_000);
        let exact = squares.clone();
        round_all(format, &mut squares);
        let error = |(a, b): (&f32, &f32)| f64::from(*a) - f64::from(*b);
        let errors: Vec<f64> = squares.iter().zip(&exact).map(error).map(|error| error * error).collect();
        assert_mean(&errors, expected, name);
    }
}

#[test]
fn what_vanishes_and_what_overflows_is_what_the_normal_law_says() {
    // P(flushed) = erf(h / (s sqrt 2)), h half the smallest number; P(overflow) = erfc(T / (s sqrt 2)).
    let vanishing = [(0, 1e-7, 0.234_314_561_5), (2, 1e-2, 0.077_794_743_1), (3, 1e-4, 0.060_814_757_3)];
    for (format, std, expected) in vanishing {
        let mut x = normals(std, 200_000);
        round_all(FORMATS[format].1, &mut x);
        let zeros: Vec<f64> = x.iter().map(|&x| f64::from(u8::from(x == 0.0))).collect();
        assert_mean(&zeros, expected, FORMATS[format].0);
    }
    let overflowing =
        [(0, 16384.0, 6.360_438_20e-5), (2, 128.0, 2.889_614_52e-4), (3, 16384.0, 1.768_345_70e-4)];
    for (format, std, expected) in overflowing {
        let mut x = normals(std, 1_000_000);
        round_all(FORMATS[format].1, &mut x);
        let beyond: Vec<f64> = x.iter().map(|&x| f64::from(u8::from(!x.is_finite()))).collect();
        assert_mean(&beyond, expected, FORMATS[format].0);
    }
}

fn normals(std: f64, count: usize) -> Vec<f32> {
    let mut rows: Vec<[f32; 16]> = vec![[0.0; 16]; count / 16];
    let mut lanes = crate::plain::key().panel(Role::Input, 0, 5);
    let affine = Affine { shift: 0.0, scale: std };
    <f32 as Sample>::fill(SimdLevel::detect(), Law::Normal, affine, &mut lanes, &mut rows);
    rows.into_flattened()
}

pub(crate) fn round_all(format: FloatFormat, x: &mut [f32]) {
    <f32 as Round>::round(SimdLevel::detect(), format, x.as_chunks_mut::<16>().0);
}

fn assert_mean(values: &[f64], mean: f64, what: &str) {
    let n = values.len() as f64;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    assert_z(z(values.iter().sum(), n, mean, variance), what);
}

#[test]
fn what_a_network_loses_is_counted_where_it_is_lost() {
    // 1024 equal inputs x, exact in the format, and weights of std s: h is N(0, 1024 s^2 x^2) up to the rounding of the
    // weights, which changes s by at most 2e-3 and P by some percent. What is stored already, relu does not lose again.
    let cases = [
        (Storage::F16, 1e-7, 1.0 / 1_048_576.0, Metric::FractionFlushed, 0.234_314_561_5),
        (Storage::E4m3, 128.0, 16.0, Metric::FractionClipped, 2.889_614_52e-4),
        (Storage::E5m2, 16384.0, 1024.0, Metric::FractionClipped, 1.768_345_70e-4),
    ];
    for (storage, std, x, metric, expected) in cases {
        let network = Network {
            width: 1024,
            batch: 1,
            activation: Activation::Relu,
            weight_std: [std / 32.0 / x].into(),
            input_mean: x,
            input_std: 0.0,
            precision: Precision::F32,
            storage,
            e4m3_overflow: E4m3Overflow::Saturate,
            ..Network::default()
        };
        let [pre, post, _] = lost(&network, metric);
        assert_eq!(post, 0.0);
        assert_fraction(pre, expected, storage.name());
        let linear = lost(&Network { activation: Activation::Linear, ..network.clone() }, metric);
        assert_eq!(linear[..2], [pre, pre], "without an activation both sites show the same");
    }
    let input = Network {
        width: 1024,
        batch: 1,
        input_std: 1e-7,
        precision: Precision::F32,
        storage: Storage::F16,
        ..Network::default()
    };
    let [.., found] = lost(&input, Metric::FractionFlushed);
    assert_fraction(found, 0.234_314_561_5, "input");
}

/// Trials of [`lost`].
pub(crate) const TRIALS: u64 = 20;

/// Mean over the trials of a metric before and after the activation of layer 1, and of the input.
pub(crate) fn lost(network: &Network, metric: Metric) -> [f64; 3] {
    let observables = Observables::new(0..=1, &Site::FORWARD, &[metric]);
    let runner =
        Runner { network, observables: &observables, key: crate::plain::key(), level: SimdLevel::detect() };
    let mut sums = [0.0; 3];
    for trial in 0..TRIALS {
        let mut out = vec![0.0; observables.len()];
        runner.run(
            trial,
            &mut Workspace::<f32>::new(network, &observables),
            &mut Sequential::default(),
            &mut out,
        );
        let places = [(1, Site::Pre), (1, Site::Post), (0, Site::Input)];
        for (sum, (layer, site)) in sums.iter_mut().zip(places) {
            *sum += out[observables.index(layer, site, metric).unwrap()] / TRIALS as f64;
        }
    }
    sums
}

/// Of all entries of the trials, 1024 each, about which nothing is known but that they are independent.
pub(crate) fn assert_fraction(found: f64, expected: f64, what: &str) {
    let variance = expected * (1.0 - expected) / (1024 * TRIALS) as f64;
    assert_z((found - expected) / variance.sqrt(), what);
}

#[test]
fn the_noise_of_a_network_is_the_sum_of_what_each_rounding_adds() {
    // To first order in the noise nu of each: E |x^_L - x_L|^2 / E |x_L|^2 = nu(input) + sum over the layers of nu(what it
    // stores) + nu(weights); normal numbers of std 1, sqrt 2 and sqrt(2/400) have 4.31425509e-8, 4.28487507e-8 and
    // 4.3175e-8 in f16. Relu, weights of std sqrt(2/n), 8 layers: 7.313e-7, of which the weights are 47 %.
    let network = |storage: Storage| Network {
        width: 400,
        depth: 8,
        batch: 8,
        activation: Activation::Relu,
        weight_std: [(2.0_f64 / 400.0).sqrt(); 8].into(),
        weight_mean: [0.0; 8].into(),
        bias_std: [0.0; 8].into(),
        precision: Precision::F32,
        storage,
        ..Network::default()
    };
    let [exact, stored] = [network(Storage::None), network(Storage::F16)];
    let pairs: Vec<[f64; 2]> = (0..20)
        .map(|trial| {
            let (a, b) = (last(&exact, trial), last(&stored, trial));
            let noise = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
            [noise, a.iter().map(|a| a * a).sum()]
        })
        .collect();
    let score = |ratio: f64| {
        let errors = pairs.iter().map(|[noise, square]| noise - ratio * square);
        errors.clone().sum::<f64>() / errors.map(|error| error * error).sum::<f64>().sqrt()
    };
    assert_z(score(7.313e-7), "noise of f16");
    assert!(score(3.859e-7).abs() > 4.0, "weights that are not rounded would be seen: {}", score(3.859e-7));
}

/// The last activations of a trial.
pub(crate) fn last(network: &Network, trial: u64) -> Vec<f64> {
    let observables = Observables::new([], &Site::FORWARD, &[Metric::Mean]);
    let runner =
        Runner { network, observables: &observables, key: crate::plain::key(), level: SimdLevel::detect() };
    let mut workspace = Workspace::<f32>::new(network, &observables);
    runner.run(trial, &mut workspace, &mut Sequential::default(), &mut []);
    crate::matrices::rows(workspace.activations()).into_iter().flatten().map(f64::from).collect()
}
