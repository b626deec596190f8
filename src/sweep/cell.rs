//! One cell of a sweep, and what names it.

use super::by_parameter::ByParameter;
use super::parameter::Parameter;
use crate::hash::sha256;
use crate::kernels::Activation;
use crate::network::{E4m3Overflow, Metric, Network, Norm, Residual, Storage};
use crate::random::Law;

/// One point of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The label of its `[[grid]]` table, if any; no part of the identity.
    pub label: Option<String>,
    /// Numbers published elsewhere for the last layer, to show beside the estimates.
    pub published: Vec<(Metric, f64)>,
    /// The network in resolved numbers.
    pub network: Network,
    /// Weight std as written in the config.
    pub std_text: String,
    /// Weight mean as written in the config.
    pub mean_text: String,
    /// Bias std as written in the config.
    pub bias_std_text: String,
    /// Whether a preset of the weight std brings the biases along.
    pub bias_of_preset: bool,
    /// Whether the width of the input is that of a file, and not written.
    pub width_of_file: bool,
    /// Weight std times the root of the fan-in, in layer 1.
    pub sigma_w: f64,
    /// The other numbers as written in the config; empty where a parameter is none, or one of the three above.
    pub texts: ByParameter<Box<str>>,
    /// Canonical text of everything a draw may depend on: all parameters but the depth. Cells with equal law
    /// text are the same random network cut at different depths. Where an expression names `depth`, the depth
    /// is part of it.
    ///
    /// An expression that names neither `layer` nor `depth` stands there as its value, so `1/sqrt(fan_in)` at
    /// width 100 and `0.1` are the same cell. Where layers differ in width, all widths stand there, and expressions that
    /// name one as they are: such a cell shares no layers with a deeper one.
    pub law_text: String,
}

impl Cell {
    /// The name and the formula of its activation, if the config defines it.
    #[must_use]
    pub fn formula(&self) -> Option<(&'static str, &'static str)> {
        match self.network.activation {
            Activation::Formula(formula) => Some((formula.name(), formula.text())),
            _ => None,
        }
    }

    /// Canonical text of the whole content: the law and the depth. Its hash names the cell in every file.
    #[must_use]
    pub fn content(&self) -> String {
        format!("{};depth={}", self.law_text, self.network.depth)
    }

    /// `c`, so that nobody reads a number such as `0504e20276889730`, and the first 16 hex digits of the SHA-256 of
    /// [`content`](Self::content).
    #[must_use]
    pub fn id(&self) -> String {
        format!("c{}", &sha256(self.content())[..16])
    }

    /// The initialisation as written in the config: law, mean and std of one weight, and those of one bias unless it is 0.
    /// Two cells of one content and one label differ in it.
    ///
    /// ```text
    /// truncated_normal(mean=0, std=sqrt(2/fan_in))
    /// normal(mean=0, std=he_normal) + bias normal(mean=0, std=0.1)
    /// uniform(mean=0, std=torch_linear) + bias uniform(mean=0, std=1/sqrt(3*fan_in))
    /// ```
    ///
    /// Behind it stands what else makes the layers, where that is not as it is by default:
    ///
    /// ```text
    /// normal(mean=0, std=1) in [784,512,10], residual W phi(x) (skip=1, branch_scale=0.5), norm rms at input (eps=0)
    /// ```
    #[must_use]
    pub fn init(&self) -> String {
        let Self { std_text, mean_text, bias_std_text, texts, network, .. } = self;
        let scaled = |law: Law, mean: &str, std: &str| {
            let law = law.to_string();
            // `student_t(5)` takes them beside its own argument.
            let opened = law.strip_suffix(')').map_or_else(|| format!("{law}("), |law| format!("{law}, "));
            format!("{opened}mean={mean}, std={std})")
        };
        let weights = scaled(network.law, mean_text, std_text);
        let weights = match (&*texts[Parameter::BiasMean], bias_std_text.as_str()) {
            ("0", "0") => weights,
            (mean, std) => format!("{weights} + bias {}", scaled(network.bias_law, mean, std)),
        };
        weights + &self.structure()
    }

    /// Widths, residual and norm, where they are not as they are by default.
    fn structure(&self) -> String {
        let Network { depth, residual, norm, norm_at, .. } = &self.network;
        let mut parts = Vec::new();
        if self.network.widths.len() == 1 {
            parts.push(format!(" in {} inputs", self.network.units(0)));
        } else if !self.network.is_square() {
            let widths: Vec<usize> = (0..=*depth).map(|layer| self.network.units(layer)).collect();
            parts.push(format!(" in {widths:?}").replace(", ", ","));
        }
        let written = |parameter: Parameter| &*self.texts[parameter];
        if self.network.data.is_some() {
            let choices =
                [Parameter::InputRows, Parameter::InputStandardise].map(|one| (one, self.written(one)));
            parts.push(format!(", inputs {}", self.written(Parameter::Input)));
            let is_said =
                |(one, text): &(Parameter, String)| one.names().is_some_and(|names| names[0] != text);
            parts.extend(choices.into_iter().filter(is_said).map(|(one, text)| format!(" ({one}={text})")));
        }
        if self.network.input_law != Law::Normal {
            parts.push(format!(", inputs {}", self.network.input_law));
        }
        if self.network.storage != Storage::None {
            let saturates = self.network.e4m3_overflow == E4m3Overflow::Saturate;
            parts.push(format!(
                ", stored in {}{}",
                self.network.storage,
                if saturates { ", saturating" } else { "" }
            ));
        }
        if self.network.gradient_storage != Storage::None {
            parts.push(format!(", gradients stored in {}", self.network.gradient_storage));
        }
        if self.network.loss_scale.to_bits() != 1.0_f64.to_bits() {
            parts.push(format!(", loss times {}", written(Parameter::LossScale)));
        }
        if self.network.tied {
            parts.push(", tied".to_owned());
        }
        if *residual != Residual::None {
            let [skip, scale] = [Parameter::Skip, Parameter::BranchScale].map(written);
            parts.push(format!(", residual {residual} (skip={skip}, branch_scale={scale})"));
        }
        if *norm != Norm::None {
            parts.push(format!(", norm {norm} at {norm_at} (eps={})", written(Parameter::NormEps)));
        }
        parts.concat()
    }

    /// Canonical text of what the standardised draws depend on when cells share them
    /// ([`Randomness::Common`](super::Randomness::Common)): operation, widths, batch, laws of weights and inputs,
    /// precision, and whether layers are tied.
    #[must_use]
    pub fn common_text(&self) -> String {
        let Network { operation, width, widths, batch, law, precision, tied, input_law, .. } = &self.network;
        let shape = if widths.is_empty() { String::new() } else { format!(";widths={widths:?}") };
        let tied = if *tied { ";tied=true" } else { "" };
        let input = match input_law {
            Law::Normal => String::new(),
            law => format!(";input_law={law}"),
        };
        format!(
            "operation={operation};width={width};batch={batch};law={law};precision={precision}{shape}{tied}{input}"
        )
    }

    /// What tells two rows of the output apart: the content, and everything as it is written. Cells of one
    /// content but other texts share their draws, and each has its own rows.
    #[must_use]
    pub fn row_key(&self) -> String {
        let written = format!("{:?}", (self.content(), &self.label, self.init()));
        match self.network.activation {
            // Its content does not say its name.
            Activation::Formula(formula) => sha256(format!("{written}{}", formula.name())),
            _ => sha256(written),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{self, Source};

    fn inits(grid: &str) -> Vec<String> {
        let text = format!("name = 'a'\ntrials = 3\n[[grid]]\nwidth = 4\n{grid}");
        let sweep = config::parse(&Source::new("a", text)).unwrap();
        sweep.cells().map(|cell| cell.unwrap().init()).collect()
    }

    #[test]
    fn an_initialisation_is_named_by_law_mean_and_std_as_they_are_written() {
        let laws = "law = ['truncated_normal', 'student_t(5)']\nstd = 'sqrt(2/fan_in)'";
        assert_eq!(
            inits(laws),
            ["truncated_normal(mean=0, std=sqrt(2/fan_in))", "student_t(5, mean=0, std=sqrt(2/fan_in))"]
        );
        assert_eq!(inits("std = 'he_uniform'"), ["uniform(mean=0, std=he_uniform)"]);
        assert_eq!(inits("std = '1/layer'\nmean = -0.5"), ["normal(mean=-0.5, std=1/layer)"]);
    }

    #[test]
    fn widths_residuals_and_norms_are_named_where_there_are_any() {
        let structures = "std = 1\nresidual = ['none', 'W phi(x)']\nskip = [1, 0.5]\nnorm = ['none', 'rms']\n\
                          norm_at = 'output'\nnorm_eps = '1/2^20'";
        assert_eq!(
            inits(structures),
            [
                "normal(mean=0, std=1)",
                "normal(mean=0, std=1), norm rms at post_activation (eps=1/2^20)",
                "normal(mean=0, std=1), residual W phi(x) (skip=1, branch_scale=1)",
                "normal(mean=0, std=1), residual W phi(x) (skip=1, branch_scale=1), norm rms at output (eps=1/2^20)",
                "normal(mean=0, std=1), residual W phi(x) (skip=0.5, branch_scale=1)",
                "normal(mean=0, std=1), residual W phi(x) (skip=0.5, branch_scale=1), norm rms at output (eps=1/2^20)",
            ]
        );
        assert_eq!(inits("std = 1\ninput_width = 9\ndepth = 2"), ["normal(mean=0, std=1) in 9 inputs"]);
    }

    #[test]
    fn biases_are_named_where_there_are_any_and_cells_that_differ_in_their_text_alone_differ_in_it() {
        let biases = "std = 1\nbias_std = [0, '1/2', 0.5]\nbias_mean = [0, 0.25, '1/4']";
        let inits = inits(biases);
        assert_eq!(inits[0], "normal(mean=0, std=1)");
        assert_eq!(inits[1], "normal(mean=0, std=1) + bias normal(mean=0.25, std=0)");
        assert_eq!(inits[3], "normal(mean=0, std=1) + bias normal(mean=0, std=1/2)");
        let different: std::collections::HashSet<&String> = inits.iter().collect();
        assert_eq!((inits.len(), different.len()), (9, 9));
        let laws = self::inits("std = 1\nbias_std = 0.5\nbias_law = ['uniform', 'student_t(5)']");
        assert_eq!(laws[0], "normal(mean=0, std=1) + bias uniform(mean=0, std=0.5)");
        assert_eq!(laws[1], "normal(mean=0, std=1) + bias student_t(5, mean=0, std=0.5)");
    }

    #[test]
    fn a_preset_that_draws_biases_is_named_whole_and_a_written_bias_takes_their_place() {
        let whole = " + bias uniform(mean=0, std=1/sqrt(3*fan_in))";
        let presets = inits("std = ['torch_linear', '5/3*torch_linear', 'he_normal']");
        assert_eq!(presets[0], format!("uniform(mean=0, std=torch_linear){whole}"));
        assert_eq!(presets[1], format!("uniform(mean=0, std=5/3*torch_linear){whole}"));
        assert_eq!(presets[2], "truncated_normal(mean=0, std=he_normal)");
        let written = "std = 'torch_linear'\n";
        assert_eq!(inits(&format!("{written}bias_std = 0")), ["uniform(mean=0, std=torch_linear)"]);
        assert_eq!(
            inits(&format!("{written}sigma_b = 1")),
            ["uniform(mean=0, std=torch_linear) + bias normal(mean=0, std=1)"]
        );
        assert_eq!(
            inits(&format!("{written}bias_mean = 1")),
            ["uniform(mean=0, std=torch_linear) + bias uniform(mean=1, std=1/sqrt(3*fan_in))"]
        );
    }
}
