//! Where a formula has structure: kinks, jumps, poles, ends of its domain, and what is steep.
//!
//! These are the points at which an argument of `abs`, `relu`, `min` and the like is 0, or of another function where that
//! has structure. Roots are bracketed on a fixed grid and halved to the last bit. What this can miss: two roots in one
//! interval of the grid (1/64 wide up to 16, a thirty-second of their size beyond) unless the argument falls towards
//! them, and roots without a change of sign. Quadrature refines where it does not resolve a function, so that neither can make a prediction wrong.

use super::graph::{Binary, Graph, Id, Node, Unary};
use super::program::{operation, run};
use crate::operator::Operator;
use crate::simd::SimdLevel;

/// Most points that are given.
const MOST: usize = 64;

/// Sections of an interval in one step: the lanes of a vector are its inner ends.
const SECTIONS: f64 = 9.0;

/// Steps in search of two roots beside each other: an interval shrinks to 2/9 in each.
const DIPS: usize = 16;

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
            for point in self.roots((argument, other), &grid, &table) {
                let width = self.width((argument, other), point);
                let is_known = |&(at, near): &(f64, f64)| {
                    at.total_cmp(&point).is_eq() && near <= 2.0 * width && width <= 2.0 * near
                };
                if !found.iter().any(is_known) {
                    found.push((point, width));
                }
                if found.len() == MOST {
                    return found;
                }
            }
        }
        found
    }

    /// Where an argument changes its side: between two points of the grid, or twice beside one where it comes near.
    fn roots(&self, pair: (Id, Other), grid: &[f64], table: &[Vec<[f64; 8]>]) -> Vec<f64> {
        let sides: Vec<Side> = (0..grid.len()).map(|i| side(table, pair.0, pair.1, i)).collect();
        let distance = |i: usize| difference(table, pair.0, pair.1, i).abs();
        let mut roots = Vec::new();
        for i in 1..grid.len() {
            if sides[i] != sides[i - 1] {
                roots.push(self.root(pair, [grid[i - 1], grid[i]], sides[i - 1]));
            } else if i + 1 < grid.len()
                && sides[i] == sides[i + 1]
                && distance(i) < distance(i - 1)
                && distance(i) < distance(i + 1)
                && let Some(between) = self.dip(pair, [grid[i - 1], grid[i + 1]], sides[i])
            {
                roots.push(self.root(pair, [grid[i - 1], between], sides[i]));
                roots.push(self.root((pair.0, pair.1), [grid[i + 1], between], sides[i]));
            }
            if roots.len() >= MOST {
                break;
            }
        }
        roots
    }

    /// A point between two others at which an argument, on the same side at both, is on another one.
    fn dip(
        &self,
        (argument, other): (Id, Other),
        [mut low, mut high]: [f64; 2],
        outside: Side,
    ) -> Option<f64> {
        for _ in 0..DIPS {
            let points = sections(low, high);
            let table = self.table(top(argument, other), &points);
            if let Some(i) = (0..8).find(|&i| side(&table, argument, other, i) != outside) {
                return Some(points[i]);
            }
            let at = |i: &usize| difference(&table, argument, other, *i).abs();
            let nearest = (0..8).min_by(|a, b| at(a).total_cmp(&at(b)))?;
            let (before, after) = (nearest.checked_sub(1), nearest + 1);
            (low, high) = (before.map_or(low, |i| points[i]), points.get(after).copied().unwrap_or(high));
        }
        None
    }

    /// The arguments of a node that matter, with where they do.
    fn arguments(&self, node: Node) -> Vec<(Id, Other)> {
        let zero = Other::Number(0.0);
        let pairs = match node {
            Node::X
            | Node::Constant(_)
            | Node::Select(..)
            | Node::Unary(Unary::Negate, _)
            | Node::Binary(Binary::Operator(Operator::Add | Operator::Subtract), ..) => Vec::new(),
            Node::Unary(Unary::Function(_), a) | Node::Binary(Binary::Operator(Operator::Power), a, _) => {
                vec![(a, zero)]
            }
            Node::Unary(Unary::Activation(activation), a) => {
                activation.centres().iter().map(|&centre| (a, Other::Number(centre))).collect()
            }
            Node::Binary(Binary::Operator(Operator::Multiply), a, b) => vec![(a, zero), (b, zero)],
            Node::Binary(Binary::Operator(Operator::Divide), _, b) => vec![(b, zero)],
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
            let points = sections(low, high);
            let table = self.table(of, &points);
            let changed = (0..8).find(|&i| side(&table, argument, other, i) != left);
            let (from, to) = (changed.map_or(8, |i| i), changed);
            let (start, end) = (low, high);
            low = if from == 0 { start } else { points[from - 1] };
            high = to.map_or(end, |i| points[i]);
            if let Some(i) = to {
                right = side(&table, argument, other, i);
            }
            if (low, high) == (start, end) {
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

/// The inner ends of the sections of an interval, whichever end is the lower one.
fn sections(from: f64, to: f64) -> [f64; 8] {
    let parts = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    parts.map(|part| from + (to - from) * (part / SECTIONS))
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
