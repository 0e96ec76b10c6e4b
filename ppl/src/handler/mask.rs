//! `mask`: where log densities count.

use crate::effect::{Effect, Handler, Message};
use crate::{Error, IntoTensor, Result, Shape, Tensor};

/// Lets the log densities of random sites and factors count only where the mask is 1.
///
/// The mask broadcasts against the batch of each site. Masks multiply.
///
/// It keeps data in one shape that have none: missing values, series of unequal length, padding.
///
/// **Acts on** `Sample`, `Factor` (before). Data where the mask is 0 are not looked at: they may be NaN, infinite or outside
/// of the support.
///
/// # Laws
/// A mask of ones changes nothing; a mask of zeros makes the log density zero, even where it would be −∞; the draws do not
/// change.
///
/// # Errors
/// Values other than 0 and 1; a mask that does not broadcast to a site's batch.
///
/// # Example
/// The second of three people was not measured:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn heights(y: [f64; 3]) {
///     plate!("person", 3, {
///         observe!("y", Normal::new(0.0, 1.0), y);
///     });
/// }
///
/// let masked = heights([0.0, f64::NAN, 0.0]).mask([true, false, true])?;
/// let two_at_mean = -(2.0 * std::f64::consts::PI).ln();
/// assert!((masked.trace(0)?.log_likelihood()?.item() - two_at_mean).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mask {
    mask: Tensor,
}

impl Mask {
    /// Counts where `mask` is 1, and not where it is 0.
    ///
    /// # Errors
    /// Values other than 0 and 1.
    #[track_caller]
    pub fn new(mask: impl IntoTensor) -> Result<Self> {
        let mask = mask.into_tensor();
        match mask.to_vec().into_iter().find(|&value| value != 0.0 && value != 1.0) {
            None => Ok(Self { mask }),
            Some(value) => Err(Error::InvalidArgument {
                operation: "mask",
                argument: "mask",
                expected: "0 or 1 everywhere".to_owned(),
                got: value.to_string(),
            }),
        }
    }

    fn combine(&self, present: &mut Option<Tensor>, batch: Shape) -> Result<()> {
        if !self.mask.shape().broadcasts_to(&batch) {
            return Err(Error::ShapeMismatch {
                operation: "mask",
                relation: "broadcast (from the mask's to the site's batch shape)",
                left: self.mask.shape(),
                right: batch,
            });
        }
        *present = Some(match present.take() {
            Some(mask) => mask.try_mul(&self.mask)?,
            None => self.mask.clone(),
        });
        Ok(())
    }
}

impl Handler for Mask {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        match message.effect {
            Effect::Sample(site) => self.combine(&mut site.term.mask, site.distribution.batch_shape()),
            Effect::Factor(site) => self.combine(&mut site.term.mask, site.log_weight.shape()),
            Effect::Param(_) | Effect::Plate(_) | Effect::Deterministic(_) => Ok(()),
        }
    }
}
