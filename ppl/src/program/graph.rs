//! `Graph`: what was recorded, each operation once, on flat arrays of static size.
//!
//! Shapes end here: a reshape is no node, broadcasting is a movement of elements or an operand of size 1, and what is
//! left of an axis are the numbers of its operation. Equal operations on equal operands are one node (hash-consing), so
//! a common subexpression is computed once. The rules by which an operation becomes a simpler one are in `rewrite`.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

use super::panels::Panels;
use super::recurrence::{LogSystem, LogSystemGradient, Recurrence, System};
use crate::distribution::sampling::implicit::Implicit;
use crate::tensor::cumulative::Cumulative;
use crate::tensor::elementwise::{Binary, Comparison, Unary};
use crate::tensor::fourier::Transform;
use crate::tensor::kernel::index_map::index_map;
use crate::tensor::primitive::Primitive;
use crate::tensor::single::to_double;
use crate::tensor::sparse::{SparseFunction, SparsityPattern};
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
pub(crate) enum Numbers {
    /// In place: a loop that is unrolled has many.
    One(f64),
    /// Those of a large matrix are shared with its tensor.
    Many(Arc<Vec<f64>>),
    /// Those of a large matrix in single precision, shared likewise; and in double precision, where an operation needs them so.
    Single(Arc<Vec<f32>>, OnceLock<Arc<Vec<f64>>>),
}

impl Numbers {
    pub(crate) fn elements(&self) -> &[f64] {
        match self {
            Self::One(number) => std::slice::from_ref(number),
            Self::Many(numbers) => numbers,
            Self::Single(numbers, converted) => converted.get_or_init(|| Arc::new(to_double(numbers))),
        }
    }

    /// One of them.
    pub(crate) fn at(&self, place: usize) -> f64 {
        match self {
            Self::One(number) => *number,
            Self::Many(numbers) => numbers[place],
            Self::Single(numbers, _) => f64::from(numbers[place]),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(numbers) => numbers.len(),
            Self::Single(numbers, _) => numbers.len(),
        }
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Many(own), Self::Many(other)) if Arc::ptr_eq(own, other) => true,
            (Self::Single(own, _), Self::Single(other, _)) => {
                Arc::ptr_eq(own, other) || own.iter().map(|x| x.to_bits()).eq(other.iter().map(|x| x.to_bits()))
            }
            // A matrix that is to be read in single precision is not one in double precision.
            (Self::Single(..), _) | (_, Self::Single(..)) => false,
            _ => has_same_bits(self.elements(), other.elements()),
        }
    }
}

/// Whether numbers are the same bit by bit, NaN and the sign of 0 included.
pub(crate) fn has_same_bits(a: &[f64], b: &[f64]) -> bool {
    a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits()))
}

impl Eq for Numbers {}

/// By some of the numbers: those of data are many.
impl Hash for Numbers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const LOOKED_AT: usize = 8;

        let elements = self.len();
        state.write_usize(elements);
        let step = elements.div_ceil(LOOKED_AT).max(1);
        (0..elements).step_by(step).for_each(|place| state.write_u64(self.at(place).to_bits()));
    }
}

/// The elements along an axis, seen as (outer, length, inner): element `(o, k, i)` stands at `(o · length + k) · inner + i`.
pub(crate) type Around = (usize, usize, usize);

/// One operation. Elementwise ones take operands of the output's size, or of size 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// The vector that the program is a function of.
    Input,
    /// Random numbers, from one of those that are drawn on.
    Noise(usize),
    /// A tensor that may be another each time, by its number.
    Data(usize),
    /// What a sampler draws by the operands, by its number, and how that moves with them: no two are the same. An operand
    /// more is what has used the generator before.
    Sample(usize, Option<Implicit>),
    /// The derivatives of a draw by each of its parameters, one after the other, of (draw, parameters).
    Implicit(Implicit),
    Constant(Numbers),
    /// The operand, cut off from the gradient.
    Detach,

    // Elementwise.
    Unary(Unary),
    Binary(Binary),
    Compare(Comparison),
    Select,
    /// The derivative of a unary function: of (x, y).
    Derivative(Unary),
    /// The partial derivative of a binary function by its first or second operand: of (a, b, y).
    Partial(Binary, usize),
    /// A distribution function or its derivative, of the parameters and the value.
    Cumulative(Cumulative),
    /// `a · b`, but 0 where `a` is, whatever `b`: what a mask has cut off stays so.
    Masked,
    /// A sum of a product and a number, rounded once where the processor can.
    MultiplyAdd(Signs),
    /// What the logistic function and its like are made of.
    Logistic(Logistic),

    // Movements of elements.
    /// Each element of the output is an element of the operand.
    Move(Arc<[usize]>),
    /// Each element of the operand is added to an element of the output, of this size: the transpose of `Move`.
    Scatter(Arc<[usize]>, usize),
    /// Places of an axis that are numbers themselves, of (source, places).
    Take(Take),
    /// Each element of the operand is added to a place of the axis, of (elements, places): the transpose of `Take`.
    TransposedTake(Take),
    /// Joins operands along an axis, of which each has this many elements (length · inner), `outer` times.
    Join(Vec<usize>),
    /// Joins parts of operands: the first element and the number of elements of each.
    JoinParts(Vec<(usize, usize)>),

    // Along an axis.
    Sum(Around),
    /// The largest element, or the smallest.
    Largest(Around),
    Smallest(Around),
    LogSumExp(Around),
    /// Running sums, from the other end if so.
    CumSum(Around, bool),
    /// h₀ = a₀ h₋₁ + b₀, h₁ = a₁ h₀ + b₁ and so on, of (a, b, h₋₁), where a may be a number; from the other end if so.
    LinearRecurrence(bool),
    /// x₀ = (a₀ x₋₁ + b₀) / (c₀ x₋₁ + 1) and so on, of (a, b, c, x₋₁), where a, b and c may be numbers and nothing is
    /// negative; from the other end if so.
    LinearFraction(bool),
    /// The states of a recurrence of several numbers that is linear.
    LinearSystem(Arc<System>),
    /// The states of one that is linear in their exponentials.
    LogSystem(LogSystem),
    /// The gradient of these.
    LogSystemGradient(LogSystemGradient),
    /// The states of a recurrence of any kind.
    Recurrence(Arc<Recurrence>),
    /// The sum of the products of two arrays' elements.
    Dot,

    // Linear algebra.
    /// Products of matrices, one after the other.
    MatMul(Product),
    /// A constant matrix times a vector.
    MatVec(Arc<Panels>),
    /// The transpose of a constant matrix times a vector.
    TransposedMatVec(Arc<Panels>),
    /// Lower Cholesky factors.
    Cholesky(Square),
    /// The gradient by the matrices, of (factors, gradient by the factors).
    CholeskyGradient(Square),
    /// The lower triangles of the matrices' inverses, of (factors), and 0 above.
    CholeskyInverse(Square),
    /// An operation on the lower triangle of a symmetric positive definite matrix.
    Definite(Definite),
    TriangularSolve(Solve),
    LogAbsDeterminant(Square),
    /// A⁻ᵀ.
    InverseTranspose(Square),
    /// Orthonormal transforms of vectors, one after the other.
    Transform(Transform),
    /// A function of each of a batch of sparse matrices.
    Sparse(SparseFunction, Sparse),
    /// Solutions of sparse triangular systems, of (factors, right sides).
    SparseSolve(SparseSolve),
}

/// The form of a [`Op::MultiplyAdd`] of (a, b, c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Signs {
    /// a · b + c
    Plus,
    /// a · b − c
    Minus,
    /// c − a · b
    From,
}

/// Functions of x that do not overflow, as they are made of exp(−|x|).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Logistic {
    /// exp(−|x|), of (x).
    Exponential,
    /// The sigmoid of x, of (x, exp(−|x|)).
    Sigmoid,
    /// ln(1 + exp x), of (x, exp(−|x|)).
    Softplus,
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

/// Places of the middle axis of (outer, length, inner), `count` for each of `outer`: the same for all, or for as many one
/// after the other as there are places for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Take {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
    pub(crate) count: usize,
}

impl Take {
    pub(crate) fn source_size(self) -> usize {
        self.outer * self.length * self.inner
    }

    pub(crate) fn output_size(self) -> usize {
        self.outer * self.count * self.inner
    }
}

/// `batch` square matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Square {
    pub(crate) batch: usize,
    pub(crate) size: usize,
}

/// Operations on a symmetric positive definite matrix of this size of which only the lower triangle is there, row by row, and
/// on its Cholesky factor in panels (`tensor/kernel/definite`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Definite {
    /// The factor, of (matrix).
    Factor(usize),
    /// The solution x of L x = b, or of Lᵀ x = b, of (factor, b).
    Solve { size: usize, transpose: bool },
    /// The lower triangle of the inverse, of (factor).
    Inverse(usize),
    /// The lower triangle of x yᵀ, of (x, y).
    Outer(usize),
}

/// `batch` solutions X of op(T) X = B, of (T, B), with op the identity or the transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Solve {
    pub(crate) batch: usize,
    pub(crate) size: usize,
    pub(crate) columns: usize,
    pub(crate) lower: bool,
    pub(crate) transpose: bool,
}

impl Solve {
    /// Matrices that are this number within the triangles, and 0 beside them.
    pub(crate) fn triangles(self, number: f64) -> Vec<f64> {
        let size = self.size;
        let is_within = |element: usize| {
            let (row, column) = (element / size % size, element % size);
            if self.lower { column <= row } else { column >= row }
        };
        (0..self.batch * size * size).map(|element| if is_within(element) { number } else { 0.0 }).collect()
    }
}

/// `batch` sparse matrices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sparse {
    pub(crate) pattern: SparsityPattern,
    pub(crate) batch: usize,
}

/// `batch` factors, each with so many right sides, which are rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SparseSolve {
    pub(crate) pattern: SparsityPattern,
    pub(crate) batch: usize,
    pub(crate) columns: usize,
    pub(crate) transpose: bool,
}

impl SparseSolve {
    /// The element of a right side or a solution that stands in the row, or the column, of each entry of the factor, one
    /// right side after the other.
    pub(crate) fn beside_factor(&self, of_rows: bool) -> Vec<usize> {
        let (analysis, size) = (self.pattern.analysis(), self.pattern.size());
        let places = if of_rows { &analysis.factor_rows } else { &analysis.factor_columns };
        (0..self.batch * self.columns).flat_map(|right| places.iter().map(move |place| right * size + place)).collect()
    }
}

fn square(shape: &Shape) -> Square {
    Square { batch: shape.split_event(2).0.size(), size: shape[shape.rank() - 1] }
}

/// Of most operations as many as stand in place.
pub(crate) type Operands = SmallVec<[Id; 3]>;

/// An operation on its operands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) operands: Operands,
    /// Number of elements.
    pub(crate) size: usize,
}

/// The operations in an order in which they can be computed.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Where each operation is; none while a function is being recorded, operation by operation.
    known: Option<HashTable<Id>>,
}

/// A graph in which each operation is once, and as simple as the rules of `rewrite` make it.
impl Default for Graph {
    fn default() -> Self {
        Self { nodes: Vec::new(), known: Some(HashTable::new()) }
    }
}

/// Nodes from which on room is made for a quarter more, not for as many again.
const MANY: usize = 1 << 16;

impl Graph {
    /// A graph of operations as they come, for a recording.
    pub(crate) fn raw() -> Self {
        Self { nodes: Vec::new(), known: None }
    }

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

    /// The node of an operation, as it is.
    pub(crate) fn add(&mut self, op: Op, operands: &[Id], size: usize) -> Id {
        let node = Node { op, operands: Operands::from_slice(operands), size };
        let id = Id(self.nodes.len() as u32);
        if let Some(known) = &mut self.known {
            let hash = |node: &Node| FxBuildHasher.hash_one(node);
            let is_same = |own: &Id| self.nodes[own.place()] == node;
            match known.entry(hash(&node), is_same, |own| hash(&self.nodes[own.place()])) {
                Entry::Occupied(entry) => return *entry.get(),
                Entry::Vacant(entry) => entry.insert(id),
            };
        }
        if self.nodes.len() == self.nodes.capacity() && self.nodes.len() >= MANY {
            // Twice as many would often be most of what a process holds.
            self.nodes.reserve_exact(self.nodes.len() / 4);
        }
        self.nodes.push(node);
        id
    }

    /// Forgets the elements of constant arrays, which need as much memory as the data: for a graph that is kept to be read.
    pub(crate) fn forget_data(&mut self) {
        self.known = None;
        for node in self.nodes.iter_mut().filter(|node| node.size > 1) {
            if let Op::Constant(numbers) = &mut node.op {
                *numbers = Numbers::Many(Arc::default());
            }
        }
    }

    /// Forgets what has been converted from single precision.
    pub(crate) fn forget_conversions(&mut self) {
        for node in &mut self.nodes {
            if let Op::Constant(Numbers::Single(_, converted)) = &mut node.op {
                converted.take();
            }
        }
    }

    pub(crate) fn input(&mut self, size: usize) -> Id {
        self.add(Op::Input, &[], size)
    }

    pub(crate) fn noise(&mut self, first: usize, size: usize) -> Id {
        self.add(Op::Noise(first), &[], size)
    }

    pub(crate) fn data(&mut self, number: usize, size: usize) -> Id {
        self.add(Op::Data(number), &[], size)
    }

    pub(crate) fn constant(&mut self, values: Vec<f64>) -> Id {
        if let &[number] = values.as_slice() {
            return self.number(number);
        }
        let size = values.len();
        self.add(Op::Constant(Numbers::Many(Arc::new(values))), &[], size)
    }

    pub(crate) fn number(&mut self, number: f64) -> Id {
        self.add(Op::Constant(Numbers::One(number)), &[], 1)
    }

    /// The elements, of a constant.
    pub(crate) fn as_constant(&self, id: Id) -> Option<&[f64]> {
        match &self.node(id).op {
            Op::Constant(numbers) => Some(numbers.elements()),
            _ => None,
        }
    }

    /// The value of all elements of a constant.
    pub(crate) fn all(&self, id: Id) -> Option<f64> {
        let number = self.as_constant(id)?.first().copied()?;
        self.is_all(id, number).then_some(number)
    }

    /// Whether it is a constant with all elements of this value.
    pub(crate) fn is_all(&self, id: Id, value: f64) -> bool {
        self.as_constant(id).is_some_and(|elements| elements.iter().all(|&element| element == value))
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

    /// A primitive on operands of these shapes, whose output is not empty, as it is.
    pub(crate) fn apply(&mut self, primitive: &Primitive, operands: &[Id], shapes: &[Shape], output: Shape) -> Id {
        let op = match primitive {
            Primitive::Unary(op) => Op::Unary(*op),
            Primitive::Binary(op) => Op::Binary(*op),
            Primitive::Compare(op) => Op::Compare(*op),
            Primitive::Select => Op::Select,
            Primitive::Cumulative(function) => Op::Cumulative(*function),
            Primitive::Reshape(_) => return operands[0],
            Primitive::BroadcastTo(_)
            | Primitive::Permute(_)
            | Primitive::Slice { .. }
            | Primitive::Gather { .. }
            | Primitive::Flip { .. }
            | Primitive::Diagonal => {
                let map = index_map(primitive, &shapes[0], &output);
                return self.moved(operands[0], map.unwrap_or_default());
            }
            Primitive::Concat { axis } => {
                let parts = shapes.iter().map(|shape| {
                    let (_, length, inner) = shape.around(*axis);
                    length * inner
                });
                return self.join(operands, parts.collect(), output.size());
            }
            Primitive::Sum { axis } => Op::Sum(shapes[0].around(*axis)),
            Primitive::Max { axis } => Op::Largest(shapes[0].around(*axis)),
            Primitive::Min { axis } => Op::Smallest(shapes[0].around(*axis)),
            Primitive::LogSumExp { axis } => Op::LogSumExp(shapes[0].around(*axis)),
            Primitive::CumSum { axis } => Op::CumSum(shapes[0].around(*axis), false),
            Primitive::MatMul => {
                let product = Product {
                    batch: output.split_event(2).0.size(),
                    m: output[output.rank() - 2],
                    k: shapes[0][shapes[0].rank() - 1],
                    n: output[output.rank() - 1],
                    transpose_left: false,
                    transpose_right: false,
                };
                let factors = self.broadcast_batches(operands, shapes, output);
                return self.add(Op::MatMul(product), &factors, output.size());
            }
            Primitive::TriangularSolve { lower, transpose } => {
                let solve = Solve {
                    batch: output.split_event(2).0.size(),
                    size: output[output.rank() - 2],
                    columns: output[output.rank() - 1],
                    lower: *lower,
                    transpose: *transpose,
                };
                let operands = self.broadcast_batches(operands, shapes, output);
                return self.add(Op::TriangularSolve(solve), &operands, output.size());
            }
            Primitive::Cholesky => Op::Cholesky(square(&shapes[0])),
            Primitive::LogAbsDeterminant => Op::LogAbsDeterminant(square(&shapes[0])),
            Primitive::InverseTranspose => Op::InverseTranspose(square(&shapes[0])),
            Primitive::Transform(transform) => Op::Transform(transform.clone()),
            Primitive::SparseFactor(pattern) => {
                let batch = shapes[0].size() / pattern.len();
                Op::Sparse(SparseFunction::Factor, Sparse { pattern: pattern.clone(), batch })
            }
            Primitive::SparseInverse(pattern) => {
                let batch = shapes[0].size() / pattern.len();
                Op::Sparse(SparseFunction::Inverse, Sparse { pattern: pattern.clone(), batch })
            }
            Primitive::SparseSolve { pattern, transpose } => {
                let batch = shapes[0].size() / pattern.factor_len();
                let columns = shapes[1][shapes[1].rank() - 2];
                Op::SparseSolve(SparseSolve { pattern: pattern.clone(), batch, columns, transpose: *transpose })
            }
        };
        let is_elementwise =
            matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Compare(_) | Op::Select | Op::Cumulative(_));
        if !is_elementwise {
            return self.add(op, operands, output.size());
        }
        let operands: Operands =
            operands.iter().zip(shapes).map(|(&operand, shape)| self.elementwise(operand, shape, &output)).collect();
        let size = operands.iter().map(|&operand| self.size(operand)).max().unwrap_or(1);
        let id = self.add(op, &operands, size);
        // All operands may have been of size 1.
        self.repeated(id, output.size())
    }

    /// Matrices, as many of each operand as the output has.
    fn broadcast_batches(&mut self, operands: &[Id], shapes: &[Shape], output: Shape) -> Vec<Id> {
        let (batch, _) = output.split_event(2);
        let broadcast = |(&operand, shape): (&Id, &Shape)| {
            let (_, own) = shape.split_event(2);
            let wanted = batch.concat(&own);
            if *shape == wanted {
                return operand;
            }
            let map = index_map(&Primitive::BroadcastTo(wanted), shape, &wanted);
            self.moved(operand, map.unwrap_or_default())
        };
        operands.iter().zip(shapes).map(broadcast).collect()
    }

    /// A tensor that is not being recorded.
    pub(crate) fn tensor(&mut self, tensor: &Tensor) -> Id {
        match (tensor.as_number(), tensor.as_single()) {
            (Some(number), _) => self.number(number),
            (None, Some(elements)) => {
                let numbers = Numbers::Single(elements.clone(), OnceLock::new());
                self.add(Op::Constant(numbers), &[], tensor.size())
            }
            (None, None) => self.add(Op::Constant(Numbers::Many(tensor.to_shared())), &[], tensor.size()),
        }
    }
}
