//! The operations of a body for all of its steps at once.

use rustc_hash::FxHashMap;

use super::{Definition, Given};
use crate::program::graph::{Around, Graph, Id, Op, Product, Solve, Sparse, SparseSolve, Square, Take};
use crate::program::schedule::is_elementwise;

/// What is known of a body's nodes for all steps.
pub(in crate::program) struct OverSteps<'a> {
    body: &'a Graph,
    given: &'a FxHashMap<usize, Given>,
    known: &'a FxHashMap<Id, Given>,
    steps: usize,
}

impl<'a> OverSteps<'a> {
    pub(in crate::program) fn new(Definition { body, given, known, steps, .. }: &'a Definition) -> Self {
        Self { body, given, known, steps: *steps }
    }

    /// Nodes of the body, in the graph around it.
    pub(in crate::program) fn of(&self, graph: &mut Graph, ids: &[Id]) -> Vec<Given> {
        let mut known = self.known.clone();
        let mut is_needed = vec![false; self.body.nodes().len()];
        ids.iter().for_each(|id| is_needed[id.place()] = true);
        for (place, node) in self.body.nodes().iter().enumerate().rev() {
            if is_needed[place] && !known.contains_key(&self.body.id_at(place)) {
                node.operands.iter().for_each(|operand| is_needed[operand.place()] = true);
            }
        }
        for (place, node) in self.body.nodes().iter().enumerate() {
            let id = self.body.id_at(place);
            if !is_needed[place] || known.contains_key(&id) {
                continue;
            }
            let value = match &node.op {
                Op::Data(number) => self.given[number],
                op => {
                    let operands: Vec<Given> = node.operands.iter().map(|operand| known[operand]).collect();
                    graph.over_steps(op, &operands, node.size, self.steps)
                }
            };
            known.insert(id, value);
        }
        ids.iter().map(|id| known[id]).collect()
    }
}

impl Graph {
    /// Elements of what is given in a step.
    pub(in crate::program) fn size_in_step(&self, given: Given, steps: usize) -> usize {
        match given {
            Given::Each(id) => self.size(id) / steps,
            Given::Same(id) => self.size(id),
        }
    }

    /// One operation for all steps, of which the result has so many elements in each.
    pub(in crate::program) fn over_steps(&mut self, op: &Op, operands: &[Given], size: usize, steps: usize) -> Given {
        let same: Option<Vec<Id>> =
            operands.iter().map(|&operand| if let Given::Same(id) = operand { Some(id) } else { None }).collect();
        if let Some(operands) = same {
            let id = self.rewritten(op, &operands, size);
            return Given::Same(self.repeated(id, size));
        }
        if let Some(id) = self.product_over_steps(op, operands, steps) {
            return Given::Each(id);
        }
        let is_elementwise = is_elementwise(op);
        let sizes: Vec<usize> = operands.iter().map(|&operand| self.size_in_step(operand, steps)).collect();
        let op = for_steps(op, &sizes, steps);
        let operands: Vec<Id> = operands
            .iter()
            .zip(sizes)
            .map(|(&operand, own)| {
                let id = match operand {
                    Given::Each(id) => id,
                    Given::Same(id) if own == 1 && is_elementwise => return id,
                    Given::Same(id) => self.moved(id, (0..own * steps).map(|k| k % own).collect()),
                };
                // A number for each step, which all of its elements see.
                if own < size && is_elementwise { self.each_repeated(id, size) } else { id }
            })
            .collect();
        let id = self.rewritten(&op, &operands, size * steps);
        Given::Each(self.repeated(id, size * steps))
    }

    /// Products with a matrix that is the same in all steps are one.
    fn product_over_steps(&mut self, op: &Op, operands: &[Given], steps: usize) -> Option<Id> {
        let Op::MatMul(Product { batch: 1, m, k, n, transpose_left, transpose_right }) = *op else { return None };
        match (operands[0], operands[1]) {
            // A vector of each step is a row.
            (Given::Same(matrix), Given::Each(vectors)) if n == 1 => {
                let transpose_right = !transpose_left;
                let product = Product { batch: 1, m: steps, k, n: m, transpose_left: false, transpose_right };
                Some(self.matmul(product, vectors, matrix))
            }
            (Given::Each(left), Given::Same(right)) if m == 1 || !transpose_left => {
                let product = Product { batch: 1, m: m * steps, k, n, transpose_left: false, transpose_right };
                Some(self.matmul(product, left, right))
            }
            _ => None,
        }
    }
}

/// An operation on one step's operands, which have these sizes, for those of all steps one after the other.
fn for_steps(op: &Op, sizes: &[usize], steps: usize) -> Op {
    let more = |(outer, length, inner): Around| (outer * steps, length, inner);
    let square = |square: Square| Square { batch: square.batch * steps, ..square };
    let places = |map: &[usize], of_step: usize| {
        (0..steps).flat_map(|step| map.iter().map(move |place| step * of_step + place)).collect()
    };
    match op {
        Op::Move(map) => Op::Move(places(map, sizes[0])),
        Op::Scatter(map, size) => Op::Scatter(places(map, *size), size * steps),
        Op::Take(take) => Op::Take(Take { outer: take.outer * steps, ..*take }),
        Op::TransposedTake(take) => Op::TransposedTake(Take { outer: take.outer * steps, ..*take }),
        Op::Sum(around) => Op::Sum(more(*around)),
        Op::Largest(around) => Op::Largest(more(*around)),
        Op::Smallest(around) => Op::Smallest(more(*around)),
        Op::LogSumExp(around) => Op::LogSumExp(more(*around)),
        Op::CumSum(around, from_the_end) => Op::CumSum(more(*around), *from_the_end),
        Op::MatMul(product) => Op::MatMul(Product { batch: product.batch * steps, ..*product }),
        Op::Cholesky(matrices) => Op::Cholesky(square(*matrices)),
        Op::CholeskyGradient(matrices) => Op::CholeskyGradient(square(*matrices)),
        Op::CholeskyInverse(matrices) => Op::CholeskyInverse(square(*matrices)),
        Op::LogAbsDeterminant(matrices) => Op::LogAbsDeterminant(square(*matrices)),
        Op::InverseTranspose(matrices) => Op::InverseTranspose(square(*matrices)),
        Op::Sparse(function, Sparse { pattern, batch }) => {
            Op::Sparse(*function, Sparse { pattern: pattern.clone(), batch: batch * steps })
        }
        Op::SparseSolve(solve) => Op::SparseSolve(SparseSolve { batch: solve.batch * steps, ..solve.clone() }),
        Op::TriangularSolve(solve) => Op::TriangularSolve(Solve { batch: solve.batch * steps, ..*solve }),
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::Detach
        | Op::Derivative(_)
        | Op::Partial(..)
        | Op::Cumulative(_)
        | Op::Masked
        | Op::Transform(_)
        // The parts of a row stay as large; there are more rows.
        | Op::Join(_) => op.clone(),
        Op::Input
        | Op::Noise(_)
        | Op::Data(_)
        | Op::Sample(..)
        | Op::Implicit(_)
        | Op::Constant(_)
        | Op::MultiplyAdd(_)
        | Op::Logistic(_)
        | Op::JoinParts(_)
        | Op::LinearRecurrence(_)
        | Op::LinearFraction(_)
        | Op::LinearSystem(_)
        | Op::LogSystem(_)
        | Op::LogSystemGradient(_)
        | Op::Recurrence(_)
        | Op::Dot
        | Op::MatVec(_)
        | Op::TransposedMatVec(_)
        | Op::Definite(_) => unreachable!("{op} is given, stands for a loop, or comes of lowering"),
    }
}
