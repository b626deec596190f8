//! Activations as text: `relu`, `leaky_relu(0.01)`.

use std::fmt;
use std::str::FromStr;

use super::Activation;

/// Canonical text: arguments are always written, as shortest decimals that read back exactly; of a formula its name.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut activation = *self;
        match activation.argument() {
            // Adding 0 turns -0 into 0: one function, one spelling.
            Some(argument) => write!(f, "{}({})", self.name(), *argument + 0.0),
            None => f.write_str(self.name()),
        }
    }
}

/// Reads a name with its optional argument; the defaults `leaky_relu(0.01)` and `elu(1)` are those of
/// `torch.nn.LeakyReLU`, `jax.nn.leaky_relu`, `torch.nn.ELU` and `jax.nn.elu`.
impl FromStr for Activation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = split(text)?;
        let mut activation = Self::built_in(name).ok_or_else(|| format!("unknown activation `{name}`"))?;
        if let Some(value) = argument {
            *activation.argument().ok_or_else(|| format!("`{name}` takes no argument"))? = value;
        }
        activation
            .is_defined()
            .then_some(activation)
            .ok_or_else(|| format!("the argument of `{name}` is positive"))
    }
}

impl Activation {
    /// The built-in one of a name, with its default argument.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        match name {
            "swish" => Some(Self::Silu),
            // What `torch.nn.PReLU` begins with.
            "prelu" => Some(Self::LeakyRelu { slope: 0.25 }),
            _ => Self::ALL.into_iter().find(|one| one.name() == name),
        }
    }

    /// The same with another argument; `None` if it has none, or with that one is no function.
    #[must_use]
    pub fn with_argument(mut self, value: f64) -> Option<Self> {
        *self.argument()? = value + 0.0;
        self.is_defined().then_some(self)
    }

    /// Whether it has an argument.
    #[must_use]
    pub fn has_argument(mut self) -> bool {
        self.argument().is_some()
    }

    /// Whether its argument makes it a function: that of celu divides.
    #[must_use]
    pub fn is_defined(self) -> bool {
        !matches!(self, Self::Celu { alpha } if alpha <= 0.0)
    }

    /// What names it in the identity of a cell: the text of a formula, whatever its name is.
    #[must_use]
    pub fn content(self) -> String {
        match self {
            Self::Formula(formula) => formula.text().to_owned(),
            _ => self.to_string(),
        }
    }
}

/// Splits `name(argument)`.
fn split(text: &str) -> Result<(&str, Option<f64>), String> {
    let Some((name, rest)) = text.split_once('(') else { return Ok((text.trim(), None)) };
    let name = name.trim();
    let argument = rest.trim_end().strip_suffix(')').and_then(|inner| inner.trim().parse::<f64>().ok());
    match argument.filter(|value| value.is_finite()) {
        Some(value) => Ok((name, Some(value + 0.0))),
        None => Err(format!("the argument of `{name}` must be one finite number in parentheses")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for name in Activation::NAMES {
            let activation: Activation = name.parse().unwrap();
            let other = match name {
                "swish" => "silu",
                "prelu" => "leaky_relu",
                name => name,
            };
            assert_eq!(activation.name(), other);
            assert_eq!(activation.to_string().parse(), Ok(activation));
        }
    }

    #[test]
    fn defaults_are_those_of_torch_and_jax() {
        assert_eq!("leaky_relu".parse(), Ok(Activation::LeakyRelu { slope: 0.01 }));
        assert_eq!("elu".parse(), Ok(Activation::Elu { alpha: 1.0 }));
        assert_eq!("celu".parse(), Ok(Activation::Celu { alpha: 1.0 }));
        assert_eq!("prelu".parse(), Ok(Activation::LeakyRelu { slope: 0.25 }));
    }

    #[test]
    fn minus_zero_has_one_spelling() {
        assert_eq!("leaky_relu(-0.0)".parse::<Activation>().unwrap().to_string(), "leaky_relu(0)");
        assert_eq!(Activation::LeakyRelu { slope: -0.0 }.to_string(), "leaky_relu(0)");
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for text in [
            "relu(1)", "elu()", "elu(a)", "elu(1", "elu(inf)", "elu(nan)", "elu(1,2)", "", "Relu", "celu(0)",
            "celu(-1)",
        ] {
            assert!(text.parse::<Activation>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn display_then_parse_is_the_identity(value in -1e300..1e300_f64) {
            for activation in [Activation::LeakyRelu { slope: value }, Activation::Elu { alpha: value }] {
                assert_eq!(activation.to_string().parse(), Ok(activation));
            }
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = text.parse::<Activation>();
        }
    }
}
