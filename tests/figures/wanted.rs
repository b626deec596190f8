//! Figures as they are asked for, and what stands for what is missing.

use initsweep::statistics::Reliability;

use super::drawn::Made;

const CURVE: &str = "name = 'a'\ntrials = 40\nseed = 3\n[[grid]]\nwidth = 6\ndepth = 5\nbatch = 2\nstd = 'he_normal'\n\
                     activation = 'relu'\n[measure]\nlayers = [1, 2, 3, 4, 5]\nsites = ['pre']\nmetrics = ['second_moment']\n";

/// The curve, with rows that can all be relied on: their means are shown.
fn reliable() -> Made {
    let mut made = Made::new(CURVE);
    made.rows[0].iter_mut().for_each(|row| row.reliability = Reliability::Ok);
    made
}

/// How often something is in the picture of the first figure.
fn count(made: &Made, what: &str) -> usize {
    made.draw().figures[0].svg.matches(what).count()
}

/// The lines of theory: solid, of their width.
fn theory(made: &Made) -> usize {
    let svg = made.draw().figures.remove(0).svg;
    svg.lines().filter(|line| line.contains("stroke-width=\"1.1\"") && !line.contains("currentColor")).count()
}

#[test]
fn missing_theory_leaves_a_gap() {
    let mut made = reliable();
    assert_eq!(theory(&made), 1);
    for row in &mut made.rows[0] {
        row.theory = row.theory.filter(|_| row.layer != 3);
        row.theory_mean_field = row.theory_mean_field.filter(|_| row.layer != 3);
    }
    assert_eq!(theory(&made), 2, "two stretches of two points");
}

#[test]
fn means_that_cannot_be_relied_on_give_way_to_geometric_ones() {
    let mut made = reliable();
    made.rows[0].iter_mut().take(3).for_each(|row| row.reliability = Reliability::HeavyTail);
    // A network that is dead in a layer has no log2 there.
    made.rows[0].iter_mut().for_each(|row| _ = row.log2_estimate.get_or_insert(0.5));
    let figure = made.draw().figures.remove(0);
    let second: f64 = figure.csv.lines().nth(2).unwrap().split(',').nth(7).unwrap().parse().unwrap();
    assert_eq!(second.to_bits(), libm::exp2(made.rows[0][1].log2_estimate.unwrap()).to_bits());
    assert!(figure.caption.contains("geometric means over 40 random networks"), "{}", figure.caption);
    // Theory is about means.
    assert_eq!(theory(&made), 0);
}

#[test]
fn an_expansion_that_has_left_its_range_is_not_drawn() {
    let mut made = reliable();
    for row in &mut made.rows[0] {
        row.theory_mean_field = None;
        row.theory = Some(-269_249.8);
        row.theory_error = Some(1e6);
        row.theory_kind = Some(initsweep::theory::Kind::FirstOrder);
    }
    assert_eq!(theory(&made), 0);
}

#[test]
fn unreliable_infinite_and_undefined_numbers_have_their_signs() {
    let mut made = reliable();
    assert_eq!(count(&made, "class=\"hollow\""), 0);
    made.rows[0][1].reliability = Reliability::HeavyTail;
    // Once on the curve, once in the legend.
    assert_eq!(count(&made, "class=\"hollow\""), 2);
    made.rows[0][2].estimate = None;
    made.rows[0][2].max = Some(f64::INFINITY);
    assert_eq!(count(&made, "class=\"hollow\""), 4);
    assert!(made.draw().figures[0].csv.contains(",3,inf,"));
    made.rows[0][2].max = Some(f64::NAN);
    assert_eq!(count(&made, "class=\"hollow\""), 2);
    assert!(made.draw().figures[0].caption.contains("1 are undefined"));
}

#[test]
fn the_table_has_exactly_the_numbers_shown() {
    let made = reliable();
    let figure = made.draw().figures.remove(0);
    let lines: Vec<&str> = figure.csv.lines().collect();
    assert_eq!(lines.len(), 1 + made.rows[0].len());
    for (line, row) in lines[1..].iter().zip(&made.rows[0]) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[7].parse::<f64>().ok(), row.estimate);
        assert_eq!(fields[12].parse::<f64>().ok(), row.theory);
    }
}

#[test]
fn figures_are_no_part_of_a_run() {
    let with = format!("{CURVE}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'");
    let plan = |text: &str| Made::planned(text);
    let fingerprint = |made: &Made| initsweep::sweep::fingerprint(&made.sweep, &made.cells);
    assert_eq!(fingerprint(&plan(&with)), fingerprint(&plan(CURVE)));
}

#[test]
fn a_log_axis_that_is_asked_for_refuses_negative_numbers() {
    let text = CURVE.replace("second_moment", "min")
        + "[[figure]]\nmetric = 'min'\nsite = 'pre'\nscale = { y = 'log10' }";
    let error = initsweep::figure::draw(&Made::new(&text).input()).failed.remove(0).to_string();
    assert!(error.contains("its y axis is to be log10, but 5 of its numbers are negative"), "{error}");
}

#[test]
fn numbers_of_both_signs_and_all_sizes_keep_their_places() {
    let mut made = reliable();
    let values = [-1e6, -10.0, 0.0, 1e3, 1e10];
    for (row, value) in made.rows[0].iter_mut().zip(values) {
        (row.estimate, row.conf_low, row.conf_high) = (Some(value), None, None);
        (row.theory, row.theory_mean_field, row.q025, row.q975) = (None, None, None, None);
    }
    let svg = made.draw().figures.remove(0).svg;
    let circles = svg.lines().filter(|line| line.contains("<circle"));
    let heights: Vec<f64> = circles
        .map(|line| line.split("cy=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(heights.len(), 5, "{svg}");
    // sign(v) log10(1 + |v| / 10): the smallest of them that is not 0 is where the axis begins to be logarithmic.
    let place = |value: f64| 1.0_f64.copysign(value) * libm::log10(1.0 + value.abs() / 10.0);
    let decade = (heights[3] - heights[4]) / (place(1e10) - place(1e3));
    for (height, value) in heights.iter().zip(values) {
        // Coordinates are hundredths, and the length of a decade is made of two of them.
        let expected = heights[4] + decade * (place(1e10) - place(value));
        assert!((height - expected).abs() < 0.03, "{value}: {height} {expected}");
    }
    assert!(svg.contains('−'), "an axis with negative powers");
}

#[test]
fn panels_that_no_page_holds_are_refused() {
    let widths: Vec<String> = (4..42).map(|width| width.to_string()).collect();
    let text = CURVE.replace("width = 6", &format!("width = [{}]", widths.join(", ")))
        + "[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nx = 'layer'\nfacet = 'width'";
    let error = initsweep::figure::draw(&Made::planned(&text).input()).failed.remove(0).to_string();
    assert_eq!(error, "figure \"figure-1\": it would have more than 36 panels");
}

#[test]
fn what_cannot_be_drawn_takes_no_other_figure_away() {
    let text = CURVE.replace("second_moment", "min")
        + "[[figure]]\nname = 'a'\nmetric = 'min'\nsite = 'pre'\nscale = { y = 'log10' }\n[[figure]]\nname = 'b'\n\
           metric = 'min'\nsite = 'pre'";
    let made = Made::new(&text);
    let drawn = initsweep::figure::draw(&made.input());
    assert_eq!(drawn.figures.iter().map(|figure| figure.name.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(drawn.failed[0].figure, "a");
    // The signs of its numbers are known only afterwards.
    assert!(initsweep::figure::check(&made.input()).is_empty());
}

#[test]
fn what_needs_no_number_is_known_before_the_run() {
    let refused = |clause: &str| {
        let made =
            Made::planned(&format!("{CURVE}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\n{clause}"));
        let rows: Vec<_> =
            made.cells.iter().map(|cell| initsweep::output::places(cell, &made.sweep)).collect();
        let found = initsweep::figure::check(&initsweep::figure::Input { rows: &rows, ..made.input() });
        found.into_iter().map(|(_, reason)| reason).next()
    };
    assert_eq!(refused(""), None);
    assert_eq!(
        refused("where = 'width > 9'").as_deref(),
        Some("there is no number of the second moment of the pre-activations in these cells")
    );
    assert!(refused("layers = [7]").unwrap().starts_with("there is no number"));
    assert!(refused("against = 'layer'\nx = 'width'\nlayers = [2]").unwrap().contains("two layers or more"));
    assert_eq!(refused("against = 'layer'\nx = 'width'"), None);
    assert_eq!(
        refused("x = 'sqrt(width-9)'").as_deref().map(|text| text.contains("sqrt(width-9)")),
        Some(true)
    );
}

#[test]
fn points_over_names_have_the_band_and_the_theory_that_the_legend_promises() {
    let text = CURVE
        .replace("std = 'he_normal'", "std = ['he_normal', 'glorot_normal']")
        .replace("[1, 2, 3, 4, 5]", "'last'");
    let mut made = Made::new(&text);
    made.rows.iter_mut().flatten().for_each(|row| row.reliability = Reliability::Ok);
    let svg = made.draw().figures.remove(0).svg;
    assert!(svg.contains(">theory<") && svg.contains(">95 % of networks<"), "{svg}");
    assert_eq!(theory(&made), 2, "a short line for each name");
    // One band for each name; that of the legend is grey.
    assert_eq!(svg.lines().filter(|line| line.contains("fill-opacity=\"0.16\"")).count(), 2, "{svg}");
}

#[test]
fn a_legend_names_all_that_tells_its_curves_apart() {
    let text = CURVE.replace(
        "std = 'he_normal'",
        "std = [0.25, 0.5]\nlaw = ['normal', 'uniform']\nzip = [['law', 'std']]",
    );
    let drawn = Made::new(&text).draw();
    let figure = &drawn.figures[0];
    assert!(figure.svg.contains("0.25, normal") && figure.svg.contains("0.5, uniform"), "{}", figure.svg);
    assert!(figure.caption.contains("Colours: weight std, law."), "{}", figure.caption);
    // The name of an initialisation says its law itself.
    let named = text
        .replace("[0.25, 0.5]", "['he_normal', 'kaiming_uniform']")
        .replace("law = ['normal', 'uniform']\n", "");
    let named = named.replace("zip = [['law', 'std']]", "");
    let caption = &Made::new(&named).draw().figures[0].caption;
    assert!(caption.contains("Colours: weight std."), "{caption}");
}

#[test]
fn weights_that_are_fitted_to_the_batch_are_named_as_written() {
    let text = CURVE.replace("std = 'he_normal'", "std = ['lsuv', '1.5*lsuv']");
    let svg = &Made::new(&text).draw().figures[0].svg;
    assert!(svg.contains(">lsuv<") && svg.contains("1.5*lsuv"), "{svg}");
}

/// The first figure of the curve with a clause that has these lines.
fn with_clause(lines: &str) -> initsweep::figure::Figure {
    let text =
        format!("{CURVE}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nshow = ['interval']\n{lines}");
    let mut made = Made::new(&text);
    let values = [1.0, 0.5, 2.0, 8.0, 1e200];
    for (row, value) in made.rows[0].iter_mut().zip(values) {
        (row.estimate, row.conf_low, row.conf_high) = (Some(value), None, None);
        row.reliability = Reliability::Ok;
    }
    made.draw().figures.remove(0)
}

/// Numbers of an attribute of all circles.
fn circles(svg: &str, attribute: &str) -> Vec<f64> {
    let value = |line: &str| line.split(attribute).nth(1)?.split('"').nth(1)?.parse().ok();
    svg.lines().filter(|line| line.contains("<circle")).filter_map(value).collect()
}

#[test]
fn axes_end_where_the_config_says_and_what_is_beyond_is_counted() {
    let figure = with_clause("range = { y = [0, 4] }");
    let heights = circles(&figure.svg, " cy=");
    assert_eq!(heights.len(), 3, "{}", figure.svg);
    // Places are proportional to numbers: 2 - 1 is twice 1 - 0.5, up to a hundredth of each.
    assert!(((heights[0] - heights[2]) - 2.0 * (heights[1] - heights[0])).abs() < 0.03, "{heights:?}");
    assert!(figure.caption.contains("2 are beyond the axes, and not drawn."), "{}", figure.caption);
    // The numbers are all in the table.
    assert_eq!(figure.csv.lines().count(), 6);
    let figure = with_clause("range = { x = [2, 4], y = [0.25, 16] }\nscale = { y = 'log2' }");
    let heights = circles(&figure.svg, " cy=");
    assert_eq!(heights.len(), 3, "{}", figure.svg);
    assert!(((heights[1] - heights[2]) - (heights[0] - heights[1])).abs() < 0.03, "{heights:?}");
    let figure = with_clause("range = { y = [0, 1e300] }");
    assert!(!figure.caption.contains("beyond"), "{}", figure.caption);
}

#[test]
fn a_mark_that_a_log_axis_has_no_place_for_is_refused() {
    let text = format!(
        "{CURVE}[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nscale = {{ y = 'log10' }}\nmarks = [{{ y = -1 }}]"
    );
    let error = initsweep::figure::draw(&Made::new(&text).input()).failed.remove(0).to_string();
    assert!(error.contains("a mark at y = -1 has no place on a log10 axis"), "{error}");
}

#[test]
fn names_along_x_have_no_range() {
    let text = CURVE.replace("'he_normal'", "['he_normal', 'glorot_normal']")
        + "[[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nlayers = 'last'\nrange = { x = [0, 4] }";
    let error = initsweep::figure::draw(&Made::new(&text).input()).failed.remove(0).to_string();
    assert!(error.contains("its x axis has names, and no `range`"), "{error}");
}

#[test]
fn a_map_has_marks_and_colours_with_the_ends_of_the_config() {
    let text = "name = 'a'\ntrials = 40\nseed = 5\n[[grid]]\nwidth = 8\nbatch = 2\nstd = [0.1, 0.2, 0.3, 0.4]\n\
                bias_std = [0, 0.5, 1, 1.5]\nactivation = 'tanh'\n[measure]\nsites = ['pre']\nmetrics = ['second_moment']\n\
                [[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nx = 'std'\ny = 'bias_std'\n";
    let figure = |lines: &str| Made::new(&format!("{text}{lines}")).draw().figures.remove(0);
    let (bare, marked) = (figure(""), figure("marks = [{ x = 0.25, text = 'edge', panel = 'estimate' }]"));
    assert_eq!(bare.svg.matches("edge").count(), 0);
    assert_eq!(marked.svg.matches("edge").count(), 1);
    assert!(marked.caption.contains("numbers to compare with, from the config"), "{}", marked.caption);
    let narrow = figure("range = { color = [0, 0.5] }");
    // 8 std^2 + bias_std^2 is above 0.5 in 13 of the 16 cells, the nearest 0.57: as many estimates, and as many of theory.
    assert!(narrow.caption.contains("26 are beyond the range of the colours"), "{}", narrow.caption);
}

#[test]
fn a_sweep_that_leaves_layers_no_room_is_drawn_with_its_last_ones() {
    // One axis too many for curves over layers: fifty values of std, two widths, means and activations.
    let text = "name = 'a'\ntrials = 2\n[[grid]]\nwidth = [4, 6]\ndepth = 3\nbatch = 2\nmean = [0, 0.1]\n\
                std = { from = 0.1, to = 1, points = 50 }\nactivation = ['tanh', 'relu']\n\
                [measure]\nlayers = 'all'\nsites = ['pre']\nmetrics = ['std']";
    let figures = Made::new(text).draw().figures;
    assert_eq!(figures.len(), 1);
    let mut reader = csv::Reader::from_reader(figures[0].csv.as_bytes());
    let layer = reader.headers().unwrap().iter().position(|name| name == "layer").expect("a column");
    assert!(reader.records().all(|line| &line.unwrap()[layer] == "3"), "{}", figures[0].csv);
}

#[test]
fn cells_are_said_to_share_draws_only_if_they_do_and_bands_to_be_cut_only_if_they_are() {
    let caption = |keys: &str, figure: &str| {
        let text = format!(
            "name = 'a'\ntrials = 40\nrandomness = 'common'\n[[grid]]\ndepth = 3\nbatch = 2\nactivation = 'relu'\n{keys}\n\
             [measure]\nlayers = 'all'\nsites = ['pre']\nmetrics = ['second_moment']\n\
             [[figure]]\nmetric = 'second_moment'\nsite = 'pre'\nshow = ['spread']\n{figure}"
        );
        Made::new(&text).draw().figures.remove(0).caption
    };
    let share = "share their draws";
    assert!(caption("width = 8\nstd = [0.4, 0.5]", "").contains("Cells share their draws"));
    assert!(!caption("width = 8\nstd = 0.5\nprecision = ['f64', 'f32']", "").contains(share));
    let some = caption("width = 8\nstd = [0.4, 0.5]\nprecision = ['f64', 'f32']", "");
    assert!(some.contains("Cells of one shape, precision and laws share their draws"), "{some}");
    let cut = "Bands that go beyond an axis end at it.";
    assert!(
        caption("width = 8\nstd = 0.5", "scale = { y = 'linear' }\nrange = { y = [0, 0.5] }").contains(cut)
    );
    assert!(
        !caption("width = 8\nstd = 0.5", "scale = { y = 'linear' }\nrange = { y = [0, 500] }").contains(cut)
    );
}
