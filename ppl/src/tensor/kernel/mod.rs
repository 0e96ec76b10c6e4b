//! How primitives are computed: by dfdx's kernels, or by ours on the host where dfdx has none.

pub(crate) mod definite;
pub(crate) mod dfdx;
mod elementwise;
pub(crate) mod host;
pub(crate) mod index_map;
pub(crate) mod join;
pub(crate) mod linear_algebra;
pub(crate) mod number_step;
pub(crate) mod reduction;
mod small_step;
pub(crate) mod step;

use ::dfdx::tensor::PutTape;

use super::backend::{Backend, Flat};
use super::elementwise::Unary;
use super::primitive::Primitive;
use super::tape::{Node, Place};

/// One argument of a primitive.
pub(crate) enum Operand<'a, D: Backend> {
    Number(f64),
    /// With its place on the tape, if it is being differentiated.
    Array {
        array: &'a Flat<D>,
        node: Option<Node>,
    },
}

impl<D: Backend> Clone for Operand<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Backend> Copy for Operand<'_, D> {}

impl<D: Backend> Operand<'_, D> {
    /// The operand's number on the tape, if it is being differentiated.
    pub(crate) fn node(&self) -> Option<Node> {
        match self {
            Self::Number(_) => None,
            Self::Array { node, .. } => *node,
        }
    }

    /// Where the gradient by the operand goes, if it is being differentiated.
    pub(crate) fn place(&self) -> Option<Place<D>> {
        match self {
            Self::Number(_) => None,
            Self::Array { array, node } => node.map(|node| Place::new(array, node)),
        }
    }

    /// The operand as dfdx wants it: by value, with a tape in its type.
    pub(crate) fn to_input<T: Default>(self) -> Input<D, T> {
        match self {
            Self::Number(number) => Input::Number(number),
            Self::Array { array, .. } => Input::Array(array.clone().put_tape(T::default())),
        }
    }
}

/// One argument, owned and with a tape in its type, for dfdx.
#[derive(Clone)]
pub(crate) enum Input<D: Backend, T> {
    Number(f64),
    Array(Flat<D, T>),
}

/// The arguments of a primitive that dfdx computes: one or two.
pub(crate) type Inputs<D, T> = (Input<D, T>, Option<Input<D, T>>);

/// Whether dfdx has a kernel for it that is right on the whole domain.
///
/// dfdx has kernels for maximum, minimum, max, min, logsumexp and comparisons too, but gives every tied element the
/// whole gradient and a NaN for the logsumexp of −∞ alone.
pub(crate) fn is_dfdx(primitive: &Primitive) -> bool {
    use super::elementwise::Binary;

    match primitive {
        Primitive::Unary(unary) => matches!(
            unary,
            Unary::Neg
                | Unary::Exp
                | Unary::Ln
                | Unary::Sqrt
                | Unary::Square
                | Unary::Abs
                | Unary::Recip
                | Unary::Sin
                | Unary::Cos
                | Unary::Tanh
                | Unary::Sigmoid
                | Unary::Pow(_)
        ),
        Primitive::Binary(binary) => matches!(binary, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div),
        Primitive::Reshape(_)
        | Primitive::BroadcastTo(_)
        | Primitive::Permute(_)
        | Primitive::Slice { .. }
        | Primitive::Gather { .. }
        | Primitive::Flip { .. }
        | Primitive::Diagonal
        | Primitive::Sum { .. }
        | Primitive::MatMul => true,
        Primitive::Compare(_)
        | Primitive::Select
        | Primitive::Cumulative(_)
        | Primitive::Concat { .. }
        | Primitive::Max { .. }
        | Primitive::Min { .. }
        | Primitive::LogSumExp { .. }
        | Primitive::CumSum { .. }
        | Primitive::Cholesky
        | Primitive::TriangularSolve { .. }
        | Primitive::LogAbsDeterminant
        | Primitive::InverseTranspose
        | Primitive::Transform(_)
        | Primitive::SparseFactor(_)
        | Primitive::SparseInverse(_)
        | Primitive::SparseSolve { .. } => false,
    }
}
