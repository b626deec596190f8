//! What every column of `summary.csv` means. Names are API: columns are only ever appended.

/// Type of a column, as Frictionless names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// Double, in the shortest decimal text that reads back exactly.
    Number,
    /// `true` or `false`.
    Boolean,
}

impl Type {
    /// Its Frictionless name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Its unit; `metric` stands for the unit of the row's metric.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

impl Column {
    /// Whether the column says something about trials, so that it is empty before any is run.
    pub(super) fn is_filled_by_trials(&self) -> bool {
        const FILLED: [&str; 21] = [
            "trials",
            "nonfinite",
            "estimate",
            "sd",
            "std_error",
            "conf_low",
            "conf_high",
            "median",
            "median_low",
            "median_high",
            "log2_estimate",
            "log2_low",
            "log2_high",
            "min",
            "q025",
            "q25",
            "q75",
            "q975",
            "max",
            "z",
            "reliable",
        ];
        FILLED.contains(&self.name)
    }
}

pub(super) const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Type::String, unit: "", meaning }
}
pub(super) const fn count(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Type::Integer, unit, meaning }
}
pub(super) const fn number(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Type::Number, unit, meaning }
}

pub(super) const fn boolean(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Type::Boolean, unit: "", meaning }
}

/// The columns, keys first.
pub const COLUMNS: [Column; 49] = [
    text("cell", "identity of the cell: the first 16 hex digits of the SHA-256 of its canonical content"),
    text("label", "label of the [[grid]] table; empty if it has none"),
    text(
        "operation",
        "what a layer does: matmul (H = W X + b), product (H = X * Z + b) or sum (H = X + Z + b)",
    ),
    count("width", "units", "units per layer, n"),
    count("depth", "layers", "layers of the network, L"),
    text("weight_std", "std of one weight, as written in the config"),
    number("weight_std_value", "1", "std of one weight of layer 1"),
    text("weight_mean", "mean of one weight, as written in the config"),
    number("weight_mean_value", "1", "mean of one weight of layer 1"),
    text("activation", "activation function"),
    text("law", "law of the standardised weight noise"),
    number("bias_std", "1", "std of one bias of layer 1"),
    count("batch", "inputs", "inputs pushed through one network, B"),
    number("input_mean", "1", "mean of one entry of the input"),
    number("input_std", "1", "std of one entry of the input"),
    text("precision", "element type of weights and activations: f64 or f32"),
    text("sampler", "how trials are drawn: direct (every weight is drawn)"),
    count("stream", "1", "version of the random streams: equal versions draw equal numbers"),
    count("layer", "layers", "layer measured; 0 is the input"),
    text("site", "where in the layer: input, pre (before the activation) or post (after it)"),
    text("metric", "statistic of all width * batch entries of one trial; the categories say what each is"),
    count("trials", "trials", "independent random networks, T"),
    count("nonfinite", "trials", "trials in which the metric is infinite or undefined"),
    number(
        "estimate",
        "metric",
        "mean over trials; for dead, overflowed and overflowed_* the fraction of trials",
    ),
    number("sd", "metric", "standard deviation over trials, divisor T - 1"),
    number("std_error", "metric", "standard error of the estimate, sd / sqrt(T)"),
    number(
        "conf_low",
        "metric",
        "lower limit of the 95 % interval: Student t, or Wilson for a fraction of trials; where the config stops at a \
         target, this and the other intervals hold after stopping (stopping.csv)",
    ),
    number("conf_high", "metric", "upper limit of that interval"),
    number("median", "metric", "median over trials"),
    number("median_low", "metric", "lower limit of its 95 % order-statistic interval"),
    number("median_high", "metric", "upper limit of that interval"),
    number(
        "log2_estimate",
        "log2(metric)",
        "mean of log2 over trials, the log2 of the geometric mean; if all positive",
    ),
    number("log2_low", "log2(metric)", "lower limit of its 95 % t interval"),
    number("log2_high", "log2(metric)", "upper limit of that interval"),
    number("min", "metric", "smallest value over trials"),
    number("q025", "metric", "2.5 % quantile over trials (type 7)"),
    number("q25", "metric", "25 % quantile over trials"),
    number("q75", "metric", "75 % quantile over trials"),
    number("q975", "metric", "97.5 % quantile over trials"),
    number("max", "metric", "largest value over trials"),
    number("theory", "metric", "predicted expectation; empty where nothing is known"),
    number(
        "theory_sd",
        "metric",
        "predicted standard deviation of one trial; of first order in 1/width where no exact one is known",
    ),
    text(
        "theory_kind",
        "how theory was derived: exact (finite width), delta (second order in the spread of an exact square), 1/n \
         (first order in 1/width), or mean-field (the limit of infinite width)",
    ),
    number(
        "z",
        "std errors",
        "(estimate - theory) / (theory_sd / sqrt(T)), with sd where theory_sd is unknown; if reliable, and if the \
         estimated error of the theory is below a quarter of that standard error (never for mean-field)",
    ),
    boolean(
        "reliable",
        "whether the interval of the estimate can be trusted; false for heavy tails, non-finite values, values without \
         spread, and fewer than 37 trials",
    ),
    text("bias_std_text", "std of one bias, as written in the config"),
    count("seed", "1", "seed of the draws"),
    text(
        "randomness",
        "which draws cells share: independent, or common (then rows of different cells are correlated)",
    ),
    number("input_correlation", "1", "correlation of every two inputs of a batch"),
];
