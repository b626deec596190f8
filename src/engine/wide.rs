//! One large trial at a time, its blocks of rows spread over the threads.

use std::sync::Mutex;

use rayon::prelude::*;

use super::{Precision, Progress, nominal_work};
use crate::network::{Arithmetic, BlockMoments, BlockScratch, Executor, Runner, Workspace};
use crate::simd::SimdLevel;
use crate::sweep::Group;

/// Runs the trials of one group.
pub(super) fn run(group: &Group, level: SimdLevel, values: &mut [f64], progress: &Progress) {
    match group.network.precision {
        Precision::F64 => run_as::<f64>(group, level, values, progress),
        Precision::F32 => run_as::<f32>(group, level, values, progress),
    }
}

fn run_as<T: Arithmetic>(group: &Group, level: SimdLevel, values: &mut [f64], progress: &Progress) {
    let Group { network, panel, key, .. } = group;
    let runner = Runner { network, panel, key: *key, level };
    let mut workspace = Workspace::<T>::new(network);
    let mut executor = Parallel::default();
    let work = nominal_work(group);
    for (trial, values) in values.chunks_mut(panel.len()).enumerate() {
        runner.run(trial as u64, &mut workspace, &mut executor, values);
        progress.add(work);
    }
}

/// Blocks on all threads, each with scratch memory from a pool that grows to the number of threads.
struct Parallel<T> {
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
