//! Numbers published elsewhere, beside those of the run.

use super::html::Html;
use super::survey::{PUBLISHED, Survey};
use super::table::{named_row, table};
use crate::output::{estimate, published, theory};
use crate::sweep::Cell;

/// The table; nothing if the config gives no such numbers.
pub fn section(html: &mut Html, cells: &[Cell], names: &[String], survey: &Survey) {
    if survey.published.is_empty() {
        return;
    }
    html.raw("<section id=\"published\"><h2>Published numbers</h2>\n");
    let titles = [("cell", "wide"), ("metric", ""), ("published", "n"), ("estimate", "n"), ("theory", "n")];
    table(html, "One network drawn elsewhere, beside many of this run", "", &titles, |html| {
        for (cell, row) in &survey.published {
            let fields = [
                names[*cell].clone(),
                format!("{}, {}", row.metric, row.site),
                published(&cells[*cell], row),
                estimate(row),
                theory(row),
            ];
            named_row(html, &titles, &fields);
        }
    });
    if survey.published.len() == PUBLISHED {
        html.raw("<p>There may be more: the first ").text(&PUBLISHED.to_string()).raw(" are shown.</p>\n");
    }
    html.raw(
        "<p class=\"soft\">Last layers. In brackets: how many standard deviations of one network the published number lies \
         from the mean.</p></section>\n",
    );
}
