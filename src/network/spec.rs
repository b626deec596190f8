//! Description of one random network, in resolved numbers.

use std::sync::Arc;

use crate::kernels::Activation;
use crate::named::named;
use crate::random::{Affine, Law};

named! {
    /// What a layer does to its input X.
    pub enum Operation as "operation" {
        /// `H = W X + b`
        Matmul = "matmul",
        /// `H = X * Z + b`, elementwise with fresh noise Z of the same shape
        Product = "product",
        /// `H = X + Z + b`, elementwise
        Sum = "sum",
    }
}

named! {
    /// Element type of weights and activations.
    pub enum Precision as "precision" {
        /// IEEE binary64
        F64 = "f64",
        /// IEEE binary32
        F32 = "f32",
    }
}

/// One number per layer; entry `l - 1` belongs to layer `l`.
pub type Schedule = Arc<[f64]>;

/// One random network of `depth` layers of equal width.
///
/// `X_0` is `width x batch`, entries `input_mean + input_std * N(0, 1)`, independent in different rows, of
/// correlation `input_correlation` within a row; layer `l` draws entries
/// `weight_mean[l-1] + weight_std[l-1] * xi` with xi of the standardised `law`, biases
/// `bias_mean[l-1] + bias_std[l-1] * xi` with xi of the standardised `bias_law`, and gives `X_l = activation(H_l)`.
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
    /// Mean of one bias, per layer; 0 in layers beyond its end.
    pub bias_mean: Schedule,
    /// Law of the standardised bias noise.
    pub bias_law: Law,
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
            bias_mean: Arc::from([]),
            bias_law: Law::Normal,
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
    /// Mean and std of one bias of a layer; `None` if all of them are 0.
    #[must_use]
    pub fn bias(&self, layer: usize) -> Option<Affine> {
        let shift = self.bias_mean.get(layer - 1).copied().unwrap_or(0.0);
        let scale = self.bias_std[layer - 1];
        (shift != 0.0 || scale != 0.0).then_some(Affine { shift, scale })
    }

    /// What keeps the layers from being homogeneous: with none, `2^k X_{l-1}` gives `2^k X_l` to the bit, wherever
    /// all numbers are in the range of normal ones.
    #[must_use]
    pub fn inhomogeneity(&self) -> Option<String> {
        let first = |schedule: &Schedule| schedule.iter().copied().find(|&value| value != 0.0);
        if self.operation == Operation::Sum {
            Some(format!("operation = {} adds noise of a size of its own", self.operation))
        } else if !matches!(
            self.activation,
            Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. }
        ) {
            Some(format!("activation = {} is not homogeneous", self.activation))
        } else {
            let named = [("bias_std", first(&self.bias_std)), ("bias_mean", first(&self.bias_mean))];
            let given = named.into_iter().find_map(|(name, value)| Some((name, value?)));
            given.map(|(name, value)| format!("{name} = {value} adds biases of a size of their own"))
        }
    }
}
