//! Activations behind one Gaussian layer, at any width exactly what their integrals say.
//!
//! Inputs that are all 1 and weights N(0, 1/n) make every pre-activation exactly N(0, 1), the units independent. So
//! over trials, with n units and a batch of 1, the mean M of phi(h) and its second moment Q have
//! `E M = E phi`, `Var M = Var phi / n`, `E Q = E phi^2`, `Var Q = (E phi^4 - (E phi^2)^2) / n`.

use crate::sweep::{Run, Scores, scaled, z_central, z_exact, z_mean};
use initsweep::kernels::{Activation, BLOCK_ROWS, Matrix, Scratch};
use initsweep::network::Arithmetic;
use initsweep::network::weights::{DrawnWeights, LayerAddress, Sampler, Streams, Weights};
use initsweep::network::{Metric, Site};
use initsweep::random::{Affine, Key, Law};
use initsweep::simd::SimdLevel;

/// Units: `1/sqrt n` is exact.
const WIDTH: f64 = 16.0;

/// `E phi`, `E phi^2` and `E phi^4 / (E phi^2)^2` under N(0, 1): integrals split at the kinks, 25 digits in
/// arbitrary precision, 16 printed.
const UNIT_VARIANCE: [(&str, f64, f64, f64); 16] = [
    ("linear", 0.0, 1.0, 3.0),
    ("relu", 0.398_942_280_401_432_7, 0.5, 6.0),
    ("leaky_relu(0.01)", 0.394_952_857_597_418_4, 0.500_05, 5.998_800_239_964_005),
    ("leaky_relu(0.2)", 0.319_153_824_321_146_1, 0.52, 5.556_213_017_751_479),
    ("tanh", 0.0, 0.394_294_490_397_841_2, 1.627_290_806_014_871),
    ("erf", 0.0, 0.464_559_054_397_54, 1.559_838_544_260_642),
    ("hardtanh", 0.0, 0.516_058_550_961_713_3, 1.613_168_182_353_464),
    ("sigmoid", 0.5, 0.293_379_035_858_093, 1.528_899_601_132_386),
    ("softplus", 0.806_059_183_347_439_8, 0.921_245_908_859_300_3, 2.754_528_824_403_257),
    ("gelu", 0.282_094_791_773_878_1, 0.425_221_482_570_298_7, 7.215_614_285_840_87),
    ("gelu_tanh", 0.282_038_588_078_788_7, 0.425_193_711_033_099_5, 7.217_834_300_967_659),
    ("silu", 0.206_620_964_141_907, 0.355_775_519_817_352_2, 7.261_746_381_867_696),
    ("mish", 0.240_403_888_374_791_4, 0.452_342_192_375_882_8, 6.349_416_485_558_737),
    ("elu(1)", 0.160_520_572_266_556, 0.644_945_417_492_923_9, 3.776_021_997_795_087),
    ("selu", 0.0, 1.0, 2.503_140_450_615_408),
    ("softsign", 0.0, 0.183_014_021_266_547_5, 1.587_786_813_883_185),
];

fn config(randomness: &str, activations: &str) -> String {
    format!(
        "name = 'activations'\nseed = 3\ntrials = 1\nrandomness = '{randomness}'\n[[grid]]\nwidth = {WIDTH}\nbatch = 1\n\
         std = '1/sqrt(fan_in)'\ninput_mean = 1\ninput_std = 0\nprecision = ['f64', 'f32']\n\
         activation = {activations}\n\
         [measure]\nsites = ['post']\nmetrics = ['mean', 'second_moment']\n"
    )
}

#[test]
fn every_activation_has_its_gaussian_moments_after_one_layer_in_both_precisions() {
    let names: Vec<&str> = UNIT_VARIANCE.iter().map(|row| row.0).collect();
    let run = Run::new(&config("independent", &format!("{names:?}")), scaled(80_000));
    // Cells draw independently; M and Q of one cell are correlated, so each has its own chi-squared.
    let mut means = Scores::new("E phi");
    let mut squares = Scores::new("E phi^2");
    let mut spreads = Scores::new("Var M and Var Q, from E phi^4");
    for precision in ["f64", "f32"] {
        for (name, e1, e2, kurtosis) in UNIT_VARIANCE {
            let cell = run.find(&[&format!("activation={name}"), &format!("precision={precision}")]);
            let what = format!("{name} in {precision}");
            let (var_m, var_q) = ((e2 - e1 * e1) / WIDTH, (kurtosis - 1.0) * e2 * e2 / WIDTH);
            let [m, q] =
                [Metric::Mean, Metric::SecondMoment].map(|metric| run.values(cell, 1, Site::Post, metric));
            means.add(&what, z_exact(&m, e1, var_m.sqrt()));
            squares.add(&what, z_exact(&q, e2, var_q.sqrt()));
            spreads.add(format!("M of {what}"), z_central(&m, e1, 2, var_m));
            spreads.add(format!("Q of {what}"), z_central(&q, e2, 2, var_q));
        }
    }
    means.independent_and_within_five();
    squares.independent_and_within_five();
    spreads.each_within_five();
}

#[test]
fn the_two_forms_of_gelu_are_told_apart_by_their_difference() {
    // With common draws the difference of the means is a mean of gelu_tanh(h) - gelu(h), of which expectation and
    // sd are known (same integrals). Its standard error is 1.2e-4 / sqrt(16 T) = 1.0e-7 at T = 80,000: the
    // expectation is 549 of them.
    let run = Run::new(&config("common", "['gelu', 'gelu_tanh']"), scaled(80_000));
    let (e, sd) = (-5.620_369_508_943_173e-5, 1.158_677_542_477_977e-4);
    let mut scores = Scores::new("gelu_tanh - gelu");
    for precision in ["f64", "f32"] {
        let precision = format!("precision={precision}");
        let [erf, tanh] = ["gelu", "gelu_tanh"].map(|name| {
            let cell = run.find(&[&format!("activation={name}"), &precision]);
            run.values(cell, 1, Site::Post, Metric::Mean)
        });
        let difference: Vec<f64> = tanh.iter().zip(&erf).map(|(a, b)| a - b).collect();
        scores.add(&precision, z_exact(&difference, e, sd / WIDTH.sqrt()));
        let z = z_mean(&difference, 0.0);
        assert!(z < -100.0, "the two forms are one in {precision}: z = {z}");
    }
    scores.each_within_five();
}

/// Correlations of the pairs.
const C: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 0.9];

/// `E phi(u) phi(v)` of standard normals with correlation c: relu by Cho and Saul (2009), erf by Williams (1997),
/// the others by quadrature split at the kinks, thirteen digits.
const PAIRS: [(&str, [f64; 5]); 12] = [
    ("linear", C),
    (
        "relu",
        [
            0.159_154_943_091_9,
            0.226_654_938_922_3,
            0.304_498_890_522_1,
            0.394_001_053_776,
            0.454_769_199_422_3,
        ],
    ),
    (
        "leaky_relu(0.01)",
        [
            0.155_987_759_724_4,
            0.224_644_505_637_7,
            0.303_439_362_600_7,
            0.393_660_432_805_8,
            0.454_719_292_353_8,
        ],
    ),
    ("tanh", [0.0, 0.092_067_948_121_1, 0.186_324_413_203_4, 0.285_543_692_375_9, 0.349_203_350_581_9]),
    ("erf", [0.0, 0.106_600_758_076_2, 0.216_346_895_938_8, 0.333_333_333_333_3, 0.409_665_529_398_3]),
    ("hardtanh", [0.0, 0.117_133_856_512_2, 0.238_169_165_800_8, 0.368_115_836_653_5, 0.453_545_356_774_9]),
    ("sigmoid", [0.25, 0.260_683_228_476_7, 0.271_428_325_631_7, 0.282_301_538_934, 0.288_918_012_260_3]),
    (
        "softplus",
        [
            0.649_731_407_058_7,
            0.713_566_174_111_7,
            0.780_078_165_206_9,
            0.849_290_986_647_3,
            0.892_131_424_068_7,
        ],
    ),
    (
        "gelu",
        [
            0.079_577_471_545_95,
            0.147_693_188_216_1,
            0.227_294_915_022,
            0.319_225_777_671_5,
            0.380_968_870_594_8,
        ],
    ),
    (
        "silu",
        [
            0.042_692_222_822_93,
            0.109_044_470_868_6,
            0.183_169_663_088_2,
            0.265_282_451_143_5,
            0.318_538_427_891_5,
        ],
    ),
    (
        "elu",
        [
            0.025_766_854_120_78,
            0.172_958_252_879_7,
            0.324_783_648_956_8,
            0.481_772_944_380_4,
            0.578_818_963_309_4,
        ],
    ),
    ("selu", [0.0, 0.243_810_497_912_9, 0.490_569_128_325_5, 0.741_588_575_935_9, 0.895_259_309_096_1]),
];

/// Products `phi(h_u) phi(h_v)` of every row of `phi(W X)`, by pair: X has the columns u = (1, 0) and, for every c,
/// v = (c, sqrt(1 - c^2)); W has two columns of N(0, 1), so the rows of `(h_u, h_v)` are independent, of correlation c.
fn products<T: Arithmetic>(activation: Activation, seed: u64, blocks: usize) -> [Vec<f64>; 5] {
    let level = SimdLevel::detect();
    let mut input = Matrix::<T>::new(2, 1 + C.len());
    for (column, c) in [1.0].into_iter().chain(C).enumerate() {
        let rows = input.data_mut();
        rows[0].as_mut()[column] = T::from_f64(c);
        rows[1].as_mut()[column] = T::from_f64((1.0 - c * c).sqrt());
    }
    let key = Key::root(seed, "pairs").trial(0);
    let sampler = Sampler { level, law: Law::Normal, affine: Affine { shift: 0.0, scale: 1.0 } };
    let mut streams = Streams::default();
    let address = LayerAddress { key, layer: 1 };
    let mut weights = Weights::Drawn(DrawnWeights::new(sampler, address, &mut streams));
    let mut scratch = Scratch::default();
    let mut block = Matrix::<T>::new(BLOCK_ROWS, 1 + C.len());
    let mut products: [Vec<f64>; 5] = Default::default();
    for index in 0..blocks {
        T::multiply(level, &mut weights, &mut scratch, input.data(), 1, index * BLOCK_ROWS, block.data_mut());
        activation.apply::<T>(level, block.data_mut());
        for row in block.data() {
            for (pair, products) in products.iter_mut().enumerate() {
                products.push(row.as_ref()[0].to_f64() * row.as_ref()[1 + pair].to_f64());
            }
        }
    }
    products
}

#[test]
fn pairs_of_inputs_have_the_kernels_of_their_activations_in_both_precisions() {
    // 2^18 rows. The activations draw independently, the five pairs of one activation do not: a chi-squared per c.
    let blocks = usize::try_from(scaled(2048)).unwrap();
    let mut tables = C.map(|_| Scores::new("pair kernels of one correlation"));
    for (seed, (name, kernels)) in (0..).zip(PAIRS) {
        let activation: Activation = name.parse().unwrap();
        for (precision, products) in [
            ("f64", products::<f64>(activation, 2 * seed, blocks)),
            ("f32", products::<f32>(activation, 2 * seed + 1, blocks)),
        ] {
            for (pair, products) in products.iter().enumerate() {
                let what = format!("{name} in {precision} at c = {}", C[pair]);
                tables[pair].add(what, z_mean(products, kernels[pair]));
            }
        }
    }
    for table in tables {
        table.independent_and_within_five();
    }
}
