//! Texts with a little mathematics: what stands between `$` is slanted, `_` and `^` lower and raise.
//!
//! ```text
//! layer $l$       second moment $q_{l-1}$       $10^{-3}$       $σ_w^2$
//! ```

use super::font::Face;

/// A piece of a text in one style.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// Whether they are slanted.
    pub is_slanted: bool,
    /// Size in parts of that of the text.
    pub size: f64,
    /// How far they are raised, in parts of the size of the text.
    pub raised: f64,
}

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// A `$` without its partner.
    #[error("a `$` that is not closed")]
    Dollar,
    /// A `{` without its partner.
    #[error("a `{{` that is not closed")]
    Brace,
}

/// Size of what is raised or lowered.
const SMALL: f64 = 0.72;
/// How far.
const RAISED: f64 = 0.36;
const LOWERED: f64 = -0.22;

/// Reads a text.
///
/// # Errors
///
/// If a `$` or a `{` between two of them is not closed.
pub fn read(text: &str) -> Result<Vec<Run>, WordsError> {
    let mut runs = Vec::new();
    for (index, part) in text.split('$').enumerate() {
        if index % 2 == 0 {
            push(&mut runs, part, false, 0.0);
        } else {
            formula(part, &mut runs)?;
        }
    }
    if text.matches('$').count() % 2 == 1 { Err(WordsError::Dollar) } else { Ok(runs) }
}

/// Reads a text, or takes it for what it says letter by letter.
#[must_use]
pub fn read_or_plain(text: &str) -> Vec<Run> {
    read(text).unwrap_or_else(|_| {
        let mut runs = Vec::new();
        push(&mut runs, text, false, 0.0);
        runs
    })
}

/// The text without its marks, as a screen reader should have it; what is raised stands behind `^`.
#[must_use]
pub fn plain(text: &str) -> String {
    let word = |run: Run| if run.raised > 0.0 { format!("^{}", run.text) } else { run.text };
    read_or_plain(text).into_iter().map(word).collect()
}

/// Width of runs in em.
#[must_use]
pub fn width(runs: &[Run], face: Face) -> f64 {
    runs.iter().map(|run| run.size * face.width(&run.text)).sum()
}

fn formula(text: &str, runs: &mut Vec<Run>) -> Result<(), WordsError> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let raised = match c {
            '_' => LOWERED,
            '^' => RAISED,
            '{' | '}' => continue,
            c => {
                letter(c, 0.0, runs);
                continue;
            }
        };
        let (inner, after) = group(rest)?;
        inner.chars().for_each(|c| letter(c, raised, runs));
        rest = after;
    }
    Ok(())
}

/// What `_` or `^` is about: one character, or what stands in braces.
fn group(text: &str) -> Result<(&str, &str), WordsError> {
    if let Some(inner) = text.strip_prefix('{') {
        return inner.split_once('}').ok_or(WordsError::Brace);
    }
    let length = text.chars().next().map_or(0, char::len_utf8);
    Ok(text.split_at(length))
}

fn letter(c: char, raised: f64, runs: &mut Vec<Run>) {
    let c = if c == '-' { '−' } else { c };
    push(runs, c.encode_utf8(&mut [0; 4]), c.is_alphabetic(), raised);
}

/// Appends characters; those of one style are one run.
fn push(runs: &mut Vec<Run>, text: &str, is_slanted: bool, raised: f64) {
    if text.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.is_slanted == is_slanted && last.raised.to_bits() == raised.to_bits() => {
            last.text += text;
        }
        _ => {
            let size = if raised == 0.0 { 1.0 } else { SMALL };
            runs.push(Run { text: text.to_owned(), is_slanted, size, raised });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_formulas_are_slanted_and_hyphens_are_minuses() {
        let runs = read("a-b $q_{l-1}^2$").unwrap();
        let shown: Vec<_> = runs.iter().map(|run| (run.text.as_str(), run.is_slanted, run.raised)).collect();
        assert_eq!(
            shown,
            [
                ("a-b ", false, 0.0),
                ("q", true, 0.0),
                ("l", true, LOWERED),
                ("−1", false, LOWERED),
                ("2", false, RAISED)
            ]
        );
        assert_eq!(plain("a-b $q_{l-1}^2$"), "a-b ql−1^2");
    }

    #[test]
    fn what_is_not_closed_is_an_error_and_is_shown_as_it_is() {
        assert_eq!(read("5 $ a day"), Err(WordsError::Dollar));
        assert_eq!(read("$q_{l$"), Err(WordsError::Brace));
        assert_eq!(plain("5 $ a day"), "5 $ a day");
    }

    #[test]
    fn a_subscript_is_narrower_than_what_it_stands_at() {
        let width = |text| width(&read(text).unwrap(), Face::Regular);
        assert!((width("$q_q$") - (1.0 + SMALL) * width("q")).abs() < 1e-12);
    }
}
