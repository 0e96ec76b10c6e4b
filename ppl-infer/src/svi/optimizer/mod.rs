//! Optimizers: what a step makes of a gradient.

mod adam;
mod clipped_adam;
mod learning_rate;
mod sgd;

use std::fmt::Debug;

pub use self::adam::{Adam, AdamState};
pub use self::clipped_adam::ClippedAdam;
pub use self::learning_rate::LearningRate;
pub use self::sgd::{Sgd, SgdState};

use crate::Result;
use crate::settings::require;

/// An optimizer: it moves a parameter against its gradient.
///
/// Parameters are flat vectors on the unconstrained space; each has its own state. An optimizer of one's own is a
/// type that implements this.
///
/// # Example
/// ```
/// use ppl_infer::svi::Optimizer;
///
/// /// Moves by a fixed length against the sign of the gradient.
/// #[derive(Clone, Debug)]
/// struct SignDescent(f64);
///
/// impl Optimizer for SignDescent {
///     type State = ();
///
///     fn update(&self, _: &mut (), _: u64, gradient: &[f64], position: &mut [f64]) {
///         for (position, gradient) in position.iter_mut().zip(gradient) {
///             *position -= self.0 * gradient.signum();
///         }
///     }
/// }
///
/// let mut position = [1.0, 2.0];
/// SignDescent(0.5).update(&mut (), 0, &[3.0, -0.1], &mut position);
/// assert_eq!(position, [0.5, 2.5]);
/// ```
pub trait Optimizer: Clone + Debug {
    /// What is remembered of one parameter between steps; the default is that of a parameter before its first.
    type State: Clone + Debug + Default;

    /// Checks the settings.
    ///
    /// # Errors
    /// A setting outside its domain.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// Checks what is remembered of a parameter with so many elements, as it was read from a file.
    ///
    /// # Errors
    /// A part of the state outside its domain.
    fn validate_state(&self, _state: &Self::State, _size: usize) -> Result<()> {
        Ok(())
    }

    /// Moves `position` against `gradient`; `step` counts the updates of this parameter from 0.
    fn update(&self, state: &mut Self::State, step: u64, gradient: &[f64], position: &mut [f64]);
}

/// A part of a state: nothing before the first update, then a finite number for each element of the parameter.
fn check_state(parameter: &'static str, values: &[f64], size: usize) -> Result<()> {
    let got = || format!("{} numbers for {size} elements", values.len());
    require(parameter, "a number for each element", got(), values.is_empty() || values.len() == size)?;
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => require(parameter, "finite", value, false),
        None => Ok(()),
    }
}
