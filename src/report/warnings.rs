//! What a reader has to know before the numbers are used: each kind of warning is named, also where there is none.

use super::html::Html;
use super::shown::Place;
use super::survey::{Group, LISTED, Survey};
use super::table::{named_row, table};
use crate::network::Metric;
use crate::output::{StoppingRow, reason, significant};
use crate::statistics::Reliability;

/// All warnings.
pub fn section(
    html: &mut Html,
    names: &[String],
    survey: &Survey,
    stopping: Option<&[StoppingRow]>,
    notes: &[String],
) {
    html.raw("<section id=\"warnings\"><h2>Warnings</h2>\n");
    unreliable(html, names, survey);
    overflow(html, names, survey);
    far(html, names, survey);
    without_theory(html, names, survey);
    if let Some(rows) = stopping {
        at_most(html, names, rows);
    }
    if !notes.is_empty() {
        html.raw("<h3>Of the config</h3>\n");
        list(html, notes.iter().map(|note| note.strip_prefix("note: ").unwrap_or(note).to_owned()));
    }
    html.raw("</section>\n");
}

fn unreliable(html: &mut Html, names: &[String], survey: &Survey) {
    html.raw("<h3>Unreliable intervals</h3>\n");
    if survey.unreliable.is_empty() {
        html.raw("<p>None: the interval of every number can be relied on.</p>\n");
        return;
    }
    html.raw("<p>Do not rely on the interval of the mean of these numbers.</p>\n");
    let titles = [
        ("metric", "key"),
        ("reason", "key"),
        ("in words", "wide"),
        ("numbers", "n"),
        ("infinite or undefined", "key"),
        ("the first", "wide"),
    ];
    table(html, "Unreliable intervals by metric and reason", "", &titles, |html| {
        for (&(metric, doubt), group) in &survey.unreliable {
            let fields = [
                metric.to_string(),
                doubt.to_string(),
                words(metric, doubt),
                of(survey, metric, group),
                nonfinite(group),
                place(names, group.first),
            ];
            named_row(html, &titles, &fields);
        }
    });
}

fn words(metric: Metric, doubt: Reliability) -> String {
    match doubt {
        Reliability::NonFinite if metric.is_layer() => "infinite where there is no such layer".to_owned(),
        Reliability::FewTrials => format!("{} trials", reason(doubt)),
        doubt => reason(doubt),
    }
}

fn nonfinite(group: &Group) -> String {
    match group.nonfinite {
        (0, _) => "none".to_owned(),
        (some, trials) => format!("up to {some} of {trials} trials"),
    }
}

fn overflow(html: &mut Html, names: &[String], survey: &Survey) {
    html.raw("<h3>Overflow</h3>\n");
    if !survey.knows_overflow {
        html.raw("<p>Not measured: neither <code>overflowed</code> nor <code>fraction_nonfinite</code> is among the metrics.</p>\n");
        return;
    }
    if survey.overflows.is_empty() {
        html.raw("<p>None: every entry of every measured layer is finite.</p>\n");
        return;
    }
    let mut first: Vec<&(Place, Option<f64>)> = survey.overflows.values().collect();
    first.sort_by_key(|(place, _)| (place.layer, place.cell));
    html.raw("<p>").show(first.len()).raw(" of ").show(names.len());
    html.raw(" cells have infinite or undefined entries. The first layer measured that has some:</p>\n");
    let item = |(place, share): &&(Place, Option<f64>)| {
        let share = share.map_or(String::new(), |share| {
            format!(", in {} % of the networks", significant(100.0 * share, 3))
        });
        format!("{}{share}", self::place(names, *place))
    };
    limited(html, first.iter().map(item), "cells");
}

fn far(html: &mut Html, names: &[String], survey: &Survey) {
    html.raw("<h3>Farther from theory than chance explains</h3>\n");
    let Some(farthest) = survey.farthest.first() else {
        html.raw("<p>Not tested: no number has a z, for no theory is known that is sharp enough.</p>\n");
        return;
    };
    let (limit, tested) = (survey.limit(), survey.tested);
    let says = format!(
        "If theory is right, the {tested} z of this run all lie within ± {limit:.2} with a probability of at least 95 %",
    );
    let beyond = survey.farthest.iter().filter(|one| one.z.abs() > limit);
    let items: Vec<String> =
        beyond.map(|one| format!("z = {:+.2}: {}, {}", one.z, one.metric, place(names, one.place))).collect();
    if items.is_empty() {
        html.raw("<p>None. ").text(&format!("{says}; the farthest is {:+.2}.", farthest.z)).raw("</p>\n");
        return;
    }
    let more = if items.len() == LISTED { " (and perhaps more)" } else { "" };
    html.raw("<p>").text(&format!("{says}. Beyond that{more}:")).raw("</p>\n");
    list(html, items);
}

fn without_theory(html: &mut Html, names: &[String], survey: &Survey) {
    html.raw("<h3>Numbers without theory</h3>\n");
    if survey.without_theory.is_empty() {
        html.raw("<p>None: theory is beside every number.</p>\n");
        return;
    }
    let titles = [("metric", "key"), ("what is known", "wide"), ("numbers", "n"), ("the first", "wide")];
    table(html, "Numbers without theory by metric", "", &titles, |html| {
        for (&(metric, has_limit), group) in &survey.without_theory {
            let known = if has_limit {
                "only the limit of infinite width (theory_mean_field): a curve to draw, no prediction for this width"
            } else {
                "nothing for these networks"
            };
            let fields =
                [metric.to_string(), known.to_owned(), of(survey, metric, group), place(names, group.first)];
            named_row(html, &titles, &fields);
        }
    });
}

fn at_most(html: &mut Html, names: &[String], rows: &[StoppingRow]) {
    html.raw("<h3>Stopped before their targets</h3>\n");
    let stopped: Vec<(&String, &StoppingRow)> =
        names.iter().zip(rows).filter(|(_, row)| !row.is_reached()).collect();
    if stopped.is_empty() {
        html.raw("<p>None: every cell has reached its targets.</p>\n");
        return;
    }
    html.raw("<p>").show(stopped.len()).raw(" of ").show(rows.len());
    html.raw(" cells have the most trials allowed, and a target that is not reached:</p>\n");
    let item = |(name, row): &(&String, &StoppingRow)| {
        let what = row.metric.map_or(String::new(), |metric| format!(": {metric}"));
        let layer = row.layer.map_or(String::new(), |layer| format!(", layer {layer}"));
        let doubt = row.doubt.as_ref().map_or(String::new(), |doubt| format!(" ({doubt})"));
        format!("{name}, {} trials{what}{layer}{doubt}", row.trials)
    };
    limited(html, stopped.iter().map(item), "cells");
}

/// `3 of 20`: rows of a group among those of its metric.
fn of(survey: &Survey, metric: Metric, group: &Group) -> String {
    format!("{} of {}", group.count, survey.metrics.get(&metric).copied().unwrap_or(0))
}

fn place(names: &[String], place: Place) -> String {
    let Place { cell, layer, site } = place;
    format!("{}, layer {layer}, {site}", names[cell])
}

/// A list of all that is there, or of the first and the number of the others.
fn limited(html: &mut Html, items: impl ExactSizeIterator<Item = String>, what: &str) {
    let more = items.len().saturating_sub(LISTED);
    let last = (more > 0).then(|| format!("and {more} more {what}"));
    list(html, items.take(LISTED).chain(last));
}

fn list(html: &mut Html, items: impl IntoIterator<Item = String>) {
    html.raw("<ul>\n");
    for item in items {
        html.raw("<li>").text(&item).raw("</li>\n");
    }
    html.raw("</ul>\n");
}
