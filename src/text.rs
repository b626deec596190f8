//! Texts for eyes and shells: escapes, quotes, sizes.

use std::borrow::Cow;

/// Text as it may go to a terminal: what would move the cursor, change colours or turn the line round stands there
/// escaped. Line ends stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| (c.is_control() && c != '\n') || is_direction(c);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { clean.extend(c.escape_default()) } else { clean.push(c) }
    }
    Cow::Owned(clean)
}

/// Whether a character only says in which direction others are shown (Unicode Standard Annex 9).
pub(crate) fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A word as a shell reads it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=./,:@%".contains(c);
    match word {
        _ if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        _ if word.chars().any(char::is_control) => format!("$'{}'", word.escape_debug()),
        _ => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Whether every reader of tables takes it for text: for no number, date, time, truth value or missing one.
#[must_use]
pub fn reads_as_text(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_start_matches(['+', '-']);
    // DuckDB takes an apostrophe before a text for a quote.
    if NO_TEXT.contains(&bare) || bare.starts_with('\'') {
        return false;
    }
    // Polars stops at digits of other scripts.
    if !bare.starts_with(|c: char| c.is_numeric() || c == '.') {
        return true;
    }
    // `10:30 am`; `2024-01-01T10:30Z`, `1e5`, `1d5`, `5L`, `2i`; `0x1F`, `0b101`.
    let clock = bare.strip_suffix("am").or(bare.strip_suffix("pm")).unwrap_or(bare);
    let has_base = clock
        .strip_prefix("0x")
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit() || "p.+-_".contains(c)))
        || [("0b", "01_"), ("0o", "01234567_")].into_iter().any(|(prefix, known)| {
            clock.strip_prefix(prefix).is_some_and(|digits| digits.chars().all(|c| known.contains(c)))
        });
    let is_word = |word: &str| word.len() > 1 || !"defiltz".contains(word);
    let mut words = clock.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    !has_base && words.any(is_word)
}

/// What stands for a truth value, a missing one or a number in some reader of tables; `none` is what stands for no text in
/// ours.
const NO_TEXT: [&str; 21] = [
    "", "true", "false", "t", "f", "yes", "no", "na", "n/a", "#na", "#n/a", "#n/a n/a", "<na>", "nan",
    "null", "none", "inf", "infinity", "epoch", "1.#ind", "1.#qnan",
];

/// `1.5 GiB`.
#[expect(clippy::cast_precision_loss, reason = "for eyes")]
#[must_use]
pub fn bytes(count: u128) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_reader_of_tables_takes_for_something_else_than_text_is_told() {
        for text in [
            "64",
            "-1",
            "+1",
            "1.",
            ".5",
            "1e5",
            "1E5 ",
            "1d5",
            "5f",
            "5L",
            "1i",
            "1+2i",
            "0x1F",
            "0x1p3",
            "1,000",
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "10:30",
            "10:30 am",
            "5/3/2011",
            "T",
            "FALSE",
            "yes",
            "NA",
            "n/a",
            "#N/A",
            "<NA>",
            "None",
            "none",
            "NULL",
            "-inf",
            "Infinity",
            "NaN",
            "-1.#IND",
            "0b101",
            "0o17",
            "\u{663}",
            "\u{ff11}\u{ff12}",
            " ",
            "",
        ] {
            assert!(!reads_as_text(text), "{text:?}");
        }
        for text in [
            "relu",
            "1 product of two N(0,1)",
            "1/sqrt(n)",
            "16x16",
            "1a",
            "=1+1",
            "a,b",
            "#",
            "{0}",
            "1 Jan 2024",
            "-rf",
            "notes",
            "tanh 5",
            "\u{5d0}",
            "normal(mean=0, std=1)",
            "initsweep 0.1.0",
            "c0504e20276889730",
            "+1 product",
            "it's",
            "at most 2",
        ] {
            assert!(reads_as_text(text), "{text:?}");
        }
    }
}
