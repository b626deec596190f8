//! Rows of `summary.csv`: one per cell, layer, site and metric.

use std::cell::OnceCell;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::cell::{CELL_COLUMNS, CellColumns};
use super::columns::columns;
use super::lines::write_csv;
use crate::network::{Metric, Site};
use crate::statistics::{Critical, Kind, LEVEL, Reliability, Summary, joint};
use crate::sweep::{Cell, Group, Measure, Sweep, observables};
use crate::theory::{self, Predicted, Prediction, Predictor};

columns! {
    /// One row of `summary.csv`.
    read struct Row of cell;
    /// The columns of `summary.csv`, keys first.
    const COLUMNS;
    fn row(layer: usize, site: Site, metric: Metric, summary: &Summary, predicted: Predicted, z: Option<f64>);
    layer: usize ["layers"] = layer, "layer measured; 0 is the input";
    site: Site = site, "where in the layer: input, pre (before the activation) or post (after it)";
    metric: Metric = metric,
        "statistic of all width * batch entries of one trial; the categories say what each is";
    #[trials] trials: usize ["trials"] = summary.trials, "independent random networks, T";
    #[trials] nonfinite: usize ["trials"] = summary.nonfinite,
        "trials in which the metric is infinite or undefined";
    #[trials] estimate: Option<f64> ["metric"] = summary.estimate,
        "mean over trials; for dead, overflowed and overflowed_* the fraction of trials";
    #[trials] sd: Option<f64> ["metric"] = summary.sd, "standard deviation over trials, divisor T - 1";
    #[trials] std_error: Option<f64> ["metric"] = summary.std_error,
        "standard error of the estimate, sd / sqrt(T)";
    #[trials] conf_low: Option<f64> ["metric"] = summary.conf_low,
        "lower limit of the 95 % interval: Student t, or Wilson for a fraction of trials; where the config stops at a \
         target, this and the other intervals hold after stopping (stopping.csv)";
    #[trials] conf_high: Option<f64> ["metric"] = summary.conf_high, "upper limit of that interval";
    #[trials] median: Option<f64> ["metric"] = summary.median, "median over trials";
    #[trials] median_low: Option<f64> ["metric"] = summary.median_low,
        "lower limit of its 95 % order-statistic interval";
    #[trials] median_high: Option<f64> ["metric"] = summary.median_high, "upper limit of that interval";
    #[trials] log2_estimate: Option<f64> ["log2(metric)"] = summary.log2_estimate,
        "mean of log2 over trials, the log2 of the geometric mean; if all positive";
    #[trials] log2_low: Option<f64> ["log2(metric)"] = summary.log2_low, "lower limit of its 95 % t interval";
    #[trials] log2_high: Option<f64> ["log2(metric)"] = summary.log2_high, "upper limit of that interval";
    #[trials] min: Option<f64> ["metric"] = summary.min, "smallest value over trials";
    #[trials] q025: Option<f64> ["metric"] = summary.q025, "2.5 % quantile over trials (type 7)";
    #[trials] q25: Option<f64> ["metric"] = summary.q25, "25 % quantile over trials";
    #[trials] q75: Option<f64> ["metric"] = summary.q75, "75 % quantile over trials";
    #[trials] q975: Option<f64> ["metric"] = summary.q975, "97.5 % quantile over trials";
    #[trials] max: Option<f64> ["metric"] = summary.max, "largest value over trials";
    theory: Option<f64> ["metric"] = predicted.theory.map(|p| p.value),
        "predicted expectation over trials in real arithmetic (of log2_rms: over the trials in which a relu network \
         lives); NaN where nothing is known";
    theory_sd: Option<f64> ["metric"] = predicted.theory.and_then(|p| p.sd),
        "predicted standard deviation of one trial; of first order in 1/width where no exact one is known";
    theory_kind: Option<theory::Kind> = predicted.theory.map(|p| p.kind),
        "how theory was derived: exact (finite width), moments (a root or log2 from the exact mean and spread of its \
         square), or 1/n (first order in 1/width)";
    theory_error: Option<f64> ["metric"] = predicted.theory.map(|p| p.error),
        "estimate of how far theory may be from the expectation; 0 if exact";
    theory_mean_field: Option<f64> ["metric"] = predicted.mean_field,
        "limit of infinite width: a curve to draw, not a prediction for this width";
    #[trials] z: Option<f64> ["std errors"] = z,
        "(estimate - theory) / (theory_sd / sqrt(T)), with sd where theory_sd is unknown; if reliability is ok, \
         theory_error is below a quarter of that standard error, a fraction of trials has 25 expected ones and zeros, and \
         f32 resolves the entries";
    #[trials] reliability: Reliability = summary.reliability,
        "whether the interval of the estimate can be trusted: ok, or what speaks against it: few-trials (below 37), \
         heavy-tail (too skewed for so few trials), non-finite (infinite or undefined values), constant (no spread: other \
         values may occur), empty (no trials)";
}

/// The rows of one cell of a sweep, in the order of its observables; `columns(observables)` gives the trial values of neighbouring
/// observables of the group.
///
/// # Panics
///
/// If the group does not measure what the cell reports; [`crate::sweep::group`] makes sure that it does.
#[must_use]
pub fn rows(
    cell: &Cell,
    sweep: &Sweep,
    group: &Group,
    columns: impl Fn(Range<usize>) -> Vec<Vec<f64>>,
) -> Vec<Row> {
    let predictor = predictor(cell, sweep);
    let own = CellColumns::new(cell, sweep);
    let critical = OnceCell::new();
    let mut rows = Vec::new();
    for (layer, site) in observables(&sweep.measure, cell.network.depth).places() {
        let observables =
            group.observables.at(layer, site).expect("the group measures what its cells report");
        for (&metric, values) in sweep.measure.metrics.iter().zip(columns(observables)) {
            let critical = critical.get_or_init(|| critical_values(values.len(), sweep));
            let summary = Summary::within(&values, kind(metric), critical);
            let predicted = predictor.predicted(layer, site, metric);
            let known = predicted.theory.zip(predicted.rounding);
            let z = known.and_then(|(theory, rounding)| z_score(&summary, metric, theory, rounding));
            rows.push(row(&own, layer, site, metric, &summary, predicted, z));
        }
    }
    rows
}

/// What theory says about all that a cell reports.
pub(crate) fn predictor(cell: &Cell, sweep: &Sweep) -> Predictor {
    let measure @ Measure { metrics, backward, .. } = &sweep.measure;
    let backward = measure.has_gradients().then_some(*backward);
    Predictor::for_measure(&cell.network, metrics, measure.threshold())
        .with_gradients(&cell.network, backward)
        .with_jacobian(&cell.network, measure.has_jacobian())
}

/// Those of the intervals of `summary.csv`. After looks the level is promised; else they are for display.
pub(super) fn critical_values(trials: usize, sweep: &Sweep) -> Critical {
    let after_looks = sweep.looks().len() > 1;
    let critical = if after_looks { Critical::guaranteed } else { Critical::new };
    critical(trials, level(sweep))
}

/// What the trial values of a metric are.
pub(super) fn kind(metric: Metric) -> Kind {
    if metric.is_indicator() { Kind::Indicator } else { Kind::Value }
}

/// Level of every interval of a sweep: 95 %, shared among the looks at which its trials could have stopped.
pub(super) fn level(sweep: &Sweep) -> f64 {
    joint::each(LEVEL, sweep.looks().len())
}

/// Expected ones, and zeros, of a fraction of trials that has a z-score: its skewness is then below 1/5, which is what
/// the rule for means asks for too.
const EXPECTED: f64 = 25.0;

/// `(estimate - theory) / (sd / sqrt T)`, with the sd of the theory where it is known, else the sample's; see
/// [`Prediction::z_score`] for when there is none.
#[expect(clippy::cast_precision_loss, reason = "trials are below 2^53")]
fn z_score(summary: &Summary, metric: Metric, theory: Prediction, rounding: f64) -> Option<f64> {
    let trials = summary.trials as f64;
    // What is the same in every trial has the spread of its rounding, which no theory knows.
    if summary.sd.is_some_and(|sd| sd > 0.0 && sd < rounding * theory.value.abs()) {
        return None;
    }
    let rarer = theory.value.min(1.0 - theory.value);
    if !summary.reliability.is_ok() || (metric.is_indicator() && trials * rarer < EXPECTED) {
        return None;
    }
    theory.z_score(summary.estimate?, theory.sd.or(summary.sd)? / libm::sqrt(trials))
}

/// The rows of one cell before any trial is run.
#[must_use]
pub fn predictions(cell: &Cell, sweep: &Sweep) -> Vec<Row> {
    let predictor = predictor(cell, sweep);
    before_trials(cell, sweep, |layer, site, metric| predictor.predicted(layer, site, metric))
}

/// The rows of one cell without any number, not even of theory: what there will be.
#[must_use]
pub fn places(cell: &Cell, sweep: &Sweep) -> Vec<Row> {
    before_trials(cell, sweep, |_, _, _| Predicted::default())
}

fn before_trials(
    cell: &Cell,
    sweep: &Sweep,
    predicted: impl Fn(usize, Site, Metric) -> Predicted,
) -> Vec<Row> {
    let own: &Arc<CellColumns> = &CellColumns::new(cell, sweep);
    let (nothing, metrics) = (&Summary::default(), &sweep.measure.metrics);
    observables(&sweep.measure, cell.network.depth)
        .places()
        .flat_map(|(layer, site)| metrics.iter().map(move |&metric| (layer, site, metric)))
        .map(|(layer, site, metric)| {
            row(own, layer, site, metric, nothing, predicted(layer, site, metric), None)
        })
        .collect()
}

/// Rows as CSV text without the columns that trials fill; with a header or without.
///
/// # Errors
///
/// Those of the writer.
pub fn predictions_csv(rows: &[Row], header: bool) -> io::Result<String> {
    let mut bytes = Vec::new();
    write_csv(COLUMNS, rows, &mut bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in reader.records().skip(usize::from(!header)) {
        let record = record?;
        let kept = record.iter().zip(COLUMNS).filter(|(_, column)| !column.is_of_trials);
        writer.write_record(kept.map(|(field, _)| field))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{csv_header, csv_lines, for_each_row};
    use super::*;
    use crate::config::{self, Source};
    use crate::sweep::group;

    #[test]
    fn rows_read_back_as_they_were_written_under_the_documented_header() {
        let text = "name = 'a'\ntrials = 40\n[[grid]]\nlabel = '=\"x\", y'\nwidth = 4\nstd = 'he_normal'";
        let sweep = config::parse(&Source::new("a", text)).unwrap();
        let cells: Vec<Cell> = sweep.cells().collect::<Result<_, _>>().unwrap();
        let groups = group(&cells, &sweep.measure, sweep.randomness, sweep.seed);
        let values = |range: Range<usize>| {
            range.map(|i| vec![1.0 / 3.0 + f64::from(u32::try_from(i).unwrap()), f64::INFINITY]).collect()
        };
        let rows = rows(&cells[0], &sweep, &groups[0], values);
        let mut bytes = Vec::new();
        write_csv(COLUMNS, &rows, &mut bytes).unwrap();
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert_eq!(text.lines().next().unwrap(), names.join(","));
        let read = |wanted: &[Range<usize>]| {
            let mut rows: Vec<Row> = Vec::new();
            for_each_row(&bytes[..], wanted, |row| rows.push(row)).unwrap();
            rows
        };
        assert_eq!(read(&[0..1000, 1000..2000]), rows);
        assert_eq!(read(&[0..2, 2..2, 2..3, 5..7]), [&rows[..3], &rows[5..7]].concat());
        // The rows of a cell share what they say about it, and those of another cell do not.
        let mut others = rows.clone();
        for row in &mut others {
            row.cell = Arc::new(CellColumns { depth: 2, ..(*row.cell).clone() });
        }
        let mut bytes = csv_header(COLUMNS);
        bytes.extend(csv_lines(rows[..2].iter().chain(&others[..2])));
        let mut all: Vec<Row> = Vec::new();
        for_each_row(&bytes[..], std::slice::from_ref(&(0..4)), |row| all.push(row)).unwrap();
        assert_eq!(all, [&rows[..2], &others[..2]].concat());
        assert!(Arc::ptr_eq(&all[0].cell, &all[1].cell) && Arc::ptr_eq(&all[2].cell, &all[3].cell));
    }

    #[test]
    fn fields_are_found_in_any_order_and_none_that_is_not_there() {
        use super::super::for_each_record;
        let text = "a,b,c\n1,2,3\n4,5,6\n7,8,9\n";
        let mut read = Vec::new();
        for_each_record(text.as_bytes(), std::slice::from_ref(&(0..3)), |fields| {
            let (c, a): (usize, usize) = (fields.get("c")?, fields.get("a")?);
            // Of the second record more is asked than of the others.
            let b = if c == 6 { fields.get("b")? } else { 0_usize };
            read.push((a, b, c));
            Ok(())
        })
        .unwrap();
        assert_eq!(read, [(1, 0, 3), (4, 5, 6), (7, 0, 9)]);
        let none = for_each_record(text.as_bytes(), std::slice::from_ref(&(0..1)), |fields| {
            fields.get::<usize>("d").map(|_| ())
        });
        assert!(none.unwrap_err().to_string().contains("no column d"));
    }

    #[test]
    fn no_two_columns_of_a_table_differ_in_case_alone() {
        use super::super::{BAND_COLUMNS, COMPARE_COLUMNS, EXPECT_COLUMNS, STOPPING_COLUMNS};
        for columns in [COLUMNS, BAND_COLUMNS, COMPARE_COLUMNS, EXPECT_COLUMNS, STOPPING_COLUMNS] {
            let names: std::collections::HashSet<String> =
                columns.iter().map(|column| column.name.to_lowercase()).collect();
            assert_eq!(names.len(), columns.len());
        }
    }
}
