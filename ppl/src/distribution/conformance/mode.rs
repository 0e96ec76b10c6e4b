//! What holds for modes: no draw has a larger density, and they are differentiated where they do not jump.

use super::capabilities::DRAWS;
use super::{Family, rng};
use crate::distribution::Mode;
use crate::{Error, Shape, Tensor, grad};

impl<D: Mode + ?Sized> Family<D> {
    /// No draw has a larger density than the mode: of scalars, one that is off by 0.01 standard deviations fails.
    pub fn mode(&self) {
        let is_discrete = self.build(self.two_points().0).support().is_discrete();
        let mode = |distribution: &D| distribution.mode().unwrap();
        self.by_members("mode", mode);
        if is_discrete {
            self.modes_jump();
        } else {
            self.by_derivatives("mode", mode);
        }
        let mut is_compared = false;
        for point in &self.description.points {
            let distribution = self.build(point);
            let mode = mode(&distribution);
            assert_eq!(mode.shape(), distribution.event_shape(), "shape of the mode at {point}");
            if mode.to_vec().iter().any(|element| element.is_nan()) {
                continue;
            }
            is_compared = true;
            let largest = distribution.log_prob(&mode).unwrap().item();
            let draws = distribution.sample(&mut rng("mode"), &Shape::from(DRAWS)).unwrap();
            let drawn = distribution.log_prob(&draws).unwrap().max().item();
            // Some ten roundings.
            let right = largest >= drawn - 1e-14 * drawn.abs() - 1e-14;
            assert!(right, "log p(mode) {largest} at {mode}, {drawn} at a draw, {point}");
        }
        assert!(is_compared, "{}: no point has a mode", self.name);
    }

    /// The derivative of a mode of counts is an error, but for one that is the same everywhere.
    fn modes_jump(&self) {
        let (point, other) = self.two_points();
        let names = point.names();
        let at = |inputs: &[Tensor]| {
            let moved = names.iter().zip(inputs).fold(point.clone(), |all, (name, one)| all.with(name, one.clone()));
            (self.build)(&moved)?.mode().map(|mode| mode.sum())
        };
        match grad(at, &point.tensors()) {
            Err(error) => assert!(matches!(error, Error::Unsupported { .. }), "{error}"),
            Ok((mode, _)) => assert_eq!(mode, self.build(other).mode().unwrap().item(), "{}", self.name),
        }
    }
}
