//! Scales: where a number stands on an axis.

use crate::sweep::FigureScale;

/// A scale with the range that it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Its kind.
    pub kind: FigureScale,
    /// Width of the part about 0 that is linear, where the kind is symlog.
    pub threshold: f64,
    /// The ends of the range, transformed.
    low: f64,
    high: f64,
}

impl Scale {
    /// The scale of a kind that shows all `values` that it can show, with `margin` (in parts of the range) on both sides.
    #[must_use]
    pub fn fit(kind: FigureScale, values: &[f64], margin: f64) -> Self {
        let threshold = if kind == FigureScale::Symlog { threshold(values) } else { 1.0 };
        let empty = Self { kind, threshold, low: f64::INFINITY, high: f64::NEG_INFINITY };
        let shown = |value: &f64| empty.transform(*value);
        let (low, high) = values
            .iter()
            .filter_map(shown)
            .fold((empty.low, empty.high), |(low, high), value| (low.min(value), high.max(value)));
        empty.with_margin(low, high, margin)
    }

    /// The scale that shows a range, given by its ends on the axis.
    #[must_use]
    pub fn of(kind: FigureScale, low: f64, high: f64) -> Self {
        let empty = Self { kind, threshold: 1.0, low: 0.0, high: 1.0 };
        match (empty.transform(low), empty.transform(high)) {
            (Some(low), Some(high)) if low < high => Self { low, high, ..empty },
            _ => empty,
        }
    }

    /// The same kind of scale with these ends; a linear one, where it has no place for the lower end.
    #[must_use]
    pub fn between(self, (low, high): (f64, f64)) -> Self {
        match (self.transform(low), self.transform(high)) {
            (Some(low), Some(high)) if low < high => Self { low, high, ..self },
            _ => Self::of(FigureScale::Linear, low, high),
        }
    }

    fn with_margin(self, low: f64, high: f64, margin: f64) -> Self {
        if low > high {
            return Self { low: 0.0, high: 1.0, ..self };
        }
        let least = match self.kind {
            FigureScale::Linear => (low.abs().max(high.abs()) * 1e-9).max(1e-300),
            _ => 1e-9,
        };
        // One value alone stands in the middle of something.
        let half = match self.kind {
            FigureScale::Linear if low == 0.0 => 0.5,
            FigureScale::Linear => low.abs() / 2.0,
            _ => 0.5,
        };
        if high - low < least {
            return Self { low: low - half, high: high + half, ..self };
        }
        // Halves, for the difference of two finite numbers may be infinite.
        let more = (high / 2.0 - low / 2.0) * 2.0 * margin;
        Self { low: (low - more).max(-f64::MAX), high: (high + more).min(f64::MAX), ..self }
    }

    /// The same with more at both ends, in parts of the range.
    #[must_use]
    pub fn widened(self, below: f64, above: f64) -> Self {
        let range = self.high - self.low;
        Self { low: self.low - below * range, high: self.high + above * range, ..self }
    }

    /// Takes 0 into the range of a linear scale, without a margin on that side.
    #[must_use]
    pub fn with_zero(self) -> Self {
        match self.kind {
            FigureScale::Linear => Self { low: self.low.min(0.0), high: self.high.max(0.0), ..self },
            _ => self,
        }
    }

    /// A number on the axis in which distances are lengths; `None` for what has no place on it.
    #[must_use]
    pub fn transform(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        match self.kind {
            FigureScale::Linear => Some(value),
            FigureScale::Log2 => (value > 0.0).then(|| libm::log2(value)),
            FigureScale::Log10 => (value > 0.0).then(|| libm::log10(value)),
            FigureScale::Symlog => {
                let ratio = value.abs() / self.threshold;
                // Beyond the range of f64 the 1 is nothing.
                let size = if ratio.is_finite() {
                    libm::log10(1.0 + ratio)
                } else {
                    libm::log10(value.abs()) - libm::log10(self.threshold)
                };
                Some(if value < 0.0 { -size } else { size })
            }
        }
    }

    /// Where a number stands: 0 at the lower end of the range, 1 at the upper one, beyond them outside.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let at = self.transform(value)?;
        // Halves, as above.
        Some((at / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0))
    }

    /// The ends of the range, transformed.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The number that stands at a part of the axis.
    #[must_use]
    pub fn value(&self, part: f64) -> f64 {
        let at = self.low + part * (self.high - self.low);
        match self.kind {
            FigureScale::Linear => at,
            FigureScale::Log2 => libm::exp2(at),
            FigureScale::Log10 => libm::exp10(at),
            FigureScale::Symlog => (libm::exp10(at.abs()) - 1.0) * self.threshold * 1.0_f64.copysign(at),
        }
    }

    /// Whether a number is in the range, up to rounding.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.place(value).is_some_and(|at| (-1e-9..=1.0 + 1e-9).contains(&at))
    }
}

/// The least and the largest.
#[must_use]
pub fn reach(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
}

/// The power of ten at or below the smaller values: what is smaller still is drawn as nearly 0.
fn threshold(values: &[f64]) -> f64 {
    let mut sizes: Vec<f64> =
        values.iter().map(|value| value.abs()).filter(|size| *size > 0.0 && size.is_finite()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let Some(small) = sizes.get(sizes.len() / 10) else { return 1.0 };
    let power = libm::pow(10.0, libm::floor(libm::log10(*small)));
    if power > 0.0 { power } else { f64::MIN_POSITIVE }
}

/// The kind of scale that shows a set of numbers; `is_linear`: fractions, and logarithms already, have a linear one whatever they are.
#[must_use]
pub fn suited(values: &[f64], is_linear: bool) -> FigureScale {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let (least, most) = reach(&finite);
    if is_linear || finite.is_empty() {
        return FigureScale::Linear;
    }
    if least > 0.0 {
        return if most / least > 30.0 { FigureScale::Log10 } else { FigureScale::Linear };
    }
    // What is a rounding error of the largest is no size of its own.
    let largest = least.abs().max(most.abs());
    let mut sizes: Vec<f64> = finite.iter().map(|x| x.abs()).filter(|x| *x > 1e-12 * largest).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    match (sizes.get(sizes.len() / 2), sizes.last()) {
        (Some(median), Some(largest)) if largest / median > 1000.0 => FigureScale::Symlog,
        _ => FigureScale::Linear,
    }
}

/// The kind of scale for the numbers of a parameter or of layers.
#[must_use]
pub fn suited_to_x(values: &[f64]) -> FigureScale {
    let (least, most) = reach(values);
    let is_power = |x: &f64| libm::log2(*x).fract() == 0.0;
    if least > 0.0 && most >= 8.0 * least && values.iter().all(is_power) {
        FigureScale::Log2
    } else if least > 0.0 && most >= 50.0 * least {
        FigureScale::Log10
    } else {
        FigureScale::Linear
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_found_where_it_stands() {
        for kind in FigureScale::ALL {
            let scale = Scale::fit(kind, &[0.5, 700.0], 0.05);
            for value in [0.5, 3.0, 700.0] {
                let found = scale.value(scale.place(value).unwrap());
                // A logarithm of at most 10 is known to 1e-15, and its power to ten times that.
                assert!((found / value - 1.0).abs() < 1e-13, "{kind}: {value} {found}");
            }
        }
    }

    #[test]
    fn extreme_numbers_keep_their_places_on_a_log_axis() {
        let values = [1e-320, 1e-300, 1.0, 1e300];
        let scale = Scale::fit(FigureScale::Log10, &values, 0.0);
        let places: Vec<f64> = values.iter().map(|&value| scale.place(value).unwrap()).collect();
        // The decades are -320, -300, 0 and 300 of 620; the smallest is known to 1 part in 2000 only.
        for (place, expected) in places.iter().zip([0.0, 20.0 / 620.0, 320.0 / 620.0, 1.0]) {
            assert!((place - expected).abs() < 1e-3, "{places:?}");
        }
    }

    #[test]
    fn what_has_no_place_has_none() {
        let scale = Scale::fit(FigureScale::Log10, &[1.0, 10.0], 0.0);
        assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(|x| scale.place(x)), [None; 4]);
    }

    #[test]
    fn scales_are_chosen_by_the_numbers() {
        assert_eq!(suited(&[1.0, 29.0], false), FigureScale::Linear);
        assert_eq!(suited(&[1.0, 31.0], false), FigureScale::Log10);
        assert_eq!(suited(&[1.0, 31.0], true), FigureScale::Linear);
        assert_eq!(suited(&[-1.0, 1.0, 2.0, 5000.0], false), FigureScale::Symlog);
        assert_eq!(suited(&[-1.0, 1.0, 2.0], false), FigureScale::Linear);
        assert_eq!(suited_to_x(&[1.0, 2.0, 4.0, 8.0]), FigureScale::Log2);
        assert_eq!(suited_to_x(&[1.0, 3.0, 50.0]), FigureScale::Log10);
        assert_eq!(suited_to_x(&[0.0, 3.0, 50.0]), FigureScale::Linear);
    }

    proptest! {
        #[test]
        fn places_grow_with_the_numbers(mut values in prop::collection::vec(prop::num::f64::NORMAL, 2..20), kind in 0..4_usize) {
            let kind = FigureScale::ALL[kind];
            let scale = Scale::fit(kind, &values, 0.05);
            values.sort_unstable_by(f64::total_cmp);
            let places: Vec<f64> = values.iter().filter_map(|&value| scale.place(value)).collect();
            prop_assert!(places.windows(2).all(|pair| pair[0] <= pair[1]), "{places:?}");
            prop_assert!(places.iter().all(|place| (-1e-6..=1.000_001).contains(place)), "{places:?}");
        }
    }
}
