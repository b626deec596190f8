//! Rust source as words and marks.

/// The words and marks of a source; `::` is one mark. Comments and literals are left out, and what is under
/// `#[cfg(test)]`: what tests use is their own affair.
pub fn code(text: &str) -> Vec<&str> {
    without_tests(&tokens(text))
}

/// The words and marks of a source, tests and all.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let left_out = comment(rest).or_else(|| literal(rest));
        let word = || rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = left_out.unwrap_or_else(|| match word() {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            length => length,
        });
        if left_out.is_none() && !first.is_whitespace() {
            found.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    found
}

/// Length of the comment that begins a text.
fn comment(text: &str) -> Option<usize> {
    match text.get(..2)? {
        "//" => Some(text.find('\n').unwrap_or(text.len())),
        "/*" => Some(text.find("*/").map_or(text.len(), |at| at + 2)),
        _ => None,
    }
}

/// Length of the string or character that begins a text.
fn literal(text: &str) -> Option<usize> {
    let plain = text.strip_prefix('b').unwrap_or(text);
    let after = if let Some(inside) = plain.strip_prefix('\'') {
        // What is no character is a lifetime.
        let mut characters = inside.char_indices();
        let length = match characters.next()? {
            (_, '\\') => 2 + inside.get(2..)?.find('\'')?,
            _ => characters.next().filter(|(_, end)| *end == '\'')?.0,
        };
        &inside[length + 1..]
    } else if let Some(raw) = plain.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let (_, after) = raw[hashes..].strip_prefix('"')?.split_once(&format!("\"{}", &raw[..hashes]))?;
        after
    } else {
        let inside = plain.strip_prefix('"')?;
        let mut escaped = false;
        let ends = |c: char| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        };
        &inside[inside.find(ends)? + 1..]
    };
    Some(text.len() - after.len())
}

/// What is left without the items under `#[cfg(test)]`.
fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut left = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        if let Some(item) = rest.strip_prefix(&mark) {
            rest = &item[item_length(item)..];
        } else {
            left.push(*first);
            rest = after;
        }
    }
    left
}

/// How long an item is: to its semicolon, or to the end of its braces.
fn item_length(tokens: &[&str]) -> usize {
    let mut depth = 0;
    let ends = |token: &&str| {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(*token, ";" | "}")
    };
    tokens.iter().position(ends).map_or(tokens.len(), |at| at + 1)
}

#[test]
fn comments_literals_and_tests_are_left_out() {
    let text = "// crate::a\nuse b::c; /* d */ let e = ('\\'', '\"', b\"f\\\"\", r#\"g\"h\"#, b'i'); fn j<'k>() {}\n\
                #[cfg(test)] mod l { fn m() {} } #[cfg(test)] mod n; mod o;";
    let words = code(text).join(" ");
    assert_eq!(words, "use b :: c ; let e = ( , , , , ) ; fn j < ' k > ( ) { } mod o ;");
}
