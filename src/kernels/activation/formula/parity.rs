//! Whether a formula is odd, by rules: what they do not show is not claimed.

use super::graph::{Binary, Graph, Id, Node, Unary};
use super::tree::Function;
use crate::operator::Operator;

/// `f(-x) = f(x)`, `f(-x) = -f(x)`, or neither as far as the rules see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parity {
    Even,
    Odd,
    Unknown,
}

use Parity::{Even, Odd, Unknown};

impl Graph {
    /// Whether the rules show that a node is odd. It is so to the bit then, the sign of a zero apart, for every operation
    /// rounds to nearest.
    pub fn is_odd(&self, of: Id) -> bool {
        let mut parities = Vec::with_capacity(of + 1);
        for node in &self.nodes()[..=of] {
            let parity = rule(*node, &parities);
            parities.push(parity);
        }
        parities[of] == Odd
    }
}

fn rule(node: Node, parities: &[Parity]) -> Parity {
    match node {
        Node::X => Odd,
        Node::Constant(_) => Even,
        Node::Unary(Unary::Negate, a) => parities[a],
        Node::Unary(_, a) if parities[a] != Odd => parities[a],
        Node::Unary(Unary::Function(function), _) => match function {
            Function::Abs | Function::Cos => Even,
            Function::Sign | Function::Sin | Function::Atan => Odd,
            _ => Unknown,
        },
        Node::Unary(Unary::Activation(activation), _) if activation.is_odd() => Odd,
        Node::Unary(..) => Unknown,
        Node::Binary(Binary::Operator(operator), a, b) => of_operator(operator, parities[a], parities[b]),
        Node::Binary(_, a, b) => {
            if [parities[a], parities[b]] == [Even; 2] {
                Even
            } else {
                Unknown
            }
        }
        Node::Select(holds, a, b) => {
            if parities[holds] == Even && parities[a] == parities[b] {
                parities[a]
            } else {
                Unknown
            }
        }
    }
}

fn of_operator(operator: Operator, a: Parity, b: Parity) -> Parity {
    match (operator, a, b) {
        (_, Unknown, _) | (_, _, Unknown) => Unknown,
        (_, Even, Even) => Even,
        (Operator::Add | Operator::Subtract, Odd, Odd) => Odd,
        (Operator::Multiply | Operator::Divide, ..) => {
            if a == b {
                Even
            } else {
                Odd
            }
        }
        _ => Unknown,
    }
}
