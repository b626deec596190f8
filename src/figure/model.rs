//! Curves and their panels, before they have a place on a page.

use super::legend::Legend;
use super::scale::Scale;
use super::scene::{Form, Ink};

/// One number of a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// The number; `None` if it is not defined.
    pub y: Option<f64>,
    /// The interval.
    pub bar: Option<(f64, f64)>,
    /// The middle 95 % of the networks, or another band.
    pub band: Option<(f64, f64)>,
    /// Whether its interval is not to be relied on.
    pub is_hollow: bool,
    /// Whether it is infinite.
    pub is_infinite: bool,
    /// What theory predicts.
    pub theory: Option<f64>,
    /// A number published elsewhere.
    pub published: Option<f64>,
}

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its colour.
    pub ink: Ink,
    /// The form of its markers.
    pub form: Form,
    /// Its points, ascending in x.
    pub points: Vec<Point>,
}

/// A number to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where on the x axis.
    pub x: Option<f64>,
    /// Where on the y axis.
    pub y: Option<f64>,
    /// What stands beside it.
    pub text: String,
}

/// A panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What it is of.
    pub title: String,
    /// Its y axis.
    pub y: usize,
    /// Its curves.
    pub curves: Vec<Curve>,
    /// Numbers to compare with.
    pub lines: Vec<Line>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it is of.
    pub title: String,
    /// Its scale.
    pub scale: Scale,
    /// Whether numbers stand beside it.
    pub has_numbers: bool,
    /// Whether only whole numbers are meant.
    pub is_whole: bool,
}

/// A figure of curves.
#[expect(clippy::struct_excessive_bools, reason = "each is asked for on its own")]
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// How many there are in a row.
    pub columns: usize,
    /// The x axis of all.
    pub x: Axis,
    /// The y axes.
    pub ys: Vec<Axis>,
    /// The legend.
    pub legend: Legend,
    /// Whether points are so many that lines and ribbons stand for them.
    pub is_dense: bool,
    /// Whether points that no theory joins are joined by dots.
    pub joins: bool,
    /// Whether a line runs to the lower edge where it is 0 on a log axis, as the outline of a histogram does.
    pub has_floor: bool,
    /// Whether x = y is drawn.
    pub has_diagonal: bool,
    /// Whether axes may end before the numbers do.
    pub is_cut: bool,
}
