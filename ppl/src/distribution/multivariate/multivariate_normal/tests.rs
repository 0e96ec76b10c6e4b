//! Each form against the laws and the table, and forms against each other.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::grad;

/// The symmetric matrix with this lower triangle, so that an entry can move on its own.
fn symmetric(matrix: &Tensor) -> Tensor {
    matrix.tril(0) + matrix.tril(-1).transpose()
}

fn build(p: &Parameters) -> Result<MultivariateNormal> {
    let loc = p.get("loc");
    if p.has("scale_tril") {
        MultivariateNormal::from_scale_tril(loc, p.get("scale_tril").tril(0))
    } else if p.has("precision_matrix") {
        MultivariateNormal::from_precision(loc, symmetric(&p.get("precision_matrix")))
    } else if p.has("scale_diag") {
        MultivariateNormal::diagonal(loc, p.get("scale_diag"))
    } else if p.has("cov_factor") {
        MultivariateNormal::low_rank(loc, p.get("cov_factor"), p.get("cov_diag"))
    } else {
        MultivariateNormal::new(loc, symmetric(&p.get("covariance_matrix")))
    }
}

fn family() -> Family<MultivariateNormal> {
    Family::new("MultivariateNormal", build)
        .at(parameters! { loc: [0.3, -1.0], covariance_matrix: [[1.7, 0.4], [0.4, 0.9]] })
        .at(parameters! { loc: [0.1, -0.8], covariance_matrix: [[0.7, -0.2], [-0.2, 0.6]] })
        .rejects(
            parameters! { loc: [0.0, f64::INFINITY], covariance_matrix: [[1.0, 0.0], [0.0, 1.0]] },
            "MultivariateNormal: `loc` must be finite and real, got inf at [1]",
        )
        .rejects(
            parameters! { loc: 0.0, covariance_matrix: [[1.0, 2.0], [2.0, 1.0]] },
            "MultivariateNormal: `covariance_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
        )
        .draws([0.017831055244317495, -1.3361714551170083, 1.6995813998894858, -1.6694331477644195, 0.029230225923696895, -1.726507382539456])
}

conformance::distribution!(
    family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
);

mod scale_tril {
    use super::*;

    fn family() -> Family<MultivariateNormal> {
        Family::new("MultivariateNormal", build)
            .at(parameters! { loc: [0.3, -1.0], scale_tril: [[1.3, 0.0], [0.4, 0.9]] })
            .at(parameters! { loc: [0.1, -0.8], scale_tril: [[0.7, 0.0], [-0.2, 0.6]] })
            .rejects(
                parameters! { loc: f64::NAN, scale_tril: [[1.0, 0.0], [2.0, 1.0]] },
                "MultivariateNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale_tril: [[1.0, 0.0], [2.0, -1.0]] },
                "MultivariateNormal: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -1 at [1, 1], on the diagonal",
            )
            .draws([0.01866218796209873, -1.3570325805331254, 1.6954589125843946, -1.5719227361995873, 0.03002778221897212, -1.7475563413457418])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );
}

mod precision {
    use super::*;

    fn family() -> Family<MultivariateNormal> {
        Family::new("MultivariateNormal", build)
            .at(parameters! { loc: [0.3, -1.0], precision_matrix: [[1.7, 0.4], [0.4, 0.9]] })
            .at(parameters! { loc: [0.1, -0.8], precision_matrix: [[3.7, -0.2], [-0.2, 2.6]] })
            .rejects(
                parameters! { loc: f64::NAN, precision_matrix: [[1.0, 0.0], [0.0, 1.0]] },
                "MultivariateNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, precision_matrix: [[-1.0, 0.0], [0.0, 1.0]] },
                "MultivariateNormal: `precision_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix whose leading minor of order 1 is not positive (pivot -1)",
            )
            .draws([0.12459348320544575, -1.2388163880333545, 1.170030890669505, -2.559410725657564, 0.13167962383281998, -1.703448518877059])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );
}

mod diagonal {
    use super::*;

    fn family() -> Family<MultivariateNormal> {
        Family::new("MultivariateNormal", build)
            .at(parameters! { loc: [0.3, -1.0], scale_diag: [1.3, 0.9] })
            .at(parameters! { loc: [0.1, -0.8], scale_diag: [0.7, 0.6] })
            .rejects(
                parameters! { loc: f64::NAN, scale_diag: [1.0, 2.0] },
                "MultivariateNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale_diag: [1.0, -2.0] },
                "MultivariateNormal: `scale_diag` must be positive, got -2 at [1]",
            )
            .draws([
                0.01866218796209873,
                -1.2704670999060788,
                1.6954589125843946,
                -2.0012947093024778,
                0.03002778221897212,
                -1.664487966643887,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );
}

mod low_rank {
    use super::*;

    fn family() -> Family<MultivariateNormal> {
        Family::new("MultivariateNormal", build)
            .at(parameters! { loc: [0.3, -1.0, 0.2], cov_factor: [[1.3], [0.9], [-0.4]], cov_diag: [1.2, 0.7, 0.9] })
            .at(parameters! { loc: [0.1, -0.8, 0.0], cov_factor: [[0.3], [-0.2], [0.1]], cov_diag: [0.5, 0.4, 0.6] })
            .rejects(
                parameters! { loc: f64::NAN, cov_factor: [[1.0], [2.0], [0.5]], cov_diag: [1.0, 1.0, 1.0] },
                "MultivariateNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, cov_factor: [[1.0], [f64::INFINITY], [0.5]], cov_diag: [1.0, 1.0, 1.0] },
                "MultivariateNormal: `cov_factor` must be finite and real, got inf at [1, 0]",
            )
            .rejects(
                parameters! { loc: 0.0, cov_factor: [[1.0], [2.0], [0.5]], cov_diag: [1.0, 0.0, 1.0] },
                "MultivariateNormal: `cov_diag` must be positive, got 0 at [1]",
            )
            .draws([
                -0.4490919748905911,
                -1.6059094485946346,
                1.3758904773533567,
                -1.7956229546008016,
                -1.780824787724438,
                -0.2306207880033595,
                -1.4450194090344495,
                0.39724205042345995,
                0.6583240390452756,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );
}

/// Of all pairs of forms, the divergence is that of their covariance matrices.
#[test]
fn divergences_between_forms() {
    let forms = [
        MultivariateNormal::new([0.3, -1.0], [[1.7, 0.4], [0.4, 0.9]]).unwrap(),
        MultivariateNormal::from_precision([0.1, 0.2], [[1.7, 0.4], [0.4, 0.9]]).unwrap(),
        MultivariateNormal::diagonal([0.5, 0.0], [[1.2, 0.4], [0.1, 2.0]]).unwrap(),
        MultivariateNormal::low_rank(0.0, [[1.2], [-0.4]], [0.3, 0.5]).unwrap(),
    ];
    let dense = |form: &MultivariateNormal| MultivariateNormal::new(form.loc(), form.covariance()).unwrap();
    for (p, q) in forms.iter().flat_map(|p| forms.iter().map(move |q| (p, q))) {
        let (got, want) = (p.kl_divergence(q).unwrap(), dense(p).kl_divergence(&dense(q)).unwrap());
        assert_eq!(got.shape(), want.shape());
        assert!((got - &want).abs().max() < 1e-13 * (1.0 + want.abs().max().item()), "{p:?} {q:?}");
    }
}

/// Noise of 1e-8 beside factors of 1: the Woodbury identity would subtract numbers of 1e16.
#[test]
fn little_noise_keeps_the_digits() {
    let shared = MultivariateNormal::low_rank(0.0, [[1.0], [1.0]], [1e-16, 1e-16]).unwrap();
    // x = (1, 1) lies in the direction of the factor, of variance 2 + 1e-16; the other direction has 1e-16.
    let got = shared.log_prob(&Tensor::from([1.0, 1.0])).unwrap().item();
    let want = -0.5 * (2.0 / 2.0) - 0.5 * (2.0_f64.ln() + 1e-16_f64.ln()) - 2.0 * HALF_LN_2PI;
    assert!((got - want).abs() < 1e-13, "{got} {want}");
}

#[test]
fn shapes_that_do_not_fit() {
    assert!(MultivariateNormal::diagonal([0.0; 3], [1.0; 2]).is_err());
    assert!(MultivariateNormal::diagonal([0.0], [1.0; 2]).is_err());
    assert!(MultivariateNormal::diagonal(0.0, 1.0).is_err());
    assert!(MultivariateNormal::low_rank(0.0, [[1.0], [2.0]], [1.0]).is_err());
    assert!(MultivariateNormal::low_rank(0.0, [1.0, 2.0], [1.0, 1.0]).is_err());
    assert!(MultivariateNormal::low_rank([0.0; 3], [[1.0], [2.0]], [1.0, 1.0]).is_err());
}

#[test]
fn an_asymmetric_covariance_is_rejected() {
    let error = MultivariateNormal::new(0.0, [[1.0, 0.5], [0.4, 1.0]]).unwrap_err().to_string();
    assert!(error.contains("`covariance_matrix` must be a symmetric positive definite matrix"), "{error}");
    assert!(MultivariateNormal::new(0.0, [[1.0, 0.5]]).is_err());
    assert!(MultivariateNormal::new([0.0; 3], Tensor::eye(2)).is_err());
}

#[test]
fn a_matrix_without_a_factor_has_a_density_of_nan_while_it_is_differentiated() {
    let density = |p: &[Tensor]| MultivariateNormal::new(0.0, &p[0])?.log_prob(&Tensor::from([1.0, 0.0]));
    let (value, _) = grad(density, &[Tensor::from([[1.0, 2.0], [2.0, 1.0]])]).unwrap();
    assert!(value.is_nan());
}
