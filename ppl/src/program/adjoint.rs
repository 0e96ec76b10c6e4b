//! Reverse mode on the graph: the gradient as further nodes.

use super::graph::{Call, Graph, Id, Op, Product};
use crate::tensor::elementwise::{Binary, Unary};

/// The gradient of a number by the input: what is to be added to which of its elements.
pub(crate) struct Contribution {
    /// The elements of the input; none for all of them in order.
    pub(crate) places: Option<std::sync::Arc<[usize]>>,
    /// What is added to them, or one number for all.
    pub(crate) value: Id,
}

/// Builds the gradient of `output`, which has one element, by the graph's input.
pub(crate) fn gradient(graph: &mut Graph, output: Id) -> Vec<Contribution> {
    let recorded = output.place() + 1;
    let mut reverse = Reverse::new(graph, recorded);
    let one = reverse.graph.number(1.0);
    reverse.adjoints[output.place()] = Some(Adjoint { id: one, masked: false });
    let mut contributions = Vec::new();
    for place in (0..recorded).rev() {
        if let Some(adjoint) = reverse.adjoints[place]
            && reverse.depends[place]
        {
            reverse.step(place, adjoint, &mut contributions);
        }
    }
    contributions
}

/// The gradient by a node: of the node's size, or of size 1 if all elements have the same.
#[derive(Clone, Copy)]
struct Adjoint {
    id: Id,
    /// Whether elements may be 0 because they do not count: then they stay 0, whatever they are multiplied by.
    masked: bool,
}

struct Reverse<'a> {
    graph: &'a mut Graph,
    adjoints: Vec<Option<Adjoint>>,
    /// Whether a node depends on the input.
    depends: Vec<bool>,
}

impl<'a> Reverse<'a> {
    fn new(graph: &'a mut Graph, recorded: usize) -> Self {
        let mut depends = vec![false; recorded];
        for (place, node) in graph.nodes()[..recorded].iter().enumerate() {
            depends[place] = match node.op {
                Op::Input => true,
                Op::Detach | Op::Compare(_) => false,
                _ => node.operands.iter().any(|operand| depends[operand.place()]),
            };
        }
        Self { graph, adjoints: vec![None; recorded], depends }
    }

    /// Adds to the gradient by a node, of which `value` is as large as the `size` of what it was made of.
    fn add(&mut self, node: Id, value: Adjoint, size: usize) {
        if !self.depends[node.place()] {
            return;
        }
        let own = self.graph.size(node);
        let mut id = value.id;
        if own == 1 && size > 1 {
            // The node was seen by every element.
            id = if self.graph.size(id) == 1 {
                let count = self.graph.number(size as f64);
                self.graph.binary(Binary::Mul, id, count)
            } else {
                self.graph.sum_all(id)
            };
        }
        let slot = &mut self.adjoints[node.place()];
        *slot = Some(match *slot {
            None => Adjoint { id, ..value },
            Some(before) => {
                Adjoint { id: self.graph.binary(Binary::Add, before.id, id), masked: before.masked || value.masked }
            }
        });
    }

    fn times(&mut self, adjoint: Adjoint, factor: Id) -> Adjoint {
        let id = if adjoint.masked {
            self.graph.masked(adjoint.id, factor)
        } else {
            self.graph.binary(Binary::Mul, adjoint.id, factor)
        };
        Adjoint { id, ..adjoint }
    }

    /// An adjoint of the node's own size.
    fn whole(&mut self, adjoint: Adjoint, size: usize) -> Id {
        if self.graph.size(adjoint.id) == size {
            return adjoint.id;
        }
        self.graph.moved(adjoint.id, vec![0; size])
    }

    fn step(&mut self, place: usize, adjoint: Adjoint, contributions: &mut Vec<Contribution>) {
        let node = self.graph.nodes()[place].clone();
        let size = node.size;
        let operands = node.operands.as_slice();
        let this = self.graph.id_at(place);
        match &node.op {
            Op::Input => {
                contributions.push(Contribution { places: None, value: adjoint.id });
            }
            Op::Unary(Unary::Neg) => {
                let id = self.graph.unary(Unary::Neg, adjoint.id);
                self.add(operands[0], Adjoint { id, ..adjoint }, size);
            }
            Op::Unary(Unary::Exp) => {
                let value = self.times(adjoint, this);
                self.add(operands[0], value, size);
            }
            Op::Unary(Unary::Square) => {
                let two = self.graph.number(2.0);
                let factor = self.graph.binary(Binary::Mul, two, operands[0]);
                let value = self.times(adjoint, factor);
                self.add(operands[0], value, size);
            }
            Op::Constant(_) | Op::Detach | Op::Compare(_) | Op::Unary(Unary::Sign | Unary::Floor) => {}
            Op::Unary(op) => {
                let id = self.graph.unary_gradient(*op, adjoint.id, operands[0], this);
                self.add(operands[0], Adjoint { id, ..adjoint }, size);
            }
            Op::Binary(op) => self.binary(*op, [operands[0], operands[1]], this, adjoint),
            Op::Select => {
                let zero = self.graph.number(0.0);
                let [condition, if_true, if_false] = [operands[0], operands[1], operands[2]];
                if self.depends[if_true.place()] {
                    let id = self.graph.select(condition, adjoint.id, zero);
                    self.add(if_true, Adjoint { id, masked: true }, size);
                }
                if self.depends[if_false.place()] {
                    let id = self.graph.select(condition, zero, adjoint.id);
                    self.add(if_false, Adjoint { id, masked: true }, size);
                }
            }
            Op::Move(map) => {
                let source = operands[0];
                let value = self.whole(adjoint, size);
                if self.graph.node(source).op == Op::Input {
                    contributions.push(Contribution { places: Some(map.clone()), value });
                    return;
                }
                let own = self.graph.size(source);
                let id = if own == 1 { self.graph.sum_all(value) } else { self.graph.scatter(value, map.clone(), own) };
                self.add(source, Adjoint { id, ..adjoint }, own);
            }
            Op::Sum(outer, length, inner) => {
                let id = if size == 1 {
                    adjoint.id
                } else {
                    let by_output = self.whole(adjoint, size);
                    let map = (0..outer * length * inner)
                        .map(|element| element / (length * inner) * inner + element % inner)
                        .collect();
                    self.graph.moved(by_output, map)
                };
                let own = self.graph.size(operands[0]);
                self.add(operands[0], Adjoint { id, ..adjoint }, own);
            }
            Op::MatMul(product) => self.matmul(*product, operands, adjoint),
            Op::Kernel(call) => {
                let by_output = self.whole(adjoint, size);
                self.kernel(call, operands, this, Adjoint { id: by_output, ..adjoint });
            }
            Op::UnaryGradient(_) | Op::BinaryGradient(..) | Op::Masked | Op::Scatter(..) | Op::KernelGradient(..) => {
                unreachable!("a recording holds no gradients")
            }
        }
    }

    fn binary(&mut self, op: Binary, [a, b]: [Id; 2], this: Id, adjoint: Adjoint) {
        let size = self.graph.size(this);
        match op {
            Binary::Add => {
                self.add(a, adjoint, size);
                self.add(b, adjoint, size);
            }
            Binary::Sub => {
                self.add(a, adjoint, size);
                if self.depends[b.place()] {
                    let id = self.graph.unary(Unary::Neg, adjoint.id);
                    self.add(b, Adjoint { id, ..adjoint }, size);
                }
            }
            Binary::Mul => {
                if self.depends[a.place()] {
                    let value = self.times(adjoint, b);
                    self.add(a, value, size);
                }
                if self.depends[b.place()] {
                    let value = self.times(adjoint, a);
                    self.add(b, value, size);
                }
            }
            Binary::Div if !adjoint.masked => {
                let by_left = self.graph.binary(Binary::Div, adjoint.id, b);
                self.add(a, Adjoint { id: by_left, ..adjoint }, size);
                if self.depends[b.place()] {
                    let product = self.graph.binary(Binary::Mul, by_left, this);
                    let id = self.graph.unary(Unary::Neg, product);
                    self.add(b, Adjoint { id, ..adjoint }, size);
                }
            }
            Binary::Div
            | Binary::Pow
            | Binary::Maximum
            | Binary::Minimum
            | Binary::Xlogy
            | Binary::Xlog1py
            | Binary::Lbeta => {
                for (position, operand) in [a, b].into_iter().enumerate() {
                    if self.depends[operand.place()] {
                        let id = self.graph.binary_gradient(op, position, adjoint.id, [a, b], this);
                        self.add(operand, Adjoint { id, ..adjoint }, size);
                    }
                }
            }
        }
    }

    /// Ā = C̄ Bᵀ and B̄ = Aᵀ C̄.
    fn matmul(&mut self, product: Product, operands: &[Id], adjoint: Adjoint) {
        let Product { batch, m, k, n, .. } = product;
        let by_output = self.whole(adjoint, batch * m * n);
        let (left, right) = (operands[0], operands[1]);
        if self.depends[left.place()] {
            let product = Product { batch, m, k: n, n: k, transpose_left: false, transpose_right: true };
            let id = self.graph.matmul(product, by_output, right);
            let size = self.graph.size(left);
            self.add(left, Adjoint { id, ..adjoint }, size);
        }
        if self.depends[right.place()] {
            let product = Product { batch, m: k, k: m, n, transpose_left: true, transpose_right: false };
            let id = self.graph.matmul(product, left, by_output);
            let size = self.graph.size(right);
            self.add(right, Adjoint { id, ..adjoint }, size);
        }
    }

    fn kernel(&mut self, call: &Call, operands: &[Id], this: Id, adjoint: Adjoint) {
        let mut inputs = operands.to_vec();
        inputs.extend([this, adjoint.id]);
        for (position, &operand) in operands.iter().enumerate() {
            if self.depends[operand.place()] {
                let id = self.graph.kernel_gradient(call.clone(), position, &inputs);
                let size = self.graph.size(operand);
                self.add(operand, Adjoint { id, ..adjoint }, size);
            }
        }
    }
}
