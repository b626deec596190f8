//! The figures, each with its caption and links to its numbers.

use super::html::Html;
use crate::figure::{Drawn, Figure, LeftOut};

/// All figures, and what has none.
pub fn section(html: &mut Html, drawn: &Drawn) {
    html.raw("<section id=\"figures\"><h2>Figures</h2>\n");
    if drawn.figures.is_empty() && drawn.failed.is_empty() {
        html.raw("<p>None were drawn. In the directory of this page, <code>initsweep figures .</code> draws them, and then ");
        html.raw("<code>initsweep report .</code> puts them here.</p>\n");
    }
    for (i, one) in drawn.figures.iter().enumerate() {
        figure(html, i + 1, one);
    }
    if !drawn.failed.is_empty() {
        html.raw("<p>These were asked for, and could not be drawn:</p>\n<ul>\n");
        for failed in &drawn.failed {
            html.raw("<li>").text(&format!("{}: {}", failed.figure, failed.reason)).raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    if !drawn.left_out.is_empty() {
        left_out(html, drawn);
    }
    html.raw("</section>\n");
}

fn figure(html: &mut Html, number: usize, figure: &Figure) {
    let Figure { name, title, caption, svg, .. } = figure;
    html.raw("<figure id=\"picture-").show(number).raw("\">");
    html.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figure ").show(number);
    html.raw(": ").text(title).raw("\">\n");
    html.drawing(svg).raw("</div><figcaption><b>Figure ").show(number).raw(".</b> ").text(caption);
    html.raw(" <a href=\"figures/").segment(name).raw(".csv\">Numbers of figure ").show(number).raw("</a>, ");
    html.raw("<a href=\"figures/").segment(name).raw(".pdf\">PDF of figure ").show(number);
    html.raw("</a>.</figcaption></figure>\n");
}

/// What was measured and not drawn, with the lines of a config that draw the first of it.
fn left_out(html: &mut Html, drawn: &Drawn) {
    html.raw("<details><summary>").show(drawn.left_out.len()).raw(" more were not drawn</summary>\n<ul>\n");
    for one in &drawn.left_out {
        html.raw("<li>").text(&format!("{}, {}: {}", one.metric, one.site, one.reason)).raw("</li>\n");
    }
    html.raw("</ul>\n<p>Lines such as these in the config choose the figures that are drawn:</p>\n<pre>");
    let example = drawn.left_out.first().map(LeftOut::clause).unwrap_or_default();
    html.text(example.trim_end()).raw("</pre></details>\n");
}
