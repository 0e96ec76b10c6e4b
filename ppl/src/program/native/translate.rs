//! From the instructions of a segment to those of the compiler.
//!
//! A number is a value of the function, a line as many pairs of numbers as it has. They are read from memory when they
//! are needed first, and written to it at the end, as far as anything but this function needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cranelift::codegen::ir::{FuncRef, Function};
use cranelift::frontend::FunctionBuilderContext;
use cranelift::jit::{JITBuilder, JITModule};
use cranelift::module::{Linkage, Module};
use cranelift::prelude::{AbiParam, FloatCC, FunctionBuilder, InstBuilder, IntCC, MemFlagsData, Type, Value, types};

use super::super::Program;
use super::super::instruction::{Carried, Code, Instruction, Loop, Repeat, Slot, StepPart};
use super::super::memory::LANES;
use super::segments::{Part, Segment};
use crate::special;

/// Functions of a number that are called.
const FUNCTIONS: [(&str, extern "C" fn(f64) -> f64); 6] = [
    ("ppl_exp", exp),
    ("ppl_ln", ln),
    ("ppl_ln_1p", ln_1p),
    ("ppl_exp_m1", exp_m1),
    ("ppl_expm1x", expm1x),
    ("ppl_log1p_square", log1p_square),
];

extern "C" fn exp(x: f64) -> f64 {
    x.exp()
}

extern "C" fn ln(x: f64) -> f64 {
    x.ln()
}

extern "C" fn ln_1p(x: f64) -> f64 {
    x.ln_1p()
}

extern "C" fn exp_m1(x: f64) -> f64 {
    x.exp_m1()
}

extern "C" fn expm1x(x: f64) -> f64 {
    special::expm1x(x)
}

extern "C" fn log1p_square(x: f64) -> f64 {
    special::log1p_square(x)
}

/// Tells the compiler where the functions that are called are.
pub(super) fn define_symbols(builder: &mut JITBuilder) {
    for (name, function) in FUNCTIONS {
        builder.symbol(name, function as *const u8);
    }
}

/// Numbers of a pair.
const PAIR: usize = 2;

/// Writes the function of a segment; none if it cannot be written.
pub(super) fn translate(
    program: &Program,
    segment: &Segment,
    module: &mut JITModule,
    function: &mut Function,
    of_functions: &mut FunctionBuilderContext,
) -> Option<()> {
    let is_flag =
        |flag: &str| module.isa().isa_flags().iter().any(|own| own.name == flag && own.as_bool() == Some(true));
    let has_fma = cfg!(target_arch = "aarch64") || is_flag("has_fma");
    let mut signature = module.make_signature();
    signature.params.push(AbiParam::new(types::F64));
    signature.returns.push(AbiParam::new(types::F64));
    let mut functions = [None; FUNCTIONS.len()];
    for (slot, (name, _)) in functions.iter_mut().zip(FUNCTIONS) {
        let id = module.declare_function(name, Linkage::Import, &signature).ok()?;
        *slot = Some(module.declare_func_in_func(id, function));
    }
    let functions: Option<Vec<FuncRef>> = functions.into_iter().collect();
    let functions = functions?;
    let mut builder = FunctionBuilder::new(function, of_functions);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let memory = builder.block_params(block)[0];
    let mut translator = Translator { builder, program, memory, known: BTreeMap::new(), functions, has_fma };
    segment.parts.iter().for_each(|part| translator.part(part));
    translator.write_back(&outside(program, segment));
    translator.builder.ins().return_(&[]);
    translator.builder.seal_all_blocks();
    translator.builder.finalize(module.target_config());
    Some(())
}

/// Lines that are read when the function has run; none for any of them.
fn outside(program: &Program, segment: &Segment) -> Option<BTreeSet<u32>> {
    // Where the function is the whole program, only its results are read.
    segment.is_whole.then(|| {
        let lines = |line: u32, size: usize| line..line + size.div_ceil(LANES) as u32;
        let gradient = program.gradient.iter().flat_map(|part| lines(part.line, part.elements));
        gradient.chain([program.value]).collect()
    })
}

/// What a line of memory is, where that is known, and whether memory does not have it yet.
#[derive(Clone)]
struct Known {
    content: Content,
    is_new: bool,
}

#[derive(Clone)]
enum Content {
    /// A number, which the line has eight times.
    Number(Value),
    /// The first elements, in pairs.
    Pairs(Vec<Value>),
}

struct Translator<'a> {
    builder: FunctionBuilder<'a>,
    program: &'a Program,
    memory: Value,
    known: BTreeMap<u32, Known>,
    /// Those of `FUNCTIONS`, in their order.
    functions: Vec<FuncRef>,
    has_fma: bool,
}

impl Translator<'_> {
    fn part(&mut self, part: &Part) {
        match part {
            Part::Numbers(code) => {
                for instruction in self.code(code) {
                    let value = self.on_numbers(instruction);
                    self.set(instruction.output.line, Content::Number(value));
                }
            }
            Part::Line(pass) => self.line(pass),
            Part::Recurrence { number, body } => self.recurrence(*number, body),
        }
    }

    fn code(&self, code: &Range<u32>) -> Vec<Instruction> {
        self.program.instructions[code.start as usize..code.end as usize].to_vec()
    }

    fn set(&mut self, line: u32, content: Content) {
        self.known.insert(line, Known { content, is_new: true });
    }

    /// The distance of elements from the beginning of the memory, in bytes.
    ///
    /// # Panics
    /// If the memory does not have them: the function would touch what is not its own.
    fn offset(&self, element: usize, count: usize) -> i32 {
        let elements = self.program.memory.lines().len() * LANES;
        assert!(element + count <= elements, "element {element} of {elements}");
        i32::try_from(element * size_of::<f64>()).expect("a program's memory has less than 2 GiB")
    }

    fn load(&mut self, of: Type, element: usize) -> Value {
        let count = if of == types::F64 { 1 } else { PAIR };
        let offset = self.offset(element, count);
        self.builder.ins().load(of, flags(), self.memory, offset)
    }

    fn store(&mut self, value: Value, element: usize, count: usize) {
        let offset = self.offset(element, count);
        self.builder.ins().store(flags(), value, self.memory, offset);
    }

    fn constant(&mut self, of: Type, number: f64) -> Value {
        let number = self.builder.ins().f64const(number);
        if of == types::F64 { number } else { self.builder.ins().splat(of, number) }
    }

    /// The number of a line.
    fn number(&mut self, line: u32) -> Value {
        match self.known.get(&line).map(|known| known.content.clone()) {
            Some(Content::Number(value)) => value,
            Some(Content::Pairs(pairs)) => self.builder.ins().extractlane(pairs[0], 0),
            None => {
                let value = self.load(types::F64, line as usize * LANES);
                self.known.insert(line, Known { content: Content::Number(value), is_new: false });
                value
            }
        }
    }

    /// So many pairs of a line, or of a number.
    fn pairs(&mut self, slot: Slot, count: usize) -> Vec<Value> {
        if slot.stride == 0 {
            let number = self.number(slot.line);
            return vec![self.builder.ins().splat(types::F64X2, number); count];
        }
        match self.known.get(&slot.line).map(|known| known.content.clone()) {
            Some(Content::Pairs(pairs)) if pairs.len() >= count => pairs,
            Some(Content::Number(number)) => vec![self.builder.ins().splat(types::F64X2, number); count],
            other => {
                if other.is_some() {
                    self.write(slot.line);
                }
                let pairs: Vec<Value> =
                    (0..count).map(|pair| self.load(types::F64X2, slot.line as usize * LANES + pair * PAIR)).collect();
                self.known.insert(slot.line, Known { content: Content::Pairs(pairs.clone()), is_new: false });
                pairs
            }
        }
    }

    /// One element of an array.
    fn element(&mut self, array: u32, place: usize) -> Value {
        let line = array + (place / LANES) as u32;
        match self.known.get(&line).map(|known| known.content.clone()) {
            Some(Content::Number(number)) => number,
            Some(Content::Pairs(pairs)) if place % LANES / PAIR < pairs.len() => {
                self.builder.ins().extractlane(pairs[place % LANES / PAIR], (place % PAIR) as u8)
            }
            _ => self.load(types::F64, array as usize * LANES + place),
        }
    }

    /// Writes a line to memory, if it is new.
    fn write(&mut self, line: u32) {
        let Some(known) = self.known.get_mut(&line).filter(|known| known.is_new) else { return };
        known.is_new = false;
        let pairs = match known.content.clone() {
            Content::Number(number) => vec![self.builder.ins().splat(types::F64X2, number); LANES / PAIR],
            Content::Pairs(pairs) => pairs,
        };
        for (pair, value) in pairs.into_iter().enumerate() {
            self.store(value, line as usize * LANES + pair * PAIR, PAIR);
        }
    }

    /// Writes what others read.
    fn write_back(&mut self, outside: &Option<BTreeSet<u32>>) {
        let lines: Vec<u32> = self.known.keys().copied().collect();
        for line in lines {
            if outside.as_ref().is_none_or(|outside| outside.contains(&line)) {
                self.write(line);
            }
        }
    }

    /// What an instruction makes of numbers.
    fn on_numbers(&mut self, Instruction { code, operands, .. }: Instruction) -> Value {
        if let Code::Element(place) = code {
            return self.element(operands[0].line, place as usize);
        }
        let count = code.operands();
        let mut values = [self.memory; 3];
        for (value, slot) in values.iter_mut().zip(operands).take(count) {
            *value = self.number(slot.line);
        }
        self.elementwise(types::F64, code, values)
    }

    /// A loop over the elements of one line.
    fn line(&mut self, pass: &Loop) {
        for zeros in &pass.zeros {
            for line in zeros.clone() {
                let zero = self.constant(types::F64, 0.0);
                self.set(line, Content::Number(zero));
            }
        }
        let count = pass.elements.div_ceil(PAIR);
        for Instruction { code, output, operands: [a, b, c] } in self.code(&pass.code) {
            let content = match code {
                Code::Sum | Code::Dot => {
                    let xs = self.pairs(a, count);
                    let ys = if let Code::Dot = code { Some(self.pairs(b, count)) } else { None };
                    let before = self.constant(types::F64, 0.0);
                    Content::Number(self.total(before, &xs, ys.as_deref(), pass.elements))
                }
                Code::Copy => {
                    let number = self.number(a.line);
                    Content::Pairs(vec![self.builder.ins().splat(types::F64X2, number); count])
                }
                Code::Shift(first) => self.gathered(a.line, pass.elements, |element| first as usize + element),
                Code::Gather(map) => {
                    let map = self.program.tables.maps[map as usize].clone();
                    self.gathered(a.line, pass.elements, |element| map[element] as usize)
                }
                _ => {
                    let slots = [a, b, c];
                    let operands: Vec<Vec<Value>> =
                        slots.into_iter().take(code.operands()).map(|slot| self.pairs(slot, count)).collect();
                    let pair = |pair: usize| {
                        let mut values = [self.memory; 3];
                        values.iter_mut().zip(&operands).for_each(|(value, pairs)| *value = pairs[pair]);
                        self.elementwise(types::F64X2, code, values)
                    };
                    Content::Pairs((0..count).map(pair).collect())
                }
            };
            self.set(output.line, content);
        }
    }

    /// Elements of an array, in pairs.
    fn gathered(&mut self, array: u32, elements: usize, place: impl Fn(usize) -> usize) -> Content {
        let pair = |first: usize| {
            let low = self.element(array, place(first));
            let pair = self.builder.ins().splat(types::F64X2, low);
            if first + 1 == elements {
                return pair;
            }
            let high = self.element(array, place(first + 1));
            self.builder.ins().insertlane(pair, high, 1)
        };
        Content::Pairs((0..elements).step_by(PAIR).map(pair).collect())
    }

    /// A number and the sum of so many elements, or of their products.
    fn total(&mut self, before: Value, xs: &[Value], ys: Option<&[Value]>, elements: usize) -> Value {
        let mut sum: Option<Value> = None;
        for pair in 0..elements / PAIR {
            sum = Some(match (sum, ys) {
                (None, None) => xs[pair],
                (Some(sum), None) => self.builder.ins().fadd(sum, xs[pair]),
                (None, Some(ys)) => self.builder.ins().fmul(xs[pair], ys[pair]),
                (Some(sum), Some(ys)) => self.multiply_add(xs[pair], ys[pair], sum),
            });
        }
        let mut total = before;
        if let Some(sum) = sum {
            let [low, high] = [0, 1].map(|lane: u8| self.builder.ins().extractlane(sum, lane));
            let both = self.builder.ins().fadd(low, high);
            total = self.builder.ins().fadd(total, both);
        }
        if elements % PAIR == 1 {
            let last = self.builder.ins().extractlane(xs[elements / PAIR], 0);
            total = match ys {
                None => self.builder.ins().fadd(total, last),
                Some(ys) => {
                    let y = self.builder.ins().extractlane(ys[elements / PAIR], 0);
                    self.multiply_add(last, y, total)
                }
            };
        }
        total
    }

    /// A recurrence of numbers: the state stays in registers from step to step.
    fn recurrence(&mut self, number: usize, body: &[Part]) {
        let Repeat { steps, from_the_end, carries, parts, states, last, .. } =
            self.program.tables.repeats[number].clone();
        // What these lines were before is over.
        self.known.retain(|line, _| !states.contains(line));
        let mut arguments = vec![self.builder.ins().iconst(types::I64, 0).into()];
        for carried in &carries {
            arguments.push(self.number(carried.initial).into());
        }
        // What is the same in all steps is read before the first one.
        let step = self.builder.create_block();
        let end = self.builder.create_block();
        let count = self.builder.append_block_param(step, types::I64);
        let before: Vec<Value> = carries.iter().map(|_| self.builder.append_block_param(step, types::F64)).collect();
        self.builder.ins().jump(step, &arguments);
        self.builder.switch_to_block(step);

        let known_before: BTreeSet<u32> = self.known.keys().copied().collect();
        let place = if from_the_end {
            let first = self.builder.ins().iconst(types::I64, steps as i64 - 1);
            self.builder.ins().isub(first, count)
        } else {
            count
        };
        let bytes = self.builder.ins().ishl_imm_u(place, size_of::<f64>().trailing_zeros() as i64);
        let of_step = self.builder.ins().iadd(self.memory, bytes);
        for &StepPart { from, line, .. } in &parts {
            let offset = self.offset(from, steps);
            let value = self.builder.ins().load(types::F64, flags(), of_step, offset);
            self.set(line, Content::Number(value));
        }
        for (&Carried { before: line, .. }, &value) in carries.iter().zip(&before) {
            self.set(line, Content::Number(value));
        }
        body.iter().for_each(|part| self.part(part));
        let mut arguments = vec![self.builder.ins().iadd_imm_u(count, 1)];
        for &Carried { next, states, .. } in &carries {
            let value = self.number(next);
            let offset = self.offset(states, steps);
            self.builder.ins().store(flags(), value, of_step, offset);
            arguments.push(value);
        }
        let is_again = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, arguments[0], steps as i64);
        let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
        self.builder.ins().brif(is_again, step, &arguments, end, &[]);
        self.builder.switch_to_block(end);
        // What is known of the last step alone is needed by none.
        self.known.retain(|line, _| known_before.contains(line));
        let last_element = states.start as usize * LANES + last - 1;
        let value = self.load(types::F64, last_element);
        for element in last_element + 1..states.end as usize * LANES {
            self.store(value, element, 1);
        }
    }

    fn multiply_add(&mut self, a: Value, b: Value, c: Value) -> Value {
        if self.has_fma {
            return self.builder.ins().fma(a, b, c);
        }
        let product = self.builder.ins().fmul(a, b);
        self.builder.ins().fadd(product, c)
    }

    /// `if_true` where a comparison holds, else `if_false`.
    fn choose(&mut self, of: Type, comparison: (FloatCC, Value, Value), if_true: Value, if_false: Value) -> Value {
        let (kind, x, y) = comparison;
        let holds = self.builder.ins().fcmp(kind, x, y);
        if of == types::F64 {
            return self.builder.ins().select(holds, if_true, if_false);
        }
        let holds = self.builder.ins().bitcast(types::F64X2, little_endian(), holds);
        self.builder.ins().bitselect(holds, if_true, if_false)
    }

    /// 1 where a comparison holds, else 0.
    fn truth(&mut self, of: Type, kind: FloatCC, x: Value, y: Value) -> Value {
        let (one, zero) = (self.constant(of, 1.0), self.constant(of, 0.0));
        self.choose(of, (kind, x, y), one, zero)
    }

    fn call(&mut self, function: usize, x: Value) -> Value {
        let call = self.builder.ins().call(self.functions[function], &[x]);
        self.builder.inst_results(call)[0]
    }

    /// What an instruction makes of numbers, or of pairs; as the interpreter does it.
    fn elementwise(&mut self, of: Type, code: Code, [x, y, z]: [Value; 3]) -> Value {
        const EXP: usize = 0;
        const LN: usize = 1;
        const LN_1P: usize = 2;
        const EXP_M1: usize = 3;
        const EXPM1X: usize = 4;
        const LOG1P_SQUARE: usize = 5;

        match code {
            Code::Copy => x,
            Code::Neg => self.builder.ins().fneg(x),
            Code::Exp => self.call(EXP, x),
            Code::Ln => self.call(LN, x),
            Code::Ln1p => self.call(LN_1P, x),
            Code::Expm1 => self.call(EXP_M1, x),
            Code::Expm1x => self.call(EXPM1X, x),
            Code::Log1pSquare => self.call(LOG1P_SQUARE, x),
            Code::Sqrt => self.builder.ins().sqrt(x),
            Code::Square => self.builder.ins().fmul(x, x),
            Code::Abs => self.builder.ins().fabs(x),
            Code::Recip => {
                let one = self.constant(of, 1.0);
                self.builder.ins().fdiv(one, x)
            }
            Code::Log1pSquareSlope => {
                let (one, two) = (self.constant(of, 1.0), self.constant(of, 2.0));
                let reciprocal = self.builder.ins().fdiv(one, x);
                let sum = self.builder.ins().fadd(x, reciprocal);
                self.builder.ins().fdiv(two, sum)
            }
            Code::Sign => {
                let zero = self.constant(of, 0.0);
                let positive = self.truth(of, FloatCC::GreaterThan, x, zero);
                let negative = self.truth(of, FloatCC::LessThan, x, zero);
                let sign = self.builder.ins().fsub(positive, negative);
                // NaN stays NaN.
                let nothing = self.builder.ins().fmul(zero, x);
                self.builder.ins().fadd(sign, nothing)
            }
            Code::Add => self.builder.ins().fadd(x, y),
            Code::Sub => self.builder.ins().fsub(x, y),
            Code::Mul => self.builder.ins().fmul(x, y),
            Code::Div => self.builder.ins().fdiv(x, y),
            Code::Maximum | Code::Minimum => {
                let (better, as_good) = match code {
                    Code::Maximum => (FloatCC::GreaterThan, FloatCC::LessThanOrEqual),
                    _ => (FloatCC::LessThan, FloatCC::GreaterThanOrEqual),
                };
                let sum = self.builder.ins().fadd(x, y);
                let other = self.choose(of, (as_good, x, y), y, sum);
                self.choose(of, (better, x, y), x, other)
            }
            Code::Masked => {
                let zero = self.constant(of, 0.0);
                let product = self.builder.ins().fmul(x, y);
                self.choose(of, (FloatCC::Equal, x, zero), zero, product)
            }
            Code::Select => {
                let zero = self.constant(of, 0.0);
                self.choose(of, (FloatCC::Equal, x, zero), z, y)
            }
            Code::MultiplyAdd => self.multiply_add(x, y, z),
            Code::MultiplySub => {
                let minus = self.builder.ins().fneg(z);
                self.multiply_add(x, y, minus)
            }
            Code::NegativeMultiplyAdd => {
                let minus = self.builder.ins().fneg(x);
                self.multiply_add(minus, y, z)
            }
            Code::ExpOfMinusAbs => {
                let abs = self.builder.ins().fabs(x);
                let minus = self.builder.ins().fneg(abs);
                self.call(EXP, minus)
            }
            Code::Sigmoid => {
                let (zero, one) = (self.constant(of, 0.0), self.constant(of, 1.0));
                let above = self.choose(of, (FloatCC::GreaterThanOrEqual, x, zero), one, y);
                let below = self.builder.ins().fadd(one, y);
                self.builder.ins().fdiv(above, below)
            }
            Code::Softplus => {
                let zero = self.constant(of, 0.0);
                let positive = self.choose(of, (FloatCC::GreaterThan, x, zero), x, zero);
                let logarithm = self.call(LN_1P, y);
                self.builder.ins().fadd(positive, logarithm)
            }
            Code::Greater => self.truth(of, FloatCC::GreaterThan, x, y),
            Code::GreaterEqual => self.truth(of, FloatCC::GreaterThanOrEqual, x, y),
            Code::Less => self.truth(of, FloatCC::LessThan, x, y),
            Code::LessEqual => self.truth(of, FloatCC::LessThanOrEqual, x, y),
            Code::Equal => self.truth(of, FloatCC::Equal, x, y),
            Code::NotEqual => self.truth(of, FloatCC::NotEqual, x, y),
            Code::Floor
            | Code::Unary(_)
            | Code::Binary(_)
            | Code::Derivative(_)
            | Code::Partial(..)
            | Code::Cumulative(_)
            | Code::Element(_)
            | Code::Shift(_)
            | Code::Gather(_)
            | Code::MatVec(_)
            | Code::Sum
            | Code::Dot
            | Code::Scatter(_)
            | Code::ScatterRuns(_)
            | Code::TransposedMatVec(_) => unreachable!("{code:?} is not elementwise, or is interpreted"),
        }
    }
}

/// Memory that is there, but not always aligned to pairs.
fn flags() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// How the mask of a comparison becomes a pair of numbers: lane by lane.
fn little_endian() -> MemFlagsData {
    MemFlagsData::new().with_endianness(cranelift::codegen::ir::Endianness::Little)
}
