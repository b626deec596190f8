//! The figures, each with its caption and links to its numbers.

use super::Picture;
use super::html::Html;

/// All figures.
pub fn section(html: &mut Html, pictures: &[Picture]) {
    html.raw("<section id=\"figures\"><h2>Figures</h2>\n");
    for (i, picture) in pictures.iter().enumerate() {
        figure(html, i + 1, picture);
    }
    html.raw("</section>\n");
}

fn figure(html: &mut Html, number: usize, picture: &Picture) {
    let Picture { name, title, caption, svg } = picture;
    html.raw("<figure id=\"figure-").show(number).raw("\">");
    html.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").text(title).raw("\">\n");
    html.drawing(svg).raw("\n</div><figcaption><b>Figure ").show(number).raw(".</b> ").text(caption);
    html.raw(" <a href=\"figures/").segment(name).raw(".csv\">Numbers of figure ").show(number).raw("</a>, ");
    html.raw("<a href=\"figures/").segment(name).raw(".pdf\">PDF of figure ").show(number);
    html.raw("</a>.</figcaption></figure>\n");
}
