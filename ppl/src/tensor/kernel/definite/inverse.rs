//! The inverse, by the factor.

use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use super::tile::{solve, subtract_products};
use super::{LANES, Line, Storage, factor_lines, negligible, put_line, split_panel};

/// Numbers of scratch that [`inverse`] needs.
pub(crate) fn inverse_scratch(size: usize) -> usize {
    let panels = size.div_ceil(LANES);
    lines_before(panels, panels) * LANES
}

/// Lines before a panel of L⁻¹, of so many. Two panels begin at the same row, that of the first one's diagonal.
fn lines_before(panel: usize, panels: usize) -> usize {
    let pairs = panel / 2;
    LANES * (2 * pairs * (panels + 1 - pairs) + panel % 2 * (panels - 2 * pairs))
}

/// The lower triangle of (L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹; what is stored above the diagonal may become anything.
///
/// L⁻¹ stands in panels of eight columns, row by row.
#[inline(always)]
pub(crate) fn inverse<S: Simd>(
    simd: S,
    panels: &[f64],
    size: usize,
    (inverse, storage): (&mut [f64], Storage),
    scratch: &mut [f64],
) {
    simd.vectorize(Inverse { processor: PhantomData::<S>, panels, size, inverse, storage, scratch });
}

struct Inverse<'a, S> {
    processor: PhantomData<S>,
    panels: &'a [f64],
    size: usize,
    inverse: &'a mut [f64],
    storage: Storage,
    scratch: &'a mut [f64],
}

impl<S: Simd> NullaryFnOnce for Inverse<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { processor: _, panels, size, inverse, storage, scratch } = self;
        let count = size.div_ceil(LANES);
        let (panels, reciprocals) = panels.as_chunks().0.split_at(factor_lines(count));
        let inverse_of_factor = &mut scratch.as_chunks_mut().0[..lines_before(count, count)];
        invert_factor::<S>(panels, reciprocals, inverse_of_factor);
        for row in 0..count {
            // Of the columns of L⁻¹, the rows from the diagonal of the later one on.
            let columns = |panel: usize| {
                let lines = &inverse_of_factor[lines_before(panel, count)..];
                &lines[(row - panel / 2 * 2) * LANES..][..size - row * LANES]
            };
            let known = columns(row);
            for panel in (0..row + 1).step_by(2).rev() {
                if panel < row {
                    let [mut first, mut second] = [[[0.0; LANES]; LANES]; 2];
                    let tiles = [&mut first, &mut second];
                    subtract_products::<S, 2>(tiles, [columns(panel), columns(panel + 1)], known);
                    store_negative(&second, (row, panel + 1), (&mut *inverse, storage), size);
                    store_negative(&first, (row, panel), (&mut *inverse, storage), size);
                } else {
                    let mut tile = [[0.0; LANES]; LANES];
                    subtract_products::<S, 1>([&mut tile], [known], known);
                    store_negative(&tile, (row, panel), (&mut *inverse, storage), size);
                }
            }
        }
    }
}

/// Forward substitution, all rows of a panel for two panels of columns at a time.
#[inline(always)]
fn invert_factor<S: Simd>(panels: &[Line], reciprocals: &[Line], inverse: &mut [Line]) {
    let count = reciprocals.len();
    let negligible = negligible(reciprocals.iter().flatten().map(|x| x * x));
    for (own, reciprocals) in reciprocals.iter().enumerate() {
        let start = own * LANES;
        let (known, block) = panels[factor_lines(own)..].split_at(start);
        let Some(block) = block.first_chunk() else { unreachable!("a panel reaches to its diagonal") };
        let mut rest = &mut *inverse;
        for panel in (0..=own).step_by(2) {
            let length = LANES * (count - panel);
            let (first, after) = rest.split_at_mut(length);
            let first = split_panel(first, own - panel);
            let known = &known[panel * LANES..];
            if panel + 1 < count {
                let (second, after) = after.split_at_mut(length);
                let columns = [first, split_panel(second, own - panel)];
                invert_rows::<S, 2>(columns, known, (block, reciprocals), own - panel, negligible);
                rest = after;
            } else {
                invert_rows::<S, 1>([first], known, (block, reciprocals), own - panel, negligible);
                rest = after;
            }
        }
    }
}

/// Eight rows of panels of columns, of which one may be that of the diagonal.
#[inline(always)]
fn invert_rows<S: Simd, const P: usize>(
    panels: [(&[Line], &mut [Line; LANES]); P],
    known: &[Line],
    (block, reciprocals): (&[Line; LANES], &Line),
    diagonal: usize,
    negligible: f64,
) {
    let mut tiles = [[[0.0; LANES]; LANES]; P];
    if diagonal < P {
        (0..LANES).for_each(|row| tiles[diagonal][row][row] = 1.0);
    }
    let before = panels.each_ref().map(|&(before, _)| before);
    subtract_products::<S, P>(tiles.each_mut(), before, known);
    for (tile, (_, own)) in tiles.iter_mut().zip(panels) {
        solve::<S>(tile, block, reciprocals, negligible);
        *own = *tile;
    }
}

/// A block of the inverse, of which there is the negative; blocks of a row come from the diagonal to the left, as in [`store`](super::store).
#[inline(always)]
fn store_negative(
    tile: &[Line; LANES],
    (row, column): (usize, usize),
    (output, storage): (&mut [f64], Storage),
    size: usize,
) {
    for (row, line) in (row * LANES..size).zip(tile) {
        put_line(output, storage.row(row, size) + column * LANES, &line.map(|x| -x));
    }
}
