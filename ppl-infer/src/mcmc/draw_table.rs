//! `DrawTable`: the draws of all chains in memory, in the arrays that the posterior will have.

use std::sync::{Mutex, PoisonError};

use crate::Result;
use crate::settings::reserve;

/// Arrays of chain × draw × elements, which the chains fill block by block.
///
/// A chain holds the lock of an array while it copies a block. Memory that no chain has written to is not taken from the
/// system.
#[derive(Debug)]
pub(super) struct DrawTable {
    chains: usize,
    draws: usize,
    arrays: Vec<Mutex<Vec<f64>>>,
}

impl DrawTable {
    /// Arrays with so many elements a draw.
    pub(super) fn new(chains: usize, draws: usize, sizes: impl Iterator<Item = usize>) -> Result<Self> {
        let array = |size: usize| {
            let elements = chains.saturating_mul(draws).saturating_mul(size);
            // An error where zeroed memory, which cannot be asked for so, would end the process.
            drop(reserve::<f64>("draws", elements)?);
            Ok(Mutex::new(vec![0.0; elements]))
        };
        Ok(Self { chains, draws, arrays: sizes.map(array).collect::<Result<_>>()? })
    }

    fn width(&self, elements: usize) -> usize {
        elements / (self.chains * self.draws)
    }

    /// Writes draws of a chain from index `first` on.
    pub(super) fn write(&self, array: usize, chain: usize, first: usize, values: &[f64]) {
        let mut elements = self.arrays[array].lock().unwrap_or_else(PoisonError::into_inner);
        let width = self.width(elements.len());
        elements[(chain * self.draws + first) * width..][..values.len()].copy_from_slice(values);
    }

    /// A copy of the first draws of some chains.
    pub(super) fn read(&self, array: usize, rows: &[usize], draws: usize) -> Vec<f64> {
        let elements = self.arrays[array].lock().unwrap_or_else(PoisonError::into_inner);
        let width = self.width(elements.len());
        let row = |&row: &usize| elements[row * self.draws * width..][..draws * width].iter().copied();
        rows.iter().flat_map(row).collect()
    }

    /// The first draws of some chains, in ascending order, without a copy; nothing is left of the array.
    pub(super) fn take(&self, array: usize, rows: &[usize], draws: usize) -> Vec<f64> {
        let mut elements = std::mem::take(&mut *self.arrays[array].lock().unwrap_or_else(PoisonError::into_inner));
        let width = self.width(elements.len());
        let (old, new) = (self.draws * width, draws * width);
        for (to, &from) in rows.iter().enumerate() {
            if from * old != to * new {
                elements.copy_within(from * old..from * old + new, to * new);
            }
        }
        if rows.len() * new < elements.len() {
            elements.truncate(rows.len() * new);
            elements.shrink_to_fit();
        }
        elements
    }
}

#[cfg(test)]
mod tests {
    use super::DrawTable;

    #[test]
    fn blocks_come_together_and_rows_can_be_left_out() {
        let table = DrawTable::new(3, 4, [1, 2].into_iter()).unwrap();
        for chain in [2, 0, 1] {
            for first in [0, 2] {
                let value = |draw: usize| (10 * chain + first + draw) as f64;
                table.write(0, chain, first, &[value(0), value(1)]);
                table.write(1, chain, first, &[value(0), -value(0), value(1), -value(1)]);
            }
        }
        assert_eq!(table.read(0, &[0, 1, 2], 4), [0., 1., 2., 3., 10., 11., 12., 13., 20., 21., 22., 23.]);
        let expected = [10., -10., 11., -11., 12., -12., 20., -20., 21., -21., 22., -22.];
        assert_eq!(table.read(1, &[1, 2], 3), expected);
        assert_eq!(table.take(1, &[1, 2], 3), expected);
        assert_eq!(table.take(0, &[0, 2], 4), [0., 1., 2., 3., 20., 21., 22., 23.]);
    }
}
