//! `--shard 3/8`, `--shard auto/8`: which part of a sweep.

use std::str::FromStr;

use super::failure::Failure;
use crate::engine::Shard;

/// Most shards of a run.
const LARGEST: u32 = 100_000;

/// Where batch systems say which task of an array this is, the innermost first, and the first task they know.
pub const TASKS: [(&str, u32); 6] = [
    ("HQ_TASK_ID", 0),
    ("SLURM_ARRAY_TASK_ID", 0),
    ("PBS_ARRAY_INDEX", 0),
    ("JOB_COMPLETION_INDEX", 0),
    // These two cannot count from 0.
    ("SGE_TASK_ID", 1),
    ("LSB_JOBINDEX", 1),
];

/// `3/8`, or `auto/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardArgument {
    /// `None`: the batch system says it.
    index: Option<u32>,
    count: u32,
}

impl FromStr for ShardArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || "a shard is written I/N or auto/N, such as 0/8".to_owned();
        let (index, count) = text.split_once('/').ok_or_else(usage)?;
        let count: u32 = count.parse().map_err(|_| usage())?;
        if !(1..=LARGEST).contains(&count) {
            return Err(format!("there can be 1 to {LARGEST} shards"));
        }
        if index == "auto" {
            return Ok(Self { index: None, count });
        }
        let index: u32 = index.parse().map_err(|_| usage())?;
        if index >= count {
            return Err(format!("shards count from 0: the last one of {count} is {}/{count}", count - 1));
        }
        Ok(Self { index: Some(index), count })
    }
}

impl ShardArgument {
    /// The shard, with the help of the batch system if need be.
    ///
    /// # Errors
    ///
    /// If no batch system says which one it is, or if there is no such shard.
    pub fn resolve(self) -> Result<Shard, Failure> {
        let Self { index, count } = self;
        let index = match index {
            Some(index) => index,
            None => task(count, |name| std::env::var(name).ok()).map_err(Failure::usage)?,
        };
        Ok(Shard { index, count })
    }
}

/// The shard that the first of the batch systems names.
fn task(count: u32, variable: impl Fn(&str) -> Option<String>) -> Result<u32, String> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let set = TASKS.iter().find_map(|&(name, first)| Some((name, first, set(name)?)));
    let Some((name, first, value)) = set else {
        let names = TASKS.map(|(name, _)| name).join(", ");
        return Err(format!("--shard auto/{count}: none of {names} is set"));
    };
    let index = value.parse::<u32>().ok().and_then(|task| task.checked_sub(first));
    index.filter(|&index| index < count).ok_or_else(|| {
        let last = first + count - 1;
        format!(
            "--shard auto/{count}: {name} is {:?}, and the tasks of {count} shards are {first} to {last}",
            value.escape_debug().to_string()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_an_index_from_0_and_a_count() {
        let parse = str::parse::<ShardArgument>;
        assert_eq!(parse("3/8"), Ok(ShardArgument { index: Some(3), count: 8 }));
        assert_eq!(parse("auto/1"), Ok(ShardArgument { index: None, count: 1 }));
        assert!(parse("8/8").unwrap_err().contains("the last one of 8 is 7/8"));
        for wrong in ["", "3", "3/", "/8", "-1/8", "0/0", "1/100001", "3/8/1", "a/8"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_innermost_batch_system_says_which_task_this_is() {
        let with = |set: &'static [(&str, &str)]| {
            task(8, |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[("SLURM_ARRAY_TASK_ID", "7")]), Ok(7));
        assert_eq!(with(&[("SLURM_ARRAY_TASK_ID", "7"), ("HQ_TASK_ID", "2")]), Ok(2));
        assert_eq!(with(&[("SLURM_ARRAY_TASK_ID", "7"), ("HQ_TASK_ID", "")]), Ok(7));
        assert_eq!(with(&[("SGE_TASK_ID", "8")]), Ok(7));
        assert!(with(&[("SGE_TASK_ID", "0")]).unwrap_err().contains("are 1 to 8"));
        assert!(with(&[("SGE_TASK_ID", "undefined")]).is_err());
        assert!(with(&[("SLURM_ARRAY_TASK_ID", "8")]).unwrap_err().contains("are 0 to 7"));
        assert!(with(&[]).unwrap_err().contains("none of HQ_TASK_ID, SLURM_ARRAY_TASK_ID"));
    }
}
