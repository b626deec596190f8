//! What the tests of the activations share.

use bytemuck::Zeroable;
use initsweep::kernels::activation::Activate;
use initsweep::kernels::{Activation, SimdLevel};

/// A float with its bits.
pub trait Float: Activate {
    /// From hexadecimal bits.
    fn from_hex(bits: &str) -> Self;
    /// The bits, widened.
    fn bits(self) -> u64;
}

impl Float for f64 {
    fn from_hex(bits: &str) -> Self {
        Self::from_bits(u64::from_str_radix(bits, 16).expect("hexadecimal"))
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

impl Float for f32 {
    fn from_hex(bits: &str) -> Self {
        Self::from_bits(u32::from_str_radix(bits, 16).expect("hexadecimal"))
    }
    fn bits(self) -> u64 {
        self.to_bits().into()
    }
}

/// The function at all inputs.
pub fn evaluate<T: Float>(activation: Activation, level: SimdLevel, inputs: &[T]) -> Vec<T> {
    let mut rows: Vec<T::Row> = inputs
        .chunks(T::LANES)
        .map(|chunk| {
            let mut row = T::Row::zeroed();
            row.as_mut()[..chunk.len()].copy_from_slice(chunk);
            row
        })
        .collect();
    activation.apply::<T>(level, &mut rows);
    rows.iter().flat_map(|row| row.as_ref().iter().copied()).take(inputs.len()).collect()
}

/// Distance in floats of the same sign; `u64::MAX` for other signs, infinity for finite, NaN.
pub fn ulps<T: Float>(a: T, b: T) -> u64 {
    let (x, y) = (a.to_f64(), b.to_f64());
    if x.is_nan() || y.is_nan() || x.is_sign_negative() != y.is_sign_negative() {
        return if x.is_nan() && y.is_nan() { 0 } else { u64::MAX };
    }
    if x.is_infinite() != y.is_infinite() { u64::MAX } else { a.bits().abs_diff(b.bits()) }
}

/// All functions by the names of the oracle tables, with its parameters.
pub const FUNCTIONS: [(&str, Activation); 15] = [
    ("linear", Activation::Linear),
    ("relu", Activation::Relu),
    ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("erf", Activation::Erf),
    ("gelu", Activation::Gelu),
    ("gelu_tanh", Activation::GeluTanh),
    ("silu", Activation::Silu),
    ("mish", Activation::Mish),
    ("elu", Activation::Elu { alpha: 1.5 }),
    ("selu", Activation::Selu),
    ("softplus", Activation::Softplus),
    ("softsign", Activation::Softsign),
    ("hardtanh", Activation::Hardtanh),
];

/// A function by its name in the oracle tables.
pub fn named(name: &str) -> Activation {
    FUNCTIONS.iter().find(|f| f.0 == name).expect("a known function").1
}
