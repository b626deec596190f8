//! Theory against numbers computed elsewhere: one activation, fixed points, kernels, logarithms.
//!
//! The moments, fixed points and depth scales were computed with mpmath at 25 to 30 digits from the formulas of the
//! papers named at each table, every integral split at its kinks; they are good to 15 digits.

use std::f64::consts::{LN_2, SQRT_2};

use crate::close::{activation, assert_close};
use initsweep::kernels::Activation;
use initsweep::network::{Backward, Metric, Network, Site};
use initsweep::theory::Predictor;
use initsweep::theory::expansion::State;
use initsweep::theory::log_law;
use initsweep::theory::mean_field::{MeanField, edge_of_chaos, gaussian_moments};
use initsweep::theory::quadrature::{Function, pair_product};

/// Ten digits.
const DIGITS: f64 = 1e-10;

/// Over N(0, 1): `E phi, E phi^2, 1/sqrt(E phi^2), 1/sd(phi), E phi'^2`, then chi and chi parallel at that gain
/// without biases, `sigma_w` and `sigma_b^2` on the edge of chaos with q* = 1, and `E phi^4 / (E phi^2)^2`.
#[rustfmt::skip]
const UNIT_VARIANCE: [(&str, [f64; 10]); 20] = [
    ("linear", [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 3.0]),
    ("relu", [0.398_942_280_401_432_7, 0.5, SQRT_2, 1.712_858_550_449_663, 0.5, 1.0, 1.0, SQRT_2, 0.0, 6.0]),
    ("leaky_relu(0.01)", [0.394_952_857_597_418_4, 0.500_05, 1.414_142_856_997_835, 1.704_831_627_177_337, 0.500_05, 1.0, 1.0, 1.414_142_856_997_835, 0.0, 5.998_800_239_964_005]),
    ("leaky_relu(0.2)", [0.319_153_824_321_146_1, 0.52, 1.386_750_490_563_073, 1.546_460_060_360_873, 0.52, 1.0, 1.0, 1.386_750_490_563_073, 0.0, 5.556_213_017_751_479]),
    ("tanh", [0.0, 0.394_294_490_397_841_2, 1.592_537_419_722_831, 1.592_537_419_722_831, 0.464_402_902_448_268_2, 1.177_807_232_304_18, 0.461_070_830_477_631_4, 1.467_413_591_630_795, 0.150_964_629_378_552_9, 1.627_290_806_014_871]),
    ("erf", [0.0, 0.464_559_054_397_54, 1.467_166_950_489_139, 1.467_166_950_489_139, 0.569_410_034_733_741_6, 1.225_700_003_785_691, 0.408_566_667_928_563_6, 1.325_218_352_861_211, 0.184_139_677_807_452_8, 1.559_838_544_260_642]),
    ("hardtanh", [0.0, 0.516_058_550_961_713_3, 1.392_036_140_448_31, 1.392_036_140_448_31, 0.682_689_492_137_085_9, 1.322_891_541_792_774, 0.385_126_925_478_547_9, 1.210_287_062_432_522, 0.244_080_131_735_662_7, 1.613_168_182_353_464]),
    ("sigmoid", [0.5, 0.293_379_035_858_093, 1.846_228_545_338_605, 4.801_313_372_039_962, 0.044_836_241_350_194_37, 0.152_827_011_715_593_7, 0.106_341_074_741_005_5, 4.722_646_085_937_974, -5.543_345_896_607_391, 1.528_899_601_132_386]),
    ("softplus", [0.806_059_183_347_439_8, 0.921_245_908_859_300_4, 1.041_866_835_535_302, 1.919_125_980_107_656, 0.293_379_035_858_093, 0.318_458_983_683_693_1, 0.492_053_172_904_632, 1.846_228_545_338_605, -2.140_121_809_197_388, 2.754_528_824_403_257]),
    ("gelu", [0.282_094_791_773_878_1, 0.425_221_482_570_298_7, 1.533_530_441_195_535, 1.700_926_243_363_333, 0.455_850_865_649_287_1, 1.072_031_598_436_292, 1.144_063_196_872_584, 1.481_114_412_708_348, 0.067_191_674_705_633_72, 7.215_614_285_840_87]),
    ("silu", [0.206_620_964_141_907, 0.355_775_519_817_352_2, 1.676_532_470_331_091, 1.787_187_222_100_442, 0.379_482_351_632_829_3, 1.066_634_241_241_915, 1.172_594_054_098_749, 1.623_320_257_952_497, 0.062_471_500_225_166_88, 7.261_746_381_867_696]),
    ("elu(1)", [0.160_520_572_266_556, 0.644_945_417_492_923_9, 1.245_198_300_700_707, 1.270_843_417_850_196, 0.668_102_001_223_170_6, 1.035_904_718_604_347, 0.890_967_971_855_575_6, 1.223_428_557_552_621, 0.034_660_252_009_201_2, 3.776_021_997_795_087]),
    ("selu", [0.0, 1.0, 1.0, 1.0, 1.071_574_992_455_799, 1.071_574_992_455_799, 0.782_647_883_196_812_8, 0.966_025_776_973_901_2, 0.066_794_198_221_970_55, 2.503_140_450_615_408]),
    ("softsign", [0.0, 0.183_014_021_266_547_5, 2.337_533_363_108_54, 2.337_533_363_108_54, 0.227_671_340_422_182_5, 1.244_010_370_607_587, 0.476_711_560_442_412_8, 2.095_780_608_943_311, 0.196_148_180_411_397_7, 1.587_786_813_883_185]),
    ("celu(2)", [0.098_179_949_842_228_82, 0.749_362_489_697_308_9, 1.155_191_607_122_646_2, 1.162_693_873_055_232_3, 0.761_578_291_865_123_4, 1.016_301_592_801_567_7, 0.898_814_336_546_137_7, 1.145_889_452_233_295_4, 0.016_040_113_404_358_798, 3.126_343_597_754_974]),
    ("hardsigmoid", [0.5, 0.277_639_091_056_512_6, 1.897_840_424_729_559, 6.015_034_486_637_097, 0.027_702_783_442_687_22, 0.099_779_837_692_410_54, 0.097_119_400_362_858_42, 6.008_115_825_196_681, -9.022_064_809_151_94, 1.377_594_085_664_940_2]),
    ("hardswish", [0.166_216_700_656_123_3, 0.331_567_375_137_907_7, 1.736_657_212_766_541_6, 1.813_871_473_813_182_7, 0.358_531_517_178_605_26, 1.081_323_266_589_43, 1.223_920_261_977_841_8, 1.670_076_367_441_382_3, 0.075_207_173_564_228_54, 7.671_015_862_081_842]),
    ("logsigmoid", [-0.806_059_183_347_439_8, 0.921_245_908_859_300_2, 1.041_866_835_535_301_8, 1.919_125_980_107_656_3, 0.293_379_035_858_092_94, 0.318_458_983_683_693_13, 0.492_053_172_904_631_96, 1.846_228_545_338_605_4, -2.140_121_809_197_388, 2.754_528_824_403_257]),
    ("squared_relu", [0.5, 1.5, 0.816_496_580_927_726, 0.894_427_190_999_915_9, 2.0, 1.333_333_333_333_333_3, 2.0, std::f64::consts::FRAC_1_SQRT_2, 0.25, 23.333_333_333_333_332]),
    ("mish", [0.240_403_888_374_791_43, 0.452_342_192_375_882_75, 1.486_847_581_273_208, 1.592_025_381_099_446_2, 0.479_083_758_373_969_77, 1.059_118_000_595_145_7, 1.076_338_816_361_319_5, 1.444_755_232_547_319_4, 0.055_818_143_551_451_2, 6.349_416_485_558_738]),
];

#[test]
fn moments_of_every_activation_agree_to_ten_digits() {
    for (name, expected) in UNIT_VARIANCE {
        let m = gaussian_moments(activation(name), 1.0);
        let gain = m.gain(1.0);
        let (edge_w, edge_b) = m.edge(1.0);
        let sd = (m.second - m.mean * m.mean).sqrt();
        let kurtosis = m.fourth / (m.second * m.second);
        let (chi, parallel) = (gain * gain * m.slope, gain * gain * m.second_slope);
        let values = [m.mean, m.second, gain, 1.0 / sd, m.slope, chi, parallel, edge_w, edge_b, kurtosis];
        for (i, (value, expected)) in values.into_iter().zip(expected).enumerate() {
            assert_close(value, expected, DIGITS, &format!("{name}, column {i}"));
        }
    }
}

/// tanh: `sigma_w^2, sigma_b^2`, then `q*, chi, chi_par, c*, C'(c*), xi_q, xi_c` (the grids of Poole et al. 2016 and
/// Schoenholz et al. 2017).
#[rustfmt::skip]
const TANH: [([f64; 2], [f64; 7]); 12] = [
    ([1.69, 0.09], [0.607_046_791_909_342_4, 0.939_807_428_682_163_8, 0.473_515_869_865_106_24, 1.0, 0.939_807_428_682_183_9, 1.337_667_642_539_302, 16.108_172_743_484_43]),
    ([6.25, 0.09], [4.079_123_875_282_358, 1.585_224_765_006_046_7, 0.233_922_045_582_588, 0.122_103_747_305_593, 0.822_229_172_723_581_3, 0.688_341_457_236_766_9, 5.108_918_989_167_296]),
    ([16.0, 0.09], [12.604_149_497_844_604, 2.367_261_035_545_904_5, 0.130_082_102_326_233_18, 0.029_695_921_580_338_853, 0.759_743_605_012_199_8, 0.490_294_745_077_002_55, 3.639_351_021_509_016_3]),
    ([1.0, 0.05], [0.193_592_520_245_303_66, 0.759_031_647_185_404_3, 0.564_279_982_046_777_1, 1.0, 0.759_031_647_185_420_4, 1.747_626_242_902_019_3, 3.626_975_618_053_434]),
    ([1.3, 0.05], [0.315_316_477_485_304_45, 0.880_163_509_883_226_1, 0.571_123_484_620_231_2, 1.0, 0.880_163_509_883_245_3, 1.785_236_631_542_510_8, 7.834_069_268_461_065]),
    ([1.5, 0.05], [0.418_037_200_533_495_36, 0.938_636_268_198_859_7, 0.551_983_205_663_505_4, 1.0, 0.938_636_268_198_879_4, 1.682_828_388_706_417_7, 15.790_994_034_130_371]),
    ([1.7, 0.05], [0.533_075_627_946_661_6, 0.986_740_809_025_883_7, 0.526_373_682_970_901_4, 1.0, 0.986_740_809_025_904_3, 1.558_254_014_491_518_5, 74.918_270_503_170_12]),
    ([2.0, 0.05], [0.721_761_872_652_099_3, 1.047_665_999_575_743_6, 0.486_521_744_031_343_4, 0.744_082_419_501_520_4, 0.961_114_791_974_147_2, 1.387_975_748_257_356, 25.213_414_789_223_044]),
    ([2.5, 0.05], [1.063_958_377_416_85, 1.133_515_698_704_280_3, 0.428_463_850_946_432_6, 0.446_804_232_344_348_85, 0.918_716_774_913_806_8, 1.179_872_916_479_498, 11.795_597_515_882_712]),
    ([3.0, 0.05], [1.428_008_462_196_52, 1.208_934_424_061_126, 0.382_820_196_576_288_85, 0.299_317_641_815_406_04, 0.895_404_715_758_785_9, 1.041_460_695_391_333, 9.051_455_725_933_65]),
    ([4.0, 0.05], [2.195_493_928_034_555, 1.342_402_414_445_202_5, 0.318_195_099_404_546_3, 0.165_064_962_022_326_57, 0.866_527_995_597_282_7, 0.873_293_371_960_278_8, 6.980_273_532_978_024]),
    ([2.777_777_777_777_777_7, 0.0], [1.178_480_490_385_952, 1.209_831_320_382_836_6, 0.430_899_386_364_738_9, 0.0, 0.920_790_652_845_255_3, 1.187_816_812_247_018, 12.117_896_554_591_38]),
];

#[test]
fn fixed_points_and_depth_scales_of_tanh_agree_to_ten_digits() {
    for ([gain, bias], [q, chi, parallel, c, slope, xi_q, xi_c]) in TANH {
        let field = MeanField { activation: Activation::Tanh, sigma_w: gain.sqrt(), sigma_b: bias.sqrt() };
        let points = field.fixed_points();
        assert_eq!(points.len(), 1, "{gain} {bias}");
        let point = points[0];
        let what = |name: &str| format!("{name} at {gain}, {bias}");
        assert_close(point.q, q, DIGITS, &what("q"));
        assert_close(point.chi, chi, DIGITS, &what("chi"));
        assert_close(point.chi_parallel, parallel, DIGITS, &what("chi_par"));
        // c* is a root of C(c) - c, whose slope is 1 - C'(c*): rounding is amplified by its inverse.
        assert_close(point.c, c, DIGITS, &what("c"));
        assert_close(point.slope, slope, DIGITS, &what("slope"));
        assert_close(point.variance_depth() / xi_q, 1.0, DIGITS, &what("xi_q"));
        assert_close(point.correlation_depth() / xi_c, 1.0, 1e-9, &what("xi_c"));
    }
}

/// Mean and variance of `ln |x'|^2 / |x|^2`: linear with variance 1/n (sums of psi functions), relu with 2/n.
#[rustfmt::skip]
const LOG_LINEAR: [(usize, f64, f64); 8] = [
    (5, -0.213_134_091_228_911_8, 0.490_357_756_100_234_9),
    (10, -0.103_320_244_002_3, 0.221_322_955_737_115_33),
    (20, -0.050_832_503_927_324_524, 0.105_166_335_681_685_76),
    (50, -0.020_133_312_016_226_59, 0.040_810_663_257_225_58),
    (100, -0.010_033_332_000_253_47, 0.020_201_333_226_697_128),
    (200, -0.005_008_333_250_002_828, 0.010_050_166_663_333_573),
    (500, -0.002_001_333_331_199_895, 0.004_008_010_666_632_532),
    (1000, -0.001_000_333_333_200_487_1, 0.002_002_001_333_332_266),
];
#[rustfmt::skip]
const LOG_RELU: [(usize, f64, f64); 8] = [
    (5, -0.623_392_864_965_793_5, 2.362_268_762_076_938_7),
    (10, -0.307_461_010_691_857_3, 0.866_734_253_052_603_8),
    (20, -0.137_186_724_769_029_8, 0.311_758_075_000_017_1),
    (50, -0.051_738_780_849_765_804, 0.108_168_133_348_275_28),
    (100, -0.025_420_885_622_755_78, 0.051_939_992_148_723_79),
    (200, -0.012_603_616_800_979_482, 0.025_473_414_893_091_09),
    (500, -0.005_016_430_174_940_741, 0.010_074_686_453_751_588),
    (1000, -0.002_504_095_385_628_346_5, 0.005_018_585_316_655_263_5),
];

#[test]
fn laws_of_logarithms_agree_to_ten_digits() {
    for (n, mean, variance) in LOG_LINEAR {
        let law = log_law::linear(n, (1.0 / n as f64).sqrt());
        assert_close(law.mean, mean, 1e-14, "mean, linear");
        assert_close(law.variance, variance, 1e-14, "variance, linear");
    }
    for (n, mean, variance) in LOG_RELU {
        let law = log_law::relu(n, (2.0 / n as f64).sqrt());
        assert_close(law.mean, mean, 1e-13, "mean, relu");
        assert_close(law.variance, variance, 1e-13, "variance, relu");
    }
    assert_close(log_law::collapse(100), -0.010_152_022_7, 1e-10, "two inputs, n = 100");
    assert_close(log_law::collapse(10), -0.117_246_742_1, 1e-10, "two inputs, n = 10");
}

/// `ln |D_l|^2` and `ln (|dW_l|^2 / |x_0|^2)` of one input through He relu, given that it lives, N(0, 1/n) on top; twelve digits,
/// computed independently. (n, L, layer, mean, variance); the last layer of weights and the first have one law.
#[rustfmt::skip]
const LOG_GRADIENTS: [(usize, usize, usize, f64, f64); 7] = [
    (10, 6, 1, -2.537_913_244_711_087, 5.200_405_518_315_62),
    (10, 6, 3, -1.922_991_223_327_373, 3.466_937_012_210_413),
    (10, 6, 6, -1.000_608_191_251_802, 0.866_734_253_052_603_3),
    (50, 20, 1, -1.727_922_797_555_257, 2.163_362_666_965_527),
    (50, 20, 20, -0.744_885_961_409_710_9, 0.108_168_133_348_276_4),
    (100, 50, 1, -1.964_191_461_697_746, 2.596_999_607_436_269),
    (100, 50, 50, -0.718_568_066_182_701_3, 0.051_939_992_148_725_38),
];

#[test]
fn laws_of_logarithms_of_relu_gradients_agree_to_ten_digits() {
    for (n, depth, layer, mean, variance) in LOG_GRADIENTS {
        let network = Network {
            width: n,
            depth,
            batch: 1,
            weight_std: vec![(2.0 / n as f64).sqrt(); depth].into(),
            weight_mean: vec![0.0; depth].into(),
            bias_std: vec![0.0; depth].into(),
            activation: Activation::Relu,
            ..Network::default()
        };
        let predictor = Predictor::new(&network).with_gradients(&network, Some(Backward::default()));
        let law = |layer, site, count: f64| {
            let of = predictor.predict(layer, site, Metric::Log2Rms).expect("exact");
            let (log, sd) = (of.value * 2.0 * LN_2 + libm::log(count), of.sd.expect("known") * 2.0 * LN_2);
            (log, sd * sd)
        };
        let x = log_law::linear(n, 1.0);
        let n = n as f64;
        let (log, square) = law(layer, Site::GradPre, n);
        assert_close(log, mean, 1e-10, "mean of ln |D|^2");
        assert_close(square, variance, 1e-10, "variance of ln |D|^2");
        // At every layer the law of ln |D_1|^2, and that of |x_0|^2 = chi^2_n beside it.
        let (first, spread) = law(1, Site::GradPre, n);
        let (log, square) = law(layer, Site::GradWeight, n * n);
        assert_close(log - x.mean, first, 1e-10, "mean of ln |dW|^2");
        assert_close(square - x.variance, spread, 1e-10, "variance of ln |dW|^2");
    }
}

/// `E ln |G_0|^2 = psi(6) + ln(2/12)` of the cotangent and `psi(m/2) + ln 2 s^2` of the fan-ins m = 8, 20, 5, and the sum of
/// `psi1(m/2)`.
#[test]
fn laws_of_logarithms_of_linear_gradients_agree_at_unequal_widths() {
    let shape = [8, 20, 5, 12];
    let pairs = || shape.windows(2).map(|pair| (pair[0] as f64, pair[1] as f64));
    let stds: [(Vec<f64>, f64); 3] = [
        (pairs().map(|(fan_in, _)| (1.0 / fan_in).sqrt()).collect(), -0.479_785_089),
        (pairs().map(|(_, fan_out)| (1.0 / fan_out).sqrt()).collect(), -0.885_250_197),
        (pairs().map(|(fan_in, fan_out)| (2.0 / (fan_in + fan_out)).sqrt()).collect(), -1.100_025_498),
    ];
    for (std, expected) in stds {
        let network = Network {
            width: 20,
            widths: shape.into(),
            depth: 3,
            batch: 1,
            weight_std: std.into(),
            weight_mean: [0.0; 3].into(),
            bias_std: [0.2; 3].into(),
            ..Network::default()
        };
        let predictor = Predictor::new(&network).with_gradients(&network, Some(Backward::default()));
        let of = predictor.predict(0, Site::GradPost, Metric::Log2Rms).expect("exact");
        assert_close(of.value * 2.0 * LN_2 + libm::log(8.0), expected, 1e-9, "E ln |G_0|^2");
        let sd = of.sd.expect("known") * 2.0 * LN_2;
        assert_close(sd * sd, 1.060_670_003, 1e-9, "variance");
        // Biases are no part of the gradients; but those of weights have the layer below in them.
        assert!(predictor.predict(1, Site::GradWeight, Metric::Log2Rms).is_some());
        assert!(predictor.predict(2, Site::GradWeight, Metric::Log2Rms).is_none());
        let batch = Network { batch: 2, ..network };
        let predictor = Predictor::new(&batch).with_gradients(&batch, Some(Backward::default()));
        assert!(predictor.predict(0, Site::GradPost, Metric::Log2Rms).is_none());
    }
}

#[test]
fn relu_dies_as_often_as_published() {
    // Lu et al. (2020): 1 - (1 - 2^-n)^L.
    let cases = [
        (2, 5, 0.762_695_312_5),
        (3, 10, 0.736_924_423_8),
        (10, 10, 0.009_722_821_2),
        (10, 100, 0.093_082_656_5),
    ];
    for (n, depth, p) in cases {
        assert_close(log_law::dead(vec![n; depth]), p, 1e-10, "dead");
    }
}

/// `E phi(u) phi(v)` over unit variances at correlation 0, .25, .5, .75, .9 (Cho and Saul 2009 for relu, Williams 1997
/// for erf).
#[rustfmt::skip]
const PAIRS: [(&str, [f64; 5]); 11] = [
    ("relu", [0.159_154_943_091_9, 0.226_654_938_922_3, 0.304_498_890_522_1, 0.394_001_053_776, 0.454_769_199_422_3]),
    ("leaky_relu(0.01)", [0.155_987_759_724_4, 0.224_644_505_637_7, 0.303_439_362_600_7, 0.393_660_432_805_8, 0.454_719_292_353_8]),
    ("tanh", [0.0, 0.092_067_948_121_1, 0.186_324_413_203_4, 0.285_543_692_375_9, 0.349_203_350_581_9]),
    ("erf", [0.0, 0.106_600_758_076_2, 0.216_346_895_938_8, 0.333_333_333_333_3, 0.409_665_529_398_3]),
    ("hardtanh", [0.0, 0.117_133_856_512_2, 0.238_169_165_800_8, 0.368_115_836_653_5, 0.453_545_356_774_9]),
    ("sigmoid", [0.25, 0.260_683_228_476_7, 0.271_428_325_631_7, 0.282_301_538_934, 0.288_918_012_260_3]),
    ("softplus", [0.649_731_407_058_7, 0.713_566_174_111_7, 0.780_078_165_206_9, 0.849_290_986_647_3, 0.892_131_424_068_7]),
    ("gelu", [0.079_577_471_545_95, 0.147_693_188_216_1, 0.227_294_915_022, 0.319_225_777_671_5, 0.380_968_870_594_8]),
    ("silu", [0.042_692_222_822_93, 0.109_044_470_868_6, 0.183_169_663_088_2, 0.265_282_451_143_5, 0.318_538_427_891_5]),
    ("elu(1)", [0.025_766_854_120_78, 0.172_958_252_879_7, 0.324_783_648_956_8, 0.481_772_944_380_4, 0.578_818_963_309_4]),
    ("selu", [0.0, 0.243_810_497_912_9, 0.490_569_128_325_5, 0.741_588_575_935_9, 0.895_259_309_096_1]),
];

#[test]
fn pair_kernels_agree_to_twelve_digits() {
    for (name, expected) in PAIRS {
        for (c, expected) in [0.0, 0.25, 0.5, 0.75, 0.9].into_iter().zip(expected) {
            let phi = activation(name);
            // The numbers are printed with 13 digits.
            let integral = pair_product(phi, Function::Value, 0.0, 1.0, c);
            assert_close(integral, expected, 1e-12, &format!("{name} at {c}"));
            let series = State::fixed(0.0, 1.0, 1.0 - c).unit(Some(phi), true);
            assert_close(
                series.square.value - series.difference,
                expected,
                2e-12,
                &format!("{name} at {c}, series"),
            );
        }
    }
}

#[test]
fn the_relu_kernel_is_the_closed_form_up_to_the_kink_and_for_derivatives() {
    use std::f64::consts::PI;
    for c in [-1.0, -0.99, -0.3, 1e-9, 0.3, 0.99, 0.999_999, 1.0 - 1e-12, 1.0] {
        let angle = libm::acos(c);
        let value = ((1.0 - c * c).max(0.0).sqrt() + (PI - angle) * c) / (2.0 * PI);
        assert_close(pair_product(Activation::Relu, Function::Value, 0.0, 1.0, c), value, 1e-12, "relu");
        let slope = (PI - angle) / (2.0 * PI);
        assert_close(pair_product(Activation::Relu, Function::Slope, 0.0, 1.0, c), slope, 1e-11, "slope");
    }
}

#[test]
fn the_erf_edge_of_chaos_is_its_closed_form() {
    // sigma_w^2 = pi/4 sqrt(1 + 4 q), sigma_b^2 = q - sigma_w^2 (2/pi) asin(2q / (1 + 2q)).
    for q in [1e-3, 0.1, 1.0, 10.0, 1e3] {
        let (w, b) = gaussian_moments(Activation::Erf, q).edge(q);
        let gain = std::f64::consts::FRAC_PI_4 * (1.0 + 4.0 * q).sqrt();
        assert_close(w * w / gain, 1.0, 1e-12, "sigma_w");
        let second = std::f64::consts::FRAC_2_PI * libm::asin(2.0 * q / (1.0 + 2.0 * q));
        assert_close((b - q + gain * second) / q, 0.0, 1e-12, "sigma_b");
    }
}

#[test]
fn edges_of_chaos_agree_to_ten_digits() {
    let cases = [
        ("tanh", 0.05, 1.122_539_004_77, 0.153_691_935_8),
        ("tanh", 0.2, 1.304_145_840_057, 0.512_078_504_2),
        ("tanh", 0.5, 1.549_673_912_508, 1.317_938_999),
        ("tanh", 0.05_f64.sqrt(), 1.760_954_639_607_f64.sqrt(), 0.570_047_881_6),
    ];
    for (name, bias, sigma_w, q) in cases {
        let edge = edge_of_chaos(activation(name), bias);
        assert_eq!(edge.len(), 1, "{name}");
        assert_close(edge[0].0, sigma_w, 2e-11, name);
        assert_close(edge[0].1, q, DIGITS, name);
    }
    for (name, sigma_w) in [
        ("erf", 1.152_795_413_492),
        ("hardtanh", 1.068_608_843_674),
        ("elu(1)", 1.229_251_124_137),
        ("softsign", 1.729_628_619_229),
    ] {
        let edge = edge_of_chaos(activation(name), 0.2);
        assert!(edge.iter().any(|(w, _)| (w - sigma_w).abs() < 1e-11), "{name}: {edge:?}");
    }
}

#[test]
fn silu_and_gelu_have_their_half_stable_points() {
    // Roberts, Yaida and Hanin (2022), section 5.3: chi = chi_par = 1. For gelu q* = (3 + sqrt 17) / 2.
    let points = [
        ("silu", 14.320_173_618_025_8, 1.988_004_678_269_49, 0.555_143_170_720_53),
        ("gelu", f64::midpoint(3.0, 17_f64.sqrt()), 1.983_058_257_437_55, 0.172_922_390_756_067),
    ];
    for (name, q, gain, bias) in points {
        let moments = gaussian_moments(activation(name), q);
        let (w, b) = moments.edge(q);
        assert_close(w * w, gain, 1e-12, name);
        assert_close(b, bias, 1e-11, name);
        assert_close(w * w * moments.second_slope, 1.0, 1e-11, name);
    }
}

#[test]
fn the_variance_of_deep_networks_follows_the_published_trajectories() {
    // From q_1 = 1: tanh with sigma_b = .3 (Poole et al. 2016), layers 2 to 6; gelu under He initialisation from q = 2, after that many more
    // layers.
    let trajectory = |activation, sigma_w, sigma_b, start: f64, count: usize| {
        let field = MeanField { activation, sigma_w, sigma_b };
        (0..count)
            .scan(start, |q, _| {
                *q = field.variance(*q);
                Some(*q)
            })
            .collect::<Vec<_>>()
    };
    let tanh = [
        (1.3, [0.756_357_69, 0.671_580_62, 0.636_382_37, 0.620_678_49, 0.613_444_99]),
        (2.5, [2.554_340_56, 3.605_559_54, 3.959_393_23, 4.050_580_35, 4.072_416_95]),
        (4.0, [6.398_711_85, 11.330_854_09, 12.425_671_89, 12.580_697_9, 12.601_094_85]),
    ];
    for (sigma_w, expected) in tanh {
        for (q, expected) in trajectory(Activation::Tanh, sigma_w, 0.3, 1.0, 5).into_iter().zip(expected) {
            assert_close(q, expected, 6e-9, "tanh");
        }
    }
    let gelu = trajectory(Activation::Gelu, 2_f64.sqrt(), 0.0, 2.0, 40);
    for (l, q) in [
        (1, 1.844_165_744),
        (2, 1.687_787_289),
        (5, 1.219_245_338),
        (10, 0.494_436_265_3),
        (20, 0.002_721_331_217),
        (40, 2.622_346_545e-9),
    ] {
        assert_close(gelu[l - 1] / q, 1.0, 1e-9, &format!("gelu, layer {l}"));
    }
}

#[test]
fn relu6_has_the_moments_of_a_normal_variable_cut_at_0_and_6() {
    for q in [0.01, 1.0, 9.0, 36.0, 400.0, 1e6_f64] {
        // With z = h / sqrt q: parts of the density and of its moments from 0 to a, and all of 6 beyond.
        let (s, a) = (q.sqrt(), 6.0 / q.sqrt());
        let density = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let (between, beyond) = (0.5 * libm::erf(a / SQRT_2), 0.5 * libm::erfc(a / SQRT_2));
        let moments = gaussian_moments(Activation::Relu6, q);
        assert_close(
            moments.mean,
            s * (density(0.0) - density(a)) + 6.0 * beyond,
            1e-13 * s.min(6.0),
            "mean",
        );
        let second = q * (between - a * density(a)) + 36.0 * beyond;
        assert_close(moments.second, second, 1e-13, "second");
        assert_close(moments.slope, between, 1e-13, "slope");
    }
}
