//! The tape: backward steps of dfdx's operations and of our own, one list a thread.
//!
//! dfdx carries its tape in the type of a tensor. A zero-sized tape type that pushes to a thread-local list keeps it
//! out of ours, so that `Tensor` is `Send + Sync` and needs no type parameter. A tensor remembers the *number* of the
//! tape that it belongs to: once that tape is finished, the tensor is a constant.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, Gradients, Merge, NoneTape, Tape};

use super::backend::{Backend, Flat, device_error};
use super::kernel::number_step::{ElementStep, NumberStep};
use super::{Tensor, Value};
use crate::{Error, Result};

/// The gradients of a backward pass.
#[derive(Debug)]
pub(crate) struct GradientStore {
    /// Of tensors on the CPU, by their number on the tape.
    own: Vec<Slot>,
    /// Those that dfdx's own steps keep.
    pub(crate) cpu: Gradients<f64, Cpu>,
    #[cfg(feature = "cuda")]
    pub(crate) cuda: Gradients<f64, dfdx::tensor::Cuda>,
    /// Memory for the elements of operands and output, used by one step after the other.
    pub(crate) scratch: [Vec<f64>; 3],
    /// That of large gradients which are not needed again, for the next ones: the system would clear each page of it anew.
    spare: Vec<Vec<f64>>,
}

/// Elements from which on the memory of a gradient is used again.
const LARGE: usize = 1 << 16;
/// Gradients whose memory is kept at one time.
const MOST_SPARE: usize = 4;

/// The gradient by a tensor on the CPU. Loops have many scalars, whose gradients need no memory of their own.
#[derive(Clone, Debug, Default)]
enum Slot {
    /// Nothing was added to it.
    #[default]
    Empty,
    Number(f64),
    Array(Vec<f64>),
}

impl GradientStore {
    fn new(nodes: u64) -> Self {
        Self {
            own: vec![Slot::Empty; nodes as usize + 1],
            cpu: Gradients::leaky(),
            #[cfg(feature = "cuda")]
            cuda: Gradients::leaky(),
            scratch: Default::default(),
            spare: Vec::new(),
        }
    }

    /// The gradient at a place on the CPU that is not left to dfdx.
    pub(crate) fn slot(&mut self, place: &Place<Cpu>) -> &mut [f64] {
        self.elements(place.node.number, place.size)
    }

    /// The gradient by a tensor of that number and so many elements.
    pub(crate) fn elements(&mut self, number: u64, size: usize) -> &mut [f64] {
        let slot = &mut self.own[number as usize];
        if let Slot::Empty = slot {
            *slot = if size == 1 { Slot::Number(0.0) } else { Slot::Array(zeros(&mut self.spare, size)) };
        }
        match slot {
            Slot::Empty => &mut [],
            Slot::Number(number) => std::slice::from_mut(number),
            Slot::Array(elements) => elements,
        }
    }

    /// The same gradient, if anything was added to it.
    pub(crate) fn take(&mut self, place: &Place<Cpu>) -> Option<Vec<f64>> {
        match std::mem::take(&mut self.own[place.node.number as usize]) {
            Slot::Empty => None,
            Slot::Number(number) => Some(vec![number]),
            Slot::Array(elements) => Some(elements),
        }
    }

    /// Takes back the memory of a gradient that is not needed again.
    pub(crate) fn give_back(&mut self, gradient: Vec<f64>) {
        if gradient.len() >= LARGE && self.spare.len() < MOST_SPARE {
            self.spare.push(gradient);
        }
    }

    /// The gradient by a scalar, which is not needed again, if anything was added to it.
    pub(crate) fn take_scalar(&mut self, number: u64) -> Option<f64> {
        match std::mem::take(&mut self.own[number as usize]) {
            Slot::Empty => None,
            Slot::Number(number) => Some(number),
            Slot::Array(elements) => elements.first().copied(),
        }
    }

    /// The gradient by a scalar; it is 0 until something is added.
    pub(crate) fn scalar(&mut self, number: u64) -> &mut f64 {
        let slot = &mut self.own[number as usize];
        if !matches!(slot, Slot::Number(_)) {
            *slot = Slot::Number(0.0);
        }
        match slot {
            Slot::Number(number) => number,
            _ => unreachable!("set above"),
        }
    }

    /// As [`take`](Self::take), of one element.
    pub(crate) fn take_number(&mut self, place: &Place<Cpu>) -> Option<f64> {
        self.take_scalar(place.node.number)
    }
}

/// So many zeros, in memory that is there already if there is some.
fn zeros(spare: &mut Vec<Vec<f64>>, size: usize) -> Vec<f64> {
    match spare.iter().position(|own| own.len() == size) {
        Some(position) => {
            let mut zeros = spare.swap_remove(position);
            zeros.fill(0.0);
            zeros
        }
        None => vec![0.0; size],
    }
}

/// Where a tensor's gradient is.
#[derive(Clone, Debug)]
pub(crate) struct Place<D: Backend> {
    node: Node,
    size: usize,
    /// By whose identity dfdx files the gradient, where it does.
    array: Option<Box<Flat<D>>>,
}

impl<D: Backend> Place<D> {
    pub(crate) fn new(array: &Flat<D>, node: Node) -> Self {
        let own = D::OWN_STEPS && !is_dfdx_preferred();
        Self { node, size: array.shape().0, array: if own { None } else { Some(Box::new(array.clone())) } }
    }

    /// That of a scalar that is no array.
    pub(crate) fn of_number(node: Node) -> Self {
        Self { node, size: 1, array: None }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn array(&self) -> Option<&Flat<D>> {
        self.array.as_deref()
    }
}

/// One backward step: reads the gradient of an operation's output, adds to those of its inputs.
enum Step {
    Arrays(ArrayStep),
    /// In place: loops have millions.
    Numbers(NumberStep),
    Element(ElementStep),
}

type ArrayStep = Box<dyn FnOnce(&mut GradientStore) -> Result<()>>;

/// Number of a tape, unique in the process.
type TapeId = NonZeroU64;

/// Number of a recording, unique in the process.
pub(crate) type RecordingId = NonZeroU64;

/// A tensor's place on a tape, or in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    owner: Owner,
    /// Tensors with the same number share dfdx's identity, and with it their gradient.
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Tape(TapeId),
    Recording(RecordingId),
    /// No tape and no recording: the value was drawn, see `drawn.rs`.
    Draw,
}

impl Node {
    /// The mark of values that were drawn.
    pub(crate) const DRAWN: Self = Self { owner: Owner::Draw, number: 0 };

    /// The place on a tape, from 1 on.
    pub(crate) fn number(self) -> u64 {
        self.number
    }

    /// A place in a recording's graph.
    pub(crate) fn of_recording(id: RecordingId, place: usize) -> Self {
        Self { owner: Owner::Recording(id), number: place as u64 }
    }

    /// The recording and the place in its graph, if it is one.
    pub(crate) fn recording(self) -> Option<(RecordingId, usize)> {
        match self.owner {
            Owner::Recording(id) => Some((id, self.number as usize)),
            Owner::Tape(_) | Owner::Draw => None,
        }
    }
}

/// A number for a recording, which is open until it is given back.
pub(crate) fn open_recording() -> RecordingId {
    let id = new_id();
    open_anywhere().insert(id);
    id
}

/// Takes note that a recording has ended.
pub(crate) fn close_recording(id: RecordingId) {
    open_anywhere().remove(&id);
}

/// Whether a tape or a recording is open, on whatever thread.
pub(crate) fn is_open_anywhere(id: NonZeroU64) -> bool {
    open_anywhere().contains(&id)
}

/// A number that no tape and no recording had before.
fn new_id() -> NonZeroU64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MIN)
}

thread_local! {
    static READS: Cell<u64> = const { Cell::new(0) };
}

/// Count of reads, on this thread, of numbers that a tape differentiates by: what is made of them is a constant.
pub(crate) fn reads() -> u64 {
    READS.get()
}

/// Counts a read of numbers by which a tape differentiates.
pub(super) fn count_read() {
    READS.set(READS.get() + 1);
}

/// Whether a tape is open on this thread.
pub(crate) fn is_open() -> bool {
    active().is_some()
}

struct Active {
    id: TapeId,
    nodes: u64,
    steps: Steps,
    /// Whether nobody wants the gradient.
    is_without_steps: bool,
}

/// Steps in their order, in lists of which none is copied because it grows: loops have millions.
#[derive(Default)]
struct Steps {
    full: Vec<Vec<Step>>,
    last: Vec<Step>,
}

impl Steps {
    const LONGEST_LIST: usize = 1 << 14;

    fn push(&mut self, step: Step) {
        if self.last.len() == Self::LONGEST_LIST {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(Self::LONGEST_LIST)));
        }
        self.last.push(step);
    }

    /// The last one first; the memory of a list is given back with its first step.
    fn into_reversed(self) -> impl Iterator<Item = Step> {
        let lists = std::iter::once(self.last).chain(self.full.into_iter().rev());
        lists.flat_map(|list| list.into_iter().rev())
    }
}

thread_local! {
    static ACTIVE: RefCell<Option<Active>> = const { RefCell::new(None) };
}

/// The tapes and recordings that are open on any thread: consulted only when a tensor of another one turns up.
static OPEN: Mutex<BTreeSet<NonZeroU64>> = Mutex::new(BTreeSet::new());

fn open_anywhere() -> MutexGuard<'static, BTreeSet<NonZeroU64>> {
    OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The number of the tape that is open on this thread.
fn active() -> Option<TapeId> {
    ACTIVE.with_borrow(|active| active.as_ref().map(|active| active.id))
}

impl Active {
    fn new_node(&mut self) -> Node {
        self.nodes += 1;
        Node { owner: Owner::Tape(self.id), number: self.nodes }
    }
}

/// A new place on this thread's tape, if one is open.
pub(crate) fn new_node() -> Option<Node> {
    ACTIVE.with_borrow_mut(|active| active.as_mut().map(Active::new_node))
}

/// Whether a tensor at this place is being differentiated here and now, by a tape: what a recording notes has no steps.
///
/// # Panics
/// If another thread is differentiating it: used here it would silently become a constant.
#[track_caller]
pub(crate) fn is_active(node: Node) -> bool {
    let Owner::Tape(tape) = node.owner else { return false };
    if active() == Some(tape) {
        return true;
    }
    assert!(
        !is_open_anywhere(tape),
        "a tensor that another thread is differentiating was used on this one; its gradient would be lost"
    );
    false
}

/// Appends a backward step to this thread's tape.
pub(crate) fn push(step: impl FnOnce(&mut GradientStore) -> Result<()> + 'static) {
    push_step(Step::Arrays(Box::new(step)));
}

/// Appends the step of an operation on numbers to this thread's tape, if one is open; the place of its output.
pub(crate) fn push_of_numbers(step: impl FnOnce(Node) -> NumberStep) -> Option<Node> {
    ACTIVE.with_borrow_mut(|active| {
        let active = active.as_mut()?;
        let output = active.new_node();
        if !active.is_without_steps {
            active.steps.push(Step::Numbers(step(output)));
        }
        Some(output)
    })
}

/// Appends the step of an element that was taken from an array.
pub(crate) fn push_of_element(step: ElementStep) {
    push_step(Step::Element(step));
}

fn push_step(step: Step) {
    ACTIVE.with_borrow_mut(|active| {
        if let Some(active) = active.as_mut().filter(|active| !active.is_without_steps) {
            active.steps.push(step);
        }
    });
}

/// Whether to record dfdx's own backward steps also where ours would take their place: the tests check both.
#[cfg(not(test))]
pub(crate) fn is_dfdx_preferred() -> bool {
    false
}

#[cfg(test)]
thread_local! {
    pub(crate) static PREFER_DFDX: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
pub(crate) fn is_dfdx_preferred() -> bool {
    PREFER_DFDX.get()
}

/// dfdx's view of the thread's tape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ThreadTape;

impl Merge<NoneTape> for ThreadTape {
    fn merge(self, _: NoneTape) -> Self {
        self
    }
}

impl Merge<Self> for ThreadTape {
    fn merge(self, _: Self) -> Self {
        self
    }
}

impl<D: Backend> Tape<f64, D> for ThreadTape {
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<f64, D>) -> Result<(), D::Err>,
    {
        push(move |store| operation(D::gradients(store)).map_err(|error| device_error::<D>(&error)));
    }
}

/// Opens a tape on this thread for as long as it lives, whatever becomes of the function being differentiated.
struct Recording {
    id: TapeId,
}

impl Recording {
    fn open(is_without_steps: bool) -> Result<Self> {
        if is_open() {
            return Err(Error::Gradient {
                problem: "`grad` inside a function that is being differentiated; dfdx has no second-order gradients"
                    .to_owned(),
            });
        }
        let id = new_id();
        ACTIVE.set(Some(Active { id, nodes: 0, steps: Steps::default(), is_without_steps }));
        open_anywhere().insert(id);
        Ok(Self { id })
    }

    /// The steps, and how many nodes there are.
    fn finish(self) -> (Steps, u64) {
        ACTIVE.take().map(|active| (active.steps, active.nodes)).unwrap_or_default()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        ACTIVE.set(None);
        open_anywhere().remove(&self.id);
    }
}

/// What a function given to [`grad`] may return: a tensor, or a `Result` of one.
///
/// # Example
/// A function around [`grad`], which takes what `grad` takes:
///
/// ```
/// use ppl::prelude::*;
/// use ppl::tensor::ScalarOutput;
///
/// fn slope<R: ScalarOutput>(function: impl FnOnce(&Tensor) -> R, at: f64) -> ppl::Result<f64> {
///     let (_, gradient) = grad(|x| function(&x[0]), &[Tensor::from(at)])?;
///     Ok(gradient[0].item())
/// }
///
/// assert_eq!(slope(|x| x.square(), 3.0)?, 6.0);
/// assert_eq!(slope(|x| Normal::new(0.0, 1.0)?.log_prob(x), 3.0)?, -3.0);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait ScalarOutput {
    /// The tensor, or the error that kept it from being computed.
    ///
    /// # Errors
    /// The function's own.
    fn into_scalar(self) -> Result<Tensor>;
}

impl ScalarOutput for Tensor {
    fn into_scalar(self) -> Result<Tensor> {
        Ok(self)
    }
}

impl ScalarOutput for Result<Tensor> {
    fn into_scalar(self) -> Result<Tensor> {
        self
    }
}

/// Value and gradients of a scalar function, by reverse-mode differentiation on dfdx's tape.
///
/// `function` gets a copy of `inputs` whose uses are recorded. The gradients come in the order of the inputs and
/// have their shapes; the gradient by an input that the result does not depend on is zero.
///
/// # Errors
/// The error of `function`; a result with more than one element; a call inside a function that is itself being
/// differentiated (dfdx has no second-order gradients).
///
/// # Example
/// ```
/// use ppl::{Tensor, grad};
///
/// // f(a, b) = Σ a b², at a = [1, 2], b = 3.
/// let (value, gradients) = grad(|x| (&x[0] * x[1].square()).sum(), &[Tensor::from([1.0, 2.0]), Tensor::from(3.0)])?;
/// assert_eq!(value, 27.0);
/// assert_eq!(gradients[0].to_vec(), [9.0, 9.0]);
/// assert_eq!(gradients[1].item(), 18.0); // 2 b Σ a
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn grad<F, R>(function: F, inputs: &[Tensor]) -> Result<(f64, Vec<Tensor>)>
where
    F: FnOnce(&[Tensor]) -> R,
    R: ScalarOutput,
{
    let forward = Forward::open(inputs)?;
    let output = function(&forward.leaves).into_scalar()?;
    forward.gradients(&output)
}

/// A function that is being run for its gradients. What does not depend on the type of the function is here, compiled once.
struct Forward {
    recording: Recording,
    leaves: Vec<Tensor>,
}

impl Forward {
    fn open(inputs: &[Tensor]) -> Result<Self> {
        let recording = Recording::open(false)?;
        let leaves = inputs.iter().map(|input| input.to_leaf(new_node())).collect::<Result<_>>()?;
        Ok(Self { recording, leaves })
    }

    /// The value of the function, and its gradients by the leaves.
    fn gradients(self, output: &Tensor) -> Result<(f64, Vec<Tensor>)> {
        let value = output.try_item()?;
        let depends_on_inputs = output.is_tracked();
        let (steps, nodes) = self.recording.finish();
        let mut store = GradientStore::new(nodes);
        if depends_on_inputs {
            seed(output, &mut store)?;
            for step in steps.into_reversed() {
                match step {
                    Step::Arrays(step) => step(&mut store)?,
                    Step::Numbers(step) => step.run(&mut store),
                    Step::Element(step) => step.run(&mut store),
                }
            }
        }
        let gradients = self.leaves.iter().map(|leaf| leaf.take_gradient(&mut store)).collect::<Result<_>>()?;
        Ok((value, gradients))
    }
}

/// Calls a function with a scalar 0 that counts as being differentiated, as does what is made of it, but without a gradient:
/// nothing is kept of how its result came about.
///
/// What is being differentiated is not checked as constant parameters are: it may be another one at another position.
///
/// # Errors
/// The error of `function`; a call inside a function that is being differentiated.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::tensor::as_if_differentiated;
///
/// assert!(Normal::new(0.0, -1.0).is_err());
/// let normal = as_if_differentiated(|zero| Normal::new(0.0, zero - 1.0))?;
/// assert_eq!(normal.scale().item(), -1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn as_if_differentiated<T>(function: impl FnOnce(&Tensor) -> Result<T>) -> Result<T> {
    let _recording = Recording::open(true)?;
    let zero = Tensor::scalar(0.0).to_leaf(new_node())?;
    function(&zero)
}

/// Sets the gradient of the function's result to 1.
fn seed(output: &Tensor, store: &mut GradientStore) -> Result<()> {
    let Some(node) = output.node else { return Ok(()) };
    match &output.value {
        Value::Number(_) => Cpu::modify(store, &Place::of_number(node), |gradient| gradient.fill(1.0)),
        Value::Shared(_) | Value::Single(_) => {
            unreachable!("a constant matrix is no result of a function that is differentiated")
        }
        Value::Cpu(array) => Cpu::modify(store, &Place::new(array, node), |gradient| gradient.fill(1.0)),
        #[cfg(feature = "cuda")]
        Value::Cuda(array) => {
            dfdx::tensor::Cuda::modify(store, &Place::new(&array.get()?, node), |gradient| gradient.fill(1.0))
        }
    }
}
