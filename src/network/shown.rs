//! The places of a layer where a backward pass shows what it has.

use super::site::Site;
use super::steps::Step;

/// Where on its way back through a layer a gradient is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// At a site.
    At(Site),
    /// Behind a step that changes something: before the pass goes back through it.
    Behind(Step),
    /// Before the step.
    Before(Step),
}
