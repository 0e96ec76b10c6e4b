//! `Backend`: what the door needs of a dfdx device beside dfdx's own operations.

use std::fmt;

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, Gradients, NoneTape};

use super::tape::{GradientStore, Place};
use crate::{Error, Result};

/// Every array is held flat; operations view it with the one, two or three axes that they need.
pub(crate) type Flat<D, T = NoneTape> = dfdx::tensor::Tensor<(usize,), f64, D, T>;

/// A dfdx device that the door can run on.
pub(crate) trait Backend: dfdx::tensor_ops::Device<f64> {
    /// This device's part of the gradients.
    fn gradients(store: &mut GradientStore) -> &mut Gradients<f64, Self>;

    /// Whether backward steps are ours (`kernel/step.rs`), or dfdx's where dfdx has one.
    const OWN_STEPS: bool;

    /// Changes a gradient on the host; it is 0 until then.
    fn modify(store: &mut GradientStore, place: &Place<Self>, change: impl FnOnce(&mut [f64])) -> Result<()>;

    /// The elements of a gradient that is not needed again; `None` if it is known that nothing was added to it.
    fn take(store: &mut GradientStore, place: &Place<Self>) -> Result<Option<Vec<f64>>>;

    /// As [`take`](Self::take), of one element.
    fn take_number(store: &mut GradientStore, place: &Place<Self>) -> Result<Option<f64>> {
        Ok(Self::take(store, place)?.and_then(|gradient| gradient.first().copied()))
    }

    /// The elements of an array, copied to the host.
    fn download(&self, array: &Flat<Self>) -> Vec<f64> {
        let mut values = Vec::new();
        self.download_into(array, &mut values);
        values
    }

    /// Copies the elements of an array to memory that is there already.
    fn download_into(&self, array: &Flat<Self>, values: &mut Vec<f64>) {
        values.resize(array.shape().0, 0.0);
        array.copy_into(values);
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

    fn modify(store: &mut GradientStore, place: &Place<Self>, change: impl FnOnce(&mut [f64])) -> Result<()> {
        match place.array() {
            Some(array) => {
                change(store.cpu.get_or_alloc_mut(array).map_err(|error| device_error::<Self>(&error))?);
            }
            None => change(store.slot(place)),
        }
        Ok(())
    }

    fn take(store: &mut GradientStore, place: &Place<Self>) -> Result<Option<Vec<f64>>> {
        let Some(array) = place.array() else { return Ok(store.take(place)) };
        let slot = store.cpu.get_or_alloc_mut(array).map_err(|error| device_error::<Self>(&error))?;
        Ok(Some(std::mem::take(&mut **slot)))
    }

    fn take_number(store: &mut GradientStore, place: &Place<Self>) -> Result<Option<f64>> {
        match place.array() {
            Some(_) => Ok(Self::take(store, place)?.and_then(|gradient| gradient.first().copied())),
            None => Ok(store.take_number(place)),
        }
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

    fn modify(store: &mut GradientStore, place: &Place<Self>, change: impl FnOnce(&mut [f64])) -> Result<()> {
        let Some(mut values) = Self::take(store, place)? else { return Ok(()) };
        change(&mut values);
        let Some(array) = place.array() else { unreachable!("a place on a CUDA device has its array") };
        let slot = store.cuda.get_or_alloc_mut(array).map_err(|error| device_error::<Self>(&error))?;
        slot.device().htod_sync_copy_into(&values, &mut **slot).map_err(|error| device_error::<Self>(&error))
    }

    fn take(store: &mut GradientStore, place: &Place<Self>) -> Result<Option<Vec<f64>>> {
        let Some(array) = place.array() else { unreachable!("a place on a CUDA device has its array") };
        let slot = store.cuda.get_or_alloc_mut(array).map_err(|error| device_error::<Self>(&error))?;
        slot.device().dtoh_sync_copy(&**slot).map(Some).map_err(|error| device_error::<Self>(&error))
    }
}
