//! Numbers as texts: coordinates, and what stands beside axes and in legends.

use crate::sweep::expression;

/// A coordinate, in hundredths of a point: 1/7200 of an inch. What is not finite is 0.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "casts saturate, and no page is so large")]
pub fn hundredths(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

/// A count.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn whole(count: usize) -> f64 {
    count as f64
}

/// The text of a coordinate, without zeros that say nothing.
#[must_use]
pub fn coordinate(value: f64) -> String {
    let hundredths = hundredths(value);
    let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    match (size / 100, size % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        (whole, part) => format!("{sign}{whole}.{part:02}"),
    }
}

/// A number to at most `digits` significant ones, for eyes: `0.607`, `1e-12`, `12.6`; a power of two that has more of them as one.
#[must_use]
pub fn rounded(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let near: f64 = text.parse().unwrap_or(value);
    if expression::is_power_of_two(value) && near.to_bits() != value.to_bits() {
        return format!("$2^{{{}}}$", libm::ilogb(value));
    }
    if near != 0.0 && !(1e-4..1e6).contains(&near.abs()) {
        let short = format!("{near:e}");
        let Some((mantissa, exponent)) = short.split_once('e') else { return short };
        return match mantissa {
            "1" => format!("$10^{{{exponent}}}$"),
            _ => format!("{}·$10^{{{exponent}}}$", minus(mantissa)),
        };
    }
    minus(&expression::number(near))
}

/// A text with a true minus sign in front.
fn minus(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |rest| format!("−{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_two_decimals_at_most_and_one_zero() {
        for (value, text) in [
            (0.0, "0"),
            (-0.004, "0"),
            (-0.006, "-0.01"),
            (1.005, "1"),
            (0.125, "0.13"),
            (-0.125, "-0.13"),
            (12.5, "12.5"),
            (1e9, "1000000000"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(coordinate(value), text);
        }
    }

    #[test]
    fn labels_are_short() {
        for (value, text) in [
            (1.000_000_000_000_000_2, "1"),
            (-0.25, "−0.25"),
            (1e-12, "$10^{-12}$"),
            (2.5e8, "2.5·$10^{8}$"),
            (0.0, "0"),
            (1024.0, "1024"),
            (65536.0, "$2^{16}$"),
            (5.960_464_477_539_063e-8, "$2^{-24}$"),
            (12.604_149, "12.6"),
        ] {
            let digits = if text == "12.6" { 3 } else { 4 };
            assert_eq!(rounded(value, digits), text);
        }
    }
}
