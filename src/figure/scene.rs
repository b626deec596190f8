//! What is on a page: a few kinds of shapes, in points (1/72 inch) from its upper left corner.

use super::font::Face;
use super::words::{self, Run};

/// Size of texts.
pub const TEXT: f64 = 8.0;
/// Size of the numbers of ticks, and of what stands in a panel.
pub const SMALL: f64 = 7.0;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// That of the text around: black on paper.
    Text,
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// Lines of the grid behind the data.
pub const PALE: Ink = Ink::Rgb(0xe6, 0xe6, 0xe6);
/// What stands for all series, in legends and for diagonals.
pub const GREY: Ink = Ink::Rgb(0x70, 0x70, 0x70);
/// The paper.
pub const WHITE: Ink = Ink::Rgb(0xff, 0xff, 0xff);

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width.
    pub width: f64,
    /// Lengths of a dash and of the gap after it; both 0 for a line without gaps.
    pub dash: (f64, f64),
}

impl Stroke {
    /// A line without gaps.
    #[must_use]
    pub const fn solid(ink: Ink, width: f64) -> Self {
        Self { ink, width, dash: (0.0, 0.0) }
    }
}

/// The form of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Circle,
    Square,
    Triangle,
    Diamond,
    Inverted,
}

impl Form {
    /// The forms, in the order in which series take them.
    pub const ALL: [Self; 5] = [Self::Circle, Self::Square, Self::Triangle, Self::Diamond, Self::Inverted];

    /// The corners about 0 for a marker of the radius 1; a circle has none.
    #[must_use]
    pub fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Circle => &[],
            Self::Square => &[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
            Self::Triangle => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
            Self::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Self::Inverted => &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
        }
    }
}

/// Where a text stands from its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A place.
pub type Place = (f64, f64);

/// One shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through some places.
    Line(Vec<Place>, Stroke),
    /// A filled polygon; the last number is how opaque it is.
    Area(Vec<Place>, Ink, f64),
    /// A filled rectangle: corner, width and height.
    Rect(Place, (f64, f64), Ink),
    /// A marker with its radius; one that is hollow has white inside.
    Marker {
        /// Its middle.
        at: Place,
        /// Its form.
        form: Form,
        /// Its radius.
        radius: f64,
        /// Its colour.
        ink: Ink,
        /// Whether it is an outline.
        is_hollow: bool,
    },
    /// A text.
    Words {
        /// Where its base line begins, has its middle or ends.
        at: Place,
        /// What is written.
        runs: Vec<Run>,
        /// Its size.
        size: f64,
        /// Which of them.
        anchor: Anchor,
        /// The face.
        face: Face,
        /// Whether it runs upwards.
        is_turned: bool,
    },
    /// What follows is seen in this rectangle alone: corner, width and height.
    Clip(Place, (f64, f64)),
    /// Up to here.
    EndClip,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// What is on it, the lowest first.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// Adds a line.
    pub fn line(&mut self, places: Vec<Place>, stroke: Stroke) {
        self.shapes.push(Shape::Line(places, stroke));
    }

    /// Adds a text that is not turned, in the regular face.
    pub fn words(&mut self, at: Place, text: &str, size: f64, anchor: Anchor) {
        self.text(at, text, size, anchor, Face::Regular, false);
    }

    /// Adds a cross: a number published elsewhere.
    pub fn cross(&mut self, (x, y): Place) {
        for slope in [1.0, -1.0] {
            let ends = vec![(x - 2.8, y - 2.8 * slope), (x + 2.8, y + 2.8 * slope)];
            self.line(ends, Stroke::solid(Ink::Text, 0.9));
        }
    }

    /// Adds a text.
    pub fn text(&mut self, at: Place, text: &str, size: f64, anchor: Anchor, face: Face, is_turned: bool) {
        let runs = words::read_or_plain(text);
        self.shapes.push(Shape::Words { at, runs, size, anchor, face, is_turned });
    }
}

/// Width of a text in points.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    size * words::width(&words::read_or_plain(text), Face::Regular)
}

/// A text, or as much of it as there is room for.
#[must_use]
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room || text.contains('$') {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while !kept.is_empty() && text_width(&kept.iter().chain(&['…']).collect::<String>(), size) > room {
        kept.pop();
    }
    kept.into_iter().chain(['…']).collect()
}

/// A text in one line, or in two if it is longer than that.
#[must_use]
pub fn wrapped(text: &str, room: f64) -> Vec<String> {
    if text_width(text, TEXT) <= room {
        return vec![text.to_owned()];
    }
    let breaks = text.match_indices(' ').map(|(at, _)| (text[..at].to_owned(), text[at + 1..].to_owned()));
    // No formula is torn.
    let sound = breaks.filter(|(first, _)| first.matches('$').count() % 2 == 0);
    let longest = |(a, b): &(String, String)| text_width(a, TEXT).max(text_width(b, TEXT));
    let best = sound.min_by(|a, b| longest(a).total_cmp(&longest(b)));
    best.map_or_else(|| vec![text.to_owned()], |(first, second)| vec![first, second])
}
