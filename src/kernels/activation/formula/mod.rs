//! Activations by formula: `x * sigmoid(1.702 * x)`.
//!
//! ```text
//! Tree -> Graph -> Program, of the function and of its derivative
//!         parity, structure
//! ```
//!
//! A program is evaluated with the vector code of the built-in activations, in the element type of the network:
//! every operation rounds once, or as the activation that it is. Outside of its domain a function is NaN.

mod graph;
mod parity;
mod program;
mod slope;
mod step;
mod structure;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(super) use step::{by_element, by_vector};

pub use step::Operation;
pub use tree::{Condition, Function, Tree};

use super::{Activation, Custom};
use crate::simd::SimdLevel;
use graph::Graph;
use program::Program;

/// A named formula, compiled. It lives as long as the process, once for each name and text: an activation is copied
/// all over, and a program has few formulas.
#[derive(Debug)]
pub struct Formula {
    name: String,
    text: String,
    value: Program,
    slope: Program,
    structure: Vec<(f64, f64)>,
    is_odd: bool,
}

static FORMULAS: Mutex<BTreeMap<(String, String), &'static Formula>> = Mutex::new(BTreeMap::new());

impl Formula {
    /// The formula `tree` under a name, as an activation.
    #[must_use]
    pub fn activation(name: &str, tree: &Tree) -> Activation {
        Activation::Formula(Self::interned(name, tree))
    }

    fn interned(name: &str, tree: &Tree) -> &'static Self {
        let key = (name.to_owned(), tree.to_string());
        let mut formulas = FORMULAS.lock().unwrap_or_else(PoisonError::into_inner);
        formulas
            .entry(key)
            .or_insert_with_key(|(name, text)| Box::leak(Box::new(Self::compile(name, text, tree))))
    }

    fn compile(name: &str, text: &str, tree: &Tree) -> Self {
        let mut graph = Graph::default();
        let of = graph.tree(tree);
        let (value, structure, is_odd) = (Program::new(&graph, of), graph.structure(of), graph.is_odd(of));
        let slope = graph.derivative(of);
        let (name, text) = (name.to_owned(), text.to_owned());
        Self { name, text, value, slope: Program::new(&graph, slope), structure, is_odd }
    }
}

impl Tree {
    /// Its value, where it is a finite number whatever x is.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        let mut graph = Graph::default();
        let of = graph.tree(self);
        graph.value(of).filter(|value| value.is_finite())
    }
}

impl Custom for Formula {
    fn name(&self) -> &str {
        &self.name
    }

    /// Canonical, parameters being numbers.
    fn text(&self) -> &str {
        &self.text
    }

    fn structure(&self) -> &[(f64, f64)] {
        &self.structure
    }

    fn is_odd(&self) -> bool {
        self.is_odd
    }

    fn apply_f64(&self, level: SimdLevel, rows: &mut [[f64; 8]]) {
        self.value.apply::<f64>(level, rows);
    }

    fn apply_f32(&self, level: SimdLevel, rows: &mut [[f32; 16]]) {
        self.value.apply::<f32>(level, rows);
    }

    fn apply_slope(&self, level: SimdLevel, rows: &mut [[f64; 8]]) {
        self.slope.apply::<f64>(level, rows);
    }
}
