//! The divergence of the normal distribution from the Laplace distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

use crate::distribution::{Entropy, KlDivergence, Laplace, Normal};
use crate::{Result, Tensor};

impl KlDivergence<Laplace> for Normal {
    fn kl_divergence(&self, other: &Laplace) -> Result<Tensor> {
        let (scale, shift) = (self.scale(), self.loc().try_sub(other.loc())?);
        let z = shift.try_div(scale)?;
        // E |X − loc| / scale, that of a folded normal variable.
        let folded = z.try_mul((&z * FRAC_1_SQRT_2).erf())? + (z.square() * -0.5).exp() * (2.0 / PI).sqrt();
        let distance = folded.try_mul(scale.try_div(other.scale())?)?;
        distance.try_add(other.scale().ln() + LN_2)?.try_sub(self.entropy())
    }
}
