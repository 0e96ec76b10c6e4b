//! The Cholesky factor.

use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use super::super::linear_algebra::Pivot;
use super::tile::{factorize_block, solve, subtract_products};
use super::{LANES, Line, Storage, factor_lines, load, negligible, split_panel};

/// The lower Cholesky factor of a matrix, of which only the lower triangle is read, in panels; or the first pivot that is not
/// positive.
///
/// From left to right by panels (Golub and Van Loan 2013, "Matrix Computations", section 4.2.6).
#[inline(always)]
pub(crate) fn factorize<S: Simd>(
    simd: S,
    (matrix, storage): (&[f64], Storage),
    size: usize,
    panels: &mut [f64],
) -> Result<(), Pivot> {
    simd.vectorize(Factorize { processor: PhantomData::<S>, matrix, storage, size, panels })
}

struct Factorize<'a, S> {
    processor: PhantomData<S>,
    matrix: &'a [f64],
    storage: Storage,
    size: usize,
    panels: &'a mut [f64],
}

impl<S: Simd> NullaryFnOnce for Factorize<'_, S> {
    type Output = Result<(), Pivot>;

    #[inline(always)]
    fn call(self) -> Result<(), Pivot> {
        let Self { processor: _, matrix, storage, size, panels } = self;
        let count = size.div_ceil(LANES);
        let (panels, reciprocals) = panels.as_chunks_mut().0.split_at_mut(factor_lines(count));
        let negligible = negligible((0..size).map(|row| matrix[storage.row(row, size) + row]));
        load(matrix, storage, size, panels, negligible);
        for own in 0..count {
            let (before, mut rest) = panels.split_at_mut(factor_lines(own + 1));
            let (known, block) = split_panel(&mut before[factor_lines(own)..], own);
            subtract_products::<S, 1>([&mut *block], [known], known);
            let columns = (size - own * LANES).min(LANES);
            let reciprocals = &mut reciprocals[own];
            if let Err((column, value)) = factorize_block::<S>(block, reciprocals, columns) {
                return Err(Pivot { order: own * LANES + column + 1, value });
            }
            let (block, reciprocals) = (&*block, &*reciprocals);
            let mut panel = own + 1;
            while panel < count {
                let (first, after) = rest.split_at_mut(LANES * (panel + 1));
                let first = split_panel(first, own);
                if panel + 1 < count {
                    let (second, after) = after.split_at_mut(LANES * (panel + 2));
                    factorize_rows::<S, 2>([first, split_panel(second, own)], known, block, reciprocals, negligible);
                    rest = after;
                } else {
                    factorize_rows::<S, 1>([first], known, block, reciprocals, negligible);
                    rest = after;
                }
                panel += 2;
            }
        }
        Ok(())
    }
}

/// A block of columns in panels below the diagonal.
#[inline(always)]
fn factorize_rows<S: Simd, const P: usize>(
    panels: [(&[Line], &mut [Line; LANES]); P],
    known: &[Line],
    block: &[Line; LANES],
    reciprocals: &Line,
    negligible: f64,
) {
    let before = panels.each_ref().map(|&(before, _)| before);
    let mut tiles = panels.map(|(_, tile)| tile);
    subtract_products::<S, P>(tiles.each_mut().map(|tile| &mut **tile), before, known);
    for tile in tiles {
        solve::<S>(tile, block, reciprocals, negligible);
    }
}
