//! Backward steps of arrays of one element, and of elements taken from an array. Those of scalars that are no arrays are in
//! `number_step.rs`.
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
        Primitive::Unary(_) | Primitive::Binary(_) if are_numbers => {
            let numbers = std::array::from_fn(|position| match operands.get(position) {
                None => 0.0,
                Some(Operand::Number(number)) => *number,
                Some(Operand::Array { array, .. }) => first(array),
            });
            let places = std::array::from_fn(|position| operands.get(position)?.place());
            push_numbers(primitive, numbers, places, (output.clone(), first(output_array)));
        }
        Primitive::Slice { axis, start, .. } => {
            let (outer, _, inner) = shapes[0].around(axis);
            let Some(place) = operands[0].place().filter(|_| outer == 1) else { return false };
            push_run(place, start * inner, output.clone());
        }
        _ => return false,
    }
    true
}

fn first<D: Backend>(array: &Flat<D>) -> f64 {
    let mut number = [0.0];
    array.copy_into(&mut number);
    number[0]
}

/// Records the step of a unary or a binary primitive of numbers.
fn push_numbers<D: Backend>(
    primitive: &Primitive,
    numbers: [f64; 2],
    places: [Option<Place<D>>; 2],
    (output, output_number): (Place<D>, f64),
) {
    let (op, arity) = match *primitive {
        Primitive::Unary(op) => (OfNumbers::Unary(op), 1),
        Primitive::Binary(op) => (OfNumbers::Binary(op), 2),
        _ => unreachable!("{primitive:?} is neither unary nor binary"),
    };
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(output_gradient) = D::take_number(store, &output)? else { return Ok(()) };
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
                    step::backward(&primitive, &given, position, output_values, &[output_gradient], gradient);
                })?;
            }
        }
        store.scratch = scratch;
        Ok(())
    });
}

/// Records the step of elements that follow each other from `start` on.
fn push_run<D: Backend>(place: Place<D>, start: usize, output: Place<D>) {
    if output.size() == 1 {
        tape::push(move |store| {
            let Some(output_gradient) = D::take_number(store, &output)? else { return Ok(()) };
            D::modify(store, &place, |gradient| gradient[start] += output_gradient)
        });
        return;
    }
    tape::push(move |store| {
        let Some(output_gradient) = D::take(store, &output)? else { return Ok(()) };
        D::modify(store, &place, |gradient| {
            let run = &mut gradient[start..start + output_gradient.len()];
            run.iter_mut().zip(&output_gradient).for_each(|(slot, by_output)| *slot += by_output);
        })
    });
}
