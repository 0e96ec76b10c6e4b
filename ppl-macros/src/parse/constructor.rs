//! How a distribution is written that a site is given: mistakes of those who know it from other languages.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Expr, Path, Token};

use crate::errors::Errors;

/// The distributions of `ppl`, which are types and no functions; a test compares the list with its source.
pub(crate) const DISTRIBUTIONS: [&str; 140] = [
    "AsymmetricLaplace",
    "AutoRegressive",
    "BatchReshaped",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "BetaNegativeBinomial",
    "BetaProportion",
    "Binomial",
    "Blockwise",
    "CAR",
    "Categorical",
    "Cauchy",
    "Censored",
    "Chi",
    "Chi2",
    "CirculantNormal",
    "ContinuousBernoulli",
    "Dagum",
    "Delta",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteUniform",
    "DiscreteWeibull",
    "DoublesidedMaxwell",
    "DoublyTruncatedPowerLaw",
    "Empirical",
    "EulerMaruyama",
    "ExpGamma",
    "ExpRelaxedOneHotCategorical",
    "Expanded",
    "Exponential",
    "ExponentiallyModifiedGaussian",
    "FiniteDiscrete",
    "FisherSnedecor",
    "Folded",
    "Frechet",
    "Gamma",
    "GammaGamma",
    "GammaPoisson",
    "GaussianCopula",
    "GaussianMarkovRandomField",
    "GaussianProcess",
    "GaussianProcessRegressionModel",
    "GaussianRandomWalk",
    "GaussianStateSpace",
    "GeneralizedExtremeValue",
    "GeneralizedNormal",
    "GeneralizedPareto",
    "Geometric",
    "Gompertz",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "HiddenMarkovModel",
    "Horseshoe",
    "Hurdle",
    "Hypergeometric",
    "ICAR",
    "Iid",
    "ImproperUniform",
    "Independent",
    "InverseGamma",
    "InverseGaussian",
    "InverseWishart",
    "JohnsonSU",
    "Kumaraswamy",
    "LKJ",
    "LKJCholesky",
    "Laplace",
    "Levy",
    "LinearGaussianStateSpaceModel",
    "LogLogistic",
    "LogNormal",
    "LogUniform",
    "Logistic",
    "LogisticNormal",
    "LogitNormal",
    "LowerTruncatedPowerLaw",
    "Masked",
    "MatrixNormal",
    "Mixture",
    "MixtureSameFamily",
    "Moyal",
    "Multinomial",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "NoncentralChi2",
    "Normal",
    "NormalInverseGaussian",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "OrderedLogistic",
    "OrderedProbit",
    "PERT",
    "Pareto",
    "PlackettLuce",
    "Poisson",
    "PoissonLogNormalQuadratureCompound",
    "PowerSpherical",
    "ProbitBernoulli",
    "ProjectedNormal",
    "Quantized",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "Rice",
    "SineBivariateVonMises",
    "SineSkewed",
    "SinhArcsinh",
    "Skellam",
    "SkewNormal",
    "SoftLaplace",
    "SphericalUniform",
    "Stable",
    "StudentT",
    "StudentTProcess",
    "StudentTProcessRegressionModel",
    "Transformed",
    "Triangular",
    "Truncated",
    "TruncatedCauchy",
    "TruncatedNormal",
    "TruncatedPolyaGamma",
    "TwoPieceNormal",
    "Uniform",
    "Unit",
    "VariationalGaussianProcess",
    "VectorDiffeomixture",
    "VectorExponentialDiag",
    "VonMises",
    "VonMisesFisher",
    "Weibull",
    "WienerFirstPassage",
    "Wishart",
    "YuleSimon",
    "ZeroInflated",
    "ZeroSumNormal",
    "Zipf",
];

/// Reports `Normal(0.0, 1.0)`, `Normal` and `Normal::new(loc = 0.0, scale = 1.0)`, and puts what was meant in their place;
/// `false` if that is not known.
pub(crate) fn check(distribution: &mut Expr, errors: &mut Errors) -> bool {
    match distribution {
        Expr::Paren(inner) => return check(&mut inner.expr, errors),
        Expr::Group(inner) => return check(&mut inner.expr, errors),
        Expr::Reference(inner) => return check(&mut inner.expr, errors),
        Expr::Try(inner) => return check(&mut inner.expr, errors),
        Expr::MethodCall(call) => return check(&mut call.receiver, errors),
        Expr::Path(path) if is_distribution(&path.path) => {
            let name = path.to_token_stream().to_string();
            errors.at(
                &*path,
                format!("`{name}` is a type, and a site is given a value"),
                format!("write `{name}::new(..)`"),
            );
            return false;
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return true };
            let is_type = is_distribution(&function.path);
            let function = function.to_token_stream().to_string().replace(' ', "");
            let values: Vec<Expr> = call.args.iter().cloned().map(value).collect();
            let separated: Punctuated<&Expr, Token![,]> = values.iter().collect();
            let values_text = separated.to_token_stream().to_string().replace(" ,", ",");
            let has_names = call.args.iter().any(is_named);
            if is_type {
                let cure = format!("write `{function}::new({values_text})`");
                errors.at(&*call, format!("`{function}` is a type and no function"), cure);
                let name = &call.func;
                *distribution = syn::parse_quote!(#name::new(#separated));
            } else if has_names {
                let named: Punctuated<&Expr, Token![,]> =
                    call.args.iter().filter(|argument| is_named(argument)).collect();
                let cure = format!("write `{function}({values_text})`");
                errors.at(named, "arguments have no names in Rust, only an order", cure);
                call.args = values.into_iter().collect();
            }
        }
        _ => {}
    }
    true
}

fn is_distribution(path: &Path) -> bool {
    path.get_ident().is_some_and(|name| DISTRIBUTIONS.iter().any(|known| name == known))
}

/// `loc = 0.0`
fn is_named(argument: &Expr) -> bool {
    matches!(argument, Expr::Assign(assign) if matches!(&*assign.left, Expr::Path(name) if name.path.get_ident().is_some()))
}

fn value(argument: Expr) -> Expr {
    match argument {
        Expr::Assign(assign) if matches!(&*assign.left, Expr::Path(_)) => *assign.right,
        other => other,
    }
}
