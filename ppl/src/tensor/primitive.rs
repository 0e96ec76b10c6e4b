//! `Primitive`: the closed list of tensor operations, and the shape rule of each.

use std::sync::Arc;

use super::Shape;
use super::cumulative::Cumulative;
use super::elementwise::{Binary, Comparison, Unary};
use super::fourier::Transform;
use super::sparse::SparsityPattern;
use crate::{Error, Result};

/// Everything a tensor can be asked to do; each method of `Tensor` is one of these or a composition of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Primitive {
    // Elementwise.
    Unary(Unary),
    Binary(Binary),
    Compare(Comparison),
    /// `Select(condition, if_true, if_false)`, by `condition != 0`.
    Select,
    /// Distribution functions, of two or three operands.
    Cumulative(Cumulative),

    // Shape.
    Reshape(Shape),
    BroadcastTo(Shape),
    Permute(Vec<usize>),

    // Indexing by constants.
    Slice {
        axis: usize,
        start: usize,
        end: usize,
    },
    Gather {
        axis: usize,
        indices: Arc<[usize]>,
    },
    Flip {
        axis: usize,
    },
    /// The diagonals of square matrices in the last two axes.
    Diagonal,
    Concat {
        axis: usize,
    },

    // Along one axis; the reductions remove it.
    Sum {
        axis: usize,
    },
    Max {
        axis: usize,
    },
    Min {
        axis: usize,
    },
    LogSumExp {
        axis: usize,
    },
    CumSum {
        axis: usize,
    },

    // Linear algebra on the last two axes.
    MatMul,
    Cholesky,
    TriangularSolve {
        lower: bool,
        transpose: bool,
    },
    LogAbsDeterminant,
    /// A⁻ᵀ.
    InverseTranspose,

    /// Orthonormal transforms along the last axis.
    Transform(Transform),

    // Sparse symmetric matrices, by their entries along the last axis.
    /// The entries of the Cholesky factor.
    SparseFactor(SparsityPattern),
    /// The elements of the inverse where the matrix has entries.
    SparseInverse(SparsityPattern),
    /// L⁻¹ b or L⁻ᵀ b, of a factor and of right sides that are the rows of a matrix.
    SparseSolve {
        pattern: SparsityPattern,
        transpose: bool,
    },
}

impl Primitive {
    /// The shape of the result, or an error that shows the shapes that came.
    pub(crate) fn output_shape(&self, inputs: &[Shape]) -> Result<Shape> {
        match self {
            Self::Unary(_) | Self::Flip { .. } | Self::CumSum { .. } => Ok(inputs[0]),
            Self::Binary(binary) => broadcast(binary.name(), &inputs[0], &inputs[1]),
            Self::Compare(comparison) => broadcast(comparison.name(), &inputs[0], &inputs[1]),
            Self::Select => {
                let branches = broadcast("select", &inputs[1], &inputs[2])?;
                broadcast("select", &inputs[0], &branches)
            }
            Self::Cumulative(_) => {
                let parameters = broadcast("cdf", &inputs[0], &inputs[1])?;
                inputs.get(2).map_or(Ok(parameters), |last| broadcast("cdf", &parameters, last))
            }
            Self::Reshape(target) => {
                if inputs[0].size() == target.size() {
                    Ok(*target)
                } else {
                    Err(Error::ShapeMismatch {
                        operation: "reshape",
                        relation: "have the same number of elements",
                        left: inputs[0],
                        right: *target,
                    })
                }
            }
            Self::BroadcastTo(target) => {
                if inputs[0].broadcasts_to(target) {
                    Ok(*target)
                } else {
                    Err(Error::ShapeMismatch {
                        operation: "broadcast_to",
                        relation: "broadcast (from the first to the second)",
                        left: inputs[0],
                        right: *target,
                    })
                }
            }
            Self::Permute(order) => {
                let mut seen = order.clone();
                seen.sort_unstable();
                if seen.iter().copied().eq(0..inputs[0].rank()) {
                    Ok(order.iter().map(|&axis| inputs[0][axis]).collect::<Vec<_>>().into())
                } else {
                    Err(invalid("permute", format!("{order:?} to name each axis once"), &inputs[0]))
                }
            }
            Self::Slice { axis, start, end } => {
                if start <= end && *end <= inputs[0][*axis] {
                    Ok(inputs[0].with(*axis, end - start))
                } else {
                    Err(invalid("slice", format!("{start}..{end} within axis {axis}"), &inputs[0]))
                }
            }
            Self::Gather { axis, indices } => match indices.iter().find(|&&index| index >= inputs[0][*axis]) {
                None => Ok(inputs[0].with(*axis, indices.len())),
                Some(&index) => Err(invalid("take", room_for_index(index, *axis), &inputs[0])),
            },
            Self::Diagonal => square("diagonal", &inputs[0]).map(|shape| shape.without(shape.rank() - 1)),
            Self::Concat { axis } => concat(*axis, inputs),
            Self::Sum { axis } => Ok(inputs[0].without(*axis)),
            Self::Max { axis } => non_empty("max", *axis, &inputs[0]),
            Self::Min { axis } => non_empty("min", *axis, &inputs[0]),
            Self::LogSumExp { axis } => non_empty("logsumexp", *axis, &inputs[0]),
            Self::MatMul => matmul(&inputs[0], &inputs[1]),
            Self::Cholesky => square("cholesky", &inputs[0]),
            Self::TriangularSolve { .. } => triangular_solve(&inputs[0], &inputs[1]),
            Self::InverseTranspose => square("inverse", &inputs[0]),
            Self::Transform(transform) => {
                transform.check(inputs[0])?;
                Ok(inputs[0])
            }
            Self::SparseFactor(pattern) => {
                pattern.check_values("sparse_cholesky", inputs[0])?;
                Ok(inputs[0].with(inputs[0].rank() - 1, pattern.factor_len()))
            }
            Self::SparseInverse(pattern) => {
                pattern.check_values("sparse_inverse", inputs[0])?;
                Ok(inputs[0])
            }
            // The method has seen to the shapes.
            Self::SparseSolve { .. } => Ok(inputs[1]),
            Self::LogAbsDeterminant => square("log_determinant", &inputs[0]).map(|shape| shape.split_event(2).0),
        }
    }
}

/// What an axis must have for this index.
pub(super) fn room_for_index(index: usize, axis: usize) -> String {
    format!("more than {index} elements along axis {axis} (indices begin at 0)")
}

fn invalid(operation: &'static str, expected: String, got: &Shape) -> Error {
    Error::InvalidShape { operation, expected, got: *got }
}

fn broadcast(operation: &'static str, left: &Shape, right: &Shape) -> Result<Shape> {
    left.broadcast(right).ok_or(Error::ShapeMismatch { operation, relation: "broadcast", left: *left, right: *right })
}

fn non_empty(operation: &'static str, axis: usize, shape: &Shape) -> Result<Shape> {
    if shape[axis] == 0 {
        return Err(invalid(operation, format!("at least one element along axis {axis}"), shape));
    }
    Ok(shape.without(axis))
}

fn square(operation: &'static str, shape: &Shape) -> Result<Shape> {
    match shape.dims() {
        [.., rows, columns] if rows == columns => Ok(*shape),
        _ => Err(invalid(operation, "square matrices in the last two axes".to_owned(), shape)),
    }
}

fn concat(axis: usize, inputs: &[Shape]) -> Result<Shape> {
    let first = inputs[0];
    let mut size = 0;
    for shape in inputs {
        if shape.rank() != first.rank() || shape.without(axis) != first.without(axis) {
            return Err(Error::ShapeMismatch {
                operation: "concat",
                relation: "agree outside the joined axis",
                left: first,
                right: *shape,
            });
        }
        size += shape[axis];
    }
    Ok(first.with(axis, size))
}

/// Both operands have at least two axes: `Tensor::matmul` has made matrices of vectors.
fn matmul(left: &Shape, right: &Shape) -> Result<Shape> {
    let mismatch = |relation| Error::ShapeMismatch { operation: "matmul", relation, left: *left, right: *right };
    let (left_batch, left_matrix) = left.split_event(2);
    let (right_batch, right_matrix) = right.split_event(2);
    if left_matrix[1] != right_matrix[0] {
        return Err(mismatch("agree in the inner axis"));
    }
    let batch = left_batch.broadcast(&right_batch).ok_or_else(|| mismatch("broadcast in the batch axes"))?;
    Ok(batch.concat(&Shape::from([left_matrix[0], right_matrix[1]])))
}

/// The matrices are square, and both operands have at least two axes: `Tensor::triangular_solve` has seen to that.
fn triangular_solve(matrix: &Shape, right: &Shape) -> Result<Shape> {
    let mut result = matmul(matrix, right);
    if let Err(Error::ShapeMismatch { operation, .. }) = &mut result {
        *operation = "triangular_solve";
    }
    result
}
