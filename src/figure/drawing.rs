//! Figures as they are handed on.

use crate::network::{Metric, Site};

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The name of its files.
    pub name: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What its points, bars, bands and lines are, and what is constant.
    pub caption: String,
    /// The picture as SVG: ids begin with the name, black is `currentColor`, the paper has the class `paper`.
    pub svg: String,
    /// The picture as PDF, fonts inside.
    pub pdf: Vec<u8>,
    /// The numbers that are shown.
    pub csv: String,
}

/// A metric at a site that has no figure.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The metric.
    pub metric: Metric,
    /// The site.
    pub site: Site,
    /// Why.
    pub reason: String,
}

impl LeftOut {
    /// The lines of a config that draw it.
    #[must_use]
    pub fn clause(&self) -> String {
        format!("[[figure]]\nmetric = \"{}\"\nsite   = \"{}\"\n", self.metric, self.site)
    }
}

/// All figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// The figures, in the order of the config.
    pub figures: Vec<Figure>,
    /// What was not drawn unasked.
    pub left_out: Vec<LeftOut>,
    /// What was asked for and could not be drawn.
    pub failed: Vec<FigureError>,
}

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("figure {figure:?}: {reason}")]
pub struct FigureError {
    /// Its name.
    pub figure: String,
    /// Why.
    pub reason: String,
}
