//! The checks that every distribution and every bijector of this crate must pass, for those of users.
//!
//! Behind the feature `testing`, which belongs into the `[dev-dependencies]` of a crate:
//!
//! ```toml
//! [dev-dependencies]
//! ppl = { version = "0.2", features = ["testing"] }
//! ```
//!
//! # Distributions
//! [`check_distribution!`](crate::testing::check_distribution) writes the tests of a distribution from a [`Family`]: how it is
//! built from named parameters, and points inside its parameter space. What the distribution can do beyond its density and its
//! draws is listed; each capability is a test of its own:
//!
//! | capability                          | trait              | what is checked                                              |
//! |-------------------------------------|--------------------|--------------------------------------------------------------|
//! | (always)                            | `Distribution`     | shapes of samples, batches and events, also of none; a batch is a loop over its members; many values are as a few; gradients by the value and every parameter against finite differences; −∞ outside of the support; errors of observations and what masks leave out; density and draws of recorded programs |
//! | `univariate`                        | `Distribution`     | the density integrates (sums) to 1; discrete draws by chi-square |
//! | `multivariate`                      | `Distribution`     | E\[q(X) / p(X)\] = 1 for draws X of p                         |
//! | `cdf`                               | `Cdf`              | quantiles invert it; draws by Kolmogorov–Smirnov; derivatives |
//! | `mode`                              | `Mode`             | no draw has a larger density                                 |
//! | `moments`, `covariance`, `entropy`, `kl` | of these names | agreement with draws; derivatives; batches                   |
//! | `reparameterized`                   | `Cdf`              | d draw / d parameter = −(∂F/∂parameter) / p(draw)            |
//! | `reparameterized_by_common_numbers` | `Distribution`     | the same by finite differences of draws with the same random numbers |
//! | `reparameterized_by_moments`        | `Moments`          | the mean of d draw / d parameter is d mean / d parameter     |
//! | `reparameterized_straight_through`  | `Moments`          | d draw / d parameter is d mean / d parameter, of each draw   |
//! | `enumerable`                        | `EnumerateSupport` | the masses of the enumerated values sum to 1                 |
//! | `invalid_parameters_are_named`      | `Distribution`     | the errors given by [`Family::rejects`]                      |
//! | `first_draws_are_stable`            | `Distribution`     | the draws given by [`Family::draws`]                         |
//!
//! Checks by simulation have fixed seeds; another seed would raise a false alarm at a rate of 3e-5 or less each.
//!
//! ## Example
//! The Rayleigh distribution:
//!
//! ```
//! use ppl::distribution::{Distribution, DistributionExt, Exponential};
//! use ppl::random::Rng;
//! use ppl::testing::{Family, check_distribution, parameters};
//! use ppl::{Constraint, Result, Shape, Tensor};
//!
//! #[derive(Debug)]
//! struct Rayleigh {
//!     scale: Tensor,
//! }
//!
//! impl Distribution for Rayleigh {
//!     fn name(&self) -> &'static str {
//!         "Rayleigh"
//!     }
//!
//!     fn batch_shape(&self) -> Shape {
//!         self.scale.shape()
//!     }
//!
//!     fn support(&self) -> Constraint {
//!         Constraint::Positive
//!     }
//!
//!     fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
//!         // The square of a draw is exponential.
//!         let squares = Exponential::new(0.5).expand(self.batch_shape())?;
//!         squares.sample(rng, sample_shape)?.sqrt().try_mul(&self.scale)
//!     }
//!
//!     fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
//!         let inside = value.greater(0.0) * value.less(f64::INFINITY);
//!         // Where the value lies outside, the formula is fed 1: a NaN would enter the gradient.
//!         let z = Tensor::select(&inside, value, 1.0).try_div(&self.scale)?;
//!         let log_prob = z.ln().try_sub(z.square() * 0.5)?.try_sub(self.scale.ln())?;
//!         Tensor::try_select(inside, log_prob, f64::NEG_INFINITY)
//!     }
//!
//!     fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
//!         vec![("scale", self.scale.clone())]
//!     }
//!
//!     fn is_reparameterized(&self) -> bool {
//!         true
//!     }
//! }
//!
//! mod tests {
//!     use super::*;
//!
//!     fn family() -> Family<Rayleigh> {
//!         Family::of("Rayleigh", |p| Ok(Rayleigh { scale: p.get("scale") }))
//!             .at(parameters! { scale: 0.7 })
//!             .at(parameters! { scale: 3.0 })
//!     }
//!
//!     check_distribution!(family() => univariate, reparameterized_by_common_numbers);
//! }
//! # fn main() {}
//! ```
//!
//! # Bijectors
//! [`BijectorLaws`] checks shapes, round trips, and Jacobians against those of automatic differentiation, on both engines:
//!
//! ```
//! use ppl::Tensor;
//! use ppl::bijector::Exp;
//! use ppl::testing::BijectorLaws;
//!
//! BijectorLaws::of(&Exp).hold_at(&Tensor::from([-2.0, 0.3, 5.0]));
//! BijectorLaws::of(&Exp).are_finite_at((), &[-50.0, 50.0]);
//! ```

pub(crate) mod engines;

pub use crate::__check_distribution as check_distribution;
pub use crate::bijector::conformance::{Coordinates, Laws as BijectorLaws};
pub use crate::distribution::conformance::{Family, Parameters, parameters};

/// Writes the tests of a distribution: `check_distribution!(family() => univariate, cdf);`.
///
/// See the [module](crate::testing) for the capabilities that can be listed.
#[doc(hidden)]
#[macro_export]
macro_rules! __check_distribution {
    ($family:expr => $($capability:ident),+ $(,)?) => {
        $crate::__law_tests! { $family =>
            shapes_are_sample_batch_event,
            nothing_is_drawn_for_nobody,
            a_batch_is_its_members,
            many_values_are_as_few,
            gradients_are_finite_differences,
            outside_the_support_the_density_is_zero,
            observations_outside_are_named,
            what_a_mask_leaves_out_is_not_looked_at,
            parameters_have_names_and_values,
            draws_with_a_gradient_are_recorded,
            $($capability),+
        }

        #[test]
        fn reparameterization_is_listed() {
            $crate::__erased!(reparameterization_is_listed, $family).reparameterization_is_listed(&[$(stringify!($capability)),+]);
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::distribution::{Distribution, DistributionExt, Exponential};
    use crate::random::Rng;
    use crate::testing::{Family, parameters};
    use crate::{Constraint, Result, Shape, Tensor};

    /// The example of the documentation.
    #[derive(Debug)]
    struct Rayleigh {
        scale: Tensor,
        /// What the log density is multiplied by: 1, or wrong.
        factor: f64,
    }

    impl Distribution for Rayleigh {
        fn name(&self) -> &'static str {
            "Rayleigh"
        }

        fn batch_shape(&self) -> Shape {
            self.scale.shape()
        }

        fn support(&self) -> Constraint {
            Constraint::Positive
        }

        fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
            let squares = Exponential::new(0.5).expand(self.batch_shape())?;
            squares.sample(rng, sample_shape)?.sqrt().try_mul(&self.scale)
        }

        fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
            let inside = value.greater(0.0) * value.less(f64::INFINITY);
            let z = Tensor::select(&inside, value, 1.0).try_div(&self.scale)?;
            let log_prob = z.ln().try_sub(z.square() * 0.5)?.try_sub(self.scale.ln())?;
            Tensor::try_select(inside, log_prob * self.factor, f64::NEG_INFINITY)
        }

        fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
            vec![("scale", self.scale.clone())]
        }

        fn is_reparameterized(&self) -> bool {
            true
        }
    }

    fn family() -> Family<Rayleigh> {
        Family::of("Rayleigh", |p| Ok(Rayleigh { scale: p.get("scale"), factor: 1.0 }))
            .at(parameters! { scale: 0.7 })
            .at(parameters! { scale: 3.0 })
    }

    crate::testing::check_distribution!(family() => univariate, reparameterized_by_common_numbers);

    #[test]
    #[should_panic(expected = "integral of the density at scale = 0.7")]
    fn a_density_that_does_not_integrate_to_one_is_caught() {
        Family::of("Rayleigh", |p| Ok(Rayleigh { scale: p.get("scale"), factor: 1.01 }))
            .at(parameters! { scale: 0.7 })
            .at(parameters! { scale: 3.0 })
            .univariate();
    }

    #[test]
    #[should_panic(expected = "reparameterized")]
    fn a_capability_that_is_not_listed_is_missed() {
        family().reparameterization_is_listed(&["univariate"]);
    }
}
