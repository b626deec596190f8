//! Blocks of trials, and the workers that run them.

use super::client::{Client, Options};
use super::schedule::Schedule;
use super::task::Task;
use crate::network::{Arithmetic, Operation, Precision, Sequential, SharedDraws, Workspace, run_family};
use crate::sweep::Group;

/// The loop of one worker: runs jobs of a schedule until there are no more, or the run is to stop.
pub(super) fn work<C: Client>(schedule: &Schedule<'_, '_, C>, options: Options) {
    let _watchman = schedule.watchman();
    let mut worker = Worker::default();
    while let Some(mut job) = schedule.next() {
        worker.run(&mut job.tasks, options, schedule.client);
        schedule.finish(job);
    }
}

/// The memory of one worker, kept from block to block.
#[derive(Default)]
struct Worker {
    double: Option<Memory<f64>>,
    single: Option<Memory<f32>>,
}

/// Memory for networks of one largest width, batch and operation.
struct Memory<T: Arithmetic> {
    shape: (usize, usize, Operation),
    /// One for every member of a family.
    workspaces: Vec<Workspace<T>>,
    shared: Option<SharedDraws<T>>,
    executor: Sequential<T>,
}

impl Worker {
    fn run<C: Client>(&mut self, job: &mut [Task<'_>], options: Options, client: &C) {
        let groups: Vec<&Group> = job.iter().map(|task| task.group).collect();
        let Some(first) = groups.first() else { return };
        match first.network.precision {
            Precision::F64 => run_job(job, options, reuse(&mut self.double, &groups), client),
            Precision::F32 => run_job(job, options, reuse(&mut self.single, &groups), client),
        }
    }
}

/// Memory for the members of a family.
fn reuse<'m, T: Arithmetic>(memory: &'m mut Option<Memory<T>>, groups: &[&Group]) -> &'m mut Memory<T> {
    let first = &groups[0].network;
    let shape = (first.widest(), first.batch, first.operation);
    memory.take_if(|memory| memory.shape != shape);
    let memory = memory.get_or_insert_with(|| Memory {
        shape,
        workspaces: Vec::new(),
        shared: None,
        executor: Sequential::default(),
    });
    for (index, Group { network, observables, .. }) in groups.iter().enumerate() {
        if memory.workspaces.get(index).is_some_and(|workspace| workspace.fits(network, observables)) {
            continue;
        }
        // The old one goes first, with those behind it: records of a pass need not fit side by side.
        memory.workspaces.truncate(index);
        memory.workspaces.push(Workspace::new(network, observables));
    }
    if groups.len() > 1 && memory.shared.is_none() {
        memory.shared = Some(SharedDraws::new(first));
    }
    memory
}

fn run_job<T: Arithmetic, C: Client>(
    job: &mut [Task<'_>],
    options: Options,
    memory: &mut Memory<T>,
    client: &C,
) {
    let level = options.level;
    for task in &mut *job {
        task.values = vec![0.0; task.trials.len() * task.group.observables.len()];
    }
    let Memory { workspaces, shared, executor, .. } = memory;
    let (Some(shared), [first, _, ..]) = (shared, &*job) else {
        for task in job {
            let (runner, workspace) = (task.runner(level), &mut workspaces[0]);
            for (trial, values) in task.trials.clone().zip(task.values.chunks_mut(runner.observables.len())) {
                runner.run(trial as u64, workspace, executor, values);
                client.advance(task.work);
            }
        }
        return;
    };
    let (trials, work) = (first.trials.clone(), job.iter().map(|task| task.work).sum());
    let runners: Vec<_> = job.iter().map(|task| task.runner(level)).collect();
    let mut rows: Vec<_> =
        job.iter_mut().zip(&runners).map(|(task, r)| task.values.chunks_mut(r.observables.len())).collect();
    for trial in trials {
        let mut outs: Vec<_> = rows.iter_mut().filter_map(Iterator::next).collect();
        run_family(&runners, trial as u64, shared, workspaces, executor, &mut outs);
        client.advance(work);
    }
}
