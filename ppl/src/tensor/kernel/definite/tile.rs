//! What the factor and the inverse are made of: products of panels, and blocks on the diagonal.
//!
//! Loops over [`LANES`] elements become vector instructions. How many sums there are at a time, and that loops are written out,
//! keeps them in registers.

use pulp::Simd;

use super::{LANES, Line};

/// c − a · b, rounded once where the processor can.
#[inline(always)]
pub(super) fn subtract_product<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
    if S::IS_SCALAR { c - a * b } else { (-a).mul_add(b, c) }
}

/// `tiles[p][c] −= Σₖ x[p][k] · y[k][c]`.
#[inline(always)]
pub(super) fn subtract_products<S: Simd, const P: usize>(tiles: [&mut [Line; LANES]; P], x: [&[Line]; P], y: &[Line]) {
    // As many sums as there are registers for.
    if S::F64_LANES == LANES {
        subtract_columns::<S, P, LANES>(tiles, x, y, 0);
    } else {
        for (tile, x) in tiles.into_iter().zip(x) {
            for first in (0..LANES).step_by(LANES / 2) {
                subtract_columns::<S, 1, { LANES / 2 }>([&mut *tile], [x], y, first);
            }
        }
    }
}

#[inline(always)]
fn subtract_columns<S: Simd, const P: usize, const C: usize>(
    tiles: [&mut [Line; LANES]; P],
    x: [&[Line]; P],
    y: &[Line],
    first: usize,
) {
    let x = x.map(|lines| &lines[..y.len()]);
    let mut sums: [[Line; C]; P] = std::array::from_fn(|panel| std::array::from_fn(|c| tiles[panel][first + c]));
    for (k, factors) in y.iter().enumerate() {
        for panel in 0..P {
            let line = x[panel][k];
            for c in 0..C {
                for lane in 0..LANES {
                    sums[panel][c][lane] = subtract_product::<S>(line[lane], factors[first + c], sums[panel][c][lane]);
                }
            }
        }
    }
    for panel in 0..P {
        for c in 0..C {
            tiles[panel][first + c] = sums[panel][c];
        }
    }
}

/// Elements below a bound as 0.
#[inline(always)]
pub(super) fn without_negligible(line: &Line, negligible: f64) -> Line {
    let mut kept = [0.0; LANES];
    for lane in 0..LANES {
        kept[lane] = if line[lane].abs() < negligible { 0.0 } else { line[lane] };
    }
    kept
}

/// X with X Lᵀ = T in the place of T, where line c of `block` is column c of L.
#[inline(always)]
pub(super) fn solve<S: Simd>(tile: &mut [Line; LANES], block: &[Line; LANES], reciprocals: &Line, negligible: f64) {
    for column in 0..LANES {
        let mut line = tile[column];
        for before in 0..column {
            for lane in 0..LANES {
                line[lane] = subtract_product::<S>(tile[before][lane], block[before][column], line[lane]);
            }
        }
        line.iter_mut().for_each(|x| *x *= reciprocals[column]);
        tile[column] = without_negligible(&line, negligible);
    }
}

/// The factor of a block on the diagonal in its place, the first columns of which are not the identity's; or the first column
/// whose pivot is not positive, and that pivot.
///
/// As L D Lᵀ, so that from one pivot to the next there is a division and no square root.
#[inline(always)]
pub(super) fn factorize_block<S: Simd>(
    block: &mut [Line; LANES],
    reciprocals: &mut Line,
    columns: usize,
) -> Result<(), (usize, f64)> {
    let mut own = *block;
    let mut pivots = [1.0; LANES];
    pivots[0] = own[0][0];
    // Written out, so that the block stays in registers.
    macro_rules! eliminate {
        ($($column:literal)*) => {
            $(
                if $column + 1 < columns {
                    pivots[$column + 1] = eliminate::<S, $column>(&mut own, pivots[$column]);
                }
            )*
        };
    }
    eliminate!(0 1 2 3 4 5 6);
    // The check is 0 if all are finite.
    let (mut roots, mut check) = ([0.0; LANES], 0.0);
    for lane in 0..LANES {
        roots[lane] = pivots[lane].sqrt();
        reciprocals[lane] = 1.0 / roots[lane];
    }
    for column in 0..LANES {
        check += (roots[column] + reciprocals[column]) * 0.0;
        for lane in 0..LANES {
            block[column][lane] = if lane < column {
                0.0
            } else if lane == column {
                roots[column]
            } else {
                own[column][lane] * reciprocals[column]
            };
        }
    }
    if check == 0.0 {
        return Ok(());
    }
    let is_wrong = |pivot: f64| !(pivot > 0.0 && pivot < f64::INFINITY);
    let column = pivots.iter().position(|&pivot| is_wrong(pivot)).unwrap_or(0);
    Err((column, pivots[column]))
}

/// Takes a column, whose pivot is known, out of the later ones; the next pivot, before the others.
#[inline(always)]
fn eliminate<S: Simd, const COLUMN: usize>(block: &mut [Line; LANES], pivot: f64) -> f64 {
    let line = block[COLUMN];
    let reciprocal = 1.0 / pivot;
    let mut scaled = [0.0; LANES];
    for lane in 0..LANES {
        scaled[lane] = line[lane] * reciprocal;
    }
    let next = subtract_product::<S>(scaled[COLUMN + 1], line[COLUMN + 1], block[COLUMN + 1][COLUMN + 1]);
    for later in COLUMN + 1..LANES {
        for lane in 0..LANES {
            block[later][lane] = subtract_product::<S>(scaled[later], line[lane], block[later][lane]);
        }
    }
    next
}

#[inline(always)]
pub(super) fn transposed(block: &[Line; LANES]) -> [Line; LANES] {
    std::array::from_fn(|row| std::array::from_fn(|column| block[column][row]))
}
