//! Reading one value: what it must be, and what is said where it is not.

use std::str::FromStr;

use std::collections::HashSet;
use std::hash::Hash;

use super::report::Report;
use crate::config::grammar::tables;
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Node, Table, Value};
use crate::sweep::expression;
use crate::text::reads_as_text;

/// A mistake: the value of a key is not what it needs. The help says what the key means.
pub(crate) fn unfit(name: &str, wanted: &str, node: &Node, label: impl Into<String>) -> Diagnostic {
    let help = tables::about(name).map(|about| format!("`{name}`: {about}"));
    Diagnostic { help, ..Diagnostic::new(format!("`{name}` needs {wanted}"), node.span, label) }
}

/// A mistake: something of the wrong type.
pub(crate) fn wrong_type(name: &str, wanted: &str, node: &Node) -> Diagnostic {
    unfit(name, wanted, node, format!("this is {}", node.kind()))
}

/// A mistake: something that is no number.
pub(crate) fn no_number(name: &str, wanted: &str, node: &Node) -> Diagnostic {
    let mistake = wrong_type(name, wanted, node);
    match node.text() {
        Some(text) if text.trim().parse::<f64>().is_ok() => mistake.help("write it without quotes"),
        Some(text) => in_quotes(name, text).map_or(mistake.clone(), |help| mistake.help(help)),
        None => mistake,
    }
}

/// How to write what stands in quotes and is no number by itself.
pub(crate) fn in_quotes(name: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with(['[', '{']) {
        return Some(format!("write it without quotes: `{name} = {}`", quote(text).trim_matches('`')));
    }
    if ["range", "linspace", "logspace", "arange"].iter().any(|word| text.starts_with(word)) {
        return Some(format!(
            "a range is a table without quotes: `{name} = {{ from = 1, to = 50, step = 1 }}`, or with `points = 6` and \
             `scale = \"log\"`"
        ));
    }
    let percent = text.strip_suffix('%')?.trim().parse::<f64>().ok()?;
    Some(format!("{percent} % is written {}, without quotes", expression::number(percent / 100.0)))
}

/// A string.
pub(crate) fn text<'a>(name: &str, wanted: &str, node: &'a Node) -> Result<&'a str, Diagnostic> {
    node.text().ok_or_else(|| wrong_type(name, wanted, node))
}

/// The name of a folder or of files.
pub(crate) fn file_name(node: &Node) -> Result<String, Diagnostic> {
    let word = text("name", "a string", node)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let help = "it names a folder: 1 to 100 letters, digits, `.`, `_` or `-`, and no dot first";
    let wrong =
        |range| Err(Diagnostic::new("this name cannot name a folder", node.inside(range), "").help(help));
    if let Some((at, c)) = word.char_indices().find(|(_, c)| !allowed(*c)) {
        return wrong(at..at + c.len_utf8());
    }
    if word.is_empty() || word.len() > 100 || word.starts_with('.') {
        return wrong(0..word.len());
    }
    Ok(word.to_owned())
}

/// A mistake: a text that tables would not show as one.
pub(crate) fn words(name: &str, text: &str, node: &Node) -> Result<(), Diagnostic> {
    if reads_as_text(text) {
        return Ok(());
    }
    let label = "readers of tables would take this for a number, a date, or a missing value";
    let wrong = unfit(name, "text that reads as nothing else", node, label);
    Err(wrong.help(format!("begin it with a word, as in `{name} = \"case {}\"`", text.trim())))
}

/// `true` or `false`.
pub(crate) fn flag(name: &str, node: &Node) -> Result<bool, Diagnostic> {
    match node.value {
        Value::Flag(value) => Ok(value),
        _ => Err(wrong_type(name, "true or false", node)),
    }
}

/// A finite number.
#[expect(clippy::cast_precision_loss, reason = "a written integer means the nearest number")]
pub(crate) fn number(name: &str, node: &Node) -> Result<f64, Diagnostic> {
    match node.value {
        Value::Integer(value) => Ok(value as f64),
        // Adding 0 turns -0 into 0.
        Value::Float(value) => Ok(value + 0.0),
        _ => Err(no_number(name, "a finite number", node)),
    }
}

/// Two numbers, the smaller one first.
pub(crate) fn pair(name: &str, node: &Node) -> Result<(f64, f64), Diagnostic> {
    let wanted = "two numbers, the smaller one first, such as `[0, 2]`";
    let Value::Array(items) = &node.value else { return Err(wrong_type(name, wanted, node)) };
    let [low, high] = &items[..] else {
        return Err(unfit(name, wanted, node, format!("these are {}", items.len())));
    };
    let (low, high) = (number(name, low)?, number(name, high)?);
    if low < high {
        Ok((low, high))
    } else {
        Err(unfit(name, wanted, node, "the first is not the smaller one"))
    }
}

/// A whole number from `least` to `largest`, at most 2^53; `1e3` is one too.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
#[expect(clippy::cast_precision_loss, reason = "bounds are at most 2^53")]
pub(crate) fn whole(name: &str, node: &Node, least: u64, largest: u64) -> Result<u64, Diagnostic> {
    let range = format!("a whole number from {least} to {}", suggest::grouped(largest.into()));
    let value = match node.value {
        Value::Integer(value) => u64::try_from(value).ok(),
        Value::Float(value) if value.fract() != 0.0 => {
            return Err(unfit(name, &range, node, "this is not whole"));
        }
        Value::Float(value) if value >= 0.0 && value <= largest as f64 => Some(value as u64),
        Value::Float(_) => None,
        _ => return Err(no_number(name, &range, node)),
    };
    let is_fit = |value: &u64| (least..=largest).contains(value);
    value.filter(is_fit).ok_or_else(|| unfit(name, &range, node, "this is outside of that range"))
}

/// One of some words.
pub(crate) fn choice<T>(
    name: &str,
    node: &Node,
    words: &[&'static str],
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Diagnostic> {
    let text = text(name, &format!("one of {}", suggest::list(words.iter().copied())), node)?;
    read(text).ok_or_else(|| {
        Diagnostic::new(format!("invalid value {} for `{name}`", quote(text)), node.span, "")
            .help(suggest::help(text, "the choices are", words))
    })
}

/// One of some names, each of which reads as a value.
pub(crate) fn named<T: FromStr>(name: &str, node: &Node, words: &[&'static str]) -> Result<T, Diagnostic> {
    choice(name, node, words, |text| text.parse().ok())
}

/// An expression as it is written, in one line: tables have it as a field.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Reads a list of different things.
pub(crate) fn subset<T: Clone + Eq + Hash>(
    name: &str,
    node: &Node,
    report: &mut Report,
    read: impl Fn(&Node) -> Result<T, Diagnostic>,
) -> Vec<T> {
    let Value::Array(items) = &node.value else {
        let help = match node.text() {
            Some("all") => {
                format!("`{name}` is a list: leave the key out to have all, or nearly all, of them")
            }
            Some(word) => {
                format!("one thing is a list too: `{name} = [\"{}\"]`", quote(word).trim_matches('`'))
            }
            None => "one thing is a list too: put it in brackets [ ]".to_owned(),
        };
        report.add(wrong_type(name, "a list", node).help(help));
        return Vec::new();
    };
    if items.is_empty() {
        let mistake = Diagnostic::new(format!("`{name}` is empty"), node.span, "nothing would be measured");
        report.add(mistake.help("leave the key out to get its default"));
    }
    let (mut values, mut seen) = (Vec::new(), HashSet::new());
    for item in items {
        if report.is_full() {
            break;
        }
        match report.keep(read(item)) {
            Some(value) if !seen.insert(value.clone()) => {
                let mistake =
                    Diagnostic::new(format!("`{name}` lists this twice"), item.span, "it is there already");
                report.add(mistake.help("take this one away"));
            }
            value => values.extend(value),
        }
    }
    values
}

/// What `read` makes of the tables of an array, until there are mistakes enough.
pub(crate) fn each<'a, T>(
    root: &'a Table,
    name: &str,
    report: &mut Report,
    mut read: impl FnMut(&'a Node, &'a Table, &mut Report) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (item, table) in tables(root, name, report) {
        if report.is_full() {
            break;
        }
        found.extend(read(item, table, report));
    }
    found
}

/// The tables `[[name]]`, each with its node.
fn tables<'a>(root: &'a Table, name: &str, report: &mut Report) -> Vec<(&'a Node, &'a Table)> {
    let Some(entry) = root.entries.iter().find(|entry| entry.key == name) else { return Vec::new() };
    let wrong = |node: &Node, span| {
        let title = format!("`{name}` is an array of tables");
        Diagnostic::new(title, span, format!("this is {}", node.kind()))
            .help(format!("its header is written `[[{name}]]`, with two brackets"))
    };
    let Value::Array(items) = &entry.node.value else {
        report.add(wrong(&entry.node, entry.key_span));
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items {
        match &item.value {
            Value::Table(table) => found.push((item, table)),
            _ => report.add(wrong(item, item.span)),
        }
    }
    found
}
