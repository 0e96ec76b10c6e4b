//! Sums of squares of rows that are affine in few variables, ‖c + A v‖² with constant c and A: of n rows as of as many as A has
//! columns, and a constant, by the QR factorisation of A.
//!
//! Where rows see elements of arrays, as the intercept of their group, those that see the same elements are reduced to one for
//! each such array, and what is left of all groups to as many as there are columns that they share.

use super::FEWEST_ROWS;
use super::affine::{Index, Term, affine};
use super::groups::groups;
use super::reduction::{Rows, reduce};
use crate::program::graph::{Graph, Id, Op, Product};
use crate::tensor::elementwise::{Binary, Unary};

/// Most products of a factorisation, which take some seconds.
const MOST_WORK: f64 = 1e10;
/// From so many coefficients of elements of one array on, rows are a product with a matrix.
const MATRIX: usize = 4;
/// The sizes of coefficients and constants whose squares, however many, do not overflow, and do not vanish.
const SQUARES_ARE_NORMAL: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// Squares of rows that are summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Squares {
    pub(super) square: Id,
    pub(super) rows: Id,
    weights: Weights,
}

/// What the squares are multiplied by.
#[derive(Clone, Copy, Debug)]
enum Weights {
    One,
    /// Constants that are not negative.
    Each(Id),
    /// Constants: where they are 0 the rows do not count, whatever they are.
    Mask(Id),
}

/// The squares that a node is.
pub(super) fn squares_of(graph: &Graph, id: Id) -> Option<Squares> {
    let node = graph.node(id);
    match (&node.op, node.operands.as_slice()) {
        (Op::Unary(Unary::Square), &[rows]) => Some(Squares { square: id, rows, weights: Weights::One }),
        (Op::Binary(Binary::Mul), &[a, b]) => {
            let (weights, square) = if graph.as_constant(a).is_some() { (a, b) } else { (b, a) };
            let is_good = graph.as_constant(weights)?.iter().all(|&weight| weight >= 0.0);
            let rows = rows_of(graph, square, node.size).filter(|_| is_good)?;
            Some(Squares { square, rows, weights: Weights::Each(weights) })
        }
        (Op::Select, &[mask, square, zero]) if graph.as_constant(mask).is_some() && graph.is_all(zero, 0.0) => {
            let rows = rows_of(graph, square, node.size)?;
            Some(Squares { square, rows, weights: Weights::Mask(mask) })
        }
        _ => None,
    }
}

/// What a node of so many elements is the squares of.
fn rows_of(graph: &Graph, id: Id, size: usize) -> Option<Id> {
    let node = graph.node(id);
    (node.op == Op::Unary(Unary::Square) && node.size == size).then(|| node.operands[0])
}

/// The sum as that of fewer squares, if there are clearly fewer.
pub(super) fn sum_of_squares(graph: &mut Graph, Squares { rows, weights, .. }: Squares) -> Option<Id> {
    let form = affine(graph, rows, graph.size(rows))?;
    let form = match weights {
        Weights::Mask(mask) => {
            let mask = graph.as_constant(mask)?;
            let counts = mask.iter().enumerate().filter(|&(_, &element)| element != 0.0);
            form.rows_at(&counts.map(|(row, _)| row).collect::<Vec<_>>())
        }
        Weights::One | Weights::Each(_) => form,
    };
    let count = form.rows;
    if count < FEWEST_ROWS {
        return None;
    }
    let work = count as f64 * (form.terms.len() as f64).powi(2);
    let (mut gathered, mut fixed): (Vec<Term>, Vec<Term>) =
        form.terms.into_iter().partition(|term| matches!(term.index, Index::Gathered(_)));
    let index = |term: &Term| match &term.index {
        Index::Gathered(index) => Some(index.clone()),
        Index::Fixed(_) => None,
    };
    let indices: Vec<_> = gathered.iter().filter_map(index).collect();
    let groups = groups(&indices.iter().map(|index| &**index).collect::<Vec<_>>(), count);
    let left: usize = groups.iter().map(|rows| rows.len().min(gathered.len())).sum::<usize>() + fixed.len();
    if 3 * left > 2 * count || work > MOST_WORK {
        return None;
    }
    // Without a second copy of a matrix that may be large.
    let columns = gathered.iter_mut().chain(&mut fixed).map(|term| term.take_coefficients(count)).collect();
    let constant = form.constant.map_or_else(|| vec![0.0; count], |constant| constant.to_vec());
    let weights = match weights {
        Weights::Each(weights) => graph.as_constant(weights),
        Weights::One | Weights::Mask(_) => None,
    };
    let rows = with_weights(Rows { columns, constant }, weights)?;
    let reduced = reduce(rows, gathered.len(), &groups)?;

    let mut sum = graph.number(reduced.residual);
    for (members, rows) in &reduced.of_groups {
        let variables = gathered.iter().zip(&indices).map(|(term, index)| {
            let elements: Vec<usize> = members.iter().map(|&group| index[groups.first(group)]).collect();
            graph.moved(term.variable, elements)
        });
        let variables: Vec<Id> = variables.collect();
        sum = add_squares(graph, sum, &variables, &fixed, rows);
    }
    Some(add_squares(graph, sum, &[], &fixed, &reduced.of_all))
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

/// The array and the element of it that all rows see by a term.
fn element_of(graph: &Graph, term: &Term) -> Option<(Id, usize)> {
    let Index::Fixed(element) = term.index else { return None };
    let node = graph.node(term.variable);
    Some(match &node.op {
        Op::Move(map) => (node.operands[0], map[element]),
        _ => (term.variable, element),
    })
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
    let terms: Vec<(Id, usize, &Vec<f64>)> = fixed
        .iter()
        .zip(&rows.columns[variables.len()..])
        .filter_map(|(term, column)| {
            let (array, element) = element_of(graph, term)?;
            Some((array, element, column))
        })
        .collect();
    for (first, &(array, ..)) in terms.iter().enumerate() {
        if terms[..first].iter().any(|(other, ..)| *other == array) {
            continue;
        }
        let own: Vec<(usize, &Vec<f64>)> =
            terms.iter().filter(|(other, ..)| *other == array).map(|&(_, element, column)| (element, column)).collect();
        if own.len() >= MATRIX && count > 1 {
            let matrix = (0..count).flat_map(|row| own.iter().map(move |(_, column)| column[row])).collect();
            let matrix = graph.constant(matrix);
            let vector = graph.moved(array, own.iter().map(|&(element, _)| element).collect());
            let (k, [transpose_left, transpose_right]) = (own.len(), [false; 2]);
            let product = Product { batch: 1, m: count, k, n: 1, transpose_left, transpose_right };
            let product = graph.matmul(product, matrix, vector);
            add(graph, product);
            continue;
        }
        for (element, column) in own.into_iter().filter(|(_, column)| !is_zero(column)) {
            let coefficients = graph.constant(column.clone());
            let element = graph.moved(array, vec![element]);
            let product = graph.binary(Binary::Mul, coefficients, element);
            add(graph, product);
        }
    }
    let Some(value) = value else { return sum };
    let squares = graph.unary(Unary::Square, value);
    let squares = graph.sum_over(squares, count);
    graph.binary(Binary::Add, sum, squares)
}
