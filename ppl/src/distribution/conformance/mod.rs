//! The laws that every distribution obeys, checked for each by one macro.
//!
//! A distribution's tests describe it as a [`Family`] (its name in the golden table, how to build it from named
//! parameters, points inside its parameter space, what `new` must reject, its first draws) and list what it can do:
//!
//! ```ignore
//! fn family() -> Family<Normal> {
//!     Family::new("Normal", |p| Normal::new(p.get("loc"), p.get("scale")))
//!         .at(parameters! { loc: 0.3, scale: 1.7 })
//!         .at(parameters! { loc: -2.0, scale: 0.4 })
//!         .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
//!         .draws([0.1, 0.2, 0.3])
//! }
//! conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);
//! ```
//!
//! Each capability is a test of its own, and a method of `Family` that needs the capability's trait:
//!
//! | capability                          | what is checked                                                        |
//! |-------------------------------------|------------------------------------------------------------------------|
//! | (always)                            | golden log density, also far out, with its gradients; draws by extreme parameters; shapes; broadcasting; gradients; the ends of the support and what is outside; masks; errors; names of the parameters; first draws; draws of programs |
//! | `univariate`                        | the density integrates (sums) to 1; discrete draws by chi-square       |
//! | `multivariate`                      | E[q(X) / p(X)] = 1 for draws X of p: density and draws fit             |
//! | `cdf`                               | golden cdf and icdf; icdf inverts cdf; continuous draws by Kolmogorov–Smirnov; all functions differentiated by value and parameters |
//! | `mode`                              | no draw has a larger density; derivatives; broadcasting                |
//! | `moments`, `covariance`, `entropy`, `kl` | golden values; broadcasting; agreement with draws                      |
//! | `reparameterized`                   | d draw / d parameter = −(∂F/∂parameter) / p(draw)                      |
//! | `reparameterized_by_common_numbers` | the same by finite differences of draws with the same random numbers  |
//! | `reparameterized_by_moments`        | the mean of d draw / d parameter is d mean / d parameter, and so of squares |
//! | `reparameterized_straight_through`  | d draw / d parameter is d mean / d parameter, of each draw             |
//! | `enumerable`                        | the masses of the enumerated values sum to 1                           |
//!
//! The golden values are compared with what is computed at once and with recorded programs. Density and draws, distribution
//! functions, moments, mode and entropy are evaluated at extreme parameters too, where they may be infinite, but are NaN only if
//! `Family::nan_at` says why.
//!
//! A field of the golden table for which no capability is listed fails the test `golden_table_is_covered`.
//! Random checks have fixed seeds; the rate at which another seed would raise a false alarm is stated at each.

#![allow(clippy::unwrap_used, reason = "a check that fails panics")]
#![cfg_attr(not(test), allow(dead_code, reason = "the golden tables are this crate's"))]

mod capabilities;
#[cfg(test)]
mod coverage;
mod cumulative;
mod data;
#[cfg(test)]
mod extremes;
#[cfg(test)]
mod far;
#[cfg(test)]
mod golden;
#[cfg(not(test))]
#[path = "without_tables.rs"]
mod golden;
mod laws;
mod mode;
mod numerics;

#[cfg(test)]
pub(crate) use numerics::{derivative, ends, integral, quartiles};

use std::fmt;
use std::sync::Arc;

use super::Distribution;
use crate::random::{Key, Rng};
use crate::{Result, Shape, Tensor};

/// Named parameters, in order.
///
/// [`parameters!`](crate::testing::parameters) writes them; [`Family::of`] is given them to build a distribution.
///
/// # Example
/// ```
/// use ppl::testing::parameters;
///
/// let point = parameters! { loc: 0.3, scale: [1.0, 2.0] };
/// assert_eq!(point.get("scale").to_vec(), [1.0, 2.0]);
/// assert!(!point.has("rate"));
/// assert_eq!(point.to_string(), "loc = 0.3, scale = [1, 2]");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<(String, Tensor)>);

impl Parameters {
    /// Parameters by name.
    pub fn new(entries: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self(entries.into_iter().collect())
    }

    /// Whether there is a parameter of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A parameter by name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn get(&self, name: &str) -> Tensor {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no parameter `{name}` in {self}")).1.clone()
    }

    /// These parameters and others behind them.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn tensors(&self) -> Vec<Tensor> {
        self.0.iter().map(|(_, tensor)| tensor.clone()).collect()
    }

    /// These parameters, one of them replaced.
    pub(crate) fn with(&self, name: &str, tensor: Tensor) -> Self {
        Self(self.0.iter().map(|(key, old)| (key.clone(), if key == name { &tensor } else { old }.clone())).collect())
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, tensor)) in self.0.iter().enumerate() {
            write!(f, "{}{name} = {tensor}", if place > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// `parameters! { loc: 0.3, scale: 1.7 }`.
#[doc(hidden)]
#[macro_export]
macro_rules! __parameters {
    ($($name:ident : $value:expr),* $(,)?) => {
        $crate::testing::Parameters::new([
            $((stringify!($name).to_owned(), $crate::Tensor::from($value))),*
        ])
    };
}
pub use crate::__parameters as parameters;

/// Makes a distribution from named parameters.
type Build<D> = Box<dyn Fn(&Parameters) -> Result<Arc<D>>>;

/// A point at which the density has a corner or a pole.
#[derive(Clone, Copy, Debug)]
enum Corner {
    /// The value of a parameter.
    Parameter(&'static str),
    Zero,
}

impl Corner {
    fn at(self, point: &Parameters) -> f64 {
        match self {
            Self::Parameter(name) => point.get(name).item(),
            Self::Zero => 0.0,
        }
    }
}

/// A distribution as its tests describe it.
///
/// Its laws are methods of `Family<dyn Distribution>`, `Family<dyn Cdf>` and so on, which are compiled once and not for
/// each distribution.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Exponential};
/// use ppl::testing::{Family, parameters};
///
/// let family = Family::of("Exponential", |p| Exponential::new(p.get("rate")))
///     .at(parameters! { rate: 0.5 })
///     .at(parameters! { rate: 2.0 })
///     .rejects(parameters! { rate: -1.0 }, "Exponential: `rate` must be positive, got -1");
/// // `check_distribution!` writes a test of each law; here two of them.
/// let family = family.erased::<dyn Cdf>(|exponential| exponential);
/// family.invalid_parameters_are_named();
/// family.cdf();
/// ```
pub struct Family<D: ?Sized> {
    /// Its name, in the golden table and in errors.
    name: &'static str,
    build: Build<D>,
    description: Description,
}

/// What the laws must know of a distribution.
#[derive(Clone, Debug, Default)]
struct Description {
    /// Points inside the parameter space; any mixture of two of them lies inside too.
    points: Vec<Parameters>,
    /// Whether the golden tables have it.
    is_tabulated: bool,
    /// Parameters by which the log density is not differentiated.
    constants: Vec<&'static str>,
    /// Whether no element of the value can move on its own.
    value_is_bound: bool,
    rejected: Vec<(Parameters, &'static str)>,
    draws: Vec<f64>,
    /// Where the density has a corner or a pole.
    corner: Option<Corner>,
    /// Whether `tests/golden/far` needs no case.
    is_without_far_cases: bool,
    /// A probability whose quantile in the golden table is not compared.
    flat_at: Option<f64>,
    /// Fields of the golden table that tests of the distribution's own compare.
    covered: &'static [&'static str],
    /// The distribution that it is made of, in the tables.
    component: Option<&'static str>,
    /// Distributions that it is made of, whose parameters are among its own.
    parts: Vec<&'static str>,
    /// Whether the event is of real numbers that are independent of each other.
    has_real_elements: bool,
    /// Parameters that are not made larger than 1.
    never_large: Vec<&'static str>,
    /// Functions that have no number where a parameter is extreme.
    without_number: Vec<(&'static str, &'static str)>,
}

impl<D: ?Sized> fmt::Debug for Family<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.name)
            .field("points", &self.description.points)
            .finish_non_exhaustive()
    }
}

impl<D: Distribution> Family<D> {
    /// A distribution of the golden tables, by its name there.
    #[cfg(test)]
    pub(crate) fn new(name: &'static str, build: fn(&Parameters) -> Result<D>) -> Self {
        let mut family = Self::of(name, build);
        family.description.is_tabulated = true;
        family
    }

    /// A distribution, how it is built from named parameters, and its name in errors.
    pub fn of(name: &'static str, build: fn(&Parameters) -> Result<D>) -> Self {
        Self {
            name,
            build: Box::new(move |parameters| build(parameters).map(Arc::new)),
            description: Description::default(),
        }
    }

    /// Adds a point inside the parameter space. The first two must have the same names and shapes, and every mixture
    /// of the two must be valid; of `multivariate` distributions the second has the lighter tails.
    pub fn at(mut self, point: Parameters) -> Self {
        self.description.points.push(point);
        self
    }

    /// Names a parameter by which the log density has no derivative.
    pub fn constant(mut self, parameter: &'static str) -> Self {
        self.description.constants.push(parameter);
        self
    }

    /// Names the parameter at which the density has a corner, for the quadrature to stop there.
    pub fn with_corner_at(mut self, parameter: &'static str) -> Self {
        self.description.corner = Some(Corner::Parameter(parameter));
        self
    }

    /// Says that the density has a corner or a pole at 0, for the quadrature to stop there.
    pub fn with_corner_at_zero(mut self) -> Self {
        self.description.corner = Some(Corner::Zero);
        self
    }

    /// Names the probability at which the distribution function is flat: the quantiles of the golden table are made by
    /// inversion, and have no digits there.
    pub(crate) fn with_flat_distribution_function_at(mut self, probability: f64) -> Self {
        self.description.flat_at = Some(probability);
        self
    }

    /// Says that no element of the value can move on its own (a simplex, a symmetric matrix), and why.
    pub fn without_value_gradient(mut self, _reason: &'static str) -> Self {
        self.description.value_is_bound = true;
        self
    }

    /// Says that the event is of independent real numbers, of which an infinite one is refused as data and moves the gradient, as
    /// that of one real number.
    #[cfg(test)]
    pub(crate) fn of_real_elements(mut self) -> Self {
        self.description.has_real_elements = true;
        self
    }

    /// Says that `tests/golden/far` has no case of the distribution, and why.
    #[cfg(test)]
    pub(crate) fn without_far_cases(mut self, _reason: &'static str) -> Self {
        self.description.is_without_far_cases = true;
        self
    }

    /// Says that the golden table has no case of the distribution, and why.
    pub(crate) fn without_golden_cases(mut self, _reason: &'static str) -> Self {
        self.description.is_tabulated = false;
        self
    }

    /// Names fields of the golden table that tests of the distribution's own compare.
    pub(crate) fn covers(mut self, fields: &'static [&'static str]) -> Self {
        self.description.covered = fields;
        self
    }

    /// Takes those cases of the tables whose `component` this is.
    pub(crate) fn of_component(mut self, component: &'static str) -> Self {
        self.description.component = Some(component);
        self.made_of(component)
    }

    /// Names a distribution that it is made of: parameters of that one are among its own, and rejected in that one's name.
    pub(crate) fn made_of(mut self, distribution: &'static str) -> Self {
        self.description.parts.push(distribution);
        self
    }

    /// Says that functions have no number, or are refused, where this parameter is extreme, and why. `"far"` stands for the
    /// parameters of `tests/golden/far`.
    #[cfg(test)]
    pub(crate) fn nan_at(mut self, parameter: &'static str, functions: &[&'static str], _reason: &'static str) -> Self {
        self.description.without_number.extend(functions.iter().map(|function| (*function, parameter)));
        self
    }

    /// Says that a parameter is not made larger than 1, and why. `"far"` stands for the parameters of `tests/golden/far`.
    #[cfg(test)]
    pub(crate) fn without_large(mut self, parameter: &'static str, _reason: &'static str) -> Self {
        self.description.never_large.push(parameter);
        self
    }

    /// Adds parameters that are rejected with this message, by `new` and, where they are being differentiated, by
    /// `sample`.
    pub fn rejects(mut self, parameters: Parameters, message: &'static str) -> Self {
        self.description.rejected.push((parameters, message));
        self
    }

    /// The elements of the first three draws at the first point, from seed 42: a change of them breaks the values
    /// that users' seeds give and is announced in the changelog.
    pub fn draws<const N: usize>(mut self, draws: [f64; N]) -> Self {
        self.description.draws = draws.to_vec();
        self
    }

    /// The same distribution as one of which a capability is known.
    pub fn erased<T: ?Sized + 'static>(self, erase: fn(Arc<D>) -> Arc<T>) -> Family<T> {
        let Self { name, build, description } = self;
        Family { name, build: Box::new(move |parameters| build(parameters).map(erase)), description }
    }
}

impl<D: Distribution + ?Sized> Family<D> {
    #[track_caller]
    fn build(&self, parameters: &Parameters) -> Arc<D> {
        (self.build)(parameters).unwrap_or_else(|error| panic!("{}({parameters}): {error}", self.name))
    }

    /// The first two points.
    fn two_points(&self) -> (&Parameters, &Parameters) {
        match self.description.points.as_slice() {
            [first, second, ..] => (first, second),
            _ => panic!("{}: give two points inside the parameter space by `at`", self.name),
        }
    }

    /// The first two points as a batch: the first parameter along one axis, all others along a second.
    fn batch(&self) -> (Parameters, Shape) {
        let (first, second) = self.two_points();
        if first.0.is_empty() {
            return (Parameters::default(), Shape::SCALAR);
        }
        let stacked = first.0.iter().enumerate().map(|(place, (name, tensor))| {
            let stacked = Tensor::stack(&[tensor.clone(), second.get(name)], 0);
            (name.clone(), if place == 0 { stacked.unsqueeze(1) } else { stacked })
        });
        (Parameters::new(stacked), Shape::from([2, if first.0.len() > 1 { 2 } else { 1 }]))
    }

    /// The members of [`batch`](Self::batch), in order.
    fn members(&self) -> Vec<Parameters> {
        let (first, second) = self.two_points();
        if first.0.is_empty() {
            return vec![first.clone()];
        }
        let rest: &[&Parameters] = if first.0.len() > 1 { &[first, second] } else { &[first] };
        let mut members = Vec::new();
        for leading in [first, second] {
            for others in rest {
                let (name, tensor) = &leading.0[0];
                members.push(others.with(name, tensor.clone()));
            }
        }
        members
    }
}

fn rng(name: &str) -> Rng {
    Key::new(42).rng(name, 0)
}

#[track_caller]
fn assert_close(got: f64, want: f64, relative: f64, absolute: f64, what: &dyn fmt::Display) {
    let close =
        got == want || (got - want).abs() <= relative * want.abs() + absolute || (got.is_nan() && want.is_nan());
    assert!(close, "{what}: got {got:e}, want {want:e}, difference {:.1e}", got - want);
}

/// Writes the tests of a distribution; see the module.
#[cfg(test)]
macro_rules! distribution {
    ($family:expr => $($capability:ident),+ $(,)?) => {
        $crate::__law_tests! { $family =>
            golden_log_prob,
            golden_log_prob_far_out,
            draws_far_out_lie_in_the_support,
            shapes_are_sample_batch_event,
            nothing_is_drawn_for_nobody,
            a_batch_is_its_members,
            many_values_are_as_few,
            gradients_are_finite_differences,
            outside_the_support_the_density_is_zero,
            at_the_ends_the_density_is_known,
            observations_outside_are_named,
            what_a_mask_leaves_out_is_not_looked_at,
            invalid_parameters_are_named,
            parameters_have_names_and_values,
            first_draws_are_stable,
            draws_with_a_gradient_are_recorded,
            densities_and_draws_at_extreme_parameters,
            $($capability),+
        }

        $($crate::distribution::conformance::extreme_test!($capability, $family);)+

        #[test]
        fn golden_table_is_covered() {
            $crate::__erased!(golden_table_is_covered, $family).golden_table_is_covered(&[$(stringify!($capability)),+]);
        }

        #[test]
        fn reparameterization_is_listed() {
            $crate::__erased!(reparameterization_is_listed, $family).reparameterization_is_listed(&[$(stringify!($capability)),+]);
        }
    };
}
/// The test by extreme parameters of the functions that a capability has.
#[cfg(test)]
macro_rules! extreme_test {
    (cdf, $family:expr) => {
        $crate::__law_tests! { $family => distribution_functions_at_extreme_parameters }
    };
    (moments, $family:expr) => {
        $crate::__law_tests! { $family => moments_at_extreme_parameters }
    };
    (mode, $family:expr) => {
        $crate::__law_tests! { $family => modes_at_extreme_parameters }
    };
    (entropy, $family:expr) => {
        $crate::__law_tests! { $family => entropies_at_extreme_parameters }
    };
    ($without:ident, $family:expr) => {};
}
#[cfg(test)]
pub(crate) use extreme_test;

#[cfg(test)]
pub(crate) use crate::__law_tests as law_tests;
#[cfg(test)]
pub(crate) use distribution;

/// Writes a test of each law, which is a method of the family that has the functions it needs.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_tests {
    ($family:expr => $($law:ident),+) => {
        $(
            #[test]
            fn $law() {
                $crate::__erased!($law, $family).$law();
            }
        )+
    };
}

/// The family that has the functions which a law needs.
#[doc(hidden)]
#[macro_export]
macro_rules! __erased {
    (@of $trait:ident, $family:expr) => {
        $family.erased::<dyn $crate::distribution::$trait>(|distribution| distribution)
    };
    (kl, $family:expr) => { $family };
    (cdf, $family:expr) => { $crate::__erased!(@of Cdf, $family) };
    (distribution_functions_at_extreme_parameters, $family:expr) => { $crate::__erased!(@of Cdf, $family) };
    (moments_at_extreme_parameters, $family:expr) => { $crate::__erased!(@of Moments, $family) };
    (modes_at_extreme_parameters, $family:expr) => { $crate::__erased!(@of Mode, $family) };
    (entropies_at_extreme_parameters, $family:expr) => { $crate::__erased!(@of Entropy, $family) };
    (reparameterized, $family:expr) => { $crate::__erased!(@of Cdf, $family) };
    (mode, $family:expr) => { $crate::__erased!(@of Mode, $family) };
    (moments, $family:expr) => { $crate::__erased!(@of Moments, $family) };
    (reparameterized_straight_through, $family:expr) => { $crate::__erased!(@of Moments, $family) };
    (reparameterized_by_moments, $family:expr) => { $crate::__erased!(@of Moments, $family) };
    (covariance, $family:expr) => { $crate::__erased!(@of Covariance, $family) };
    (entropy, $family:expr) => { $crate::__erased!(@of Entropy, $family) };
    (enumerable, $family:expr) => { $crate::__erased!(@of EnumerateSupport, $family) };
    ($law:ident, $family:expr) => { $crate::__erased!(@of Distribution, $family) };
}
