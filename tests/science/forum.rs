//! The seven lines of the forum thread, run as its config says, against their exact laws.

use crate::sweep::{Run, Scores, scaled, z_central, z_exact, z_mean};
use initsweep::network::{Metric, Site};

const CONFIG: &str = include_str!("../../configs/forum-thread.toml");

/// The law of one line, for N = 10^4 entries in the last layer.
struct Law {
    depth: usize,
    /// `E S^2`, S with divisor N.
    variance: f64,
    /// `Var S^2`
    var_variance: f64,
    /// `Var M`; `E M = 0`
    var_mean: f64,
    /// `E S` and `sd S`: the chi law where the entries are independent normals, else the delta method, whose
    /// error of `9/128 cv^4` is at most 4e-4 sd of one trial.
    std: (f64, f64),
    /// `Var Q` of the second moment, where it has a closed form.
    var_second_moment: Option<f64>,
}

/// Six products of 100 x 100 matrices, weights of mean 0, are a product of Wishart matrices: with
/// `T = tr X X^T = N Q` (Muirhead 1982, Thm 7.2.7),
/// `E T_L^2 = [((n+2)/n)^L (T^2 + 2P) + 2 ((n-1)/n)^L (T^2 - P)] / 3`, `s^2 = 1/n`, where a normal `X_0` has
/// `E T^2 = nB (nB + 2)`, `E P = E tr (X X^T)^2 = nB (n + B + 1)`.
fn var_second_moment(depth: usize) -> f64 {
    let (n, entries) = (100.0, 10_000.0);
    let (t2, p) = (entries * (entries + 2.0), entries * 201.0);
    let power = |base: f64| (0..depth).fold(1.0, |product, _| product * base);
    let e_t2 = power(1.02) * (t2 + 2.0 * p) / 3.0 + power((n - 1.0) / n) * 2.0 * (t2 - p) / 3.0;
    e_t2 / (entries * entries) - 1.0
}

/// The laws of the seven lines. Line 1 is a product of independent normals (kurtosis 9), lines 2 and 3 are normal
/// again, lines 4 to 7 follow from the closed linear recursion of the moments of (X 1, X X^T), in exact fractions.
fn laws() -> [Law; 7] {
    let n = 10_000.0;
    // Var S^2 of N iid entries of variance 1 and kurtosis k (Cramer 1946, section 27.4).
    let iid = |k: f64| (n - 1.0) / (n * n * n) * ((n - 1.0) * k - (n - 3.0));
    let law = |depth, variance, var_variance, var_mean, std, var_second_moment| Law {
        depth,
        variance,
        var_variance,
        var_mean,
        std,
        var_second_moment,
    };
    [
        law(1, 0.9999, iid(9.0), 1e-4, (0.999_850, 0.014_141_6), Some(8.0 / n)),
        law(1, 1.9998, 4.0 * iid(3.0), 2e-4, (1.414_107_5, 0.009_999_87), Some(8.0 / n)),
        law(1, 0.9999, iid(3.0), 1e-4, (0.999_925, 0.007_070_98), Some(2.0 / n)),
        law(1, 0.9999, 0.000_601_900_2, 1e-4, (0.999_874_75, 0.012_267_4), Some(var_second_moment(1))),
        law(
            6,
            0.9999,
            0.005_715_137_152_917_304,
            1e-4,
            (0.999_235_5, 0.037_801_2),
            Some(var_second_moment(6)),
        ),
        law(
            6,
            4_095_590_400_000_000.0,
            9.588_409_048_411_864e28,
            409_600_000_000.0,
            (63_951_071.963_750_705, 2_419_273.802_850_896),
            // (n s^2)^L = 400^6 times the chain of s^2 = 1/n.
            Some(4.096e15 * 4.096e15 * var_second_moment(6)),
        ),
        law(
            6,
            99_020_298_079_904_999_996_939_499.0 / n,
            1.983_208_888_306_378_6e42,
            1_000_105_010_807_091_009_070_501.0 / n,
            (99_257_354_078.613_5, 7_076_069_987.511_023),
            None,
        ),
    ]
}

fn forum() -> Run {
    let run = Run::new(CONFIG, scaled(2000));
    assert_eq!(run.cells.len(), 7);
    run
}

#[test]
fn the_fourteen_numbers_of_the_thread_have_their_exact_laws() {
    let run = forum();
    // The lines draw independently, and in a line M and S are uncorrelated, because the law of X does not change
    // under X -> -X: their averages over trials are jointly normal, so the 14 scores are independent.
    let mut fourteen = Scores::new("forum, M and S");
    let mut squares = Scores::new("forum, S^2 and Q");
    let mut spreads = Scores::new("forum, variances over trials");
    for (cell, law) in laws().iter().enumerate() {
        let values = |metric| run.values(cell, law.depth, Site::Post, metric);
        let (m, s) = (values(Metric::Mean), values(Metric::Std));
        let (s2, q) = (values(Metric::Variance), values(Metric::SecondMoment));
        let line = cell + 1;
        fourteen.add(format!("M, line {line}"), z_exact(&m, 0.0, law.var_mean.sqrt()));
        fourteen.add(format!("S, line {line}"), z_exact(&s, law.std.0, law.std.1));
        squares.add(format!("S^2, line {line}"), z_exact(&s2, law.variance, law.var_variance.sqrt()));
        let e_q = law.variance + law.var_mean;
        let z = law.var_second_moment.map_or_else(|| z_mean(&q, e_q), |var| z_exact(&q, e_q, var.sqrt()));
        squares.add(format!("Q, line {line}"), z);
        spreads.add(format!("Var M, line {line}"), z_central(&m, 0.0, 2, law.var_mean));
        spreads.add(format!("Var S^2, line {line}"), z_central(&s2, law.variance, 2, law.var_variance));
        if let Some(var) = law.var_second_moment {
            spreads.add(format!("Var Q, line {line}"), z_central(&q, e_q, 2, var));
        }
    }
    fourteen.independent_and_within_five();
    squares.each_within_five();
    spreads.each_within_five();
}

#[test]
fn the_rows_print_these_laws_and_these_scores() {
    let run = Run::new(CONFIG, 50);
    for (cell, law) in laws().iter().enumerate() {
        let expected = [
            (Metric::Mean, 0.0, law.var_mean.sqrt()),
            (Metric::Std, law.std.0, law.std.1),
            (Metric::Variance, law.variance, law.var_variance.sqrt()),
        ];
        for (metric, value, sd) in expected {
            let row = run.row(cell, law.depth, Site::Post, metric);
            // Six digits of `law.std` are all that is printed of lines 1 to 5; what the delta method drops is within the
            // error that is printed, and of its sd a part of the order of cv^2, at most 2 %.
            let (theory, error) = (row.theory.unwrap(), row.theory_error.unwrap());
            assert!((theory - value).abs() <= 1e-6 * value + 1.5 * error, "{metric} of line {}", cell + 1);
            let of_sd = if error == 0.0 { 4e-6 } else { 0.02 };
            assert!((row.theory_sd.unwrap() / sd - 1.0).abs() < of_sd, "{metric} of line {}", cell + 1);
            let z = z_exact(&run.values(cell, law.depth, Site::Post, metric), value, sd);
            // An expectation off by 1e-6 of itself moves z by 1e-6 / (cv / sqrt 50), at most 1e-3; an sd by 4e-6.
            let moved = 2e-3 + of_sd * z.abs() + 1.5 * error / (sd / 50.0_f64.sqrt());
            assert!((row.z.unwrap() - z).abs() < moved, "{metric} of line {}: {:?}, {z}", cell + 1, row.z);
        }
    }
}

#[test]
fn the_numbers_printed_in_the_post_are_an_unremarkable_draw_from_these_laws() {
    let source = initsweep::config::Source::new("forum-thread.toml", CONFIG);
    let sweep = initsweep::config::parse(&source).unwrap();
    let mut sum = 0.0;
    let mut count = 0;
    for (cell, law) in sweep.cells().zip(laws()) {
        for (metric, value) in cell.unwrap().published {
            let z = match metric {
                Metric::Mean => value / law.var_mean.sqrt(),
                Metric::Std => (value - law.std.0) / law.std.1,
                other => panic!("the post prints no {other}"),
            };
            assert!(z.abs() < 3.0, "{metric} {value}: z = {z}");
            sum += z * z;
            count += 1;
        }
    }
    assert_eq!(count, 14);
    // chi^2_14, p = .70; two decimals are quoted.
    assert!((sum - 10.86_f64).abs() < 0.005, "{sum}");
}
