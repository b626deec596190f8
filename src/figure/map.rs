//! Heat maps.

use super::build::{Material, Picture};

/// Draws a map.
///
/// # Errors
///
/// If no number has a place.
pub fn map(_material: &Material<'_>) -> Result<Picture, String> {
    Err("maps".to_owned())
}
