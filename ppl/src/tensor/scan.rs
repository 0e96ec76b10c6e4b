//! `scan`: a loop over the first axis of a tensor that carries a value.

use super::Tensor;
use crate::Result;

/// Folds `step` over the elements of `xs` along its first axis: each step is given what the one before carries on, and
/// what it gives besides is stacked.
///
/// It is what the loop would be that it stands for, no more: a recorded program finds loops in either form, and computes
/// what the steps do not need of each other for all of them at once.
///
/// # Errors
/// The error of a step; steps that give different shapes; no element, as there is nothing to stack.
///
/// # Panics
/// If `xs` is a scalar.
///
/// # Example
/// ```
/// use ppl::{Tensor, scan};
///
/// // An autoregression: x₀ = z₀, xₜ = 0.5 xₜ₋₁ + zₜ.
/// let z = Tensor::from([1.0, 2.0, 4.0]);
/// let (last, path) = scan(Tensor::from(0.0), &z, |x, z| {
///     let next = 0.5 * x + z;
///     Ok((next.clone(), next))
/// })?;
/// assert_eq!(path.to_vec(), [1.0, 2.5, 5.25]);
/// assert_eq!(last.item(), 5.25);
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn scan<C>(initial: C, xs: &Tensor, mut step: impl FnMut(C, Tensor) -> Result<(C, Tensor)>) -> Result<(C, Tensor)> {
    let mut carry = initial;
    let mut outputs = Vec::with_capacity(xs.shape()[0]);
    for place in 0..xs.shape()[0] {
        let output;
        (carry, output) = step(carry, xs.index(0, place))?;
        outputs.push(output);
    }
    Ok((carry, Tensor::try_stack(&outputs, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::tests::{assert_program_is_tape, program};

    #[test]
    fn it_carries_anything_and_stacks_vectors() {
        let xs = Tensor::from([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape([3, 2]);
        let (count, sums) = scan(0, &xs, |count, x| Ok((count + 1, x.cumsum(0)))).unwrap();
        assert_eq!(count, 3);
        assert_eq!(sums.shape(), xs.shape());
        assert_eq!(sums.to_vec(), [1.0, 3.0, 3.0, 7.0, 5.0, 11.0]);
    }

    #[test]
    fn errors_are_those_of_the_steps_and_of_the_stack() {
        let xs = Tensor::from([1.0, 2.0]);
        let error = scan((), &xs, |(), x| Ok(((), x.try_reshape([2])?))).unwrap_err().to_string();
        assert!(error.contains("reshape"), "{error}");
        assert!(scan((), &xs, |(), x| Ok(((), Tensor::zeros(x.item() as usize)))).is_err());
        assert!(scan((), &Tensor::zeros(0), |(), x| Ok(((), x))).is_err());
    }

    /// A program is as long for a hundred steps as for fifty, and computes what the tape does.
    #[test]
    fn a_program_does_its_steps_at_once() {
        let function = |x: &Tensor| {
            let z = x.slice(0, 1..x.size());
            let (last, path) = scan(Tensor::from(0.0), &z, |h, z| {
                let next = x.get(0) * h + z;
                Ok((next.clone(), next.exp()))
            })?;
            Ok(path.sum() * last)
        };
        let point = |steps: usize| (0..=steps).map(|k| 0.5 * (k as f64).sin()).collect::<Vec<f64>>();
        assert_eq!(program(&point(50), function).len(), program(&point(100), function).len());
        assert_program_is_tape("scan", &[Tensor::from(point(50))], |x| function(&x[0]));
    }
}
