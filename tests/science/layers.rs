//! Every layer of deep linear chains, 100 x 100, against their exact moments.
//!
//! The oracles are the first two moments of `(X 1, X X^T)`, which obey a closed linear recursion under Gaussian
//! weights of any mean; they were run in exact fractions.

use crate::sweep::{Run, Scores, scaled, z_central, z_exact, z_mean};
use initsweep::network::{Metric, Site};

const CONFIG: &str = r#"
name = "layers"
seed = 1
trials = 1
[defaults]
width = 100
batch = 100
depth = 6
[[grid]]
std = ["1/sqrt(fan_in)", 2]
[[grid]]
std = 0.1
mean = [0.001, 0.01, 0.1, 1]
[[grid]]
std = 0.1
input_mean = 0.5
input_std = 2
[measure]
layers = "all"
metrics = ["mean", "std", "variance", "second_moment", "rms"]
"#;

/// One layer: `E S^2`, `Var S^2`, `Var M`, and `E S`, `sd S` by the delta method, whose error of `9/128 cv^4` is
/// at most 4e-4 sd of one trial.
type Layer = (f64, f64, f64, f64, f64);

/// Weights N(0, 1/n): the forum thread's fifth line.
const STD_TENTH: [Layer; 7] = [
    (0.9999, 0.000_199_98, 1e-4, 0.999_924_997_499_843_8, 0.007_071_067_811_865_476),
    (0.9999, 0.000_601_900_2, 1e-4, 0.999_874_749_937_897_9, 0.012_267_440_605_517_559),
    (0.9999, 0.001_207_839_6, 1e-4, 0.999_798_996_150_113_8, 0.017_377_862_325_668_854),
    (0.9999, 0.002_019_918_776_04, 1e-4, 0.999_697_471_024_720_7, 0.022_472_876_919_293_245),
    (0.9999, 0.003_040_320_313_760_4, 1e-4, 0.999_569_901_697_585, 0.027_570_928_421_972_028),
    (0.9999, 0.004_271_289_852_613_212, 1e-4, 0.999_416_007_421_664_1, 0.032_679_186_894_396_73),
    (0.9999, 0.005_715_137_152_917_304, 1e-4, 0.999_235_499_433_604_8, 0.037_801_153_169_545_25),
];

/// Weights N(0, 4): its sixth line.
const STD_TWO: [Layer; 7] = [
    STD_TENTH[0],
    (399.96, 96.304_032, 0.04, 19.997_494_998_757_958, 0.245_348_812_110_351_17),
    (159_984.0, 30_920_693.76, 16.0, 399.919_598_460_045_5, 6.951_144_930_267_542),
    (63_993_600.0, 8_273_587_306_659.84, 6400.0, 7_997.579_768_197_766_5, 179.783_015_354_345_96),
    (25_597_440_000.0, 1.992_504_320_826_015_7e18, 2_560_000.0, 159_931.184_271_613_6, 4_411.348_547_515_525),
    (
        10_238_976_000_000.0,
        4.478_772_028_493_751_6e23,
        1_024_000_000.0,
        3_198_131.223_749_325,
        104_573.398_062_069_52,
    ),
    (
        4_095_590_400_000_000.0,
        9.588_409_048_411_864e28,
        409_600_000_000.0,
        63_951_071.963_750_705,
        2_419_273.802_850_896,
    ),
];

/// Weights N(1, 0.01): its seventh line.
const MEAN_ONE: [Layer; 7] = [
    STD_TENTH[0],
    (99.9999, 198.119_401_900_2, 1.0001, 9.975_230_037_613_791, 0.703_774_821_977_527_2),
    (990_199.989_9, 19_815_923_594.180_37, 10_001.010_1, 992.574_077_289_779_9, 70.731_962_022_131_13),
    (
        9_902_000_099.979_9,
        1.981_996_486_837_171_8e18,
        100_010_201.020_1,
        99_257.357_478_778_93,
        7_073.917_350_100_447,
    ),
    (
        99_020_100_019_998.97,
        1.982_400_617_450_657_7e26,
        1_000_103_010_402.030_1,
        9_925_735.634_237_78,
        707_463.496_462_163_2,
    ),
    (
        9.902_019_904_990_199e17,
        1.982_804_751_273_718_6e34,
        1.000_104_010_604_060_4e16,
        992_573_552.106_099_4,
        70_753_525.103_038_64,
    ),
    (
        9.902_029_807_990_5e21,
        1.983_208_888_306_378_6e42,
        1.000_105_010_807_091e20,
        99_257_354_078.613_5,
        7_076_069_987.511_023,
    ),
];

#[test]
fn every_layer_of_the_three_chains_has_its_exact_moments() {
    let run = Run::new(CONFIG, scaled(1000));
    let tables = [
        ("std 0.1", run.find(&["std=0.1", "mean=0", "input_mean=0"]), &STD_TENTH),
        ("std 2", run.find(&["std=2"]), &STD_TWO),
        ("mean 1", run.find(&["mean=1"]), &MEAN_ONE),
    ];
    for layer in 0..=6 {
        let site = if layer == 0 { Site::Input } else { Site::Post };
        // Layers of one chain share their input, but chains draw independently, and in one layer M and S are
        // uncorrelated by the symmetry X_0 -> -X_0.
        let mut scores = Scores::new("M and S of one layer of the three chains");
        let mut squares = Scores::new("S^2, Q and variances of one layer of the three chains");
        for (name, cell, layers) in tables {
            let (e_s2, var_s2, var_m, e_s, sd_s) = layers[layer];
            let values = |metric| run.values(cell, layer, site, metric);
            let what = |metric: &str| format!("{metric} of layer {layer} of {name}");
            let (m, s2) = (values(Metric::Mean), values(Metric::Variance));
            scores.add(what("M"), z_exact(&m, 0.0, var_m.sqrt()));
            scores.add(what("S"), z_exact(&values(Metric::Std), e_s, sd_s));
            squares.add(what("S^2"), z_exact(&s2, e_s2, var_s2.sqrt()));
            squares.add(what("Q"), z_mean(&values(Metric::SecondMoment), e_s2 + var_m));
            squares.add(what("Var M"), z_central(&m, 0.0, 2, var_m));
            squares.add(what("Var S^2"), z_central(&s2, e_s2, 2, var_s2));
        }
        scores.independent_and_within_five();
        squares.each_within_five();
    }
    other_means(&run);
    identities(&run);
}

/// Layer 6 of the std 0.1 chain for other means of the weights and of the input: `sqrt(E S^2)` and sd M, ten and
/// six digits.
fn other_means(run: &Run) {
    let cases = [
        ("mean=0.001", 1.000_252_009, 0.010_052_9),
        ("mean=0.01", 1.101_259_184, 0.027_114_8),
        ("mean=0.1", 100_528.956_55, 10_052.906),
        ("input_mean=0.5", 2.060_849_339_5, 0.053_851_6),
    ];
    let mut scores = Scores::new("layer 6 at other means");
    let mut spreads = Scores::new("Var M of layer 6 at other means");
    for (word, root, sd_m) in cases {
        let cell = run.find(&["std=0.1", word]);
        let values = |metric| run.values(cell, 6, Site::Pre, metric);
        let m = values(Metric::Mean);
        scores.add(format!("M at {word}"), z_exact(&m, 0.0, sd_m));
        scores.add(format!("S^2 at {word}"), z_mean(&values(Metric::Variance), root * root));
        spreads.add(format!("Var M at {word}"), z_central(&m, 0.0, 2, sd_m * sd_m));
    }
    // E S and sd S of the input N(0.5, 2^2), eight and six digits.
    let cell = run.find(&["input_mean=0.5"]);
    let s = run.values(cell, 6, Site::Pre, Metric::Std);
    spreads.add("S at input_mean=0.5", z_exact(&s, 2.059_271_6, 0.080_641_8));
    scores.independent_and_within_five();
    spreads.each_within_five();
}

/// What holds in every single trial: `Q = M^2 + S^2` and the roots, to rounding, and both sites of a linear layer.
fn identities(run: &Run) {
    for cell in 0..run.cells.len() {
        let values = |metric| run.values(cell, 6, Site::Post, metric);
        let metrics = [Metric::Mean, Metric::Std, Metric::Variance, Metric::SecondMoment, Metric::Rms];
        assert!(metrics.iter().all(|&metric| values(metric) == run.values(cell, 6, Site::Pre, metric)));
        let [m, s, s2, q, rms] = metrics.map(values);
        for trial in 0..m.len() {
            // A root, a square and a fused sum: half an ulp each.
            let close = |a: f64, b: f64| (a / b - 1.0).abs() < 4.0 * f64::EPSILON;
            assert!(close(s[trial] * s[trial], s2[trial]) && close(rms[trial] * rms[trial], q[trial]));
            assert!(close(m[trial] * m[trial] + s2[trial], q[trial]));
        }
    }
}
