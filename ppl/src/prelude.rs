//! What a model needs: `use ppl::prelude::*;`.
//!
//! The distributions are listed, so that one that is added later does not shadow a name of yours. Traits whose names
//! nobody writes come as `_`, for their methods alone.

pub use crate::distribution::{
    Bernoulli, Beta, Binomial, Categorical, Cauchy, Chi2, Delta, Dirichlet, Distribution, Exponential, Gamma,
    Geometric, Gumbel, HalfCauchy, HalfNormal, Independent, InverseGamma, Laplace, LogNormal, Logistic,
    MultivariateNormal, NegativeBinomial, Normal, Poisson, StudentT, TruncatedNormal, Uniform, Weibull,
};
pub use crate::distribution::{
    Cdf as _, Covariance as _, DistributionExt as _, Draw as _, Entropy as _, EnumerateSupport as _,
    IntoDistribution as _, KlDivergence as _, Mode as _, Moments as _,
};
pub use crate::handler::Trace;
pub use crate::random::Key;
pub use crate::{Constraint, Ctx, Device, IntoTensor, Model, ModelExt, Shape, Site, Tensor};
pub use crate::{call, deterministic, factor, observe, param, plate, sample};
pub use crate::{grad, guide, model, scan};
