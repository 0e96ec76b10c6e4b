//! Heat maps: a matrix as coloured cells.

use ndarray::{ArrayBase, Data, Ix2};
use ppl::Tensor;

use super::{Axes, Figure, Plot, PlotError, axes, scale::extent, selection::figure_options};
use crate::error::Result;

/// Most cells along an axis; of a larger matrix, means of blocks are drawn.
const MOST_CELLS: usize = 150;

/// A matrix as coloured cells; see [`heat_map`].
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::plot::{Plot, heat_map};
///
/// let transitions = array![[0.9, 0.1], [0.4, 0.6]];
/// let weather = ["sun", "rain"];
/// let plot = heat_map(&transitions).row_names(weather).y_label("today").x_label("tomorrow").color_label("probability");
/// let figure = plot.clone().column_names(weather).figure()?;
/// assert_eq!(figure.svg().matches(">rain</text>").count(), 2);
/// assert!(figure.svg().contains(">probability</text>"));
///
/// let error = plot.column_names(["sun"]).figure().unwrap_err();
/// assert_eq!(error.to_string(), "heat_map: `columns` has 2 values, but `column_names` has 1");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    limits: Option<(f64, f64)>,
    labels: [Option<String>; 3],
    ticks: [Option<Vec<String>>; 2],
    /// The shape of what is no matrix.
    wrong_shape: Option<Vec<usize>>,
}

figure_options!(HeatMap);

/// What is a matrix: an `ndarray` array with two axes, a tensor of two axes.
///
/// # Example
/// A matrix of a type of one's own:
/// ```
/// use ppl_infer::plot::{Matrix, Plot, heat_map};
///
/// struct Diagonal(Vec<f64>);
///
/// impl Matrix for &Diagonal {
///     fn shape_and_elements(&self) -> (Vec<usize>, Vec<f64>) {
///         let size = self.0.len();
///         let element = |place: usize| if place / size == place % size { self.0[place / size] } else { 0.0 };
///         (vec![size, size], (0..size * size).map(element).collect())
///     }
/// }
///
/// let scales = Diagonal(vec![1.0, 2.0]);
/// assert_eq!((&scales).shape_and_elements(), (vec![2, 2], vec![1.0, 0.0, 0.0, 2.0]));
/// assert!(heat_map(&scales).figure()?.svg().contains("class=\"cells\""));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a matrix",
    label = "expected a reference to a tensor, or to an array of two axes",
    note = "an array of any number of axes becomes one of two by `into_dimensionality::<ndarray::Ix2>()`"
)]
pub trait Matrix {
    /// The lengths of the axes, and the elements by rows.
    fn shape_and_elements(&self) -> (Vec<usize>, Vec<f64>);
}

impl<D: Data<Elem = f64>> Matrix for &ArrayBase<D, Ix2> {
    fn shape_and_elements(&self) -> (Vec<usize>, Vec<f64>) {
        (self.shape().to_vec(), self.iter().copied().collect())
    }
}

impl Matrix for &Tensor {
    fn shape_and_elements(&self) -> (Vec<usize>, Vec<f64>) {
        (self.shape().to_vec(), self.to_vec())
    }
}

/// The cells of a matrix in the colours of the map viridis, the first row on top, with a bar of the colours.
///
/// Of a matrix of more than 150 rows or columns, means of blocks of cells are drawn; a cell that is not finite is white. It
/// converts to [`Axes`], so that several go into a [`grid`](super::grid()).
///
/// # Errors
/// A tensor of other than two axes, an empty matrix, limits that do not ascend, another number of names than of rows or
/// columns: reported when it is drawn.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl::Tensor;
/// use ppl_infer::plot::{Plot, grid, heat_map};
///
/// let correlation = array![[1.0, 0.3], [0.3, 1.0]];
/// let figure = heat_map(&correlation).limits(-1.0, 1.0).title("correlation").figure()?;
/// assert!(figure.svg().contains("class=\"cells\""));
///
/// let draws = Tensor::from([[[1.0, 0.1], [0.1, 1.0]], [[1.0, -0.4], [-0.4, 1.0]]]);
/// let figure = grid(1, 2, draws.iter().map(|draw| heat_map(&draw).limits(-1.0, 1.0))).figure()?;
/// assert_eq!(figure.svg().matches("class=\"cells\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn heat_map(matrix: impl Matrix) -> HeatMap {
    let (shape, values) = matrix.shape_and_elements();
    let (rows, columns, values, wrong_shape) = match shape[..] {
        [rows, columns] => (rows, columns, values, None),
        _ => (0, 0, Vec::new(), Some(shape)),
    };
    HeatMap {
        rows,
        columns,
        values,
        wrong_shape,
        title: None,
        size: None,
        limits: None,
        labels: [None, None, None],
        ticks: [None, None],
    }
}

impl HeatMap {
    /// The values of the first and the last colour; the smallest and the largest value unless given.
    #[must_use]
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Some((low, high));
        self
    }

    /// The name of the columns' axis.
    #[must_use]
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.labels[0] = Some(label.into());
        self
    }

    /// The name of the rows' axis.
    #[must_use]
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.labels[1] = Some(label.into());
        self
    }

    /// What the colours are.
    #[must_use]
    pub fn color_label(mut self, label: impl Into<String>) -> Self {
        self.labels[2] = Some(label.into());
        self
    }

    /// Names of the columns.
    #[must_use]
    pub fn column_names(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.ticks[0] = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Names of the rows.
    #[must_use]
    pub fn row_names(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.ticks[1] = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The matrix as it is drawn: means of blocks so large that it has at most `MOST_CELLS` rows and columns.
    fn blocks(&self) -> (usize, Vec<f64>, usize) {
        let block = self.rows.max(self.columns).div_ceil(MOST_CELLS).max(1);
        if block == 1 {
            return (self.columns, self.values.clone(), 1);
        }
        let (rows, columns) = (self.rows.div_ceil(block), self.columns.div_ceil(block));
        let mean = |row: usize, column: usize| {
            let rows = row * block..((row + 1) * block).min(self.rows);
            let columns = column * block..((column + 1) * block).min(self.columns);
            let count = (rows.len() * columns.len()) as f64;
            let cells = rows.flat_map(|row| columns.clone().map(move |column| row * self.columns + column));
            cells.map(|cell| self.values[cell]).sum::<f64>() / count
        };
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        (columns, cells.map(|(row, column)| mean(row, column)).collect(), block)
    }
}

impl From<HeatMap> for Axes {
    fn from(map: HeatMap) -> Self {
        let limits = map.limits.or_else(|| extent(map.values.iter().copied())).unwrap_or((0.0, 1.0));
        // A bar of one value has no length.
        let limits = if limits.0 == limits.1 { (limits.0 - 0.5, limits.1 + 0.5) } else { limits };
        let (columns, values, block) = map.blocks();
        let mut panel = axes().cells([0.0, 0.0], columns, values, limits);
        if !(limits.0.is_finite() && limits.1.is_finite() && limits.0 < limits.1) {
            let got = format!("{} and {}", limits.0, limits.1);
            let expected = "two ascending finite numbers";
            panel.fail(PlotError::Argument { plot: "heat_map", argument: "limits", expected, got });
        }
        if let Some(got) = map.wrong_shape {
            let (quantity, expected) = ("`matrix`".to_owned(), "two axes".to_owned());
            panel.fail(PlotError::Shape { plot: "heat_map", quantity, expected, got });
        }
        if map.values.is_empty() {
            let got = format!("{} × {}", map.rows, map.columns);
            panel.fail(PlotError::Argument { plot: "heat_map", argument: "matrix", expected: "not empty", got });
        }
        let [x_label, y_label, color_label] = map.labels;
        panel.x.label = x_label;
        panel.y.label = y_label;
        for (names, axis, length, argument) in [
            (map.ticks[0].as_ref(), &mut panel.x, map.columns, "column_names"),
            (map.ticks[1].as_ref(), &mut panel.y, map.rows, "row_names"),
        ] {
            // The centre of a cell in units of the blocks.
            let at = |cell: usize| (cell as f64 + 0.5) / block as f64 - 0.5;
            let numbered = || indices(length).into_iter().map(|cell| (at(cell), cell.to_string())).collect();
            let named =
                |names: &Vec<String>| names.iter().enumerate().map(|(cell, name)| (at(cell), name.clone())).collect();
            axis.ticks = Some(names.map_or_else(numbered, named));
            if names.is_some_and(|names| names.len() != length) {
                let got_len = names.map_or(0, Vec::len);
                let (plot, expected) = ("heat_map", if argument == "row_names" { "rows" } else { "columns" });
                panel.error.get_or_insert(PlotError::Lengths {
                    plot,
                    expected,
                    expected_len: length,
                    got: argument,
                    got_len,
                });
            }
        }
        if let Some(label) = color_label {
            panel = panel.color_bar_label(label);
        }
        if block > 1 {
            panel = panel.note(format!("each cell is the mean of a block of {block} × {block}"));
        }
        match map.title {
            Some(title) => panel.title(title),
            None => panel,
        }
    }
}

/// Round indices that are ticks of an axis of so many cells.
fn indices(length: usize) -> Vec<usize> {
    if length <= 12 {
        return (0..length).collect();
    }
    let ticks = super::scale::ticks((0.0, (length - 1) as f64), 8);
    ticks.into_iter().map(|(value, _)| value).filter(|value| value.fract() == 0.0).map(|value| value as usize).collect()
}

impl Plot for HeatMap {
    fn figure(&self) -> Result<Figure> {
        let (width, height) = self.size.unwrap_or((600, 500));
        Axes::from(self.clone()).size(width, height).figure()
    }
}
