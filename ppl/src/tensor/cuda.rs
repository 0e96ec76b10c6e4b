//! Tensors on CUDA devices.
//!
//! dfdx's CUDA device is neither `Send` nor `Sync`, and a `Tensor` is both. So each thread keeps its own devices and
//! arrays in a table, and a tensor holds a ticket to a place in the table of the thread that made it. On another
//! thread, a tensor that was copied from the host is copied once more, for that thread; one that was computed on the
//! device has to be moved to the CPU first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use dfdx::tensor::{Cpu, Cuda};

use super::apply::Inline;
use super::apply::run;
use super::backend::{self, Backend, Flat};
use super::kernel::Operand;
use super::primitive::Primitive;
use super::tape::{self, Node, Place};
use super::{Shape, Tensor, Value};
use crate::{Error, Result};

/// An array on a CUDA device, held by the thread that made it.
#[derive(Clone)]
pub(crate) struct CudaArray(Arc<Ticket>);

struct Ticket {
    ordinal: usize,
    place: usize,
    /// Where the owner finds the places that are not needed any more.
    returned: Arc<Mutex<Vec<usize>>>,
    /// The array that it was copied from.
    source: Option<Flat<Cpu>>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner).push(self.place);
    }
}

/// What a thread has on its CUDA devices.
#[derive(Default)]
struct Table {
    devices: BTreeMap<usize, Cuda>,
    arrays: Vec<Option<Flat<Cuda>>>,
    vacant: Vec<usize>,
    returned: Arc<Mutex<Vec<usize>>>,
    /// This thread's copies of other threads' arrays, by the address of the ticket.
    copies: BTreeMap<usize, (Weak<Ticket>, Flat<Cuda>)>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// This thread's CUDA device number `ordinal`.
pub(crate) fn device(ordinal: usize) -> Result<Cuda> {
    if let Some(device) = TABLE.with_borrow(|table| table.devices.get(&ordinal).cloned()) {
        return Ok(device);
    }
    let error =
        |problem: &dyn fmt::Debug| Error::Device { device: format!("cuda:{ordinal}"), problem: format!("{problem:?}") };
    // dfdx panics where there is no driver; cudarc says so.
    cudarc::driver::result::init().map_err(|problem| error(&problem))?;
    let device = Cuda::try_build(ordinal, 0).map_err(|problem| error(&problem))?;
    TABLE.with_borrow_mut(|table| table.devices.insert(ordinal, device.clone()));
    Ok(device)
}

impl CudaArray {
    pub(crate) fn new(ordinal: usize, array: Flat<Cuda>, source: Option<Flat<Cpu>>) -> Self {
        // Freed arrays are dropped outside of the borrow.
        let (ticket, freed) = TABLE.with_borrow_mut(|table| {
            let returned = std::mem::take(&mut *table.returned.lock().unwrap_or_else(PoisonError::into_inner));
            let freed: Vec<_> = returned.iter().map(|&place| table.arrays[place].take()).collect();
            table.vacant.extend(returned);
            table.copies.retain(|_, (ticket, _)| ticket.strong_count() > 0);
            let place = table.vacant.pop().unwrap_or_else(|| {
                table.arrays.push(None);
                table.arrays.len() - 1
            });
            table.arrays[place] = Some(array);
            (Ticket { ordinal, place, returned: Arc::clone(&table.returned), source }, freed)
        });
        drop(freed);
        Self(Arc::new(ticket))
    }

    pub(crate) fn ordinal(&self) -> usize {
        self.0.ordinal
    }

    /// The array itself, on this thread.
    ///
    /// # Errors
    /// If another thread computed it.
    pub(crate) fn get(&self) -> Result<Flat<Cuda>> {
        let address = Arc::as_ptr(&self.0) as usize;
        let held = TABLE.with_borrow(|table| {
            if Arc::ptr_eq(&table.returned, &self.0.returned) {
                table.arrays[self.0.place].clone()
            } else {
                let copy = table.copies.get(&address).filter(|(ticket, _)| ticket.strong_count() > 0);
                copy.map(|(_, array)| array.clone())
            }
        });
        if let Some(array) = held {
            return Ok(array);
        }
        let Some(source) = &self.0.source else {
            return Err(Error::Device {
                device: format!("cuda:{}", self.0.ordinal),
                problem: "a tensor that another thread computed there; move it to the CPU on that thread".to_owned(),
            });
        };
        let array = device(self.0.ordinal)?.upload(source.device().download(source))?;
        let copy = (Arc::downgrade(&self.0), array.clone());
        TABLE.with_borrow_mut(|table| table.copies.insert(address, copy));
        Ok(array)
    }

    /// The elements, copied to the host.
    pub(crate) fn download(&self) -> Result<Vec<f64>> {
        let array = self.get()?;
        Ok(array.device().download(&array))
    }
}

/// The CUDA device on which to run an operation: that of the first operand that is on one.
pub(crate) fn chosen(inputs: &[&Tensor]) -> Option<usize> {
    inputs.iter().find_map(|input| match &input.value {
        Value::Cuda(array) => Some(array.ordinal()),
        Value::Number(_) | Value::Cpu(_) | Value::Shared(_) | Value::Single(_) => None,
    })
}

/// Applies a primitive on a CUDA device, to which the operands are moved.
pub(crate) fn apply_on(
    ordinal: usize,
    primitive: &Primitive,
    inputs: &[&Tensor],
    shapes: &[Shape],
    shape: Shape,
) -> Result<Tensor> {
    let mut arrays = Vec::with_capacity(inputs.len());
    for input in inputs {
        arrays.push(match input.to_cuda(ordinal)? {
            Tensor { value: Value::Cuda(array), node, .. } => Some((array.get()?, node)),
            _ => None,
        });
    }
    let operands: Inline<Operand<'_, Cuda>> = arrays
        .iter()
        .zip(inputs)
        .map(|(array, input)| match (array, *input) {
            (Some((array, node)), _) => {
                Operand::Array { array, node: Option::<Node>::filter(*node, |&node| tape::is_active(node)) }
            }
            (None, Tensor { value: Value::Number(number), .. }) => Operand::Number(*number),
            (None, _) => unreachable!("arrays were moved to the device above"),
        })
        .collect();
    let (array, node) = run(&device(ordinal)?, primitive, &operands, shapes, shape)?;
    Ok(Tensor { shape, value: Value::Cuda(CudaArray::new(ordinal, array, None)), node, origin: None })
}

impl Tensor {
    /// The tensor on a CUDA device. Plain numbers stay what they are, since they go into the kernels as constants, and
    /// so do arrays without elements.
    pub(crate) fn to_cuda(&self, ordinal: usize) -> Result<Self> {
        let array = match &self.value {
            Value::Number(_) if self.active_node().is_some() => return self.in_array()?.to_cuda(ordinal),
            Value::Number(_) => return Ok(self.clone()),
            Value::Cuda(array) if array.ordinal() == ordinal => return Ok(self.clone()),
            Value::Cuda(_) => return self.to_cpu()?.to_cuda(ordinal),
            Value::Cpu(_) if self.size() == 0 => return Ok(self.clone()),
            Value::Shared(_) | Value::Single(_) => return self.in_array()?.to_cuda(ordinal),
            Value::Cpu(array) => array,
        };
        let target = device(ordinal)?.upload(array.device().download(array))?;
        let node = self.push_transfer(array, &target);
        // While it is being differentiated, the copy belongs to this thread's tape.
        let source = if node.is_none() { Some(array.clone()) } else { None };
        let value = Value::Cuda(CudaArray::new(ordinal, target, source));
        Ok(Self { shape: self.shape, value, node, origin: self.origin.clone() })
    }

    /// The tensor on the CPU.
    pub(crate) fn to_cpu(&self) -> Result<Self> {
        let Value::Cuda(array) = &self.value else { return Ok(self.clone()) };
        let array = array.get()?;
        let target = backend::cpu().upload(array.device().download(&array))?;
        let node = self.push_transfer(&array, &target);
        Ok(Self { shape: self.shape, value: Value::Cpu(target), node, origin: self.origin.clone() })
    }

    /// The place of a copy on another device: on the tape if the tensor is being differentiated, and in a recording, which
    /// knows no devices, that of the tensor itself.
    fn push_transfer<A: Backend, B: Backend>(&self, source: &Flat<A>, target: &Flat<B>) -> Option<Node> {
        if self.is_recorded() {
            return self.node;
        }
        let source_node = self.node.filter(|&node| tape::is_active(node))?;
        let target_node = tape::new_node()?;
        let (source, target) = (Place::new(source, source_node), Place::new(target, target_node));
        tape::push(move |store| {
            let Some(by_target) = B::take(store, &target)? else { return Ok(()) };
            A::modify(store, &source, |gradient| {
                gradient.iter_mut().zip(&by_target).for_each(|(slot, by_target)| *slot += by_target);
            })
        });
        Some(target_node)
    }
}
