//! A formula as a tree, and its canonical text.

use std::fmt;

use super::super::Activation;
use crate::operator::{Comparison, Operator};

/// A function of one number that is no activation by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `|a|`
    Abs,
    /// -1, 0 or 1
    Sign,
    /// 1 for `a > 0`, else 0
    Step,
    /// Exponential.
    Exp,
    /// Natural logarithm; NaN below 0.
    Log,
    /// Square root; NaN below 0.
    Sqrt,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Inverse of the tangent.
    Atan,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Abs,
        Self::Sign,
        Self::Step,
        Self::Exp,
        Self::Log,
        Self::Sqrt,
        Self::Sin,
        Self::Cos,
        Self::Atan,
    ];

    /// Its name in a formula.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Sign => "sign",
            Self::Step => "step",
            Self::Exp => "exp",
            Self::Log => "log",
            Self::Sqrt => "sqrt",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Atan => "atan",
        }
    }
}

/// A formula in `x`.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// The pre-activation.
    X,
    /// A finite number, not below 0.
    Number(f64),
    /// `-a`
    Negate(Box<Self>),
    /// A function of one number.
    Apply(Function, Box<Self>),
    /// A built-in activation.
    Activation(Activation, Box<Self>),
    /// A function of two numbers.
    Combine(Operator, Box<Self>, Box<Self>),
    /// `where(condition, a, b)`: a where the condition holds, else b.
    Where(Box<Condition>, Box<Self>, Box<Self>),
}

/// A truth value.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A comparison of two numbers.
    Compare(Comparison, Tree, Tree),
    /// `!a`
    Not(Box<Self>),
    /// `a && b`
    And(Box<Self>, Box<Self>),
    /// `a || b`
    Or(Box<Self>, Box<Self>),
}

impl Tree {
    /// A number of either sign.
    #[must_use]
    pub fn number(value: f64) -> Self {
        // Adding 0 turns -0 into 0.
        let size = Self::Number(value.abs() + 0.0);
        if value < 0.0 { Self::Negate(Box::new(size)) } else { size }
    }

    /// Whether it names `x`.
    #[must_use]
    pub fn names_x(&self) -> bool {
        match self {
            Self::X => true,
            Self::Number(_) => false,
            Self::Negate(a) | Self::Apply(_, a) | Self::Activation(_, a) => a.names_x(),
            Self::Combine(_, a, b) => a.names_x() || b.names_x(),
            Self::Where(condition, a, b) => condition.names_x() || a.names_x() || b.names_x(),
        }
    }

    /// How tightly its outermost sign binds: see the parser.
    fn binding(&self) -> u8 {
        match self {
            Self::Combine(Operator::Add | Operator::Subtract, ..) => 5,
            Self::Combine(Operator::Multiply | Operator::Divide, ..) => 6,
            Self::Negate(_) => 7,
            Self::Combine(Operator::Power, ..) => 8,
            _ => 9,
        }
    }
}

impl Condition {
    fn names_x(&self) -> bool {
        match self {
            Self::Compare(_, a, b) => a.names_x() || b.names_x(),
            Self::Not(a) => a.names_x(),
            Self::And(a, b) | Self::Or(a, b) => a.names_x() || b.names_x(),
        }
    }

    fn binding(&self) -> u8 {
        match self {
            Self::Or(..) => 1,
            Self::And(..) => 2,
            Self::Compare(..) => 3,
            Self::Not(_) => 7,
        }
    }
}

/// `tree`, in parentheses where it binds less tightly than `floor`.
struct Within<'a, T>(&'a T, u8, u8);

impl<T: fmt::Display> fmt::Display for Within<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(inner, binding, floor) = self;
        if binding < floor { write!(f, "({inner})") } else { write!(f, "{inner}") }
    }
}

fn tree(tree: &Tree, floor: u8) -> Within<'_, Tree> {
    Within(tree, tree.binding(), floor)
}

fn condition(condition: &Condition, floor: u8) -> Within<'_, Condition> {
    Within(condition, condition.binding(), floor)
}

/// Canonical: no spaces but after commas, the fewest parentheses, shortest decimals; it parses back to the same tree.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let infix = |f: &mut fmt::Formatter<'_>, a, symbol, b, floors: [u8; 2]| {
            write!(f, "{}{symbol}{}", tree(a, floors[0]), tree(b, floors[1]))
        };
        match self {
            Self::X => f.write_str("x"),
            Self::Number(value) if *value == 0.0 || (1e-5..1e16).contains(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value:e}"),
            Self::Negate(a) => write!(f, "-{}", tree(a, 7)),
            Self::Apply(function, a) => write!(f, "{}({a})", function.name()),
            Self::Activation(activation, a) => {
                let (mut activation, name) = (*activation, activation.name());
                match activation.argument() {
                    Some(argument) => write!(f, "{name}({a}, {})", Self::number(*argument)),
                    None => write!(f, "{name}({a})"),
                }
            }
            Self::Combine(Operator::Add, a, b) => infix(f, a, '+', b, [5, 6]),
            Self::Combine(Operator::Subtract, a, b) => infix(f, a, '-', b, [5, 6]),
            Self::Combine(Operator::Multiply, a, b) => infix(f, a, '*', b, [6, 7]),
            Self::Combine(Operator::Divide, a, b) => infix(f, a, '/', b, [6, 7]),
            Self::Combine(Operator::Power, a, b) => infix(f, a, '^', b, [9, 7]),
            Self::Combine(Operator::Min, a, b) => write!(f, "min({a}, {b})"),
            Self::Combine(Operator::Max, a, b) => write!(f, "max({a}, {b})"),
            Self::Where(holds, a, b) => write!(f, "where({holds}, {a}, {b})"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison, a, b) => write!(f, "{a}{}{b}", comparison.symbol()),
            Self::Not(a) => write!(f, "!{}", condition(a, 7)),
            Self::And(a, b) => write!(f, "{}&&{}", condition(a, 2), condition(b, 3)),
            Self::Or(a, b) => write!(f, "{}||{}", condition(a, 1), condition(b, 2)),
        }
    }
}

impl Comparison {
    /// Its sign.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}
