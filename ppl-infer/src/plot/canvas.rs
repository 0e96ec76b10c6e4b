//! Drawing area, text and errors of a plot.

use std::fmt::Display;

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{PlotError, palette};
use crate::error::{Error, Result};

/// A rectangle of the picture.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Plain text of this height in pixels.
pub(super) fn style(size: i32, anchor: HPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&palette::INK).pos(Pos::new(anchor, VPos::Top))
}

/// Writes a line of text whose upper corner is `at`.
pub(super) fn text(area: &Area<'_>, text: impl AsRef<str>, size: i32, at: (i32, i32), anchor: HPos) -> Result<()> {
    area.draw_text(text.as_ref(), &style(size, anchor), at).map_err(failed)
}

/// The drawing library's error as one of this crate.
pub(super) fn failed(error: impl Display) -> Error {
    PlotError { plot: "trace plot", reason: error.to_string() }.into()
}
