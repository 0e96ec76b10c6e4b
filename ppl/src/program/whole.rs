//! Operations on whole arrays: along axes, and linear algebra.

use pulp::Simd;

use super::elementary::{exp, ln, multiply_add};
use super::graph::{Around, Definite, Op, Product, Solve, Sparse, SparseSolve, Take};
use super::instruction::Whole;
use super::memory::{LANES, Line, lines_of};
use super::recurrence::{LARGEST_STATE, System};
use super::{fraction, log_system};
use crate::tensor::kernel::definite::{self, Storage};
use crate::tensor::kernel::linear_algebra::{self, dot};
use crate::tensor::sparse;

/// What stands before an operation's output in memory, and behind it.
struct Memory<'a> {
    before: &'a [f64],
    after: &'a [f64],
    /// Where the second begins.
    end: usize,
}

impl<'a> Memory<'a> {
    fn get(&self, (line, size): (u32, usize)) -> &'a [f64] {
        let start = line as usize * LANES;
        if start < self.end { &self.before[start..start + size] } else { &self.after[start - self.end..][..size] }
    }
}

/// Lines of scratch that an operation needs behind its output.
pub(super) fn scratch(op: &Op) -> u32 {
    let numbers = match op {
        Op::CholeskyGradient(square) => linear_algebra::cholesky_gradient_scratch(square.size),
        Op::Cholesky(square) => definite::panels_len(square.size),
        Op::CholeskyInverse(square) => linear_algebra::cholesky_inverse_scratch(square.size),
        Op::Definite(Definite::Inverse(size)) => definite::inverse_scratch(*size),
        Op::Definite(Definite::Solve { size, .. }) => definite::substitution_scratch(*size),
        Op::LogAbsDeterminant(square) | Op::InverseTranspose(square) => linear_algebra::lu_scratch(square.size),
        Op::Sparse(function, sparse) => function.scratch(&sparse.pattern),
        Op::LogSystem(system) => log_system::scratch(*system),
        Op::LogSystemGradient(gradient) => log_system::gradient::scratch(*gradient),
        &Op::LogSumExp(around) => {
            let (outer, length, inner) = around;
            let blocks = blocks_together(around).min(outer);
            return (lines_of(blocks * length * inner) + lines_of(blocks * inner)) as u32;
        }
        _ => 0,
    };
    lines_of(numbers) as u32
}

#[inline(always)]
pub(super) fn run<S: Simd>(simd: S, whole: &Whole, memory: &mut [Line]) {
    let (line, size) = whole.output;
    let (before, rest) = memory.as_flattened_mut().split_at_mut(line as usize * LANES);
    let (output, rest) = rest.split_at_mut(lines_of(size) * LANES);
    let (scratch, after) = rest.split_at_mut(whole.scratch as usize * LANES);
    let memory = Memory { before, after, end: line as usize * LANES + output.len() + scratch.len() };
    let operand = |which: usize| memory.get(whole.operands[which]);
    let (output, padding) = output.split_at_mut(size);
    match &whole.op {
        Op::Sum(around) => sum(operand(0), *around, output),
        Op::Largest(around) => extremum(operand(0), *around, output, |a, b| a > b),
        Op::Smallest(around) => extremum(operand(0), *around, output, |a, b| a < b),
        Op::LogSumExp(around) => logsumexp::<S>(operand(0), *around, output, scratch),
        Op::CumSum(around, from_the_end) => cumsum(operand(0), *around, *from_the_end, output),
        Op::LinearRecurrence(from_the_end) => {
            linear_recurrence::<S>([operand(0), operand(1), operand(2)], *from_the_end, output);
        }
        Op::LinearFraction(from_the_end) => {
            let coefficients = fraction::Coefficients { a: operand(0), b: operand(1), c: operand(2) };
            fraction::run::<S>(coefficients, operand(3)[0], *from_the_end, output);
        }
        Op::LinearSystem(system) => {
            let run = match system.sizes.iter().sum() {
                1 => linear_system::<1>,
                2 => linear_system::<2>,
                3 => linear_system::<3>,
                4 => linear_system::<4>,
                5 => linear_system::<5>,
                6 => linear_system::<6>,
                7 => linear_system::<7>,
                LARGEST_STATE => linear_system::<LARGEST_STATE>,
                size => unreachable!("states of {size} elements are recurrences"),
            };
            run(system, &operand, output);
        }
        Op::LogSystem(system) => {
            let terms = if system.has_terms { operand(2) } else { &[] };
            let operands = log_system::Operands { initial: operand(0), coefficients: operand(1), terms };
            log_system::run(simd, *system, operands, output, scratch);
        }
        Op::LogSystemGradient(gradient) => {
            let terms = if gradient.system.has_terms { operand(4) } else { &[] };
            let operands = log_system::Operands { initial: operand(0), coefficients: operand(1), terms };
            log_system::gradient::run(simd, *gradient, operands, [operand(2), operand(3)], output, scratch);
        }
        Op::Take(shape) => take(*shape, operand(0), operand(1), output),
        Op::TransposedTake(shape) => transposed_take(*shape, operand(0), operand(1), output),
        Op::Join(parts) => join(parts, operand, output),
        Op::JoinParts(parts) => {
            let mut rest = &mut *output;
            for (which, &(start, count)) in parts.iter().enumerate() {
                let (own, later) = rest.split_at_mut(count);
                own.copy_from_slice(&operand(which)[start..start + count]);
                rest = later;
            }
        }
        Op::MatMul(product) => matmul(*product, operand(0), operand(1), output),
        Op::Cholesky(square) => {
            let (elements, matrices) = (square.size * square.size, operand(0));
            for (matrix, factor) in matrices.chunks_exact(elements).zip(output.chunks_exact_mut(elements)) {
                // A matrix outside the domain is an outcome, not an error.
                if linear_algebra::cholesky(simd, matrix, square.size, factor, scratch).is_err() {
                    factor.fill(f64::NAN);
                }
            }
        }
        Op::CholeskyGradient(square) => {
            let elements = square.size * square.size;
            output.fill(0.0);
            let factors = operand(0).chunks_exact(elements).zip(operand(1).chunks_exact(elements));
            for ((factor, by_factor), slot) in factors.zip(output.chunks_exact_mut(elements)) {
                linear_algebra::cholesky_gradient(factor, by_factor, square.size, slot, scratch);
            }
        }
        Op::CholeskyInverse(square) => {
            let elements = square.size * square.size;
            for (factor, inverse) in operand(0).chunks_exact(elements).zip(output.chunks_exact_mut(elements)) {
                linear_algebra::cholesky_inverse(simd, factor, square.size, inverse, scratch);
            }
        }
        Op::Definite(operation) => definite_matrix(simd, *operation, &operand, output, scratch),
        Op::TriangularSolve(solve) => {
            let Solve { size, columns, lower, transpose, .. } = *solve;
            output.copy_from_slice(operand(1));
            let triangles = operand(0).chunks_exact(size * size);
            for (triangle, right) in triangles.zip(output.chunks_exact_mut(size * columns)) {
                linear_algebra::triangular_solve(triangle, (size, columns), (lower, transpose), right);
            }
        }
        Op::LogAbsDeterminant(square) => {
            let matrices = operand(0).chunks_exact(square.size * square.size);
            for (matrix, slot) in matrices.zip(output.iter_mut()) {
                *slot = linear_algebra::log_abs_determinant(matrix, square.size, scratch);
            }
        }
        Op::InverseTranspose(square) => {
            let elements = square.size * square.size;
            output.fill(0.0);
            for (matrix, slot) in operand(0).chunks_exact(elements).zip(output.chunks_exact_mut(elements)) {
                linear_algebra::add_inverse_transpose(matrix, square.size, 1.0, slot, scratch);
            }
        }
        Op::Transform(transform) => transform.run(operand(0), output),
        Op::Sparse(function, Sparse { pattern, batch }) => {
            let width = function.output_len(pattern);
            for (which, output) in output.chunks_exact_mut(width).enumerate() {
                let own = |elements: &'_ [f64]| elements.len() / batch;
                let mut operands: [&[f64]; 4] = [&[]; 4];
                for (slot, number) in operands.iter_mut().zip(0..whole.operands.len()) {
                    let elements = operand(number);
                    *slot = &elements[which * own(elements)..][..own(elements)];
                }
                // A matrix outside the domain is an outcome, not an error.
                if function.of(pattern, &operands, output, scratch).is_err() {
                    output.fill(f64::NAN);
                }
            }
        }
        Op::SparseSolve(SparseSolve { pattern, columns, transpose, .. }) => {
            output.copy_from_slice(operand(1));
            let blocks = output.chunks_exact_mut(columns * pattern.size());
            for (factor, rights) in operand(0).chunks_exact(pattern.factor_len()).zip(blocks) {
                for right in rights.chunks_exact_mut(pattern.size()) {
                    sparse::solve(pattern, factor, *transpose, right);
                }
            }
        }
        Op::Implicit(implicit) => {
            let parameters = whole.operands.len() - 1;
            let count = output.len() / parameters;
            for element in 0..count {
                // There are two parameters at most.
                let of = |which: usize| {
                    let own = operand(which.min(parameters));
                    own[if own.len() == 1 { 0 } else { element }]
                };
                let derivatives = implicit.derivatives(of(0), [of(1), of(2)]);
                (0..parameters).for_each(|which| output[which * count + element] = derivatives[which]);
            }
        }
        op => unreachable!("{op} is done element by element"),
    }
    // A number is a line of equal ones.
    padding.fill(output[size - 1]);
}

/// The lower triangle of a symmetric matrix, packed, and its Cholesky factor in panels.
#[inline(always)]
fn definite_matrix<'a, S: Simd>(
    simd: S,
    operation: Definite,
    operand: &impl Fn(usize) -> &'a [f64],
    output: &mut [f64],
    scratch: &mut [f64],
) {
    match operation {
        Definite::Factor(size) => {
            // A matrix outside the domain is an outcome, not an error.
            if definite::factorize(simd, (operand(0), Storage::Packed), size, output).is_err() {
                output.fill(f64::NAN);
            }
        }
        Definite::Solve { size, transpose } => {
            output.copy_from_slice(operand(1));
            definite::substitute(simd, operand(0), size, transpose, output, scratch);
        }
        Definite::Inverse(size) => definite::inverse(simd, operand(0), size, (output, Storage::Packed), scratch),
        Definite::Outer(size) => {
            let (x, y) = (operand(0), operand(1));
            let mut rest = output;
            for (row, x) in x[..size].iter().enumerate() {
                let (own, later) = rest.split_at_mut(row + 1);
                own.iter_mut().zip(y).for_each(|(slot, y)| *slot = x * y);
                rest = later;
            }
        }
    }
}

#[inline(always)]
fn sum(x: &[f64], (_, length, inner): Around, output: &mut [f64]) {
    match (length, inner) {
        (2, 1) => short_sums::<2>(x, output),
        (3, 1) => short_sums::<3>(x, output),
        (4, 1) => short_sums::<4>(x, output),
        (_, 1) => output.iter_mut().zip(x.chunks_exact(length)).for_each(|(slot, line)| *slot = sum_of(line)),
        _ => {
            for (sums, block) in output.chunks_exact_mut(inner).zip(x.chunks_exact(length * inner)) {
                if inner < LANES && length >= 2 * LANES {
                    sums_of_short_rows(block, sums);
                    continue;
                }
                if inner < LANES && length < LANES {
                    // Adding so few lines takes longer than their elements.
                    for (column, slot) in sums.iter_mut().enumerate() {
                        *slot = (1..length).fold(block[column], |sum, row| sum + block[row * inner + column]);
                    }
                    continue;
                }
                sums.fill(0.0);
                for row in block.chunks_exact(inner) {
                    sums.iter_mut().zip(row).for_each(|(slot, x)| *slot += x);
                }
            }
        }
    }
}

/// Of rows that are shorter than a line: eight of them are as many lines as a row has elements.
#[inline(always)]
fn sums_of_short_rows(block: &[f64], output: &mut [f64]) {
    let inner = output.len();
    let mut sums = [[0.0; LANES]; LANES];
    let groups = block.chunks_exact(LANES * inner);
    let rest = groups.remainder();
    for group in groups {
        for (sums, line) in sums.iter_mut().zip(group.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] += line[lane];
            }
        }
    }
    output.fill(0.0);
    for row in sums.as_flattened()[..LANES * inner].chunks_exact(inner).chain(rest.chunks_exact(inner)) {
        output.iter_mut().zip(row).for_each(|(slot, x)| *slot += x);
    }
}

fn short_sums<const LENGTH: usize>(x: &[f64], output: &mut [f64]) {
    output.iter_mut().zip(x.as_chunks::<LENGTH>().0).for_each(|(slot, line)| *slot = line.iter().sum());
}

/// Several running sums, which the processor adds to at the same time, and which round less than one.
fn sum_of(x: &[f64]) -> f64 {
    let (lines, rest) = x.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for line in lines {
        sums.iter_mut().zip(line).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// NaN if there is one.
#[inline(always)]
fn extremum(x: &[f64], (_, length, inner): Around, output: &mut [f64], is_better: impl Fn(f64, f64) -> bool) {
    // Nothing is better than NaN, but for another one.
    let choose = |best: f64, x: f64| if x.is_nan() | is_better(x, best) { x } else { best };
    if inner == 1 {
        for (line, slot) in x.chunks_exact(length).zip(output) {
            *slot = line.iter().fold(line[0], |best, &x| choose(best, x));
        }
        return;
    }
    for (block, best) in x.chunks_exact(length * inner).zip(output.chunks_exact_mut(inner)) {
        if inner < LANES {
            // Copying so few takes longer than anything else.
            for (column, slot) in best.iter_mut().enumerate() {
                *slot = (1..length).fold(block[column], |best, row| choose(best, block[row * inner + column]));
            }
            continue;
        }
        best.copy_from_slice(&block[..inner]);
        for row in block.chunks_exact(inner).skip(1) {
            best.iter_mut().zip(row).for_each(|(best, &x)| *best = choose(*best, x));
        }
    }
}

/// So many of the outermost blocks are done together: their exponentials stay in the fastest cache.
fn blocks_together((_, length, inner): Around) -> usize {
    const ELEMENTS: usize = 2048;

    (ELEMENTS / (length * inner)).max(1)
}

/// `m + ln Σ exp(x − m)` with `m = max x`; −∞ for a line of −∞, +∞ if there is one.
#[inline(always)]
fn logsumexp<S: Simd>(x: &[f64], around: Around, output: &mut [f64], scratch: &mut [f64]) {
    let (_, length, inner) = around;
    let together = blocks_together(around);
    for (x, output) in x.chunks(length * inner * together).zip(output.chunks_mut(inner * together)) {
        extremum(x, around, output, |a, b| a > b);
        let (powers, rest) = scratch.split_at_mut(lines_of(x.len()) * LANES);
        let (sums, _) = rest.split_at_mut(lines_of(output.len()) * LANES);
        let shift = |largest: f64| if largest.is_infinite() { 0.0 } else { largest };
        let blocks = x.chunks_exact(length * inner).zip(output.chunks_exact(inner));
        for ((block, largest), powers) in blocks.zip(powers.chunks_exact_mut(length * inner)) {
            if let &[largest] = largest {
                let shift = shift(largest);
                powers.iter_mut().zip(block).for_each(|(power, x)| *power = x - shift);
                continue;
            }
            for (row, powers) in block.chunks_exact(inner).zip(powers.chunks_exact_mut(inner)) {
                for ((power, x), &largest) in powers.iter_mut().zip(row).zip(largest) {
                    *power = x - shift(largest);
                }
            }
        }
        for line in powers.as_chunks_mut::<LANES>().0 {
            let xs = *line;
            for lane in 0..LANES {
                line[lane] = exp::<S>(xs[lane]);
            }
        }
        sum(&powers[..x.len()], (1, length, inner), sums);
        for line in sums.as_chunks_mut::<LANES>().0 {
            let xs = *line;
            for lane in 0..LANES {
                line[lane] = ln::<S>(xs[lane]);
            }
        }
        for (slot, logarithm) in output.iter_mut().zip(sums) {
            if !slot.is_infinite() {
                *slot += *logarithm;
            }
        }
    }
}

fn cumsum(x: &[f64], around: Around, from_the_end: bool, output: &mut [f64]) {
    let (outer, length, inner) = around;
    for number in 0..outer * inner {
        let mut sum = 0.0;
        for index in 0..length {
            let index = if from_the_end { length - 1 - index } else { index };
            let element = (number / inner * length + index) * inner + number % inner;
            sum += x[element];
            output[element] = sum;
        }
    }
}

/// For each of the outer blocks of the source, its places.
fn places(Take { outer, count, .. }: Take, numbers: &[f64]) -> impl Iterator<Item = &[f64]> {
    let sets = numbers.len() / count;
    (0..outer).map(move |block| &numbers[block * sets / outer * count..][..count])
}

fn take(shape: Take, source: &[f64], numbers: &[f64], output: &mut [f64]) {
    let Take { length, inner, count, .. } = shape;
    let blocks = source.chunks_exact(length * inner).zip(output.chunks_exact_mut(count * inner));
    for ((block, taken), places) in blocks.zip(places(shape, numbers)) {
        for (slot, &place) in taken.chunks_exact_mut(inner).zip(places) {
            slot.copy_from_slice(&block[place as usize * inner..][..inner]);
        }
    }
}

fn transposed_take(shape: Take, elements: &[f64], numbers: &[f64], output: &mut [f64]) {
    let Take { length, inner, count, .. } = shape;
    output.fill(0.0);
    let blocks = output.chunks_exact_mut(length * inner).zip(elements.chunks_exact(count * inner));
    for ((block, taken), places) in blocks.zip(places(shape, numbers)) {
        for (elements, &place) in taken.chunks_exact(inner).zip(places) {
            let slot = &mut block[place as usize * inner..][..inner];
            slot.iter_mut().zip(elements).for_each(|(slot, element)| *slot += element);
        }
    }
}

/// Eight steps at a time: those of a block from 0 are found in three rounds, each of which joins what the last has found
/// (Hillis and Steele 1986, "Data parallel algorithms"), and only its last value waits for the block before.
#[inline(always)]
fn linear_recurrence<S: Simd>([a, b, initial]: [&[f64]; 3], from_the_end: bool, output: &mut [f64]) {
    let mut h = initial[0];
    let (is_number, number) = (a.len() == 1, a[0]);
    let size = output.len();
    // a, a², a³ … after the rounds, and those of each round before.
    let mut of_number = [[number; LANES]; 4];
    for round in 0..3 {
        let back = 1 << round;
        of_number[round + 1] = of_number[round];
        for step in back..LANES {
            of_number[round + 1][step] = of_number[round][step] * of_number[round][step - back];
        }
    }
    let mut done = 0;
    while done + LANES <= size {
        let start = if from_the_end { size - done - LANES } else { done };
        // In the order of the recurrence.
        let place = |step: usize| if from_the_end { LANES - 1 - step } else { step };
        let b_block = &b[start..start + LANES];
        let mut sums = [0.0; LANES];
        for step in 0..LANES {
            sums[step] = b_block[place(step)];
        }
        let mut slopes = of_number[3];
        if is_number {
            for (round, slopes) in of_number[..3].iter().enumerate() {
                let (back, earlier) = (1 << round, sums);
                for step in back..LANES {
                    sums[step] = multiply_add::<S>(slopes[step], earlier[step - back], earlier[step]);
                }
            }
        } else {
            let a_block = &a[start..start + LANES];
            for step in 0..LANES {
                slopes[step] = a_block[place(step)];
            }
            for round in 0..3 {
                let back = 1 << round;
                let (earlier_slopes, earlier) = (slopes, sums);
                for step in back..LANES {
                    sums[step] = multiply_add::<S>(earlier_slopes[step], earlier[step - back], earlier[step]);
                    slopes[step] = earlier_slopes[step] * earlier_slopes[step - back];
                }
            }
        }
        let block = &mut output[start..start + LANES];
        for step in 0..LANES {
            block[place(step)] = multiply_add::<S>(slopes[step], h, sums[step]);
        }
        h = block[place(LANES - 1)];
        done += LANES;
    }
    for step in done..size {
        let place = if from_the_end { size - 1 - step } else { step };
        h = multiply_add::<S>(if is_number { number } else { a[place] }, h, b[place]);
        output[place] = h;
    }
}

/// Step by step, with the state in the processor's registers.
fn linear_system<'a, const N: usize>(system: &System, operand: &dyn Fn(usize) -> &'a [f64], output: &mut [f64]) {
    let System { sizes, has_steps, steps, from_the_end, is_masked } = system;
    let parts = sizes.len();
    // For each element of the state: its part, its place there, and where those of all steps begin.
    let mut elements = [(0, 0, 0); N];
    let places = sizes.iter().enumerate().flat_map(|(part, &size)| (0..size).map(move |element| (part, element)));
    for (slot, (part, element)) in elements.iter_mut().zip(places) {
        *slot = (part, element, sizes[..part].iter().sum::<usize>() * steps + element);
    }
    let mut state = elements.map(|(part, element, _)| operand(part)[element]);
    let terms = elements.map(|(part, element, _)| &operand(parts + part)[element..]);
    // Of each column the rows' elements, and how far apart those of two steps are.
    let columns: [[(&[f64], usize); N]; N] = std::array::from_fn(|column| {
        elements.map(|(part, element, _)| {
            let which = column * parts + part;
            (&operand(2 * parts + which)[element..], if has_steps[which] { sizes[part] } else { 0 })
        })
    });
    let sizes = elements.map(|(part, ..)| sizes[part]);
    for step in 0..*steps {
        let step = if *from_the_end { steps - 1 - step } else { step };
        let mut next: [f64; N] = std::array::from_fn(|row| terms[row][step * sizes[row]]);
        for (column, x) in columns.iter().zip(state) {
            for (next, (elements, distance)) in next.iter_mut().zip(column) {
                let a = elements[step * distance];
                *next = if *is_masked && (a == 0.0 || x == 0.0) { *next } else { *next + a * x };
            }
        }
        state = next;
        for row in 0..N {
            output[elements[row].2 + step * sizes[row]] = next[row];
        }
    }
}

fn join<'a>(parts: &[usize], operand: impl Fn(usize) -> &'a [f64], output: &mut [f64]) {
    let width: usize = parts.iter().sum();
    let mut start = 0;
    for (which, &part) in parts.iter().enumerate() {
        for (row, elements) in output.chunks_exact_mut(width).zip(operand(which).chunks_exact(part)) {
            row[start..start + part].copy_from_slice(elements);
        }
        start += part;
    }
}

/// Whether a product is worth the time that blocks in the caches take to be laid out.
fn is_large(Product { m, k, n, .. }: Product) -> bool {
    const SIDE: usize = 8;
    const MULTIPLICATIONS: usize = 16 * 16 * 16;

    m.min(k).min(n) >= SIDE && m * k * n > MULTIPLICATIONS
}

#[inline(always)]
fn matmul(product: Product, left: &[f64], right: &[f64], output: &mut [f64]) {
    let Product { m, k, n, transpose_left, transpose_right, .. } = product;
    let matrices = left.chunks_exact(m * k).zip(right.chunks_exact(k * n)).zip(output.chunks_exact_mut(m * n));
    for ((left, right), output) in matrices {
        match (transpose_left, transpose_right || n == 1) {
            _ if is_large(product) => {
                linear_algebra::matmul(left, right, (m, k, n), (transpose_left, transpose_right), output);
            }
            // An outer product.
            _ if k == 1 => {
                for (outputs, x) in output.chunks_exact_mut(n).zip(left) {
                    outputs.iter_mut().zip(right).for_each(|(slot, y)| *slot = x * y);
                }
            }
            // A sum of rows, each with its weight.
            (true, true) if n == 1 => {
                output.fill(0.0);
                for (row, weight) in left.chunks_exact(m).zip(right) {
                    output.iter_mut().zip(row).for_each(|(slot, x)| *slot += x * weight);
                }
            }
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
