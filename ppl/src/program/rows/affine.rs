//! Affine forms: rows rᵢ = cᵢ + Σₜ aₜᵢ vₜ[jₜᵢ] with constant c, a and j, found in the operations that they were written
//! as.
//!
//! The variables v are nodes of few elements; what is not affine, as a product of parameters, is one of them. A function of
//! elements of an array, row by row, is the same elements of the function of the array: `exp(v[j])` is `exp(v)[j]`.

use std::sync::Arc;

use super::MOST_COLUMNS;
use crate::program::graph::{Around, Graph, Id, Op, Product};
use crate::tensor::elementwise::{Binary, Unary};

/// How many operations are looked at.
const VISITS: usize = 256;
/// Terms of which each row sees another element: as many rows are left of each group of rows.
pub(super) const MOST_GATHERED: usize = 4;

/// Which element of a variable the rows see.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Index {
    /// The same in all rows.
    Fixed(usize),
    /// One for each row.
    Gathered(Arc<[usize]>),
}

impl Index {
    /// That of a variable of one element, where the rows see one.
    fn of_element(&self) -> Self {
        if let Self::Fixed(_) = self { Self::Fixed(0) } else { self.clone() }
    }
}

/// Coefficients times elements of a variable.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) variable: Id,
    pub(super) index: Index,
    /// One for each row; all 1 if there are none.
    pub(super) coefficients: Option<Arc<[f64]>>,
}

impl Term {
    pub(super) fn coefficient(&self, row: usize) -> f64 {
        self.coefficients.as_ref().map_or(1.0, |coefficients| coefficients[row])
    }

    /// The coefficients of so many rows, which the term has no more.
    pub(super) fn take_coefficients(&mut self, rows: usize) -> Vec<f64> {
        self.coefficients.take().map_or_else(|| vec![1.0; rows], |coefficients| coefficients.to_vec())
    }

    fn times(&self, rows: usize, factor: impl Fn(usize) -> f64) -> Self {
        let coefficients = Some((0..rows).map(|row| self.coefficient(row) * factor(row)).collect());
        Self { coefficients, ..self.clone() }
    }
}

/// Rows that are affine functions of variables.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    pub(super) rows: usize,
    /// All 0 if there is none.
    pub(super) constant: Option<Arc<[f64]>>,
    pub(super) terms: Vec<Term>,
}

impl Affine {
    fn of_constant(elements: &[f64], rows: usize) -> Self {
        let constant = if elements.len() == rows { elements.into() } else { vec![elements[0]; rows].into() };
        Self { rows, constant: Some(constant), terms: Vec::new() }
    }

    fn of_elements(variable: Id, index: Index, rows: usize) -> Self {
        Self { rows, constant: None, terms: vec![Term { variable, index, coefficients: None }] }
    }

    fn as_constant(&self) -> Option<&Arc<[f64]>> {
        self.constant.as_ref().filter(|_| self.terms.is_empty())
    }

    /// The number that all rows are.
    fn as_number(&self) -> Option<f64> {
        let constant = self.as_constant()?;
        constant.iter().all(|element| element.to_bits() == constant[0].to_bits()).then_some(constant[0])
    }

    /// The variable and the index if the rows are elements of a variable.
    fn as_elements(&self) -> Option<(Id, &Index)> {
        match self.terms.as_slice() {
            [Term { variable, index, coefficients: None }] if self.constant.is_none() => Some((*variable, index)),
            _ => None,
        }
    }

    /// The term if the rows are elements of a variable times constants.
    fn as_multiples(&self) -> Option<&Term> {
        match self.terms.as_slice() {
            [term] if self.constant.is_none() => Some(term),
            _ => None,
        }
    }

    /// Each row times a constant.
    fn times(&self, factor: impl Fn(usize) -> f64) -> Self {
        let constant = self
            .constant
            .as_ref()
            .map(|constant| constant.iter().enumerate().map(|(row, element)| element * factor(row)).collect());
        let terms = self.terms.iter().map(|term| term.times(self.rows, &factor)).collect();
        Self { rows: self.rows, constant, terms }
    }

    fn plus(mut self, other: Self) -> Self {
        self.constant = match (self.constant, other.constant) {
            (Some(a), Some(b)) => Some(a.iter().zip(b.iter()).map(|(a, b)| a + b).collect()),
            (a, b) => a.or(b),
        };
        for term in other.terms {
            let is_same = |own: &&mut Term| own.variable == term.variable && own.index == term.index;
            match self.terms.iter_mut().find(is_same) {
                Some(own) => {
                    let sums = (0..self.rows).map(|row| own.coefficient(row) + term.coefficient(row));
                    own.coefficients = Some(sums.collect());
                }
                None => self.terms.push(term),
            }
        }
        self
    }

    /// These rows, in this order.
    pub(super) fn rows_at(&self, places: &[usize]) -> Self {
        let at = |elements: &Arc<[f64]>| places.iter().map(|&place| elements[place]).collect();
        let term = |term: &Term| Term {
            variable: term.variable,
            index: match &term.index {
                Index::Fixed(element) => Index::Fixed(*element),
                Index::Gathered(map) => Index::Gathered(places.iter().map(|&place| map[place]).collect()),
            },
            coefficients: term.coefficients.as_ref().map(at),
        };
        Self {
            rows: places.len(),
            constant: self.constant.as_ref().map(at),
            terms: self.terms.iter().map(term).collect(),
        }
    }

    /// How many terms differ from row to row in what they see.
    fn gathered(&self) -> usize {
        self.terms.iter().filter(|term| matches!(term.index, Index::Gathered(_))).count()
    }
}

/// The index of what is made of elements of two variables, row by row.
fn common<'a>(a: &'a Index, b: &'a Index) -> Option<&'a Index> {
    match (a, b) {
        (_, Index::Fixed(_)) => Some(a),
        (Index::Fixed(_), _) => Some(b),
        _ => (a == b).then_some(a),
    }
}

/// The affine form of a node with so many rows; none if it has none, or one with too many terms.
pub(super) fn affine(graph: &mut Graph, id: Id, rows: usize) -> Option<Affine> {
    Search { graph, visits: VISITS }.affine(id, rows)
}

struct Search<'a> {
    graph: &'a mut Graph,
    /// How many operations may still be looked at.
    visits: usize,
}

impl Search<'_> {
    fn affine(&mut self, id: Id, rows: usize) -> Option<Affine> {
        self.visits = self.visits.checked_sub(1)?;
        if let Some(elements) = self.graph.as_constant(id) {
            return (elements.len() == rows || elements.len() == 1).then(|| Affine::of_constant(elements, rows));
        }
        let node = self.graph.node(id).clone();
        if node.size == 1 {
            return Some(Affine::of_elements(id, Index::Fixed(0), rows));
        }
        if node.size != rows {
            return None;
        }
        let found = match (&node.op, node.operands.as_slice()) {
            (Op::Unary(op), &[x]) => {
                let x = self.affine(x, rows)?;
                self.unary(*op, &x)?
            }
            (Op::Binary(op), &[a, b]) => {
                let [a, b] = [self.affine(a, rows)?, self.affine(b, rows)?];
                self.binary(*op, a, b)?
            }
            (Op::Move(map), &[x]) => self.moved(x, map, rows)?,
            (Op::MatMul(product), &[left, right]) => self.matmul(*product, left, right)?,
            (Op::Sum(around), &[x]) => self.sum(x, *around)?,
            _ => return None,
        };
        (found.terms.len() <= MOST_COLUMNS && found.gathered() <= MOST_GATHERED).then_some(found)
    }

    /// A variable of one element, where the rows see one; itself otherwise.
    fn element(&mut self, variable: Id, index: &Index) -> Id {
        match index {
            Index::Fixed(element) => self.graph.moved(variable, vec![*element]),
            Index::Gathered(_) => variable,
        }
    }

    fn unary(&mut self, op: Unary, x: &Affine) -> Option<Affine> {
        match x.as_elements() {
            Some((variable, index)) => {
                let element = self.element(variable, index);
                Some(Affine::of_elements(self.graph.unary(op, element), index.of_element(), x.rows))
            }
            None if op == Unary::Neg => Some(x.times(|_| -1.0)),
            None if op == Unary::Recip => {
                let one = Affine::of_constant(&[1.0], x.rows);
                self.quotient(&one, x)
            }
            None => None,
        }
    }

    fn binary(&mut self, op: Binary, a: Affine, b: Affine) -> Option<Affine> {
        if let Some(elements) = self.of_elements(op, &a, &b) {
            return Some(elements);
        }
        match op {
            Binary::Add => Some(a.plus(b)),
            Binary::Sub => Some(a.plus(b.times(|_| -1.0))),
            Binary::Mul => match (a.as_constant(), b.as_constant()) {
                (Some(a), _) => Some(b.times(|row| a[row])),
                (None, Some(b)) => Some(a.times(|row| b[row])),
                (None, None) => match (a.as_multiples(), b.as_multiples()) {
                    (Some(term), _) => self.times(&b.times(|row| term.coefficient(row)), term.variable, &term.index),
                    (None, Some(term)) => self.times(&a.times(|row| term.coefficient(row)), term.variable, &term.index),
                    (None, None) => None,
                },
            },
            Binary::Div => match b.as_constant() {
                Some(b) => Some(a.times(|row| 1.0 / b[row])),
                None => self.quotient(&a, &b),
            },
            _ => None,
        }
    }

    /// Rows divided by an element of a variable times constants: `(c + a v) / (d s)` as `(c / d + a / d v) / s`.
    fn quotient(&mut self, a: &Affine, b: &Affine) -> Option<Affine> {
        let term = b.as_multiples()?;
        let variable = self.element(term.variable, &term.index);
        let reciprocal = self.graph.unary(Unary::Recip, variable);
        self.times(&a.times(|row| 1.0 / term.coefficient(row)), reciprocal, &term.index.of_element())
    }

    /// An operation on elements of variables, or on those of one and a number, as elements of one variable.
    fn of_elements(&mut self, op: Binary, a: &Affine, b: &Affine) -> Option<Affine> {
        let (left, right, index) = match (a.as_elements(), b.as_elements()) {
            (Some((left, own)), Some((right, other))) => {
                let index = common(own, other)?.clone();
                (self.element(left, own), self.element(right, other), index)
            }
            (Some((left, index)), None) => {
                let number = self.graph.number(b.as_number()?);
                (self.element(left, index), number, index.clone())
            }
            (None, Some((right, index))) => {
                let number = self.graph.number(a.as_number()?);
                (number, self.element(right, index), index.clone())
            }
            _ => return None,
        };
        let size = self.graph.size(left).max(self.graph.size(right));
        let variable = self.graph.binary(op, left, right);
        let variable = self.graph.repeated(variable, size);
        Some(Affine::of_elements(variable, index.of_element(), a.rows))
    }

    /// Each row times an element of a variable: `s (c + a v)` as `c s + a (s v)`.
    fn times(&mut self, x: &Affine, factor: Id, index: &Index) -> Option<Affine> {
        let mut terms = Vec::with_capacity(x.terms.len() + 1);
        for term in &x.terms {
            let both = common(&term.index, index)?.clone();
            let (variable, both) = match (&term.index, index) {
                // The whole variable, once for all of its elements.
                (Index::Fixed(element), Index::Fixed(_)) => (term.variable, Index::Fixed(*element)),
                (own, _) => (self.element(term.variable, own), both),
            };
            let factor = self.element(factor, index);
            let size = self.graph.size(variable).max(self.graph.size(factor));
            let product = self.graph.binary(Binary::Mul, variable, factor);
            let variable = self.graph.repeated(product, size);
            terms.push(Term { variable, index: both, coefficients: term.coefficients.clone() });
        }
        if let Some(constant) = &x.constant {
            terms.push(Term { variable: factor, index: index.clone(), coefficients: Some(constant.clone()) });
        }
        Some(Affine { rows: x.rows, constant: None, terms })
    }

    fn moved(&mut self, x: Id, map: &Arc<[usize]>, rows: usize) -> Option<Affine> {
        let size = self.graph.size(x);
        if map.iter().all(|place| place == &map[0]) {
            let element = self.graph.moved(x, vec![map[0]]);
            return Some(Affine::of_elements(element, Index::Fixed(0), rows));
        }
        // Rows that are taken from others, or elements of a variable.
        let of_rows = if 2 * size > rows { self.affine(x, size) } else { None };
        Some(match of_rows {
            Some(of_rows) => of_rows.rows_at(map),
            None => Affine::of_elements(x, Index::Gathered(map.clone()), rows),
        })
    }

    /// The product of a constant matrix and a variable one.
    fn matmul(&self, product: Product, left: Id, right: Id) -> Option<Affine> {
        let Product { batch, m, k, n, transpose_left, transpose_right } = product;
        let (is_left, matrix, variable) = match (self.graph.as_constant(left), self.graph.as_constant(right)) {
            (Some(matrix), None) => (true, matrix, right),
            (None, Some(matrix)) => (false, matrix, left),
            _ => return None,
        };
        let is_fixed = if is_left { n == 1 } else { m == 1 };
        if batch != 1 || k > if is_fixed { MOST_COLUMNS } else { MOST_GATHERED } {
            return None;
        }
        let in_left = |element: usize, inner: usize| {
            let row = element / n;
            if transpose_left { inner * m + row } else { row * k + inner }
        };
        let in_right = |element: usize, inner: usize| {
            let column = element % n;
            if transpose_right { column * k + inner } else { inner * n + column }
        };
        let places = |inner: usize| {
            (0..m * n).map(move |element| {
                let (left, right) = (in_left(element, inner), in_right(element, inner));
                if is_left { (left, right) } else { (right, left) }
            })
        };
        let term = |inner: usize| {
            let index = match places(inner).next() {
                Some((_, first)) if is_fixed => Index::Fixed(first),
                _ => Index::Gathered(places(inner).map(|(_, place)| place).collect()),
            };
            let coefficients = Some(places(inner).map(|(place, _)| matrix[place]).collect());
            Term { variable, index, coefficients }
        };
        Some(Affine { rows: m * n, constant: None, terms: (0..k).map(term).collect() })
    }

    /// Sums along a short axis.
    fn sum(&mut self, x: Id, (outer, length, inner): Around) -> Option<Affine> {
        if length > MOST_COLUMNS {
            return None;
        }
        let x = self.affine(x, outer * length * inner)?;
        let part = |step: usize| {
            let place = |row: usize| (row / inner * length + step) * inner + row % inner;
            x.rows_at(&(0..outer * inner).map(place).collect::<Vec<_>>())
        };
        let parts = (0..length).map(part).map(fixed_where_constant);
        parts.reduce(Affine::plus)
    }
}

/// Terms of which all rows see the same element are fixed.
fn fixed_where_constant(mut x: Affine) -> Affine {
    for term in &mut x.terms {
        if let Index::Gathered(map) = &term.index
            && map.iter().all(|place| place == &map[0])
        {
            term.index = Index::Fixed(map[0]);
        }
    }
    x
}
