//! What holds for every bijector.

use crate::bijector::Bijector;
use crate::testing::engines::assert_program_is_tape;
use crate::{Shape, Tensor, grad};

/// Unconstrained values at which everything must still be finite.
#[cfg(test)]
pub(crate) const TAILS: [f64; 6] = [-700.0, -300.0, -50.0, 50.0, 300.0, 700.0];

/// The free coordinates of an event, by which the Jacobian is taken.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{LowerCholesky, StickBreaking};
/// use ppl::testing::{BijectorLaws, Coordinates};
///
/// // Two numbers become three parts of a whole, of which the last follows from the others.
/// let simplex = BijectorLaws::of(&StickBreaking).codomain(Coordinates::AllButLast);
/// simplex.hold_at(&Tensor::from([[0.3, -1.2], [2.0, 0.1]]));
/// // Three numbers become a matrix of four entries, one of which is 0.
/// let factor = BijectorLaws::of(&LowerCholesky).codomain(Coordinates::LowerTriangle);
/// factor.hold_at(&Tensor::from([0.2, -1.0, 1.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Every entry.
    All,
    /// Those of a simplex, or of a matrix whose rows are simplices.
    AllButLast,
    /// Those of a matrix whose columns are simplices.
    AllButLastRow,
    /// Those of a triangular or symmetric matrix.
    LowerTriangle,
    /// Those of a triangular or symmetric matrix whose diagonal follows from them.
    StrictlyLowerTriangle,
    /// Every entry of a smooth surface, on which volume is measured.
    Volume,
}

impl Coordinates {
    /// The places of the free entries in a flat event.
    fn places(self, event: &Shape) -> Vec<usize> {
        match self {
            Self::All | Self::Volume => (0..event.size()).collect(),
            Self::AllButLast => {
                let last = event[event.rank() - 1];
                (0..event.size()).filter(|entry| entry % last != last - 1).collect()
            }
            Self::AllButLastRow => (0..event.size() - event[1]).collect(),
            Self::LowerTriangle => {
                let size = event[0];
                (0..size * size).filter(|entry| entry % size <= entry / size).collect()
            }
            Self::StrictlyLowerTriangle => {
                let size = event[0];
                (0..size * size).filter(|entry| entry % size < entry / size).collect()
            }
        }
    }
}

/// A bijector as its tests describe it.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Inline, StickBreaking};
/// use ppl::testing::{BijectorLaws, Coordinates};
///
/// let laws = BijectorLaws::of(&StickBreaking).codomain(Coordinates::AllButLast);
/// laws.hold_at(&Tensor::from([[0.3, -1.2], [2.0, 0.1]]));
/// laws.are_finite_at([2], &[-300.0, 300.0]);
/// ```
///
/// A map whose term forgets the factor of its derivative does not pass:
/// ```should_panic
/// # use ppl::Tensor;
/// # use ppl::bijector::Inline;
/// # use ppl::testing::BijectorLaws;
/// let double = Inline::new("Double", |u| Ok((u * 2.0, u * 0.0)), |x| Ok((x * 0.5, x * 0.0)));
/// BijectorLaws::of(&double).hold_at(&Tensor::from([0.3, -1.2]));
/// ```
#[derive(Debug)]
pub struct Laws<'a> {
    bijector: &'a dyn Bijector,
    domain: Coordinates,
    codomain: Coordinates,
}

impl<'a> Laws<'a> {
    /// The laws of a bijector.
    #[must_use]
    pub fn of(bijector: &'a dyn Bijector) -> Self {
        Self { bijector, domain: Coordinates::All, codomain: Coordinates::All }
    }

    /// The free coordinates of an unconstrained event, if not all entries are.
    #[must_use]
    pub fn domain(self, domain: Coordinates) -> Self {
        Self { domain, ..self }
    }

    /// The free coordinates of a constrained event, if not all entries are.
    #[must_use]
    pub fn codomain(self, codomain: Coordinates) -> Self {
        Self { codomain, ..self }
    }

    /// All laws at a batch of unconstrained values: shapes, round trips, the Jacobian against automatic differentiation,
    /// batches against loops, on both engines.
    ///
    /// # Panics
    /// If one of them is broken.
    pub fn hold_at(&self, u: &Tensor) {
        self.shapes(u);
        self.round_trip(u);
        self.jacobian_is_that_of_the_tape(u);
        self.a_batch_is_its_members(u);
    }

    fn shapes(&self, u: &Tensor) {
        let f = self.bijector;
        let (x, log_det) = f.forward_and_log_det(u).unwrap();
        assert_eq!(f.forward_shape(&u.shape()).unwrap(), x.shape(), "forward shape");
        let full = f.inverse_shape(&x.shape()).unwrap();
        assert!(u.shape().broadcasts_to(&full), "{} is not a broadcast of {}", full, u.shape());
        assert_eq!(f.forward_shape(&full).unwrap(), x.shape(), "forward shape of the inverse shape");
        let (batch, _) = full.split_event(f.domain_event_rank());
        assert_eq!(x.shape().split_event(f.codomain_event_rank()).0, batch, "batch of the value");
        assert_eq!(log_det.shape(), batch, "shape of the Jacobian term");
        // The inverse is to be computed.
        let x = x.without_preimage();
        let (back, inverse_log_det) = f.inverse_and_log_det(&x).unwrap();
        assert_eq!(back.shape(), full, "shape of the inverse");
        assert_eq!(inverse_log_det.shape(), batch, "shape of the inverse's Jacobian term");
        assert_eq!(f.forward(u).unwrap(), x);
        assert_eq!(f.domain().event_rank(), f.domain_event_rank());
        assert_eq!(f.codomain().event_rank(), f.codomain_event_rank());
        assert_eq!(f.domain().contains(u).min(), 1.0, "{u} is not in the domain: {}", f.domain());
        assert_eq!(f.codomain().contains(&x).min(), 1.0, "{x} is not in the codomain: {}", f.codomain());
        assert_eq!(f.inverse(&x).unwrap(), back);
    }

    /// inverse(forward(u)) = u, and the Jacobian terms are opposite.
    fn round_trip(&self, u: &Tensor) {
        let f = self.bijector;
        let (x, log_det) = f.forward_and_log_det(u).unwrap();
        let (back, inverse_log_det) = f.inverse_and_log_det(&x.without_preimage()).unwrap();
        let want = u.broadcast_to(back.shape()).to_vec();
        let (back, x) = (back.to_vec(), x.to_vec());
        let (size, x_size) = (want.len() / log_det.size(), x.len() / log_det.size());
        for (place, (term, opposite)) in log_det.to_vec().into_iter().zip(inverse_log_det.to_vec()).enumerate() {
            // What the rounding of x alone does to u: |x| ε |du/dx|.
            let rounding = if x_size == 1 { 4.0 * f64::EPSILON * x[place].abs() * (-term).exp() } else { 0.0 };
            assert_close(opposite, -term, 1e-12, 1e-12 + rounding, &format_args!("inverse log_det at {u}"));
            for entry in place * size..(place + 1) * size {
                let what = format_args!("inverse(forward({})) in {u}", want[entry]);
                assert_close(back[entry], want[entry], 1e-12, 1e-12 + rounding, &what);
            }
        }
    }

    /// log_det = ln |det J| with the Jacobian J by the tape, row by row, of each event.
    fn jacobian_is_that_of_the_tape(&self, u: &Tensor) {
        let f = self.bijector;
        let full = f.inverse_shape(&f.forward_shape(&u.shape()).unwrap()).unwrap();
        let u = u.broadcast_to(full);
        let (batch, event) = full.split_event(f.domain_event_rank());
        assert_program_is_tape(&format!("{f:?}"), std::slice::from_ref(&u), |inputs| {
            let (x, log_det) = f.forward_and_log_det(&inputs[0])?;
            Ok((x * 0.7).sin().sum() + log_det.sum())
        });
        let (x, log_det) = f.forward_and_log_det(&u).unwrap();
        let (_, x_event) = x.shape().split_event(f.codomain_event_rank());
        let (from, to) = (self.domain.places(&event), self.codomain.places(&x_event));
        match self.codomain {
            Coordinates::Volume => assert!(from.len() <= to.len(), "no more free coordinates than entries"),
            _ => assert_eq!(from.len(), to.len(), "as many free coordinates on both sides"),
        }
        if from.is_empty() {
            return;
        }
        for member in 0..batch.size() {
            let mut rows = Vec::new();
            for &row in &to {
                // The gradient of one entry of one event, by all of u.
                let entry = |inputs: &[Tensor]| {
                    let x = f.forward(&inputs[0])?;
                    Ok(x.reshape(x.size()).get(member * x_event.size() + row))
                };
                let (_, gradients) = grad(entry, std::slice::from_ref(&u)).unwrap();
                let gradient = gradients[0].to_vec();
                for (place, slope) in gradient.iter().enumerate() {
                    let own = place / event.size() == member;
                    assert!(own || *slope == 0.0, "members of a batch depend on each other");
                }
                let own = &gradient[member * event.size()..(member + 1) * event.size()];
                // The last entry of a simplex is what the others leave of 1.
                let last = if self.domain == Coordinates::AllButLast { own[own.len() - 1] } else { 0.0 };
                rows.extend(from.iter().map(|&column| own[column] - last));
            }
            let jacobian = Tensor::new(rows, [to.len(), from.len()]).unwrap();
            let want = match self.codomain {
                Coordinates::Volume => jacobian.transpose().matmul(&jacobian).log_determinant().item() / 2.0,
                _ => jacobian.log_determinant().item(),
            };
            let got = log_det.reshape(batch.size()).get(member).item();
            assert_close(got, want, 1e-11, 1e-11, &format_args!("log_det at {u}, jacobian {jacobian}"));
        }
    }

    /// The values of a batch are those of a loop over its members, where the bijector holds no batch itself.
    fn a_batch_is_its_members(&self, u: &Tensor) {
        let f = self.bijector;
        let (batch, event) = u.shape().split_event(f.domain_event_rank());
        let (x, log_det) = f.forward_and_log_det(u).unwrap();
        let back = f.inverse(&x.without_preimage()).unwrap();
        let holds_a_batch = f.forward_shape(&event).map_or(true, |shape| shape.rank() != f.codomain_event_rank());
        if batch.size() < 2 || holds_a_batch {
            return;
        }
        let (_, x_event) = x.shape().split_event(f.codomain_event_rank());
        let members = |tensor: &Tensor, event: &Shape| tensor.reshape(Shape::from(batch.size()).concat(event));
        for member in 0..batch.size() {
            let (alone, log_det_alone) = f.forward_and_log_det(&members(u, &event).get(member)).unwrap();
            assert_same(&alone, &members(&x, &x_event).get(member), "value");
            assert_same(&log_det_alone, &members(&log_det, &Shape::SCALAR).get(member), "log_det");
            assert_same(&f.inverse(&alone.without_preimage()).unwrap(), &members(&back, &event).get(member), "inverse");
        }
    }

    /// Values, Jacobian terms and their gradients stay finite where every entry of u is far out, or one is.
    ///
    /// # Panics
    /// If they do not.
    pub fn are_finite_at(&self, event: impl Into<Shape>, tails: &[f64]) {
        let event = event.into();
        for &tail in tails {
            let all = Tensor::full(event, tail);
            let one_by_one = (0..event.size()).map(|place| {
                let entries: Vec<f64> =
                    (0..event.size()).map(|other| if other == place { tail } else { 0.3 }).collect();
                Tensor::new(entries, event).unwrap()
            });
            self.are_finite_for(std::iter::once(all).chain(one_by_one));
        }
    }

    /// Values, Jacobian terms and their gradients are finite for each of these events.
    ///
    /// # Panics
    /// If they are not.
    pub fn are_finite_for(&self, events: impl IntoIterator<Item = Tensor>) {
        let f = self.bijector;
        for u in events {
            let (x, log_det) = f.forward_and_log_det(&u).unwrap();
            assert!(x.to_vec().iter().all(|entry| entry.is_finite()), "value {x} at {u}");
            assert!(log_det.item().is_finite(), "log_det {log_det} at {u}");
            let is_finite = |gradient: &Tensor| gradient.to_vec().iter().all(|slope| slope.is_finite());
            for place in 0..x.size() {
                let entry = |inputs: &[Tensor]| Ok(f.forward(&inputs[0])?.reshape(x.size()).get(place));
                let (_, gradients) = grad(entry, std::slice::from_ref(&u)).unwrap();
                assert!(is_finite(&gradients[0]), "gradient {} of entry {place} at {u}", gradients[0]);
            }
            let (_, gradients) =
                grad(|inputs| Ok(f.forward_and_log_det(&inputs[0])?.1), std::slice::from_ref(&u)).unwrap();
            assert!(is_finite(&gradients[0]), "gradient {} of log_det at {u}", gradients[0]);
        }
    }

    /// A bijector of all numbers onto those between two ends, with f(−u) as far from one end as f(u) from the other:
    /// values, Jacobian terms, their derivatives and the inverse have the same digits at both ends.
    ///
    /// The ends are sums of few powers of 2, so that mirror images of values are exact.
    #[cfg(test)]
    pub(crate) fn mirrored_ends_are_alike(&self, (low, high): (f64, f64)) {
        let f = self.bijector;
        let both = |function: &dyn Fn(&Tensor) -> crate::Result<Tensor>, at: f64| {
            let (value, slopes) = grad(|inputs| function(&inputs[0]), &[Tensor::from(at)]).unwrap();
            (value, slopes[0].item())
        };
        let rounding = 2.0 * f64::EPSILON * low.abs().max(high.abs());
        for u in [1e-300, 1e-9, 0.3, 2.0, 7.0, 30.0, 300.0] {
            let forward = |u: &Tensor| f.forward(u);
            let ((above, slope_above), (below, slope_below)) = (both(&forward, u), both(&forward, -u));
            assert_close(above - low, high - below, 0.0, rounding, &format_args!("values at ±{u}"));
            assert_close(slope_above, slope_below, 1e-13, 0.0, &format_args!("slopes at ±{u}"));
            let log_det = |u: &Tensor| Ok(f.forward_and_log_det(u)?.1);
            let ((above, slope_above), (below, slope_below)) = (both(&log_det, u), both(&log_det, -u));
            assert_close(above, below, 1e-14, 1e-15, &format_args!("log_det at ±{u}"));
            assert_close(slope_above, -slope_below, 1e-13, 1e-15, &format_args!("slopes of log_det at ±{u}"));
        }
        for part in [0, 1, 2, 10, 30, 50].map(|power| 0.5_f64.powi(power)) {
            // At 1 they are the ends themselves.
            let distance = if part == 1.0 { 0.0 } else { (high - low) * part };
            let (near_low, near_high) = (low + distance, high - distance);
            let inverse = |x: &Tensor| f.inverse(x);
            let log_det = |x: &Tensor| Ok(f.inverse_and_log_det(x)?.1);
            let ((above, slope_above), (below, slope_below)) = (both(&inverse, near_high), both(&inverse, near_low));
            assert_close(above, -below, 1e-14, 1e-15, &format_args!("inverse {distance} from the ends"));
            assert_close(slope_above, slope_below, 1e-13, 0.0, &format_args!("its slopes {distance} from the ends"));
            let ((above, _), (below, _)) = (both(&log_det, near_high), both(&log_det, near_low));
            assert_close(above, below, 1e-14, 1e-15, &format_args!("inverse log_det {distance} from the ends"));
        }
    }
}

/// Gradients by the tensors that a bijector holds, against finite differences.
#[cfg(test)]
pub(crate) fn parameter_gradients<B: Bijector>(
    build: impl Fn(&[Tensor]) -> crate::Result<B>,
    parameters: &[Tensor],
    u: &Tensor,
) {
    let x = build(parameters).unwrap().forward(u).unwrap().without_preimage();
    let summary = |inputs: &[Tensor]| {
        let f = build(inputs)?;
        let (forward, log_det) = f.forward_and_log_det(u)?;
        let (inverse, inverse_log_det) = f.inverse_and_log_det(&x)?;
        // Different weights, so that the two directions do not cancel.
        Ok(forward.square().sum() + log_det.sum() * 2.0 + inverse.square().sum() * 3.0 + inverse_log_det.sum() * 5.0)
    };
    let (_, gradients) = grad(summary, parameters).unwrap();
    for (which, gradient) in gradients.iter().enumerate() {
        for place in 0..gradient.size() {
            let at = |step: f64| {
                let mut moved = parameters.to_vec();
                let mut entries = moved[which].to_vec();
                entries[place] += step;
                moved[which] = Tensor::new(entries, moved[which].shape()).unwrap();
                summary(&moved).map_or(f64::NAN, |value| value.item())
            };
            let step = 1e-4;
            let want = (8.0 * (at(step) - at(-step)) - (at(2.0 * step) - at(-2.0 * step))) / (12.0 * step);
            // A matrix is free in its lower triangle only.
            if want.is_nan() {
                continue;
            }
            let got = gradient.to_vec()[place];
            assert_close(got, want, 1e-8, 1e-8, &format_args!("gradient by parameter {which}[{place}]"));
        }
    }
}

#[track_caller]
pub(super) fn assert_close(got: f64, want: f64, relative: f64, absolute: f64, what: &dyn std::fmt::Display) {
    let close = got == want || (got - want).abs() <= relative * want.abs() + absolute;
    assert!(close, "{what}: got {got:e}, want {want:e}, difference {:.1e}", got - want);
}

#[track_caller]
fn assert_same(got: &Tensor, want: &Tensor, what: &str) {
    assert_eq!(got.shape(), want.shape(), "shape of the {what}");
    for (got, want) in got.to_vec().into_iter().zip(want.to_vec()) {
        assert_close(got, want, 1e-14, 1e-15, &what);
    }
}
