//! Named initialisations: each a law and a std, exactly as the framework that owns the name defines them.
//!
//! `fan_in` and `fan_out` are the widths of the layer below and of the layer itself. With `s` the std of one weight:
//!
//! | preset | law | s | defined by |
//! |---|---|---|---|
//! | `he_normal` | truncated normal | `sqrt(2/fan_in)` | `keras.initializers.HeNormal` |
//! | `he_uniform` | uniform, limit `sqrt(6/fan_in)` | `sqrt(2/fan_in)` | `keras.initializers.HeUniform` |
//! | `glorot_normal` | truncated normal | `sqrt(2/(fan_in+fan_out))` | `keras.initializers.GlorotNormal` |
//! | `glorot_uniform` | uniform, limit `sqrt(6/(fan_in+fan_out))` | `sqrt(2/(fan_in+fan_out))` | `keras.initializers.GlorotUniform` |
//! | `lecun_normal` | truncated normal | `sqrt(1/fan_in)` | `keras.initializers.LecunNormal` |
//! | `lecun_uniform` | uniform, limit `sqrt(3/fan_in)` | `sqrt(1/fan_in)` | `keras.initializers.LecunUniform` |
//! | `kaiming_normal` | normal | `sqrt(2/fan_in)` | `torch.nn.init.kaiming_normal_` with its defaults (a = 0) |
//! | `kaiming_uniform` | uniform, bound `sqrt(6/fan_in)` | `sqrt(2/fan_in)` | `torch.nn.init.kaiming_uniform_` with its defaults |
//! | `xavier_normal` | normal | `sqrt(2/(fan_in+fan_out))` | `torch.nn.init.xavier_normal_` with gain 1 |
//! | `xavier_uniform` | uniform, bound `sqrt(6/(fan_in+fan_out))` | `sqrt(2/(fan_in+fan_out))` | `torch.nn.init.xavier_uniform_` with gain 1 |
//! | `torch_linear` | uniform, bound `1/sqrt(fan_in)` | `1/sqrt(3*fan_in)` | `torch.nn.Linear.reset_parameters`: `kaiming_uniform_` with a = sqrt 5; its biases too |
//! | `orthogonal`, `orthogonal(gain)` | orthogonal | `gain/sqrt(max(fan_in, fan_out))` | `torch.nn.init.orthogonal_`, gain 1 if it is left out |
//!
//! `lsuv` is layer-sequential unit variance (Mishkin and Matas 2016, *All you need is a good init*): weights of the law of the config,
//! which the paper takes to be `orthogonal`, divided by the std of `W X` over the units and the batch, one layer after the
//! other. The paper repeats this until the variance is 1 to a tolerance; without biases once is enough, for `W X` is linear in W.
//!
//! Those of keras have the same names and laws in `jax.nn.initializers`. All others leave the biases to the config. Those
//! that `nn.Linear` draws have the law and the bound of its weights; a config that gives `bias_std` has biases of its own
//! in their place. A multiple of a preset has a multiple of its weights.
//!
//! The truncated normals of keras and jax (`VarianceScaling`, `variance_scaling`) draw from a normal of std
//! `s / .87962566103423978` cut at two of *its* standard deviations, which has std `s` again. That is
//! [`Law::TruncatedNormal`] at [`Truncation::AT_TWO`] scaled by `s`. Torch does not truncate.

use crate::random::{Law, Truncation};

/// A named initialisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Its name in the config.
    pub name: &'static str,
    /// The standardised law it fixes; `None` leaves it to the config, and the weights are fitted to the batch:
    /// [`Network::fitted`](crate::network::Network::fitted).
    pub law: Option<Law>,
    /// The std of one weight, as an expression.
    pub std: &'static str,
    /// The function that defines it.
    pub origin: &'static str,
    /// The std of one bias, of the same law, where that function draws biases; as an expression.
    pub bias: Option<&'static str>,
}

const fn preset(name: &'static str, law: Law, std: &'static str, origin: &'static str) -> Preset {
    Preset { name, law: Some(law), std, origin, bias: None }
}

const TRUNCATED: Law = Law::TruncatedNormal(Truncation::AT_TWO);
const HE: &str = "sqrt(2/fan_in)";
const GLOROT: &str = "sqrt(2/(fan_in+fan_out))";
const LECUN: &str = "sqrt(1/fan_in)";
/// The preset that may take its gain as an argument, as the function has it.
pub(crate) const ORTHOGONAL: &str = "orthogonal";
const LINEAR: &str = "1/sqrt(3*fan_in)";

/// All presets.
pub const PRESETS: [Preset; 13] = [
    preset("he_normal", TRUNCATED, HE, "keras.initializers.HeNormal"),
    preset("he_uniform", Law::Uniform, HE, "keras.initializers.HeUniform"),
    preset("glorot_normal", TRUNCATED, GLOROT, "keras.initializers.GlorotNormal"),
    preset("glorot_uniform", Law::Uniform, GLOROT, "keras.initializers.GlorotUniform"),
    preset("lecun_normal", TRUNCATED, LECUN, "keras.initializers.LecunNormal"),
    preset("lecun_uniform", Law::Uniform, LECUN, "keras.initializers.LecunUniform"),
    preset("kaiming_normal", Law::Normal, HE, "torch.nn.init.kaiming_normal_"),
    preset("kaiming_uniform", Law::Uniform, HE, "torch.nn.init.kaiming_uniform_"),
    preset("xavier_normal", Law::Normal, GLOROT, "torch.nn.init.xavier_normal_"),
    preset("xavier_uniform", Law::Uniform, GLOROT, "torch.nn.init.xavier_uniform_"),
    Preset { bias: Some(LINEAR), ..preset("torch_linear", Law::Uniform, LINEAR, "torch.nn.Linear") },
    preset(ORTHOGONAL, Law::Orthogonal, "1/sqrt(max(fan_in,fan_out))", "torch.nn.init.orthogonal_"),
    Preset { name: "lsuv", law: None, std: "1", origin: "Mishkin and Matas (2016)", bias: None },
];

/// The preset of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// What is wrong with a word that names an initialisation elsewhere, and what to write instead; `None` if it names none.
pub(crate) fn instead_of(word: &str) -> Option<(String, &'static str)> {
    let lower = word.to_lowercase();
    if let Some(help) = family(&lower) {
        return Some((format!("`{word}` alone does not say which initialisation"), help));
    }
    let help = match lower.trim_end_matches('_') {
        "orthogonal" | "delta_orthogonal" => {
            "it is written `orthogonal`, or `orthogonal(sqrt(2))` with a gain"
        }
        "identity" | "eye" | "dirac" | "sparse" => {
            "weights are drawn independently of each other here; of the same std is `1/sqrt(fan_in)`"
        }
        "zeros" | "zero" => "write `std = 0`, with the `mean` that all weights have",
        "ones" | "one" | "constant" => "write `std = 0` and, for example, `mean = 1`",
        "normal" | "gaussian" | "uniform" | "trunc_normal" | "truncated_normal" | "randn" | "rand" => {
            "`law` says which distribution, as in `law = \"uniform\"`; `std` says how wide, as in `std = 0.1`"
        }
        "fixup" | "mup" | "mu_p" | "mean_field" | "data_dependent" => {
            "write the std of one weight as an expression, such as `sqrt(2/fan_in)/sqrt(depth)`"
        }
        _ => return None,
    };
    Some((format!("unknown initialisation `{word}`"), help))
}

/// What to write instead of a family name such as `xavier`.
fn family(word: &str) -> Option<&'static str> {
    Some(match word.trim_end_matches('_') {
        "he" | "kaiming" => {
            "these have std sqrt(2/fan_in):\n\
             `kaiming_normal`   torch: normal\n\
             `he_normal`        keras, jax: normal, truncated at 2 std\n\
             `kaiming_uniform`  uniform, also called `he_uniform`"
        }
        "xavier" | "glorot" => {
            "these have std sqrt(2/(fan_in+fan_out)):\n\
             `xavier_normal`   torch: normal\n\
             `glorot_normal`   keras, jax: normal, truncated at 2 std\n\
             `xavier_uniform`  uniform, also called `glorot_uniform`"
        }
        "lecun" => {
            "these have std sqrt(1/fan_in):\n\
             `lecun_normal`   keras, jax: normal, truncated at 2 std\n\
             `lecun_uniform`  uniform"
        }
        "torch" | "pytorch" | "default" => {
            "nn.Linear starts as `torch_linear`: weights and biases uniform with std 1/sqrt(3*fan_in)"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::expression;
    use crate::sweep::expression::{Fault, Name};

    /// Std of `name` for a given width.
    fn std(name: &str, width: f64) -> f64 {
        let expression = expression::number(find(name).unwrap().std, &Name::all()).unwrap();
        expression.evaluate::<Fault>(&|_| Ok(width)).unwrap()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 4.0 * f64::EPSILON * b.abs(), "{a} is not {b}");
    }

    #[test]
    fn uniform_presets_have_the_limits_that_their_frameworks_document() {
        for n in [1.0, 7.0, 100.0, 4096.0_f64] {
            // The half-width of a uniform law is sqrt 3 times its std.
            let limit = |name| 3.0_f64.sqrt() * std(name, n);
            close(limit("he_uniform"), (6.0 / n).sqrt());
            close(limit("glorot_uniform"), (6.0 / (n + n)).sqrt());
            close(limit("lecun_uniform"), (3.0 / n).sqrt());
            close(limit("xavier_uniform"), 1.0 * (6.0 / (n + n)).sqrt());
            // kaiming_uniform_: bound = sqrt 3 * gain / sqrt fan, gain = sqrt(2 / (1 + a^2)).
            let kaiming = |a: f64| 3.0_f64.sqrt() * (2.0 / (1.0 + a * a)).sqrt() / n.sqrt();
            close(limit("kaiming_uniform"), kaiming(0.0));
            close(limit("torch_linear"), kaiming(5.0_f64.sqrt()));
            close(limit("torch_linear"), 1.0 / n.sqrt());
        }
    }

    #[test]
    fn normal_presets_have_the_std_that_their_frameworks_document() {
        for n in [1.0, 7.0, 100.0, 4096.0_f64] {
            // variance_scaling(scale, mode): std = sqrt(scale / fan).
            close(std("he_normal", n), (2.0 / n).sqrt());
            close(std("glorot_normal", n), (1.0 / f64::midpoint(n, n)).sqrt());
            close(std("lecun_normal", n), (1.0 / n).sqrt());
            // kaiming_normal_: gain / sqrt fan; xavier_normal_: gain * sqrt(2 / (fan_in + fan_out)).
            close(std("kaiming_normal", n), 2.0_f64.sqrt() / n.sqrt());
            close(std("xavier_normal", n), (2.0 / (n + n)).sqrt());
            // orthogonal_: rows of norm gain.
            close(std("orthogonal", n), 1.0 / n.sqrt());
        }
    }

    #[test]
    fn only_keras_and_jax_truncate() {
        for preset in
            PRESETS.into_iter().filter(|preset| preset.law.is_some_and(|law| law != Law::Orthogonal))
        {
            let truncates = preset.law == Some(TRUNCATED);
            let keras_normal = preset.origin.starts_with("keras") && preset.name.ends_with("normal");
            assert_eq!(truncates, keras_normal, "{}", preset.name);
            assert_eq!(preset.law == Some(Law::Uniform), !preset.name.ends_with("normal"), "{}", preset.name);
        }
    }
}
