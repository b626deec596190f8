//! The verdicts, the worst ones first.

use std::cmp::Reverse;

use super::html::Html;
use super::table::table;
use crate::analysis::Verdict;
use crate::output::{Claim, ExpectRow, claims, significant};
use crate::sweep::Cell;

/// How many claims had which verdict: failed, undecided, held.
pub fn lead(html: &mut Html, rows: &[ExpectRow]) {
    let [held, undecided, failed] = crate::output::tally(rows);
    let all = held + undecided + failed;
    let mut part = |count: usize, class: &'static str, words: String| {
        if count > 0 {
            html.raw("<span class=\"").raw(class).raw("\">").text(&words).raw("</span> ");
        }
    };
    if all == 0 {
        return;
    }
    let claims = if all == 1 { "claim" } else { "claims" };
    part(failed, "failed", format!("{failed} of {all} {claims} failed."));
    part(undecided, "undecided", format!("{undecided} of {all} {claims} undecided."));
    part(held, "held", format!("{held} of {all} {claims} held."));
}

/// The table of all claims.
pub fn section(html: &mut Html, cells: &[Cell], rows: &[ExpectRow]) {
    html.raw("<section id=\"claims\"><h2>Claims</h2>\n");
    if rows.is_empty() {
        html.raw("<p>The config claims nothing: it has no <code>[[expect]]</code>.</p></section>\n");
        return;
    }
    let mut claims = claims(cells, rows);
    claims.sort_by_key(|claim| Reverse(claim.row.verdict));
    let titles = [
        ("verdict", ""),
        ("claim", "wide"),
        ("numbers", "n"),
        ("closest call", ""),
        ("bound", ""),
        ("where", "wide"),
    ];
    table(html, "The verdict on every claim", "", &titles, |html| {
        for one in &claims {
            claim(html, one);
        }
    });
    html.raw(
        "<p class=\"soft\">Held: the intervals of all numbers of the claim lie inside the bound; all of them hold \
         together with the confidence of the claim, 95 % unless the config says otherwise. Failed: one lies outside. \
         Undecided: the numbers show neither. Closest call: the number that decides, of the worst verdict the one with \
         the least room inside its bound. All numbers: <code>expect.csv</code>.</p></section>\n",
    );
}

fn claim(html: &mut Html, claim: &Claim) {
    let Claim { row, numbers, held, found, place } = claim;
    let verdict = match row.verdict {
        Verdict::Held => "held",
        Verdict::Undecided => "undecided",
        Verdict::Failed => "failed",
    };
    html.raw("<tr><td class=\"").raw(verdict).raw("\">").raw(verdict);
    html.raw("</td><th scope=\"row\" class=\"wide\">").text(&row.claim).raw("</th><td class=\"n\">");
    if held == numbers {
        html.show(numbers);
    } else {
        html.text(&format!("{held} of {numbers} held"));
    }
    html.raw("</td><td class=\"wide\">").text(found).raw("</td><td class=\"wide\">").text(&bound(row));
    html.raw("</td><td class=\"wide\">").text(place).raw("</td></tr>\n");
}

/// The bound as the config gives it, and in numbers where it does not give them.
fn bound(row: &ExpectRow) -> String {
    let number = |value| significant(value, 5);
    match (row.bound_low, row.bound_high) {
        (Some(low), Some(high)) if low < high && row.bound.contains('±') => {
            format!("{}: {} to {}", row.bound, number(low), number(high))
        }
        (Some(low), Some(_)) if row.bound == "theory" => format!("theory: {}", number(low)),
        _ => row.bound.clone(),
    }
}
