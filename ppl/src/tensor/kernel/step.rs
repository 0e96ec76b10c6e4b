//! Backward steps of our own, computed on the host.
//!
//! dfdx has a backward kernel for each of its operations, and CUDA devices use them. On the CPU these steps take their
//! place: they spend nothing on constant operands, accept one tensor as both operands, use the derivatives that
//! `elementwise.rs` defines, and keep 0 · ∞ = NaN out of the gradient where an element does not count.

use dfdx::tensor::Gradients;

use super::super::backend::{Backend, Flat, device_error};
use super::super::elementwise::{Binary, Unary};
use super::super::primitive::Primitive;
use super::super::tape;
use super::host::Operands;
use super::index_map::index_map;
use super::{Operand, elementwise, linear_algebra, reduction};
use crate::Result;

/// A backward step, with what it needs of the forward pass.
pub(crate) struct Step<D: Backend> {
    primitive: Primitive,
    arrays: Vec<Option<Flat<D>>>,
    /// Which operands are being differentiated.
    tracked: Vec<usize>,
    given: Operands,
}

impl<D: Backend> Step<D> {
    /// The step of a primitive with these operands. Where `given` has no values, they are read when the step runs.
    pub(crate) fn new(primitive: &Primitive, operands: &[Operand<'_, D>], mut given: Operands) -> Self {
        let mut arrays = Vec::with_capacity(operands.len());
        for (operand, values) in operands.iter().zip(&mut given.values) {
            arrays.push(match operand {
                Operand::Array { array, .. } => Some((*array).clone()),
                Operand::Number(number) => {
                    *values = vec![*number];
                    None
                }
            });
        }
        Self {
            primitive: primitive.clone(),
            arrays,
            tracked: (0..operands.len()).filter(|&position| operands[position].node().is_some()).collect(),
            given,
        }
    }

    /// Records it on the thread's tape. The output's elements, too, are read when the step runs, if not known now.
    pub(crate) fn push(mut self, output: &Flat<D>, output_values: Option<Vec<f64>>) {
        let output = output.clone();
        tape::push(move |store| {
            let gradients = D::gradients(store);
            let device = output.device();
            let slot = gradients.get_or_alloc_mut(&output).map_err(|error| device_error::<D>(&error))?;
            let output_gradient = device.take(slot)?;
            let (reads_operands, reads_output) = reads(&self.primitive);
            let output_values = match output_values {
                Some(values) => values,
                None if reads_output => device.download(&output),
                None => Vec::new(),
            };
            if reads_operands {
                self.read_operands();
            }
            self.run(device, &output_values, output_gradient, gradients)
        });
    }

    fn read_operands(&mut self) {
        for (position, (values, array)) in self.given.values.iter_mut().zip(&self.arrays).enumerate() {
            // The gradient of a factor is a matter of the other one.
            let unread = self.primitive == Primitive::Binary(Binary::Mul) && self.tracked == [position];
            if let Some(array) = array
                && values.is_empty()
                && !unread
            {
                *values = array.device().download(array);
            }
        }
    }

    fn run(
        &self,
        device: &D,
        output: &[f64],
        output_gradient: Vec<f64>,
        gradients: &mut Gradients<f64, D>,
    ) -> Result<()> {
        if self.primitive == Primitive::MatMul {
            return self.run_matmul(device, output_gradient, gradients);
        }
        for &position in &self.tracked {
            self.add_to(gradients, position, |gradient| {
                backward(&self.primitive, &self.given, position, output, &output_gradient, gradient);
            })?;
        }
        Ok(())
    }

    /// Ā = C̄ Bᵀ and B̄ = Aᵀ C̄, summed over the batch axes along which an operand was broadcast.
    fn run_matmul(&self, device: &D, output_gradient: Vec<f64>, gradients: &mut Gradients<f64, D>) -> Result<()> {
        let Operands { shapes, output_shape, .. } = &self.given;
        let output_gradient = device.upload(output_gradient)?;
        let [Some(left), Some(right)] = self.arrays.as_slice() else { unreachable!("matrices are arrays") };
        for &position in &self.tracked {
            let by_operand = super::dfdx::matmul_gradient(
                device,
                (left, &shapes[0]),
                (right, &shapes[1]),
                (&output_gradient, output_shape),
                position,
            )?;
            let by_operand = device.download(&by_operand);
            let (batch, _) = output_shape.split_event(2);
            let (_, matrix) = shapes[position].split_event(2);
            let map =
                index_map(&Primitive::BroadcastTo(batch.concat(&matrix)), &shapes[position], &batch.concat(&matrix));
            self.add_to(gradients, position, |gradient| scatter(&map.unwrap_or_default(), &by_operand, gradient))?;
        }
        Ok(())
    }

    fn add_to(&self, gradients: &mut Gradients<f64, D>, position: usize, add: impl FnOnce(&mut [f64])) -> Result<()> {
        let Some(array) = &self.arrays[position] else { unreachable!("numbers are not differentiated") };
        let slot = gradients.get_or_alloc_mut(array).map_err(|error| device_error::<D>(&error))?;
        array.device().modify(slot, add)
    }
}

/// Whether the derivative is made of the operands' elements, and of the output's.
fn reads(primitive: &Primitive) -> (bool, bool) {
    match primitive {
        Primitive::Unary(Unary::Exp | Unary::Sqrt | Unary::Recip | Unary::Tanh) => (false, true),
        Primitive::Unary(Unary::Ln | Unary::Square | Unary::Abs | Unary::Sin | Unary::Cos | Unary::Pow(_))
        | Primitive::Binary(Binary::Mul) => (true, false),
        Primitive::Unary(Unary::Neg) | Primitive::Binary(Binary::Add | Binary::Sub) => (false, false),
        Primitive::Unary(_) | Primitive::Binary(_) => (true, true),
        // Linear maps; and the primitives computed on the host bring their values along.
        _ => (false, false),
    }
}

/// Adds to the gradient by operand number `position`, given the gradient by the output.
fn backward(
    primitive: &Primitive,
    given: &Operands,
    position: usize,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let shape = &given.shapes[position];
    let around = |axis: usize| shape.around(axis);
    let x = given.values.get(position).map_or([].as_slice(), Vec::as_slice);
    match primitive {
        Primitive::Unary(op) => elementwise::unary_gradient(*op, x, output, output_gradient, gradient),
        Primitive::Binary(op) => elementwise::binary_gradient(*op, given, position, output, output_gradient, gradient),
        Primitive::Select => elementwise::select_gradient(given, position, output_gradient, gradient),
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
        Primitive::Concat { axis } => reduction::concat_gradient(*axis, given, position, output_gradient, gradient),
        Primitive::Sum { axis } => reduction::sum_gradient(around(*axis), output_gradient, gradient),
        Primitive::Max { axis } | Primitive::Min { axis } => {
            reduction::extremum_gradient(x, around(*axis), output, output_gradient, gradient);
        }
        Primitive::LogSumExp { axis } => {
            reduction::logsumexp_gradient(x, around(*axis), output, output_gradient, gradient);
        }
        Primitive::CumSum { axis } => reduction::cumsum_gradient(around(*axis), output_gradient, gradient),
        Primitive::MatMul => unreachable!("`run_matmul` computes it by dfdx"),
        Primitive::Cholesky => linear_algebra::cholesky_gradient(given, output, output_gradient, gradient),
        Primitive::TriangularSolve { lower, transpose } => {
            let modes = (*lower, *transpose);
            linear_algebra::triangular_solve_gradient(given, modes, position, output, output_gradient, gradient);
        }
        Primitive::LogAbsDeterminant => {
            linear_algebra::log_abs_determinant_gradient(given, output_gradient, gradient);
        }
    }
}

/// Adds each element of the output's gradient to the place that the element came from.
fn scatter(map: &[usize], output_gradient: &[f64], gradient: &mut [f64]) {
    for (&place, &by_output) in map.iter().zip(output_gradient) {
        gradient[place] += by_output;
    }
}
