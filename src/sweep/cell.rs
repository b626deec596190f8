//! One cell of a sweep, and what names it.

use super::parameter::{ByParameter, Parameter};
use crate::hash::sha256;
use crate::network::{Metric, Network};
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
    /// Weight std times the root of the fan-in, in layer 1.
    pub sigma_w: f64,
    /// The other numbers as written in the config; empty where a parameter is none, or one of the three above.
    pub texts: ByParameter<Box<str>>,
    /// Canonical text of everything a draw may depend on: all parameters but the depth. Cells with equal law
    /// text are the same random network cut at different depths. Where an expression names `depth`, the depth
    /// is part of it.
    ///
    /// An expression that names neither `layer` nor `depth` stands there as its value, so `1/sqrt(fan_in)` at
    /// width 100 and `0.1` are the same cell.
    pub law_text: String,
}

impl Cell {
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
        match (&*texts[Parameter::BiasMean], bias_std_text.as_str()) {
            ("0", "0") => weights,
            (mean, std) => format!("{weights} + bias {}", scaled(network.bias_law, mean, std)),
        }
    }

    /// Canonical text of what the standardised draws depend on when cells share them
    /// ([`Randomness::Common`](super::Randomness::Common)): operation, width, batch, law and precision.
    #[must_use]
    pub fn common_text(&self) -> String {
        let Network { operation, width, batch, law, precision, .. } = &self.network;
        format!("operation={operation};width={width};batch={batch};law={law};precision={precision}")
    }

    /// What tells two rows of the output apart: the content, and everything as it is written. Cells of one
    /// content but other texts share their draws, and each has its own rows.
    #[must_use]
    pub fn row_key(&self) -> String {
        sha256(format!("{:?}", (self.content(), &self.label, self.init())))
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
