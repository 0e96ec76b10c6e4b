//! Rules for sums and products of arrays: numbers go out of them.

use crate::program::graph::{Around, Graph, Id, Op, Product};
use crate::tensor::elementwise::{Binary, Unary};

impl Graph {
    pub(crate) fn sum(&mut self, x: Id, around: Around) -> Id {
        let (outer, length, inner) = around;
        if length == 1 {
            return x;
        }
        if outer * inner == 1
            && let Some(sum) = self.sum_of_parts(x)
        {
            return sum;
        }
        if let Some((array, places)) = self.picked(x, around) {
            return self.moved(array, places);
        }
        self.add(Op::Sum(around), &[x], outer * inner)
    }

    /// The one element along an axis that a mask leaves of each line, if it does: those of a unit vector times a matrix are a
    /// column.
    fn picked(&self, x: Id, (outer, length, inner): Around) -> Option<(Id, Vec<usize>)> {
        let node = self.node(x);
        let (Op::Masked, &[mask, array]) = (&node.op, node.operands.as_slice()) else { return None };
        let mask = self.as_constant(mask).filter(|mask| mask.len() == node.size && self.size(array) == node.size)?;
        let one = |place: usize| {
            let line = (0..length).map(|index| (place / inner * length + index) * inner + place % inner);
            let mut left = line.filter(|&element| mask[element] != 0.0);
            left.next().filter(|&element| mask[element] == 1.0 && left.next().is_none())
        };
        let places: Option<Vec<usize>> = (0..outer * inner).map(one).collect();
        Some((array, places?))
    }

    /// The sum of all elements of what is made of numbers and arrays: the numbers are taken out.
    fn sum_of_parts(&mut self, x: Id) -> Option<Id> {
        let size = self.size(x);
        let node = self.node(x);
        let (op, operands) = (node.op.clone(), node.operands.clone());
        match (op, operands.as_slice()) {
            (Op::Unary(Unary::Neg), &[a]) => {
                let sum = self.sum_all(a);
                Some(self.unary(Unary::Neg, sum))
            }
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(a) == 1 => {
                let sum = self.sum_all(b);
                Some(self.binary(Binary::Mul, a, sum))
            }
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(b) == 1 => {
                let sum = self.sum_all(a);
                Some(self.binary(Binary::Mul, sum, b))
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[a, b])
                if self.is_summed_apart(a, b) || self.is_summed_apart(b, a) =>
            {
                let [left, right] = [a, b].map(|part| self.sum_over(part, size));
                Some(self.binary(op, left, right))
            }
            // The logarithms of a scale times data, which are as large as they are rounded.
            (Op::Unary(Unary::Ln), &[product]) if let Some((number, data)) = self.number_times_positive(product) => {
                let logarithm = self.unary(Unary::Ln, number);
                let of_data = self.unary(Unary::Ln, data);
                let sums = [self.sum_over(logarithm, size), self.sum_all(of_data)];
                Some(self.binary(Binary::Add, sums[0], sums[1]))
            }
            // One sum of all.
            (Op::Sum(_), &[inner]) => Some(self.sum_all(inner)),
            // A check of a parameter that all elements share.
            (Op::Select, &[condition, a, b]) if self.size(condition) == 1 => {
                let [a, b] = [a, b].map(|part| self.sum_over(part, size));
                Some(self.select(condition, a, b))
            }
            (Op::Select, &[mask, a, b]) if self.as_constant(mask).is_some() && self.is_all(b, 0.0) => {
                self.masked_sum_of_parts(mask, a, b)
            }
            (Op::Move(_), &[number]) if self.size(number) == 1 => Some(self.sum_over(number, size)),
            (Op::Constant(numbers), _) => Some(self.number(numbers.elements().iter().sum())),
            _ => None,
        }
    }

    /// A number that is not known and constants that are positive, of which an array is the product.
    fn number_times_positive(&self, id: Id) -> Option<(Id, Id)> {
        let (number, data) = self.number_times(id)?;
        let is_positive = self.as_constant(data)?.iter().all(|&element| element > 0.0 && element.is_normal());
        (is_positive && self.as_constant(number).is_none()).then_some((number, data))
    }

    /// The sum of the elements that a constant mask leaves, of what is made of numbers and arrays.
    fn masked_sum_of_parts(&mut self, mask: Id, x: Id, zero: Id) -> Option<Id> {
        let node = self.node(x);
        let (op, operands) = (node.op.clone(), node.operands.clone());
        let sum = |graph: &mut Self, array: Id| {
            let masked = graph.select(mask, array, zero);
            graph.sum_over(masked, graph.size(mask))
        };
        match (op, operands.as_slice()) {
            _ if self.size(x) != self.size(mask) => None,
            (Op::Unary(Unary::Neg), &[a]) => {
                let sum = sum(self, a);
                Some(self.unary(Unary::Neg, sum))
            }
            (Op::Binary(Binary::Mul), _) => {
                let (number, array) = self.number_times(x)?;
                let sum = sum(self, array);
                Some(self.binary(Binary::Mul, number, sum))
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[a, b])
                if self.is_summed_apart(a, b) || self.is_summed_apart(b, a) =>
            {
                let count = self.as_constant(mask)?.iter().filter(|&&element| element != 0.0).count();
                let count = self.number(count as f64);
                let [left, right] = [a, b].map(|part| match self.size(part) {
                    1 => self.binary(Binary::Mul, count, part),
                    _ => sum(self, part),
                });
                Some(self.binary(op, left, right))
            }
            _ => None,
        }
    }

    /// Whether Σ (part + other part) is to be two sums: where that does not turn small differences of large exact numbers,
    /// such as residuals of data, into a small difference of large rounded ones.
    fn is_summed_apart(&self, number: Id, part: Id) -> bool {
        let has_one_sign = || self.interval(part).has_one_sign();
        let is_constant = |id: Id| self.as_constant(id).is_some();
        // Where an array is multiplied by a number, that goes out of its own sum.
        let is_scaled = |id: Id| self.number_times(id).is_some_and(|(_, array)| self.size(array) > 1);
        !is_constant(part)
            && (self.size(number) == 1
                || (is_constant(number) && has_one_sign())
                || (!is_constant(number) && is_scaled(number)))
    }

    /// The sum of `size` elements: of an array, or of a number that is seen by all.
    pub(crate) fn sum_over(&mut self, x: Id, size: usize) -> Id {
        if self.size(x) == size {
            return self.sum_all(x);
        }
        let count = self.number(size as f64);
        self.binary(Binary::Mul, count, x)
    }

    /// The sum of all elements.
    pub(crate) fn sum_all(&mut self, x: Id) -> Id {
        let size = self.size(x);
        self.sum(x, (1, size, 1))
    }

    /// A reduction along an axis.
    pub(crate) fn along(&mut self, op: fn(Around) -> Op, x: Id, around: Around) -> Id {
        let (outer, length, inner) = around;
        if length == 1 {
            return x;
        }
        self.add(op(around), &[x], outer * inner)
    }

    pub(crate) fn cumsum(&mut self, x: Id, around: Around, from_the_end: bool) -> Id {
        if around.1 == 1 {
            return x;
        }
        self.add(Op::CumSum(around, from_the_end), &[x], self.size(x))
    }

    pub(in crate::program) fn linear_recurrence(
        &mut self,
        from_the_end: bool,
        [a, b, initial]: [Id; 3],
        size: usize,
    ) -> Id {
        let b = self.repeated(b, size);
        self.add(Op::LinearRecurrence(from_the_end), &[a, b, initial], size)
    }

    pub(crate) fn matmul(&mut self, product: Product, left: Id, right: Id) -> Id {
        let size = product.batch * product.m * product.n;
        let factors = [left, right].map(|factor| self.number_times(factor));
        for (position, factor) in factors.into_iter().enumerate() {
            if let Some((number, array)) = factor.filter(|&(_, array)| self.size(array) > size) {
                let operands = if position == 0 { [array, right] } else { [left, array] };
                let matrix = self.matmul(product, operands[0], operands[1]);
                return self.binary(Binary::Mul, number, matrix);
            }
        }
        if let Some((left, right)) = self.with_positive_factor(left, right) {
            let matrix = self.matmul(product, left, right);
            return self.unary(Unary::Neg, matrix);
        }
        self.add(Op::MatMul(product), &[left, right], size)
    }
}
