//! The legend: rows of entries above the data, so that it covers none.

use super::{
    Axes,
    draw::colors,
    frame::font,
    layer::{Marker, Shape},
};
use crate::plot::{
    Color,
    canvas::{Anchor, Area, Canvas, Path, Stroke},
    style::{LINE, TICK},
    text,
};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::plot) struct Entry {
    pub label: String,
    pub color: Color,
    pub mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::plot) enum Mark {
    Line {
        width: f64,
        opacity: f64,
        dashed: bool,
    },
    Area {
        opacity: f64,
    },
    Point(Marker),
    /// A tick of a rug.
    Tick,
}

/// Entries in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::plot) struct Legend(pub Vec<Entry>);

/// Width of a mark, and its distance from its name.
const MARK: f64 = 22.0;
const GAP: f64 = 6.0;
/// Distance between entries.
const BETWEEN: f64 = 18.0;
/// Height of a row.
const ROW: f64 = 1.6 * TICK;

impl Axes {
    /// The layers that have a label.
    pub(super) fn legend(&self) -> Legend {
        let mut entries = Vec::new();
        for (layer, color) in self.layers.iter().zip(colors(&self.layers)) {
            let Some(label) = &layer.style.label else { continue };
            let style = &layer.style;
            let mark = match &layer.shape {
                Shape::Bars { .. } | Shape::Band { .. } | Shape::Cells { .. } => {
                    Mark::Area { opacity: layer.opacity() }
                }
                Shape::Scatter { marker, .. } => Mark::Point(*marker),
                Shape::Rug(_) => Mark::Tick,
                _ => {
                    let width = style.width.unwrap_or(LINE);
                    Mark::Line { width, opacity: layer.opacity(), dashed: layer.is_dashed() }
                }
            };
            let entry = Entry { label: label.clone(), color, mark };
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        Legend(entries)
    }
}

impl Legend {
    /// The rows of at most this width.
    fn rows(&self, width: f64) -> Vec<Vec<(&Entry, f64)>> {
        let mut rows: Vec<Vec<(&Entry, f64)>> = Vec::new();
        let mut left = 0.0;
        for entry in &self.0 {
            let own = MARK + GAP + text::width(&entry.label, TICK);
            match rows.last_mut() {
                Some(row) if left + own <= width => row.push((entry, left)),
                _ => {
                    left = 0.0;
                    rows.push(vec![(entry, left)]);
                }
            }
            left += own + BETWEEN;
        }
        rows
    }

    /// Height of the rows.
    pub(in crate::plot) fn height(&self, width: f64) -> f64 {
        ROW * self.rows(width).len() as f64
    }

    /// Draws the rows from here downwards.
    pub(in crate::plot) fn draw(&self, canvas: &mut Canvas, left: f64, top: f64, width: f64) {
        if self.0.is_empty() {
            return;
        }
        canvas.group("legend", |canvas| {
            for (number, row) in self.rows(width).into_iter().enumerate() {
                let middle = top + (number as f64 + 0.5) * ROW;
                for (entry, offset) in row {
                    let start = left + offset;
                    entry.draw(canvas, start, middle);
                    let room = width - offset - MARK - GAP;
                    let label = text::fit(&entry.label, TICK, room.max(60.0));
                    canvas.text([start + MARK + GAP, middle + 0.36 * TICK], font(TICK, Anchor::Start), &label);
                }
            }
        });
    }
}

impl Entry {
    fn draw(&self, canvas: &mut Canvas, left: f64, middle: f64) {
        let color = self.color.css();
        let centre = [left + 0.5 * MARK, middle];
        match self.mark {
            Mark::Line { width, opacity, dashed } => {
                let path = Path::through([[left + 1.0, middle], [left + MARK - 1.0, middle]]);
                canvas.stroke(&path, Stroke { color, width: width.max(1.2), opacity, dashed });
            }
            Mark::Area { opacity } => {
                let area = Area { left, top: middle - 6.0, width: MARK, height: 12.0 };
                canvas.rect(area, color, opacity);
            }
            Mark::Tick => {
                let path = Path::through([[centre[0], middle - 6.0], [centre[0], middle + 6.0]]);
                canvas.stroke(&path, Stroke { color, width: 1.0, opacity: 1.0, dashed: false });
            }
            Mark::Point(marker) => marker.draw(canvas, &[centre], 7.0, color, 1.0),
        }
    }
}
