//! The choice of a component for each draw.

use crate::distribution::Categorical;
use crate::distribution::sampling::noise::standard_uniform;
use crate::random::Rng;
use crate::{Result, Shape, Tensor, check};

/// One component for each element of `shape`: along a new last axis 1 for the one that is chosen, and 0 for the others.
///
/// The inverse of the running sum of the weights at uniform noise, by operations that a program records.
pub(super) fn one_hot(mixing: &Categorical, rng: &mut Rng, shape: Shape) -> Result<Tensor> {
    check::all("Categorical", &[mixing.parameter()])?;
    // A choice has no derivative.
    let running = mixing.probs().detach().cumsum(-1);
    let count = mixing.categories();
    // The last sum is exactly 1, and that of a component of weight 0 is the one before it: such a component is not chosen.
    let running = running.try_div(running.slice(-1, count - 1..count))?;
    let reached = standard_uniform(rng, shape).try_unsqueeze(-1)?.try_less(running)?;
    if count == 1 {
        return Ok(reached);
    }
    let first = reached.slice(-1, 0..1);
    let others = reached.slice(-1, 1..count) - reached.slice(-1, 0..count - 1);
    Tensor::try_concat(&[first, others], -1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn components_are_chosen_by_their_weights() {
        let mixing = Categorical::new([0.0, 0.25, 0.0, 0.75, 0.0]).unwrap();
        let chosen = one_hot(&mixing, &mut Key::new(7).rng("x", 0), Shape::from([100, 100])).unwrap();
        assert_eq!(chosen.shape().dims(), [100, 100, 5]);
        assert_eq!((chosen.sum_axis(-1).min(), chosen.sum_axis(-1).max()), (1.0.into(), 1.0.into()));
        let counts = chosen.sum_axis(0).sum_axis(0).to_vec();
        assert_eq!([counts[0], counts[2], counts[4]], [0.0; 3]);
        // Five standard deviations of 10,000 choices: false alarm rate 6e-7.
        assert!((counts[1] - 2500.0).abs() < 5.0 * (10_000.0 * 0.25 * 0.75_f64).sqrt(), "{counts:?}");
    }

    #[test]
    fn a_single_component_is_always_chosen() {
        let chosen = one_hot(&Categorical::new([1.0]).unwrap(), &mut Key::new(7).rng("x", 0), Shape::from(4)).unwrap();
        assert_eq!(chosen, Tensor::ones([4, 1]));
    }
}
