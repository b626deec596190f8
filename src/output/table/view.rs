//! What of a run is shown.

use super::sort::Key;
use crate::network::{Metric, Site};
use crate::output::row::Row;
use crate::sweep::{Cell, Layers, Sweep, observables};

/// Cells of a list that are shown unless all are asked for.
const LISTED: usize = 24;
/// The same for curves, which take a column each.
const CURVES: usize = 8;
/// Layers of a curve that are shown unless all, or some by name, are asked for.
const LAYERS: usize = 21;

/// Metrics that are named where more are not shown.
const NAMED: usize = 4;

/// What somebody asks to see; by default what the config names.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The cells; all if `None`.
    pub cells: Option<Vec<usize>>,
    /// The metrics.
    pub metrics: Option<Vec<Metric>>,
    /// The sites.
    pub sites: Option<Vec<Site>>,
    /// The layers.
    pub layers: Option<Layers>,
    /// By which number lines are sorted.
    pub sort: Option<Key>,
    /// Everything, however long it is.
    pub all: bool,
}

/// What is shown, and in which shape.
#[derive(Clone, Debug)]
pub struct View {
    /// The cells.
    pub cells: Vec<usize>,
    pub(super) metrics: Vec<Metric>,
    pub(super) sites: Vec<Site>,
    pub(super) layers: Layers,
    pub(super) sort: Option<Key>,
    /// Layers down and cells across, rather than a line for each number.
    pub(super) is_curves: bool,
    /// Most layers of a curve.
    pub(super) most_layers: usize,
    /// What is not shown, with the argument that shows it.
    left_out: Vec<(String, String)>,
}

impl View {
    /// Chooses from a run what is asked for, and what the config names where nothing is.
    #[must_use]
    pub fn new(sweep: &Sweep, cells: &[Cell], wanted: &Wanted) -> Self {
        let measure = &sweep.measure;
        let metrics = wanted.metrics.clone().unwrap_or_else(|| metrics(&measure.metrics, cells, wanted.all));
        let sites = wanted.sites.clone().unwrap_or_else(|| sites(&measure.sites, wanted.all));
        // Numbers published elsewhere are those of the last layer.
        let is_published = cells.iter().any(|cell| !cell.published.is_empty());
        let default = if is_published && !wanted.all { &Layers::Last } else { &measure.layers };
        let layers = wanted.layers.clone().unwrap_or_else(|| default.clone());
        let is_one =
            matches!(&layers, Layers::Last) || matches!(&layers, Layers::List(list) if list.len() == 1);
        let is_curves = wanted.sort.is_none() && !is_one;
        let all: Vec<usize> = wanted.cells.clone().unwrap_or_else(|| (0..cells.len()).collect());
        // The best of a sorted list are known when all of it is.
        let most = if is_curves { CURVES } else { LISTED };
        let shown = if wanted.all || wanted.sort.is_some() { all.len() } else { most };
        let most_layers =
            if wanted.all || matches!(wanted.layers, Some(Layers::List(_))) { usize::MAX } else { LAYERS };
        let mut view = Self {
            cells: all.iter().copied().take(shown).collect(),
            metrics,
            sites,
            layers,
            sort: wanted.sort,
            is_curves,
            most_layers,
            left_out: Vec::new(),
        };
        view.left_out = view.left_out(sweep, cells, wanted);
        view
    }

    /// What nobody has chosen to leave out.
    fn left_out(&self, sweep: &Sweep, cells: &[Cell], wanted: &Wanted) -> Vec<(String, String)> {
        let mut left_out = Vec::new();
        let mut leave = |what: String, how: &str| left_out.push((what, how.to_owned()));
        let all = wanted.cells.as_ref().map_or(cells.len(), Vec::len);
        if self.cells.len() < all {
            leave(format!("{} of {all} cells", all - self.cells.len()), "--where EXPR");
        }
        let metrics = names(&sweep.measure.metrics, |one| self.metrics.contains(&one), Metric::name);
        if wanted.metrics.is_none() && !metrics.is_empty() {
            let word = if metrics.len() == 1 { "metric" } else { "metrics" };
            leave(format!("the {word} {}", some(&metrics)), "--metric NAME");
        }
        let has_site = |site| self.sites.contains(&site) || self.begins_with(site);
        let sites = names(&sweep.measure.sites, has_site, Site::name);
        if wanted.sites.is_none() && !sites.is_empty() {
            let word = if sites.len() == 1 { "site" } else { "sites" };
            leave(format!("the {word} {}", sites.join(", ")), "--site NAME");
        }
        let deepest = self.cells.iter().map(|&cell| &cells[cell]).max_by_key(|cell| cell.network.depth);
        let measured = deepest.map_or(0, |cell| measured_layers(sweep, cell));
        let shown = if self.is_curves { self.most_layers } else { 1 };
        if wanted.layers.is_none() && self.sort.is_none() && !wanted.all && measured > shown {
            leave(format!("{} of {measured} layers", measured - shown), "--layer L,...");
        }
        left_out
    }

    /// What is not shown, in words that name the command `show` which shows it; nothing if nothing is left out.
    pub(super) fn note(&self, show: &str) -> String {
        if self.left_out.is_empty() {
            return String::new();
        }
        let what: Vec<&str> = self.left_out.iter().map(|(what, _)| what.as_str()).collect();
        let how: Vec<&str> = self.left_out.iter().map(|(_, how)| how.as_str()).collect();
        format!("Not shown: {}.\nTo see them: {show} {}, or --all\n", what.join("; "), how.join(", "))
    }

    /// The same without the input that begins the curves of other sites.
    #[must_use]
    pub fn exactly(self) -> Self {
        Self { is_curves: false, ..self }
    }

    /// The rows of a cell that are shown.
    #[must_use]
    pub fn rows<'r>(&self, rows: &'r [Row]) -> Vec<&'r Row> {
        let last = Site::ALL
            .map(|site| site.last_of(rows.iter().filter(|row| row.site == site).map(|row| row.layer)));
        let has_layer = |row: &Row| self.layers.contains(row.layer, last[row.site as usize]);
        let is_shown =
            |row: &&Row| self.metrics.contains(&row.metric) && self.has_site(row) && has_layer(row);
        rows.iter().filter(is_shown).collect()
    }

    /// The input is the layer before the first of every curve.
    fn has_site(&self, row: &Row) -> bool {
        self.sites.contains(&row.site) || self.begins_with(row.site)
    }

    /// Whether a site begins the curves of others: the input those of the forward pass.
    fn begins_with(&self, site: Site) -> bool {
        let goes_on = |site: &Site| site.is_forward() && *site != Site::Input;
        self.is_curves && site == Site::Input && self.sites.iter().any(goes_on)
    }
}

/// The names of those that are measured and not shown.
fn names<T: Copy>(
    measured: &[T],
    is_shown: impl Fn(T) -> bool,
    name: fn(T) -> &'static str,
) -> Vec<&'static str> {
    measured.iter().copied().filter(|&one| !is_shown(one)).map(name).collect()
}

/// The first names of a list.
fn some(names: &[&str]) -> String {
    match names.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}

fn measured_layers(sweep: &Sweep, cell: &Cell) -> usize {
    let places = observables(&sweep.measure, cell.network.depth);
    let mut layers: Vec<usize> = places.places().map(|(layer, _)| layer).collect();
    layers.dedup();
    layers.len()
}

/// All that are named by the config; of the many that are measured by default the mean, the std, and what was published.
fn metrics(measured: &[Metric], cells: &[Cell], all: bool) -> Vec<Metric> {
    if all || measured != Metric::DEFAULTS {
        return measured.to_vec();
    }
    let is_published = |metric| cells.iter().any(|cell| cell.published.iter().any(|(one, _)| *one == metric));
    let is_shown = |metric: &Metric| matches!(metric, Metric::Mean | Metric::Std) || is_published(*metric);
    measured.iter().copied().filter(is_shown).collect()
}

/// All that are named by the config; by default what a layer gives to the next one.
fn sites(measured: &[Site], all: bool) -> Vec<Site> {
    match measured {
        _ if all => measured.to_vec(),
        _ if measured == Site::PLAIN => vec![Site::Post],
        _ if measured == Site::FORWARD => vec![Site::Stream],
        _ => measured.to_vec(),
    }
}
