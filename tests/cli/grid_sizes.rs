//! How many cells a grid has, against whole-number arithmetic: the size is exact, or the refusal names the axis.

use std::fmt::Write;

use initsweep::config::{self, Source};
use proptest::prelude::*;

/// Most values of one axis, and of all together.
const LARGEST_AXIS: i128 = 1 << 20;
const LARGEST_VALUES: i128 = LARGEST_AXIS + (1 << 16);
const LARGEST_WIDTH: i128 = 1 << 24;
const LARGEST_DEPTH: i128 = 1_000_000;
const LARGEST_SIZE: i128 = 1 << 32;

/// An axis as it is written, and what it should hold.
#[derive(Clone, Debug)]
enum Axis {
    /// `{ from, to, step }`
    Steps(i128, i128, i128),
    /// `{ from, to, points }`
    Points(i128, i128, i128),
    /// A list of so many values.
    List(i128),
}

impl Axis {
    fn text(&self) -> String {
        match self {
            Self::Steps(from, to, step) => format!("{{ from = {from}, to = {to}, step = {step} }}"),
            Self::Points(from, to, points) => format!("{{ from = {from}, to = {to}, points = {points} }}"),
            Self::List(count) => format!("{:?}", (1..=*count).collect::<Vec<_>>()),
        }
    }

    /// Values of a list of numbers; `None` if there is no such list.
    fn numbers(&self) -> Option<i128> {
        let fits = |value: &i128| i64::try_from(*value).is_ok();
        match *self {
            Self::List(count) => (count > 0).then_some(count),
            Self::Points(from, to, points) => {
                ([from, to].iter().all(fits) && (2..=LARGEST_AXIS).contains(&points)).then_some(points)
            }
            Self::Steps(from, to, step) => {
                let leads =
                    step != 0 && (to - from) * step.signum() >= 0 && [from, to, step].iter().all(fits);
                let count = leads.then(|| (to - from) / step + 1)?;
                (count <= LARGEST_AXIS).then_some(count)
            }
        }
    }

    /// Values of a list of whole numbers from 1 to `largest`: those of points are rounded, and equal ones merged.
    fn wholes(&self, largest: i128) -> Option<i128> {
        let count = self.numbers()?;
        match *self {
            Self::List(count) => (count <= largest).then_some(count),
            Self::Steps(from, to, _) | Self::Points(from, to, _)
                if from.min(to) < 1 || from.max(to) > largest =>
            {
                None
            }
            // Neighbours are at least 1 apart, so that no two are rounded to one; or all whole numbers are met.
            Self::Points(from, to, points) => {
                Some(if points - 1 <= (to - from).abs() { points } else { (to - from).abs() + 1 })
            }
            Self::Steps(..) => Some(count),
        }
    }
}

/// Numbers at which arithmetic breaks.
fn number() -> impl Strategy<Value = i128> {
    let edges: Vec<i128> =
        [0, 1, 2, 10, 1 << 20, 1 << 24, 1 << 31, 1 << 32, 1 << 53, 1 << 62, 1 << 63, 1 << 64, 1_000_000]
            .into_iter()
            .flat_map(|edge: i128| [edge - 1, edge, edge + 1, -edge])
            .collect();
    prop_oneof![4 => 1_i128..40, 1 => prop::sample::select(edges)]
}

fn axis() -> impl Strategy<Value = Axis> {
    prop_oneof![
        (number(), number(), number()).prop_map(|(from, to, step)| Axis::Steps(from, to, step)),
        (number(), number(), number()).prop_map(|(from, to, points)| Axis::Points(from, to, points)),
        (1_i128..300).prop_map(Axis::List),
    ]
    .prop_filter("rounding decides", is_sharp)
}

/// Bounds that rounding does not blur: differences beyond 2^53 are not exact in the arithmetic of ranges, so that a count
/// may be off; but there it is far beyond what one axis may have. And a step that misses the end by less than 1e-9 of
/// itself meets it on purpose.
fn is_sharp(axis: &Axis) -> bool {
    match *axis {
        Axis::List(_) | Axis::Steps(_, _, 0) => true,
        Axis::Steps(from, to, step) => {
            let (length, step) = ((to - from).abs(), step.abs());
            let past = length % step;
            let misses = past == 0 || (step - past) * 500_000_000 > step;
            (length < 1 << 53 && misses) || length / step > 2 * LARGEST_AXIS
        }
        Axis::Points(from, to, points) => {
            !(1..=LARGEST_WIDTH).contains(&from.min(to))
                || points - 1 <= (to - from).abs()
                || points > LARGEST_AXIS
        }
    }
}

/// What one grid should be: its size, or the names of the axes that are wrong.
fn expected(axes: &[(&str, Axis)], zipped: bool) -> Result<i128, Vec<String>> {
    let counts: Vec<Option<i128>> = axes
        .iter()
        .map(|(name, axis)| match *name {
            "width" => axis.wholes(LARGEST_WIDTH),
            "depth" => axis.wholes(LARGEST_DEPTH),
            _ => axis.numbers(),
        })
        .collect();
    let wrong: Vec<String> = axes
        .iter()
        .zip(&counts)
        .filter(|(_, count)| count.is_none())
        .map(|((name, _), _)| (*name).to_owned())
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let counts: Vec<i128> = counts.into_iter().flatten().collect();
    if zipped && counts[0] != counts[1] {
        return Err(vec!["zipped axes differ".to_owned()]);
    }
    Ok(counts.iter().skip(usize::from(zipped)).product())
}

proptest! {
    #[test]
    fn a_size_is_exact_or_the_refusal_names_the_axis(
        grids in prop::collection::vec((axis(), axis(), axis(), prop::bool::weighted(0.2)), 1..4),
    ) {
        let mut text = "name = 'a'\ntrials = 1\n".to_owned();
        let mut sizes = Vec::new();
        let mut wrong = Vec::new();
        let mut values = 0;
        for (width, depth, mean, zipped) in grids {
            let axes = [("width", width), ("depth", depth), ("mean", mean)];
            text += "[[grid]]\nstd = 1\n";
            for (name, axis) in &axes {
                writeln!(text, "{name} = {}", axis.text()).unwrap();
                values += axis.numbers().unwrap_or(0);
            }
            if zipped {
                text += "zip = ['width', 'depth']\n";
            }
            match expected(&axes, zipped) {
                Ok(size) => sizes.push(size),
                Err(names) => wrong.extend(names),
            }
        }
        let size: i128 = sizes.iter().sum();
        match config::parse(&Source::new("a.toml", text.clone())) {
            Ok(sweep) => {
                prop_assert!(wrong.is_empty() && size <= LARGEST_SIZE && values <= LARGEST_VALUES, "{text} is accepted");
                prop_assert_eq!(sweep.size(), u128::try_from(size).unwrap());
            }
            Err(mistakes) => {
                let said = mistakes.to_string();
                if values > LARGEST_VALUES {
                    prop_assert!(said.contains("all lists and ranges together"), "{text}\n{said}");
                } else if wrong.is_empty() {
                    prop_assert!(size > LARGEST_SIZE, "{text}\n{said}");
                    prop_assert!(said.contains("cells; the limit is 2^32") && said.contains("the largest axes: "), "{said}");
                } else {
                    for name in wrong {
                        // The line at fault is shown, and begins with its key.
                        prop_assert!(said.contains(&format!(" | {name} = ")) || said.contains(&name), "{name}: {text}\n{said}");
                    }
                }
            }
        }
    }
}
