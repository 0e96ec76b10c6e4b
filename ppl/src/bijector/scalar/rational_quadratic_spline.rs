//! `RationalQuadraticSpline`: an interval bent by a monotone spline.

use crate::bijector::Bijector;
use crate::violation::Brief;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Monotone rational-quadratic spline through knots of given positions, heights and slopes, and the identity outside of
/// its range.
///
#[doc = include_str!("../../../doc/bijector/RationalQuadraticSpline.svg")]
///
/// ```text
/// in bin k:   θ = (u − u_k) / width_k,   s = height_k / width_k,   d = slopes at its ends
/// β = s + (d_{k+1} + d_k − 2 s) θ (1 − θ)
/// forward   x = x_k + height_k (s θ² + d_k θ (1 − θ)) / β
///           ln |dx/du| = 2 ln s + ln(d_{k+1} θ² + 2 s θ (1 − θ) + d_k (1 − θ)²) − 2 ln β
/// inverse   θ = 2 c / (b + √(b² + 4 a c)),   ln |du/dx| = −ln |dx/du|
///           c = s (x − x_k),   b = height_k d_k − (x − x_k) (d_{k+1} + d_k − 2 s),   a = height_k s − b
/// ```
///
/// # Parameters
/// | parameter     | domain                                   | shape          |
/// |---------------|------------------------------------------|----------------|
/// | `bin_widths`  | positive, sum = that of `bin_heights`    | batch, bins    |
/// | `bin_heights` | positive                                 | batch, bins    |
/// | `knot_slopes` | positive, at the knots between two bins  | batch, bins − 1|
/// | `range_min`   | real                                     | batch          |
///
/// The slope is 1 at both ends, where the identity begins. The batch broadcasts against the values.
///
/// # Domain and codomain
/// Real numbers; elementwise.
///
/// # Numerics
/// The root of the inverse's quadratic equation is the one without cancellation. Every value is compared with all knots:
/// the cost grows with the number of bins.
///
/// # Reference
/// Durkan, Bekasov, Murray and Papamakarios (2019), "Neural spline flows", equations 4 to 8; TFP,
/// `tfp.bijectors.RationalQuadraticSpline`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RationalQuadraticSpline};
///
/// let spline = RationalQuadraticSpline::new([1.0, 3.0], [2.0, 2.0], [0.5], -2.0)?;
/// // The ends, the knot, and what is outside.
/// let x = spline.forward(&Tensor::from([-2.0, -1.0, 2.0, 7.0]))?;
/// assert_eq!(x.to_vec(), [-2.0, 0.0, 2.0, 7.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RationalQuadraticSpline {
    /// For each bin: width, height, where it begins in both directions, and the slopes at its ends.
    widths: Tensor,
    heights: Tensor,
    lefts: Tensor,
    bottoms: Tensor,
    left_slopes: Tensor,
    right_slopes: Tensor,
    range_min: Tensor,
    range_max: Tensor,
    /// Batch shape of the parameters.
    shape: Shape,
}

impl RationalQuadraticSpline {
    /// The spline of these bins, which begins at `range_min` in both directions.
    ///
    /// # Errors
    /// Parameters out of their domains; sums of widths and heights that differ by more than rounding; shapes that do not
    /// fit.
    pub fn new(
        bin_widths: impl IntoTensor,
        bin_heights: impl IntoTensor,
        knot_slopes: impl IntoTensor,
        range_min: impl IntoTensor,
    ) -> Result<Self> {
        const NAME: &str = "RationalQuadraticSpline";
        let (widths, heights) = (bin_widths.into_tensor(), bin_heights.into_tensor());
        let (slopes, range_min) = (knot_slopes.into_tensor(), range_min.into_tensor());
        let positive = |number: f64| number.is_finite() && number > 0.0;
        check::elements(NAME, "bin_widths", &widths, "finite and positive", positive)?;
        check::elements(NAME, "bin_heights", &heights, "finite and positive", positive)?;
        check::elements(NAME, "knot_slopes", &slopes, "finite and positive", positive)?;
        check::elements(NAME, "range_min", &range_min, "finite", f64::is_finite)?;
        let bins = widths.shape().last().copied().unwrap_or(0);
        for (argument, tensor, entries) in [
            ("bin_widths", &widths, bins.max(1)),
            ("bin_heights", &heights, bins),
            ("knot_slopes", &slopes, bins.saturating_sub(1)),
        ] {
            if tensor.shape().last() != Some(&entries) {
                return Err(Error::InvalidArgument {
                    operation: NAME,
                    argument,
                    expected: format!("a vector of {entries} entries along its last axis"),
                    got: format!("one of shape {}", tensor.shape()),
                });
            }
        }
        let totals = (widths.sum_axis(-1), heights.sum_axis(-1));
        let difference = totals.0.try_sub(&totals.1)?;
        // The ends of the identity on both sides would not meet the spline.
        let is_equal = difference.abs().try_less_equal(totals.0.abs() * 1e-12)?;
        if !is_equal.is_tracked() && is_equal.min() == 0.0 {
            return Err(Error::InvalidArgument {
                operation: NAME,
                argument: "bin_heights",
                expected: format!("with the sum of `bin_widths`, {}", Brief(&totals.0)),
                got: Brief(&totals.1).to_string(),
            });
        }
        let batch = |tensor: &Tensor| tensor.shape().split_event(1).0;
        let mut shape = check::broadcast(NAME, &batch(&widths), &batch(&heights))?;
        shape = check::broadcast(NAME, &shape, &batch(&slopes))?;
        shape = check::broadcast(NAME, &shape, &range_min.shape())?;
        let start = range_min.unsqueeze(-1);
        let ends = |inner: Tensor, is_left: bool| {
            let one = Tensor::ones(batch(&inner).concat(&Shape::from(1)));
            Tensor::concat(&if is_left { [one, inner] } else { [inner, one] }, -1)
        };
        let (left_slopes, right_slopes) = match bins {
            1 => (Tensor::ones(1), Tensor::ones(1)),
            _ => (ends(slopes.clone(), true), ends(slopes, false)),
        };
        Ok(Self {
            lefts: widths.cumsum(-1) - &widths + &start,
            bottoms: heights.cumsum(-1) - &heights + start,
            range_max: &range_min + totals.0,
            widths,
            heights,
            left_slopes,
            right_slopes,
            range_min,
            shape,
        })
    }

    /// The bins that hold values, by the knots at which bins begin: whether the spline holds them at all, a harmless
    /// value where it does not, and the bins' properties.
    fn bins(&self, values: &Tensor, starts: &Tensor) -> (Tensor, Tensor, Bin) {
        let is_inside = values.greater_equal(&self.range_min) * values.less_equal(&self.range_max);
        let values = Tensor::select(&is_inside, values, &self.range_min);
        // 1 for the bins that begin before the value; the first one does.
        let bins = starts.shape()[starts.rank() - 1];
        let is_in = if bins == 1 {
            Tensor::ones(1)
        } else {
            let begins = values.unsqueeze(-1).greater_equal(starts.slice(-1, 1..bins));
            let edge_shape = begins.shape().split_event(1).0.concat(&Shape::from(1));
            let edge = |number: f64| Tensor::full(edge_shape, number);
            Tensor::concat(&[edge(1.0), begins.clone()], -1) - Tensor::concat(&[begins, edge(0.0)], -1)
        };
        let pick = |property: &Tensor| (&is_in * property).sum_axis(-1);
        let (width, height) = (pick(&self.widths), pick(&self.heights));
        let (left_slope, right_slope) = (pick(&self.left_slopes), pick(&self.right_slopes));
        let slope = &height / &width;
        let bend = &left_slope + &right_slope - &slope * 2.0;
        let bin = Bin {
            left: pick(&self.lefts),
            bottom: pick(&self.bottoms),
            width,
            height,
            left_slope,
            right_slope,
            slope,
            bend,
        };
        (is_inside, values, bin)
    }
}

/// The properties of the bin that holds a value.
struct Bin {
    left: Tensor,
    bottom: Tensor,
    width: Tensor,
    height: Tensor,
    left_slope: Tensor,
    right_slope: Tensor,
    /// Of the line through both knots.
    slope: Tensor,
    /// d_{k+1} + d_k − 2 s.
    bend: Tensor,
}

impl Bin {
    /// ln |dx/du| at a part θ of the width, and θ (1 − θ) and β there.
    fn log_slope(&self, theta: &Tensor) -> (Tensor, Tensor, Tensor) {
        let rest = 1.0 - theta;
        let product = theta * &rest;
        let denominator = &self.slope + &self.bend * &product;
        let numerator =
            &self.right_slope * theta.square() + &self.slope * &product * 2.0 + &self.left_slope * rest.square();
        let log_slope = numerator.ln() + (self.slope.ln() - denominator.ln()) * 2.0;
        (log_slope, product, denominator)
    }
}

impl Bijector for RationalQuadraticSpline {
    fn name(&self) -> &'static str {
        "RationalQuadraticSpline"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let (is_inside, held, bin) = self.bins(u, &self.lefts);
        let theta = (held - &bin.left) / &bin.width;
        let (log_slope, product, denominator) = bin.log_slope(&theta);
        let rise = &bin.slope * theta.square() + &bin.left_slope * product;
        let x = &bin.bottom + &bin.height * rise / denominator;
        let (x, log_det) = (Tensor::select(&is_inside, x, u), Tensor::select(is_inside, log_slope, 0.0));
        Ok((x.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (is_inside, held, bin) = self.bins(x, &self.bottoms);
        let rise = held - &bin.bottom;
        let b = &bin.height * &bin.left_slope - &rise * &bin.bend;
        let a = &bin.height * &bin.slope - &b;
        let c = &bin.slope * rise;
        let theta = &c * 2.0 / (&b + (b.square() + a * &c * 4.0).sqrt());
        let u = &bin.left + &bin.width * &theta;
        let log_slope = bin.log_slope(&theta).0;
        let (u, log_det) = (Tensor::select(&is_inside, u, x), Tensor::select(is_inside, -log_slope, 0.0));
        Ok((u.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("RationalQuadraticSpline", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let spline = RationalQuadraticSpline::new([1.0, 0.5, 2.0], [0.2, 2.3, 1.0], [2.2, 1.4], -2.0).unwrap();
        let u = Tensor::from([[-5.0, -1.9], [-1.3, -0.7], [-0.2, 1.1], [1.4, 700.0]]);
        Laws::of(&spline).hold_at(&u);
        Laws::of(&spline).hold_at(&Tensor::from(0.4));
        Laws::of(&spline).are_finite_at((), &TAILS);
        let batch = RationalQuadraticSpline::new(
            [[1.0, 3.0], [2.5, 1.5]],
            [[2.0, 2.0], [0.5, 3.5]],
            [[0.5], [1.3]],
            [-2.0, -1.0],
        );
        Laws::of(&batch.unwrap()).hold_at(&u);
        let one_bin = RationalQuadraticSpline::new([2.0], [2.0], Tensor::zeros(0), 1.0).unwrap();
        Laws::of(&one_bin).hold_at(&Tensor::from([0.5, 1.5, 2.9]));
        // The sums have to stay equal: widths and heights are scaled by the parameter.
        let build = |p: &[Tensor]| {
            let widths = Tensor::concat(&[p[0].clone(), 4.0 - &p[0]], -1);
            let heights = Tensor::concat(&[4.0 - &p[1], p[1].clone()], -1);
            RationalQuadraticSpline::new(widths, heights, &p[2], &p[3])
        };
        parameter_gradients(
            build,
            &[[1.3].into(), [2.2].into(), [0.7].into(), Tensor::from(-1.9)],
            &[-1.2, 0.7, 1.9].into(),
        );
    }

    #[test]
    fn parameters_are_checked() {
        let error = RationalQuadraticSpline::new([1.0, 2.0], [2.0, 2.0], [1.0], 0.0).unwrap_err().to_string();
        assert!(error.contains("`bin_heights` must be with the sum of `bin_widths`, 3, got 4"), "{error}");
        let error = RationalQuadraticSpline::new([1.0, 2.0], [1.0, 2.0], [1.0, 1.0], 0.0).unwrap_err().to_string();
        assert!(error.contains("`knot_slopes` must be a vector of 1 entries"), "{error}");
        assert!(RationalQuadraticSpline::new(1.0, [1.0], [1.0], 0.0).is_err());
        assert!(RationalQuadraticSpline::new([1.0, -2.0], [1.0, -2.0], [1.0], 0.0).is_err());
    }
}
