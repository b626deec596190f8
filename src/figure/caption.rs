//! Captions: what points, bars, bands and lines are, what is constant, and what cannot be relied on.

use std::collections::BTreeSet;

use super::arrange::Along;
use super::facts::Facts;
use super::material::Material;
use super::names;
use super::words;
use crate::statistics::Reliability;
use crate::sweep::{Parameter, Randomness, Show, Statistic};

/// The caption of a figure, in sentences.
#[must_use]
pub fn caption(material: &Material<'_>, facts: &Facts) -> String {
    let mut said = facts.own.clone();
    if said.is_empty() {
        said.extend(points(material, facts));
    }
    said.extend(theory(facts));
    if facts.has_marks {
        said.push(
            "Dotted lines across a panel, and crosses: numbers to compare with, from the config.".to_owned(),
        );
    }
    said.extend(differences(material));
    said.extend(constants(material));
    said.extend(doubts(facts));
    said.join(" ")
}

/// How many networks there are.
#[must_use]
pub fn networks(facts: &Facts) -> String {
    match facts.trials {
        Some((least, most)) if least == most => format!("{most} random networks"),
        Some((least, most)) => format!("{least} to {most} random networks"),
        None => "random networks".to_owned(),
    }
}

fn points(material: &Material<'_>, facts: &Facts) -> Vec<String> {
    let what = match facts.statistics.first() {
        Some(Statistic::Median) => "medians",
        Some(Statistic::Log2) => "geometric means",
        _ => "means",
    };
    let indicator = material.clause.metrics.iter().all(|metric| metric.is_indicator());
    let what = if indicator { "fractions" } else { what };
    let marks = if facts.is_dense { "Solid lines" } else { "Points" };
    let what = if material.clause.are_slopes { "slopes by least squares, means" } else { what };
    let of = if indicator && !material.clause.are_slopes { "of" } else { "over" };
    let mut said = vec![format!("{marks}: {what} {of} {}", networks(facts))];
    if facts.has_bars {
        said.push(
            if facts.is_dense { "ribbons: their 95 % intervals" } else { "bars: their 95 % intervals" }
                .to_owned(),
        );
    }
    if facts.has_bands {
        let is_joint = material.clause.asks_for(Show::Joint);
        said.push(
            if is_joint {
                "pale bands: intervals that hold in all layers at once with probability 95 %"
            } else {
                "pale bands: the middle 95 % of the networks"
            }
            .to_owned(),
        );
    }
    let mut said = vec![format!("{}.", said.join("; "))];
    if facts.cuts_bands {
        said.push("Bands that go beyond an axis end at it.".to_owned());
    }
    if facts.joins {
        said.push("Dotted lines join points that have no theory.".to_owned());
    }
    if facts.statistics.iter().any(|one| *one != Statistic::Mean) && material.clause.show.is_none() {
        said.push("Most means cannot be relied on, so they are not shown.".to_owned());
    }
    if material.arrangement.along == Along::Previous {
        said.push("The thin straight line is where both axes are equal.".to_owned());
    }
    if facts.has_published {
        said.push("Crosses: published numbers.".to_owned());
    }
    said
}

fn theory(facts: &Facts) -> Option<String> {
    if facts.theories.is_empty() {
        return None;
    }
    let names: Vec<&str> = facts.theories.iter().map(|line| line.name()).collect();
    let lines = match (facts.own.is_empty(), facts.is_dense) {
        (false, _) => "Theory",
        (true, true) => "Dashed lines: theory",
        (true, false) => "Lines: theory",
    };
    Some(format!("{lines}, {}.", names.join("; or ")))
}

/// What the colours are.
fn differences(material: &Material<'_>) -> Option<String> {
    let color =
        material.arrangement.color.as_ref().filter(|color| !color.title.is_empty() && color.len() > 1)?;
    let shared = if material.input.sweep.randomness == Randomness::Common { shared(material) } else { "" };
    Some(format!("Colours: {}.{shared}", words::plain(&color.title)))
}

/// Which of the cells share their draws, where some do.
fn shared(material: &Material<'_>) -> &'static str {
    let cells: BTreeSet<usize> = material.items.iter().map(|item| item.cell).collect();
    let draws: BTreeSet<String> =
        cells.iter().map(|&cell| material.input.cells[cell].common_text()).collect();
    if draws.len() == 1 {
        " Cells share their draws, so they deviate together."
    } else if draws.len() < cells.len() {
        " Cells of one shape, precision and laws share their draws, so they deviate together."
    } else {
        ""
    }
}

/// The parameters that are the same in all cells of the figure, those that a config seldom sets left out.
fn constants(material: &Material<'_>) -> Option<String> {
    let cells = material.input.cells;
    let mut own: Vec<usize> = material.items.iter().map(|item| item.cell).collect();
    own.dedup();
    let first = *own.first()?;
    let same = |parameter: &Parameter| {
        let value = cells[first].written(*parameter);
        let default = parameter.row().default.map(|text| text.trim_matches('\''));
        let is_usual =
            default == Some(&*value) && !matches!(parameter, Parameter::Activation | Parameter::Batch);
        !is_usual && own.iter().all(|&cell| cells[cell].written(*parameter) == value)
    };
    let word = |parameter: Parameter| {
        let name = names::parameter(parameter);
        // The symbol is on axes alone.
        let name = name.split(" $").next().unwrap_or_default();
        format!("{name} {}", cells[first].written(parameter))
    };
    let constant: Vec<String> = Parameter::ALL.into_iter().filter(same).map(word).collect();
    (!constant.is_empty()).then(|| format!("Constant: {}.", constant.join(", ")))
}

fn doubts(facts: &Facts) -> Option<String> {
    let mut said = Vec::new();
    let all: usize = facts.doubts.iter().map(|(_, count)| count).sum();
    if all > 0 {
        let reason = |(reason, count): &(Reliability, usize)| match reason {
            Reliability::FewTrials => format!("{count} with few trials"),
            Reliability::HeavyTail => format!("{count} with a heavy tail"),
            Reliability::NonFinite => format!("{count} with values that are not finite"),
            other => format!("{count} {other}"),
        };
        let reasons: Vec<String> = facts.doubts.iter().map(reason).collect();
        let sign = if facts.own.is_empty() { " (hollow)" } else { "" };
        said.push(format!(
            "{all} of {} means are not reliable{sign}: {}.",
            facts.numbers,
            reasons.join(", ")
        ));
    }
    if facts.infinite > 0 {
        said.push(format!("{} are infinite (triangles on the upper edge).", facts.infinite));
    }
    if facts.beyond > 0 {
        let beyond = facts.beyond;
        said.push(if facts.is_map {
            format!("{beyond} are beyond the range of the colours, and have that of the nearer end.")
        } else {
            format!("{beyond} are beyond the axes, and not drawn.")
        });
    }
    if facts.undefined > 0 {
        said.push(format!("{} are undefined, and not drawn.", facts.undefined));
    }
    (!said.is_empty()).then(|| said.join(" "))
}
