//! Primitives that dfdx lacks: computed on the host from copies of the operands, with a backward step of our own.

use dfdx::shapes::HasShape;

use super::super::Shape;
use super::super::backend::{Backend, Flat, device_error};
use super::super::primitive::Primitive;
use super::super::tape;
use super::{Operand, linear_algebra, reduction};
use crate::{Error, Result};

/// What a kernel and its backward step are given: the operands' elements and all shapes.
pub(crate) struct Operands {
    pub(crate) values: Vec<Vec<f64>>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) output_shape: Shape,
}

/// Evaluates one of the primitives that `is_dfdx` does not name, and records its backward step.
pub(crate) fn run<D: Backend>(
    device: &D,
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    output_shape: Shape,
) -> Result<Flat<D>> {
    let values = operands
        .iter()
        .map(|operand| match operand {
            Operand::Number(number) => vec![*number],
            Operand::Array { array, .. } => {
                let mut values = vec![0.0; array.shape().0];
                array.copy_into(&mut values);
                values
            }
        })
        .collect();
    let given = Operands { values, shapes: shapes.to_vec(), output_shape };
    let differentiating = operands.iter().any(|operand| matches!(operand, Operand::Array { node: Some(_), .. }));
    let output_values = match forward(primitive, &given) {
        // While a density is being differentiated, a matrix outside the domain is an outcome, not an error.
        Err(Error::SingularMatrix { .. }) if differentiating => vec![f64::NAN; output_shape.size()],
        values => values?,
    };
    let output = device.upload(output_values.clone())?;

    let tracked: Vec<(usize, Flat<D>)> = operands
        .iter()
        .enumerate()
        .filter_map(|(position, operand)| match operand {
            Operand::Array { array, node: Some(_) } => Some((position, (*array).clone())),
            Operand::Array { .. } | Operand::Number(_) => None,
        })
        .collect();
    if !tracked.is_empty() {
        let (primitive, output, device) = (primitive.clone(), output.clone(), device.clone());
        tape::push(move |store| {
            let gradients = D::gradients(store);
            gradients.get_or_alloc_mut(&output).map_err(|error| device_error::<D>(&error))?;
            let output_gradient = gradients.get(&output).as_vec();
            for (position, array) in tracked {
                let gradient = backward(&primitive, &given, position, &output_values, &output_gradient)?;
                let slot = gradients.get_or_alloc_mut(&array).map_err(|error| device_error::<D>(&error))?;
                device.accumulate(slot, &gradient)?;
            }
            Ok(())
        });
    }
    Ok(output)
}

fn forward(primitive: &Primitive, given: &Operands) -> Result<Vec<f64>> {
    let [x, ..] = given.values.as_slice() else { unreachable!("a primitive has an input") };
    Ok(match primitive {
        Primitive::Unary(op) => x.iter().map(|&x| op.value(x)).collect(),
        Primitive::Binary(op) => elementwise(given, |operands| op.value(operands[0], operands[1])),
        Primitive::Compare(op) => elementwise(given, |operands| op.value(operands[0], operands[1])),
        Primitive::Select => elementwise(given, |operands| if operands[0] == 0.0 { operands[2] } else { operands[1] }),
        Primitive::Concat { axis } => reduction::concat(*axis, given),
        Primitive::Max { axis } => reduction::extremum(x, given.shapes[0].around(*axis), f64::max),
        Primitive::Min { axis } => reduction::extremum(x, given.shapes[0].around(*axis), f64::min),
        Primitive::LogSumExp { axis } => reduction::logsumexp(x, given.shapes[0].around(*axis)),
        Primitive::CumSum { axis } => reduction::cumsum(x, given.shapes[0].around(*axis)),
        Primitive::Cholesky => linear_algebra::cholesky(given)?,
        Primitive::TriangularSolve { lower, transpose } => linear_algebra::triangular_solve(given, *lower, *transpose),
        Primitive::LogAbsDeterminant => linear_algebra::log_abs_determinant(given),
        _ => unreachable!("{primitive:?} is computed by dfdx"),
    })
}

/// The gradient by input number `position`, given the gradient by the output.
fn backward(
    primitive: &Primitive,
    given: &Operands,
    position: usize,
    output: &[f64],
    output_gradient: &[f64],
) -> Result<Vec<f64>> {
    let [x, ..] = given.values.as_slice() else { unreachable!("a primitive has an input") };
    let around = |axis: usize| given.shapes[0].around(axis);
    Ok(match primitive {
        Primitive::Unary(op) => x
            .iter()
            .zip(output)
            .zip(output_gradient)
            // An element that does not count must not turn 0 · ∞ into NaN.
            .map(|((&x, &y), &gradient)| if gradient == 0.0 { 0.0 } else { gradient * op.derivative(x, y) })
            .collect(),
        Primitive::Binary(op) => elementwise_gradient(given, position, output_gradient, |operands, index| {
            let (by_left, by_right) = op.derivatives(operands[0], operands[1], output[index]);
            if position == 0 { by_left } else { by_right }
        }),
        // By the branch that was not chosen the derivative is zero, whatever its value: this makes `select` safe.
        Primitive::Select => elementwise_gradient(given, position, output_gradient, |operands, _| {
            let chosen = if operands[0] == 0.0 { 2 } else { 1 };
            f64::from(u8::from(chosen == position))
        }),
        Primitive::Compare(_) => vec![0.0; given.values[position].len()],
        Primitive::Concat { axis } => reduction::concat_gradient(*axis, given, position, output_gradient),
        Primitive::Max { axis } | Primitive::Min { axis } => {
            reduction::extremum_gradient(x, around(*axis), output, output_gradient)
        }
        Primitive::LogSumExp { axis } => reduction::logsumexp_gradient(x, around(*axis), output, output_gradient),
        Primitive::CumSum { axis } => reduction::cumsum_gradient(around(*axis), output_gradient),
        Primitive::Cholesky => linear_algebra::cholesky_gradient(given, output, output_gradient),
        Primitive::TriangularSolve { lower, transpose } => {
            linear_algebra::triangular_solve_gradient(given, *lower, *transpose, position, output, output_gradient)
        }
        Primitive::LogAbsDeterminant => linear_algebra::log_abs_determinant_gradient(given, output_gradient),
        _ => unreachable!("{primitive:?} is computed by dfdx"),
    })
}

/// Walks the output's elements with the operands' elements that each is made of.
fn for_each_element(given: &Operands, mut visit: impl FnMut(usize, &[f64], &[usize])) {
    let maps: Vec<Option<Vec<usize>>> = given
        .shapes
        .iter()
        .map(|shape| {
            if shape.size() == given.output_shape.size() || shape.size() == 1 {
                None
            } else {
                super::index_map::index_map(&Primitive::BroadcastTo(given.output_shape), shape, &given.output_shape)
            }
        })
        .collect();
    let mut elements = vec![0.0; given.values.len()];
    let mut sources = vec![0; given.values.len()];
    for index in 0..given.output_shape.size() {
        for (operand, values) in given.values.iter().enumerate() {
            let source = match &maps[operand] {
                Some(map) => map[index],
                None if values.len() == 1 => 0,
                None => index,
            };
            sources[operand] = source;
            elements[operand] = values[source];
        }
        visit(index, &elements, &sources);
    }
}

fn elementwise(given: &Operands, value: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut output = vec![0.0; given.output_shape.size()];
    for_each_element(given, |index, elements, _| output[index] = value(elements));
    output
}

fn elementwise_gradient(
    given: &Operands,
    position: usize,
    output_gradient: &[f64],
    derivative: impl Fn(&[f64], usize) -> f64,
) -> Vec<f64> {
    let mut gradient = vec![0.0; given.values[position].len()];
    for_each_element(given, |index, elements, sources| {
        if output_gradient[index] != 0.0 {
            gradient[sources[position]] += output_gradient[index] * derivative(elements, index);
        }
    });
    gradient
}
