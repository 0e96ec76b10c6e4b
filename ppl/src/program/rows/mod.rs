//! Sums over rows of data, as sums over fewer rows.
//!
//! | file        | from → to                                                                                  |
//! |-------------|--------------------------------------------------------------------------------------------|
//! | `squares`   | sums of squares of rows that are affine in few variables → sums of as many as there are columns |
//! | `distinct`  | sums over rows of which some are equal → sums over those that differ, with weights           |
//! | `affine`    | operations → an affine form of elements of variables                                       |
//! | `groups`    | what rows see → those that see the same                                                    |
//! | `reduction` | rows → fewer with the same sum of squares, by `qr`                                         |
//!
//! The likelihood of a linear regression, Σ (yᵢ − xᵢ β)², costs as much for a million rows as for a hundred then, and that of
//! a logistic regression on factors as much as for one row of each kind.
//!
//! Least squares by the normal equations would square the condition number; orthogonal transformations do not
//! (`reduction`). Data that are not finite, too large or too small stay as they are.

mod affine;
mod distinct;
mod groups;
mod qr;
mod reduction;
mod squares;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use self::distinct::sum_of_distinct;
use self::squares::{squares_of, sum_of_squares};
use super::graph::{Graph, Id, Op};
use super::lower;

/// Fewest rows that are reduced.
const FEWEST_ROWS: usize = 16;
/// Most columns of a matrix: the time of its factorisation is that of half as many passes over it.
const MOST_COLUMNS: usize = 512;

/// A graph with the same value, in which sums over rows are sums over fewer; none if there is no such.
pub(super) fn reduced(source: &Graph, value: Id) -> Option<(Graph, Id)> {
    let is_sum = |op: &Op| matches!(op, Op::Sum((1, rows, 1)) if *rows >= FEWEST_ROWS);
    if !source.nodes().iter().any(|node| is_sum(&node.op)) {
        return None;
    }
    let uses = lower::uses(source, &[value]);
    let mut target = source.clone();
    let mut changed: FxHashMap<Id, Id> = FxHashMap::default();
    for (place, node) in source.nodes().iter().enumerate().filter(|&(place, _)| uses[place] > 0) {
        let id = source.id_at(place);
        let operands: Vec<Id> =
            node.operands.iter().map(|operand| changed.get(operand).copied().unwrap_or(*operand)).collect();
        if is_sum(&node.op)
            && let Some(sum) = sum(source, &uses, node.operands[0], &mut target, operands[0])
        {
            changed.insert(id, sum);
        } else if operands != node.operands.as_slice() {
            let new = target.rewritten(&node.op, &operands, node.size);
            changed.insert(id, target.repeated(new, node.size));
        }
    }
    let value = changed.get(&value).copied()?;
    Some((target, value))
}

/// The sum over rows as one over fewer. Rows that are needed for something else too would be there all the same.
fn sum(source: &Graph, uses: &[usize], rows: Id, target: &mut Graph, in_target: Id) -> Option<Id> {
    let is_used_once = |id: Id| uses[id.place()] == 1;
    let squares = squares_of(source, rows)
        .filter(|squares| is_used_once(rows) && is_used_once(squares.square) && is_used_once(squares.rows));
    squares.and_then(|_| squares_of(target, in_target)).and_then(|squares| sum_of_squares(target, squares)).or_else(
        || {
            let is_movement = matches!(source.node(rows).op, Op::Move(_));
            (is_movement || is_used_once(rows)).then(|| sum_of_distinct(target, in_target))?
        },
    )
}
