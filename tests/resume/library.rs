//! A run as the library offers it: rows in memory, a directory, an observer, a switch.

use std::sync::Mutex;

use initsweep::config::Source;
use initsweep::network::{Metric, Site};
use initsweep::output::{COLUMNS, write_csv};
use initsweep::run::{self, Cancel, Found, Observer, Options, Run, RunError};

use crate::cli::Place;
use crate::interrupted::CONFIG;

fn new(text: &str) -> Run<'static> {
    Run::new(Source::new("library.toml", text), Options { threads: 2, ..Options::default() }).unwrap()
}

#[test]
fn rows_in_memory_are_those_of_the_program() {
    let place = Place::new();
    let rows = new(CONFIG).rows().unwrap();
    let mut bytes = Vec::new();
    write_csv(COLUMNS, rows.iter(), &mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), place.summary(CONFIG, &[]));
}

#[test]
fn values_are_kept_if_they_are_asked_for() {
    let text = "name = 'v'\ntrials = 40\n[[grid]]\nwidth = 4\nstd = 1\ndepth = [1, 2]";
    assert!(new(text).rows().unwrap().values(0, 1, Site::Post, Metric::Mean).is_none());
    let rows = new(text).keeping_values().rows().unwrap();
    for (cell, layer) in [(0, 1), (1, 2)] {
        let values = rows.values(cell, layer, Site::Post, Metric::Mean).unwrap();
        let row = rows.find(cell, layer, Site::Post, Metric::Mean).unwrap();
        assert_eq!((values.len(), row.trials), (40, 40));
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(row.min.unwrap().to_bits(), smallest.to_bits());
    }
    assert!(
        rows.values(0, 7, Site::Post, Metric::Mean).is_none()
            && rows.find(9, 1, Site::Post, Metric::Mean).is_none()
    );
}

/// Notes what happens, and stops the run after some trials.
struct Witness {
    heard: Mutex<(f64, f64, usize)>,
    stop_after: usize,
    cancel: Cancel,
}

impl Observer for Witness {
    fn begins(&self, work: f64) {
        self.heard.lock().unwrap().0 += work;
    }

    fn advances(&self, work: f64) {
        let mut heard = self.heard.lock().unwrap();
        heard.1 += work;
        heard.2 += 1;
        if heard.2 == self.stop_after {
            self.cancel.cancel();
        }
    }
}

fn witness(stop_after: usize) -> Witness {
    Witness { heard: Mutex::default(), stop_after, cancel: Cancel::default() }
}

#[test]
fn a_cancelled_run_is_resumed_and_its_observer_hears_of_all_work() {
    let place = Place::new();
    let path = place.path().join("run");
    let all = witness(usize::MAX);
    new(CONFIG).observed_by(&all).rows().unwrap();
    let (planned, done, _) = *all.heard.lock().unwrap();
    assert!((planned - done).abs() <= 1e-9 * planned, "{done} of {planned}");

    let early = witness(100);
    let run = new(CONFIG).observed_by(&early).until(early.cancel.clone()).into_directory(&path);
    match run.finish() {
        Err(RunError::Interrupted { saved, total, .. }) => {
            assert!(saved < total && saved >= 100, "{saved} of {total}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(run.found().unwrap(), Found::Open);
    assert!(!path.join("summary.csv").exists());

    let outcome = new(CONFIG).into_directory(&path).finish().unwrap().unwrap();
    assert!(outcome.provenance.networks_from_store >= 100);
    assert_eq!(place.read("run/summary.csv"), place.summary(CONFIG, &[]));
    assert!(new(CONFIG).into_directory(&path).finish().unwrap().is_none(), "it is finished");
}

#[test]
fn a_run_in_memory_can_be_cancelled() {
    let early = witness(10);
    let run = new(CONFIG).observed_by(&early).until(early.cancel.clone());
    assert!(matches!(run.rows(), Err(RunError::Interrupted { path: None, .. })));
}

#[test]
fn mistakes_are_errors_and_nothing_panics() {
    assert!(matches!(run::sweep("name = 'a'"), Err(RunError::Config(_))));
    let wide = "name = 'a'\ntrials = 10\n[[grid]]\nwidth = 1000\nstd = 1";
    let options = Options { memory: Some(1000), ..Options::default() };
    let refused = Run::new(Source::new("a", wide), options).and_then(Run::rows);
    assert!(matches!(refused, Err(RunError::Memory { .. })));
}
