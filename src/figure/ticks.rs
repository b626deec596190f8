//! Ticks: which numbers stand beside an axis, and how they are written.

use super::number::rounded;
use super::scale::Scale;
use crate::sweep::FigureScale;

/// One tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its number.
    pub value: f64,
    /// What stands beside it; nothing at a minor one.
    pub label: String,
}

/// The ticks of a scale, ascending; about `want` of them have labels. `are_whole`: only whole numbers are meant.
#[must_use]
pub fn ticks(scale: &Scale, want: usize, are_whole: bool) -> Vec<Tick> {
    let want = want.max(2);
    let mut ticks = match scale.kind {
        FigureScale::Linear => linear(scale, want, are_whole),
        FigureScale::Log2 => powers_of_two(scale, want),
        FigureScale::Log10 => decades(scale, want),
        FigureScale::Symlog => symmetric(scale, want),
    };
    // A margin may reach beyond the range of f64.
    ticks.retain(|tick| scale.contains(tick.value));
    let has_labels = ticks.iter().filter(|tick| !tick.label.is_empty()).count() >= 2;
    if has_labels { ticks } else { ends(scale) }
}

fn tick(value: f64, label: String) -> Tick {
    Tick { value, label }
}

fn linear(scale: &Scale, want: usize, are_whole: bool) -> Vec<Tick> {
    let (low, high) = scale.ends();
    let rough = (high / 2.0 - low / 2.0) * 2.0 / whole(want);
    let rough = if are_whole { rough.max(1.0) } else { rough };
    let power = power_of_ten(libm::floor(libm::log10(rough)));
    let steps: &[f64] = if are_whole { &[1.0, 2.0, 5.0, 10.0] } else { &[1.0, 2.0, 2.5, 5.0, 10.0] };
    let fit = |factor: f64| steps.iter().position(|step| step * power * factor >= rough * 0.999).unwrap_or(0);
    // Where the round numbers lie badly, smaller steps.
    let sizes =
        steps.iter().take(fit(1.0) + 1).rev().map(|step| step * power).chain([power / 2.0, power / 5.0]);
    let sizes = sizes.filter(|step| !are_whole || *step >= 1.0);
    sizes.map(|step| multiples(low, high, step)).find(|ticks| ticks.len() >= 2).unwrap_or_default()
}

/// The multiples of a step in a range.
fn multiples(low: f64, high: f64, step: f64) -> Vec<Tick> {
    let first = libm::ceil(low / step - 1e-9);
    // Multiples of the step, not sums of it, so that 0 is 0.
    let count = libm::floor(high / step + 1e-9) - first;
    if !(0.0..1000.0).contains(&count) {
        return Vec::new();
    }
    let values: Vec<f64> = (0..=index(count)).map(|i| (first + whole(i)) * step).collect();
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let power = libm::floor(libm::log10(step) + 1e-9);
    let is_quarter = (step / power_of_ten(power) - 2.5).abs() < 1e-6;
    let decimals = index((f64::from(u8::from(is_quarter)) - power).max(0.0));
    let is_plain = largest < 1e6 && decimals <= 5;
    let label = |value: f64| if is_plain { fixed(value, decimals) } else { rounded(value, 12) };
    values.into_iter().map(|value| tick(value, label(value))).collect()
}

/// A number with so many decimals, and a true minus.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

fn powers_of_two(scale: &Scale, want: usize) -> Vec<Tick> {
    let (low, high) = scale.ends();
    let (first, last) = (libm::ceil(low - 1e-9), libm::floor(high + 1e-9));
    let every = libm::ceil((last - first + 1.0) / whole(want)).max(1.0);
    let first = libm::ceil(first / every) * every;
    powers(first, last, every)
        .map(|power| {
            let value = libm::pow(2.0, power);
            let label = if (-3.0..=17.0).contains(&power) { rounded(value, 6) } else { raised(2, power) };
            tick(value, label)
        })
        .collect()
}

fn decades(scale: &Scale, want: usize) -> Vec<Tick> {
    let (low, high) = scale.ends();
    if high - low < 2.0 {
        return within_decades(scale, want);
    }
    let (first, last) = (libm::ceil(low - 1e-9), libm::floor(high + 1e-9));
    let every = stride(last - first + 1.0, want);
    let is_plain = first >= -2.0 && last <= 3.0;
    let label = |power: f64| if is_plain { rounded(power_of_ten(power), 3) } else { raised(10, power) };
    let start = libm::ceil(first / every) * every;
    let mut ticks: Vec<Tick> =
        powers(start, last, every).map(|power| tick(power_of_ten(power), label(power))).collect();
    if last - first < 6.0 {
        let minor = powers(first - 1.0, last, 1.0)
            .flat_map(|power| (2..10).map(move |digit| whole(digit) * power_of_ten(power)));
        ticks.extend(minor.filter(|value| scale.contains(*value)).map(|value| tick(value, String::new())));
    } else if every > 1.0 && last - first < 40.0 {
        let between = powers(first, last, 1.0).filter(|power| libm::fmod(*power, every) != 0.0);
        ticks.extend(between.map(|power| tick(power_of_ten(power), String::new())));
    }
    ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
    ticks
}

/// Less than two decades: 1, 2, 5, or more of the digits.
fn within_decades(scale: &Scale, want: usize) -> Vec<Tick> {
    let (low, high) = scale.ends();
    let all = |digits: &'static [f64]| {
        let powers = powers(libm::floor(low) - 1.0, libm::ceil(high), 1.0);
        let values =
            powers.flat_map(move |power| digits.iter().map(move |digit| digit * power_of_ten(power)));
        values.filter(|value| scale.contains(*value)).collect::<Vec<f64>>()
    };
    let choices: [&'static [f64]; 4] = [
        &[1.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
    ];
    let labelled = choices.into_iter().map(all).rfind(|values| values.len() <= want + 1).unwrap_or_default();
    if labelled.len() < 2 {
        // A narrow range is nearly linear.
        let ends = (power_of_ten(low), power_of_ten(high));
        return linear(&Scale::of(FigureScale::Linear, ends.0, ends.1), want, false);
    }
    let mut ticks: Vec<Tick> = labelled.into_iter().map(|value| tick(value, rounded(value, 3))).collect();
    for value in all(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]) {
        if ticks.iter().all(|tick| (tick.value / value - 1.0).abs() > 1e-9) {
            ticks.push(tick(value, String::new()));
        }
    }
    ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
    ticks
}

fn symmetric(scale: &Scale, want: usize) -> Vec<Tick> {
    let (low, high) = scale.ends();
    let smallest = libm::round(libm::log10(scale.threshold));
    let most = libm::floor(high.max(-low) + smallest + 1e-9).min(308.0);
    let every = stride((most - smallest).max(1.0), want.div_ceil(2));
    let side = |end: f64, sign: f64| {
        let largest = libm::floor(end + smallest + 1e-9);
        powers(most - every * libm::floor((most - smallest) / every), largest, every)
            .map(|power| {
                let label = raised(10, power);
                tick(sign * power_of_ten(power), if sign < 0.0 { format!("−{label}") } else { label })
            })
            .collect::<Vec<Tick>>()
    };
    let mut ticks = if low < 0.0 { side(-low, -1.0) } else { Vec::new() };
    ticks.push(tick(0.0, "0".to_owned()));
    if high > 0.0 {
        ticks.extend(side(high, 1.0));
    }
    // Numbers beside 0 that would stand on it.
    let zero = scale.place(0.0).unwrap_or(0.0);
    let is_apart = |tick: &Tick| scale.place(tick.value).is_some_and(|at| (at - zero).abs() > 0.05);
    ticks.retain(|tick| scale.contains(tick.value) && (tick.value == 0.0 || is_apart(tick)));
    ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
    ticks
}

/// The two ends, where nothing rounder is inside.
fn ends(scale: &Scale) -> Vec<Tick> {
    let (low, high) = scale.ends();
    // A margin may reach beyond the numbers that there are.
    let inside = |value: f64| value.clamp(f64::from_bits(1), f64::MAX);
    let back = |at: f64| match scale.kind {
        FigureScale::Linear => at,
        FigureScale::Log2 => inside(libm::pow(2.0, at)),
        FigureScale::Log10 => inside(power_of_ten(at)),
        FigureScale::Symlog => {
            let power = libm::pow(10.0, at.abs());
            let size = if power.is_finite() {
                scale.threshold * (power - 1.0)
            } else {
                libm::pow(10.0, at.abs() + libm::log10(scale.threshold))
            };
            if at < 0.0 { -size } else { size }
        }
    };
    // Inside, whatever the way back rounds to.
    let inset = (high / 2.0 - low / 2.0) * 0.02;
    let values = [back(low + inset), back(high - inset)];
    let digits =
        (3..17).find(|&digits| rounded(values[0], digits) != rounded(values[1], digits)).unwrap_or(17);
    values.map(|value| tick(value, rounded(value, digits))).to_vec()
}

/// Every how many powers there is a label: 1, 2, 3, 5, 10, 20 ...
fn stride(count: f64, want: usize) -> f64 {
    let strides = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0];
    strides.into_iter().find(|stride| count / stride <= whole(want)).unwrap_or(200.0)
}

fn powers(first: f64, last: f64, every: f64) -> impl Iterator<Item = f64> {
    let count = if last >= first { index(libm::floor((last - first) / every)) + 1 } else { 0 };
    (0..count).map(move |i| first + whole(i) * every)
}

fn raised(base: u8, power: f64) -> String {
    match power {
        0.0 => "1".to_owned(),
        1.0 => base.to_string(),
        _ => format!("${base}^{{{power}}}$"),
    }
}

fn power_of_ten(power: f64) -> f64 {
    // Read, not computed: the nearest number of every power.
    if power.fract() == 0.0 {
        format!("1e{power}").parse().unwrap_or(f64::NAN)
    } else {
        libm::pow(10.0, power)
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn whole(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts; casts saturate")]
fn index(count: f64) -> usize {
    count.min(2000.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(kind: FigureScale, low: f64, high: f64) -> Vec<String> {
        let ticks = ticks(&Scale::fit(kind, &[low, high], 0.0), 5, false);
        ticks.into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn axes_have_round_numbers() {
        assert_eq!(labels(FigureScale::Linear, 0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(FigureScale::Linear, -1.0, 1.0), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(FigureScale::Linear, 0.0, 12.4), ["0.0", "2.5", "5.0", "7.5", "10.0"]);
        assert_eq!(labels(FigureScale::Log2, 1.0, 64.0), ["1", "4", "16", "64"]);
        assert_eq!(labels(FigureScale::Log10, 0.01, 1.0), ["0.01", "0.1", "1"]);
        assert_eq!(labels(FigureScale::Log10, 1e-50, 1e20), ["$10^{-40}$", "$10^{-20}$", "1", "$10^{20}$"]);
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_ascend_and_have_different_labels(
            a in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, b in prop::num::f64::NORMAL, kind in 0..4_usize, want in 3..8_usize,
        ) {
            let kind = FigureScale::ALL[kind];
            let (a, b) = if matches!(kind, FigureScale::Log2 | FigureScale::Log10) { (a.abs(), b.abs()) } else { (a, b) };
            let scale = Scale::fit(kind, &[a, b], 0.05);
            let ticks = ticks(&scale, want, false);
            let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).filter(|label| !label.is_empty()).collect();
            prop_assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value), "{ticks:?}");
            prop_assert!(ticks.iter().all(|tick| scale.contains(tick.value)), "{scale:?} {ticks:?}");
            prop_assert!((2..=want + 3).contains(&labels.len()), "{labels:?}");
            let mut different = labels.clone();
            different.sort_unstable();
            different.dedup();
            prop_assert_eq!(different.len(), labels.len(), "{:?}", labels);
        }
    }
}
