//! A formula as a graph: equal parts are one node.

use super::super::Activation;
use super::tree::{Condition, Function, Tree};
use crate::operator::{Comparison, Operator};
use crate::simd::SimdLevel;

/// A node, by its place: nodes come after those that they are made of.
pub type Id = usize;

/// A function of one vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unary {
    /// `-a`
    Negate,
    /// A named function.
    Function(Function),
    /// A built-in activation.
    Activation(Activation),
}

/// A function of two vectors; comparisons give 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// An arithmetic function.
    Operator(Operator),
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a == b`
    Equal,
}

/// One step of the evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// The pre-activation.
    X,
    /// A number.
    Constant(f64),
    /// A function of one node.
    Unary(Unary, Id),
    /// A function of two nodes.
    Binary(Binary, Id, Id),
    /// The second where the first is above 0, else the third.
    Select(Id, Id, Id),
}

impl Node {
    /// What it is made of.
    pub fn sources(self) -> Vec<Id> {
        match self {
            Self::X | Self::Constant(_) => Vec::new(),
            Self::Unary(_, a) => vec![a],
            Self::Binary(_, a, b) => vec![a, b],
            Self::Select(a, b, c) => vec![a, b, c],
        }
    }
}

/// Powers up to this one are products.
const LARGEST_PRODUCT: u32 = 64;

/// Nodes in an order in which they can be evaluated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// All nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node itself.
    pub fn node(&self, id: Id) -> Node {
        self.nodes[id]
    }

    /// The number that a node is, if it is one.
    pub fn value(&self, id: Id) -> Option<f64> {
        match self.nodes[id] {
            Node::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn add(&mut self, node: Node) -> Id {
        self.nodes.iter().position(|known| same(known, &node)).unwrap_or_else(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }

    /// The pre-activation.
    pub fn x(&mut self) -> Id {
        self.add(Node::X)
    }

    /// A number.
    pub fn constant(&mut self, value: f64) -> Id {
        self.add(Node::Constant(value))
    }

    /// `-a`
    pub fn negate(&mut self, a: Id) -> Id {
        match self.value(a) {
            Some(value) => self.constant(-value),
            None => self.add(Node::Unary(Unary::Negate, a)),
        }
    }

    /// A named function; of a number, its value in `f64`.
    pub fn apply(&mut self, function: Function, a: Id) -> Id {
        match self.value(a) {
            Some(value) => self.constant(of_number(function, value)),
            None => self.add(Node::Unary(Unary::Function(function), a)),
        }
    }

    /// A built-in activation; of a number, its value in `f64`.
    pub fn activation(&mut self, activation: Activation, a: Id) -> Id {
        if let Some(value) = self.value(a) {
            let mut rows = [[value; 8]];
            activation.apply::<f64>(SimdLevel::detect(), &mut rows);
            return self.constant(rows[0][0]);
        }
        if activation == Activation::Linear {
            return a;
        }
        self.add(Node::Unary(Unary::Activation(activation), a))
    }

    /// An arithmetic function; of numbers, its value in `f64`. Powers that are short products are those.
    pub fn combine(&mut self, operator: Operator, a: Id, b: Id) -> Id {
        if let (Some(a), Some(b)) = (self.value(a), self.value(b)) {
            return self.constant(operator.apply(a, b));
        }
        match (operator, self.value(a), self.value(b)) {
            (Operator::Power, _, Some(power)) => self.power(a, power),
            (Operator::Power, Some(std::f64::consts::E), _) => self.apply(Function::Exp, b),
            _ => self.binary(Binary::Operator(operator), a, b),
        }
    }

    /// Any function of two nodes, as it is.
    pub fn binary(&mut self, binary: Binary, a: Id, b: Id) -> Id {
        self.add(Node::Binary(binary, a, b))
    }

    /// The second where the first is above 0, else the third.
    pub fn select(&mut self, holds: Id, then: Id, otherwise: Id) -> Id {
        if then == otherwise { then } else { self.add(Node::Select(holds, then, otherwise)) }
    }

    #[expect(
        clippy::float_cmp,
        reason = "a power is taken for a root or a product only if it is one exactly"
    )]
    fn power(&mut self, a: Id, power: f64) -> Id {
        if power == 0.5 {
            return self.apply(Function::Sqrt, a);
        }
        let Some(count) = (1..=LARGEST_PRODUCT).find(|count| f64::from(*count) == power.abs()) else {
            let power = self.constant(power);
            return self.binary(Binary::Operator(Operator::Power), a, power);
        };
        // By halves: x^6 is (x^3)^2.
        let mut product = a;
        for bit in (0..count.ilog2()).rev() {
            product = self.combine(Operator::Multiply, product, product);
            if count >> bit & 1 == 1 {
                product = self.combine(Operator::Multiply, product, a);
            }
        }
        if power > 0.0 {
            return product;
        }
        let one = self.constant(1.0);
        self.combine(Operator::Divide, one, product)
    }

    /// Adds a tree; its value is the node that is given.
    pub fn tree(&mut self, tree: &Tree) -> Id {
        match tree {
            Tree::X => self.x(),
            Tree::Number(value) => self.constant(*value),
            Tree::Negate(a) => {
                let a = self.tree(a);
                self.negate(a)
            }
            Tree::Apply(function, a) => {
                let a = self.tree(a);
                self.apply(*function, a)
            }
            Tree::Activation(activation, a) => {
                let a = self.tree(a);
                self.activation(*activation, a)
            }
            Tree::Combine(operator, a, b) => {
                let (a, b) = (self.tree(a), self.tree(b));
                self.combine(*operator, a, b)
            }
            Tree::Where(holds, a, b) => {
                let (holds, a, b) = (self.condition(holds), self.tree(a), self.tree(b));
                self.select(holds, a, b)
            }
        }
    }

    /// 1 where a condition holds, else 0.
    fn condition(&mut self, condition: &Condition) -> Id {
        match condition {
            Condition::Compare(comparison, a, b) => {
                let (a, b) = (self.tree(a), self.tree(b));
                match comparison {
                    Comparison::Less => self.binary(Binary::Less, a, b),
                    Comparison::LessEqual => self.binary(Binary::LessEqual, a, b),
                    Comparison::Greater => self.binary(Binary::Less, b, a),
                    Comparison::GreaterEqual => self.binary(Binary::LessEqual, b, a),
                    Comparison::Equal => self.binary(Binary::Equal, a, b),
                    Comparison::NotEqual => {
                        let equal = self.binary(Binary::Equal, a, b);
                        self.not(equal)
                    }
                }
            }
            Condition::Not(a) => {
                let a = self.condition(a);
                self.not(a)
            }
            Condition::And(a, b) => {
                let (a, b) = (self.condition(a), self.condition(b));
                self.combine(Operator::Multiply, a, b)
            }
            Condition::Or(a, b) => {
                let (a, b) = (self.condition(a), self.condition(b));
                self.combine(Operator::Max, a, b)
            }
        }
    }

    fn not(&mut self, a: Id) -> Id {
        let one = self.constant(1.0);
        self.combine(Operator::Subtract, one, a)
    }
}

/// Equal, numbers to the bit.
fn same(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Constant(a), Node::Constant(b)) => a.to_bits() == b.to_bits(),
        _ => a == b,
    }
}

/// A named function of a number.
pub fn of_number(function: Function, a: f64) -> f64 {
    match function {
        Function::Abs => a.abs(),
        Function::Sign | Function::Step if a.is_nan() => a,
        Function::Sign => f64::from(a > 0.0) - f64::from(a < 0.0),
        Function::Step => f64::from(a > 0.0),
        Function::Exp => libm::exp(a),
        Function::Log => libm::log(a),
        Function::Sqrt => a.sqrt(),
        Function::Sin => libm::sin(a),
        Function::Cos => libm::cos(a),
        Function::Atan => libm::atan(a),
    }
}
