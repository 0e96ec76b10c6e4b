//! Vectors of counts with a given sum: their draws and their enumeration.

use super::binomial::draw_binomial;
use crate::distribution::sampling::elementwise;
use crate::random::Rng;
use crate::{Error, Result, Shape, Tensor};

/// The largest support that is enumerated.
const MOST_VALUES: usize = 1_000_000;

/// Draws the counts of categories of these probabilities along the last axis, one category after the other: given those
/// before, each is binomial.
///
/// `shape` is that of the draws without their last axis, to which `total` broadcasts.
pub(super) fn draw_counts(rng: &mut Rng, shape: Shape, total: &Tensor, probs: &Tensor) -> Result<Tensor> {
    let probs = probs.detach();
    // The probability of a category or one behind it: of the last with a probability it is its own, and the ratio is 1.
    let behind = probs.flip(-1).cumsum(-1).flip(-1);
    let conditional = Tensor::select(behind.greater(0.0), &probs / behind, 0.0).minimum(1.0);
    let last = probs.shape()[probs.rank() - 1] - 1;
    let mut remaining = total.detach().try_broadcast_to(shape)?;
    let mut counts = Vec::with_capacity(last + 1);
    for category in 0..last {
        let count = elementwise::draw(rng, shape, [&remaining, &conditional.index(-1, category)], draw_binomial)?;
        remaining = &remaining - &count;
        counts.push(count);
    }
    counts.push(remaining);
    Tensor::try_stack(&counts, -1)
}

/// All vectors of this many counts with this sum, along a new leftmost axis.
pub(super) fn enumerate(distribution: &'static str, total: usize, size: usize, batch_shape: &Shape) -> Result<Tensor> {
    // C(total + size − 1, size − 1), which grows with each factor.
    let mut values = 1.0;
    for place in 1..size {
        values = (values * (total + place) as f64 / place as f64).round();
        if values > MOST_VALUES as f64 {
            return Err(Error::Unsupported {
                what: format!("enumerating {distribution} with more than {MOST_VALUES} values"),
                hint: "give it fewer categories or a smaller total count".to_owned(),
            });
        }
    }
    let mut elements = Vec::with_capacity(values as usize * size);
    let mut counts = vec![0; size];
    append(&mut counts, 0, total, &mut elements);
    let shape = Shape::from(values as usize).concat(&Shape::from(vec![1; batch_shape.rank()])).concat(&size.into());
    Tensor::new(elements, shape)
}

/// Appends all vectors whose first entries are given and whose others have this sum.
fn append(counts: &mut Vec<usize>, first: usize, sum: usize, elements: &mut Vec<f64>) {
    if first + 1 == counts.len() {
        counts[first] = sum;
        elements.extend(counts.iter().map(|&count| count as f64));
        return;
    }
    for count in 0..=sum {
        counts[first] = count;
        append(counts, first + 1, sum - count, elements);
    }
}

/// The covariance matrix of `scale` draws of a category: scale · (diag(p) − p pᵀ).
pub(super) fn covariance(probs: &Tensor, scale: &Tensor) -> Tensor {
    let (row, column) = (probs.unsqueeze(-2), probs.unsqueeze(-1));
    let diagonal = Tensor::eye(probs.shape()[probs.rank() - 1]) * &row;
    (diagonal - column * row) * scale.unsqueeze(-1).unsqueeze(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compositions_are_enumerated_in_order() {
        let values = enumerate("Multinomial", 2, 3, &Shape::SCALAR).unwrap();
        assert_eq!(values.shape().dims(), [6, 3]);
        let rows: Vec<Vec<f64>> = (0..6).map(|row| values.get(row).to_vec()).collect();
        assert_eq!(rows[0], [0.0, 0.0, 2.0]);
        assert_eq!(rows[3], [1.0, 0.0, 1.0]);
        assert_eq!(rows[5], [2.0, 0.0, 0.0]);
        let error = enumerate("Multinomial", 1000, 5, &Shape::SCALAR).unwrap_err().to_string();
        assert!(error.contains("more than 1000000 values"), "{error}");
    }
}
