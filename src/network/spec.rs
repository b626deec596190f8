//! Description of one random network, in resolved numbers.

use std::sync::Arc;

use super::site::Site;
use super::table::{Data, InputRows, Standardise};
use crate::kernels::{Activation, FloatFormat};
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
    #[derive(Default)]
    pub enum Precision as "precision" {
        /// IEEE binary64
        #[default]
        F64 = "f64",
        /// IEEE binary32
        F32 = "f32",
    }
}

named! {
    /// What weights, and what every step of a layer gives, are rounded to.
    pub enum Storage as "storage" {
        /// Nothing but the element type
        None = "none",
        /// IEEE binary16
        F16 = "f16",
        /// bfloat16
        Bf16 = "bf16",
        /// Eight bits, four of them exponent
        E4m3 = "e4m3",
        /// Eight bits, five of them exponent
        E5m2 = "e5m2",
    }
}

named! {
    /// What is beyond the largest number of e4m3, which has no infinity.
    pub enum E4m3Overflow as "overflow of e4m3" {
        /// It becomes NaN
        Nan = "nan",
        /// It becomes the largest number, 448
        Saturate = "saturate",
    }
}

impl Storage {
    fn format(self, overflow: E4m3Overflow) -> Option<FloatFormat> {
        Some(match (self, overflow) {
            (Self::None, _) => return None,
            (Self::F16, _) => FloatFormat::F16,
            (Self::Bf16, _) => FloatFormat::BF16,
            (Self::E5m2, _) => FloatFormat::E5M2,
            (Self::E4m3, E4m3Overflow::Nan) => FloatFormat::E4M3,
            (Self::E4m3, E4m3Overflow::Saturate) => FloatFormat::E4M3.saturating(),
        })
    }
}

impl Precision {
    /// Relative spread that rounding alone gives a number which is the same in every trial: at most this, generously.
    #[must_use]
    pub fn rounding(self) -> f64 {
        match self {
            Self::F64 => 1e-12,
            Self::F32 => 1e-4,
        }
    }
}

named! {
    /// Where the branch of a residual network stands: `X' = skip X + branch_scale branch(X)`.
    pub enum Residual as "residual" {
        /// There is none: every layer is `X' = phi(W X)`
        None = "none",
        /// The branch is `phi(W X)`, a layer as it is without it
        Outside = "phi(W x)",
        /// The branch is `W phi(X)`, activation first
        Inside = "W phi(x)",
        /// The branch is `W' phi(W X)`, two layers, an odd one and the even one after it
        Between = "W phi(W x)",
    }
}

named! {
    /// What brings the entries of a layer to mean 0 and second moment 1: see [`crate::kernels::norm`].
    pub enum Norm as "norm" {
        /// Nothing does
        None = "none",
        /// Each unit over the inputs of the batch
        Batch = "batch",
        /// Each input over the units of the layer
        Layer = "layer",
        /// Each input over the units, by its second moment alone
        Rms = "rms",
    }
}

named! {
    /// Where the norm of a network stands.
    pub enum NormAt as "place of a norm" {
        /// Before the activation, `phi(N(W X))`: the site `pre` is normalised
        PreActivation = "pre_activation",
        /// Before the layer, or before the branch of a residual
        Input = "input",
        /// After the activation, `N(phi(W X))`: the site `post` is normalised
        PostActivation = "post_activation",
        /// After the sum of a residual: the site `stream` is normalised
        Output = "output",
    }
}

/// One number per layer; entry `l - 1` belongs to layer `l`.
pub type Schedule = Arc<[f64]>;

/// One random network of `depth` layers.
///
/// `X_0` is `units(0) x batch`, entries `input_mean + input_std * xi` with xi of the standardised `input_law`, independent
/// in different rows, of correlation `input_correlation` within a row; layer `l` draws entries
/// `weight_mean[l-1] + weight_std[l-1] * xi` with xi of the standardised `law`, biases
/// `bias_mean[l-1] + bias_std[l-1] * xi` with xi of the standardised `bias_law`, and gives `X_l = activation(H_l)`, unless
/// a residual or a norm makes more of it: [`Network::steps`] has its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What a layer does.
    pub operation: Operation,
    /// Units of every layer, n, where `widths` does not say otherwise; always those of layer 1.
    pub width: usize,
    /// Units of the input and of the first layers: entry `l` belongs to layer `l`; layers beyond its end have `width`.
    pub widths: Arc<[usize]>,
    /// Layers, L; at least 1.
    pub depth: usize,
    /// Columns of `X_0`, B.
    pub batch: usize,
    /// Std s of one weight, per layer.
    pub weight_std: Schedule,
    /// Mean m of one weight, per layer; of orthogonal weights 0, whatever stands here.
    pub weight_mean: Schedule,
    /// Std of one bias, per layer.
    pub bias_std: Schedule,
    /// Mean of one bias, per layer; 0 in layers beyond its end.
    pub bias_mean: Schedule,
    /// Law of the standardised bias noise.
    pub bias_law: Law,
    /// Law of the standardised weight noise; [`Law::Orthogonal`] for matrix products alone.
    pub law: Law,
    /// Whether the weights of a layer are scaled, when they are drawn, so that `W X` has the population std `weight_std[l-1]` over
    /// all units and columns (Mishkin and Matas 2016); of matrix products with weights of mean 0 and no biases. Where `W X` is
    /// constant or not finite, it stays as it is with weights of that std.
    pub fitted: bool,
    /// Whether one matrix and one vector of biases serve all layers, which then have one width: the standardised draws are
    /// those of layer 1, scaled to the mean and std of each layer.
    pub tied: bool,
    /// The activation phi.
    pub activation: Activation,
    /// The branch that is added to what a layer gets, if any; then all layers have one width, and of
    /// [`Residual::Between`] there is an even number.
    pub residual: Residual,
    /// What X is multiplied by before the branch is added, per layer; 1 in layers beyond its end. Of a branch of two
    /// layers the second one's counts.
    pub skip: Schedule,
    /// What the branch is multiplied by, likewise.
    pub branch_scale: Schedule,
    /// What normalises, if anything.
    pub norm: Norm,
    /// Where.
    pub norm_at: NormAt,
    /// What is added to the variance, or to the second moment, before its root is taken.
    pub norm_eps: f64,
    /// The samples of a file that the columns of `X_0` are taken from, if they are: `batch` different ones in each trial, of
    /// as many features as `units(0)`. The four numbers and laws below are then as they are by default.
    pub data: Option<Data>,
    /// What the rows of that file are.
    pub input_rows: InputRows,
    /// How its entries are scaled.
    pub input_standardise: Standardise,
    /// Mean of one entry of `X_0`.
    pub input_mean: f64,
    /// Std of one entry of `X_0`.
    pub input_std: f64,
    /// Law of the standardised entries of `X_0`; normal where they are correlated.
    pub input_law: Law,
    /// Correlation of two columns of `X_0`, from `-1/(B-1)` to 1; see [`crate::kernels::equicorrelate`].
    pub input_correlation: f64,
    /// Element type.
    pub precision: Precision,
    /// What inputs, weights, biases and the results of all steps are rounded to; of f32 networks alone, which sum in f32.
    pub storage: Storage,
    /// What the cotangent and the results of all steps of a backward pass are rounded to, likewise.
    pub gradient_storage: Storage,
    /// What the cotangent is multiplied by, a power of two. What is measured of gradients is divided by it.
    pub loss_scale: f64,
    /// What e4m3 makes of what is too large for it.
    pub e4m3_overflow: E4m3Overflow,
}

/// One layer of one linear unit with weights and inputs N(0, 1): what a literal leaves out is as in a config.
impl Default for Network {
    fn default() -> Self {
        Self {
            operation: Operation::Matmul,
            width: 1,
            widths: Arc::from([]),
            depth: 1,
            batch: 64,
            weight_std: Arc::from([1.0]),
            weight_mean: Arc::from([0.0]),
            bias_std: Arc::from([0.0]),
            bias_mean: Arc::from([]),
            bias_law: Law::Normal,
            law: Law::Normal,
            fitted: false,
            tied: false,
            activation: Activation::Linear,
            residual: Residual::None,
            skip: Arc::from([]),
            branch_scale: Arc::from([]),
            norm: Norm::None,
            norm_at: NormAt::PreActivation,
            norm_eps: 1e-5,
            data: None,
            input_rows: InputRows::Samples,
            input_standardise: Standardise::None,
            input_mean: 0.0,
            input_std: 1.0,
            input_law: Law::Normal,
            input_correlation: 0.0,
            precision: Precision::F64,
            storage: Storage::None,
            gradient_storage: Storage::None,
            loss_scale: 1.0,
            e4m3_overflow: E4m3Overflow::Nan,
        }
    }
}

impl Network {
    /// Units of a layer; 0 is the input.
    #[must_use]
    pub fn units(&self, layer: usize) -> usize {
        self.widths.get(layer).copied().unwrap_or(self.width)
    }

    /// Units of the widest layer, the input included.
    #[must_use]
    pub fn widest(&self) -> usize {
        let named = self.widths.iter().take(self.depth + 1).copied();
        let rest = (self.depth >= self.widths.len()).then_some(self.width);
        named.chain(rest).max().unwrap_or(self.width)
    }

    /// Whether all layers, and the input, have as many units.
    #[must_use]
    pub fn is_square(&self) -> bool {
        self.widths.iter().take(self.depth + 1).all(|&units| units == self.width)
    }

    /// The layer whose draws this one has.
    #[must_use]
    pub fn drawn(&self, layer: usize) -> usize {
        if self.tied { layer.min(1) } else { layer }
    }

    /// Mean and std of one bias of a layer; `None` if all of them are 0.
    #[must_use]
    pub fn bias(&self, layer: usize) -> Option<Affine> {
        let shift = self.bias_mean.get(layer - 1).copied().unwrap_or(0.0);
        let scale = self.bias_std[layer - 1];
        (shift != 0.0 || scale != 0.0).then_some(Affine { shift, scale })
    }

    /// The number format of what is stored, if it is not the element type.
    #[must_use]
    pub fn format(&self) -> Option<FloatFormat> {
        self.storage.format(self.e4m3_overflow)
    }

    /// The number format of the gradients that are stored, if it is not the element type.
    #[must_use]
    pub fn gradient_format(&self) -> Option<FloatFormat> {
        self.gradient_storage.format(self.e4m3_overflow)
    }

    /// The number format of what a site shows, if it is not the element type.
    #[must_use]
    pub fn format_at(&self, site: Site) -> Option<FloatFormat> {
        if site.is_gradient() { self.gradient_format() } else { self.format() }
    }

    /// What the numbers in memory are multiples of at a site: gradients are scaled with the loss.
    #[must_use]
    pub fn unit(&self, site: Site) -> f64 {
        if site.is_gradient() { 1.0 / self.loss_scale } else { 1.0 }
    }

    /// Puts defaults where a number or a place is of no effect, so that equal networks are equal: without a residual
    /// there is nothing to add, and what a layer hands on is what its activation gives; without a norm it stands nowhere.
    pub fn drop_unused(&mut self) {
        let Self { norm_at, norm_eps, e4m3_overflow, input_rows, input_standardise, .. } = Self::default();
        if self.data.is_none() {
            (self.input_rows, self.input_standardise) = (input_rows, input_standardise);
        }
        if ![self.storage, self.gradient_storage].contains(&Storage::E4m3) {
            self.e4m3_overflow = e4m3_overflow;
        }
        if self.norm == Norm::None {
            (self.norm_at, self.norm_eps) = (norm_at, norm_eps);
        }
        if self.residual == Residual::None {
            (self.skip, self.branch_scale) = (Arc::from([]), Arc::from([]));
            if self.norm_at == NormAt::Output {
                self.norm_at = NormAt::PostActivation;
            }
        }
    }

    /// What X and the branch are multiplied by where a layer adds them up.
    #[must_use]
    pub fn sum(&self, layer: usize) -> [f64; 2] {
        [&self.skip, &self.branch_scale].map(|schedule| schedule.get(layer - 1).copied().unwrap_or(1.0))
    }

    /// What keeps the layers from being homogeneous: with none, `2^k X_{l-1}` gives `2^k X_l` to the bit, wherever
    /// all numbers are in the range of normal ones.
    #[must_use]
    pub fn inhomogeneity(&self) -> Option<String> {
        let first = |schedule: &Schedule| schedule.iter().copied().find(|&value| value != 0.0);
        if self.fitted {
            Some("std = lsuv gives layers a size of their own".to_owned())
        } else if self.operation == Operation::Sum {
            Some(format!("operation = {} adds noise of a size of its own", self.operation))
        } else if !matches!(
            self.activation,
            Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. }
        ) {
            Some(format!("activation = {} is not homogeneous", self.activation))
        } else if self.storage != Storage::None {
            Some(format!("storage = {} rounds by a size of its own", self.storage))
        } else if self.norm != Norm::None {
            Some(format!("norm = {} gives layers a size of their own", self.norm))
        } else {
            let named = [("bias_std", first(&self.bias_std)), ("bias_mean", first(&self.bias_mean))];
            let given = named.into_iter().find_map(|(name, value)| Some((name, value?)));
            given.map(|(name, value)| format!("{name} = {value} adds biases of a size of their own"))
        }
    }
}
