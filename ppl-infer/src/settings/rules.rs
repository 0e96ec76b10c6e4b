//! The domains of settings.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::{require, require_memory, require_positive};
use crate::Result;

/// A count, or none for a default that is found when the method runs.
pub(crate) trait Count {
    fn count(&self) -> Option<u64>;
}

impl Count for usize {
    fn count(&self) -> Option<u64> {
        Some(*self as u64)
    }
}

impl Count for Option<usize> {
    fn count(&self) -> Option<u64> {
        self.map(|count| count as u64)
    }
}

pub(crate) fn at_least(parameter: &'static str, count: &impl Count, least: u64) -> Result<()> {
    match count.count() {
        Some(count) => require(parameter, &format!("at least {least}"), count, count >= least),
        None => Ok(()),
    }
}

/// A count of at least this number, and not above the length of the longest vector of numbers.
pub(crate) fn held_at_least(parameter: &'static str, count: &usize, least: u64) -> Result<()> {
    at_least(parameter, count, least)?;
    require_memory(parameter, *count as u64, 1, 1)
}

pub(crate) fn within<T: PartialOrd + Display>(
    parameter: &'static str,
    value: &T,
    range: RangeInclusive<T>,
) -> Result<()> {
    let expected = format!("from {} to {}", range.start(), range.end());
    require(parameter, &expected, value, range.contains(value))
}

pub(crate) fn positive(parameter: &'static str, value: &f64) -> Result<()> {
    require_positive(parameter, *value)
}

pub(crate) fn positive_if_any(parameter: &'static str, value: &Option<f64>) -> Result<()> {
    value.map_or(Ok(()), |value| require_positive(parameter, value))
}

pub(crate) fn satisfies<T: Display>(
    parameter: &'static str,
    value: &T,
    expected: &str,
    is_valid: impl FnOnce(&T) -> bool,
) -> Result<()> {
    require(parameter, expected, value, is_valid(value))
}

/// A setting that has a check of its own, which names it.
pub(crate) fn valid_by<T>(_: &'static str, value: &T, check: impl FnOnce(&T) -> Result<()>) -> Result<()> {
    check(value)
}
