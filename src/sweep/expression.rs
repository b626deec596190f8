//! Arithmetic over the shape of a cell, such as `sqrt(2/fan_in)`.
//!
//! Values come from IEEE arithmetic and `libm` only, so their bits are the same on every platform.

use std::fmt;

use super::cost::as_f64;
use super::parameter::Parameter;
use super::sigma::Sigma;
use crate::operator::Operator;

/// Something that an expression may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Inputs of one unit of the layer: the width of the layer below.
    FanIn,
    /// Outputs of the layer: its width.
    FanOut,
    /// The layer, from 1.
    Layer,
    /// A parameter that is a number; in layer 1 if it has one for each layer.
    Of(Parameter),
    /// A std in the units of infinite width; in layer 1.
    Sigma(Sigma),
}

impl Name {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let shape =
            [Self::Of(Parameter::Width), Self::FanIn, Self::FanOut, Self::Of(Parameter::Depth), Self::Layer];
        let others = Parameter::numbers().map(Self::Of).filter(move |name| !shape.contains(name));
        let sigmas = Sigma::ALL.map(Self::Sigma);
        shape.into_iter().chain(others).chain(sigmas).collect()
    }

    /// The parameter that it depends on, if that is one.
    #[must_use]
    pub fn parameter(self) -> Option<Parameter> {
        match self {
            Self::FanIn | Self::FanOut => Some(Parameter::Width),
            Self::Layer => None,
            Self::Of(parameter) => Some(parameter),
            Self::Sigma(sigma) => Some(sigma.parameter()),
        }
    }

    /// Its spelling.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::Layer => "layer",
            Self::Of(parameter) => parameter.name(),
            Self::Sigma(sigma) => sigma.name(),
        }
    }
}

/// In one word: fingerprints of clauses contain it.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FanIn => f.write_str("FanIn"),
            Self::FanOut => f.write_str("FanOut"),
            Self::Layer => f.write_str("Layer"),
            Self::Of(parameter) => write!(f, "{parameter:?}"),
            Self::Sigma(sigma) => write!(f, "Sigma{sigma:?}"),
        }
    }
}

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Square root.
    Sqrt,
    /// Exponential.
    Exp,
    /// Natural logarithm.
    Log,
    /// Magnitude.
    Abs,
    /// 1 for odd whole numbers, 0 for all others.
    Odd,
}

/// An arithmetic expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A finite number; negative only where it stands alone.
    Number(f64),
    /// A name.
    Name(Name),
    /// The numbers of layer 1, 2 and so on, of a written shape.
    ByLayer(Box<[usize]>),
    /// `-a`
    Negate(Box<Self>),
    /// A function of one argument.
    Apply(Function, Box<Self>),
    /// A function of two arguments.
    Combine(Operator, Box<Self>, Box<Self>),
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A divisor is 0.
    #[error("division by zero: `{0}` is 0")]
    DivisionByZero(String),
    /// An operation outside its domain.
    #[error("{0} is not a real number")]
    Undefined(String),
    /// A result that is not 0 and rounds to 0.
    #[error("{0} is too small: it would count as 0")]
    Underflow(String),
}

impl Expression {
    /// Its value, where `scope` says what the names stand for.
    ///
    /// May be infinite, by overflow; never NaN.
    ///
    /// # Errors
    ///
    /// A division by zero, or an operation outside its domain: `sqrt(-1)`, `log(0)`, `(-8)^0.5`.
    pub fn evaluate<E: From<Fault>>(&self, scope: &impl Fn(Name) -> Result<f64, E>) -> Result<f64, E> {
        match self {
            Self::Number(value) => Ok(*value),
            Self::Name(name) => scope(*name),
            Self::ByLayer(list) => Ok(of_layer(list, scope(Name::Layer)?)),
            Self::Negate(inner) => Ok(-inner.evaluate(scope)?),
            Self::Apply(function, inner) => Ok(apply(*function, inner.evaluate(scope)?)?),
            Self::Combine(operator, left, right) => {
                let (a, b) = (left.evaluate(scope)?, right.evaluate(scope)?);
                if *operator == Operator::Divide && b == 0.0 {
                    return Err(Fault::DivisionByZero(right.to_string()).into());
                }
                Ok(combine(*operator, a, b)?)
            }
        }
    }

    /// The number that it is, if it names and combines nothing.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        if let Self::Number(value) = self { Some(*value) } else { None }
    }

    /// Whether it names `name`.
    #[must_use]
    pub fn names(&self, name: Name) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Name(own) => *own == name,
            Self::ByLayer(_) => name == Name::Layer,
            Self::Negate(inner) | Self::Apply(_, inner) => inner.names(name),
            Self::Combine(_, left, right) => left.names(name) || right.names(name),
        }
    }

    /// Numbers, names and operations in it: what one evaluation takes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Name(_) | Self::ByLayer(_) => 1,
            Self::Negate(inner) | Self::Apply(_, inner) => 1 + inner.size(),
            Self::Combine(_, left, right) => 1 + left.size() + right.size(),
        }
    }

    /// How tightly its outermost operation binds; larger is tighter.
    fn precedence(&self) -> u8 {
        match self {
            Self::Combine(Operator::Add | Operator::Subtract, ..) => 1,
            Self::Combine(Operator::Multiply | Operator::Divide, ..) => 2,
            Self::Negate(_) => 3,
            Self::Combine(Operator::Power, ..) => 4,
            _ => 5,
        }
    }
}

/// The entry of a layer; the last one for layers beyond the list.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "layers are whole numbers from 1"
)]
fn of_layer(list: &[usize], layer: f64) -> f64 {
    list.get((layer as usize).saturating_sub(1)).or(list.last()).map_or(1.0, |&units| as_f64(units))
}

fn apply(function: Function, x: f64) -> Result<f64, Fault> {
    let undefined = |name: &str| Err(Fault::Undefined(format!("{name}({})", number(x))));
    match function {
        Function::Sqrt if x < 0.0 => undefined("sqrt"),
        Function::Log if x <= 0.0 => undefined("log"),
        Function::Sqrt => Ok(x.sqrt()),
        Function::Exp => match libm::exp(x) {
            0.0 if x.is_finite() => Err(Fault::Underflow(format!("exp({})", number(x)))),
            value => Ok(value),
        },
        Function::Log => Ok(libm::log(x)),
        Function::Abs => Ok(x.abs()),
        Function::Odd => Ok(f64::from(u8::from((x.abs() % 2.0).to_bits() == 1.0_f64.to_bits()))),
    }
}

fn combine(operator: Operator, a: f64, b: f64) -> Result<f64, Fault> {
    let value = operator.apply(a, b);
    let text = || format!("({}) {} ({})", number(a), operator.symbol(), number(b));
    // 0^-1 is a division in disguise.
    if operator == Operator::Power && a == 0.0 && b < 0.0 {
        return Err(Fault::DivisionByZero("the base of a negative power".to_owned()));
    }
    if value.is_nan() {
        return Err(Fault::Undefined(text()));
    }
    if value == 0.0 && underflows(operator, a, b) {
        return Err(Fault::Underflow(text()));
    }
    Ok(value)
}

/// Whether a result of 0 is one by rounding.
fn underflows(operator: Operator, a: f64, b: f64) -> bool {
    match operator {
        Operator::Multiply => a != 0.0 && b != 0.0,
        Operator::Divide => a != 0.0 && b.is_finite(),
        Operator::Power => a != 0.0 && a.is_finite() && b.is_finite(),
        Operator::Add | Operator::Subtract | Operator::Min | Operator::Max => false,
    }
}

/// A number as shortest decimal that reads back exactly; whole numbers without `.0`, and -0 as 0.
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{:?}", value + 0.0);
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// Whether a number is 2 to a whole power, and no subnormal.
#[must_use]
pub fn is_power_of_two(value: f64) -> bool {
    // All digits of a normal number but the first.
    let has_digits = value.to_bits() << 12 != 0;
    value.is_normal() && value > 0.0 && !has_digits
}

/// Canonical text: no spaces, and only the parentheses that reading it back needs.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => f.write_str(&number(*value)),
            Self::Name(name) => f.write_str(name.text()),
            Self::ByLayer(list) => write!(f, "{list:?}"),
            Self::Negate(inner) => {
                f.write_str("-")?;
                operand(f, inner, self.precedence())
            }
            Self::Apply(function, inner) => {
                let name = match function {
                    Function::Sqrt => "sqrt",
                    Function::Exp => "exp",
                    Function::Log => "log",
                    Function::Abs => "abs",
                    Function::Odd => "odd",
                };
                write!(f, "{name}({inner})")
            }
            Self::Combine(operator @ (Operator::Min | Operator::Max), left, right) => {
                write!(f, "{}({left},{right})", operator.symbol())
            }
            Self::Combine(operator, left, right) => self.infix(f, *operator, left, right),
        }
    }
}

impl Expression {
    fn infix(
        &self,
        f: &mut fmt::Formatter<'_>,
        operator: Operator,
        left: &Self,
        right: &Self,
    ) -> fmt::Result {
        let own = self.precedence();
        let (left_floor, right_floor) = match operator {
            // Associates to the right, and its exponent may carry a sign.
            Operator::Power => (own + 1, own - 1),
            _ => (own, own + 1),
        };
        operand(f, left, left_floor)?;
        f.write_str(operator.symbol())?;
        operand(f, right, right_floor)
    }
}

/// Writes an operand, in parentheses if it binds more loosely than `floor`.
fn operand(f: &mut fmt::Formatter<'_>, inner: &Expression, floor: u8) -> fmt::Result {
    if inner.precedence() < floor { write!(f, "({inner})") } else { write!(f, "{inner}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(expression: &Expression) -> Result<f64, Fault> {
        expression.evaluate(&|_| Ok(4.0))
    }

    fn two(operator: Operator, a: f64, b: f64) -> Expression {
        Expression::Combine(operator, Box::new(Expression::Number(a)), Box::new(Expression::Number(b)))
    }

    #[test]
    fn numbers_are_shortest_and_have_one_zero() {
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(1.0), "1");
        assert_eq!(number(0.1), "0.1");
        assert_eq!(number(1e300), "1e300");
        assert_eq!(number(-2.5e-7), "-2.5e-7");
    }

    #[test]
    fn what_has_no_value_says_why() {
        assert_eq!(value(&two(Operator::Divide, 1.0, 0.0)), Err(Fault::DivisionByZero("0".into())));
        assert!(matches!(value(&two(Operator::Power, 0.0, -1.0)), Err(Fault::DivisionByZero(_))));
        assert!(matches!(value(&two(Operator::Power, -8.0, 0.5)), Err(Fault::Undefined(_))));
        let root = Expression::Apply(Function::Sqrt, Box::new(Expression::Number(-1.0)));
        assert_eq!(value(&root), Err(Fault::Undefined("sqrt(-1)".into())));
    }

    #[test]
    fn what_rounds_to_0_is_refused_and_what_is_0_is_not() {
        for (operator, a, b) in [
            (Operator::Multiply, 1e-200, 1e-200),
            (Operator::Divide, -1e-200, 1e200),
            (Operator::Power, 0.1, 400.0),
            (Operator::Power, 10.0, -400.0),
        ] {
            assert!(matches!(value(&two(operator, a, b)), Err(Fault::Underflow(_))), "{a} {operator:?} {b}");
        }
        let exp = Expression::Apply(Function::Exp, Box::new(Expression::Number(-1000.0)));
        assert!(matches!(value(&exp), Err(Fault::Underflow(_))));
        for (operator, a, b) in [
            (Operator::Multiply, 0.0, 1e-200),
            (Operator::Divide, 0.0, 3.0),
            (Operator::Power, 0.0, 2.0),
            (Operator::Subtract, 1.0, 1.0),
        ] {
            assert_eq!(value(&two(operator, a, b)), Ok(0.0));
        }
    }

    #[test]
    fn overflow_is_infinite_and_not_hidden_by_min() {
        let huge = two(Operator::Multiply, 1e300, 1e300);
        assert_eq!(value(&huge), Ok(f64::INFINITY));
        let difference = Expression::Combine(Operator::Subtract, Box::new(huge.clone()), Box::new(huge));
        assert!(matches!(value(&difference), Err(Fault::Undefined(_))));
    }

    #[test]
    fn only_needed_parentheses_are_printed() {
        let sum = two(Operator::Add, 1.0, 2.0);
        let power = Expression::Combine(Operator::Power, Box::new(sum.clone()), Box::new(sum.clone()));
        assert_eq!(power.to_string(), "(1+2)^(1+2)");
        assert_eq!(Expression::Negate(Box::new(power)).to_string(), "-(1+2)^(1+2)");
        assert_eq!(Expression::Negate(Box::new(sum)).to_string(), "-(1+2)");
    }
}
