//! The door: every operation on tensors goes through [`apply`].

use dfdx::tensor::{Cpu, NoneTape, PutTape, SplitTape};

use super::backend::{self, Backend, Flat};
use super::kernel::host::Operands;
use super::kernel::step::Step;
use super::kernel::{self, Operand};
use super::primitive::Primitive;
use super::tape::{self, Node, ThreadTape, new_node};
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
    if let [input] = inputs
        && is_relabelling(primitive, input, shape)
    {
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
                Value::Cuda(array) => Operand::Array { array, node: input.active_node() },
                Value::Cpu(_) => unreachable!("moved to the device above"),
            })
            .collect();
        let (array, node) = run(&device, primitive, &arrays, &shapes, shape)?;
        return Ok(Tensor { shape, value: Value::Cuda(array), node });
    }

    let arrays: Vec<Operand<'_, Cpu>> = inputs
        .iter()
        .map(|input| match &input.value {
            Value::Number(number) => Operand::Number(*number),
            Value::Cpu(array) => Operand::Array { array, node: input.active_node() },
            #[cfg(feature = "cuda")]
            Value::Cuda(_) => unreachable!("operations with an operand on a CUDA device were dealt with above"),
        })
        .collect();
    let (array, node) = run(&backend::cpu(), primitive, &arrays, &shapes, shape)?;
    Ok(from_cpu(array, shape, node))
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

/// Whether the output has the input's elements in the same order: a reshape, or another movement of one element.
fn is_relabelling(primitive: &Primitive, input: &Tensor, shape: Shape) -> bool {
    match primitive {
        Primitive::Reshape(_) => true,
        Primitive::BroadcastTo(_)
        | Primitive::Permute(_)
        | Primitive::Slice { .. }
        | Primitive::Gather { .. }
        | Primitive::Flip { .. }
        | Primitive::Diagonal => input.size() == 1 && shape.size() == 1,
        _ => false,
    }
}

/// Arrays are held flat, so a new shape is only a new label.
fn reshape(input: &Tensor, shape: Shape) -> Result<Tensor> {
    match &input.value {
        Value::Number(number) => Ok(Tensor::from_parts(vec![*number], shape)),
        Value::Cpu(array) => Ok(from_cpu(array.clone(), shape, input.active_node())),
        #[cfg(feature = "cuda")]
        Value::Cuda(_) => Ok(Tensor { shape, ..input.clone() }),
    }
}

/// A scalar that is not being differentiated becomes a plain number.
fn from_cpu(array: Flat<Cpu>, shape: Shape, node: Option<Node>) -> Tensor {
    let value = if node.is_none() && shape.rank() == 0 {
        let mut number = [0.0];
        array.copy_into(&mut number);
        Value::Number(number[0])
    } else {
        Value::Cpu(array)
    };
    Tensor { shape, value, node }
}

/// Runs a primitive on one device, with or without the thread's tape.
fn run<D: Backend>(
    device: &D,
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    shape: Shape,
) -> Result<(Flat<D>, Option<Node>)> {
    let tracked = operands.iter().any(|operand| operand.node().is_some());
    if !kernel::is_dfdx(primitive) {
        let array = kernel::host::run(device, primitive, operands, shapes, shape)?;
        return Ok((array, if tracked { new_node() } else { None }));
    }
    if shapes.iter().chain([&shape]).any(|shape| shape.size() == 0) {
        // dfdx cannot walk an empty array. Of none, sums and products are 0, and there is nothing to differentiate.
        return Ok((device.upload(vec![0.0; shape.size()])?, None));
    }
    if !tracked {
        let inputs = operands.iter().map(Operand::to_input::<NoneTape>).collect();
        return Ok((kernel::dfdx::run(device, primitive, inputs, shapes, shape)?, None));
    }
    if D::OWN_STEPS && !tape::is_dfdx_preferred() {
        let inputs = operands.iter().map(Operand::to_input::<NoneTape>).collect();
        let array = kernel::dfdx::run(device, primitive, inputs, shapes, shape)?;
        let given = Operands { values: vec![Vec::new(); operands.len()], shapes: shapes.to_vec(), output_shape: shape };
        Step::new(primitive, operands, given).push(&array, None);
        return Ok((array, new_node()));
    }
    let inputs = with_identities_of_their_own(operands)?;
    let (array, _) = kernel::dfdx::run(device, primitive, inputs, shapes, shape)?.split_tape();
    Ok((array, new_node()))
}

/// The operands for dfdx's tape.
///
/// dfdx panics in the backward pass of a binary operation whose operands are the same tensor (`x * x`): here, and only
/// here, the later one is made a copy, through which the gradient flows on to the original.
fn with_identities_of_their_own<D: Backend>(operands: &[Operand<'_, D>]) -> Result<Vec<kernel::Input<D, ThreadTape>>> {
    let mut inputs = Vec::with_capacity(operands.len());
    for (position, operand) in operands.iter().enumerate() {
        let shared =
            operand.node().is_some() && operands[..position].iter().any(|earlier| earlier.node() == operand.node());
        inputs.push(match operand.to_input() {
            kernel::Input::Array(array) if shared => kernel::Input::Array(kernel::dfdx::copy(array)?),
            input => input,
        });
    }
    Ok(inputs)
}

impl<D: Backend> Operand<'_, D> {
    /// The operand's place on the tape, if it is being differentiated.
    pub(crate) fn node(&self) -> Option<Node> {
        match self {
            Self::Number(_) => None,
            Self::Array { node, .. } => *node,
        }
    }

    /// The operand as dfdx wants it: by value, with a tape in its type.
    fn to_input<T: Default>(&self) -> kernel::Input<D, T> {
        match self {
            Self::Number(number) => kernel::Input::Number(*number),
            Self::Array { array, .. } => kernel::Input::Array((*array).clone().put_tape(T::default())),
        }
    }
}

impl Tensor {
    /// The tensor's place on this thread's open tape.
    fn active_node(&self) -> Option<Node> {
        self.node.filter(|&node| super::tape::is_active(node))
    }

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
