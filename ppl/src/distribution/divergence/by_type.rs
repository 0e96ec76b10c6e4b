//! `kl_divergence`: the divergence of distributions whose types are known at run time only.

use std::any::Any;

use super::structure::of_structures;
use crate::distribution::*;
use crate::{Error, Result, Tensor};

/// KL(p ‖ q) in nats of distributions whose types are not known, as those of sites: one element a batch member.
///
/// That of [`KlDivergence`] if it lists the pair. It also looks through what wraps distributions, if both are wrapped alike:
/// [`Expanded`] (one of them is enough), [`Independent`], [`Iid`], [`Blockwise`], [`BatchReshaped`], [`Masked`], and
/// [`Transformed`] by the same bijector: one without fields, or one [`Arc`](std::sync::Arc) that both share.
///
/// # Errors
/// Event shapes that differ; a pair without a closed form; those of the pair.
///
/// # Example
/// ```
/// use ppl::bijector::Exp;
/// use ppl::distribution::{Distribution, DistributionExt, Gamma, Normal, StudentT, kl_divergence};
///
/// let guide: Box<dyn Distribution> = Box::new(Normal::new(0.5, 1.0)?.transform(Exp)?);
/// let prior: Box<dyn Distribution> = Box::new(Normal::new(0.0, 1.0)?.transform(Exp)?);
/// assert_eq!(kl_divergence(guide.as_ref(), prior.as_ref())?, 0.125);
///
/// let error = kl_divergence(&Normal::new(0.0, 1.0)?, &StudentT::new(3.0, 0.0, 1.0)?).unwrap_err();
/// assert!(error.to_string().contains("the divergence of Normal from StudentT in closed form"));
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn kl_divergence(p: &dyn Distribution, q: &dyn Distribution) -> Result<Tensor> {
    if p.event_shape() != q.event_shape() {
        return Err(Error::ShapeMismatch {
            operation: "kl_divergence",
            relation: "agree as event shapes",
            left: p.event_shape(),
            right: q.event_shape(),
        });
    }
    if let Some(delta) = (p as &dyn Any).downcast_ref::<Delta>() {
        return delta.divergence_from(q);
    }
    if let Some(divergence) = of_types(p, q).or_else(|| of_structures(p, q)) {
        return divergence;
    }
    Err(Error::Unsupported {
        what: format!("the divergence of {} from {} in closed form", p.name(), q.name()),
        hint: "estimate it by `monte_carlo_kl`".to_owned(),
    })
}

macro_rules! closed_forms {
    ($($P:ident => $($Q:ident),+;)+) => {
        /// The names of all pairs of distributions that wrap no others.
        #[cfg(test)]
        pub(super) const PAIRS: &[(&str, &str)] = &[$($((stringify!($P), stringify!($Q)),)+)+];

        fn of_types(p: &dyn Any, q: &dyn Any) -> Option<Result<Tensor>> {
            $(
                if let Some(p) = p.downcast_ref::<$P>() {
                    $(
                        if let Some(q) = q.downcast_ref::<$Q>() {
                            return Some(p.kl_divergence(q));
                        }
                    )+
                    return None;
                }
            )+
            None
        }
    };
}

// The table of `KlDivergence` is this list.
closed_forms! {
    AutoRegressive => AutoRegressive;
    Bernoulli => Bernoulli, Poisson;
    Beta => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Normal, Pareto, Uniform;
    BetaProportion => BetaProportion;
    Binomial => Binomial;
    CAR => CAR;
    Categorical => Categorical;
    Cauchy => Cauchy;
    Chi => Chi;
    Chi2 => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto, Uniform;
    CirculantNormal => CirculantNormal;
    ContinuousBernoulli => ContinuousBernoulli, Exponential, Normal, Pareto, Uniform;
    Dirichlet => Dirichlet;
    DiscreteUniform => DiscreteUniform;
    ExpGamma => ExpGamma;
    Exponential => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto, Uniform;
    Gamma => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto, Uniform;
    GaussianProcess => GaussianProcess;
    GaussianProcessRegressionModel => GaussianProcessRegressionModel;
    GaussianRandomWalk => GaussianRandomWalk;
    Geometric => Geometric;
    Gumbel => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto, Uniform;
    HalfCauchy => HalfCauchy;
    HalfNormal => HalfNormal;
    ICAR => ICAR;
    InverseGamma => InverseGamma;
    InverseWishart => InverseWishart;
    LKJ => LKJ;
    LKJCholesky => LKJCholesky;
    Laplace => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Laplace, Normal, Pareto, Uniform;
    LogNormal => LogNormal;
    LogUniform => LogUniform;
    LogisticNormal => LogisticNormal;
    LogitNormal => LogitNormal;
    MatrixNormal => MatrixNormal;
    Multinomial => Multinomial;
    MultivariateNormal => MultivariateNormal;
    Normal => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal, Pareto, Uniform;
    OneHotCategorical => OneHotCategorical;
    OneHotCategoricalStraightThrough => OneHotCategoricalStraightThrough;
    OrderedLogistic => OrderedLogistic;
    OrderedProbit => OrderedProbit;
    Pareto => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Normal, Pareto, Uniform;
    Poisson => Bernoulli, Binomial, Poisson;
    PowerSpherical => SphericalUniform, VonMisesFisher;
    ProbitBernoulli => ProbitBernoulli;
    SphericalUniform => SphericalUniform;
    Uniform => Beta, Chi2, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto, Uniform;
    VariationalGaussianProcess => VariationalGaussianProcess;
    VectorExponentialDiag => VectorExponentialDiag;
    VonMises => VonMises;
    VonMisesFisher => SphericalUniform, VonMisesFisher;
    Weibull => Chi2, Gamma, Weibull;
    Wishart => Wishart;
    ZeroSumNormal => ZeroSumNormal;
}
