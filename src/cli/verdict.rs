//! The verdicts on what a config expects.

use super::failure::Failure;
use crate::output::{self, ExpectRow};

/// A failure unless every expectation held.
pub fn verdict(expect: &[ExpectRow]) -> Result<(), Failure> {
    let [held, undecided, failed] = output::tally(expect);
    let all = held + undecided + failed;
    if held == all {
        return Ok(());
    }
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{failed} of {all} expectations failed"));
    }
    if undecided > 0 {
        parts
            .push(format!("{undecided} of {all} undecided: more trials, or a wider tolerance, would decide"));
    }
    Err(Failure::expectation(format!("{} (expect.csv has the numbers)", parts.join("; "))))
}
