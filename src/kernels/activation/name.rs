//! Activations as text: `relu`, `leaky_relu(0.01)`.

use std::fmt;
use std::str::FromStr;

use super::Activation;

impl Activation {
    /// Every name, without arguments, in the order of the variants; `swish` is another name of `silu`.
    pub const NAMES: [&'static str; 16] = [
        "linear",
        "relu",
        "leaky_relu",
        "tanh",
        "sigmoid",
        "erf",
        "gelu",
        "gelu_tanh",
        "silu",
        "mish",
        "elu",
        "selu",
        "softplus",
        "softsign",
        "hardtanh",
        "swish",
    ];

    /// The name without its argument.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Erf => "erf",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_tanh",
            Self::Silu => "silu",
            Self::Mish => "mish",
            Self::Elu { .. } => "elu",
            Self::Selu => "selu",
            Self::Softplus => "softplus",
            Self::Softsign => "softsign",
            Self::Hardtanh => "hardtanh",
        }
    }
}

/// Canonical text: arguments are always written, as shortest decimals that read back exactly.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeakyRelu { slope: argument } | Self::Elu { alpha: argument } => {
                // Adding 0 turns -0 into 0: one function, one spelling.
                write!(f, "{}({})", self.name(), argument + 0.0)
            }
            _ => f.write_str(self.name()),
        }
    }
}

/// Reads a name with its optional argument; the defaults `leaky_relu(0.01)` and `elu(1)` are those of
/// `torch.nn.LeakyReLU`, `jax.nn.leaky_relu`, `torch.nn.ELU` and `jax.nn.elu`.
impl FromStr for Activation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = split(text)?;
        let plain = match name {
            "leaky_relu" => return Ok(Self::LeakyRelu { slope: argument.unwrap_or(0.01) }),
            "elu" => return Ok(Self::Elu { alpha: argument.unwrap_or(1.0) }),
            "linear" => Self::Linear,
            "relu" => Self::Relu,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "erf" => Self::Erf,
            "gelu" => Self::Gelu,
            "gelu_tanh" => Self::GeluTanh,
            "silu" | "swish" => Self::Silu,
            "mish" => Self::Mish,
            "selu" => Self::Selu,
            "softplus" => Self::Softplus,
            "softsign" => Self::Softsign,
            "hardtanh" => Self::Hardtanh,
            _ => return Err(format!("there is no activation `{name}`")),
        };
        match argument {
            None => Ok(plain),
            Some(_) => Err(format!("`{name}` takes no argument")),
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
            assert_eq!(activation.name(), if name == "swish" { "silu" } else { name });
            assert_eq!(activation.to_string().parse(), Ok(activation));
        }
    }

    #[test]
    fn defaults_are_those_of_torch_and_jax() {
        assert_eq!("leaky_relu".parse(), Ok(Activation::LeakyRelu { slope: 0.01 }));
        assert_eq!("elu".parse(), Ok(Activation::Elu { alpha: 1.0 }));
    }

    #[test]
    fn minus_zero_has_one_spelling() {
        assert_eq!("leaky_relu(-0.0)".parse::<Activation>().unwrap().to_string(), "leaky_relu(0)");
        assert_eq!(Activation::LeakyRelu { slope: -0.0 }.to_string(), "leaky_relu(0)");
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for text in ["relu(1)", "elu()", "elu(a)", "elu(1", "elu(inf)", "elu(nan)", "elu(1,2)", "", "Relu"] {
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
