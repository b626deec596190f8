//! A disk that loses power: the file operations of a run, and what may be left of them.
//!
//! The operations are recorded by strace. After a loss of power an operation on a file is certain to be there only if
//! that file was synced after it, an operation on a directory only if the directory was. Of the others any subset may be
//! there, and of a write any subset of its sectors of 512 bytes: that is dropping, tearing and reordering at once, for
//! where two writes overlap, to lose the later one is to have them in the other order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::{self, Place};

/// What a sector holds is written as a whole or not at all.
const SECTOR: usize = 512;

/// System calls that change files, or say which file a number stands for.
const CALLS: &str = "openat,close,write,pwrite64,pwritev,pwritev2,writev,fsync,fdatasync,sync_file_range,msync,ftruncate,\
                     fallocate,truncate,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,\
                     mkdirat,rmdir,creat,dup,dup2,dup3,sendfile,copy_file_range";

/// A change, or a promise that changes are there to stay. Paths are relative to the place; `inode` is a number of ours.
#[derive(Clone, Debug)]
pub enum Operation {
    MakeDirectory { path: PathBuf },
    Enter { path: PathBuf, inode: usize },
    Leave { path: PathBuf },
    Move { from: PathBuf, to: PathBuf, inode: usize },
    Write { inode: usize, at: usize, bytes: Vec<u8> },
    Truncate { inode: usize, length: usize },
    Sync { inode: usize },
    SyncDirectory { path: PathBuf },
}

/// What the number of an open file stands for.
enum Open {
    File { inode: usize, at: usize },
    Directory(PathBuf),
}

/// The operations of one or more runs in a place, in their order.
pub struct Recorder {
    root: PathBuf,
    pub operations: Vec<Operation>,
    names: BTreeMap<PathBuf, usize>,
    directories: BTreeSet<PathBuf>,
    inodes: usize,
    open: HashMap<String, Open>,
}

impl Recorder {
    pub fn new(place: &Place) -> Self {
        Self {
            root: place.path().canonicalize().unwrap(),
            operations: Vec::new(),
            names: BTreeMap::new(),
            directories: [PathBuf::new()].into(),
            inodes: 0,
            open: HashMap::new(),
        }
    }

    /// Runs the program, which must succeed, and adds what it does to the files of the place.
    pub fn run(&mut self, place: &Place, arguments: &[&str]) {
        let log = place.path().join("strace.log");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-xx", "-s", "1000000000", "-e", "signal=none"]);
        strace.args(["-e", &format!("trace={CALLS}"), "-o"]).arg(&log);
        strace.arg(cli::binary()).args(arguments).current_dir(place.path());
        assert!(strace.status().unwrap().success());
        self.open.clear();
        let mut begun: HashMap<&str, &str> = HashMap::new();
        let log = std::fs::read_to_string(log).unwrap();
        for line in log.lines() {
            let (process, call) = line.split_once(' ').unwrap();
            let call = call.trim_start();
            if let Some(call) = call.strip_suffix(" <unfinished ...>") {
                begun.insert(process, call);
            } else if let Some((_, rest)) = call.strip_prefix("<... ").and_then(|c| c.split_once(" resumed>"))
            {
                self.call(&format!("{}{rest}", begun.remove(process).unwrap()));
            } else {
                self.call(call);
            }
        }
    }

    /// A line of strace without the process: `fsync(5) = 0`.
    fn call(&mut self, line: &str) {
        let (name, rest) = line.split_once('(').unwrap();
        let (arguments, result) = rest.rsplit_once(" = ").unwrap();
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        let arguments: Vec<&str> = arguments.split(", ").collect();
        if result.starts_with('-') {
            return;
        }
        match (name, &arguments[..]) {
            ("openat", [_, path, flags, ..]) => self.opened(&text(path), flags, result),
            ("close", [file]) => drop(self.open.remove(*file)),
            ("write", [file, bytes, _]) => {
                if let Some(Open::File { inode, at }) = self.open.get_mut(*file) {
                    let bytes = unescaped(bytes);
                    self.operations.push(Operation::Write { inode: *inode, at: *at, bytes: bytes.clone() });
                    *at += bytes.len();
                }
            }
            ("pwrite64", [file, bytes, _, at]) => self.on_file(file, |inode| Operation::Write {
                inode,
                at: at.parse().unwrap(),
                bytes: unescaped(bytes),
            }),
            ("ftruncate", [file, length]) => {
                self.on_file(file, |inode| Operation::Truncate { inode, length: length.parse().unwrap() });
            }
            ("fsync" | "fdatasync", [file]) => match self.open.get(*file) {
                Some(Open::Directory(path)) => {
                    self.operations.push(Operation::SyncDirectory { path: path.clone() });
                }
                _ => self.on_file(file, |inode| Operation::Sync { inode }),
            },
            ("mkdir", [path, _]) => {
                if let Some(path) = self.inside(&text(path)) {
                    self.directories.insert(path.clone());
                    self.operations.push(Operation::MakeDirectory { path });
                }
            }
            ("unlink", [path]) | ("unlinkat", [_, path, _]) => {
                if let Some(path) = self.inside(&text(path)) {
                    self.names.remove(&path);
                    self.operations.push(Operation::Leave { path });
                }
            }
            ("rename", [from, to]) | ("renameat", [_, from, _, to]) => {
                let [from, to] = [from, to].map(|path| self.inside(&text(path)).unwrap());
                let inode = self.names.remove(&from).unwrap();
                self.names.insert(to.clone(), inode);
                self.operations.push(Operation::Move { from, to, inode });
            }
            _ => panic!("the model does not know this call: {name}({})", arguments[0]),
        }
    }

    fn opened(&mut self, path: &str, flags: &str, file: &str) {
        let Some(path) = self.inside(path) else { return };
        if self.directories.contains(&path) {
            self.open.insert(file.to_owned(), Open::Directory(path));
        } else if flags.contains("O_WRONLY") || flags.contains("O_RDWR") {
            assert!(
                !flags.contains("O_TRUNC") && !flags.contains("O_APPEND") && !flags.contains("O_TMPFILE")
            );
            let (inodes, operations) = (&mut self.inodes, &mut self.operations);
            let inode = *self.names.entry(path.clone()).or_insert_with(|| {
                *inodes += 1;
                operations.push(Operation::Enter { path, inode: *inodes });
                *inodes
            });
            self.open.insert(file.to_owned(), Open::File { inode, at: 0 });
        }
    }

    fn on_file(&mut self, file: &str, operation: impl FnOnce(usize) -> Operation) {
        if let Some(Open::File { inode, .. }) = self.open.get(file) {
            self.operations.push(operation(*inode));
        }
    }

    /// A path relative to the place; `None` if it is elsewhere.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        self.root.join(path).strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// The files that a loss of power before operation `end` may leave. `keeps` decides about every part of an operation
    /// that was not synced.
    pub fn after_power_loss(
        &self,
        end: usize,
        mut keeps: impl FnMut() -> bool,
    ) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut directories = BTreeSet::new();
        let mut names: BTreeMap<&Path, usize> = BTreeMap::new();
        let mut contents: HashMap<usize, Vec<u8>> = HashMap::new();
        for (i, operation) in self.operations[..end].iter().enumerate() {
            let is_safe = self.operations[i..end].iter().any(|later| later.secures(operation));
            let mut is_kept = || is_safe || keeps();
            match operation {
                Operation::Write { inode, at, bytes } => {
                    let content = contents.entry(*inode).or_default();
                    for (start, sector) in sectors(*at, bytes) {
                        if is_kept() {
                            content.resize(content.len().max(start + sector.len()), 0);
                            content[start..start + sector.len()].copy_from_slice(sector);
                        }
                    }
                }
                Operation::Truncate { inode, length } if is_kept() => {
                    contents.entry(*inode).or_default().resize(*length, 0);
                }
                Operation::MakeDirectory { path } if is_kept() => {
                    directories.insert(path.as_path());
                }
                Operation::Enter { path, inode } if is_kept() => {
                    names.insert(path, *inode);
                }
                Operation::Leave { path } if is_kept() => {
                    names.remove(path.as_path());
                }
                Operation::Move { from, to, inode } if is_kept() => {
                    names.remove(from.as_path());
                    names.insert(to, *inode);
                }
                _ => {}
            }
        }
        names.retain(|path, _| path.parent().is_none_or(|p| p == Path::new("") || directories.contains(p)));
        let content = |inode: usize| contents.get(&inode).cloned().unwrap_or_default();
        names.into_iter().map(|(path, inode)| (path.to_owned(), content(inode))).collect()
    }
}

impl Operation {
    /// Whether this promises that `earlier` is there to stay.
    fn secures(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Sync { inode }, Self::Write { inode: of, .. } | Self::Truncate { inode: of, .. }) => {
                inode == of
            }
            (
                Self::SyncDirectory { path },
                Self::MakeDirectory { path: of }
                | Self::Enter { path: of, .. }
                | Self::Leave { path: of }
                | Self::Move { to: of, .. },
            ) => of.parent() == Some(path),
            _ => false,
        }
    }
}

/// The parts of a write, cut where sectors of the disk begin.
fn sectors(at: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut parts = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let end = bytes.len().min(start + SECTOR - (at + start) % SECTOR);
        parts.push((at + start, &bytes[start..end]));
        start = end;
    }
    parts
}

/// The bytes of a string that strace has written in hex: `"\x61\x62"`.
fn unescaped(argument: &str) -> Vec<u8> {
    let hex = argument.strip_prefix('"').and_then(|text| text.strip_suffix('"')).expect("a whole string");
    hex.split("\\x").skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn text(argument: &str) -> String {
    String::from_utf8(unescaped(argument)).unwrap()
}

#[test]
fn what_is_synced_stays_and_the_rest_is_lost_sector_by_sector() {
    let place = Place::new();
    let mut recorder = Recorder::new(&place);
    let hex = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
    let [dir, a, b] = ["d", "d/a", "d/b"].map(hex);
    let long = hex(&"z".repeat(1000));
    for line in [
        format!("mkdir(\"{dir}\", 0777) = 0"),
        format!("openat(AT_FDCWD, \"{a}\", O_RDWR|O_CREAT, 0600) = 3"),
        format!("write(3, \"{}\", 3) = 3", hex("old")),
        "fsync(3)  = 0".to_owned(),
        format!("pwrite64(3, \"{long}\", 1000, 3) = 1000"),
        format!("rename(\"{a}\", \"{b}\") = 0"),
    ] {
        recorder.call(&line);
    }
    let name = |name: &str| PathBuf::from(name);
    assert!(recorder.after_power_loss(6, || false).is_empty(), "no directory was synced");
    let all = recorder.after_power_loss(6, || true);
    assert_eq!(all.keys().collect::<Vec<_>>(), [&name("d/b")]);
    assert_eq!(all[&name("d/b")].len(), 1003);
    // Directory, name, first sector, second sector, new name.
    let mut keeps = [true, true, false, true, false].into_iter();
    let torn = recorder.after_power_loss(6, || keeps.next().unwrap());
    let mut expected = b"old".to_vec();
    expected.resize(512, 0);
    expected.resize(1003, b'z');
    assert_eq!(torn[&name("d/a")], expected);
    for directory in ["", "d"] {
        recorder.operations.push(Operation::SyncDirectory { path: directory.into() });
    }
    let safe = recorder.after_power_loss(8, || false);
    assert_eq!(safe[&name("d/b")], b"old");
}
