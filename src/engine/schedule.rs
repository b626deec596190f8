//! The schedule: which groups are open at the same time, and whose blocks are run next.
//!
//! A family of groups is opened when no block of an open one is left to be taken: then what is known of its trials is
//! read, and what is missing is cut into blocks. When its last block is done its values are complete, and are used
//! at once; then they leave the memory. So no more families are open than there are workers, and no more than the
//! budget holds (but one always is).
//!
//! Trials that take long are begun first, or the last of them would keep one worker busy while the others have nothing
//! to do; all others are run in the order of the cells, for their rows are written in that order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::client::{Client, Demand};
use super::family;
use super::task::{BLOCK_WORK, Inner, Job, Open, Task, block_trials, same_trials};
use super::work::{is_wide, nominal_work};
use crate::sweep::{Group, as_f64};

/// How often a worker that has nothing to do looks up.
const PAUSE: Duration = Duration::from_millis(1);

/// Groups that are opened together.
pub(super) struct Family {
    pub members: Vec<usize>,
    bytes: u128,
    /// Nominal nanoseconds of its longest block.
    longest: f64,
}

/// The families of all groups: those whose trials are split over the threads, and the others in the order of their
/// opening.
pub(super) fn plan(
    groups: &[Group],
    demands: &[Demand],
    threads: usize,
    budget: u128,
) -> (Vec<Family>, Vec<Family>) {
    let is_wide = |index: usize| is_wide(&groups[index], demands[index].missing, threads);
    let most = budget / 2;
    let split =
        family::families(groups, is_wide).into_iter().flat_map(|members| cut(&members, demands, most));
    let new = |members: Vec<usize>| {
        let work: f64 = members.iter().map(|&index| nominal_work(&groups[index])).sum();
        let missing = members.iter().map(|&index| demands[index].missing).max().unwrap_or(0);
        let longest = as_f64(block_trials(work).min(missing)) * work;
        let bytes = members.iter().map(|&index| demands[index].bytes).sum();
        Family { members, bytes, longest: if longest > BLOCK_WORK { longest } else { 0.0 } }
    };
    let (wide, mut narrow): (Vec<Family>, Vec<Family>) =
        split.map(new).partition(|family| is_wide(family.members[0]));
    narrow.sort_by(|a, b| b.longest.total_cmp(&a.longest));
    (wide, narrow)
}

/// Cuts a family whose values would take more than `most` bytes.
fn cut(members: &[usize], demands: &[Demand], most: u128) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for &index in members {
        bytes += demands[index].bytes;
        match parts.last_mut() {
            Some(part) if bytes <= most => part.push(index),
            _ => {
                parts.push(vec![index]);
                bytes = demands[index].bytes;
            }
        }
    }
    parts
}

/// What a worker does next.
enum Step<'g> {
    Run(Job<'g>),
    Open(Family),
    Wait,
    End,
}

struct State<'g> {
    waiting: std::vec::IntoIter<Family>,
    jobs: VecDeque<Job<'g>>,
    open: usize,
    bytes: u128,
}

/// What all workers share.
pub(super) struct Schedule<'g, 'c, C: Client> {
    groups: &'g [Group],
    pub client: &'c C,
    budget: u128,
    state: Mutex<State<'g>>,
    changed: Condvar,
    has_failed: AtomicBool,
}

/// Keeps the other workers from waiting for one that panics.
pub(super) struct Watchman<'s>(&'s AtomicBool);

impl Drop for Watchman<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

impl<'g, 'c, C: Client> Schedule<'g, 'c, C> {
    pub fn new(groups: &'g [Group], client: &'c C, budget: u128, families: Vec<Family>) -> Self {
        let waiting = families.into_iter();
        let state = Mutex::new(State { waiting, jobs: VecDeque::new(), open: 0, bytes: 0 });
        Self { groups, client, budget, state, changed: Condvar::new(), has_failed: AtomicBool::new(false) }
    }

    /// What a worker holds while it works.
    pub fn watchman(&self) -> Watchman<'_> {
        Watchman(&self.has_failed)
    }

    fn lock(&self) -> MutexGuard<'_, State<'g>> {
        self.state.lock().expect("no worker panics while it holds the schedule")
    }

    /// Gives the next job, once there is one; opens families and uses what is complete meanwhile.
    pub fn next(&self) -> Option<Job<'g>> {
        loop {
            if self.client.is_stopped() || self.has_failed.load(Ordering::SeqCst) {
                return None;
            }
            match self.step() {
                Step::Run(job) => return Some(job),
                Step::Open(family) => self.open(family),
                Step::End => return None,
                // The rows of a large group are made by all who have nothing else to do.
                Step::Wait if rayon::yield_now() == Some(rayon::Yield::Executed) => {}
                Step::Wait => drop(self.changed.wait_timeout(self.lock(), PAUSE)),
            }
        }
    }

    fn step(&self) -> Step<'g> {
        let mut state = self.lock();
        if let Some(job) = state.jobs.pop_front() {
            return Step::Run(job);
        }
        let bytes = state.waiting.as_slice().first().map(|family| family.bytes);
        match bytes {
            None if state.open == 0 => Step::End,
            Some(bytes) if state.open == 0 || state.bytes + bytes <= self.budget => {
                state.open += 1;
                state.bytes += bytes;
                state.waiting.next().map_or(Step::End, Step::Open)
            }
            _ => Step::Wait,
        }
    }

    fn open(&self, family: Family) {
        let Family { members, bytes, .. } = family;
        let tables = members.into_iter().map(|group| (group, Some(self.client.open(group)))).collect();
        let open = Arc::new(Open { bytes, inner: Mutex::new(Inner { tables, left: 0 }) });
        if !self.begin(&open) {
            self.complete(&open);
        }
    }

    /// Queues the jobs of what an open family misses; false if it misses nothing.
    fn begin(&self, open: &Arc<Open>) -> bool {
        let mut inner = open.inner.lock().expect("no worker panics while it holds a family");
        let tables = || inner.tables.iter().filter_map(|(group, table)| Some((*group, table.as_ref()?)));
        let work: f64 = tables().map(|(group, _)| nominal_work(&self.groups[group])).sum();
        let block = block_trials(work);
        let mut tasks = Vec::new();
        for (index, table) in tables() {
            let group = &self.groups[index];
            let work = nominal_work(group);
            let task = |trials| Task { index, group, trials, values: Vec::new(), work };
            tasks.extend(table.missing_blocks(block).map(task));
        }
        let jobs: Vec<_> = same_trials(tasks).map(|tasks| Job { tasks, of: Arc::clone(open) }).collect();
        inner.left = jobs.len();
        if jobs.is_empty() {
            return false;
        }
        let mut state = self.lock();
        for job in jobs.into_iter().rev() {
            state.jobs.push_front(job);
        }
        drop(state);
        self.changed.notify_all();
        true
    }

    /// Hands on the blocks of a finished job; who finishes the last one of a family completes it.
    pub fn finish(&self, job: Job<'g>) {
        let Job { tasks, of } = job;
        let blocks: Vec<_> = tasks.into_iter().map(Task::block).collect();
        for block in &blocks {
            self.client.drawn(block.clone());
        }
        let mut inner = of.inner.lock().expect("no worker panics while it holds a family");
        for block in blocks {
            let table = inner.tables.iter_mut().find(|(group, _)| *group == block.group);
            let Some((_, Some(table))) = table else { continue };
            if self.client.keeps() {
                table.insert(block.first, block.values);
            } else {
                table.forget_missing(&block.trials());
            }
        }
        inner.left -= 1;
        let is_last = inner.left == 0;
        drop(inner);
        if is_last {
            self.complete(&of);
        }
    }

    fn complete(&self, open: &Arc<Open>) {
        let mut inner = open.inner.lock().expect("no worker panics while it holds a family");
        let mut more = false;
        for (group, slot) in &mut inner.tables {
            let Some(table) = slot else { continue };
            if self.client.is_stopped() || !self.client.complete(*group, table) {
                *slot = None;
            } else {
                self.client.grows(as_f64(table.missing_trials()) * nominal_work(&self.groups[*group]));
                more = true;
            }
        }
        drop(inner);
        if more && self.begin(open) {
            return;
        }
        if more {
            // All that was asked for is known already.
            return self.complete(open);
        }
        let mut state = self.lock();
        state.open -= 1;
        state.bytes -= open.bytes;
        drop(state);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::super::{Block, Engine, Options, TrialValues};
    use super::*;
    use crate::config::{self, Source};
    use crate::simd::SimdLevel;

    /// Keeps what it is given, asks for more once, and watches how many bytes are open.
    struct Watch {
        groups: Vec<Group>,
        demands: Vec<Demand>,
        open: AtomicU64,
        most: AtomicU64,
        values: Mutex<Vec<Vec<Vec<f64>>>>,
    }

    impl Client for Watch {
        fn open(&self, group: usize) -> TrialValues {
            let bytes = u64::try_from(self.demands[group].bytes).unwrap();
            let now = self.open.fetch_add(bytes, Ordering::SeqCst) + bytes;
            self.most.fetch_max(now, Ordering::SeqCst);
            TrialValues::new(&self.groups[group], 0..10)
        }

        fn drawn(&self, _: Block) {}

        fn complete(&self, group: usize, values: &mut TrialValues) -> bool {
            assert!(values.missing().is_empty());
            if values.trials() == 10 {
                values.extend(25 + group);
                return true;
            }
            let bytes = u64::try_from(self.demands[group].bytes).unwrap();
            self.open.fetch_sub(bytes, Ordering::SeqCst);
            self.values.lock().unwrap()[group] = values.columns(0..values.observables());
            false
        }
    }

    fn run(randomness: &str, threads: usize, budget: u128) -> (Vec<Vec<Vec<f64>>>, u64) {
        let text = format!(
            "name = 's'\ntrials = 100\nrandomness = '{randomness}'\n[[grid]]\nwidth = [4, 90, 7]\nbatch = 3\nstd = \
             [1, 2]\n[measure]\nmetrics = ['mean', 'max']\n"
        );
        let sweep = config::parse(&Source::new("s", text)).unwrap();
        let cells: Vec<_> = sweep.cells().collect::<Result<_, _>>().unwrap();
        let groups = crate::sweep::group(&cells, &sweep.measure, sweep.randomness, 1);
        let demands = vec![Demand { missing: 10, bytes: 1000 }; groups.len()];
        let engine = Engine::new(Options { threads, level: SimdLevel::detect() }).unwrap();
        let values = Mutex::new(vec![Vec::new(); groups.len()]);
        let (open, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let watch = Watch { groups, demands, open, most, values };
        engine.with_budget(budget).fill(&watch.groups, &watch.demands, &watch);
        (watch.values.into_inner().unwrap(), watch.most.into_inner())
    }

    /// Fails with the first group.
    struct Fails(Vec<Group>);

    impl Client for Fails {
        fn open(&self, group: usize) -> TrialValues {
            TrialValues::new(&self.0[group], 0..10)
        }

        fn drawn(&self, _: Block) {}

        fn complete(&self, _: usize, _: &mut TrialValues) -> bool {
            panic!("on purpose")
        }
    }

    #[test]
    fn a_worker_that_panics_ends_the_run_of_all() {
        let text = "name = 's'\ntrials = 10\n[[grid]]\nwidth = [4, 5, 6]\nstd = [1, 2]\n";
        let sweep = config::parse(&Source::new("s", text)).unwrap();
        let cells: Vec<_> = sweep.cells().collect::<Result<_, _>>().unwrap();
        let client = Fails(crate::sweep::group(&cells, &sweep.measure, sweep.randomness, 1));
        let demands = vec![Demand { missing: 10, bytes: 1000 }; client.0.len()];
        for threads in 1..=3 {
            let engine = Engine::new(Options { threads, level: SimdLevel::detect() }).unwrap();
            let fill = std::panic::AssertUnwindSafe(|| engine.fill(&client.0, &demands, &client));
            assert!(std::panic::catch_unwind(fill).is_err(), "{threads} threads");
        }
    }

    #[test]
    fn a_budget_bounds_what_is_open_and_changes_no_value() {
        for randomness in ["independent", "common"] {
            let (expected, _) = run(randomness, 1, u128::MAX);
            for (group, columns) in expected.iter().enumerate() {
                assert!(columns.iter().all(|column| column.len() == 25 + group));
            }
            for threads in [1, 2, 4] {
                for budget in [0, 1000, 2500, 4000, u128::MAX] {
                    let (values, most) = run(randomness, threads, budget);
                    assert_eq!(values, expected);
                    assert!(u128::from(most) <= budget.max(1000), "{most} bytes of {budget} were open");
                }
            }
        }
    }
}
