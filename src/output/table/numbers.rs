//! Numbers for eyes.

/// `0.99954 ± 0.00069`: the larger half-width to two digits, and the estimate to the same place.
#[must_use]
pub fn plus_minus(estimate: f64, low: f64, high: f64) -> String {
    let half = (high - estimate).max(estimate - low);
    if half == 0.0 || !half.is_finite() {
        return significant(estimate, 7);
    }
    let scale = exponent(estimate.abs().max(half));
    let last = exponent(half) - 1;
    if is_plain(scale) && last <= 0 {
        let decimals = usize::try_from(-last).unwrap_or(0);
        return format!("{estimate:.decimals$} ± {half:.decimals$}");
    }
    let digits = usize::try_from(scale - last).unwrap_or(0);
    let unit = libm::pow(10.0, f64::from(scale));
    format!("({:.digits$} ± {:.digits$})e{scale}", estimate / unit, half / unit)
}

/// `value` to `digits` significant digits, without trailing zeros.
#[must_use]
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scale = exponent(value);
    let (value, last, suffix) = if is_plain(scale) {
        (value, scale - digits + 1, String::new())
    } else {
        (value / libm::pow(10.0, f64::from(scale)), 1 - digits, format!("e{scale}"))
    };
    let text = format!("{value:.*}", usize::try_from(-last).unwrap_or(0));
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{short}{suffix}")
}

/// Whether numbers of this decimal exponent are shown without one.
fn is_plain(scale: i32) -> bool {
    (-4..6).contains(&scale)
}

/// Decimal exponent of a positive number, 0 for 0.
#[expect(clippy::cast_possible_truncation, reason = "decimal exponents of f64 are below 400")]
fn exponent(value: f64) -> i32 {
    if value == 0.0 { 0 } else { libm::floor(libm::log10(value.abs())) as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_to_their_significant_digits() {
        assert_eq!(significant(0.999_925, 7), "0.999925");
        assert_eq!(significant(63_951_072.0, 7), "6.395107e7");
        assert_eq!(significant(-0.0, 3), "-0");
        assert_eq!(significant(1.5e-7, 4), "1.5e-7");
        assert_eq!(significant(f64::INFINITY, 4), "inf");
    }
}
