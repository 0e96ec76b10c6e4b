//! `scale`: log densities multiplied.

use crate::effect::{Handler, Message};
use crate::{Error, Result};

/// Multiplies the log densities of all random sites and factors.
///
/// **Acts on** `Sample`, `Factor` (before). **Laws** the log density of `scale(m, c)` is `c` times that of `m`; scales
/// multiply; the draws do not change. **Errors** a factor that is not positive and finite.
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
    fn before(&mut self, message: &mut Message) -> Result<()> {
        match message {
            Message::Sample(site) => site.scale *= self.factor,
            Message::Factor(site) => site.scale *= self.factor,
            Message::Param(_) | Message::Plate(_) | Message::Deterministic(_) => {}
        }
        Ok(())
    }
}
