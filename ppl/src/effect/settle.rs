//! Settling: between its two passes a site gets a value, if it has none, and the value is checked.

use super::plate::{DrawnMembers, subsample};
use super::shape_table::value_shape_error;
use super::validation::Validation;
use super::{ParamSite, PlateFrame, PlateSite, SampleSite, ShapeRow, data_check};
use crate::random::Key;
use crate::tensor::{drawn, record};
use crate::violation::Brief;
use crate::{Error, Result, Shape};

/// Draws the value of a random site, by `key` unless a handler has set one, or checks the value that it has.
///
/// `is_data` tells whether this is the model's own data.
pub(super) fn sample(
    site: &mut SampleSite,
    name: &str,
    plates: &[PlateFrame],
    key: Key,
    is_data: bool,
    validation: Option<&mut Validation>,
) -> Result<()> {
    let was_given = site.value.is_some();
    let value = match site.value.take() {
        Some(value) => value,
        None if site.is_observed => return Err(missing("given where the site is observed")),
        None => {
            let mut rng = site.key.unwrap_or(key).rng(name, 0);
            let draw = |rng: &mut _| site.distribution.sample(rng, &Shape::SCALAR);
            drawn::without_counting_reads(|| record::drawing(name, &mut rng, draw))?
        }
    };
    if value.shape() != site.shape() {
        let table = validation.as_deref().map(|validation| &validation.shapes);
        return Err(value_shape_error(table, site, name, plates, &value, is_data));
    }
    let Some(validation) = validation else {
        site.value = Some(value);
        return Ok(());
    };
    validation.shapes.push(ShapeRow::of_sample(site, name, plates, &value));
    if was_given && site.is_observed {
        data_check::check(site, &value, validation.reads)?;
    }
    // Anything that depends on a latent site is no constant of the model.
    site.value = Some(if site.is_observed { value } else { value.into_drawn() });
    Ok(())
}

/// Gives a parameter its initial value, unless a handler gave one.
pub(super) fn param(site: &mut ParamSite) -> Result<()> {
    if site.value.is_some() {
        return Ok(());
    }
    if site.constraint.contains(&site.init.detach()).to_vec().contains(&0.0) {
        return Err(Error::InvalidValue { expected: site.constraint.to_string(), got: Brief(&site.init).to_string() });
    }
    site.value = Some(site.init.clone());
    Ok(())
}

/// Chooses the members of a plate, by `key` unless a handler has set one, or checks those that it has.
///
/// `own` are the members that the model itself gives. Gives the members as a function that is being recorded draws them, if
/// it does.
pub(super) fn plate(site: &mut PlateSite, name: &str, own: Option<&[usize]>, key: Key) -> Result<Option<DrawnMembers>> {
    if let Some(given) = &site.indices {
        if let Some(own) = own.filter(|own| own != given) {
            return Err(Error::InvalidArgument {
                operation: "plate!",
                argument: "indices",
                expected: format!("those of the model's `subsample`, {own:?}"),
                got: format!("{given:?}"),
            });
        }
        return match given.iter().find(|&&index| index >= site.size) {
            None => Ok(None),
            Some(index) => Err(Error::InvalidArgument {
                operation: "plate!",
                argument: "indices",
                expected: format!("below the plate's size {}", site.size),
                got: index.to_string(),
            }),
        };
    }
    let mut rng = site.key.unwrap_or(key).rng(name, 0);
    let draw = |rng: &mut _| subsample(site.size, site.subsample_size, rng);
    let (members, drawn) = record::drawing(name, &mut rng, draw);
    let drawn = drawn.map(|tensor| DrawnMembers { members: members.clone(), tensor });
    site.indices = Some(members);
    Ok(drawn)
}

/// The value that a site had when it was settled, which a handler may have taken away since.
pub(super) fn kept<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| missing("left in its place by each handler's `after`"))
}

fn missing(expected: &'static str) -> Error {
    Error::InvalidValue { expected: expected.to_owned(), got: "none".to_owned() }
}
