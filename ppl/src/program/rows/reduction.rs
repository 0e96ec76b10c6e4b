//! Rows rᵢ = cᵢ + Σⱼ Aᵢⱼ vⱼ, of which many become few with the same sum of squares, whatever v.
//!
//! An orthogonal transformation of the rows changes no sum of squares, and one by reflections is backward stable: what it
//! computes is exact for columns that differ by a few roundings of their norms. That columns depend on each other does no
//! harm, since nothing is solved for. But where constants are large and cancel, as outcomes with a mean that is a million
//! times their spread, a rounding of the column is not one of the residuals. So the constants are taken as residuals
//! c + A v̂ at some v̂ that makes them small, computed in twice the precision and reduced as these; the reduced constants are
//! what belongs to v = 0, again in twice the precision.

use super::groups::Groups;
use super::qr::Qr;

/// A matrix, column by column, and the constants.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) constant: Vec<f64>,
}

impl Rows {
    fn with_columns(columns: usize) -> Self {
        Self { columns: vec![Vec::new(); columns], constant: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.constant.len()
    }

    fn push(&mut self, row: impl IntoIterator<Item = f64>, constant: f64) {
        self.columns.iter_mut().zip(row).for_each(|(column, element)| column.push(element));
        self.constant.push(constant);
    }

    fn is_finite(&self) -> bool {
        self.columns.iter().chain([&self.constant]).flatten().all(|element| element.is_finite())
    }
}

/// What rows have become.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    /// For each column of the groups the group and the row that is left of each, with all columns: those of the groups and
    /// those of all rows. Those of the groups before are 0.
    pub(super) of_groups: Vec<(Vec<usize>, Rows)>,
    /// Of all rows: the columns of all.
    pub(super) of_all: Rows,
    /// The sum of the squares that do not depend on the variables.
    pub(super) residual: f64,
}

/// Reduces rows of which the first columns have coefficients of other variables in each group, and the others of the same
/// in all; none where that overflows.
pub(super) fn reduce(rows: Rows, first: usize, groups: &Groups) -> Option<Reduced> {
    let shared = rows.columns.len() - first;
    let mut of_groups = vec![(Vec::new(), Rows::with_columns(first + shared)); first];
    let (rest, offset) = if first == 0 {
        (rows, vec![0.0; shared])
    } else {
        let offset = offset(&rows.columns[first..], &rows.constant);
        let mut rest = Rows::with_columns(shared);
        for (group, members) in groups.iter().enumerate() {
            let taken = |column: &Vec<f64>| members.iter().map(|&row| column[row as usize]).collect::<Vec<_>>();
            let own: Vec<Vec<f64>> = rows.columns[..first].iter().map(taken).collect();
            let mut others: Vec<Vec<f64>> = rows.columns[first..].iter().map(taken).collect();
            let constant_at =
                |&row: &u32| at(&rows.columns[first..], &offset, row as usize, rows.constant[row as usize]);
            let constant: Vec<f64> = members.iter().map(constant_at).collect();
            let Rotated { qr, offset: own_offset, constant } = rotated(&own, constant);
            others.iter_mut().for_each(|column| qr.apply_transpose(column));
            for row in 0..members.len() {
                let shared_at = || others.iter().map(|column| column[row]);
                if row >= qr.rank() {
                    rest.push(shared_at(), constant[row]);
                    continue;
                }
                let triangle = (0..first).map(|column| qr.r(row, column));
                let coefficients: Vec<f64> = triangle.chain(shared_at()).collect();
                let offsets = own_offset.iter().chain(&offset);
                let constant = without(constant[row], coefficients.iter().copied().zip(offsets.copied()));
                of_groups[row].0.push(group);
                of_groups[row].1.push(coefficients, constant);
            }
        }
        // What is left of the groups is factorised without them.
        drop(rows);
        (rest, offset)
    };
    let (of_all, residual) = reduce_all(rest, &offset);
    let reduced = Reduced { of_groups, of_all, residual };
    let is_finite = reduced.of_groups.iter().all(|(_, rows)| rows.is_finite()) && reduced.of_all.is_finite();
    (is_finite && residual.is_finite()).then_some(reduced)
}

/// Reduces rows, whose constants are those at an offset, to as many as there are columns and a sum of squares.
fn reduce_all(rows: Rows, offset: &[f64]) -> (Rows, f64) {
    let mut reduced = Rows::with_columns(rows.columns.len());
    if rows.columns.is_empty() || rows.len() == 0 {
        return (reduced, rows.constant.iter().map(|x| x * x).sum());
    }
    let Rotated { qr, offset: own, constant } = rotated(&rows.columns, rows.constant);
    for row in 0..qr.rank() {
        let coefficients: Vec<f64> = (0..rows.columns.len()).map(|column| qr.r(row, column)).collect();
        let products = coefficients.iter().copied();
        let products = products.clone().zip(offset.iter().copied()).chain(products.zip(own.iter().copied()));
        let constant = without(constant[row], products);
        reduced.push(coefficients, constant);
    }
    (reduced, constant[qr.rank()..].iter().map(|x| x * x).sum())
}

/// Columns as QR, with Qᵀ times the constants at some offset.
struct Rotated {
    qr: Qr,
    offset: Vec<f64>,
    constant: Vec<f64>,
}

fn rotated(columns: &[Vec<f64>], constant: Vec<f64>) -> Rotated {
    let qr = Qr::new(columns, constant.len());
    let mut first = constant.clone();
    qr.apply_transpose(&mut first);
    let offset = qr.least_squares(&first);
    let mut constant: Vec<f64> =
        constant.iter().enumerate().map(|(row, &element)| at(columns, &offset, row, element)).collect();
    qr.apply_transpose(&mut constant);
    Rotated { qr, offset, constant }
}

/// Values of variables at which the rows are small.
fn offset(columns: &[Vec<f64>], constant: &[f64]) -> Vec<f64> {
    if columns.is_empty() {
        return Vec::new();
    }
    let qr = Qr::new(columns, constant.len());
    let mut rotated = constant.to_vec();
    qr.apply_transpose(&mut rotated);
    qr.least_squares(&rotated)
}

/// A row at values of its variables.
fn at(columns: &[Vec<f64>], values: &[f64], row: usize, constant: f64) -> f64 {
    sum(constant, columns.iter().zip(values).map(|(column, &value)| (column[row], value)))
}

/// A constant at values of variables, as that at 0.
fn without(constant: f64, products: impl Iterator<Item = (f64, f64)>) -> f64 {
    sum(constant, products.map(|(coefficient, value)| (-coefficient, value)))
}

/// A sum of products as by twice the precision (Ogita, Rump and Oishi 2005, "Accurate sum and dot product", algorithm 5.3).
fn sum(first: f64, products: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut error) = (first, 0.0);
    for (a, b) in products {
        let (product, of_product) = two_product(a, b);
        let (next, of_sum) = two_sum(sum, product);
        sum = next;
        error += of_product + of_sum;
    }
    sum + error
}

/// A sum and its rounding error (Knuth).
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let other = sum - a;
    (sum, (a - (sum - other)) + (b - other))
}

/// A product and its rounding error (Dekker): without a fused operation, which not each processor has.
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let [(a, a_rest), (b, b_rest)] = [a, b].map(|x| {
        let scaled = x * f64::from((1 << 27) + 1);
        let high = scaled - (scaled - x);
        (high, x - high)
    });
    (product, a_rest * b_rest - (((product - a * b) - a_rest * b) - a * b_rest))
}
