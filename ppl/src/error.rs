//! The error type of the language.

use std::fmt;
use std::panic::Location;

use crate::site::{Names, SiteKind, UnknownName, nearest};
use crate::tensor::Shape;

/// What every fallible function of this crate returns.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// fn half_life(rate: f64) -> ppl::Result<f64> {
///     Ok(Exponential::new(rate)?.median()?.item())
/// }
///
/// assert!((half_life(0.5)? - 2.0 * 2.0_f64.ln()).abs() < 1e-12);
/// assert_eq!(half_life(-1.0).unwrap_err().to_string(), "Exponential: `rate` must be positive, got -1");
/// # Ok::<(), ppl::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, what was expected and what came.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An operation on two tensors whose shapes do not fit.
    #[error("{operation}: shapes {left} and {right} do not {relation}")]
    ShapeMismatch {
        /// The operation, as the user wrote it.
        operation: &'static str,
        /// What the shapes would have to do, for example "broadcast".
        relation: &'static str,
        /// Shape of the left operand.
        left: Shape,
        /// Shape of the right operand.
        right: Shape,
    },

    /// An operation on one tensor that its shape does not allow.
    #[error("{operation}: expected {expected}, got shape {got}")]
    InvalidShape {
        /// The operation, as the user wrote it.
        operation: &'static str,
        /// What would have been accepted.
        expected: String,
        /// The tensor's shape.
        got: Shape,
    },

    /// An argument outside its range.
    #[error("{operation}: `{argument}` must be {expected}, got {got}")]
    InvalidArgument {
        /// The function or macro.
        operation: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// What would have been accepted.
        expected: String,
        /// What came.
        got: String,
    },

    /// A parameter of a distribution outside its domain.
    #[error("{distribution}: `{parameter}` must be {expected}, got {got}")]
    InvalidParameter {
        /// The distribution's name.
        distribution: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// The parameter's domain.
        expected: String,
        /// The value (or the first wrong element and its index).
        got: String,
    },

    /// A matrix without the property that a decomposition needs.
    #[error("{operation}: matrix is {problem}")]
    SingularMatrix {
        /// The decomposition.
        operation: &'static str,
        /// What is wrong, for example "not positive definite".
        problem: String,
    },

    /// The device, or the memory of it, is not there.
    #[error("device {device}: {problem}")]
    Device {
        /// The device's name.
        device: String,
        /// What the driver said.
        problem: String,
    },

    /// A gradient that cannot be taken.
    #[error("gradient: {problem}")]
    Gradient {
        /// Why not.
        problem: String,
    },

    /// Something that cannot be recorded as a program.
    #[error("recording: {problem}")]
    Recording {
        /// Why it cannot.
        problem: String,
    },

    /// An operation on tensors failed in a model.
    #[error("{source}, at {location}")]
    Operation {
        /// What went wrong.
        source: Box<Error>,
        /// The line of the model.
        location: &'static Location<'static>,
    },

    /// Something went wrong at a site of a model.
    #[error("site `{name}`: {source}")]
    Site {
        /// The site's full name, scopes included.
        name: String,
        /// What went wrong there.
        source: Box<Error>,
    },

    /// A value that a site cannot hold.
    #[error("value must be {expected}, got {got}")]
    InvalidValue {
        /// The site's support, or what else is asked of the value.
        expected: String,
        /// The first wrong element and its index.
        got: String,
    },

    /// A value whose shape is not that of its site.
    #[error(
        "value has shape {got}, expected {expected} (batch shape {batch_shape}, event shape {event_shape})\n{table}"
    )]
    ValueShape {
        /// The site's batch shape followed by its event shape.
        expected: Shape,
        /// The value's shape.
        got: Shape,
        /// The site's batch shape, plates included.
        batch_shape: Box<Shape>,
        /// The distribution's event shape.
        event_shape: Box<Shape>,
        /// What to do, where that is plain, and the shapes of the sites so far, this one last.
        table: String,
    },

    /// A distribution whose batch shape does not fit the plates it stands in.
    #[error("{distribution} has batch shape {batch_shape}, which does not fit the open plates {plates}\n{table}")]
    PlateShape {
        /// The distribution's name.
        distribution: &'static str,
        /// Its batch shape.
        batch_shape: Shape,
        /// The open plates with their sizes and dimensions.
        plates: String,
        /// What to do, where that is plain, and the shapes of the sites so far, this one last.
        table: String,
    },

    /// Two sites of one run with the same name.
    #[error(
        "a second site named `{name}`; names must be unique in a run\nhelp: put the loop's index in the name, as in \"{name}_{{i}}\", or wrap a sub-model in `call!(\"scope\", ..)`"
    )]
    DuplicateSite {
        /// The name that came twice.
        name: String,
    },

    /// Values handed to a handler that no site took.
    #[error(
        "{handler}: no {kind} site took {}; sites of the model: {}{}",
        Names(unused),
        Names(known),
        DidYouMean(unused, known)
    )]
    UnusedKeys {
        /// The handler that held the values.
        handler: &'static str,
        /// The kind of site that it acts on.
        kind: &'static str,
        /// The keys that no site took.
        unused: Vec<String>,
        /// The names of the sites that the run visited.
        known: Vec<String>,
    },

    /// Random sites without a value, where a density is that of all of them.
    #[error(
        "log_prob: no value of {}\nhelp: give every latent site a value; one run by a seed has the density \
         `trace(seed)?.log_density()`",
        Names(sites)
    )]
    MissingValues {
        /// The names of the sites, in the order of the run.
        sites: Vec<String>,
    },

    /// A lookup by a name that is not there.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),

    /// A value for a site that is observed, and so has its value from the data.
    #[error("{handler}: the site is observed\nhelp: `uncondition` it first to give it another value")]
    ObservedSite {
        /// The handler that has a value for it.
        handler: &'static str,
    },

    /// Two values for one site.
    #[error("{handler}: two values were given for the site")]
    TwoValues {
        /// The handler that holds them.
        handler: &'static str,
    },

    /// A site of another kind than in the trace that is replayed.
    #[error("replay: the site is {here} here and {there} in the trace")]
    ReplayedKind {
        /// Its kind in this run.
        here: SiteKind,
        /// Its kind in the trace.
        there: SiteKind,
    },

    /// The density of a site without a value.
    #[error("log_prob: the site has no value yet\nhelp: ask for its density in `after`")]
    NoValue,

    /// A context that is not the one which the body of `Ctx::enter` was given.
    #[error("enter: the body has put another `Ctx` in the place of its own")]
    ReplacedContext,

    /// Something that a distribution, a constraint or a bijector cannot do.
    #[error("{what} is not supported\nhelp: {hint}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// The cure.
        hint: String,
    },

    /// An error of another type: one of the user's own, propagated out of a model by `?`, or one of a handler's own.
    #[error("{0}")]
    Model(Box<dyn std::error::Error + Send + Sync>),
}

/// The text of `Display`: it is this that `fn main() -> Result<()>` and `unwrap` print, and it is written for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// Adds the name of the site at which the error arose; an error that already names a site keeps it.
    #[must_use]
    pub fn at_site(self, name: &str) -> Self {
        match self {
            named @ (Self::Site { .. } | Self::DuplicateSite { .. }) => named,
            source => Self::Site { name: name.to_owned(), source: Box::new(source) },
        }
    }

    /// Whether a parameter of a distribution lies outside its domain, or a matrix has no Cholesky factor.
    ///
    /// If the parameter depends on latent sites, other values of these may be valid: inference rejects the draw. If it is
    /// a constant, the model is wrong.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::Normal;
    ///
    /// assert!(Normal::new(0.0, -1.0).unwrap_err().at_site("y").is_outside_domain());
    /// assert!(!Normal::new([0.0; 2], [1.0; 3]).unwrap_err().is_outside_domain());
    /// ```
    #[must_use]
    pub fn is_outside_domain(&self) -> bool {
        match self {
            Self::Site { source, .. } | Self::Operation { source, .. } => source.is_outside_domain(),
            Self::InvalidParameter { .. } | Self::SingularMatrix { .. } => true,
            _ => false,
        }
    }

    /// The name of the site at which the error arose, if it arose at one.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        match self {
            Self::Site { name, .. } | Self::DuplicateSite { name } => Some(name),
            _ => None,
        }
    }
}

/// A line of help for each wrong name that is near a known one.
struct DidYouMean<'a>(&'a [String], &'a [String]);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(wrong, known) = self;
        for name in *wrong {
            if known.contains(name) {
                write!(f, "\nhelp: `{name}` is a site of another kind, or hidden by `block` or `intervene`")?;
            } else if let Some(meant) = nearest(name, known.iter().map(String::as_str)) {
                write!(f, "\nhelp: did you mean `{meant}` instead of `{name}`?")?;
            }
        }
        Ok(())
    }
}
