//! Figures of trial values: histograms, distribution functions, slopes, and bands over all layers.

use initsweep::figure::{self, Figure};
use initsweep::network::{Metric, Site};
use initsweep::output::{Row, band_rows};
use initsweep::statistics::{Kind, Summary};

use super::drawn::Made;

/// One cell of 40 networks with three layers.
const CELL: &str = "name = 'a'\ntrials = 40\nseed = 3\n[[grid]]\nwidth = 6\ndepth = 5\nbatch = 2\nstd = 'he_normal'\n\
                    activation = 'relu'\n[measure]\nlayers = [1, 2, 5]\nsites = ['pre']\nmetrics = ['second_moment']\n";

/// The figure of a clause, with these values of every layer in place of those of the trials.
fn drawn(clause: &str, values: &dyn Fn(usize) -> Vec<f64>, change: impl Fn(&mut Row)) -> Figure {
    let clause = format!("{CELL}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\n{clause}");
    let mut made = Made::new(&clause);
    for row in &mut made.rows[0] {
        row.trials = values(row.layer).len();
        change(row);
    }
    let values = |_: usize, (layer, ..): (usize, Site, Metric)| Ok(values(layer));
    let input = figure::Input { values: &values, ..made.input() };
    figure::draw(&input).figures.remove(0)
}

/// A column of the numbers of a figure; NaN where it has none.
fn column(figure: &Figure, name: &str) -> Vec<f64> {
    let mut lines = figure.csv.lines();
    let at = lines.next().unwrap().split(',').position(|other| other == name).unwrap();
    lines.map(|line| line.split(',').nth(at).unwrap().parse().unwrap_or(f64::NAN)).collect()
}

fn unit(count: u32) -> Vec<f64> {
    // 7919 is a prime: all of them in another order.
    (0..count).map(|i| f64::from(i * 7919 % count) / f64::from(count - 1)).collect()
}

#[test]
fn a_histogram_has_the_area_of_its_finite_values_in_bins_of_freedman_and_diaconis() {
    // Equally spaced from 0 to 1: the quartiles are 1/4 and 3/4, so 2 (1/2) / cbrt 700 = 1/8.879, which is nine bins.
    let figure = drawn("x = 'value'", &|_| unit(700), |_| ());
    let (x, y) = (column(&figure, "x"), column(&figure, "y"));
    assert_eq!(x.len(), 10);
    for (index, edge) in x.iter().enumerate() {
        assert!((edge - f64::from(u32::try_from(index).unwrap()) / 9.0).abs() < 1e-12);
    }
    // 700 values, each of weight 1/700 over a width of 1/9: 77 or 78 in every bin.
    assert!(y[..9].iter().all(|density| (density - 1.0).abs() < 9.0 / 700.0), "{y:?}");
    assert_eq!(y[9].to_bits(), 0);
    let area =
        |x: &[f64], y: &[f64]| x.windows(2).zip(y).map(|(edges, y)| (edges[1] - edges[0]) * y).sum::<f64>();
    // Rounding of ten products.
    assert!((area(&x, &y) - 1.0).abs() < 1e-14);
    let infinite = drawn("x = 'value'", &|_| [unit(90), vec![f64::INFINITY; 10]].concat(), |_| ());
    assert!((area(&column(&infinite, "x"), &column(&infinite, "y")) - 0.9).abs() < 1e-14);
    assert!(
        infinite.caption.contains("Values that are infinite, and not drawn: 10."),
        "{}",
        infinite.caption
    );
}

/// The places of the curves of a figure that has one colour, path by path.
fn paths(figure: &Figure) -> Vec<Vec<(f64, f64)>> {
    let of_curve = |element: &&str| element.contains("stroke=\"#0072b2\" stroke-width=\"1\"");
    let place = |place: &str| {
        let (x, y) = place.split_once(' ').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    let path = |element: &str| {
        let path = element.split_once("d=\"M").unwrap().1.split_once('"').unwrap().0;
        path.split('L').map(place).collect()
    };
    figure.svg.split('<').filter(of_curve).map(path).collect()
}

#[test]
fn the_outline_of_a_histogram_reaches_the_edge_of_a_log_axis_beside_bins_that_are_empty() {
    // Two heaps, and nothing between them.
    let values = |_: usize| unit(200).into_iter().chain(unit(200).into_iter().map(|x| x + 9.0)).collect();
    let clause = "x = 'value'\nscale = { y = 'log10' }\nlayers = [5]\n";
    let figure = drawn(clause, &values, |_| ());
    let (x, y) = (column(&figure, "x"), column(&figure, "y"));
    assert!(y.iter().filter(|density| **density == 0.0).count() > 1, "{x:?} {y:?}");
    let paths = paths(&figure);
    assert_eq!(paths.len(), 2, "{paths:?}");
    // Lower is larger.
    let edge = paths.concat().into_iter().map(|(_, y)| y).fold(0.0, f64::max);
    let ends: Vec<(f64, f64)> = paths.iter().flat_map(|path| [path[0], path[path.len() - 1]]).collect();
    assert!(ends.iter().all(|(_, y)| y.to_bits() == edge.to_bits()), "{paths:?}");
    // Nothing is drawn over the gap.
    assert!(ends[1].0 < ends[2].0, "{ends:?}");
    assert!(!figure.svg.contains("<circle"), "a histogram has no markers, in its legend neither");
}

#[test]
fn bins_are_from_five_to_sixty_and_equal_values_have_some() {
    let bins =
        |values: &dyn Fn(usize) -> Vec<f64>| column(&drawn("x = 'value'", values, |_| ()), "x").len() - 1;
    assert_eq!(bins(&|_| vec![0.0, 1.0]), 5);
    // One far out: the quartiles know nothing of it.
    assert_eq!(bins(&|_| [unit(700), vec![1e9]].concat()), 60);
    assert_eq!(bins(&|_| vec![3.0; 40]), 60);
    assert_eq!(bins(&|_| vec![0.0; 40]), 60);
}

#[test]
fn the_theory_of_a_law_is_the_normal_one_of_its_mean_and_spread() {
    let theory = |row: &mut Row| (row.theory, row.theory_sd) = (Some(0.5), Some(0.25));
    let figure = drawn("x = 'value'", &|_| unit(700), theory);
    // exp(-z^2 / 2) / (0.25 sqrt(2 pi)) at z = -2: by hand 0.0539910 / 0.25.
    assert!((column(&figure, "theory")[0] - 0.215_963_866).abs() < 1e-8);
    assert!(figure.caption.contains("the normal law of the mean and the spread that theory predicts"));
    let figure = drawn("x = 'value'\nshow = ['ecdf']", &|_| unit(700), theory);
    // P(Z < -2), from a table.
    assert!((column(&figure, "theory")[0] - 0.022_750_132).abs() < 1e-8);
    let none = drawn("x = 'value'", &|_| unit(700), |row| row.theory_sd = None);
    assert!(column(&none, "theory").iter().all(|theory| theory.is_nan()));
    assert!(!none.caption.contains("normal law"), "{}", none.caption);
}

#[test]
fn a_distribution_function_has_its_steps_its_band_and_few_points() {
    let clause = "x = 'value'\nshow = ['ecdf']";
    let few = drawn(clause, &|_| vec![2.0, 1.0, 2.0, 4.0], |_| ());
    assert_eq!(column(&few, "x"), [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]);
    assert_eq!(column(&few, "y"), [0.0, 0.25, 0.25, 0.75, 0.75, 1.0]);
    // sqrt(ln 40 / (2 * 100)) = 0.13581, Massart's 1.3581 / sqrt n.
    let hundred = drawn(clause, &|_| unit(100), |_| ());
    let (low, high, y) = (column(&hundred, "low"), column(&hundred, "high"), column(&hundred, "y"));
    let half = y.iter().position(|y| (y - 0.5).abs() < 1e-12).unwrap();
    assert!((y[half] - low[half] - 0.135_81).abs() < 5e-6 && (high[half] - y[half] - 0.135_81).abs() < 5e-6);
    assert_eq!((low[0], *high.last().unwrap()), (0.0, 1.0));
    let many = drawn(clause, &|_| unit(5000), |_| ());
    let (x, y) = (column(&many, "x"), column(&many, "y"));
    assert_eq!(x.len(), 200);
    assert_eq!((x[0], x[199], y[0], y[199]), (0.0, 1.0, 1.0 / 5000.0, 1.0));
    // Values i / 4999, of which i + 1 are not above it.
    assert!(x.iter().zip(&y).all(|(x, y)| (x * 4999.0 + 1.0 - y * 5000.0).abs() < 1e-8));
    // What is infinite is above everything.
    let infinite = drawn(clause, &|_| [unit(50), vec![f64::INFINITY; 50]].concat(), |_| ());
    assert_eq!(column(&infinite, "y").last(), Some(&0.5));
}

#[test]
fn layers_have_laws_of_their_own() {
    let figure =
        drawn("x = 'value'\nlayers = 'all'", &|layer| unit(100 * u32::try_from(layer).unwrap()), |_| ());
    let mut layers = column(&figure, "layer");
    layers.dedup();
    assert_eq!(layers, [1.0, 2.0, 5.0]);
    assert!(figure.caption.contains("Colours: layer l."), "{}", figure.caption);
}

#[test]
fn slopes_are_those_of_every_network() {
    // log2 of network t is t/8 - l (1 + t)/8: its slope is -(1 + t)/8, exact in binary.
    let slope = |trial: u32| -f64::from(1 + trial) / 8.0;
    let deep = |layer: usize| f64::from(u32::try_from(layer).unwrap());
    let value = |layer, trial: u32| libm::exp2(f64::from(trial) / 8.0 + slope(trial) * deep(layer));
    let values = |layer| (0..40).map(|trial| value(layer, trial)).collect::<Vec<f64>>();
    let limit = |row: &mut Row| row.theory_mean_field = Some(libm::exp2(-3.0 * deep(row.layer)));
    let figure =
        drawn("x = 'width'\nagainst = 'layer'\nshow = ['log2', 'interval', 'theory']", &values, limit);
    let summary = Summary::of(&(0..40).map(slope).collect::<Vec<f64>>(), Kind::Value);
    let of = |name: &str| column(&figure, name)[0];
    // Weights of three layers: rounding of sums of three terms below 100.
    let close =
        |found: f64, exact: Option<f64>| assert!((found - exact.unwrap()).abs() < 1e-12, "{found} {exact:?}");
    close(of("y"), summary.estimate);
    close(of("low"), summary.conf_low);
    close(of("high"), summary.conf_high);
    close(of("theory"), Some(-3.0));
    assert!(figure.title.starts_with("Slope of log2 of second moment"), "{}", figure.title);
    // A network without a logarithm makes the only mean undefined.
    let made = Made::new(&format!(
        "{CELL}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nx = 'width'\nagainst = 'layer'\nshow = ['log2']"
    ));
    let none = |_: usize, _: (usize, Site, Metric)| Ok(vec![0.0; 40]);
    let error = figure::draw(&figure::Input { values: &none, ..made.input() }).failed.remove(0);
    assert!(error.reason.ends_with("is defined"), "{error}");
}

#[test]
fn a_map_from_layer_to_layer_joins_neighbours_alone() {
    let figure = drawn("x = 'previous'\nshow = ['interval']", &unit_of, |_| ());
    // Of the layers 1, 2 and 5 only 2 has one before it.
    let legend = drawn("x = 'layer'\nlayers = [1]\nshow = ['interval']", &unit_of, |_| ());
    assert_eq!(figure.svg.matches("<circle").count(), legend.svg.matches("<circle").count());
}

fn unit_of(_: usize) -> Vec<f64> {
    unit(40)
}

#[test]
fn joint_bands_are_those_of_the_table() {
    let clause = format!("{CELL}bands = 'layers'\n[[figure]]\nmetric = 'second_moment'\nshow = ['joint']");
    let made = Made::new(&clause);
    let (sweep, cells) = (&made.sweep, &made.cells);
    let groups = initsweep::sweep::group(cells, &sweep.measure, sweep.randomness, sweep.seed);
    let columns = |range: std::ops::Range<usize>| range.map(|_| unit(40)).collect();
    let bands = vec![band_rows(&cells[0], sweep, &groups[0], columns)];
    let input = figure::Input { bands: Some(&bands), ..made.input() };
    let figure = figure::draw(&input).figures.remove(0);
    let found = |name| column(&figure, name);
    let (is_log, is_median) = (figure.caption.contains("geometric"), figure.caption.contains("median"));
    let limit = |of: fn(&initsweep::output::BandRow) -> [Option<f64>; 3]| {
        let number = |band| match of(band) {
            [_, _, Some(log)] if is_log => libm::exp2(log),
            [_, Some(median), _] if is_median => median,
            [mean, ..] => mean.unwrap(),
        };
        bands[0].iter().map(number).collect::<Vec<f64>>()
    };
    assert_eq!(found("spread_low"), limit(|band| [band.band_low, band.median_band_low, band.log2_band_low]));
    assert_eq!(
        found("spread_high"),
        limit(|band| [band.band_high, band.median_band_high, band.log2_band_high])
    );
    assert!(figure.caption.contains("hold in all layers at once"), "{}", figure.caption);
}
