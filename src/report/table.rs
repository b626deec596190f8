//! Tables of the page, each in a box that scrolls by itself.

use super::html::Html;
use crate::output::Sheet;

/// The title of a column, and the class of its fields: `n` for numbers, `wide` for sentences.
pub type Title<'a> = (&'a str, &'static str);

/// A table; `body` writes its rows.
pub fn table(
    html: &mut Html,
    caption: &str,
    class: &'static str,
    titles: &[Title],
    body: impl FnOnce(&mut Html),
) {
    // A box that scrolls must be reached by the keyboard.
    html.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").text(caption);
    html.raw("\"><table class=\"").raw(class).raw("\"><caption>").text(caption);
    html.raw("</caption><thead><tr>");
    for &(title, class) in titles {
        html.raw("<th scope=\"col\" class=\"").raw(class).raw("\">").text(title).raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    body(html);
    html.raw("</tbody></table></div>\n");
}

/// A row of fields with the classes of their columns; the first field names the row.
pub fn named_row(html: &mut Html, titles: &[Title], fields: &[String]) {
    html.raw("<tr>");
    for (i, (field, &(_, class))) in fields.iter().zip(titles).enumerate() {
        let (open, close) =
            if i == 0 { ("<th scope=\"row\" class=\"", "</th>") } else { ("<td class=\"", "</td>") };
        html.raw(open).raw(class).raw("\">").text(field).raw(close);
    }
    html.raw("</tr>\n");
}

/// A table that the terminal shows, too, with its notes below.
pub fn sheet(html: &mut Html, caption: &str, sheet: &Sheet) {
    if let Some((titles, lines)) = sheet.lines.split_first() {
        let class = |i: usize| if i == 0 { "wide" } else { "" };
        let titles: Vec<Title> =
            titles.iter().enumerate().map(|(i, title)| (title.as_str(), class(i))).collect();
        table(html, caption, "sheet", &titles, |html| {
            for line in lines {
                named_row(html, &titles, line);
            }
        });
    }
    for note in &sheet.notes {
        html.raw("<p>").text(note).raw("</p>\n");
    }
}
