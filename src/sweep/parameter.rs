//! The parameters of a network that a config may vary: one row each.
//!
//! A new number of the network is a field of [`Network`](crate::network::Network) with its default, and a row here: the reader of configs, the
//! schema, conditions, slopes, comparisons and the identity of a cell follow from the row.

use std::fmt;

use super::kind::{NetworkField, NumberRange, ParameterKind, ParameterRow};
use crate::network::{E4m3Overflow, InputRows, Norm, NormAt, Residual, Standardise, Storage};

/// Largest width and batch.
pub const LARGEST_WIDTH: usize = 1 << 24;
/// Largest depth.
pub const LARGEST_DEPTH: usize = 1_000_000;

/// The field of a network that has this name, of this kind.
macro_rules! field {
    ($kind:ident, $name:ident) => {
        NetworkField::$kind { get: |network| network.$name, set: |network, value| network.$name = value }
    };
}

/// The schedule of a network that has this name.
macro_rules! layers {
    ($name:ident) => {
        NetworkField::Layers { get: |network| &network.$name, set: |network, values| network.$name = values }
    };
}

/// The named variant that this field of a network has.
macro_rules! choice {
    ($type:ident, $name:ident) => {
        ParameterKind::Choice {
            names: || $type::ALL.map($type::name).to_vec(),
            get: |network| network.$name.name(),
            set: |network, name| network.$name = name.parse().unwrap_or(network.$name),
        }
    };
}

/// What stands for inputs that come from no file.
pub const RANDOM: &str = "random";

/// The names of a choice that configs write as true or false.
pub const FLAG: [&str; 2] = ["false", "true"];

/// One row per parameter, in the order in which a grid crosses its axes: the first varies slowest.
macro_rules! parameters {
    ($($(#[$doc:meta])* $variant:ident: $row:expr,)*) => {
        /// One parameter of a network, and so one possible axis of a grid.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Parameter {
            $($(#[$doc])* $variant,)*
        }

        impl Parameter {
            /// All of them, in the order in which a grid crosses its axes: the first varies slowest.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant,)*];

            /// How many there are.
            pub const COUNT: usize = [$(stringify!($variant),)*].len();
        }

        const ROWS: &[ParameterRow; Parameter::COUNT] = &[$($row,)*];
    };
}

parameters! {
    /// What a layer does.
    Operation: ParameterRow {
        key: "operation",
        about: "What a layer does: `matmul` (H = W X + b), or elementwise with fresh noise: `product` (H = X * Z + b), \
                `sum` (H = X + Z + b).",
        default: Some("'matmul'"),
        kind: ParameterKind::Word(|network| network.operation.to_string()),
    },
    /// Units per layer.
    Width: ParameterRow {
        key: "width",
        about: "Units per layer: a whole number, or an expression over `layer`, `depth` and `input_width`, which is \
                rounded.",
        default: None,
        kind: ParameterKind::Number(
            NumberRange::Count(LARGEST_WIDTH),
            NetworkField::Units { get: |network| network.width },
        ),
    },
    /// Layers.
    Depth: ParameterRow {
        key: "depth",
        about: "Number of layers.",
        default: Some("1"),
        kind: ParameterKind::Shape { largest: LARGEST_DEPTH, get: |network| network.depth },
    },
    /// Units of the input.
    InputWidth: ParameterRow {
        key: "input_width",
        about: "Units of the input: a whole number, or an expression over `width`, that of layer 1, and `depth`.",
        default: Some("'width'"),
        kind: ParameterKind::Number(
            NumberRange::Count(LARGEST_WIDTH),
            NetworkField::Units { get: |network| network.units(0) },
        ),
    },
    /// Std of one weight.
    Std: ParameterRow {
        key: "std",
        about: "Std of one weight: a number, an expression such as `sqrt(2/fan_in)`, or a preset such as `he_normal`, \
                which fixes the law too; `lsuv` scales the weights so that W X has std 1.",
        default: None,
        kind: ParameterKind::Number(NumberRange::Std, layers!(weight_std)),
    },
    /// Mean of one weight.
    Mean: ParameterRow {
        key: "mean",
        about: "Mean of one weight: a number or an expression.",
        default: Some("0"),
        kind: ParameterKind::Number(NumberRange::Any, layers!(weight_mean)),
    },
    /// Activation function.
    Activation: ParameterRow {
        key: "activation",
        about: "Activation function, applied to every pre-activation.",
        default: Some("'linear'"),
        kind: ParameterKind::Word(|network| network.activation.to_string()),
    },
    /// Law of the weight noise.
    Law: ParameterRow {
        key: "law",
        about: "Law of the weights, scaled to the given mean and std; `orthogonal`: a Haar orthogonal matrix, of mean 0.",
        default: Some("'normal'"),
        kind: ParameterKind::Word(|network| network.law.to_string()),
    },
    /// Std of one bias.
    BiasStd: ParameterRow {
        key: "bias_std",
        about: "Std of one bias: a number or an expression. The preset `torch_linear` sets it where it is left out.",
        default: Some("0"),
        kind: ParameterKind::Number(NumberRange::Std, layers!(bias_std)),
    },
    /// Mean of one bias.
    BiasMean: ParameterRow {
        key: "bias_mean",
        about: "Mean of one bias: a number or an expression.",
        default: Some("0"),
        kind: ParameterKind::Number(NumberRange::Any, layers!(bias_mean)),
    },
    /// Law of the bias noise.
    BiasLaw: ParameterRow {
        key: "bias_law",
        about: "Law of the biases, scaled to their mean and std.",
        default: Some("'normal'"),
        kind: ParameterKind::Word(|network| network.bias_law.to_string()),
    },
    /// Whether all layers have the same weights.
    Tied: ParameterRow {
        key: "tied",
        about: "Whether one matrix, and one vector of biases, serve all layers: the same noise, scaled to the std of each.",
        default: Some("false"),
        kind: ParameterKind::Choice {
            names: || FLAG.to_vec(),
            get: |network| FLAG[usize::from(network.tied)],
            set: |network, name| network.tied = name == "true",
        },
    },
    /// The branch that is added to what a layer gets.
    Residual: ParameterRow {
        key: "residual",
        about: "The branch of a residual layer, X' = skip X + branch_scale branch(X): `phi(W x)` or `W phi(x)`, one layer \
                each, or `W phi(W x)`, two layers.",
        default: Some("'none'"),
        kind: choice!(Residual, residual),
    },
    /// What X is multiplied by where a branch is added.
    Skip: ParameterRow {
        key: "skip",
        about: "What X is multiplied by where the branch of a residual is added: a number or an expression.",
        default: Some("1"),
        kind: ParameterKind::Number(NumberRange::Any, layers!(skip)),
    },
    /// What the branch is multiplied by.
    BranchScale: ParameterRow {
        key: "branch_scale",
        about: "What the branch of a residual is multiplied by, such as `1/sqrt(depth)`; `depth` counts layers of weights, \
                and of a branch of two layers the second one's number counts.",
        default: Some("1"),
        kind: ParameterKind::Number(NumberRange::Any, layers!(branch_scale)),
    },
    /// What normalises a layer.
    Norm: ParameterRow {
        key: "norm",
        about: "Brings entries to mean 0 and second moment 1: those of each unit over the batch (`batch`), those of each \
                input over the units (`layer`); `rms`: those of each input to second moment 1 alone.",
        default: Some("'none'"),
        kind: choice!(Norm, norm),
    },
    /// Where it stands.
    NormAt: ParameterRow {
        key: "norm_at",
        about: "Where a norm stands: `pre_activation`, phi(N(W X)); `input` of each layer or branch; `post_activation`, \
                N(phi(W X)); `output`, of the sum of a residual.",
        default: Some("'pre_activation'"),
        kind: choice!(NormAt, norm_at),
    },
    /// What is added to the variance.
    NormEps: ParameterRow {
        key: "norm_eps",
        about: "What a norm adds to the variance before it takes the root; with 0, what is constant becomes 0.",
        default: Some("1e-5"),
        kind: ParameterKind::Number(NumberRange::Std, field!(Once, norm_eps)),
    },
    /// Columns of the input.
    Batch: ParameterRow {
        key: "batch",
        about: "Inputs pushed through each network: a whole number or an expression over the width.",
        default: Some("64"),
        kind: ParameterKind::Number(NumberRange::Count(LARGEST_WIDTH), field!(Count, batch)),
    },
    /// Where the inputs come from.
    Input: ParameterRow {
        key: "input",
        about: "`random` inputs, or a `.npy` file, relative to the folder of the config: each trial takes `batch` different \
                samples of it.",
        default: Some("'random'"),
        kind: ParameterKind::Word(|network| {
            network.data.as_ref().map_or_else(|| RANDOM.to_owned(), |data| data.table.file().path.clone())
        }),
    },
    /// What the rows of a file of inputs are.
    InputRows: ParameterRow {
        key: "input_rows",
        about: "What the rows of a file of inputs are: `samples`, as most data sets have it, or `features`.",
        default: Some("'samples'"),
        kind: choice!(InputRows, input_rows),
    },
    /// How a file of inputs is scaled.
    InputStandardise: ParameterRow {
        key: "input_standardise",
        about: "Scales a file of inputs: `whole`, all entries less their mean, over their std; `features`, each feature less its \
                own mean, over its own std, a constant one becoming 0. All samples count, not those of a trial alone.",
        default: Some("'none'"),
        kind: choice!(Standardise, input_standardise),
    },
    /// Mean of one input entry.
    InputMean: ParameterRow {
        key: "input_mean",
        about: "Mean of one input entry.",
        default: Some("0"),
        kind: ParameterKind::Number(NumberRange::Any, field!(Once, input_mean)),
    },
    /// Std of one input entry.
    InputStd: ParameterRow {
        key: "input_std",
        about: "Std of one input entry.",
        default: Some("1"),
        kind: ParameterKind::Number(NumberRange::Std, field!(Once, input_std)),
    },
    /// Law of the input noise.
    InputLaw: ParameterRow {
        key: "input_law",
        about: "Law of the input entries, scaled to their mean and std; correlated inputs are normal.",
        default: Some("'normal'"),
        kind: ParameterKind::Word(|network| network.input_law.to_string()),
    },
    /// Correlation of two inputs.
    InputCorrelation: ParameterRow {
        key: "input_correlation",
        about: "Correlation of every two inputs of a batch, from -1/(batch-1) to 1: a number or an expression.",
        default: Some("0"),
        kind: ParameterKind::Number(NumberRange::Correlation, field!(Once, input_correlation)),
    },
    /// Element type.
    Precision: ParameterRow {
        key: "precision",
        about: "Element type: `f64` or `f32`.",
        default: Some("'f64'"),
        kind: ParameterKind::Word(|network| network.precision.to_string()),
    },
    /// Number format of what is stored.
    Storage: ParameterRow {
        key: "storage",
        about: "Rounds inputs, weights, biases, and what every step of a layer gives, to the nearest number of `f16`, `bf16`, \
                `e4m3` or `e5m2`, ties to even; sums are in f32, and so is the precision.",
        default: Some("'none'"),
        kind: choice!(Storage, storage),
    },
    /// Number format of the gradients that are stored.
    GradientStorage: ParameterRow {
        key: "gradient_storage",
        about: "Rounds the cotangent, and what every step of a backward pass gives, like `storage`.",
        default: Some("'none'"),
        kind: choice!(Storage, gradient_storage),
    },
    /// What the cotangent is multiplied by.
    LossScale: ParameterRow {
        key: "loss_scale",
        about: "What the cotangent is multiplied by, a power of two such as `2^15`; what is measured of gradients is divided by \
                it again, but for what rounding to `gradient_storage` made of them.",
        default: Some("1"),
        kind: ParameterKind::Number(NumberRange::PowerOfTwo, field!(Once, loss_scale)),
    },
    /// What e4m3 makes of what is too large.
    E4m3Overflow: ParameterRow {
        key: "e4m3_overflow",
        about: "What `e4m3`, which has no infinity, makes of numbers beyond 448: `nan`, or `saturate`, 448.",
        default: Some("'nan'"),
        kind: choice!(E4m3Overflow, e4m3_overflow),
    },
}

impl Parameter {
    /// All that is known of it.
    #[must_use]
    pub const fn row(self) -> &'static ParameterRow {
        &ROWS[self as usize]
    }

    /// Its key in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().key
    }

    /// The parameter of this key.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether its values are names.
    #[must_use]
    pub const fn is_word(self) -> bool {
        matches!(self.row().kind, ParameterKind::Word(_) | ParameterKind::Choice { .. })
    }

    /// The names that it may have, if they are a list.
    #[must_use]
    pub fn names(self) -> Option<Vec<&'static str>> {
        match self.row().kind {
            ParameterKind::Choice { names, .. } => Some(names()),
            _ => None,
        }
    }

    /// Whether it is true or false.
    #[must_use]
    pub fn is_flag(self) -> bool {
        self.names().is_some_and(|names| names == FLAG)
    }

    /// The numbers that it may be, if it is a number or an expression.
    #[must_use]
    pub const fn range(self) -> Option<NumberRange> {
        match self.row().kind {
            ParameterKind::Number(range, _) => Some(range),
            _ => None,
        }
    }

    /// Where it stands in a network, if it is a number or an expression.
    #[must_use]
    pub const fn field(self) -> Option<NetworkField> {
        match self.row().kind {
            ParameterKind::Number(_, field) => Some(field),
            _ => None,
        }
    }

    /// Those that are numbers or expressions: counts first, for others depend on them.
    pub fn numbers() -> impl Iterator<Item = Self> {
        let is_count = |one: &Self| matches!(one.field(), Some(NetworkField::Count { .. }));
        let rest = Self::ALL.into_iter().filter(move |one| one.field().is_some() && !is_count(one));
        Self::ALL.into_iter().filter(is_count).chain(rest)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
