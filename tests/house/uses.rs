//! What one file defines, imports and names.

use std::collections::BTreeSet;

/// A path of the code, as `["super", "cell", "Cell"]`.
pub type Names<'a> = Vec<&'a str>;

/// One name that a `use` brings in.
pub struct Import<'a> {
    pub path: Names<'a>,
    /// The name here; `*` for all of them.
    pub name: &'a str,
    /// Whether others may use it from here.
    pub is_public: bool,
}

/// What a file has to do with others.
pub struct File<'a> {
    /// Items of the file itself.
    pub defined: BTreeSet<&'a str>,
    pub imports: Vec<Import<'a>>,
    /// Paths outside `use`, those of one name too.
    pub paths: Vec<Names<'a>>,
}

impl<'a> File<'a> {
    /// Reads the tokens of a file.
    pub fn new(tokens: &[&'a str]) -> Self {
        let mut file = Self { defined: BTreeSet::new(), imports: Vec::new(), paths: Vec::new() };
        let (mut at, mut depth) = (0, 0);
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            match *token {
                "{" => depth += 1,
                "}" => depth -= 1,
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" if depth == 0 => {
                    file.defined.insert(next);
                }
                "macro_rules" => {
                    file.defined.extend(tokens.get(at + 2));
                }
                // Not `impl Trait + use<'a>`.
                "use" if next != "<" => {
                    let is_public = at > 0 && matches!(tokens[at - 1], "pub" | ")");
                    at = file.import(tokens, at + 1, &[], is_public);
                }
                _ if is_word(token) && (at == 0 || !matches!(tokens[at - 1], "." | "::" | "fn" | "mod")) => {
                    let path = path(&tokens[at..]);
                    at += 2 * path.len() - 2;
                    file.paths.push(path);
                }
                _ => {}
            }
            at += 1;
        }
        file
    }

    /// Reads one tree of a `use`, from `at` on, and gives where it ends.
    fn import(&mut self, tokens: &[&'a str], mut at: usize, prefix: &[&'a str], is_public: bool) -> usize {
        let mut path = prefix.to_vec();
        loop {
            match tokens[at] {
                "{" => {
                    while tokens[at] != "}" {
                        at = self.import(tokens, at + 1, &path, is_public);
                    }
                    return at + 1;
                }
                "::" => {}
                "," | "}" | ";" => {
                    if path.len() > prefix.len() {
                        self.add(path, None, is_public);
                    }
                    return at;
                }
                "as" => {
                    self.add(path, Some(tokens[at + 1]), is_public);
                    return at + 2;
                }
                name => path.push(name),
            }
            at += 1;
        }
    }

    fn add(&mut self, mut path: Names<'a>, name: Option<&'a str>, is_public: bool) {
        if path.len() > 1 && path.ends_with(&["self"]) {
            path.pop();
        }
        let name = name.unwrap_or(path[path.len() - 1]);
        self.imports.push(Import { path, name, is_public });
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The path that begins here.
fn path<'a>(tokens: &[&'a str]) -> Names<'a> {
    let mut names = vec![tokens[0]];
    for pair in tokens[1..].chunks_exact(2) {
        if pair[0] != "::" || !is_word(pair[1]) {
            break;
        }
        names.push(pair[1]);
    }
    names
}

#[test]
fn trees_of_imports_are_read_to_their_leaves() {
    let text = "pub(crate) use super::{a::{self, B as C, d::*}, E}; use f; fn g() { x.h(k::L::m, n) }";
    let file = File::new(&super::tokens::code(text));
    let line = |import: &Import| {
        format!("{} {}{}", import.path.join("::"), import.name, if import.is_public { " pub" } else { "" })
    };
    let lines: Vec<_> = file.imports.iter().map(line).collect();
    assert_eq!(
        lines,
        ["super::a a pub", "super::a::B C pub", "super::a::d::* * pub", "super::E E pub", "f f"]
    );
    assert_eq!(file.defined, ["g"].into());
    assert!(file.paths.contains(&vec!["k", "L", "m"]) && !file.paths.contains(&vec!["h"]));
}
