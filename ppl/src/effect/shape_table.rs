//! The table of the sites' shapes, to be printed, and the errors about shapes, which show it.

use std::fmt;

use comfy_table::{Table, presets};

use super::plate::plates_shape;
use super::{PlateFrame, SampleSite, help};
use crate::site::SiteKind;
use crate::{Error, Shape, Tensor};

/// The shapes of a run's sites.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn regression() {
///     let slopes = sample!("slopes", Normal::new([0.0, 0.0], 1.0).to_event(1));
///     plate!("row", 5, {
///         observe!("y", Normal::new(slopes.sum(), 1.0), Tensor::zeros(5));
///     });
/// }
///
/// let table = regression().trace(0)?.table();
/// println!("{table}");
/// // site    kind      plates  batch  event  value
/// // slopes  latent            []     [2]    [2]
/// // y       observed  row     [5]    []     [5]
/// let names: Vec<&str> = table.rows().iter().map(|row| row.site.as_str()).collect();
/// assert_eq!(names, ["slopes", "y"]);
/// assert!(table.to_string().contains("row     [5]    []     [5]"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShapeTable {
    rows: Vec<ShapeRow>,
}

/// The shapes of one site.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn points() {
///     plate!("point", 3, {
///         sample!("x", Normal::new(Tensor::zeros([3, 2]), 1.0).to_event(1));
///     });
/// }
///
/// let table = points().trace(0)?.table();
/// let row = &table.rows()[0];
/// assert_eq!((row.site.as_str(), row.plates.as_slice()), ("x", &["point".to_owned()][..]));
/// assert_eq!((row.batch, row.event), (Some(Shape::from(3)), Some(Shape::from(2))));
/// assert_eq!(row.value, Some(Shape::from([3, 2])));
/// # Ok::<(), ppl::Error>(())
/// ```
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

impl ShapeRow {
    /// The row of a site in these plates.
    pub(crate) fn new(
        site: &str,
        kind: SiteKind,
        plates: &[PlateFrame],
        batch: Option<Shape>,
        event: Option<Shape>,
        value: Option<Shape>,
    ) -> Self {
        let plates = plates.iter().map(|plate| plate.name.clone()).collect();
        Self { site: site.to_owned(), kind, plates, batch, event, value }
    }

    /// The row of a random site with this value.
    pub(super) fn of_sample(site: &SampleSite, name: &str, plates: &[PlateFrame], value: &Tensor) -> Self {
        let kind = if site.is_observed { SiteKind::Observed } else { SiteKind::Latent };
        let (batch, event) = (site.distribution.batch_shape(), site.distribution.event_shape());
        Self::new(name, kind, plates, Some(batch), Some(event), Some(value.shape()))
    }
}

/// The error about a value of another shape than its site's, with the table of the sites before.
///
/// `is_data` tells whether the value is the model's own data.
pub(super) fn value_shape_error(
    table: Option<&ShapeTable>,
    site: &SampleSite,
    name: &str,
    plates: &[PlateFrame],
    value: &Tensor,
    is_data: bool,
) -> Error {
    let help = if is_data { help::data_shape(site, name, plates, &value.shape()) } else { String::new() };
    let mut table = table.cloned().unwrap_or_default();
    table.push(ShapeRow::of_sample(site, name, plates, value));
    Error::ValueShape {
        expected: site.shape(),
        got: value.shape(),
        batch_shape: Box::new(site.distribution.batch_shape()),
        event_shape: Box::new(site.distribution.event_shape()),
        table: format!("{help}{table}"),
    }
}

/// The error about a distribution, or a factor, whose batch shape does not fit the open plates.
pub(super) fn plate_shape_error(
    table: Option<&ShapeTable>,
    distribution: &'static str,
    name: &str,
    kind: SiteKind,
    plates: &[PlateFrame],
    (batch_shape, event_shape): (Shape, Shape),
) -> Error {
    let mut table = table.cloned().unwrap_or_default();
    table.push(ShapeRow::new(name, kind, plates, Some(batch_shape), Some(event_shape), None));
    let frames: Vec<String> = plates.iter().map(PlateFrame::to_string).collect();
    Error::PlateShape {
        distribution,
        batch_shape,
        plates: format!("{} = {}", frames.join(", "), plates_shape(plates)),
        table: format!("{}{table}", help::plate_shape(&batch_shape, plates)),
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
