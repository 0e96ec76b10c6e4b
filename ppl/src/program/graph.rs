//! `Graph`: what was recorded, each operation once, on flat arrays of static size.
//!
//! Shapes end here: a reshape is no node, broadcasting is a movement of elements or an operand of size 1, and what is
//! left of an axis are the numbers of its operation. Equal operations on equal operands are one node (hash-consing), so
//! a common subexpression is computed once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::tensor::elementwise::{Binary, Comparison, Unary};
use crate::tensor::kernel::index_map::index_map;
use crate::tensor::primitive::Primitive;
use crate::tensor::{Shape, Tensor};

/// A node, by its place in the graph. Operands come before what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u32);

impl Id {
    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

/// Numbers that are equal where their bits are.
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) Arc<[f64]>);

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.iter().map(|x| x.to_bits()).eq(other.0.iter().map(|x| x.to_bits()))
    }
}

impl Eq for Numbers {}

impl Hash for Numbers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|number| state.write_u64(number.to_bits()));
    }
}

/// One operation. Elementwise ones take operands of the output's size, or of size 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// The vector that the program is a function of.
    Input,
    Constant(Numbers),
    /// The operand, cut off from the gradient.
    Detach,
    Unary(Unary),
    Binary(Binary),
    Compare(Comparison),
    Select,
    /// `gradient · derivative` of a unary function: of (gradient, x, y).
    UnaryGradient(Unary),
    /// `gradient · partial derivative` of a binary function by its first or second operand: of (gradient, a, b, y).
    BinaryGradient(Binary, usize),
    /// `a · b`, but 0 where `a` is, whatever `b`: what a mask has cut off stays so.
    Masked,
    /// Each element of the output is an element of the operand.
    Move(Arc<[usize]>),
    /// Each element of the operand is added to an element of the output, of this size: the transpose of `Move`.
    Scatter(Arc<[usize]>, usize),
    /// Sums along an axis seen as (outer, length, inner).
    Sum(usize, usize, usize),
    /// Products of matrices, one after the other.
    MatMul(Product),
    /// Any other primitive, by the kernel of tensors.
    Kernel(Call),
    /// The gradient by one operand of such a primitive: of (its operands, output, gradient by the output).
    KernelGradient(Call, usize),
}

/// `batch` products of op(A) (m × k) and op(B) (k × n), where op may be the transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Product {
    pub(crate) batch: usize,
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) transpose_left: bool,
    pub(crate) transpose_right: bool,
}

/// A primitive with the shapes that it is called on.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) primitive: Primitive,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) output: Shape,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.primitive == other.primitive && self.shapes == other.shapes && self.output == other.output
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.primitive).hash(state);
        self.shapes.iter().for_each(|shape| shape.dims().hash(state));
    }
}

/// An operation on its operands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) operands: Vec<Id>,
    /// Number of elements.
    pub(crate) size: usize,
}

/// The operations in an order in which they can be computed.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
}

impl Graph {
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.place()]
    }

    /// The node at a place.
    pub(crate) fn id_at(&self, place: usize) -> Id {
        debug_assert!(place < self.nodes.len());
        Id(place as u32)
    }

    pub(crate) fn size(&self, id: Id) -> usize {
        self.node(id).size
    }

    fn add(&mut self, op: Op, operands: &[Id], size: usize) -> Id {
        let node = Node { op, operands: operands.to_vec(), size };
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = Id(self.nodes.len() as u32);
        self.known.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }

    pub(crate) fn input(&mut self, size: usize) -> Id {
        self.add(Op::Input, &[], size)
    }

    pub(crate) fn constant(&mut self, values: Vec<f64>) -> Id {
        let size = values.len();
        self.add(Op::Constant(Numbers(values.into())), &[], size)
    }

    pub(crate) fn number(&mut self, number: f64) -> Id {
        self.constant(vec![number])
    }

    /// The elements, of a constant.
    pub(crate) fn as_constant(&self, id: Id) -> Option<&[f64]> {
        match &self.node(id).op {
            Op::Constant(numbers) => Some(&numbers.0),
            _ => None,
        }
    }

    /// Whether it is a constant with all elements of this value.
    fn is_all(&self, id: Id, value: f64) -> bool {
        self.as_constant(id).is_some_and(|elements| elements.iter().all(|&element| element == value))
    }

    pub(crate) fn detach(&mut self, id: Id) -> Id {
        let size = self.size(id);
        self.add(Op::Detach, &[id], size)
    }

    pub(crate) fn unary(&mut self, op: Unary, x: Id) -> Id {
        if let Some(elements) = self.as_constant(x) {
            let values = elements.iter().map(|&element| op.value(element)).collect();
            return self.constant(values);
        }
        let node = self.node(x);
        if (op, &node.op) == (Unary::Neg, &Op::Unary(Unary::Neg)) {
            return node.operands[0];
        }
        let size = node.size;
        self.add(Op::Unary(op), &[x], size)
    }

    pub(crate) fn binary(&mut self, op: Binary, a: Id, b: Id) -> Id {
        let size = self.size(a).max(self.size(b));
        if let (Some(left), Some(right)) = (self.as_constant(a), self.as_constant(b)) {
            // An operand of one element is seen by all.
            let at = |elements: &[f64], place: usize| elements[if elements.len() == 1 { 0 } else { place }];
            let values = (0..size).map(|place| op.value(at(left, place), at(right, place))).collect();
            return self.constant(values);
        }
        if op == Binary::Mul
            && let Some((number, factor)) = self.scaled(a, b)
        {
            return self.binary(Binary::Mul, number, factor);
        }
        let is_whole = |graph: &Self, id: Id| graph.size(id) == size;
        match op {
            Binary::Mul if self.is_all(a, 1.0) && is_whole(self, b) => return b,
            Binary::Mul | Binary::Div if self.is_all(b, 1.0) && is_whole(self, a) => return a,
            Binary::Mul if self.is_all(a, -1.0) && is_whole(self, b) => return self.unary(Unary::Neg, b),
            Binary::Mul if self.is_all(b, -1.0) && is_whole(self, a) => return self.unary(Unary::Neg, a),
            // x + 0 is x, but for the sign of zero.
            Binary::Add if self.is_all(a, 0.0) && is_whole(self, b) => return b,
            Binary::Add | Binary::Sub if self.is_all(b, 0.0) && is_whole(self, a) => return a,
            _ => {}
        }
        self.add(Op::Binary(op), &[a, b], size)
    }

    /// `c₁ · (c₂ · x)` as `(c₁ c₂) · x`, with numbers c.
    fn scaled(&mut self, a: Id, b: Id) -> Option<(Id, Id)> {
        let as_number = |graph: &Self, id: Id| match graph.as_constant(id) {
            Some([number]) => Some(*number),
            _ => None,
        };
        let product_of = |graph: &Self, id: Id| match (&graph.node(id).op, graph.node(id).operands.as_slice()) {
            (Op::Binary(Binary::Mul), &[left, right]) => as_number(graph, left)
                .map(|number| (number, right))
                .or_else(|| as_number(graph, right).map(|number| (number, left))),
            _ => None,
        };
        let (outer, (inner, x)) = match (as_number(self, a), as_number(self, b)) {
            (Some(outer), None) => (outer, product_of(self, b)?),
            (None, Some(outer)) => (outer, product_of(self, a)?),
            _ => return None,
        };
        Some((self.number(outer * inner), x))
    }

    pub(crate) fn compare(&mut self, op: Comparison, a: Id, b: Id) -> Id {
        let size = self.size(a).max(self.size(b));
        self.add(Op::Compare(op), &[a, b], size)
    }

    pub(crate) fn select(&mut self, condition: Id, if_true: Id, if_false: Id) -> Id {
        let size = self.size(condition).max(self.size(if_true)).max(self.size(if_false));
        self.add(Op::Select, &[condition, if_true, if_false], size)
    }

    pub(crate) fn masked(&mut self, a: Id, b: Id) -> Id {
        let size = self.size(a).max(self.size(b));
        self.add(Op::Masked, &[a, b], size)
    }

    /// The gradient by the operand of a unary function; `y` is its value.
    pub(crate) fn unary_gradient(&mut self, op: Unary, gradient: Id, x: Id, y: Id) -> Id {
        let size = self.size(x).max(self.size(gradient));
        self.add(Op::UnaryGradient(op), &[gradient, x, y], size)
    }

    /// The gradient by one operand of a binary function, before it is summed to the operand's size.
    pub(crate) fn binary_gradient(
        &mut self,
        op: Binary,
        position: usize,
        gradient: Id,
        operands: [Id; 2],
        y: Id,
    ) -> Id {
        let size = self.size(y);
        self.add(Op::BinaryGradient(op, position), &[gradient, operands[0], operands[1], y], size)
    }

    pub(crate) fn moved(&mut self, x: Id, map: Vec<usize>) -> Id {
        let size = self.size(x);
        if map.len() == size && map.iter().copied().eq(0..size) {
            return x;
        }
        if let Some(elements) = self.as_constant(x) {
            let values = map.iter().map(|&place| elements[place]).collect();
            return self.constant(values);
        }
        if let Op::Move(inner) = &self.node(x).op {
            let composed = map.iter().map(|&place| inner[place]).collect();
            let source = self.node(x).operands[0];
            return self.moved(source, composed);
        }
        let size = map.len();
        self.add(Op::Move(map.into()), &[x], size)
    }

    pub(crate) fn scatter(&mut self, x: Id, map: Arc<[usize]>, size: usize) -> Id {
        self.add(Op::Scatter(map, size), &[x], size)
    }

    pub(crate) fn sum(&mut self, x: Id, (outer, length, inner): (usize, usize, usize)) -> Id {
        if length == 1 {
            return x;
        }
        self.add(Op::Sum(outer, length, inner), &[x], outer * inner)
    }

    /// The sum of all elements.
    pub(crate) fn sum_all(&mut self, x: Id) -> Id {
        let size = self.size(x);
        self.sum(x, (1, size, 1))
    }

    pub(crate) fn matmul(&mut self, product: Product, left: Id, right: Id) -> Id {
        self.add(Op::MatMul(product), &[left, right], product.batch * product.m * product.n)
    }

    pub(crate) fn kernel_gradient(&mut self, call: Call, position: usize, operands: &[Id]) -> Id {
        let size = call.shapes[position].size();
        self.add(Op::KernelGradient(call, position), operands, size)
    }

    /// An operand of an elementwise operation: an element that is seen everywhere is an operand of size 1.
    fn elementwise(&mut self, id: Id, shape: &Shape, output: &Shape) -> Id {
        if shape.size() == output.size() {
            let node = self.node(id);
            if let Op::Move(map) = &node.op
                && self.size(node.operands[0]) == 1
                && map.len() > 1
            {
                return node.operands[0];
            }
            return id;
        }
        if shape.size() == 1 {
            return id;
        }
        let map = index_map(&Primitive::BroadcastTo(*output), shape, output);
        self.moved(id, map.unwrap_or_default())
    }

    /// Makes an elementwise node have the size of its shape, where all operands were of size 1.
    fn whole(&mut self, id: Id, output: &Shape) -> Id {
        if self.size(id) == output.size() { id } else { self.moved(id, vec![0; output.size()]) }
    }

    /// A primitive on operands of these shapes, whose output is not empty.
    pub(crate) fn apply(&mut self, primitive: &Primitive, operands: &[Id], shapes: &[Shape], output: Shape) -> Id {
        match primitive {
            Primitive::Unary(op) => self.unary(*op, operands[0]),
            Primitive::Binary(op) => {
                let a = self.elementwise(operands[0], &shapes[0], &output);
                let b = self.elementwise(operands[1], &shapes[1], &output);
                let id = self.binary(*op, a, b);
                self.whole(id, &output)
            }
            Primitive::Compare(op) => {
                let a = self.elementwise(operands[0], &shapes[0], &output);
                let b = self.elementwise(operands[1], &shapes[1], &output);
                let id = self.compare(*op, a, b);
                self.whole(id, &output)
            }
            Primitive::Select => {
                let [condition, a, b] =
                    [0, 1, 2].map(|which| self.elementwise(operands[which], &shapes[which], &output));
                let id = self.select(condition, a, b);
                self.whole(id, &output)
            }
            Primitive::Reshape(_) => operands[0],
            Primitive::BroadcastTo(_)
            | Primitive::Permute(_)
            | Primitive::Slice { .. }
            | Primitive::Gather { .. }
            | Primitive::Flip { .. }
            | Primitive::Diagonal => {
                let map = index_map(primitive, &shapes[0], &output);
                self.moved(operands[0], map.unwrap_or_default())
            }
            Primitive::Sum { axis } => self.sum(operands[0], shapes[0].around(*axis)),
            Primitive::MatMul => {
                let (batch, matrix) = output.split_event(2);
                let [left, right] = [0, 1].map(|which| {
                    let (_, own) = shapes[which].split_event(2);
                    let wanted = batch.concat(&own);
                    let map = index_map(&Primitive::BroadcastTo(wanted), &shapes[which], &wanted);
                    self.moved(operands[which], map.unwrap_or_default())
                });
                let k = shapes[0][shapes[0].rank() - 1];
                let product = Product {
                    batch: batch.size(),
                    m: matrix[0],
                    k,
                    n: matrix[1],
                    transpose_left: false,
                    transpose_right: false,
                };
                self.matmul(product, left, right)
            }
            Primitive::Concat { .. }
            | Primitive::Max { .. }
            | Primitive::Min { .. }
            | Primitive::LogSumExp { .. }
            | Primitive::CumSum { .. }
            | Primitive::Cholesky
            | Primitive::TriangularSolve { .. }
            | Primitive::LogAbsDeterminant => {
                let call = Call { primitive: primitive.clone(), shapes: shapes.to_vec(), output };
                self.add(Op::Kernel(call), operands, output.size())
            }
        }
    }

    /// A tensor that is not being recorded.
    pub(crate) fn tensor(&mut self, tensor: &Tensor) -> Id {
        self.constant(tensor.elements())
    }
}
