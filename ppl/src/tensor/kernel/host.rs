//! Primitives that dfdx lacks, computed on the host from copies of the operands.

use super::super::Shape;
use super::super::backend::{Backend, Flat};
use super::super::primitive::Primitive;
use super::super::sparse::{self, SparseFunction};
use super::super::tape::{Node, Place, new_node};
use super::{Operand, elementwise, linear_algebra, reduction, step};
use crate::{Error, Result};

/// What a kernel and its backward step are given: the operands' elements and all shapes.
pub(crate) struct Operands<'a> {
    pub(crate) values: &'a [Vec<f64>],
    pub(crate) shapes: &'a [Shape],
    pub(crate) output_shape: Shape,
}

/// Evaluates one of the primitives that `is_dfdx` does not name, and records its backward step.
pub(crate) fn run<D: Backend>(
    device: &D,
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    output_shape: Shape,
) -> Result<(Flat<D>, Option<Node>)> {
    let values: Vec<Vec<f64>> = operands
        .iter()
        .map(|operand| match operand {
            Operand::Number(number) => vec![*number],
            Operand::Array { array, .. } => device.download(array),
        })
        .collect();
    let node = if operands.iter().any(|operand| operand.node().is_some()) { new_node() } else { None };
    let output_values = match forward(primitive, &Operands { values: &values, shapes, output_shape }) {
        // While a density is being differentiated, a matrix outside the domain is an outcome, not an error.
        Err(Error::SingularMatrix { .. }) if node.is_some() => vec![f64::NAN; output_shape.size()],
        values => values?,
    };
    let Some(node) = node else { return Ok((device.upload(output_values)?, None)) };
    let output = device.upload(output_values.clone())?;
    let place = Place::new(&output, node);
    step::push_with_values(primitive, operands, (values, shapes), (place, output_values, output_shape));
    Ok((output, Some(node)))
}

pub(crate) fn forward(primitive: &Primitive, given: &Operands<'_>) -> Result<Vec<f64>> {
    let [x, ..] = given.values else { unreachable!("a primitive has an input") };
    let around = |axis: usize| given.shapes[0].around(axis);
    Ok(match primitive {
        Primitive::Unary(op) => x.iter().map(|&x| op.value(x)).collect(),
        Primitive::Binary(op) => elementwise::binary(*op, given),
        Primitive::Compare(op) => elementwise::compare(*op, given),
        Primitive::Select => elementwise::select(given),
        Primitive::Cumulative(function) => elementwise::cumulative(*function, given),
        Primitive::Concat { axis } => reduction::concat(*axis, given),
        Primitive::Max { axis } => reduction::extremum(x, around(*axis), f64::max),
        Primitive::Min { axis } => reduction::extremum(x, around(*axis), f64::min),
        Primitive::LogSumExp { axis } => reduction::logsumexp(x, around(*axis)),
        Primitive::CumSum { axis } => reduction::cumsum(x, around(*axis)),
        Primitive::Cholesky => linear_algebra::cholesky_of(given)?,
        Primitive::TriangularSolve { lower, transpose } => {
            linear_algebra::triangular_solve_of(given, (*lower, *transpose))
        }
        Primitive::LogAbsDeterminant => linear_algebra::log_abs_determinant_of(given),
        Primitive::InverseTranspose => linear_algebra::inverse_transpose_of(given)?,
        Primitive::Transform(transform) => {
            let mut output = vec![0.0; x.len()];
            transform.run(x, &mut output);
            output
        }
        Primitive::SparseFactor(pattern) => sparse::function_of(SparseFunction::Factor, pattern, given)?,
        Primitive::SparseInverse(pattern) => sparse::function_of(SparseFunction::Inverse, pattern, given)?,
        Primitive::SparseSolve { pattern, transpose } => sparse::solve_of(pattern, *transpose, given),
        _ => unreachable!("{primitive:?} is computed by dfdx"),
    })
}
