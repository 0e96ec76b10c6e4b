//! Conditioners of flows: functions that give the shift and the scale of entries from other entries.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result, Shape, Tensor};

/// A function from entries of vectors to a shift and the logarithm of a scale of entries.
#[derive(Clone)]
pub(super) struct Conditioner {
    bijector: &'static str,
    #[expect(clippy::type_complexity, reason = "written once")]
    function: Arc<dyn Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync>,
}

impl Conditioner {
    pub(super) fn new(
        bijector: &'static str,
        function: impl Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
    ) -> Self {
        Self { bijector, function: Arc::new(function) }
    }

    /// Shift and logarithm of the scale, with this shape.
    ///
    /// # Errors
    /// Those of the closure; results that do not broadcast to the shape; entries that are being differentiated and results
    /// that are not.
    pub(super) fn shift_and_log_scale(&self, entries: &Tensor, shape: Shape) -> Result<(Tensor, Tensor)> {
        let (shift, log_scale) = (self.function)(entries)?;
        let is_lost = entries.is_tracked() && !entries.is_recorded() && entries.size() > 0;
        if is_lost && !shift.is_tracked() && !log_scale.is_tracked() {
            return Err(Error::Unsupported {
                what: format!(
                    "the derivative of the conditioner of `{}`, which reads the numbers that it is given,",
                    self.bijector
                ),
                hint: "compose it of operations of `Tensor`, without `to_vec` and `item`".to_owned(),
            });
        }
        let fitted = |result: Tensor| {
            result.try_broadcast_to(shape).map_err(|_| Error::InvalidShape {
                operation: self.bijector,
                expected: format!("shifts and logarithms of scales of shape {shape} from the conditioner"),
                got: result.shape(),
            })
        };
        Ok((fitted(shift)?, fitted(log_scale)?))
    }
}

impl fmt::Debug for Conditioner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conditioner")
    }
}
