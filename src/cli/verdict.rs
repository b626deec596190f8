//! The verdicts on what a config expects.

use super::failure::Failure;
use crate::analysis::Verdict;
use crate::output::{self, ExpectRow};

/// What would decide the expectations that are undecided.
fn undecided_for(expect: &[ExpectRow]) -> String {
    let undecided = || output::deciding(expect).filter(|row| row.verdict == Verdict::Undecided);
    let mut reasons: Vec<&str> = undecided().filter_map(|row| row.reason.as_deref()).collect();
    let doubtful = reasons.len();
    reasons.sort_unstable();
    reasons.dedup();
    let doubt = reasons.join("; ");
    match (undecided().count() - doubtful, doubtful) {
        (_, 0) => "more trials, or a wider tolerance, would decide".to_owned(),
        (0, _) => doubt,
        (some, _) => {
            format!("more trials, or a wider tolerance, would decide {some}; for the others, {doubt}")
        }
    }
}

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
        parts.push(format!("{undecided} of {all} undecided: {}", undecided_for(expect)));
    }
    Err(Failure::expectation(format!("{} (expect.csv has the numbers)", parts.join("; "))))
}
