//! The pattern of a sparse symmetric matrix, and that of its Cholesky factor.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::sparse::SymbolicSparseColMatRef;
use faer::sparse::linalg::amd;

use crate::{Error, Result, Shape, Tensor};

/// The entries of a sparse symmetric matrix that may differ from 0: those of its lower triangle, in a fixed order, with all
/// of the diagonal.
///
/// A pattern is analysed once: an order of elimination that keeps the Cholesky factor sparse (approximate minimum degree),
/// and where the factor has entries. A clone shares the analysis.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::SparsityPattern;
///
/// let pattern = SparsityPattern::new(3, &[(0, 0), (1, 1), (2, 2), (1, 0), (2, 1)])?;
/// let matrix = pattern.matrix(&Tensor::from([2.0, 2.0, 2.0, -1.0, -1.0]))?;
/// assert_eq!(matrix, Tensor::from([[2, -1, 0], [-1, 2, -1], [0, -1, 2]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparsityPattern(Arc<Analysis>);

#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) size: usize,
    /// The entries as they were given, each in the lower triangle.
    pub(crate) rows: Vec<usize>,
    pub(crate) columns: Vec<usize>,
    /// The entries of the diagonal, in its order.
    pub(crate) diagonal: Vec<usize>,
    /// The rows of the matrix in the order of elimination, and the position of each in it.
    pub(crate) order: Vec<usize>,
    pub(crate) position: Vec<usize>,
    /// The factor of the reordered matrix by columns: where each starts, ..
    pub(crate) starts: Vec<usize>,
    /// .. and the row and the column of each entry. Rows ascend within a column, from the diagonal on.
    pub(crate) factor_rows: Vec<usize>,
    pub(crate) factor_columns: Vec<usize>,
    /// The entries left of the diagonal by rows: where each row starts, and the entries.
    pub(crate) row_starts: Vec<usize>,
    pub(crate) row_entries: Vec<usize>,
    /// The entry of the factor that stands where each entry of the matrix does.
    pub(crate) places: Vec<usize>,
}

impl PartialEq for SparsityPattern {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.size, &self.0.rows, &self.0.columns) == (other.0.size, &other.0.rows, &other.0.columns)
    }
}

impl Eq for SparsityPattern {}

/// By size alone: a program has few patterns.
impl Hash for SparsityPattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.size);
        state.write_usize(self.0.rows.len());
    }
}

fn invalid(expected: String, got: String) -> Error {
    Error::InvalidArgument { operation: "SparsityPattern", argument: "entries", expected, got }
}

impl SparsityPattern {
    /// The pattern of a matrix with this number of rows that has entries at these rows and columns. Of (i, j) and (j, i)
    /// one is given.
    ///
    /// # Errors
    /// No rows; an entry outside of the matrix, or given twice; an entry of the diagonal that is missing.
    pub fn new(size: usize, entries: &[(usize, usize)]) -> Result<Self> {
        if size == 0 {
            return Err(invalid("at least one row".to_owned(), "none".to_owned()));
        }
        if let Some(entry) = entries.iter().find(|&&(row, column)| row.max(column) >= size) {
            return Err(invalid(format!("rows and columns from 0 to {}", size - 1), format!("{entry:?}")));
        }
        let lower: Vec<(usize, usize)> =
            entries.iter().map(|&(row, column)| (row.max(column), row.min(column))).collect();
        let mut sorted = lower.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid("each entry once".to_owned(), format!("{:?} twice", pair[0])));
        }
        let mut diagonal = vec![None; size];
        for (entry, &(row, column)) in lower.iter().enumerate() {
            if row == column {
                diagonal[row] = Some(entry);
            }
        }
        let Some(diagonal) = diagonal.iter().copied().collect::<Option<Vec<usize>>>() else {
            let row = diagonal.iter().position(Option::is_none).unwrap_or_default();
            return Err(invalid("all entries of the diagonal".to_owned(), format!("none at [{row}, {row}]")));
        };
        Ok(Self(Arc::new(Analysis::of(size, &lower, diagonal))))
    }

    /// The pattern of a banded matrix with this number of rows, whose entries are at most `width` from the diagonal: the
    /// diagonal, then the first line below it, and so on.
    ///
    /// # Errors
    /// No rows.
    ///
    /// # Example
    /// ```
    /// # use ppl::distribution::SparsityPattern;
    /// let tridiagonal = SparsityPattern::banded(3, 1)?;
    /// assert_eq!((tridiagonal.rows(), tridiagonal.columns()), (&[0, 1, 2, 1, 2][..], &[0, 1, 2, 0, 1][..]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn banded(size: usize, width: usize) -> Result<Self> {
        let lines = 0..=width.min(size.saturating_sub(1));
        let entries: Vec<_> = lines.flat_map(|line| (line..size).map(move |row| (row, row - line))).collect();
        Self::new(size, &entries)
    }

    /// Number of rows of the matrix.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    /// Whether there are no entries; `false`, as the diagonal is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of each entry.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.0.rows
    }

    /// The column of each entry, at most its row.
    #[must_use]
    pub fn columns(&self) -> &[usize] {
        &self.0.columns
    }

    /// Number of entries of the Cholesky factor, on which the cost of a density depends.
    #[must_use]
    pub fn factor_len(&self) -> usize {
        self.0.factor_rows.len()
    }

    /// The symmetric matrices with these entries, batch ++ `[len]`.
    ///
    /// # Errors
    /// Values that are not one for each entry, along the last axis.
    pub fn matrix(&self, values: &Tensor) -> Result<Tensor> {
        self.check_values("SparsityPattern", values.shape())?;
        let (batch, _) = values.shape().split_event(1);
        // All elements that are no entries are a 0 behind the values.
        let mut elements = vec![self.len(); self.size() * self.size()];
        for (entry, (&row, &column)) in self.rows().iter().zip(self.columns()).enumerate() {
            elements[row * self.size() + column] = entry;
            elements[column * self.size() + row] = entry;
        }
        let zero = Tensor::zeros(batch.concat(&Shape::from(1)));
        let square = Shape::from([self.size(), self.size()]);
        Tensor::try_concat(&[values.clone(), zero], -1)?.try_take(-1, &elements)?.try_reshape(batch.concat(&square))
    }

    /// Checks that there is a value for each entry along the last axis.
    pub(crate) fn check_values(&self, operation: &'static str, values: Shape) -> Result<()> {
        if values.last() == Some(&self.len()) {
            return Ok(());
        }
        Err(Error::InvalidShape {
            operation,
            expected: format!("{} values along the last axis, one for each entry of the pattern", self.len()),
            got: values,
        })
    }

    /// In how many elements of the matrix each entry stands: 1 on the diagonal, 2 beside it.
    pub(crate) fn multiplicities(&self) -> Vec<f64> {
        self.rows().iter().zip(self.columns()).map(|(row, column)| if row == column { 1.0 } else { 2.0 }).collect()
    }

    pub(crate) fn analysis(&self) -> &Analysis {
        &self.0
    }
}

impl Analysis {
    fn of(size: usize, entries: &[(usize, usize)], diagonal: Vec<usize>) -> Self {
        let order = elimination_order(size, entries);
        let mut position = vec![0; size];
        order.iter().enumerate().for_each(|(place, &row)| position[row] = place);
        let reordered = |&(row, column): &(usize, usize)| {
            let (a, b) = (position[row], position[column]);
            (a.max(b), a.min(b))
        };
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); size];
        for (row, column) in entries.iter().map(reordered) {
            below[column].push(row);
        }
        // A column has the rows of the matrix's and those of its children in the elimination tree: the columns before it
        // whose first entry below the diagonal is in its row.
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); size];
        let (mut starts, mut factor_rows, mut factor_columns) = (vec![0], Vec::new(), Vec::new());
        let mut seen_by = vec![usize::MAX; size];
        for column in 0..size {
            let mut rows = Vec::new();
            let of_children = children[column].iter().flat_map(|&child| &factor_rows[starts[child]..starts[child + 1]]);
            for &row in below[column].iter().chain(of_children) {
                if row >= column && seen_by[row] != column {
                    seen_by[row] = column;
                    rows.push(row);
                }
            }
            rows.sort_unstable();
            if let Some(&parent) = rows.get(1) {
                children[parent].push(column);
            }
            factor_columns.resize(factor_columns.len() + rows.len(), column);
            factor_rows.append(&mut rows);
            starts.push(factor_rows.len());
        }

        let mut row_starts = vec![0; size + 1];
        let is_left = |entry: usize| factor_rows[entry] != factor_columns[entry];
        let left = || (0..factor_rows.len()).filter(|&entry| is_left(entry));
        left().for_each(|entry| row_starts[factor_rows[entry] + 1] += 1);
        for row in 0..size {
            row_starts[row + 1] += row_starts[row];
        }
        let (mut next, mut row_entries) = (row_starts.clone(), vec![0; row_starts[size]]);
        for entry in left() {
            let slot = &mut next[factor_rows[entry]];
            row_entries[*slot] = entry;
            *slot += 1;
        }

        let place = |entry: &(usize, usize)| {
            let (row, column) = reordered(entry);
            let start = starts[column];
            start + factor_rows[start..starts[column + 1]].partition_point(|&other| other < row)
        };
        let places = entries.iter().map(place).collect();
        let (rows, columns) = entries.iter().copied().unzip();
        Self {
            size,
            rows,
            columns,
            diagonal,
            order,
            position,
            starts,
            factor_rows,
            factor_columns,
            row_starts,
            row_entries,
            places,
        }
    }

    /// The entries of a column of the factor.
    pub(crate) fn column(&self, column: usize) -> std::ops::Range<usize> {
        self.starts[column]..self.starts[column + 1]
    }

    /// The entries of a row of the factor left of the diagonal.
    pub(crate) fn row(&self, row: usize) -> &[usize] {
        &self.row_entries[self.row_starts[row]..self.row_starts[row + 1]]
    }
}

/// The rows in an order in which elimination makes few entries; as they come, if the memory for a better one is missing.
fn elimination_order(size: usize, entries: &[(usize, usize)]) -> Vec<usize> {
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); size];
    for &(row, column) in entries.iter().filter(|(row, column)| row != column) {
        columns[row].push(column);
        columns[column].push(row);
    }
    let mut starts = vec![0];
    columns.iter_mut().for_each(|column| {
        column.sort_unstable();
        starts.push(starts[starts.len() - 1] + column.len());
    });
    let rows = columns.concat();
    let pattern = SymbolicSparseColMatRef::new_checked(size, size, &starts, None, &rows);
    let (mut order, mut position) = (vec![0; size], vec![0; size]);
    let memory = MemBuffer::try_new(amd::order_scratch::<usize>(size, rows.len()));
    let ordered = memory.is_ok_and(|mut memory| {
        let stack = MemStack::new(&mut memory);
        amd::order(&mut order, &mut position, pattern, amd::Control::default(), stack).is_ok()
    });
    if ordered { order } else { (0..size).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_are_no_pattern_are_refused() {
        let message = |entries: &[(usize, usize)]| SparsityPattern::new(2, entries).unwrap_err().to_string();
        assert_eq!(
            message(&[(0, 0), (1, 1), (2, 0)]),
            "SparsityPattern: `entries` must be rows and columns from 0 to 1, got (2, 0)"
        );
        assert!(message(&[(0, 0), (1, 1), (1, 0), (0, 1)]).contains("each entry once, got (1, 0) twice"));
        assert!(message(&[(0, 0), (1, 0)]).contains("all entries of the diagonal, got none at [1, 1]"));
        assert!(SparsityPattern::new(0, &[]).is_err());
        assert!(SparsityPattern::banded(2, 0).unwrap().matrix(&Tensor::zeros(3)).is_err());
    }

    /// The factor of an arrow whose tip is eliminated last has no entry that the matrix has not, whatever order it is
    /// given in, and that of a square lattice of m² nodes some 31/4 m² log₂ m at most by nested dissection (George 1973).
    #[test]
    fn factors_stay_sparse() {
        let mut arrow: Vec<(usize, usize)> = (0..30).map(|node| (node, node)).collect();
        arrow.extend((1..30).map(|node| (node, 0)));
        assert_eq!(SparsityPattern::new(30, &arrow).unwrap().factor_len(), arrow.len());

        let side = 64;
        let mut lattice: Vec<(usize, usize)> = (0..side * side).map(|node| (node, node)).collect();
        lattice.extend((0..side * side).filter(|node| node % side > 0).map(|node| (node, node - 1)));
        lattice.extend((side..side * side).map(|node| (node, node - side)));
        let length = SparsityPattern::new(side * side, &lattice).unwrap().factor_len() as f64;
        assert!(length < 7.75 * (side * side) as f64 * 6.0, "{length}");
    }

    #[test]
    fn bands() {
        let pattern = SparsityPattern::banded(2, 5).unwrap();
        assert_eq!((pattern.len(), pattern.factor_len(), pattern.is_empty()), (3, 3, false));
        assert_eq!(pattern, SparsityPattern::new(2, &[(0, 0), (1, 1), (0, 1)]).unwrap());
        assert_eq!(pattern.multiplicities(), [1.0, 1.0, 2.0]);
    }
}
