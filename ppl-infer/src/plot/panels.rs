//! The two panels of a quantity: density and trace.

use std::ops::Range;

use plotters::{prelude::*, style::text_anchor::HPos};

use super::{
    canvas::{Area, failed, style},
    density::density,
    palette, ticks,
};
use crate::{Posterior, draws::SiteValues, error::Result};

/// Most points of a chain's line; longer chains are thinned for the drawing.
const MOST_POINTS: usize = 1500;

/// Draws of one quantity by chain, with what both of its panels need.
pub(super) struct Panels {
    label: String,
    /// Draws of each chain.
    draws: Vec<Vec<f64>>,
    /// Which of them diverged; empty for a sampler without trajectories.
    diverging: Vec<Vec<bool>>,
    /// Axis of the values in both panels.
    values: Range<f64>,
}

impl Panels {
    pub(super) fn new(posterior: &Posterior, site: &SiteValues, index: &[usize]) -> Self {
        let component = site.component(index);
        let draws: Vec<Vec<f64>> = component.outer_iter().map(|chain| chain.iter().copied().collect()).collect();
        let diverging = posterior.sample_stats().get("diverging").map_or_else(Vec::new, |flags| {
            flags.outer_iter().map(|chain| chain.iter().map(|&flag| flag != 0.0).collect()).collect()
        });
        let values = ticks::padded_range(draws.iter().flatten().copied());
        Self { label: site.label(index), draws, diverging, values }
    }

    pub(super) fn draw_density(&self, area: &Area<'_>) -> Result<()> {
        let curves: Vec<Vec<(f64, f64)>> = self.draws.iter().map(|chain| density(chain.iter().copied())).collect();
        let highest = curves.iter().flatten().map(|&(_, height)| height).fold(0.0, f64::max);
        let top = if highest > 0.0 && highest.is_finite() { 1.08 * highest } else { 1.0 };
        let mut chart = ChartBuilder::on(area)
            .margin_left(16)
            .margin_right(10)
            .margin_top(4)
            .caption(&self.label, style(16, HPos::Left))
            .x_label_area_size(38)
            .build_cartesian_2d(self.values.clone(), 0.0..top)
            .map_err(failed)?;
        // The height of a density is of no use; its shape is.
        chart
            .configure_mesh()
            .disable_mesh()
            .disable_y_axis()
            .x_labels(5)
            .x_label_formatter(&|value| ticks::label(*value, &self.values))
            .x_desc("value")
            .axis_style(palette::INK)
            .label_style(style(13, HPos::Left))
            .axis_desc_style(style(13, HPos::Left))
            .draw()
            .map_err(failed)?;
        for (position, (curve, chain)) in curves.into_iter().zip(&self.draws).enumerate() {
            // A chain that never moved has all its mass at one value.
            let line = match (curve.is_empty(), chain.iter().find(|draw| draw.is_finite())) {
                (true, Some(&value)) => vec![(value, 0.0), (value, top)],
                _ => curve,
            };
            chart.draw_series(LineSeries::new(line, palette::chain(position).stroke_width(2))).map_err(failed)?;
        }
        let marks = self.divergences().filter(|(_, value)| value.is_finite());
        let tick =
            |(_, value)| PathElement::new([(value, 0.0), (value, 0.06 * top)], palette::DIVERGENCE.stroke_width(1));
        chart.draw_series(marks.map(tick)).map_err(failed)?;
        Ok(())
    }

    pub(super) fn draw_trace(&self, area: &Area<'_>) -> Result<()> {
        let draws = self.draws[0].len();
        let horizontal = 0.0..(draws.max(2) - 1) as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_left(4)
            .margin_right(24)
            .margin_top(26)
            .x_label_area_size(38)
            .y_label_area_size(66)
            .build_cartesian_2d(horizontal.clone(), self.values.clone())
            .map_err(failed)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(8)
            .y_labels(5)
            .x_label_formatter(&|draw| format!("{draw:.0}"))
            .y_label_formatter(&|value| ticks::label(*value, &self.values))
            .x_desc("draw")
            .axis_style(palette::INK)
            .label_style(style(13, HPos::Left))
            .axis_desc_style(style(13, HPos::Left))
            .draw()
            .map_err(failed)?;
        for (position, chain) in self.draws.iter().enumerate() {
            let points: Vec<(f64, f64)> =
                (0..draws).step_by(stride(draws)).map(|draw| (draw as f64, chain[draw])).collect();
            // A draw that is not finite interrupts the line.
            for run in points.split(|(_, value)| !value.is_finite()).filter(|run| !run.is_empty()) {
                let line = LineSeries::new(run.iter().copied(), palette::chain(position).mix(0.75).stroke_width(1));
                chart.draw_series(line).map_err(failed)?;
            }
        }
        let (bottom, height) = (self.values.start, self.values.end - self.values.start);
        let tick = |(draw, _): (usize, f64)| {
            let x = draw as f64;
            PathElement::new([(x, bottom), (x, bottom + 0.06 * height)], palette::DIVERGENCE.stroke_width(1))
        };
        chart.draw_series(self.divergences().map(tick)).map_err(failed)?;
        Ok(())
    }

    /// Divergent draws of all chains, as (draw, value).
    fn divergences(&self) -> impl Iterator<Item = (usize, f64)> {
        let of_chain = |(chain, diverging): (&'_ Vec<f64>, &'_ Vec<bool>)| {
            let marked = chain.iter().zip(diverging).enumerate().filter(|(_, (_, diverging))| **diverging);
            marked.map(|(draw, (value, _))| (draw, *value)).collect::<Vec<_>>()
        };
        self.draws.iter().zip(&self.diverging).flat_map(of_chain)
    }
}

/// Every how many draws a line has a point.
pub(super) fn stride(draws: usize) -> usize {
    draws.div_ceil(MOST_POINTS).max(1)
}
