//! The one writer of the page.

use std::fmt::Write;

use crate::text::is_direction;

/// A page in the making: HTML that is XML, too.
///
/// Markup can only be a constant of the program. All else goes through [`text`](Self::text), which leaves nothing in it that
/// could begin a tag, end an attribute, or turn the line round.
#[derive(Debug, Default)]
pub struct Html(String);

impl Html {
    /// Adds markup.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, which may stand between tags and in attributes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(c),
                // XML knows no control characters, and no U+FFFE and U+FFFF.
                _ if c.is_control() || is_direction(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                    self.0.extend(c.escape_default());
                }
                _ => self.0.push(c),
            }
        }
        self
    }

    /// Adds a number or a name.
    pub fn show(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// Adds one segment of the path of a link.
    pub fn segment(&mut self, name: &str) -> &mut Self {
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.0.push(byte.into());
            } else {
                let _infallible = write!(self.0, "%{byte:02X}");
            }
        }
        self
    }

    /// Adds a drawing of the program, which is SVG already.
    pub fn drawing(&mut self, svg: &str) -> &mut Self {
        self.0.push_str(svg);
        self
    }

    /// The page.
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_inert_between_tags_and_in_attributes() {
        let mut html = Html::default();
        html.text("<img src=x onerror=\"alert('1')\"> ]]> & \u{202e}\u{7}\u{ffff}\ttab\n\u{5d0}");
        assert_eq!(
            html.finish(),
            "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; ]]&gt; &amp; \\u{202e}\\u{7}\\u{ffff}\ttab\n\u{5d0}"
        );
    }

    #[test]
    fn a_segment_of_a_link_leads_nowhere_else() {
        let mut html = Html::default();
        html.segment("../a b\"<é:?#");
        assert_eq!(html.finish(), "..%2Fa%20b%22%3C%C3%A9%3A%3F%23");
    }
}
