//! Sums of squares of rows that are affine in few variables, with constant coefficients: ‖c + A v‖² for n rows is that of as
//! many rows as A has columns, and a constant, by the QR factorisation of A.
//!
//! | file        | from → to                                                                     |
//! |-------------|-------------------------------------------------------------------------------|
//! | `affine`    | operations → an affine form of elements of variables                           |
//! | `groups`    | what the rows see → groups of rows that see the same elements                  |
//! | `reduction` | the rows → fewer with the same sum of squares, by `qr`                          |
//!
//! The likelihood of a linear regression, Σ (yᵢ − xᵢ β)², costs as much for a million rows as for a hundred then. Where rows
//! see elements of arrays, as the intercept of their group, those that see the same elements are reduced to one for each such
//! array, and what is left of all groups to as many as there are columns that they share.
//!
//! Least squares by the normal equations would square the condition number; orthogonal transformations do not
//! (`reduction`). What is not finite, too large or too small stays as it is.

mod affine;
mod groups;
mod qr;
mod reduction;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use self::affine::{Affine, Index, Term, affine};
use self::groups::groups;
use self::reduction::{Rows, reduce};
use super::graph::{Graph, Id, Op, Product};
use super::lower;
use crate::tensor::elementwise::{Binary, Unary};

/// Fewest rows that are reduced.
const FEWEST_ROWS: usize = 16;
/// Most columns of a matrix: the time of its factorisation is that of half as many passes over it.
const MOST_COLUMNS: usize = 512;
/// From so many coefficients of one variable on, rows are a product with a matrix.
const MATRIX: usize = 4;
/// The sizes of coefficients and constants whose squares, however many, do not overflow, and do not vanish.
const SQUARES_ARE_NORMAL: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// A graph with the same value, in which sums of squares of rows are sums of fewer; none if there is no such.
pub(super) fn reduced(source: &Graph, value: Id) -> Option<(Graph, Id)> {
    let is_candidate = |place: usize| squares(source, source.id_at(place)).is_some();
    if !(0..source.nodes().len()).any(is_candidate) {
        return None;
    }
    let uses = lower::uses(source, &[value]);
    let mut target = source.clone();
    let mut changed: FxHashMap<Id, Id> = FxHashMap::default();
    for (place, node) in source.nodes().iter().enumerate().filter(|&(place, _)| uses[place] > 0) {
        let id = source.id_at(place);
        // Rows that are needed for something else too would be there all the same.
        if let Some(Squares { square, rows, .. }) = squares(source, id)
            && uses[square.place()] == 1
            && uses[rows.place()] == 1
        {
            let own = changed.get(&node.operands[0]).copied().unwrap_or(node.operands[0]);
            let sum = squares_of(&target, own).and_then(|squares| sum_of_squares(&mut target, squares));
            if let Some(sum) = sum {
                changed.insert(id, sum);
                continue;
            }
        }
        if node.operands.iter().any(|operand| changed.contains_key(operand)) {
            let operands: Vec<Id> =
                node.operands.iter().map(|operand| changed.get(operand).copied().unwrap_or(*operand)).collect();
            let new = target.rewritten(&node.op, &operands, node.size);
            changed.insert(id, target.repeated(new, node.size));
        }
    }
    let value = changed.get(&value).copied()?;
    Some((target, value))
}

/// Squares of rows, times weights.
#[derive(Clone, Copy, Debug)]
struct Squares {
    square: Id,
    rows: Id,
    /// Constants that are not negative.
    weights: Option<Id>,
}

/// The squares that a node is the sum of.
fn squares(graph: &Graph, sum: Id) -> Option<Squares> {
    let node = graph.node(sum);
    match node.op {
        Op::Sum((1, length, 1)) if length >= FEWEST_ROWS => squares_of(graph, node.operands[0]),
        _ => None,
    }
}

fn squares_of(graph: &Graph, id: Id) -> Option<Squares> {
    let node = graph.node(id);
    match (&node.op, node.operands.as_slice()) {
        (Op::Unary(Unary::Square), &[rows]) => Some(Squares { square: id, rows, weights: None }),
        (Op::Binary(Binary::Mul), &[a, b]) => {
            let (weights, square) = if graph.as_constant(a).is_some() { (a, b) } else { (b, a) };
            let is_weight = |element: &f64| *element >= 0.0;
            graph.as_constant(weights).filter(|weights| weights.iter().all(is_weight))?;
            match (&graph.node(square).op, graph.size(square) == node.size) {
                (Op::Unary(Unary::Square), true) => {
                    Some(Squares { square, rows: graph.node(square).operands[0], weights: Some(weights) })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The sum as that of fewer squares, if there are clearly fewer.
fn sum_of_squares(graph: &mut Graph, Squares { rows, weights, .. }: Squares) -> Option<Id> {
    let count = graph.size(rows);
    let form = affine(graph, rows, count)?;
    let (gathered, fixed): (Vec<Term>, Vec<Term>) =
        form.terms.iter().cloned().partition(|term| matches!(term.index, Index::Gathered(_)));
    let index = |term: &'_ Term| match &term.index {
        Index::Gathered(index) => Some(index.clone()),
        Index::Fixed(_) => None,
    };
    let indices: Vec<_> = gathered.iter().filter_map(index).collect();
    let groups = groups(&indices.iter().map(|index| &**index).collect::<Vec<_>>(), count);
    let left: usize = groups.iter().map(|rows| rows.len().min(gathered.len())).sum::<usize>() + fixed.len();
    if 3 * left > 2 * count {
        return None;
    }
    let terms: Vec<&Term> = gathered.iter().chain(&fixed).collect();
    let rows = with_weights(matrix(&form, &terms), weights.and_then(|weights| graph.as_constant(weights)))?;
    let reduced = reduce(&rows, gathered.len(), &groups)?;

    let mut sum = graph.number(reduced.residual);
    for (members, rows) in &reduced.of_groups {
        let variables = gathered.iter().zip(&indices).map(|(term, index)| {
            let elements: Vec<usize> = members.iter().map(|&group| index[groups[group][0]]).collect();
            graph.moved(term.variable, elements)
        });
        let variables: Vec<Id> = variables.collect();
        sum = add_squares(graph, sum, &variables, &fixed, rows);
    }
    Some(add_squares(graph, sum, &[], &fixed, &reduced.of_all))
}

/// The coefficients of terms, and the constants.
fn matrix(form: &Affine, terms: &[&Term]) -> Rows {
    let column = |term: &&Term| (0..form.rows).map(|row| term.coefficient(row)).collect();
    let constant = form.constant.as_ref().map_or_else(|| vec![0.0; form.rows], |constant| constant.to_vec());
    Rows { columns: terms.iter().map(column).collect(), constant }
}

/// Rows times the roots of the weights of their squares; none if there is an element whose square may not be a normal number.
fn with_weights(mut rows: Rows, weights: Option<&[f64]>) -> Option<Rows> {
    let columns = rows.columns.iter_mut().chain([&mut rows.constant]);
    for column in columns {
        if let Some(weights) = weights {
            let weight = |row: usize| weights[if weights.len() == 1 { 0 } else { row }].sqrt();
            column.iter_mut().enumerate().for_each(|(row, element)| *element *= weight(row));
        }
        let largest = column.iter().fold(0.0, |largest: f64, element| largest.max(element.abs()));
        let is_good = column.iter().all(|element| element.is_finite())
            && (largest == 0.0 || SQUARES_ARE_NORMAL.contains(&largest));
        if !is_good {
            return None;
        }
    }
    Some(rows)
}

/// A number and the sum of the squares of rows, of the elements of variables that they see and of those that all see.
fn add_squares(graph: &mut Graph, sum: Id, variables: &[Id], fixed: &[Term], rows: &Rows) -> Id {
    let count = rows.len();
    let mut value: Option<Id> = None;
    let mut add = |graph: &mut Graph, part: Id| {
        value = Some(value.map_or(part, |value| graph.binary(Binary::Add, value, part)));
    };
    let is_zero = |elements: &[f64]| elements.iter().all(|&element| element == 0.0);
    if !is_zero(&rows.constant) {
        let constant = graph.constant(rows.constant.clone());
        add(graph, constant);
    }
    for (&variable, column) in variables.iter().zip(&rows.columns).filter(|(_, column)| !is_zero(column)) {
        let coefficients = graph.constant(column.clone());
        let product = graph.binary(Binary::Mul, coefficients, variable);
        add(graph, product);
    }
    let columns = &rows.columns[variables.len()..];
    for first in 0..fixed.len() {
        let variable = fixed[first].variable;
        if fixed[..first].iter().any(|term| term.variable == variable) {
            continue;
        }
        let own: Vec<(usize, &Vec<f64>)> = fixed
            .iter()
            .zip(columns)
            .filter_map(|(term, column)| match term.index {
                Index::Fixed(element) if term.variable == variable => Some((element, column)),
                _ => None,
            })
            .collect();
        if own.len() >= MATRIX && count > 1 {
            let size = graph.size(variable);
            let mut matrix = vec![0.0; count * size];
            for (element, column) in own {
                column.iter().enumerate().for_each(|(row, &number)| matrix[row * size + element] = number);
            }
            let matrix = graph.constant(matrix);
            let product = Product { batch: 1, m: count, k: size, n: 1, transpose_left: false, transpose_right: false };
            let product = graph.matmul(product, matrix, variable);
            add(graph, product);
            continue;
        }
        for (element, column) in own.into_iter().filter(|(_, column)| !is_zero(column)) {
            let coefficients = graph.constant(column.clone());
            let element = graph.moved(variable, vec![element]);
            let product = graph.binary(Binary::Mul, coefficients, element);
            add(graph, product);
        }
    }
    let Some(value) = value else { return sum };
    let squares = graph.unary(Unary::Square, value);
    let squares = graph.sum_over(squares, count);
    graph.binary(Binary::Add, sum, squares)
}
