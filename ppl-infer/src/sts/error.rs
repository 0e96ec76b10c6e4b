//! `StsError`: errors of structural time series.

/// An error of a structural time series.
///
/// # Example
/// ```
/// use ppl_infer::Error;
/// use ppl_infer::sts::{LocalLevel, StructuralTimeSeries, StsError};
///
/// let level = StructuralTimeSeries::new(&[1.0, 2.0, 4.0])?.with(LocalLevel::new())?;
/// let error = level.clone().with(LocalLevel::new()).unwrap_err();
/// assert!(matches!(error, Error::Sts(StsError::TwoComponents { name }) if name == "level"));
/// assert!(level.with(LocalLevel::new().named("slow")).is_ok());
///
/// let error = StructuralTimeSeries::new(&[1.0, f64::INFINITY]).unwrap_err();
/// assert!(matches!(error, Error::Sts(StsError::Argument { argument: "y", .. })));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StsError {
    /// An argument outside its domain.
    #[error("{owner}: `{argument}` must be {expected}, got {got}")]
    Argument {
        /// The component, or the series.
        owner: String,
        /// The argument.
        argument: &'static str,
        /// Its domain.
        expected: String,
        /// What was given.
        got: String,
    },

    /// Covariates that end before the times at which they are needed.
    #[error(
        "component `{component}`: `design_matrix` must have a row for each of {needed} times, got {rows}\nhelp: a forecast \
         needs the covariates of the times to come too"
    )]
    Covariates {
        /// The component.
        component: String,
        /// Times of the data and of the forecast.
        needed: usize,
        /// Rows that there are.
        rows: usize,
    },

    /// Two components of one name.
    #[error(
        "structural time series: two components have the name `{name}`\nhelp: give one of them another by `named(..)`"
    )]
    TwoComponents {
        /// The name.
        name: String,
    },

    /// A series without components.
    #[error("structural time series: there is no component\nhelp: add one, as by `with(LocalLevel::new())`")]
    NoComponents,

    /// A tensor of a component's state space that does not fit the others.
    #[error("component `{component}`: `{tensor}` must be of shape {expected}, got {got}")]
    Shape {
        /// The component.
        component: String,
        /// The tensor.
        tensor: &'static str,
        /// The shape that fits the transition.
        expected: String,
        /// The shape.
        got: String,
    },

    /// Draws of a parameter of another shape than the parameter's.
    #[error("structural time series: site `{site}` must be of shape {expected:?}, got draws of shape {got:?}")]
    Draws {
        /// The site.
        site: String,
        /// The parameter's shape.
        expected: Vec<usize>,
        /// The draws' shape.
        got: Vec<usize>,
    },
}

impl StsError {
    pub(super) fn argument(
        owner: impl Into<String>,
        argument: &'static str,
        expected: impl Into<String>,
        got: impl ToString,
    ) -> Self {
        Self::Argument { owner: owner.into(), argument, expected: expected.into(), got: got.to_string() }
    }

    pub(super) fn of_component(
        name: &str,
        argument: &'static str,
        expected: impl Into<String>,
        got: impl ToString,
    ) -> Self {
        Self::argument(format!("component `{name}`"), argument, expected, got)
    }
}
