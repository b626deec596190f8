//! Where panels, axes and titles are on the page.

use super::font::Face;
use super::model::{Axis, Chart};
use super::scene::{
    Anchor, Ink, PALE, Place, SMALL, Scene, Shape, Stroke, TEXT, fitted, text_width, wrapped,
};
use super::ticks::{Tick, ticks};

/// Height of what stands above a panel.
const TITLE: f64 = 16.0;
/// Length of a tick.
const TICK: f64 = 3.0;
/// Between a panel and the one beside it, where no numbers are.
const GAP: f64 = 12.0;
/// Height of a line of a title, and the most lines that it has room for.
const LINE: f64 = 9.5;
const MOST_LINES: usize = 4;
/// Widths from which a legend stands beside the panels.
const BESIDE: f64 = 400.0;

/// A panel on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Whether numbers stand at its left.
    pub has_y_numbers: bool,
    /// Whether numbers stand below it.
    pub has_x_numbers: bool,
}

impl Frame {
    /// A part of the width, from the left.
    #[must_use]
    pub fn x(&self, part: f64) -> f64 {
        self.left + part * self.width
    }

    /// A part of the height, from below.
    #[must_use]
    pub fn y(&self, part: f64) -> f64 {
        self.top + (1.0 - part) * self.height
    }

    /// Its lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    fn x_ticks(&self, axis: &Axis) -> Vec<(f64, Tick)> {
        placed(axis, x_count(self.width)).map(|(part, tick)| (self.x(part), tick)).collect()
    }

    fn y_ticks(&self, axis: &Axis) -> Vec<(f64, Tick)> {
        placed(axis, y_count(self.height)).map(|(part, tick)| (self.y(part), tick)).collect()
    }

    /// The pale lines behind the data.
    pub fn background(&self, scene: &mut Scene, x: &Axis, y: &Axis) {
        let pale = Stroke::solid(PALE, 0.5);
        for (at, _) in self.x_ticks(x).iter().filter(|(_, tick)| !tick.label.is_empty() && x.has_numbers) {
            scene.line(vec![(*at, self.top), (*at, self.bottom())], pale);
        }
        for (at, _) in self.y_ticks(y).iter().filter(|(_, tick)| !tick.label.is_empty()) {
            scene.line(vec![(self.left, *at), (self.left + self.width, *at)], pale);
        }
    }

    /// The axes with their ticks and numbers.
    pub fn axes(&self, scene: &mut Scene, x: &Axis, y: &Axis) {
        let black = |width| Stroke::solid(Ink::Text, width);
        let corner = (self.left, self.bottom());
        scene.line(vec![(self.left, self.top), corner, (self.left + self.width, corner.1)], black(0.8));
        for (at, tick) in self.x_ticks(x).into_iter().filter(|_| x.has_numbers) {
            let length = if tick.label.is_empty() { TICK * 0.6 } else { TICK };
            scene.line(vec![(at, corner.1), (at, corner.1 + length)], black(0.6));
            if self.has_x_numbers {
                scene.words((at, corner.1 + TICK + 7.5), &tick.label, SMALL, Anchor::Middle);
            }
        }
        for (at, tick) in self.y_ticks(y) {
            let length = if tick.label.is_empty() { TICK * 0.6 } else { TICK };
            scene.line(vec![(self.left - length, at), (self.left, at)], black(0.6));
            if self.has_y_numbers && !tick.label.is_empty() {
                scene.words((self.left - TICK - 2.0, at + 2.5), &tick.label, SMALL, Anchor::End);
            }
        }
    }

    /// The letter and the title above it.
    pub fn title(&self, scene: &mut Scene, letter: &str, title: &str) {
        let base = self.top - 5.0;
        let mut left = self.left;
        if !letter.is_empty() {
            scene.text((left, base), letter, TEXT, Anchor::Start, Face::Bold, false);
            left += TEXT * Face::Bold.width(letter) + 5.0;
        }
        let room = self.left + self.width + GAP - 2.0 - left;
        scene.words((left, base), &fitted(title, TEXT, room), TEXT, Anchor::Start);
    }
}

/// Ticks with their parts of the axis.
fn placed(axis: &Axis, want: usize) -> impl Iterator<Item = (f64, Tick)> {
    let scale = axis.scale;
    ticks(&scale, want, axis.is_whole)
        .into_iter()
        .filter_map(move |tick| Some((scale.place(tick.value)?, tick)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
fn x_count(width: f64) -> usize {
    (width / 32.0).clamp(3.0, 9.0) as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
fn y_count(height: f64) -> usize {
    (height / 24.0).clamp(3.0, 7.0) as usize
}

/// The panels of a chart on the page.
pub struct Grid {
    /// Height of the page.
    pub height: f64,
    /// Where the legend is: its corner, and its width.
    pub legend: (Place, f64),
    frames: Vec<Frame>,
}

impl Grid {
    /// Lays out a chart on a page of this width, with room for all lines of its y titles.
    #[must_use]
    pub fn new(chart: &Chart, width: f64) -> Self {
        let mut lines = 1;
        loop {
            let grid = Self::with_lines(chart, width, lines);
            let needed = grid.title_lines(chart);
            // More room beside the panels makes them narrower, and lower.
            if needed <= lines || lines >= MOST_LINES {
                return grid;
            }
            lines = needed.min(MOST_LINES);
        }
    }

    fn with_lines(chart: &Chart, width: f64, lines: usize) -> Self {
        let columns = chart.columns.min(chart.panels.len()).max(1);
        let rows = chart.panels.len().div_ceil(columns);
        let beside = width >= BESIDE && !chart.legend.is_empty();
        let legend_width = if beside { chart.legend.width().min(width * 0.34) } else { 0.0 };
        let right = if beside { width - legend_width - 14.0 } else { width - 6.0 };
        let has_numbers: Vec<bool> =
            (0..chart.panels.len()).map(|index| shows_y(chart, index, columns)).collect();
        let more = LINE * f64::from(u32::try_from(lines.saturating_sub(1)).unwrap_or(0));
        let gutter = |column: usize| {
            let of_column =
                (0..chart.panels.len()).filter(|index| index % columns == column && has_numbers[*index]);
            let widest = of_column.map(|index| y_width(&chart.ys[chart.panels[index].y])).fold(0.0, f64::max);
            let title = if column == 0 && has_y_title(chart) { 13.0 + more } else { 0.0 };
            title + if widest > 0.0 { widest + TICK + 4.0 } else { 0.0 }
        };
        let gutters: Vec<f64> = (0..columns).map(gutter).collect();
        let gaps = GAP * f64::from(u32::try_from(columns - 1).unwrap_or(0));
        let free = right - 2.0 - gutters.iter().sum::<f64>() - gaps;
        let panel_width = (free / f64::from(u32::try_from(columns).unwrap_or(1))).max(30.0);
        let panel_height = (panel_width * if columns >= 3 { 0.95 } else { 0.74 }).clamp(104.0, 205.0);
        let row_height = panel_height + TITLE + if has_x_title(chart) { 0.0 } else { 2.0 };
        let row_gap = 8.0;
        let mut frames = Vec::new();
        for (index, has_y_numbers) in has_numbers.iter().copied().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let before = gutters[..=column].iter().sum::<f64>();
            let step = |count: usize| f64::from(u32::try_from(count).unwrap_or(0));
            frames.push(Frame {
                left: 2.0 + before + step(column) * (panel_width + GAP),
                top: TITLE + step(row) * (row_height + row_gap),
                width: panel_width,
                height: panel_height,
                has_y_numbers,
                has_x_numbers: index + columns >= chart.panels.len(),
            });
        }
        let step = f64::from(u32::try_from(rows.saturating_sub(1)).unwrap_or(0));
        let mut height = TITLE + step * (row_height + row_gap) + panel_height + 14.0;
        if has_x_title(chart) {
            height += 13.0;
        }
        let legend = if beside {
            height = height.max(TITLE + chart.legend.height(legend_width) + 4.0);
            ((right + 14.0, TITLE - 6.0), legend_width)
        } else {
            let at = (frames.first().map_or(2.0, |frame| frame.left), height + 6.0);
            let legend_width = width - at.0 - 4.0;
            height +=
                if chart.legend.is_empty() { 2.0 } else { 8.0 + chart.legend.height_below(legend_width) };
            (at, legend_width)
        };
        Self { height, legend, frames }
    }

    /// A panel.
    #[must_use]
    pub fn frame(&self, index: usize) -> Frame {
        self.frames[index]
    }

    /// The titles of the axes.
    pub fn titles(&self, scene: &mut Scene, chart: &Chart) {
        let Some(last) = self.frames.last() else { return };
        let (left, right) = self.frames.iter().fold((f64::INFINITY, 0.0_f64), |(left, right), frame| {
            (left.min(frame.left), right.max(frame.left + frame.width))
        });
        if has_x_title(chart) {
            let at = (f64::midpoint(left, right), last.bottom() + TICK + 21.0);
            scene.words(at, &chart.x.title, TEXT, Anchor::Middle);
        }
        if has_y_title(chart) {
            for (middle, lines) in self.y_titles(chart) {
                for (index, line) in lines.iter().enumerate() {
                    let at = (8.5 + LINE * f64::from(u32::try_from(index).unwrap_or(0)), middle);
                    scene.text(at, line, TEXT, Anchor::Middle, Face::Regular, true);
                }
            }
        }
    }

    /// The title of every y axis in lines, and the height of its middle.
    fn y_titles(&self, chart: &Chart) -> Vec<(f64, Vec<String>)> {
        let title = |(y, axis): (usize, &Axis)| {
            let of_axis = || chart.panels.iter().zip(&self.frames).filter(move |(panel, _)| panel.y == y);
            let top = of_axis().map(|(_, frame)| frame.top).reduce(f64::min)?;
            let bottom = of_axis().map(|(_, frame)| frame.bottom()).fold(0.0, f64::max);
            Some((f64::midpoint(top, bottom), wrapped(&axis.title, bottom - top + 14.0)))
        };
        chart.ys.iter().enumerate().filter_map(title).collect()
    }

    /// The most lines of a title of a y axis.
    fn title_lines(&self, chart: &Chart) -> usize {
        if !has_y_title(chart) {
            return 1;
        }
        self.y_titles(chart).iter().map(|(_, lines)| lines.len()).max().unwrap_or(1)
    }
}

fn has_x_title(chart: &Chart) -> bool {
    !chart.x.title.is_empty()
}

/// Whether titles of y axes are turned beside the first column: there one axis is for a whole row.
fn has_y_title(chart: &Chart) -> bool {
    let columns = chart.columns.min(chart.panels.len()).max(1);
    let one_each_row = chart.panels.chunks(columns).all(|row| row.iter().all(|panel| panel.y == row[0].y));
    one_each_row && chart.ys.iter().any(|axis| !axis.title.is_empty())
}

/// Whether a panel has its own numbers: the first of a row, and one whose axis is not that of the one before.
fn shows_y(chart: &Chart, index: usize, columns: usize) -> bool {
    index.is_multiple_of(columns) || chart.panels[index - 1].y != chart.panels[index].y
}

fn y_width(axis: &Axis) -> f64 {
    let labels = ticks(&axis.scale, 6, axis.is_whole);
    labels.iter().map(|tick| text_width(&tick.label, SMALL)).fold(0.0, f64::max)
}

/// A rectangle of lines.
pub fn outline(scene: &mut Scene, frame: &Frame, stroke: Stroke) {
    let (right, bottom) = (frame.left + frame.width, frame.bottom());
    let corners = vec![
        (frame.left, frame.top),
        (right, frame.top),
        (right, bottom),
        (frame.left, bottom),
        (frame.left, frame.top),
    ];
    scene.shapes.push(Shape::Line(corners, stroke));
}

#[cfg(test)]
mod tests {
    use super::super::legend::Legend;
    use super::super::model::Panel;
    use super::super::scale::Scale;
    use super::*;
    use crate::sweep::FigureScale;

    #[test]
    fn titles_of_any_length_keep_clear_of_the_numbers_beside_them() {
        for (columns, words, width) in [1, 2, 3].into_iter().flat_map(|columns| {
            (1..20).flat_map(move |words| [241.0, 482.0].map(|width| (columns, words, width)))
        }) {
            let axis = |title: String, low, high| Axis {
                title,
                scale: Scale::of(FigureScale::Linear, low, high),
                has_numbers: true,
                is_whole: false,
            };
            let panel = Panel { title: String::new(), y: 0, curves: Vec::new(), lines: Vec::new() };
            let chart = Chart {
                panels: vec![panel; columns],
                columns,
                x: axis(String::new(), 0.0, 1.0),
                ys: vec![axis("gradients ".repeat(words).trim_end().to_owned(), -2000.0, 2000.0)],
                legend: Legend::default(),
                is_dense: false,
                joins: false,
                has_floor: false,
                has_diagonal: false,
                is_cut: false,
            };
            let grid = Grid::new(&chart, width);
            let lines = u32::try_from(grid.title_lines(&chart)).unwrap();
            // The numbers end 5 points left of the frame; below the base of the last line are 2 points of its letters.
            let numbers = grid.frame(0).left - TICK - 2.0 - y_width(&chart.ys[0]);
            let title = 8.5 + LINE * f64::from(lines - 1) + 2.0;
            let has_room = lines as usize <= MOST_LINES;
            assert!(!has_room || title <= numbers, "{columns} {words} {width}: {title} {numbers}");
            assert!(has_room || words > 12);
        }
    }
}
