//! Running a program: one pass over its steps, in memory that is there already.

use super::Program;
use super::graph::{Call, Op, Product};
use crate::tensor::elementwise::{Binary, Comparison, Unary};
use crate::tensor::kernel::{host, step};

impl Program {
    /// The value at a position, and the gradient there, which is written over.
    ///
    /// # Panics
    /// If `position` or `gradient` have not as many elements as the program has inputs.
    pub fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> f64 {
        assert_eq!(position.len(), gradient.len(), "the gradient has as many elements as the position");
        if let Some(input) = self.input {
            self.buffers[input as usize].copy_from_slice(position);
        }
        for step in &self.steps {
            let mut output = std::mem::take(&mut self.buffers[step.output as usize]);
            let operand = |which: usize| self.buffers[step.operands[which] as usize].as_slice();
            match &step.op {
                Op::Input | Op::Constant(_) | Op::Detach => {}
                Op::Unary(op) => unary(*op, operand(0), &mut output),
                Op::Binary(op) => binary(*op, operand(0), operand(1), &mut output),
                Op::Compare(op) => compare(*op, operand(0), operand(1), &mut output),
                Op::Select => {
                    let choose = |condition: f64, a: f64, b: f64| if condition == 0.0 { b } else { a };
                    each3(operand(0), operand(1), operand(2), &mut output, choose);
                }
                Op::Masked => each2(operand(0), operand(1), &mut output, |a, b| if a == 0.0 { 0.0 } else { a * b }),
                Op::UnaryGradient(op) => unary_gradient(*op, operand(0), operand(1), operand(2), &mut output),
                Op::BinaryGradient(op, which) => {
                    let operands = [operand(0), operand(1), operand(2), operand(3)];
                    binary_gradient(*op, *which, operands, &mut output);
                }
                Op::Move(map) => {
                    let x = operand(0);
                    output.iter_mut().zip(map.iter()).for_each(|(slot, &place)| *slot = x[place]);
                }
                Op::Scatter(map, _) => {
                    output.fill(0.0);
                    operand(0).iter().zip(map.iter()).for_each(|(x, &place)| output[place] += x);
                }
                Op::Sum(outer, length, inner) => sum(operand(0), (*outer, *length, *inner), &mut output),
                Op::MatMul(product) => matmul(*product, operand(0), operand(1), &mut output),
                Op::Kernel(call) => kernel(call, &step.operands, &self.buffers, &mut output),
                Op::KernelGradient(call, which) => {
                    kernel_gradient(call, *which, &step.operands, &self.buffers, &mut output);
                }
            }
            self.buffers[step.output as usize] = output;
        }
        gradient.fill(0.0);
        for (places, part) in &self.gradient {
            let part = &self.buffers[*part as usize];
            match places {
                Some(places) => places.iter().zip(part).for_each(|(&place, x)| gradient[place] += x),
                None if part.len() == 1 => gradient.iter_mut().for_each(|slot| *slot += part[0]),
                None => gradient.iter_mut().zip(part).for_each(|(slot, x)| *slot += x),
            }
        }
        self.buffers[self.value as usize][0]
    }
}

fn each1(x: &[f64], output: &mut [f64], function: impl Fn(f64) -> f64) {
    output.iter_mut().zip(x).for_each(|(slot, &x)| *slot = function(x));
}

fn each2(a: &[f64], b: &[f64], output: &mut [f64], function: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        ([a], [b]) => output.fill(function(*a, *b)),
        ([a], b) => output.iter_mut().zip(b).for_each(|(slot, &b)| *slot = function(*a, b)),
        (a, [b]) => output.iter_mut().zip(a).for_each(|(slot, &a)| *slot = function(a, *b)),
        (a, b) => output.iter_mut().zip(a.iter().zip(b)).for_each(|(slot, (&a, &b))| *slot = function(a, b)),
    }
}

fn each3(a: &[f64], b: &[f64], c: &[f64], output: &mut [f64], function: impl Fn(f64, f64, f64) -> f64) {
    for (place, slot) in output.iter_mut().enumerate() {
        *slot = function(at(a, place), at(b, place), at(c, place));
    }
}

/// An element of an operand that may have only one.
fn at(x: &[f64], place: usize) -> f64 {
    if let [number] = x { *number } else { x[place] }
}

fn unary(op: Unary, x: &[f64], output: &mut [f64]) {
    // In each branch the function is a constant, so that the compiler can unroll the loop.
    match op {
        Unary::Neg => each1(x, output, |x| -x),
        Unary::Exp => each1(x, output, f64::exp),
        Unary::Ln => each1(x, output, f64::ln),
        Unary::Ln1p => each1(x, output, f64::ln_1p),
        Unary::Sqrt => each1(x, output, f64::sqrt),
        Unary::Square => each1(x, output, |x| x * x),
        Unary::Recip => each1(x, output, f64::recip),
        op => each1(x, output, |x| op.value(x)),
    }
}

fn binary(op: Binary, a: &[f64], b: &[f64], output: &mut [f64]) {
    match op {
        Binary::Add => each2(a, b, output, |a, b| a + b),
        Binary::Sub => each2(a, b, output, |a, b| a - b),
        Binary::Mul => each2(a, b, output, |a, b| a * b),
        Binary::Div => each2(a, b, output, |a, b| a / b),
        op => each2(a, b, output, |a, b| op.value(a, b)),
    }
}

fn compare(op: Comparison, a: &[f64], b: &[f64], output: &mut [f64]) {
    each2(a, b, output, |a, b| op.value(a, b));
}

fn unary_gradient(op: Unary, gradient: &[f64], x: &[f64], y: &[f64], output: &mut [f64]) {
    // What does not count stays 0, also where the derivative is infinite.
    let times = |gradient: f64, derivative: f64| if gradient == 0.0 { 0.0 } else { gradient * derivative };
    match op {
        Unary::Ln => each3(gradient, x, y, output, |gradient, x, _| times(gradient, x.recip())),
        Unary::Ln1p => each3(gradient, x, y, output, |gradient, x, _| times(gradient, (1.0 + x).recip())),
        Unary::Sqrt => each3(gradient, x, y, output, |gradient, _, y| times(gradient, 0.5 / y)),
        op => each3(gradient, x, y, output, |gradient, x, y| times(gradient, op.derivative(x, y))),
    }
}

fn binary_gradient(op: Binary, which: usize, [gradient, a, b, y]: [&[f64]; 4], output: &mut [f64]) {
    for (place, slot) in output.iter_mut().enumerate() {
        let gradient = at(gradient, place);
        *slot = if gradient == 0.0 {
            0.0
        } else {
            let (by_left, by_right) = op.derivatives(at(a, place), at(b, place), at(y, place));
            gradient * if which == 0 { by_left } else { by_right }
        };
    }
}

fn sum(x: &[f64], (_, length, inner): (usize, usize, usize), output: &mut [f64]) {
    if inner == 1 {
        output.iter_mut().zip(x.chunks_exact(length)).for_each(|(slot, line)| *slot = sum_of(line));
        return;
    }
    for (sums, block) in output.chunks_exact_mut(inner).zip(x.chunks_exact(length * inner)) {
        sums.fill(0.0);
        for row in block.chunks_exact(inner) {
            sums.iter_mut().zip(row).for_each(|(slot, x)| *slot += x);
        }
    }
}

const LANES: usize = 8;

/// Several running sums, which the processor adds to at the same time, and which round less than one.
fn sum_of(x: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += x);
    }
    lanes.iter().sum::<f64>() + rest
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn matmul(product: Product, left: &[f64], right: &[f64], output: &mut [f64]) {
    let Product { m, k, n, transpose_left, transpose_right, .. } = product;
    let matrices = left.chunks_exact(m * k).zip(right.chunks_exact(k * n)).zip(output.chunks_exact_mut(m * n));
    for ((left, right), output) in matrices {
        match (transpose_left, transpose_right || n == 1) {
            // Rows with rows, or with a vector.
            (false, true) if transpose_right || k == right.len() => {
                for (row, outputs) in left.chunks_exact(k).zip(output.chunks_exact_mut(n)) {
                    for (slot, column) in outputs.iter_mut().zip(right.chunks_exact(k)) {
                        *slot = dot(row, column);
                    }
                }
            }
            (true, _) if !transpose_right => {
                // Row by row of both: the output is a sum of outer products.
                output.fill(0.0);
                for (row, weights) in left.chunks_exact(m).zip(right.chunks_exact(n)) {
                    for (outputs, x) in output.chunks_exact_mut(n).zip(row) {
                        outputs.iter_mut().zip(weights).for_each(|(slot, weight)| *slot += x * weight);
                    }
                }
            }
            _ => {
                for row in 0..m {
                    let outputs = &mut output[row * n..(row + 1) * n];
                    outputs.fill(0.0);
                    for inner in 0..k {
                        let x = if transpose_left { left[inner * m + row] } else { left[row * k + inner] };
                        for (column, slot) in outputs.iter_mut().enumerate() {
                            let weight =
                                if transpose_right { right[column * k + inner] } else { right[inner * n + column] };
                            *slot += x * weight;
                        }
                    }
                }
            }
        }
    }
}

fn kernel(call: &Call, operands: &[u32], buffers: &[Vec<f64>], output: &mut [f64]) {
    let values: Vec<Vec<f64>> = operands.iter().map(|&operand| buffers[operand as usize].clone()).collect();
    let given = host::Operands { values: &values, shapes: &call.shapes, output_shape: call.output };
    match host::forward(&call.primitive, &given) {
        Ok(values) => output.copy_from_slice(&values),
        // A matrix outside the domain is an outcome, not an error.
        Err(_) => output.fill(f64::NAN),
    }
}

fn kernel_gradient(call: &Call, which: usize, operands: &[u32], buffers: &[Vec<f64>], gradient: &mut [f64]) {
    let count = call.shapes.len();
    let values: Vec<Vec<f64>> = operands[..count].iter().map(|&operand| buffers[operand as usize].clone()).collect();
    let given = host::Operands { values: &values, shapes: &call.shapes, output_shape: call.output };
    let [output, by_output] = [count, count + 1].map(|place| buffers[operands[place] as usize].as_slice());
    gradient.fill(0.0);
    step::backward(&call.primitive, &given, which, output, by_output, gradient);
}
