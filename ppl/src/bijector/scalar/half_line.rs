//! `GreaterThan` and `LessThan`: the real numbers onto those on one side of a bound.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Declares the exponential map onto one side of a bound: x from the distance eᵘ, and the distance from x.
macro_rules! half_line {
    (
        $(#[$documentation:meta])*
        pub struct $Name:ident { $bound:ident }

        $(#[$new:meta])*
        pub fn new($argument:ident: $Argument:ty) -> $Result:ty;

        x = |$distance:ident| $x:expr;
        distance = |$value:ident| $inverse:expr;
    ) => {
        $(#[$documentation])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            $bound: Tensor,
        }

        impl $Name {
            $(#[$new])*
            pub fn new($argument: $Argument) -> $Result {
                let $bound = $argument.into_tensor();
                check::elements(stringify!($Name), stringify!($bound), &$bound, "finite", f64::is_finite)?;
                Ok(Self { $bound })
            }
        }

        impl Bijector for $Name {
            fn name(&self) -> &'static str {
                stringify!($Name)
            }

            fn domain(&self) -> Constraint {
                Constraint::Real
            }

            fn codomain(&self) -> Constraint {
                Constraint::$Name(self.$bound.clone())
            }

            fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
                let ($bound, $distance) = (&self.$bound, u.exp());
                let x = $x?;
                let log_det = u.broadcast_to(x.shape());
                Ok((x, log_det))
            }

            fn inverse_and_log_det(&self, $value: &Tensor) -> Result<(Tensor, Tensor)> {
                let $bound = &self.$bound;
                let u = $inverse?.ln();
                let log_det = -&u;
                Ok((u, log_det))
            }

            fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
                check::broadcast(stringify!($Name), &self.$bound.shape(), shape)
            }

            fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
                self.forward_shape(shape)
            }
        }
    };
}

half_line! {
    /// The exponential function, shifted to lie above a bound.
    ///
    #[doc = include_str!("../../../doc/bijector/GreaterThan.svg")]
    ///
    /// ```text
    /// forward   x = lower + eᵘ         ln |dx/du| = u
    /// inverse   u = ln(x − lower)      ln |du/dx| = −ln(x − lower)
    /// ```
    ///
    /// # Domain and codomain
    /// Real numbers → numbers above `lower`; elementwise, the bound broadcasts.
    ///
    /// # Numerics
    /// The Jacobian term is the argument itself, as in [`Exp`](crate::bijector::Exp).
    ///
    /// # Reference
    /// Stan Reference Manual, "Lower bounded scalar".
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, GreaterThan};
    ///
    /// assert_eq!(GreaterThan::new(2.0)?.forward(&Tensor::from(0.0))?, 3.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GreaterThan { lower }

    /// The map onto the numbers above this bound.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn new(lower: impl IntoTensor) -> Result<Self>;

    x = |distance| distance.try_add(lower);
    distance = |x| x.try_sub(lower);
}

half_line! {
    /// The exponential function, mirrored and shifted to lie below a bound. It falls: large u is far below the bound.
    ///
    #[doc = include_str!("../../../doc/bijector/LessThan.svg")]
    ///
    /// ```text
    /// forward   x = upper − eᵘ         ln |dx/du| = u
    /// inverse   u = ln(upper − x)      ln |du/dx| = −ln(upper − x)
    /// ```
    ///
    /// # Domain and codomain
    /// Real numbers → numbers below `upper`; elementwise, the bound broadcasts.
    ///
    /// # Numerics
    /// The Jacobian term is the argument itself, as in [`Exp`](crate::bijector::Exp).
    ///
    /// # Reference
    /// Stan Reference Manual, "Upper bounded scalar".
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, LessThan};
    ///
    /// assert_eq!(LessThan::new(2.0)?.forward(&Tensor::from(0.0))?, 1.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LessThan { upper }

    /// The map onto the numbers below this bound.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn new(upper: impl IntoTensor) -> Result<Self>;

    x = |distance| upper.try_sub(distance);
    distance = |x| upper.try_sub(x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    fn laws<B: Bijector>(new: impl Fn(Tensor) -> Result<B>) {
        let bijector = new([-1.0, 0.5].into()).unwrap();
        Laws::of(&bijector).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&bijector).hold_at(&Tensor::from(0.4));
        Laws::of(&new(2.0.into()).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| new(p[0].clone()), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
    }

    #[test]
    fn laws_above() {
        laws(GreaterThan::new);
    }

    #[test]
    fn laws_below() {
        laws(LessThan::new);
    }

    #[test]
    fn bounds_are_checked() {
        let error = GreaterThan::new(f64::INFINITY).unwrap_err();
        assert_eq!(error.to_string(), "GreaterThan: `lower` must be finite, got inf");
        let error = LessThan::new(f64::NAN).unwrap_err();
        assert_eq!(error.to_string(), "LessThan: `upper` must be finite, got NaN");
    }
}
