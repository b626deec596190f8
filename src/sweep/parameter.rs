//! The parameters of a network that a config may vary.

use std::fmt;

/// One parameter of a network, and so one possible axis of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// What a layer does.
    Operation,
    /// Units per layer.
    Width,
    /// Layers.
    Depth,
    /// Std of one weight.
    Std,
    /// Mean of one weight.
    Mean,
    /// Activation function.
    Activation,
    /// Law of the weight noise.
    Law,
    /// Std of one bias.
    BiasStd,
    /// Columns of the input.
    Batch,
    /// Mean of one input entry.
    InputMean,
    /// Std of one input entry.
    InputStd,
    /// Correlation of two inputs.
    InputCorrelation,
    /// Element type.
    Precision,
}

impl Parameter {
    /// How many there are.
    pub const COUNT: usize = 13;

    /// All of them, in the order in which a grid crosses its axes: the first varies slowest.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Operation,
        Self::Width,
        Self::Depth,
        Self::Std,
        Self::Mean,
        Self::Activation,
        Self::Law,
        Self::BiasStd,
        Self::Batch,
        Self::InputMean,
        Self::InputStd,
        Self::InputCorrelation,
        Self::Precision,
    ];

    /// Its key in the config.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Width => "width",
            Self::Depth => "depth",
            Self::Std => "std",
            Self::Mean => "mean",
            Self::Activation => "activation",
            Self::Law => "law",
            Self::BiasStd => "bias_std",
            Self::Batch => "batch",
            Self::InputMean => "input_mean",
            Self::InputStd => "input_std",
            Self::InputCorrelation => "input_correlation",
            Self::Precision => "precision",
        }
    }

    /// The parameter of this key.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_all_is_the_order_of_the_variants() {
        for (index, parameter) in Parameter::ALL.into_iter().enumerate() {
            assert_eq!(parameter as usize, index);
            assert_eq!(Parameter::parse(parameter.name()), Some(parameter));
        }
    }
}
