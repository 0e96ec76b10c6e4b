//! `Backend`: what the door needs of a dfdx device beside dfdx's own operations.

use std::fmt;

use dfdx::tensor::{Cpu, Gradients, NoneTape, Storage};

use super::tape::GradientStore;
use crate::{Error, Result};

/// Every array is held flat; operations view it with the one, two or three axes that they need.
pub(crate) type Flat<D, T = NoneTape> = dfdx::tensor::Tensor<(usize,), f64, D, T>;

/// A dfdx device that the door can run on.
pub(crate) trait Backend: dfdx::tensor_ops::Device<f64> {
    /// This device's part of the gradients.
    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self>;

    /// Adds values from the host to a gradient.
    fn accumulate(&self, gradient: &mut <Self as Storage<f64>>::Vec, values: &[f64]) -> Result<()>;

    /// A flat array with these values.
    fn upload(&self, values: Vec<f64>) -> Result<Flat<Self>> {
        let size = values.len();
        self.try_tensor_from_vec(values, (size,)).map_err(|error| device_error::<Self>(&error))
    }
}

/// Turns an error of the device into ours.
pub(crate) fn device_error<D: Backend>(error: &impl fmt::Debug) -> Error {
    Error::Device {
        device: std::any::type_name::<D>().rsplit("::").next().unwrap_or("").to_lowercase(),
        problem: format!("{error:?}"),
    }
}

impl Backend for Cpu {
    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self> {
        &mut store.cpu
    }

    fn accumulate(&self, gradient: &mut <Self as Storage<f64>>::Vec, values: &[f64]) -> Result<()> {
        for (slot, value) in gradient.iter_mut().zip(values) {
            *slot += value;
        }
        Ok(())
    }
}

thread_local! {
    // One a thread: a dfdx device holds locks (its generator and its cache) that threads would contend for.
    static CPU: Cpu = Cpu::default();
}

/// This thread's CPU device.
pub(crate) fn cpu() -> Cpu {
    CPU.with(Cpu::clone)
}

#[cfg(feature = "cuda")]
impl Backend for dfdx::tensor::Cuda {
    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self> {
        &mut store.cuda
    }

    fn accumulate(&self, gradient: &mut <Self as Storage<f64>>::Vec, values: &[f64]) -> Result<()> {
        use cudarc::driver::DeviceSlice;

        let driver = gradient.device();
        let mut sum = vec![0.0; gradient.len()];
        driver.dtoh_sync_copy_into(&**gradient, &mut sum).map_err(|error| device_error::<Self>(&error))?;
        for (slot, value) in sum.iter_mut().zip(values) {
            *slot += value;
        }
        driver.htod_sync_copy_into(&sum, &mut **gradient).map_err(|error| device_error::<Self>(&error))
    }
}
