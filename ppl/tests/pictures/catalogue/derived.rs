//! Distributions that are made of others, and measures.

use ppl::bijector::{Exp, Sigmoid, Softplus, Square};
use ppl::distribution::{
    Categorical, DistributionExt, Empirical, Laplace, Logistic, Mixture, MixtureSameFamily, Normal, Poisson,
};

use crate::figure::Picture;
use crate::figure::density::{Densities, densities};
use crate::figure::mass::Masses;

pub(crate) fn pictures() -> Vec<Picture> {
    densities().into_iter().map(Densities::draw).chain(masses().into_iter().map(Masses::draw)).collect()
}

fn densities() -> Vec<Densities> {
    let standard = || Normal::new(0.0, 1.0);
    let pair = |weight: f64| Categorical::new([1.0 - weight, weight]);
    let normals = |locs: [f64; 2], scales: [f64; 2]| Normal::new(locs, scales);
    vec![
        Densities::new("Truncated", "Normal::new(0, 1).truncated(range)", -3.5..3.5)
            .of("(..)", standard().truncated(..))
            .of("(−1.5..)", standard().truncated(-1.5..))
            .of("(..0.5)", standard().truncated(..0.5))
            .of("(0.3..2.5)", standard().truncated(0.3..2.5)),
        densities!(TruncatedCauchy::new(loc, scale, low, high), -5.0..5.0;
            (0.0, 1.0, -2.0, 2.0), (0.0, 1.0, -4.0, 1.0), (0.0, 3.0, -4.0, 4.0), (-3.0, 1.0, -3.0, f64::INFINITY)),
        densities!(TruncatedPolyaGamma::new(high), 0.0..1.0; (0.1), (0.25), (0.5), (2.5)),
        Densities::new("Folded", "Normal::new(loc, scale).folded()", 0.0..6.0)
            .of("(0, 1)", standard().folded())
            .of("(1, 1)", Normal::new(1.0, 1.0).folded())
            .of("(−3, 1)", Normal::new(-3.0, 1.0).folded())
            .of("(1, 3)", Normal::new(1.0, 3.0).folded()),
        Densities::new("Censored", "an observation of Normal::new(loc, scale)", -4.0..4.0)
            .of("(0, 1), whole", standard().censored_right(0.0))
            .of("(0, 1), right-censored", standard().censored_right(1.0))
            .of("(0, 1), left-censored", standard().censored_left(1.0))
            .of("(1, 2), right-censored", Normal::new(1.0, 2.0).censored_right(1.0)),
        // No point of the grid is 1, where the inverse of the sigmoid is infinite.
        Densities::new("Transformed", "Normal::new(0, 1).transform(bijector)", -1.7..3.9)
            .up_to(2.0)
            .of("Exp", standard().transform(Exp))
            .of("Sigmoid", standard().transform(Sigmoid))
            .of("Softplus", standard().transform(Softplus))
            .of("Exp, then Square", standard().transform(Exp).transform(Square)),
        Densities::new(
            "MixtureSameFamily",
            "MixtureSameFamily: weights [1 − w, w], Normal::new(loc, scale)",
            -6.0..6.0,
        )
        .of("0.5, ([−2, 2], 1)", MixtureSameFamily::new(pair(0.5), normals([-2.0, 2.0], [1.0, 1.0])))
        .of("0.2, ([−2, 2], 1)", MixtureSameFamily::new(pair(0.2), normals([-2.0, 2.0], [1.0, 1.0])))
        .of("0.5, ([−1, 1], 1)", MixtureSameFamily::new(pair(0.5), normals([-1.0, 1.0], [1.0, 1.0])))
        .of("0.3, (0, [0.5, 3])", MixtureSameFamily::new(pair(0.3), normals([0.0, 0.0], [0.5, 3.0]))),
        mixture(),
    ]
}

fn mixture() -> Densities {
    let of = |weight: f64| {
        let components: Vec<std::sync::Arc<dyn ppl::distribution::Distribution>> =
            vec![std::sync::Arc::new(Normal::new(-2.0, 1.0)?), std::sync::Arc::new(Laplace::new(2.0, 0.5)?)];
        Mixture::new(Categorical::new([1.0 - weight, weight]), components)
    };
    Densities::new("Mixture", "Mixture: weights [1 − w, w], Normal(−2, 1) and Laplace(2, 0.5)", -6.0..6.0)
        .of("w = 0", of(0.0))
        .of("w = 0.2", of(0.2))
        .of("w = 0.5", of(0.5))
        .of("w = 0.9", of(0.9))
}

fn masses() -> Vec<Masses> {
    let gated = "Poisson::new(rate)";
    vec![
        Masses::new("Quantized", "Logistic::new(loc, scale).quantized(0..=12)", 0..=12)
            .of("(6, 0.5)", Logistic::new(6.0, 0.5).quantized(0.0..=12.0))
            .of("(6, 2)", Logistic::new(6.0, 2.0).quantized(0.0..=12.0))
            .of("(1, 1)", Logistic::new(1.0, 1.0).quantized(0.0..=12.0))
            .of("(11, 2)", Logistic::new(11.0, 2.0).quantized(0.0..=12.0)),
        Masses::new("ZeroInflated", &format!("{gated}.zero_inflated(gate), by (rate, gate)"), 0..=12)
            .of("(4, 0)", Poisson::new(4.0).zero_inflated(0.0))
            .of("(4, 0.2)", Poisson::new(4.0).zero_inflated(0.2))
            .of("(4, 0.5)", Poisson::new(4.0).zero_inflated(0.5))
            .of("(1, 0.5)", Poisson::new(1.0).zero_inflated(0.5)),
        Masses::new("Hurdle", &format!("{gated}.hurdle(gate), by (rate, gate)"), 0..=12)
            .of("(1, 0)", Poisson::new(1.0).hurdle(0.0))
            .of("(1, 0.5)", Poisson::new(1.0).hurdle(0.5))
            .of("(4, 0.1)", Poisson::new(4.0).hurdle(0.1))
            .of("(4, 0.5)", Poisson::new(4.0).hurdle(0.5)),
        Masses::new("Empirical", "Empirical::new(samples, ln(weights))", 0..=6)
            .of(
                "([1, 2, 4], [0.3, 0.5, 0.2])",
                Empirical::new([1.0, 2.0, 4.0], [0.3_f64.ln(), 0.5_f64.ln(), 0.2_f64.ln()]),
            )
            .of("([0, 3, 3, 6], [1, 1, 1, 1])", Empirical::new([0.0, 3.0, 3.0, 6.0], [0.0, 0.0, 0.0, 0.0]))
            .of("([5], [1])", Empirical::new([5.0], [0.0]))
            .of("([1, 2], [3, 1])", Empirical::new([1.0, 2.0], [3_f64.ln(), 0.0])),
    ]
}
