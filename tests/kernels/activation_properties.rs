//! Properties of the activations: the same bits everywhere, symmetry, special values, monotony.

use crate::activation::{FUNCTIONS, Float, Random, evaluate, named};
use initsweep::kernels::Activation;
use initsweep::simd::SimdLevel;

/// Random patterns of all kinds, random moderate numbers, and special values.
fn sample<T: Float>(count: usize) -> Vec<T> {
    let mut random = Random(1);
    let special = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, -1.0, f64::MAX];
    let mut inputs: Vec<T> = special.iter().map(|&x| T::from_f64(x)).collect();
    for scale in [1e-3, 1.0, 5.0, 50.0, 800.0] {
        inputs.extend((0..count).map(|_| T::from_f64(scale * random.uniform())));
    }
    inputs.extend((0..count).map(|_| T::from_pattern(random.bits())));
    inputs
}

/// The bits, with one pattern for all NaN.
fn canonical<T: Float>(x: T) -> Option<u64> {
    (!x.to_f64().is_nan()).then(|| x.bits())
}

fn same_bits_on_every_level<T: Float>() {
    let inputs = sample::<T>(20_000);
    for (name, activation) in FUNCTIONS {
        let [first, others @ ..] = &*SimdLevel::available() else { panic!("scalar is available") };
        let expected = evaluate(activation, *first, &inputs);
        for level in others {
            let found = evaluate(activation, *level, &inputs);
            for ((x, a), b) in inputs.iter().zip(&expected).zip(found) {
                assert_eq!(canonical(*a), canonical(b), "{name}({x:?}): {a:?} on {first}, {b:?} on {level}");
            }
        }
    }
}

#[test]
fn every_level_gives_the_same_bits() {
    same_bits_on_every_level::<f64>();
    same_bits_on_every_level::<f32>();
}

fn nan_only_from_nan<T: Float>() {
    let inputs = sample::<T>(5_000);
    for (name, activation) in FUNCTIONS {
        for (x, y) in inputs.iter().zip(evaluate(activation, SimdLevel::detect(), &inputs)) {
            assert_eq!(x.to_f64().is_nan(), y.to_f64().is_nan(), "{name}({x:?}) = {y:?}");
        }
    }
}

#[test]
fn nan_gives_nan_and_nothing_else_does() {
    nan_only_from_nan::<f64>();
    nan_only_from_nan::<f32>();
}

fn odd_to_the_bit<T: Float>() {
    let inputs = sample::<T>(20_000);
    let opposite: Vec<T> = inputs.iter().map(|x| T::from_f64(-x.to_f64())).collect();
    for name in ["linear", "tanh", "erf", "softsign", "hardtanh"] {
        let level = SimdLevel::detect();
        let (a, b) = (evaluate(named(name), level, &inputs), evaluate(named(name), level, &opposite));
        for ((x, a), b) in inputs.iter().zip(a).zip(b) {
            assert_eq!(canonical(a), canonical(T::from_f64(-b.to_f64())), "{name} at {x:?}");
        }
    }
}

#[test]
fn odd_functions_are_odd_to_the_bit() {
    odd_to_the_bit::<f64>();
    odd_to_the_bit::<f32>();
}

/// Where a monotone function falls between sorted inputs, it falls by no more than its error allows.
fn monotone<T: Float>() {
    let mut inputs: Vec<T> = sample::<T>(50_000).into_iter().filter(|x| !x.to_f64().is_nan()).collect();
    inputs.sort_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
    for (name, activation) in FUNCTIONS {
        if matches!(name, "gelu" | "gelu_tanh" | "silu" | "mish" | "hardswish") {
            continue;
        }
        let outputs = evaluate(activation, SimdLevel::detect(), &inputs);
        for (x, y) in inputs.windows(2).zip(outputs.windows(2)) {
            let fall = if y[0].to_f64() > y[1].to_f64() { y[0].bits().abs_diff(y[1].bits()) } else { 0 };
            assert!(fall <= 2, "{name} falls by {fall} ulp from {:?} to {:?}", x[0], x[1]);
        }
    }
}

#[test]
fn monotone_functions_fall_by_two_ulp_at_most() {
    monotone::<f64>();
    monotone::<f32>();
}

#[test]
fn relu_keeps_the_sign_of_zero() {
    let out = evaluate(Activation::Relu, SimdLevel::detect(), &[-0.0_f64, 0.0, -1.0]);
    assert_eq!(out.iter().map(|y| y.to_bits()).collect::<Vec<_>>(), [1 << 63, 0, 0]);
}

fn relu6_is_its_formula<T: Float>() {
    let mut inputs = sample::<T>(20_000);
    inputs.extend([6.0, 6.000_001, 5.999_999, f64::MIN_POSITIVE].map(T::from_f64));
    for level in SimdLevel::available() {
        for (x, y) in inputs.iter().zip(evaluate(Activation::Relu6, level, &inputs)) {
            let (x, y) = (x.to_f64(), y.to_f64());
            let plain = x.clamp(0.0, 6.0);
            assert!(y.to_bits() == plain.to_bits() || x.is_nan() && y.is_nan(), "{x} on {level}: {y}");
        }
    }
}

#[test]
fn relu6_is_its_formula_to_the_bit_with_6_at_infinity() {
    relu6_is_its_formula::<f64>();
    relu6_is_its_formula::<f32>();
}
