//! Exact laws of one input through a random network of finite width.

use crate::sweep::{Run, Scores, mean, scaled, z_central, z_exact, z_mean};
use initsweep::network::{Metric, Site};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A sweep of networks with the single input `x_0 = (1, ..., 1)`, so `q_0 = |x_0|^2 / n = 1`, unless the grids say
/// otherwise.
fn single_input(seed: u64, grids: &str) -> String {
    format!(
        "name = 'laws'\nseed = {seed}\ntrials = 1\n\
         [defaults]\nbatch = 1\ninput_mean = 1\ninput_std = 0\nstd = '1/sqrt(fan_in)'\n{grids}\n\
         [measure]\nlayers = 'all'\nmetrics = ['second_moment']\n"
    )
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&x| libm::log(x)).collect()
}

#[test]
fn a_linear_network_multiplies_its_input_by_independent_chi_squares() {
    // |x_L|^2 = |x_0|^2 prod s^2 chi^2_n (Saxe et al. 2013): with s^2 = 1/n the mean of ln q_L is
    // L [psi(n/2) + ln(2/n)], its variance L psi1(n/2), and E q_L^2 = (1 + 2/n)^L.
    let shallow =
        "[[grid]]\nwidth = 10\ndepth = 6\n[[grid]]\nwidth = 100\ndepth = 6\ninput_mean = 0\ninput_std = 1";
    let deep = "[[grid]]\nwidth = 100\ndepth = 100";
    let shallow = Run::new(&single_input(11, shallow), scaled(20_000));
    let deep = Run::new(&single_input(12, deep), scaled(1000));
    // An input N(0, I) is one more factor chi^2_100 / 100.
    let cases: [(&Run, &str, usize, f64, f64); 5] = [
        (&shallow, "width=10", 6, -0.619_921_464_0, 1.327_937_734_4),
        (&shallow, "width=100", 6, -0.070_233_324_0, 0.141_409_332_59),
        (&deep, "width=100", 6, -0.060_199_992_0, 0.121_207_999_4),
        (&deep, "width=100", 50, -0.501_666_6, 1.010_066_661_3),
        (&deep, "width=100", 100, -1.003_333_2, 2.020_133_322_7),
    ];
    let mut scores = Scores::new("ln q of linear networks");
    for (run, width, layer, e, var) in cases {
        let cell = run.find(&[width]);
        let log = logs(&run.values(cell, layer, Site::Post, Metric::SecondMoment));
        scores.add(format!("mean, {width}, layer {layer}"), z_exact(&log, e, var.sqrt()));
        scores.add(format!("variance, {width}, layer {layer}"), z_central(&log, e, 2, var));
        // The row prints the same mean in bits; T roundings at most.
        let printed = run.row(cell, layer, Site::Post, Metric::SecondMoment).log2_estimate.unwrap();
        let bits = mean(&log).0 / std::f64::consts::LN_2;
        assert!(
            (printed - bits).abs() < log.len() as f64 * f64::EPSILON * var.sqrt(),
            "{printed} is not {bits}"
        );
    }
    // E q^k = prod_{j<k} (1 + 2j/n)^L, the moments of chi^2_n: at n = 10 the sd of q^2 is 1.2 after one layer and
    // 19 after six, so the skewness of its average over 20,000 trials stays below 1.
    let cell = shallow.find(&["width=10"]);
    for layer in 1..=6 {
        let power = |base: f64| (0..layer).fold(1.0, |product, _| product * base);
        let q = shallow.values(cell, layer, Site::Post, Metric::SecondMoment);
        let squares: Vec<f64> = q.iter().map(|q| q * q).collect();
        let (e2, e4) = (power(1.2), power(1.2 * 1.4 * 1.6));
        scores.add(format!("E q, n = 10, layer {layer}"), z_exact(&q, 1.0, (e2 - 1.0).sqrt()));
        scores.add(format!("E q^2, n = 10, layer {layer}"), z_exact(&squares, e2, (e4 - e2 * e2).sqrt()));
    }
    scores.each_within_five();
}

/// `E q_l^2` of a linear network of width n, weights iid of variance 1/n and excess kurtosis kappa, input ones: with
/// `A = (sum x^2)^2` and `K = sum x^4`, `E A' = s^4 [n (n+2) A + n kappa K]` and `E K' = n s^4 [3 A + kappa K]`.
fn fourth_order(n: f64, kappa: f64, layers: usize) -> Vec<f64> {
    let mut state = (n * n, n);
    let s4 = 1.0 / (n * n);
    let step = |_| {
        let (a, k) = state;
        state = (s4 * n * ((n + 2.0) * a + kappa * k), s4 * n * (3.0 * a + kappa * k));
        state.0 / (n * n)
    };
    (0..layers).map(step).collect()
}

#[test]
fn the_law_of_the_weights_enters_the_fluctuations_by_its_kurtosis_alone() {
    // (law, excess kurtosis, E q_6^2 at n = 10 to twelve digits, layers tested). Under heavy tails the sample
    // variance of q^2, which needs eighth moments of the weights, settles late: three layers.
    let laws = [
        ("normal", 0.0, Some(2.985_984), 6),
        ("uniform", -1.2, Some(2.625_969_433_19), 6),
        ("truncated_normal", -0.634_463_282_870_4, Some(2.785_399_582_86), 6),
        // Ratios of integrals of z^k exp(-z^2/2) up to the bound, by mpmath.
        ("truncated_normal(1)", -1.059_080_080_096_881, None, 6),
        ("truncated_normal(3)", -0.171_114_436_397_744, None, 6),
        ("rademacher", -2.0, Some(2.427_328), 6),
        ("laplace", 3.0, None, 3),
        // 6 / (nu - 4).
        ("student_t(10)", 1.0, None, 3),
    ];
    let names: Vec<&str> = laws.iter().map(|law| law.0).collect();
    let config = single_input(13, &format!("[[grid]]\nwidth = 10\ndepth = 6\nlaw = {names:?}"));
    let run = Run::new(&config, scaled(100_000));
    let mut tables = [1, 2, 3, 4, 5, 6].map(|_| Scores::new("E q^2 of one layer by law of the weights"));
    let mut means = Scores::new("E q by law of the weights");
    for (name, kappa, printed, tested) in laws {
        let expected = fourth_order(10.0, kappa, 6);
        if let Some(printed) = printed {
            assert!((expected[5] - printed).abs() < 1e-11, "{name}: {}", expected[5]);
        }
        let cell = run.find(&[&format!("law={name}")]);
        for layer in 1..=tested {
            let q = run.values(cell, layer, Site::Post, Metric::SecondMoment);
            let squares: Vec<f64> = q.iter().map(|q| q * q).collect();
            tables[layer - 1].add(name, z_mean(&squares, expected[layer - 1]));
            means.add(format!("{name}, layer {layer}"), z_mean(&q, 1.0));
            // Negative control: the number of the normal law would be seen to be wrong.
            let normal = z_mean(&squares, fourth_order(10.0, 0.0, 6)[layer - 1]);
            assert!(
                kappa.abs() < 1.1 || layer < 2 || normal.abs() > 5.0,
                "{name} passes for normal: {normal}"
            );
        }
    }
    means.each_within_five();
    for table in tables {
        table.independent_and_within_five();
    }
}

#[test]
fn tanh_at_width_one_hundred_follows_its_one_dimensional_chain() {
    // Given q_l, the variance of a pre-activation, the next is q' = sw^2 mean phi(sqrt q z_i)^2 + sb^2 with n fresh
    // normals, whatever the layers before. With E q = K + k/n and Var q = v/n + ..., V(q) = sw^2 E phi(sqrt q z)^2 +
    // sb^2, the expansion is K' = V, k' = V' k + V'' v/2, v' = V'^2 v + sw^4 Var phi^2 (Roberts, Yaida and Hanin
    // 2021, chapters 4 and 5). Its next term is of the order of the square of the relative variance, K cv^4.
    // (sw, sb, layer, E q, sd q): q_1 = 1.
    let cases = [
        (1.3, 0.3, 10, 0.605_779, 0.052_340),
        (2.5, 0.3, 3, 3.601_877, 0.233_350),
        (2.5, 0.3, 10, 4.076_679, 0.225_250),
        (1.327_009_660_706_473_3, 0.223_606_797_749_979, 10, 0.568_629, 0.054_992),
    ];
    let mut expansion = Scores::new("tanh, 1/n expansion");
    let mut means = Scores::new("tanh, mean against the one-dimensional chain");
    let mut spreads = Scores::new("tanh, spread against the one-dimensional chain");
    let n = 100;
    for (seed, (sw, sb, layer, e, sd)) in (20..).zip(cases) {
        let input: f64 = (1.0 - sb * sb) / (sw * sw);
        let config = single_input(
            seed,
            &format!(
                "[[grid]]\nwidth = {n}\ndepth = {}\nactivation = 'tanh'\nstd = '{sw}/sqrt(fan_in)'\nbias_std = {sb}\n\
                 input_mean = {}",
                layer - 1,
                input.sqrt()
            ),
        );
        let run = Run::new(&config, scaled(3000));
        let post = run.values(0, layer - 1, Site::Post, Metric::SecondMoment);
        let q: Vec<f64> = post.iter().map(|post| sw * sw * post + sb * sb).collect();
        let (found, error) = mean(&q);
        let cv2 = (sd / e) * (sd / e);
        let slack = e * cv2 * cv2;
        let distance = (found - e).abs();
        expansion.add(format!("q_{layer} at sw = {sw}"), (distance - slack).max(0.0) / error);

        // The chain itself, with other random numbers: a two-sample z of the mean and of the variance.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let trial =
            |_| (2..=layer).fold(1.0, |q: f64, _| sw * sw * mean_square(n, q.sqrt(), &mut rng) + sb * sb);
        let other: Vec<f64> = (0..scaled(10_000)).map(trial).collect();
        let z = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0) / libm::hypot(a.1, b.1);
        means.add(format!("mean of q_{layer} at sw = {sw}"), z((found, error), mean(&other)));
        let spread = |q: &[f64]| mean(&q.iter().map(|q| (q - e) * (q - e)).collect::<Vec<f64>>());
        spreads.add(format!("spread of q_{layer} at sw = {sw}"), z(spread(&q), spread(&other)));
    }
    expansion.each_within_five();
    means.independent_and_within_five();
    spreads.independent_and_within_five();
}

/// Mean of `tanh(scale z)^2` over n normals.
fn mean_square(n: usize, scale: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
    let mut one = || {
        let z: f64 = StandardNormal.sample(rng);
        let y = libm::tanh(scale * z);
        y * y
    };
    (0..n).map(|_| one()).sum::<f64>() / n as f64
}

#[test]
fn biases_have_the_mean_that_a_config_gives_them() {
    let config = |seed: u64, grid: &str| {
        let measure = "layers = 'all'\nsites = ['pre']\nmetrics = ['mean', 'min', 'max']";
        format!("name = 'biases'\nseed = {seed}\ntrials = 1\n[[grid]]\n{grid}\n[measure]\n{measure}")
    };
    let linear = "width = 20\nbatch = 3\nstd = '1/sqrt(fan_in)'\nbias_std = 0.3\nbias_mean = [-1.5, 0.25]";
    let run = Run::new(&config(28, linear), scaled(2000));
    for (cell, bias) in [(0, -1.5), (1, 0.25)] {
        let (found, error) = mean(&run.values(cell, 1, Site::Pre, Metric::Mean));
        println!("{bias}: {found} +- {error}");
        assert!((found - bias).abs() < 5.0 * error, "{found} +- {error}, not {bias}");
        assert_eq!(run.row(cell, 1, Site::Pre, Metric::Mean).theory, Some(bias));
    }
    // Without weights, noise and bias_std, a layer adds its mean.
    let sums = "operation = 'sum'\nwidth = 9\ndepth = 3\nstd = 0\ninput_std = 0\nbias_mean = 'layer'";
    let run = Run::new(&config(29, sums), 2);
    for (layer, sum) in [(1, 1.0), (2, 3.0), (3, 6.0)] {
        assert_eq!(run.values(0, layer, Site::Pre, Metric::Min), [sum; 2]);
        assert_eq!(run.values(0, layer, Site::Pre, Metric::Max), [sum; 2]);
    }
}

#[test]
fn biases_have_the_law_that_a_config_gives_them_and_what_is_predicted_of_them_holds() {
    // H = b: with n biases of kurtosis k in a trial, E q = s^2 and Var q = (k - 1) s^4 / n.
    let (n, s) = (30.0, 0.5);
    let laws =
        [("uniform", 1.8), ("rademacher", 1.0), ("truncated_normal", 2.365_536_717_129_6), ("laplace", 6.0)];
    let mut scores = Scores::new("laws of biases");
    for (seed, (law, kurtosis)) in (70..).zip(laws) {
        let grid = format!("[[grid]]\nwidth = {n}\nstd = 0\nbias_std = {s}\nbias_law = '{law}'");
        let q =
            Run::new(&single_input(seed, &grid), scaled(4000)).values(0, 1, Site::Post, Metric::SecondMoment);
        let variance: f64 = (kurtosis - 1.0) * s * s * s * s / n;
        if variance == 0.0 {
            // A rounding for each of the units.
            assert!(q.iter().all(|&q| (q - s * s).abs() <= n * f64::EPSILON * s * s), "signs of one size");
        } else {
            scores.add(format!("{law}: mean"), z_exact(&q, s * s, variance.sqrt()));
            scores.add(format!("{law}: variance"), z_central(&q, s * s, 2, variance));
        }
    }
    scores.each_within_five();
    let mut predicted = Scores::new("predictions beside biases of other laws");
    let measure = "layers = 'all'\nmetrics = ['mean', 'second_moment', 'variance', 'std', 'rms', 'kurtosis', \
                   'fraction_zero', 'dead', 'log2_rms']";
    let grid = "width = 12\ndepth = 3\nbatch = [1, 4]\nstd = '1.3/sqrt(fan_in)'\nbias_std = '0.4*max(0, layer - 1)'\n\
                bias_law = 'rademacher'\nactivation = ['relu', 'linear', 'tanh', 'leaky_relu(0.2)']\ninput_mean = 0.3";
    let text = format!("name = 'laws'\nseed = 74\ntrials = 1\n[[grid]]\n{grid}\n[measure]\n{measure}");
    let run = Run::new(&text, scaled(4000));
    for cell in 0..run.cells.len() {
        for (layer, site, metric) in (1..=3).flat_map(|l| Site::PLAIN.map(|s| (l, s))).flat_map(|(l, s)| {
            run.metrics().into_iter().map(move |metric| (l, s, metric)).collect::<Vec<_>>()
        }) {
            let (is_there, second) = (site != Site::Input, layer > 1);
            let Some(theory) = is_there.then(|| run.row(cell, layer, site, metric).theory).flatten() else {
                continue;
            };
            let values = run.values(cell, layer, site, metric);
            let (found, error) = mean(&values);
            // What is certain has no error.
            if second && error > 0.0 {
                predicted.add(
                    format!("cell {cell}, {metric} of {site} of layer {layer}"),
                    (found - theory) / error,
                );
            }
        }
    }
    predicted.each_within_five();
}

#[test]
fn biases_are_drawn_per_unit_and_layer_and_shared_by_the_batch() {
    // H = X + 0 Z + b from X_0 = 0: after l layers every column is the sum of l independent N(0, sb^2) per unit, so
    // q_l = l sb^2 chi^2_n / n. Biases shared by layers would give l^2, biases of every entry a smaller spread.
    let (n, sb): (f64, f64) = (30.0, 0.5);
    let grid = format!(
        "[[grid]]\noperation = 'sum'\nwidth = {n}\nbatch = 3\ndepth = 4\nstd = 0\nbias_std = {sb}\ninput_mean = 0"
    );
    let run = Run::new(&single_input(27, &grid), scaled(4000));
    let mut scores = Scores::new("biases");
    for (layer, count) in [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)] {
        let q = run.values(0, layer, Site::Post, Metric::SecondMoment);
        let (e, var) = (count * sb * sb, 2.0 / n * (count * sb * sb) * (count * sb * sb));
        scores.add(format!("mean, layer {layer}"), z_exact(&q, e, var.sqrt()));
        scores.add(format!("variance, layer {layer}"), z_central(&q, e, 2, var));
    }
    scores.each_within_five();
}
