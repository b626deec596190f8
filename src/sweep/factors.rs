//! Parts of expressions: the `sigma_w` of a std, numbers that a whole range is multiplied by, widths.

use super::expression::{Expression, Function, Name};
use super::parameter::Parameter;
use crate::operator::Operator;

impl Expression {
    /// `self / sqrt(fan_in)`: the std of weights of this `sigma_w`.
    #[must_use]
    pub fn over_root_of_fan_in(self) -> Self {
        self.over(Self::Apply(Function::Sqrt, Box::new(Self::Name(Name::FanIn))))
    }

    fn over(self, divisor: Self) -> Self {
        Self::Combine(Operator::Divide, Box::new(self), Box::new(divisor))
    }

    /// The `sigma_w` of a std that is written `sigma_w / sqrt(fan_in)`.
    #[must_use]
    pub fn sigma_w(&self) -> Option<&Self> {
        match self {
            Self::Combine(Operator::Divide, inner, _) => {
                Some(&**inner).filter(|&inner| inner.clone().over_root_of_fan_in() == *self)
            }
            _ => None,
        }
    }

    /// Whether it names the width of a layer, by whatever name.
    #[must_use]
    pub fn names_width(&self) -> bool {
        [Name::FanIn, Name::FanOut, Name::Of(Parameter::Width)].into_iter().any(|name| self.names(name))
    }

    /// `factor` times it, as `factor*1/x` is read: the factor takes the place of a leading 1.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Combine(operator @ (Operator::Multiply | Operator::Divide), left, right) => {
                Self::Combine(operator, Box::new(left.times(factor)), right)
            }
            Self::Number(1.0) => Self::Number(factor),
            other => other.scaled(factor),
        }
    }

    /// `factor * self`.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self::Combine(Operator::Multiply, Box::new(Self::Number(factor)), Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_w_is_read_from_the_std_that_it_makes() {
        let sigma = Expression::Number(5.0).over(Expression::Number(3.0));
        assert_eq!(sigma.clone().over_root_of_fan_in().to_string(), "5/3/sqrt(fan_in)");
        assert_eq!(sigma.clone().over_root_of_fan_in().sigma_w(), Some(&sigma));
        assert_eq!(sigma.sigma_w(), None);
    }

    #[test]
    fn a_factor_takes_the_place_of_a_leading_1() {
        let root = || Expression::Number(1.0).over_root_of_fan_in();
        assert_eq!(root().times(0.5).to_string(), "0.5/sqrt(fan_in)");
        assert_eq!(root().over_root_of_fan_in().times(0.5).to_string(), "0.5/sqrt(fan_in)/sqrt(fan_in)");
        assert_eq!(Expression::Name(Name::Layer).times(0.5).to_string(), "0.5*layer");
    }
}
