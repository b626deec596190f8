//! TOML as a small tree in which every key and value knows where it is written.

use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;
use crate::sweep::Span;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Text),
    Integer(i64),
    Float(f64),
    Array(Vec<Node>),
    Table(Table),
    Flag(bool),
    /// A date, or a number that does not fit: never wanted; the words say what it is.
    Other(&'static str),
}

/// A string.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub content: String,
    /// Where its first byte is written; `None` if escapes make the writing differ from the content.
    pub inner: Option<usize>,
}

/// A table, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
}

impl Node {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a decimal number",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
            Value::Flag(_) => "a boolean",
            Value::Other(words) => words,
        }
    }

    /// The content, if it is a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.content),
            _ => None,
        }
    }

    /// The span of a byte range of the content of a string; the whole string where escapes stand in the way.
    pub fn inside(&self, range: std::ops::Range<usize>) -> Span {
        match &self.value {
            Value::Text(Text { inner: Some(inner), .. }) => {
                Span { source: self.span.source, start: inner + range.start, end: inner + range.end }
            }
            _ => self.span,
        }
    }
}

/// Whether a decimal number has a digit other than 0 before its exponent.
pub(crate) fn is_not_zero(written: &str) -> bool {
    let mantissa = written.split(['e', 'E']).next().unwrap_or(written);
    mantissa.contains(|c: char| ('1'..='9').contains(&c))
}

/// Reads the text number `source`; every syntax error is reported.
pub(crate) fn read(source: usize, text: &str) -> Result<Table, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { source, text };
    if errors.is_empty() {
        return Ok(reader.table(table.get_ref()));
    }
    // What follows an error on the same line is most often its echo.
    let mut mistakes: Vec<Diagnostic> = errors.iter().map(|error| reader.syntax(error)).collect();
    mistakes.sort_by_key(|mistake| mistake.span.start);
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    mistakes.dedup_by_key(|mistake| ends.partition_point(|end| *end < mistake.span.start));
    Err(mistakes)
}

struct Reader<'a> {
    source: usize,
    text: &'a str,
}

impl Reader<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { source: self.source, start: range.start, end: range.end }
    }

    fn syntax(&self, error: &toml::de::Error) -> Diagnostic {
        let end = self.text.len();
        let range = error.span().unwrap_or(end..end);
        let mistake = Diagnostic::new("this is not valid TOML", self.span(range.clone()), error.message());
        let written = self.text.get(range).unwrap_or("");
        if error.message().contains("duplicate key") {
            mistake.help("give a key once; several values go into one list, as in width = [64, 128]")
        } else if written.starts_with(|c: char| c.is_ascii_alphabetic()) {
            mistake.help("names and expressions stand in quotes")
        } else {
            mistake.help("https://toml.io describes the format")
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let entries = table.iter().map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: self.span(key.span()),
            node: self.node(value.get_ref(), value.span()),
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Table { entries }
    }

    fn node(&self, value: &DeValue<'_>, range: std::ops::Range<usize>) -> Node {
        let value = match value {
            DeValue::String(content) => {
                Value::Text(Text { content: content.to_string(), inner: self.inner(content, &range) })
            }
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(value) => Value::Integer(value),
                Err(_) => Value::Other("a whole number beyond 2^63"),
            },
            DeValue::Float(float) => match float.as_str().parse::<f64>() {
                Ok(0.0) if is_not_zero(float.as_str()) => Value::Other("a number too small for 64 bits"),
                Ok(value) if value.is_finite() => Value::Float(value),
                Ok(value) if value.is_nan() => Value::Other("nan"),
                _ => Value::Other("infinite"),
            },
            DeValue::Array(array) => {
                Value::Array(array.iter().map(|item| self.node(item.get_ref(), item.span())).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
            DeValue::Boolean(value) => Value::Flag(*value),
            DeValue::Datetime(_) => Value::Other("a date or time"),
        };
        Node { span: self.span(range), value }
    }

    /// Where the content of a string starts, if it is written without escapes.
    fn inner(&self, content: &str, range: &std::ops::Range<usize>) -> Option<usize> {
        let written = self.text.get(range.clone())?;
        // One quote or three, of either kind; a line end after three is no content.
        let quotes = ["\"\"\"\r\n", "'''\r\n", "\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"];
        let open = quotes.iter().find(|quote| written.starts_with(**quote))?;
        let close = if open.len() > 1 { 3 } else { 1 };
        let inner = written.get(open.len()..written.len().checked_sub(close)?)?;
        (inner == content).then(|| range.start + open.len())
    }
}
