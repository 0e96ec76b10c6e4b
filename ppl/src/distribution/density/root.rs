//! Roots of functions that change their sign once, with their derivatives by the implicit function theorem.

use crate::tensor::record;
use crate::{Result, Shape, Tensor};

/// Iterations of a program, which cannot look whether they have converged: as many bisections reach the last digit.
const RECORDED_ITERATIONS: usize = 64;
/// Iterations of which the last digits of a hard case may need more than half.
const ITERATIONS: usize = 200;
/// Steps of a coordinate that are smaller, relatively, change no digit.
const PRECISION: f64 = 1e-15;

/// The interval that holds a root, and a guess of the root.
pub(crate) struct Bracket {
    pub(crate) low: Tensor,
    pub(crate) high: Tensor,
    pub(crate) start: Tensor,
}

impl Bracket {
    /// From 0 to an end of either sign, with the guess in the middle.
    pub(crate) fn from_zero(end: &Tensor) -> Self {
        Self { low: end.minimum(0.0), high: end.maximum(0.0), start: end * 0.5 }
    }
}

/// The root of a function that is negative below it and positive above, as a number: by Newton's method in a bracket.
///
/// `equation` gives the function and its derivative.
///
/// # Reference
/// Press et al., "Numerical Recipes" (2007), section 9.4, for the safeguarded iteration.
pub(crate) fn bracketed(
    shape: Shape,
    bracket: Bracket,
    equation: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<Tensor> {
    let [mut below, mut above, mut t] =
        [bracket.low, bracket.high, bracket.start].map(|end| end.detach().broadcast_to(shape));
    let mut last_step = &above - &below;
    let is_recorded = record::is_open();
    for _ in 0..if is_recorded { RECORDED_ITERATIONS } else { ITERATIONS } {
        let (residual, slope) = equation(&t)?;
        let (residual, slope) = (residual.detach(), slope.detach());
        let is_beyond = residual.greater(0.0);
        above = Tensor::select(&is_beyond, &t, &above);
        below = Tensor::select(&is_beyond, &below, &t);
        let newton = &t - &residual / &slope;
        // A step that leaves the bracket, or is larger than half of the last one, is a bisection instead.
        let is_good = newton.greater(&below) * newton.less(&above) * (&newton - &t).abs().less(last_step.abs() * 0.5);
        let next = Tensor::select(is_good, newton, (&below + &above) * 0.5);
        // An element that has converged waits for the others: its digits do not depend on them.
        let has_converged = (last_step.abs() / (t.abs() + 1.0)).less(PRECISION);
        let next = Tensor::select(has_converged, &t, next);
        // So does one whose residual vanishes: from there a bisection would lead away.
        let next = Tensor::select(residual.equal(0.0), &t, next);
        last_step = &next - &t;
        t = next;
        if !is_recorded && (t.size() == 0 || (last_step.abs() / (t.abs() + 1.0)).max().item() < PRECISION) {
            break;
        }
    }
    Ok(t)
}

/// A root that is known as a number, with its derivatives of first and second order: two Newton steps of tensors.
pub(crate) fn polished(root: &Tensor, equation: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>) -> Result<Tensor> {
    let mut root = root.detach();
    for _ in 0..2 {
        let (residual, slope) = equation(&root)?;
        let step = residual / slope;
        // Where the slope underflows there is no derivative, and no digit to gain.
        let is_step = step.detach().abs().less(f64::INFINITY);
        root = &root - Tensor::select(is_step, step, 0.0);
    }
    Ok(root)
}

/// The root in a bracket, with its derivatives of first and second order.
pub(crate) fn differentiated(
    shape: Shape,
    bracket: Bracket,
    equation: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<Tensor> {
    polished(&bracketed(shape, bracket, &equation)?, equation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{
        ExponentiallyModifiedGaussian, JohnsonSU, Mode, NoncentralChi2, NormalInverseGaussian, Rice, SinhArcsinh,
        SkewNormal,
    };
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    /// The cube root: d ∛a / da = ⅓ a^(−2/3).
    #[test]
    fn a_root_has_the_derivatives_of_the_implicit_function() {
        let root = |inputs: &[Tensor]| {
            let bracket = Bracket::from_zero(&Tensor::from([10.0, -10.0]));
            let equation = |x: &Tensor| Ok((x.square() * x - &inputs[0], x.square() * 3.0));
            Ok((differentiated(Shape::from(2), bracket, equation)? * Tensor::from([1.0, 2.0])).sum())
        };
        let inputs = [Tensor::from([8.0, -1e-3])];
        let (value, gradients) = grad(root, &inputs).unwrap();
        assert!((value - 1.8).abs() < 1e-14, "{value}");
        let want = Tensor::from([1.0 / 12.0, 2.0 / 0.03]);
        assert!((&gradients[0] / want - 1.0).abs().max() < 1e-13, "{}", gradients[0]);
        assert_program_is_tape("root", &inputs, root);
    }

    /// A root that is met exactly ends the search as any other one: of 1,000 roots, some are.
    #[test]
    fn a_residual_of_zero_ends_the_search() {
        let (roots, evaluations) = (Tensor::linspace(0.5, 8.0, 1000), std::cell::Cell::new(0));
        let found = bracketed(Shape::from(1000), Bracket::from_zero(&Tensor::scalar(16.0)), |x| {
            evaluations.set(evaluations.get() + 1);
            Ok((x - &roots, Tensor::full(1000, 1.0)))
        });
        assert!((found.unwrap() - &roots).abs().max() < 1e-14);
        assert!(evaluations.get() < 10, "{}", evaluations.get());
    }

    /// The modes that are roots: programs search with a fixed number of steps.
    #[test]
    fn modes_are_recorded() {
        let inputs = [0.3, 1.7, 0.8, 1.2].map(Tensor::from);
        assert_program_is_tape("mode", &inputs, |p| JohnsonSU::new(&p[0], &p[3], 0.0, &p[1])?.mode());
        assert_program_is_tape("mode", &inputs, |p| SinhArcsinh::new(&p[0], &p[1], &p[2], &p[3])?.mode());
        assert_program_is_tape("mode", &inputs, |p| SkewNormal::new(&p[0], &p[1], &p[2])?.mode());
        assert_program_is_tape("mode", &inputs, |p| ExponentiallyModifiedGaussian::new(&p[0], &p[1], &p[2])?.mode());
        assert_program_is_tape("mode", &inputs, |p| Rice::new(&p[0], &p[1])?.mode());
        assert_program_is_tape("mode", &inputs, |p| NoncentralChi2::new(&p[1] + 1.0, &p[2])?.mode());
        assert_program_is_tape("mode", &inputs, |p| NormalInverseGaussian::new(&p[0], &p[1], &p[3], &p[2])?.mode());
    }
}
