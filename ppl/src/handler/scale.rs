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
