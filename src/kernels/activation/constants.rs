//! What the constants of the activations mean; their values are in `coefficients`.

/// Constants of one precision. Polynomials have their lowest degree first.
pub(super) struct Constants<T: 'static> {
    /// `1 / ln 2`.
    pub log2e: T,
    /// High part of `ln 2`, short enough that `k * ln2_hi` leaves an exact `a - k * ln2_hi`.
    pub ln2_hi: T,
    /// `ln 2 - ln2_hi`.
    pub ln2_lo: T,
    /// `ln 2`.
    pub ln2: T,
    /// What [`Self::ln2`] leaves of `ln 2`.
    pub ln2_rest: T,
    /// `1.5 * 2^(p - 1)` plus the exponent bias: adding it rounds to an integer and leaves that integer plus
    /// the bias in the low bits.
    pub shifter: T,
    /// One half.
    pub half: T,
    /// `sqrt 2 - 1`, where `log1p` changes its reduction.
    pub log_seam: T,
    /// `k` of the map `q = (t - k) / (t + k)` of [`Self::mills`].
    pub mills_k: T,
    /// Upper end of [`Self::mills`]; `gelu(-mills_max)` rounds to zero.
    pub mills_max: T,
    /// Upper end of [`Self::log_erfc`]; `erf` rounds to 1 from there on.
    pub erfc_max: T,
    /// `exp(-exp_max)` rounds to zero, also when multiplied by `exp_max`.
    pub exp_max: T,
    /// The tanh form of gelu rounds to zero from here downwards.
    pub gelu_tanh_min: T,
    /// `2^60`: adding 1 does not change it.
    pub huge: T,
    /// `1 / sqrt(2 pi)`.
    pub density_at_0: T,
    /// `lambda` of selu.
    pub selu_scale: T,
    /// `lambda * alpha` of selu.
    pub selu_negative: T,
    /// `2 sqrt(2/pi)`, high part.
    pub gelu_tanh_linear_hi: T,
    /// `2 sqrt(2/pi)`, low part.
    pub gelu_tanh_linear_lo: T,
    /// `0.044715 * 2 sqrt(2/pi)`, high part.
    pub gelu_tanh_cubic_hi: T,
    /// `0.044715 * 2 sqrt(2/pi)`, low part.
    pub gelu_tanh_cubic_lo: T,
    /// `(exp r - 1 - r) / r^2` on `|r| <= ln(2)/2`.
    pub exp: &'static [T],
    /// `(2 atanh s - 2s) / s^3` in `s^2`, on `|s| <= (sqrt 2 - 1)^2`.
    pub log: &'static [T],
    /// `2 / sqrt pi`; the constant term of [`Self::erf`] is what it leaves.
    pub erf_high: T,
    /// `erf(t)/t - erf_high` in `t^2`, on `t <= 1`.
    pub erf: &'static [T],
    /// `log(erfc t)` in `t - 1`, on `1 <= t <= erfc_max`.
    pub log_erfc: &'static [T],
    /// `H(0)`; the constant term of [`Self::mills`] is what it leaves.
    pub mills_high: T,
    /// `H(q) - mills_high` where `H(q) = (t + 1) exp(t^2/2) erfc(t/sqrt 2) / 2`, on `0 <= t <= mills_max`.
    pub mills: &'static [T],
}
