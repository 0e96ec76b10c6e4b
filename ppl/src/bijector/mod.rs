//! Bijectors: smooth invertible maps between unconstrained and constrained space.
//!
//! # Convention
//! Here and everywhere, *forward* maps unconstrained `u` to constrained `x`, and
//!
//! ```text
//! log p(u) = log p(x) + log_abs_det_jacobian(u),    log_abs_det_jacobian(u) = ln |det dx/du|.
//! ```
//!
//! # Events
//! A bijector may act on whole events (a vector, a matrix): axes to the left of its event are a batch, and the
//! Jacobian term has the shape of the batch. Where the constrained event has more entries than degrees of freedom (a
//! simplex, a triangular or symmetric matrix), the determinant is that by its free coordinates, the same by which
//! densities on that set are defined: the first K − 1 entries of a simplex, the lower triangle of a matrix; on the sphere
//! and the zero-sum plane it is that by area.
//!
//! # Supports
//! [`biject_to`] is the table from the support of a site to the bijector that samplers move it with:
//!
//! | constraint                      | bijector                                                |
//! |---------------------------------|---------------------------------------------------------|
//! | real                            | [`Identity`]                                            |
//! | positive, non-negative          | [`Exp`]                                                 |
//! | between 0 and 1, between bounds | [`Sigmoid`]; [`Interval`], [`GreaterThan`], [`LessThan`] or none, by the bounds of each element |
//! | greater than, less than         | [`GreaterThan`], [`LessThan`]                           |
//! | simplex                         | [`StickBreaking`]                                       |
//! | ordered, positive ordered       | [`Ordered`], [`PositiveOrdered`]                        |
//! | unit vector, L1 ball, zero sum  | [`UnitVector`], [`L1Ball`], [`ZeroSum`]                 |
//! | lower triangular matrix         | [`LowerTriangular`]                                     |
//! | row, column stochastic matrix   | [`StochasticMatrix`]                                    |
//! | lower Cholesky factor           | [`LowerCholesky`]                                       |
//! | positive (semi)definite         | [`CholeskyOuterProduct`] after [`LowerCholesky`]        |
//! | correlation Cholesky factor     | [`CorrelationCholesky`]                                 |
//! | correlation matrix              | [`CorrelationOuterProduct`] after [`CorrelationCholesky`] |
//! | blocks of a vector              | [`Blockwise`] with the bijectors of the blocks          |
//! | every element of an event       | [`Independent`] around the element's bijector           |
//! | image of a set under a bijector | that bijector after the set's own                       |
//!
//! Others map where users need them, in a [`Transformed`](crate::distribution::Transformed) distribution:
//!
//! | maps of                         | bijectors                                                                           |
//! |---------------------------------|-------------------------------------------------------------------------------------|
//! | numbers: shift and scale        | [`Affine`], [`Shift`], [`Scale`], [`BatchNormalization`]                            |
//! | numbers: functions              | [`Log`], [`Expm1`], [`Log1p`], [`Power`], [`PowerTransform`], [`Square`], [`Reciprocal`], [`AbsoluteValue`], [`Sinh`], [`SinhArcsinh`], [`LambertWTail`], [`Softfloor`], [`RationalQuadraticSpline`] |
//! | numbers onto intervals          | [`Softplus`], [`HingeSoftplus`], [`Tanh`], [`Softsign`], [`SoftClip`], [`GeneralizedPareto`] |
//! | distribution functions          | [`NormalCdf`], [`GumbelCdf`], [`WeibullCdf`], [`FrechetCdf`], [`MoyalCdf`], [`GompertzCdf`], [`ShiftedGompertzCdf`], [`KumaraswamyCdf`], [`RayleighCdf`], [`GeneralizedExtremeValueCdf`] |
//! | vectors, linearly               | [`Cumsum`], [`Permute`], [`Pad`], [`Householder`], [`LowerCholeskyAffine`], [`MatvecLu`], [`RecursiveLinear`], [`DiscreteCosineTransform`], [`RealFourier`], [`Haar`] |
//! | vectors and simplices           | [`SoftmaxCentered`], [`Softmax`], [`SimplexToOrdered`]                              |
//! | matrices                        | [`SoftplusLowerCholesky`], [`ScaledUnitLowerCholesky`], [`RowNormalizedCholesky`], [`FillTriangular`], [`FillScaleTriL`], [`TransformDiagonal`], [`MatrixInverseTriL`], [`CholeskyToInvCholesky`], [`Transpose`], [`Reshape`] |
//! | distributions                   | [`CumulativeDistribution`]                                                          |
//! | other bijectors                 | [`Chain`], [`Inverse`], [`Independent`], [`Blockwise`], [`Stack`], [`Cached`]       |
//! | functions and networks          | [`Inline`], [`RealNvp`], [`MaskedAutoregressiveFlow`]                               |
//!
//! All are compositions of tensor operations and differentiate in their input and in the tensors they hold. Values of
//! expensive ones remember what they were made of, so that their inverse costs nothing: see [`Cached`].

mod biject_to;
mod cache;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod conformance;
mod derived;
mod matrix;
pub(crate) mod scalar;
mod vector;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

pub use self::biject_to::biject_to;
pub(crate) use self::cache::{MapId, remembered};
pub use self::derived::*;
pub(crate) use self::derived::{check_domain, image};
pub use self::matrix::*;
pub use self::scalar::*;
pub use self::vector::*;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A smooth invertible map; see the [module](self) for the direction and the sign of the Jacobian.
///
/// A value outside of the codomain has no preimage: its inverse is NaN, not an error.
///
/// # Gradients
/// Both maps must be made of operations of `Tensor`. [`Tensor::map`] refuses a tensor that is being
/// differentiated, and a value made of numbers that were read (by `to_vec` or `item`) of one is an error where a density, a
/// draw, a chain, [`forward`](Self::forward) or [`inverse`](Self::inverse) uses the map, because it would be a constant to
/// the sampler.
///
/// # Example
/// A bijector of one's own, and the distribution that it makes:
///
/// ```
/// use ppl::bijector::Bijector;
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
/// use ppl::{Constraint, Result, Tensor};
///
/// /// The Gudermannian function, onto angles: x = 2 arctan(tanh(u/2)).
/// #[derive(Debug)]
/// struct Gudermannian;
///
/// impl Bijector for Gudermannian {
///     fn name(&self) -> &'static str {
///         "Gudermannian"
///     }
///     fn domain(&self) -> Constraint {
///         Constraint::Real
///     }
///     fn codomain(&self) -> Constraint {
///         Constraint::Interval { lower: (-std::f64::consts::FRAC_PI_2).into(), upper: std::f64::consts::FRAC_PI_2.into() }
///     }
///     fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
///         // dx/du = 1 / cosh u
///         let log_cosh = u.abs() + (u.abs() * -2.0).softplus() - 2_f64.ln();
///         Ok(((u * 0.5).tanh().atan() * 2.0, -log_cosh))
///     }
///     fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
///         let tangent = (x * 0.5).tan();
///         Ok((tangent.log1p() - (-tangent).log1p(), -x.cos().ln()))
///     }
/// }
///
/// let angle = Normal::new(0.0, 1.0).transform(Gudermannian)?;
/// let x = Gudermannian.forward(&Tensor::from(0.7))?;
/// assert!((Gudermannian.inverse(&x)? - 0.7).abs().item() < 1e-15);
/// let want = Normal::new(0.0, 1.0)?.log_prob(&Tensor::from(0.7))? + 0.7_f64.cosh().ln();
/// assert!((angle.log_prob(&x)? - want).abs().item() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// For a map of two closures see [`Inline`].
pub trait Bijector: Any + Debug + Send + Sync {
    /// The map's name.
    fn name(&self) -> &'static str;

    /// The set that is mapped.
    fn domain(&self) -> Constraint;

    /// The set onto which the domain is mapped.
    fn codomain(&self) -> Constraint;

    /// Number of axes of one event on the unconstrained side.
    fn domain_event_rank(&self) -> usize {
        self.domain().event_rank()
    }

    /// Number of axes of one event on the constrained side.
    fn codomain_event_rank(&self) -> usize {
        self.codomain().event_rank()
    }

    /// Constrained value and ln |det dx/du|, the latter with one element an event.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, Exp};
    ///
    /// // d eᵘ / du = eᵘ, whose logarithm is u.
    /// let (x, log_det) = Exp.forward_and_log_det(&Tensor::from([0.0, 1.0]))?;
    /// assert_eq!((x.to_vec(), log_det.to_vec()), (vec![1.0, std::f64::consts::E], vec![0.0, 1.0]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)>;

    /// Unconstrained value and ln |det du/dx|, the latter with one element an event.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)>;

    /// The shape of the constrained value for an unconstrained one of this shape.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(*shape)
    }

    /// The shape of the unconstrained value for a constrained one of this shape.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(*shape)
    }

    /// Constrained value.
    ///
    /// # Errors
    /// A shape that the map cannot take; a map that loses the gradient.
    fn forward(&self, u: &Tensor) -> Result<Tensor> {
        let (x, _) = self.forward_and_log_det(u)?;
        check_gradient(self, u, &x)?;
        Ok(x)
    }

    /// Unconstrained value.
    ///
    /// # Errors
    /// A shape that the map cannot take; a map that loses the gradient.
    fn inverse(&self, x: &Tensor) -> Result<Tensor> {
        let (u, _) = self.inverse_and_log_det(x)?;
        check_gradient(self, x, &u)?;
        Ok(u)
    }
}

/// What takes a bijector takes: one, the `Result` of building one, or a shared one.
///
/// # Example
/// A function that takes what [`transform`](crate::distribution::DistributionExt::transform) takes:
/// ```
/// use ppl::bijector::{Exp, Interval, IntoBijector, biject_to};
/// use ppl::Constraint;
///
/// fn at_zero(map: impl IntoBijector) -> ppl::Result<f64> {
///     Ok(map.into_bijector()?.forward(&0.0.into())?.item())
/// }
///
/// assert_eq!(at_zero(Exp)?, 1.0);
/// assert_eq!(at_zero(Interval::new(2.0, 4.0))?, 3.0);
/// assert_eq!(at_zero(biject_to(&Constraint::UnitInterval)?)?, 0.5);
/// assert!(at_zero(Interval::new(4.0, 2.0)).is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bijector",
    label = "expected a bijector, or the `Result` of building one"
)]
pub trait IntoBijector {
    /// The bijector, or the error that kept it from being built.
    ///
    /// # Errors
    /// Those of building the bijector.
    fn into_bijector(self) -> Result<Arc<dyn Bijector>>;
}

impl<B: Bijector + 'static> IntoBijector for B {
    fn into_bijector(self) -> Result<Arc<dyn Bijector>> {
        Ok(Arc::new(self))
    }
}

impl<B: Bijector + 'static> IntoBijector for Result<B> {
    fn into_bijector(self) -> Result<Arc<dyn Bijector>> {
        Ok(Arc::new(self?))
    }
}

impl IntoBijector for Arc<dyn Bijector> {
    fn into_bijector(self) -> Result<Arc<dyn Bijector>> {
        Ok(self)
    }
}

impl IntoBijector for Result<Arc<dyn Bijector>> {
    fn into_bijector(self) -> Result<Arc<dyn Bijector>> {
        self
    }
}

/// Batch shape and event shape of a value; an error that names the map where it has fewer axes than an event.
fn split_event(bijector: &'static str, shape: &Shape, event_rank: usize) -> Result<(Shape, Shape)> {
    if shape.rank() < event_rank {
        return Err(Error::InvalidShape {
            operation: bijector,
            expected: match event_rank {
                1 => "a vector in the last axis".to_owned(),
                2 => "a matrix in the last two axes".to_owned(),
                _ => format!("at least {event_rank} axes"),
            },
            got: *shape,
        });
    }
    Ok(shape.split_event(event_rank))
}

/// The domain of maps between vectors.
fn real_vector() -> Constraint {
    Constraint::Independent(Box::new(Constraint::Real), 1)
}

/// Refuses the result of a map that lost the gradient on its way; programs see a read of numbers as it happens.
///
/// # Errors
/// The operand is being differentiated, and the result is not.
pub(crate) fn check_gradient<B: Bijector + ?Sized>(bijector: &B, operand: &Tensor, result: &Tensor) -> Result<()> {
    let is_wanted = operand.is_tracked() && !operand.is_recorded() && operand.size() > 0;
    let is_lost = is_wanted && !result.is_tracked() && result.size() > 0;
    // A value that was made of a constant, by a map with parameters, leads back to that constant.
    if !is_lost || operand.is_made_of(result) {
        return Ok(());
    }
    Err(Error::Unsupported {
        what: format!(
            "the derivative of the bijector `{}`, which reads the numbers that it is given,",
            bijector.name()
        ),
        hint: "compose the map of operations of `Tensor`, without `to_vec` and `item`".to_owned(),
    })
}
