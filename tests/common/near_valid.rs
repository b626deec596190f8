//! Configs that are almost valid, at random: each line is right, or wrong in one of the ways in which people, programs and
//! attackers are wrong.

use std::fmt::Write;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Keys, each with values that are right.
type Settings = &'static [(&'static str, &'static [&'static str])];

/// Right settings of a grid, most of them small.
const SETTINGS: Settings = &[
    (
        "width",
        &[
            "64",
            "[1, 2, 5]",
            "{ from = 1, to = 300, step = 1 }",
            "{ from = 32, to = 1024, points = 6, scale = 'log' }",
            "1e3",
        ],
    ),
    (
        "std",
        &[
            "'he_normal'",
            "['sqrt(2/fan_in)', '1/sqrt(fan_in)', 0.05]",
            "{ from = 0, to = 1, points = 100 }",
            "'layer/depth'",
            "1",
            "'lsuv'",
            "['5/3 * xavier_uniform', 'orthogonal(2)']",
        ],
    ),
    ("depth", &["3", "[1, 2, 4, 8]", "{ from = 1, to = 10, step = 1 }", "[1, 300]"]),
    (
        "mean",
        &[
            "0",
            "[0.0, '1/fan_in']",
            "{ from = -1, to = 1, step = 0.25 }",
            "'log(depth) - layer'",
            "'batch/width'",
        ],
    ),
    ("activation", &["'relu'", "['relu', 'tanh', 'linear']", "'leaky_relu(0.01)'", "'elu(1)'", "'celu(2)'"]),
    (
        "law",
        &["'normal'", "['normal', 'student_t(5)', 'rademacher']", "'truncated_normal(3)'", "'orthogonal'"],
    ),
    ("operation", &["'matmul'", "['product', 'sum']"]),
    ("bias_std", &["0", "[0, 0.5]", "'max(0, depth - layer)'"]),
    ("batch", &["64", "'width'", "[1, 16]", "{ from = 1, to = 64, step = 1 }"]),
    ("input_mean", &["0", "'depth - width'"]),
    ("input_std", &["1", "'1/batch'"]),
    ("input_correlation", &["0", "'-1/batch'", "[0, 0.5, 1]"]),
    ("precision", &["'f64'", "['f32', 'f64']"]),
    ("label", &["'a'", "'=1+1'", "\"two words\""]),
    ("where", &["'width >= depth'", "\"law == 'normal' && mean != 0\"", "'std > 0.1 || batch == 64'"]),
    ("zip", &["['width', 'std']", "[['width', 'depth'], ['std', 'mean']]"]),
    ("published", &["{ mean = 0.009, std = 1.04 }"]),
];

/// Right settings of a grid that few others go with: one of them at most.
const RARE: Settings = &[
    ("bias_law", &["'uniform'", "['normal', 'laplace']"]),
    ("input_law", &["'normal'", "['uniform', 'rademacher']"]),
    ("tied", &["false", "[true, false]"]),
    ("input_width", &["784", "'2*width'"]),
    ("residual", &["'none'", "['phi(W x)', 'W phi(x)']", "'W phi(W x)'"]),
    ("skip", &["1", "[0, 0.5]"]),
    ("branch_scale", &["'1/sqrt(depth)'", "0.1"]),
    ("norm", &["'none'", "['layer', 'rms']", "'batch'"]),
    ("norm_at", &["'pre_activation'", "'input'"]),
    ("norm_eps", &["0", "1e-5"]),
    ("storage", &["'none'", "['f16', 'bf16']"]),
    ("gradient_storage", &["'none'", "['f16', 'e5m2']"]),
    ("loss_scale", &["1", "[1, 1024]", "'2^15'", "3"]),
];

/// Right settings of the other tables; a header comes before its own.
const TABLES: &[(&str, Settings)] = &[
    (
        "[measure]",
        &[
            ("layers", &["'last'", "'all'", "[0, 1]"]),
            ("sites", &["['pre', 'post']", "['input', 'post']"]),
            ("metrics", &["['mean', 'std', 'rms']"]),
            ("bands", &["'layers'", "'none'"]),
            ("histogram", &["{ from = -1, to = 1, bins = 4 }", "{ from = 0, to = 2.5, bins = 1 }"]),
            ("rescale", &["false"]),
            ("saturation", &["0.97"]),
            ("gradients", &["true", "false"]),
            ("cotangent", &["'ones'"]),
        ],
    ),
    (
        "[trials]",
        &[
            ("max", &["100000", "1000000000"]),
            ("min", &["64", "2"]),
            (
                "target",
                &[
                    "{ metric = 'std', relative = 0.01 }",
                    "[{ metric = 'mean', rms_relative = 0.1 }, { metric = 'std', absolute = 1e-3 }]",
                ],
            ),
        ],
    ),
    (
        "[defaults]",
        &[
            ("batch", &["16", "'width'"]),
            ("activation", &["['relu', 'gelu']"]),
            ("mean", &["{ from = 0, to = 1, points = 100 }"]),
        ],
    ),
    (
        "[[expect]]",
        &[
            ("metric", &["'std'", "'mean'"]),
            ("value", &["0", "1e-3"]),
            ("absolute", &["0.01"]),
            ("claim", &["'it holds'"]),
            ("where", &["'width > 2'", "\"activation == 'relu'\""]),
            ("site", &["'post'"]),
            ("statistic", &["'log2'", "'mean'"]),
            ("against", &["'layer'", "'log2 width'"]),
            ("layers", &["'all'"]),
            ("confidence", &["0.99"]),
        ],
    ),
    (
        "[[compare]]",
        &[("parameter", &["'std'"]), ("baseline", &["0.05", "'he_normal'"]), ("metrics", &["['std']"])],
    ),
    (
        "[[figure]]",
        &[
            ("metric", &["'std'", "['std', 'mean']"]),
            ("x", &["'layer'", "'std*sqrt(width)'", "'previous'", "'value'"]),
            ("color", &["'activation'", "'label'"]),
            ("facet", &["'std'", "['width', 'activation']"]),
            ("scale", &["{ y = 'log10' }"]),
            ("range", &["{ y = [0, 2] }", "{ x = [1, 8], y = [-1e300, 1e300] }"]),
            ("marks", &["[{ y = 1, text = '$q^*$' }]"]),
            ("show", &["['interval', 'theory']", "['median']"]),
            ("minus", &["0.607"]),
            ("where", &["'width > 2'"]),
        ],
    ),
];

/// Values that are wrong nearly everywhere.
const WRONG: &[&str] = &[
    "0",
    "-1",
    "-0.0",
    "1e308",
    "-1e308",
    "1e-320",
    "nan",
    "-inf",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "0xffffffffffffffffff",
    "[]",
    "[[]]",
    "{}",
    "''",
    "true",
    "1979-05-27",
    "[0, -1, 1e999]",
    "['relu', 3, {}]",
    "'1/0'",
    "'std'",
    "'theory'",
    "'-1/(batch-1)'",
    "['std', 'log2_rms', 'max']",
    "'sqrt(-width)'",
    "'exp(1e9)*width'",
    "'((((((width))))))^depth^depth'",
    "'w\u{fc}dth'",
    "\"\\u001b[31m\\u0007\\u202e\"",
    "'../../etc/passwd'",
    "{ from = 1, to = 4294967296, step = 1 }",
    "{ from = 1, to = 9223372036854775807, step = 1 }",
    "{ from = 1, to = 18446744073709551616, step = 1 }",
    "{ from = 0, to = 1, points = 1048577 }",
    "{ from = 1, to = 10, step = 0 }",
    "{ from = 1, to = 10, step = -1 }",
    "{ from = -1e308, to = 1e308, points = 1000 }",
    "{ from = 1e-308, to = 1e308, points = 100, scale = 'log' }",
    "{ from = 0, to = 10, points = 3, scale = 'log' }",
    "{ from = nan, to = inf, step = 1e-320 }",
    "{ from = 1, to = 2, points = 3, step = 4, colour = 5 }",
];

/// Values that are as large as they may be: they take a while.
const HUGE: &[&str] = &[
    "1000000",
    "{ from = 1, to = 100000, step = 1 }",
    "{ from = 1, to = 1048576, step = 1 }",
    "{ from = 0.001, to = 1000, points = 1048576, scale = 'log' }",
];

/// A source of configs.
pub struct Generator(Xoshiro256PlusPlus);

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.next_u64() % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// The next config. One in `rarity` lines is wrong.
    pub fn config(&mut self, rarity: usize) -> String {
        let mut text = String::new();
        self.line(&mut text, "name", &["'near'"], rarity);
        self.line(&mut text, "seed", &["2019", "9007199254740991"], rarity);
        let has_trials_table = self.one_in(4);
        if !has_trials_table {
            self.line(&mut text, "trials", &["40", "1000000000"], rarity);
        }
        if self.one_in(4) {
            self.line(&mut text, "purpose", &["'why?'"], rarity);
            self.line(&mut text, "randomness", &["'common'", "'independent'"], rarity);
        }
        for &(header, settings) in TABLES {
            let is_wanted = if header == "[trials]" { has_trials_table } else { self.one_in(5) };
            if is_wanted {
                self.table(&mut text, header, settings, rarity);
            }
        }
        for _ in 0..=self.below(3) {
            self.table(&mut text, "[[grid]]", SETTINGS, rarity);
        }
        if self.one_in(16) { self.cut(&text) } else { text }
    }

    /// A table with some of its settings.
    fn table(&mut self, text: &mut String, header: &str, settings: Settings, rarity: usize) {
        let (required, sparsity) = match header {
            "[[grid]]" => (2, 6),
            "[[expect]]" => (3, 4),
            "[[compare]]" => (2, 2),
            "[[figure]]" => (1, 6),
            _ => (1, 2),
        };
        let header = if self.one_in(16 * rarity) {
            self.pick(&["[grid]", "[[measure]]", "[", "[[x]]", "[a.b.c]"])
        } else {
            header
        };
        writeln!(text, "{header}").unwrap();
        for (i, &(key, values)) in settings.iter().enumerate() {
            // The first ones cannot be left out.
            if i < required || self.one_in(sparsity) {
                self.line(text, key, values, rarity);
            }
        }
        if header == "[[grid]]" && self.one_in(3) {
            let (key, values) = RARE[self.below(RARE.len())];
            self.line(text, key, values, rarity);
        }
    }

    fn line(&mut self, text: &mut String, key: &str, values: &[&str], rarity: usize) {
        let value = self.pick(values);
        if !self.one_in(rarity) {
            writeln!(text, "{key} = {value}").unwrap();
            return;
        }
        match self.below(12) {
            0 => {}
            1 => writeln!(text, "{key} = {value}\n{key} = {value}").unwrap(),
            2 => writeln!(text, "{key}x = {value}").unwrap(),
            3 => writeln!(text, "{key} {value}").unwrap(),
            4 => writeln!(text, "{key} = [{value}, {value}]").unwrap(),
            5 => {
                let (_, others) = SETTINGS[self.below(SETTINGS.len())];
                writeln!(text, "{key} = {}", self.pick(others)).unwrap();
            }
            6 => writeln!(text, "{key} = [{}]", format!("{value}, ").repeat(1 + self.below(2000))).unwrap(),
            _ => {
                let values = if self.one_in(100) { HUGE } else { WRONG };
                writeln!(text, "{key} = {}", self.pick(values)).unwrap();
            }
        }
    }

    /// The text with a piece cut out, doubled, or strewn with other characters.
    fn cut(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let start = self.below(characters.len());
        let end = (start + self.below(40)).min(characters.len());
        let piece: Vec<char> = characters.drain(start..end).collect();
        match self.below(3) {
            0 => {}
            1 => drop(characters.splice(start..start, piece.repeat(2))),
            _ => drop(characters.splice(start..start, "\u{0}\u{1b}]0;x\u{7}\u{202e}'\"[{".chars())),
        }
        characters.into_iter().collect()
    }
}
