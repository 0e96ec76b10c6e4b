//! `Device`: where a tensor's elements are held and its operations run.

use std::fmt;

use super::Tensor;
#[cfg(feature = "cuda")]
use super::{
    Value,
    backend::{self, Backend, Flat},
    tape::{self, Node, Place},
};
use crate::Result;

/// A place for tensors: the CPU, or a CUDA device.
///
/// Operations run where their operands are. Where they are on different devices, the result is on the CUDA device:
/// put the data of a model there, and its whole density is computed there.
#[derive(Clone)]
pub struct Device(Kind);

#[derive(Clone)]
enum Kind {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda(dfdx::tensor::Cuda),
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
        use crate::Error;

        let error = |problem: &dyn fmt::Debug| Error::Device {
            device: format!("cuda:{ordinal}"),
            problem: format!("{problem:?}"),
        };
        // dfdx panics where there is no driver; cudarc says so.
        cudarc::driver::result::init().map_err(|problem| error(&problem))?;
        let device = dfdx::tensor::Cuda::try_build(ordinal, 0).map_err(|problem| error(&problem))?;
        Ok(Self(Kind::Cuda(device)))
    }

    #[cfg(feature = "cuda")]
    pub(crate) fn from_cuda(device: &dfdx::tensor::Cuda) -> Self {
        Self(Kind::Cuda(device.clone()))
    }
}

impl Tensor {
    /// The tensor on another device; itself if it is there. Differentiable.
    ///
    /// # Errors
    /// The device's memory is exhausted.
    ///
    /// ```
    /// # use ppl::{Device, Tensor};
    /// let x = Tensor::from([1.0, 2.0]).to_device(&Device::cpu())?;
    /// assert_eq!(x.device().to_string(), "cpu");
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        match &device.0 {
            Kind::Cpu => self.to_cpu(),
            #[cfg(feature = "cuda")]
            Kind::Cuda(cuda) => self.to_cuda(cuda),
        }
    }

    fn to_cpu(&self) -> Result<Self> {
        #[cfg(feature = "cuda")]
        if let Value::Cuda(array) = &self.value {
            let target = backend::cpu().upload(array.device().download(array))?;
            let node = self.push_transfer(array, &target);
            return Ok(Self { shape: self.shape, value: Value::Cpu(target), node });
        }
        Ok(self.clone())
    }

    #[cfg(feature = "cuda")]
    pub(crate) fn to_cuda(&self, cuda: &dfdx::tensor::Cuda) -> Result<Self> {
        match &self.value {
            Value::Cuda(_) => Ok(self.clone()),
            Value::Number(number) => {
                Ok(Self { shape: self.shape, value: Value::Cuda(cuda.upload(vec![*number])?), node: None })
            }
            Value::Cpu(array) => {
                let target = cuda.upload(array.device().download(array))?;
                let node = self.push_transfer(array, &target);
                Ok(Self { shape: self.shape, value: Value::Cuda(target), node })
            }
        }
    }

    /// Records a copy between devices, if the tensor is being differentiated: the place of the copy on the tape.
    #[cfg(feature = "cuda")]
    fn push_transfer<A: Backend, B: Backend>(&self, source: &Flat<A>, target: &Flat<B>) -> Option<Node> {
        let source_node = self.node.filter(|&node| tape::is_active(node))?;
        let target_node = tape::new_node()?;
        let (source, target) = (Place::new(source, source_node), Place::new(target, target_node));
        tape::push(move |store| {
            let by_target = B::take(store, &target)?;
            A::modify(store, &source, |gradient| {
                gradient.iter_mut().zip(&by_target).for_each(|(slot, by_target)| *slot += by_target);
            })
        });
        Some(target_node)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Cpu => f.write_str("cpu"),
            #[cfg(feature = "cuda")]
            Kind::Cuda(_) => f.write_str("cuda"),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
