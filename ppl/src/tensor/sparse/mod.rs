//! Sparse symmetric matrices of a fixed pattern, by the values of their entries along the last axis.
//!
//! Two primitives are functions of the values (the factor, and the elements of the inverse on the pattern), a third solves
//! triangular systems. The derivatives of the first two are [`SparseFunction`]s too, of which a program is made.

mod factor;
mod number;
mod pattern;

pub use self::pattern::SparsityPattern;

use self::number::Dual;
use super::apply::apply;
use super::kernel::host::Operands;
use super::primitive::Primitive;
use super::{Pivot, Shape, Tensor};
use crate::{Error, Result, check};

/// Functions of the entries of a matrix, of its factor, or of both; each has derivatives among them.
///
/// Those called `Tangent` take the operands of another one and then the direction in which each moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SparseFunction {
    /// The entries of the Cholesky factor, of (values).
    Factor,
    FactorTangent,
    /// The gradient by the values, of (factor, gradient by the factor).
    FactorGradient,
    FactorGradientTangent,
    /// The elements of the inverse where the matrix has entries, of (values).
    Inverse,
    /// Its derivative along a direction, of (values, direction).
    InverseTangent,
    /// The derivative of that, of (values, first direction, second direction, derivative of the first).
    InverseSecondTangent,
}

impl SparseFunction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Factor => "sparse_cholesky",
            Self::FactorTangent => "tangent_sparse_cholesky",
            Self::FactorGradient => "derivative_sparse_cholesky",
            Self::FactorGradientTangent => "tangent_derivative_sparse_cholesky",
            Self::Inverse => "sparse_inverse",
            Self::InverseTangent => "tangent_sparse_inverse",
            Self::InverseSecondTangent => "second_tangent_sparse_inverse",
        }
    }

    /// Number of elements of the result for one matrix.
    pub(crate) fn output_len(self, pattern: &SparsityPattern) -> usize {
        match self {
            Self::Factor | Self::FactorTangent => pattern.factor_len(),
            _ => pattern.len(),
        }
    }

    /// Numbers of scratch that [`of`](Self::of) needs. Those called `Tangent` come in Hessians only, and allocate.
    pub(crate) fn scratch(self, pattern: &SparsityPattern) -> usize {
        match self {
            Self::Factor => pattern.size(),
            Self::FactorGradient => pattern.size() + pattern.factor_len(),
            Self::Inverse => pattern.size() + 2 * pattern.factor_len(),
            _ => 0,
        }
    }

    /// The function of one matrix.
    ///
    /// # Errors
    /// The first pivot of the matrix that is not positive.
    pub(crate) fn of(
        self,
        pattern: &SparsityPattern,
        operands: &[&[f64]],
        output: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), Pivot> {
        let analysis = pattern.analysis();
        let (size, length) = (analysis.size, pattern.factor_len());
        match self {
            Self::Factor => factor::factorize(analysis, operands[0], output, scratch),
            Self::FactorGradient => {
                let (work, by_factor) = scratch.split_at_mut(size);
                by_factor[..length].copy_from_slice(operands[1]);
                factor::gradient(analysis, operands[0], &mut by_factor[..length], output, work);
                Ok(())
            }
            Self::Inverse => {
                let (factor, work) = scratch.split_at_mut(length);
                factor::inverse(analysis, operands[0], output, factor, &mut work[..size + length])
            }
            Self::FactorTangent => {
                let mut moved = vec![ZERO; length];
                factor::factorize(analysis, &duals(operands[0], operands[1]), &mut moved, &mut vec![ZERO; size])?;
                tangents(&moved, output);
                Ok(())
            }
            Self::FactorGradientTangent => {
                let factor = duals(operands[0], operands[2]);
                let (mut by_factor, mut by_values) = (duals(operands[1], operands[3]), vec![ZERO; pattern.len()]);
                factor::gradient(analysis, &factor, &mut by_factor, &mut by_values, &mut vec![ZERO; size]);
                tangents(&by_values, output);
                Ok(())
            }
            Self::InverseTangent => {
                let (mut moved, mut factor) = (vec![ZERO; pattern.len()], vec![ZERO; length]);
                let values = duals(operands[0], operands[1]);
                factor::inverse(analysis, &values, &mut moved, &mut factor, &mut vec![ZERO; size + length])?;
                tangents(&moved, output);
                Ok(())
            }
            Self::InverseSecondTangent => {
                let zero = Dual { value: ZERO, tangent: ZERO };
                let (mut moved, mut factor) = (vec![zero; pattern.len()], vec![zero; length]);
                let inner = duals(operands[0], operands[1]).into_iter();
                let values: Vec<_> = inner
                    .zip(duals(operands[2], operands[3]))
                    .map(|(value, tangent)| Dual { value, tangent })
                    .collect();
                factor::inverse(analysis, &values, &mut moved, &mut factor, &mut vec![zero; size + length])?;
                output.iter_mut().zip(&moved).for_each(|(slot, dual)| *slot = dual.tangent.tangent);
                Ok(())
            }
        }
    }
}

const ZERO: Dual<f64> = Dual { value: 0.0, tangent: 0.0 };

fn duals(values: &[f64], tangents: &[f64]) -> Vec<Dual<f64>> {
    values.iter().zip(tangents).map(|(&value, &tangent)| Dual { value, tangent }).collect()
}

fn tangents(duals: &[Dual<f64>], output: &mut [f64]) {
    output.iter_mut().zip(duals).for_each(|(slot, dual)| *slot = dual.tangent);
}

/// L⁻¹ b or L⁻ᵀ b in the place of b, of which the rows are in the order of elimination.
pub(crate) fn solve(pattern: &SparsityPattern, factor: &[f64], transpose: bool, right: &mut [f64]) {
    factor::solve(pattern.analysis(), factor, transpose, right);
}

/// A function of each matrix of a batch.
pub(crate) fn function_of(
    function: SparseFunction,
    pattern: &SparsityPattern,
    given: &Operands<'_>,
) -> Result<Vec<f64>> {
    let width = function.output_len(pattern);
    let mut output = vec![0.0; given.output_shape.size()];
    let mut scratch = vec![0.0; function.scratch(pattern)];
    let matrices = given.values[0].chunks_exact(pattern.len()).zip(output.chunks_exact_mut(width));
    for (index, (values, output)) in matrices.enumerate() {
        if let Err(pivot) = function.of(pattern, &[values], output, &mut scratch) {
            let which = if given.output_shape.size() > width {
                format!(" (matrix {index} of the batch)")
            } else {
                String::new()
            };
            let row = pattern.analysis().order[pivot.order - 1];
            let problem = format!("not positive definite: the pivot of row {row} is {}{which}", pivot.value);
            return Err(Error::SingularMatrix { operation: function.name(), problem });
        }
    }
    Ok(output)
}

/// Adds to the gradient by the values.
pub(crate) fn function_of_gradient(
    function: SparseFunction,
    pattern: &SparsityPattern,
    given: &Operands<'_>,
    (output, by_output): (&[f64], &[f64]),
    gradient: &mut [f64],
) {
    let (length, width) = (pattern.len(), function.output_len(pattern));
    let mut scratch = vec![0.0; SparseFunction::FactorGradient.scratch(pattern)];
    let mut added = vec![0.0; length];
    let weights = pattern.multiplicities();
    let matrices = given.values[0].chunks_exact(length).zip(gradient.chunks_exact_mut(length));
    let outputs = output.chunks_exact(width).zip(by_output.chunks_exact(width));
    for ((values, slots), (output, by_output)) in matrices.zip(outputs) {
        if function == SparseFunction::Factor {
            let operands = [output, by_output];
            // A gradient has no pivots.
            let _ = SparseFunction::FactorGradient.of(pattern, &operands, &mut added, &mut scratch);
        } else {
            // The derivative −A⁻¹ dA A⁻¹ is symmetric in the elements of dA.
            let direction: Vec<f64> = by_output.iter().zip(&weights).map(|(by, weight)| by / weight).collect();
            if SparseFunction::InverseTangent.of(pattern, &[values, &direction], &mut added, &mut []).is_err() {
                added.fill(f64::NAN);
            }
            added.iter_mut().zip(&weights).for_each(|(added, weight)| *added *= weight);
        }
        slots.iter_mut().zip(&added).for_each(|(slot, added)| *slot += added);
    }
}

/// Solutions for a batch of factors, each with several right sides, which are rows.
pub(crate) fn solve_of(pattern: &SparsityPattern, transpose: bool, given: &Operands<'_>) -> Vec<f64> {
    let mut output = given.values[1].clone();
    for (factor, rights) in given.values[0].chunks_exact(pattern.factor_len()).zip(blocks(pattern, given, &mut output))
    {
        rights.chunks_exact_mut(pattern.size()).for_each(|right| solve(pattern, factor, transpose, right));
    }
    output
}

/// The right sides of each factor.
fn blocks<'a>(
    pattern: &SparsityPattern,
    given: &Operands<'_>,
    elements: &'a mut [f64],
) -> std::slice::ChunksExactMut<'a, f64> {
    let columns = given.shapes[1][given.shapes[1].rank() - 2];
    // Without right sides there is no block.
    elements.chunks_exact_mut((columns * pattern.size()).max(1))
}

/// Adds to the gradient by the factor (`position` 0) or by the right sides: with x = L⁻¹ b, b̄ = L⁻ᵀ x̄ and L̄ = −b̄ xᵀ.
pub(crate) fn solve_of_gradient(
    pattern: &SparsityPattern,
    transpose: bool,
    given: &Operands<'_>,
    position: usize,
    (output, by_output): (&[f64], &[f64]),
    gradient: &mut [f64],
) {
    let (size, length, analysis) = (pattern.size(), pattern.factor_len(), pattern.analysis());
    let mut by_right = by_output.to_vec();
    let factors = given.values[0].chunks_exact(length);
    for (factor, rights) in factors.zip(blocks(pattern, given, &mut by_right)) {
        rights.chunks_exact_mut(size).for_each(|right| solve(pattern, factor, !transpose, right));
    }
    if position == 1 {
        gradient.iter_mut().zip(&by_right).for_each(|(slot, by_right)| *slot += by_right);
        return;
    }
    let columns = given.shapes[1][given.shapes[1].rank() - 2];
    for (which, (by_right, solution)) in by_right.chunks_exact(size).zip(output.chunks_exact(size)).enumerate() {
        let slots = &mut gradient[which / columns * length..][..length];
        let (left, right) = if transpose { (solution, by_right) } else { (by_right, solution) };
        let entries = analysis.factor_rows.iter().zip(&analysis.factor_columns);
        slots.iter_mut().zip(entries).for_each(|(slot, (&row, &column))| *slot -= left[row] * right[column]);
    }
}

/// # Sparse matrices
impl SparsityPattern {
    /// The entries of the lower Cholesky factor of the reordered matrix, batch ++ `[factor_len]`.
    ///
    /// # Errors
    /// Values that are not one for each entry; outside of a gradient, a matrix that is not positive definite.
    pub(crate) fn cholesky(&self, values: &Tensor) -> Result<Tensor> {
        apply(&Primitive::SparseFactor(self.clone()), &[values])
    }

    /// The elements of the inverse where the matrix has entries, batch ++ `[len]`.
    ///
    /// # Errors
    /// As [`cholesky`](Self::cholesky).
    pub(crate) fn inverse(&self, values: &Tensor) -> Result<Tensor> {
        apply(&Primitive::SparseInverse(self.clone()), &[values])
    }

    /// ln |A|, of its factor.
    pub(crate) fn log_determinant(&self, factor: &Tensor) -> Result<Tensor> {
        let diagonal = &self.analysis().starts[..self.size()];
        Ok(factor.try_take(-1, diagonal)?.ln().try_sum_axis(-1)? * 2.0)
    }

    /// xᵀ A x, of vectors along the last axis.
    pub(crate) fn quadratic_form(&self, values: &Tensor, x: &Tensor) -> Result<Tensor> {
        // The products of large vectors would be infinite, of both signs. The form is the same at any scale, which has no
        // derivative.
        let scale = x.detach().abs().max_axis(-1).maximum(1.0).unsqueeze(-1);
        let x = x.try_div(&scale)?;
        let products = x.try_take(-1, self.rows())?.try_mul(x.try_take(-1, self.columns())?)?;
        let weighted = values.try_mul(Tensor::from(self.multiplicities()))?;
        products.try_mul(weighted)?.try_sum_axis(-1)?.try_mul(scale.try_squeeze(-1)?.square())
    }

    /// x = Pᵀ L⁻ᵀ b, for the permutation P into the order of elimination: of standard normal b, x has the covariance A⁻¹.
    /// Batches broadcast.
    pub(crate) fn root_of_inverse_times(&self, factor: &Tensor, right: &Tensor) -> Result<Tensor> {
        self.solve(factor, right, true)?.try_take(-1, &self.analysis().position)
    }

    /// A⁻¹ b, of vectors along the last axis. Batches broadcast.
    pub(crate) fn inverse_times(&self, factor: &Tensor, right: &Tensor) -> Result<Tensor> {
        let half = self.solve(factor, &right.try_take(-1, &self.analysis().order)?, false)?;
        self.root_of_inverse_times(factor, &half)
    }

    /// L⁻¹ b or L⁻ᵀ b, of vectors along the last axis in the order of elimination.
    fn solve(&self, factor: &Tensor, right: &Tensor, transpose: bool) -> Result<Tensor> {
        let (batch, _) = factor.shape().split_event(1);
        let shape = check::broadcast("sparse_solve", &batch, &right.shape().split_event(1).0)?;
        // Along the last axes one factor is that of all right sides.
        let own = batch.iter().rposition(|&length| length != 1).map_or(0, |last| last + 1);
        let shared = if own == 0 { shape.rank() } else { batch.rank() - own };
        let (of_factors, of_rights) = shape.split_event(shared);
        let (rows, length) = (Shape::from([of_rights.size(), self.size()]), Shape::from(self.factor_len()));
        let factor = factor.try_reshape(Shape::from(&batch[..own]).concat(&length))?;
        let factor = factor.try_broadcast_to(of_factors.concat(&length))?;
        let vectors = shape.concat(&Shape::from(self.size()));
        let right = right.try_broadcast_to(vectors)?.try_reshape(of_factors.concat(&rows))?;
        let primitive = Primitive::SparseSolve { pattern: self.clone(), transpose };
        apply(&primitive, &[&factor, &right])?.try_reshape(vectors)
    }
}
