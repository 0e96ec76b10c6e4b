//! `IntoBounds`: ranges of numbers and tensors as the ends of an interval.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::{Error, IntoTensor, Result, Shape, Tensor, check};

/// The ends of an interval, each of which may be absent.
///
/// Between real numbers it does not matter whether an end belongs to the interval. Of counts, `low..high` ends before `high`,
/// as everywhere in Rust, and `low..=high` at it.
///
/// A function that passes a range on takes it as [`IntoBounds`], or holds it as `Bounds`.
///
/// # Example
/// ```
/// use ppl::distribution::{Bounds, Distribution, DistributionExt, IntoBounds, Normal, Poisson};
///
/// let range: Bounds = (0.0..3.0).into_bounds();
/// let length = Normal::new(1.0, 1.0).truncated(range.clone())?;
/// let count = Poisson::new(1.0).truncated(range)?;
/// // Lengths go up to 3, counts up to 2.
/// assert!(length.prob(&2.999.into())?.item() > 0.05);
/// assert_eq!(count.prob(&3.0.into())?, 0.0);
/// assert!((count.prob(&2.0.into())?.item() - 0.5 / (1.0 + 1.0 + 0.5)).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bounds {
    pub(super) low: Option<Tensor>,
    pub(super) high: Option<Tensor>,
    is_closed: bool,
}

/// Ranges of numbers or of tensors: `low..`, `..high`, `..=high`, `low..high`, `low..=high` and `..`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Poisson};
///
/// let rolls = Poisson::new(2.0).truncated(1.0..)?;
/// assert_eq!(rolls.log_prob(&0.0.into())?, f64::NEG_INFINITY);
/// let few = Poisson::new(2.0).truncated(..=3.0)?;
/// assert!(few.log_prob(&3.0.into())? .item() > f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of numbers or tensors",
    label = "expected a range, as `0.0..`, `..=high` or `low..high`"
)]
pub trait IntoBounds {
    /// The ends of the range.
    fn into_bounds(self) -> Bounds;
}

impl Bounds {
    fn new(low: Option<Tensor>, high: Option<Tensor>, is_closed: bool) -> Self {
        Self { low, high, is_closed }
    }

    /// The ends of which counts lie between: integers, that belong to the interval.
    pub(super) fn of_counts(self) -> Self {
        // Between the integers nothing moves.
        let low = self.low.map(|low| low.detach().ceil());
        let high = self.high.map(|high| {
            let high = high.detach();
            if self.is_closed { high.floor() } else { high.ceil() - 1.0 }
        });
        Self { low, high, is_closed: true }
    }

    /// The names and values of the ends that there are.
    pub(super) fn values(&self) -> Vec<(&'static str, Tensor)> {
        let named = [("low", &self.low), ("high", &self.high)];
        named.into_iter().filter_map(|(name, end)| end.clone().map(|end| (name, end))).collect()
    }

    pub(super) fn shape(&self, distribution: &'static str) -> Result<Shape> {
        let ends: Vec<&Tensor> = [&self.low, &self.high].into_iter().flatten().collect();
        check::broadcast_all(distribution, &ends)
    }

    pub(super) fn low_or_infinite(&self) -> Tensor {
        self.low.clone().unwrap_or(Tensor::scalar(f64::NEG_INFINITY))
    }

    pub(super) fn high_or_infinite(&self) -> Tensor {
        self.high.clone().unwrap_or(Tensor::scalar(f64::INFINITY))
    }

    pub(super) fn is_tracked(&self) -> bool {
        [&self.low, &self.high].into_iter().flatten().any(Tensor::is_tracked)
    }

    pub(super) fn is_recorded(&self) -> bool {
        [&self.low, &self.high].into_iter().flatten().any(Tensor::is_recorded)
    }

    /// The ends are numbers and in order, and leave some of a support with these ends.
    ///
    /// The lower end may be equal to the upper one if `may_be_point`.
    pub(super) fn check(
        &self,
        distribution: &'static str,
        (first, last): (&Tensor, &Tensor),
        may_be_point: bool,
    ) -> Result<()> {
        let shape =
            check::broadcast_all(distribution, &[&self.low_or_infinite(), &self.high_or_infinite(), first, last])?;
        let column = |end: &Tensor| end.detach().broadcast_to(shape).elements();
        let [low, high] = [column(&self.low_or_infinite()), column(&self.high_or_infinite())];
        let [first, last] = [column(first), column(last)];
        let precedes = |a: f64, b: f64| a < b || (may_be_point && a == b);
        for place in 0..low.len() {
            let (low, high, first, last) = (low[place], high[place], first[place], last[place]);
            let than = |word: &str, bound: f64| {
                if may_be_point {
                    format!("at {word} {bound}")
                } else {
                    format!("{} than {bound}", if word == "least" { "greater" } else { "less" })
                }
            };
            let (parameter, expected, got) = if low.is_nan() || low == f64::INFINITY {
                ("low", "real or -inf".to_owned(), low)
            } else if high.is_nan() || high == f64::NEG_INFINITY {
                ("high", "real or inf".to_owned(), high)
            } else if !precedes(low, high) {
                ("high", than("least", low), high)
            } else if !precedes(low, last) {
                ("low", format!("{}, where the support ends", than("most", last)), low)
            } else if !precedes(first, high) {
                ("high", format!("{}, where the support begins", than("least", first)), high)
            } else {
                continue;
            };
            return Err(Error::InvalidParameter { distribution, parameter, expected, got: got.to_string() });
        }
        Ok(())
    }
}

impl<T: IntoTensor> IntoBounds for Range<T> {
    fn into_bounds(self) -> Bounds {
        Bounds::new(Some(self.start.into_tensor()), Some(self.end.into_tensor()), false)
    }
}

impl<T: IntoTensor> IntoBounds for RangeInclusive<T> {
    fn into_bounds(self) -> Bounds {
        let (low, high) = self.into_inner();
        Bounds::new(Some(low.into_tensor()), Some(high.into_tensor()), true)
    }
}

impl<T: IntoTensor> IntoBounds for RangeFrom<T> {
    fn into_bounds(self) -> Bounds {
        Bounds::new(Some(self.start.into_tensor()), None, true)
    }
}

impl<T: IntoTensor> IntoBounds for RangeTo<T> {
    fn into_bounds(self) -> Bounds {
        Bounds::new(None, Some(self.end.into_tensor()), false)
    }
}

impl<T: IntoTensor> IntoBounds for RangeToInclusive<T> {
    fn into_bounds(self) -> Bounds {
        Bounds::new(None, Some(self.end.into_tensor()), true)
    }
}

impl IntoBounds for RangeFull {
    fn into_bounds(self) -> Bounds {
        Bounds::new(None, None, true)
    }
}

impl IntoBounds for Bounds {
    fn into_bounds(self) -> Bounds {
        self
    }
}
