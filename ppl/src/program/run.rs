//! Running a program: its steps in order, in memory that is there already.
//!
//! The instructions are compiled for each kind of processor that matters, and the best is chosen when the program runs
//! (crate `pulp`). All loops are over lines of eight elements, without branches, so that the compiler makes vector
//! instructions of them.

use pulp::{Arch, NullaryFnOnce};

use super::elementary::{Arithmetic, Fused, Plain, exp, ln, ln_1p};
use super::instruction::{Code, Finish, Instruction, Loop, Slot, Step, Tables};
use super::memory::{LANES, Line, lines_of};
use super::plan::{Places, ROWS_TOGETHER};
use super::{Program, whole};

impl Program {
    /// The value at a position, and the gradient there, which is written over.
    ///
    /// # Panics
    /// If `position` or `gradient` have not as many elements as the program has inputs.
    pub fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> f64 {
        assert_eq!(position.len(), gradient.len(), "the gradient has as many elements as the position");
        if let Some(line) = self.input {
            let input = &mut self.memory.lines_mut()[line as usize..][..lines_of(position.len())];
            match position {
                [number] => input[0] = [*number; LANES],
                _ => input.as_flattened_mut()[..position.len()].copy_from_slice(position),
            }
        }
        self.run();
        let memory = self.memory.lines();
        gradient.fill(0.0);
        for (places, line, size) in &self.gradient {
            let part = &memory[*line as usize..].as_flattened()[..*size];
            match places {
                Places::At(places) => places.iter().zip(part).for_each(|(&place, x)| gradient[place] += x),
                Places::From(start) => gradient[*start..].iter_mut().zip(part).for_each(|(slot, x)| *slot += x),
                Places::All if *size == 1 => gradient.iter_mut().for_each(|slot| *slot += part[0]),
                Places::All => gradient.iter_mut().zip(part).for_each(|(slot, x)| *slot += x),
            }
        }
        memory[self.value as usize][0]
    }

    fn run(&mut self) {
        let Self { steps, instructions, tables, memory, .. } = self;
        let memory = memory.lines_mut();
        let machine = Machine { steps, instructions, tables, memory };
        match Arch::new() {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(processor) => processor.vectorize(Run(machine, Fused::<512>)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(processor) => processor.vectorize(Run(machine, Fused::<256>)),
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(processor) => processor.vectorize(Run(machine, Fused::<128>)),
            _ => Run(machine, Plain).call(),
        }
    }
}

/// A run of a program by one kind of arithmetic.
struct Run<'a, A>(Machine<'a>, A);

impl<A: Arithmetic> NullaryFnOnce for Run<'_, A> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        self.0.run::<A>();
    }
}

struct Machine<'a> {
    steps: &'a [Step],
    instructions: &'a [Instruction],
    tables: &'a Tables,
    memory: &'a mut [Line],
}

/// A block of elements: where it begins, in lines, and what it has.
#[derive(Clone, Copy)]
struct Block {
    start: usize,
    lines: usize,
    elements: usize,
}

impl Machine<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(&mut self) {
        for step in self.steps {
            match step {
                Step::Whole(operation) => whole::run(operation, self.memory),
                Step::Numbers(code) => {
                    self.block::<A>(code.start, code.end, Block { start: 0, lines: 1, elements: 1 });
                }
                Step::Loop(pass) => {
                    for zeros in &pass.zeros {
                        self.memory[zeros.start as usize..zeros.end as usize].fill([0.0; LANES]);
                    }
                    let lines = lines_of(pass.elements);
                    for start in (0..lines).step_by(pass.block) {
                        let lines = pass.block.min(lines - start);
                        let elements = (lines * LANES).min(pass.elements - start * LANES);
                        self.block::<A>(pass.code.start, pass.code.end, Block { start, lines, elements });
                    }
                    self.finish(pass);
                }
            }
        }
    }

    #[inline(always)]
    fn finish(&mut self, pass: &Loop) {
        for finish in &pass.finish {
            match *finish {
                Finish::Number { line } => {
                    let line = &mut self.memory[line as usize];
                    *line = [sum(line); LANES];
                }
                Finish::Array { from, lines: 1, to } => self.memory[to as usize] = [sum(&self.memory[from as usize]); LANES],
                Finish::Array { from, lines, to } => {
                    for element in 0..lines as usize {
                        let total = sum(&self.memory[from as usize + element]);
                        self.memory[to as usize + element / LANES][element % LANES] = total;
                    }
                }
            }
        }
    }

    /// Runs instructions on a block.
    // One function with one dispatch: what an instruction does is small against a call.
    #[inline(always)]
    fn block<A: Arithmetic>(&mut self, start: u32, end: u32, block: Block) {
        let memory = &mut *self.memory;
        let lines = block.lines;
        for instruction in &self.instructions[start as usize..end as usize] {
            let Instruction { code, output, operands: [a, b, c] } = *instruction;
            let out = output.at(block.start);
            // For each line and each of its elements.
            macro_rules! each {
                (|$x:ident| $value:expr) => {{
                    let a = a.at(block.start);
                    for line in 0..lines {
                        let xs = memory[a + line];
                        let mut values = [0.0; LANES];
                        for lane in 0..LANES {
                            let $x = xs[lane];
                            values[lane] = $value;
                        }
                        memory[out + line] = values;
                    }
                }};
                (|$x:ident, $y:ident| $value:expr) => {{
                    let (at_a, at_b) = (a.at(block.start), b.at(block.start));
                    let (by_a, by_b) = (a.stride as usize, b.stride as usize);
                    for line in 0..lines {
                        let (xs, ys) = (memory[at_a + by_a * line], memory[at_b + by_b * line]);
                        let mut values = [0.0; LANES];
                        for lane in 0..LANES {
                            let ($x, $y) = (xs[lane], ys[lane]);
                            values[lane] = $value;
                        }
                        memory[out + line] = values;
                    }
                }};
                (|$x:ident, $y:ident, $z:ident| $value:expr) => {{
                    let (at_a, at_b, at_c) = (a.at(block.start), b.at(block.start), c.at(block.start));
                    let (by_a, by_b, by_c) = (a.stride as usize, b.stride as usize, c.stride as usize);
                    for line in 0..lines {
                        let (xs, ys) = (memory[at_a + by_a * line], memory[at_b + by_b * line]);
                        let zs = memory[at_c + by_c * line];
                        let mut values = [0.0; LANES];
                        for lane in 0..LANES {
                            let ($x, $y, $z) = (xs[lane], ys[lane], zs[lane]);
                            values[lane] = $value;
                        }
                        memory[out + line] = values;
                    }
                }};
            }
            match code {
                Code::Copy => {
                    let a_line = a.at(block.start);
                    for line in 0..lines {
                        memory[out + line] = memory[a_line + a.stride as usize * line];
                    }
                }
                Code::Neg => each!(|x| -x),
                Code::Exp => each!(|x| exp::<A>(x)),
                Code::Ln => each!(|x| ln::<A>(x)),
                Code::Ln1p => each!(|x| ln_1p::<A>(x)),
                Code::Sqrt => each!(|x| x.sqrt()),
                Code::Square => each!(|x| x * x),
                Code::Abs => each!(|x| x.abs()),
                Code::Recip => each!(|x| 1.0 / x),
                Code::Sign => each!(|x| truth(x > 0.0) - truth(x < 0.0) + 0.0 * x),
                Code::Floor => each!(|x| x.floor()),
                Code::Add => each!(|x, y| x + y),
                Code::Sub => each!(|x, y| x - y),
                Code::Mul => each!(|x, y| x * y),
                Code::Div => each!(|x, y| x / y),
                // Neither is greater where one is NaN: the sum is NaN then.
                Code::Maximum => each!(|x, y| if x > y { x } else if y >= x { y } else { x + y }),
                Code::Minimum => each!(|x, y| if x < y { x } else if y <= x { y } else { x + y }),
                Code::Masked => each!(|x, y| if x == 0.0 { 0.0 } else { x * y }),
                Code::Select => each!(|x, y, z| if x == 0.0 { z } else { y }),
                Code::MultiplyAdd => each!(|x, y, z| A::multiply_add(x, y, z)),
                Code::MultiplySub => each!(|x, y, z| A::multiply_add(x, y, -z)),
                Code::NegativeMultiplyAdd => each!(|x, y, z| A::multiply_add(-x, y, z)),
                Code::Greater => each!(|x, y| truth(x > y)),
                Code::GreaterEqual => each!(|x, y| truth(x >= y)),
                Code::Less => each!(|x, y| truth(x < y)),
                Code::LessEqual => each!(|x, y| truth(x <= y)),
                Code::Equal => each!(|x, y| truth(x == y)),
                Code::NotEqual => each!(|x, y| truth(x != y)),
                Code::Unary(_) | Code::Binary(_) | Code::Derivative(_) | Code::Partial(..) => {
                    one_by_one(memory, instruction, block);
                }
                Code::Element(place) => {
                    let place = place as usize;
                    memory[out] = [memory[a.line as usize + place / LANES][place % LANES]; LANES];
                }
                Code::Shift(first) => {
                    let first = a.line as usize * LANES + first as usize + block.start * LANES;
                    for element in 0..block.elements {
                        let place = first + element;
                        memory[out + element / LANES][element % LANES] = memory[place / LANES][place % LANES];
                    }
                }
                Code::Gather(map) => {
                    let map = &self.tables.maps[map as usize][block.start * LANES..];
                    for (line, places) in map.as_chunks::<LANES>().0.iter().take(lines).enumerate() {
                        let source = &memory[a.line as usize..];
                        let values = places.map(|place| source[place as usize / LANES][place as usize % LANES]);
                        memory[out + line] = values;
                    }
                }
                Code::MatVec(panels) => {
                    let panels = &self.tables.panels[panels as usize];
                    mat_vec::<A>(panels.lines(), panels.columns(), memory, (a, out), block);
                }
                Code::Sum => {
                    let from = a.at(block.start);
                    let mut sums = [memory[out], [0.0; LANES]];
                    for line in 0..block.elements / LANES {
                        let xs = memory[from + line];
                        let sum = &mut sums[line % 2];
                        for lane in 0..LANES {
                            sum[lane] += xs[lane];
                        }
                    }
                    for element in block.elements / LANES * LANES..block.elements {
                        sums[0][element % LANES] += memory[from + element / LANES][element % LANES];
                    }
                    memory[out] = add(sums[0], sums[1]);
                }
                Code::Dot => {
                    let (at_a, at_b) = (a.at(block.start), b.at(block.start));
                    let mut sums = [memory[out], [0.0; LANES]];
                    for line in 0..block.elements / LANES {
                        let (xs, ys) = (memory[at_a + line], memory[at_b + line]);
                        let sum = &mut sums[line % 2];
                        for lane in 0..LANES {
                            sum[lane] = A::multiply_add(xs[lane], ys[lane], sum[lane]);
                        }
                    }
                    for element in block.elements / LANES * LANES..block.elements {
                        let (line, lane) = (element / LANES, element % LANES);
                        sums[0][lane] += memory[at_a + line][lane] * memory[at_b + line][lane];
                    }
                    memory[out] = add(sums[0], sums[1]);
                }
                Code::Scatter(map) => {
                    let from = a.at(block.start);
                    let map = &self.tables.maps[map as usize][block.start * LANES..][..block.elements];
                    for (element, &place) in map.iter().enumerate() {
                        let x = memory[from + element / LANES][element % LANES];
                        memory[output.line as usize + place as usize / LANES][place as usize % LANES] += x;
                    }
                }
                Code::ScatterRuns(runs) => {
                    let runs = &self.tables.runs[runs as usize];
                    let (first, end) = (block.start * LANES, block.start * LANES + block.elements);
                    let from = a.at(block.start) * LANES;
                    let mut run = runs.partition_point(|&(start, _)| start as usize <= first) - 1;
                    let mut start = first;
                    while start < end {
                        let (until, place) = ((runs[run + 1].0 as usize).min(end), runs[run].1 as usize);
                        let elements = memory.as_flattened();
                        let total = sum_of(&elements[from + start - first..from + until - first]);
                        memory[output.line as usize + place / LANES][place % LANES] += total;
                        (start, run) = (until, run + 1);
                    }
                }
                Code::TransposedMatVec(panels) => {
                    let panels = &self.tables.panels[panels as usize];
                    transposed_mat_vec::<A>(panels.lines(), panels.columns(), memory, (a, out), block);
                }
            }
        }
    }
}

/// 1 for true, 0 for false.
#[inline(always)]
fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

#[inline(always)]
fn add(a: Line, b: Line) -> Line {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

/// The sum of a line's elements.
#[inline(always)]
fn sum(line: &Line) -> f64 {
    let [a, b, c, d, e, f, g, h] = *line;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The sum of elements that follow each other.
#[inline(always)]
fn sum_of(elements: &[f64]) -> f64 {
    let (lines, rest) = elements.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for line in lines {
        sums = add(sums, *line);
    }
    let mut pairs = [0.0; 2];
    for (element, x) in rest.iter().enumerate() {
        pairs[element % 2] += x;
    }
    if lines.is_empty() { pairs[0] + pairs[1] } else { sum(&sums) + (pairs[0] + pairs[1]) }
}

/// Functions that have no form for several elements at once.
fn one_by_one(memory: &mut [Line], instruction: &Instruction, block: Block) {
    let at = |slot: Slot| (slot.at(block.start), slot.stride as usize);
    let [(a, by_a), (b, by_b), (c, by_c)] = instruction.operands.map(at);
    let out = instruction.output.at(block.start);
    let mut value = 0.0;
    for element in 0..block.elements {
        let (line, lane) = (element / LANES, element % LANES);
        let [x, y, z] = [memory[a + by_a * line], memory[b + by_b * line], memory[c + by_c * line]].map(|xs| xs[lane]);
        value = match instruction.code {
            Code::Unary(function) => function.value(x),
            Code::Binary(function) => function.value(x, y),
            Code::Derivative(function) => function.derivative(x, y),
            Code::Partial(function, false) => function.derivatives(x, y, z).0,
            Code::Partial(function, true) => function.derivatives(x, y, z).1,
            _ => unreachable!("the other codes have a form for several elements"),
        };
        memory[out + line][lane] = value;
    }
    // A number is a line of equal ones; beyond the end of an array it does not matter.
    let used = (block.elements - 1) % LANES + 1;
    memory[out + block.lines - 1][used..].fill(value);
}

/// Some lines of rows times the vector: each column's lines times its element.
#[inline(always)]
fn mat_vec<A: Arithmetic>(panels: &[Line], columns: usize, memory: &mut [Line], (vector, out): (Slot, usize), block: Block) {
    let panels = &panels[block.start * columns..];
    let mut line = 0;
    while line + ROWS_TOGETHER <= block.lines {
        let rows: [&[Line]; ROWS_TOGETHER] =
            std::array::from_fn(|row| &panels[(line + row) * columns..(line + row + 1) * columns]);
        let mut sums = [[0.0; LANES]; ROWS_TOGETHER];
        let elements = &memory.as_flattened()[vector.line as usize * LANES..][..columns];
        for (column, &factor) in elements.iter().enumerate() {
            for (sums, row) in sums.iter_mut().zip(rows) {
                for lane in 0..LANES {
                    sums[lane] = A::multiply_add(row[column][lane], factor, sums[lane]);
                }
            }
        }
        memory[out + line..][..ROWS_TOGETHER].copy_from_slice(&sums);
        line += ROWS_TOGETHER;
    }
    for line in line..block.lines {
        let mut sums = [0.0; LANES];
        let elements = &memory.as_flattened()[vector.line as usize * LANES..][..columns];
        for (xs, &factor) in panels[line * columns..].iter().zip(elements) {
            for lane in 0..LANES {
                sums[lane] = A::multiply_add(xs[lane], factor, sums[lane]);
            }
        }
        memory[out + line] = sums;
    }
}

/// Adds to each column's line the products of its lines with those of the vector.
#[inline(always)]
fn transposed_mat_vec<A: Arithmetic>(
    panels: &[Line],
    columns: usize,
    memory: &mut [Line],
    (vector, out): (Slot, usize),
    block: Block,
) {
    // Rows beyond the last are 0 in the matrix, but may be anything in the vector.
    let used = (block.elements - 1) % LANES + 1;
    memory[vector.at(block.start) + block.lines - 1][used..].fill(0.0);
    let panels = &panels[block.start * columns..];
    let mut line = 0;
    while line + ROWS_TOGETHER <= block.lines {
        let rows: [&[Line]; ROWS_TOGETHER] =
            std::array::from_fn(|row| &panels[(line + row) * columns..(line + row + 1) * columns]);
        let factors: [Line; ROWS_TOGETHER] = std::array::from_fn(|row| memory[vector.at(block.start) + line + row]);
        for (column, slot) in memory[out..][..columns].iter_mut().enumerate() {
            let mut sums = *slot;
            for (factor, row) in factors.iter().zip(rows) {
                for lane in 0..LANES {
                    sums[lane] = A::multiply_add(row[column][lane], factor[lane], sums[lane]);
                }
            }
            *slot = sums;
        }
        line += ROWS_TOGETHER;
    }
    for line in line..block.lines {
        let factor = memory[vector.at(block.start) + line];
        for (slot, xs) in memory[out..][..columns].iter_mut().zip(&panels[line * columns..]) {
            for lane in 0..LANES {
                slot[lane] = A::multiply_add(xs[lane], factor[lane], slot[lane]);
            }
        }
    }
}
