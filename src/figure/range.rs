//! Axes with the ends that the config gives them.

use super::facts::Facts;
use super::model::Chart;
use crate::sweep::Ranges;

impl Chart {
    /// The chart with axes that end where `range` says; counts the numbers that are beyond them.
    ///
    /// # Errors
    ///
    /// If what is along the x axis has no numbers, or a mark no place.
    pub fn within(mut self, range: Ranges, facts: &mut Facts) -> Result<Self, String> {
        if let Some(ends) = range.x {
            if !self.x.has_numbers {
                return Err("its x axis has names, and no `range`".to_owned());
            }
            self.x.scale = self.x.scale.between(ends);
        }
        if let Some(ends) = range.y {
            self.ys.iter_mut().for_each(|axis| axis.scale = axis.scale.between(ends));
        }
        self.is_cut = range.x.is_some() || range.y.is_some();
        self.check_marks()?;
        if self.is_cut {
            facts.beyond = self.beyond();
        }
        Ok(self)
    }

    /// Refuses marks that have no place on an axis of this kind.
    ///
    /// # Errors
    ///
    /// If there is one.
    pub fn check_marks(&self) -> Result<(), String> {
        for panel in &self.panels {
            for line in &panel.lines {
                for (name, value, scale) in
                    [("x", line.x, self.x.scale), ("y", line.y, self.ys[panel.y].scale)]
                {
                    if let Some(value) = value.filter(|value| scale.transform(*value).is_none()) {
                        return Err(format!(
                            "a mark at {name} = {value} has no place on a {} axis",
                            scale.kind
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a pale band goes beyond an end of its axis.
    #[must_use]
    pub fn cuts_bands(&self) -> bool {
        self.panels.iter().any(|panel| {
            let y = self.ys[panel.y].scale;
            let points = panel.curves.iter().flat_map(|curve| &curve.points);
            points.filter_map(|point| point.band).any(|(low, high)| !y.contains(low) || !y.contains(high))
        })
    }

    /// Estimates that have a value, and no place between the ends of the axes.
    fn beyond(&self) -> usize {
        let of_panel = |panel: &super::model::Panel| {
            let y_scale = self.ys[panel.y].scale;
            let points = panel.curves.iter().flat_map(|curve| &curve.points);
            let is_beyond = |x: f64, y: f64| !self.x.scale.contains(x) || !y_scale.contains(y);
            points.filter(|point| point.y.is_some_and(|y| is_beyond(point.x, y))).count()
        };
        self.panels.iter().map(of_panel).sum()
    }
}
