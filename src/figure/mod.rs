//! Figures: pictures of the rows and the trial values of a run, as SVG, as PDF, and as a table of exactly the numbers shown.
//!
//! ```text
//! rows, [[figure]] -> arrange -> Chart or Map -> Scene -> SVG, PDF
//!                     (rules)    (scales, ticks, colours)       (shapes)
//! ```
//!
//! What is measured is drawn as points, what theory predicts as lines. A figure is a pure function of the files of a run:
//! its bytes depend on nothing else. Logarithms and powers are `libm`'s, coordinates are whole hundredths of a point.
//!
//! Without `[[figure]]` every metric at every site has one, arranged by what the cells differ in; see [`arrange`].

pub mod arrange;
mod build;
mod caption;
mod chart;
mod colors;
mod curves;
mod drawing;
mod entry;
mod factors;
mod facts;
mod font;
mod input;
mod items;
mod law;
mod layout;
mod legend;
mod map;
mod material;
mod model;
mod names;
mod number;
mod panels;
mod pdf;
#[cfg(feature = "png")]
mod png;
mod range;
mod scale;
mod scene;
mod slopes;
mod statistic;
mod svg;
mod table;
mod ticks;
pub mod words;

pub use drawing::{Drawn, Figure, FigureError, LeftOut};
pub use input::{Input, MOST, TWO_COLUMNS, Values};
#[cfg(feature = "png")]
pub use png::png;

use crate::network::{Metric, Site};
use crate::sweep::FigureClause;

/// Draws the figures that are asked for, or the usual ones. What cannot be drawn is said, and takes no other figure away.
#[must_use]
pub fn draw(input: &Input<'_>) -> Drawn {
    let mut drawn = Drawn::default();
    if input.clauses.is_empty() {
        unasked(input, &mut drawn);
        return drawn;
    }
    for (index, clause) in input.clauses.iter().enumerate() {
        let figure = name(index, clause);
        match build::figures(input, clause, &figure) {
            Ok(figures) => drawn.figures.extend(figures),
            Err(reason) => drawn.failed.push(FigureError { figure, reason }),
        }
    }
    drawn
}

/// What can be said against the figures that are asked for before there is any number, each with its index: no cell, layer or
/// level for them, too many panels or figures. The rows of the input need no numbers ([`crate::output::places`]).
#[must_use]
pub fn check(input: &Input<'_>) -> Vec<(usize, String)> {
    let check = |(index, clause)| Some((index, build::check(input, clause).err()?));
    input.clauses.iter().enumerate().filter_map(check).collect()
}

fn name(index: usize, clause: &FigureClause) -> String {
    clause.name.clone().unwrap_or_else(|| format!("figure-{}", index + 1))
}

/// One figure for each metric and site, in the order of the config.
fn unasked(input: &Input<'_>, drawn: &mut Drawn) {
    for (metric, site) in items::pairs(input) {
        let mut leave = |reason: String| drawn.left_out.push(LeftOut { metric, site, reason });
        if drawn.figures.len() >= MOST {
            leave(format!("there are {MOST} figures already"));
            continue;
        }
        if let Some(reason) = items::dull(input, metric, site) {
            leave(reason);
            continue;
        }
        match build::figures(input, &FigureClause::of(metric, site), &format!("{metric}-{site}")) {
            Ok(figures) => drawn.figures.extend(figures),
            Err(reason) => leave(reason),
        }
    }
    // One metric may have had several.
    for late in drawn.figures.drain(MOST.min(drawn.figures.len())..).collect::<Vec<_>>() {
        let (metric, site) = items::pairs(input)
            .into_iter()
            .find(|(metric, site)| late.name.starts_with(&format!("{metric}-{site}")))
            .unwrap_or((Metric::Mean, Site::Post));
        drawn.left_out.push(LeftOut { metric, site, reason: late.title });
    }
}
