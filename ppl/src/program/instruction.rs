//! `Instruction`: an operation on lines, whose operands are places in memory.

use std::ops::Range;
use std::sync::Arc;

use super::graph::{Logistic, Op, Signs};
use super::memory::{LANES, Line};
use super::panels::Panels;
use crate::tensor::cumulative::Cumulative;
use crate::tensor::elementwise::{Binary, Comparison, Unary};

/// Where an operand or a result stands, as a loop over blocks sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// The first line.
    pub(super) line: u32,
    /// Lines from one of a block to the next: 0 for a number, 1 for an array.
    pub(super) stride: u16,
    /// Lines from one line's block to the next's: 1 for an array that is kept as a whole, 0 for one of which there is
    /// only the block.
    pub(super) advance: u16,
}

impl Slot {
    pub(super) fn number(line: u32) -> Self {
        Self { line, stride: 0, advance: 0 }
    }

    pub(super) fn array(line: u32) -> Self {
        Self { line, stride: 1, advance: 1 }
    }

    pub(super) fn block(line: u32) -> Self {
        Self { line, stride: 1, advance: 0 }
    }

    /// The line at which a block begins.
    #[inline(always)]
    pub(super) fn at(self, block: usize) -> usize {
        // In 32 bits, so that the compiler knows that sums of these do not overflow.
        (self.line + u32::from(self.advance) * block as u32) as usize
    }
}

/// What is done with the lines. Those that have a form for several elements at once stand alone, others are computed one
/// after the other by the functions of tensors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code {
    Copy,
    Neg,
    Exp,
    Ln,
    Ln1p,
    Expm1,
    Expm1x,
    Log1pSquare,
    Log1pSquareSlope,
    Sqrt,
    Square,
    Abs,
    Recip,
    Sign,
    Floor,
    Add,
    Sub,
    Mul,
    Div,
    Maximum,
    Minimum,
    Masked,
    Select,
    MultiplyAdd,
    MultiplySub,
    NegativeMultiplyAdd,
    ExpOfMinusAbs,
    Sigmoid,
    Softplus,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    Unary(Unary),
    Binary(Binary),
    Derivative(Unary),
    Partial(Binary, bool),
    Cumulative(Cumulative),

    /// One element of an array, as a number.
    Element(u32),
    /// The elements of an array from one of them on.
    Shift(u32),
    /// Elements of an array, by a map.
    Gather(u32),
    /// Rows of a matrix times a vector.
    MatVec(u32),

    // Reductions: they add to what is there.
    Sum,
    Dot,
    Scatter(u32),
    /// Adds runs of elements, where equal places of a map follow each other.
    ScatterRuns(u32),
    TransposedMatVec(u32),
}

impl Code {
    /// The code of an elementwise operation.
    pub(super) fn elementwise(op: &Op) -> Option<Self> {
        Some(match op {
            Op::Unary(Unary::Neg) => Self::Neg,
            Op::Unary(Unary::Exp) => Self::Exp,
            Op::Unary(Unary::Ln) => Self::Ln,
            Op::Unary(Unary::Ln1p) => Self::Ln1p,
            Op::Unary(Unary::Expm1) => Self::Expm1,
            Op::Unary(Unary::Expm1x) => Self::Expm1x,
            Op::Unary(Unary::Log1pSquare) => Self::Log1pSquare,
            Op::Unary(Unary::Sqrt) => Self::Sqrt,
            Op::Unary(Unary::Square) => Self::Square,
            Op::Unary(Unary::Abs) => Self::Abs,
            Op::Unary(Unary::Recip) => Self::Recip,
            Op::Unary(Unary::Sign) => Self::Sign,
            Op::Unary(Unary::Floor) => Self::Floor,
            Op::Unary(function) => Self::Unary(*function),
            Op::Binary(Binary::Add) => Self::Add,
            Op::Binary(Binary::Sub) => Self::Sub,
            Op::Binary(Binary::Mul) => Self::Mul,
            Op::Binary(Binary::Div) => Self::Div,
            Op::Binary(Binary::Maximum) => Self::Maximum,
            Op::Binary(Binary::Minimum) => Self::Minimum,
            Op::Binary(function) => Self::Binary(*function),
            Op::Compare(Comparison::Greater) => Self::Greater,
            Op::Compare(Comparison::GreaterEqual) => Self::GreaterEqual,
            Op::Compare(Comparison::Less) => Self::Less,
            Op::Compare(Comparison::LessEqual) => Self::LessEqual,
            Op::Compare(Comparison::Equal) => Self::Equal,
            Op::Compare(Comparison::NotEqual) => Self::NotEqual,
            Op::Select => Self::Select,
            Op::Masked => Self::Masked,
            Op::MultiplyAdd(Signs::Plus) => Self::MultiplyAdd,
            Op::MultiplyAdd(Signs::Minus) => Self::MultiplySub,
            Op::MultiplyAdd(Signs::From) => Self::NegativeMultiplyAdd,
            Op::Logistic(Logistic::Exponential) => Self::ExpOfMinusAbs,
            Op::Logistic(Logistic::Sigmoid) => Self::Sigmoid,
            Op::Logistic(Logistic::Softplus) => Self::Softplus,
            Op::Derivative(Unary::Log1pSquare) => Self::Log1pSquareSlope,
            Op::Derivative(function) => Self::Derivative(*function),
            Op::Partial(function, position) => Self::Partial(*function, *position == 1),
            Op::Cumulative(function) => Self::Cumulative(*function),
            Op::Detach => Self::Copy,
            _ => return None,
        })
    }

    /// Number of operands.
    #[cfg(feature = "jit")]
    pub(super) fn operands(self) -> usize {
        match self {
            Self::Copy
            | Self::Neg
            | Self::Exp
            | Self::Ln
            | Self::Ln1p
            | Self::Expm1
            | Self::Expm1x
            | Self::Log1pSquare
            | Self::Log1pSquareSlope
            | Self::Sqrt
            | Self::Square
            | Self::Abs
            | Self::Recip
            | Self::Sign
            | Self::Floor
            | Self::ExpOfMinusAbs
            | Self::Unary(_)
            | Self::Element(_)
            | Self::Shift(_)
            | Self::Gather(_)
            | Self::MatVec(_)
            | Self::Sum
            | Self::Scatter(_)
            | Self::ScatterRuns(_)
            | Self::TransposedMatVec(_) => 1,
            Self::Add
            | Self::Sub
            | Self::Mul
            | Self::Div
            | Self::Maximum
            | Self::Minimum
            | Self::Masked
            | Self::Sigmoid
            | Self::Softplus
            | Self::Greater
            | Self::GreaterEqual
            | Self::Less
            | Self::LessEqual
            | Self::Equal
            | Self::NotEqual
            | Self::Binary(_)
            | Self::Derivative(_)
            | Self::Dot => 2,
            Self::Cumulative(function) => function.arity(),
            Self::Select | Self::MultiplyAdd | Self::MultiplySub | Self::NegativeMultiplyAdd | Self::Partial(..) => 3,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub(super) code: Code,
    pub(super) output: Slot,
    pub(super) operands: [Slot; 3],
}

/// What instructions refer to by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// Places of elements, as many as the lines of the output have.
    pub(super) maps: Vec<Arc<[u32]>>,
    /// (First element, place) of each run of equal places in a map, and the end.
    pub(super) runs: Vec<Arc<[(u32, u32)]>>,
    pub(super) panels: Vec<Arc<Panels>>,
    pub(super) repeats: Vec<Repeat>,
}

/// The lines of a matrix's product, of which each becomes an element when their loop has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    pub(super) from: u32,
    pub(super) elements: u32,
    pub(super) to: u32,
}

/// A part of what is given that is put to its place before the first step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) start: usize,
    pub(super) elements: usize,
    pub(super) line: u32,
}

impl Load {
    #[inline(always)]
    pub(super) fn put(self, from: &[f64], memory: &mut [Line]) {
        let Self { start, elements, line } = self;
        if elements == 1 {
            memory[line as usize] = [from[start]; LANES];
        } else if elements <= LANES
            && let Some(elements) = from[start..].first_chunk()
        {
            // What is beyond the end of an array may be anything.
            memory[line as usize] = *elements;
        } else {
            memory[line as usize..].as_flattened_mut()[..elements].copy_from_slice(&from[start..][..elements]);
        }
    }

    /// As [`put`](Self::put), from elsewhere in memory.
    #[inline(always)]
    pub(super) fn copy(self, memory: &mut [Line]) {
        let Self { start, elements, line } = self;
        if elements == 1 {
            memory[line as usize] = [memory.as_flattened()[start]; LANES];
        } else {
            memory.as_flattened_mut().copy_within(start..start + elements, line as usize * LANES);
        }
    }
}

/// A part of a program.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Numbers(Range<u32>),
    Loop(Loop),
    Whole(Whole),
    Sample(Draws),
    /// The first state of a recurrence, by its number.
    Begin(usize),
    /// The end of a recurrence's step: the next one begins with the step of the program after its beginning.
    Again(usize),
    /// Steps that became machine code, by the number of their function.
    #[cfg(feature = "jit")]
    Native(usize),
}

/// A recurrence, of which the body is steps of the program.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    pub(super) steps: usize,
    pub(super) from_the_end: bool,
    /// The first step of the body.
    pub(super) body: usize,
    pub(super) carries: Vec<Carried>,
    /// What is given to each step.
    pub(super) parts: Vec<StepPart>,
    /// Lines of the states, and the last of their elements that counts.
    pub(super) states: Range<u32>,
    pub(super) last: usize,
}

impl Repeat {
    /// The place of a step's elements among those of all steps.
    #[inline(always)]
    pub(super) fn place(&self, number: usize) -> usize {
        if self.from_the_end { self.steps - 1 - number } else { number }
    }
}

/// A part of a state: the lines where the body finds it, and where it leaves the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    pub(super) initial: u32,
    pub(super) before: u32,
    pub(super) next: u32,
    pub(super) elements: usize,
    /// The first element of the states of all steps.
    pub(super) states: usize,
    /// Whether the next is what the step was given, or another part before: it is where the states are kept when that
    /// has been written over.
    pub(super) is_passed_on: bool,
}

/// What a step is given: so many elements of an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPart {
    /// The first element of the array.
    pub(super) from: usize,
    pub(super) elements: usize,
    pub(super) line: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) elements: usize,
    /// Lines of a block.
    pub(super) block: usize,
    pub(super) code: Range<u32>,
    /// Whether it is worth the time that threads take to meet at its end.
    pub(super) is_large: bool,
    /// First lines of the arrays that are kept as a whole.
    pub(super) kept: Vec<u32>,
    /// Lines that are 0 before it begins.
    pub(super) zeros: Vec<Range<u32>>,
    pub(super) finish: Vec<Finish>,
}

/// Draws by a sampler: operands and output are each a first number in memory and a number of elements.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    pub(super) sampler: usize,
    pub(super) operands: Vec<(usize, usize)>,
    pub(super) output: (usize, usize),
}

/// An operation on whole arrays: each is a first line and a number of elements.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) op: Op,
    pub(super) operands: Vec<(u32, usize)>,
    pub(super) output: (u32, usize),
    /// Lines behind the output that are free meanwhile.
    pub(super) scratch: u32,
}
