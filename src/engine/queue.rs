//! The queue: blocks of trials, longest first.

use std::ops::Range;
use std::sync::Mutex;

use super::{Block, Hooks, Options, Precision};
use crate::network::{Arithmetic, Network, Runner, Sequential, Workspace};
use crate::sweep::{Group, as_f64};

/// Nanoseconds of work in one block: long against the queue's lock, short against the wait for the last block.
const BLOCK_WORK: f64 = 2e7;

/// Some consecutive trials of one group, and where their values go.
pub(super) struct Task<'g, 't> {
    pub index: usize,
    pub group: &'g Group,
    pub first: usize,
    pub values: &'t mut [f64],
    /// Nominal nanoseconds of one trial.
    pub work: f64,
}

impl<'t> Task<'_, 't> {
    /// What was to be done.
    pub fn trials(&self) -> (usize, Range<usize>) {
        (self.index, self.first..self.first + self.values.len() / self.group.panel.len())
    }

    /// The finished block.
    pub fn block(self) -> Block<'t> {
        Block { group: self.index, first: self.first, values: self.values }
    }
}

/// Trials of one block of about [`BLOCK_WORK`], from the work of one: a power of two that depends on the group alone.
pub(super) fn block_trials(work: f64) -> usize {
    let mut trials = 1;
    while trials < 1 << 16 && as_f64(trials * 2) * work <= BLOCK_WORK {
        trials *= 2;
    }
    trials
}

/// Runs tasks in their order until none is left or the run is to stop; gives those not begun.
pub(super) fn run<'g, 't>(
    tasks: Vec<Task<'g, 't>>,
    options: Options,
    hooks: &Hooks<'_, 't>,
) -> Vec<Task<'g, 't>> {
    let workers = options.threads.min(tasks.len());
    let queue = Mutex::new(tasks.into_iter());
    let next = || {
        let mut queue = queue.lock().expect("no worker panics while it holds the queue");
        if hooks.is_stopped() { None } else { queue.next() }
    };
    rayon::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|_| {
                let mut worker = Worker::default();
                while let Some(mut task) = next() {
                    worker.run(&mut task, options, hooks);
                    (hooks.finished)(task.block());
                }
            });
        }
    });
    queue.into_inner().expect("no worker panics while it holds the queue").collect()
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
    fn run(&mut self, task: &mut Task<'_, '_>, options: Options, hooks: &Hooks<'_, '_>) {
        let network = &task.group.network;
        match network.precision {
            Precision::F64 => run_block(task, options, reuse(&mut self.double, network), hooks),
            Precision::F32 => run_block(task, options, reuse(&mut self.single, network), hooks),
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
    task: &mut Task<'_, '_>,
    options: Options,
    memory: &mut Memory<T>,
    hooks: &Hooks<'_, '_>,
) {
    let Group { network, panel, key, .. } = task.group;
    let runner = Runner { network, panel, key: *key, level: options.level };
    for (trial, values) in (task.first as u64..).zip(task.values.chunks_mut(panel.len())) {
        runner.run(trial, &mut memory.workspace, &mut memory.executor, values);
        hooks.progress.add(task.work);
    }
}
