//! One large trial at a time, its blocks of rows spread over the threads.

use std::sync::Mutex;

use rayon::prelude::*;

use super::Hooks;
use super::queue::Task;
use crate::network::{Arithmetic, BlockMoments, BlockScratch, Executor, Runner, Workspace, with_element};
use crate::simd::SimdLevel;
use crate::sweep::Group;

/// Runs trials of one group, one task for each, until none is left or the run is to stop; gives those not begun.
pub(super) fn run<'g, 't>(
    tasks: Vec<Task<'g, 't>>,
    level: SimdLevel,
    hooks: &Hooks<'_, 't>,
) -> Vec<Task<'g, 't>> {
    let Some(first) = tasks.first() else { return tasks };
    let group = first.group;
    with_element!(group.network.precision, T => run_as::<T>(tasks, group, level, hooks))
}

fn run_as<'g, 't, T: Arithmetic>(
    tasks: Vec<Task<'g, 't>>,
    group: &Group,
    level: SimdLevel,
    hooks: &Hooks<'_, 't>,
) -> Vec<Task<'g, 't>> {
    let Group { network, panel, key, .. } = group;
    let runner = Runner { network, panel, key: *key, level };
    let mut workspace = Workspace::<T>::new(network);
    let mut executor = Parallel::default();
    let mut tasks = tasks.into_iter();
    while !hooks.is_stopped() {
        let Some(task) = tasks.next() else { break };
        runner.run(task.first as u64, &mut workspace, &mut executor, &mut *task.values);
        hooks.progress.add(task.work);
        (hooks.finished)(task.block());
    }
    tasks.collect()
}

/// Blocks on all threads, each with scratch memory from a pool that grows to the number of threads.
pub(super) struct Parallel<T> {
    pool: Mutex<Vec<BlockScratch<T>>>,
}

impl<T> Default for Parallel<T> {
    fn default() -> Self {
        Self { pool: Mutex::new(Vec::new()) }
    }
}

impl<T: Arithmetic> Executor<T> for Parallel<T> {
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [BlockMoments],
        work: impl Fn(usize, &mut [T::Row], &mut BlockMoments, &mut BlockScratch<T>) + Sync,
    ) {
        let pool = || self.pool.lock().expect("no worker panics while it holds the pool");
        let blocks = out.par_chunks_mut(chunk).zip(slots).enumerate();
        blocks.for_each(|(block, (out, slot))| {
            let mut scratch = pool().pop().unwrap_or_default();
            work(block, out, slot, &mut scratch);
            pool().push(scratch);
        });
    }
}
