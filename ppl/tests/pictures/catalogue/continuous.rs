//! Continuous distributions of numbers.

use crate::figure::Picture;
use crate::figure::density::{Densities, densities};

pub(crate) fn pictures() -> Vec<Picture> {
    on_the_real_line().into_iter().chain(on_half_lines()).chain(on_intervals()).map(Densities::draw).collect()
}

fn on_the_real_line() -> Vec<Densities> {
    vec![
        densities!(AsymmetricLaplace::new(loc, scale, asymmetry), -6.0..6.0;
            (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, 0.5), (0.0, 2.0, 0.5)),
        densities!(Cauchy::new(loc, scale), -5.0..5.0; (0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (-2.0, 1.0)),
        densities!(DoublesidedMaxwell::new(loc, scale), -6.0..6.0; (0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (2.0, 1.0)),
        densities!(ExpGamma::new(concentration, rate), -6.0..4.0; (0.5, 1.0), (1.0, 1.0), (4.0, 1.0), (4.0, 4.0)),
        densities!(ExponentiallyModifiedGaussian::new(loc, scale, rate), -4.0..10.0;
            (0.0, 1.0, 1.0), (0.0, 1.0, 0.25), (0.0, 0.3, 0.5), (-2.0, 1.0, 1.0)),
        densities!(GeneralizedExtremeValue::new(loc, scale, concentration), -4.0..6.0;
            (0.0, 1.0, 0.0), (0.0, 1.0, 0.5), (0.0, 1.0, -0.5), (1.0, 2.0, 0.5)),
        densities!(GeneralizedNormal::new(loc, scale, power), -4.0..4.0;
            (0.0, 1.0, 0.5), (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, 8.0)),
        densities!(Gumbel::new(loc, scale), -5.0..20.0; (0.5, 2.0), (1.0, 2.0), (1.5, 3.0), (3.0, 4.0)),
        densities!(Horseshoe::new(scale), -1.5..1.5; (0.1), (0.3), (1.0), (3.0)).up_to(1.2),
        densities!(JohnsonSU::new(skewness, tailweight, loc, scale), -5.0..5.0;
            (0.0, 2.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (-1.0, 1.5, 0.0, 1.0), (1.0, 1.5, 0.0, 1.0)),
        densities!(Laplace::new(loc, scale), -10.0..10.0; (0.0, 1.0), (0.0, 2.0), (0.0, 4.0), (-5.0, 4.0)),
        densities!(Logistic::new(loc, scale), -5.0..20.0; (2.0, 1.0), (5.0, 2.0), (9.0, 3.0), (9.0, 4.0)),
        densities!(Moyal::new(loc, scale), -4.0..14.0; (0.0, 1.0), (0.0, 2.0), (4.0, 1.0), (4.0, 2.0)),
        densities!(Normal::new(loc, scale), -5.0..5.0; (0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (-2.0, 0.7)),
        densities!(NormalInverseGaussian::new(loc, scale, tailweight, skewness), -5.0..5.0;
            (0.0, 1.0, 1.0, 0.0), (0.0, 1.0, 4.0, 0.0), (0.0, 1.0, 2.0, 1.5), (0.0, 1.0, 2.0, -1.5)),
        densities!(SinhArcsinh::new(loc, scale, skewness, tailweight), -5.0..5.0;
            (0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 0.0, 0.5), (0.0, 1.0, 0.0, 2.0)),
        densities!(SkewNormal::new(loc, scale, alpha), -4.0..4.0;
            (0.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 1.0, 4.0), (0.0, 1.0, -4.0)),
        densities!(SoftLaplace::new(loc, scale), -10.0..10.0; (0.0, 1.0), (0.0, 2.0), (0.0, 4.0), (-5.0, 2.0)),
        densities!(Stable::new(stability, skew, loc, scale), -5.0..5.0;
            (2.0, 0.0, 0.0, 1.0), (1.5, 0.0, 0.0, 1.0), (0.7, 0.0, 0.0, 1.0), (1.2, 0.9, 0.0, 1.0)),
        densities!(StudentT::new(df, loc, scale), -5.0..5.0;
            (1.0, 0.0, 1.0), (3.0, 0.0, 1.0), (100.0, 0.0, 1.0), (3.0, -2.0, 0.5)),
        densities!(TwoPieceNormal::new(loc, scale, skewness), -5.0..5.0;
            (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, 0.5), (0.0, 1.0, 4.0)),
        densities!(WienerFirstPassage::new(boundary_separation, non_decision_time, relative_start, drift), -2.0..2.0;
            (1.0, 0.2, 0.5, 0.0), (1.0, 0.2, 0.5, 2.0), (1.0, 0.2, 0.8, 0.0), (2.0, 0.2, 0.5, 2.0))
        .up_to(4.5),
    ]
}

fn on_half_lines() -> Vec<Densities> {
    vec![
        densities!(Chi::new(df), 0.0..5.0; (1.0), (2.0), (4.0), (8.0)),
        densities!(Chi2::new(df), 0.0..15.0; (1.0), (2.0), (4.0), (8.0)).up_to(0.6),
        densities!(Dagum::new(concentration, sharpness, scale), 0.0..4.0;
            (1.0, 1.0, 1.0), (1.0, 2.0, 1.0), (1.0, 4.0, 1.0), (0.2, 8.0, 2.0))
        .up_to(1.4),
        densities!(Exponential::new(rate), 0.0..5.0; (0.5), (1.0), (1.5), (2.0)),
        densities!(FisherSnedecor::new(df1, df2), 0.0..5.0; (1.0, 1.0), (2.0, 1.0), (5.0, 2.0), (100.0, 100.0))
            .up_to(2.2),
        densities!(Frechet::new(concentration, scale), 0.0..4.0; (1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 2.0)),
        densities!(Gamma::new(concentration, rate), 0.0..12.0; (0.5, 1.0), (1.0, 0.5), (3.0, 1.0), (9.0, 2.0))
            .up_to(0.6),
        densities!(GammaGamma::new(concentration, mixing_concentration, mixing_rate), 0.0..8.0;
            (1.0, 2.0, 2.0), (4.0, 2.0, 1.0), (4.0, 8.0, 4.0), (4.0, 8.0, 8.0)),
        densities!(GeneralizedPareto::new(loc, scale, concentration), -0.5..5.0;
            (0.0, 1.0, 0.0), (0.0, 1.0, 2.0), (0.0, 1.0, -0.4), (0.0, 2.0, -1.0)),
        densities!(Gompertz::new(concentration, rate), 0.0..4.0; (0.1, 1.0), (0.1, 2.0), (1.0, 1.0), (2.0, 1.0)),
        densities!(HalfCauchy::new(scale), 0.0..6.0; (0.5), (1.0), (2.0), (4.0)),
        densities!(HalfNormal::new(scale), 0.0..6.0; (0.5), (1.0), (2.0), (4.0)),
        densities!(HalfStudentT::new(df, scale), 0.0..6.0; (1.0, 1.0), (3.0, 1.0), (100.0, 1.0), (3.0, 2.0)),
        densities!(InverseGamma::new(concentration, scale), 0.0..3.0; (1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 0.5)),
        densities!(InverseGaussian::new(loc, concentration), 0.0..3.0; (1.0, 0.2), (1.0, 1.0), (1.0, 10.0), (2.0, 10.0)),
        densities!(Levy::new(loc, scale), 0.0..5.0; (0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (1.0, 1.0)),
        densities!(LogLogistic::new(loc, scale), 0.0..4.0; (0.0, 1.0), (0.0, 0.5), (0.0, 0.25), (0.7, 0.25)).up_to(1.3),
        densities!(LogNormal::new(loc, scale), 0.0..4.0; (0.0, 0.25), (0.0, 0.5), (0.0, 1.0), (0.7, 0.25)),
        densities!(LowerTruncatedPowerLaw::new(alpha, low), 0.0..5.0; (-1.5, 1.0), (-2.0, 1.0), (-4.0, 1.0), (-4.0, 2.0)),
        densities!(NoncentralChi2::new(df, noncentrality), 0.0..15.0; (2.0, 1.0), (2.0, 4.0), (4.0, 1.0), (4.0, 4.0)),
        densities!(Rice::new(distance, scale), 0.0..6.0; (0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (4.0, 0.5)),
        densities!(Pareto::new(concentration, scale), 0.0..5.0; (1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 2.0)),
        densities!(Weibull::new(concentration, scale), 0.0..2.5; (0.5, 1.0), (1.0, 1.0), (1.5, 1.0), (5.0, 1.0))
            .up_to(2.4),
    ]
}

fn on_intervals() -> Vec<Densities> {
    vec![
        densities!(Beta::new(concentration1, concentration0), 0.0..1.0; (0.5, 0.5), (2.0, 2.0), (2.0, 5.0), (5.0, 1.0)).up_to(3.6),
        densities!(BetaProportion::new(mean, concentration), 0.0..1.0; (0.5, 1.0), (0.5, 4.0), (0.3, 10.0), (0.8, 30.0)).up_to(6.0),
        densities!(ContinuousBernoulli::new(probs), 0.0..1.0; (0.05), (0.3), (0.5), (0.9)),
        densities!(Kumaraswamy::new(concentration1, concentration0), 0.0..1.0;
            (0.5, 0.5), (2.0, 2.0), (2.0, 5.0), (5.0, 1.0)).up_to(3.6),
        densities!(DoublyTruncatedPowerLaw::new(alpha, low, high), 0.0..6.0;
            (-2.0, 0.5, 5.0), (-1.0, 0.5, 5.0), (0.5, 0.5, 5.0), (3.0, 0.5, 5.0)),
        densities!(LogUniform::new(low, high), 0.0..10.0; (1.0, 3.0), (1.0, 9.0), (0.5, 5.0), (4.0, 8.0)),
        densities!(LogitNormal::new(loc, scale), 0.0..1.0; (0.0, 0.5), (0.0, 1.0), (0.0, 3.0), (1.0, 1.0)).up_to(3.6),
        densities!(PERT::new(low, peak, high, temperature), -0.5..10.5;
            (0.0, 5.0, 10.0, 4.0), (0.0, 2.0, 10.0, 4.0), (0.0, 2.0, 10.0, 20.0), (4.0, 9.0, 10.0, 4.0)),
        densities!(Triangular::new(low, high, peak), -0.5..10.5; (0.0, 10.0, 5.0), (0.0, 10.0, 2.0), (0.0, 10.0, 10.0), (2.0, 6.0, 5.0)),
        densities!(TruncatedNormal::new(loc, scale, low, high), -4.0..4.0;
            (0.0, 1.0, -1.0, 2.0), (0.0, 2.0, -3.0, 3.0), (-1.0, 1.0, -1.0, f64::INFINITY), (3.0, 1.0, -2.0, 2.0)),
        densities!(Uniform::new(low, high), -1.0..7.0; (0.0, 1.0), (0.5, 3.0), (1.0, 5.0), (3.0, 6.0)),
    ]
}
