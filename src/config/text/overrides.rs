//! `--set KEY=VALUE`: putting values into the tree.

use super::diagnostic::{Diagnostic, quote};
use super::tree::{self, Entry, Node, Table, Text, Value};
use crate::sweep::Span;

/// One step of a dotted key.
struct Step {
    key: String,
    span: Span,
}

/// Puts the override `assignment`, the text number `source`, into `table`.
pub(crate) fn apply(table: &mut Table, source: usize, assignment: &str) -> Result<(), Diagnostic> {
    let whole = Span { source, start: 0, end: assignment.len() };
    let Some(equals) = assignment.find('=') else {
        return Err(Diagnostic::new("an override is written KEY=VALUE", whole, "there is no `=` here")
            .help("as in `--set trials=100` or `--set grid.width=[64, 128]`"));
    };
    let path = path(source, assignment, equals)?;
    let node = value(source, assignment, equals, path.len())?;
    put(table, &path, node)
}

/// Reads the key as TOML does, so that quotes and spaces are allowed.
fn path(source: usize, assignment: &str, equals: usize) -> Result<Vec<Step>, Diagnostic> {
    let span = Span { source, start: 0, end: equals };
    let wrong = || {
        Diagnostic::new(format!("{} is not a key", quote(&assignment[..equals])), span, "")
            .help("a key is a name such as `trials`, or names joined by dots such as `defaults.batch`")
    };
    let mut table = tree::read(source, &format!("{}=0", &assignment[..equals])).map_err(|_| wrong())?;
    let mut steps = Vec::new();
    while let Some(Entry { key, key_span, node }) = table.entries.pop() {
        steps.push(Step { key, span: key_span });
        match node.value {
            Value::Table(inner) => table = inner,
            _ => return Ok(steps),
        }
    }
    Err(wrong())
}

/// Reads the value as TOML, or else as a bare string.
fn value(source: usize, assignment: &str, equals: usize, steps: usize) -> Result<Node, Diagnostic> {
    let error = match tree::read(source, assignment) {
        Ok(table) => return Ok(descend(table, steps)),
        Err(errors) => errors.into_iter().next(),
    };
    let written = assignment[equals + 1..].trim();
    let start = equals + 1 + (assignment[equals + 1..].len() - assignment[equals + 1..].trim_start().len());
    let span = Span { source, start, end: start + written.len() };
    let bare = !written.is_empty() && !written.starts_with(['[', '{', '"', '\'']);
    match error {
        Some(error) if !bare => Err(error),
        _ => Ok(Node { span, value: Value::Text(Text { content: written.to_owned(), inner: Some(start) }) }),
    }
}

/// The value below `steps` keys.
fn descend(mut table: Table, steps: usize) -> Node {
    let mut node = Node { span: Span::default(), value: Value::Other("nothing") };
    for _ in 0..steps {
        if let Some(entry) = table.entries.pop() {
            node = entry.node;
        }
        if let Value::Table(inner) = &node.value {
            table = inner.clone();
        }
    }
    node
}

/// Replaces the value at `path`, in every table of an array of tables on the way.
fn put(table: &mut Table, path: &[Step], node: Node) -> Result<(), Diagnostic> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let position = table.entries.iter().position(|entry| entry.key == first.key);
    let position = position.unwrap_or_else(|| {
        let node = Node { span: first.span, value: Value::Table(Table::default()) };
        table.entries.push(Entry { key: first.key.clone(), key_span: first.span, node });
        table.entries.len() - 1
    });
    let entry = &mut table.entries[position];
    if rest.is_empty() {
        *entry = Entry { key: first.key.clone(), key_span: first.span, node };
        return Ok(());
    }
    match &mut entry.node.value {
        Value::Table(inner) => put(inner, rest, node),
        Value::Array(items) if items.iter().all(|item| matches!(item.value, Value::Table(_))) => {
            items.iter_mut().try_for_each(|item| match &mut item.value {
                Value::Table(inner) => put(inner, rest, node.clone()),
                _ => Ok(()),
            })
        }
        _ => Err(Diagnostic::new(
            format!("{} has no key {}", quote(&first.key), quote(&rest[0].key)),
            rest[0].span,
            "",
        )
        .also(entry.key_span, "this is not a table")
        .help("a dotted key leads through tables only")),
    }
}
