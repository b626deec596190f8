//! The Jacobian of one input: exact moments of its spectrum at finite width, and the limit.

use crate::sweep::{Run, Scores, scaled};
use initsweep::network::{Metric, Site};

/// `E tr(J^T J)^2 / n`, computed independently: He relu of 20 units and 4 layers, linear of 10 units and 6 layers; and the
/// recursion of `T^2` and `P` for both, from `(n^2, n)`, whose `P / n - T^2 / n^2` is the theory of the rows.
#[test]
fn fourth_powers_of_singular_values_have_their_exact_sum() {
    let text = "name = 'fourth'\nseed = 71\ntrials = 1\n[defaults]\nbatch = 1\n\
                [[grid]]\nwidth = 20\ndepth = 4\nstd = 'sqrt(2/fan_in)'\nactivation = 'relu'\n\
                [[grid]]\nwidth = 10\ndepth = 6\nstd = '1/sqrt(fan_in)'\nactivation = 'linear'\n\
                [measure]\nlayers = 'all'\nsites = ['jacobian']\nmetrics = ['second_moment', 'square_variance']";
    let run = Run::new(text, scaled(4000));
    let mut scores = Scores::new("fourth powers");
    for (cell, n, depth, [own, other], oracle) in
        [(0, 20.0, 4, [1.0, 4.0], 12.745_106_25), (1, 10.0, 6, [0.0, 2.0], 10.349_613)]
    {
        let (mut square, mut fourth): (f64, f64) = (n * n, n);
        for _ in 0..depth {
            // He relu: T'^2 = (1 + 1/n) T^2 + 4 P / n; linear: T^2 + 2 P / n. P' = 2 T^2/n + (1 + 3/n) P, T^2/n + (1 + 1/n) P.
            (square, fourth) = (
                (1.0 + own / n) * square + other / n * fourth,
                (1.0 + own) / n * square + (1.0 + (1.0 + 2.0 * own) / n) * fourth,
            );
        }
        assert!((fourth / n / oracle - 1.0).abs() < 1e-10, "{fourth}");
        let row = run.row(cell, depth, Site::Jacobian, Metric::SquareVariance);
        let theory = row.theory.expect("exact");
        assert!((theory / (fourth / n - square / (n * n)) - 1.0).abs() < 1e-10, "{theory}");
        let [means, variances] = [Metric::SecondMoment, Metric::SquareVariance]
            .map(|metric| run.values(cell, depth, Site::Jacobian, metric));
        let fourths: Vec<f64> = means.iter().zip(&variances).map(|(mean, v)| v + mean * mean).collect();
        let (mean, error) = crate::sweep::mean(&fourths);
        scores.add(format!("P/n of cell {cell}"), (mean - oracle) / error);
        let (mean, error) = crate::sweep::mean(&variances);
        scores.add(format!("variance of cell {cell}"), (mean - theory) / error);
    }
    scores.each_within_five();
}

/// Everything that theory calls exact: laws, slopes, biases, shapes, residual blocks.
#[test]
fn what_is_predicted_exactly_of_a_jacobian_holds_in_every_network_that_it_covers() {
    let text = "name = 'jacobian'\nseed = 72\ntrials = 1\n[defaults]\nbatch = 2\n\
                [[grid]]\nwidth = 12\ndepth = 3\nstd = '1.1/sqrt(fan_in)'\nactivation = 'linear'\n\
                law = ['normal', 'uniform', 'student_t(9)', 'rademacher']\nbias_std = [0, 0.3]\n\
                [[grid]]\nwidth = 12\ndepth = 3\nstd = 'sqrt(2/fan_in)'\nlaw = ['normal', 'laplace']\n\
                activation = ['relu', 'leaky_relu(0.2)', 'leaky_relu(-0.5)']\nbias_std = [0, 0.3]\n\
                [[grid]]\nshape = [[8, 20, 5, 12]]\nstd = ['he_normal', '1/sqrt(fan_out)']\nactivation = ['relu', 'linear']\n\
                [[grid]]\nwidth = 12\ndepth = 4\nresidual = 'W phi(W x)'\nstd = '1.2/sqrt(fan_in)'\nskip = 0.8\n\
                branch_scale = 0.6\nactivation = ['relu', 'linear']\n\
                [measure]\nlayers = 'all'\nsites = ['jacobian']\nmetrics = ['second_moment', 'square_variance']";
    let run = Run::new(text, scaled(1000));
    let mut scores = Scores::new("Jacobians");
    for row in run.rows() {
        if let Some(z) = row.z {
            scores.add(format!("{} of layer {}, {}", row.metric, row.layer, row.cell.cell), z);
        }
    }
    // 8 + 12 + 4 cells of three layers, 10 of which have normal weights and so both moments, and 2 of four: 110 rows, some of them
    // the same in every trial, or too heavy-tailed for a z.
    assert!(scores.count() >= 95, "{} scores", scores.count());
    scores.each_within_five();
}

/// `f / c^2` per layer at chi = 1 (Pennington, Schoenholz and Ganguli 2017): 1 linear, 2 relu, 1.4648 hardtanh at q = 1. Terms of
/// order L/n are left: below 10 % for four layers of 200.
#[test]
fn the_spectral_variance_grows_by_its_limit_in_every_layer() {
    let text = "name = 'limit'\nseed = 73\ntrials = 1\n[defaults]\nbatch = 1\nwidth = 200\ndepth = 4\n\
                [[grid]]\nstd = '1/sqrt(fan_in)'\nactivation = 'linear'\n\
                [[grid]]\nstd = 'sqrt(2/fan_in)'\nactivation = 'relu'\n\
                [[grid]]\nstd = 'sqrt(1.4647947735/fan_in)'\nactivation = 'hardtanh'\nbias_std = 'sqrt(0.2440807)'\n\
                input_std = 'sqrt(0.5160586)'\n\
                [measure]\nlayers = [1, 2, 4]\nsites = ['jacobian']\nmetrics = ['second_moment', 'square_variance', 'max']";
    let run = Run::new(text, 12);
    for (cell, per_layer) in [1.0, 2.0, 1.464_794_773_5].into_iter().enumerate() {
        for layer in [1, 2, 4_u8] {
            let row = |metric| run.row(cell, layer.into(), Site::Jacobian, metric);
            let [limit, second] = [Metric::SquareVariance, Metric::SecondMoment]
                .map(|metric| row(metric).theory_mean_field.expect("a limit"));
            assert!((second - 1.0).abs() < 1e-5 && (limit / per_layer / f64::from(layer) - 1.0).abs() < 1e-5);
            let estimate = row(Metric::SquareVariance).estimate.expect("estimated");
            assert!((estimate / limit - 1.0).abs() < 0.1, "{estimate} for {limit}");
        }
        // The edge of one linear layer is at 4: s = 2, and finite matrices end near it.
        let edge = run.row(cell, 1, Site::Jacobian, Metric::Max).estimate.expect("estimated");
        assert!(cell > 0 || (edge - 2.0).abs() < 0.1, "{edge}");
    }
}

/// A linear layer takes nothing away that rounding could not: full rank; relu loses what is switched off, `K_l` of n units.
#[test]
fn the_rank_is_that_of_the_narrowest_layer_of_live_units() {
    let text = "name = 'rank'\nseed = 74\ntrials = 1\n[defaults]\nbatch = 1\n\
                [[grid]]\nshape = [[16, 9, 21]]\nstd = 'he_normal'\nactivation = ['linear', 'relu']\n\
                [measure]\nlayers = 'all'\nsites = ['post', 'jacobian']\n\
                metrics = ['rank', 'fraction_zero', 'log2_condition', 'min_nonzero']";
    let run = Run::new(text, 300);
    for layer in [1, 2] {
        assert!(
            run.values(0, layer, Site::Jacobian, Metric::Rank).iter().all(|rank| (rank - 9.0).abs() < 0.5)
        );
    }
    let units = [9.0, 21.0];
    let live: Vec<Vec<f64>> = [1, 2]
        .map(|layer| {
            let zero = run.values(1, layer, Site::Post, Metric::FractionZero);
            zero.iter().map(|zero| ((1.0 - zero) * units[layer - 1]).round()).collect()
        })
        .into();
    for (trial, rank) in run.values(1, 2, Site::Jacobian, Metric::Rank).into_iter().enumerate() {
        assert!((rank - live[0][trial].min(live[1][trial])).abs() < 0.5, "trial {trial}: {rank}");
    }
}
