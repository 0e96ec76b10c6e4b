//! `Device`: where a tensor's elements are held and its operations run.

use std::fmt;

use super::Tensor;
use crate::Result;

/// A place for tensors: the CPU, or a CUDA device.
///
/// Operations run where their operands are. Where they are on different devices, the result is on the CUDA device:
/// put the data of a model there, and its whole density is computed there, by a run of the model at each evaluation,
/// for recorded [programs](crate::program) run on the CPU. That pays for large arrays: an operation on the device takes
/// some 10 µs, however few the elements. Plain numbers, and arrays without elements, are always on the CPU.
///
/// # Example
/// Code that runs where its data are:
///
/// ```
/// use ppl::{Device, Tensor};
///
/// fn standardized(y: &Tensor, center: &Tensor) -> ppl::Result<Tensor> {
///     Ok(y - center.to_device(&y.device())?)
/// }
///
/// let y = Tensor::from([1.0, 3.0]).to_device(&Device::cpu())?; // or `Device::cuda(0)?`, with the feature `cuda`
/// let standardized = standardized(&y, &Tensor::from(2.0))?;
/// assert_eq!((standardized.to_vec(), standardized.device()), (vec![-1.0, 1.0], Device::cpu()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Device(Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda(usize),
}

impl Device {
    /// The processor that runs the program.
    #[must_use]
    pub fn cpu() -> Self {
        Self(Kind::Cpu)
    }

    /// CUDA device number `ordinal`.
    ///
    /// # Errors
    /// No driver, or no such device.
    #[cfg(feature = "cuda")]
    pub fn cuda(ordinal: usize) -> Result<Self> {
        super::cuda::device(ordinal)?;
        Ok(Self(Kind::Cuda(ordinal)))
    }

    /// The device of an array that is there already.
    #[cfg(feature = "cuda")]
    pub(crate) fn of_cuda(ordinal: usize) -> Self {
        Self(Kind::Cuda(ordinal))
    }
}

impl Tensor {
    /// The tensor on another device; itself if it is there. Differentiable.
    ///
    /// # Errors
    /// The device's memory is exhausted.
    ///
    /// # Example
    /// ```
    /// # use ppl::{Device, Tensor};
    /// let x = Tensor::from([1.0, 2.0]).to_device(&Device::cpu())?;
    /// assert_eq!(x.device().to_string(), "cpu");
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        match device.0 {
            #[cfg(not(feature = "cuda"))]
            Kind::Cpu => Ok(self.clone()),
            #[cfg(feature = "cuda")]
            Kind::Cpu => self.to_cpu(),
            #[cfg(feature = "cuda")]
            Kind::Cuda(ordinal) => self.to_cuda(ordinal),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Cpu => f.write_str("cpu"),
            #[cfg(feature = "cuda")]
            Kind::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
