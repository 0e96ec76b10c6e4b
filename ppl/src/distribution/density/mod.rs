//! What log densities share: the edge of the support, log odds, saddle-point forms, quantiles, removable
//! singularities.

pub(crate) mod odds;
pub(crate) mod quantile;
pub(crate) mod removable;
pub(crate) mod saddle_point;
pub(crate) mod scalar;
pub(crate) mod vector;
