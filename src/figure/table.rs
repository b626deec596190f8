//! The numbers of a figure as CSV, so that they can be drawn again elsewhere.

use super::input::Input;
use super::items::Item;
use super::model::Point;
use super::words;
use crate::network::{Metric, Site};
use crate::statistics::Reliability;
use crate::sweep::expression::number;

/// One number of a figure.
#[derive(Clone, Debug)]
pub struct Line {
    metric: Metric,
    site: Site,
    panel: String,
    series: String,
    cell: String,
    layer: usize,
    numbers: [Option<f64>; 8],
    reliability: Option<Reliability>,
}

const HEADER: &str =
    "metric,site,panel,series,cell,layer,x,y,low,high,spread_low,spread_high,theory,published,reliability\n";

impl Line {
    /// The line of a point.
    #[must_use]
    pub fn new(input: &Input<'_>, item: &Item<'_>, point: &Point, panel: &str, series: &str) -> Self {
        let range = |range: Option<(f64, f64)>| [range.map(|(low, _)| low), range.map(|(_, high)| high)];
        let ([low, high], [spread_low, spread_high]) = (range(point.bar), range(point.band));
        let y = if point.is_infinite { Some(f64::INFINITY) } else { point.y };
        let x = Some(point.x).filter(|x| !x.is_nan());
        Self {
            metric: item.row.metric,
            site: item.row.site,
            panel: words::plain(panel),
            series: words::plain(series),
            cell: input.cells[item.cell].id(),
            layer: item.row.layer,
            numbers: [x, y, low, high, spread_low, spread_high, point.theory, point.published],
            reliability: Some(item.row.reliability),
        }
    }

    /// The same with other numbers: x, y, limits, and a prediction.
    #[must_use]
    pub fn with(mut self, numbers: [Option<f64>; 8]) -> Self {
        self.numbers = numbers;
        self.reliability = None;
        self
    }
}

/// The table.
#[must_use]
pub fn csv(lines: &[Line]) -> String {
    let mut out = HEADER.to_owned();
    for line in lines {
        let words = [
            line.metric.to_string(),
            line.site.to_string(),
            field(&line.panel),
            field(&line.series),
            line.cell.clone(),
            line.layer.to_string(),
        ];
        let numbers = line.numbers.iter().map(|value| value.map_or(String::new(), text));
        let reliability = line.reliability.map_or(String::new(), |reliability| reliability.to_string());
        let fields: Vec<String> = words.into_iter().chain(numbers).chain([reliability]).collect();
        out += &fields.join(",");
        out.push('\n');
    }
    out
}

fn text(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "inf" } else { "-inf" }.to_owned() } else { number(value) }
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
