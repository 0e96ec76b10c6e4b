//! What holds for every distribution.

use super::numerics::{derivative, ends, quartiles, replaced};
use super::{Family, Parameters, assert_close, rng};
use crate::distribution::Distribution;
use crate::testing::engines::assert_program_is_tape;
use crate::{Constraint, Error, Shape, Tensor, grad};

impl<D: Distribution + ?Sized> Family<D> {
    /// Draws have the shape sample ++ batch ++ event, log densities sample ++ batch; shapes that do not fit are errors.
    pub fn shapes_are_sample_batch_event(&self) {
        let (parameters, batch) = self.batch();
        let single = self.build(self.two_points().0);
        let event = single.event_shape();
        for (distribution, batch) in [(&self.build(&parameters), batch), (&single, Shape::SCALAR)] {
            assert_eq!(distribution.batch_shape(), batch);
            assert_eq!(distribution.event_shape(), event);
            assert_eq!(distribution.support().event_rank(), event.rank(), "event rank of the support");
            for sample in [Shape::SCALAR, Shape::from(3), Shape::from([3, 2])] {
                let draw = distribution.sample(&mut rng("shape"), &sample).unwrap();
                assert_eq!(draw.shape(), sample.concat(&batch).concat(&event));
                let log_prob = distribution.log_prob(&draw).unwrap();
                assert_eq!(log_prob.shape(), sample.concat(&batch));
                assert_eq!(distribution.prob(&draw).unwrap(), log_prob.exp());
            }
        }
        // One event against a whole batch.
        let draw = single.sample(&mut rng("shape"), &Shape::SCALAR).unwrap();
        assert_eq!(self.build(&parameters).log_prob(&draw).unwrap().shape(), batch);
        // Shapes that do not fit are an error, not a panic.
        let (first, second) = self.two_points();
        if first.0.len() > 1 {
            let (name, tensor) = &first.0[0];
            let (other, _) = &first.0[1];
            let stack = |count, one: &Tensor| Tensor::stack(&vec![one.clone(); count], 0);
            let mismatched = first.with(name, stack(2, tensor)).with(other, stack(3, &second.get(other)));
            assert!((self.build)(&mismatched).is_err(), "parameters of shapes that do not broadcast");
        }
        if first.0.is_empty() {
            return;
        }
        let misfit = Tensor::stack(&vec![draw; 5], 0);
        let pair = self.build(&Parameters::new(
            first.0.iter().map(|(name, tensor)| (name.clone(), Tensor::stack(&[tensor.clone(), tensor.clone()], 0))),
        ));
        assert!(pair.log_prob(&misfit).is_err(), "a value whose shape does not broadcast");
    }

    /// A batch without members, and a sample without draws, are as good as others.
    pub fn nothing_is_drawn_for_nobody(&self) {
        let point = self.two_points().0;
        let single = self.build(point);
        let event = single.event_shape();
        let none = point.0.iter().map(|(name, tensor)| {
            let shape = Shape::from(0).concat(&tensor.shape());
            (name.clone(), Tensor::new(Vec::new(), shape).unwrap())
        });
        let nobody = self.build(&Parameters::new(none));
        assert_eq!((nobody.batch_shape(), nobody.event_shape()), (Shape::from(0), event));
        for (distribution, sample) in [
            (&single, Shape::from(0)),
            (&single, Shape::from([2, 0])),
            (&nobody, Shape::SCALAR),
            (&nobody, Shape::from(3)),
        ] {
            let draws = distribution.sample(&mut rng("none"), &sample).unwrap();
            let shape = sample.concat(&distribution.batch_shape());
            assert_eq!(draws.shape(), shape.concat(&event));
            assert_eq!(distribution.log_prob(&draws).unwrap().shape(), shape);
        }
    }

    /// A batch with broadcast parameters gives what a loop over its members gives, and draws differ by member.
    pub fn a_batch_is_its_members(&self) {
        let (parameters, batch) = self.batch();
        let distribution = self.build(&parameters);
        let event = distribution.event_shape();
        let draws = distribution.sample(&mut rng("batch"), &Shape::from(2)).unwrap();
        let together = distribution.log_prob(&draws).unwrap();
        let flat = Shape::from([2, batch.size()]);
        let (draws, together) = (draws.reshape(flat.concat(&event)), together.reshape(flat));
        for (place, member) in self.members().iter().enumerate() {
            let alone = self.build(member).log_prob(&draws.index(1, place)).unwrap();
            for (got, want) in together.index(1, place).to_vec().into_iter().zip(alone.to_vec()) {
                assert_close(got, want, 1e-13, 1e-14, &format_args!("member {place} ({member})"));
                assert!(want > f64::NEG_INFINITY, "a draw outside the support");
            }
        }
        // Draws of one call are independent of each other: a continuous distribution never repeats itself.
        let is_point = matches!(distribution.support(), Constraint::Constant(_));
        if !distribution.support().is_discrete() && !is_point {
            let draws = self.build(self.two_points().0).sample(&mut rng("batch"), &Shape::from(50)).unwrap();
            let mut elements = free_elements(&distribution.support(), &draws);
            let count = elements.len();
            elements.sort_by(f64::total_cmp);
            elements.dedup();
            assert_eq!(elements.len(), count, "draws repeat");
        }
    }

    /// The densities of many values, which are computed in blocks, are those of a few.
    pub fn many_values_are_as_few(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            if distribution.event_shape().rank() > 0 {
                continue;
            }
            let draws = distribution.sample(&mut rng("many"), &Shape::from(100)).unwrap().to_vec();
            // Ends of supports that are no parameters, and what lies beyond.
            let other = vec![0.0, 1.0, 0.5, -1.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
            // Counts alone, and with what is none.
            for few in [draws.clone(), [draws, other].concat()] {
                let many: Vec<f64> = few.iter().cycle().take(40_000).copied().collect();
                let want = distribution.log_prob(&Tensor::from(few.clone())).unwrap().to_vec();
                let got = distribution.log_prob(&Tensor::from(many)).unwrap().to_vec();
                for (position, &got) in got.iter().enumerate() {
                    let (value, want) = (few[position % few.len()], want[position % few.len()]);
                    if got != want && !(got.is_nan() && want.is_nan()) {
                        assert_close(got, want, 1e-13, 1e-13, &format_args!("log p({value}) at {point}"));
                    }
                }
            }
        }
    }

    /// d log p / d value and d log p / d parameter against finite differences, at draws.
    pub fn gradients_are_finite_differences(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let draws = distribution.sample(&mut rng("gradient"), &Shape::from(4)).unwrap();
            let names: Vec<String> =
                point.names().into_iter().filter(|name| !self.description.constants.contains(&name.as_str())).collect();
            let log_prob = |inputs: &[Tensor]| {
                let mut parameters = point.clone();
                for (name, tensor) in names.iter().zip(&inputs[1..]) {
                    parameters = parameters.with(name, tensor.clone());
                }
                (self.build)(&parameters)?.log_prob(&inputs[0]).map(|each| each.sum())
            };
            let mut inputs = vec![draws.clone()];
            inputs.extend(names.iter().map(|name| point.get(name)));
            let (value, gradients) = grad(log_prob, &inputs).unwrap();
            assert_close(value, log_prob(&inputs).unwrap().item(), 1e-13, 1e-13, &"value while differentiating");
            assert_program_is_tape(&format!("{} at {point}", distribution.name()), &inputs, log_prob);

            let has_value_gradient = !self.description.value_is_bound && !distribution.support().is_discrete();
            for (which, gradient) in gradients.iter().enumerate().skip(usize::from(!has_value_gradient)) {
                for place in 0..inputs[which].size() {
                    let at = inputs[which].to_vec()[place];
                    let moved = |to: f64| {
                        let mut inputs = inputs.clone();
                        inputs[which] = replaced(&inputs[which], place, to);
                        log_prob(&inputs).map_or(f64::NAN, |sum| sum.item())
                    };
                    let scale = if which == 0 { self.length_scale(&distribution, point, at) } else { length(at) };
                    let want = derivative(moved, at, scale);
                    let what = if which == 0 { "value" } else { &names[which - 1] };
                    let got = gradient.to_vec()[place];
                    assert_close(
                        got,
                        want,
                        1e-6,
                        1e-7,
                        &format_args!("d log p / d {what}[{place}] at {point}, {draws}"),
                    );
                }
            }
        }
    }

    /// Over which length the density changes at a value.
    fn length_scale(&self, distribution: &D, point: &Parameters, at: f64) -> f64 {
        if distribution.event_shape().rank() > 0 {
            return length(at);
        }
        let draws = distribution.sample(&mut rng("scale"), &Shape::from(400)).unwrap().to_vec();
        let (low, high) = ends(&distribution.support());
        let from_corner = self.description.corner.map_or(f64::INFINITY, |corner| (at - corner.at(point)).abs());
        quartiles(&draws).1.min((at - low).abs()).min((high - at).abs()).min(from_corner)
    }

    /// −∞ outside, never NaN, and no trace of the outside in the gradient by the parameters.
    pub fn outside_the_support_the_density_is_zero(&self) {
        for point in &self.description.points {
            let distribution = self.build(point);
            let event = distribution.event_shape();
            let inside = distribution.sample(&mut rng("inside"), &Shape::SCALAR).unwrap();
            let full = |element: f64| Tensor::full(event, element);

            let at_nan = distribution.log_prob(&full(f64::NAN)).unwrap().item();
            assert!(at_nan.is_nan() || at_nan == f64::NEG_INFINITY, "log p(NaN) = {at_nan}");
            for end in ends_and_beyond(&distribution.support()) {
                let log_prob = distribution.log_prob(&full(end)).unwrap().item();
                assert!(!log_prob.is_nan(), "log p({end}) is NaN at {point}");
            }
            for outside in outside(&distribution.support()).into_iter().map(full) {
                let log_prob = distribution.log_prob(&outside).unwrap().item();
                assert_eq!(log_prob, f64::NEG_INFINITY, "log p({outside}) at {point}");
                let names: Vec<String> = point
                    .names()
                    .into_iter()
                    .filter(|name| !self.description.constants.contains(&name.as_str()))
                    .collect();
                let tensors: Vec<Tensor> = names.iter().map(|name| point.get(name)).collect();
                let gradients_at = |second: &Tensor, counted: usize| {
                    let values = Tensor::stack(&[inside.clone(), second.clone()], 0);
                    let density = |inputs: &[Tensor]| {
                        let entries = names.iter().zip(inputs);
                        let moved = entries.fold(point.clone(), |all, (name, one)| all.with(name, one.clone()));
                        (self.build)(&moved)?.log_prob(&values).map(|each| each.slice(0, 0..counted).sum())
                    };
                    grad(density, &tensors).unwrap().1
                };
                if !matches!(distribution.support(), Constraint::Real) && !self.description.has_real_elements {
                    // Both of two events: products of matrices round by the number of rows.
                    let (both, alone) = (gradients_at(&outside, 2), gradients_at(&inside, 1));
                    for ((name, both), alone) in names.iter().zip(both).zip(alone) {
                        assert_eq!(both, alone, "the gradient by {name} at {outside}, {point}");
                    }
                }
            }
        }
    }

    /// `new` rejects constant parameters, `sample` those that were being differentiated when they came, and the density
    /// of the latter is −∞ or NaN.
    pub fn invalid_parameters_are_named(&self) {
        assert!(!self.description.rejected.is_empty(), "{}: say by `rejects` what `new` must reject", self.name);
        for (parameters, message) in &self.description.rejected {
            let error = (self.build)(parameters).err().unwrap_or_else(|| panic!("{parameters} was accepted"));
            assert_eq!(&error.to_string(), message, "{parameters}");
            let Error::InvalidParameter { distribution, parameter: named, .. } = &error else { continue };
            assert!(*distribution == self.name || self.description.parts.contains(distribution), "{error}");
            assert!(parameters.has(named), "no parameter is called `{named}`");

            let tracked = |inputs: &[Tensor]| {
                let names = parameters.names().into_iter();
                let distribution = match (self.build)(&Parameters::new(names.zip(inputs.iter().cloned()))) {
                    // Bounds of counts have no gradient: they are looked at when they come.
                    Err(Error::InvalidParameter { parameter, .. }) if parameter == *named => {
                        return Ok(Tensor::from(0.0));
                    }
                    built => built?,
                };
                let outcome = distribution.sample(&mut rng("late"), &Shape::SCALAR);
                let error = outcome.err().unwrap_or_else(|| panic!("`sample` accepted {parameters}"));
                let Error::InvalidParameter { parameter, .. } = &error else { panic!("{error}") };
                assert_eq!(parameter, named);
                let value = self.build(self.two_points().0).sample(&mut rng("late"), &Shape::SCALAR)?;
                let log_prob = distribution.log_prob(&value)?.to_vec();
                let refused = log_prob.iter().any(|each| each.is_nan() || *each == f64::NEG_INFINITY);
                assert!(refused, "log p({value}) = {log_prob:?} at {parameters}");
                Ok(Tensor::from(0.0))
            };
            grad(tracked, &parameters.tensors()).unwrap();
        }
        let rejected_names: Vec<String> =
            self.description.rejected.iter().map(|(_, message)| (*message).to_owned()).collect();
        for name in self.two_points().0.names() {
            let quoted = format!("`{name}`");
            assert!(rejected_names.iter().any(|message| message.contains(&quoted)), "no rejected value of {quoted}");
        }
    }

    /// What messages show are the parameters as they were given.
    pub fn parameters_have_names_and_values(&self) {
        for point in &self.description.points {
            let values = self.build(point).parameter_values();
            assert!(!values.is_empty(), "{} shows no parameters", self.name);
            for (name, value) in values.iter().filter(|(name, _)| point.has(name)) {
                assert_eq!(value, &point.get(name), "{}({point}): {name}", self.name);
            }
            assert!(values.iter().any(|(name, _)| point.has(name)), "{}: {values:?}", self.name);
        }
    }

    /// A distribution says that its draws are reparameterized exactly if one of the checks of their gradients is listed.
    pub fn reparameterization_is_listed(&self, capabilities: &[&str]) {
        let is_listed = capabilities.iter().any(|capability| capability.starts_with("reparameterized"));
        for point in &self.description.points {
            let is = self.build(point).is_reparameterized();
            let rule = "list one of the checks `reparameterized..` if and only if it is";
            assert_eq!(is, is_listed, "{} at {point}: {rule}", self.name);
        }
    }

    /// The first draws are those that were pinned.
    pub fn first_draws_are_stable(&self) {
        let distribution = self.build(self.two_points().0);
        let got = distribution.sample(&mut rng("x"), &Shape::from(3)).unwrap().to_vec();
        assert_eq!(got.len(), self.description.draws.len(), "pin the first draws: .draws({got:?})");
        for (got_one, want) in got.iter().zip(&self.description.draws) {
            // Elementary functions may differ in the last place between platforms.
            assert_close(*got_one, *want, 1e-12, 0.0, &format_args!("the first draws are now {got:?}"));
        }
    }
}

/// The elements of draws but for those of a matrix that are the same in all draws, or occur twice.
fn free_elements(support: &Constraint, draws: &Tensor) -> Vec<f64> {
    let first_free = match support {
        Constraint::CorrelationCholesky | Constraint::CorrelationMatrix => -1,
        Constraint::LowerCholesky | Constraint::PositiveDefinite => 0,
        _ => return draws.to_vec(),
    };
    let is_free = Tensor::ones(draws.shape()).tril(first_free).to_vec();
    draws.to_vec().into_iter().zip(is_free).filter(|(_, is_free)| *is_free == 1.0).map(|(element, _)| element).collect()
}

/// Over which length a function of a parameter changes.
fn length(parameter: f64) -> f64 {
    if parameter == 0.0 { 1.0 } else { parameter.abs() }
}

/// Elements such that an event full of them lies outside.
pub(super) fn outside(support: &Constraint) -> Vec<f64> {
    let infinite = [f64::NEG_INFINITY, f64::INFINITY];
    match support {
        Constraint::Real => infinite.to_vec(),
        Constraint::Independent(base, _) => outside(base),
        Constraint::Simplex
        | Constraint::RowStochasticMatrix
        | Constraint::ColumnStochasticMatrix
        | Constraint::ZeroSum(_) => vec![-1.0, 2.0],
        Constraint::UnitVector
        | Constraint::L1Ball
        | Constraint::CorrelationCholesky
        | Constraint::CorrelationMatrix => {
            vec![-3.0, 2.0]
        }
        Constraint::OneHot | Constraint::CountVector(_) | Constraint::Permutation => vec![-1.0, 0.25],
        Constraint::OneOf(points) => vec![points.max().item() + 1.0, points.min().item() - 0.5],
        Constraint::OrderedVector
        | Constraint::PositiveOrderedVector
        | Constraint::LowerTriangular
        | Constraint::LowerCholesky
        | Constraint::PositiveDefinite
        | Constraint::Constant(_)
        // What lies outside of one block may lie inside another.
        | Constraint::Blocks(_)
        | Constraint::ClosedInterval => Vec::new(),
        Constraint::Integer => vec![0.5, f64::INFINITY],
        // Of what lies outside and has an image.
        Constraint::Image { of, under } => {
            let images = outside(of).into_iter().map(|element| under.forward(&Tensor::from(element)).unwrap().item());
            images.filter(|element| !element.is_nan()).collect()
        }
        scalar => {
            let (low, high) = ends(scalar);
            let mut beyond = infinite.to_vec();
            beyond.extend([low - 1.0, high + 1.0].into_iter().filter(|end| end.is_finite()));
            if scalar.is_discrete() {
                beyond.extend([low + 0.5, low + 1.25]);
            }
            beyond
        }
    }
}

/// Elements at which the density has some value, perhaps infinite, but not NaN.
fn ends_and_beyond(support: &Constraint) -> Vec<f64> {
    match support {
        Constraint::Independent(base, _) => ends_and_beyond(base),
        Constraint::Simplex => vec![0.0, 1.0],
        Constraint::Constant(_) => Vec::new(),
        event if event.event_rank() > 0 => Vec::new(),
        scalar => {
            let (low, high) = ends(scalar);
            vec![low, high, -1e300, 1e300, f64::MIN_POSITIVE, -f64::MIN_POSITIVE, 0.0]
        }
    }
}
