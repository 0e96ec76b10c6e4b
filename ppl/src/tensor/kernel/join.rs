//! Joining tensors of which the elements of one follow those of the other: as many as a loop has iterations, most of them
//! scalars. They are read where they are, and the backward step keeps two numbers of each.

use super::super::backend::{Backend, cpu};
use super::super::tape::{self, Node, Place, new_node};
use super::super::{Shape, Tensor, Value};
use crate::Result;

/// A part of what is joined: its number on the tape, or 0 for a constant, and its number of elements.
struct Part {
    number: u64,
    size: usize,
}

/// Joins tensors on the CPU, one after the other; the output, of this shape, is not empty.
pub(in super::super) fn join(inputs: &[&Tensor], shape: Shape) -> Result<Tensor> {
    let mut elements = vec![0.0; shape.size()];
    let mut rest = elements.as_mut_slice();
    for input in inputs.iter().filter(|input| input.size() > 0) {
        let (own, later) = rest.split_at_mut(input.size());
        input.copy_into(own);
        rest = later;
    }
    let is_tracked = inputs.iter().any(|input| input.active_node().is_some());
    let Some(node) = is_tracked.then(new_node).flatten() else { return Ok(Tensor::from_parts(elements, shape)) };
    let part = |input: &&Tensor| Part { number: input.active_node().map_or(0, Node::number), size: input.size() };
    let parts: Vec<Part> = inputs.iter().map(part).collect();
    let array = cpu().upload(elements)?;
    let output = Place::new(&array, node);
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(by_output) = store.take(&output) else { return Ok(()) };
        let mut rest = by_output.as_slice();
        for Part { number, size } in parts {
            let (own, later) = rest.split_at(size);
            rest = later;
            if number != 0 && size > 0 {
                store.elements(number, size).iter_mut().zip(own).for_each(|(slot, by_output)| *slot += by_output);
            }
        }
        Ok(())
    });
    Ok(Tensor { shape, value: Value::Cpu(array), node: Some(node), origin: None })
}
