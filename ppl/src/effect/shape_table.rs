//! The table of the sites' shapes, for eyes and for error messages.

use std::fmt;

use comfy_table::{Table, presets};

use crate::Shape;
use crate::site::SiteKind;

/// The shapes of a run's sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShapeTable {
    rows: Vec<ShapeRow>,
}

/// The shapes of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeRow {
    /// The site's name.
    pub site: String,
    /// The site's kind.
    pub kind: SiteKind,
    /// The names of the open plates, outermost first.
    pub plates: Vec<String>,
    /// Batch shape, plates included.
    pub batch: Option<Shape>,
    /// Event shape.
    pub event: Option<Shape>,
    /// Shape of the value.
    pub value: Option<Shape>,
}

impl ShapeTable {
    pub(crate) fn push(&mut self, row: ShapeRow) {
        self.rows.push(row);
    }

    /// The rows, in the order of the run.
    #[must_use]
    pub fn rows(&self) -> &[ShapeRow] {
        &self.rows
    }
}

impl fmt::Display for ShapeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(["site", "kind", "plates", "batch", "event", "value"]);
        let show = |shape: &Option<Shape>| shape.map_or_else(String::new, |shape| shape.to_string());
        for row in &self.rows {
            table.add_row([
                row.site.clone(),
                row.kind.to_string(),
                row.plates.join(", "),
                show(&row.batch),
                show(&row.event),
                show(&row.value),
            ]);
        }
        for line in table.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
