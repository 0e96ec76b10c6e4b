//! Tensors: the one door over dfdx.
//!
//! A [`Tensor`] is cheap to clone, `Send + Sync`, of run-time shape, and knows nothing of tapes in its type. Whatever
//! is done to one goes through `apply(primitive, inputs)` in `apply.rs`, which checks the shapes, evaluates by dfdx's
//! kernels (or, for what dfdx lacks, by kernels of our own on the host), and records the step if an input is being
//! differentiated.
//!
//! *Invariant:* no other part of the project imports dfdx.

mod apply;
mod backend;
mod brackets;
mod compare;
mod convert;
#[cfg(feature = "cuda")]
mod cuda;
pub(crate) mod cumulative;
mod data;
mod device;
pub(crate) mod drawn;
pub(crate) mod elementwise;
pub(crate) mod failure;
pub(crate) mod fourier;
mod indexing;
mod iter;
pub(crate) mod kernel;
mod linear_algebra;
mod math;
pub(crate) mod modules;
mod operators;
mod order;
mod origin;
mod preimage;
pub(crate) mod primitive;
pub(crate) mod record;
mod reduce;
mod reshape;
mod scan;
pub(crate) mod semidefinite;
mod shape;
mod shared;
pub(crate) mod single;
mod singular;
mod solve;
pub(crate) mod sparse;
mod statistics;
pub(crate) mod tape;

use std::fmt;
use std::sync::Arc;

use dfdx::tensor::Cpu;

pub use self::brackets::Brackets;
pub use self::data::{IntoTensor, TensorData};
pub use self::device::Device;
pub use self::indexing::Indices;
pub use self::iter::Iter;
pub(crate) use self::kernel::linear_algebra::Pivot;
pub use self::scan::scan;
pub use self::shape::{MAX_RANK, Shape};
pub use self::singular::singular_as_nan;
pub use self::sparse::SparsityPattern;
pub use self::tape::{ScalarOutput, as_if_differentiated, grad};

use self::backend::{Backend, Flat};
pub(crate) use self::failure::{fail, or_panic};
use self::origin::Origin;
pub(crate) use self::shared::LARGE as LARGE_MATRIX;
use self::shared::is_large_matrix;
use self::tape::{GradientStore, Node, Place};
use crate::{Error, Result};

/// An array of `f64` of run-time shape, on the CPU or on a CUDA device.
///
/// Cloning shares the memory. Arithmetic broadcasts by NumPy's rule and panics, naming both shapes and the caller's
/// line, where shapes do not fit; every such method has a `try_` twin that returns a [`Result`]. A scalar stays a
/// plain number until it meets an array.
///
/// # Example
/// ```
/// use ppl::Tensor;
///
/// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let centred = &x - x.mean_axis(0);
/// assert_eq!(centred.to_vec(), [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5]);
/// assert_eq!((2.0 * &x + 1.0).sum().item(), 48.0);
/// ```
///
/// # Derivatives at an edge
///
/// Where a function has a finite value but an infinite derivative, at the edge of its domain, [`grad`] and recorded
/// programs take the derivative to be 0, as Stan does: the chain rule would otherwise multiply ∞ by the 0 of an inner
/// derivative, and a model with data that are exactly 0 could not be differentiated.
///
/// | function | edge | derivative there |
/// |---|---|---|
/// | `sqrt(x)` | x = 0 | 0 |
/// | `x.powf(p)`, 0 < p < 1 | x = 0 | 0 |
/// | `x.pow(y)` | x = 0, 0 < y < 1 | 0 by `x`; by `y` it is 0 anyway |
/// | `x.pow(y)` | x = 0, y = 0 | 0 by `y` |
/// | `x.xlogy(y)` | x = 0, y = 0 | 0 by `x` |
/// | `x.xlog1py(y)` | x = 0, y = −1 | 0 by `x` |
/// | `abs(x)`, `maximum`, `minimum` | ties | 0 for `abs`; each operand of a tie gets one half |
///
/// At a pole, as of `ln(x)` at 0, the value is infinite too, and so is the derivative. A gradient of exactly 0 stays 0
/// through every derivative, also an infinite one: what does not count has no effect.
///
/// ```
/// use ppl::{Tensor, grad};
///
/// let weeks = Tensor::from([0.0, 4.0]);
/// let (value, gradient) = grad(|l| (&l[0] * &weeks).sqrt().sum(), &[Tensor::from(1.0)])?;
/// assert_eq!((value, gradient[0].item()), (2.0, 1.0));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone)]
pub struct Tensor {
    shape: Shape,
    value: Value,
    /// Its place on the tape that recorded how it came about.
    node: Option<Node>,
    /// The argument that it was computed from, where its own digits lose information.
    origin: Option<Arc<Origin>>,
}

/// Where the elements are.
#[derive(Clone)]
pub(crate) enum Value {
    /// A scalar, or one element of an array, but for those that dfdx's own tape differentiates.
    Number(f64),
    Cpu(Flat<Cpu>),
    /// A large matrix of data, see `shared.rs`.
    Shared(Arc<Vec<f64>>),
    /// The same in single precision, see `single.rs`.
    Single(Arc<Vec<f32>>),
    #[cfg(feature = "cuda")]
    Cuda(cuda::CudaArray),
}

/// What a number is taken from, and what to do with several.
const ONE_ELEMENT: &str = "one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin)";

impl Tensor {
    /// A tensor with these elements, in row-major order.
    ///
    /// # Errors
    /// A number of elements other than the shape's size.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::new(vec![1.0, 2.0], [2, 1])?.shape().to_string(), "[2, 1]");
    /// assert!(Tensor::new(vec![1.0, 2.0], [3]).is_err());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[track_caller]
    pub fn new(values: impl Into<Vec<f64>>, shape: impl Into<Shape>) -> Result<Self> {
        let (values, shape) = (values.into(), shape.into());
        if values.len() == shape.size() {
            Ok(Self::from_parts(values, shape))
        } else {
            Err(Error::InvalidArgument {
                operation: "Tensor::new",
                argument: "values",
                expected: format!("{} elements for shape {shape}", shape.size()),
                got: values.len().to_string(),
            })
        }
    }

    /// A tensor whose number of elements is known to fit its shape.
    pub(crate) fn from_parts(values: Vec<f64>, shape: Shape) -> Self {
        debug_assert_eq!(values.len(), shape.size());
        let value = match values.as_slice() {
            [number] if shape.rank() == 0 => Value::Number(*number),
            _ if is_large_matrix(shape) => Value::Shared(Arc::new(values)),
            _ => Value::Cpu(
                backend::cpu()
                    .upload(values)
                    .unwrap_or_else(|error| panic!("out of memory for shape {shape}: {error}")),
            ),
        };
        Self { shape, value, node: None, origin: None }
    }

    /// A scalar.
    #[must_use]
    pub fn scalar(number: f64) -> Self {
        Self { shape: Shape::SCALAR, value: Value::Number(number), node: None, origin: None }
    }

    /// A tensor with every element `value`.
    #[must_use]
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: f64) -> Self {
        let shape = shape.into();
        Self::from_parts(vec![value; shape.size()], shape)
    }

    /// A tensor of zeros.
    #[must_use]
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, 0.0)
    }

    /// A tensor of ones.
    #[must_use]
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, 1.0)
    }

    /// The identity matrix of this size.
    #[must_use]
    pub fn eye(size: usize) -> Self {
        let mut values = vec![0.0; size * size];
        values.iter_mut().step_by(size + 1).for_each(|diagonal| *diagonal = 1.0);
        Self::from_parts(values, Shape::from([size, size]))
    }

    /// The numbers 0, 1, …, `size` − 1.
    #[must_use]
    pub fn arange(size: usize) -> Self {
        Self::from_parts((0..size).map(|index| index as f64).collect(), Shape::from(size))
    }

    /// `size` equally spaced numbers, both ends included.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::linspace(-1.0, 1.0, 5).to_vec(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    /// ```
    #[must_use]
    pub fn linspace(start: f64, end: f64, size: usize) -> Self {
        let steps = size.saturating_sub(1).max(1) as f64;
        let values = (0..size).map(|index| start + (end - start) * (index as f64 / steps)).collect();
        Self::from_parts(values, Shape::from(size))
    }

    /// Sizes of the axes.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of axes.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// Number of elements.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    /// The device that holds the elements.
    #[must_use]
    pub fn device(&self) -> Device {
        match &self.value {
            Value::Number(_) | Value::Cpu(_) | Value::Shared(_) | Value::Single(_) => Device::cpu(),
            #[cfg(feature = "cuda")]
            Value::Cuda(array) => Device::of_cuda(array.ordinal()),
        }
    }

    /// The elements in row-major order, copied to the host.
    #[must_use]
    #[track_caller]
    pub fn to_vec(&self) -> Vec<f64> {
        self.note_read("to_vec");
        self.elements()
    }

    /// The number of a scalar that is not an array of one element, and is not being differentiated on a tape.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) if self.rank() == 0 && self.active_node().is_none() => Some(number),
            _ => None,
        }
    }

    /// The elements, for what is not a decision of the user's code.
    pub(crate) fn elements(&self) -> Vec<f64> {
        match &self.value {
            Value::Number(number) => vec![*number],
            Value::Cpu(array) => array.device().download(array),
            Value::Shared(elements) => elements.to_vec(),
            Value::Single(elements) => single::to_double(elements),
            #[cfg(feature = "cuda")]
            Value::Cuda(array) => array.download().unwrap_or_else(|error| panic!("{error}")),
        }
    }

    /// Copies the [`elements`](Self::elements) to memory of that size.
    pub(crate) fn copy_into(&self, elements: &mut [f64]) {
        match &self.value {
            Value::Number(number) => elements.fill(*number),
            Value::Cpu(array) => array.copy_into(elements),
            Value::Shared(own) => elements.copy_from_slice(own),
            Value::Single(own) => elements.iter_mut().zip(own.iter()).for_each(|(to, own)| *to = f64::from(*own)),
            #[cfg(feature = "cuda")]
            Value::Cuda(_) => elements.copy_from_slice(&self.elements()),
        }
    }

    /// The only element of a tensor that has one.
    ///
    /// # Panics
    /// If there is not exactly one element.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> f64 {
        self.read_number("item")
    }

    /// As [`item`](Self::item), which is read by an operator.
    #[track_caller]
    pub(crate) fn read_number(&self, by: &'static str) -> f64 {
        self.note_read(by);
        match self.only_element() {
            Ok(number) => number,
            Err(error) => fail(error),
        }
    }

    /// The only element of a tensor that has one.
    ///
    /// # Errors
    /// If there is not exactly one element.
    #[track_caller]
    pub fn try_item(&self) -> Result<f64> {
        self.note_read("try_item");
        self.only_element()
    }

    fn only_element(&self) -> Result<f64> {
        if let Value::Number(number) = self.value {
            return Ok(number);
        }
        match self.elements().as_slice() {
            [number] => Ok(*number),
            _ => Err(Error::InvalidShape { operation: "item", expected: ONE_ELEMENT.to_owned(), got: self.shape }),
        }
    }

    /// The same values, cut off from any gradient.
    #[must_use]
    pub fn detach(&self) -> Self {
        match &self.value {
            _ if self.node.is_none() || self.is_drawn() => self.clone(),
            _ if self.is_recorded() => record::detach(self),
            Value::Cpu(_) | Value::Shared(_) | Value::Single(_) if self.rank() > 0 && !tape::is_dfdx_preferred() => {
                self.untracked()
            }
            // dfdx files gradients by the identity of the array: sharing it would let the copy add to the original's.
            _ => Self::from_parts(self.elements(), self.shape),
        }
    }

    /// The same array, for operations that have no derivative.
    pub(crate) fn untracked(&self) -> Self {
        if self.is_recorded() || self.is_drawn() {
            self.clone()
        } else {
            Self { node: None, origin: None, ..self.clone() }
        }
    }

    /// Whether [`grad`] is at this moment recording what is done to this tensor.
    #[must_use]
    #[track_caller]
    pub fn is_tracked(&self) -> bool {
        self.is_recorded() || self.node.is_some_and(tape::is_active)
    }

    /// A copy with an identity of its own, whose uses are recorded on a tape.
    fn to_leaf(&self, node: Option<Node>) -> Result<Self> {
        let value = match &self.value {
            #[cfg(feature = "cuda")]
            Value::Cuda(array) => {
                let copy = cuda::device(array.ordinal())?.upload(array.download()?)?;
                Value::Cuda(cuda::CudaArray::new(array.ordinal(), copy, None))
            }
            Value::Number(number) if !tape::is_dfdx_preferred() => Value::Number(*number),
            Value::Number(_) | Value::Cpu(_) | Value::Shared(_) | Value::Single(_) => {
                Value::Cpu(backend::cpu().upload(self.to_vec())?)
            }
        };
        Ok(Self { shape: self.shape, value, node, origin: None })
    }

    /// The gradient that a backward pass left for this leaf.
    fn take_gradient(&self, store: &mut GradientStore) -> Result<Self> {
        match (&self.value, self.node) {
            (Value::Number(_), Some(node)) => {
                let gradient = Cpu::take_number(store, &Place::of_number(node))?.unwrap_or(0.0);
                Ok(Self::from_parts(vec![gradient], self.shape))
            }
            (Value::Cpu(array), Some(node)) => {
                let gradient = Cpu::take(store, &Place::new(array, node))?;
                Ok(Self::from_parts(gradient.unwrap_or_else(|| vec![0.0; self.size()]), self.shape))
            }
            #[cfg(feature = "cuda")]
            (Value::Cuda(array), Some(_)) => {
                use dfdx::tensor::Cuda;

                let (ordinal, array) = (array.ordinal(), array.get()?);
                let gradients = Cuda::gradients(store);
                gradients.get_or_alloc_mut(&array).map_err(|error| backend::device_error::<Cuda>(&error))?;
                let gradient = cuda::CudaArray::new(ordinal, gradients.get(&array), None);
                Ok(Self { shape: self.shape, value: Value::Cuda(gradient), node: None, origin: None })
            }
            _ => unreachable!("a leaf has a place on the tape"),
        }
    }
}

/// Prints as NumPy does.
impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note_format();
        match self.rank() {
            0 => fmt::Display::fmt(&self.item(), f),
            _ => fmt::Display::fmt(&self.to_array(), f),
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor(shape {}, {self})", self.shape)
    }
}

#[cfg(test)]
mod tests;
