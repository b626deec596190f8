//! Tokens to a tree, by precedence climbing (Pratt 1973).
//!
//! ```text
//! ||  1    &&  2    < <= > >= == !=  3    + -  5    * /  6    unary - !  7    ^  8, to the right
//! ```
//!
//! Comparisons do not chain, and unary minus binds more loosely than `^`: `-2^2` is `-4`, as on paper.

use std::ops::Range;

use super::lexer::{self, Token};
use super::mistake::Mistake;

/// Deepest nesting of parentheses, signs and powers.
const DEEPEST: usize = 64;

/// A tree without types: numbers and truth values are told apart later.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Syntax<'a> {
    pub kind: Kind<'a>,
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Number(f64),
    Name(&'a str),
    Quoted(&'a str),
    /// Function name, its range, arguments.
    Call(&'a str, Range<usize>, Vec<Syntax<'a>>),
    /// `-` or `!`.
    Unary(&'static str, Box<Syntax<'a>>),
    /// Symbol, left, right.
    Binary(&'static str, Box<Syntax<'a>>, Box<Syntax<'a>>),
}

/// Reads all of `text`.
pub(super) fn parse(text: &str) -> Result<Syntax<'_>, Mistake> {
    let tokens = lexer::tokens(text)?;
    if tokens.is_empty() {
        return Err(Mistake::new("this expression is empty", 0..text.len(), "")
            .help("write a number, or an expression such as `sqrt(2/fan_in)`"));
    }
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len() };
    let tree = parser.expression(0, 0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(tree),
        Some((token, range)) => Err(stray(*token, range.clone())),
    }
}

const SIGN: u8 = 7;

/// Left and right binding power of an infix symbol.
fn binding(symbol: &str) -> Option<(u8, u8)> {
    Some(match symbol {
        "||" => (1, 2),
        "&&" => (2, 3),
        "<" | "<=" | ">" | ">=" | "==" | "!=" => (3, 4),
        "+" | "-" => (5, 6),
        "*" | "/" => (6, 7),
        "^" => (9, 8),
        _ => return None,
    })
}

struct Parser<'a, 't> {
    tokens: &'t [(Token<'a>, Range<usize>)],
    at: usize,
    end: usize,
}

impl<'a> Parser<'a, '_> {
    /// Reads an expression whose operators all bind at least as tightly as `floor`.
    fn expression(&mut self, floor: u8, nesting: usize) -> Result<Syntax<'a>, Mistake> {
        let mut left = self.operand(nesting)?;
        while let Some((Token::Symbol(symbol), range)) = self.tokens.get(self.at) {
            if *symbol == "**" {
                return Err(stray(Token::Symbol(symbol), range.clone()));
            }
            let Some((own, right_floor)) = binding(symbol) else { break };
            if own < floor {
                break;
            }
            self.at += 1;
            let right = self.expression(right_floor, nesting + 1)?;
            if own == 3 {
                self.refuse_chain()?;
            }
            let range = left.range.start..right.range.end;
            left = Syntax { kind: Kind::Binary(symbol, Box::new(left), Box::new(right)), range };
        }
        Ok(left)
    }

    fn operand(&mut self, nesting: usize) -> Result<Syntax<'a>, Mistake> {
        let Some((token, range)) = self.tokens.get(self.at).cloned() else {
            let end = self.end;
            return Err(Mistake::new("this expression ends too early", end..end, "a value is missing here")
                .help("add a value, or take the last sign away"));
        };
        if nesting > DEEPEST {
            let title = format!("this expression is nested more than {DEEPEST} deep");
            return Err(
                Mistake::new(title, range, "too deep from here on").help("write it with fewer levels")
            );
        }
        self.at += 1;
        let kind = match token {
            Token::Number(value) => Kind::Number(value),
            Token::Quoted(text) => Kind::Quoted(text),
            Token::Name(name) if self.is_next("(") => return self.call(name, range, nesting),
            Token::Name(name) => Kind::Name(name),
            Token::Symbol("(") => return self.group(&range, nesting),
            Token::Symbol(sign @ ("-" | "!")) => {
                let inner = self.expression(SIGN, nesting + 1)?;
                let range = range.start..inner.range.end;
                return Ok(Syntax { kind: Kind::Unary(sign, Box::new(inner)), range });
            }
            Token::Symbol(symbol) => {
                let title = format!("a value is missing before `{symbol}`");
                return Err(Mistake::new(title, range, "").help("it stands between two values"));
            }
        };
        Ok(Syntax { kind, range })
    }

    fn group(&mut self, open: &Range<usize>, nesting: usize) -> Result<Syntax<'a>, Mistake> {
        let inner = self.expression(0, nesting + 1)?;
        let end = self.close(open)?;
        Ok(Syntax { kind: inner.kind, range: open.start..end })
    }

    fn call(&mut self, name: &'a str, range: Range<usize>, nesting: usize) -> Result<Syntax<'a>, Mistake> {
        let open = self.tokens[self.at].1.clone();
        self.at += 1;
        let mut arguments = Vec::new();
        while !self.is_next(")") || !arguments.is_empty() {
            arguments.push(self.expression(0, nesting + 1)?);
            if !self.is_next(",") {
                break;
            }
            self.at += 1;
        }
        let end = self.close(&open)?;
        let whole = range.start..end;
        Ok(Syntax { kind: Kind::Call(name, range, arguments), range: whole })
    }

    /// Takes a closing parenthesis; gives where it ends.
    fn close(&mut self, open: &Range<usize>) -> Result<usize, Mistake> {
        match self.tokens.get(self.at) {
            Some((Token::Symbol(")"), range)) => {
                self.at += 1;
                Ok(range.end)
            }
            Some((token, range)) => Err(stray(*token, range.clone())),
            None => Err(Mistake::new("this parenthesis is never closed", open.clone(), "opened here")
                .help("add the closing `)`")),
        }
    }

    fn refuse_chain(&self) -> Result<(), Mistake> {
        match self.tokens.get(self.at) {
            Some((Token::Symbol(symbol), range)) if binding(symbol) == Some((3, 4)) => {
                Err(Mistake::new("comparisons cannot be chained", range.clone(), "")
                    .help("`a < b < c` is written `a < b && b < c`"))
            }
            _ => Ok(()),
        }
    }

    fn is_next(&self, symbol: &str) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Symbol(next), _)) if *next == symbol)
    }
}

/// Something stands where an operator or the end was expected.
fn stray(token: Token<'_>, range: Range<usize>) -> Mistake {
    match token {
        Token::Symbol("**") => Mistake::new("`**` has no meaning in an expression", range, "")
            .help("a power is written `^`, as in `fan_in^0.5`"),
        Token::Symbol(")") => Mistake::new("this parenthesis was never opened", range, "")
            .help("take it away, or add the opening `(`"),
        Token::Symbol(symbol @ ("," | "!")) => Mistake::new(format!("`{symbol}` is out of place"), range, "")
            .help("a comma separates the arguments of `min` and `max`; `!` stands before a condition"),
        Token::Name("and") => Mistake::new("`and` has no meaning here", range, "").help("it is written `&&`"),
        Token::Name("or") => Mistake::new("`or` has no meaning here", range, "").help("it is written `||`"),
        _ => Mistake::new("an operator is missing", range, "expected `+`, `-`, `*`, `/` or `^` before this")
            .help("multiplication is always written out: `2*fan_in`"),
    }
}
