//! Which steps of a program become machine code.

use std::ops::Range;

use super::super::Program;
use super::super::instruction::{Code, Loop, Repeat, Step};
use super::super::memory::{LANES, lines_of};

/// Fewer instructions are not worth a call.
const FEWEST_INSTRUCTIONS: usize = 4;
/// The compiler takes longer than in proportion for larger functions.
const MOST_INSTRUCTIONS: usize = 256;

/// Steps that follow each other and become one function.
pub(super) struct Segment {
    pub(super) parts: Vec<Part>,
    /// Whether there is nothing else in the program.
    pub(super) is_whole: bool,
    instructions: usize,
}

/// A part of a function.
pub(super) enum Part {
    Numbers(Range<u32>),
    /// A loop over so few elements that they are one line.
    Line(Loop),
    Recurrence {
        number: usize,
        body: Vec<Part>,
    },
}

/// The program's steps as they will be: as they are, or of a segment.
enum Planned {
    Step(Step),
    Segment(Segment),
}

/// The segments of a program.
pub(super) fn segments(program: &Program) -> Vec<Segment> {
    let planned = planned(program);
    let is_whole = planned.len() == 1;
    let segment = |planned| match planned {
        Planned::Segment(segment) => Some(Segment { is_whole, ..segment }),
        Planned::Step(_) => None,
    };
    planned.into_iter().filter_map(segment).collect()
}

/// Puts the functions of the segments, which are numbered in their order, in the place of their steps.
pub(super) fn replace(program: &mut Program) {
    let mut steps = Vec::new();
    let mut number = 0;
    for planned in planned(program) {
        steps.push(match planned {
            Planned::Step(step) => {
                // A recurrence that is interpreted begins its body behind the step that begins it.
                if let Step::Begin(recurrence) = step {
                    program.tables.repeats[recurrence].body = steps.len() + 1;
                }
                step
            }
            Planned::Segment(_) => {
                number += 1;
                Step::Native(number - 1)
            }
        });
    }
    program.steps = steps;
}

fn planned(program: &Program) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut open: Option<(Segment, Vec<Step>)> = None;
    let mut place = 0;
    while let Some(step) = program.steps.get(place) {
        let (parts, end) = parts(program, place);
        // Of numbers, those before and after a function that has no machine code are apart.
        for (part, instructions, own_steps) in parts {
            match part {
                Some(part) => {
                    if open.as_ref().is_some_and(|(own, _)| own.instructions + instructions > MOST_INSTRUCTIONS) {
                        close(&mut planned, open.take());
                    }
                    let empty = Segment { parts: Vec::new(), is_whole: false, instructions: 0 };
                    let (segment, steps) = open.get_or_insert((empty, Vec::new()));
                    segment.parts.push(part);
                    segment.instructions += instructions;
                    steps.extend(own_steps);
                }
                None => {
                    close(&mut planned, open.take());
                    planned.extend(own_steps.into_iter().map(Planned::Step));
                }
            }
        }
        debug_assert!(end > place, "{step:?}");
        place = end;
    }
    close(&mut planned, open.take());
    planned
}

fn close(planned: &mut Vec<Planned>, open: Option<(Segment, Vec<Step>)>) {
    let Some((segment, steps)) = open else { return };
    let has_recurrence = segment.parts.iter().any(|part| matches!(part, Part::Recurrence { .. }));
    if segment.instructions >= FEWEST_INSTRUCTIONS || has_recurrence {
        planned.push(Planned::Segment(segment));
    } else {
        planned.extend(steps.into_iter().map(Planned::Step));
    }
}

/// A part of a function, or none, its instructions, and the steps that it is made of.
type OfSteps = (Option<Part>, usize, Vec<Step>);

/// What becomes of the step at a place, or of the steps of a recurrence, and the place after them.
fn parts(program: &Program, place: usize) -> (Vec<OfSteps>, usize) {
    let step = &program.steps[place];
    match step {
        Step::Numbers(code) => {
            let mut parts: Vec<OfSteps> = Vec::new();
            let mut start = code.start;
            while start < code.end {
                let is_native = |at: u32| is_native(program.instructions[at as usize].code, true);
                let kind = is_native(start);
                let end = (start..code.end).find(|&at| is_native(at) != kind).unwrap_or(code.end);
                // A function is not larger than that.
                let end = if kind { end.min(start + MOST_INSTRUCTIONS as u32) } else { end };
                let part = kind.then_some(Part::Numbers(start..end));
                parts.push((part, (end - start) as usize, vec![Step::Numbers(start..end)]));
                start = end;
            }
            (parts, place + 1)
        }
        Step::Begin(number) => {
            let repeat = &program.tables.repeats[*number];
            let end = (place..program.steps.len()).find(|&at| matches!(program.steps[at], Step::Again(_)));
            let Some(end) = end.filter(|_| is_of_numbers(repeat)) else {
                return (vec![(None, 0, vec![step.clone()])], place + 1);
            };
            let (mut body, mut instructions) = (Vec::new(), 0);
            let mut steps = vec![step.clone()];
            for at in place + 1..end {
                for (part, count, own_steps) in parts(program, at).0 {
                    let Some(part) = part else {
                        return (vec![(None, 0, vec![step.clone()])], place + 1);
                    };
                    body.push(part);
                    instructions += count;
                    steps.extend(own_steps);
                }
            }
            if instructions > MOST_INSTRUCTIONS {
                return (vec![(None, 0, vec![step.clone()])], place + 1);
            }
            steps.push(program.steps[end].clone());
            (vec![(Some(Part::Recurrence { number: *number, body }), instructions, steps)], end + 1)
        }
        Step::Loop(pass) if is_line(program, pass) => {
            let part = Part::Line(pass.clone());
            (vec![(Some(part), pass.code.len(), vec![step.clone()])], place + 1)
        }
        _ => (vec![(None, 0, vec![step.clone()])], place + 1),
    }
}

fn is_of_numbers(repeat: &Repeat) -> bool {
    repeat.carries.iter().all(|carried| carried.elements == 1) && repeat.parts.iter().all(|part| part.elements == 1)
}

/// Whether a loop is over one line, and all of its instructions have machine code.
fn is_line(program: &Program, pass: &Loop) -> bool {
    let code = &program.instructions[pass.code.start as usize..pass.code.end as usize];
    lines_of(pass.elements) == 1
        && pass.elements <= LANES
        && pass.finish.is_empty()
        && code.iter().all(|instruction| is_native(instruction.code, false))
}

/// Whether an instruction on numbers, or on a line, has machine code that is faster.
fn is_native(code: Code, is_number: bool) -> bool {
    match code {
        // A line of these takes as long as two numbers if they are done at once.
        Code::Exp
        | Code::Ln
        | Code::Ln1p
        | Code::Expm1
        | Code::Expm1x
        | Code::Log1pSquare
        | Code::ExpOfMinusAbs
        | Code::Softplus => is_number,
        Code::Copy
        | Code::Neg
        | Code::Sqrt
        | Code::Square
        | Code::Abs
        | Code::Recip
        | Code::Log1pSquareSlope
        | Code::Sign
        | Code::Add
        | Code::Sub
        | Code::Mul
        | Code::Div
        | Code::Maximum
        | Code::Minimum
        | Code::Masked
        | Code::Select
        | Code::MultiplyAdd
        | Code::MultiplySub
        | Code::NegativeMultiplyAdd
        | Code::Sigmoid
        | Code::Greater
        | Code::GreaterEqual
        | Code::Less
        | Code::LessEqual
        | Code::Equal
        | Code::NotEqual
        | Code::Element(_) => true,
        Code::Shift(_) | Code::Gather(_) | Code::Sum | Code::Dot => !is_number,
        Code::Floor
        | Code::Unary(_)
        | Code::Binary(_)
        | Code::Derivative(_)
        | Code::Partial(..)
        | Code::Cumulative(_)
        | Code::MatVec(_)
        | Code::Scatter(_)
        | Code::ScatterRuns(_)
        | Code::TransposedMatVec(_) => false,
    }
}
