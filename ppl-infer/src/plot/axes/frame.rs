//! The frame of a panel: how much room its title, legend, ticks and labels take, and their drawing.

use super::{Axes, Axis};
use crate::plot::{
    canvas::{Anchor, Area, Canvas, Font, Path, Stroke},
    scale::{Scale, padded, ticks, whole_ticks},
    style::{self, AXIS, LABEL, TICK, TITLE, viridis},
    text,
};

/// Room about the data, in pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::plot) struct Margins {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Where the data of a panel lie.
#[derive(Clone, Copy, Debug)]
pub(in crate::plot) struct Frame {
    pub area: Area,
    pub x: Scale,
    pub y: Scale,
}

/// Length of a tick, and its distance from its text.
const TICK_LENGTH: f64 = 4.0;
const TICK_GAP: f64 = 4.0;
/// Least distance between the texts of two ticks.
const BETWEEN_TICKS: f64 = 12.0;
/// Width of the bar of colours, and its distance from the data.
const COLOR_BAR: f64 = 16.0;
const COLOR_BAR_GAP: f64 = 14.0;
/// Widest text of a tick, as a share of the panel.
const WIDEST_TICK: f64 = 0.4;

impl Axes {
    /// The room that the panel needs about its data, in a cell of this size.
    pub(in crate::plot) fn margins(&self, width: f64, height: f64) -> Margins {
        let title = if self.title.is_some() { 1.55 * TITLE } else { 0.0 };
        let top = title + self.legend().height(0.86 * width) + 8.0;
        let label = |axis: &Axis| if axis.label.is_some() && !axis.hidden { 1.5 * LABEL } else { 0.0 };
        let x_ticks = if self.x.hidden { 6.0 } else { TICK_LENGTH + TICK_GAP + 1.2 * TICK };
        let bottom = x_ticks + label(&self.x) + 4.0;

        let y_ticks = self.y_ticks_along(&Scale { values: self.y_values(), pixels: (height - bottom, top) });
        let widest = widest(&y_ticks).min(WIDEST_TICK * width);
        let y_room = if self.y.hidden { 6.0 } else { TICK_LENGTH + TICK_GAP + widest };
        let left = y_room + label(&self.y) + 6.0;
        let mut right = 14.0;
        if let Some(values) = self.color_bar {
            let ticks = bar_ticks(values, height - top - bottom);
            let label = if self.color_bar_label.is_some() { 1.6 * LABEL } else { 0.0 };
            right += COLOR_BAR_GAP + COLOR_BAR + TICK_GAP + self::widest(&ticks) + label;
        } else {
            // Half of the text of a tick at the end.
            let x = Scale { values: self.x_values(), pixels: (left, width - right) };
            let beyond = self
                .x_ticks_along(&x)
                .last()
                .map(|(value, text)| x.at(*value) + 0.5 * text::width(text, TICK) - x.pixels.1);
            right = right.max(beyond.unwrap_or(0.0) + 4.0);
        }
        Margins { left, right, top, bottom }
    }

    pub(super) fn x_values(&self) -> (f64, f64) {
        let extents = self.layers.iter().filter_map(|layer| layer.shape.x_extent());
        let is_tight = self.color_bar.is_some();
        self.x.limits.unwrap_or_else(|| padded(union(extents), (is_tight, is_tight)))
    }

    pub(super) fn y_values(&self) -> (f64, f64) {
        let extents = self.layers.iter().filter_map(|layer| layer.shape.y_extent());
        let is_tight = self.color_bar.is_some();
        let stands = self.from_zero || self.layers.iter().any(|layer| layer.shape.stands_on_zero());
        let mut extent = union(extents);
        let on_zero = stands && extent.is_none_or(|(low, _)| low >= 0.0);
        if let (true, Some((low, _))) = (on_zero, &mut extent) {
            *low = 0.0;
        }
        let (low, high) = self.y.limits.unwrap_or_else(|| padded(extent, (is_tight || on_zero, is_tight)));
        // The first row of a matrix is on top.
        if is_tight && self.y.limits.is_none() { (high, low) } else { (low, high) }
    }

    fn x_ticks_along(&self, scale: &Scale) -> Vec<(f64, String)> {
        if let Some(own) = &self.x.ticks {
            let room = |(_, text): &(f64, String)| text::width(text, TICK) + BETWEEN_TICKS;
            return thinned(within(own, scale), scale, own.iter().map(room).fold(0.0, f64::max));
        }
        let ticks = |most| if self.x.is_count { whole_ticks(scale.values, most) } else { ticks(scale.values, most) };
        let fits = |ticks: &[(f64, String)]| {
            ticks.windows(2).all(|pair| {
                let half = 0.5 * (text::width(&pair[0].1, TICK) + text::width(&pair[1].1, TICK));
                (scale.at(pair[1].0) - scale.at(pair[0].0)).abs() >= half + BETWEEN_TICKS
            })
        };
        let most = (scale.length() / 65.0).clamp(2.0, 10.0) as usize;
        let fitting = || (1..=most + 3).rev().map(ticks).filter(|ticks| fits(ticks));
        let usual = (1..=most).rev().map(ticks).find(|ticks| fits(ticks));
        // One tick does not show the scale.
        let usual = usual.filter(|ticks| ticks.len() > 1);
        usual.or_else(|| fitting().rev().find(|ticks| ticks.len() > 1)).or_else(|| fitting().next()).unwrap_or_default()
    }

    fn y_ticks_along(&self, scale: &Scale) -> Vec<(f64, String)> {
        match &self.y.ticks {
            Some(own) => thinned(within(own, scale), scale, 1.15 * TICK),
            None => {
                let most = (scale.length() / 45.0).clamp(2.0, 10.0) as usize;
                // One tick does not show the scale.
                let enough = (most..most + 4).map(|most| ticks(scale.values, most)).find(|ticks| ticks.len() > 1);
                enough.unwrap_or_else(|| ticks(scale.values, most))
            }
        }
    }

    /// Where the data lie in this area.
    pub(in crate::plot) fn frame(&self, area: Area) -> Frame {
        let x = Scale { values: self.x_values(), pixels: (area.left, area.right()) };
        let y = Scale { values: self.y_values(), pixels: (area.bottom(), area.top) };
        Frame { area, x, y }
    }

    /// Title, legend, axes, ticks and labels; `outer` is the cell of the panel.
    pub(super) fn draw_frame(&self, canvas: &mut Canvas, frame: &Frame, outer: Area) {
        let area = frame.area;
        let centre = area.left + 0.5 * area.width;
        let legend = self.legend();
        let mut top = area.top - 8.0 - legend.height(area.width);
        legend.draw(canvas, area.left, top, area.width);
        if let Some(title) = &self.title {
            top -= 0.45 * TITLE;
            let room = 2.0 * (centre - outer.left).min(outer.right() - centre);
            let title = text::fit(title, 1.12 * TITLE, room);
            canvas.text([centre, top], Font { bold: true, ..font(TITLE, Anchor::Middle) }, &title);
        }
        canvas.group("axes", |canvas| {
            if !self.x.hidden {
                self.draw_x(canvas, frame, centre);
            }
            if !self.y.hidden {
                self.draw_y(canvas, frame, outer);
            }
        });
        if let Some(values) = self.color_bar {
            self.draw_color_bar(canvas, area, values);
        }
    }

    fn draw_x(&self, canvas: &mut Canvas, frame: &Frame, centre: f64) {
        let area = frame.area;
        let bottom = area.bottom();
        let mut lines = Path::through([[area.left, bottom], [area.right(), bottom]]);
        let baseline = bottom + TICK_LENGTH + TICK_GAP + 0.8 * TICK;
        for (value, text) in self.x_ticks_along(&frame.x) {
            let x = frame.x.at(value);
            lines.start([x, bottom]);
            lines.line([x, bottom + TICK_LENGTH]);
            canvas.text([x, baseline], font(TICK, Anchor::Middle), &text);
        }
        canvas.stroke(&lines, axis_stroke());
        if let Some(label) = &self.x.label {
            let label = text::fit(label, LABEL, 1.1 * area.width);
            canvas.text([centre, baseline + 1.45 * LABEL], font(LABEL, Anchor::Middle), &label);
        }
    }

    fn draw_y(&self, canvas: &mut Canvas, frame: &Frame, outer: Area) {
        let area = frame.area;
        let mut lines = Path::through([[area.left, area.bottom()], [area.left, area.top]]);
        let right = area.left - TICK_LENGTH - TICK_GAP;
        let ticks = self.y_ticks_along(&frame.y);
        let room = WIDEST_TICK * outer.width;
        for (value, text) in &ticks {
            let y = frame.y.at(*value);
            lines.start([area.left, y]);
            lines.line([area.left - TICK_LENGTH, y]);
            canvas.text([right, y + 0.35 * TICK], font(TICK, Anchor::End), &text::fit(text, TICK, room));
        }
        canvas.stroke(&lines, axis_stroke());
        if let Some(label) = &self.y.label {
            let x = right - widest(&ticks).min(room) - 0.6 * LABEL;
            let label = text::fit(label, LABEL, 1.05 * area.height);
            let font = Font { upright: true, ..font(LABEL, Anchor::Middle) };
            canvas.text([x, area.top + 0.5 * area.height], font, &label);
        }
    }

    fn draw_color_bar(&self, canvas: &mut Canvas, area: Area, values: (f64, f64)) {
        const STEPS: usize = 64;
        let left = area.right() + COLOR_BAR_GAP;
        canvas.group("color-bar", |canvas| {
            let height = area.height / STEPS as f64;
            for step in 0..STEPS {
                let top = area.bottom() - (step + 1) as f64 * height;
                let color = viridis((step as f64 + 0.5) / STEPS as f64);
                // A little higher than its place, so that no white shines through between two.
                let below = if step == 0 { 0.0 } else { 0.5 };
                canvas.rect(Area { left, top, width: COLOR_BAR, height: height + below }, color.css(), 1.0);
            }
            let scale = Scale { values, pixels: (area.bottom(), area.top) };
            let ticks = bar_ticks(values, area.height);
            let start = left + COLOR_BAR + TICK_GAP;
            for (value, text) in &ticks {
                canvas.text([start, scale.at(*value) + 0.35 * TICK], font(TICK, Anchor::Start), text);
            }
            if let Some(label) = &self.color_bar_label {
                let at = [start + widest(&ticks) + 1.2 * LABEL, area.top + 0.5 * area.height];
                canvas.text(at, Font { upright: true, ..font(LABEL, Anchor::Middle) }, label);
            }
        });
    }
}

/// The least range that covers all.
fn union(extents: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    extents.reduce(|all, own| (all.0.min(own.0), all.1.max(own.1)))
}

fn bar_ticks(values: (f64, f64), height: f64) -> Vec<(f64, String)> {
    ticks(values, (height / 45.0).clamp(2.0, 8.0) as usize)
}

fn widest(ticks: &[(f64, String)]) -> f64 {
    ticks.iter().map(|(_, text)| text::width(text, TICK)).fold(0.0, f64::max)
}

/// The ticks that lie on the axis.
fn within(ticks: &[(f64, String)], scale: &Scale) -> Vec<(f64, String)> {
    let (low, high) = (scale.values.0.min(scale.values.1), scale.values.0.max(scale.values.1));
    ticks.iter().filter(|(value, _)| (low..=high).contains(value)).cloned().collect()
}

/// Every so many ticks that their texts, which need this room, do not touch.
fn thinned(ticks: Vec<(f64, String)>, scale: &Scale, room: f64) -> Vec<(f64, String)> {
    let apart = ticks.windows(2).map(|pair| (scale.at(pair[1].0) - scale.at(pair[0].0)).abs());
    let closest = apart.filter(|apart| *apart > 0.0).fold(f64::INFINITY, f64::min);
    let stride = (room / closest).ceil().max(1.0) as usize;
    ticks.into_iter().step_by(stride).collect()
}

pub(in crate::plot) fn font(size: f64, anchor: Anchor) -> Font<'static> {
    Font { size, anchor, bold: false, upright: false, color: style::TEXT }
}

fn axis_stroke() -> Stroke<'static> {
    Stroke { color: style::AXES, width: AXIS, opacity: 1.0, dashed: false }
}
