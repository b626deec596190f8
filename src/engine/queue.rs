//! The queue: blocks of trials, longest first.

use std::sync::Mutex;

use super::{Options, Precision, Progress, TrialValues, nominal_work};
use crate::network::{Arithmetic, Network, Runner, Sequential, Workspace};
use crate::sweep::{Group, as_f64};

/// Nanoseconds of work in one block: long against the queue's lock, short against the wait for the last block.
const BLOCK_WORK: f64 = 2e7;

/// Some consecutive trials of one group, and where their values go.
struct Task<'a> {
    group: &'a Group,
    first: usize,
    values: &'a mut [f64],
    work: f64,
}

/// Runs all trials of the groups.
pub(super) fn run(groups: Vec<(&Group, &mut TrialValues)>, options: Options, progress: &Progress) {
    let mut groups: Vec<_> = groups.into_iter().map(|(g, table)| (nominal_work(g), g, table)).collect();
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    let tasks: Vec<Task<'_>> =
        groups.into_iter().flat_map(|(work, g, table)| split(g, table, work)).collect();
    let workers = options.threads.min(tasks.len());
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().expect("no worker panics while it holds the queue").next();
    rayon::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|_| {
                let mut worker = Worker::default();
                while let Some(task) = next() {
                    worker.run(task, options, progress);
                }
            });
        }
    });
}

/// Cuts the table of a group into blocks of about [`BLOCK_WORK`].
fn split<'a>(group: &'a Group, table: &'a mut TrialValues, work: f64) -> impl Iterator<Item = Task<'a>> {
    let mut trials = 1;
    while trials < 1 << 16 && as_f64(trials * 2) * work <= BLOCK_WORK {
        trials *= 2;
    }
    let chunks = table.values.chunks_mut(trials * table.observables).enumerate();
    chunks.map(move |(i, values)| Task { group, first: i * trials, values, work })
}

/// The memory of one worker, kept from block to block.
#[derive(Default)]
struct Worker {
    double: Option<Memory<f64>>,
    single: Option<Memory<f32>>,
}

/// Memory for networks of one shape.
struct Memory<T: Arithmetic> {
    shape: (usize, usize),
    workspace: Workspace<T>,
    executor: Sequential<T>,
}

impl Worker {
    fn run(&mut self, mut task: Task<'_>, options: Options, progress: &Progress) {
        let network = &task.group.network;
        match network.precision {
            Precision::F64 => run_block(&mut task, options, reuse(&mut self.double, network), progress),
            Precision::F32 => run_block(&mut task, options, reuse(&mut self.single, network), progress),
        }
    }
}

fn reuse<'m, T: Arithmetic>(memory: &'m mut Option<Memory<T>>, network: &Network) -> &'m mut Memory<T> {
    let shape = (network.width, network.batch);
    memory.take_if(|memory| memory.shape != shape);
    memory.get_or_insert_with(|| Memory {
        shape,
        workspace: Workspace::new(network),
        executor: Sequential::default(),
    })
}

fn run_block<T: Arithmetic>(
    task: &mut Task<'_>,
    options: Options,
    memory: &mut Memory<T>,
    progress: &Progress,
) {
    let Group { network, panel, key, .. } = task.group;
    let runner = Runner { network, panel, key: *key, level: options.level };
    for (trial, values) in (task.first as u64..).zip(task.values.chunks_mut(panel.len())) {
        runner.run(trial, &mut memory.workspace, &mut memory.executor, values);
        progress.add(task.work);
    }
}
