//! Derivatives of the activations.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crate::kernels::Activation;

/// `lambda` and `lambda alpha` of selu (Klambauer et al. 2017).
const SELU: (f64, f64) = (1.050_700_987_355_480_5, 1.758_099_340_847_376_6);

/// `1 / sqrt(2 pi)` and `sqrt(2 / pi)`.
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;

/// Returns `phi'(x)`; at a kink the limit from the left. Absolute error of some ulps of the largest slope.
#[must_use]
pub fn slope(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => 1.0,
        Activation::Relu => f64::from(x > 0.0),
        Activation::LeakyRelu { slope } => {
            if x > 0.0 {
                1.0
            } else {
                slope
            }
        }
        Activation::Tanh => 1.0 - square(libm::tanh(x)),
        Activation::Sigmoid => sigmoid(x) * sigmoid(-x),
        Activation::Erf => FRAC_2_SQRT_PI * libm::exp(-x * x),
        Activation::Gelu => 0.5 * libm::erfc(-x * FRAC_1_SQRT_2) + x * DENSITY_AT_0 * libm::exp(-0.5 * x * x),
        Activation::GeluTanh => {
            let t = libm::tanh(ROOT_TWO_OVER_PI * x * (1.0 + 0.044_715 * x * x));
            let inner = ROOT_TWO_OVER_PI * (1.0 + 3.0 * 0.044_715 * x * x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t) * (1.0 + t) * inner
        }
        Activation::Silu => sigmoid(x) * (1.0 + x * sigmoid(-x)),
        Activation::Mish => {
            let t = libm::tanh(x.max(0.0) + libm::log1p(libm::exp(-x.abs())));
            t + x * (1.0 - t) * (1.0 + t) * sigmoid(x)
        }
        Activation::Elu { alpha } => {
            if x > 0.0 {
                1.0
            } else {
                alpha * libm::exp(x)
            }
        }
        Activation::Selu => {
            if x > 0.0 {
                SELU.0
            } else {
                SELU.1 * libm::exp(x)
            }
        }
        Activation::Softplus => sigmoid(x),
        Activation::Softsign => 1.0 / square(1.0 + x.abs()),
        Activation::Hardtanh => f64::from(x > -1.0 && x <= 1.0),
    }
}

fn square(x: f64) -> f64 {
    x * x
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
