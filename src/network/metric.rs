//! What is measured: one row for every metric.

use crate::named::named;

/// What else there is to know of a metric; see the methods of [`Metric`].
struct Traits {
    is_default: bool,
    is_indicator: bool,
    has_history: bool,
    walks: usize,
}

const DEFAULT: Traits = Traits { is_default: true, is_indicator: false, has_history: false, walks: 0 };
const ON_REQUEST: Traits = Traits { is_default: false, ..DEFAULT };
const HISTORY: Traits = Traits { has_history: true, ..ON_REQUEST };

const fn walks(walks: usize) -> Traits {
    Traits { walks, ..ON_REQUEST }
}

impl Traits {
    const fn indicator(self) -> Self {
        Self { is_indicator: true, ..self }
    }
}

/// Each row: what it is in the documentation; `Variant = name, traits, what it is in the words of datapackage.json`.
macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $traits:expr, $meaning:literal;)+) => {
        named! {
            /// A statistic of all `batch * width` entries at one site of one layer in one trial.
            pub enum Metric as "metric" {
                $($(#[$doc])* $variant = $name,)+
            }
        }

        impl Metric {
            /// What it is, in the words of `datapackage.json`.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                }
            }

            const fn traits(self) -> Traits {
                match self {
                    $(Self::$variant => $traits,)+
                }
            }
        }
    };
}

metrics! {
    /// Mean M
    Mean = "mean", DEFAULT, "mean M of all entries";
    /// Population std S (divisor N, what numpy prints)
    Std = "std", DEFAULT, "population std S (divisor N)";
    /// `sqrt(Q)`
    Rms = "rms", DEFAULT, "sqrt(Q)";
    /// Second moment `Q = M^2 + S^2`
    SecondMoment = "second_moment", DEFAULT, "second moment Q = M^2 + S^2";
    /// Population variance `S^2`
    Variance = "variance", DEFAULT, "population variance S^2";
    /// Smallest entry
    Min = "min", DEFAULT, "smallest entry";
    /// Largest entry
    Max = "max", DEFAULT, "largest entry";
    /// Largest magnitude
    AbsMax = "abs_max", DEFAULT, "largest magnitude";
    /// `m4 / m2^2`, 3 for a Gaussian
    Kurtosis = "kurtosis", DEFAULT, "m4 / m2^2, 3 for a Gaussian";
    /// Fraction of entries that are exactly 0
    FractionZero = "fraction_zero", DEFAULT, "fraction of entries that are exactly 0";
    /// Fraction of entries that are infinite or NaN
    FractionNonfinite = "fraction_nonfinite", DEFAULT, "fraction of entries that are infinite or NaN";
    /// 1 if every entry is exactly 0, else 0: the fraction of trials is estimated
    Dead = "dead", DEFAULT.indicator(),
        "whether every entry is exactly 0: the estimate is a fraction of trials";
    /// 1 if any entry is infinite or NaN, else 0: the fraction of trials is estimated
    Overflowed = "overflowed", DEFAULT.indicator(),
        "whether any entry in memory (with measure.rescale, after it) is infinite or NaN: the estimate is a \
         fraction of trials";
    /// `log2` of the rms, finite far beyond the range of f64 where entries are rescaled
    Log2Rms = "log2_rms", ON_REQUEST,
        "log2 of rms; finite far beyond the range of f64 with measure.rescale";
    /// `log2` of the std
    Log2Std = "log2_std", ON_REQUEST, "log2 of std, likewise";
    /// `log2` of the largest magnitude
    Log2AbsMax = "log2_abs_max", ON_REQUEST, "log2 of abs_max, likewise";
    /// Mean magnitude `|x|`
    MeanAbs = "mean_abs", walks(1), "mean of the magnitudes of all entries";
    /// Fraction of entries that are below 0
    FractionNegative = "fraction_negative", walks(1), "fraction of entries that are below 0";
    /// Mean cosine of the angle between two inputs, over all pairs
    Correlation = "correlation", walks(4),
        "mean over all pairs of inputs of the cosine of their angle; undefined for one input, and where one is 0";
    /// `1 - correlation`, without cancellation where all inputs have become alike: exact to the rounding of their
    /// directions, about `1e-16 sqrt(1 - correlation)`
    Decorrelation = "decorrelation", walks(4),
        "1 - correlation, without cancellation where all inputs have become alike";
    /// Mean Pearson correlation of two inputs, each about its own mean over the units
    CentredCorrelation = "centred_correlation", walks(5),
        "mean over all pairs of inputs of Pearson's correlation over the units; undefined for one input, and \
         where one is constant";
    /// Mean over the units of their population variance over the inputs (divisor B)
    UnitVariance = "unit_variance", walks(2),
        "mean over units of the population variance over inputs (divisor B)";
    /// Fraction of units that are exactly 0 for every input
    FractionDead = "fraction_dead", walks(1), "fraction of units that are exactly 0 for every input";
    /// Fraction of pre-activations of the layer in a tail where the activation is flat:
    /// [`crate::kernels::saturation`]; the same at `pre` and `post`
    FractionSaturated = "fraction_saturated", walks(1),
        "fraction of pre-activations of the layer in a tail in which the slope of the activation is below a \
         hundredth of its steepest; the same at pre and post";
    /// Fraction of entries in memory that are not 0, and below the smallest normal number of the format that the network is
    /// stored in, or of its precision, `2^-1022` in f64 and `2^-126` in f32
    FractionSubnormal = "fraction_subnormal", walks(1),
        "fraction of entries in memory (with measure.rescale, after it) that are not 0 and smaller than any normal \
         number of the storage, or of the precision: 2^-1022 in f64, 2^-126 in f32";
    /// Fraction of entries that were not 0 before the step that made them rounded them to the format of storage, and are now;
    /// 0 without a storage
    FractionFlushed = "fraction_flushed", ON_REQUEST,
        "fraction of entries that rounding to the storage, of gradients to theirs, made 0; 0 without one";
    /// Fraction of entries that the same rounding found beyond the largest number of the format: they are infinite, NaN, or
    /// that number
    FractionClipped = "fraction_clipped", ON_REQUEST,
        "fraction of finite entries that rounding to the storage made infinite, NaN or its largest number; 0 without one";
    /// First layer up to this one in which the same rounding made an entry 0 here; `+inf` if it made none. A backward pass comes from
    /// the last layer.
    FlushLayer = "flush_layer", HISTORY,
        "first layer up to this one in which rounding to the storage made an entry of this site 0; infinite if it made none";
    /// First layer up to this one in which it found an entry beyond the largest number of the format; `+inf` if it found none
    ClipLayer = "clip_layer", HISTORY,
        "first layer up to this one in which rounding to the storage found an entry of this site beyond its largest number; \
         infinite if it found none";
    /// `|x - y|^2 / |y|^2`, x the entries and y those of the same network, of the same draws, without a storage: it runs beside this one.
    /// NaN where y is 0 or not finite, infinite where x alone is not finite, 0 without a storage, undefined for gradients
    RoundingNoise = "rounding_noise", walks(2),
        "sum of the squared differences from the same network without storage, same draws, over the sum of its squares; 0 without \
         a storage, undefined for gradients";
    /// First layer up to this one in which the largest magnitude here rounds to infinity in f16; `+inf` if none does.
    ///
    /// The format is not emulated: layers are computed in the precision of the network, where a sum may overflow on the
    /// way to an entry that fits. In f64, and with rescaling, it is the entries alone that decide.
    OverflowLayerF16 = "overflow_layer_f16", HISTORY,
        "first layer up to this one whose abs_max at this site rounds to infinity in f16; infinite if none does";
    /// First layer up to this one in which the largest magnitude here rounds to infinity in bf16; `+inf` if none does
    OverflowLayerBf16 = "overflow_layer_bf16", HISTORY,
        "first layer up to this one whose abs_max at this site rounds to infinity in bf16; infinite if none does";
    /// First layer up to this one in which the largest magnitude here rounds to infinity in f32; `+inf` if none does
    OverflowLayerF32 = "overflow_layer_f32", HISTORY,
        "first layer up to this one whose abs_max at this site rounds to infinity in f32; infinite if none does";
    /// 1 if [`overflow_layer_f16`](Self::OverflowLayerF16) is finite, else 0: the fraction of trials is estimated
    OverflowedF16 = "overflowed_f16", HISTORY.indicator(),
        "whether overflow_layer_f16 is finite: the estimate is a fraction of trials";
    /// 1 if [`overflow_layer_bf16`](Self::OverflowLayerBf16) is finite, else 0: the fraction of trials is estimated
    OverflowedBf16 = "overflowed_bf16", HISTORY.indicator(),
        "whether overflow_layer_bf16 is finite: the estimate is a fraction of trials";
    /// 1 if [`overflow_layer_f32`](Self::OverflowLayerF32) is finite, else 0: the fraction of trials is estimated
    OverflowedF32 = "overflowed_f32", HISTORY.indicator(),
        "whether overflow_layer_f32 is finite: the estimate is a fraction of trials";
    /// First layer up to this one in which the largest magnitude here is below the smallest normal number of f16,
    /// `2^-14`, and not 0; `+inf` if there is none. A layer that is exactly 0 is `dead`, whatever made it so.
    UnderflowLayerF16 = "underflow_layer_f16", HISTORY,
        "first layer up to this one whose abs_max at this site is not 0 and below the smallest normal number of f16, 2^-14: \
         f16 has lost digits of all of it; infinite if there is none";
    /// The same for bf16, `2^-126`
    UnderflowLayerBf16 = "underflow_layer_bf16", HISTORY,
        "first layer up to this one whose abs_max at this site is not 0 and below the smallest normal number of bf16, 2^-126; \
         infinite if there is none";
    /// The same for f32, `2^-126`
    UnderflowLayerF32 = "underflow_layer_f32", HISTORY,
        "first layer up to this one whose abs_max at this site is not 0 and below the smallest normal number of f32, 2^-126; \
         infinite if there is none";
    /// 1 if [`underflow_layer_f16`](Self::UnderflowLayerF16) is finite, else 0: the fraction of trials is estimated
    UnderflowedF16 = "underflowed_f16", HISTORY.indicator(),
        "whether underflow_layer_f16 is finite: the estimate is a fraction of trials";
    /// 1 if [`underflow_layer_bf16`](Self::UnderflowLayerBf16) is finite, else 0: the fraction of trials is estimated
    UnderflowedBf16 = "underflowed_bf16", HISTORY.indicator(),
        "whether underflow_layer_bf16 is finite: the estimate is a fraction of trials";
    /// 1 if [`underflow_layer_f32`](Self::UnderflowLayerF32) is finite, else 0: the fraction of trials is estimated
    UnderflowedF32 = "underflowed_f32", HISTORY.indicator(),
        "whether underflow_layer_f32 is finite: the estimate is a fraction of trials";
    /// Variance of the squares of the entries, `E x^4 - Q^2`
    SquareVariance = "square_variance", ON_REQUEST,
        "population variance of the squares of the entries; at jacobian that of the eigenvalues of J^T J";
    /// Smallest singular value that is not 0; NaN where all are, and everywhere but at the site `jacobian`
    MinNonzero = "min_nonzero", ON_REQUEST,
        "smallest singular value that is not 0; undefined where all are 0, and at every site but jacobian";
    /// Number of singular values that are not 0, of the site `jacobian` alone: see [`crate::kernels::singular`] for which of them
    /// are
    Rank = "rank", ON_REQUEST,
        "number of singular values above max(rows, columns) 2^-52 of the largest one; undefined at every site but jacobian";
    /// `log2` of the largest over the smallest singular value that is not 0, of the site `jacobian` alone
    Log2Condition = "log2_condition", ON_REQUEST,
        "log2 of the largest over the smallest singular value that is not 0; undefined where all are 0, and at every site but \
         jacobian";
    /// `|dL/dW|_F / |W|_F`, of the site `grad_weight` alone; NaN everywhere else, infinite where all weights are 0
    Relative = "relative", ON_REQUEST,
        "norm of the gradient of the weights over the norm of the weights; undefined at every site but grad_weight";
    /// Squared norm here over that at the same site of the layer that the pass met before: the layer below in the forward
    /// pass, the layer above in the backward pass. NaN in the first layer that the pass meets.
    ChiLocal = "chi_local", HISTORY,
        "sum of the squares here over that at the same site of the layer before, which for gradients is the layer above; \
         undefined in the first layer that the pass meets";
}

impl Metric {
    /// What is measured where a config does not say: all that is had from the moments of the entries.
    pub const DEFAULTS: [Self; 13] = defaults();

    /// Whether the values are 0 or 1, one per trial, so that the estimate is a proportion of trials.
    #[must_use]
    pub const fn is_indicator(self) -> bool {
        self.traits().is_indicator
    }

    /// Whether its value depends on all layers before.
    #[must_use]
    pub const fn has_history(self) -> bool {
        self.traits().has_history
    }

    /// Whether its values are layers, infinite where there is none.
    #[must_use]
    pub const fn is_layer(self) -> bool {
        matches!(
            self,
            Self::FlushLayer
                | Self::ClipLayer
                | Self::OverflowLayerF16
                | Self::OverflowLayerBf16
                | Self::OverflowLayerF32
                | Self::UnderflowLayerF16
                | Self::UnderflowLayerBf16
                | Self::UnderflowLayerF32
        )
    }

    /// Whether its values are logarithms.
    #[must_use]
    pub const fn is_logarithm(self) -> bool {
        matches!(self, Self::Log2Rms | Self::Log2Std | Self::Log2AbsMax | Self::Log2Condition)
    }

    /// How often the entries of a layer are walked through for this metric, beside the moments.
    #[must_use]
    pub const fn walks(self) -> usize {
        self.traits().walks
    }
}

const fn defaults() -> [Metric; 13] {
    let mut defaults = [Metric::Mean; 13];
    let (mut from, mut to) = (0, 0);
    while from < Metric::ALL.len() {
        if Metric::ALL[from].traits().is_default {
            defaults[to] = Metric::ALL[from];
            to += 1;
        }
        from += 1;
    }
    assert!(to == defaults.len());
    defaults
}
