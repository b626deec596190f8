//! Statistics against tabulated values: mpmath, published tables, and hand-made cases.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use initsweep::statistics::proportion::interval as proportion;
use initsweep::statistics::{
    Estimate, Kind, LEVEL, Moments, Reliability, Summary, median, normal, quantiles, student_t,
};
use proptest::prelude::*;

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().skip(1).map(|line| line.split(',').collect())
}

fn relative_error(value: f64, expected: f64) -> f64 {
    if expected == 0.0 { value.abs() } else { (value / expected - 1.0).abs() }
}

#[test]
fn normal_quantile_and_cdf_match_fifty_digit_values_to_1e14() {
    let mut count = 0;
    for row in rows(include_str!("../oracles/normal.csv")) {
        let (x, y): (f64, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap());
        let value = if row[0] == "cdf" { normal::cdf(x) } else { normal::quantile(x).unwrap() };
        assert!(relative_error(value, y) < 1e-14, "{row:?}: {value}");
        count += 1;
    }
    assert_eq!(count, 49);
    assert!([0.0, 1.0, -0.1, f64::NAN].iter().all(|&p| normal::quantile(p).is_none()));
}

#[test]
fn student_quantile_matches_forty_digit_values_to_1e10_from_1_to_a_billion_degrees() {
    let mut count = 0;
    for row in rows(include_str!("../oracles/student_t.csv")) {
        let (nu, p): (u64, f64) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        let expected: f64 = row[2].parse().unwrap();
        let t = student_t::quantile(p, nu).unwrap();
        assert!(relative_error(t, expected) < 1e-10, "{row:?}: {t}");
        assert_eq!(student_t::quantile(1.0 - (1.0 - p), nu), Some(t));
        assert!(relative_error(-student_t::quantile(1.0 - p, nu).unwrap(), expected) < 1e-10, "{row:?}");
        count += 1;
    }
    assert_eq!(count, 31 * 12);
    assert_eq!(student_t::quantile(0.975, 0), None);
    assert_eq!(student_t::quantile(0.5, 7), Some(0.0));
}

#[test]
fn student_quantile_falls_with_every_degree_across_the_seam() {
    // At nu = 1000 one degree moves the quantile by 2e-6 of itself, far above the error of either method.
    for p in [0.9, 0.975, 0.9995] {
        let quantiles: Vec<f64> = (1..1100).map(|nu| student_t::quantile(p, nu).unwrap()).collect();
        assert!(quantiles.windows(2).all(|pair| pair[1] < pair[0]), "p = {p}");
    }
}

#[test]
fn median_ranks_are_the_published_ones() {
    let table = [
        (6, 1, 6),
        (20, 6, 15),
        (50, 18, 33),
        (100, 40, 61),
        (200, 86, 115),
        (1000, 469, 532),
        (2000, 956, 1045),
        (5000, 2431, 2570),
        (10_000, 4902, 5099),
    ];
    for (trials, low, high) in table {
        assert_eq!(median::ranks(trials, LEVEL), Some((low, high)), "T = {trials}");
    }
    assert!((0..6).all(|trials| median::ranks(trials, LEVEL).is_none()));
}

#[test]
fn median_ranks_are_the_widest_that_the_exact_binomial_allows() {
    // Pascal's triangle in integers: 2^T fits u128 up to T = 127. P(Bin < k) <= 1/40 is 40 sum C(T, j) <=
    // 2^T.
    let mut row = vec![1_u128];
    for trials in 1..=120_u32 {
        row =
            (0..=row.len()).map(|j| row.get(j).unwrap_or(&0) + if j > 0 { row[j - 1] } else { 0 }).collect();
        let (mut k, mut below) = (0, 0);
        while 40 * (below + row[k]) <= 1 << trials {
            below += row[k];
            k += 1;
        }
        let expected = (k > 0).then(|| (k as u64, u64::from(trials) + 1 - k as u64));
        assert_eq!(median::ranks(u64::from(trials), LEVEL), expected, "T = {trials}");
    }
}

#[test]
fn median_ranks_of_a_billion_trials_follow_the_normal_limit() {
    // k = T/2 - z sqrt(T)/2 + O(1).
    let trials = 1_000_000_000;
    let (low, _) = median::ranks(trials, LEVEL).unwrap();
    let limit = 0.5 * trials as f64 - 0.5 * normal::quantile(0.975).unwrap() * (trials as f64).sqrt();
    assert!((low as f64 - limit).abs() < 2.0, "{low} against {limit}");
}

#[test]
fn t_interval_of_a_textbook_sample() {
    // Mean 3, sd sqrt(2.5), t_{4, .975} = 2.7764451051977987.
    let interval =
        Estimate::of(&Moments::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap()).unwrap().interval(LEVEL).unwrap();
    let half = 2.776_445_105_197_799 * 0.5_f64.sqrt();
    assert!((interval.low - (3.0 - half)).abs() < 1e-10 && (interval.high - (3.0 + half)).abs() < 1e-10);
}

#[test]
fn wilson_limits_solve_the_score_equation() {
    // Both limits p satisfy (k - T p)^2 = z^2 T p (1 - p) (Wilson 1927); a few roundings of T^2 p^2.
    let z = normal::quantile(0.975).unwrap();
    for (k, trials) in [(1, 10), (3, 50), (500, 1000), (999, 1000)] {
        let interval = proportion(k, trials, LEVEL).unwrap();
        for p in [interval.low, interval.high] {
            let (k, n) = (k as f64, trials as f64);
            let residual = (k - n * p) * (k - n * p) - z * z * n * p * (1.0 - p);
            assert!(residual.abs() < 32.0 * f64::EPSILON * n * n, "{k} of {n}: {residual}");
        }
    }
    assert_eq!(proportion(0, 1000, LEVEL).unwrap().low, 0.0);
    assert!((proportion(0, 1000, LEVEL).unwrap().high - 0.003_827).abs() < 5e-7);
    assert_eq!(proportion(9, 9, LEVEL).unwrap().high, 1.0);
    assert_eq!((proportion(0, 0, LEVEL), proportion(2, 1, LEVEL)), (None, None));
}

#[test]
fn summary_of_values_fills_every_column() {
    let values: Vec<f64> = (1..=100).map(f64::from).collect();
    let summary = Summary::of(&values, Kind::Value);
    assert_eq!((summary.trials, summary.nonfinite, summary.reliability), (100, 0, Reliability::Ok));
    assert_eq!((summary.estimate, summary.median), (Some(50.5), Some(50.5)));
    assert_eq!((summary.median_low, summary.median_high), (Some(40.0), Some(61.0)));
    assert_eq!((summary.min, summary.max), (Some(1.0), Some(100.0)));
    assert_eq!((summary.q25, summary.q75), (Some(25.75), Some(75.25)));
    assert!(summary.log2_low < summary.log2_estimate && summary.log2_estimate < summary.log2_high);
    assert!(summary.conf_low < summary.estimate && summary.estimate < summary.conf_high);
    assert!(summary.q025 > summary.min && summary.q975 < summary.max);
    assert!((summary.sd.unwrap() / 10.0 - summary.std_error.unwrap()).abs() < 1e-15);
}

#[test]
fn infinite_values_are_counted_and_leave_the_median_defined() {
    let mut values: Vec<f64> = (1..=100).map(f64::from).collect();
    values[3] = f64::INFINITY;
    let summary = Summary::of(&values, Kind::Value);
    assert_eq!((summary.nonfinite, summary.estimate, summary.sd), (1, None, None));
    assert_eq!((summary.conf_low, summary.std_error, summary.log2_estimate), (None, None, None));
    assert_eq!((summary.median, summary.max), (Some(51.5), Some(f64::INFINITY)));
    assert_eq!((summary.median_low, summary.median_high), (Some(41.0), Some(62.0)));
    assert_eq!(summary.reliability, Reliability::NonFinite);
}

#[test]
fn a_nan_leaves_only_the_counts() {
    let summary = Summary::of(&[1.0, f64::NAN, 2.0], Kind::Value);
    let reliability = Reliability::NonFinite;
    assert_eq!(summary, Summary { trials: 3, nonfinite: 1, reliability, ..Summary::default() });
}

#[test]
fn logs_need_strictly_positive_values() {
    assert_eq!(Summary::of(&[1.0, 0.0], Kind::Value).log2_estimate, None);
    assert_eq!(Summary::of(&[1.0, -2.0], Kind::Value).log2_estimate, None);
    let summary = Summary::of(&[0.5, 32.0], Kind::Value);
    assert_eq!(summary.log2_estimate, Some(2.0));
    // Half width t_{1, .975} * sd / sqrt 2 = 12.7062... * 3.
    assert!((summary.log2_high.unwrap() - 2.0 - 3.0 * 12.706_204_736_174_7).abs() < 1e-9);
}

#[test]
fn summary_of_indicators_is_a_proportion() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(u8::from(i % 5 == 0))).collect();
    let summary = Summary::of(&values, Kind::Indicator);
    let wilson = proportion(10, 50, LEVEL).unwrap();
    assert_eq!((summary.conf_low, summary.conf_high), (Some(wilson.low), Some(wilson.high)));
    assert!((summary.estimate.unwrap() - 0.2).abs() < 1e-16 && summary.reliability.is_ok());
    assert_eq!((summary.median, summary.min, summary.log2_estimate), (None, None, None));
    let broken = Summary::of(&[0.0, 1.0, f64::NAN], Kind::Indicator);
    assert_eq!((broken.conf_low, broken.nonfinite, broken.reliability), (None, 1, Reliability::NonFinite));
}

#[test]
fn nothing_is_known_from_no_trials_and_only_the_value_from_one() {
    assert_eq!(Summary::of(&[], Kind::Value), Summary::default());
    assert_eq!(Summary::of(&[], Kind::Indicator), Summary::default());
    let one = Summary::of(&[3.0], Kind::Value);
    assert_eq!((one.estimate, one.median, one.sd, one.conf_low), (Some(3.0), Some(3.0), None, None));
    assert_eq!((one.median_low, one.log2_low, one.reliability), (None, None, Reliability::FewTrials));
}

#[test]
fn huge_values_have_a_finite_sd() {
    let summary = Summary::of(&[1e200, 2e200, 3e200], Kind::Value);
    assert!((summary.sd.unwrap() / 1e200 - 1.0).abs() < 4.0 * f64::EPSILON);
    assert!(summary.conf_high.unwrap().is_finite());
}

#[test]
fn quantiles_equal_those_of_numpy_to_the_bit() {
    for row in rows(include_str!("../oracles/quantiles.csv")) {
        let values: Vec<f64> = row[0].split(' ').map(|x| x.parse().unwrap()).collect();
        let (p, expected): (f64, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap());
        let ascending = quantiles::sorted(&values).unwrap();
        assert_eq!(quantiles::type7(&ascending, p), Some(expected), "{} values, p = {p}", values.len());
    }
}

/// Every number of a summary, in groups that must ascend.
fn ascending_groups(s: &Summary) -> [Vec<Option<f64>>; 4] {
    [
        vec![s.min, s.q025, s.q25, s.median, s.q75, s.q975, s.max],
        vec![s.min, s.median_low, s.median, s.median_high, s.max],
        vec![s.conf_low, s.estimate, s.conf_high],
        vec![s.log2_low, s.log2_estimate, s.log2_high],
    ]
}

/// Any f64, infinite now and then, NaN seldom enough that most lists have none.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![300 => any::<f64>(), 10 => prop::num::f64::INFINITE, 1 => Just(f64::NAN)]
}

proptest! {
    #[test]
    fn no_column_is_ever_nan_or_out_of_order(values in prop::collection::vec(number(), 0..60), positive: bool) {
        let values: Vec<f64> = if positive { values.iter().map(|x| x.abs()).collect() } else { values };
        let summary = Summary::of(&values, Kind::Value);
        for group in ascending_groups(&summary) {
            let known: Vec<f64> = group.into_iter().flatten().collect();
            prop_assert!(known.iter().all(|x| !x.is_nan()));
            prop_assert!(known.is_sorted(), "{known:?}");
        }
        for x in [summary.estimate, summary.sd, summary.std_error, summary.conf_low, summary.conf_high].into_iter().flatten() {
            prop_assert!(x.is_finite());
        }
        prop_assert_eq!(&summary, &Summary::of(&values, Kind::Value));
    }
}
