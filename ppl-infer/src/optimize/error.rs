//! Errors of the search for a mode.

/// An error of the search for a mode, or of the curvature there.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{optimize::OptimizeError, prelude::*};
///
/// #[model]
/// fn errors(y: f64) {
///     let scale = sample!("scale", HalfFlat::new(()));
///     observe!("y", Normal::new(0.0, scale), y);
/// }
///
/// // Of an error of 0 the likelihood is 1/scale, but for a constant: it grows without bound as the scale shrinks.
/// let error = Map::new().run(&errors(0.0)).unwrap_err();
/// let Error::Optimize(OptimizeError::NoMaximum { site, log_density, .. }) = &error else { panic!("{error}") };
/// assert!(site.as_deref() == Some("scale") && *log_density > 10.0);
/// assert!(error.to_string().ends_with("is it bounded?"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptimizeError {
    /// A density without a maximum, as far as could be found.
    #[error(
        "no maximum was found: after {iterations} iterations the log density is {log_density:.3} and still expected to rise \
         by {rise:.3e}{}; is it bounded?",
        .site.as_ref().map(|site| format!(", most steeply at site `{site}`")).unwrap_or_default()
    )]
    NoMaximum {
        /// The site at which the gradient is largest, if the density is that of a model.
        site: Option<String>,
        /// Iterations that were done.
        iterations: usize,
        /// The expected rise.
        rise: f64,
        /// The last position, on the unconstrained space.
        position: Vec<f64>,
        /// The log density there.
        log_density: f64,
        /// Its gradient there.
        gradient: Vec<f64>,
    },

    /// A path along which no Gaussian approximates the density.
    #[error(
        "no Gaussian was found along a path of {steps} steps: the gradient does not fall, or the approximations leave the \
         support; try other starts, or NUTS"
    )]
    NoGaussian {
        /// Steps of the optimiser.
        steps: usize,
    },

    /// A mode at which the log density does not fall in all directions.
    #[error(
        "the log density does not fall in all directions from its mode: look at {}; without a curvature there is no \
         Laplace approximation",
        sites.iter().map(|site| format!("site `{site}`")).collect::<Vec<_>>().join(", ")
    )]
    NotConcave {
        /// The sites along which it is flat or rises, or all of them where it is a direction between them.
        sites: Vec<String>,
    },
}
