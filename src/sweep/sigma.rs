//! `sigma_w` and `sigma_b`: stds in the units in which the limit of infinite width is stated.

use super::parameter::Parameter;
use crate::named::named;

named! {
    /// Another way to write a std.
    pub enum Sigma as "scale" {
        /// `sigma_w`: the std of one weight is `sigma_w / sqrt(fan_in)`.
        Weight = "sigma_w",
        /// `sigma_b`: the std of one bias itself.
        Bias = "sigma_b",
    }
}

impl Sigma {
    /// The parameter that it sets.
    #[must_use]
    pub const fn parameter(self) -> Parameter {
        match self {
            Self::Weight => Parameter::Std,
            Self::Bias => Parameter::BiasStd,
        }
    }

    /// The scale that sets `parameter`, if there is one.
    #[must_use]
    pub fn of(parameter: Parameter) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.parameter() == parameter)
    }
}
