//! Text to tokens.

use std::ops::Range;

use super::mistake::Mistake;
use crate::config::text::tree::is_not_zero;

/// Most tokens of one expression; it bounds the depth of every tree made from it.
pub(super) const MOST_TOKENS: usize = 1000;

/// The smallest piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    Quoted(&'a str),
    Symbol(&'static str),
}

/// Longer symbols first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 18] =
    ["<=", ">=", "==", "!=", "&&", "||", "**", "<", ">", "!", "+", "-", "*", "/", "^", "(", ")", ","];

/// The tokens of `text` with their byte ranges.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if tokens.len() == MOST_TOKENS {
            let title = format!("this expression has more than {MOST_TOKENS} parts");
            let mistake = Mistake::new(title, at..text.len(), "too much from here on");
            return Err(mistake.help("write it shorter"));
        }
        let (token, length) = token(text, at, first)?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

fn token(text: &str, at: usize, first: char) -> Result<(Token<'_>, usize), Mistake> {
    let rest = &text[at..];
    let next_is_digit = rest[first.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
    if first.is_ascii_digit() || (first == '.' && next_is_digit) {
        return number(rest, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = prefix(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        return Ok((Token::Name(&rest[..length]), length));
    }
    if first == '\'' || first == '"' {
        let inner = &rest[1..];
        let Some(end) = inner.find(first) else {
            let mistake = Mistake::new("this quote is never closed", at..text.len(), "");
            return Err(mistake.help("it ends with the quote it begins with"));
        };
        return Ok((Token::Quoted(&inner[..end]), end + 2));
    }
    match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => Err(unknown(first, at..at + first.len_utf8())),
    }
}

/// Digits, with an optional fraction and an optional exponent.
fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), Mistake> {
    let digit = |c: char| c.is_ascii_digit();
    let mut length = prefix(rest, digit);
    if rest[length..].starts_with('.') {
        length += 1;
        length += prefix(&rest[length..], digit);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let digits = prefix(&rest[length + 1 + sign..], digit);
        length += if digits > 0 { 1 + sign + digits } else { 0 };
    }
    match rest[..length].parse::<f64>() {
        Ok(0.0) if is_not_zero(&rest[..length]) => {
            Err(Mistake::new("this number is too small", at..at + length, "")
                .help("the smallest number above 0 is about 4.9e-324"))
        }
        Ok(value) if value.is_finite() => Ok((Token::Number(value), length)),
        _ => Err(Mistake::new("this number is too large", at..at + length, "")
            .help("the largest number is about 1.8e308")),
    }
}

fn prefix(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c| !wanted(c)).unwrap_or(text.len())
}

fn unknown(character: char, range: Range<usize>) -> Mistake {
    let shown = if character.is_control() { "this character".to_owned() } else { format!("`{character}`") };
    let mistake = Mistake::new(format!("{shown} has no meaning in an expression"), range, "");
    match character {
        '=' => mistake.help("equality is written `==`, in `where` only"),
        '&' => mistake.help("\"and\" is written `&&`"),
        '|' => mistake.help("\"or\" is written `||`; a magnitude is written `abs(x)`"),
        '\u{2212}' | '\u{2013}' => mistake.help("minus is written `-`"),
        '\u{d7}' | '\u{b7}' => mistake.help("multiplication is written `*`"),
        '\u{221a}' => mistake.help("a square root is written `sqrt(x)`"),
        '\u{3c0}' => mistake.help("it is written `pi`"),
        '[' | '{' => mistake.help("group with parentheses ( )"),
        _ => mistake.help("an expression has numbers, names, + - * / ^ and parentheses"),
    }
}
