//! Does a 95 % interval cover in 95 % of repetitions, and does `reliable` know when it does not?
//!
//! Seeds are fixed, so a pass is a pass for ever; a threshold is an exact binomial band with a false alarm
//! probability of 1e-6, or is derived where it stands. Passing proves nothing beyond the laws tried here.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use crate::band::{REPETITIONS, assert_coverage, band, binomial};
use initsweep::statistics::proportion::interval as proportion;
use initsweep::statistics::{Estimate, Kind, LEVEL, Moments, Summary, median};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{ChiSquared, Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

type Law = fn(&mut Xoshiro256PlusPlus) -> f64;

fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(rng)
}

fn log_normal(sigma: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
    libm::exp(sigma * normal(rng))
}

fn sample(law: Law, trials: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    (0..trials).map(|_| law(rng)).collect()
}

/// Counts the repetitions for which `covers` holds of `trials` draws.
fn count(law: Law, trials: usize, seed: u64, covers: impl Fn(&[f64]) -> bool) -> u64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..REPETITIONS).filter(|_| covers(&sample(law, trials, &mut rng))).count() as u64
}

#[test]
fn the_band_of_a_95_percent_interval_is_the_exact_one() {
    assert_eq!(band(LEVEL), (9390, 9603));
}

#[test]
fn t_interval_covers_the_mean_of_normal_data() {
    for (seed, trials) in [(1, 2), (2, 5), (3, 50)] {
        let covered = count(normal, trials, seed, |values| {
            let interval = Estimate::of(&Moments::of(values).unwrap()).unwrap().interval(LEVEL).unwrap();
            interval.low <= 0.0 && 0.0 <= interval.high
        });
        assert_coverage(covered, LEVEL);
    }
}

#[test]
fn t_interval_on_logs_covers_the_geometric_mean_of_log_normal_data() {
    let covered = count(
        |rng| log_normal(3.0, rng),
        50,
        4,
        |values| {
            let summary = Summary::of(values, Kind::Value);
            summary.log2_low.unwrap() <= 0.0 && 0.0 <= summary.log2_high.unwrap()
        },
    );
    assert_coverage(covered, LEVEL);
}

#[test]
fn order_statistics_cover_the_median_with_their_exact_probability() {
    // A ratio of normals is Cauchy: no mean, median 0.
    for (seed, trials) in [(5, 6), (6, 20), (7, 101)] {
        let tosses = trials as u64;
        let (rank, _) = median::ranks(tosses, LEVEL).unwrap();
        let exact = 1.0 - 2.0 * (0..rank).map(|k| binomial(k, tosses, 0.5)).sum::<f64>();
        let covered = count(
            |rng| normal(rng) / normal(rng),
            trials,
            seed,
            |values| {
                let summary = Summary::of(values, Kind::Value);
                summary.median_low.unwrap() <= 0.0 && 0.0 <= summary.median_high.unwrap()
            },
        );
        assert!(exact >= LEVEL);
        assert_coverage(covered, exact);
    }
}

#[test]
fn wilson_covers_as_often_as_the_literature_says() {
    // Exact sums over k. Inside .05 < p < .95 the coverage swings about the level; near 0 it dips to no
    // less than exp(-0.1765) = .838 (Brown et al. 2001, Statistical Science 16, 101).
    for trials in [50, 200, 1000] {
        let mut average = 0.0;
        for step in 1..1000 {
            let p = f64::from(step) / 1000.0;
            let covered = |k: &u64| {
                let interval = proportion(*k, trials, LEVEL).unwrap();
                interval.low <= p && p <= interval.high
            };
            let coverage: f64 = (0..=trials).filter(covered).map(|k| binomial(k, trials, p)).sum();
            let floor = if (0.05..=0.95).contains(&p) { 0.92 } else { 0.838 };
            assert!(coverage > floor, "T = {trials}, p = {p}: {coverage}");
            average += coverage / 999.0;
        }
        assert!((average - LEVEL).abs() < 0.005, "T = {trials}: {average}");
    }
}

#[test]
fn wilson_covers_with_its_exact_probability() {
    for (seed, trials, p) in [(10, 100, 0.3), (11, 1000, 0.01), (12, 50, 0.5)] {
        let inside = |ones: u64| {
            let interval = proportion(ones, trials, LEVEL).unwrap();
            interval.low <= p && p <= interval.high
        };
        let exact: f64 = (0..=trials).filter(|&k| inside(k)).map(|k| binomial(k, trials, p)).sum();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let covered = (0..REPETITIONS).filter(|_| {
            let values: Vec<f64> = (0..trials).map(|_| f64::from(u8::from(rng.random_bool(p)))).collect();
            let summary = Summary::of(&values, Kind::Indicator);
            summary.conf_low.unwrap() <= p && p <= summary.conf_high.unwrap()
        });
        assert_coverage(covered.count() as u64, exact);
    }
}

/// Second moment of a He-initialised rectifier net, 20 layers of 20 units: a product of `chi^2_K / 10`, K
/// binomial (20, 1/2), of mean 1 (Hanin & Nica 2019). All-dead layers, one in a million, are drawn again.
fn relu_20_by_20(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let mut layer = || loop {
        let active = (rng.next_u32() & 0xF_FFFF).count_ones();
        if active > 0 {
            return ChiSquared::new(f64::from(active)).unwrap().sample(rng) / 10.0;
        }
    };
    (0..20).map(|_| layer()).product()
}

/// Fraction of samples whose summary is called reliable.
fn reliable(law: Law, trials: usize, samples: usize) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let called =
        (0..samples).filter(|_| Summary::of(&sample(law, trials, &mut rng), Kind::Value).reliability.is_ok());
    called.count() as f64 / samples as f64
}

#[test]
fn means_of_heavy_tails_are_never_called_reliable() {
    // To pass, the log-sd seen between the quantiles q75 and q97.5 must be below 1.02 at T = 1000, 0.68 at
    // 200; it is 2 or more with a standard error of .14 and .3. Passing has probability below 1e-5, none in
    // 500.
    let laws: [Law; 3] = [|rng| log_normal(2.0, rng), |rng| log_normal(3.0, rng), relu_20_by_20];
    for law in laws {
        for trials in [50, 200, 500, 1000] {
            assert_eq!(reliable(law, trials, 500), 0.0, "T = {trials}");
        }
    }
}

#[test]
fn the_interval_really_fails_where_it_is_called_unreliable() {
    // Below 90 % where 95 % is promised: a band away from any excuse. Simulated elsewhere at T = 200: 77 % for
    // sigma 2, 49 % for sigma 3.
    let laws: [(Law, f64); 3] = [
        (|rng| log_normal(2.0, rng), libm::exp(2.0)),
        (|rng| log_normal(3.0, rng), libm::exp(4.5)),
        (relu_20_by_20, 1.0),
    ];
    for (law, truth) in laws {
        let covered = count(law, 200, 13, |values| {
            let interval = Estimate::of(&Moments::of(values).unwrap()).unwrap().interval(LEVEL).unwrap();
            interval.low <= truth && truth <= interval.high
        });
        assert!(covered < band(0.9).0, "{covered} of {REPETITIONS}");
    }
}

#[test]
fn means_of_light_tails_are_called_reliable() {
    // The sample skewness of normal data has standard error sqrt(6/T); at T = 50 the limit sqrt(T)/5 is 4
    // of them away.
    let laws: [(&str, Law); 6] = [
        ("normal", normal),
        ("shifted normal", |rng| 5.0 + normal(rng)),
        ("negative", |rng| normal(rng) - 9.0),
        ("log-normal, sigma 0.1", |rng| log_normal(0.1, rng)),
        ("std of a chain, cv 4 %", |rng| f64::sqrt(ChiSquared::new(312.0).unwrap().sample(rng))),
        ("uniform", |rng| f64::from(rng.next_u32())),
    ];
    for (name, law) in laws {
        for trials in [50, 200, 1000] {
            let fraction = reliable(law, trials, 1000);
            assert!(fraction >= 0.99, "{name}, T = {trials}: {fraction}");
        }
    }
}

#[test]
fn means_of_moderate_tails_become_reliable_with_more_trials() {
    // Log-normal sigma 1 needs 25 * 6.18^2 = 955 trials by Cochran's rule, an exponential law 100 by its
    // skewness 2 and 279 by its tail.
    let laws: [(Law, usize, usize); 2] =
        [(|rng| log_normal(1.0, rng), 200, 5000), (|rng| Exp1.sample(rng), 60, 1000)];
    for (law, too_few, enough) in laws {
        assert!(reliable(law, too_few, 500) < 0.05);
        assert!(reliable(law, enough, 500) > 0.95);
    }
}

#[test]
fn an_interval_called_reliable_misses_in_at_most_6_percent_of_all_samples() {
    // The false assurance, P(reliable and wrong), is held to Cochran's 6 % plus five standard errors. Among
    // the samples that pass it can be more while few of a law pass, because those are the ones that show
    // too little of its tail: 10 % for sigma 0.5 at T = 50.
    const SAMPLES: usize = 4000;
    let laws: [(&str, Law, f64); 6] = [
        ("log-normal 0.5", |rng| log_normal(0.5, rng), libm::exp(0.125)),
        ("log-normal 1", |rng| log_normal(1.0, rng), libm::exp(0.5)),
        ("log-normal 1.5", |rng| log_normal(1.5, rng), libm::exp(1.125)),
        ("exponential", |rng| Exp1.sample(rng), 1.0),
        ("uniform", |rng| f64::from(rng.next_u32()) / 4_294_967_296.0, 0.5),
        ("half-normal", |rng| normal(rng).abs(), (2.0 / std::f64::consts::PI).sqrt()),
    ];
    let limit = 0.06 + 5.0 * (0.06 * 0.94 / SAMPLES as f64).sqrt();
    for (name, law, truth) in laws {
        for trials in [50, 200, 1000] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
            let wrong = (0..SAMPLES).filter(|_| {
                let summary = Summary::of(&sample(law, trials, &mut rng), Kind::Value);
                summary.reliability.is_ok()
                    && !(summary.conf_low.unwrap() <= truth && truth <= summary.conf_high.unwrap())
            });
            let rate = wrong.count() as f64 / SAMPLES as f64;
            assert!(rate <= limit, "{name}, T = {trials}: {rate}");
        }
    }
}
