//! Systems with a Cholesky factor.

use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use super::tile::{subtract_product, transposed};
use super::{LANES, Line, factor_lines, line_at, put_line};

/// Numbers of scratch that [`substitute`] needs.
pub(crate) fn substitution_scratch(size: usize) -> usize {
    size.div_ceil(LANES) * LANES * LANES
}

/// Solves L x = b, or Lᵀ x = b, in the place of b.
#[inline(always)]
pub(crate) fn substitute<S: Simd>(
    simd: S,
    panels: &[f64],
    size: usize,
    is_transposed: bool,
    right: &mut [f64],
    scratch: &mut [f64],
) {
    simd.vectorize(Substitute { processor: PhantomData::<S>, panels, size, is_transposed, right, scratch });
}

struct Substitute<'a, S> {
    processor: PhantomData<S>,
    panels: &'a [f64],
    size: usize,
    is_transposed: bool,
    right: &'a mut [f64],
    scratch: &'a mut [f64],
}

impl<S: Simd> NullaryFnOnce for Substitute<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { processor: _, panels, size, is_transposed, right, scratch } = self;
        let count = size.div_ceil(LANES);
        let (panels, reciprocals) = panels.as_chunks().0.split_at(factor_lines(count));
        if is_transposed {
            backward::<S>(panels, &reciprocals[..count], right, scratch.as_chunks_mut().0);
        } else {
            forward::<S>(panels, &reciprocals[..count], right);
        }
    }
}

#[inline(always)]
fn forward<S: Simd>(panels: &[Line], reciprocals: &[Line], right: &mut [f64]) {
    /// So many sums are in the making at a time.
    const SUMS: usize = 4;

    for (panel, reciprocals) in reciprocals.iter().enumerate() {
        let start = panel * LANES;
        let (known, block) = panels[factor_lines(panel)..factor_lines(panel + 1)].split_at(start);
        let mut sums = [[0.0; LANES]; SUMS];
        sums[0] = line_at(right, start);
        for (lines, solved) in known.as_chunks::<SUMS>().0.iter().zip(right.as_chunks::<SUMS>().0) {
            for k in 0..SUMS {
                for lane in 0..LANES {
                    sums[k][lane] = subtract_product::<S>(lines[k][lane], solved[k], sums[k][lane]);
                }
            }
        }
        let mut rest = [0.0; LANES];
        for lane in 0..LANES {
            rest[lane] = (sums[0][lane] + sums[1][lane]) + (sums[2][lane] + sums[3][lane]);
        }
        let mut solution = [0.0; LANES];
        for column in 0..LANES {
            let x = rest[column] * reciprocals[column];
            solution[column] = x;
            for lane in 0..LANES {
                rest[lane] = subtract_product::<S>(block[column][lane], x, rest[lane]);
            }
        }
        put_line(right, start, &solution);
    }
}

/// `products` has a line for each column: what its later rows take from it.
#[inline(always)]
fn backward<S: Simd>(panels: &[Line], reciprocals: &[Line], right: &mut [f64], products: &mut [Line]) {
    products.fill([0.0; LANES]);
    for (panel, reciprocals) in reciprocals.iter().enumerate().rev() {
        let start = panel * LANES;
        let (known, block) = panels[factor_lines(panel)..factor_lines(panel + 1)].split_at(start);
        let (before, own) = products.split_at_mut(start);
        let (Some(block), Some(own)) = (block.first_chunk(), own.first_chunk()) else {
            unreachable!("a panel reaches to its diagonal")
        };
        let (rows, own) = (transposed(block), transposed(own));
        let mut rest = line_at(right, start);
        for products in own {
            for lane in 0..LANES {
                rest[lane] += products[lane];
            }
        }
        let mut solution = [0.0; LANES];
        for row in (0..LANES).rev() {
            let x = rest[row] * reciprocals[row];
            solution[row] = x;
            for lane in 0..LANES {
                rest[lane] = subtract_product::<S>(rows[row][lane], x, rest[lane]);
            }
        }
        put_line(right, start, &solution);
        for (products, line) in before.iter_mut().zip(known) {
            for lane in 0..LANES {
                products[lane] = subtract_product::<S>(line[lane], solution[lane], products[lane]);
            }
        }
    }
}
