//! Mean, standard deviation and skewness of a list, without overflow and in a fixed order.

/// Sample moments of finite values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many values, T.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with divisor `T - 1`; `None` for one value or where it exceeds the range of f64.
    pub sd: Option<f64>,
    /// `m3 / m2^(3/2)` with divisors T; `None` where all values are equal.
    pub skewness: Option<f64>,
}

impl Moments {
    /// Computes the moments of `values`; `None` if there are none or one of them is not finite.
    ///
    /// ```text
    /// y_t  = x_t / 2^e                 max |y| in [1, 2): no square overflows, and the scaling is exact
    /// mean = y_1 + (1/T) sum (y_t - y_1)
    /// d_t  = y_t - mean
    /// m2   = (1/T) [sum d_t^2 - (sum d_t)^2 / T]
    /// ```
    ///
    /// Two passes in the order given, so equal input gives equal bits. The shift by the first value makes
    /// the sd of constant data exactly 0; the last term takes out the rounding of the mean (Chan et
    /// al. 1983, The American Statistician 37, 242).
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        if !values.iter().all(|x| x.is_finite()) {
            return None;
        }
        let largest = values.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
        let exponent = if largest == 0.0 { 0 } else { libm::ilogb(largest) };
        // One multiplication gives the bits of scalbn, unless the factor is no number: only subnormals ask for that.
        let factor = libm::scalbn(1.0, -exponent);
        let scaled = |x: f64| if factor.is_finite() { x * factor } else { libm::scalbn(x, -exponent) };
        let count = values.len() as f64;
        let origin = scaled(first);
        let mean = origin + values.iter().map(|&x| scaled(x) - origin).sum::<f64>() / count;
        let (mut sum1, mut sum2, mut sum3) = (0.0, 0.0, 0.0);
        for &x in values {
            let d = scaled(x) - mean;
            sum1 += d;
            sum2 += d * d;
            sum3 += d * d * d;
        }
        let squares = (sum2 - sum1 * sum1 / count).max(0.0);
        let sd = (values.len() > 1).then(|| libm::scalbn((squares / (count - 1.0)).sqrt(), exponent));
        let m2 = squares / count;
        Some(Self {
            count: values.len(),
            // Rounding must not carry the mean past the data, least of all past the largest f64.
            mean: libm::scalbn(mean + sum1 / count, exponent).clamp(-largest, largest),
            sd: sd.filter(|sd| sd.is_finite()),
            skewness: (m2 > 0.0).then(|| sum3 / count / (m2 * m2.sqrt())),
        })
    }

    /// Returns the standard error of the mean, `sd / sqrt T`.
    #[must_use]
    pub fn std_error(&self) -> Option<f64> {
        self.sd.map(|sd| sd / (self.count as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_give_their_textbook_moments() {
        let moments = Moments::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(moments.mean, 5.0);
        assert!((moments.sd.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 4.0 * f64::EPSILON);
        // sum d^3 = -27 - 3 + 8 + 64 = 42, m2 = 4: 42 / 8 / 8.
        assert!((moments.skewness.unwrap() - 42.0 / 64.0).abs() < 4.0 * f64::EPSILON);
    }

    #[test]
    fn scaling_by_a_power_of_two_scales_every_bit() {
        let values = [0.3, -1.7, 2.9, 0.1];
        let plain = Moments::of(&values).unwrap();
        for exponent in [-900, 900] {
            let scaled = Moments::of(&values.map(|x| libm::scalbn(x, exponent))).unwrap();
            assert_eq!(scaled.mean, libm::scalbn(plain.mean, exponent));
            assert_eq!(scaled.sd, plain.sd.map(|sd| libm::scalbn(sd, exponent)));
            assert_eq!(scaled.skewness, plain.skewness);
        }
    }

    #[test]
    fn constant_data_have_mean_and_sd_without_rounding() {
        let moments = Moments::of(&[0.1; 7]).unwrap();
        assert_eq!((moments.mean, moments.sd, moments.skewness), (0.1, Some(0.0), None));
    }

    #[test]
    fn moments_of_nothing_or_of_infinity_are_undefined() {
        assert_eq!(Moments::of(&[]), None);
        assert_eq!(Moments::of(&[1.0, f64::INFINITY]), None);
        assert_eq!(Moments::of(&[1.0]).unwrap().sd, None);
    }

    #[test]
    fn an_sd_beyond_the_range_of_f64_is_undefined_and_one_within_is_not() {
        assert_eq!(Moments::of(&[f64::MAX, -f64::MAX]).unwrap().sd, None);
        assert!(Moments::of(&[f64::MAX, f64::MAX, f64::MAX.next_down()]).unwrap().mean.is_finite());
        let moments = Moments::of(&[1e200, 3e200]).unwrap();
        assert!((moments.sd.unwrap() / 2.0_f64.sqrt() / 1e200 - 1.0).abs() < 4.0 * f64::EPSILON);
        assert_eq!(moments.std_error(), moments.sd.map(|sd| sd / 2.0_f64.sqrt()));
    }
}
