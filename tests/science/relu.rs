//! Networks of rectified linear units with one input and no bias: exact at every width.
//!
//! `|x_l|^2 / |x_{l-1}|^2 = s^2 chi^2_K` with K ~ Bin(n, 1/2), independent from layer to layer; K = 0 is death (Hanin
//! and Nica 2019, arXiv:1812.05994; Burkholz and Dubatovka 2019). He's variance is `s^2 = 2/n`.

use crate::sweep::{Run, Scores, scaled, z_central, z_exact, z_mean};
use initsweep::network::{Metric, Site};

/// Such networks with He's variance and the single input (1, ..., 1).
fn he(seed: u64, grids: &str, metrics: &str) -> String {
    format!(
        "name = 'relu'\nseed = {seed}\ntrials = 1\n\
         [defaults]\nbatch = 1\ninput_mean = 1\ninput_std = 0\nstd = 'sqrt(2/fan_in)'\nactivation = 'relu'\n{grids}\n\
         [measure]\nlayers = 'all'\nmetrics = [{metrics}]\n"
    )
}

fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

#[test]
fn the_log_of_the_norm_walks_with_its_exact_cumulants() {
    // Mean, variance and third cumulant of ln(q_l / q_{l-1}), both alive: sum over K >= 1 of the binomial law of
    // psi(K/2) + ln(4/n), psi1(K/2), ... (width, trials, cumulants).
    let table = [
        (5, 4000, [-0.623_392_864_965_793_5, 2.362_268_762_076_938_7, -7.598_004_759_794_231_5]),
        (10, 4000, [-0.307_461_010_691_857_3, 0.866_734_253_052_603_8, -1.475_564_047_492_992_2]),
        (20, 4000, [-0.137_186_724_769_029_8, 0.311_758_075_000_017_1, -0.142_724_156_071_172_5]),
        (50, 2000, [-0.051_738_780_849_765_8, 0.108_168_133_348_275_28, -0.015_159_743_483_797_445]),
        (100, 1000, [-0.025_420_885_622_755_78, 0.051_939_992_148_723_79, -0.003_413_100_216_781_23]),
        (200, 500, [-0.012_603_616_800_979_482, 0.025_473_414_893_091_09, -0.000_812_430_516_793_484_1]),
    ];
    let mut tables =
        ["mean", "variance", "third cumulant"].map(|_| Scores::new("ln of the norm, one cumulant by width"));
    let depth = 6;
    for (seed, (width, trials, cumulants)) in (30..).zip(table) {
        let grid = format!("[[grid]]\nwidth = {width}\ndepth = {depth}");
        let run = Run::new(&he(seed, &grid, "'second_moment'"), scaled(trials));
        let mut before = run.values(0, 0, Site::Input, Metric::SecondMoment);
        let mut ratios = Vec::new();
        for layer in 1..=depth {
            let q = run.values(0, layer, Site::Post, Metric::SecondMoment);
            let alive = q.iter().zip(&before).filter(|(q, _)| **q > 0.0);
            ratios.extend(alive.map(|(q, before)| libm::log(q / before)));
            before = q;
        }
        // The second and third central moments about the exact mean are the cumulants.
        let [e, var, third] = cumulants;
        tables[0].add(format!("n = {width}"), z_exact(&ratios, e, var.sqrt()));
        tables[1].add(format!("n = {width}"), z_central(&ratios, e, 2, var));
        tables[2].add(format!("n = {width}"), z_central(&ratios, e, 3, third));
    }
    for table in tables {
        table.independent_and_within_five();
    }
}

#[test]
fn he_keeps_the_second_moment_in_mean_while_its_fluctuations_grow() {
    // E q_L = 1, E q_L^2 = (1 + 5/n)^L after the activation; before it, E = 2 and
    // E q^2 / (E q)^2 = (1 + 5/n)^(L-1) (1 + 2/n) (Hanin and Rolnick 2018; Roberts, Yaida and Hanin 2021).
    let run =
        Run::new(&he(40, "[[grid]]\nwidth = [20, 50, 100]\ndepth = 5", "'second_moment'"), scaled(4000));
    let mut means = Scores::new("He, E q of the last layer");
    let mut all = Scores::new("He, E q and E q^2 of every layer");
    for width in [20, 50, 100] {
        let cell = run.find(&[&format!("width={width}")]);
        let n = f64::from(width);
        for layer in 1..=5 {
            let post = run.values(cell, layer, Site::Post, Metric::SecondMoment);
            let pre = run.values(cell, layer, Site::Pre, Metric::SecondMoment);
            let growth = power(1.0 + 5.0 / n, layer);
            let growth_pre = power(1.0 + 5.0 / n, layer - 1) * (1.0 + 2.0 / n);
            let what = |name: &str| format!("{name}, n = {width}, layer {layer}");
            let z = z_exact(&post, 1.0, (growth - 1.0).sqrt());
            let table = if layer == 5 { &mut means } else { &mut all };
            table.add(what("post"), z);
            all.add(what("pre"), z_exact(&pre, 2.0, 2.0 * (growth_pre - 1.0).sqrt()));
            let squares = |q: &[f64]| q.iter().map(|q| q * q).collect::<Vec<f64>>();
            all.add(what("post squared"), z_mean(&squares(&post), growth));
            all.add(what("pre squared"), z_mean(&squares(&pre), 4.0 * growth_pre));
        }
    }
    means.independent_and_within_five();
    all.each_within_five();
}

#[test]
fn networks_die_as_often_as_their_units_can_all_be_negative() {
    // P(dead by layer L) = 1 - (1 - 2^-n)^L for one input and any weights whose rows are symmetric and continuous
    // (Lu et al., arXiv:1903.06733). The zip of widths and depths, with the probability to ten digits.
    let cases = [
        (2, 5, 0.762_695_312_5),
        (3, 10, 0.736_924_423_8),
        (5, 20, 0.470_050_715_3),
        (10, 10, 0.009_722_821_2),
        (10, 100, 0.093_082_656_5),
    ];
    let mut scores = Scores::new("dead networks");
    for (seed, (width, depth, p)) in (50..).zip(cases) {
        let formula = 1.0 - power(1.0 - libm::scalbn(1.0, -width), depth);
        assert!((formula - p).abs() < 6e-11);
        let grid = format!(
            "[[grid]]\nwidth = {width}\ndepth = {depth}\n\
             law = ['normal', 'uniform', 'truncated_normal', 'laplace', 'student_t(3)']"
        );
        let run = Run::new(&he(seed, &grid, "'dead', 'second_moment'"), scaled(4000));
        for cell in 0..run.cells.len() {
            let dead = run.values(cell, depth, Site::Post, Metric::Dead);
            let q = run.values(cell, depth, Site::Post, Metric::SecondMoment);
            assert!(dead.iter().zip(&q).all(|(&dead, &q)| (dead > 0.0) != (q > 0.0)));
            let law = run.cells[cell].network.law;
            scores.add(format!("{law}, n = {width}, L = {depth}"), z_exact(&dead, p, (p * (1.0 - p)).sqrt()));
            let row = run.row(cell, depth, Site::Post, Metric::Dead);
            // A proportion is a quotient of two counts, rounded once.
            let count = dead.iter().filter(|&&dead| dead > 0.0).count();
            assert_eq!(
                row.estimate.unwrap().to_bits(),
                (count as f64 / dead.len() as f64).to_bits(),
                "{law}"
            );
            // Wilson's interval holds p whenever |z| < 1.96.
            let z = z_exact(&dead, p, (p * (1.0 - p)).sqrt());
            let inside = row.conf_low.unwrap() <= p && p <= row.conf_high.unwrap();
            assert_eq!(inside, z.abs() <= 1.959_963_984_540_054, "{law}, n = {width}: z = {z}");
        }
    }
    scores.independent_and_within_five();
}

#[test]
fn half_of_the_units_are_off_in_every_layer() {
    // One input, alive: the number of zeros is Bin(n, 1/2). E fraction = 1 - (1 - 2^-n)^(l-1) / 2, death included;
    // at n = 20 that changes the variance 1/(4n) by less than 1e-4 of itself. Bernoulli bits of different layers are
    // independent, so all scores are.
    let run = Run::new(&he(60, "[[grid]]\nwidth = [20, 64]\ndepth = 5", "'fraction_zero'"), scaled(8000));
    let mut scores = Scores::new("fraction of zeros");
    for width in [20, 64] {
        let cell = run.find(&[&format!("width={width}")]);
        for layer in 1..=5 {
            let alive = power(1.0 - libm::scalbn(1.0, -width), layer - 1);
            let zeros = run.values(cell, layer, Site::Post, Metric::FractionZero);
            let what = format!("n = {width}, layer {layer}");
            scores.add(what, z_exact(&zeros, 1.0 - alive / 2.0, (0.25 / f64::from(width)).sqrt()));
        }
    }
    scores.independent_and_within_five();
    // A batch of normal inputs: the mean is 1/2 still, by the symmetry of every weight.
    let grid = "[[grid]]\nwidth = 50\ndepth = 4\nbatch = 10\ninput_mean = 0.3\ninput_std = 1\nlaw = ['normal', 'uniform']";
    let run = Run::new(&he(61, grid, "'fraction_zero'"), scaled(2000));
    let mut scores = Scores::new("fraction of zeros in a batch");
    for cell in 0..run.cells.len() {
        for layer in 1..=4 {
            let zeros = run.values(cell, layer, Site::Post, Metric::FractionZero);
            scores.add(format!("{}, layer {layer}", run.cells[cell].network.law), z_mean(&zeros, 0.5));
        }
    }
    scores.each_within_five();
}
