//! Backward steps of our own, computed on the host.
//!
//! dfdx has a backward kernel for each of its operations, and CUDA devices use them. On the CPU these steps take their
//! place: they spend nothing on constant operands, accept one tensor as both operands, use the derivatives that
//! `elementwise.rs` defines, and keep 0 · ∞ = NaN out of the gradient where an element does not count.

use super::super::Shape;
use super::super::backend::{Backend, Flat};
use super::super::elementwise::{Binary, Unary};
use super::super::primitive::Primitive;
use super::super::sparse::{self, SparseFunction};
use super::super::tape::{self, GradientStore, Place};
use super::host::Operands;
use super::index_map::index_map;
use super::{Operand, dfdx, elementwise, linear_algebra, reduction, small_step};
use crate::Result;

/// Records the step of a primitive that was computed on the host, whose operands and output are there already.
pub(crate) fn push_with_values<D: Backend>(
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    (values, shapes): (Vec<Vec<f64>>, &[Shape]),
    (output, output_values, output_shape): (Place<D>, Vec<f64>, Shape),
) {
    let primitive = primitive.clone();
    let shapes = shapes.to_vec();
    let tracked: Vec<(usize, Place<D>)> =
        operands.iter().enumerate().filter_map(|(position, operand)| Some((position, operand.place()?))).collect();
    if let Primitive::Concat { axis } = primitive {
        drop(values);
        push_concat(axis, tracked, shapes, (output, output_shape));
        return;
    }
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        let given = Operands { values: &values, shapes: &shapes, output_shape };
        for (position, place) in &tracked {
            D::modify(store, place, |gradient| {
                backward(&primitive, &given, *position, &output_values, &output_gradient, gradient);
            })?;
        }
        store.give_back(output_gradient);
        Ok(())
    });
}

/// Records the step of arrays that are joined along an axis: in one walk over them, which may be as many as a loop has
/// iterations, and without their elements.
fn push_concat<D: Backend>(
    axis: usize,
    tracked: Vec<(usize, Place<D>)>,
    shapes: Vec<Shape>,
    (output, output_shape): (Place<D>, Shape),
) {
    tape::push(move |store| {
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        let mut tracked = tracked.iter().peekable();
        let mut before = 0;
        for (position, shape) in shapes.iter().enumerate() {
            if let Some((_, place)) = tracked.next_if(|(own, _)| *own == position) {
                let part = (before, shape[axis]);
                D::modify(store, place, |gradient| {
                    reduction::concat_gradient(output_shape.around(axis), part, &output_gradient, gradient);
                })?;
            }
            before += shape[axis];
        }
        Ok(())
    });
}

/// Records the step of a primitive of one or two operands that dfdx computed; what it needs of their elements is read
/// when it runs.
pub(crate) fn push<D: Backend>(
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    (output, output_array, output_shape): (Place<D>, &Flat<D>, Shape),
) {
    if small_step::push(primitive, operands, shapes, (&output, output_array, output_shape)) {
        return;
    }
    let primitive = primitive.clone();
    let (reads_operands, reads_output) = reads(&primitive);
    let output_array = reads_output.then(|| output_array.clone());
    let arity = operands.len();
    let shapes: [Shape; 2] = std::array::from_fn(|position| shapes[position.min(arity - 1)]);
    let places: [Option<Place<D>>; 2] = std::array::from_fn(|position| operands.get(position)?.place());
    // The gradient by a factor is made of the other one alone.
    let is_read = |position: usize| {
        reads_operands
            && match primitive {
                Primitive::Binary(Binary::Mul) | Primitive::MatMul => places[1 - position].is_some(),
                _ => true,
            }
    };
    let sources: [Option<Input<D>>; 2] = std::array::from_fn(|position| match operands.get(position)? {
        Operand::Number(number) => Some(Input::Number(*number)),
        Operand::Array { array, .. } => is_read(position).then(|| Input::Array((*array).clone())),
    });
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        if primitive == Primitive::MatMul {
            return matmul(store, &sources, &places, &shapes, output_gradient, output_shape);
        }
        let mut scratch = std::mem::take(&mut store.scratch);
        let [values @ .., output_values] = &mut scratch;
        for (values, source) in values.iter_mut().zip(&sources) {
            read(source.as_ref(), values);
        }
        output_values.clear();
        if let Some(array) = &output_array {
            array.device().download_into(array, output_values);
        }
        let given = Operands { values: &values[..arity], shapes: &shapes[..arity], output_shape };
        for (position, place) in places.iter().enumerate() {
            if let Some(place) = place {
                D::modify(store, place, |gradient| {
                    backward(&primitive, &given, position, output_values, &output_gradient, gradient);
                })?;
            }
        }
        store.scratch = scratch;
        store.give_back(output_gradient);
        Ok(())
    });
}

/// An operand's elements, for as long as its step may need them.
enum Input<D: Backend> {
    Number(f64),
    Array(Flat<D>),
}

/// Copies an operand's elements to the host; none if the step does not need them.
fn read<D: Backend>(source: Option<&Input<D>>, values: &mut Vec<f64>) {
    values.clear();
    match source {
        None => {}
        Some(Input::Number(number)) => values.push(*number),
        Some(Input::Array(array)) => array.device().download_into(array, values),
    }
}

/// Whether the derivative is made of the operands' elements, and of the output's.
fn reads(primitive: &Primitive) -> (bool, bool) {
    match primitive {
        Primitive::Unary(Unary::Exp | Unary::Sqrt | Unary::Recip | Unary::Tanh) => (false, true),
        Primitive::Unary(Unary::Ln | Unary::Square | Unary::Abs | Unary::Sin | Unary::Cos | Unary::Pow(_))
        | Primitive::Binary(Binary::Mul)
        | Primitive::MatMul => (true, false),
        Primitive::Unary(Unary::Neg) | Primitive::Binary(Binary::Add | Binary::Sub) => (false, false),
        Primitive::Unary(_) | Primitive::Binary(_) => (true, true),
        // Sums and movements of elements.
        _ => (false, false),
    }
}

/// Adds to the gradient by operand number `position`, given the gradient by the output.
pub(crate) fn backward(
    primitive: &Primitive,
    given: &Operands<'_>,
    position: usize,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let shape = &given.shapes[position];
    let around = |axis: usize| shape.around(axis);
    let x = given.values[position].as_slice();
    match primitive {
        Primitive::Gather { axis, indices } if is_of_elements(shape, *axis) => {
            scatter(indices, output_gradient, gradient);
        }
        Primitive::Unary(op) => elementwise::unary_gradient(*op, x, output, output_gradient, gradient),
        Primitive::Binary(op) => elementwise::binary_gradient(*op, given, position, output, output_gradient, gradient),
        Primitive::Select => elementwise::select_gradient(given, position, output_gradient, gradient),
        Primitive::Cumulative(function) => {
            elementwise::cumulative_gradient(*function, given, position, output_gradient, gradient);
        }
        Primitive::Compare(_) => {}
        Primitive::Reshape(_)
        | Primitive::BroadcastTo(_)
        | Primitive::Permute(_)
        | Primitive::Slice { .. }
        | Primitive::Gather { .. }
        | Primitive::Flip { .. }
        | Primitive::Diagonal => {
            let map = index_map(primitive, shape, &given.output_shape);
            scatter(&map.unwrap_or_default(), output_gradient, gradient);
        }
        Primitive::Sum { axis } => reduction::sum_gradient(around(*axis), output_gradient, gradient),
        Primitive::Max { axis } | Primitive::Min { axis } => {
            reduction::extremum_gradient(x, around(*axis), output, output_gradient, gradient);
        }
        Primitive::LogSumExp { axis } => {
            reduction::logsumexp_gradient(x, around(*axis), output, output_gradient, gradient);
        }
        Primitive::CumSum { axis } => reduction::cumsum_gradient(around(*axis), output_gradient, gradient),
        Primitive::Concat { .. } => unreachable!("`push_concat` walks over all operands"),
        Primitive::MatMul => unreachable!("`matmul` computes it by dfdx"),
        Primitive::Cholesky => linear_algebra::cholesky_of_gradient(given, output, output_gradient, gradient),
        Primitive::TriangularSolve { lower, transpose } => {
            let modes = (*lower, *transpose);
            linear_algebra::triangular_solve_of_gradient(given, modes, position, output, output_gradient, gradient);
        }
        Primitive::LogAbsDeterminant => {
            linear_algebra::log_abs_determinant_of_gradient(given, output_gradient, gradient);
        }
        Primitive::InverseTranspose => {
            linear_algebra::inverse_transpose_of_gradient(given, output, output_gradient, gradient);
        }
        Primitive::Transform(transform) => {
            let mut transposed = vec![0.0; output_gradient.len()];
            transform.inverse().run(output_gradient, &mut transposed);
            gradient.iter_mut().zip(&transposed).for_each(|(slot, by_input)| *slot += by_input);
        }
        Primitive::SparseFactor(pattern) => {
            let by_output = (output, output_gradient);
            sparse::function_of_gradient(SparseFunction::Factor, pattern, given, by_output, gradient);
        }
        Primitive::SparseInverse(pattern) => {
            let by_output = (output, output_gradient);
            sparse::function_of_gradient(SparseFunction::Inverse, pattern, given, by_output, gradient);
        }
        Primitive::SparseSolve { pattern, transpose } => {
            let by_output = (output, output_gradient);
            sparse::solve_of_gradient(pattern, *transpose, given, position, by_output, gradient);
        }
    }
}

/// Whether the places of an axis are elements one by one.
pub(crate) fn is_of_elements(shape: &Shape, axis: usize) -> bool {
    let (outer, _, inner) = shape.around(axis);
    (outer, inner) == (1, 1)
}

/// Adds each element of the output's gradient to the place that the element came from.
fn scatter(map: &[usize], output_gradient: &[f64], gradient: &mut [f64]) {
    for (&place, &by_output) in map.iter().zip(output_gradient) {
        gradient[place] += by_output;
    }
}

/// Ā = C̄ Bᵀ and B̄ = Aᵀ C̄, by dfdx, then summed over the batch axes along which an operand was broadcast.
fn matmul<D: Backend>(
    store: &mut GradientStore,
    sources: &[Option<Input<D>>; 2],
    places: &[Option<Place<D>>; 2],
    shapes: &[Shape; 2],
    output_gradient: Vec<f64>,
    output_shape: Shape,
) -> Result<()> {
    let (batch, _) = output_shape.split_event(2);
    let mut output_gradient = Some(output_gradient);
    let mut uploaded = None;
    for (position, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let Some(Input::Array(other)) = &sources[1 - position] else { unreachable!("a factor is an array") };
        let device = other.device();
        if let Some(values) = output_gradient.take() {
            uploaded = Some(device.upload(values)?);
        }
        let Some(by_output) = uploaded.clone() else { unreachable!("uploaded for the first operand") };
        let other = (other.clone(), &shapes[1 - position]);
        let product = dfdx::matmul_gradient(device, position, other, (by_output, &output_shape))?;
        let by_operand = device.download(&product);
        let (_, matrix) = shapes[position].split_event(2);
        let broadcast = batch.concat(&matrix);
        D::modify(store, place, |gradient| {
            if broadcast.size() == shapes[position].size() {
                gradient.iter_mut().zip(&by_operand).for_each(|(slot, by_operand)| *slot += by_operand);
            } else {
                let map = index_map(&Primitive::BroadcastTo(broadcast), &shapes[position], &broadcast);
                scatter(&map.unwrap_or_default(), &by_operand, gradient);
            }
        })?;
    }
    Ok(())
}
