//! Long values block by block, so that what a formula computes on its way stays in the cache.

use crate::distribution::Distribution;
use crate::tensor::record;
use crate::{Device, Result, Tensor};

/// Elements of a block: a formula of ten operations needs a third of a second-level cache of 1 MiB.
const BLOCK: usize = 4096;
/// Below this size a value is one block.
const LONG: usize = 4 * BLOCK;

/// An elementwise formula of a value and of parameters that are one number each.
///
/// A formula of tensors passes over the value once for each of its operations. Where it is a million numbers, that is the
/// time it takes to fetch them from memory each time.
pub(crate) fn in_blocks(
    distribution: &impl Distribution,
    value: &Tensor,
    formula: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let is_elementwise = distribution.batch_shape().size() == 1 && distribution.event_shape().rank() == 0;
    let is_plain = !value.is_tracked() && !record::is_open() && !value.has_origin() && value.device() == Device::cpu();
    if value.size() < LONG || !is_elementwise || !is_plain {
        return formula(value);
    }
    let given = value.elements();
    let mut elements = Vec::with_capacity(given.len());
    let mut is_drawn = false;
    for numbers in given.chunks(BLOCK) {
        let block = Tensor::from_parts(numbers.to_vec(), numbers.len().into());
        let result = formula(&if value.is_drawn() { block.into_drawn() } else { block })?;
        if result.is_tracked() || result.size() != numbers.len() {
            // By parameters that are being differentiated, or are all that the density depends on.
            return formula(value);
        }
        is_drawn |= result.is_drawn();
        elements.extend(result.elements());
    }
    let result = Tensor::from_parts(elements, value.shape());
    Ok(if is_drawn { result.into_drawn() } else { result })
}
