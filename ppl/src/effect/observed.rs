//! The check of data: finite, and in the support where its bounds are constants.

use super::SampleMessage;
use crate::distribution::check::index_of;
use crate::distribution::vector::{over_events, point_inside};
use crate::tensor::drawn;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Checks the data of a site, but for what a mask leaves out.
///
/// Bounds that depend on a latent site or a parameter are left to the density, where they are other numbers in other
/// runs. `reads` is how many reads of drawn values there were when the run began: bounds may come from one since.
pub(super) fn check(site: &SampleMessage, value: &Tensor, reads: u64) -> Result<()> {
    if value.is_tracked() {
        return Ok(());
    }
    drawn::without_counting_reads(|| check_untracked(site, &value.clone().into_given(), drawn::reads() == reads))
}

fn check_untracked(site: &SampleMessage, value: &Tensor, is_nothing_read: bool) -> Result<()> {
    let mask = mask_of(site)?;
    let finite = value.abs().less(f64::INFINITY);
    let finite = match &mask {
        Some(mask) => Tensor::try_select(mask, finite, 1.0)?,
        None => finite,
    };
    let support = site.distribution.support();
    let mut elementwise = &support;
    while let Constraint::Independent(base, _) = elementwise {
        elementwise = base;
    }
    if let Some(place) = first_zero(&finite) {
        let number = value.elements()[place];
        let expected = match (number.is_nan(), elementwise) {
            (true, _) => "a number (leave missing values out, or mask them)".to_owned(),
            (false, Constraint::Real) => "finite".to_owned(),
            (false, support) => format!("finite and {}", at(support, &finite.shape(), place)),
        };
        return Err(Error::InvalidValue { expected, got: describe(&[number], &value.shape(), place) });
    }
    let value = match &mask {
        Some(mask) => &Tensor::try_select(mask, value, point_inside(site.distribution.as_ref())?)?,
        None => value,
    };
    // The categories are counted by the shape of a tensor, whatever its elements are.
    let counts_categories = site.distribution.name() == "Categorical";
    if !has_constant_bounds(elementwise, value, is_nothing_read || counts_categories) {
        return Ok(());
    }
    let inside = elementwise.contains(value);
    let Some(place) = first_zero(&inside) else { return Ok(()) };
    let event_size = value.size() / inside.size();
    let event = &value.elements()[place * event_size..(place + 1) * event_size];
    let bounds = at(elementwise, &inside.shape(), place);
    let mut expected = bounds.to_string();
    if let (Constraint::IntegerInterval { high, .. }, true, [label]) = (&bounds, counts_categories, event)
        && high.as_number().is_some_and(|high| *label == high + 1.0)
    {
        expected += " (categories are numbered from 0: subtract 1 from labels that start at 1)";
    }
    Err(Error::InvalidValue { expected, got: describe(event, &inside.shape(), place) })
}

/// Which elements of the value count, if there is a mask.
fn mask_of(site: &SampleMessage) -> Result<Option<Tensor>> {
    let own = site.distribution.element_mask();
    let Some(mask) = &site.mask else { return own.map(|own| own.try_broadcast_to(site.shape())).transpose() };
    let mask = over_events(mask, site.distribution.event_shape().rank())?;
    let both = match own {
        Some(own) => mask.try_mul(own)?,
        None => mask,
    };
    both.detach().try_broadcast_to(site.shape()).map(Some)
}

/// Whether a set is the same in every run.
fn has_constant_bounds(set: &Constraint, value: &Tensor, is_nothing_read: bool) -> bool {
    let is_constant = |bound: &Tensor| is_nothing_read && !bound.is_tracked() && !bound.is_drawn();
    match set {
        Constraint::Interval { low, high } | Constraint::IntegerInterval { low, high } => {
            is_constant(low) && is_constant(high)
        }
        Constraint::GreaterThan(bound) | Constraint::LessThan(bound) | Constraint::Point(bound) => is_constant(bound),
        Constraint::Independent(base, _) => has_constant_bounds(base, value, is_nothing_read),
        // Of what the bijector is made shows in what it makes.
        Constraint::Image { of, under } => under
            .inverse(value)
            .is_ok_and(|preimage| is_constant(&preimage) && has_constant_bounds(of, &preimage, is_nothing_read)),
        _ => true,
    }
}

/// The set at one place of a batch: its bounds are numbers there.
fn at(set: &Constraint, batch: &Shape, place: usize) -> Constraint {
    let bound = |bound: &Tensor| match bound.try_broadcast_to(*batch) {
        Ok(bounds) => Tensor::scalar(bounds.elements()[place]),
        Err(_) => bound.clone(),
    };
    match set {
        Constraint::Interval { low, high } => Constraint::Interval { low: bound(low), high: bound(high) },
        Constraint::IntegerInterval { low, high } => Constraint::IntegerInterval { low: bound(low), high: bound(high) },
        Constraint::GreaterThan(low) => Constraint::GreaterThan(bound(low)),
        Constraint::LessThan(high) => Constraint::LessThan(bound(high)),
        Constraint::Point(point) => Constraint::Point(bound(point)),
        other => other.clone(),
    }
}

fn first_zero(tensor: &Tensor) -> Option<usize> {
    tensor.elements().iter().position(|&element| element == 0.0)
}

/// An event, with its index if there are others.
fn describe(event: &[f64], batch: &Shape, place: usize) -> String {
    let event = match event {
        [number] => number.to_string(),
        numbers => format!("{numbers:?}"),
    };
    if batch.rank() == 0 { event } else { format!("{event} at {:?}", index_of(batch, place)) }
}
