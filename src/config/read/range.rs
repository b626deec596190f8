//! Ranges: `{ from, to, points, scale }` and `{ from, to, step }`.

use super::report::Report;
use super::value;
use crate::config::grammar::tables::{LARGEST_AXIS, RANGE};
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::suggest::grouped;
use crate::config::text::tree::{Node, Table};

/// The values of a range table, ends included where they are met; rounded to 15 significant digits (13 on a log
/// scale), so that 0.1 + 2 * 0.1 is 0.3, and four doublings from 32 are 512.
pub(crate) fn read(name: &str, node: &Node, table: &Table, report: &mut Report) -> Option<Vec<f64>> {
    let before = report.met;
    report.unknown_keys(table, &[RANGE], "in a range");
    report.missing_keys(table, RANGE, node.span, "a range");
    let mut number = |key| table.get(key).and_then(|node| report.keep(bound(key, node)));
    let (from, to, step) = (number("from"), number("to"), number("step"));
    let points = table.get("points").map(|node| value::whole("points", node, 2, LARGEST_AXIS));
    let points = points.and_then(|points| report.keep(points));
    let scale = table.get("scale").map(|node| value::choice("scale", node, &["linear", "log"], is_log));
    let is_log = scale.and_then(|scale| report.keep(scale)).unwrap_or(false);
    if report.met > before {
        return None;
    }
    let (from, to) = (from?, to?);
    let count = match (points, step) {
        (Some(points), None) => Ok(points),
        (None, Some(step)) if !is_log => steps(from, to, step, node),
        _ => Err(wrong_combination(name, points.is_some(), step.is_some(), node)),
    };
    let count = report.keep(count)?;
    if !report.has_room(count, node) {
        return None;
    }
    match step {
        Some(step) => Some(walk(from, step, count)),
        None if is_log => report.keep(log(from, to, count, node)),
        None => Some(linear(from, to, count)),
    }
}

fn bound(key: &str, node: &Node) -> Result<f64, Diagnostic> {
    value::number(key, node).map_err(|mistake| match node.text() {
        Some(text) if text.trim().parse::<f64>().is_err() => mistake.help(
            "a bound is a number without quotes; what depends on the network stands in `times`, as in { from = 0.5, to = 2, \
             points = 4, times = \"1/sqrt(fan_in)\" }",
        ),
        _ => mistake,
    })
}

fn is_log(word: &str) -> Option<bool> {
    match word {
        "linear" => Some(false),
        "log" => Some(true),
        _ => None,
    }
}

fn wrong_combination(name: &str, has_points: bool, has_step: bool, node: &Node) -> Diagnostic {
    if has_points && has_step {
        wrong("a range has `points` or `step`, not both", node).help("leave one of them out")
    } else if has_step {
        wrong("a range on a log scale has no step", node).help("give `points` instead")
    } else {
        wrong(format!("the range of `{name}` needs `points` or `step`"), node).help(
            "as in { from = 32, to = 1024, points = 6, scale = \"log\" } or { from = 1, to = 10, step = 1 }",
        )
    }
}

fn wrong(title: impl Into<String>, node: &Node) -> Diagnostic {
    Diagnostic::new(title, node.span, "")
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn linear(from: f64, to: f64, points: u64) -> Vec<f64> {
    let between = |i: u64| {
        let share = i as f64 / (points - 1) as f64;
        tidy(from * (1.0 - share) + to * share, 15)
    };
    with_ends(from, to, points, between)
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn log(from: f64, to: f64, points: u64, node: &Node) -> Result<Vec<f64>, Diagnostic> {
    if from <= 0.0 || to <= 0.0 {
        return Err(wrong("a range on a log scale needs `from` and `to` above 0", node)
            .help("start at a small number such as 0.001, or leave `scale` out for equal differences"));
    }
    let (low, high) = (libm::log10(from), libm::log10(to));
    let between = |i: u64| {
        let share = i as f64 / (points - 1) as f64;
        tidy(libm::exp10(low * (1.0 - share) + high * share), 13)
    };
    Ok(with_ends(from, to, points, between))
}

/// The ends exactly as written, whatever rounding does between them.
fn with_ends(from: f64, to: f64, points: u64, between: impl Fn(u64) -> f64) -> Vec<f64> {
    (0..points)
        .map(|i| match i {
            0 => from,
            _ if i == points - 1 => to,
            _ => between(i),
        })
        .collect()
}

/// How many values a step meets from one end to the other.
#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn steps(from: f64, to: f64, step: f64, node: &Node) -> Result<u64, Diagnostic> {
    // A step that misses the end by rounding alone still meets it.
    let count = ((to - from) / step + 1e-9).floor();
    let leads_away = (step > 0.0 && to < from) || (step < 0.0 && to > from);
    if step == 0.0 || leads_away {
        return Err(wrong("the step of a range must lead from `from` to `to`", node)
            .help("a positive step leads up, a negative one down"));
    }
    if count >= LARGEST_AXIS as f64 || count.is_nan() {
        let largest = grouped(LARGEST_AXIS.into());
        return Err(
            wrong(format!("this range has more than {largest} values"), node).help("take a larger step")
        );
    }
    Ok(count as u64 + 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn walk(from: f64, step: f64, count: u64) -> Vec<f64> {
    (0..count).map(|i| tidy(from + i as f64 * step, 15)).collect()
}

/// Rounds to so many significant digits, at least 13: as many as the rounding errors before it have left alone.
fn tidy(value: f64, digits: usize) -> f64 {
    if value.fract() == 0.0 && value.abs() < 1e13 {
        return value + 0.0;
    }
    format!("{value:.*e}", digits - 1).parse::<f64>().unwrap_or(value) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::input::Files;
    use crate::config::text::tree::{self, Value};

    fn values(range: &str) -> Option<Vec<f64>> {
        let table = tree::read(0, &format!("x = {range}")).unwrap();
        let node = table.get("x").unwrap();
        let Value::Table(inner) = &node.value else { panic!("no table") };
        read("x", node, inner, &mut Report::new(Files::default()))
    }

    #[test]
    fn log_ranges_have_equal_ratios_and_tidy_values() {
        let six = values("{ from = 32, to = 1024, points = 6, scale = 'log' }").unwrap();
        assert_eq!(six, [32.0, 64.0, 128.0, 256.0, 512.0, 1024.0]);
        let decades = values("{ from = 1e-3, to = 1e3, points = 7, scale = 'log' }").unwrap();
        assert_eq!(decades, [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0]);
        let down = values("{ from = 4, to = 0.25, points = 5, scale = 'log' }").unwrap();
        assert_eq!(down, [4.0, 2.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn linear_ranges_and_steps_meet_their_ends() {
        assert_eq!(values("{ from = 0, to = 1, points = 5 }").unwrap(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(values("{ from = 0.1, to = 0.5, step = 0.1 }").unwrap(), [0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(values("{ from = 3, to = 1, step = -1 }").unwrap(), [3.0, 2.0, 1.0]);
        assert_eq!(values("{ from = 1, to = 10, step = 4 }").unwrap(), [1.0, 5.0, 9.0]);
        assert_eq!(values("{ from = 2, to = 2, step = 1 }").unwrap(), [2.0]);
    }

    #[test]
    fn senseless_ranges_are_refused() {
        for range in [
            "{ from = 1, to = 2, step = 0 }",
            "{ from = 1, to = 2, step = -1 }",
            "{ from = 2, to = -1, step = 4294967295 }",
            "{ from = 0, to = 2, points = 3, scale = 'log' }",
            "{ from = 1, to = 2, points = 1 }",
            "{ from = 1, to = 2 }",
            "{ from = 1, points = 3 }",
            "{ from = 1, to = 1e9, step = 1e-9 }",
            "{ from = -1e308, to = 1e308, step = 1e-300 }",
            "{ from = 1, to = 2, points = 3, step = 1 }",
            "{ from = 1, to = 2, step = 1, scale = 'log' }",
        ] {
            assert_eq!(values(range), None, "{range}");
        }
    }
}
