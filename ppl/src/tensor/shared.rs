//! Large matrices of data, which the programs of models share.
//!
//! dfdx does not lend the elements of its arrays, so that whatever else works on them needs a copy. A design matrix may be
//! most of what a process holds: its elements are kept once, and read where they are by recorded programs, by products of
//! matrices, and by what takes elements or sums of it. For any other operation they are copied into a dfdx array, as
//! long as the operation needs it.

use std::sync::Arc;

use dfdx::tensor::Cpu;

use super::apply::evaluate;
use super::backend::{Backend, cpu};
use super::kernel::index_map::index_map;
use super::kernel::linear_algebra::matmul;
use super::kernel::reduction;
use super::primitive::Primitive;
use super::tape::{self, Place, new_node};
use super::{Shape, Tensor, Value};
use crate::Result;

/// Elements from which on a matrix is held so: a megabyte.
pub(crate) const LARGE: usize = 1 << 17;

/// Whether data of this shape are held so.
pub(super) fn is_large_matrix(shape: Shape) -> bool {
    shape.rank() == 2 && shape.size() >= LARGE
}

impl Tensor {
    /// Whether the elements are shared, in double precision or in single.
    pub(super) fn is_large_data(&self) -> bool {
        matches!(self.value, Value::Shared(_) | Value::Single(_))
    }

    /// The elements, if they are shared in double precision.
    pub(super) fn as_shared(&self) -> Option<&Arc<Vec<f64>>> {
        match &self.value {
            Value::Shared(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements where they are shared, by a copy if need be.
    pub(crate) fn to_shared(&self) -> Arc<Vec<f64>> {
        self.as_shared().map_or_else(|| Arc::new(self.elements()), Arc::clone)
    }

    /// The same elements, and the same place on the tape, in an array of dfdx's.
    pub(super) fn in_array(&self) -> Result<Self> {
        match &self.value {
            Value::Shared(_) | Value::Single(_) | Value::Number(_) => {
                Ok(Self { value: Value::Cpu(cpu().upload(self.elements())?), ..self.clone() })
            }
            _ => Ok(self.clone()),
        }
    }
}

/// Evaluates a primitive of which an operand is shared; the output, of this shape, is not empty.
pub(super) fn evaluate_shared(
    primitive: &Primitive,
    inputs: &[&Tensor],
    shapes: &[Shape],
    shape: Shape,
) -> Result<Tensor> {
    let new = |elements| Ok(Tensor::from_parts(elements, shape));
    match (primitive, inputs) {
        (Primitive::Sum { axis }, [input]) if let Some(elements) = input.as_shared() => {
            return new(reduction::sum(elements, shapes[0].around(*axis)));
        }
        (Primitive::MatMul, [left, right]) if shape.rank() == 2 && !tape::is_dfdx_preferred() => {
            return product([left, right], shapes, shape);
        }
        (movement, [input]) if let Some(elements) = input.as_shared() => {
            if let Some(map) = index_map(movement, &shapes[0], &shape) {
                return new(map.into_iter().map(|place| elements[place]).collect());
            }
        }
        _ => {}
    }
    let arrays = inputs.iter().map(|input| input.in_array()).collect::<Result<Vec<_>>>()?;
    evaluate(primitive, &arrays.iter().collect::<Vec<_>>(), shapes)
}

/// The product of two matrices, of which at least one is shared and a constant.
fn product(inputs: [&Tensor; 2], shapes: &[Shape], shape: Shape) -> Result<Tensor> {
    let (rows, inner, columns) = (shapes[0][0], shapes[0][1], shapes[1][1]);
    let [left, right] = inputs.map(Tensor::to_shared);
    let mut output = vec![0.0; rows * columns];
    matmul(&left, &right, (rows, inner, columns), (false, false), &mut output);
    let tracked = inputs.iter().enumerate().find_map(|(position, input)| {
        let node = input.active_node()?;
        Some((
            position,
            match &input.value {
                Value::Cpu(array) => Place::new(array, node),
                // A matrix of one element.
                Value::Number(_) => Place::of_number(node),
                Value::Shared(_) | Value::Single(_) => unreachable!("what is shared is a constant"),
                #[cfg(feature = "cuda")]
                Value::Cuda(_) => unreachable!("an operation with an operand on a CUDA device runs there"),
            },
        ))
    });
    let (Some((position, place)), Some(node)) = (tracked, new_node()) else {
        return Ok(Tensor::from_parts(output, shape));
    };
    let array = cpu().upload(output)?;
    let output = Place::new(&array, node);
    let other = if position == 0 { right } else { left };
    tape::push(move |store| {
        // The result does not depend on an operation to whose output no gradient came.
        let Some(by_output) = Cpu::take(store, &output)? else { return Ok(()) };
        // Ā = C̄ Bᵀ and B̄ = Aᵀ C̄.
        let by_operand = if position == 0 {
            let mut by_left = vec![0.0; rows * inner];
            matmul(&by_output, &other, (rows, columns, inner), (false, true), &mut by_left);
            by_left
        } else {
            let mut by_right = vec![0.0; inner * columns];
            matmul(&other, &by_output, (inner, rows, columns), (true, false), &mut by_right);
            by_right
        };
        Cpu::modify(store, &place, |gradient| {
            gradient.iter_mut().zip(&by_operand).for_each(|(slot, by_operand)| *slot += by_operand);
        })
    });
    Ok(Tensor { shape, value: Value::Cpu(array), node: Some(node), origin: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    /// What an operation makes of a large matrix is what it makes of its elements.
    #[test]
    fn operations_on_large_matrices() {
        let (rows, columns) = (1400, 100);
        let values: Vec<f64> = (0..rows * columns).map(|place| (place as f64 * 0.37).sin()).collect();
        let matrix = Tensor::new(values.clone(), [rows, columns]).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a}, {b}");
        assert_eq!(matrix.to_vec(), values);
        assert_eq!(matrix.get(3).to_vec(), values[3 * columns..4 * columns]);
        assert_eq!(matrix.get(rows - 1).get(7).item(), values[(rows - 1) * columns + 7]);
        assert_eq!(matrix.transpose().get(2).get(5).item(), values[5 * columns + 2]);
        assert_eq!(matrix.reshape([columns, rows]).get(1).get(0).item(), values[rows]);
        assert_eq!((&matrix * 2.0 + 1.0).get(4).get(9).item(), values[4 * columns + 9] * 2.0 + 1.0);
        near(matrix.sum().item(), values.iter().sum());
        near(matrix.sum_axis(0).get(3).item(), values.iter().skip(3).step_by(columns).sum());
        near(matrix.max().item(), values.iter().fold(f64::MIN, |a, &b| a.max(b)));
        // From the left, with more than one row, and times itself.
        let left = Tensor::linspace(-1.0, 1.0, 2 * rows).reshape([2, rows]);
        let weighted = |row: usize, column: usize| {
            (0..rows).map(|k| left.get(row).get(k).item() * values[k * columns + column]).sum::<f64>()
        };
        let (value, gradient) = grad(|l| l[0].matmul(&matrix).get(1).get(4), std::slice::from_ref(&left)).unwrap();
        near(value, weighted(1, 4));
        assert_eq!(gradient[0].get(1).get(11).item(), values[11 * columns + 4]);
        assert_eq!(gradient[0].get(0).get(11).item(), 0.0);
        let square = matrix.transpose().matmul(&matrix);
        near(square.get(2).get(2).item(), values.iter().skip(2).step_by(columns).map(|x| x * x).sum());
    }

    /// Scalars and arrays beside a large matrix have the values and the gradients that they have beside the same matrix in
    /// an array of dfdx's, to the roundings of sums in another order.
    #[test]
    fn operands_beside_large_matrices_are_differentiated() {
        type Function = fn(&[Tensor], &Tensor) -> Tensor;
        let (rows, columns) = (2, LARGE / 2 + 1);
        let values: Vec<f64> = (0..rows * columns).map(|place| 1.5 + (place as f64 * 0.37).sin()).collect();
        let shared = Tensor::new(values, [rows, columns]).unwrap();
        let array = shared.in_array().unwrap();
        assert!(shared.as_shared().is_some() && array.as_shared().is_none());
        let functions: [(&str, Function); 15] = [
            ("plus", |x, m| (&x[0] + m).sin().mean()),
            ("minus", |x, m| (m - &x[0]).sin().mean()),
            ("times", |x, m| (m * &x[0]).mean()),
            ("divided", |x, m| (&x[0] / m).mean()),
            ("powers", |x, m| m.pow(&x[0]).mean()),
            ("where", |x, m| Tensor::select(m.greater(1.2), &x[0], m * x[1].get(1)).mean()),
            ("an array", |x, m| (m * x[1].unsqueeze(-1)).sin().mean()),
            ("matrix to the right", |x, m| x[1].matmul(m).mean()),
            ("row of a scalar", |x, m| x[0].reshape([1, 1]).matmul(m.reshape([1, m.size()])).sin().mean()),
            ("row of an element", |x, m| x[1].slice(0, 1..2).reshape([1, 1]).matmul(m.reshape([1, m.size()])).mean()),
            ("column of a scalar", |x, m| m.reshape([m.size(), 1]).matmul(x[0].reshape([1, 1])).sin().mean()),
            ("column of an element", |x, m| m.reshape([m.size(), 1]).matmul(x[1].slice(0, 0..1)).sin().mean()),
            ("an element of it", |x, m| m.get(1).get(3) * &x[0] + x[1].sum()),
            ("joined", |x, m| Tensor::concat(&[m.get(0).slice(0, 0..3), x[0].reshape(1)], 0).square().sum()),
            ("sums of it", |x, m| m.sum_axis(1).dot(&x[1]) * &x[0] / 1e5 + m.max() * &x[0]),
        ];
        let inputs = [Tensor::from(0.7), Tensor::from([0.4, -1.1])];
        for (name, function) in functions {
            let by_shared = grad(|x| function(x, &shared), &inputs).unwrap();
            let by_array = grad(|x| function(x, &array), &inputs).unwrap();
            let gradients =
                |(_, gradients): &(f64, Vec<Tensor>)| gradients.iter().flat_map(Tensor::to_vec).collect::<Vec<_>>();
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
            assert!(near(by_shared.0, by_array.0), "{name}: {}, {}", by_shared.0, by_array.0);
            let (got, expected) = (gradients(&by_shared), gradients(&by_array));
            assert!(got.iter().zip(&expected).all(|(&a, &b)| near(a, b)), "{name}: {got:?}, {expected:?}");
            assert!(expected.iter().any(|&slope| slope.abs() > 1e-3), "{name} depends on its operands");
        }
    }
}
