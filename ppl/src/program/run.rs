//! Running a program: its steps in order, in memory that is there already.
//!
//! The instructions are compiled for each kind of processor that matters, and the best is chosen when the program runs
//! (crate `pulp`). All loops are over lines of eight elements, without branches, so that the compiler makes vector
//! instructions of them.

use std::cell::Cell;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::elementary::{exp, exp_m1, expm1x, ln, ln_1p, log1p_square, log1p_square_slope, multiply_add};
use super::instruction::{
    Carried, Code, Draws, Finish, Instruction, Load, Loop, Repeat, Slot, Step, StepPart, Tables, Whole,
};
use super::memory::{LANES, Line, lines_of};
#[cfg(feature = "jit")]
use super::native::Native;
use super::noise::Noise;
use super::parallel::{Share, Team};
use super::plan::{Part, Places};
use super::products::{dot, mat_vec, sum, transposed_mat_vec};
use super::value::Wanted;
use super::{Program, whole};

impl Program {
    /// The value at a position, and the gradient there, which is written over.
    ///
    /// # Panics
    /// If `position` or `gradient` have not as many elements as the program has inputs.
    pub fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> f64 {
        assert_eq!(position.len(), gradient.len(), "the gradient has as many elements as the position");
        self.run_for(position, Wanted::ValueAndGradient);
        let memory = self.memory.lines();
        let elements = |line: u32, size: usize| &memory[line as usize..].as_flattened()[..size];
        let (copied, added) = self.gradient.split_at(self.copied);
        if copied.is_empty() {
            gradient.fill(0.0);
        }
        for &Part { ref places, sign, line, elements: size } in copied {
            let &Places::From(start) = places else { continue };
            if size == 1 {
                gradient[start] = sign * memory[line as usize][0];
            } else {
                gradient[start..][..size].iter_mut().zip(elements(line, size)).for_each(|(slot, x)| *slot = sign * x);
            }
        }
        for &Part { ref places, sign, line, elements: size } in added {
            let part = elements(line, size);
            match places {
                Places::From(start) => {
                    gradient[*start..][..size].iter_mut().zip(part).for_each(|(slot, x)| *slot += sign * x);
                }
                Places::At(places) => places.iter().zip(part).for_each(|(&place, x)| gradient[place] += sign * x),
                Places::All if size == 1 => gradient.iter_mut().for_each(|slot| *slot += sign * part[0]),
                Places::All => gradient.iter_mut().zip(part).for_each(|(slot, x)| *slot += sign * x),
            }
        }
        let value = memory[self.value as usize][0];
        // Where the value is finite, a gradient that is not may be 0 · ∞; a value that is NaN, that of rows that were reduced.
        if value.is_finite() {
            if !self.is_defined(gradient) {
                self.fall_back(position, gradient);
            }
        } else if self.is_reduced && value.is_nan() {
            return self.fall_back(position, gradient).unwrap_or(value);
        }
        value
    }

    /// The value at a position, without the time that the gradient takes: to the last digit the value of
    /// [`value_and_gradient`](Self::value_and_gradient).
    ///
    /// # Panics
    /// If `position` has not as many elements as the program has inputs.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::program::{Recorded, record};
    ///
    /// let data = Tensor::from([1.0, 2.0, 4.0]);
    /// let recorded = record(&[0.5], |x| Ok((&data - x).square().sum()))?;
    /// let Recorded::Static(mut program) = recorded else { panic!("no value is read") };
    /// assert_eq!(program.value(&[2.0]), 5.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn value(&mut self, position: &[f64]) -> f64 {
        self.run_for(position, Wanted::Value);
        let value = self.memory.lines()[self.value as usize][0];
        if self.is_reduced && value.is_nan() {
            return self.fall_back_to_value(position).unwrap_or(value);
        }
        value
    }

    /// Sets the elements of data, by their number; they stay until they are set again. Data that the function does not use,
    /// or does not have, are ignored.
    ///
    /// See [`record_with_data`](super::record_with_data).
    ///
    /// # Panics
    /// If `elements` are not as many as were recorded.
    pub fn set_data(&mut self, number: usize, elements: &[f64]) {
        self.threads.team = None;
        let memory = self.memory.lines_mut();
        for (_, load) in self.data.iter().filter(|(own, _)| *own == number) {
            assert_eq!(elements.len(), load.elements, "data {number} have as many elements as those recorded");
            load.put(elements, memory);
        }
    }

    /// Draws the function's random numbers anew: those that the same sites draw at the draw `draw` of their keys.
    ///
    /// See [`record_with_draws`](super::record_with_draws).
    pub fn draw(&mut self, draw: u64) {
        self.threads.team = None;
        self.draw = Some(draw);
        self.noise.draw(draw, self.memory.lines_mut(), &self.noise_lines);
    }

    #[inline(always)]
    fn run_for(&mut self, position: &[f64], wanted: Wanted) {
        match self.threads.count {
            None => self.run_at(position, wanted, None),
            Some(count) => self.run_on_threads(position, wanted, count),
        }
    }

    #[cold]
    #[inline(never)]
    fn run_on_threads(&mut self, position: &[f64], wanted: Wanted, count: usize) {
        let mut team = self.threads.team.take().unwrap_or_else(|| Team::new(self, count));
        self.run_at(position, wanted, Some(team.begin(position, wanted)));
        self.threads.team = Some(team);
    }

    /// Runs the steps that are wanted at a position, or a share of them.
    #[inline]
    pub(super) fn run_at(&mut self, position: &[f64], wanted: Wanted, share: Option<Share<'_>>) {
        let memory = self.memory.lines_mut();
        self.loads.iter().for_each(|load| load.put(position, memory));
        self.run_share(wanted, share);
    }

    pub(super) fn run(&mut self) {
        self.run_share(Wanted::ValueAndGradient, None);
    }

    #[inline(always)]
    fn run_share(&mut self, wanted: Wanted, share: Option<Share<'_>>) {
        let Self { steps, instructions, tables, memory, noise, value_part, .. } = self;
        let memory = memory.lines_mut();
        let mut machine = match value_part {
            Some(part) if wanted == Wanted::Value => Machine {
                steps: &part.steps,
                instructions: &part.instructions,
                tables: &part.tables,
                memory,
                noise,
                share,
                #[cfg(feature = "jit")]
                native: part.native.as_deref(),
            },
            _ => Machine {
                steps,
                instructions,
                tables,
                memory,
                noise,
                share,
                #[cfg(feature = "jit")]
                native: self.native.as_deref(),
            },
        };
        self.processor.dispatch(Steps(&mut machine));
    }
}

struct Machine<'a> {
    steps: &'a [Step],
    instructions: &'a [Instruction],
    tables: &'a Tables,
    memory: &'a mut [Line],
    noise: &'a mut Noise,
    share: Option<Share<'a>>,
    #[cfg(feature = "jit")]
    native: Option<&'a Native>,
}

/// A block of elements: where it begins, in lines, and what it has.
#[derive(Clone, Copy)]
struct Block {
    start: usize,
    lines: usize,
    elements: usize,
}

/// All steps, compiled for each kind of processor. By reference: a machine that is moved is written in words and read in
/// vectors, which waits for the words.
struct Steps<'m, 'a>(&'m mut Machine<'a>);

impl WithSimd for Steps<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run(simd);
    }
}

impl Machine<'_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S) {
        let mut at = 0;
        // Of the recurrence that is under way: none is within another.
        let mut number = 0;
        let steps = self.steps;
        while let Some(step) = steps.get(at) {
            at += 1;
            match step {
                Step::Whole(operation) => Self::whole(simd, operation, self.memory),
                Step::Sample(draws) => self.sample(draws),
                #[cfg(feature = "jit")]
                Step::Native(function) => {
                    if let Some(native) = self.native {
                        native.run(*function, self.memory);
                    }
                }
                Step::Begin(recurrence) => {
                    number = 0;
                    self.begin(*recurrence);
                }
                Step::Again(recurrence) => {
                    number += 1;
                    if self.is_again(*recurrence, number) {
                        at = self.tables.repeats[*recurrence].body;
                    }
                }
                Step::Loop(pass) if pass.elements > LANES => self.pass(simd, pass),
                Step::Numbers(_) | Step::Loop(_) => {
                    let (code, elements) = match step {
                        Step::Loop(pass) => {
                            self.set_to_zero(pass);
                            (&pass.code, pass.elements)
                        }
                        Step::Numbers(code) => (code, 1),
                        _ => continue,
                    };
                    self.block::<S, true>(simd, code, Block { start: 0, lines: 1, elements });
                }
            }
        }
    }

    /// A loop over several lines. As is [`whole`](Self::whole), a function of its own, which is called: in one function with the
    /// instructions of numbers it would leave these fewer registers.
    #[inline(never)]
    fn pass<S: Simd>(&mut self, simd: S, pass: &Loop) {
        struct Run<'m, 'a>(&'m mut Machine<'a>, &'m Loop);

        impl WithSimd for Run<'_, '_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let Self(machine, pass) = self;
                machine.blocks(simd, pass);
            }
        }

        simd.vectorize(Run(self, pass));
    }

    /// The blocks of a loop, one after the other.
    #[inline(always)]
    fn blocks<S: Simd>(&mut self, simd: S, pass: &Loop) {
        self.set_to_zero(pass);
        let lines = lines_of(pass.elements);
        let own = if pass.is_large { self.own_lines(pass, lines) } else { 0..lines };
        for start in own.clone().step_by(pass.block) {
            let lines = pass.block.min(own.end - start);
            let elements = (lines * LANES).min(pass.elements - start * LANES);
            self.block::<S, false>(simd, &pass.code, Block { start, lines, elements });
        }
        if pass.is_large {
            self.exchange(pass, lines);
        }
        self.finish(pass);
    }

    /// An operation on whole arrays.
    #[inline(never)]
    fn whole<S: Simd>(simd: S, operation: &Whole, memory: &mut [Line]) {
        struct Run<'a>(&'a Whole, &'a mut [Line]);

        impl WithSimd for Run<'_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                whole::run(simd, self.0, self.1);
            }
        }

        simd.vectorize(Run(operation, memory));
    }

    #[inline(always)]
    fn set_to_zero(&mut self, pass: &Loop) {
        for zeros in &pass.zeros {
            self.memory[zeros.start as usize..zeros.end as usize].fill([0.0; LANES]);
        }
    }

    /// Puts the first state of a recurrence, and what its first step is given, to their places.
    fn begin(&mut self, recurrence: usize) {
        let repeat = &self.tables.repeats[recurrence];
        for &Carried { initial, before, elements, .. } in &repeat.carries {
            let lines = lines_of(elements);
            self.memory.copy_within(initial as usize..initial as usize + lines, before as usize);
        }
        self.give(repeat, 0);
    }

    /// Keeps the state after so many steps; whether there is another one, which is given what it needs then.
    fn is_again(&mut self, recurrence: usize, number: usize) -> bool {
        let repeat = &self.tables.repeats[recurrence];
        let place = repeat.place(number - 1);
        for &Carried { next, elements, states, .. } in &repeat.carries {
            let from = next as usize * LANES;
            let to = states + place * elements;
            if elements == 1 {
                let numbers = self.memory.as_flattened_mut();
                numbers[to] = numbers[from];
            } else {
                self.memory.as_flattened_mut().copy_within(from..from + elements, to);
            }
        }
        if number == repeat.steps {
            let states = repeat.states.start as usize..repeat.states.end as usize;
            let states = self.memory[states].as_flattened_mut();
            let last = states[repeat.last - 1];
            states[repeat.last..].fill(last);
            return false;
        }
        for &Carried { next, before, elements, states, is_passed_on, .. } in &repeat.carries {
            if is_passed_on {
                Load { start: states + place * elements, elements, line: before }.copy(self.memory);
            } else if elements <= LANES {
                self.memory[before as usize] = self.memory[next as usize];
            } else {
                let lines = lines_of(elements);
                self.memory.copy_within(next as usize..next as usize + lines, before as usize);
            }
        }
        self.give(repeat, number);
        true
    }

    #[inline(always)]
    fn give(&mut self, repeat: &Repeat, number: usize) {
        let place = repeat.place(number);
        for &StepPart { from, elements, line } in &repeat.parts {
            Load { start: from + place * elements, elements, line }.copy(self.memory);
        }
    }

    /// The lines of a large loop that this thread does. Out of line, as is what follows: few programs are shared.
    #[cold]
    #[inline(never)]
    fn own_lines(&self, pass: &Loop, lines: usize) -> Range<usize> {
        self.share.as_ref().map_or(0..lines, |share| share.lines(pass, lines))
    }

    #[cold]
    #[inline(never)]
    fn exchange(&mut self, pass: &Loop, lines: usize) {
        if let Some(share) = &mut self.share {
            share.exchange(pass, lines, self.memory);
        }
    }

    #[cold]
    #[inline(never)]
    fn sample(&mut self, Draws { sampler, operands, output }: &Draws) {
        self.noise.sample(*sampler, self.memory.as_flattened_mut(), operands, *output);
    }

    /// What a sum in eight parts becomes at the end of its loop: the elements of an array.
    #[inline(always)]
    fn finish(&mut self, pass: &Loop) {
        for &Finish { from, elements, to } in &pass.finish {
            for element in 0..elements as usize {
                let total = self.memory[from as usize + element].iter().sum();
                let line = &mut self.memory[to as usize + element / LANES];
                // A number is a line of equal ones.
                line[if elements == 1 { 0..LANES } else { element % LANES..element % LANES + 1 }].fill(total);
            }
        }
    }

    /// Runs instructions on a block; `ONE` says that it is one line, at the beginning: numbers, or a short array.
    // One function with one dispatch: what an instruction does is small against a call.
    #[inline(always)]
    fn block<S: Simd, const ONE: bool>(&mut self, simd: S, code: &Range<u32>, block: Block) {
        let memory = &mut *self.memory;
        let lines = if ONE { 1 } else { block.lines };
        for instruction in &self.instructions[code.start as usize..code.end as usize] {
            let Instruction { code, output, operands: [a, b, c] } = *instruction;
            let at = |slot: Slot| if ONE { slot.line as usize } else { slot.at(block.start) };
            let out = at(output);
            let is_number = |slot: Slot| !ONE && slot.stride == 0;
            // An element of each of the output's lines is made of those of the operands' lines, which are cells, since the output's
            // may be those of an operand. That all lines are there is looked at once.
            macro_rules! each {
                (|$x:ident| $value:expr) => {{
                    let cells = Cell::from_mut(&mut *memory).as_slice_of_cells();
                    let a = at(a);
                    for (to, xs) in cells[out..out + lines].iter().zip(&cells[a..a + lines]) {
                        let xs = xs.get();
                        let mut values = [0.0; LANES];
                        for lane in 0..LANES {
                            let $x = xs[lane];
                            values[lane] = $value;
                        }
                        to.set(values);
                    }
                }};
                (|$x:ident, $y:ident| $value:expr) => {{
                    let (from_a, from_b) = (at(a), at(b));
                    let cells = Cell::from_mut(&mut *memory).as_slice_of_cells();
                    let to = &cells[out..out + lines];
                    macro_rules! put {
                        ($to:expr, $xs:expr, $ys:expr) => {{
                            let (xs, ys) = ($xs, $ys);
                            let mut values = [0.0; LANES];
                            for lane in 0..LANES {
                                let ($x, $y) = (xs[lane], ys[lane]);
                                values[lane] = $value;
                            }
                            $to.set(values);
                        }};
                    }
                    if is_number(a) {
                        let number = cells[from_a].get();
                        let ys = &cells[from_b..from_b + lines];
                        to.iter().zip(ys).for_each(|(to, y)| put!(to, number, y.get()));
                    } else if is_number(b) {
                        let number = cells[from_b].get();
                        let xs = &cells[from_a..from_a + lines];
                        to.iter().zip(xs).for_each(|(to, x)| put!(to, x.get(), number));
                    } else {
                        let (xs, ys) = (&cells[from_a..from_a + lines], &cells[from_b..from_b + lines]);
                        to.iter().zip(xs).zip(ys).for_each(|((to, x), y)| put!(to, x.get(), y.get()));
                    }
                }};
                (|$x:ident, $y:ident, $z:ident| $value:expr) => {{
                    let (from_a, from_b, from_c) = (at(a), at(b), at(c));
                    let cells = Cell::from_mut(&mut *memory).as_slice_of_cells();
                    let to = &cells[out..out + lines];
                    macro_rules! put {
                        ($to:expr, $xs:expr, $ys:expr, $zs:expr) => {{
                            let (xs, ys, zs) = ($xs, $ys, $zs);
                            let mut values = [0.0; LANES];
                            for lane in 0..LANES {
                                let ($x, $y, $z) = (xs[lane], ys[lane], zs[lane]);
                                values[lane] = $value;
                            }
                            $to.set(values);
                        }};
                    }
                    // The operands that are arrays, a line of each at a time.
                    macro_rules! with {
                        ($from:ident; |$line:ident| $xs:expr, $ys:expr, $zs:expr) => {
                            to.iter().zip(&cells[$from..$from + lines]).for_each(|(to, $line)| put!(to, $xs, $ys, $zs))
                        };
                        ($from:ident, $other:ident; |$line:ident, $more:ident| $xs:expr, $ys:expr, $zs:expr) => {
                            to.iter()
                                .zip(&cells[$from..$from + lines])
                                .zip(&cells[$other..$other + lines])
                                .for_each(|((to, $line), $more)| put!(to, $xs, $ys, $zs))
                        };
                    }
                    match (is_number(a), is_number(b), is_number(c)) {
                        (true, true, _) => {
                            let (x, y) = (cells[from_a].get(), cells[from_b].get());
                            with!(from_c; |z| x, y, z.get());
                        }
                        (true, false, true) => {
                            let (x, z) = (cells[from_a].get(), cells[from_c].get());
                            with!(from_b; |y| x, y.get(), z);
                        }
                        (true, false, false) => {
                            let x = cells[from_a].get();
                            with!(from_b, from_c; |y, z| x, y.get(), z.get());
                        }
                        (false, true, true) => {
                            let (y, z) = (cells[from_b].get(), cells[from_c].get());
                            with!(from_a; |x| x.get(), y, z);
                        }
                        (false, true, false) => {
                            let y = cells[from_b].get();
                            with!(from_a, from_c; |x, z| x.get(), y, z.get());
                        }
                        (false, false, true) => {
                            let z = cells[from_c].get();
                            with!(from_a, from_b; |x, y| x.get(), y.get(), z);
                        }
                        (false, false, false) => {
                            let (xs, ys) = (&cells[from_a..from_a + lines], &cells[from_b..from_b + lines]);
                            let zs = &cells[from_c..from_c + lines];
                            to.iter()
                                .zip(xs)
                                .zip(ys)
                                .zip(zs)
                                .for_each(|(((to, x), y), z)| put!(to, x.get(), y.get(), z.get()));
                        }
                    }
                }};
            }
            match code {
                Code::Copy => {
                    let number = memory[a.line as usize];
                    memory[out..out + lines].fill(number);
                }
                Code::Neg => each!(|x| -x),
                Code::Exp => each!(|x| exp::<S>(x)),
                Code::Ln => each!(|x| ln::<S>(x)),
                Code::Ln1p => each!(|x| ln_1p::<S>(x)),
                Code::Expm1 => each!(|x| exp_m1::<S>(x)),
                Code::Expm1x => each!(|x| expm1x::<S>(x)),
                Code::Log1pSquare => each!(|x| log1p_square::<S>(x)),
                Code::Log1pSquareSlope => each!(|x| log1p_square_slope(x)),
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
                Code::Maximum => each!(|x, y| if x > y {
                    x
                } else if y >= x {
                    y
                } else {
                    x + y
                }),
                Code::Minimum => each!(|x, y| if x < y {
                    x
                } else if y <= x {
                    y
                } else {
                    x + y
                }),
                Code::Masked => each!(|x, y| masked(x, x * y)),
                Code::Select => each!(|x, y, z| if x == 0.0 { z } else { y }),
                Code::MultiplyAdd => each!(|x, y, z| multiply_add::<S>(x, y, z)),
                Code::MultiplySub => each!(|x, y, z| multiply_add::<S>(x, y, -z)),
                Code::NegativeMultiplyAdd => each!(|x, y, z| multiply_add::<S>(-x, y, z)),
                Code::ExpOfMinusAbs => each!(|x| exp::<S>(-x.abs())),
                Code::Sigmoid => each!(|x, power| (if x >= 0.0 { 1.0 } else { power }) / (1.0 + power)),
                Code::Softplus => each!(|x, exponential| (if x > 0.0 { x } else { 0.0 }) + ln_1p::<S>(exponential)),
                Code::Greater => each!(|x, y| truth(x > y)),
                Code::GreaterEqual => each!(|x, y| truth(x >= y)),
                Code::Less => each!(|x, y| truth(x < y)),
                Code::LessEqual => each!(|x, y| truth(x <= y)),
                Code::Equal => each!(|x, y| truth(x == y)),
                Code::NotEqual => each!(|x, y| truth(x != y)),
                Code::Unary(_) | Code::Binary(_) | Code::Derivative(_) | Code::Partial(..) | Code::Cumulative(_) => {
                    one_by_one(memory, instruction, block);
                }
                Code::Element(place) => {
                    let place = place as usize;
                    memory[out] = [memory[a.line as usize + place / LANES][place % LANES]; LANES];
                }
                Code::Shift(first) => {
                    let first = (a.line as usize + block.start) * LANES + first as usize;
                    memory.as_flattened_mut().copy_within(first..first + block.elements, out * LANES);
                }
                Code::Gather(map) => {
                    let map = self.tables.maps[map as usize][block.start * LANES..].as_chunks::<LANES>().0;
                    for (line, places) in map.iter().take(lines).enumerate() {
                        let source = memory[a.line as usize..].as_flattened();
                        let mut values = [0.0; LANES];
                        for lane in 0..LANES {
                            values[lane] = source[places[lane] as usize];
                        }
                        memory[out + line] = values;
                    }
                }
                Code::MatVec(panels) => {
                    let panels = &self.tables.panels[panels as usize];
                    let (vector, output) = source_and_output(memory, (a.line as usize, panels.columns()), (out, lines));
                    mat_vec(simd, panels, block.start, vector, output);
                }
                // Those of one line are not added to anything.
                Code::Sum if ONE => memory[out] = [line_sum(&memory[at(a)], block.elements); LANES],
                Code::Dot if ONE => {
                    let (xs, ys) = (memory[at(a)], memory[at(b)]);
                    let products = std::array::from_fn(|lane| xs[lane] * ys[lane]);
                    memory[out] = [line_sum(&products, block.elements); LANES];
                }
                Code::Sum => {
                    let elements = &memory[at(a)..].as_flattened()[..block.elements];
                    let total = memory[out][0] + sum(simd, elements);
                    memory[out] = [total; LANES];
                }
                Code::Dot => {
                    let xs = &memory[at(a)..].as_flattened()[..block.elements];
                    let ys = &memory[at(b)..].as_flattened()[..block.elements];
                    let total = memory[out][0] + dot(simd, xs, ys);
                    memory[out] = [total; LANES];
                }
                Code::Scatter(map) => {
                    let from = a.at(block.start);
                    let map = &self.tables.maps[map as usize][block.start * LANES..][..block.elements];
                    let memory = memory.as_flattened_mut();
                    for (element, &place) in map.iter().enumerate() {
                        memory[output.line as usize * LANES + place as usize] += memory[from * LANES + element];
                    }
                }
                Code::ScatterRuns(runs) => {
                    let runs = &self.tables.runs[runs as usize];
                    let (first, end) = (block.start * LANES, block.start * LANES + block.elements);
                    let memory = memory.as_flattened_mut();
                    let from = a.at(block.start) * LANES;
                    let mut run = runs.partition_point(|&(start, _)| start as usize <= first) - 1;
                    let mut start = first;
                    while start < end {
                        let (until, place) = ((runs[run + 1].0 as usize).min(end), runs[run].1 as usize);
                        let total = sum(simd, &memory[from + start - first..from + until - first]);
                        memory[output.line as usize * LANES + place] += total;
                        (start, run) = (until, run + 1);
                    }
                }
                Code::TransposedMatVec(panels) => {
                    let panels = &self.tables.panels[panels as usize];
                    let vector = a.at(block.start);
                    // Rows beyond the last are 0 in the matrix, but may be anything in the vector.
                    let used = (block.elements - 1) % LANES + 1;
                    memory[vector + lines - 1][used..].fill(0.0);
                    let is_in_place = panels.in_place().is_some();
                    let sums = if is_in_place { lines_of(panels.columns()) } else { panels.columns() };
                    let (vector, output) =
                        source_and_output(memory, (vector, lines * LANES), (output.line as usize, sums));
                    transposed_mat_vec(simd, panels, block.start, vector.as_chunks().0, output);
                }
            }
        }
    }
}

/// Elements from a line on, and the lines of an output, which lie apart.
#[inline(always)]
fn source_and_output(
    memory: &mut [Line],
    (source, elements): (usize, usize),
    (output, lines): (usize, usize),
) -> (&[f64], &mut [Line]) {
    if source < output {
        let (before, after) = memory.split_at_mut(output);
        (&before[source..].as_flattened()[..elements], &mut after[..lines])
    } else {
        let (before, after) = memory.split_at_mut(source);
        (&after.as_flattened()[..elements], &mut before[output..][..lines])
    }
}

/// The sum of the first elements of a line.
#[inline(always)]
fn line_sum(line: &Line, elements: usize) -> f64 {
    let kept: Line = std::array::from_fn(|lane| if lane < elements { line[lane] } else { 0.0 });
    let halves: [f64; 4] = std::array::from_fn(|lane| kept[lane] + kept[lane + 4]);
    (halves[0] + halves[2]) + (halves[1] + halves[3])
}

/// `product`, or 0 where `x` is.
#[inline(always)]
fn masked(x: f64, product: f64) -> f64 {
    let mask = if x == 0.0 { 0 } else { u64::MAX };
    f64::from_bits(product.to_bits() & mask)
}

/// 1 for true, 0 for false.
#[inline(always)]
fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
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
            Code::Cumulative(function) => function.value([x, y, z]),
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
