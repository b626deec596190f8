//! One large trial at a time, its blocks of rows spread over the threads.

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::client::{Block, Client};
use super::work::nominal_work;
use crate::network::{Arithmetic, BlockScratch, Executor, Runner, Slot, Workspace, with_element};
use crate::simd::SimdLevel;
use crate::sweep::{Group, as_f64};

/// Draws what is missing of one group, trial by trial, until all of it is known or the run is to stop.
pub(super) fn run<C: Client>(index: usize, group: &Group, level: SimdLevel, client: &C) {
    with_element!(group.network.precision, T => run_as::<T, C>(index, group, level, client));
}

fn run_as<T: Arithmetic, C: Client>(index: usize, group: &Group, level: SimdLevel, client: &C) {
    let Group { network, observables, key, .. } = group;
    let runner = Runner { network, observables, key: *key, level };
    let mut workspace = Workspace::<T>::new(network, observables);
    let mut executor = Parallel::default();
    let mut table = client.open(index);
    loop {
        let missing: Vec<_> = table.missing_blocks(1).collect();
        for trials in missing {
            if client.is_stopped() {
                return;
            }
            let mut values = vec![0.0; observables.len()];
            runner.run(trials.start as u64, &mut workspace, &mut executor, &mut values);
            client.advance(nominal_work(group));
            let values = Arc::new(values);
            client.drawn(Block { group: index, first: trials.start, count: 1, values: Arc::clone(&values) });
            table.insert(trials.start, values);
        }
        if !client.complete(index, &mut table) {
            return;
        }
        client.grows(as_f64(table.missing_trials()) * nominal_work(group));
    }
}

/// Blocks on all threads, each with scratch memory from a pool that grows to the number of threads.
pub(super) struct Parallel<T: Arithmetic> {
    pool: Mutex<Vec<BlockScratch<T>>>,
}

impl<T: Arithmetic> Default for Parallel<T> {
    fn default() -> Self {
        Self { pool: Mutex::new(Vec::new()) }
    }
}

impl<T: Arithmetic> Executor<T> for Parallel<T> {
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [Slot<T>],
        work: impl Fn(usize, &mut [T::Row], &mut Slot<T>, &mut BlockScratch<T>) + Sync,
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
