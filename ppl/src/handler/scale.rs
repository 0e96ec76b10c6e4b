//! `scale`: log densities multiplied.

use crate::effect::{Effect, FactorSite, Handler, Message, SampleSite};
use crate::{Error, Result};

/// Multiplies the log densities of all random sites and factors.
///
/// It lets a part stand for more or for less than itself: a minibatch for the whole data, a tempered likelihood, annealing.
///
/// **Acts on** `Sample`, `Factor` (before).
///
/// # Laws
/// The log density of `scale(m, c)` is `c` times that of `m`; scales multiply; the draws do not change.
///
/// # Errors
/// A factor that is not positive and finite.
///
/// # Example
/// The likelihood counts half, the prior in full:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn heights(mean: Tensor) {
///     plate!("person", 2, {
///         observe!("y", Normal::new(mean, 1.0), [0.0, 0.0]);
///     });
/// }
///
/// #[model]
/// fn tempered() {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     call!(heights(mean).scale(0.5)?);
/// }
///
/// let trace = tempered().substitute(tempered::mean, 0.0).trace(0)?;
/// let log_at_mean = -0.5 * (2.0 * std::f64::consts::PI).ln();
/// assert!((trace.log_prior()?.item() - log_at_mean).abs() < 1e-12);
/// assert!((trace.log_likelihood()?.item() - 0.5 * 2.0 * log_at_mean).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    factor: f64,
}

impl Scale {
    /// Multiplies by this factor.
    ///
    /// # Errors
    /// A factor that is not positive and finite.
    pub fn new(factor: f64) -> Result<Self> {
        if factor > 0.0 && factor.is_finite() {
            Ok(Self { factor })
        } else {
            Err(Error::InvalidArgument {
                operation: "scale",
                argument: "factor",
                expected: "positive and finite".to_owned(),
                got: factor.to_string(),
            })
        }
    }
}

impl Handler for Scale {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if let Effect::Sample(SampleSite { term, .. }) | Effect::Factor(FactorSite { term, .. }) = message.effect {
            term.scale *= self.factor;
        }
        Ok(())
    }
}
