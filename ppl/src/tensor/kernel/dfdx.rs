//! Primitives by dfdx's own kernels, generic over device and tape.

use dfdx::shapes::{Axes3, Axis, HasShape, Rank0, Shape as _};
use dfdx::tensor::{PutTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, GatherTo, PermuteTo, ReshapeTo, SumTo, TryAdd, TryDiv, TryMatMul, TryMul, TrySub};

use super::super::Shape;
use super::super::backend::{Backend, Flat, device_error};
use super::super::elementwise::{Binary, Unary};
use super::super::primitive::Primitive;
use super::index_map::index_map;
use super::{Input, Inputs};
use crate::Result;

/// Evaluates one of the primitives that `is_dfdx` names. The shapes have been checked, and no array is empty.
pub(crate) fn run<D: Backend, T: Tape<f64, D>>(
    device: &D,
    primitive: &Primitive,
    (first, second): Inputs<D, T>,
    shapes: &[Shape],
    output: Shape,
) -> Result<Flat<D, T>> {
    match (primitive, second) {
        (Primitive::Unary(op), _) => unary(*op, array(device, first)?),
        (Primitive::Binary(op), Some(second)) => {
            binary(device, *op, (first, &shapes[0]), (second, &shapes[1]), &output)
        }
        (Primitive::Sum { axis }, _) => sum(array(device, first)?, shapes[0].around(*axis)),
        (Primitive::MatMul, Some(second)) => {
            let (left, right) = (array(device, first)?, array(device, second)?);
            matmul(device, (left, &shapes[0]), (right, &shapes[1]), &output)
        }
        (_, _) if let Input::Number(number) = first => {
            Ok(device.upload(vec![number; output.size()])?.put_tape(T::default()))
        }
        (movement, _) => match index_map(movement, &shapes[0], &output) {
            Some(map) => gather(device, array(device, first)?, map),
            None => unreachable!("{movement:?} has no dfdx kernel"),
        },
    }
}

/// A tensor with an identity of its own, through which the gradient flows to the original.
pub(crate) fn copy<D: Backend, T: Tape<f64, D>>(input: Flat<D, T>) -> Result<Flat<D, T>> {
    input.try_add(0.0).map_err(|error| device_error::<D>(&error))
}

fn array<D: Backend, T: Tape<f64, D>>(device: &D, input: Input<D, T>) -> Result<Flat<D, T>> {
    match input {
        Input::Array(array) => Ok(array),
        Input::Number(number) => Ok(device.upload(vec![number])?.put_tape(T::default())),
    }
}

fn unary<D: Backend, T: Tape<f64, D>>(op: Unary, x: Flat<D, T>) -> Result<Flat<D, T>> {
    match op {
        Unary::Neg => x.try_negate(),
        Unary::Exp => x.try_exp(),
        Unary::Ln => x.try_ln(),
        Unary::Sqrt => x.try_sqrt(),
        Unary::Square => x.try_square(),
        Unary::Abs => x.try_abs(),
        Unary::Recip => x.try_recip(),
        Unary::Sin => x.try_sin(),
        Unary::Cos => x.try_cos(),
        Unary::Tanh => x.try_tanh(),
        Unary::Sigmoid => x.try_sigmoid(),
        // dfdx's derivative of x⁰ at 0 is 0 · ∞.
        Unary::Pow(0.0) => x.try_mul(0.0).and_then(|zero| zero.try_add(1.0)),
        Unary::Pow(exponent) => x.try_powf(exponent),
        _ => unreachable!("{op:?} has no dfdx kernel"),
    }
    .map_err(|error| device_error::<D>(&error))
}

fn binary<D: Backend, T: Tape<f64, D>>(
    device: &D,
    op: Binary,
    (left, left_shape): (Input<D, T>, &Shape),
    (right, right_shape): (Input<D, T>, &Shape),
    output: &Shape,
) -> Result<Flat<D, T>> {
    match (left, right) {
        // A number takes part as a constant of the kernel.
        (Input::Array(x), Input::Number(c)) if x_has_all(left_shape, output) => match op {
            Binary::Add => x.try_add(c),
            Binary::Sub => x.try_sub(c),
            Binary::Mul => x.try_mul(c),
            _ => x.try_div(c),
        }
        .map_err(|error| device_error::<D>(&error)),
        (Input::Number(c), Input::Array(x)) if x_has_all(right_shape, output) => match op {
            Binary::Add => x.try_add(c),
            Binary::Sub => x.try_negate().and_then(|minus| minus.try_add(c)),
            Binary::Mul => x.try_mul(c),
            // Not c · (1/x): that is rounded twice, and overflows sooner.
            _ => {
                let numerator = broadcast_one(array(device, Input::Number(c))?, output.size())?;
                numerator.try_div(x)
            }
        }
        .map_err(|error| device_error::<D>(&error)),
        (left, right) => {
            let left = expand(device, array(device, left)?, left_shape, output)?;
            let right = expand(device, array(device, right)?, right_shape, output)?;
            match op {
                Binary::Add => left.try_add(right),
                Binary::Sub => left.try_sub(right),
                Binary::Mul => left.try_mul(right),
                _ => left.try_div(right),
            }
            .map_err(|error| device_error::<D>(&error))
        }
    }
}

fn x_has_all(shape: &Shape, output: &Shape) -> bool {
    shape.size() == output.size()
}

/// Broadcasts an operand to the output's elements; one element by a stride of zero, the rest by copying.
fn expand<D: Backend, T: Tape<f64, D>>(
    device: &D,
    input: Flat<D, T>,
    shape: &Shape,
    output: &Shape,
) -> Result<Flat<D, T>> {
    if shape.size() == output.size() {
        return Ok(input);
    }
    if shape.size() == 1 {
        return broadcast_one(input, output.size());
    }
    match index_map(&Primitive::BroadcastTo(*output), shape, output) {
        Some(map) => gather(device, input, map),
        None => unreachable!("broadcasting moves elements"),
    }
}

/// One element seen `size` times, without a copy.
fn broadcast_one<D: Backend, T: Tape<f64, D>>(input: Flat<D, T>, size: usize) -> Result<Flat<D, T>> {
    input
        .try_reshape_like(&())
        .and_then(|scalar| scalar.try_broadcast_like::<(usize,), Axis<0>>(&(size,)))
        .map_err(|error| device_error::<D>(&error))
}

fn gather<D: Backend, T: Tape<f64, D>>(device: &D, input: Flat<D, T>, map: Vec<usize>) -> Result<Flat<D, T>> {
    let size = map.len();
    let indices = device.try_tensor_from_vec(map, (size,)).map_err(|error| device_error::<D>(&error))?;
    input.try_gather(indices).map_err(|error| device_error::<D>(&error))
}

fn sum<D: Backend, T: Tape<f64, D>>(
    input: Flat<D, T>,
    (outer, length, inner): (usize, usize, usize),
) -> Result<Flat<D, T>> {
    let summed = if outer == 1 && inner == 1 {
        input.try_sum::<Rank0, Axis<0>>().and_then(|sum| sum.try_reshape_like(&(1,)))
    } else {
        input
            .try_reshape_like(&(outer, length, inner))
            .and_then(|array| array.try_sum::<(usize, usize), Axis<1>>())
            .and_then(|sum| sum.try_reshape_like(&(outer * inner,)))
    };
    summed.map_err(|error| device_error::<D>(&error))
}

fn matmul<D: Backend, T: Tape<f64, D>>(
    device: &D,
    (left, left_shape): (Flat<D, T>, &Shape),
    (right, right_shape): (Flat<D, T>, &Shape),
    output: &Shape,
) -> Result<Flat<D, T>> {
    let (batch, matrix) = output.split_event(2);
    let (rows, columns) = (matrix[0], matrix[1]);
    let inner = left_shape[left_shape.rank() - 1];
    let product = if batch.size() == 1 {
        left.try_reshape_like(&(rows, inner))
            .and_then(|left| left.try_matmul(right.try_reshape_like(&(inner, columns))?))
            .and_then(|product| product.try_reshape_like(&(rows * columns,)))
    } else {
        let count = batch.size();
        let left = expand(device, left, left_shape, &batch.concat(&Shape::from([rows, inner])))?;
        let right = expand(device, right, right_shape, &batch.concat(&Shape::from([inner, columns])))?;
        left.try_reshape_like(&(count, rows, inner))
            .and_then(|left| left.try_matmul(right.try_reshape_like(&(count, inner, columns))?))
            .and_then(|product| product.try_reshape_like(&(count * rows * columns,)))
    };
    product.map_err(|error| device_error::<D>(&error))
}

/// C̄ Bᵀ for the left operand of a product C = A B, or Aᵀ C̄ for the right one, with the batch axes of the output.
pub(crate) fn matmul_gradient<D: Backend>(
    device: &D,
    position: usize,
    (other, other_shape): (Flat<D>, &Shape),
    (by_output, output): (Flat<D>, &Shape),
) -> Result<Flat<D>> {
    let (batch, matrix) = output.split_event(2);
    let (_, other_matrix) = other_shape.split_event(2);
    let count = batch.size();
    let by_output = by_output.try_reshape_like(&(count, matrix[0], matrix[1]));
    let transposed = expand(device, other, other_shape, &batch.concat(&other_matrix))?
        .try_reshape_like(&(count, other_matrix[0], other_matrix[1]))
        .and_then(|other| other.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>());
    let product = match (by_output, transposed) {
        (Ok(by_output), Ok(transposed)) if position == 0 => by_output.try_matmul(transposed),
        (Ok(by_output), Ok(transposed)) => transposed.try_matmul(by_output),
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    product
        .and_then(|product| {
            let size = product.shape().num_elements();
            product.try_reshape_like(&(size,))
        })
        .map_err(|error| device_error::<D>(&error))
}
