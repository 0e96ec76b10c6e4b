//! Backward steps that loops have many of: operations on numbers, and elements taken from an array.
//!
//! They keep a few numbers, where those of arrays (`step.rs`) keep shapes and arrays.

use super::super::Shape;
use super::super::backend::{Backend, Flat};
use super::super::elementwise::{Binary, Unary};
use super::super::primitive::Primitive;
use super::super::tape::{self, Place};
use super::host::Operands;
use super::{Operand, step};

/// An operation on one or two numbers, whose step is that of arrays with one element.
#[derive(Clone, Copy)]
enum OfNumbers {
    Unary(Unary),
    Binary(Binary),
}

/// Records a small step; `false` if the primitive has none.
pub(crate) fn push<D: Backend>(
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    (output, output_array, output_shape): (&Place<D>, &Flat<D>, Shape),
) -> bool {
    let are_numbers = output_shape.size() == 1 && shapes.iter().all(|shape| shape.size() == 1);
    match *primitive {
        Primitive::Unary(op) if are_numbers => push_numbers(OfNumbers::Unary(op), operands, (output, output_array)),
        Primitive::Binary(op) if are_numbers => push_numbers(OfNumbers::Binary(op), operands, (output, output_array)),
        Primitive::Slice { axis, start, .. } => {
            let (outer, _, inner) = shapes[0].around(axis);
            let Some(place) = operands[0].place().filter(|_| outer == 1) else { return false };
            push_run(place, start * inner, output.clone());
        }
        _ => return false,
    }
    true
}

fn push_numbers<D: Backend>(op: OfNumbers, operands: &[Operand<'_, D>], (output, output_array): (&Place<D>, &Flat<D>)) {
    let first = |array: &Flat<D>| {
        let mut number = [0.0];
        array.copy_into(&mut number);
        number[0]
    };
    let arity = operands.len();
    let numbers: [f64; 2] = std::array::from_fn(|position| match operands.get(position) {
        None => 0.0,
        Some(Operand::Number(number)) => *number,
        Some(Operand::Array { array, .. }) => first(array),
    });
    let places: [Option<Place<D>>; 2] = std::array::from_fn(|position| operands.get(position)?.place());
    let (output, output_number) = (output.clone(), first(output_array));
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        let mut scratch = std::mem::take(&mut store.scratch);
        let [values @ .., output_values] = &mut scratch;
        for (values, number) in values.iter_mut().chain([output_values]).zip(numbers.into_iter().chain([output_number]))
        {
            values.clear();
            values.push(number);
        }
        let [values @ .., output_values] = &scratch;
        let shapes = [Shape::SCALAR; 2];
        let given = Operands { values: &values[..arity], shapes: &shapes[..arity], output_shape: Shape::SCALAR };
        let primitive = match op {
            OfNumbers::Unary(op) => Primitive::Unary(op),
            OfNumbers::Binary(op) => Primitive::Binary(op),
        };
        for (position, place) in places.iter().enumerate() {
            if let Some(place) = place {
                D::modify(store, place, |gradient| {
                    step::backward(&primitive, &given, position, output_values, &output_gradient, gradient);
                })?;
            }
        }
        store.scratch = scratch;
        Ok(())
    });
}

/// Records the step of elements that follow each other from `start` on.
fn push_run<D: Backend>(place: Place<D>, start: usize, output: Place<D>) {
    tape::push(move |store| {
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        D::modify(store, &place, |gradient| {
            let run = &mut gradient[start..start + output_gradient.len()];
            run.iter_mut().zip(&output_gradient).for_each(|(slot, by_output)| *slot += by_output);
        })
    });
}
