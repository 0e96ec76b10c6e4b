//! What holds for distribution functions and quantiles: they agree with each other and with the density, and are
//! differentiated by the value and by every parameter, on the tape and in programs.

use super::numerics::{derivative, ends, replaced};
use super::{Family, Parameters, assert_close, rng};
use crate::distribution::Cdf;
use crate::testing::engines::assert_program_is_tape;
use crate::{Error, Result, Shape, Tensor, grad};

/// A function of a distribution and a value or a probability.
type Of<D> = fn(&D, &Tensor) -> Result<Tensor>;

/// The four functions of a value.
fn of_values<D: Cdf + ?Sized>() -> [(&'static str, Of<D>); 4] {
    [("cdf", D::cdf), ("log_cdf", D::log_cdf), ("survival", D::survival), ("log_survival", D::log_survival)]
}

impl<D: Cdf + ?Sized> Family<D> {
    /// The functions of values agree with each other, and in both tails with the density by their derivatives.
    pub(super) fn distribution_functions_agree(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let inner = [1e-12, 1e-5, 0.1, 0.5, 0.9, 1.0 - 1e-5].map(Tensor::from);
            let inner = inner.map(|p| distribution.icdf(&p).unwrap().item());
            let [low, high] = [inner[2], inner[4]];
            let (first, last) = ends(&distribution.support());
            // Where probabilities underflow, or an end of the support is near.
            let outer = |from: f64, end: f64| {
                if end.is_finite() { end + 1e-9 * (from - end) } else { from + 200.0 * (from - inner[3]) }
            };
            let mut values = inner.to_vec();
            values.extend([outer(low, first), outer(high, last)]);
            for x in values {
                let value = Tensor::from(x);
                let [cdf, log_cdf, survival, log_survival] =
                    of_values::<D>().map(|(_, function)| function(&distribution, &value).unwrap().item());
                let what = format_args!("at {x}, {point}").to_string();
                assert_close(survival, 1.0 - cdf, 0.0, 1e-13, &format_args!("survival function {what}"));
                assert_close(log_cdf.exp(), cdf, 1e-10, 1e-290, &format_args!("log cdf {what}"));
                assert_close(log_survival.exp(), survival, 1e-10, 1e-290, &format_args!("log survival {what}"));
                if distribution.support().is_discrete() {
                    continue;
                }
                if survival > 1e-300 && survival < 1.0 && !last.is_finite() {
                    // Where a rounding of the value moves the tail by less.
                    let inverse = distribution.inverse_survival(&Tensor::from(survival)).unwrap();
                    let reached = distribution.log_survival(&inverse).unwrap().item();
                    let condition = (distribution.log_prob(&value).unwrap().item() - log_survival).exp() * x.abs();
                    let allowed = 1e-9 + 1e-15 * condition / log_survival.abs();
                    assert_close(reached, log_survival, allowed, 1e-13, &format_args!("inverse survival {what}"));
                }
                let log_density = distribution.log_prob(&value).unwrap().item();
                if log_density.abs() > 1e8 {
                    // Its exponential has no digits.
                    continue;
                }
                let wanted = [
                    log_density.exp(),
                    (log_density - log_cdf).exp(),
                    -log_density.exp(),
                    -(log_density - log_survival).exp(),
                ];
                for ((name, function), want) in of_values::<D>().into_iter().zip(wanted) {
                    if !want.is_finite() {
                        continue;
                    }
                    let by_value = grad(|x| function(&distribution, &x[0]), std::slice::from_ref(&value)).unwrap().1;
                    let what = format_args!("d {name} / d value {what}").to_string();
                    // The density at a point whose distance from an end has few digits is as uncertain.
                    assert_close(by_value[0].item(), want, 1e-6, 1e-290, &what);
                }
            }
        }
    }

    /// By the value or the probability, and by every parameter, as finite differences say; the program gives the numbers
    /// of the tape.
    pub(super) fn distribution_functions_are_differentiated(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let is_discrete = distribution.support().is_discrete();
            let values = if is_discrete {
                let draws = distribution.sample(&mut rng("cdf"), &Shape::from(4)).unwrap();
                // The last count has nothing beyond, and no logarithm of it.
                draws.minimum((ends(&distribution.support()).1 - 1.0).max(0.0))
            } else {
                distribution.icdf(&Tensor::from([0.2, 0.4, 0.55, 0.8])).unwrap()
            };
            for (name, function) in of_values() {
                self.compare_derivatives(name, function, point, &values, is_discrete);
            }
            let probabilities = Tensor::from([0.2, 0.4, 0.55, 0.8]);
            if is_discrete {
                let quantiles = |inputs: &[Tensor]| distribution.icdf(&inputs[0]).map(|each| each.sum());
                let error = grad(quantiles, &[probabilities]).expect_err("quantiles of counts jump");
                assert!(matches!(error, Error::Unsupported { .. }), "{error}");
            } else {
                self.compare_derivatives("icdf", D::icdf, point, &probabilities, false);
            }
        }
    }

    fn compare_derivatives(&self, name: &str, function: Of<D>, point: &Parameters, values: &Tensor, is_step: bool) {
        let names: Vec<String> =
            point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
        let of = |inputs: &[Tensor]| {
            let moved = names.iter().zip(&inputs[1..]);
            let moved = moved.fold(point.clone(), |all, (name, tensor)| all.with(name, tensor.clone()));
            let each = function(&*(self.build)(&moved)?, &inputs[0])?;
            // Weights that tell the elements apart.
            Ok((each * Tensor::from([1.0, -0.7, 0.4, 1.9])).sum())
        };
        let mut inputs = vec![values.clone()];
        inputs.extend(names.iter().map(|name| point.get(name)));
        let (value, gradients) = grad(of, &inputs).unwrap();
        assert_close(value, of(&inputs).unwrap().item(), 1e-13, 1e-13, &"value while differentiating");
        let quartile = |p: f64| self.build(point).icdf(&Tensor::from(p)).unwrap().item();
        let width = quartile(0.75) - quartile(0.25);
        // Its differences have a step of fixed size.
        if is_step || width > 0.1 {
            assert_program_is_tape(&format!("{name} of {} at {point}", self.name), &inputs, of);
        }
        if is_step {
            assert_eq!(gradients[0], Tensor::zeros(values.shape()), "{name} is flat between counts");
        }
        let (low, high) = ends(&self.build(point).support());
        let distances = values.to_vec().into_iter().map(|x| (x - low).min(high - x));
        let reach = if is_step || name == "icdf" { f64::INFINITY } else { distances.fold(f64::INFINITY, f64::min) };
        for (which, gradient) in gradients.iter().enumerate().skip(usize::from(is_step)) {
            for (place, (got, at)) in gradient.to_vec().into_iter().zip(inputs[which].to_vec()).enumerate() {
                let scale = match which {
                    0 if name == "icdf" => at.min(1.0 - at),
                    0 => {
                        let from_corner = self.description.corner.map(|corner| (at - corner.at(point)).abs());
                        let from_corner = from_corner.filter(|distance| *distance > 0.0).unwrap_or(f64::INFINITY);
                        width.min(at - low).min(high - at).min(from_corner)
                    }
                    _ if at == 0.0 => 1.0,
                    // Counts change by their square roots, and an end must not pass a value.
                    _ => at.abs().min(1.0 + at.abs().sqrt()).min(reach),
                };
                let moved = |to: f64| {
                    let mut inputs = inputs.clone();
                    inputs[which] = replaced(&inputs[which], place, to);
                    of(&inputs).map_or(f64::NAN, |sum| sum.item())
                };
                let want = derivative(moved, at, scale);
                let what = if which == 0 { "value" } else { &names[which - 1] };
                // Five points have ten digits of the largest term.
                let largest = 1e-9 * value.abs().max(1.0) / scale;
                assert_close(got, want, 1e-7, largest, &format_args!("d {name} / d {what}[{place}] at {point}"));
            }
        }
    }

    /// Outside of the support the functions are constant, and no gradient is NaN.
    pub(super) fn distribution_functions_are_flat_outside(&self) {
        let [cdf, log_cdf, survival, log_survival] = of_values::<D>().map(|(_, function)| function);
        let point = self.two_points().0;
        let distribution = self.build(point);
        let (low, high) = ends(&distribution.support());
        let below = [f64::NEG_INFINITY, low - 1.0];
        let beyond = [high + 1.0, f64::INFINITY];
        let names: Vec<String> =
            point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
        let check = |name: &str, function: Of<D>, value: f64, want: f64| {
            let of = |inputs: &[Tensor]| {
                let moved = names.iter().zip(&inputs[1..]);
                let moved = moved.fold(point.clone(), |all, (name, tensor)| all.with(name, tensor.clone()));
                Ok(function(&*(self.build)(&moved)?, &inputs[0])?.sum())
            };
            let mut inputs = vec![Tensor::from(value)];
            inputs.extend(names.iter().map(|name| point.get(name)));
            let (got, gradients) = grad(of, &inputs).unwrap();
            assert_eq!(got, want, "{name}({value}) at {point}");
            for gradient in gradients {
                assert!(gradient.to_vec().iter().all(|by| *by == 0.0), "{name}({value}) at {point} moves: {gradient}");
            }
        };
        for value in below {
            check("cdf", cdf, value, 0.0);
            check("survival", survival, value, 1.0);
            check("log_survival", log_survival, value, 0.0);
        }
        for value in beyond {
            check("cdf", cdf, value, 1.0);
            check("survival", survival, value, 0.0);
            check("log_cdf", log_cdf, value, 0.0);
        }
        for (name, function) in of_values::<D>() {
            let at_nan = function(&distribution, &Tensor::from(f64::NAN)).unwrap();
            assert!(at_nan.item().is_nan(), "{name}(NaN) is {at_nan}");
        }
        // Shapes that do not fit name the distribution.
        let pair = self.build(&Parameters::new(
            point.0.iter().map(|(name, tensor)| (name.clone(), Tensor::stack(&[tensor.clone(), tensor.clone()], 0))),
        ));
        for (name, function) in of_values::<D>().into_iter().chain([("icdf", D::icdf as Of<D>)]) {
            let error = function(&pair, &Tensor::full([5], 0.5)).err().unwrap_or_else(|| panic!("{name} of a misfit"));
            let Error::ShapeMismatch { operation, .. } = &error else { panic!("{error}") };
            assert_eq!(*operation, pair.name(), "{name}");
        }
    }
}
