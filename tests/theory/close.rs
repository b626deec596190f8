//! Numbers that must agree with published ones.

use initsweep::kernels::Activation;

#[track_caller]
pub fn assert_close(value: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (value - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{what}: {value} against {expected}, error {error:e}");
}

pub fn activation(name: &str) -> Activation {
    name.parse().unwrap()
}
