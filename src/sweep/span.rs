//! Where in the config something is written.

/// A byte range of one source text of the config.
///
/// Opaque to the sweep, which only hands it back inside errors so that they can point at the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Which text: 0 is the file, `i` the `i`-th override from the command line.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}
