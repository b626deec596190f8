//! Where a formula has structure: kinks, jumps, poles, ends of its domain, and what is steep.
//!
//! These are the points at which an argument of `abs`, `relu`, `min` and the like is 0, or of another function where that
//! has structure. Roots are bracketed on a fixed grid and halved to the last bit. What this can miss: two roots in one
//! interval of the grid (1/64 wide up to 16, a thirty-second of their size beyond), and roots without a change of
//! sign. Quadrature refines where it does not resolve a function, so that neither can make a prediction wrong.

use super::graph::{Binary, Graph, Id, Node, Unary};
use super::program::{operation, run};
use super::tree::Operator;
use crate::simd::SimdLevel;

/// Most points that are given.
const MOST: usize = 64;

/// Sections of an interval in one step: the lanes of a vector are its inner ends.
const SECTIONS: f64 = 9.0;

/// Steps until an interval has no number inside: 9^22 is above 2^64, and most begin narrower.
const STEPS: usize = 24;

/// What an argument is compared with.
#[derive(Clone, Copy)]
enum Other {
    Number(f64),
    Node(Id),
}

/// Below, at or above; or no number at all.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    At,
    Above,
    Nowhere,
}

impl Graph {
    /// Points around which the node `of` has structure, each with the width of it.
    pub fn structure(&self, of: Id) -> Vec<(f64, f64)> {
        let grid = grid();
        let table = self.table(of, &grid);
        let mut found: Vec<(f64, f64)> = Vec::new();
        for (argument, other) in self.nodes()[..=of].iter().flat_map(|node| self.arguments(*node)) {
            let sides: Vec<Side> = (0..grid.len()).map(|i| side(&table, argument, other, i)).collect();
            for i in (1..grid.len()).filter(|&i| sides[i] != sides[i - 1]) {
                if found.len() == MOST {
                    return found;
                }
                let point = self.root((argument, other), [grid[i - 1], grid[i]], sides[i - 1]);
                let width = self.width((argument, other), point);
                let is_known =
                    |&(at, near): &(f64, f64)| at == point && near <= 2.0 * width && width <= 2.0 * near;
                if !found.iter().any(is_known) {
                    found.push((point, width));
                }
            }
        }
        found
    }

    /// The arguments of a node that matter, with where they do.
    fn arguments(&self, node: Node) -> Vec<(Id, Other)> {
        let zero = Other::Number(0.0);
        let pairs = match node {
            Node::X | Node::Constant(_) | Node::Select(..) | Node::Unary(Unary::Negate, _) => Vec::new(),
            Node::Unary(Unary::Function(_), a) => vec![(a, zero)],
            Node::Unary(Unary::Activation(activation), a) => {
                activation.centres().iter().map(|&centre| (a, Other::Number(centre))).collect()
            }
            Node::Binary(Binary::Operator(Operator::Add | Operator::Subtract), ..) => Vec::new(),
            Node::Binary(Binary::Operator(Operator::Multiply), a, b) => vec![(a, zero), (b, zero)],
            Node::Binary(Binary::Operator(Operator::Divide), _, b) => vec![(b, zero)],
            Node::Binary(Binary::Operator(Operator::Power), a, _) => vec![(a, zero)],
            Node::Binary(_, a, b) => vec![(a, Other::Node(b))],
        };
        pairs.into_iter().filter(|(a, other)| self.varies(*a, *other)).collect()
    }

    fn varies(&self, a: Id, other: Other) -> bool {
        let is_number = match other {
            Other::Number(_) => true,
            Other::Node(b) => self.value(b).is_some(),
        };
        !(is_number && self.value(a).is_some())
    }

    /// The values of all nodes up to `of` at `points`.
    fn table(&self, of: Id, points: &[f64]) -> Vec<Vec<[f64; 8]>> {
        let mut x = vec![[0.0; 8]; points.len().div_ceil(8)];
        x.as_flattened_mut()[..points.len()].copy_from_slice(points);
        let mut table: Vec<Vec<[f64; 8]>> = Vec::with_capacity(of + 1);
        for node in &self.nodes()[..=of] {
            let mut out = x.clone();
            if let Node::Constant(value) = node {
                out.fill([*value; 8]);
            } else if let Some(operation) = operation(*node) {
                let mut sources = [&x[..]; 3];
                for (source, id) in sources.iter_mut().zip(node.sources()) {
                    *source = &table[id];
                }
                run::<f64>(SimdLevel::detect(), operation, sources, &mut out);
            }
            table.push(out);
        }
        table
    }

    /// Where the side changes from `left`, between two points.
    fn root(&self, (argument, other): (Id, Other), [mut low, mut high]: [f64; 2], left: Side) -> f64 {
        let of = top(argument, other);
        let mut right = Side::Nowhere;
        for _ in 0..STEPS {
            let points: [f64; 8] =
                std::array::from_fn(|i| low + (high - low) * ((i as f64 + 1.0) / SECTIONS));
            let table = self.table(of, &points);
            let changed = (0..8).find(|&i| side(&table, argument, other, i) != left);
            let (from, to) = (changed.map_or(8, |i| i), changed);
            let (start, end) = (low, high);
            low = if from == 0 { start } else { points[from - 1] };
            high = to.map_or(end, |i| points[i]);
            if let Some(i) = to {
                right = side(&table, argument, other, i);
            }
            if low == start && high == end {
                break;
            }
        }
        if right == Side::At || right == Side::Nowhere { high } else { low }
    }

    /// One over the slope of the argument, by a difference: the width of what happens at a root of it.
    fn width(&self, (argument, other): (Id, Other), point: f64) -> f64 {
        let step = libm::scalbn(point.abs().max(1.0), -20);
        let table = self.table(top(argument, other), &[point - step, point + step]);
        let at = |i| difference(&table, argument, other, i);
        let width = (2.0 * step / (at(1) - at(0))).abs();
        if width.is_finite() && width > 0.0 { width.clamp(1e-9, 1e9) } else { 1.0 }
    }
}

fn top(argument: Id, other: Other) -> Id {
    match other {
        Other::Number(_) => argument,
        Other::Node(b) => argument.max(b),
    }
}

fn pair(table: &[Vec<[f64; 8]>], argument: Id, other: Other, i: usize) -> (f64, f64) {
    let b = match other {
        Other::Number(value) => value,
        Other::Node(b) => table[b][i / 8][i % 8],
    };
    (table[argument][i / 8][i % 8], b)
}

fn difference(table: &[Vec<[f64; 8]>], argument: Id, other: Other, i: usize) -> f64 {
    let (a, b) = pair(table, argument, other, i);
    a - b
}

fn side(table: &[Vec<[f64; 8]>], argument: Id, other: Other, i: usize) -> Side {
    let (a, b) = pair(table, argument, other, i);
    match a.partial_cmp(&b) {
        Some(std::cmp::Ordering::Less) => Side::Below,
        Some(std::cmp::Ordering::Equal) => Side::At,
        Some(std::cmp::Ordering::Greater) => Side::Above,
        None => Side::Nowhere,
    }
}

/// Points of both signs: 8 to the octave from 2^-30, then every 64th up to 16, then 32 to the octave up to 2^30.
fn grid() -> Vec<f64> {
    let power = |octave: i32, per: i32| libm::exp2(f64::from(octave) / f64::from(per));
    let near = (-240..-48).map(|i| power(i, 8));
    let middle = (1..1024).map(|i| f64::from(i) / 64.0);
    let far = (128..=960).map(|i| power(i, 32));
    let positive: Vec<f64> = near.chain(middle).chain(far).collect();
    let negative = positive.iter().rev().map(|x| -x);
    negative.chain([0.0]).chain(positive.iter().copied()).collect()
}
