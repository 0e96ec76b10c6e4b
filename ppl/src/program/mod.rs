//! Recorded programs: a function of a vector that is recorded once, and from then on evaluated without running it.
//!
//! | file          | from → to                                                                          |
//! |---------------|------------------------------------------------------------------------------------|
//! | `graph`       | operations at the tensors' door → nodes, each of them once                         |
//! | `reroll`      | operations that repeat → one on arrays, or a recurrence                            |
//! | `rewrite`     | an operation → a cheaper one, as it is added; `interval` knows where values lie    |
//! | `adjoint`     | the graph of a number → the graph of its gradient                                  |
//! | `lower`       | both → operations that the machine does well; `panels` lays out constant matrices  |
//! | `schedule`    | these → numbers one by one, arrays in loops that pass over them once               |
//! | `plan`        | the schedule → places in `memory`, and `instruction`s                              |
//! | `run`         | instructions → value and gradient; `elementary`, `products`, `whole` are what they call |
//! | `display`     | the schedule → text                                                                |
//!
//! *Invariant:* a program computes what the function computes at every input, or there is no program: a function that
//! reads a value that depends on the input, as to branch on it, is [`Recorded::Dynamic`].

mod adjoint;
mod display;
mod elementary;
pub(crate) mod graph;
mod instruction;
mod interval;
mod lower;
mod memory;
mod panels;
mod plan;
mod products;
mod reroll;
mod rewrite;
mod run;
mod schedule;
mod whole;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use self::graph::{Graph, Id};
use self::instruction::{Instruction, Load, Step, Tables};
use self::memory::Memory;
use self::plan::Places;
use self::schedule::Stage;
use crate::tensor::record::Recording;
use crate::{Result, Tensor};

/// A recorded function of a vector: value and gradient, without running the function.
///
/// See [`record`].
#[derive(Clone, Debug)]
pub struct Program {
    instructions: Vec<Instruction>,
    tables: Tables,
    steps: Vec<Step>,
    /// Constants are there from the beginning.
    memory: Memory,
    loads: Vec<Load>,
    /// The lines where the value and the parts of the gradient stand; these with their number of elements.
    value: u32,
    gradient: Vec<(Places, u32, usize)>,
    /// What was planned, and where in it the value and the parts of the gradient are, for its text.
    text: Arc<(Graph, Vec<Stage>)>,
    outputs: (Id, Vec<Id>),
}

impl Program {
    /// Number of operations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.1.iter().map(|stage| stage.nodes().len()).sum()
    }

    /// Whether the value is a constant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What came of recording a function.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// A program that computes the function at any input.
    Static(Box<Program>),
    /// The function read a value that depends on its input: what it does may depend on that too.
    Dynamic(HostRead),
}

/// Where a function read a value that depends on its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostRead {
    /// The line of the user's code that read it, or of the function that did so for the user.
    pub location: &'static Location<'static>,
}

impl fmt::Display for HostRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value that depends on the input was read at {}", self.location)
    }
}

/// Records a function of a vector by running it once, at `point`.
///
/// Operations of tensors that depend on the vector are noted; all others become constants. Where the function reads a
/// value that depends on the vector ([`Tensor::item`], [`Tensor::to_vec`], comparisons that give a `bool`), it can do
/// something else at another input, and there is no program.
///
/// # Errors
/// The error of `function`; a result with more than one element; a recording inside another one or inside
/// [`grad`](crate::grad).
///
/// ```
/// use ppl::Tensor;
/// use ppl::program::{Recorded, record};
///
/// let data = Tensor::from([1.0, 2.0, 4.0]);
/// let recorded = record(&[0.5], |x| Ok((&data - x).square().sum()))?;
/// let Recorded::Static(mut program) = recorded else { panic!("no value is read") };
/// let mut gradient = [0.0];
/// assert_eq!(program.value_and_gradient(&[2.0], &mut gradient), 5.0);
/// assert_eq!(gradient, [-2.0]);
///
/// let branches = record(&[0.5], |x| Ok(if x.item() > 0.0 { x.sum() } else { -x.sum() }))?;
/// assert!(matches!(branches, Recorded::Dynamic(_)));
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record(point: &[f64], function: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Recorded> {
    let (recording, input) = Recording::open(point)?;
    let output = function(&input)?;
    let (raw, output, read) = recording.finish(&output)?;
    if let Some(location) = read {
        return Ok(Recorded::Dynamic(HostRead { location }));
    }
    let (mut graph, output) = reroll::reroll(&raw, output);
    let contributions = adjoint::gradient(&mut graph, output);
    let roots: Vec<_> = contributions.iter().map(|part| part.value).chain([output]).collect();
    let (graph, roots) = lower::lower(&graph, &roots);
    let stages = schedule::schedule(&graph, &roots);
    let value = roots[contributions.len()];
    let gradient =
        contributions.iter().zip(&roots).map(|(part, &root)| (Places::new(part.places.as_ref()), root)).collect();
    Ok(Recorded::Static(Box::new(plan::program(graph, stages, value, gradient))))
}

#[cfg(test)]
pub(crate) mod tests;
