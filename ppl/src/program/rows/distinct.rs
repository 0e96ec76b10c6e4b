//! Sums over rows of which some are equal, since they have the same data and see the same elements of arrays: over those that
//! differ, each times how often it occurs.
//!
//! A logistic regression on factors has as many rows that differ as there are combinations of levels; a scale that belongs
//! to a group has a logarithm for each group.

use rustc_hash::FxHashMap;

use super::groups::Partition;
use crate::program::graph::{Graph, Id, Op, Product};
use crate::program::schedule::is_elementwise;
use crate::tensor::elementwise::Binary;

/// How many operations rows are made of at most.
const MOST_OPERATIONS: usize = 256;

/// The sum of rows as one of those that differ, if these are at most half as many.
pub(super) fn sum_of_distinct(graph: &mut Graph, rows: Id) -> Option<Id> {
    let count = graph.size(rows);
    let mut partition = Partition::new(count);
    let operations = operations(graph, rows, &mut partition)?;
    let groups = partition.groups();
    let first: Vec<usize> = (0..groups.len()).map(|group| groups.first(group)).collect();
    let mut known: FxHashMap<Id, Id> = FxHashMap::default();
    for &id in &operations {
        let node = graph.node(id).clone();
        let new = match (&node.op, node.operands.as_slice()) {
            (Op::Constant(numbers), _) => graph.constant(first.iter().map(|&row| numbers.elements()[row]).collect()),
            (Op::Move(map), &[x]) => graph.moved(x, first.iter().map(|&row| map[row]).collect()),
            (Op::MatMul(_), _) => {
                let Predictors { columns, variable, element } = predictors(graph, id)?;
                let matrix = first.iter().flat_map(|&row| (0..columns).map(move |column| (row, column)));
                let matrix = matrix.map(|(row, column)| element(row, column)).collect();
                let matrix = graph.constant(matrix);
                let product = Product {
                    batch: 1,
                    m: first.len(),
                    k: columns,
                    n: 1,
                    transpose_left: false,
                    transpose_right: false,
                };
                graph.matmul(product, matrix, variable)
            }
            (op, operands) => {
                let operands: Vec<Id> =
                    operands.iter().map(|operand| known.get(operand).copied().unwrap_or(*operand)).collect();
                graph.rewritten(op, &operands, first.len())
            }
        };
        known.insert(id, graph.repeated(new, first.len()));
    }
    let weights = graph.constant(groups.iter().map(|rows| rows.len() as f64).collect());
    let products = graph.binary(Binary::Mul, weights, known[&rows]);
    Some(graph.sum_all(products))
}

/// The operations that rows are made of, each after its operands, while the partition is divided by what they are applied to;
/// none if there are too many, or too many rows that differ.
fn operations(graph: &Graph, rows: Id, partition: &mut Partition) -> Option<Vec<Id>> {
    let count = graph.size(rows);
    let most = count / 2;
    let mut found: Vec<Id> = Vec::new();
    let mut open = vec![(rows, false)];
    while let Some((id, is_ready)) = open.pop() {
        let node = graph.node(id);
        if found.contains(&id) || (node.size == 1 && count > 1) {
            continue;
        }
        if node.size != count || found.len() == MOST_OPERATIONS {
            return None;
        }
        if is_ready {
            found.push(id);
            continue;
        }
        match &node.op {
            Op::Constant(numbers) => {
                if !partition.divide(numbers.elements().iter().map(|number| number.to_bits()), most) {
                    return None;
                }
            }
            Op::Move(map) => {
                if !partition.divide_by_elements(map, most) {
                    return None;
                }
            }
            Op::MatMul(_) => {
                let Predictors { columns, element, .. } = predictors(graph, id)?;
                for column in 0..columns {
                    if !partition.divide((0..count).map(|row| element(row, column).to_bits()), most) {
                        return None;
                    }
                }
            }
            op if is_elementwise(op) || *op == Op::Detach => {
                open.push((id, true));
                open.extend(node.operands.iter().map(|&operand| (operand, false)));
                continue;
            }
            _ => return None,
        }
        found.push(id);
    }
    Some(found)
}

/// Linear predictors: a constant matrix, with a row for each, times a variable.
struct Predictors<F> {
    columns: usize,
    variable: Id,
    /// By row and column.
    element: F,
}

fn predictors(graph: &Graph, id: Id) -> Option<Predictors<impl Fn(usize, usize) -> f64 + use<>>> {
    let node = graph.node(id);
    let Op::MatMul(Product { batch: 1, m, k, n, transpose_left, transpose_right }) = node.op else { return None };
    let (rows, matrix, variable, is_by_columns) = match (n, m) {
        (1, _) => (m, node.operands[0], node.operands[1], transpose_left),
        (_, 1) => (n, node.operands[1], node.operands[0], !transpose_right),
        _ => return None,
    };
    let Op::Constant(matrix) = graph.node(matrix).op.clone() else { return None };
    let element =
        move |row: usize, column: usize| matrix.at(if is_by_columns { column * rows + row } else { row * k + column });
    Some(Predictors { columns: k, variable, element })
}
