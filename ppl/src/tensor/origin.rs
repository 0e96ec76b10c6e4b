//! `Origin`: how a value came out of a bijector, so that what was rounded away near the edge of a support is not lost.
//!
//! A sigmoid rounds to 1 beyond 37, where the distance to 1, e⁻³⁷, still has all its digits in the argument. A value
//! that a bijector made keeps that argument. The door ([`apply`](super::apply::apply)) asks here before it computes:
//!
//! | value        | of it      | is computed as                     |
//! |--------------|------------|------------------------------------|
//! | x = σ(u)     | ln x       | −softplus(−u)                      |
//! |              | 1 − x      | σ(−u), which keeps −u as its own   |
//! |              | ln(1 − x), ln1p(−x) | −softplus(u)              |
//! | x = exp(u)   | ln x       | u                                  |
//! |              | 1 − x      | −expm1(u)                          |
//! | x = f(v)     | f⁻¹(x)     | v, for a bijector f (`preimage.rs`)|
//!
//! and `xlogy` and `xlog1py` likewise. Operations that only move elements keep the origin, others drop it. The rules
//! are the same whether the operation is evaluated, put on a tape or recorded.

use std::sync::Arc;

use super::Tensor;
use super::apply::{apply, apply_as_written};
use super::elementwise::{Binary, Unary};
use super::preimage::Preimage;
use super::primitive::Primitive;
use crate::{Constraint, Result};

/// The computation that a value came from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// exp(u).
    Exp(Tensor),
    /// σ(u).
    Sigmoid(Tensor),
    /// −σ(u).
    MinusSigmoid(Tensor),
    /// A bijector's value at another one.
    Image(Preimage),
}

impl Tensor {
    /// exp(u), which keeps u.
    pub(crate) fn exp_with_origin(&self) -> Self {
        self.exp().with_origin(Origin::Exp(self.clone()))
    }

    /// σ(u), which keeps u.
    pub(crate) fn sigmoid_with_origin(&self) -> Self {
        self.sigmoid().with_origin(Origin::Sigmoid(self.clone()))
    }

    /// Whether all elements lie in a set, whatever they were computed from.
    ///
    /// A value that has underflowed to 0 counts as positive, as what it stands for is.
    pub(crate) fn is_known_to_lie_in(&self, set: &Constraint) -> bool {
        matches!(
            (self.origin.as_deref(), set),
            (
                Some(Origin::Sigmoid(_)),
                Constraint::UnitInterval | Constraint::NonNegative | Constraint::Positive | Constraint::Real
            )
        )
    }

    /// Whether it is kept what the elements were computed from.
    pub(crate) fn has_origin(&self) -> bool {
        self.origin.is_some()
    }

    /// Whether the elements are exponentials whose exponents are kept.
    pub(crate) fn has_exponents(&self) -> bool {
        matches!(self.origin.as_deref(), Some(Origin::Exp(_)))
    }

    pub(super) fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(Arc::new(origin)), ..self }
    }

    /// ln x, from the origin.
    fn log_from_origin(&self) -> Option<Self> {
        match self.origin.as_deref()? {
            Origin::Exp(u) => Some(u.clone()),
            Origin::Sigmoid(u) => Some(u.log_sigmoid()),
            Origin::MinusSigmoid(_) | Origin::Image(_) => None,
        }
    }

    /// ln(1 + x), from the origin.
    fn log1p_from_origin(&self) -> Option<Self> {
        match self.origin.as_deref()? {
            Origin::MinusSigmoid(u) => Some(-u.softplus()),
            _ => None,
        }
    }
}

/// The primitive by a rule of the table, if there is one for it and the origins of its inputs.
pub(super) fn apply_by_origin(primitive: &Primitive, inputs: &[&Tensor]) -> Option<Result<Tensor>> {
    match (primitive, inputs) {
        (Primitive::Unary(Unary::Ln), [x]) => x.log_from_origin().map(Ok),
        (Primitive::Unary(Unary::Ln1p), [x]) => x.log1p_from_origin().map(Ok),
        (Primitive::Unary(Unary::Neg), [x]) => match x.origin.as_deref()? {
            Origin::Sigmoid(u) => Some(
                apply_as_written(primitive, inputs).map(|minus| minus.with_origin(Origin::MinusSigmoid(u.clone()))),
            ),
            _ => None,
        },
        // A recorded number may be another one the next time.
        (Primitive::Binary(Binary::Sub), [one, x]) if one.as_number() == Some(1.0) && !one.was_recorded() => {
            match x.origin.as_deref()? {
                Origin::Sigmoid(u) => Some(Ok((-u).sigmoid_with_origin())),
                Origin::Exp(u) => Some(Ok(-u.expm1())),
                Origin::MinusSigmoid(_) | Origin::Image(_) => None,
            }
        }
        (Primitive::Binary(Binary::Xlogy), [x, y]) => y.log_from_origin().map(|ln| x.try_mul(ln)),
        (Primitive::Binary(Binary::Xlog1py), [x, y]) => y.log1p_from_origin().map(|ln| x.try_mul(ln)),
        (moving, [x]) if moves_elements(moving) => moved(moving, x),
        _ => None,
    }
}

/// The elements moved, and what they were computed from likewise.
fn moved(primitive: &Primitive, x: &Tensor) -> Option<Result<Tensor>> {
    let origin: fn(Tensor) -> Origin = match x.origin.as_deref()? {
        Origin::Exp(_) => Origin::Exp,
        Origin::Sigmoid(_) => Origin::Sigmoid,
        Origin::MinusSigmoid(_) => Origin::MinusSigmoid,
        Origin::Image(_) => return None,
    };
    let (Origin::Exp(u) | Origin::Sigmoid(u) | Origin::MinusSigmoid(u)) = x.origin.as_deref()? else { return None };
    let both = apply_as_written(primitive, &[x]).and_then(|x| Ok((x, apply(primitive, &[u])?)));
    Some(both.map(|(x, u)| x.with_origin(origin(u))))
}

fn moves_elements(primitive: &Primitive) -> bool {
    matches!(
        primitive,
        Primitive::Reshape(_)
            | Primitive::BroadcastTo(_)
            | Primitive::Permute(_)
            | Primitive::Slice { .. }
            | Primitive::Gather { .. }
            | Primitive::Flip { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    /// Of x = σ(u) all that the table has, far out on both sides, with its derivative by u.
    #[test]
    fn near_one_nothing_is_rounded_away() {
        type Function = fn(&Tensor) -> Tensor;
        type Wanted = fn(f64) -> (f64, f64);
        fn sigmoid(u: f64) -> f64 {
            if u > 0.0 { 1.0 / (1.0 + (-u).exp()) } else { u.exp() / (1.0 + u.exp()) }
        }
        fn log_sigmoid(u: f64) -> f64 {
            if u > 0.0 { -(-u).exp().ln_1p() } else { u - u.exp().ln_1p() }
        }
        let functions: [(&str, Function, Wanted); 6] = [
            ("ln x", |x| x.ln(), |u| (log_sigmoid(u), sigmoid(-u))),
            ("1 - x", |x| 1.0 - x, |u| (sigmoid(-u), -sigmoid(u) * sigmoid(-u))),
            ("ln(1 - x)", |x| (1.0 - x).ln(), |u| (log_sigmoid(-u), -sigmoid(u))),
            ("ln1p(-x)", |x| (-x).log1p(), |u| (log_sigmoid(-u), -sigmoid(u))),
            ("3 ln x", |x| Tensor::scalar(3.0).xlogy(x), |u| (3.0 * log_sigmoid(u), 3.0 * sigmoid(-u))),
            ("1 - (1 - x)", |x| 1.0 - (1.0 - x), |u| (sigmoid(u), sigmoid(u) * sigmoid(-u))),
        ];
        for (name, function, wanted) in functions {
            for u in [-30.0, -1.0, 0.3, 20.0, 40.0, 600.0] {
                let of_u = |inputs: &[Tensor]| function(&inputs[0].sigmoid_with_origin()).try_sum_axis(0);
                let (value, gradients) = grad(of_u, &[Tensor::from([u])]).unwrap();
                let (want, slope) = wanted(u);
                // Four roundings.
                assert!((value - want).abs() <= 1e-15 * want.abs(), "{name} at {u}: {value:e}, {want:e}");
                let got = gradients[0].item();
                assert!((got - slope).abs() <= 2e-15 * slope.abs(), "slope of {name} at {u}: {got:e}, {slope:e}");
                assert_program_is_tape(name, &[Tensor::from([u])], of_u);
            }
        }
        assert_eq!(sigmoid(40.0), 1.0, "what the table is for");
    }

    #[test]
    fn moving_keeps_the_origin_and_arithmetic_drops_it() {
        let x = Tensor::from([[40.0, 1.0], [-2.0, 50.0]]).sigmoid_with_origin();
        let moves: [fn(&Tensor) -> Tensor; 6] = [
            |x| x.take(0, &[1usize, 0, 1]),
            |x| x.transpose(),
            |x| x.reshape([4]),
            |x| x.slice(1, 0..1),
            |x| x.broadcast_to([3, 2, 2]),
            |x| x.flip(0),
        ];
        for moved in moves {
            let (distance, expected) = (1.0 - moved(&x), moved(&(1.0 - &x)));
            assert_eq!(distance, expected);
            assert!(distance.min().item() > 0.0);
        }
        assert!((&x * 1.0).origin.is_none() && x.sum().origin.is_none());
        assert_eq!((1.0 - &x * 1.0).min(), 0.0);
    }

    #[test]
    fn exponents_are_logarithms() {
        let x = Tensor::from([-800.0, -1e-20]).exp_with_origin();
        assert_eq!(x.to_vec(), [0.0, 1.0]);
        assert_eq!(x.ln().to_vec(), [-800.0, -1e-20]);
        assert_eq!((1.0 - x).to_vec(), [1.0, 1e-20]);
    }
}
