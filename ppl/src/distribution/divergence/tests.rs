//! Each pair against quadrature, sums and finite differences, and the list of pairs against torch and the documents.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::by_type::PAIRS;
use crate::bijector::{Affine, Exp, IntoBijector};
use crate::distribution::conformance::{derivative, ends, integral, quartiles};
use crate::distribution::*;
use crate::program::tests::assert_program_is_tape;
use crate::random::Key;
use crate::{Result, Shape, Tensor, grad};

/// A distribution of scalars by its parameters, and parameters to try.
struct Member {
    name: &'static str,
    build: fn(&[Tensor]) -> Result<Arc<dyn Distribution>>,
    points: &'static [&'static [f64]],
    /// How many of the last parameters have no derivative.
    constants: usize,
    /// The parameters at which the density has a corner.
    corners: &'static [usize],
}

macro_rules! members {
    ($($Name:ident::$new:ident($($parameter:ident),+) at $points:expr $(, constants $constants:literal)? $(, corner $corner:literal)?;)+) => {
        const MEMBERS: &[Member] = &[$(
            Member {
                name: stringify!($Name),
                build: |parameters| {
                    let [$($parameter),+] = parameters else { unreachable!("the points have all parameters") };
                    Ok(Arc::new($Name::$new($($parameter),+)?))
                },
                points: $points,
                constants: 0 $(+ $constants)?,
                corners: &[$($corner)?],
            }
        ),+];
    };
}

members! {
    Bernoulli::new(probs) at &[&[0.3], &[0.85]];
    Bernoulli::from_logits(logits) at &[&[-0.4], &[1.2]];
    Beta::new(concentration1, concentration0) at &[&[2.5, 1.2], &[0.7, 3.1], &[1.0, 1.0]];
    BetaProportion::new(mean, concentration) at &[&[0.3, 4.0], &[0.6, 2.5]];
    Cauchy::new(loc, scale) at &[&[0.3, 1.2], &[-1.0, 0.5]];
    Chi::new(df) at &[&[3.0], &[1.4]];
    Chi2::new(df) at &[&[3.0], &[1.4]];
    ContinuousBernoulli::new(probs) at &[&[0.2], &[0.9], &[0.5]];
    ContinuousBernoulli::from_logits(logits) at &[&[-3.0], &[0.7]];
    DiscreteUniform::new(low, high) at &[&[1.0, 4.0], &[0.0, 6.0]], constants 2;
    ExpGamma::new(concentration, rate) at &[&[2.2, 1.3], &[0.8, 0.4]];
    Exponential::new(rate) at &[&[0.7], &[2.3]];
    Gamma::new(concentration, rate) at &[&[2.2, 1.3], &[0.8, 0.4], &[1.0, 0.7]];
    Geometric::new(probs) at &[&[0.3], &[0.85]];
    Gumbel::new(loc, scale) at &[&[0.3, 0.8], &[-0.6, 1.7]];
    HalfCauchy::new(scale) at &[&[0.4], &[1.9]];
    HalfNormal::new(scale) at &[&[0.4], &[1.9]];
    InverseGamma::new(concentration, scale) at &[&[2.2, 1.3], &[0.8, 0.4]];
    Laplace::new(loc, scale) at &[&[0.3, 0.8], &[-0.6, 1.7]], corner 0;
    LogNormal::new(loc, scale) at &[&[0.3, 0.8], &[-0.6, 1.7]];
    LogUniform::new(low, high) at &[&[0.3, 0.8], &[0.2, 1.7]];
    LogitNormal::new(loc, scale) at &[&[0.3, 0.8], &[-0.6, 1.7]];
    Normal::new(loc, scale) at &[&[0.3, 0.8], &[-0.6, 1.7]];
    Pareto::new(concentration, scale) at &[&[3.5, 0.15], &[1.6, 0.4], &[0.8, 0.3]];
    Poisson::new(rate) at &[&[0.7], &[2.3]];
    Poisson::from_log_rate(log_rate) at &[&[-0.4], &[0.8]];
    ProbitBernoulli::new(probs) at &[&[0.3], &[0.85]];
    Uniform::new(low, high) at &[&[0.2, 0.9], &[-0.5, 1.6], &[0.0, 1.0]];
    VonMises::new(loc, concentration) at &[&[0.3, 1.4], &[-2.0, 0.2]];
    Weibull::new(concentration, scale) at &[&[0.8, 1.7], &[1.9, 0.8]];
}

/// Pairs whose divergence is tested elsewhere: distributions of vectors and of totals by the conformance checks of each.
const ELSEWHERE: &[(&str, &str)] = &[
    ("AutoRegressive", "AutoRegressive"),
    ("Binomial", "Binomial"),
    ("CAR", "CAR"),
    ("Categorical", "Categorical"),
    ("CirculantNormal", "CirculantNormal"),
    ("Dirichlet", "Dirichlet"),
    ("GaussianProcess", "GaussianProcess"),
    ("GaussianProcessRegressionModel", "GaussianProcessRegressionModel"),
    ("GaussianRandomWalk", "GaussianRandomWalk"),
    ("ICAR", "ICAR"),
    ("InverseWishart", "InverseWishart"),
    ("LKJ", "LKJ"),
    ("LKJCholesky", "LKJCholesky"),
    ("LogisticNormal", "LogisticNormal"),
    ("MatrixNormal", "MatrixNormal"),
    ("Multinomial", "Multinomial"),
    ("MultivariateNormal", "MultivariateNormal"),
    ("OneHotCategorical", "OneHotCategorical"),
    ("OneHotCategoricalStraightThrough", "OneHotCategoricalStraightThrough"),
    ("OrderedLogistic", "OrderedLogistic"),
    ("OrderedProbit", "OrderedProbit"),
    ("Poisson", "Binomial"),
    ("PowerSpherical", "SphericalUniform"),
    ("PowerSpherical", "VonMisesFisher"),
    ("SphericalUniform", "SphericalUniform"),
    ("VariationalGaussianProcess", "VariationalGaussianProcess"),
    ("VectorExponentialDiag", "VectorExponentialDiag"),
    ("VonMisesFisher", "SphericalUniform"),
    ("VonMisesFisher", "VonMisesFisher"),
    ("Wishart", "Wishart"),
    ("ZeroSumNormal", "ZeroSumNormal"),
];

/// The pairs of `torch.distributions.kl` that are no wrappers, of version 2.
///
/// It has two classes of multivariate normal distributions, which are one here.
const TORCH: &str = "
    Bernoulli Bernoulli, Beta Beta, Binomial Binomial, Categorical Categorical, Cauchy Cauchy,
    ContinuousBernoulli ContinuousBernoulli, Dirichlet Dirichlet, Exponential Exponential, Gamma Gamma, Gumbel Gumbel,
    Geometric Geometric, HalfNormal HalfNormal, Laplace Laplace, MultivariateNormal MultivariateNormal, Normal Normal,
    OneHotCategorical OneHotCategorical, Pareto Pareto, Poisson Poisson, Uniform Uniform,
    Bernoulli Poisson, Beta ContinuousBernoulli, Beta Exponential, Beta Gamma, Beta Normal, Beta Pareto, Beta Uniform,
    ContinuousBernoulli Exponential, ContinuousBernoulli Normal, ContinuousBernoulli Pareto, ContinuousBernoulli Uniform,
    Exponential Beta, Exponential ContinuousBernoulli, Exponential Gamma, Exponential Gumbel, Exponential Normal,
    Exponential Pareto, Exponential Uniform,
    Gamma Beta, Gamma ContinuousBernoulli, Gamma Exponential, Gamma Gumbel, Gamma Normal, Gamma Pareto, Gamma Uniform,
    Gumbel Beta, Gumbel ContinuousBernoulli, Gumbel Exponential, Gumbel Gamma, Gumbel Normal, Gumbel Pareto,
    Gumbel Uniform,
    Laplace Beta, Laplace ContinuousBernoulli, Laplace Exponential, Laplace Gamma, Laplace Normal, Laplace Pareto,
    Laplace Uniform,
    Normal Beta, Normal ContinuousBernoulli, Normal Exponential, Normal Gamma, Normal Gumbel, Normal Laplace,
    Normal Pareto, Normal Uniform,
    Pareto Beta, Pareto ContinuousBernoulli, Pareto Exponential, Pareto Gamma, Pareto Normal, Pareto Uniform,
    Poisson Bernoulli, Poisson Binomial,
    Uniform Beta, Uniform ContinuousBernoulli, Uniform Exponential, Uniform Gamma, Uniform Gumbel, Uniform Normal,
    Uniform Pareto";

fn scalars(point: &[f64]) -> Vec<Tensor> {
    point.iter().map(|&parameter| Tensor::from(parameter)).collect()
}

/// Every pair of members that has a closed form.
fn pairs() -> impl Iterator<Item = (&'static Member, &'static Member)> {
    let all = MEMBERS.iter().flat_map(|p| MEMBERS.iter().map(move |q| (p, q)));
    all.filter(|(p, q)| PAIRS.contains(&(p.name, q.name)))
}

/// E ln(p(X) / q(X)); ∞ where p has draws that q has not, and where a mean is infinite.
fn by_quadrature((p, at): (&Member, &[f64]), (q, other_at): (&Member, &[f64])) -> f64 {
    let (left, right) = ((p.build)(&scalars(at)).unwrap(), (q.build)(&scalars(other_at)).unwrap());
    let draws = left.sample(&mut Key::new(1).rng("kl", 0), &Shape::from(500)).unwrap();
    let ((low, high), (other_low, other_high)) = (ends(&left.support()), ends(&right.support()));
    if low < other_low || high > other_high {
        return f64::INFINITY;
    }
    let highest_moment = match q.name {
        "Exponential" | "Gamma" | "Chi2" => 1.0,
        "Normal" => 2.0,
        _ => 0.0,
    };
    if p.name == "Pareto" && at[0] <= highest_moment {
        return f64::INFINITY;
    }
    let term = |x: f64| {
        let x = Tensor::from(x);
        let log_p = left.log_prob(&x).unwrap().item();
        if log_p == f64::NEG_INFINITY { 0.0 } else { log_p.exp() * (log_p - right.log_prob(&x).unwrap().item()) }
    };
    if left.support().is_discrete() {
        return (0..300).map(|count| term(f64::from(count))).sum();
    }
    let (centre, width) = quartiles(&draws.to_vec());
    let mut stops = vec![low];
    stops.extend(p.corners.iter().map(|&which| at[which]));
    stops.extend(q.corners.iter().map(|&which| other_at[which]));
    stops.push(high);
    stops.sort_by(f64::total_cmp);
    let part = |stops: &[f64]| {
        let [from, to] = [stops[0], stops[1]];
        let centre = if from.is_finite() && to.is_infinite() {
            from + width
        } else if to.is_finite() && from.is_infinite() {
            to - width
        } else {
            centre
        };
        if from < to { integral(term, (from, to), centre, width) } else { 0.0 }
    };
    stops.windows(2).map(part).sum()
}

/// Relative to 1 or the value: the quadrature has ten digits of densities with a pole.
#[test]
fn closed_forms_are_integrals() {
    for (p, q) in pairs() {
        for at in p.points {
            for other_at in q.points {
                let divergence = |at: &[Tensor], other: &[Tensor]| {
                    kl_divergence((p.build)(at)?.as_ref(), (q.build)(other)?.as_ref())
                };
                let got = divergence(&scalars(at), &scalars(other_at)).unwrap().item();
                let want = by_quadrature((p, at), (q, other_at));
                let is_close = got == want || (got - want).abs() < 1e-9 * want.abs().max(1.0);
                assert!(is_close, "KL({} {at:?} ‖ {} {other_at:?}): {got}, by quadrature {want}", p.name, q.name);
                if at == other_at && p.name == q.name {
                    assert!(got.abs() < 1e-14, "KL({0} {at:?} ‖ itself) is {got}", p.name);
                }
            }
        }
    }
}

/// In the parameters of both, by the tape as finite differences say, and by programs as by the tape.
#[test]
fn closed_forms_are_differentiated() {
    for (p, q) in pairs() {
        for (at, other_at) in p.points.iter().flat_map(|at| q.points.iter().map(move |other| (at, other))) {
            let what = format!("KL({} {at:?} ‖ {} {other_at:?})", p.name, q.name);
            let (moving, others_moving) = (at.len() - p.constants, other_at.len() - q.constants);
            let divergence = |inputs: &[Tensor]| {
                let with = |point: &[f64], inputs: &[Tensor]| {
                    let mut parameters = inputs.to_vec();
                    parameters.extend(scalars(&point[inputs.len()..]));
                    parameters
                };
                let (own, others) = inputs.split_at(moving);
                kl_divergence((p.build)(&with(at, own))?.as_ref(), (q.build)(&with(other_at, others))?.as_ref())
            };
            let inputs: Vec<Tensor> =
                scalars(&at[..moving]).into_iter().chain(scalars(&other_at[..others_moving])).collect();
            if inputs.is_empty() {
                continue;
            }
            let (value, gradients) = grad(divergence, &inputs).unwrap();
            for (which, gradient) in gradients.iter().enumerate() {
                let element = inputs[which].item();
                if value.is_infinite() {
                    assert!(!gradient.item().is_nan(), "{what}: no gradient of ∞ is NaN");
                    continue;
                }
                let moved = |to: f64| {
                    let mut inputs = inputs.clone();
                    inputs[which] = Tensor::from(to);
                    divergence(&inputs).map_or(f64::NAN, |divergence| divergence.item())
                };
                let want = derivative(moved, element, if element == 0.0 { 1.0 } else { element.abs() });
                let got = gradient.item();
                // At an end of the other support there is a divergence on one side only.
                let is_close = !want.is_finite() || (got - want).abs() < 1e-8 * want.abs().max(1.0);
                assert!(is_close, "{what}: derivative {got} by input {which}, by differences {want}");
            }
            // At a corner the third derivatives jump, which differences of the gradient take for a part of the second ones.
            let is_at_corner = p.corners.iter().any(|&which| at[which] == other_at[which]) && p.name == q.name;
            if value.is_finite() && !at.contains(&0.0) && !other_at.contains(&0.0) && !is_at_corner {
                assert_program_is_tape(&what, &inputs, divergence);
            }
        }
    }
}

/// A batch of p along one axis and of q along another one.
#[test]
fn batches_broadcast() {
    for (p, q) in pairs() {
        let batch = |member: &Member, shape: &dyn Fn(usize) -> Shape| {
            let columns = (0..member.points[0].len()).map(|which| {
                let column: Vec<f64> = member.points.iter().map(|point| point[which]).collect();
                Tensor::new(column, shape(member.points.len())).unwrap()
            });
            (member.build)(&columns.collect::<Vec<_>>()).unwrap()
        };
        let (left, right) = (batch(p, &|count| Shape::from([count, 1])), batch(q, &|count| Shape::from(count)));
        let together = kl_divergence(left.as_ref(), right.as_ref()).unwrap();
        assert_eq!(together.shape().dims(), [p.points.len(), q.points.len()], "{} ‖ {}", p.name, q.name);
        for (row, at) in p.points.iter().enumerate() {
            for (column, other_at) in q.points.iter().enumerate() {
                let one = |member: &Member, at: &[f64]| (member.build)(&scalars(at)).unwrap();
                let alone = kl_divergence(one(p, at).as_ref(), one(q, other_at).as_ref()).unwrap().item();
                let got = together.get(row).get(column).item();
                let what = format!("KL({} {at:?} ‖ {} {other_at:?})", p.name, q.name);
                assert!(
                    got == alone || (got - alone).abs() < 1e-14 * (1.0 + alone.abs()),
                    "{what}: {got}, not {alone}"
                );
            }
        }
    }
}

#[test]
fn no_pair_is_lost() {
    let has: BTreeSet<(&str, &str)> = PAIRS.iter().copied().collect();
    assert_eq!(has.len(), PAIRS.len(), "a pair is listed twice");
    for pair in TORCH.split(',') {
        let mut names = pair.split_whitespace();
        let pair = (names.next().unwrap(), names.next().unwrap());
        assert!(has.contains(&pair), "torch has {pair:?}");
    }
    let here = MEMBERS.iter().flat_map(|p| MEMBERS.iter().map(|q| (p.name, q.name)));
    let tested: BTreeSet<(&str, &str)> = here.chain(ELSEWHERE.iter().copied()).collect();
    let untested: Vec<_> = has.difference(&tested).collect();
    assert!(untested.is_empty(), "no test of {untested:?}");
    assert!(ELSEWHERE.iter().all(|pair| has.contains(pair)));
}

/// The table in the documentation of `KlDivergence` lists the pairs.
#[test]
fn the_table_of_the_documentation_is_the_list() {
    let rows = include_str!("../capability.rs").lines().filter_map(|line| line.strip_prefix("/// | [`"));
    let cells = |row: &str| {
        let names = row.split(['[', ']', '|', ',']).filter_map(|part| part.strip_prefix('`')?.strip_suffix('`'));
        names.map(str::to_owned).collect::<Vec<String>>()
    };
    let documented: BTreeSet<(String, String)> = rows
        .flat_map(|row| {
            let row = format!("[`{row}");
            let names = cells(&row);
            names[1..].iter().map(|q| (names[0].clone(), q.clone())).collect::<Vec<_>>()
        })
        .collect();
    // A row without a list is of a distribution and itself.
    let listed: BTreeSet<(String, String)> =
        PAIRS.iter().filter(|(p, q)| p != q).map(|(p, q)| ((*p).to_owned(), (*q).to_owned())).collect();
    assert_eq!(documented, listed);
    let text = include_str!("../capability.rs");
    for (p, q) in PAIRS {
        assert!(p != q || text.contains(&format!("[`{p}`](super::{p})")), "{p} is not named");
    }
}

#[test]
fn wrapped_distributions_have_the_divergence_of_what_they_wrap() {
    let normal = |loc: [f64; 2], scale: f64| Normal::new(loc, scale).unwrap();
    let (p, q) = (normal([0.3, -1.0], 0.8), normal([0.0, 0.5], 1.3));
    let each = p.kl_divergence(&q).unwrap();
    let close = |got: Result<Tensor>, want: &Tensor| {
        let got = got.unwrap();
        assert_eq!(got.shape(), want.shape());
        assert!((&got - want).abs().max() < 1e-14, "{got} {want}");
    };
    let sum = each.sum();
    let independent = |base: &Normal| base.clone().to_event(1).unwrap();
    close(independent(&p).kl_divergence(&independent(&q)), &sum);
    close(kl_divergence(&independent(&p), &independent(&q)), &sum);
    let expanded = |base: &Normal| base.clone().expand([3, 2]).unwrap();
    close(expanded(&p).kl_divergence(&expanded(&q)), &each.broadcast_to([3, 2]));
    close(kl_divergence(&expanded(&p), &q), &each.broadcast_to([3, 2]));
    close(kl_divergence(&p, &expanded(&q)), &each.broadcast_to([3, 2]));
    let iid = |base: &Normal| base.clone().iid([3, 4]).unwrap();
    close(iid(&p).kl_divergence(&iid(&q)), &(&each * 12.0));
    close(kl_divergence(&iid(&p), &iid(&q)), &(&each * 12.0));
    let reshaped = |base: &Normal| base.clone().reshape_batch([2, 1]).unwrap();
    close(reshaped(&p).kl_divergence(&reshaped(&q)), &each.reshape([2, 1]));
    let masked = |base: &Normal, mask: [f64; 2]| base.clone().mask(mask).unwrap();
    let first = &each * Tensor::from([1.0, 0.0]);
    close(masked(&p, [1.0, 1.0]).kl_divergence(&masked(&q, [1.0, 0.0])), &first);
    let exp = |base: &Normal| base.clone().transform(Exp).unwrap();
    close(exp(&p).kl_divergence(&exp(&q)), &each);
    // A bijector of scalars with events, of which the base has an axis.
    let affine = Affine::new([1.0, 2.0], [3.0, 0.5]).into_bijector().unwrap();
    let shifted = |base: &Normal| base.clone().to_event(1).transform(affine.clone()).unwrap();
    close(shifted(&p).kl_divergence(&shifted(&q)), &sum);
    let blocks = |a: &Normal, b: [f64; 2]| {
        let simplex = Dirichlet::new(b).into_distribution().unwrap();
        Blockwise::new([a.clone().to_event(1).into_distribution().unwrap(), simplex]).unwrap()
    };
    let of_simplex = Beta::new(1.5, 2.0).unwrap().kl_divergence(&Beta::new(0.5, 3.0).unwrap()).unwrap();
    close(blocks(&p, [1.5, 2.0]).kl_divergence(&blocks(&q, [0.5, 3.0])), &(&sum + &of_simplex));
    // What is wrapped by one only, in two ways, or has no closed form.
    let other_affine = Affine::new([1.0, 2.0], [3.0, 0.5]).into_bijector().unwrap();
    let other = q.clone().to_event(1).transform(other_affine).unwrap();
    for (p, q) in [
        (&shifted(&p) as &dyn Distribution, &other as &dyn Distribution),
        (&exp(&p), &q),
        (&p, &masked(&q, [1.0, 1.0])),
        (&p, &StudentT::new(3.0, 0.0, 1.0).unwrap()),
    ] {
        let error = kl_divergence(p, q).unwrap_err().to_string();
        assert!(error.contains("closed form is not supported") && error.contains("monte_carlo_kl"), "{error}");
    }
    let error = kl_divergence(&independent(&p), &iid(&q)).unwrap_err().to_string();
    assert!(error.contains("agree as event shapes"), "{error}");
}

#[test]
fn a_point_is_as_far_as_its_log_density() {
    let q = Normal::new([0.0, 1.0], 2.0).unwrap();
    let point = Delta::new(0.5).unwrap().with_log_density(0.3).unwrap();
    let want = 0.3 - q.log_prob(&0.5.into()).unwrap();
    assert_eq!(point.kl_divergence(&q).unwrap(), want);
    assert_eq!(kl_divergence(&point, &q).unwrap(), want);
}

#[test]
fn counts_without_events() {
    let none = Poisson::new([0.0, 1.0]).unwrap();
    let coin = Bernoulli::new(0.25).unwrap();
    let got = none.kl_divergence(&coin).unwrap().to_vec();
    assert!((got[0] - (4.0_f64 / 3.0).ln()).abs() < 1e-15 && got[1] == f64::INFINITY, "{got:?}");
    let trials = Binomial::new([[3.0], [0.0]], 0.25).unwrap();
    let got = none.kl_divergence(&trials).unwrap();
    assert_eq!(got.shape().dims(), [2, 2]);
    let got = got.to_vec();
    assert!((got[0] - 3.0 * (4.0_f64 / 3.0).ln()).abs() < 1e-15, "{got:?}");
    assert_eq!(got[1..], [f64::INFINITY, 0.0, f64::INFINITY]);
    assert_eq!(Bernoulli::new(0.0).unwrap().kl_divergence(&Poisson::new(1.5).unwrap()).unwrap(), 1.5);
    // More trials than the other has: outcomes that it has not, unless there are no successes.
    let (p, q) = (Binomial::new(3.0, [0.0, 0.5]).unwrap(), Binomial::new(2.0, 0.25).unwrap());
    let got = p.kl_divergence(&q).unwrap().to_vec();
    assert!((got[0] - 2.0 * (4.0_f64 / 3.0).ln()).abs() < 1e-15 && got[1] == f64::INFINITY, "{got:?}");
    assert!(q.kl_divergence(&p).unwrap_err().to_string().contains("more trials"));
}

/// Divergences of distributions measured in this unit.
fn in_unit(unit: f64) -> Result<Vec<(&'static str, Tensor)>> {
    let normal = Normal::new(0.4 * unit, 1.3 * unit)?;
    let gamma = Gamma::new(2.2, 0.7 / unit)?;
    Ok(vec![
        ("Exponential", Exponential::new(0.7 / unit)?.kl_divergence(&normal)?),
        ("Gamma", gamma.kl_divergence(&normal)?),
        ("Gumbel", Gumbel::new(0.0, 0.7 * unit)?.kl_divergence(&normal)?),
        ("Laplace", Laplace::new(0.0, 0.7 * unit)?.kl_divergence(&normal)?),
        ("Pareto", Pareto::new(3.1, 0.7 * unit)?.kl_divergence(&normal)?),
        ("Uniform", Uniform::new(0.0, 0.7 * unit)?.kl_divergence(&normal)?),
        ("Uniform from Gamma", Uniform::new(0.1 * unit, 0.7 * unit)?.kl_divergence(&gamma)?),
        ("Cauchy", Cauchy::new(0.0, 0.7 * unit)?.kl_divergence(&Cauchy::new(0.4 * unit, 1.3 * unit)?)?),
    ])
}

/// At scales of 1e±200 squares would leave the range of numbers; a change of the unit does not touch a divergence.
#[test]
fn the_unit_does_not_matter() {
    for unit in [1e-200, 1e200] {
        for ((what, got), (_, want)) in in_unit(unit).unwrap().into_iter().zip(in_unit(1.0).unwrap()) {
            // Logarithms of 460 are subtracted.
            assert!((&got - &want).abs().item() < 1e-12, "{what} at {unit:e}: {got}, not {want}");
        }
    }
}

/// The Dirichlet distribution of two weights is a beta distribution; a Wishart matrix of one row, a gamma variable.
#[test]
fn vectors_of_one_degree_of_freedom_are_scalars() {
    let close = |got: Tensor, want: Tensor| assert!((&got - &want).abs().max() < 1e-13, "{got} {want}");
    let dirichlet = |a: [f64; 2]| Dirichlet::new(a).unwrap();
    let beta = |a: [f64; 2]| Beta::new(a[0], a[1]).unwrap();
    let (p, q) = ([1.5, 2.5], [0.6, 3.0]);
    close(dirichlet(p).kl_divergence(&dirichlet(q)).unwrap(), beta(p).kl_divergence(&beta(q)).unwrap());
    // W = s χ²(df) is Gamma(df / 2, 1 / (2 s)).
    let wishart = |df: f64, s: f64| Wishart::new(df, [[s]]).unwrap();
    let gamma = |df: f64, s: f64| Gamma::new(0.5 * df, 0.5 / s).unwrap();
    let want = gamma(3.0, 0.7).kl_divergence(&gamma(4.5, 1.2)).unwrap();
    close(wishart(3.0, 0.7).kl_divergence(&wishart(4.5, 1.2)).unwrap(), want);
}
