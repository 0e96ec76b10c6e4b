//! Images side by side, in rows.

use ppl::Tensor;

use super::{Axes, Figure, Plot, PlotError, axes, scale::extent, selection::figure_options};
use crate::error::Result;

/// White between two images, in pixels of theirs.
const GAP: usize = 1;

/// Rows of images; see [`images`].
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl_infer::plot::{Plot, images};
///
/// let originals = Tensor::eye(4).broadcast_to([3, 4, 4]);
/// let (blurred, larger) = (&originals * 0.8 + 0.1, Tensor::zeros([3, 8, 8]));
/// // Colours from 0 to 1 in both rows, also where no pixel has these values.
/// let plot = images([("original", &originals), ("blurred", &blurred)]).limits(0.0, 1.0).size(500, 300);
/// let figure = plot.title("reconstructions").figure()?;
/// assert_eq!((figure.width(), figure.svg().matches("class=\"cells\"").count()), (500, 6));
///
/// let error = images([("original", &originals), ("larger", &larger)]).figure().unwrap_err();
/// assert_eq!(error.to_string(), "images: `larger` has shape [3, 8, 8], expected images of 4 × 4 pixels, as the first");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Images {
    rows: Vec<(String, Tensor)>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    limits: Option<(f64, f64)>,
}

figure_options!(Images);

/// Images of one size side by side, in rows that have names, as originals above their reconstructions: the pixels in the
/// colours of the map viridis.
///
/// The images of a row are a tensor of the shape `[images, height, width]`. A pixel that is not finite is white.
///
/// # Errors
/// No row, tensors of another rank, or of different heights and widths, limits that do not ascend: reported when it is
/// drawn.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl_infer::plot::{Plot, images};
///
/// let (first, second) = (Tensor::eye(8).broadcast_to([10, 8, 8]), Tensor::zeros([6, 8, 8]));
/// let figure = images([("diagonals", &first), ("nothing", &second)]).figure()?;
/// assert_eq!(figure.svg().matches("class=\"cells\"").count(), 16);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn images<'a>(rows: impl IntoIterator<Item = (impl Into<String>, &'a Tensor)>) -> Images {
    let rows = rows.into_iter().map(|(name, row)| (name.into(), row.detach())).collect();
    Images { rows, title: None, size: None, limits: None }
}

impl Images {
    /// The values of the first and the last colour; the smallest and the largest value unless given.
    #[must_use]
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Some((low, high));
        self
    }

    /// Height and width of the images.
    fn image_size(&self) -> std::result::Result<(usize, usize), PlotError> {
        let mut sizes = self.rows.iter().map(|(name, row)| match row.shape()[..] {
            [_, height, width] if height * width > 0 => Ok((name, height, width)),
            _ => Err(self.wrong_shape(name, row, "three axes: images, height, width".to_owned())),
        });
        let Some(first) = sizes.next() else {
            let expected = "at least one row";
            return Err(PlotError::Argument { plot: "images", argument: "rows", expected, got: "none".to_owned() });
        };
        let (_, height, width) = first?;
        for ((name, row), size) in self.rows[1..].iter().zip(sizes) {
            let (_, own_height, own_width) = size?;
            if (own_height, own_width) != (height, width) {
                return Err(self.wrong_shape(name, row, format!("images of {height} × {width} pixels, as the first")));
            }
        }
        Ok((height, width))
    }

    fn wrong_shape(&self, name: &str, row: &Tensor, expected: String) -> PlotError {
        PlotError::Shape { plot: "images", quantity: format!("`{name}`"), expected, got: row.shape().to_vec() }
    }

    fn axes(&self, (height, width): (usize, usize)) -> Axes {
        let pixels = self.rows.iter().flat_map(|(_, row)| row.to_vec());
        let limits = self.limits.or_else(|| extent(pixels)).unwrap_or((0.0, 1.0));
        // A bar of one value has no length.
        let limits = if limits.0 == limits.1 { (limits.0 - 0.5, limits.1 + 0.5) } else { limits };
        let mut panel = axes();
        if !(limits.0.is_finite() && limits.1.is_finite() && limits.0 < limits.1) {
            let (expected, got) = ("two ascending finite numbers", format!("{} and {}", limits.0, limits.1));
            panel.fail(PlotError::Argument { plot: "images", argument: "limits", expected, got });
        }
        let mut names = Vec::new();
        for (place, (name, row)) in self.rows.iter().enumerate() {
            let top = place * (height + GAP);
            for (place, image) in row.iter().enumerate() {
                panel = panel.cells([(place * (width + GAP)) as f64, top as f64], width, image.to_vec(), limits);
            }
            names.push((top as f64 + 0.5 * (height - 1) as f64, name.clone()));
        }
        panel.hide_x().y_ticks(names)
    }
}

impl Plot for Images {
    fn figure(&self) -> Result<Figure> {
        let (height, width) = self.image_size()?;
        let panel = self.axes((height, width));
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        // Pixels that are about square, in a picture of the usual width.
        let most = self.rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        let (columns, rows) = ((most * (width + GAP)) as f64, (self.rows.len() * (height + GAP)) as f64);
        let pixel = (800.0 / columns.max(1.0)).clamp(1.0, 20.0);
        let usual = ((columns * pixel) as u32 + 250, (rows * pixel) as u32 + 60);
        let (width, height) = self.size.unwrap_or(usual);
        panel.size(width, height).figure()
    }
}
