//! `Error`: the errors of all folders of this crate.

use std::fmt;

use ppl::site::UnknownName;

pub use crate::data::DataError;
pub use crate::density::DensityError;
pub use crate::diagnostics::ComparisonError;
pub use crate::draws::DrawsError;
pub use crate::file::FileError;
pub use crate::importance::WeightsError;
pub use crate::inference_data::ExportError;
pub use crate::mcmc::{ChainError, ChainFailure};
pub use crate::optimize::OptimizeError;
pub use crate::plot::PlotError;
pub use crate::posterior::MergeError;
pub use crate::predictive::PredictiveError;
pub use crate::runs::GuideError;
pub use crate::settings::InvalidSetting;
pub use crate::sts::StsError;
pub use crate::svi::SviError;

/// Result with this crate's [`Error`](enum@Error).
///
/// # Example
/// `?` converts an error of `ppl`, here of a distribution, into one of this crate:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// fn prior_mean(scale: f64) -> ppl_infer::Result<f64> {
///     let prior = HalfNormal::new(scale)?;
///     Ok(prior.mean().item())
/// }
///
/// assert!((prior_mean(1.0)? - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-15);
/// let error: Error = prior_mean(-1.0).unwrap_err();
/// assert_eq!(error.to_string(), "HalfNormal: `scale` must be positive, got -1");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of inference or of its results.
///
/// Each part of the crate has an enum of its own. A divergence, a rejected proposal or a non-finite density along a
/// trajectory is an outcome, not an error.
///
/// An error of this crate that arises in a run of a model, as in a handler, passes through [`ppl::Error`] unchanged: if it
/// arose at a site it is the source of a [`ppl::Error::Site`], and [`cause`](Self::cause) finds it there.
///
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::error::{DensityError, Error};
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn subsampled() {
///     let mu = sample!("mu", Normal::new(0.0, 1.0));
///     plate!("n", 5, subsample_size = 2, |index| {
///         observe!("y", Normal::new(mu, 1.0), Tensor::zeros(5).take(0, &index));
///     });
/// }
///
/// let error = Nuts::new().run(&subsampled()).unwrap_err();
/// assert!(matches!(error.cause(), Error::Density(DensityError::SubsampledPlate { subsample_size: 2, size: 5 })));
/// assert!(error.to_string().starts_with("site `n`: log density: the plate takes 2 of its 5 members"));
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the model, a distribution or a tensor.
    #[error(transparent)]
    Model(ppl::Error),
    /// A lookup by a name that is not there.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),
    /// A setting outside its domain.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// An error of a log density.
    #[error(transparent)]
    Density(#[from] DensityError),
    /// An error of Markov chains.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// An error of the search for a mode.
    #[error(transparent)]
    Optimize(#[from] OptimizeError),
    /// An error of a guide.
    #[error(transparent)]
    Guide(#[from] GuideError),
    /// An error of stochastic variational inference.
    #[error(transparent)]
    Svi(#[from] SviError),
    /// An error of a structural time series.
    #[error(transparent)]
    Sts(#[from] StsError),
    /// An error of importance weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An error of predictions.
    #[error(transparent)]
    Predictive(#[from] PredictiveError),
    /// Models that cannot be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    /// An error of arrays of draws.
    #[error(transparent)]
    Draws(#[from] DrawsError),
    /// Posteriors that are not of the same run.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Data that are not what was asked for.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Results that a file cannot have.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// An error of a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A plot that could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),

    /// One of many runs of a model failed.
    #[error("{run} {number}: {source}")]
    Run {
        /// The kind of the runs: "particle", "draw", "step".
        run: &'static str,
        /// The index of the run, from 0.
        number: u64,
        /// The error of the run.
        source: Box<Error>,
    },

    /// The model, the guide or a density panicked.
    #[error("panicked: {message}")]
    Panicked {
        /// The message of the panic.
        message: String,
    },
}

/// The text of `Display`: it is this that `fn main() -> Result<()>` and `unwrap` print, and it is written for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// The error itself, without the run and the site at which it arose, if that is one of this crate.
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::Run { source, .. } => source.cause(),
            Self::Model(ppl::Error::Site { source, .. }) => match source.as_ref() {
                ppl::Error::Model(own) => own.downcast_ref::<Self>().map_or(self, Self::cause),
                _ => self,
            },
            _ => self,
        }
    }

    /// The error of a lookup by a name that is not among the known ones.
    pub(crate) fn unknown_name<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        UnknownName::new(kind, name, known).into()
    }
}

impl From<ppl::Error> for Error {
    /// The error of this crate that has passed through one of `ppl`, or that one.
    fn from(error: ppl::Error) -> Self {
        match error {
            ppl::Error::UnknownName(unknown) => Self::UnknownName(unknown),
            ppl::Error::Model(other) => match other.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Model(ppl::Error::Model(other)),
            },
            error => Self::Model(error),
        }
    }
}

impl From<Error> for ppl::Error {
    /// What [`Error::from`] gives back unchanged: a model, [`ppl::grad`] and [`ppl::program::record`] know the errors
    /// of `ppl` only.
    fn from(error: Error) -> Self {
        match error {
            Error::Model(error) => error,
            Error::UnknownName(unknown) => unknown.into(),
            error => Self::Model(Box::new(error)),
        }
    }
}

/// A message without the lines of help at its end, and these: in a list of messages they come after all of them.
pub(crate) fn split_help(message: &str) -> (&str, Vec<&str>) {
    let (mut problem, mut help) = (message, Vec::new());
    while let Some((before, last)) = problem.rsplit_once('\n')
        && let Some(cure) = last.strip_prefix("help: ")
    {
        help.insert(0, cure);
        problem = before;
    }
    (problem, help)
}

/// Errors that handlers return.
macro_rules! errors_of_handlers {
    ($($error:ty),+) => {$(
        impl From<$error> for ppl::Error {
            fn from(error: $error) -> Self {
                Error::from(error).into()
            }
        }
    )+};
}
errors_of_handlers!(DensityError, GuideError, InvalidSetting, PredictiveError, SviError, WeightsError);

#[cfg(test)]
mod tests {
    use ppl::{Tensor, grad};

    use super::*;

    #[test]
    fn an_error_passes_through_grad_unchanged() {
        let through_grad = |error: fn() -> Error| -> Error {
            let failing = |_: &[Tensor]| -> ppl::Result<Tensor> { Err(error().into()) };
            grad(failing, &[Tensor::scalar(1.0)]).unwrap_err().into()
        };
        let error = through_grad(|| SviError::NonFiniteElbo { elbo: 7.0 }.into());
        assert!(matches!(error, Error::Svi(SviError::NonFiniteElbo { elbo: 7.0 })), "{error}");
        let error = through_grad(|| Error::unknown_name("site", "x", ["y"]));
        assert!(matches!(&error, Error::UnknownName(unknown) if unknown.known == ["y"]), "{error}");
        let error = through_grad(|| ppl::Error::NoValue.into());
        assert!(matches!(error, Error::Model(ppl::Error::NoValue)), "{error}");
    }

    #[test]
    fn help_is_what_ends_a_message() {
        assert_eq!(split_help("wrong\nhelp: a\nhelp: b"), ("wrong", vec!["a", "b"]));
        assert_eq!(split_help("wrong\nhelp: a\n table"), ("wrong\nhelp: a\n table", vec![]));
    }

    #[test]
    fn an_error_at_a_site_of_a_run_keeps_both() {
        let at_site = Error::from(ppl::Error::from(GuideError::Observed).at_site("x"));
        let error = Error::Run { run: "particle", number: 3, source: Box::new(at_site) };
        assert_eq!(error.to_string(), "particle 3: site `x`: the guide draws this site, but the model observes it");
        assert!(matches!(error.cause(), Error::Guide(GuideError::Observed)));
        let foreign = Error::from(ppl::Error::NoValue.at_site("x"));
        assert!(matches!(foreign.cause(), Error::Model(ppl::Error::Site { .. })));
    }
}
