//! Gradients: exact second moments and laws at finite width, the limit of infinite width, a negative control.

use crate::sweep::{Run, Scores, scaled, z_exact};
use initsweep::network::{Metric, Site};

/// Everything that theory calls exact, over laws, slopes, biases, shapes, batches, cotangents and their places.
#[test]
fn what_is_predicted_exactly_holds_in_every_network_that_it_covers() {
    for (seed, cotangent, at, name) in
        [(51, "normal", "post", "gradients, normal at post"), (52, "sign", "pre", "gradients, signs at pre")]
    {
        let text = format!(
            "name = 'gradients'\nseed = {seed}\ntrials = 1\n\
             [[grid]]\nwidth = 12\ndepth = 4\nbatch = [1, 5]\nstd = '1.1/sqrt(fan_in)'\n\
             law = ['normal', 'uniform', 'student_t(9)', 'rademacher']\nactivation = 'linear'\nbias_std = [0, 0.3]\n\
             [[grid]]\nwidth = [3, 12]\ndepth = 4\nbatch = [1, 5]\nstd = 'sqrt(2/fan_in)'\nlaw = ['normal', 'laplace']\n\
             activation = ['relu', 'leaky_relu(0.2)', 'leaky_relu(-0.5)']\nbias_std = [0, 0.3]\n\
             [[grid]]\nshape = [[8, 20, 5, 12]]\nstd = ['he_normal', 'glorot_uniform', '1/sqrt(fan_out)']\nbatch = 3\n\
             activation = ['relu', 'linear']\n\
             [measure]\nlayers = 'all'\nsites = ['grad_pre', 'grad_post', 'grad_weight']\n\
             metrics = ['mean', 'second_moment', 'variance']\ncotangent = '{cotangent}'\ncotangent_at = '{at}'"
        );
        let run = Run::new(&text, scaled(400));
        let mut scores = Scores::new(name);
        for row in run.rows().filter(|row| row.theory_kind.is_some()) {
            if let Some(z) = row.z {
                scores
                    .add(format!("{} {} of layer {}, {}", row.metric, row.site, row.layer, row.cell.cell), z);
            }
        }
        assert!(scores.count() > 1500, "{} scores", scores.count());
        scores.each_within_five();
    }
}

/// `X + a W' relu(W X)` with W of variance 2/n and W' of 1/n: `E |G_0|^2 = (1 + a^2)^L E |G_L|^2` for L blocks, at every width
/// (2.5937424601 for a = 1/sqrt L, 1024 for a = 1, 1.1046221254 for a = 1/L, L = 10); and what theory says of everything between.
#[test]
fn gradients_of_residual_blocks_are_exact_at_every_width() {
    let mut scores = Scores::new("gradients of residual blocks");
    for (seed, cotangent, at) in [(57, "normal", "post"), (58, "sign", "pre")] {
        let text = format!(
            "name = 'blocks'\nseed = {seed}\ntrials = 1\n[[grid]]\nwidth = 30\ndepth = 20\nbatch = 2\n\
             residual = 'W phi(W x)'\nactivation = 'relu'\nstd = 'sqrt((1 + odd(layer))/fan_in)'\n\
             branch_scale = ['1/sqrt(depth/2)', '2/depth', '1']\n[[grid]]\nwidth = 12\ndepth = 6\nbatch = [1, 3]\n\
             residual = 'W phi(W x)'\nactivation = ['leaky_relu(0.3)', 'linear']\nstd = '1.2/sqrt(fan_in)'\n\
             bias_std = [0, 0.2]\nskip = 0.8\nbranch_scale = 0.6\n\
             [measure]\nlayers = 'all'\nsites = ['grad_pre', 'grad_post']\n\
             metrics = ['mean', 'second_moment', 'variance']\ncotangent = '{cotangent}'\ncotangent_at = '{at}'"
        );
        let run = Run::new(&text, scaled(1500));
        if at == "post" {
            for (cell, factor) in [2.593_742_460_1, 1.104_622_125_4, 1024.0].into_iter().enumerate() {
                let theory = run.row(cell, 0, Site::GradPost, Metric::SecondMoment).theory.expect("exact");
                assert!((theory * 30.0 / factor - 1.0).abs() < 1e-9, "{theory}");
            }
        }
        for row in run.rows() {
            if let Some(z) = row.z {
                scores
                    .add(format!("{} {} of layer {}, {}", row.metric, row.site, row.layer, row.cell.cell), z);
            }
        }
    }
    assert!(scores.count() > 400, "{} scores", scores.count());
    scores.each_within_five();
}

/// Widths 8, 20, 5, 12, linear: `|G_0|^2 / |G_L|^2` is a product of `s^2 chi^2_m` over the fan-ins m, so that
/// `E ln |G_0|^2 = sum over m in {8, 20, 5} of psi(m/2) + ln 2 + ln s^2` and `+ psi(6) + ln(2/12)` of the cotangent,
/// and its variance is `psi1(6) + psi1(4) + psi1(10) + psi1(2.5) = 1.060670003`.
#[test]
fn the_logarithm_of_a_linear_gradient_has_the_law_of_a_product_of_chi_squares() {
    let text = "name = 'log'\nseed = 53\ntrials = 1\n[[grid]]\nshape = [[8, 20, 5, 12]]\nbatch = 1\nactivation = 'linear'\n\
                std = ['1/sqrt(fan_in)', '1/sqrt(fan_out)', 'glorot_normal']\n\
                [measure]\nsites = ['grad_post']\nmetrics = ['log2_rms']";
    let run = Run::new(text, scaled(4000));
    let mut scores = Scores::new("logarithms of linear gradients");
    let variance: f64 = 1.060_670_003;
    let logarithms = [-0.479_785_089, -0.885_250_197, -1.100_025_498];
    for (cell, expected) in logarithms.into_iter().enumerate() {
        let values = run.values(cell, 0, Site::GradPost, Metric::Log2Rms);
        let squares: Vec<f64> =
            values.iter().map(|log2| 2.0 * log2 * std::f64::consts::LN_2 + libm::log(8.0)).collect();
        scores.add(format!("cell {cell}"), z_exact(&squares, expected, variance.sqrt()));
    }
    scores.each_within_five();
}

/// `log2_rms` of all gradients of one input, linear and relu, signs and normal numbers at both places, with and without biases:
/// means within five standard errors of the exact ones, and spreads: with kappa of the logarithm below 9, the variance of T
/// values has a standard error below `sqrt(8/T)` of itself. At 24 units a relu layer is dead once in 2^24 trials.
#[test]
fn logarithms_of_gradients_have_their_exact_mean_and_spread() {
    let mut scores = Scores::new("logarithms of gradients");
    for (seed, cotangent, at) in [(61, "normal", "post"), (62, "sign", "post"), (63, "sign", "pre")] {
        let text = format!(
            "name = 'logs'\nseed = {seed}\ntrials = 1\n[[grid]]\nshape = [[24, 40, 30, 26]]\nbatch = 1\n\
             activation = ['relu', 'linear']\nstd = 'sqrt(2/fan_in)'\nbias_std = [0, 0.3]\n\
             [measure]\nlayers = 'all'\nsites = ['grad_pre', 'grad_post', 'grad_weight']\nmetrics = ['log2_rms']\n\
             cotangent = '{cotangent}'\ncotangent_at = '{at}'"
        );
        let trials = scaled(2000);
        let run = Run::new(&text, trials);
        for row in run.rows() {
            let Some(z) = row.z else { continue };
            let place = format!("{} of layer {}, {}", row.site, row.layer, row.cell.cell);
            scores.add(format!("mean {place}"), z);
            let [sd, theory] = [row.sd, row.theory_sd].map(|sd| sd.expect("known"));
            let spread = (sd * sd / (theory * theory) - 1.0) / (8.0 / trials as f64).sqrt();
            scores.add(format!("variance {place}"), spread);
        }
    }
    assert!(scores.count() > 160, "{} scores", scores.count());
    scores.each_within_five();
}

/// The same weights go forwards and backwards: with `s^2 = 1/n`, `E |X_L|^2 |G_0|^2 = 1.5132582` for `|x_0| = 1`, n = 10 and
/// L = 6, from `(T^2, P)' = (T^2 + 2P/n, T^2/n + (1 + 1/n) P)`, which begins with `(n^2, n)`: `(E T^2 + 2 E P/n)/n^2` after
/// L - 1 layers. Fresh weights on the way back would give 1, and fail.
#[test]
fn the_backward_pass_has_the_weights_of_the_forward_pass() {
    let text = "name = 'joint'\nseed = 54\ntrials = 1\n[[grid]]\nwidth = 10\ndepth = 6\nbatch = 1\nactivation = 'linear'\n\
                std = '1/sqrt(fan_in)'\n[measure]\nlayers = [0, 6]\nsites = ['input', 'post', 'grad_post']\n\
                metrics = ['second_moment']";
    let run = Run::new(text, scaled(20_000));
    let [x, input, g] = [(6, Site::Post), (0, Site::Input), (0, Site::GradPost)]
        .map(|(layer, site)| run.values(0, layer, site, Metric::SecondMoment));
    let joint: Vec<f64> = x.iter().zip(&input).zip(&g).map(|((x, input), g)| x / input * g * 10.0).collect();
    let count = joint.len() as f64;
    let mean = joint.iter().sum::<f64>() / count;
    let sd = (joint.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    let (mut t, mut p, n) = (100.0, 10.0, 10.0);
    for _ in 0..5 {
        (t, p) = (t + 2.0 * p / n, t / n + (1.0 + 1.0 / n) * p);
    }
    let expected = (t + 2.0 * p / n) / (n * n);
    assert!((expected / 1.513_258_2_f64 - 1.0).abs() < 1e-7, "{expected}");
    let z = (mean - expected) / sd * count.sqrt();
    let fresh = (mean - 1.0) / sd * count.sqrt();
    assert!(z.abs() < 5.0, "z = {z}");
    assert!(fresh > 5.0, "independent weights are not refused: z = {fresh}");
}

/// Relu with He weights, n = 50, L = 6: `ln (|dW|^2 / |x_0|^2)` is the same sum of six independent logarithms for every
/// layer, of mean -0.310433 and variance 0.649009.
#[test]
fn gradients_of_relu_weights_have_one_law_in_every_layer() {
    let text = "name = 'flat'\nseed = 55\ntrials = 1\n[[grid]]\nwidth = 50\ndepth = 6\nbatch = 1\nactivation = 'relu'\n\
                std = 'he_normal'\n[measure]\nlayers = 'all'\nsites = ['input', 'grad_weight']\nmetrics = ['log2_rms']";
    let run = Run::new(text, scaled(3000));
    let mut scores = Scores::new("weights of relu");
    let input = run.values(0, 0, Site::Input, Metric::Log2Rms);
    for layer in 1..=6 {
        let values = run.values(0, layer, Site::GradWeight, Metric::Log2Rms);
        // |dW|^2 has n^2 entries, |x|^2 has n; the cotangent has 1/n where its factor has 2/n: ln 2 more.
        let logarithms: Vec<f64> = values
            .iter()
            .zip(&input)
            .map(|(w, x)| 2.0 * (w - x) * std::f64::consts::LN_2 + libm::log(100.0))
            .collect();
        scores.add(format!("layer {layer}"), z_exact(&logarithms, -0.310_433, 0.649_009_f64.sqrt()));
    }
    scores.each_within_five();
}

/// Glorot and Bengio (2010), five layers of tanh: `E |D_l|^2` in the limit, from input of unit variance. The standard
/// initialisation is `U(+-1/sqrt n)`, of std `1/sqrt(3n)`.
#[test]
fn the_limit_is_that_of_glorot_and_bengio() {
    let text = "name = 'limit'\nseed = 1\ntrials = 1\n[[grid]]\nwidth = 1000\ndepth = 5\nbatch = 1\nactivation = 'tanh'\n\
                std = ['1/sqrt(3*fan_in)', '1/sqrt(fan_in)']\n[measure]\nlayers = 'all'\n\
                sites = ['grad_pre', 'grad_weight']\nmetrics = ['second_moment', 'chi_local']";
    let rows = initsweep::run::sweep(text).expect("a sweep");
    let standard =
        [0.006_889_754_966_58, 0.030_983_381_106_8, 0.104_961_876_948, 0.327_575_505_393, 0.995_660_674_331];
    let normalised =
        [0.137_524_106_331, 0.296_131_022_451, 0.465_216_482_724, 0.640_151_535_948, 0.818_797_151_461];
    let weights = [
        [
            0.006_889_754_966_58,
            0.006_564_610_200_54,
            0.006_533_935_276_94,
            0.006_530_598_364_21,
            0.006_530_228_557_55,
        ],
        [0.137_524_106_331, 0.116_762_830_588, 0.110_000_628_311, 0.106_685_320_862, 0.104_728_032_922],
    ];
    for (cell, gradients) in [standard, normalised].into_iter().enumerate() {
        for layer in 1..=5 {
            let at = |site, metric| {
                rows.find(cell, layer, site, metric).expect("measured").theory_mean_field.expect("a limit")
            };
            let d = at(Site::GradPre, Metric::SecondMoment) * 1000.0;
            assert!((d / gradients[layer - 1] - 1.0).abs() < 1e-9, "layer {layer}: {d}");
            // |dW|^2 / n of one input of squared norm n.
            let w = at(Site::GradWeight, Metric::SecondMoment) * 1000.0;
            assert!((w / weights[cell][layer - 1] - 1.0).abs() < 1e-9, "weights of layer {layer}: {w}");
            if layer < 5 {
                let chi = at(Site::GradPre, Metric::ChiLocal);
                assert!((chi / (gradients[layer - 1] / gradients[layer]) - 1.0).abs() < 1e-9);
            }
        }
    }
}

/// A cotangent with a mean is no part of mean field: relu, He, L = 6 at n = 50 has `E |G_0|^2 = 4.1340164518` for ones,
/// against 1 for independent entries.
#[test]
fn ones_are_not_predicted_and_leave_the_limit() {
    let text = |cotangent: &str| {
        format!(
            "name = 'ones'\nseed = 56\ntrials = 1\n[[grid]]\nwidth = 50\ndepth = 6\nbatch = 1\nactivation = 'relu'\n\
             std = 'he_normal'\n[measure]\nsites = ['grad_post']\nmetrics = ['second_moment']\ncotangent = '{cotangent}'"
        )
    };
    let of = |cotangent: &str| {
        let run = Run::new(&text(cotangent), scaled(4000));
        let values: Vec<f64> =
            run.values(0, 0, Site::GradPost, Metric::SecondMoment).iter().map(|v| v * 50.0).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64;
        let row = run.row(0, 0, Site::GradPost, Metric::SecondMoment);
        (mean, (square / values.len() as f64).sqrt(), row.theory)
    };
    let (mean, error, theory) = of("ones");
    assert!(((mean - 4.134_016_451_8) / error).abs() < 5.0, "{mean} +- {error}");
    assert!((mean - 1.0) / error > 5.0 && theory.is_none());
    let (mean, error, theory) = of("normal");
    assert!(((mean - 1.0) / error).abs() < 5.0, "{mean} +- {error}");
    // Alive below the last layer: (1 - 2^-50)^5.
    assert!((theory.expect("exact") * 50.0 - 1.0).abs() < 1e-12);
}

/// Every metric by itself: theory has no layers to look at where none of them needs any.
#[test]
fn any_metric_alone_is_measured_backwards() {
    for metric in Metric::ALL {
        let text = format!(
            "name = 'one'\ntrials = 2\n[[grid]]\nwidth = 4\ndepth = 3\nbatch = 3\nstd = 'he_normal'\nactivation = ['relu', \
             'tanh']\n[measure]\nlayers = 'all'\ngradients = true\nmetrics = ['{metric}']"
        );
        let rows = initsweep::run::sweep(&text).expect("a sweep");
        assert!(rows.find(0, 2, Site::GradPre, metric).is_some(), "{metric}");
    }
}

/// Signs through a linear network of one unit: the squares are the same in every trial, up to rounding, and have no z.
#[test]
fn what_only_rounding_spreads_has_no_score() {
    let text = "name = 'signs'\ntrials = 400\n[[grid]]\nwidth = [1, 2]\ndepth = 2\nbatch = 1\nstd = '1.2/sqrt(fan_in)'\n\
                law = 'rademacher'\n[measure]\nlayers = 'all'\nsites = ['grad_pre', 'grad_post']\n\
                metrics = ['second_moment']\ncotangent = 'sign'";
    let run = Run::new(text, 400);
    let row = run.row(0, 0, Site::GradPost, Metric::SecondMoment);
    assert!(row.theory.is_some() && row.z.is_none(), "{:?}", row.z);
    let scores: Vec<f64> = run.rows().filter_map(|row| row.z).collect();
    assert!(!scores.is_empty() && scores.iter().all(|z| z.abs() < 5.0), "{scores:?}");
}
