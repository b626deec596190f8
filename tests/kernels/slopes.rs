//! Derivatives of the activations: against correctly rounded values (`tests/oracles/slopes.py`), at kinks and at the ends
//! of the range, the same bits on every instruction set, and against central differences.

#![expect(clippy::float_cmp, reason = "slopes at kinks and limits are exact")]

use crate::activation::{FUNCTIONS, Float, Random, named};
use bytemuck::Zeroable;
use initsweep::kernels::Activation;
use initsweep::simd::SimdLevel;

fn slopes<T: Float>(activation: Activation, level: SimdLevel, inputs: &[T]) -> Vec<T> {
    let pack = |values: &[T]| -> Vec<T::Row> {
        let mut rows = vec![T::Row::zeroed(); values.len().div_ceil(T::LANES)];
        bytemuck::cast_slice_mut::<_, T>(&mut rows)[..values.len()].copy_from_slice(values);
        rows
    };
    let mut out = pack(&vec![T::from_f64(1.0); inputs.len()]);
    activation.multiply_by_slope::<T>(level, &pack(inputs), &mut out);
    bytemuck::cast_slice::<_, T>(&out)[..inputs.len()].to_vec()
}

/// Largest error over a table, in the units of its lines, per function: two of them, and the half unit of the table.
fn check<T: Float>(table: &str) {
    let rows: Vec<(&str, T, T, i32)> = table
        .lines()
        .map(|line| {
            let [name, input, output, unit]: [&str; 4] =
                line.split(' ').collect::<Vec<_>>().try_into().expect("four columns");
            (name, T::from_hex(input), T::from_hex(output), unit.parse().expect("an exponent"))
        })
        .collect();
    let mut wrong = Vec::new();
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let inputs: Vec<T> = group.iter().map(|row| row.1).collect();
        for level in SimdLevel::available() {
            let outputs = slopes(named(group[0].0), level, &inputs);
            let mut worst = (0.0, 0.0);
            for (&(_, x, expected, unit), y) in group.iter().zip(outputs) {
                let error = libm::scalbn((y.to_f64() - expected.to_f64()).abs(), -unit);
                if error.is_nan() || error > worst.0 {
                    worst = (error, x.to_f64());
                }
            }
            if worst.0.is_nan() || worst.0 > 2.0 {
                wrong.push(format!("{} on {level}: {} units at {}", group[0].0, worst.0, worst.1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn f64_within_two_units() {
    check::<f64>(include_str!("../oracles/slopes_f64.txt"));
}

#[test]
fn f32_within_two_units() {
    check::<f32>(include_str!("../oracles/slopes_f32.txt"));
}

#[test]
fn every_instruction_set_gives_the_same_bits_and_nan_stays() {
    let mut random = Random(7);
    let mut inputs: Vec<f64> = (0..4000).map(|_| f64::from_pattern(random.bits())).collect();
    inputs.extend((0..4000).map(|_| 8.0 * random.uniform()));
    for (name, activation) in FUNCTIONS {
        let all: Vec<Vec<u64>> = SimdLevel::available()
            .into_iter()
            .map(|level| {
                let bits = |(x, y): (&f64, f64)| {
                    // The slope of a line is the same everywhere, and no slope is NaN but at NaN.
                    assert!(y.is_nan() == (x.is_nan() && name != "linear"), "{name}: {y} at {x} on {level}");
                    if y.is_nan() { 0 } else { y.to_bits() }
                };
                inputs.iter().zip(slopes(activation, level, &inputs)).map(bits).collect()
            })
            .collect();
        assert!(all.iter().all(|one| *one == all[0]), "{name}");
    }
}

#[test]
fn slopes_are_those_of_the_table_and_at_kinks_those_of_the_frameworks() {
    let level = SimdLevel::detect();
    let mut random = Random(9);
    let inputs: Vec<f64> = (0..4000).map(|_| 9.0 * random.uniform()).collect();
    for (name, activation) in FUNCTIONS {
        for (&x, y) in inputs.iter().zip(slopes(activation, level, &inputs)) {
            // Some ulps of the largest slope on both sides.
            let largest = if name == "squared_relu" { 18.0 } else { 2.0 };
            assert!((y - activation.slope(x)).abs() <= 16.0 * f64::EPSILON * largest, "{name} at {x}: {y}");
        }
    }
    let at = |activation: Activation, x: f64| slopes(activation, level, &[x])[0];
    let zero = [
        (Activation::Relu, 0.0),
        (Activation::Relu, -0.0),
        (Activation::Hardtanh, 1.0),
        (Activation::Hardtanh, -1.0),
        (Activation::Relu6, 0.0),
        (Activation::Relu6, 6.0),
        (Activation::Hardsigmoid, -3.0),
        (Activation::Hardsigmoid, 3.0),
        (Activation::SquaredRelu, 0.0),
    ];
    for (activation, x) in zero {
        assert_eq!(at(activation, x), 0.0, "{activation} at {x}");
    }
    assert_eq!(at(Activation::LeakyRelu { slope: 0.2 }, 0.0), 0.2);
    assert_eq!(at(Activation::Elu { alpha: 0.5 }, 0.0), 0.5);
    assert_eq!(at(Activation::Celu { alpha: 0.5 }, 0.0), 1.0);
    for (activation, low, high) in [
        (Activation::Gelu, 0.0, 1.0),
        (Activation::GeluTanh, 0.0, 1.0),
        (Activation::Silu, 0.0, 1.0),
        (Activation::Mish, 0.0, 1.0),
        (Activation::Tanh, 0.0, 0.0),
        (Activation::Softplus, 0.0, 1.0),
        (Activation::Logsigmoid, 1.0, 0.0),
        (Activation::Hardswish, 0.0, 1.0),
        (Activation::Softsign, 0.0, 0.0),
    ] {
        let ends = [f64::NEG_INFINITY, f64::INFINITY].map(|x| at(activation, x).abs());
        assert_eq!(ends, [low, high], "{activation}");
    }
}
