//! What the figures of one clause are made of.

use super::arrange::Arrangement;
use super::factors::{Levels, NOTHING};
use super::facts::Facts;
use super::input::Input;
use super::items::Item;
use super::scene::Scene;
use super::table;
use crate::sweep::FigureClause;

/// A picture with what is said of it.
pub struct Picture {
    /// The page.
    pub scene: Scene,
    /// What the caption says.
    pub facts: Facts,
    /// The numbers.
    pub lines: Vec<table::Line>,
}

/// What a figure is made of.
pub struct Material<'a> {
    /// The run.
    pub input: &'a Input<'a>,
    /// What is wanted.
    pub clause: &'a FigureClause,
    /// The rows.
    pub items: Vec<Item<'a>>,
    /// How they are arranged.
    pub arrangement: Arrangement,
}

/// A level of a factor in words.
pub fn named_level(factor: &Levels, level: usize) -> String {
    let name = &factor.names[level];
    if name == NOTHING {
        return String::new();
    }
    let is_word = factor.numbers.is_none() && factor.parameter.is_none_or(crate::sweep::Parameter::is_word);
    if is_word || factor.title.is_empty() { name.clone() } else { format!("{} = {name}", factor.title) }
}
