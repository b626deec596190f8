//! Arguments that choose some of the numbers of a run.

use std::collections::BTreeSet;

use clap::Args;

use super::failure::Failure;
use crate::config;
use crate::network::{Metric, Observables, Site};
use crate::run::Prepared;
use crate::sweep::{Cell, Layers, Parameter};

/// Values of a parameter that an error lists.
const LISTED: usize = 8;

/// Which numbers; everything where nothing is said.
#[derive(Args, Clone, Default)]
pub struct Choice {
    /// Only cells for which this is true, such as "depth == 4 && activation == 'relu'"; as `where` in a config
    #[arg(long = "where", value_name = "EXPR")]
    filter: Option<String>,

    /// Only this metric; several with commas
    #[arg(long = "metric", value_name = "NAME", value_delimiter = ',')]
    metrics: Vec<String>,

    /// Only this site, such as pre (before the activation), post (after it) or `grad_post`; several with commas
    #[arg(long = "site", value_name = "NAME", value_delimiter = ',')]
    sites: Vec<String>,

    /// Only this layer, 0 being the input; several with commas, or `last`, or `all`
    #[arg(long = "layer", value_name = "L", value_delimiter = ',')]
    layers: Vec<String>,
}

/// What was chosen; everything where it is `None`.
pub struct Chosen {
    /// The cells, ascending.
    pub cells: Option<Vec<usize>>,
    /// The metrics.
    pub metrics: Option<Vec<Metric>>,
    /// The sites.
    pub sites: Option<Vec<Site>>,
    /// The layers.
    pub layers: Option<Layers>,
}

impl Choice {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        let Self { filter, metrics, sites, layers } = self;
        filter.is_none() && metrics.is_empty() && sites.is_empty() && layers.is_empty()
    }

    /// What is chosen of a run.
    ///
    /// # Errors
    ///
    /// If the condition is wrong or holds for no cell, and if something was not measured.
    pub fn of(&self, work: &Prepared) -> Result<Chosen, Failure> {
        let cells = self.cells(work)?;
        let layers = self.layers(work, cells.as_deref())?;
        Ok(Chosen { metrics: self.metrics(work)?, sites: self.sites(work)?, layers, cells })
    }

    fn cells(&self, work: &Prepared) -> Result<Option<Vec<usize>>, Failure> {
        let Some(filter) = &self.filter else { return Ok(None) };
        let cells = &work.plan.cells;
        let chosen = config::choose(filter, cells).map_err(Failure::Config)?;
        if chosen.is_empty() {
            return Err(Failure::usage(format!(
                "--where {filter:?} holds for none of the {} cells\n  help: in this run {}",
                cells.len(),
                parameters(cells)
            )));
        }
        Ok(Some(chosen))
    }

    fn metrics(&self, work: &Prepared) -> Result<Option<Vec<Metric>>, Failure> {
        let measured: Vec<_> = work.sweep.measure.metrics.iter().map(|&one| (one.name(), one)).collect();
        chosen("metric", &self.metrics, &measured)
    }

    fn sites(&self, work: &Prepared) -> Result<Option<Vec<Site>>, Failure> {
        let measured: Vec<_> = work.sweep.measure.sites.iter().map(|&one| (one.name(), one)).collect();
        chosen("site", &self.sites, &measured)
    }

    /// The layers; each was measured of one of `cells`, or of all.
    fn layers(&self, work: &Prepared, cells: Option<&[usize]>) -> Result<Option<Layers>, Failure> {
        match self.layers.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => return Ok(None),
            ["last"] => return Ok(Some(Layers::Last)),
            ["all"] => return Ok(Some(Layers::All)),
            _ => {}
        }
        let measured: Vec<(String, usize)> =
            measured_layers(work, cells).into_iter().map(|layer| (layer.to_string(), layer)).collect();
        let measured: Vec<(&str, usize)> =
            measured.iter().map(|(name, layer)| (name.as_str(), *layer)).collect();
        Ok(chosen("layer", &self.layers, &measured)?.map(Layers::List))
    }
}

impl Chosen {
    /// Those of a cell's observables that are chosen, in their order.
    pub fn observables(&self, of_cell: &Observables) -> Vec<(usize, Site, Metric)> {
        let is_one = |metric: &&Metric| self.metrics.as_ref().is_none_or(|metrics| metrics.contains(metric));
        let metrics: Vec<Metric> = of_cell.metrics().iter().filter(is_one).copied().collect();
        let has_layer = |layer, site| {
            self.layers.as_ref().is_none_or(|layers| layers.contains(layer, of_cell.last(site)))
        };
        let has_site = |site| self.sites.as_ref().is_none_or(|sites| sites.contains(&site));
        let places = of_cell.places().filter(|&(layer, site)| has_site(site) && has_layer(layer, site));
        places.flat_map(|(layer, site)| metrics.iter().map(move |&metric| (layer, site, metric))).collect()
    }
}

/// The items of these names.
fn chosen<T: Copy>(what: &str, names: &[String], measured: &[(&str, T)]) -> Result<Option<Vec<T>>, Failure> {
    let find = |name: &String| {
        let found = measured.iter().find(|(one, _)| one == name).map(|(_, item)| *item);
        let all = || measured.iter().map(|(one, _)| *one).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| {
            Failure::usage(format!(
                "the {what} `{name}` was not measured in this run\n  help: there is {}",
                all()
            ))
        })
    };
    let found = names.iter().map(find).collect::<Result<Vec<T>, Failure>>()?;
    Ok((!found.is_empty()).then_some(found))
}

fn measured_layers(work: &Prepared, cells: Option<&[usize]>) -> BTreeSet<usize> {
    let all = &work.plan.cells;
    let chosen: Vec<&Cell> =
        cells.map_or_else(|| all.iter().collect(), |cells| cells.iter().map(|&i| &all[i]).collect());
    // Cells of one depth have the same layers.
    let mut seen = BTreeSet::new();
    let of_depths = chosen.into_iter().filter(|cell| seen.insert(cell.network.depth));
    of_depths
        .flat_map(|cell| work.observables(cell).places().map(|(layer, _)| layer).collect::<Vec<_>>())
        .collect()
}

/// The parameters in which cells differ, with their values: `width is 8, 16; depth is 1, 2`.
fn parameters(cells: &[Cell]) -> String {
    let values = |parameter: Parameter| {
        let mut values: Vec<String> = Vec::new();
        for cell in cells {
            let value = cell.written(parameter);
            if !values.contains(&value) && values.len() <= LISTED {
                values.push(value);
            }
        }
        values
    };
    let all = Parameter::ALL.map(|parameter| (parameter, values(parameter)));
    let list = |(parameter, mut values): (Parameter, Vec<String>)| {
        let more = if values.len() > LISTED { ", ..." } else { "" };
        values.truncate(LISTED);
        format!("{parameter} is {}{more}", values.join(", "))
    };
    let differ: Vec<String> = all.into_iter().filter(|(_, values)| values.len() > 1).map(list).collect();
    if differ.is_empty() { "all cells have the same parameters".to_owned() } else { differ.join("; ") }
}
