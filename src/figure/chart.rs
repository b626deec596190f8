//! Curves: panels of points, bars, bands and lines over one x axis.

use super::layout::{Frame, Grid};
use super::model::{Chart, Curve, Line, Panel, Point};
use super::number::hundredths;
use super::scale::Scale;
use super::scene::{Anchor, Form, GREY, Ink, Place, SMALL, Scene, Shape, Stroke, text_width};

/// Radius of a marker.
const RADIUS: f64 = 2.4;
/// Half the width of the band, and of the line of theory, of a point that stands alone.
const HALF: f64 = 5.0;
/// How many lengths of an axis a place may be from its beginning.
const FAR: f64 = 1e4;

impl Chart {
    /// The page, so many points wide.
    #[must_use]
    pub fn scene(&self, width: f64) -> Scene {
        let grid = Grid::new(self, width);
        let mut scene = Scene { width, height: grid.height, shapes: Vec::new() };
        for (index, panel) in self.panels.iter().enumerate() {
            let frame = grid.frame(index);
            frame.background(&mut scene, &self.x, &self.ys[panel.y]);
            self.data(panel, &frame, &mut scene);
            frame.axes(&mut scene, &self.x, &self.ys[panel.y]);
            let letter = if self.panels.len() > 1 { letter(index) } else { String::new() };
            frame.title(&mut scene, &letter, &panel.title);
        }
        grid.titles(&mut scene, self);
        self.legend.draw(&mut scene, grid.legend);
        scene
    }

    /// The marks of a panel that has no curves.
    pub fn marks(&self, index: usize, frame: &Frame, scene: &mut Scene) {
        let panel = &self.panels[index];
        let map = Map::new(self, panel, frame);
        panel.lines.iter().for_each(|line| map.mark(line, (&panel.curves, false), scene));
    }

    fn data(&self, panel: &Panel, frame: &Frame, scene: &mut Scene) {
        let map = Map::new(self, panel, frame);
        let inside = ((frame.left, frame.top), (frame.width, frame.height));
        scene.shapes.push(Shape::Clip(inside.0, inside.1));
        panel.curves.iter().for_each(|curve| map.bands(curve, self.is_dense, scene));
        scene.shapes.push(Shape::EndClip);
        // What stands at an end of an axis is shown whole; what is beyond an end that was asked for is not.
        let more = if self.is_cut { 0.0 } else { 4.0 };
        let size = (frame.width + more, frame.height + 2.0 * more);
        scene.shapes.push(Shape::Clip((frame.left, frame.top - more), size));
        if self.has_diagonal {
            map.diagonal(scene);
        }
        panel.lines.iter().for_each(|line| map.mark(line, (&panel.curves, self.has_diagonal), scene));
        panel.curves.iter().for_each(|curve| map.lines(curve, self, scene));
        panel.curves.iter().for_each(|curve| map.points(curve, self.is_dense, scene));
        scene.shapes.push(Shape::EndClip);
    }
}

/// a, b, c ...
#[must_use]
pub fn letter(index: usize) -> String {
    let index = u8::try_from(index % 26).unwrap_or(0);
    char::from(b'a' + index).to_string()
}

/// Where numbers are in a panel.
struct Map<'a> {
    frame: &'a Frame,
    x: &'a Scale,
    y: &'a Scale,
    /// Half the width of what a point has that stands alone.
    half: f64,
    /// Whether all points do: what is along x are names.
    are_alone: bool,
}

impl<'a> Map<'a> {
    fn new(chart: &'a Chart, panel: &Panel, frame: &'a Frame) -> Self {
        let (x, y) = (&chart.x.scale, &chart.ys[panel.y].scale);
        let are_alone = !chart.x.has_numbers;
        // Names are one apart.
        let step = x.place(2.0).zip(x.place(1.0)).map_or(1.0, |(b, a)| b - a) * frame.width;
        Self { frame, x, y, half: if are_alone { HALF.min(0.35 * step) } else { HALF }, are_alone }
    }

    fn at(&self, x: f64, y: f64) -> Option<Place> {
        // A line to what is far beyond an axis is steep enough.
        let part = |scale: &Scale, value| scale.place(value).map(|at| at.clamp(-FAR, FAR));
        Some((self.frame.x(part(self.x, x)?), self.frame.y(part(self.y, y)?)))
    }

    /// The place of a number that is between the ends of an axis.
    fn inside(scale: &Scale, value: f64) -> Option<f64> {
        scale.place(value).filter(|_| scale.contains(value))
    }

    /// The place of a number, or the lower edge for one that is below everything the scale can show.
    fn y_or_edge(&self, y: f64) -> f64 {
        self.y.place(y).map_or(if y > 0.0 { self.frame.top } else { self.frame.bottom() + 3.0 }, |at| {
            self.frame.y(at.clamp(-0.2, 1.2))
        })
    }

    fn diagonal(&self, scene: &mut Scene) {
        let values = (0..=64_u32).map(|i| self.x.value(f64::from(i) / 64.0));
        let places: Vec<Place> = values.filter_map(|value| self.at(value, value)).collect();
        scene.line(places, Stroke::solid(GREY, 0.7));
    }

    fn mark(&self, line: &Line, (curves, has_diagonal): (&[Curve], bool), scene: &mut Scene) {
        let dotted = Stroke { ink: Ink::Text, width: 0.6, dash: (1.0, 1.8) };
        let Frame { left, top, width, height, .. } = *self.frame;
        let x = line.x.and_then(|x| Self::inside(self.x, x)).map(|at| self.frame.x(at));
        let y = line.y.and_then(|y| Self::inside(self.y, y)).map(|at| self.frame.y(at));
        match (x, y) {
            (Some(x), Some(y)) => {
                scene.cross((x, y));
                // Above a fixed point of a map is the diagonal.
                let below = if has_diagonal { 10.0 } else { -3.0 };
                scene.words((x + 5.0, y + below), &line.text, SMALL, Anchor::Start);
            }
            (None, Some(y)) if line.x.is_none() => {
                scene.line(vec![(left, y), (left + width, y)], dotted);
                let above = if y - top > 10.0 { -2.5 } else { 8.0 };
                let (at, anchor) = if self.has_room_at_the_start(y, curves) {
                    (left + 2.0, Anchor::Start)
                } else {
                    (left + width - 2.0, Anchor::End)
                };
                scene.words((at, y + above), &line.text, SMALL, anchor);
            }
            (Some(x), None) if line.y.is_none() => {
                scene.line(vec![(x, top), (x, top + height)], dotted);
                let is_left = x + text_width(&line.text, SMALL) + 4.0 > left + width;
                let (shift, anchor) = if is_left { (-2.5, Anchor::End) } else { (2.5, Anchor::Start) };
                scene.words((x + shift, top + 7.0), &line.text, SMALL, anchor);
            }
            _ => {}
        }
    }

    /// Whether curves are farther from a height where they start than where they end.
    fn has_room_at_the_start(&self, y: f64, curves: &[Curve]) -> bool {
        let height = |point: &Point| Some(self.frame.y(self.y.place(point.y.or(point.theory)?)?));
        let nearest = |end: fn(&[Point]) -> Option<&Point>| {
            let heights = curves.iter().filter_map(|curve| end(&curve.points).and_then(height));
            heights.map(|at| (at - y).abs()).fold(f64::INFINITY, f64::min)
        };
        nearest(<[Point]>::first) > nearest(<[Point]>::last) + 5.0
    }

    fn bands(&self, curve: &Curve, is_dense: bool, scene: &mut Scene) {
        self.area(curve, |point| point.band, 0.16, scene);
        if is_dense {
            self.area(curve, |point| point.bar, 0.35, scene);
        }
    }

    /// One polygon for every stretch of points that have a range.
    fn area(
        &self,
        curve: &Curve,
        range: impl Fn(&Point) -> Option<(f64, f64)>,
        opacity: f64,
        scene: &mut Scene,
    ) {
        let side = |point: &Point| {
            let (low, high) = range(point)?;
            let x = self.frame.x(self.x.place(point.x)?);
            Some((x, self.y_or_edge(low), self.y_or_edge(high)))
        };
        let sides: Vec<Option<(f64, f64, f64)>> = curve.points.iter().map(side).collect();
        for stretch in self.stretches(&sides) {
            let mut stretch: Vec<(f64, f64, f64)> = stretch.iter().flatten().copied().collect();
            if let [(x, low, high)] = stretch[..] {
                stretch = vec![(x - self.half, low, high), (x + self.half, low, high)];
            }
            let lower = stretch.iter().map(|(x, low, _)| (*x, *low));
            let upper = stretch.iter().rev().map(|(x, _, high)| (*x, *high));
            scene.shapes.push(Shape::Area(lower.chain(upper).collect(), curve.ink, opacity));
        }
    }

    /// The neighbours that have something to join.
    fn stretches<'b, T>(&self, all: &'b [Option<T>]) -> Vec<&'b [Option<T>]> {
        if self.are_alone {
            return all.chunks(1).filter(|one| one[0].is_some()).collect();
        }
        all.split(Option::is_none).filter(|stretch| !stretch.is_empty()).collect()
    }

    /// A line for every stretch of points that have a place, a short one for a point that stands alone; whether there is any.
    fn stroke(&self, places: &[Option<Place>], stroke: Stroke, scene: &mut Scene) -> bool {
        let stretches = self.stretches(places);
        for stretch in &stretches {
            let mut line = thinned(stretch.iter().flatten().copied());
            if let [(x, y)] = line[..] {
                line = vec![(x - self.half, y), (x + self.half, y)];
            }
            scene.line(line, stroke);
        }
        !stretches.is_empty()
    }

    fn lines(&self, curve: &Curve, chart: &Chart, scene: &mut Scene) {
        let dash = if chart.is_dense { (3.2, 1.8) } else { (0.0, 0.0) };
        let theory: Vec<Option<Place>> =
            curve.points.iter().map(|point| self.at(point.x, point.theory?)).collect();
        let has_theory = self.stroke(&theory, Stroke { ink: curve.ink, width: 1.1, dash }, scene);
        let measured = self.outline(curve, chart.has_floor);
        if chart.is_dense {
            self.stroke(&measured, Stroke::solid(curve.ink, 1.0), scene);
        } else if chart.joins && !has_theory && curve.points.len() > 1 {
            self.stroke(&measured, Stroke { ink: curve.ink, width: 0.7, dash: (0.8, 1.6) }, scene);
        }
    }

    /// The places of the numbers of a curve; with a floor, the lower edge beside them where they go to a 0 that has no place.
    fn outline(&self, curve: &Curve, has_floor: bool) -> Vec<Option<Place>> {
        let own: Vec<Option<Place>> = curve.points.iter().map(|point| self.at(point.x, point.y?)).collect();
        let is_there = |index: usize| own.get(index).is_some_and(Option::is_some);
        let floor = |index: usize| {
            let is_beside = is_there(index + 1) || index.checked_sub(1).is_some_and(is_there);
            let Point { x, y, .. } = curve.points[index];
            let x = self.x.place(x).filter(|_| has_floor && is_beside && y == Some(0.0))?;
            Some((self.frame.x(x), self.frame.bottom()))
        };
        (0..own.len()).map(|index| own[index].or_else(|| floor(index))).collect()
    }

    fn points(&self, curve: &Curve, is_dense: bool, scene: &mut Scene) {
        for point in &curve.points {
            let Some(x) = Self::inside(self.x, point.x).map(|at| self.frame.x(at)) else { continue };
            if let Some(place) = point.published.and_then(|y| self.at(point.x, y)) {
                scene.cross(place);
            }
            if point.is_infinite {
                let at = (x, self.frame.top + 1.0);
                let (form, ink) = (Form::Triangle, curve.ink);
                scene.shapes.push(Shape::Marker { at, form, radius: RADIUS, ink, is_hollow: true });
                continue;
            }
            let Some(y) = point.y.and_then(|y| Self::inside(self.y, y)).map(|at| self.frame.y(at)) else {
                continue;
            };
            if is_dense && !point.is_hollow {
                continue;
            }
            if let Some((low, high)) = point.bar {
                let ends = (self.y_or_edge(low), self.y_or_edge(high));
                if (ends.0 - ends.1).abs() > RADIUS {
                    scene.line(vec![(x, ends.0), (x, ends.1)], Stroke::solid(curve.ink, 0.9));
                }
            }
            let Curve { form, ink, .. } = *curve;
            let radius = if is_dense { 1.6 } else { RADIUS };
            scene.shapes.push(Shape::Marker { at: (x, y), form, radius, ink, is_hollow: point.is_hollow });
        }
    }
}

/// Without the places that cannot be told from the one before.
fn thinned(places: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = places.collect();
    let rounded = |place: &Place| (hundredths(place.0), hundredths(place.1));
    kept.dedup_by(|a, b| rounded(a) == rounded(b));
    kept
}
