//! Memory: what there is.

use std::fs;
use std::path::{Path, PathBuf};

/// Address space that a thread takes without using it: its stack, and the heap that the C library reserves for it.
const THREAD_SPACE: u128 = (2 << 20) + (64 << 20);
/// Threads besides the workers: the main one, the writer, progress, signals; and a heap of twice the size while it is
/// being cut.
const OTHER_THREADS: u128 = 5;

/// The limits of the shell, in words.
const V: &str = "ulimit -v, 66 MiB set aside for each thread";
const D: &str = "ulimit -d, 2 MiB set aside for each thread";

/// Memory that new work can have, and what sets the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Available {
    /// Bytes.
    pub bytes: u128,
    /// In words.
    pub bound: &'static str,
}

/// Bytes of memory that new work on `threads` threads can have, where the system tells: on Linux the least of
/// `MemAvailable`, what the control groups above this process leave, and the limits of the shell (`ulimit -v`,
/// `ulimit -d`).
#[must_use]
pub fn available_memory(threads: usize) -> Option<Available> {
    available(Path::new("/"), threads)
}

fn available(root: &Path, threads: usize) -> Option<Available> {
    let system = field(&root.join("proc/meminfo"), "MemAvailable:");
    let threads = threads as u128 + OTHER_THREADS;
    let bounds = [
        (system, "free memory"),
        (control_groups(root), "the limit of a control group"),
        (limit(root, "Max address space", "VmSize:", threads * THREAD_SPACE), V),
        (limit(root, "Max data size", "VmData:", threads * (2 << 20)), D),
    ];
    let known = bounds.into_iter().filter_map(|(bytes, bound)| Some(Available { bytes: bytes?, bound }));
    known.min_by_key(|available| available.bytes)
}

/// Bytes of a line `NAME 12 kB`.
fn field(path: &Path, name: &str) -> Option<u128> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u128>().ok()? * 1024)
}

/// What a limit of the process leaves beyond what is `used` now and what is set `aside`.
fn limit(root: &Path, name: &str, used: &str, aside: u128) -> Option<u128> {
    let text = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let limit: u128 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(field(&root.join("proc/self/status"), used)? + aside))
}

/// What the tightest control group of this process leaves, in either version. Pages that only cache files give way.
fn control_groups(root: &Path) -> Option<u128> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mut left = Vec::new();
    for group in groups.lines() {
        let mut fields = group.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (mount, [limit, used, cache]) = match controllers {
            "" => ("sys/fs/cgroup", ["memory.max", "memory.current", "file"]),
            _ if controllers.split(',').any(|controller| controller == "memory") => {
                ("sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache"])
            }
            _ => continue,
        };
        let path = PathBuf::from(path.trim_start_matches('/'));
        for group in path.ancestors().map(|path| root.join(mount).join(path)) {
            let number = |name| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u128>().ok();
            let (Some(limit), Some(used)) = (number(limit), number(used)) else { continue };
            let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
            let cached = |line: &str| line.strip_prefix(cache)?.strip_prefix(' ')?.parse::<u128>().ok();
            let cached = stat.lines().find_map(cached).unwrap_or(0);
            left.push(limit.saturating_sub(used.saturating_sub(cached)));
        }
    }
    left.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system with these files.
    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const MIB: u128 = 1 << 20;

    #[test]
    fn the_tightest_bound_counts() {
        let meminfo = ("proc/meminfo", "MemTotal: 4 kB\nMemAvailable:    2048000 kB\n");
        let status = ("proc/self/status", "VmSize:\t  10240 kB\nVmData:\t 1024 kB\n");
        let free = system(&[meminfo, status]);
        let found = available(free.path(), 2).unwrap();
        assert_eq!(found, Available { bytes: 2_048_000 * 1024, bound: "free memory" });
        let limits = (
            "proc/self/limits",
            "Max data size   unlimited unlimited bytes\nMax address space 629145600 x\n",
        );
        let found = available(system(&[meminfo, status, limits]).path(), 2).unwrap();
        assert_eq!(found, Available { bytes: (600 - 10 - 7 * 66) * MIB, bound: V });
        let limits = ("proc/self/limits", "Max data size   1048576 1048576 bytes\n");
        let found = available(system(&[meminfo, status, limits]).path(), 2).unwrap();
        assert_eq!(found, Available { bytes: 0, bound: D });
        assert_eq!(available(system(&[]).path(), 2), None);
    }

    #[test]
    fn control_groups_of_both_versions_are_seen_up_to_the_root() {
        let second = system(&[
            ("proc/self/cgroup", "0::/job/step\n"),
            ("sys/fs/cgroup/job/step/memory.max", "max\n"),
            ("sys/fs/cgroup/job/step/memory.current", "1\n"),
            ("sys/fs/cgroup/job/memory.max", "1000000\n"),
            ("sys/fs/cgroup/job/memory.current", "900000\n"),
            ("sys/fs/cgroup/job/memory.stat", "anon 600000\nfile 300000\nfile_mapped 7\n"),
        ]);
        assert_eq!(control_groups(second.path()), Some(400_000));
        let first = system(&[
            ("proc/self/cgroup", "5:cpu:/\n4:memory,hugetlb:/job\n0::/\n"),
            ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000\n"),
            ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "4000\n"),
            ("sys/fs/cgroup/memory/job/memory.stat", "cache 9\ntotal_cache 500\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "4000\n"),
        ]);
        assert_eq!(control_groups(first.path()), Some(1500));
        assert_eq!(control_groups(system(&[]).path()), None);
    }
}
