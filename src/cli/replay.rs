//! `initsweep replay`: one trial again, from its address.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{InputArguments, MachineArguments};
use super::failure::Failure;
use super::gradient_check;
use super::stdout::print;
use super::terminal::say;
use crate::engine::{Engine, See};
use crate::network::check;
use crate::network::{Metric, Network, Observables, Residual, Site};
use crate::output::{REPLAYED_COLUMNS, ReplayedRow, TrialCell, TrialRow, TrialWriter, npy_header};
use crate::run::Stored;
use crate::statistics::{Kind, Summary};
use crate::sweep::{Cell, Measure};

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// The cell, named as in the column `cell` of summary.csv, or the start of its id
    #[arg(required_unless_present = "worst")]
    cell: Option<String>,

    /// The trial, from 0
    #[arg(required_unless_present = "worst", conflicts_with = "worst")]
    trial: Option<u64>,

    /// Replay the trial whose METRIC lies farthest from the median of its cell, in interquartile ranges
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    worst: Option<Metric>,

    /// Write the activations of every layer into this new directory, as x-LAYER.npy (width x batch), and where gradients are
    /// measured grad_pre-LAYER.npy and grad_post-LAYER.npy
    #[arg(long, value_name = "DIR")]
    dump: Option<PathBuf>,

    /// Check the gradients of the trial against differences of the loss and against each other, and print the errors with
    /// their bounds in place of the metrics
    #[arg(long, conflicts_with = "dump")]
    check_gradients: bool,

    #[command(flatten)]
    inputs: InputArguments,

    #[command(flatten)]
    machine: MachineArguments,
}

fn metric(name: &str) -> Result<Metric, String> {
    let names = || Metric::ALL.map(Metric::name).join(", ");
    name.parse::<Metric>().ok().ok_or_else(|| format!("the metrics are {}", names()))
}

/// Replays a trial, prints all metrics of all layers, and compares those that were stored.
///
/// # Errors
///
/// If there is no such trial, if a bit differs, or if a gradient is wrong.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let stored = Stored::open(&arguments.path, arguments.machine.options(), arguments.inputs.files())?;
    let cells = stored.find(arguments.cell.as_deref())?;
    let ((cell, group), trial) = match arguments.worst {
        Some(metric) => worst(&stored, &cells, metric)?,
        None => (only(&cells)?, arguments.trial.unwrap_or(0)),
    };
    let engine = stored.work.engine()?;
    let key = stored.work.plan.groups[group].key;
    let measure @ Measure { sites, backward, .. } = &stored.work.sweep.measure;
    if arguments.check_gradients {
        stored.has_memory(check::bytes(&cell.network, *backward), "a check of gradients")?;
        return gradient_check::run(&engine, cell, *backward, key, trial);
    }
    let rescales = stored.work.plan.groups[group].observables.rescales();
    let is_plain = cell.network.residual == Residual::None
        && sites.iter().all(|site| !site.is_forward() || Site::PLAIN.contains(site));
    let forward: &[Site] = if is_plain { &Site::PLAIN } else { &Site::FORWARD };
    let gradients: &[Site] = if stored.work.sweep.measure.has_gradients() { &Site::GRADIENTS } else { &[] };
    let jacobian: &[Site] = if measure.has_jacobian() { &[Site::Jacobian] } else { &[] };
    let sites = &[forward, gradients, jacobian].concat();
    let observables = Observables::new(0..=cell.network.depth, sites, &Metric::ALL)
        .with_cotangent(*backward)
        .with_saturation(measure.threshold())
        .rescaled(rescales.then(|| cell.network.output_site()));
    let dump = arguments.dump.as_deref().map(|path| Dump::new(path, &cell.network)).transpose()?;
    let values = replay(&engine, cell, &observables, key, trial, dump)?;
    let own = stored.work.observables(cell);
    let table = stored.values(group)?;
    let kept = usize::try_from(trial).ok().and_then(|trial| table.trial(trial));
    let of_group = &stored.work.plan.groups[group].observables;
    let id = cell.id();
    let mut compared = (0, 0);
    let mut rows = Vec::with_capacity(values.len());
    let observables = observables.places().flat_map(|place| Metric::ALL.map(|metric| (place, metric)));
    for (((layer, site), metric), value) in observables.zip(values) {
        let is_own = own.index(layer, site, metric).is_some();
        let place = of_group.index(layer, site, metric).filter(|_| is_own);
        let stored = kept.zip(place).map(|(kept, place)| kept[place]);
        if let Some(stored) = stored {
            compared.0 += 1;
            compared.1 += usize::from(stored.to_bits() != value.to_bits());
        }
        rows.push(ReplayedRow::new(&TrialRow::new(trial, (layer, site), metric, value), stored));
    }
    let mut text = Vec::new();
    let mut writer = TrialWriter::new(&mut text, REPLAYED_COLUMNS);
    let own = TrialCell::new(cell);
    let written = rows.iter().try_for_each(|row| writer.row(&own, row)).and_then(|()| writer.finish());
    written.map_err(|error| Failure::write("stdout", &error))?;
    print(&String::from_utf8_lossy(&text))?;
    match compared {
        (0, _) => say(&format!("trial {trial} of cell {id} is not in the store: nothing to compare")),
        (all, 0) => {
            say(&format!("{all} stored values of trial {trial} of cell {id}: all bits are equal"));
        }
        (all, different) => {
            return Err(Failure::failed(format!(
                "{different} of {all} stored values of trial {trial} of cell {id} differ from the values now"
            )));
        }
    }
    Ok(())
}

fn replay(
    engine: &Engine,
    cell: &Cell,
    observables: &Observables,
    key: crate::random::Key,
    trial: u64,
    dump: Option<Dump>,
) -> Result<Vec<f64>, Failure> {
    let Some(mut dump) = dump else { return Ok(engine.replay(&cell.network, observables, key, trial, None)) };
    let see: See<'_> = &mut |layer, site, bytes| dump.write(layer, site, bytes);
    let values = engine.replay(&cell.network, observables, key, trial, Some(see));
    match dump.error {
        Some((path, error)) => Err(Failure::write(path.display(), &error)),
        None => Ok(values),
    }
}

fn only<'a>(cells: &[(&'a Cell, usize)]) -> Result<(&'a Cell, usize), Failure> {
    match cells {
        [one] => Ok(*one),
        several => {
            let names: Vec<String> = several.iter().map(|(cell, _)| cell.id()).collect();
            Err(Failure::usage(format!("several cells match: {}", names.join(", "))))
        }
    }
}

/// The known trial in which the metric lies farthest from the median of its place, in units of the interquartile range there;
/// a value that is not finite lies farther than all others. The first of several.
fn worst<'a>(
    stored: &Stored,
    cells: &[(&'a Cell, usize)],
    metric: Metric,
) -> Result<((&'a Cell, usize), u64), Failure> {
    let mut worst: Option<(f64, (&Cell, usize), usize)> = None;
    for &(cell, group) in cells {
        let (table, observables) = (stored.values(group)?, &stored.work.plan.groups[group].observables);
        let known: Vec<usize> = table.range().filter(|&trial| table.trial(trial).is_some()).collect();
        for (layer, site) in stored.work.observables(cell).places() {
            let Some(observable) = observables.index(layer, site, metric) else { continue };
            let value = |&trial: &usize| table.trial(trial).expect("known")[observable];
            let values: Vec<f64> = known.iter().map(value).collect();
            for (&trial, distance) in known.iter().zip(distances(&values)) {
                if worst.is_none_or(|(farthest, ..)| distance > farthest) {
                    worst = Some((distance, (cell, group), trial));
                }
            }
        }
    }
    let Some((distance, cell, trial)) = worst else {
        return Err(Failure::usage(format!("{metric} was not measured there")));
    };
    say(&format!(
        "the farthest {metric}: trial {trial} of cell {}, {distance:.1} interquartile ranges from the median",
        cell.0.id()
    ));
    Ok((cell, trial as u64))
}

fn distances(values: &[f64]) -> Vec<f64> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let Summary { median, q25, q75, .. } = Summary::of(&finite, Kind::Value);
    let (median, spread) = (median.unwrap_or(0.0), q75.unwrap_or(0.0) - q25.unwrap_or(0.0));
    let distance = |&value: &f64| match (value - median).abs() {
        _ if !value.is_finite() => f64::INFINITY,
        0.0 => 0.0,
        distance => (distance / spread).min(f64::MAX),
    };
    values.iter().map(distance).collect()
}

/// The directory for the activations and the gradients.
struct Dump {
    path: PathBuf,
    network: Network,
    error: Option<(PathBuf, io::Error)>,
}

impl Dump {
    fn new(path: &Path, network: &Network) -> Result<Self, Failure> {
        fs::create_dir(path)
            .map_err(|error| Failure::create(format!("cannot make {}: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), network: network.clone(), error: None })
    }

    /// Writes one layer; after the first error nothing any more.
    fn write(&mut self, layer: usize, site: Site, bytes: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let name = if site.is_gradient() { site.name() } else { "x" };
        let path = self.path.join(format!("{name}-{layer}.npy"));
        let Network { precision, batch, .. } = self.network;
        let header = npy_header(precision, self.network.units(layer), batch);
        let written = fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(&header).and_then(|()| file.write_all(bytes)));
        self.error = written.err().map(|error| (path, error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_in_interquartile_ranges_and_no_number_is_farther_than_an_infinite_one() {
        assert_eq!(distances(&[0.0, 1.0, 2.0, 3.0, 4.0]), [1.0, 0.5, 0.0, 0.5, 1.0]);
        assert_eq!(distances(&[5.0, 5.0, 5.0, 6.0, 5.0]), [0.0, 0.0, 0.0, f64::MAX, 0.0]);
        assert_eq!(distances(&[f64::NAN, 1.0, f64::INFINITY]), [f64::INFINITY, 0.0, f64::INFINITY]);
    }
}
