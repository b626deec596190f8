//! What the tests of the activations share.

use bytemuck::Zeroable;
use initsweep::kernels::Activation;
use initsweep::kernels::activation::Activate;
use initsweep::simd::SimdLevel;

/// A float with its bits.
pub trait Float: Activate {
    /// From hexadecimal bits.
    fn from_hex(bits: &str) -> Self;
    /// From as many random bits as it has.
    fn from_pattern(bits: u64) -> Self;
    /// The bits, widened.
    fn bits(self) -> u64;
}

impl Float for f64 {
    fn from_hex(bits: &str) -> Self {
        Self::from_bits(u64::from_str_radix(bits, 16).expect("hexadecimal"))
    }
    fn from_pattern(bits: u64) -> Self {
        Self::from_bits(bits)
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

impl Float for f32 {
    fn from_hex(bits: &str) -> Self {
        Self::from_bits(u32::from_str_radix(bits, 16).expect("hexadecimal"))
    }
    #[expect(clippy::cast_possible_truncation, reason = "half of the random bits are enough")]
    fn from_pattern(bits: u64) -> Self {
        Self::from_bits(bits as u32)
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
    if x.is_infinite() == y.is_infinite() { a.bits().abs_diff(b.bits()) } else { u64::MAX }
}

/// All functions by the names of the oracle tables, with its parameters.
pub const FUNCTIONS: [(&str, Activation); 21] = [
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
    ("relu6", Activation::Relu6),
    ("celu", Activation::Celu { alpha: 1.5 }),
    ("hardsigmoid", Activation::Hardsigmoid),
    ("hardswish", Activation::Hardswish),
    ("logsigmoid", Activation::Logsigmoid),
    ("squared_relu", Activation::SquaredRelu),
];

/// A function by its name in the oracle tables.
pub fn named(name: &str) -> Activation {
    FUNCTIONS.iter().find(|f| f.0 == name).expect("a known function").1
}

/// A small generator of test inputs (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[-1, 1)`.
    #[expect(clippy::cast_precision_loss, reason = "54 bits, rounded once")]
    pub fn uniform(&mut self) -> f64 {
        libm::ldexp((self.bits() >> 10) as f64, -53) - 1.0
    }
}
