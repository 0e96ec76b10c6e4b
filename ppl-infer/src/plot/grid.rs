//! `Grid`: several axes in one picture.

use super::{
    Axes, Figure, Plot, PlotError,
    axes::{Legend, Margins, font},
    canvas::{Anchor, Area, Canvas, Font},
    style::{FIGURE_TITLE, NOTE},
    text,
};
use crate::error::Result;

/// Panels in rows and columns, one picture.
///
/// See [`grid`].
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes, grid};
///
/// let curve = |name: &str, f: fn(f64) -> f64| {
///     let x: Vec<f64> = (0..50).map(|at| f64::from(at) / 10.0).collect();
///     axes().line(&x, x.iter().map(|x| f(*x))).title(name)
/// };
/// // Three panels in four cells.
/// let panels = [curve("sine", f64::sin), curve("cosine", f64::cos), curve("root", f64::sqrt)];
/// let picture = grid(2, 2, panels).size(900, 600).note("x in radians");
///
/// let path = std::env::temp_dir().join(format!("ppl-grid-{}.svg", std::process::id()));
/// picture.save(&path)?;
/// let svg = std::fs::read_to_string(&path).unwrap();
/// # std::fs::remove_file(path).unwrap();
/// assert_eq!(svg.matches("class=\"panel\"").count(), 3);
/// assert!(svg.contains(">cosine</text>") && svg.contains(">x in radians</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Grid {
    rows: usize,
    columns: usize,
    /// None is an empty cell.
    panels: Vec<Option<Axes>>,
    title: Option<String>,
    size: Option<(f64, f64)>,
    /// Shares of the width that the columns have.
    widths: Vec<f64>,
    legend: Legend,
    notes: Vec<String>,
}

/// Panels in rows and columns, row after row; cells at the end may be empty.
///
/// # Errors
/// [`PlotError::Cells`] if there are more panels than cells, when it is drawn.
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes, grid};
///
/// let panel = |power: i32| axes().line([0.0, 1.0, 2.0], [0.0, 1.0, 2.0_f64.powi(power)]).title(format!("x^{power}"));
/// let figure = grid(1, 2, [panel(1), panel(2)]).title("powers").figure()?;
/// assert_eq!(figure.svg().matches("class=\"panel\"").count(), 2);
/// assert!(grid(1, 1, [panel(1), panel(2)]).figure().is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn grid<A: Into<Axes>>(rows: usize, columns: usize, panels: impl IntoIterator<Item = A>) -> Grid {
    Grid::of_cells(rows, columns, panels.into_iter().map(|panel| Some(panel.into())))
}

impl Grid {
    pub(super) fn of_cells(rows: usize, columns: usize, panels: impl IntoIterator<Item = Option<Axes>>) -> Self {
        Self {
            rows,
            columns,
            panels: panels.into_iter().collect(),
            title: None,
            size: None,
            widths: vec![1.0; columns],
            legend: Legend::default(),
            notes: Vec::new(),
        }
    }

    /// A title above all panels.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// A line of small text below the picture.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The size of the picture, in pixels.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((f64::from(width), f64::from(height)));
        self
    }

    pub(super) fn sized(self, size: Option<(u32, u32)>) -> Self {
        match size {
            Some((width, height)) => self.size(width, height),
            None => self,
        }
    }

    /// The size of the picture where none is asked for.
    pub(super) fn or_size(mut self, width: f64, height: f64) -> Self {
        self.size.get_or_insert((width, height));
        self
    }

    pub(super) fn titled(mut self, title: Option<String>) -> Self {
        self.title = title.or(self.title);
        self
    }

    pub(super) fn widths(self, widths: &[f64]) -> Self {
        Self { widths: widths.to_vec(), ..self }
    }

    pub(super) fn legend(self, legend: Legend) -> Self {
        Self { legend, ..self }
    }

    pub(super) fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The size where none was asked for: 6 × 5 inches, smaller panels where there are several.
    fn default_size(&self) -> (f64, f64) {
        let (rows, columns) = (self.rows.max(1) as f64, self.columns.max(1) as f64);
        if rows * columns == 1.0 {
            return (600.0, 500.0);
        }
        let width = (1000.0 / columns).clamp(240.0, 600.0);
        let height = if columns == 1.0 { 260.0 } else { (0.75 * width).clamp(200.0, 330.0) };
        let title = if self.title.is_some() { 1.7 * FIGURE_TITLE } else { 0.0 };
        (columns * width, rows * height + title)
    }
}

impl Plot for Grid {
    fn figure(&self) -> Result<Figure> {
        let (rows, columns) = (self.rows, self.columns);
        if self.panels.len() > rows * columns {
            return Err(PlotError::Cells { rows, columns, panels: self.panels.len() }.into());
        }
        if let Some(error) = self.panels.iter().flatten().find_map(Axes::error) {
            return Err(error.into());
        }
        let (width, height) = self.size.unwrap_or_else(|| self.default_size());
        const EDGE: f64 = 12.0;
        let mut canvas = Canvas::default();
        let mut top = EDGE;
        if let Some(title) = &self.title {
            top += FIGURE_TITLE;
            let title = text::fit(title, 1.12 * FIGURE_TITLE, width - 2.0 * EDGE);
            let font = Font { bold: true, ..font(FIGURE_TITLE, Anchor::Middle) };
            canvas.text([0.5 * width, top], font, &title);
            top += 0.6 * FIGURE_TITLE;
        }
        self.legend.draw(&mut canvas, EDGE, top, width - 2.0 * EDGE);
        let legend = self.legend.height(width - 2.0 * EDGE);
        top += if legend > 0.0 { legend + 6.0 } else { 0.0 };
        let body = Area { left: EDGE, top, width: width - 2.0 * EDGE, height: height - top - EDGE };
        let mut notes = self.notes.clone();
        self.draw_panels(&mut canvas, body, &mut notes);

        // What arises in the drawing is told once, below the picture.
        let mut seen: Vec<String> = Vec::new();
        for note in notes {
            if !seen.contains(&note) {
                seen.push(note);
            }
        }
        let lines = text::wrap(&seen.join("; "), NOTE, width - 2.0 * EDGE);
        canvas.group("notes", |canvas| {
            for (number, line) in lines.iter().enumerate() {
                let baseline = height + (number as f64 + 0.6) * 1.35 * NOTE;
                canvas.text([EDGE, baseline], font(NOTE, Anchor::Start), line);
            }
        });
        let room = if lines.is_empty() { 0.0 } else { 1.35 * NOTE * lines.len() as f64 + 0.6 * NOTE };
        let description = self.description();
        Ok(Figure::new(canvas.finish(width, height + room, &description), width, height + room))
    }
}

impl Grid {
    /// Draws the panels so that those of a column begin and end at the same x, those of a row at the same y.
    fn draw_panels(&self, canvas: &mut Canvas, body: Area, notes: &mut Vec<String>) {
        let (rows, columns) = (self.rows, self.columns);
        if rows * columns == 0 {
            return;
        }
        let shares: f64 = self.widths.iter().sum();
        let cell_width = |column: usize| body.width * self.widths[column] / shares;
        let cell_height = body.height / rows as f64;
        let mut by_column = vec![Margins::default(); columns];
        let mut by_row = vec![Margins::default(); rows];
        for (position, panel) in self.panels.iter().enumerate() {
            let Some(panel) = panel else { continue };
            let (row, column) = (position / columns, position % columns);
            let own = panel.margins(cell_width(column), cell_height);
            by_column[column].left = by_column[column].left.max(own.left);
            by_column[column].right = by_column[column].right.max(own.right);
            by_row[row].top = by_row[row].top.max(own.top);
            by_row[row].bottom = by_row[row].bottom.max(own.bottom);
        }
        let across: f64 = body.width - by_column.iter().map(|margins| margins.left + margins.right).sum::<f64>();
        let down: f64 = body.height - by_row.iter().map(|margins| margins.top + margins.bottom).sum::<f64>();
        let height = (down / rows as f64).max(20.0);
        let mut top = body.top;
        for (row, vertical) in by_row.iter().enumerate() {
            let mut left = body.left;
            for (column, horizontal) in by_column.iter().enumerate() {
                let width = (across * self.widths[column] / shares).max(20.0);
                let area = Area { left: left + horizontal.left, top: top + vertical.top, width, height };
                let outer = Area {
                    left,
                    top,
                    width: horizontal.left + width + horizontal.right,
                    height: vertical.top + height + vertical.bottom,
                };
                if let Some(panel) = self.panels.get(row * columns + column).and_then(Option::as_ref) {
                    panel.draw(canvas, area, outer, notes);
                }
                left = outer.right();
            }
            top += vertical.top + height + vertical.bottom;
        }
    }

    /// The picture in words: its titles.
    fn description(&self) -> String {
        let panels = self.panels.iter().flatten();
        let titles: Vec<&str> = self.title.as_deref().into_iter().chain(panels.filter_map(Axes::name)).collect();
        if titles.is_empty() { "plot".to_owned() } else { titles.join(", ") }
    }
}
