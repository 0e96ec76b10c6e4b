//! What holds for data: at the ends of the support, outside of it, and under masks.

use std::sync::Arc;

use super::laws::outside;
use super::numerics::ends;
use super::{Family, Parameters, assert_close, rng};
use crate::distribution::{Distribution, Expanded, Independent, Masked};
use crate::effect::Ctx;
use crate::handler::{Mask, Tracer};
use crate::program::{Recorded, record};
use crate::random::Key;
use crate::testing::engines::assert_program_is_tape;
use crate::{Constraint, Result, Shape, Tensor, grad};

/// A way to leave out the second and the fourth of four events.
type Way = fn(&mut Ctx, Arc<dyn Distribution>, Tensor) -> Result<Tensor>;

impl Family<dyn Distribution> {
    /// At the ends of the support, where formulas meet 0 · ∞, the density is SciPy's, and its gradient has no NaN, on both
    /// engines. (It may be infinite: that of Beta(a, 1) at 0 by a is ln 0.)
    ///
    /// Each finite end of a support must have a case in `tests/golden/edges`.
    pub fn at_the_ends_the_density_is_known(&self) {
        let cases = self.edges();
        let (mut has_low, mut has_high) = (false, false);
        for (parameters, x, want) in &cases {
            let distribution = self.build(parameters);
            if distribution.event_shape().rank() == 0 {
                let (low, high) = ends(&distribution.support());
                has_low |= x.item() == low;
                has_high |= x.item() == high;
            }
            let got = distribution.log_prob(x).unwrap().item();
            // Some ten roundings.
            assert_close(got, *want, 1e-14, 1e-15, &format_args!("log p({x}) at {parameters}"));
            // An infinite parameter has no gradient.
            let is_finite = |name: &String| parameters.get(name).to_vec().iter().all(|element| element.is_finite());
            let names: Vec<String> = self.differentiable(parameters).into_iter().filter(is_finite).collect();
            if want.is_finite() && !names.is_empty() {
                let tensors: Vec<Tensor> = names.iter().map(|name| parameters.get(name)).collect();
                let log_prob = |inputs: &[Tensor]| (self.build)(&moved(parameters, &names, inputs))?.log_prob(x);
                let (value, gradients) = grad(log_prob, &tensors).unwrap();
                assert_close(value, *want, 1e-14, 1e-15, &format_args!("log p({x}) while differentiating"));
                let gradient: Vec<f64> = gradients.iter().flat_map(Tensor::to_vec).collect();
                let has_nan = gradient.iter().any(|slope| slope.is_nan());
                assert!(!has_nan, "gradient of log p({x}) by {names:?}: {gradient:?} at {parameters}");

                // At this point only: next to it there may be no distribution.
                let point: Vec<f64> = tensors.iter().flat_map(Tensor::to_vec).collect();
                let cuts: Vec<(usize, Shape)> = tensors.iter().map(|tensor| (tensor.size(), tensor.shape())).collect();
                let mut program = match record(&point, |flat| {
                    let mut start = 0;
                    let cut = |&(size, shape): &(usize, Shape)| {
                        start += size;
                        flat.slice(0, start - size..start).reshape(shape)
                    };
                    log_prob(&cuts.iter().map(cut).collect::<Vec<_>>())
                }) {
                    Ok(Recorded::Static(program)) => program,
                    other => panic!("{other:?}"),
                };
                let mut by_program = vec![0.0; point.len()];
                let value = program.value_and_gradient(&point, &mut by_program);
                assert_close(value, *want, 1e-13, 1e-14, &format_args!("log p({x}) at {parameters}, recorded"));
                for (got, want) in by_program.into_iter().zip(gradient) {
                    assert_close(
                        got,
                        want,
                        1e-12,
                        1e-13,
                        &format_args!("gradient of log p({x}) at {parameters}, recorded"),
                    );
                }
            }
        }
        for point in &self.description.points {
            let (needs_low, needs_high) = match self.build(point).support() {
                Constraint::Simplex => {
                    assert!(!cases.is_empty(), "{}: tests/golden/edges has no case", self.name);
                    continue;
                }
                Constraint::Independent(..) => continue,
                event if event.event_rank() > 0 => continue,
                scalar => (ends(&scalar).0.is_finite(), ends(&scalar).1.is_finite()),
            };
            assert!(has_low || !needs_low, "{}: tests/golden/edges has no case of its lower end", self.name);
            assert!(has_high || !needs_high, "{}: tests/golden/edges has no case of its upper end", self.name);
        }
    }

    /// A datum outside of a support whose bounds are constants is an error with site, index, value and support.
    pub fn observations_outside_are_named(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let (event, support) = (distribution.event_shape(), distribution.support());
            let of_three = Arc::new(Expanded::new(distribution.clone(), [3]).unwrap());
            let draws = distribution.sample(&mut rng("inside"), &Shape::from(3)).unwrap();
            let error = |element: f64| {
                let data = Tensor::stack(&[draws.get(0), Tensor::full(event, element), draws.get(2)], 0);
                let observed = Ctx::new(Key::new(0)).observe("y", of_three.clone() as Arc<dyn Distribution>, data);
                observed.err().unwrap_or_else(|| panic!("{element} was accepted at {point}")).to_string()
            };
            let mut elementwise = &support;
            while let Constraint::Independent(base, _) = elementwise {
                elementwise = base;
            }
            for element in outside(&support) {
                let error = error(element);
                let is_real = matches!(elementwise, Constraint::Real);
                let set = if is_real { "finite".to_owned() } else { elementwise.to_string() };
                // Of bounds along an axis, the message has that of the element.
                let set = set.split('[').next().unwrap_or_default();
                for part in ["site `y`: value must be ", set, &element.to_string(), " at [1"] {
                    assert!(error.contains(part), "no {part:?} in: {error}");
                }
            }
            let error = error(f64::NAN);
            assert!(error.contains("must be a number, got NaN at [1"), "{error}");
        }
    }

    /// However an event is masked, and whatever it is, density and gradient are those of the other events, on both
    /// engines.
    pub fn what_a_mask_leaves_out_is_not_looked_at(&self) {
        let ways: [(&str, Way); 5] = [
            ("the distribution's mask", |ctx, four, data| {
                ctx.observe("y", Masked::new(four, [1.0, 0.0, 1.0, 0.0]), data)
            }),
            ("a mask of a mask", |ctx, four, data| {
                let once = Arc::new(Masked::new(four, [1.0, 0.0, 1.0, 1.0])?);
                ctx.observe("y", Masked::new(once, [1.0, 1.0, 1.0, 0.0]), data)
            }),
            ("a mask within an event", |ctx, four, data| {
                let masked: Arc<dyn Distribution> = Arc::new(Masked::new(four, [1.0, 0.0, 1.0, 0.0])?);
                ctx.observe("y", Independent::new(masked, 1), data)
            }),
            ("the handler", |ctx, four, data| {
                Ok(ctx.enter(Mask::new([1.0, 0.0, 1.0, 0.0])?, |ctx| ctx.observe("y", four, data))?.0)
            }),
            ("the handler and the distribution's mask", |ctx, four, data| {
                let masked = Masked::new(four, [1.0, 0.0, 1.0, 1.0])?;
                Ok(ctx.enter(Mask::new([1.0, 1.0, 1.0, 0.0])?, |ctx| ctx.observe("y", masked, data))?.0)
            }),
        ];
        let point = self.two_points().0;
        let distribution = self.build(point);
        let (event, names) = (distribution.event_shape(), self.differentiable(point));
        let tensors: Vec<Tensor> = names.iter().map(|name| point.get(name)).collect();
        let draws = distribution.sample(&mut rng("mask"), &Shape::from(2)).unwrap();
        let counted =
            |inputs: &[Tensor]| (self.build)(&moved(point, &names, inputs))?.log_prob(&draws).map(|each| each.sum());
        let (want, slopes) = grad(counted, &tensors).unwrap();
        let hidden = [f64::NAN, f64::INFINITY].into_iter().chain(outside(&distribution.support()));
        for (way, observe) in ways {
            for element in hidden.clone() {
                let what = format!("{element} under {way}");
                let other = Tensor::full(event, element);
                let data = Tensor::stack(&[draws.get(0), other.clone(), draws.get(1), other], 0);
                let density = |inputs: &[Tensor]| {
                    let four = Arc::new(Expanded::new((self.build)(&moved(point, &names, inputs))?, [4])?);
                    let mut ctx = Ctx::new(Key::new(0));
                    let (_, tracer) = ctx.enter(Tracer::new(), |ctx| observe(ctx, four, data.clone()))?;
                    tracer.into_trace().log_density()
                };
                assert_close(density(&tensors).unwrap().item(), want, 1e-14, 1e-14, &what);
                let (value, got) = grad(density, &tensors).unwrap();
                assert_close(value, want, 1e-14, 1e-14, &what);
                for ((name, got), slope) in names.iter().zip(got).zip(&slopes) {
                    for (got, slope) in got.to_vec().into_iter().zip(slope.to_vec()) {
                        assert_close(got, slope, 1e-13, 1e-13, &format_args!("gradient by {name}, {what}"));
                    }
                }
            }
            // One of each on the other engine: a recording takes a hundred times as long.
            let other = Tensor::full(event, f64::NAN);
            let data = Tensor::stack(&[draws.get(0), other.clone(), draws.get(1), other], 0);
            if !names.is_empty() {
                assert_program_is_tape(way, &tensors, |inputs| {
                    let four = Arc::new(Expanded::new((self.build)(&moved(point, &names, inputs))?, [4])?);
                    let mut ctx = Ctx::new(Key::new(0));
                    let (_, tracer) = ctx.enter(Tracer::new(), |ctx| observe(ctx, four, data.clone()))?;
                    tracer.into_trace().log_density()
                });
            }
        }
    }

    fn differentiable(&self, point: &Parameters) -> Vec<String> {
        point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect()
    }
}

/// A point with some of its parameters replaced.
fn moved(point: &Parameters, names: &[String], inputs: &[Tensor]) -> Parameters {
    names.iter().zip(inputs).fold(point.clone(), |all, (name, one)| all.with(name, one.clone()))
}
