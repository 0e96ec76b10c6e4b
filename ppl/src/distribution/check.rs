//! Checks of constant parameters, shared by all distributions.

use crate::tensor::record;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The batch shape: all parameters broadcast.
pub(crate) fn broadcast(distribution: &'static str, parameters: &[&Tensor]) -> Result<Shape> {
    parameters.iter().try_fold(Shape::SCALAR, |shape, parameter| {
        shape.broadcast(&parameter.shape()).ok_or(Error::ShapeMismatch {
            operation: distribution,
            relation: "broadcast",
            left: shape,
            right: parameter.shape(),
        })
    })
}

/// A parameter's name, value and domain.
pub(crate) type Parameter<'a> = (&'static str, &'a Tensor, Constraint);

/// Checks the constant parameters of a distribution that is being built.
pub(crate) fn constants(distribution: &'static str, parameters: &[Parameter<'_>]) -> Result<()> {
    parameters.iter().try_for_each(|(name, value, domain)| parameter(distribution, name, value, domain))
}

/// Checks all parameters of a distribution that is being drawn from.
pub(crate) fn all(distribution: &'static str, parameters: &[Parameter<'_>]) -> Result<()> {
    parameters.iter().try_for_each(|(name, value, domain)| parameter_of_draw(distribution, name, value, domain))
}

/// A parameter that is being differentiated, with NaN where it lies outside its domain: for densities whose formula
/// would go on there with finite numbers.
pub(crate) fn or_nan(parameter: &Tensor, domain: &Constraint) -> Tensor {
    if !parameter.is_tracked() {
        return parameter.clone();
    }
    // Where the domain ends has no derivative.
    Tensor::select(domain.contains(&parameter.detach()), parameter, f64::NAN)
}

/// Checks that a constant parameter lies in its domain and is finite; one that is being differentiated is not
/// inspected.
pub(crate) fn parameter(
    distribution: &'static str,
    name: &'static str,
    value: &Tensor,
    domain: &Constraint,
) -> Result<()> {
    if value.is_tracked() { Ok(()) } else { parameter_of_draw(distribution, name, value, domain) }
}

/// Checks that the parameter of a draw lies in its domain and is finite, also if it is being differentiated.
pub(crate) fn parameter_of_draw(
    distribution: &'static str,
    name: &'static str,
    value: &Tensor,
    domain: &Constraint,
) -> Result<()> {
    // A program draws again with other parameters: what is wrong with them shows in the density, if it has one.
    if value.is_recorded() {
        let value = value.detach();
        return record::note_violations(|| {
            let outside = 1.0 - domain.contains(&value);
            let infinite = 1.0 - value.abs().less(f64::INFINITY);
            outside.try_sum()?.try_add(infinite.try_sum()?)
        });
    }
    let inside = domain.contains(value).to_vec();
    let elements = value.to_vec();
    let event_size = elements.len() / inside.len().max(1);
    // The first event that is wrong, and within it the first element that is.
    let outside = inside.iter().position(|&inside| inside == 0.0).map(|event| event * event_size);
    let not_finite = elements.iter().position(|element| !element.is_finite());
    let Some(place) = outside.into_iter().chain(not_finite).min() else { return Ok(()) };
    let got = match value.rank() {
        0 => elements[0].to_string(),
        _ if event_size > 1 && not_finite.is_none() => format!("{value}"),
        _ => format!("{} at {:?}", elements[place], index_of(&value.shape(), place)),
    };
    let finite = if outside.is_some() { "" } else { "finite and " };
    Err(Error::InvalidParameter { distribution, parameter: name, expected: format!("{finite}{domain}"), got })
}

/// The index of a flat place.
fn index_of(shape: &Shape, place: usize) -> Vec<usize> {
    let mut rest = place;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let along = rest % size;
            rest /= size;
            along
        })
        .collect();
    index.reverse();
    index
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
