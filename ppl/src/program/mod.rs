//! Recorded programs: a function of a vector that is recorded once, and from then on evaluated without running it.
//!
//! | file          | from → to                                                                          |
//! |---------------|------------------------------------------------------------------------------------|
//! | `function`    | a function → its graph, from which programs of its derivatives are compiled         |
//! | `graph`       | operations at the tensors' door → nodes, each of them once                         |
//! | `reroll`      | operations that repeat → one on arrays, or a recurrence                            |
//! | `recurrence`  | steps of which each needs the one before → what is done at once, and the rest      |
//! | `rewrite`     | an operation → a cheaper one, as it is added; `interval` knows where values lie    |
//! | `rows`        | sums over rows of data → over fewer: of squares of affine rows, of rows that occur often |
//! | `adjoint`     | the graph of a number → the graph of its gradient                                  |
//! | `tangent`     | the graph of a gradient → how it moves along a direction; `hessian`: the Hessian times a vector |
//! | `triangle`    | symmetric matrices → their lower triangles, where nothing needs the upper ones       |
//! | `batch`       | a graph → that of many draws of its random numbers at once                         |
//! | `lower`       | both → operations that the machine does well; `panels` lays out constant matrices  |
//! | `schedule`    | these → numbers one by one, arrays in loops that pass over them once               |
//! | `plan`        | the schedule → places in `memory`, and `instruction`s                              |
//! | `value`       | the instructions → those that the value alone is made of                            |
//! | `parallel`    | the parts of large loops that threads do side by side                              |
//! | `native`      | instructions → machine code, with the feature `jit`                                |
//! | `run`         | instructions → value and gradient; `elementary`, `products`, `single`, `whole`, `log_system` are what they call |
//! | `noise`       | random numbers that are drawn anew before each run, `sampler` those drawn within   |
//! | `obstacle`    | what cannot be recorded → the line and the cure, in words                          |
//! | `display`     | the schedule → text                                                                |
//!
//! `README.md` in this folder follows a model through the passes.
//!
//! *Invariant:* a program computes what the function computes at every input, or there is no program: a function that
//! reads a value that depends on the input, as to branch on it, is [`Recorded::Dynamic`].

mod adjoint;
mod batch;
mod display;
pub(crate) mod elementary;
mod fraction;
mod function;
pub(crate) mod graph;
mod hessian;
mod instruction;
mod interval;
mod log_system;
mod lower;
mod memory;
#[cfg(feature = "jit")]
mod native;
pub(crate) mod noise;
mod obstacle;
mod panels;
mod parallel;
mod plan;
mod products;
mod recurrence;
mod reroll;
mod rewrite;
mod rows;
mod run;
pub(crate) mod sampler;
mod schedule;
mod single;
mod tangent;
mod triangle;
mod value;
mod whole;

use std::sync::Arc;

use pulp::Arch;

pub use self::batch::{BatchProgram, PARTICLES, RecordedBatch, record_batch, record_batch_with_data, record_lanes};
use self::function::{Derivative, Fallback, Function};
use self::graph::{Graph, Id};
pub use self::hessian::{HessianProgram, record_hessian};
use self::instruction::{Instruction, Load, Step, Tables};
use self::memory::Memory;
use self::noise::Noise;
pub use self::obstacle::{Obstacle, Place};
use self::parallel::Threads;
use self::plan::Part;
use self::schedule::Stage;
use self::value::ValuePart;
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
    /// Where data stand, by their number.
    data: Vec<(usize, Load)>,
    /// What draws random numbers, and where they stand each time, if they are needed.
    noise: Noise,
    noise_lines: Vec<Option<u32>>,
    /// The draw of the random numbers that stand in memory.
    draw: Option<u64>,
    /// The line where the value stands.
    value: u32,
    gradient: Vec<Part>,
    /// How many of the parts, the first ones, have each element of the gradient once; 0 if there are no such.
    copied: usize,
    /// What computes the value alone; none for programs without a gradient.
    value_part: Option<Arc<ValuePart>>,
    threads: Threads,
    /// What the processor at hand can do.
    processor: Arch,
    /// For positions at which the gradient is not finite; none for programs without a gradient.
    fallback: Option<Fallback>,
    run_size: usize,
    /// Whether sums of squares are those of fewer rows: ∞ − ∞ may be in these alone.
    is_reduced: bool,
    /// Machine code of some of the steps.
    #[cfg(feature = "jit")]
    native: Option<Arc<native::Native>>,
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

    /// The size of the run that was recorded: elements of what its operations made, of which each counts as 32 at least. It
    /// tells how long the function takes to run again, as to compare the program with it: some second for 10⁸.
    ///
    /// # Example
    /// ```
    /// use ppl::program::{Recorded, record};
    ///
    /// let recorded = record(&[0.5; 1000], |x| Ok(x.exp().sum()))?;
    /// let Recorded::Static(program) = recorded else { panic!("no value is read") };
    /// assert!((2000..3000).contains(&program.run_size()), "the vector, its exponentials, and their sum");
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn run_size(&self) -> usize {
        self.run_size
    }

    /// Evaluates on this many threads, or on as many as the process may use processors if these are fewer
    /// ([`std::thread::available_parallelism`]), where the program has loops that are worth it. Threads beside the caller's
    /// wait for the next evaluation as long as the program lives, at first by spinning. Sums are added up in another order
    /// then, so that results differ by roundings.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::program::{Recorded, record};
    ///
    /// let data = Tensor::linspace(0.0, 1.0, 100_000);
    /// let recorded = record(&[0.5], |x| Ok((&data * x.get(0)).exp().sum()))?;
    /// let Recorded::Static(mut program) = recorded else { panic!("no value is read") };
    /// let mut gradient = [0.0];
    /// let by_one = program.value_and_gradient(&[0.3], &mut gradient);
    /// program.set_threads(2);
    /// assert!(program.threads() <= 2);
    /// let by_two = program.value_and_gradient(&[0.3], &mut gradient);
    /// assert!((by_one - by_two).abs() < 1e-12 * by_one);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn set_threads(&mut self, threads: usize) {
        let threads = parallel::at_most_processors(threads);
        let is_worth_it = self.steps.iter().any(|step| matches!(step, Step::Loop(pass) if pass.is_large));
        self.threads = Threads { count: (threads > 1 && is_worth_it).then_some(threads), team: None };
    }

    /// Number of threads that evaluate: 1 where more are not worth it.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.count.unwrap_or(1)
    }

    /// Whether the value is a constant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What came of recording a function.
///
/// # Example
/// A gradient by the program if there is one, else on the tape:
///
/// ```
/// use ppl::program::{Recorded, record};
/// use ppl::{Tensor, grad};
///
/// fn gradient(function: fn(&Tensor) -> ppl::Result<Tensor>, at: &[f64]) -> ppl::Result<Vec<f64>> {
///     match record(at, function)? {
///         Recorded::Static(mut program) => {
///             let mut gradient = vec![0.0; at.len()];
///             program.value_and_gradient(at, &mut gradient);
///             Ok(gradient)
///         }
///         Recorded::Dynamic(_) => Ok(grad(|x| function(&x[0]), &[Tensor::from(at)])?.1[0].to_vec()),
///     }
/// }
///
/// assert_eq!(gradient(|x| Ok(x.square().sum()), &[3.0])?, [6.0]);
/// assert_eq!(gradient(|x| Ok(if x.get(0) > 0.0 { x.square().sum() } else { x.sum() }), &[3.0])?, [6.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Recorded<P = Program> {
    /// A program that computes the function at any input.
    Static(Box<P>),
    /// The function may do something else at another input, or with other random numbers.
    Dynamic(Obstacle),
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
/// # Example
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
    compile(point, &[], |point, _| function(point), None)
}

/// Records a function that draws random numbers with gradients, and draws them anew by [`Program::draw`]: noise,
/// transformed by what depends on the vector, or draws by parameters that depend on it, with implicit gradients, as those
/// of gamma distributions.
///
/// Until the next call of `draw` the random numbers stay the same; draws by parameters follow these.
///
/// The generators must be those of a [`Key`](crate::random::Key), each new when the function draws from it, and be used in
/// sites of a model.
///
/// # Errors
/// As [`record`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::program::{Recorded, record_with_draws};
///
/// let key = Key::new(3);
/// let draw = |location: &Tensor, key: Key| Normal::new(location, 2.0)?.sample(&mut key.rng("x", 0), &Shape::SCALAR);
/// let recorded = record_with_draws(&[1.0], |x| Ok(draw(&x.get(0), key)?.square()))?;
/// let Recorded::Static(mut program) = recorded else { panic!("a normal draw is noise, scaled and moved") };
/// for number in [0, 1, 2] {
///     program.draw(number);
///     let (expected, mut gradient) = (draw(&1.0.into(), key.draw(number))?.item(), [0.0]);
///     let value = program.value_and_gradient(&[1.0], &mut gradient);
///     assert!((value - expected * expected).abs() < 1e-12);
///     assert!((gradient[0] - 2.0 * expected).abs() < 1e-12);
/// }
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_with_draws(point: &[f64], function: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Recorded> {
    compile(point, &[], |point, _| function(point), Some(Noise::default()))
}

/// Records a function of a vector and of tensors that may be others each time, of the same shapes, such as the data of
/// minibatches; it may draw random numbers as for [`record_with_draws`].
///
/// Reading an element of the data is reading a value of the program: what it decides may be decided otherwise for other
/// data.
///
/// # Errors
/// As [`record`].
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::program::{Recorded, record_with_data};
///
/// let data = [Tensor::from([1.0, 2.0, 4.0])];
/// let recorded = record_with_data(&[0.5], &data, |x, data| Ok((&data[0] - x).square().sum()))?;
/// let Recorded::Static(mut program) = recorded else { panic!("no value is read") };
/// let mut gradient = [0.0];
/// assert_eq!(program.value_and_gradient(&[2.0], &mut gradient), 5.0);
/// program.set_data(0, &[2.0, 2.0, 3.0]);
/// assert_eq!(program.value_and_gradient(&[2.0], &mut gradient), 1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_with_data(
    point: &[f64],
    data: &[Tensor],
    function: impl FnOnce(&Tensor, &[Tensor]) -> Result<Tensor>,
) -> Result<Recorded> {
    compile(point, data, function, Some(Noise::default()))
}

fn compile(
    point: &[f64],
    data: &[Tensor],
    function: impl FnOnce(&Tensor, &[Tensor]) -> Result<Tensor>,
    noise: Option<Noise>,
) -> Result<Recorded> {
    Ok(with_gradient(Function::record(point, data, function, noise)?, data))
}

/// The program of a recorded function.
fn with_gradient(recorded: Recorded<Function>, data: &[Tensor]) -> Recorded {
    match recorded {
        Recorded::Static(function) => {
            let mut program = function.program(Derivative::Gradient);
            data.iter().enumerate().for_each(|(number, tensor)| program.set_data(number, &tensor.elements()));
            Recorded::Static(Box::new(program))
        }
        Recorded::Dynamic(obstacle) => Recorded::Dynamic(obstacle),
    }
}

#[cfg(test)]
mod random_models;
#[cfg(test)]
pub(crate) mod tests;
