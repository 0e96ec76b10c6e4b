//! `Backend`: what the door needs of a dfdx device beside dfdx's own operations.

use std::fmt;

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, Gradients, NoneTape, Storage};

use super::tape::GradientStore;
use crate::{Error, Result};

/// Every array is held flat; operations view it with the one, two or three axes that they need.
pub(crate) type Flat<D, T = NoneTape> = dfdx::tensor::Tensor<(usize,), f64, D, T>;

/// A dfdx device that the door can run on.
pub(crate) trait Backend: dfdx::tensor_ops::Device<f64> {
    /// This device's part of the gradients.
    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self>;

    /// Whether backward steps are ours (`kernel/step.rs`), or dfdx's where dfdx has one.
    const OWN_STEPS: bool;

    /// Changes a gradient on the host.
    fn modify(&self, gradient: &mut <Self as Storage<f64>>::Vec, change: impl FnOnce(&mut [f64])) -> Result<()>;

    /// The elements of a gradient that is not needed again.
    fn take(&self, gradient: &mut <Self as Storage<f64>>::Vec) -> Result<Vec<f64>>;

    /// The elements of an array, copied to the host.
    fn download(&self, array: &Flat<Self>) -> Vec<f64> {
        let mut values = vec![0.0; array.shape().0];
        array.copy_into(&mut values);
        values
    }

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
    const OWN_STEPS: bool = true;

    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self> {
        &mut store.cpu
    }

    fn modify(&self, gradient: &mut <Self as Storage<f64>>::Vec, change: impl FnOnce(&mut [f64])) -> Result<()> {
        change(gradient);
        Ok(())
    }

    fn take(&self, gradient: &mut <Self as Storage<f64>>::Vec) -> Result<Vec<f64>> {
        Ok(std::mem::take(&mut **gradient))
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
    const OWN_STEPS: bool = false;

    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self> {
        &mut store.cuda
    }

    fn modify(&self, gradient: &mut <Self as Storage<f64>>::Vec, change: impl FnOnce(&mut [f64])) -> Result<()> {
        let mut values = self.take(gradient)?;
        change(&mut values);
        gradient.device().htod_sync_copy_into(&values, &mut **gradient).map_err(|error| device_error::<Self>(&error))
    }

    fn take(&self, gradient: &mut <Self as Storage<f64>>::Vec) -> Result<Vec<f64>> {
        use cudarc::driver::DeviceSlice;

        let mut values = vec![0.0; gradient.len()];
        gradient
            .device()
            .dtoh_sync_copy_into(&**gradient, &mut values)
            .map_err(|error| device_error::<Self>(&error))?;
        Ok(values)
    }
}
