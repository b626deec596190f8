//! The activations against correctly rounded values (`tests/oracles/activation.py`).

use crate::activation::{Float, evaluate, named, ulps};
use initsweep::simd::SimdLevel;

/// Largest error over a table, in units in the last place, per function.
fn check<T: Float>(table: &str) {
    let mut rows: Vec<(&str, T, T)> = Vec::new();
    for line in table.lines() {
        let [name, input, output]: [&str; 3] =
            line.split(' ').collect::<Vec<_>>().try_into().expect("three columns");
        rows.push((name, T::from_hex(input), T::from_hex(output)));
    }
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let name = group[0].0;
        let inputs: Vec<T> = group.iter().map(|row| row.1).collect();
        for level in SimdLevel::available() {
            let outputs = evaluate(named(name), level, &inputs);
            let mut worst = 0;
            for (&(_, x, expected), y) in group.iter().zip(outputs) {
                let error = ulps(y, expected);
                if error > 2 {
                    println!("{name}({x:?}) = {y:?}, not {expected:?}, on {level}: {error} ulp");
                }
                worst = worst.max(error);
            }
            println!("{name:12} {level:8} {worst} ulp");
            assert!(worst <= 2, "{name} on {level}: {worst} ulp");
        }
    }
}

#[test]
fn f64_within_two_ulp() {
    check::<f64>(include_str!("../oracles/activation_f64.txt"));
}

#[test]
fn f32_within_two_ulp() {
    check::<f32>(include_str!("../oracles/activation_f32.txt"));
}
