//! The queue: blocks of trials, longest first.

use std::ops::Range;
use std::sync::Mutex;

use super::{Block, Hooks, Options, Precision};
use crate::network::{
    Arithmetic, Network, Operation, Runner, Sequential, SharedDraws, Workspace, run_family,
};
use crate::simd::SimdLevel;
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

impl<'g, 't> Task<'g, 't> {
    fn runner(&self, level: SimdLevel) -> Runner<'g> {
        let Group { network, panel, key, .. } = self.group;
        Runner { network, panel, key: *key, level }
    }

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

/// The same trials of the members of a family.
pub(super) type Job<'g, 't> = Vec<Task<'g, 't>>;

/// Nominal nanoseconds of one trial of all members.
pub(super) fn work(job: &Job<'_, '_>) -> f64 {
    job.iter().map(|task| task.work).sum()
}

/// Runs jobs in their order until none is left or the run is to stop; gives the tasks not begun.
pub(super) fn run<'g, 't>(
    jobs: Vec<Job<'g, 't>>,
    options: Options,
    hooks: &Hooks<'_, 't>,
) -> Vec<Task<'g, 't>> {
    let workers = options.threads.min(jobs.len());
    let queue = Mutex::new(jobs.into_iter());
    let next = || {
        let mut queue = queue.lock().expect("no worker panics while it holds the queue");
        if hooks.is_stopped() { None } else { queue.next() }
    };
    rayon::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|_| {
                let mut worker = Worker::default();
                while let Some(mut job) = next() {
                    worker.run(&mut job, options, hooks);
                    for task in job {
                        (hooks.finished)(task.block());
                    }
                }
            });
        }
    });
    queue.into_inner().expect("no worker panics while it holds the queue").flatten().collect()
}

/// The memory of one worker, kept from block to block.
#[derive(Default)]
struct Worker {
    double: Option<Memory<f64>>,
    single: Option<Memory<f32>>,
}

/// Memory for networks of one shape and operation.
struct Memory<T: Arithmetic> {
    shape: (usize, usize, Operation),
    /// One for every member of a family.
    workspaces: Vec<Workspace<T>>,
    shared: Option<SharedDraws<T>>,
    executor: Sequential<T>,
}

impl Worker {
    fn run(&mut self, job: &mut Job<'_, '_>, options: Options, hooks: &Hooks<'_, '_>) {
        let Some(first) = job.first() else { return };
        let network = &first.group.network;
        match network.precision {
            Precision::F64 => run_job(job, options, reuse(&mut self.double, network, job.len()), hooks),
            Precision::F32 => run_job(job, options, reuse(&mut self.single, network, job.len()), hooks),
        }
    }
}

fn reuse<'m, T: Arithmetic>(
    memory: &'m mut Option<Memory<T>>,
    network: &Network,
    members: usize,
) -> &'m mut Memory<T> {
    let shape = (network.width, network.batch, network.operation);
    memory.take_if(|memory| memory.shape != shape);
    let memory = memory.get_or_insert_with(|| Memory {
        shape,
        workspaces: Vec::new(),
        shared: None,
        executor: Sequential::default(),
    });
    while memory.workspaces.len() < members {
        memory.workspaces.push(Workspace::new(network));
    }
    if members > 1 && memory.shared.is_none() {
        memory.shared = Some(SharedDraws::new(network));
    }
    memory
}

fn run_job<T: Arithmetic>(
    job: &mut Job<'_, '_>,
    options: Options,
    memory: &mut Memory<T>,
    hooks: &Hooks<'_, '_>,
) {
    let level = options.level;
    let Memory { workspaces, shared, executor, .. } = memory;
    let (Some(shared), [first, _, ..]) = (shared, &job[..]) else {
        for task in job {
            let (runner, workspace) = (task.runner(level), &mut workspaces[0]);
            for (trial, values) in (task.first as u64..).zip(task.values.chunks_mut(runner.panel.len())) {
                runner.run(trial, workspace, executor, values);
                hooks.progress.add(task.work);
            }
        }
        return;
    };
    let (first, work) = (first.first as u64, work(job));
    let runners: Vec<_> = job.iter().map(|task| task.runner(level)).collect();
    let (_, trials) = job[0].trials();
    let mut rows: Vec<_> =
        job.iter_mut().zip(&runners).map(|(task, r)| task.values.chunks_mut(r.panel.len())).collect();
    for trial in (first..).take(trials.len()) {
        let mut outs: Vec<_> = rows.iter_mut().filter_map(Iterator::next).collect();
        run_family(&runners, trial, shared, workspaces, executor, &mut outs);
        hooks.progress.add(work);
    }
}
