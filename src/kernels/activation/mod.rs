//! Activation functions.

mod name;

/// An activation function phi, applied to every pre-activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x` for `x >= 0`, else `slope * x`
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// `tanh x`
    Tanh,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `erf x`
    Erf,
    /// `x * (1 + erf(x / sqrt 2)) / 2`
    Gelu,
    /// `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`
    GeluTanh,
    /// `x / (1 + exp(-x))`
    Silu,
    /// `x * tanh(ln(1 + exp x))`
    Mish,
    /// `x` for `x >= 0`, else `alpha * (exp x - 1)`
    Elu {
        /// Limit `-alpha` of the negative side.
        alpha: f64,
    },
    /// `lambda * elu(x, alpha)` with the constants of Klambauer et al. (2017)
    Selu,
    /// `ln(1 + exp x)`
    Softplus,
    /// `x / (1 + |x|)`
    Softsign,
    /// `min(max(x, -1), 1)`
    Hardtanh,
}
