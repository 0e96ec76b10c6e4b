//! What a model needs: `use ppl::prelude::*;`.
//!
//! The distributions are listed, so that one that is added later does not shadow a name of yours. Traits whose names
//! nobody writes come as `_`, for their methods alone.

pub use crate::distribution::kernel::Kernel as _;
pub use crate::distribution::{
    Adjacency, AsymmetricLaplace, AutoRegressive, Bernoulli, Beta, BetaBinomial, BetaNegativeBinomial, BetaProportion,
    Binomial, Blockwise, CAR, Categorical, Cauchy, Censored, Chi, Chi2, CirculantNormal, ContinuousBernoulli, Dagum,
    Delta, Dirichlet, DirichletMultinomial, DiscreteUniform, DiscreteWeibull, Distribution, DoublesidedMaxwell,
    DoublyTruncatedPowerLaw, Empirical, EulerMaruyama, ExpGamma, ExpRelaxedOneHotCategorical, Exponential,
    ExponentiallyModifiedGaussian, FiniteDiscrete, FisherSnedecor, Flat, Folded, Frechet, Gamma, GammaGamma,
    GammaPoisson, GaussianCopula, GaussianMarkovRandomField, GaussianProcess, GaussianProcessRegressionModel,
    GaussianRandomWalk, GaussianStateSpace, GeneralizedExtremeValue, GeneralizedNormal, GeneralizedPareto, Geometric,
    Gompertz, Gumbel, HalfCauchy, HalfFlat, HalfNormal, HalfStudentT, HiddenMarkovModel, HilbertSpaceGaussianProcess,
    Horseshoe, Hurdle, Hypergeometric, ICAR, ImproperUniform, Independent, InverseGamma, InverseGaussian,
    InverseWishart, Jitter, JohnsonSU, Kumaraswamy, LKJ, LKJCholesky, Laplace, Levy, LinearGaussianStateSpaceModel,
    LogLogistic, LogNormal, LogUniform, Logistic, LogisticNormal, LogitNormal, LowerTruncatedPowerLaw, MatrixNormal,
    Mixture, MixtureSameFamily, Moyal, Multinomial, MultivariateNormal, MultivariateStudentT, NegativeBinomial,
    NoncentralChi2, Normal, NormalInverseGaussian, OneHotCategorical, OneHotCategoricalStraightThrough,
    OrderedLogistic, OrderedProbit, PERT, Pareto, PeriodicGaussianProcess, PlackettLuce, Poisson,
    PoissonLogNormalQuadratureCompound, PowerSpherical, ProbitBernoulli, ProjectedNormal, Quantized, RelaxedBernoulli,
    RelaxedOneHotCategorical, Rice, SineBivariateVonMises, SineSkewed, SinhArcsinh, Skellam, SkewNormal, SoftLaplace,
    SparsityPattern, SphericalUniform, Stable, StudentT, StudentTProcess, StudentTProcessRegressionModel, Triangular,
    Truncated, TruncatedCauchy, TruncatedNormal, TruncatedPolyaGamma, TwoPieceNormal, Uniform, Unit,
    VariationalGaussianProcess, VectorDiffeomixture, VectorExponentialDiag, VonMises, VonMisesFisher, Weibull,
    WienerFirstPassage, Wishart, YuleSimon, ZeroInflated, ZeroInflatedNegativeBinomial, ZeroInflatedPoisson,
    ZeroSumNormal, Zipf,
};
pub use crate::distribution::{
    Cdf as _, Covariance as _, DistributionExt as _, Draw as _, Entropy as _, EnumerateSupport as _,
    IntoDistribution as _, KlDivergence as _, Mode as _, Moments as _,
};
pub use crate::handler::Trace;
pub use crate::random::Key;
pub use crate::{BoxModel, Constraint, Ctx, Device, IntoTensor, Levels, Model, ModelExt, Shape, Site, Tensor};
pub use crate::{call, deterministic, factor, observe, param, plate, sample};
pub use crate::{grad, guide, model, scan};
