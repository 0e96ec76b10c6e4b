//! Guides made from a model.
//!
//! | guide                      | family on the unconstrained space                     | parameters                           |
//! |----------------------------|-------------------------------------------------------|--------------------------------------|
//! | [`AutoNormal`]             | independent normal distributions                      | `{site}_auto_loc`, `{site}_auto_scale` |
//! | [`AutoMultivariateNormal`] | one normal distribution with any covariance           | `auto_loc`, `auto_scale_tril`        |
//! | [`AutoDelta`]              | a point: the maximum a posteriori                     | `{site}_auto_loc`                    |
//!
//! Each runs the model once to find its latent sites, their shapes, plates and supports, and is a model itself. It
//! begins at the medians of the prior, as far as a few draws show them.

mod delta;
mod multivariate_normal;
mod normal;
mod site;
mod survey;

#[cfg(test)]
mod tests;

pub use self::delta::AutoDelta;
pub use self::multivariate_normal::AutoMultivariateNormal;
pub use self::normal::AutoNormal;

use crate::Result;
use crate::settings::{require, require_positive};

/// The scale that guides begin with.
const INIT_SCALE: f64 = 0.1;

fn check_init_scale(init_scale: f64) -> Result<()> {
    require_positive("init_scale", init_scale)
}

fn check_probability(probability: f64) -> Result<()> {
    require("probability", "between 0 and 1", probability, probability > 0.0 && probability < 1.0)
}
