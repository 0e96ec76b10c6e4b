//! `Attempt`: a run of a model that may end where the model has no density.

use ppl::tensor::singular_as_nan;

use super::catching_panics;
use crate::error::DensityError;
use crate::{Error, Rejections, Result};

/// Runs that must fail alike before the reason is taken to be the model, not the draws.
const ALIKE: usize = 10;

/// A run of a model.
#[derive(Debug)]
pub(crate) enum Attempt<T> {
    /// It came to its end.
    Done(T),
    /// A parameter was outside its domain, or a matrix had no Cholesky factor.
    Rejected(ppl::Error),
}

impl<T> Attempt<T> {
    /// Runs a model.
    ///
    /// # Errors
    /// Those of the run but for a parameter outside its domain and a matrix without a factor.
    pub(crate) fn of(run: impl FnOnce() -> Result<T>) -> Result<Self> {
        match singular_as_nan(run) {
            (Err(Error::Model(error)), singular) if error.is_outside_domain() => {
                Ok(Self::Rejected(match (singular, error.site()) {
                    (Some(singular), Some(site)) => singular.at_site(site),
                    _ => error,
                }))
            }
            (Err(Error::Density(DensityError::NonFinite { site, .. })), Some(singular)) => {
                Ok(Self::Rejected(singular.at_site(&site)))
            }
            (outcome, _) => outcome.map(Self::Done),
        }
    }

    /// Runs the first of `count` draws, and returns the output of one that came to its end.
    ///
    /// # Errors
    /// Those of the draws until one comes to its end. A rejection of the first ones, at the same site by the same value,
    /// is an error too: that parameter does not depend on what is drawn.
    pub(crate) fn probe(run: &'static str, count: usize, draw: impl Fn(usize) -> Result<Self>) -> Result<Option<T>> {
        let at = |number: usize, source: Error| Error::Run { run, number: number as u64, source: Box::new(source) };
        let mut first: Option<ppl::Error> = None;
        for number in 0..count.min(ALIKE) {
            match (catching_panics(|| draw(number)).map_err(|error| at(number, error))?, &first) {
                (Self::Rejected(error), None) => first = Some(error),
                (Self::Rejected(error), Some(first)) if is_alike(&error.to_string(), &first.to_string()) => {}
                (Self::Rejected(_), Some(_)) => return Ok(None),
                (Self::Done(output), _) => return Ok(Some(output)),
            }
        }
        first.map_or(Ok(None), |error| Err(at(0, error.into())))
    }

    /// The runs that came to their end, with their numbers, and why the others did not.
    pub(crate) fn partition(attempts: Vec<Self>) -> (Vec<usize>, Vec<T>, Rejections) {
        let mut rejections = Rejections::default();
        let (mut numbers, mut done) = (Vec::with_capacity(attempts.len()), Vec::with_capacity(attempts.len()));
        for (number, attempt) in attempts.into_iter().enumerate() {
            match attempt {
                Self::Done(output) => {
                    numbers.push(number);
                    done.push(output);
                }
                Self::Rejected(error) => rejections.add_error(&error),
            }
        }
        (numbers, done, rejections)
    }
}

/// Whether two messages are the same but for the advice behind the value, which only the first run gives.
fn is_alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|advice| advice.is_empty() || advice.starts_with(", "))
}

#[cfg(test)]
mod tests {
    use ppl::Tensor;
    use ppl::distribution::Normal;

    use super::*;

    fn attempt(scale: f64) -> Result<Attempt<f64>> {
        Attempt::of(|| Ok(Normal::new(0.0, scale).map_err(|error| error.at_site("y"))?.scale().item()))
    }

    #[test]
    fn what_is_the_same_in_all_first_draws_is_an_error() {
        let error = Attempt::probe("draw", 100, |_| attempt(-1.0)).unwrap_err();
        assert_eq!(error.to_string(), "draw 0: site `y`: Normal: `scale` must be positive, got -1");
        assert!(Attempt::probe("draw", 100, |number| attempt(-(number as f64) - 1.0)).is_ok());
        assert!(Attempt::probe("draw", 100, |number| attempt(number as f64 - 5.0)).is_ok());
        let shapes = Attempt::probe("draw", 100, |_| Attempt::of(|| Ok(Normal::new([0.0; 2], [1.0; 3])?)));
        assert_eq!(shapes.unwrap_err().to_string(), "draw 0: Normal: shapes [2] and [3] do not broadcast");
    }

    #[test]
    fn rejected_runs_are_counted() {
        let attempts = [1.0, -2.0, 3.0, -4.0].map(|scale| attempt(scale).unwrap());
        let (numbers, done, rejections) = Attempt::partition(attempts.into());
        assert_eq!((numbers, done), (vec![0, 2], vec![1.0, 3.0]));
        assert_eq!(rejections.to_string(), "`y`: Normal: `scale` must be positive, got -2 (first)");
    }

    #[test]
    fn a_factor_that_is_not_there_is_a_rejection_where_it_is_used() {
        let singular = || Tensor::from([[1.0, 2.0], [2.0, 1.0]]).cholesky();
        let unused = Attempt::of(|| Ok(singular().shape())).unwrap();
        assert!(matches!(unused, Attempt::Done(_)));
        let used = Attempt::of(|| {
            Err::<(), _>(DensityError::non_finite("model", "w", singular().sum().item(), &Tensor::scalar(0.0)).into())
        });
        let Attempt::Rejected(error) = used.unwrap() else { panic!("the density is NaN for want of a factor") };
        assert!(error.to_string().starts_with("site `w`: cholesky: matrix is not positive definite"), "{error}");
    }
}
