//! `histogram.csv`: the parts of the entries of a layer that lie in fixed bins.

use std::cell::OnceCell;
use std::ops::Range;

use super::cell::{CELL_COLUMNS, CellColumns};
use super::columns::columns;
use super::package::{Bytes, TableFile};
use super::row::critical_values;
use crate::network::Site;
use crate::statistics::{Kind, Reliability, Summary};
use crate::sweep::{Cell, Group, Sweep, observables};
use crate::theory::entries;

/// What theory says of a bin: the exact expectation, and the limit of infinite width.
type Said = [Option<f64>; 2];

columns! {
    /// One bin of one layer.
    read struct BinRow of cell;
    /// The columns of `histogram.csv`.
    const BIN_COLUMNS;
    fn bin_row(layer: usize, site: Site, bin: usize, ends: (f64, f64), summary: &Summary, said: Said);
    layer: usize ["layers"] = layer, "layer; 0 is the input";
    site: Site = site, "site";
    bin: usize ["bins"] = bin, "number of the bin, ascending; the first one and the last one are open";
    from: f64 ["entry"] = ends.0, "lower end of the bin, which belongs to it";
    to: f64 ["entry"] = ends.1, "upper end of the bin, which does not";
    trials: usize ["trials"] = summary.trials, "independent random networks";
    estimate: Option<f64> ["entries"] = summary.estimate,
        "mean over trials of the fraction of all width * batch entries that are in the bin";
    sd: Option<f64> ["entries"] = summary.sd, "standard deviation over trials of that fraction, divisor T - 1";
    conf_low: Option<f64> ["entries"] = summary.conf_low, "lower limit of the 95 % interval of the estimate";
    conf_high: Option<f64> ["entries"] = summary.conf_high, "upper limit of that interval";
    q025: Option<f64> ["entries"] = summary.q025, "2.5 % quantile over trials (type 7)";
    q975: Option<f64> ["entries"] = summary.q975, "97.5 % quantile over trials";
    theory: Option<f64> ["entries"] = said[0],
        "exact expectation: normal inputs and weights, in layer 1 a mixture of normals, through the activation; NaN where it \
         is not known";
    theory_mean_field: Option<f64> ["entries"] = said[1],
        "limit of infinite width: normal pre-activations through the activation; not a prediction for this width";
    reliability: Reliability = summary.reliability, "as in summary.csv, of the estimate";
}

/// `histogram.csv` from its bytes.
#[must_use]
pub fn bin_file(bytes: impl Into<Bytes>) -> TableFile {
    let key = &["cell", "label", "init", "layer", "site", "bin"];
    TableFile { name: "histogram", columns: BIN_COLUMNS, key, bytes: bytes.into() }
}

/// The bins of one cell, place by place; none if no histogram is asked for. `columns` as in [`super::rows`].
///
/// # Panics
///
/// If the group does not measure what the cell reports.
#[must_use]
pub fn bin_rows(
    cell: &Cell,
    sweep: &Sweep,
    group: &Group,
    columns: impl Fn(Range<usize>) -> Vec<Vec<f64>>,
) -> Vec<BinRow> {
    let Some(bins) = sweep.measure.histogram else { return Vec::new() };
    let own = CellColumns::new(cell, sweep);
    let backward = sweep.measure.has_gradients().then_some(sweep.measure.backward);
    let law = entries::Entries::new(&cell.network, backward);
    let (edges, critical) = (bins.edges(), OnceCell::new());
    let mut rows = Vec::new();
    for (layer, site) in observables(&sweep.measure, cell.network.depth).places() {
        let said = law.fractions(layer, site, &edges);
        let of_place =
            group.observables.bins_at(layer, site).expect("the group measures what its cells report");
        for (bin, values) in columns(of_place).into_iter().enumerate() {
            let critical = critical.get_or_init(|| critical_values(values.len(), sweep));
            let summary = Summary::within(&values, Kind::Value, critical);
            let said = [0, 1].map(|of| said[of].as_ref().map(|fractions| fractions[bin]));
            rows.push(bin_row(&own, layer, site, bin, bins.ends(bin), &summary, said));
        }
    }
    rows
}
