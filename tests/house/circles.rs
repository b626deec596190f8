//! Circles of files that use each other.
//!
//! A file uses another one if it names an item that is defined there: by a path from `crate`, `super`, `self`, a child
//! or an import, followed through re-exports to the file that defines the item. To declare or re-export a child is no
//! use of it; to use in code what is re-exported is. What methods and macros reach without a path is not seen, and a
//! module in braces counts as its file.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::code;
use crate::uses::{File, Names};

/// The files of a crate by their module; that of `lib.rs` is empty.
struct Tree<'a>(BTreeMap<Names<'a>, (&'a str, File<'a>)>);

/// What a path leads to.
#[derive(PartialEq)]
enum Target<'a> {
    /// A module as a whole.
    Module(Names<'a>),
    /// An item that is defined in this module.
    Item(Names<'a>),
}

impl<'a> Tree<'a> {
    /// Reads files, each with its path below `src`.
    fn new(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let module = |name: &'a str| {
            let mut module: Names = name.trim_end_matches(".rs").split('/').collect();
            module.pop_if(|last| matches!(*last, "mod" | "lib"));
            module
        };
        let read = |(name, text)| (module(name), (name, File::new(&code(text))));
        Self(files.map(read).collect())
    }

    /// Where a path of the module `from` leads; `None` if it is of another crate, or only a name of the file's own.
    fn resolve(&self, from: &[&'a str], path: &[&'a str], depth: usize) -> Option<Target<'a>> {
        // No chain of imports is that long: it is one that leads back to its beginning.
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        let parent = || from.split_last().map(|(_, parent)| parent);
        match *first {
            "crate" => Some(self.descend(Vec::new(), rest, depth)),
            "self" => Some(self.descend(from.to_vec(), rest, depth)),
            "super" if rest.first() == Some(&"super") => self.resolve(parent()?, rest, depth),
            "super" => Some(self.descend(parent()?.to_vec(), rest, depth)),
            name if self.0.contains_key(&[from, &[name]].concat()) => {
                Some(self.descend(from.to_vec(), path, depth))
            }
            name => self.imported(from, name, rest, depth),
        }
    }

    /// Follows a path from a module down.
    fn descend(&self, mut module: Names<'a>, mut path: &[&'a str], depth: usize) -> Target<'a> {
        while let Some((name, rest)) = path.split_first() {
            module.push(name);
            if !self.0.contains_key(&module) {
                module.pop();
                let imported = || self.imported(&module, name, rest, depth);
                let is_here = self.0.get(&module).is_none_or(|(_, file)| file.defined.contains(name));
                let target = if is_here { None } else { imported() };
                return target.unwrap_or(Target::Item(module));
            }
            path = rest;
        }
        Target::Module(module)
    }

    /// What an imported name of a module leads to.
    fn imported(&self, module: &[&'a str], name: &str, rest: &[&'a str], depth: usize) -> Option<Target<'a>> {
        let (_, file) = self.0.get(module)?;
        let import = file.imports.iter().find(|import| import.name == name && import.path != [name])?;
        self.resolve(module, &[&import.path, rest].concat(), depth + 1)
    }

    /// The files that a file uses, each with a path that says so.
    fn used(&self, module: &[&'a str]) -> BTreeMap<&'a str, String> {
        let (own, file) = &self.0[module];
        let is_named = |name: &str| file.paths.iter().any(|path| path[0] == name);
        let imports = file.imports.iter().filter(|import| !import.is_public || is_named(import.name));
        let mut used = BTreeMap::new();
        for path in imports.map(|import| &import.path).chain(&file.paths) {
            if let Some(Target::Item(home)) = self.resolve(module, path, 0)
                && let Some((name, _)) = self.0.get(&home)
                && name != own
            {
                used.entry(*name).or_insert(path.join("::"));
            }
        }
        used
    }
}

/// Every circle among files, each given as its path below `src` and its text: for each one what uses what in it.
pub fn circles<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let tree = Tree::new(files);
    let used: BTreeMap<_, _> = tree.0.iter().map(|(module, (name, _))| (*name, tree.used(module))).collect();
    let reached: BTreeMap<_, _> = used.keys().map(|name| (*name, reach(&used, name))).collect();
    let mut found = BTreeSet::new();
    for (name, reached_from) in &reached {
        let circle: Vec<_> =
            reached_from.iter().filter(|other| reached[**other].contains(name)).copied().collect();
        if !circle.is_empty() {
            found.insert(circle);
        }
    }
    found.iter().map(|circle| described(circle, &used)).collect()
}

/// The files that are used from a file on, near and far.
fn reach<'a>(used: &BTreeMap<&'a str, BTreeMap<&'a str, String>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(name) = next.pop() {
        next.extend(used[name].keys().filter(|other| reached.insert(**other)));
    }
    reached
}

fn described(circle: &[&str], used: &BTreeMap<&str, BTreeMap<&str, String>>) -> String {
    let arrows =
        circle.iter().flat_map(|name| used[name].iter().map(move |(other, path)| (name, other, path)));
    let inside = arrows.filter(|(_, other, _)| circle.contains(other));
    let lines = inside.map(|(name, other, path)| format!("  {name} -> {other} by {path}\n"));
    format!("{} files use each other:\n{}", circle.len(), lines.collect::<String>())
}

/// The circles of a small crate.
fn of(files: &[(&str, &str)]) -> String {
    circles(files.iter().copied()).concat()
}

#[test]
fn real_circles_are_found() {
    let siblings = of(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; mod c; mod d; pub use b::B; pub use c::C;"),
        ("a/b.rs", "use super::C; pub struct B(C);"),
        ("a/c.rs", "pub struct C; pub fn c() { super::d::d() }"),
        ("a/d.rs", "pub fn d() -> crate::a::B { todo!() }"),
    ]);
    assert_eq!(
        siblings,
        "3 files use each other:\n  a/b.rs -> a/c.rs by super::C\n  a/c.rs -> a/d.rs by super::d::d\n  \
         a/d.rs -> a/b.rs by crate::a::B\n"
    );
    let parent = "use super::{P, self as up}; pub fn c() -> P { up::P }";
    for code in ["fn f() { c::c(); }", "use c::c; fn f() { c() }", "pub use c::c as d; fn f() { d() }"] {
        let text = format!("pub struct P; mod c; {code}");
        let found = of(&[("lib.rs", ""), ("p.rs", &text), ("p/c.rs", parent)]);
        assert!(
            found.starts_with("2 files") && found.contains("p/c.rs -> p.rs by super::P"),
            "{code}: {found}"
        );
    }
    let rooms = of(&[
        ("x/mod.rs", "mod i; pub(crate) use self::i::I;"),
        ("x/i.rs", "use crate::y; pub struct I; fn f() { y::g() }"),
        ("y.rs", "use crate::x::{self, I}; pub fn g() {}"),
        ("z.rs", "use crate::y::g;"),
    ]);
    assert!(rooms.contains("x/i.rs -> y.rs by y::g") && !rooms.contains("z.rs"), "{rooms}");
}

#[test]
fn what_is_no_circle_is_not_found() {
    let found = of(&[
        ("lib.rs", "pub mod a; pub mod e; pub use a::b::B;"),
        // What is re-exported is not used, though a method has its name.
        (
            "a/mod.rs",
            "mod b; mod c; mod make; pub use make::make; pub struct A; impl A { fn make(self) { self.make() } }",
        ),
        ("a/make.rs", "pub fn make(a: super::A) {}"),
        // Nor what comments, other crates and tests name.
        (
            "a/b.rs",
            "use super::{A, c::C}; pub struct B; // super::d::D\npub fn f(a: A) -> C { c::f(); \"super::d::D\" }",
        ),
        ("a/c.rs", "use std::b; pub struct C; #[cfg(test)] mod tests { use super::super::b::B; }"),
        // An import of a module is a name for it, no use of what else is in there.
        ("e/mod.rs", "mod f; mod g; pub struct E; pub use g::G;"),
        ("e/f.rs", "use super::g; pub fn f() { g::G::new(\"super::super::E\") }"),
        ("e/g.rs", "use super::E; pub struct G(E);"),
    ]);
    assert_eq!(found, "");
}
