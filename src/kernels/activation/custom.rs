//! A function that is no row of the table.

use std::fmt;

use crate::simd::SimdLevel;

/// A named function of one number.
pub trait Custom: fmt::Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// Its text: the same text is the same function, whatever the name is.
    fn text(&self) -> &str;

    /// Points around which it has structure, its kinks among them, each with the width of it.
    fn structure(&self) -> &[(f64, f64)];

    /// Whether it is known that `phi(-x) = -phi(x)`.
    fn is_odd(&self) -> bool;

    /// Replaces every element by its image, in `f64`.
    fn apply_f64(&self, level: SimdLevel, rows: &mut [[f64; 8]]);

    /// Replaces every element by its image, in `f32`.
    fn apply_f32(&self, level: SimdLevel, rows: &mut [[f32; 16]]);

    /// Replaces every element by the slope there: at a kink that of one side, and of a jump it sees nothing.
    fn apply_slope(&self, level: SimdLevel, rows: &mut [[f64; 8]]);
}

/// The same name and the same text.
impl PartialEq for dyn Custom {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.text() == other.text()
    }
}
