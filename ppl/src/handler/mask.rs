//! `mask`: where log densities count.

use crate::effect::{Handler, Message};
use crate::{Error, Result, Tensor};

/// Lets the log densities of random sites and factors count only where the mask is 1.
///
/// The mask broadcasts against the batch of each site. Masks multiply.
///
/// Data where the mask is 0 are not looked at: they may be NaN, infinite or outside of the support.
///
/// **Acts on** `Sample`, `Factor` (before). **Laws** a mask of ones changes nothing; a mask of zeros makes the log
/// density zero, even where it would be −∞; the draws do not change. **Errors** values other than 0 and 1; a mask that
/// does not broadcast to a site's batch.
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
    pub fn new(mask: impl Into<Tensor>) -> Result<Self> {
        let mask = mask.into();
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

    fn combine(&self, present: &mut Option<Tensor>, batch: crate::Shape) -> Result<()> {
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
    fn before(&mut self, message: &mut Message) -> Result<()> {
        match message {
            Message::Sample(site) => self.combine(&mut site.mask, site.distribution.batch_shape()),
            Message::Factor(site) => self.combine(&mut site.mask, site.log_weight.shape()),
            Message::Param(_) | Message::Plate(_) | Message::Deterministic(_) => Ok(()),
        }
    }
}
