//! Description of one random network, in resolved numbers.

use std::fmt;
use std::sync::Arc;

use crate::kernels::Activation;
use crate::random::Law;

/// What a layer does to its input X.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `H = W X + b`
    Matmul,
    /// `H = X * Z + b`, elementwise with fresh noise Z of the same shape
    Product,
    /// `H = X + Z + b`, elementwise
    Sum,
}

impl Operation {
    /// Every operation, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::Matmul, Self::Product, Self::Sum];

    /// Its name in configs and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Matmul => "matmul",
            Self::Product => "product",
            Self::Sum => "sum",
        }
    }

    /// The operation of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Element type of weights and activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// IEEE binary64
    F64,
    /// IEEE binary32
    F32,
}

impl Precision {
    /// Every precision, in the order of the variants.
    pub const ALL: [Self; 2] = [Self::F64, Self::F32];

    /// Its name in configs and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
        }
    }

    /// The precision of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One number per layer; entry `l - 1` belongs to layer `l`.
pub type Schedule = Arc<[f64]>;

/// One random network of `depth` layers of equal width.
///
/// `X_0` is `width x batch`, entries `input_mean + input_std * N(0, 1)`, independent in different rows, of
/// correlation `input_correlation` within a row; layer `l` draws entries
/// `weight_mean[l-1] + weight_std[l-1] * xi` with xi of the standardised `law`, biases
/// `bias_std[l-1] * N(0, 1)`, and gives `X_l = activation(H_l)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What a layer does.
    pub operation: Operation,
    /// Units per layer, n.
    pub width: usize,
    /// Layers, L; at least 1.
    pub depth: usize,
    /// Columns of `X_0`, B.
    pub batch: usize,
    /// Std s of one weight, per layer.
    pub weight_std: Schedule,
    /// Mean m of one weight, per layer.
    pub weight_mean: Schedule,
    /// Std of one bias, per layer.
    pub bias_std: Schedule,
    /// Law of the standardised weight noise.
    pub law: Law,
    /// The activation phi.
    pub activation: Activation,
    /// Mean of one entry of `X_0`.
    pub input_mean: f64,
    /// Std of one entry of `X_0`.
    pub input_std: f64,
    /// Correlation of two columns of `X_0`, from `-1/(B-1)` to 1; see [`crate::kernels::equicorrelate`].
    pub input_correlation: f64,
    /// Element type.
    pub precision: Precision,
}

/// One layer of one linear unit with weights and inputs N(0, 1): what a literal leaves out is as in a config.
impl Default for Network {
    fn default() -> Self {
        Self {
            operation: Operation::Matmul,
            width: 1,
            depth: 1,
            batch: 64,
            weight_std: Arc::from([1.0]),
            weight_mean: Arc::from([0.0]),
            bias_std: Arc::from([0.0]),
            law: Law::Normal,
            activation: Activation::Linear,
            input_mean: 0.0,
            input_std: 1.0,
            input_correlation: 0.0,
            precision: Precision::F64,
        }
    }
}

impl Network {
    /// What keeps the layers from being homogeneous: with none, `2^k X_{l-1}` gives `2^k X_l` to the bit, wherever
    /// all numbers are in the range of normal ones.
    #[must_use]
    pub fn inhomogeneity(&self) -> Option<String> {
        let bias = self.bias_std.iter().find(|&&std| std != 0.0);
        if self.operation == Operation::Sum {
            Some(format!("operation = {} adds noise of a size of its own", self.operation))
        } else if !matches!(
            self.activation,
            Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. }
        ) {
            Some(format!("activation = {} is not homogeneous", self.activation))
        } else {
            bias.map(|std| format!("bias_std = {std} adds biases of a size of their own"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        assert!(Operation::ALL.iter().all(|&one| Operation::parse(one.name()) == Some(one)));
        assert!(Precision::ALL.iter().all(|&one| Precision::parse(one.name()) == Some(one)));
    }
}
