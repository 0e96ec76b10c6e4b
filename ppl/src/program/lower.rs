//! From the graph of a function and its gradient to operations that the machine does well.
//!
//! Functions without a vector form become compositions of some that have one (softplus and sigmoid share their
//! exponential then), a product that is added once becomes part of the sum, a constant matrix is laid out for products
//! with vectors, and what nothing needs is gone.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

use super::graph::{Graph, Id, Logistic, Node, Op, Product, Signs};
use super::memory::LANES;
use super::panels::Panels;
use super::recurrence::Recurrence;
use super::schedule::{is_elementwise, is_run};
use crate::tensor::elementwise::{Binary, Unary};

/// The graph that computes the roots, and the roots in it.
pub(super) fn lower(graph: &Graph, roots: &[Id]) -> (Graph, Vec<Id>) {
    let mut lowering = Lowering {
        source: graph,
        uses: uses(graph, roots),
        users: Vec::new(),
        target: Graph::default(),
        known: FxHashMap::default(),
        panels: FxHashMap::default(),
    };
    lowering.find_users();
    for place in 0..graph.nodes().len() {
        if lowering.uses[place] > 0 {
            let id = graph.id_at(place);
            let lowered = lowering.node(id);
            lowering.known.insert(id, lowered);
        }
    }
    let roots: Vec<Id> = roots.iter().map(|root| lowering.known[root]).collect();
    prune(&lowering.target, &roots)
}

/// What the roots need of a graph.
fn prune(graph: &Graph, roots: &[Id]) -> (Graph, Vec<Id>) {
    let uses = uses(graph, roots);
    // Each operation is there once already.
    let mut target = Graph::raw();
    let mut known: FxHashMap<Id, Id> = FxHashMap::default();
    for (place, node) in graph.nodes().iter().enumerate() {
        if uses[place] > 0 {
            let operands: Vec<Id> = node.operands.iter().map(|operand| known[operand]).collect();
            let id = target.add(node.op.clone(), &operands, node.size);
            known.insert(graph.id_at(place), id);
        }
    }
    let roots = roots.iter().map(|root| known[root]).collect();
    (target, roots)
}

/// How many operations, or roots, need each node.
pub(super) fn uses(graph: &Graph, roots: &[Id]) -> Vec<usize> {
    let mut uses = vec![0; graph.nodes().len()];
    roots.iter().for_each(|root| uses[root.place()] += 1);
    for (place, node) in graph.nodes().iter().enumerate().rev() {
        if uses[place] > 0 {
            node.operands.iter().for_each(|operand| uses[operand.place()] += 1);
        }
    }
    uses
}

/// How many operations deep it is looked whether a number has an effect.
const LOOKED_AHEAD: usize = 8;

struct Lowering<'a> {
    source: &'a Graph,
    uses: Vec<usize>,
    /// Which operations need a node.
    users: Vec<SmallVec<[Id; 2]>>,
    target: Graph,
    known: FxHashMap<Id, Id>,
    /// By the constant, how many rows it is seen as, and whether it is transposed.
    panels: FxHashMap<(Id, usize, bool), Arc<Panels>>,
}

impl Lowering<'_> {
    fn find_users(&mut self) {
        self.users = vec![SmallVec::new(); self.uses.len()];
        for (place, node) in self.source.nodes().iter().enumerate() {
            if self.uses[place] > 0 {
                node.operands.iter().for_each(|operand| self.users[operand.place()].push(self.source.id_at(place)));
            }
        }
    }

    /// Whether elements have no effect where those of a condition are 0, as far as it can be told from a few operations.
    fn counts_only_where(&self, id: Id, condition: Id, depth: usize) -> bool {
        let users = &self.users[id.place()];
        // A root is used more often than by operations.
        let is_root = users.len() < self.uses[id.place()];
        let is_hidden = |&user: &Id| {
            let node = self.source.node(user);
            match (&node.op, node.operands.as_slice()) {
                (Op::Select, &[own, if_true, if_false]) if own == condition && if_true == id && if_false != id => true,
                (Op::Masked, &[mask, x]) if x == id && self.source.is_zero_without(mask, condition) => true,
                (op, _) if is_elementwise(op) => self.counts_only_where(user, condition, depth - 1),
                (Op::Sum(_), _) if self.source.size(condition) == 1 => {
                    self.counts_only_where(user, condition, depth - 1)
                }
                _ => false,
            }
        };
        depth > 0 && !is_root && users.iter().all(is_hidden)
    }

    fn node(&mut self, id: Id) -> Id {
        let node = self.source.node(id);
        let operands: Vec<Id> = node.operands.iter().map(|operand| self.known[operand]).collect();
        match &node.op {
            Op::Detach => operands[0],
            // The harmless number where the condition fails is not needed if nothing comes of it.
            Op::Select
                if self.source.size(node.operands[1]) == node.size
                    && self.counts_only_where(id, node.operands[0], LOOKED_AHEAD) =>
            {
                operands[1]
            }
            // A check that changes nothing.
            Op::Select
                if let Some(number) = self.target.all(operands[2])
                    && self.target.is_without(operands[1], operands[0], number, node.size) =>
            {
                operands[1]
            }
            Op::Masked if self.target.is_without(operands[1], operands[0], 0.0, node.size) => operands[1],
            Op::Unary(Unary::Sigmoid) => self.logistic(Logistic::Sigmoid, operands[0]),
            Op::Unary(Unary::Softplus) => self.logistic(Logistic::Softplus, operands[0]),
            Op::Binary(Binary::Add | Binary::Sub) => self.sum(node, &operands),
            Op::Sum((1, _, 1)) => self.dot(node, &operands),
            Op::MatMul(product) => self.matmul(*product, node, &operands),
            Op::Join(parts) if parts.iter().sum::<usize>() == node.size => self.join(parts, node, &operands),
            Op::Recurrence(recurrence) => {
                let (body, next) = lower(&recurrence.body, &recurrence.next);
                let lowered = Recurrence { body, next, ..Recurrence::clone(recurrence) };
                self.target.add(Op::Recurrence(Arc::new(lowered)), &operands, node.size)
            }
            op => self.target.add(op.clone(), &operands, node.size),
        }
    }

    /// Elements that follow each other are taken from where they are.
    fn join(&mut self, parts: &[usize], node: &Node, operands: &[Id]) -> Id {
        let mut sources = Vec::with_capacity(operands.len());
        let mut ranges = Vec::with_capacity(operands.len());
        for ((&part, &operand), &lowered) in parts.iter().zip(&node.operands).zip(operands) {
            let own = self.source.node(operand);
            let (source, start) = match &own.op {
                Op::Move(map) if is_run(map) => (self.known[&own.operands[0]], map[0]),
                _ => (lowered, 0),
            };
            sources.push(source);
            ranges.push((start, part));
        }
        self.target.add(Op::JoinParts(ranges), &sources, node.size)
    }

    fn logistic(&mut self, function: Logistic, x: Id) -> Id {
        let size = self.target.size(x);
        // One for all that differ in their sign: exp(−|x|).
        let mut magnitude = x;
        while let Op::Unary(Unary::Neg | Unary::Abs) = self.target.node(magnitude).op {
            magnitude = self.target.node(magnitude).operands[0];
        }
        let exponential = self.target.add(Op::Logistic(Logistic::Exponential), &[magnitude], size);
        self.target.add(Op::Logistic(function), &[x, exponential], size)
    }

    /// The operands of a product, or of a square, that nothing else needs.
    fn single_product(&self, id: Id) -> Option<[Id; 2]> {
        let node = self.source.node(id);
        match (&node.op, node.operands.as_slice()) {
            _ if self.uses[id.place()] > 1 => None,
            (Op::Binary(Binary::Mul), &[a, b]) => Some([self.known[&a], self.known[&b]]),
            (Op::Unary(Unary::Square), &[x]) => Some([self.known[&x]; 2]),
            _ => None,
        }
    }

    fn sum(&mut self, node: &Node, operands: &[Id]) -> Id {
        let is_difference = node.op == Op::Binary(Binary::Sub);
        for (position, other) in [(1, 0), (0, 1)] {
            let product = node.operands[position];
            if self.source.size(product) != node.size {
                continue;
            }
            if let Some([a, b]) = self.single_product(product) {
                let signs = match (is_difference, position) {
                    (false, _) => Signs::Plus,
                    (true, 0) => Signs::Minus,
                    (true, _) => Signs::From,
                };
                return self.target.add(Op::MultiplyAdd(signs), &[a, b, operands[other]], node.size);
            }
        }
        self.target.add(node.op.clone(), operands, node.size)
    }

    fn dot(&mut self, node: &Node, operands: &[Id]) -> Id {
        let x = node.operands[0];
        match self.single_product(x) {
            Some(factors) if factors.iter().all(|&factor| self.target.size(factor) == self.source.size(x)) => {
                self.target.add(Op::Dot, &factors, 1)
            }
            _ => self.target.add(node.op.clone(), operands, node.size),
        }
    }

    /// A constant matrix times a vector, from either side.
    fn matmul(&mut self, product: Product, node: &Node, operands: &[Id]) -> Id {
        let Product { batch, m, k, n, transpose_left, transpose_right } = product;
        let is_constant = |position: usize| matches!(self.source.node(node.operands[position]).op, Op::Constant(_));
        if (batch, m, n) == (1, 1, 1) {
            return self.target.add(Op::Dot, operands, 1);
        }
        let (is_left, is_right) = (batch == 1 && n == 1 && is_constant(0), batch == 1 && m == 1 && is_constant(1));
        // The sums of a few rows are products with the transpose: those of eight at a time would end with one of eight parts
        // for each column.
        let is_short = k <= LANES;
        let op = match (is_left, is_right) {
            (true, _) if transpose_left && is_short => Op::MatVec(self.panels(node.operands[0], m, k, true)),
            (_, true) if transpose_right && is_short => Op::MatVec(self.panels(node.operands[1], n, k, false)),
            // The matrix of the forward pass is the one that is laid out: its rows are the data's.
            (true, _) if transpose_left => Op::TransposedMatVec(self.panels(node.operands[0], k, m, false)),
            (true, _) => Op::MatVec(self.panels(node.operands[0], m, k, false)),
            (_, true) if transpose_right => Op::TransposedMatVec(self.panels(node.operands[1], k, n, true)),
            (_, true) => Op::MatVec(self.panels(node.operands[1], n, k, true)),
            _ => return self.target.add(node.op.clone(), operands, node.size),
        };
        self.target.add(op, &operands[usize::from(is_left)..][..1], node.size)
    }

    fn panels(&mut self, constant: Id, rows: usize, columns: usize, is_transposed: bool) -> Arc<Panels> {
        let Op::Constant(numbers) = &self.source.node(constant).op else {
            unreachable!("a matrix that is laid out is a constant")
        };
        let panels = self.panels.entry((constant, rows, is_transposed));
        panels.or_insert_with(|| Arc::new(Panels::new(numbers, rows, columns, is_transposed))).clone()
    }
}
