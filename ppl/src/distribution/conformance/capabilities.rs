//! What holds for distributions with a certain capability.

use std::sync::Arc;

use super::golden::tensor;
use super::numerics::{chi_square_score, derivative, ends, integral, kolmogorov_smirnov, quartiles, replaced};
use super::{Build, Family, Parameters, assert_close, rng};
use crate::distribution::{Cdf, Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Moments};
use crate::random::Key;
use crate::testing::engines::assert_draws_at_are_tape;
use crate::{Constraint, Result, Shape, Tensor, grad};

/// Number of draws of the checks by simulation: a scale that is off by 3 % fails.
pub(super) const DRAWS: usize = 50_000;

/// Standard errors by which a mean of draws may be off: false alarm rate 6e-7.
const STANDARD_ERRORS: f64 = 5.0;

/// Mean and standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// The values of a discrete distribution in ascending order, up to those that are so far from all draws that their mass is
/// negligible.
fn possible_values(support: &Constraint, draws: &[f64]) -> Vec<f64> {
    if let Constraint::OneOf(points) = support {
        return points.to_vec();
    }
    let (low, high) = ends(support);
    let (smallest, largest) =
        draws.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &draw| (low.min(draw), high.max(draw)));
    let first = if low.is_finite() { low } else { smallest - 3.0 * (largest - smallest) - 200.0 };
    let last = if high.is_finite() { high } else { largest + 3.0 * (largest - first) + 200.0 };
    (0..=(last - first) as usize).map(|step| first + step as f64).collect()
}

impl<D: Distribution + ?Sized> Family<D> {
    /// The density integrates to 1; discrete draws have its frequencies.
    pub fn univariate(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let support = distribution.support();
            let draws = distribution.sample(&mut rng("total"), &Shape::from(DRAWS)).unwrap().to_vec();
            let (low, high) = ends(&support);
            if support.is_discrete() {
                let values = possible_values(&support, &draws);
                let mass = distribution.log_prob(&Tensor::from(&values)).unwrap().exp().to_vec();
                assert_close(mass.iter().sum(), 1.0, 1e-10, 0.0, &format_args!("sum of the masses at {point}"));
                let mut observed = vec![0.0; values.len()];
                for draw in &draws {
                    // Values that are drawn stand among the possible ones.
                    observed[values.partition_point(|value| value < draw)] += 1.0;
                }
                // False alarm rate 3e-5.
                let score = chi_square_score(&observed, &mass);
                assert!(score < 4.0, "chi-square of the draws: {score} standard scores at {point}");
            } else {
                let density = |x: f64| distribution.log_prob(&Tensor::from(x)).unwrap().item().exp();
                let (centre, width) = quartiles(&draws);
                let total = match self.description.corner.map(|corner| corner.at(point)) {
                    None => integral(density, (low, high), centre, width),
                    Some(corner) => {
                        let below = integral(density, (low, corner), corner - width, width);
                        below + integral(density, (corner, high), corner + width, width)
                    }
                };
                assert_close(total, 1.0, 1e-7, 0.0, &format_args!("integral of the density at {point}"));
            }
        }
    }

    /// E[q(X) / p(X)] = 1 where X is drawn from p and q is lighter in the tails.
    pub fn multivariate(&self) {
        let (p, q) = self.two_points();
        let (p, q) = (self.build(p), self.build(q));
        let draws = p.sample(&mut rng("ratio"), &Shape::from(DRAWS)).unwrap();
        let ratios = (q.log_prob(&draws).unwrap() - p.log_prob(&draws).unwrap()).exp().to_vec();
        let (mean, error) = mean_and_error(&ratios);
        assert!(error < 0.1, "choose a second point with lighter tails: the mean ratio has standard error {error}");
        assert!((mean - 1.0).abs() <= STANDARD_ERRORS * error, "mean ratio of densities {mean} ± {error}");
    }

    /// A function of a distribution is differentiated by its parameters as finite differences say.
    pub(super) fn by_derivatives(&self, what: &str, function: impl Fn(&D) -> Tensor) {
        self.by_derivatives_of(what, &|parameters| Ok(function(&*(self.build)(parameters)?)));
    }

    /// The same of a function of its parameters.
    fn by_derivatives_of(&self, what: &str, function: &dyn Fn(&Parameters) -> Result<Tensor>) {
        let point = self.two_points().0;
        for name in point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())) {
            let parameter = point.get(&name);
            let at = |tensor: &Tensor| Ok(function(&point.with(&name, tensor.clone()))?.sum());
            let (value, gradients) = grad(|inputs| at(&inputs[0]), std::slice::from_ref(&parameter)).unwrap();
            if !value.is_finite() {
                continue;
            }
            for (place, (got, element)) in gradients[0].to_vec().into_iter().zip(parameter.to_vec()).enumerate() {
                let moved = |to: f64| at(&replaced(&parameter, place, to)).map_or(f64::NAN, |sum: Tensor| sum.item());
                let want = derivative(moved, element, if element == 0.0 { 1.0 } else { element.abs() });
                assert_close(got, want, 1e-6, 1e-8, &format_args!("d {what} / d {name}[{place}] at {point}"));
            }
        }
    }

    /// A function of a distribution of a batch is that of its members.
    pub(super) fn by_members(&self, what: &str, function: impl Fn(&D) -> Tensor) {
        self.by_members_of(what, &|parameters| Ok(function(&self.build(parameters))));
    }

    /// The same of a function of its parameters.
    fn by_members_of(&self, what: &str, function: &dyn Fn(&Parameters) -> Result<Tensor>) {
        let (parameters, batch) = self.batch();
        let together = function(&parameters).unwrap();
        let inner = function(self.two_points().0).unwrap().shape();
        assert_eq!(together.shape(), batch.concat(&inner), "shape of the {what} of a batch");
        let together = together.reshape(Shape::from(batch.size()).concat(&inner));
        for (place, member) in self.members().iter().enumerate() {
            let alone = function(member).unwrap().to_vec();
            for (got, want) in together.get(place).to_vec().into_iter().zip(alone) {
                assert_close(got, want, 1e-13, 1e-14, &format_args!("{what} of member {place} ({member})"));
            }
        }
    }
}

impl<D: Cdf + ?Sized> Family<D> {
    /// Distribution functions and quantiles agree with each other, with the density and with draws, and are differentiated.
    pub fn cdf(&self) {
        self.compare_cdf(D::cdf, D::icdf);
        self.distribution_functions_agree();
        self.distribution_functions_are_differentiated();
        self.distribution_functions_are_flat_outside();
        self.by_members("cdf", |distribution| {
            let draw = self.build(self.two_points().0).sample(&mut rng("cdf"), &Shape::SCALAR).unwrap();
            distribution.cdf(&draw).unwrap()
        });
        self.by_members("icdf", |distribution| distribution.icdf(&Tensor::from(0.3)).unwrap());
        for point in &self.description.points {
            let distribution = self.build(point);
            let (low, high) = ends(&distribution.support());
            let at_ends = distribution.cdf(&Tensor::from([f64::NEG_INFINITY, low - 1.0, high, f64::INFINITY])).unwrap();
            assert_eq!(at_ends.to_vec(), [0.0, 0.0, 1.0, 1.0], "cdf beyond the support at {point}");
            let impossible = distribution.icdf(&Tensor::from([-0.1, 1.1, f64::NAN])).unwrap().to_vec();
            assert!(impossible.iter().all(|quantile| quantile.is_nan()), "icdf outside [0, 1] is {impossible:?}");
            let draws = distribution.sample(&mut rng("cdf"), &Shape::from(DRAWS)).unwrap();
            if !distribution.support().is_discrete() {
                // False alarm rate 2 exp(-2 · 2.23²) = 1e-4.
                let distance = kolmogorov_smirnov(distribution.cdf(&draws).unwrap().to_vec());
                assert!(distance < 2.23, "Kolmogorov–Smirnov distance · √n of the draws: {distance} at {point}");
                assert_eq!(distribution.icdf(&Tensor::from([0.0, 1.0])).unwrap().to_vec(), [low, high], "{point}");
            }
            let probabilities = Tensor::from([1e-4, 0.1, 0.5, 0.75, 0.999]);
            let quantiles = distribution.icdf(&probabilities).unwrap();
            let reached = distribution.cdf(&quantiles).unwrap().to_vec();
            let median = distribution.median().unwrap();
            assert_eq!(median, quantiles.get(2), "median at {point}");
            for (got, want) in reached.into_iter().zip(probabilities.to_vec()) {
                let right =
                    if distribution.support().is_discrete() { got >= want } else { (got / want - 1.0).abs() < 1e-9 };
                assert!(right, "cdf(icdf({want})) = {got} at {point}");
            }
        }
    }
}

impl<D: Moments + ?Sized> Family<D> {
    /// Mean and variance are those of the draws.
    pub fn moments(&self) {
        for case in self.cases() {
            let distribution = self.build(&case.parameters);
            for (field, got) in [("mean", distribution.mean()), ("variance", distribution.variance())] {
                if let Some(want) = case.field(field) {
                    let largest = tensor(want).to_vec().into_iter().map(f64::abs).fold(0.0, f64::max);
                    let largest = if largest.is_finite() { largest } else { 0.0 };
                    case.compare(field, &got, 1e-10, 1e-12 * largest);
                }
            }
        }
        for (what, moment) in [("mean", D::mean as fn(&D) -> Tensor), ("variance", D::variance)] {
            self.by_members(what, moment);
            self.by_derivatives(what, moment);
        }
        for point in &self.description.points {
            let distribution = self.build(point);
            let event_size = distribution.event_shape().size();
            let draws = distribution.sample(&mut rng("moments"), &Shape::from(DRAWS)).unwrap().to_vec();
            let (means, variances) = (distribution.mean().to_vec(), distribution.variance().to_vec());
            for (place, (mean, variance)) in means.into_iter().zip(variances).enumerate() {
                let draws: Vec<f64> = draws.iter().skip(place).step_by(event_size).copied().collect();
                let (got, _) = mean_and_error(&draws);
                let error = (variance / DRAWS as f64).sqrt();
                let right = !error.is_finite() || (got - mean).abs() <= STANDARD_ERRORS * error;
                assert!(right, "mean of the draws {got}, {mean} ± {error} expected at {point}");
            }
        }
    }
}

impl<D: Covariance + ?Sized> Family<D> {
    /// The covariance matrix is symmetric, and that of the draws.
    pub fn covariance(&self) {
        for case in self.cases() {
            if let Some(want) = case.field("covariance") {
                let largest = tensor(want).to_vec().into_iter().map(f64::abs).fold(0.0, f64::max);
                case.compare("covariance", &self.build(&case.parameters).covariance(), 1e-10, 1e-12 * largest);
            }
        }
        self.by_members("covariance", D::covariance);
        for point in &self.description.points {
            let distribution = self.build(point);
            let (covariance, mean) = (distribution.covariance(), distribution.mean());
            assert_eq!(covariance, covariance.transpose(), "symmetry at {point}");
            let draws = distribution.sample(&mut rng("covariance"), &Shape::from(DRAWS)).unwrap() - mean;
            for row in 0..covariance.shape()[0] {
                for column in 0..=row {
                    let products = (draws.index(-1, row) * draws.index(-1, column)).to_vec();
                    let (got, error) = mean_and_error(&products);
                    let want = covariance.get(row).get(column).item();
                    let right = (got - want).abs() <= STANDARD_ERRORS * error;
                    assert!(right, "covariance [{row}, {column}] of the draws {got} ± {error}, {want} at {point}");
                }
            }
        }
    }
}

impl<D: Entropy + ?Sized> Family<D> {
    /// The entropy is the mean of −ln p over draws.
    pub fn entropy(&self) {
        for case in self.cases() {
            if case.field("entropy").is_some() {
                case.compare("entropy", &self.build(&case.parameters).entropy(), 1e-10, 1e-12);
            }
        }
        self.by_members("entropy", D::entropy);
        self.by_derivatives("entropy", D::entropy);
        for point in &self.description.points {
            let distribution = self.build(point);
            let draws = distribution.sample(&mut rng("entropy"), &Shape::from(DRAWS)).unwrap();
            let surprise = (-distribution.log_prob(&draws).unwrap()).to_vec();
            let (mean, error) = mean_and_error(&surprise);
            let entropy = distribution.entropy().item();
            // A constant density has no spread but the round-off of the mean.
            let right = (mean - entropy).abs() <= STANDARD_ERRORS * error + 1e-10;
            assert!(right, "mean of -log p {mean} ± {error}, entropy {entropy} at {point}");
        }
    }
}

impl<D: KlDivergence<D> + 'static> Family<D> {
    /// The divergence is the mean of ln p − ln q over draws of p, and 0 from itself.
    pub fn kl(self) {
        let Self { name, build, description } = self;
        let build: Arc<Build<D>> = Arc::new(build);
        let erased = Arc::clone(&build);
        let family = Family::<dyn Distribution> {
            name,
            build: Box::new(move |parameters| {
                erased(parameters).map(|distribution| distribution as Arc<dyn Distribution>)
            }),
            description,
        };
        family.divergence_is_mean_log_ratio(&|p, q| build(p)?.kl_divergence(&*build(q)?));
    }
}

impl Family<dyn Distribution> {
    fn divergence_is_mean_log_ratio(&self, kl: &dyn Fn(&Parameters, &Parameters) -> Result<Tensor>) {
        for case in self.kl_cases() {
            let got = kl(&case.p, &case.q).unwrap().item();
            assert_close(got, case.value, 1e-10, 1e-12, &format_args!("KL({} ‖ {})", case.p, case.q));
        }
        let (first, second) = self.two_points();
        let from = |parameters: &Parameters| kl(parameters, second);
        let to = |parameters: &Parameters| kl(second, parameters);
        self.by_members_of("kl", &from);
        self.by_members_of("kl", &to);
        self.by_derivatives_of("kl", &from);
        self.by_derivatives_of("kl", &to);
        for (p, q) in [(first, second), (second, first), (first, first)] {
            let (left, right) = (self.build(p), self.build(q));
            let kl = kl(p, q).unwrap().item();
            let draws = left.sample(&mut rng("kl"), &Shape::from(DRAWS)).unwrap();
            let ratios = (left.log_prob(&draws).unwrap() - right.log_prob(&draws).unwrap()).to_vec();
            let (mean, error) = mean_and_error(&ratios);
            let right = mean == kl || (mean - kl).abs() <= STANDARD_ERRORS * error + 1e-12;
            assert!(right, "mean of log p/q {mean} ± {error}, KL({p} ‖ {q}) {kl}");
        }
    }
}

impl<D: Distribution + ?Sized> Family<D> {
    /// Draws of a program are those of the tape, with their gradients, if they have one.
    pub fn draws_with_a_gradient_are_recorded(&self) {
        for point in &self.description.points {
            if !self.build(point).is_reparameterized() {
                return;
            }
            let names: Vec<String> =
                point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
            let shapes: Vec<Shape> = names.iter().map(|name| point.get(name).shape()).collect();
            let flat: Vec<f64> = names.iter().flat_map(|name| point.get(name).to_vec()).collect();
            let draw = |flat: &Tensor, key: Key| {
                let (mut moved, mut start) = (point.clone(), 0);
                for (name, shape) in names.iter().zip(&shapes) {
                    let end = start + shape.size();
                    moved = moved.with(name, flat.slice(0, start..end).reshape(*shape));
                    start = end;
                }
                let draws = (self.build)(&moved)?.sample(&mut key.rng("draws", 0), &Shape::from(3))?;
                let weights = Tensor::linspace(1.0, 2.0, draws.size());
                Ok((draws.reshape(draws.size()) * weights).sum())
            };
            assert_draws_at_are_tape(&format!("{} at {point}", self.name), &flat, &[], draw);
        }
    }
}

impl<D: EnumerateSupport + ?Sized> Family<D> {
    /// The masses of the enumerated values sum to 1.
    pub fn enumerable(&self) {
        let (parameters, batch) = self.batch();
        let distribution = self.build(&parameters);
        if let Ok(values) = distribution.enumerate_support() {
            let count = values.shape()[0];
            let ones = Shape::from(vec![1; batch.rank()]);
            assert_eq!(values.shape(), Shape::from(count).concat(&ones).concat(&distribution.event_shape()));
            let total = distribution.log_prob(&values).unwrap().exp().sum_axis(0);
            assert_eq!(total.shape(), batch);
            for total in total.to_vec() {
                assert_close(total, 1.0, 1e-12, 0.0, &"sum over the enumerated values");
            }
        }
        for point in &self.description.points {
            let distribution = self.build(point);
            let total = distribution.log_prob(&distribution.enumerate_support().unwrap()).unwrap().exp().sum();
            assert_close(total.item(), 1.0, 1e-12, 0.0, &format_args!("sum over the enumerated values at {point}"));
        }
    }
}

impl<D: Distribution + ?Sized> Family<D> {
    /// A draw with its derivatives by the parameters that are not constant, from one random number stream.
    fn draw_and_gradients(&self, point: &Parameters, stream: &str, place: usize) -> (f64, Vec<(String, Tensor)>) {
        let names: Vec<String> =
            point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
        let tensors: Vec<Tensor> = names.iter().map(|name| point.get(name)).collect();
        let draw = |inputs: &[Tensor]| {
            let moved = names.iter().zip(inputs).fold(point.clone(), |all, (name, one)| all.with(name, one.clone()));
            let draws = (self.build)(&moved)?.sample(&mut rng(stream), &Shape::from(3))?;
            Ok(draws.reshape(draws.size()).get(place))
        };
        let (value, gradients) = grad(draw, &tensors).unwrap();
        (value, names.into_iter().zip(gradients).collect())
    }

    /// d draw / d parameter against finite differences of draws with the same random numbers.
    pub fn reparameterized_by_common_numbers(&self) {
        for point in &self.description.points {
            let size = self.build(point).event_shape().size();
            for place in 0..3 * size {
                for (name, gradient) in self.draw_and_gradients(point, "draw", place).1 {
                    for (element, got) in gradient.to_vec().into_iter().enumerate() {
                        let at = point.get(&name).to_vec()[element];
                        let moved = |to: f64| {
                            let moved = point.with(&name, replaced(&point.get(&name), element, to));
                            self.build(&moved).sample(&mut rng("draw"), &Shape::from(3)).unwrap().to_vec()[place]
                        };
                        let want = derivative(moved, at, if at == 0.0 { 1.0 } else { at.abs() });
                        let what = format_args!("d draw / d {name}[{element}] at {point}");
                        assert_close(got, want, 1e-6, 1e-8, &what);
                    }
                }
            }
        }
    }
}

impl<D: Moments + ?Sized> Family<D> {
    /// d draw / d parameter = d mean / d parameter, of each draw: straight-through draws, whose values jump.
    pub fn reparameterized_straight_through(&self) {
        for point in &self.description.points {
            let names: Vec<String> =
                point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
            let tensors: Vec<Tensor> = names.iter().map(|name| point.get(name)).collect();
            for place in 0..3 * self.build(point).event_shape().size() {
                let mean = |inputs: &[Tensor]| {
                    let moved =
                        names.iter().zip(inputs).fold(point.clone(), |all, (name, one)| all.with(name, one.clone()));
                    let mean = (self.build)(&moved)?.mean();
                    Ok(mean.reshape(mean.size()).get(place % mean.size()))
                };
                let want = grad(mean, &tensors).unwrap().1;
                for ((name, got), want) in self.draw_and_gradients(point, "draw", place).1.into_iter().zip(want) {
                    for (element, (got, want)) in got.to_vec().into_iter().zip(want.to_vec()).enumerate() {
                        let what = format_args!("d draw[{place}] / d {name}[{element}] at {point}");
                        assert_close(got, want, 1e-13, 1e-15, &what);
                    }
                }
            }
        }
    }

    /// Mean of d (draw + draw²) / d parameter = d E[X + X²] / d parameter, for draws that do not depend smoothly on the
    /// parameters for fixed random numbers (rejection samplers) and have no distribution function.
    pub fn reparameterized_by_moments(&self) {
        for point in &self.description.points {
            let names: Vec<String> =
                point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
            let tensors: Vec<Tensor> = names.iter().map(|name| point.get(name)).collect();
            let built = |inputs: &[Tensor]| {
                let entries = names.iter().zip(inputs);
                (self.build)(&entries.fold(point.clone(), |all, (name, one)| all.with(name, one.clone())))
            };
            let event_rank = self.build(point).event_shape().rank();
            for entry in 0..self.build(point).event_shape().size() {
                let pick = |value: Tensor| {
                    let (batch, event) = value.shape().split_event(event_rank);
                    value.reshape(batch.concat(&Shape::from(event.size()))).index(-1, entry)
                };
                let expected = |inputs: &[Tensor]| {
                    let distribution = built(inputs)?;
                    let mean = pick(distribution.mean());
                    Ok(&mean + mean.square() + pick(distribution.variance()))
                };
                // Each draw by its own copy of the parameters, so that one pass gives the gradient of each.
                let rows: Vec<Tensor> = tensors.iter().map(|one| Tensor::stack(&vec![one.clone(); DRAWS], 0)).collect();
                let drawn = |inputs: &[Tensor]| {
                    let draws = pick(built(inputs)?.sample(&mut rng("moments"), &Shape::SCALAR)?);
                    Ok((&draws + draws.square()).sum())
                };
                let want = grad(expected, &tensors).unwrap().1;
                let got = grad(drawn, &rows).unwrap().1;
                for ((name, want), got) in names.iter().zip(want).zip(got) {
                    for (place, want) in want.to_vec().into_iter().enumerate() {
                        let slopes: Vec<f64> =
                            got.to_vec().into_iter().skip(place).step_by(got.size() / DRAWS).collect();
                        let (mean, error) = mean_and_error(&slopes);
                        let right = (mean - want).abs() <= STANDARD_ERRORS * error + 1e-10;
                        assert!(right, "d E[X + X²][{entry}] / d {name}[{place}]: {mean} ± {error}, {want} at {point}");
                    }
                }
            }
        }
    }
}

impl<D: Cdf + ?Sized> Family<D> {
    /// d draw / d parameter = −(∂F/∂parameter) / p(draw): what keeps F(draw) where it is (Figurnov et al. 2018).
    pub fn reparameterized(&self) {
        self.gradients_of_a_batch();
        for point in &self.description.points {
            let distribution = self.build(point);
            for place in 0..3 {
                let (draw, gradients) = self.draw_and_gradients(point, "draw", place);
                let density = distribution.log_prob(&Tensor::from(draw)).unwrap().item().exp();
                for (name, gradient) in gradients {
                    let parameter = point.get(&name);
                    for (element, got) in gradient.to_vec().into_iter().enumerate() {
                        let at = parameter.to_vec()[element];
                        let cdf = |to: f64| match (self.build)(&point.with(&name, replaced(&parameter, element, to))) {
                            Ok(moved) => moved.cdf(&Tensor::from(draw)).unwrap().item(),
                            Err(_) => f64::NAN,
                        };
                        let want = -derivative(cdf, at, if at == 0.0 { 1.0 } else { at.abs() }) / density;
                        let what = format_args!("d draw / d {name}[{element}] at {point}, draw {draw}");
                        assert_close(got, want, 1e-6, 1e-9, &what);
                    }
                }
            }
        }
    }

    /// The same for the sum of draws of a batch: the gradients gather over all draws that share a parameter.
    fn gradients_of_a_batch(&self) {
        let (parameters, _) = self.batch();
        let distribution = self.build(&parameters);
        let draw = |distribution: &D| distribution.sample(&mut rng("draws"), &Shape::from(3)).unwrap();
        let draws = draw(&distribution);
        let density = distribution.log_prob(&draws).unwrap().exp();
        let moved = |name: &str, tensor: &Tensor| (self.build)(&parameters.with(name, tensor.clone()));
        for name in parameters.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())) {
            let parameter = parameters.get(&name);
            let sum = |inputs: &[Tensor]| Ok(draw(moved(&name, &inputs[0])?.as_ref()).sum());
            let (total, gradients) = grad(sum, std::slice::from_ref(&parameter)).unwrap();
            assert_close(total, draws.sum().item(), 1e-13, 1e-13, &"draws while differentiating");
            for (place, (got, at)) in gradients[0].to_vec().into_iter().zip(parameter.to_vec()).enumerate() {
                let weighted = |to: f64| match moved(&name, &replaced(&parameter, place, to)) {
                    Ok(moved) => -(moved.cdf(&draws).unwrap() / &density).sum().item(),
                    Err(_) => f64::NAN,
                };
                let want = derivative(weighted, at, if at == 0.0 { 1.0 } else { at.abs() });
                assert_close(
                    got,
                    want,
                    1e-6,
                    1e-8,
                    &format_args!("d sum of draws / d {name}[{place}] at {parameters}"),
                );
            }
        }
    }
}
