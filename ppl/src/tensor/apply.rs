//! The door: every operation on tensors goes through [`apply`].

use dfdx::tensor::{Cpu, NoneTape, PutTape, SplitTape, Tensorlike};

use super::backend::{self, Backend, Flat};
use super::kernel::{self, Operand};
use super::primitive::Primitive;
use super::tape::{TapeId, ThreadTape};
use super::{Shape, Tensor, Value};
use crate::Result;

/// Applies a primitive: checks the shapes, evaluates, and records the step if an input is being differentiated.
pub(crate) fn apply(primitive: &Primitive, inputs: &[&Tensor]) -> Result<Tensor> {
    let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
    let shape = primitive.output_shape(&shapes)?;

    if shape.rank() == 0
        && let Some(number) = evaluate_numbers(primitive, inputs)
    {
        return Ok(Tensor::scalar(number));
    }
    if let (Primitive::Reshape(_), [input]) = (primitive, inputs) {
        return reshape(input, shape);
    }

    #[cfg(feature = "cuda")]
    if let Some(device) = inputs.iter().find_map(|input| match &input.value {
        Value::Cuda(array) => Some(array.device().clone()),
        Value::Number(_) | Value::Cpu(_) => None,
    }) {
        let moved = inputs.iter().map(|input| input.to_cuda_unless_number(&device)).collect::<Result<Vec<_>>>()?;
        let arrays: Vec<Operand<'_, dfdx::tensor::Cuda>> = moved
            .iter()
            .map(|input| match &input.value {
                Value::Number(number) => Operand::Number(*number),
                Value::Cuda(array) => Operand::Array { array, tracked: input.is_tracked() },
                Value::Cpu(_) => unreachable!("moved to the device above"),
            })
            .collect();
        let (array, tape) = run(&device, primitive, &arrays, &shapes, shape)?;
        return Ok(Tensor { shape, value: Value::Cuda(array), tape });
    }

    let arrays: Vec<Operand<'_, Cpu>> = inputs
        .iter()
        .map(|input| match &input.value {
            Value::Number(number) => Operand::Number(*number),
            Value::Cpu(array) => Operand::Array { array, tracked: input.is_tracked() },
            #[cfg(feature = "cuda")]
            Value::Cuda(_) => unreachable!("operations with an operand on a CUDA device were dealt with above"),
        })
        .collect();
    let (array, tape) = run(&backend::cpu(), primitive, &arrays, &shapes, shape)?;
    Ok(from_cpu(array, shape, tape))
}

/// Elementwise primitives of plain numbers stay plain numbers.
fn evaluate_numbers(primitive: &Primitive, inputs: &[&Tensor]) -> Option<f64> {
    let number = |position: usize| match inputs[position].value {
        Value::Number(number) => Some(number),
        _ => None,
    };
    match primitive {
        Primitive::Unary(unary) => Some(unary.value(number(0)?)),
        Primitive::Binary(binary) => Some(binary.value(number(0)?, number(1)?)),
        Primitive::Compare(comparison) => Some(comparison.value(number(0)?, number(1)?)),
        Primitive::Select => {
            let (condition, if_true, if_false) = (number(0)?, number(1)?, number(2)?);
            Some(if condition == 0.0 { if_false } else { if_true })
        }
        Primitive::Reshape(_) | Primitive::BroadcastTo(_) | Primitive::Permute(_) => number(0),
        _ => None,
    }
}

/// Arrays are held flat, so a new shape is only a new label.
fn reshape(input: &Tensor, shape: Shape) -> Result<Tensor> {
    match &input.value {
        Value::Number(number) => Ok(Tensor::from_parts(vec![*number], shape)),
        Value::Cpu(array) => Ok(from_cpu(array.clone(), shape, input.tape)),
        #[cfg(feature = "cuda")]
        Value::Cuda(_) => Ok(Tensor { shape, ..input.clone() }),
    }
}

/// A scalar that is not being differentiated becomes a plain number.
fn from_cpu(array: Flat<Cpu>, shape: Shape, tape: Option<TapeId>) -> Tensor {
    let value = if tape.is_none() && shape.rank() == 0 {
        let mut number = [0.0];
        array.copy_into(&mut number);
        Value::Number(number[0])
    } else {
        Value::Cpu(array)
    };
    Tensor { shape, value, tape }
}

/// Runs a primitive on one device, with or without the thread's tape.
fn run<D: Backend>(
    device: &D,
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    shape: Shape,
) -> Result<(Flat<D>, Option<TapeId>)> {
    let tracked = operands.iter().any(|operand| matches!(operand, Operand::Array { tracked: true, .. }));
    if !kernel::is_dfdx(primitive) {
        let array = kernel::host::run(device, primitive, operands, shapes, shape)?;
        return Ok((array, if tracked { super::tape::active() } else { None }));
    }
    if !tracked {
        let inputs = operands.iter().map(Operand::cloned::<NoneTape>).collect();
        return Ok((kernel::dfdx::run(device, primitive, inputs, shapes, shape)?, None));
    }
    let mut inputs: Vec<kernel::Input<D, ThreadTape>> = operands.iter().map(Operand::cloned).collect();
    give_each_its_identity(&mut inputs)?;
    let (array, _) = kernel::dfdx::run(device, primitive, inputs, shapes, shape)?.split_tape();
    Ok((array, super::tape::active()))
}

/// dfdx panics in the backward pass of a binary operation whose operands are the same tensor (`x * x`): here, and only
/// here, the later one is made a copy of its own, through which the gradient flows on to the original.
fn give_each_its_identity<D: Backend>(inputs: &mut [kernel::Input<D, ThreadTape>]) -> Result<()> {
    for position in 1..inputs.len() {
        let (earlier, rest) = inputs.split_at_mut(position);
        let kernel::Input::Array(array) = &mut rest[0] else { continue };
        let shared = earlier.iter().any(|other| matches!(other, kernel::Input::Array(other) if other.id() == array.id()));
        if shared {
            *array = kernel::dfdx::copy(array.clone())?;
        }
    }
    Ok(())
}

impl<D: Backend> Operand<'_, D> {
    /// The operand as dfdx wants it: by value, with a tape in its type.
    fn cloned<T: Default>(&self) -> kernel::Input<D, T> {
        match self {
            Self::Number(number) => kernel::Input::Number(*number),
            Self::Array { array, .. } => kernel::Input::Array((*array).clone().put_tape(T::default())),
        }
    }
}

impl Tensor {
    #[cfg(feature = "cuda")]
    fn to_cuda_unless_number(&self, device: &dfdx::tensor::Cuda) -> Result<Self> {
        match &self.value {
            Value::Number(_) => Ok(self.clone()),
            _ => self.to_cuda(device),
        }
    }

    /// A unary elementwise primitive: cannot fail but for memory.
    #[track_caller]
    pub(crate) fn unary(&self, unary: super::elementwise::Unary) -> Self {
        super::or_panic(apply(&Primitive::Unary(unary), &[self]))
    }
}
