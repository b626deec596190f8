//! `initsweep plan`: what a sweep would cost.

use clap::Args;

use super::arguments::ConfigArguments;
use super::failure::Failure;
use super::progress::Layout;
use super::stdout::show;
use crate::run::{Available, Forecast, Options, Prepared, available_memory};
use crate::sweep::{Group, Layers, Measure, Parameter};
use crate::text::bytes;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Prints the plan of a sweep.
///
/// # Errors
///
/// Mistakes in the config, and a sweep that does not fit into memory (after the plan).
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let work = arguments.config.prepare(false, &Layout::default())?;
    // Before anything is measured: the threads of the measurement keep address space.
    let fits = work.check_memory();
    show(&text(&work))?;
    Ok(fits?)
}

fn text(work: &Prepared) -> String {
    let sweep = &work.sweep;
    let cost = work.cost();
    let memory = format!("{}{}", bytes(work.memory()), budget(work));
    let (forecast, rates) = work.forecast();
    let mut lines = vec![("sweep", sweep.name.clone())];
    lines.extend(sweep.purpose.iter().map(|purpose| ("purpose", purpose.clone())));
    lines.extend([
        (
            "cells",
            format!("{}, drawn in {}", count(work.plan.cells.len() as u128), passes(work.plan.groups.len())),
        ),
        ("trials", trials_per_cell(work)),
        ("defaults", defaults(work)),
        ("measured", measured(&sweep.measure)),
        ("multiply-adds", quantity(cost.multiply_adds.iter().sum())),
        ("random numbers", quantity(cost.draws.iter().sum())),
        ("memory", memory),
        (
            "disk",
            format!(
                "{} for {} rows and {} trial values",
                bytes(work.disk()),
                count(work.rows as u128),
                count(work.values())
            ),
        ),
        ("time", time_text(work, &forecast)),
    ]);
    if let Some(group) =
        work.plan.groups.iter().max_by(|a, b| seconds_of(a, &rates).total_cmp(&seconds_of(b, &rates)))
    {
        let n = &group.network;
        let share = seconds_of(group, &rates) * trials(work) / cost.seconds(&rates);
        let shape = format!("width {}, depth {}, batch {}", n.width, n.depth, n.batch);
        lines.push(("costliest pass", format!("{shape}: {:.0} % of the work", share * 100.0)));
    }
    lines.iter().fold(String::new(), |text, (name, value)| text + &format!("{name:<16}{value}\n"))
}

/// The parameters that have their default in all cells: `depth 1, mean 0, ...`.
fn defaults(work: &Prepared) -> String {
    let sweep = &work.sweep;
    let is_default = |parameter: Parameter, default: &str| {
        sweep.grids.iter().all(|grid| grid.axes.written(parameter).iter().all(|value| value == default))
    };
    // What only a residual, a norm, or another width gives a meaning to says nothing by itself.
    let silent = [
        Parameter::InputWidth,
        Parameter::Skip,
        Parameter::BranchScale,
        Parameter::NormAt,
        Parameter::NormEps,
    ];
    let named = Parameter::ALL.into_iter().filter(|one| !silent.contains(one)).filter_map(|parameter| {
        let default = parameter.row().default?.trim_matches('\'');
        is_default(parameter, default).then(|| format!("{parameter} {default}"))
    });
    named.collect::<Vec<_>>().join(", ")
}

/// What each trial reports: `layers last; sites pre; metrics mean, std`.
fn measured(measure: &Measure) -> String {
    let layers = match &measure.layers {
        Layers::Last => "last".to_owned(),
        Layers::All => "all".to_owned(),
        Layers::List(list) => list.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    let sites = measure.sites.iter().map(|site| site.name()).collect::<Vec<_>>().join(", ");
    let metrics = measure.metrics.iter().map(|metric| metric.name()).collect::<Vec<_>>().join(", ");
    let bins = measure.histogram.map_or(String::new(), |bins| format!("; {} bins", bins.len()));
    format!("layers {layers}; sites {sites}; metrics {metrics}{bins}")
}

/// `2,000 per cell`, or `64 to 2,000 per cell, ...` with what follows being the most it can take.
fn trials_per_cell(work: &Prepared) -> String {
    let looks = work.looks();
    let [min, max] = [looks[0], work.trials()].map(|trials| count(trials as u128));
    match work.sweep.stopping {
        None => format!("{max} per cell"),
        Some(_) => {
            format!("{min} to {max} per cell, at most {} looks; the figures below are for {max}", looks.len())
        }
    }
}

/// `about 12 s on 2 threads (avx512): 60 % drawing, 30 % rows, 10 % files and the rest`.
fn time_text(work: &Prepared, forecast: &Forecast) -> String {
    let total = forecast.total();
    let share = |seconds: f64| format!("{:.0} %", 100.0 * seconds / total);
    let parts = format!(
        "{} drawing, {} rows, {} files and the rest",
        share(forecast.drawing),
        share(forecast.rows),
        share(forecast.files + forecast.layout)
    );
    let Options { threads, level, .. } = work.options;
    format!("{} on {threads} threads ({level}): {parts}", time(total))
}

fn seconds_of(group: &Group, rates: &crate::sweep::Rates) -> f64 {
    group.trial_cost().seconds(rates)
}

#[expect(clippy::cast_precision_loss, reason = "for eyes")]
fn trials(work: &Prepared) -> f64 {
    work.sweep.trials as f64
}

/// ` of 100.0 MiB that it may take (--memory)`, or ` of 11.4 GiB that it may take; 22.8 GiB are available (free memory)`.
fn budget(work: &Prepared) -> String {
    let Options { memory, threads, .. } = work.options;
    match (memory, available_memory(threads)) {
        (Some(asked), _) => format!(" of {} that it may take (--memory)", bytes(asked)),
        (None, Some(Available { bytes: there, bound })) => {
            let most = bytes(work.most_memory());
            format!(" of {most} that it may take; {} are available ({bound})", bytes(there))
        }
        (None, None) => String::new(),
    }
}

/// Passes over a deepest network, each of which serves the cells of all its depths.
fn passes(groups: usize) -> String {
    if groups == 1 { "1 pass".to_owned() } else { format!("{} passes", count(groups as u128)) }
}

/// `12,345`.
fn count(value: u128) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.23e9`.
fn quantity(value: f64) -> String {
    if value < 1e6 { format!("{value}") } else { format!("{value:.2e}") }
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "under a second".to_owned(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("about {:.1} h", s / 3600.0),
        s => format!("about {:.1} days", s / 86400.0),
    }
}
