//! Checks of the parameters of distributions and bijectors: shapes, domains, elements.

use crate::tensor::drawn::without_counting_reads;
use crate::tensor::record;
use crate::{Constraint, Error, Result, Shape, Tensor, violation};

/// The shape to which two shapes broadcast.
pub(crate) fn broadcast(operation: &'static str, left: &Shape, right: &Shape) -> Result<Shape> {
    left.broadcast(right).ok_or(Error::ShapeMismatch { operation, relation: "broadcast", left: *left, right: *right })
}

/// The shape to which all tensors broadcast: the batch shape of elementwise parameters.
pub(crate) fn broadcast_all(operation: &'static str, tensors: &[&Tensor]) -> Result<Shape> {
    tensors.iter().try_fold(Shape::SCALAR, |shape, tensor| broadcast(operation, &shape, &tensor.shape()))
}

/// A parameter's name, value and domain.
pub(crate) type Parameter<'a> = (&'static str, &'a Tensor, Constraint);

/// A parameter's name and value.
pub(crate) fn value((name, value, _): &Parameter<'_>) -> (&'static str, Tensor) {
    (name, (*value).clone())
}

/// Names and values of parameters; one that is checked twice comes once.
pub(crate) fn values(parameters: &[Parameter<'_>]) -> Vec<(&'static str, Tensor)> {
    let mut values: Vec<(&'static str, Tensor)> = parameters.iter().map(value).collect();
    values.dedup_by_key(|(name, _)| *name);
    values
}

/// Checks the constant parameters of a distribution that is being built.
pub(crate) fn constants(distribution: &'static str, parameters: &[Parameter<'_>]) -> Result<()> {
    parameters.iter().try_for_each(|(name, value, domain)| parameter(distribution, name, value, domain))
}

/// Checks all parameters of a distribution that is being drawn from.
pub(crate) fn all(distribution: &'static str, parameters: &[Parameter<'_>]) -> Result<()> {
    without_counting_reads(|| {
        parameters.iter().try_for_each(|(name, value, domain)| parameter_of_draw(distribution, name, value, domain))
    })
}

/// A parameter that is being differentiated, with NaN where it lies outside its domain: for densities whose formula
/// would go on there with finite numbers.
pub(crate) fn or_nan(parameter: &Tensor, domain: &Constraint) -> Tensor {
    // A number that is not real is NaN already.
    if !parameter.is_tracked() || matches!(domain, Constraint::Real) || parameter.is_known_to_lie_in(domain) {
        return parameter.clone();
    }
    // Where the domain ends has no derivative.
    let inside = domain.contains(&parameter.detach());
    let inside = (0..domain.event_rank()).fold(inside, |inside, _| inside.unsqueeze(-1));
    Tensor::select(inside, parameter, f64::NAN)
}

/// Whether a bound of a domain, which may be another parameter, has a property.
fn has_bound(domain: &Constraint, property: impl Fn(&Tensor) -> bool) -> bool {
    match domain {
        Constraint::GreaterThan(bound) | Constraint::LessThan(bound) => property(bound),
        Constraint::Interval { lower, upper } => property(lower) || property(upper),
        _ => false,
    }
}

/// Checks that a constant parameter lies in its domain and is finite; one that is being differentiated is not
/// inspected, nor is one whose bound is.
pub(crate) fn parameter(
    distribution: &'static str,
    name: &'static str,
    value: &Tensor,
    domain: &Constraint,
) -> Result<()> {
    if value.is_tracked() || has_bound(domain, Tensor::is_tracked) {
        return Ok(());
    }
    without_counting_reads(|| parameter_of_draw(distribution, name, value, domain))
}

/// Checks that the parameter of a draw lies in its domain and is finite, also if it is being differentiated.
pub(crate) fn parameter_of_draw(
    distribution: &'static str,
    name: &'static str,
    value: &Tensor,
    domain: &Constraint,
) -> Result<()> {
    // A program draws again with other parameters: what is wrong with them shows in the density, if it has one.
    if value.is_recorded() || has_bound(domain, Tensor::is_recorded) {
        let value = value.detach();
        return record::note_violations(|| {
            let outside = 1.0 - domain.contains(&value);
            let infinite =
                if allows_infinity(domain) { Tensor::scalar(0.0) } else { 1.0 - value.abs().less(f64::INFINITY) };
            outside.try_sum()?.try_add(infinite.try_sum()?)
        });
    }
    let inside = domain.contains(value);
    // A bound may have more elements than the parameter.
    let is_wider = domain.event_rank() == 0 && inside.shape() != value.shape();
    let value = &if is_wider { value.detach().try_broadcast_to(inside.shape())? } else { value.clone() };
    let inside = inside.to_vec();
    let elements = value.to_vec();
    let event_size = elements.len() / inside.len().max(1);
    // The first event that is wrong, and within it the first element that is.
    let outside = inside.iter().position(|&inside| inside == 0.0).map(|event| event * event_size);
    let not_finite = elements.iter().position(|element| !element.is_finite() && !allows_infinity(domain));
    let Some(place) = outside.into_iter().chain(not_finite).min() else { return Ok(()) };
    let got = match value.rank() {
        0 => elements[0].to_string(),
        _ if domain.event_rank() > 0 && not_finite.is_none() => {
            let (batch, event) = value.shape().split_event(domain.event_rank());
            let first = place / event_size * event_size;
            let what = violation::describe(domain, &elements[first..first + event_size], &event);
            match batch.rank() {
                0 => what,
                _ => format!("{what} (event {:?} of the batch)", batch.unravel_index(place / event_size)),
            }
        }
        _ => {
            // Of an event the element that is not finite, and not the first.
            let place = if domain.event_rank() > 0 { not_finite.unwrap_or(place) } else { place };
            format!("{} at {:?}", elements[place], value.shape().unravel_index(place))
        }
    };
    let finite = if outside.is_some() { "" } else { "finite and " };
    Err(Error::InvalidParameter { distribution, parameter: name, expected: format!("{finite}{domain}"), got })
}

/// Checks the elements of an argument by a condition; one that is being differentiated is not inspected.
pub(crate) fn elements(
    operation: &'static str,
    argument: &'static str,
    value: &Tensor,
    expected: &str,
    accepts: impl Fn(f64) -> bool,
) -> Result<()> {
    if value.is_tracked() {
        return Ok(());
    }
    match value.elements().into_iter().find(|&element| !accepts(element)) {
        None => Ok(()),
        Some(element) => {
            Err(Error::InvalidArgument { operation, argument, expected: expected.to_owned(), got: element.to_string() })
        }
    }
}

/// Checks that no element of a parameter of a draw is larger than what the sampler can do.
pub(crate) fn at_most(
    distribution: &'static str,
    name: &'static str,
    value: &Tensor,
    most: f64,
    expected: &str,
) -> Result<()> {
    let value = value.detach();
    if value.is_recorded() {
        return record::note_violations(|| value.greater(most).try_sum());
    }
    match value.to_vec().into_iter().find(|&element| element > most) {
        None => Ok(()),
        Some(got) => Err(Error::InvalidParameter {
            distribution,
            parameter: name,
            expected: expected.to_owned(),
            got: got.to_string(),
        }),
    }
}

/// The real numbers with −∞ and ∞: logarithms of odds.
pub(crate) fn extended_real() -> Constraint {
    Constraint::Interval { lower: f64::NEG_INFINITY.into(), upper: f64::INFINITY.into() }
}

/// Whether a domain holds an infinite number: it is a closed interval, or open at one infinite end only.
fn allows_infinity(domain: &Constraint) -> bool {
    match domain {
        Constraint::Interval { .. } => true,
        Constraint::GreaterThan(low) => low.as_number() == Some(f64::NEG_INFINITY),
        Constraint::LessThan(high) => high.as_number() == Some(f64::INFINITY),
        _ => false,
    }
}

/// The event axes of a value must be those of the distribution.
pub(crate) fn event(distribution: &'static str, value: &Tensor, event_shape: &Shape) -> Result<()> {
    if value.rank() >= event_shape.rank() && value.shape().split_event(event_shape.rank()).1 == *event_shape {
        return Ok(());
    }
    Err(Error::InvalidShape {
        operation: distribution,
        expected: format!("a value whose last axes are the event shape {event_shape}"),
        got: value.shape(),
    })
}
