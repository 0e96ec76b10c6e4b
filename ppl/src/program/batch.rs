//! Batches: a recorded function that draws, evaluated for many draws at once.
//!
//! Each value that depends on a draw becomes an array with one element for each particle, each array one whose last axis
//! is that of the particles. What comes of it is a program like any other.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::graph::{Around, Graph, Id, Node, Op, Operands, Product, Solve, Sparse, SparseSolve, Square};
use super::noise::Noise;
use super::plan::{Part, Places};
use super::recurrence::{Given, Recurrence};
use super::{Obstacle, Program, lower, plan, reroll, schedule};
use crate::tensor::elementwise::Binary;
use crate::tensor::record::Recording;
use crate::{Result, Tensor};

/// Number of particles that are drawn at once.
///
/// # Example
/// A thousand draws are four batches, the last of them not used to its end:
///
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{PARTICLES, RecordedBatch, record_batch};
///
/// let draw = || Uniform::new(0.0, 1.0)?.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR);
/// let recorded = record_batch(|| Ok(vec![draw()?]))?;
/// let RecordedBatch::Static(mut program) = recorded else { panic!("a uniform draw is noise") };
/// let mut draws = Vec::new();
/// for batch in 0..1000_usize.div_ceil(PARTICLES) {
///     program.run(batch as u64);
///     draws.extend_from_slice(program.output(0));
/// }
/// draws.truncate(1000);
/// let mean = draws.iter().sum::<f64>() / 1000.0;
/// assert!((mean - 0.5).abs() < 0.05); // 5.5 standard errors
/// # Ok::<(), ppl::Error>(())
/// ```
pub const PARTICLES: usize = 256;

/// What came of recording a function for batches.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{RecordedBatch, record_batch};
///
/// let coin = || Bernoulli::new(0.5)?.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR);
/// assert!(matches!(record_batch(|| Ok(vec![1.0 - coin()?]))?, RecordedBatch::Static(_)));
/// let branches = record_batch(|| Ok(vec![if coin()? == 1.0 { Tensor::from(0.0) } else { Tensor::from(1.0) }]))?;
/// let RecordedBatch::Dynamic(obstacle) = branches else { panic!("the comparison reads the draw") };
/// assert!(obstacle.to_string().ends_with("`Tensor::select(x.equal(y), a, b)` would be recorded"));
/// assert!(matches!(record_batch(|| Ok(Vec::new()))?, RecordedBatch::Unsupported));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum RecordedBatch {
    /// A program for [`PARTICLES`] draws at once.
    Static(Box<BatchProgram>),
    /// The function may do something else for other random numbers.
    Dynamic(Obstacle),
    /// The function has no results, empty ones, or an operation that is not done for many draws at once.
    Unsupported,
}

/// A recorded function without arguments that draws random numbers: its results for many draws at once.
///
/// See [`record_batch`].
///
/// # Example
/// A vector of two numbers for all particles at once:
///
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{PARTICLES, RecordedBatch, record_batch};
///
/// let draw = || Normal::new([0.0, 100.0], 1.0)?.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR);
/// let RecordedBatch::Static(mut program) = record_batch(|| Ok(vec![draw()?]))? else { panic!("noise, moved") };
/// program.run(0);
/// let first = program.output(0).to_vec();
/// let (near, far) = first.split_at(PARTICLES);
/// assert!(near.iter().all(|x| x.abs() < 10.0) && far.iter().all(|x| (x - 100.0).abs() < 10.0));
/// // Another batch has other draws; the same one has the same.
/// program.run(1);
/// assert_ne!(program.output(0), first);
/// program.run(0);
/// assert_eq!(program.output(0), first);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchProgram {
    program: Program,
}

impl BatchProgram {
    /// Sets the elements of data, by their number: element `e` of particle `p` is at `e · PARTICLES + p`. They stay until
    /// they are set again. Data that the function does not use, or does not have, are ignored.
    ///
    /// # Panics
    /// If `elements` are not as many as were recorded, for each particle.
    pub fn set_data(&mut self, number: usize, elements: &[f64]) {
        self.program.set_data(number, elements);
    }

    /// Draws the random numbers of batch number `batch`, by the draw `batch` of the keys that were recorded, and evaluates
    /// the function for all of its particles.
    pub fn run(&mut self, batch: u64) {
        self.program.draw(batch);
        self.program.run();
    }

    /// Whether in the last [`run`](Self::run) the parameters of all draws were in their domains. Where they were not,
    /// results mean nothing, whatever they are.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.output(self.program.gradient.len() - 1).iter().all(|&count| count == 0.0)
    }

    /// A result of the last [`run`](Self::run), by its place among those of the function: element `e` of particle `p` is
    /// at `e · PARTICLES + p`.
    ///
    /// # Panics
    /// If there is no such result.
    #[must_use]
    pub fn output(&self, which: usize) -> &[f64] {
        let Part { line, elements: size, .. } = self.program.gradient[which];
        &self.program.memory.lines()[line as usize..].as_flattened()[..size]
    }
}

/// Records a function that draws random numbers, for many draws at once.
///
/// It may draw as with [`record_with_draws`](super::record_with_draws), and from distributions whose draws are not
/// transformed noise, such as the discrete ones.
///
/// # Errors
/// The error of `function`; a recording inside another one or inside [`grad`](crate::grad).
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{PARTICLES, RecordedBatch, record_batch};
///
/// let recorded = record_batch(|| {
///     let x = Normal::new(1.0, 2.0)?.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR)?;
///     Ok(vec![x.square(), x])
/// })?;
/// let RecordedBatch::Static(mut program) = recorded else { panic!("a normal draw is noise, scaled and moved") };
/// program.run(0);
/// let (squares, draws) = (program.output(0), program.output(1));
/// assert_eq!((squares.len(), draws.len()), (PARTICLES, PARTICLES));
/// assert!(squares.iter().zip(draws).all(|(square, x)| *square == x * x));
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_batch(function: impl FnOnce() -> Result<Vec<Tensor>>) -> Result<RecordedBatch> {
    record_batch_with_data(&[], |_| function())
}

/// Records a function that draws random numbers, of tensors of which each particle has its own, of the same shapes; they
/// are set by [`BatchProgram::set_data`].
///
/// # Errors
/// As [`record_batch`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{PARTICLES, RecordedBatch, record_batch_with_data};
///
/// let probs = [Tensor::from(0.5)];
/// let recorded = record_batch_with_data(&probs, |probs| {
///     Ok(vec![Bernoulli::new(&probs[0])?.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR)?])
/// })?;
/// let RecordedBatch::Static(mut program) = recorded else { panic!("draws know their parameters") };
/// program.set_data(0, &[0.25; PARTICLES]);
/// program.run(0);
/// assert!(program.is_valid() && program.output(0).iter().sum::<f64>() < 100.0);
/// program.set_data(0, &[1.5; PARTICLES]);
/// program.run(0);
/// assert!(!program.is_valid());
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_batch_with_data(
    data: &[Tensor],
    function: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<RecordedBatch> {
    record_lanes(PARTICLES, data, function)
}

/// Records as [`record_batch_with_data`], for another number of particles than [`PARTICLES`]: fewer take less memory.
///
/// Element `e` of particle `p` is at `e · particles + p`, in data and in results.
///
/// # Errors
/// As [`record_batch`].
///
/// # Panics
/// If there are to be none.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::program::{RecordedBatch, record_lanes};
///
/// let vector = [Tensor::from([0.0, 0.0])];
/// let recorded = record_lanes(3, &vector, |vector| Ok(vec![vector[0].square().sum()]))?;
/// let RecordedBatch::Static(mut program) = recorded else { panic!("no value is read") };
/// // The first elements of the three vectors, then the second ones.
/// program.set_data(0, &[1.0, 2.0, 3.0, 0.0, 1.0, 2.0]);
/// program.run(0);
/// assert_eq!(program.output(0), [1.0, 5.0, 13.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_lanes(
    particles: usize,
    data: &[Tensor],
    function: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<RecordedBatch> {
    assert!(particles > 0, "a batch has at least one particle");
    let (recording, _, data) = Recording::open(&[], Some(Noise::with_samplers()), data)?;
    let outputs = function(&data)?;
    if outputs.is_empty() || outputs.iter().any(|output| output.size() == 0) {
        return Ok(RecordedBatch::Unsupported);
    }
    let (raw, outputs, noise) = match recording.finish(&outputs)? {
        Ok(recorded) => recorded,
        Err(obstacle) => return Ok(RecordedBatch::Dynamic(obstacle)),
    };
    let (graph, outputs) = reroll::reroll(&raw, &outputs);
    let Some((graph, outputs)) = batched(&graph, &outputs, particles) else { return Ok(RecordedBatch::Unsupported) };
    let (graph, outputs) = lower::lower(&graph, &outputs);
    let stages = schedule::schedule(&graph, &outputs);
    let value = outputs[outputs.len() - 1];
    let outputs = outputs.into_iter().map(|output| (Places::All, 1.0, output)).collect();
    let program = plan::program(graph, stages, value, outputs, noise.times(particles));
    Ok(RecordedBatch::Static(Box::new(BatchProgram { program })))
}

/// A value of the function in the graph of the batch.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// The same for all particles.
    Same(Id),
    /// One for each particle.
    Each(Id),
}

/// The graph for all particles; none if it has an operation that is not done for them at once.
fn batched(graph: &Graph, outputs: &[Id], particles: usize) -> Option<(Graph, Vec<Id>)> {
    let mut batch = Batch { particles, source: graph, target: Graph::default(), known: FxHashMap::default() };
    batch.rest()?;
    let outputs = outputs.iter().map(|output| batch.each(*output)).collect();
    Some((batch.target, outputs))
}

struct Batch<'a> {
    particles: usize,
    source: &'a Graph,
    target: Graph,
    known: FxHashMap<Id, Value>,
}

impl Batch<'_> {
    /// All nodes that are not known, in order; none if there is one that is not done for all particles at once.
    fn rest(&mut self) -> Option<()> {
        for place in 0..self.source.nodes().len() {
            let id = self.source.id_at(place);
            if !self.known.contains_key(&id) {
                let value = self.node(id)?;
                self.known.insert(id, value);
            }
        }
        Some(())
    }

    /// A value with one for each particle.
    fn each(&mut self, id: Id) -> Id {
        let particles = self.particles;
        match self.known[&id] {
            Value::Each(id) => id,
            Value::Same(id) => self.target.each_repeated(id, particles),
        }
    }

    fn node(&mut self, id: Id) -> Option<Value> {
        let particles = self.particles;
        let node = self.source.node(id);
        if let Op::Noise(first) = node.op {
            return Some(Value::Each(self.target.noise(first * particles, node.size * particles)));
        }
        if let Op::Data(number) = node.op {
            return Some(Value::Each(self.target.data(number, node.size * particles)));
        }
        if let Op::Sample(..) = node.op {
            let operands: Vec<Id> = node.operands.iter().map(|&operand| self.each(operand)).collect();
            return Some(Value::Each(self.target.add(node.op.clone(), &operands, node.size * particles)));
        }
        let same: Option<Vec<Id>> = node
            .operands
            .iter()
            .map(|operand| if let Value::Same(id) = self.known[operand] { Some(id) } else { None })
            .collect();
        if let Some(operands) = same {
            return Some(Value::Same(self.target.rewritten(&node.op, &operands, node.size)));
        }
        let size = node.size * particles;
        let more = |(outer, length, inner): Around| (outer, length, inner * particles);
        let op = match &node.op {
            Op::Detach | Op::Unary(_) | Op::Binary(_) | Op::Compare(_) | Op::Select | Op::Cumulative(_) => {
                let operands: Vec<Id> = node.operands.iter().map(|&operand| self.seen(operand, node.size)).collect();
                return Some(Value::Each(self.target.rewritten(&node.op, &operands, size)));
            }
            Op::Move(map) => {
                let of_particles = |&place: &usize| place * particles..(place + 1) * particles;
                Op::Move(map.iter().flat_map(of_particles).collect())
            }
            Op::Join(parts) => Op::Join(parts.iter().map(|part| part * particles).collect()),
            Op::Sum(around) => Op::Sum(more(*around)),
            Op::Largest(around) => Op::Largest(more(*around)),
            Op::Smallest(around) => Op::Smallest(more(*around)),
            Op::LogSumExp(around) => Op::LogSumExp(more(*around)),
            Op::CumSum(around, from_the_end) => Op::CumSum(more(*around), *from_the_end),
            Op::LinearRecurrence(from_the_end) => {
                return Some(self.linear_recurrence(*from_the_end, &node.operands, node.size));
            }
            Op::Recurrence(recurrence) => return self.recurrence(recurrence, node),
            Op::MatMul(product) => return Some(self.matmul(*product, node)),
            Op::Cholesky(square) => {
                let op = Op::Cholesky(Square { batch: square.batch * particles, ..*square });
                return Some(self.one_after_the_other(&op, node));
            }
            Op::TriangularSolve(solve) => {
                let op = Op::TriangularSolve(Solve { batch: solve.batch * particles, ..*solve });
                return Some(self.one_after_the_other(&op, node));
            }
            Op::LogAbsDeterminant(square) => {
                let op = Op::LogAbsDeterminant(Square { batch: square.batch * particles, ..*square });
                return Some(self.one_after_the_other(&op, node));
            }
            Op::InverseTranspose(square) => {
                let op = Op::InverseTranspose(Square { batch: square.batch * particles, ..*square });
                return Some(self.one_after_the_other(&op, node));
            }
            Op::Transform(_) => return Some(self.one_after_the_other(&node.op, node)),
            Op::Sparse(function, Sparse { pattern, batch }) => {
                let matrices = Sparse { pattern: pattern.clone(), batch: batch * particles };
                return Some(self.one_after_the_other(&Op::Sparse(*function, matrices), node));
            }
            Op::SparseSolve(solve) => return Some(self.sparse_solve(solve, node)),
            _ => return None,
        };
        let operands: Vec<Id> = node.operands.iter().map(|&operand| self.each(operand)).collect();
        Some(Value::Each(self.target.rewritten(&op, &operands, size)))
    }

    /// An operand of an elementwise operation of this size.
    fn seen(&mut self, operand: Id, size: usize) -> Id {
        let particles = self.particles;
        let own = self.source.size(operand);
        match self.known[&operand] {
            Value::Same(id) if own == 1 => id,
            Value::Each(id) if own < size => {
                self.target.moved(id, (0..size * particles).map(|element| element % particles).collect())
            }
            _ => self.each(operand),
        }
    }

    /// Elements of an operand that follow each other.
    fn elements(&mut self, operand: Id, range: Range<usize>) -> Value {
        let particles = self.particles;
        match self.known[&operand] {
            Value::Same(id) => Value::Same(self.target.moved(id, range.collect())),
            Value::Each(id) => {
                let range = range.start * particles..range.end * particles;
                Value::Each(self.target.moved(id, range.collect()))
            }
        }
    }

    /// One element of an operand: a number if it is the same for all particles.
    fn element(&mut self, operand: Id, element: usize) -> Id {
        let element = if self.source.size(operand) == 1 { 0 } else { element };
        match self.elements(operand, element..element + 1) {
            Value::Same(id) | Value::Each(id) => id,
        }
    }

    /// Step by step: each is one for all particles.
    fn linear_recurrence(&mut self, from_the_end: bool, operands: &[Id], size: usize) -> Value {
        let particles = self.particles;
        let [a, b, initial] = [operands[0], operands[1], operands[2]];
        let mut value = self.element(initial, 0);
        let mut values = Vec::with_capacity(size);
        for step in 0..size {
            let element = if from_the_end { size - 1 - step } else { step };
            let [factor, term] = [a, b].map(|operand| self.element(operand, element));
            let product = self.target.binary(Binary::Mul, factor, value);
            value = self.target.binary(Binary::Add, product, term);
            values.push(self.target.repeated(value, particles));
        }
        if from_the_end {
            values.reverse();
        }
        Value::Each(self.target.join(&values, vec![particles; size], size * particles))
    }

    /// Step by step, as [`linear_recurrence`](Self::linear_recurrence).
    fn recurrence(&mut self, recurrence: &Recurrence, node: &Node) -> Option<Value> {
        let particles = self.particles;
        let Recurrence { body, next, steps, from_the_end, .. } = recurrence;
        let mut state: Vec<Value> = node.operands[..next.len()].iter().map(|operand| self.known[operand]).collect();
        let given = recurrence.given(&node.operands);
        let mut values = vec![Vec::with_capacity(*steps); next.len()];
        for step in 0..*steps {
            let step = if *from_the_end { steps - 1 - step } else { step };
            let mut known = FxHashMap::default();
            for (place, node) in body.nodes().iter().enumerate() {
                let Op::Data(number) = node.op else { continue };
                let value = match number.checked_sub(next.len()).map(|number| given[number]) {
                    None => state[number],
                    Some(Given::Same(id)) => self.known[&id],
                    Some(Given::Each(id)) => self.elements(id, step * node.size..(step + 1) * node.size),
                };
                known.insert(body.id_at(place), value);
            }
            let mut inner = Batch { particles, source: body, target: std::mem::take(&mut self.target), known };
            inner.rest()?;
            state = next.iter().map(|next| inner.known[next]).collect();
            for (values, next) in values.iter_mut().zip(next) {
                let size = body.size(*next);
                let all = inner.each(*next);
                values.push(inner.target.repeated(all, size * particles));
            }
            self.target = inner.target;
        }
        if *from_the_end {
            values.iter_mut().for_each(|values| values.reverse());
        }
        let sizes = recurrence.sizes().into_iter().flat_map(|size| vec![size * particles; *steps]).collect();
        Some(Value::Each(self.target.join(&values.concat(), sizes, node.size * particles)))
    }

    /// Products: at once with a matrix that is the same for all particles, else one after the other.
    fn matmul(&mut self, product: Product, node: &Node) -> Value {
        let particles = self.particles;
        let Product { batch, m, k, n, .. } = product;
        let size = batch * m * n * particles;
        match (self.known[&node.operands[0]], self.known[&node.operands[1]]) {
            (Value::Same(left), Value::Each(right)) => {
                let product = Product { n: n * particles, ..product };
                Value::Each(self.target.rewritten(&Op::MatMul(product), &[left, right], size))
            }
            (Value::Each(left), Value::Same(right)) if (batch, m) == (1, 1) => {
                let product = Product { batch, m: n, k, n: particles, transpose_left: true, transpose_right: false };
                Value::Each(self.target.rewritten(&Op::MatMul(product), &[right, left], size))
            }
            _ => self.one_after_the_other(&Op::MatMul(Product { batch: batch * particles, ..product }), node),
        }
    }

    /// Of one factor for all particles, these are further right sides.
    fn sparse_solve(&mut self, solve: &SparseSolve, node: &Node) -> Value {
        let particles = self.particles;
        let (Value::Same(factor), 1) = (self.known[&node.operands[0]], solve.batch) else {
            let op = Op::SparseSolve(SparseSolve { batch: solve.batch * particles, ..solve.clone() });
            return self.one_after_the_other(&op, node);
        };
        let right = self.each(node.operands[1]);
        let (size, all) = (node.size, node.size * particles);
        let right = self.target.moved(right, (0..all).map(|k| k % size * particles + k / size).collect());
        let op = Op::SparseSolve(SparseSolve { columns: solve.columns * particles, ..solve.clone() });
        let solutions = self.target.rewritten(&op, &[factor, right], all);
        let map = (0..all).map(|k| k % particles * size + k / particles).collect();
        Value::Each(self.target.moved(solutions, map))
    }

    /// An operation on as many more matrices, for which those of a particle must stand together.
    fn one_after_the_other(&mut self, op: &Op, node: &Node) -> Value {
        let particles = self.particles;
        let mut operands = Operands::new();
        for operand in &node.operands {
            let own = self.source.size(*operand);
            let (id, element, particle) = match self.known[operand] {
                Value::Same(id) => (id, 1, 0),
                Value::Each(id) => (id, particles, 1),
            };
            let place = |of_all: usize| of_all % own * element + of_all / own * particle;
            let map = (0..own * particles).map(place).collect();
            operands.push(self.target.moved(id, map));
        }
        let size = node.size;
        let results = self.target.rewritten(op, &operands, size * particles);
        let map = (0..size * particles).map(|of_all| of_all % particles * size + of_all / particles).collect();
        Value::Each(self.target.moved(results, map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::random::Key;
    use crate::tensor::fourier::{Transform, Waves};

    /// Checks a function of some draws against itself, one particle after the other.
    #[track_caller]
    fn check(name: &str, function: impl Fn(&Tensor, &Tensor) -> Tensor) {
        let draw =
            |site: &str, size: usize| Normal::new(0.3, 0.5)?.sample(&mut Key::new(1).rng(site, 0), &Shape::from(size));
        let recorded = record_batch(|| {
            let (x, y) = (draw("x", 3)?, draw("y", 1)?);
            let y = y.get(0);
            Ok(vec![function(&x, &y), x, y, Tensor::from(2.0)])
        });
        let Ok(RecordedBatch::Static(mut program)) = recorded else { panic!("{name}: {recorded:?}") };
        for batch in [0, 3] {
            program.run(batch);
            let element =
                |which: usize, element: usize, particle: usize| program.output(which)[element * PARTICLES + particle];
            for particle in 0..PARTICLES {
                let x = Tensor::from([0, 1, 2].map(|k| element(1, k, particle)));
                let expected = function(&x, &Tensor::from(element(2, 0, particle)));
                for (k, expected) in expected.to_vec().into_iter().enumerate() {
                    let got = element(0, k, particle);
                    assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{name}: {got}, {expected}");
                }
                assert_eq!(element(3, 0, particle), 2.0);
            }
        }
    }

    #[test]
    fn each_particle_has_its_own_values() {
        check("elementwise", |x, y| (x * y).exp() + x.square() - 1.0);
        check("data", |x, y| x * Tensor::from([1.0, 2.0, 4.0]) + y * Tensor::from([1.0, -1.0, 0.5]));
        check("sums", |x, y| x.sum() + (x - y).square().sum() + y);
        check("select", |x, y| Tensor::select(x.greater(y), x, y * 2.0));
        check("axes", |x, y| {
            let table = x.unsqueeze(1) * Tensor::from([1.0, 2.0]) + y;
            table.logsumexp_axis(1) + table.max_axis(1) + table.cumsum(0).sum_axis(1) - table.min_axis(1)
        });
        check("movements", |x, y| Tensor::concat(&[x.flip(0), x.take(0, &[2, 2]), y.unsqueeze(0)], 0));
        check("recurrences", |x, y| {
            let mut position = y.clone();
            let steps = (0..40).map(|step| {
                position = &position * 0.9 + x.get(step % 3) * 0.1 + step as f64 * 0.01;
                position.clone()
            });
            Tensor::stack(&steps.collect::<Vec<_>>(), 0)
        });
        check("recurrences of other kinds", |x, y| {
            let mut state = x.clone();
            let steps = (0..40).map(|step| {
                state = (state.take(0, &[1, 2, 0]) * y - x.get(step % 3)).tanh() + step as f64 * 0.01;
                state.clone()
            });
            Tensor::stack(&steps.collect::<Vec<_>>(), 0).reshape(120)
        });
        check("recurrences of several parts", |x, y| {
            let (mut a, mut b) = (y.clone(), Tensor::from(0.5));
            let mut total = y * 0.0;
            for step in 0..40 {
                (a, b) = ((&a * &b + x.get(step % 3)).sin(), &a * 0.9);
                total += &a * &b;
            }
            Tensor::stack(&[total, a, b], 0)
        });
        let matrix = Tensor::linspace(-1.0, 1.0, 12).reshape([4, 3]);
        check("matrix times vector", |x, _| matrix.matmul(x));
        check("vector times matrix", |x, _| x.matmul(matrix.transpose()));
        let definite = |x: &Tensor| x.unsqueeze(1) * x.unsqueeze(0) + Tensor::eye(3) * 2.0;
        check("products of matrices", |x, y| definite(x).matmul(definite(&(x * y))).reshape(9));
        check("factors", |x, _| definite(x).cholesky().reshape(9));
        check("solutions", |x, y| {
            let factor = definite(x).cholesky();
            let right = Tensor::concat(&[x.unsqueeze(1), Tensor::full([3, 1], 0.5) * y], 1);
            factor.triangular_solve(&right, true, false).reshape(6)
                + definite(&Tensor::from([0.1, 0.2, 0.3])).cholesky().triangular_solve(right, true, true).reshape(6)
        });
        check("determinants", |x, y| definite(x).log_determinant() * y);
        check("inverses", |x, y| (definite(x) + y).inverse().reshape(9));
        let chain = crate::distribution::SparsityPattern::banded(3, 1).unwrap();
        let values = |x: &Tensor| Tensor::concat(&[x.square() + 2.0, x.slice(0, 0..2).sin()], 0);
        let waves = Transform::new(Waves::Cosine, 64);
        check("transforms", |x, y| waves.of(&x.take(0, &[0, 1, 2, 1].repeat(16)).cumsum(0)).unwrap() * y);
        check("sparse matrices", |x, y| {
            let factor = chain.cholesky(&values(x)).unwrap();
            let root = chain.root_of_inverse_times(&factor, &(x * y)).unwrap();
            root + chain.inverse(&values(x)).unwrap().slice(0, 0..3) * chain.log_determinant(&factor).unwrap()
        });
        let fixed = chain.cholesky(&values(&Tensor::from([0.1, 0.2, 0.3]))).unwrap();
        check("systems with one sparse matrix", |x, y| chain.inverse_times(&fixed, &(x + y)).unwrap());
    }

    #[test]
    fn the_number_of_particles_changes_no_bit() {
        let function = |data: &[Tensor]| {
            let (x, y) = (data[0].get(0).exp(), data[0].get(1).sigmoid());
            Ok(vec![&x * y.log1p() + 0.3, Tensor::stack(&[x.tanh(), y], 0).cumsum(0)])
        };
        let results = |particles: usize, first: usize| -> Vec<u64> {
            let recorded = record_lanes(particles, &[Tensor::from([0.1, 0.2])], function).unwrap();
            let RecordedBatch::Static(mut program) = recorded else { panic!("{recorded:?}") };
            let value = |element: usize, draw: usize| ((element * 97 + draw * 13) % 31) as f64 / 7.0 - 2.0;
            let data = (0..2).flat_map(|element| (0..particles).map(move |particle| value(element, first + particle)));
            program.set_data(0, &data.collect::<Vec<_>>());
            program.run(0);
            let element = |which: usize, element: usize| program.output(which)[element * particles].to_bits();
            vec![element(0, 0), element(1, 0), element(1, 1)]
        };
        for draw in 0..31 {
            let expected = results(PARTICLES, draw);
            for particles in [1, 4, 8, 64] {
                assert_eq!(results(particles, draw), expected, "{particles} particles, draw {draw}");
            }
        }
    }

    #[test]
    fn batches_are_reproducible_and_differ() {
        let recorded =
            record_batch(|| Ok(vec![Normal::new(0.0, 1.0)?.sample(&mut Key::new(1).rng("x", 0), &Shape::SCALAR)?]));
        let Ok(RecordedBatch::Static(mut program)) = recorded else { panic!("{recorded:?}") };
        let mut draws = |batch: u64| {
            program.run(batch);
            program.output(0).to_vec()
        };
        let first = draws(0);
        assert_ne!(first, draws(1));
        assert_eq!(first, draws(0));
        // 256 standard normals: the mean is within 4 standard errors of 0, a false alarm in 16,000 choices of the seed.
        let mean = first.iter().sum::<f64>() / PARTICLES as f64;
        assert!(mean.abs() < 4.0 / (PARTICLES as f64).sqrt(), "{mean}");
    }

    #[test]
    fn what_reads_a_draw_or_draws_otherwise_is_dynamic() {
        let draw = || Normal::new(0.0, 1.0)?.sample(&mut Key::new(1).rng("x", 0), &Shape::SCALAR);
        let read = record_batch(|| Ok(vec![if draw()?.item() > 0.0 { draw()? } else { -draw()? }]));
        assert!(matches!(read, Ok(RecordedBatch::Dynamic(Obstacle::Read { .. }))));
        assert!(matches!(record_batch(|| Ok(vec![Tensor::zeros(0)])), Ok(RecordedBatch::Unsupported)));
    }
}
