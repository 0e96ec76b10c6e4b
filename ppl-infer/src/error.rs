//! Errors of this crate.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use ppl::Tensor;

use crate::Rejections;

/// Result with this crate's [`Error`](enum@Error).
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in inference and in its results.
///
/// A divergence, a rejected proposal or a non-finite density along a trajectory is an outcome, not an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model, a distribution or a tensor could not do what it was asked.
    #[error(transparent)]
    Model(#[from] ppl::Error),

    /// Nothing is stored under this name.
    #[error("no {kind} is named `{name}`{}; known: {}", did_you_mean(.nearest.as_deref()), list(.known))]
    UnknownName {
        /// What was looked for: "site", "row".
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// The known name with the smallest edit distance, if it is near.
        nearest: Option<String>,
        /// All known names.
        known: Vec<String>,
    },

    /// Two arrays under one name.
    #[error("site `{site}` was given twice")]
    DuplicateSite {
        /// The name.
        site: String,
    },

    /// An array that does not fit the table that it goes into.
    #[error("{quantity}: the array has shape {got:?}, but its leading axes must be {expected:?}")]
    DrawShape {
        /// The site or sample statistic.
        quantity: String,
        /// Leading axes of every array of the table.
        expected: Vec<usize>,
        /// Shape of the array.
        got: Vec<usize>,
    },

    /// A site with several components, where one is expected.
    #[error(
        "site `{site}` has shape {shape:?}; it is no scalar\nhelp: use `get_array(\"{site}\")`, or \
         `component(\"{}\")` for one of its scalars",
        component_label(.site, .shape)
    )]
    NotScalar {
        /// The site.
        site: String,
        /// Its shape.
        shape: Vec<usize>,
    },

    /// A component that a site does not have.
    #[error("site `{site}` has shape {shape:?} and no component `{label}`{}", first_component(.shape, .example))]
    UnknownComponent {
        /// The label that was asked for.
        label: String,
        /// The site.
        site: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Label of its first component.
        example: String,
    },

    /// The label of a component, where a site is expected.
    #[error("`{label}` is a component of a site\nhelp: use `component(\"{label}\")`")]
    IsComponent {
        /// The label.
        label: String,
    },

    /// A family of sites in which members are missing.
    #[error("the family `{family}` has {found} sites, but {} are missing", list(.missing))]
    FamilyGap {
        /// The family.
        family: String,
        /// Number of its sites.
        found: usize,
        /// Names of the first sites that are missing between them.
        missing: Vec<String>,
    },

    /// A family of sites that differ in shape or in the number of indices.
    #[error(
        "the family `{family}` has sites that do not stack: `{}` of shape {:?}, `{}` of shape {:?}",
        first.0, first.1, other.0, other.1
    )]
    FamilyShape {
        /// The family.
        family: String,
        /// Its first site and the shape.
        first: (String, Vec<usize>),
        /// The first site that differs, and its shape.
        other: (String, Vec<usize>),
    },

    /// Draws without weights, where weights are needed.
    #[error("these draws have no weights\nhelp: make them with `Draws::weighted`")]
    NoWeights,

    /// Posteriors that are not of the same run.
    #[error("the posteriors cannot be merged: {problem}\nhelp: {help}")]
    Merge {
        /// The difference.
        problem: String,
        /// The cure.
        help: &'static str,
    },

    /// As many names of dimensions as a site has axes were expected.
    #[error("site `{site}` has {expected} axes, but {got} names of dimensions were given")]
    DimensionNames {
        /// The site.
        site: String,
        /// Rank of the site.
        expected: usize,
        /// Names given.
        got: usize,
    },

    /// A result without a single draw.
    #[error("there are no draws ({chains} chains of {draws} draws)")]
    NoDraws {
        /// Number of chains.
        chains: usize,
        /// Number of draws of each.
        draws: usize,
    },

    /// Not one importance weight is positive.
    #[error(
        "all {draws} importance weights are zero: no draw of the proposal is possible under the model and its observations"
    )]
    NoPositiveWeight {
        /// Number of draws.
        draws: usize,
    },

    /// An importance weight that is NaN or infinite.
    #[error("the log importance weight of draw {draw} is {value}")]
    InvalidWeight {
        /// The draw.
        draw: usize,
        /// Its log weight.
        value: f64,
    },

    /// A file could not be written.
    #[error("cannot write `{}`: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A file could not be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A plot could not be drawn.
    #[error("cannot draw the {plot}: {reason}")]
    Plot {
        /// Which plot.
        plot: &'static str,
        /// What the drawing library reported.
        reason: String,
    },

    /// A setting lies outside of its domain.
    #[error("`{parameter}` must be {expected}, got {got}")]
    InvalidSetting {
        /// The name of the setting.
        parameter: &'static str,
        /// What is accepted.
        expected: String,
        /// What was given.
        got: String,
    },

    /// A vector has not the dimension of the density.
    #[error("{what} has dimension {got}, but the density has dimension {expected}")]
    DimensionMismatch {
        /// What has the wrong dimension.
        what: &'static str,
        /// The dimension of the density.
        expected: usize,
        /// The dimension that was given.
        got: usize,
    },

    /// Every attempted start was rejected, and these sites are why.
    #[error("no valid start: {attempts} of {attempts} starts were rejected: {rejections}")]
    NoValidStartAtSites {
        /// The number of positions tried.
        attempts: usize,
        /// Why: parameters outside their domains, log densities and gradients that are not finite.
        rejections: Rejections,
    },

    /// A discrete latent site where gradients are needed.
    #[error(
        "site `{site}`: {distribution} is discrete, and a sampler with gradients cannot move it; sum it out of the model \
         (as with `logsumexp` over its values), condition on it, or use importance sampling"
    )]
    DiscreteLatent {
        /// The site.
        site: String,
        /// Its distribution.
        distribution: &'static str,
    },

    /// A model whose sites are not the same in every run, where they must be.
    #[error(
        "site `{site}`: a later run of the model {what} it, unlike the first; this method needs the same sites in every run"
    )]
    ChangingSites {
        /// The site.
        site: String,
        /// What the later run did to it.
        what: &'static str,
    },

    /// The density has dimension zero: there is no continuous latent variable to sample.
    #[error("the density has dimension 0: there is no continuous latent variable to sample")]
    NothingToSample,

    /// Every attempted start had a non-finite log density or gradient.
    #[error(
        "no valid start in {attempts} attempts: at the last one the log density was {log_density}{}",
        non_finite_gradient(gradient)
    )]
    NoValidStart {
        /// The number of positions tried.
        attempts: usize,
        /// The positions tried, on the unconstrained space.
        positions: Vec<Vec<f64>>,
        /// The log density at the last one.
        log_density: f64,
        /// The gradient of the log density there.
        gradient: Vec<f64>,
    },

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
        /// How much it is expected to rise.
        rise: f64,
        /// The last position, on the unconstrained space.
        position: Vec<f64>,
        /// The log density there.
        log_density: f64,
        /// Its gradient there.
        gradient: Vec<f64>,
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

    /// The search for a first step size grew it beyond all bounds.
    #[error("the step size grew beyond {limit:e} and every step was still accepted: is the density improper?")]
    StepSizeUnbounded {
        /// The bound.
        limit: f64,
    },

    /// The search for a first step size shrank it to zero.
    #[error(
        "no step size was small enough: the energy jumps at any step from log density {log_density}; is the density discontinuous there?"
    )]
    StepSizeVanished {
        /// The log density of the position from which every step failed.
        log_density: f64,
    },

    /// A mass matrix is not symmetric positive definite, or not finite.
    #[error("the inverse mass matrix is not positive definite: pivot {pivot} is {value}")]
    MassMatrix {
        /// The index of the first bad diagonal entry of the matrix (diagonal) or of its Cholesky factorisation (dense).
        pivot: usize,
        /// Its value.
        value: f64,
    },

    /// No chain succeeded.
    #[error("all {} chains failed: {}", failures.len(), list_failures(failures))]
    AllChainsFailed {
        /// Every chain and why it failed, in the order of the chains.
        failures: Vec<ChainFailure>,
    },

    /// A site that only some draws visited.
    #[error("site `{site}` was visited by {visited} of {draws} draws\nhelp: `visiting(\"{site}\")` keeps these draws")]
    PartlyVisited {
        /// The site.
        site: String,
        /// Number of the draws that visited it.
        visited: usize,
        /// Number of all draws.
        draws: usize,
    },

    /// A site whose shape differs between draws does not fit into one array.
    #[error(
        "site `{site}` has shape {:?} in draw {} and {:?} in draw {}: its values do not fit into one array\nhelp: \
         `draws().irregular_sites()` has them one by one",
        first.1, first.0, other.1, other.0
    )]
    VaryingShape {
        /// The site, or what else varies.
        site: String,
        /// The first draw and its shape.
        first: (usize, Vec<usize>),
        /// The first draw of another shape, and that shape.
        other: (usize, Vec<usize>),
    },

    /// The return values of the model were not kept.
    #[error("the return values of the model were not kept: run with `run_output` or `run_with_guide_output`")]
    NoOutput,

    /// One of many runs of a model failed.
    #[error("{run} {number}: {source}")]
    Run {
        /// What the runs are: "particle", "draw", "step".
        run: &'static str,
        /// Its number, from 0.
        number: u64,
        /// What went wrong.
        source: Box<Error>,
    },

    /// A guide could not draw.
    #[error("the guide: {0}")]
    Guide(#[source] Box<Error>),

    /// The model, the guide or a density panicked.
    #[error("panicked: {message}")]
    Panicked {
        /// The message of the panic.
        message: String,
    },

    /// The log density of a site is NaN or infinite.
    #[error("the log density of site `{site}` of the {program} is {log_density}{}", at(.value.as_deref()))]
    NonFiniteDensity {
        /// "model" or "guide".
        program: &'static str,
        /// The site.
        site: String,
        /// Its log density.
        log_density: f64,
        /// Its value, where that is short.
        value: Option<String>,
    },

    /// No particle is possible under the observations.
    #[error("all {particles} importance weights are zero: {}", zero_weights(.sites, .rejections))]
    ZeroEvidence {
        /// Number of particles.
        particles: usize,
        /// Sites with a density of zero, and in how many of the particles.
        sites: Vec<(String, usize)>,
        /// Particles at which a parameter was outside its domain.
        rejections: Rejections,
    },

    /// No draw could be predicted from.
    #[error("nothing could be predicted: in all {draws} draws a parameter was outside its domain: {rejections}")]
    AllDrawsRejected {
        /// Number of draws.
        draws: usize,
        /// Why.
        rejections: Rejections,
    },

    /// A guide with data: it would count them a second time.
    #[error("the guide observes site `{site}`; only the model may observe")]
    GuideObserves {
        /// The site.
        site: String,
    },

    /// A draw of the guide that the model gives no probability.
    #[error("the guide draws a value of site `{site}` that the model's support ({support}) does not hold: {value}")]
    OutsideSupport {
        /// The site.
        site: String,
        /// The support of the site in the model.
        support: String,
        /// The value.
        value: String,
    },

    /// The bound is not finite although the density of every site is.
    #[error("the ELBO is {elbo}, although the log density of every site is finite: their sum overflows")]
    NonFiniteElbo {
        /// The bound.
        elbo: f64,
    },

    /// The gradient of the bound by a parameter is NaN or infinite.
    #[error("the gradient of the ELBO by parameter `{parameter}` is {gradient}, at the value {value}")]
    NonFiniteGradient {
        /// The parameter.
        parameter: String,
        /// The gradient by its unconstrained value.
        gradient: String,
        /// Its constrained value.
        value: String,
    },

    /// A guide that cannot be fitted.
    #[error(
        "the guide draws latent sites but has no `param!`: there is nothing in it to fit to the posterior \
         (to keep a fitted guide fixed, run it `with(params.handler())`)"
    )]
    GuideWithoutParams,

    /// A site whose values do not come from the model when it predicts.
    #[error("site `{site}` is not predicted: {reason}")]
    NotPredicted {
        /// The site.
        site: String,
        /// Why not, and what to do.
        reason: String,
    },

    /// A model in which nothing is left to draw or to compute.
    #[error(
        "there is nothing to predict: every random site of the model is given or observed ({}); give `observe!` no data \
         (`None`), or take them away with `uncondition`",
        list(observed)
    )]
    NothingToPredict {
        /// The observed sites.
        observed: Vec<String>,
    },

    /// A model without latent sites.
    #[error("{guide}: the model has no latent site that is free, so that there is nothing to guide")]
    NothingToGuide {
        /// The guide.
        guide: &'static str,
    },

    /// Neither model nor guide has a parameter.
    #[error("there is nothing to learn: neither the model nor the guide has a `param!`")]
    NothingToLearn,

    /// The bound does not depend on the parameters.
    #[error("the ELBO has no gradient: it depends on none of the parameters ({})", list(params))]
    NoGradient {
        /// The parameters.
        params: Vec<String>,
    },
}

/// The text of `Display`: it is this that `fn main() -> Result<()>` and `unwrap` print, and it is written for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// [`Error::NonFiniteDensity`] with the value if it is short.
    pub(crate) fn non_finite_density(program: &'static str, site: &str, log_density: f64, value: &Tensor) -> Self {
        const SHOWN: usize = 12;
        let value = (value.size() <= SHOWN).then(|| value.to_string());
        Self::NonFiniteDensity { program, site: site.to_owned(), log_density, value }
    }

    /// [`Error::UnknownName`] with the nearest of the known names.
    pub(crate) fn unknown_name<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let nearest = ppl::site::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownName { kind, name: name.to_owned(), nearest, known }
    }
}

fn at(value: Option<&str>) -> String {
    value.map(|value| format!(", at the value {value}")).unwrap_or_default()
}

/// Why no weight is positive.
fn zero_weights(sites: &[(String, usize)], rejections: &Rejections) -> String {
    let zero = (!sites.is_empty()).then(|| format!("the density is zero at {}", counts(sites)));
    let rejected = (!rejections.is_empty())
        .then(|| format!("a parameter was outside its domain in {} of them: {rejections}", rejections.total()));
    zero.into_iter().chain(rejected).collect::<Vec<_>>().join("; ")
}

/// `` site `y` (in 3 particles), site `z` (in 1) ``.
fn counts(sites: &[(String, usize)]) -> String {
    let parts = sites.iter().enumerate().map(|(place, (site, count))| {
        let unit = if place == 0 { " of them" } else { "" };
        format!("site `{site}` (in {count}{unit})")
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The label of the first component.
fn component_label(site: &str, shape: &[usize]) -> String {
    format!("{site}[{}]", vec!["0"; shape.len()].join(", "))
}

/// How the components of a site are named.
fn first_component(shape: &[usize], example: &str) -> String {
    if shape.contains(&0) { String::new() } else { format!("\nhelp: its first component is `{example}`") }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// The first names of a list, and how many follow.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

/// A chain that failed, and why.
#[derive(Debug, thiserror::Error)]
#[error("chain {chain}: {error}")]
pub struct ChainFailure {
    /// The index of the chain.
    pub chain: usize,
    /// Why it failed.
    #[source]
    pub error: Error,
}

fn non_finite_gradient(gradient: &[f64]) -> String {
    match gradient.iter().position(|value| !value.is_finite()) {
        Some(index) => format!(" and entry {index} of its gradient {}", gradient[index]),
        None => String::new(),
    }
}

/// `chain 0: …; chain 1: …`, where chains that failed alike share one entry.
fn list_failures(failures: &[ChainFailure]) -> String {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for failure in failures {
        let message = failure.error.to_string();
        match groups.iter_mut().find(|(other, _)| *other == message) {
            Some((_, chains)) => chains.push(failure.chain),
            None => groups.push((message, vec![failure.chain])),
        }
    }
    let mut text = String::new();
    for (message, chains) in groups {
        let separator = if text.is_empty() { "" } else { "; " };
        let noun = if chains.len() == 1 { "chain" } else { "chains" };
        let chains: Vec<String> = chains.iter().map(usize::to_string).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{noun} {}: {message}", chains.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ChainFailure, Error};

    #[test]
    fn an_unknown_name_lists_the_known_and_suggests_the_nearest() {
        let error = Error::unknown_name("site", "tua", ["mu", "tau", "theta"]);
        assert_eq!(error.to_string(), "no site is named `tua` (did you mean `tau`?); known: `mu`, `tau`, `theta`");
        let error = Error::unknown_name("site", "something", ["mu"]);
        assert_eq!(error.to_string(), "no site is named `something`; known: `mu`");
        assert_eq!(Error::unknown_name("site", "mu", []).to_string(), "no site is named `mu`; known: none");
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..25).map(|index| format!("x_{index}")).collect();
        let error = Error::unknown_name("site", "quantity", names.iter().map(String::as_str));
        assert!(error.to_string().ends_with("`x_19` and 5 more"));
    }

    #[test]
    fn chains_that_failed_alike_share_one_entry() {
        let failures = vec![
            ChainFailure { chain: 0, error: Error::NothingToSample },
            ChainFailure { chain: 1, error: Error::Panicked { message: "boom".into() } },
            ChainFailure { chain: 2, error: Error::NothingToSample },
        ];
        assert_eq!(
            Error::AllChainsFailed { failures }.to_string(),
            "all 3 chains failed: chains 0, 2: the density has dimension 0: there is no continuous latent variable to \
             sample; chain 1: panicked: boom"
        );
    }

    #[test]
    fn no_valid_start_names_the_first_bad_gradient_entry() {
        let error = Error::NoValidStart {
            attempts: 100,
            positions: vec![vec![0.5, 1.0]],
            log_density: -1.0,
            gradient: vec![0.0, f64::NAN],
        };
        assert_eq!(
            error.to_string(),
            "no valid start in 100 attempts: at the last one the log density was -1 and entry 1 of its gradient NaN"
        );
    }
}
