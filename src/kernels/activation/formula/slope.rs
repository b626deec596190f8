//! Derivatives by symbolic rules.
//!
//! At a kink the slope is that of one of its sides; where a function jumps, the rules see nothing.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::super::Activation;
use super::graph::{Binary, Graph, Id, Node, Unary};
use super::tree::Function;
use crate::operator::Operator;

/// `lambda` and `lambda alpha` of selu.
const SELU: (f64, f64) = (1.050_700_987_355_480_5, 1.758_099_340_847_376_6);
/// `1 / sqrt(2 pi)` and `sqrt(2 / pi)`.
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;

impl Graph {
    /// Adds the derivative of the node `of` by x.
    pub fn derivative(&mut self, of: Id) -> Id {
        // What is not there is 0 everywhere.
        let mut slopes: Vec<Option<Id>> = Vec::with_capacity(of + 1);
        for id in 0..=of {
            let slope = self.rule(id, &slopes);
            slopes.push(slope);
        }
        slopes[of].unwrap_or_else(|| self.constant(0.0))
    }

    fn rule(&mut self, id: Id, slopes: &[Option<Id>]) -> Option<Id> {
        match self.node(id) {
            Node::X => Some(self.constant(1.0)),
            Node::Unary(Unary::Negate, a) => slopes[a].map(|slope| self.negate(slope)),
            Node::Unary(Unary::Function(function), a) => {
                let inner = slopes[a]?;
                let outer = self.of_function(function, a, id)?;
                Some(self.times(outer, inner))
            }
            Node::Unary(Unary::Activation(activation), a) => {
                let inner = slopes[a]?;
                let outer = self.of_activation(activation, a);
                Some(self.times(outer, inner))
            }
            Node::Binary(Binary::Operator(operator), a, b) => {
                self.of_operator(operator, [a, b, id], [slopes[a], slopes[b]])
            }
            Node::Constant(_) | Node::Binary(..) => None,
            Node::Select(holds, a, b) => self.either(holds, slopes[a], slopes[b]),
        }
    }

    /// `a * b`, without a factor 1.
    fn times(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(1.0), _) => b,
            (_, Some(1.0)) => a,
            _ => self.combine(Operator::Multiply, a, b),
        }
    }

    fn over(&mut self, a: Id, b: Id) -> Id {
        if self.value(b) == Some(1.0) { a } else { self.combine(Operator::Divide, a, b) }
    }

    fn sum(&mut self, operator: Operator, a: Option<Id>, b: Option<Id>) -> Option<Id> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.combine(operator, a, b)),
            (None, Some(b)) if operator == Operator::Subtract => Some(self.negate(b)),
            (a, b) => a.or(b),
        }
    }

    fn either(&mut self, holds: Id, a: Option<Id>, b: Option<Id>) -> Option<Id> {
        if a.is_none() && b.is_none() {
            return None;
        }
        let [a, b] = [a, b].map(|slope| slope.unwrap_or_else(|| self.constant(0.0)));
        Some(self.select(holds, a, b))
    }

    /// 1 where a is above a number, else 0.
    fn above(&mut self, a: Id, limit: f64) -> Id {
        let limit = self.constant(limit);
        self.binary(Binary::Less, limit, a)
    }

    /// 1 where `low < a <= high`, else 0.
    fn between(&mut self, low: f64, a: Id, high: f64) -> Id {
        let (above, high) = (self.above(a, low), self.constant(high));
        let below = self.binary(Binary::LessEqual, a, high);
        self.combine(Operator::Multiply, above, below)
    }

    fn of_function(&mut self, function: Function, a: Id, value: Id) -> Option<Id> {
        let one = self.constant(1.0);
        Some(match function {
            Function::Abs => {
                let (holds, minus) = (self.above(a, 0.0), self.constant(-1.0));
                self.select(holds, one, minus)
            }
            Function::Sign | Function::Step => return None,
            Function::Exp => value,
            Function::Log => self.over(one, a),
            Function::Sqrt => {
                let half = self.constant(0.5);
                self.over(half, value)
            }
            Function::Sin => self.apply(Function::Cos, a),
            Function::Cos => {
                let sine = self.apply(Function::Sin, a);
                self.negate(sine)
            }
            Function::Atan => {
                let square = self.times(a, a);
                let below = self.combine(Operator::Add, one, square);
                self.over(one, below)
            }
        })
    }

    fn of_operator(
        &mut self,
        operator: Operator,
        [a, b, value]: [Id; 3],
        [da, db]: [Option<Id>; 2],
    ) -> Option<Id> {
        match operator {
            Operator::Add | Operator::Subtract => self.sum(operator, da, db),
            Operator::Multiply => {
                let (left, right) = (da.map(|da| self.times(da, b)), db.map(|db| self.times(a, db)));
                self.sum(Operator::Add, left, right)
            }
            Operator::Divide => {
                let bent = db.map(|db| self.times(value, db));
                let above = self.sum(Operator::Subtract, da, bent)?;
                Some(self.over(above, b))
            }
            Operator::Power => self.of_power([a, b, value], [da, db]),
            Operator::Min => {
                let holds = self.binary(Binary::Less, a, b);
                self.either(holds, da, db)
            }
            Operator::Max => {
                let holds = self.binary(Binary::Less, a, b);
                self.either(holds, db, da)
            }
        }
    }

    /// `b a^(b-1) a' + a^b ln(a) b'`
    fn of_power(&mut self, [a, b, value]: [Id; 3], [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let base = da.map(|da| {
            let one = self.constant(1.0);
            let less = self.combine(Operator::Subtract, b, one);
            let power = self.combine(Operator::Power, a, less);
            let outer = self.times(b, power);
            self.times(outer, da)
        });
        let exponent = db.map(|db| {
            let log = self.apply(Function::Log, a);
            let outer = self.times(value, log);
            self.times(outer, db)
        });
        self.sum(Operator::Add, base, exponent)
    }

    /// The derivative of an activation at `a`.
    fn of_activation(&mut self, activation: Activation, a: Id) -> Id {
        match activation {
            Activation::Linear => self.constant(1.0),
            Activation::Relu => self.above(a, 0.0),
            Activation::LeakyRelu { slope } => self.sides(a, 1.0, slope, None),
            Activation::Elu { alpha } => self.sides(a, 1.0, alpha, Some(1.0)),
            Activation::Celu { alpha } => self.sides(a, 1.0, 1.0, Some(alpha)),
            Activation::Selu => self.sides(a, SELU.0, SELU.1, Some(1.0)),
            Activation::Hardtanh => self.between(-1.0, a, 1.0),
            Activation::Relu6 => self.between(0.0, a, 6.0),
            Activation::Hardsigmoid => {
                let inside = self.between(-3.0, a, 3.0);
                self.line(inside, 1.0 / 6.0, 0.0)
            }
            Activation::Hardswish => {
                let (inside, above) = (self.between(-3.0, a, 3.0), self.above(a, 3.0));
                let line = self.line(a, 1.0 / 3.0, 0.5);
                self.select(inside, line, above)
            }
            Activation::SquaredRelu => {
                let positive = self.activation(Activation::Relu, a);
                self.line(positive, 2.0, 0.0)
            }
            Activation::Tanh => {
                let t = self.activation(Activation::Tanh, a);
                self.one_less_square(t)
            }
            Activation::Sigmoid => {
                let [s, other] = self.sigmoids(a);
                self.times(s, other)
            }
            Activation::Softplus => self.activation(Activation::Sigmoid, a),
            Activation::Logsigmoid => self.sigmoids(a)[1],
            Activation::Erf => self.gaussian(a, FRAC_2_SQRT_PI, -1.0),
            Activation::Softsign => {
                let size = self.apply(Function::Abs, a);
                let below = self.line(size, 1.0, 1.0);
                let (square, one) = (self.times(below, below), self.constant(1.0));
                self.over(one, square)
            }
            Activation::Gelu => {
                let z = self.line(a, FRAC_1_SQRT_2, 0.0);
                let erf = self.activation(Activation::Erf, z);
                let (cdf, density) = (self.line(erf, 0.5, 0.5), self.gaussian(a, DENSITY_AT_0, -0.5));
                self.fused(a, density, cdf)
            }
            Activation::Silu => {
                let [s, other] = self.sigmoids(a);
                let product = self.times(a, other);
                let sum = self.line(product, 1.0, 1.0);
                self.times(s, sum)
            }
            Activation::Mish => {
                let plus = self.activation(Activation::Softplus, a);
                let (t, s) = (self.activation(Activation::Tanh, plus), self.sigmoids(a)[0]);
                let bent = self.one_less_square(t);
                let bent = self.times(bent, s);
                self.fused(a, bent, t)
            }
            Activation::GeluTanh => self.of_gelu_tanh(a),
            Activation::Formula(_) => unreachable!("a formula has built-in activations alone"),
        }
    }

    /// A number above 0, else another, times `exp(a / scale)` if there is a scale.
    fn sides(&mut self, a: Id, above: f64, below: f64, scale: Option<f64>) -> Id {
        let (holds, above) = (self.above(a, 0.0), self.constant(above));
        let below = match scale {
            None => self.constant(below),
            Some(scale) => {
                let scale = self.constant(scale);
                let inner = self.over(a, scale);
                let exp = self.apply(Function::Exp, inner);
                self.line(exp, below, 0.0)
            }
        };
        self.select(holds, above, below)
    }

    /// `factor * a + shift`
    fn line(&mut self, a: Id, factor: f64, shift: f64) -> Id {
        let factor = self.constant(factor);
        let product = self.times(factor, a);
        if shift == 0.0 {
            return product;
        }
        let shift = self.constant(shift);
        self.combine(Operator::Add, product, shift)
    }

    /// `a * b + c`
    fn fused(&mut self, a: Id, b: Id, c: Id) -> Id {
        let product = self.times(a, b);
        self.combine(Operator::Add, product, c)
    }

    /// `sigmoid(a)` and `sigmoid(-a)`.
    fn sigmoids(&mut self, a: Id) -> [Id; 2] {
        let minus = self.negate(a);
        [a, minus].map(|a| self.activation(Activation::Sigmoid, a))
    }

    /// `(1 - t) (1 + t)`
    fn one_less_square(&mut self, t: Id) -> Id {
        let one = self.constant(1.0);
        let (less, more) = (self.combine(Operator::Subtract, one, t), self.combine(Operator::Add, one, t));
        self.times(less, more)
    }

    /// `factor * exp(rate * a^2)`
    fn gaussian(&mut self, a: Id, factor: f64, rate: f64) -> Id {
        let square = self.times(a, a);
        let inner = self.line(square, rate, 0.0);
        let exp = self.apply(Function::Exp, inner);
        self.line(exp, factor, 0.0)
    }

    /// With `t = tanh(u)`, `u = r (a + k a^3)`: `(1 + t)/2 + a/2 (1 - t^2) r (1 + 3 k a^2)`.
    fn of_gelu_tanh(&mut self, a: Id) -> Id {
        let square = self.times(a, a);
        let cubic = self.line(square, 0.044_715 * ROOT_TWO_OVER_PI, ROOT_TWO_OVER_PI);
        let u = self.times(a, cubic);
        let t = self.activation(Activation::Tanh, u);
        let first = self.line(t, 0.5, 0.5);
        let inner = self.line(square, 1.5 * 0.044_715 * ROOT_TWO_OVER_PI, 0.5 * ROOT_TWO_OVER_PI);
        let (bent, steep) = (self.one_less_square(t), self.times(a, inner));
        self.fused(bent, steep, first)
    }
}
