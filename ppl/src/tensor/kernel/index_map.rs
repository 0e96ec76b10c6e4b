//! Primitives that move elements: which input element each output element is.

use super::super::Shape;
use super::super::primitive::Primitive;

/// For each output element its index in the flat input, or `None` for primitives that do not merely move elements.
pub(crate) fn index_map(primitive: &Primitive, input: &Shape, output: &Shape) -> Option<Vec<usize>> {
    let strides = strides(input);
    match primitive {
        Primitive::BroadcastTo(_) => {
            let offset = output.rank() - input.rank();
            let mut steps = vec![0; output.rank()];
            for axis in 0..input.rank() {
                if input[axis] != 1 {
                    steps[offset + axis] = strides[axis];
                }
            }
            Some(walk(output, &steps))
        }
        Primitive::Permute(order) => {
            let steps: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
            Some(walk(output, &steps))
        }
        Primitive::Slice { axis, start, .. } => Some(along(input, *axis, output[*axis], |index| start + index)),
        Primitive::Gather { axis, indices } => Some(along(input, *axis, output[*axis], |index| indices[index])),
        Primitive::Flip { axis } => Some(along(input, *axis, output[*axis], |index| input[*axis] - 1 - index)),
        Primitive::Diagonal => {
            let mut steps = strides[..input.rank() - 1].to_vec();
            if let Some(last) = steps.last_mut() {
                *last += 1;
            }
            Some(walk(output, &steps))
        }
        _ => None,
    }
}

/// Row-major strides.
fn strides(shape: &Shape) -> Vec<usize> {
    let mut strides = vec![1; shape.rank()];
    for axis in (1..shape.rank()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The offsets that a walk over `shape` in row-major order visits, with these steps along its axes.
fn walk(shape: &Shape, steps: &[usize]) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(shape.size());
    let mut index = vec![0; shape.rank()];
    let mut offset = 0;
    for _ in 0..shape.size() {
        offsets.push(offset);
        for axis in (0..shape.rank()).rev() {
            index[axis] += 1;
            offset += steps[axis];
            if index[axis] < shape[axis] {
                break;
            }
            offset -= steps[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    offsets
}

/// Replaces one axis: its elements are taken from where `source` says.
fn along(input: &Shape, axis: usize, size: usize, source: impl Fn(usize) -> usize) -> Vec<usize> {
    let (outer, length, inner) = input.around(axis);
    let mut offsets = Vec::with_capacity(outer * size * inner);
    for block in 0..outer {
        for index in 0..size {
            let start = (block * length + source(index)) * inner;
            offsets.extend(start..start + inner);
        }
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_permute_and_diagonal() {
        let map = |primitive: Primitive, input: &[usize]| {
            let input = Shape::from(input);
            let output = primitive.output_shape(&[input]).unwrap();
            index_map(&primitive, &input, &output).unwrap()
        };
        assert_eq!(map(Primitive::BroadcastTo(Shape::from([2, 3])), &[2, 1]), [0, 0, 0, 1, 1, 1]);
        assert_eq!(map(Primitive::BroadcastTo(Shape::from([2, 3])), &[3]), [0, 1, 2, 0, 1, 2]);
        assert_eq!(map(Primitive::Permute(vec![1, 0]), &[2, 3]), [0, 3, 1, 4, 2, 5]);
        assert_eq!(map(Primitive::Diagonal, &[2, 2, 2]), [0, 3, 4, 7]);
        assert_eq!(map(Primitive::Slice { axis: 1, start: 1, end: 3 }, &[2, 3]), [1, 2, 4, 5]);
        assert_eq!(map(Primitive::Flip { axis: 0 }, &[3]), [2, 1, 0]);
    }
}
