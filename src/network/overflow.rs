//! Number formats, and the magnitudes that are too large or too small for them.

/// A binary floating-point format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// IEEE binary16: 11 significant bits, largest number 65504
    F16,
    /// bfloat16: 8 significant bits, the exponents of binary32
    Bf16,
    /// IEEE binary32: 24 significant bits
    F32,
}

impl Format {
    /// Every format, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::F16, Self::Bf16, Self::F32];

    /// Significant bits, and the exponents of the largest and of the smallest normal number.
    const fn shape(self) -> (i32, i32, i32) {
        match self {
            Self::F16 => (11, 15, -14),
            Self::Bf16 => (8, 127, -126),
            Self::F32 => (24, 127, -126),
        }
    }

    /// The smallest magnitude that rounds to infinity (to nearest, ties to even): half a unit in the last place
    /// above the largest number, `(2 - 2^-p) 2^e` for p significant bits and the largest exponent e.
    #[must_use]
    pub fn threshold(self) -> f64 {
        let (bits, exponent, _) = self.shape();
        libm::scalbn(2.0 - libm::scalbn(1.0, -bits), exponent)
    }

    /// The smallest normal number: what is smaller has fewer significant bits, or is 0 in this format.
    #[must_use]
    pub fn smallest_normal(self) -> f64 {
        libm::scalbn(1.0, self.shape().2)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_first_numbers_that_round_to_infinity() {
        assert_eq!(Format::F16.threshold(), 65520.0);
        assert_eq!(Format::Bf16.threshold(), 3.396_177_529_230_46e38);
        let threshold = Format::F32.threshold();
        assert_eq!(threshold, 3.402_823_567_797_336_6e38);
        #[expect(clippy::cast_possible_truncation, reason = "rounding is what is tested")]
        let rounds_to = |x: f64| x as f32;
        assert_eq!(rounds_to(threshold), f32::INFINITY);
        assert_eq!(rounds_to(threshold.next_down()), f32::MAX);
        assert_eq!(Format::F32.smallest_normal(), f64::from(f32::MIN_POSITIVE));
        assert_eq!(Format::F16.smallest_normal(), 6.103_515_625e-5);
    }
}
