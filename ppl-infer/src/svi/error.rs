//! Errors of stochastic variational inference.

use ppl::site::Names;

/// An error of a step of SVI.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::error::SviError;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn coin(heads: f64) {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), heads);
/// }
///
/// #[guide(coin)]
/// fn fixed() {
///     sample!("fairness", Beta::new(15.0, 15.0));
/// }
///
/// let error = Svi::new(Adam::new(0.05)).run(&coin(6.0), &fixed()).unwrap_err();
/// // The step at which it arose is around it.
/// assert!(matches!(error.cause(), Error::Svi(SviError::GuideWithoutParams)));
/// assert!(error.to_string().starts_with("step 0: the guide draws latent sites but has no `param!`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SviError {
    /// A model and a guide without a parameter.
    #[error("there is nothing to learn: neither the model nor the guide has a `param!`")]
    NothingToLearn,

    /// A guide that cannot be fitted.
    #[error(
        "the guide draws latent sites but has no `param!`: there is nothing in it to fit to the posterior\nhelp: to keep a \
         fitted guide fixed, run it `with(params.handler())`"
    )]
    GuideWithoutParams,

    /// A parameter that is not declared alike wherever and whenever it occurs.
    #[error("param: the {what} was {known} before and is {declared} here; it must be the same in every run")]
    OtherDeclaration {
        /// The difference: "constraint", "shape".
        what: &'static str,
        /// The earlier declaration.
        known: String,
        /// The declaration here.
        declared: String,
    },

    /// A bound that does not depend on the parameters.
    #[error("the ELBO has no gradient: it depends on none of the parameters ({})", Names(.params))]
    NoGradient {
        /// The parameters.
        params: Vec<String>,
    },

    /// A bound that is not finite although the density of every site is.
    #[error("the ELBO is {elbo}, although the log density of every site is finite: their sum overflows")]
    NonFiniteElbo {
        /// The bound.
        elbo: f64,
    },

    /// A gradient of the bound by a parameter that is NaN or infinite.
    #[error("the gradient of the ELBO by parameter `{parameter}` is {gradient}, at the value {value}")]
    NonFiniteGradient {
        /// The parameter.
        parameter: String,
        /// The gradient by its unconstrained value.
        gradient: String,
        /// Its constrained value.
        value: String,
    },
}
