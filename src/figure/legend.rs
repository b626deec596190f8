//! The legend: what colours and forms are, and what the other signs mean.

use super::font::Face;
use super::scene::{Anchor, Form, GREY, Ink, Place, Scene, Shape, Stroke, TEXT, fitted, text_width};

/// Height of an entry.
const ENTRY: f64 = 12.0;
/// Width of what stands before the text of an entry.
const KEY: f64 = 20.0;
/// Between columns of a legend below.
const GAP: f64 = 14.0;

/// A sign that all curves share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Theory {
        is_dashed: bool,
    },
    Interval {
        is_ribbon: bool,
    },
    /// A pale band, with what it is.
    Band(&'static str),
    Unreliable,
    Infinite,
    Published,
}

impl Sign {
    fn text(self) -> &'static str {
        match self {
            Self::Theory { .. } => "theory",
            Self::Interval { .. } => "95 % interval",
            Self::Band(text) => text,
            Self::Unreliable => "not reliable",
            Self::Infinite => "infinite",
            Self::Published => "published",
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A series, and the form of its markers if it has any.
    Series(String, Ink, Option<Form>),
    /// A sign.
    Sign(Sign),
}

impl Entry {
    fn text(&self) -> &str {
        match self {
            Self::Series(name, ..) => name,
            Self::Sign(sign) => sign.text(),
        }
    }
}

/// A legend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Legend {
    /// What the series differ in.
    pub title: String,
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Legend {
    /// Whether there is nothing to explain.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Width that it needs beside the panels.
    #[must_use]
    pub fn width(&self) -> f64 {
        let widest =
            self.entries.iter().map(|entry| KEY + text_width(entry.text(), TEXT)).fold(0.0, f64::max);
        widest.max(1.06 * text_width(&self.title, TEXT)) + 4.0
    }

    /// Height that it has beside the panels.
    #[must_use]
    pub fn height(&self, width: f64) -> f64 {
        let title = if self.title.is_empty() { 0.0 } else { ENTRY * lines(&self.title, width) };
        let gap = if self.has_both() { 5.0 } else { 0.0 };
        title + gap + self.entries.iter().map(|_| ENTRY).sum::<f64>()
    }

    /// Height that it has below the panels.
    #[must_use]
    pub fn height_below(&self, width: f64) -> f64 {
        let columns = self.columns(width);
        let rows = self.entries.len().div_ceil(columns);
        let title = if self.title.is_empty() { 0.0 } else { ENTRY };
        title + ENTRY * f64::from(u32::try_from(rows).unwrap_or(0))
    }

    fn has_both(&self) -> bool {
        let is_series = |entry: &Entry| matches!(entry, Entry::Series(..));
        self.entries.iter().any(is_series) && !self.entries.iter().all(is_series)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
    fn columns(&self, width: f64) -> usize {
        let widest =
            self.entries.iter().map(|entry| KEY + text_width(entry.text(), TEXT)).fold(1.0, f64::max);
        (((width + GAP) / (widest + GAP)) as usize).clamp(1, self.entries.len().max(1))
    }

    /// Draws it from its corner, in this width: beside the panels if it is narrow, else below them.
    pub fn draw(&self, scene: &mut Scene, ((left, top), width): (Place, f64)) {
        if self.is_empty() {
            return;
        }
        let is_beside = left > scene.width / 2.0;
        let mut y = top + 9.0;
        if !self.title.is_empty() {
            for line in wrapped(&self.title, width) {
                scene.text((left, y), &line, TEXT, Anchor::Start, Face::Bold, false);
                y += ENTRY;
            }
        }
        let columns = if is_beside { 1 } else { self.columns(width) };
        let step = width / f64::from(u32::try_from(columns).unwrap_or(1));
        let mut was_series = true;
        for (index, entry) in self.entries.iter().enumerate() {
            let is_series = matches!(entry, Entry::Series(..));
            if is_beside && was_series && !is_series && index > 0 {
                y += 5.0;
            }
            was_series = is_series;
            let column = f64::from(u32::try_from(index % columns).unwrap_or(0));
            let at = (left + column * step, y);
            key(scene, entry, at);
            let room = if is_beside { width - KEY + 2.0 } else { step - KEY };
            scene.words((at.0 + KEY, y), &fitted(entry.text(), TEXT, room), TEXT, Anchor::Start);
            if index % columns == columns - 1 {
                y += ENTRY;
            }
        }
    }
}

fn lines(title: &str, width: f64) -> f64 {
    f64::from(u32::try_from(wrapped(title, width).len()).unwrap_or(1))
}

/// A title in as many lines as it needs.
fn wrapped(title: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split(' ') {
        match lines.last_mut() {
            Some(line) if 1.06 * text_width(&format!("{line} {word}"), TEXT) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What stands before the text of an entry.
fn key(scene: &mut Scene, entry: &Entry, (left, base): Place) {
    let middle = (left + 7.0, base - 2.8);
    let bar = |opacity| Shape::Area(rectangle(left, base), GREY, opacity);
    let marker = |form, ink, is_hollow| Shape::Marker { at: middle, form, radius: 2.4, ink, is_hollow };
    let ends = vec![(left, middle.1), (left + 14.0, middle.1)];
    match entry {
        Entry::Series(_, ink, form) => {
            scene.line(ends, Stroke::solid(*ink, 1.0));
            scene.shapes.extend(form.map(|form| marker(form, *ink, false)));
        }
        Entry::Sign(sign) => match sign {
            Sign::Theory { is_dashed: true } => {
                scene.line(ends, Stroke { ink: Ink::Text, width: 1.1, dash: (3.2, 1.8) });
            }
            Sign::Theory { .. } => scene.line(ends, Stroke::solid(Ink::Text, 1.1)),
            Sign::Interval { is_ribbon: true } => scene.shapes.push(bar(0.45)),
            Sign::Interval { .. } => {
                scene.line(
                    vec![(middle.0, middle.1 - 4.5), (middle.0, middle.1 + 4.5)],
                    Stroke::solid(GREY, 0.9),
                );
                scene.shapes.push(marker(Form::Circle, GREY, false));
            }
            Sign::Band(_) => scene.shapes.push(bar(0.25)),
            Sign::Unreliable => scene.shapes.push(marker(Form::Circle, GREY, true)),
            Sign::Infinite => scene.shapes.push(marker(Form::Triangle, GREY, true)),
            Sign::Published => scene.cross(middle),
        },
    }
}

fn rectangle(left: f64, base: f64) -> Vec<Place> {
    vec![(left, base - 6.0), (left + 14.0, base - 6.0), (left + 14.0, base + 0.5), (left, base + 0.5)]
}
