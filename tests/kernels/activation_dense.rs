//! The activations against the same functions by `libm`, densely.
//!
//! `f32` is compared with a value in `f64`, whose own error is far below one unit in the last place of an
//! `f32`. `f64` is compared where `libm` is itself accurate to a unit or so, with a bound that allows for it.

use crate::activation::{FUNCTIONS, Random, evaluate, ulps};
use crate::nightly::nightly;
use initsweep::kernels::Activation;
use initsweep::simd::SimdLevel;
use rayon::prelude::*;

/// `erfc(t / sqrt 2) / 2`; what the rounding of `t / sqrt 2` changes is added to first order.
fn gaussian_tail(t: f64) -> f64 {
    let root = std::f64::consts::FRAC_1_SQRT_2;
    let z = t * root;
    let low = libm::fma(t, root, -z) + t * -4.833_646_656_726_457e-17;
    let slope = std::f64::consts::FRAC_2_SQRT_PI * libm::exp(-z * z);
    (libm::erfc(z) - if low.is_finite() { slope * low } else { 0.0 }) / 2.0
}

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) }
}

/// `x sigmoid(z)`, also where `x` is infinite.
fn times_sigmoid(x: f64, z: f64) -> f64 {
    if x < -1e30 { -0.0 } else { x * sigmoid(z) }
}

fn mish(x: f64) -> f64 {
    let e = libm::exp(x.min(30.0));
    let square = e * (e + 2.0);
    if x < -1e30 { -0.0 } else { x * (square / (square + 2.0)) }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

fn elu(x: f64, scale: f64, alpha: f64) -> f64 {
    if x < 0.0 { alpha * libm::expm1(x) } else { scale * x }
}

/// The function in `f64`; parameters are those of an `f32` network where `single`.
fn reference(activation: Activation, x: f64, single: bool) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to nearest is the intent")]
    let round = |value: f64| if single { f64::from(value as f32) } else { value };
    match activation {
        _ if x.is_nan() => x,
        Activation::Linear => x,
        Activation::Relu => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        }
        Activation::LeakyRelu { slope } => {
            if x < 0.0 {
                round(slope) * x
            } else {
                x
            }
        }
        Activation::Tanh => libm::tanh(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Erf => libm::erf(x),
        Activation::Gelu if x < -1e30 => -0.0,
        Activation::Gelu => x * gaussian_tail(-x),
        Activation::GeluTanh => {
            let root = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::SQRT_2;
            times_sigmoid(x, root * x * (1.0 + 0.044_715 * x * x))
        }
        Activation::Silu => times_sigmoid(x, x),
        Activation::Mish => mish(x),
        Activation::Elu { alpha } => elu(x, 1.0, round(alpha)),
        Activation::Selu => elu(x, SELU_SCALE, SELU_SCALE * SELU_ALPHA),
        Activation::Softplus => softplus(x),
        Activation::Softsign if x.is_infinite() => x.signum(),
        Activation::Softsign => x / (1.0 + x.abs()),
        Activation::Hardtanh => x.clamp(-1.0, 1.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Celu { alpha } => {
            if x < 0.0 {
                round(alpha) * libm::expm1(x / round(alpha))
            } else {
                x
            }
        }
        Activation::Hardsigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Hardswish => x.max(-3.0) * ((x + 3.0).clamp(0.0, 6.0) / 6.0),
        Activation::Logsigmoid => -softplus(-x),
        Activation::SquaredRelu => x.max(0.0) * x.max(0.0),
        Activation::Formula(_) => unreachable!("the functions here are built in"),
    }
}

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// Largest error over a set of `f32` inputs, and where.
fn worst_f32(activation: Activation, inputs: &[f32]) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    for (&x, y) in inputs.iter().zip(evaluate(activation, SimdLevel::detect(), inputs)) {
        let exact = reference(activation, x.into(), true);
        let error = error_f32(y, exact);
        if error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

/// Error of `y` in units in the last place of the `f32` next to `exact`.
fn error_f32(y: f32, exact: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to nearest is the intent")]
    let nearest = exact as f32;
    if nearest.is_nan() || nearest.is_infinite() || nearest == 0.0 {
        return if ulps(y, nearest) <= 2 { 0.0 } else { f64::INFINITY };
    }
    if y.is_nan() || (y.is_sign_negative() != nearest.is_sign_negative()) {
        return f64::INFINITY;
    }
    let exponent = i32::try_from(nearest.abs().to_bits() >> 23).expect("8 bits").max(1) - 127 - 23;
    // What overflows was rounded to 2^128, the neighbour of the largest f32.
    let rounded = if y.is_infinite() { libm::copysign(libm::exp2(128.0), exact) } else { f64::from(y) };
    (rounded - exact).abs() / libm::exp2(exponent.into())
}

fn check_f32(input: impl Fn(u32) -> f32 + Sync, blocks: std::ops::Range<u32>, block: u32) {
    for (name, activation) in FUNCTIONS {
        let worst = blocks
            .clone()
            .into_par_iter()
            .map(|i| worst_f32(activation, &(0..block).map(|j| input(i * block + j)).collect::<Vec<_>>()))
            .reduce(|| (0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
        println!("{name:12} f32 {:.3} ulp at {:?}", worst.0, worst.1);
        assert!(worst.0 <= 2.0, "{name}: {} ulp at {:?}", worst.0, worst.1);
    }
}

#[test]
fn f32_stratified() {
    // One random pattern from each of 2^20 equal parts of all patterns.
    let part = |i: u32| (i << 12) | (i.wrapping_mul(0x9e37_79b9) >> 20);
    check_f32(|i| f32::from_bits(part(i)), 0..1 << 6, 1 << 14);
}

#[test]
fn f32_at_the_edge_of_overflow() {
    // Selu leaves the range where 1.0507 x does: an input whose exact image is the largest f32 and a little, too.
    let edges = [3.238_622e38_f32, 3.238_622_1e38, 3.402_823_5e38, 1.844_674_4e19, 1.844_674_3e19];
    let near = |edge: f32| (0..2001_u32).map(move |i| f32::from_bits(edge.to_bits() + i - 1000));
    let inputs: Vec<f32> = edges.into_iter().flat_map(near).flat_map(|x| [x, -x]).collect();
    let inputs: Vec<f32> = inputs.into_iter().filter(|x| x.is_finite()).collect();
    for (name, activation) in FUNCTIONS {
        let (error, at) = worst_f32(activation, &inputs);
        assert!(error <= 2.0, "{name}: {error} ulp at {at:e}");
    }
}

#[test]
fn f32_every_input_nightly() {
    if nightly() {
        check_f32(f32::from_bits, 0..1 << 16, 1 << 16);
    }
}

#[test]
fn f64_sampled() {
    let mut random = Random(7);
    for (name, activation) in FUNCTIONS {
        // What the reference rounds before an exponential is multiplied by the size of its argument.
        let range = match activation {
            Activation::Gelu => 4.0,
            Activation::GeluTanh => 1.0,
            _ => 30.0,
        };
        let inputs: Vec<f64> =
            (0..1 << 17).map(|i| random.uniform() * if i % 2 == 0 { range } else { 1.0 }).collect();
        let outputs = evaluate(activation, SimdLevel::detect(), &inputs);
        let worst = inputs
            .iter()
            .zip(outputs)
            .map(|(&x, y)| (ulps(y, reference(activation, x, false)), x))
            .max_by_key(|found| found.0)
            .expect("there are inputs");
        println!("{name:12} f64 {} ulp at {:?}", worst.0, worst.1);
        assert!(worst.0 <= 8, "{name}: {} ulp at {:?}", worst.0, worst.1);
    }
}
