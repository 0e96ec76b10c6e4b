//! Log densities of many values by one set of parameters.
//!
//! A formula of tensors passes over the values once for each of its operations. Where they are many, that is the time to
//! fetch them from memory each time; so they are taken in blocks, by a recorded program that passes over each block once. A
//! density of small counts is computed once for each count, and looked up.

use crate::distribution::Distribution;
use crate::program::{PARTICLES, RecordedBatch, record_batch_with_data};
use crate::tensor::{record, tape};
use crate::{Device, Result, Tensor};

/// From this size on a program is worth its recording, which takes as long as the formula does for some ten thousand values.
const LONG: usize = 1 << 15;
/// Counts below this are looked up.
const TABLE: usize = 1 << 12;

/// An elementwise formula of a value and of parameters that are one number each.
pub(crate) fn in_blocks(
    distribution: &impl Distribution,
    value: &Tensor,
    formula: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let (batch, event) = (distribution.batch_shape(), distribution.event_shape());
    let is_elementwise = batch.size() == 1 && batch.rank() <= value.shape().rank() && event.rank() == 0;
    let is_plain = !value.is_tracked() && !record::is_open() && !value.has_origin() && value.device() == Device::cpu();
    if value.size() < LONG || !is_elementwise || !is_plain || tape::is_open() {
        return formula(value);
    }
    // Whether the result is a draw, or is being differentiated, is for the formula to tell.
    let first = formula(&value.reshape(value.size()).slice(0, 0..1))?;
    if first.is_tracked() || first.size() != 1 {
        return formula(value);
    }
    // Results overwrite the values: the page faults of a second allocation cost more than the arithmetic.
    let mut elements = value.elements();
    let is_done = by_table(&mut elements, &formula)? || by_program(&mut elements, &formula)?;
    // A formula may treat the ends of the support apart where it sees them, and a program does not.
    if !is_done || elements.iter().any(|log_prob| log_prob.is_nan()) {
        return formula(value);
    }
    let result = Tensor::from_parts(elements, value.shape());
    Ok(if first.is_drawn() { result.into_drawn() } else { result })
}

/// Replaces counts by their densities, from a table; false if one of them is no count, or is large.
fn by_table(values: &mut [f64], formula: &impl Fn(&Tensor) -> Result<Tensor>) -> Result<bool> {
    // In chunks, whose comparisons the compiler vectorises.
    let mut most = 0.0;
    for line in values.chunks(64) {
        let is_count = line.iter().fold(true, |all, &value| all & (value >= 0.0) & (value.trunc() == value));
        most = line.iter().fold(most, |most: f64, &value| if value > most { value } else { most });
        if !is_count || most >= TABLE as f64 {
            return Ok(false);
        }
    }
    let counts = most as usize + 1;
    let table =
        formula(&Tensor::from_parts((0..counts).map(|count| count as f64).collect(), counts.into()))?.elements();
    values.iter_mut().for_each(|value| *value = table[*value as usize]);
    Ok(true)
}

/// Replaces values by their densities, by a recorded program; false if the formula is not recorded.
fn by_program(values: &mut [f64], formula: &impl Fn(&Tensor) -> Result<Tensor>) -> Result<bool> {
    let recorded = record_batch_with_data(&[Tensor::scalar(values[0])], |data| Ok(vec![formula(&data[0])?]))?;
    let RecordedBatch::Static(mut program) = recorded else { return Ok(false) };
    let (blocks, rest) = values.as_chunks_mut::<PARTICLES>();
    for block in blocks {
        program.set_data(0, block);
        program.run(0);
        block.copy_from_slice(program.output(0));
    }
    if let [first, ..] = *rest {
        let mut block = [first; PARTICLES];
        block[..rest.len()].copy_from_slice(rest);
        program.set_data(0, &block);
        program.run(0);
        rest.copy_from_slice(&program.output(0)[..rest.len()]);
    }
    Ok(true)
}
