//! A curve in one line of text.

/// Most characters of one curve.
const LENGTH: usize = 16;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Positive curves are drawn on a log scale from this ratio of their largest to their smallest number on.
const LOG_FROM: f64 = 100.0;

/// The numbers from the lowest bar to the highest, one character each, or [`LENGTH`] of them evenly spaced; a blank where
/// there is no finite number. Also says whether the scale is logarithmic.
pub(super) fn spark(values: &[Option<f64>]) -> (String, bool) {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let known: Vec<f64> = values.iter().copied().filter_map(finite).collect();
    let (low, high) = limits(&known);
    let is_log = low > 0.0 && high / low >= LOG_FROM;
    let scale = |x: f64| if is_log { libm::log2(x) } else { x };
    let (low, high) = (scale(low), scale(high));
    let shown = values.len().min(LENGTH);
    let at = |i: usize| if shown < 2 { 0 } else { i * (values.len() - 1) / (shown - 1) };
    let bar = |i: usize| finite(values[at(i)]).map_or(' ', |value| BARS[level(scale(value), low, high)]);
    ((0..shown).map(bar).collect(), is_log)
}

fn limits(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}

/// Which bar: the middle one where all are equal.
fn level(value: f64, low: f64, high: f64) -> usize {
    let range = high - low;
    if range <= 0.0 || !range.is_finite() {
        return BARS.len() / 2 - 1;
    }
    let part = (value - low) / range * 8.0;
    (0..8)
        .rev()
        .find(|&bar| part >= f64::from(bar))
        .and_then(|bar| usize::try_from(bar).ok())
        .unwrap_or(0)
        .min(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_from_its_lowest_to_its_highest_bar() {
        let line: Vec<Option<f64>> = (0..8).map(|i| Some(f64::from(i))).collect();
        assert_eq!(spark(&line), ("▁▂▃▄▅▆▇█".to_owned(), false));
        assert_eq!(spark(&[Some(1.0), None, Some(f64::INFINITY), Some(3.0)]), ("▁  █".to_owned(), false));
        assert_eq!(spark(&[Some(2.0), Some(2.0)]).0, "▄▄");
        assert_eq!(spark(&[]).0, "");
    }

    #[test]
    fn a_curve_over_orders_of_magnitude_is_drawn_on_a_log_scale() {
        let powers: Vec<Option<f64>> = (0..8).map(|i| Some(libm::pow(10.0, f64::from(i)))).collect();
        assert_eq!(spark(&powers), ("▁▂▃▄▅▆▇█".to_owned(), true));
    }

    #[test]
    fn a_long_curve_keeps_its_ends() {
        let long: Vec<Option<f64>> = (0..1000).map(|i| Some(f64::from(i))).collect();
        let (text, _) = spark(&long);
        assert_eq!(text.chars().count(), LENGTH);
        assert!(text.starts_with('▁') && text.ends_with('█'));
    }
}
