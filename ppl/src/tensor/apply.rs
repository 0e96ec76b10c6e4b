//! The door: every operation on tensors goes through [`apply`].

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, SplitTape};
use smallvec::SmallVec;

use super::backend::{self, Backend, Flat};
use super::kernel::join::join;
use super::kernel::number_step::{ElementStep, NumberStep};
use super::kernel::{self, Input, Operand};
use super::origin::apply_by_origin;
use super::primitive::Primitive;
use super::record;
use super::shared::evaluate_shared;
use super::tape::{self, Node, Place, ThreadTape, new_node};
use super::{Shape, Tensor, Value};
use crate::Result;

/// A list that holds the operands of a primitive without an allocation: three at most, save for those of `concat`.
pub(super) type Inline<T> = SmallVec<[T; 3]>;

/// Applies a primitive: checks the shapes, evaluates, and records the step if an input is being differentiated.
pub(crate) fn apply(primitive: &Primitive, inputs: &[&Tensor]) -> Result<Tensor> {
    if inputs.iter().any(|input| input.origin.is_some())
        && let Some(output) = apply_by_origin(primitive, inputs)
    {
        return output;
    }
    apply_as_written(primitive, inputs)
}

/// Applies a primitive to the elements themselves, wherever they came from.
pub(super) fn apply_as_written(primitive: &Primitive, inputs: &[&Tensor]) -> Result<Tensor> {
    let output = apply_here(primitive, inputs)?;
    Ok(if inputs.iter().any(|input| input.is_drawn()) { output.into_drawn() } else { output })
}

/// Applies a primitive in the recording that is open, or on the tape, or to numbers.
fn apply_here(primitive: &Primitive, inputs: &[&Tensor]) -> Result<Tensor> {
    if inputs.iter().any(|input| input.was_recorded()) {
        inputs.iter().for_each(|input| input.check_thread());
        if record::is_open() {
            return record::record(primitive, inputs);
        }
    }
    if let Some(number) = evaluate_numbers(primitive, inputs) {
        return Ok(Tensor::scalar(number));
    }
    if let Some(output) = differentiate_numbers(primitive, inputs) {
        return Ok(output);
    }
    let shapes: Inline<Shape> = inputs.iter().map(|input| input.shape).collect();
    evaluate(primitive, inputs, &shapes)
}

/// Evaluates a primitive of tensors of these shapes, and puts the step on the tape if one of them is being differentiated.
pub(crate) fn evaluate(primitive: &Primitive, inputs: &[&Tensor], shapes: &[Shape]) -> Result<Tensor> {
    let shape = primitive.output_shape(shapes)?;
    if shape.rank() == 0
        && let Primitive::Reshape(_) | Primitive::BroadcastTo(_) | Primitive::Permute(_) = primitive
        && let Some(number) = inputs[0].as_number()
    {
        return Ok(Tensor::scalar(number));
    }
    if let (Primitive::Slice { start, .. }, Value::Cpu(array)) = (primitive, &inputs[0].value)
        && shape.size() == 1
        && !tape::is_dfdx_preferred()
    {
        // The one element of an axis beside which there is no other.
        let value = Value::Number(array[[*start]]);
        let Some(source) = inputs[0].active_node() else {
            return Ok(Tensor { shape, value, node: None, origin: None });
        };
        let node = new_node();
        if let Some(node) = node {
            tape::push_of_element(ElementStep::new(Place::new(array, source), *start, node));
        }
        return Ok(Tensor { shape, value, node, origin: None });
    }
    if let [input] = inputs
        && is_relabelling(primitive, input, shape)
    {
        return reshape(input, shape);
    }

    if shape.size() == 0 {
        // dfdx cannot walk an empty array, and there is nothing to differentiate.
        return Ok(Tensor::from_parts(Vec::new(), shape));
    }
    #[cfg(feature = "cuda")]
    if let Some(ordinal) = super::cuda::chosen(inputs) {
        return super::cuda::apply_on(ordinal, primitive, inputs, shapes, shape);
    }
    if let Primitive::Concat { axis } = *primitive
        && let (1, ..) = shape.around(axis)
        && !tape::is_dfdx_preferred()
    {
        return join(inputs, shape);
    }
    if inputs.iter().any(|input| input.is_large_data()) {
        return evaluate_shared(primitive, inputs, shapes, shape);
    }
    if inputs.iter().any(|input| matches!(input.value, Value::Number(_)) && input.active_node().is_some()) {
        let arrays: Inline<Tensor> = inputs
            .iter()
            .map(|input| if input.active_node().is_some() { input.in_array() } else { Ok((*input).clone()) })
            .collect::<Result<_>>()?;
        return evaluate(primitive, &arrays.iter().collect::<Inline<&Tensor>>(), shapes);
    }
    let is_array_of_one = |input: &&Tensor| matches!(input.value, Value::Number(_)) && input.rank() > 0;
    if !matches!(primitive, Primitive::Unary(_) | Primitive::Binary(_)) && inputs.iter().any(is_array_of_one) {
        // A number is an operand of elementwise primitives alone.
        let arrays = inputs.iter().map(|input| input.in_array()).collect::<Result<Inline<Tensor>>>()?;
        return evaluate(primitive, &arrays.iter().collect::<Inline<&Tensor>>(), shapes);
    }
    let operands: Inline<Operand<'_, Cpu>> = inputs
        .iter()
        .map(|input| match &input.value {
            Value::Number(number) => Operand::Number(*number),
            Value::Cpu(array) => Operand::Array { array, node: input.active_node() },
            Value::Shared(_) | Value::Single(_) => unreachable!("operations with such an operand are evaluated above"),
            #[cfg(feature = "cuda")]
            Value::Cuda(_) => unreachable!("an operation with an operand on a CUDA device runs there"),
        })
        .collect();
    let (array, node) = run(&backend::cpu(), primitive, &operands, shapes, shape)?;
    Ok(from_cpu(array, shape, node))
}

/// What an elementwise primitive makes of plain numbers, which is a plain number.
pub(crate) fn evaluate_numbers(primitive: &Primitive, inputs: &[&Tensor]) -> Option<f64> {
    let number = |position: usize| inputs[position].as_number();
    match primitive {
        Primitive::Unary(unary) => Some(unary.value(number(0)?)),
        Primitive::Binary(binary) => Some(binary.value(number(0)?, number(1)?)),
        Primitive::Compare(comparison) => Some(comparison.value(number(0)?, number(1)?)),
        Primitive::Select => {
            let (condition, if_true, if_false) = (number(0)?, number(1)?, number(2)?);
            Some(if condition == 0.0 { if_false } else { if_true })
        }
        Primitive::Cumulative(function) => {
            let last = if function.arity() == 3 { number(2)? } else { 0.0 };
            Some(function.value([number(0)?, number(1)?, last]))
        }
        _ => None,
    }
}

/// An elementwise primitive of numbers of which one is being differentiated: a number, without the arrays of dfdx, of which
/// loops would make millions.
fn differentiate_numbers(primitive: &Primitive, inputs: &[&Tensor]) -> Option<Tensor> {
    let operand = |position: usize| match inputs[position].value {
        Value::Number(number) if inputs[position].rank() == 0 => Some((number, inputs[position].active_node())),
        _ => None,
    };
    let (value, node) = match primitive {
        Primitive::Unary(op) => {
            let (x, node) = operand(0).filter(|(_, node)| node.is_some())?;
            let value = op.value(x);
            (value, tape::push_of_numbers(|output| NumberStep::unary(*op, (x, node), (value, output)))?)
        }
        Primitive::Binary(op) => {
            let operands @ [(a, of_a), (b, of_b)] = [operand(0)?, operand(1)?];
            of_a.or(of_b)?;
            let value = op.value(a, b);
            (value, tape::push_of_numbers(|output| NumberStep::binary(*op, operands, (value, output)))?)
        }
        _ => return None,
    };
    Some(Tensor { shape: Shape::SCALAR, value: Value::Number(value), node: Some(node), origin: None })
}

/// Whether the output has the input's elements in the same order: a reshape, or a movement or sum of one element.
fn is_relabelling(primitive: &Primitive, input: &Tensor, shape: Shape) -> bool {
    match primitive {
        Primitive::Reshape(_) => true,
        Primitive::BroadcastTo(_)
        | Primitive::Permute(_)
        | Primitive::Slice { .. }
        | Primitive::Gather { .. }
        | Primitive::Flip { .. }
        | Primitive::Diagonal
        | Primitive::Sum { .. }
        | Primitive::CumSum { .. }
        | Primitive::Max { .. }
        | Primitive::Min { .. } => input.size() == 1 && shape.size() == 1,
        _ => false,
    }
}

/// Arrays are held flat, so a new shape is only a new label.
fn reshape(input: &Tensor, shape: Shape) -> Result<Tensor> {
    match &input.value {
        Value::Number(_) => Ok(Tensor { shape, node: input.active_node(), origin: None, ..input.clone() }),
        Value::Cpu(array) => Ok(from_cpu(array.clone(), shape, input.active_node())),
        Value::Shared(_) | Value::Single(_) => Ok(Tensor { shape, node: None, origin: None, ..input.clone() }),
        #[cfg(feature = "cuda")]
        Value::Cuda(_) => Ok(Tensor { shape, node: input.active_node(), origin: None, ..input.clone() }),
    }
}

/// A scalar becomes a number, where dfdx does not differentiate it by the identity of its array.
fn from_cpu(array: Flat<dfdx::tensor::Cpu>, shape: Shape, node: Option<Node>) -> Tensor {
    let value = if shape.rank() == 0 && (node.is_none() || !tape::is_dfdx_preferred()) {
        let mut number = [0.0];
        array.copy_into(&mut number);
        Value::Number(number[0])
    } else {
        Value::Cpu(array)
    };
    Tensor { shape, value, node, origin: None }
}

/// Runs a primitive on one device, with or without the thread's tape. The output is not empty.
pub(crate) fn run<D: Backend>(
    device: &D,
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    shape: Shape,
) -> Result<(Flat<D>, Option<Node>)> {
    if !kernel::is_dfdx(primitive) {
        return kernel::host::run(device, primitive, operands, shapes, shape);
    }
    if shapes.iter().any(|shape| shape.size() == 0) {
        // Of no elements, sums and products are 0.
        return Ok((device.upload(vec![0.0; shape.size()])?, None));
    }
    let tracked = operands.iter().any(|operand| operand.node().is_some());
    if tracked && (!D::OWN_STEPS || tape::is_dfdx_preferred()) {
        let second = operands.get(1).map(|second| with_identity_of_its_own(second, &operands[0])).transpose()?;
        let inputs = (operands[0].to_input(), second);
        let (array, _) = kernel::dfdx::run(device, primitive, inputs, shapes, shape)?.split_tape();
        return Ok((array, new_node()));
    }
    if let (Primitive::Sum { axis }, Operand::Array { array, .. }, true) = (primitive, operands[0], D::OWN_STEPS) {
        // dfdx adds one element after the other, which is neither accurate nor fast.
        let sums = kernel::reduction::sum(&device.download(array), shapes[0].around(*axis));
        return record(primitive, operands, shapes, device.upload(sums)?, shape, tracked);
    }
    if let (Primitive::Gather { axis, indices }, Operand::Array { array, .. }, true) =
        (primitive, operands[0], D::OWN_STEPS)
        && kernel::step::is_of_elements(&shapes[0], *axis)
    {
        // dfdx would have a copy of the indices, which may be more than the elements.
        let elements = device.download(array);
        let taken = device.upload(indices.iter().map(|&index| elements[index]).collect())?;
        return record(primitive, operands, shapes, taken, shape, tracked);
    }
    // dfdx's kernels for a number and an array are faster than those for two arrays, of which one is broadcast.
    let to_input = |operand: &Operand<'_, D>| match operand {
        Operand::Array { array, .. } if array.shape().0 == 1 && shape.size() > 1 && D::OWN_STEPS => {
            let mut number = [0.0];
            array.copy_into(&mut number);
            Input::Number(number[0])
        }
        operand => operand.to_input(),
    };
    let inputs = (to_input(&operands[0]), operands.get(1).map(to_input));
    let array: Flat<D> = kernel::dfdx::run(device, primitive, inputs, shapes, shape)?;
    record(primitive, operands, shapes, array, shape, tracked)
}

/// Records our own step of a primitive, if an operand is being differentiated.
fn record<D: Backend>(
    primitive: &Primitive,
    operands: &[Operand<'_, D>],
    shapes: &[Shape],
    array: Flat<D>,
    shape: Shape,
    tracked: bool,
) -> Result<(Flat<D>, Option<Node>)> {
    let node = if tracked { new_node() } else { None };
    if let Some(node) = node {
        kernel::step::push(primitive, operands, shapes, (Place::new(&array, node), &array, shape));
    }
    Ok((array, node))
}

/// The second operand for dfdx's tape.
///
/// dfdx panics in the backward pass of a binary operation whose operands are the same tensor (`x * x`): the second one
/// is then made a copy, through which the gradient flows on to the original.
fn with_identity_of_its_own<D: Backend>(
    second: &Operand<'_, D>,
    first: &Operand<'_, D>,
) -> Result<Input<D, ThreadTape>> {
    match second.to_input() {
        Input::Array(array) if second.node().is_some() && second.node() == first.node() => {
            Ok(Input::Array(kernel::dfdx::copy(array)?))
        }
        input => Ok(input),
    }
}

impl Tensor {
    /// The tensor's place on this thread's open tape.
    pub(super) fn active_node(&self) -> Option<Node> {
        self.node.filter(|&node| super::tape::is_active(node))
    }

    /// A unary elementwise primitive: cannot fail but for memory.
    #[track_caller]
    pub(crate) fn unary(&self, unary: super::elementwise::Unary) -> Self {
        super::or_panic(apply(&Primitive::Unary(unary), &[self]))
    }
}
