//! Sparse Cholesky factors, their gradients, and systems with them, for one matrix.
//!
//! An algorithm is written once for real and dual numbers, so that its derivative along a direction needs none of its own.

use super::number::Number;
use super::pattern::Analysis;
use crate::tensor::Pivot;

/// The lower Cholesky factor L of the reordered matrix with these values, column by column. `work` has an element for each
/// row.
///
/// # Errors
/// The first pivot that is not positive.
pub(super) fn factorize<N: Number>(
    analysis: &Analysis,
    values: &[N],
    factor: &mut [N],
    work: &mut [N],
) -> Result<(), Pivot> {
    let rows = &analysis.factor_rows[..];
    factor.fill(N::constant(0.0));
    analysis.places.iter().zip(values).for_each(|(&place, &value)| factor[place] = value);
    for column in 0..analysis.size {
        let own = analysis.column(column);
        own.clone().for_each(|entry| work[rows[entry]] = factor[entry]);
        // Less what the columns have taken away that have an entry in this row.
        for &left in analysis.row(column) {
            let (weight, end) = (factor[left], analysis.starts[analysis.factor_columns[left] + 1]);
            for (&row, &entry) in rows[left..end].iter().zip(&factor[left..end]) {
                work[row] = work[row] - entry * weight;
            }
        }
        let pivot = work[column];
        if !(pivot.value() > 0.0 && pivot.value().is_finite()) {
            return Err(Pivot { order: column + 1, value: pivot.value() });
        }
        let root = pivot.sqrt();
        factor[own.start] = root;
        for entry in own.start + 1..own.end {
            factor[entry] = work[rows[entry]] / root;
        }
    }
    Ok(())
}

/// The gradient by the values of a matrix, given that by its factor, which is lost: the steps of [`factorize`] backwards
/// (Smith 1995, "Differentiation of the Cholesky algorithm"). A value beside the diagonal stands for both elements.
pub(super) fn gradient<N: Number>(
    analysis: &Analysis,
    factor: &[N],
    by_factor: &mut [N],
    by_values: &mut [N],
    work: &mut [N],
) {
    let rows = &analysis.factor_rows[..];
    for column in (0..analysis.size).rev() {
        let own = analysis.column(column);
        let root = factor[own.start];
        let mut by_root = by_factor[own.start];
        for entry in own.start + 1..own.end {
            let by_element = by_factor[entry] / root;
            by_root = by_root - by_element * factor[entry];
            by_factor[entry] = by_element;
            work[rows[entry]] = by_element;
        }
        let by_pivot = by_root / (root + root);
        by_factor[own.start] = by_pivot;
        work[column] = by_pivot;
        for &left in analysis.row(column) {
            let (weight, end) = (factor[left], analysis.starts[analysis.factor_columns[left] + 1]);
            let mut by_weight = N::constant(0.0);
            let entries = rows[left..end].iter().zip(&factor[left..end]).zip(&mut by_factor[left..end]);
            for ((&row, &entry), by_entry) in entries {
                *by_entry = *by_entry - work[row] * weight;
                by_weight = by_weight + work[row] * entry;
            }
            by_factor[left] = by_factor[left] - by_weight;
        }
    }
    by_values.iter_mut().zip(&analysis.places).for_each(|(slot, &place)| *slot = by_factor[place]);
}

/// The elements of the inverse where the matrix has entries: d ln |A| / 2 dA, the gradient of Σ ln L_jj (which is the
/// recursion of Takahashi, Fagan and Chin 1973). `work` has an element for each row and entry of the factor.
///
/// # Errors
/// The first pivot that is not positive.
pub(super) fn inverse<N: Number>(
    analysis: &Analysis,
    values: &[N],
    output: &mut [N],
    factor: &mut [N],
    work: &mut [N],
) -> Result<(), Pivot> {
    let (work, by_factor) = work.split_at_mut(analysis.size);
    factorize(analysis, values, factor, work)?;
    by_factor.fill(N::constant(0.0));
    for &start in &analysis.starts[..analysis.size] {
        by_factor[start] = N::constant(1.0) / factor[start];
    }
    gradient(analysis, factor, by_factor, output, work);
    // An element beside the diagonal moves with another one.
    for &entry in &analysis.diagonal {
        output[entry] = output[entry] + output[entry];
    }
    Ok(())
}

/// L⁻¹ b or L⁻ᵀ b in the place of b, of which the rows are in the order of elimination.
pub(super) fn solve(analysis: &Analysis, factor: &[f64], transpose: bool, right: &mut [f64]) {
    let rows = &analysis.factor_rows[..];
    if transpose {
        for column in (0..analysis.size).rev() {
            let own = analysis.column(column);
            let below = own.start + 1..own.end;
            let products = rows[below.clone()].iter().zip(&factor[below]).map(|(&row, entry)| entry * right[row]);
            right[column] = (right[column] - products.sum::<f64>()) / factor[own.start];
        }
    } else {
        for column in 0..analysis.size {
            let own = analysis.column(column);
            let below = own.start + 1..own.end;
            let found = right[column] / factor[own.start];
            right[column] = found;
            rows[below.clone()].iter().zip(&factor[below]).for_each(|(&row, entry)| right[row] -= entry * found);
        }
    }
}
