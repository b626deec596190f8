//! Presets draw weights of the law and the variance that their frameworks document.

use crate::sweep::{Run, Scores, mean, scaled, z_exact, z_mean};
use initsweep::network::{Metric, Site};

/// What bounds a weight, in units of its std.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Nothing: kurtosis 3.
    Normal,
    /// sqrt 3: kurtosis 9/5.
    Uniform,
    /// Two standard deviations of the normal before the cut, whose std shrinks by .87962566103423978 (the constant
    /// in the sources of TensorFlow, Keras and JAX): kurtosis 2.3655367171296.
    Truncated,
}

impl Shape {
    fn kurtosis(self) -> f64 {
        match self {
            Self::Normal => 3.0,
            Self::Uniform => 1.8,
            Self::Truncated => 2.365_536_717_129_6,
        }
    }

    fn limit(self) -> f64 {
        match self {
            Self::Normal => f64::INFINITY,
            Self::Uniform => 3.0_f64.sqrt(),
            Self::Truncated => 2.0 / 0.879_625_661_034_239_8,
        }
    }
}

/// (preset, shape, variance of one weight times `fan_in`, of a square layer), from the documentation of
/// torch.nn.init, `torch.nn.Linear`, keras.initializers and jax.nn.initializers.
const PRESETS: [(&str, Shape, f64); 11] = [
    ("he_normal", Shape::Truncated, 2.0),
    ("he_uniform", Shape::Uniform, 2.0),
    ("glorot_normal", Shape::Truncated, 1.0),
    ("glorot_uniform", Shape::Uniform, 1.0),
    ("lecun_normal", Shape::Truncated, 1.0),
    ("lecun_uniform", Shape::Uniform, 1.0),
    ("kaiming_normal", Shape::Normal, 2.0),
    ("kaiming_uniform", Shape::Uniform, 2.0),
    ("xavier_normal", Shape::Normal, 1.0),
    ("xavier_uniform", Shape::Uniform, 1.0),
    // Bound 1/sqrt(fan_in); here without its biases.
    ("torch_linear", Shape::Uniform, 1.0 / 3.0),
];

/// One preset on the single input (1, ..., 1). Presets such as `he_uniform` and `kaiming_uniform` are the same cell and
/// would share their draws, so each has a run and a seed of its own.
fn run(index: u64, preset: &str, grid: &str, trials: u64) -> Run {
    let config = format!(
        "name = 'presets'\nseed = {}\ntrials = 1\n[[grid]]\nstd = '{preset}'\nbias_std = 0\nbatch = 1\ninput_mean = 1\n\
         input_std = 0\n{grid}\n[measure]\nlayers = 'all'\nsites = ['post']\nmetrics = ['second_moment', 'abs_max']\n",
        80 + index
    );
    Run::new(&config, trials)
}

#[test]
fn a_network_of_one_unit_shows_the_law_of_its_single_weight() {
    let mut variances = Scores::new("variance of one weight");
    let mut fourths = Scores::new("fourth moment of one weight");
    for (index, (preset, shape, variance)) in (0..).zip(PRESETS) {
        let run = run(index, preset, "width = 1", scaled(20_000));
        let squares = run.values(0, 1, Site::Post, Metric::SecondMoment);
        let kurtosis = shape.kurtosis();
        variances.add(preset, z_exact(&squares, variance, variance * (kurtosis - 1.0).sqrt()));
        let fourth: Vec<f64> = squares.iter().map(|w2| w2 * w2).collect();
        fourths.add(preset, z_mean(&fourth, kurtosis * variance * variance));
        // The largest weight: inside the limit by rounding at most, and near it: 20,000 draws all miss the last
        // percent of a uniform with probability .99^20000 = 1e-87, and that of a truncated normal, which holds
        // .0023 of it, with 1e-20. Of as many normals none is beyond 3 with probability 3e-24.
        let largest =
            run.values(0, 1, Site::Post, Metric::AbsMax).into_iter().fold(0.0, f64::max) / variance.sqrt();
        let limit = shape.limit();
        assert!(largest <= limit * (1.0 + 4.0 * f64::EPSILON), "{preset}: {largest} is beyond {limit}");
        assert!(largest > 0.99 * limit.min(3.03), "{preset}: {largest} is far from {limit}");
    }
    variances.independent_and_within_five();
    fourths.independent_and_within_five();
}

#[test]
fn one_layer_has_the_variance_of_the_formula_at_every_width() {
    // A sum of n weights has excess kurtosis kappa / n, so q, the mean of n squares, has the relative variance
    // (2 + kappa / n) / n.
    let mut scores = Scores::new("E q after one layer, by preset and width");
    for (index, (preset, shape, variance)) in (20..).zip(PRESETS) {
        let run = run(index, preset, "width = [3, 25, 130]", scaled(2000));
        for width in [3, 25, 130] {
            let n = f64::from(width);
            let relative = ((2.0 + (shape.kurtosis() - 3.0) / n) / n).sqrt();
            let q = run.values(run.find(&[&format!("width={width}")]), 1, Site::Post, Metric::SecondMoment);
            scores.add(format!("{preset}, n = {width}"), z_exact(&q, variance, variance * relative));
        }
    }
    scores.independent_and_within_five();
}

#[test]
fn behind_relu_every_preset_keeps_the_half_of_its_variance_per_layer() {
    // E q_L = (n s^2 / 2)^L exactly for every symmetric law: He keeps it, Glorot halves it, nn.Linear takes a sixth.
    let mut tables = [1, 2, 3, 4, 5].map(|_| Scores::new("relu, E q of one layer by preset"));
    for (index, (preset, _, variance)) in (40..).zip(PRESETS) {
        let run = run(index, preset, "width = 50\ndepth = 5\nactivation = 'relu'", scaled(2000));
        let mut expected = 1.0;
        for (layer, table) in (1..).zip(&mut tables) {
            expected *= variance / 2.0;
            table.add(preset, z_mean(&run.values(0, layer, Site::Post, Metric::SecondMoment), expected));
        }
    }
    for table in tables {
        table.independent_and_within_five();
    }
}

#[test]
fn a_truncated_normal_without_its_correction_would_be_seen_in_the_first_layer() {
    // Negative control: cutting at two standard deviations loses the factor .7737413035 of variance per layer. Its
    // q follows that factor, and fails as He.
    let std = "sqrt(2/fan_in)*0.8796256610342398";
    let grid = "law = 'truncated_normal'\nwidth = 50\ndepth = 5\nactivation = 'relu'";
    let run = run(60, std, grid, scaled(2000));
    let mut scores = Scores::new("uncorrected truncated normal");
    let mut expected = 1.0;
    for layer in 1..=5 {
        expected *= 0.773_741_303_5;
        let q = run.values(0, layer, Site::Post, Metric::SecondMoment);
        scores.add(format!("layer {layer}"), z_mean(&q, expected));
        let z = z_mean(&q, 1.0);
        assert!(z < -20.0, "layer {layer} passes for He: z = {z}");
    }
    scores.each_within_five();
}

#[test]
fn nn_linear_draws_its_biases_as_its_weights() {
    // Without an input, the biases are all there is: uniform on +-1/sqrt n, 40 of them in a trial. Their mean square q has
    // the expectation 1/3n and the variance (9/5 - 1)/(3n)^2/n. All of 80,000 miss the last percent of the bound with
    // probability .99^80000 < 1e-300.
    let n = 40.0;
    let grid = "std = ['torch_linear', '3*torch_linear']\nwidth = 40\nbatch = 1\ninput_std = 0";
    let measure = "layers = [1]\nsites = ['post']\nmetrics = ['second_moment', 'abs_max']";
    let text = format!("name = 'biases'\nseed = 61\ntrials = 1\n[[grid]]\n{grid}\n[measure]\n{measure}");
    let run = Run::new(&text, 2000);
    let mut scores = Scores::new("biases of nn.Linear");
    for cell in [0, 1] {
        let q = run.values(cell, 1, Site::Post, Metric::SecondMoment);
        let second = 1.0 / (3.0 * n);
        scores.add(format!("cell {cell}"), z_exact(&q, second, second * (0.8 / n).sqrt()));
        let largest =
            run.values(cell, 1, Site::Post, Metric::AbsMax).into_iter().fold(0.0, f64::max) * n.sqrt();
        assert!(largest <= 1.0 + 4.0 * f64::EPSILON && largest > 0.99, "cell {cell}: {largest}");
    }
    scores.independent_and_within_five();
}

#[test]
fn the_whole_nn_linear_keeps_the_signal_that_its_weights_alone_lose() {
    // E |h_l|^2/n = q_l = q_{l-1}/6 + 1/3n, from q_1 = 1/3 + 1/3n: half of the squares pass the relu, a third the
    // weights. At width 256 and depth 10 half of it, after the relu, is 7.8e-4; without the biases 1.7e-8.
    let n = 256.0;
    let grid = "std = 'torch_linear'\nwidth = 256\ndepth = 10\nbatch = 1\nactivation = 'relu'\nbias_std = 0";
    let measure = "layers = 'all'\nsites = ['pre']\nmetrics = ['second_moment']";
    let config = |grid: &str| {
        format!("name = 'linear'\nseed = 62\ntrials = 1\n[[grid]]\n{grid}\n[measure]\n{measure}")
    };
    let (whole, weights) = (grid.replace("\nbias_std = 0", ""), grid);
    let run = Run::new(&config(&whole), scaled(400));
    let mut scores = Scores::new("E q of nn.Linear behind relu");
    let mut expected = 1.0 / 3.0 + 1.0 / (3.0 * n);
    for layer in 1..=10 {
        let row = run.row(0, layer, Site::Pre, Metric::SecondMoment);
        assert!((row.theory.expect("exact") - expected).abs() < 1e-14 * expected, "layer {layer}");
        let q = run.values(0, layer, Site::Pre, Metric::SecondMoment);
        scores.add(format!("layer {layer}"), z_mean(&q, expected));
        expected = expected / 6.0 + 1.0 / (3.0 * n);
    }
    scores.each_within_five();
    assert!((expected - 1.0 / 640.0).abs() < 1e-7, "its fixed point at this width is 1/640: {expected}");
    let alone = Run::new(&config(weights), 100);
    let found = mean(&alone.values(0, 10, Site::Pre, Metric::SecondMoment)).0;
    assert!(found < 1e-6, "negative control: {found}");
}
