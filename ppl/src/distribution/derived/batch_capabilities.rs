//! `batch_capabilities!`: mode and moments of a distribution whose batch is another arrangement of its base's.

/// Writes `Mode`, `Moments` and `Covariance` of a wrapper, by its method `for_batch`, which takes a tensor of the base, of
/// shape batch `++` an inner shape, to one of the wrapper's batch shape.
macro_rules! batch_capabilities {
    ($Wrapper:ident) => {
        impl<D: Mode + ?Sized> Mode for $Wrapper<D> {
            fn mode(&self) -> Result<Tensor> {
                self.for_batch(&self.base.mode()?, &self.event_shape())
            }
        }

        impl<D: Moments + ?Sized> Moments for $Wrapper<D> {
            fn mean(&self) -> Tensor {
                or_panic(self.for_batch(&self.base.mean(), &self.event_shape()))
            }

            fn variance(&self) -> Tensor {
                or_panic(self.for_batch(&self.base.variance(), &self.event_shape()))
            }

            fn stddev(&self) -> Tensor {
                or_panic(self.for_batch(&self.base.stddev(), &self.event_shape()))
            }
        }

        impl<D: Covariance + ?Sized> Covariance for $Wrapper<D> {
            fn covariance(&self) -> Tensor {
                let covariance = self.base.covariance();
                let (_, matrix) = covariance.shape().split_event(2);
                or_panic(self.for_batch(&covariance, &matrix))
            }
        }
    };
}

pub(super) use batch_capabilities;
