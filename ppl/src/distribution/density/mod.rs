//! What log densities share: the edge of the support, log odds, saddle-point forms, quantiles, sums over trials, removable
//! singularities.

pub(crate) mod beta_order;
pub(crate) mod blocks;
pub(crate) mod categories;
pub(crate) mod finite;
pub(crate) mod gauss_hermite;
pub(crate) mod interval;
pub(crate) mod odds;
pub(crate) mod quantile;
pub(crate) mod removable;
pub(crate) mod saddle_point;
pub(crate) mod scalar;
pub(crate) mod trials;
pub(crate) mod vector;
