//! Distribution functions, moments and values of mixtures, from those of their components.

use super::MixtureSameFamily;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::{Cdf, Covariance, Distribution, EnumerateSupport, Moments};
use crate::{Result, Shape, Tensor};

impl<D: Cdf + ?Sized> MixtureSameFamily<D> {
    /// The average of a tail.
    fn tail(&self, value: &Tensor, function: fn(&D, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let shape = self.check_shape(value)?;
        self.average(self.each(value, function)?, 0)?.try_broadcast_to(shape)
    }

    /// The logarithm of a tail: that of a sum while it is small, and of what its complement leaves above ½.
    fn log_tail(&self, value: &Tensor, tail: fn(&D, &Tensor) -> Result<Tensor>, complement: &Tensor) -> Result<Tensor> {
        let small = self.weighed(self.each(value, tail)?)?.try_logsumexp_axis(-1)?;
        let is_large = complement.less(0.5);
        let large = (-Tensor::select(&is_large, complement, 0.5)).log1p();
        Tensor::try_select(is_large, large, small)
    }
}

impl<D: Cdf + ?Sized> Cdf for MixtureSameFamily<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        let (lower, upper) = (self.tail(value, D::cdf)?, self.tail(value, D::survival)?);
        // Weights sum to 1 up to rounding; where the upper tail is 0 this is 1.
        Ok(Tensor::select(upper.less(0.5), 1.0 - &upper, lower))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        if self.support.is_discrete() {
            scalar::refuse_derivative(self, "quantiles", &[probability, self.mixing.parameter().1])?;
            // Where all components have reached the probability the mixture has, and where none has it has not.
            let quantiles = self.each(probability, D::icdf)?;
            let is_possible = self.mixing.probs().greater(0.0);
            let least = |beyond| Tensor::try_select(&is_possible, &quantiles, beyond);
            let (low, high) = (least(f64::INFINITY)?.min_axis(-1), least(f64::NEG_INFINITY)?.max_axis(-1));
            return quantile::of_counts_between(self, probability, &low, &high);
        }
        let [low, centre, high] = [0.25, 0.5, 0.75].map(|p| self.components.icdf(&Tensor::scalar(p)));
        let (low, centre, high) = (low?.detach(), centre?.detach(), high?.detach());
        let width = high.try_max_axis(-1)?.try_sub(low.try_min_axis(-1)?)?;
        quantile::by_inversion(self, probability, &centre.try_mean_axis(-1)?, &width)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.log_tail(value, D::log_cdf, &self.tail(value, D::survival)?)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        let (lower, upper) = (self.tail(value, D::cdf)?, self.tail(value, D::survival)?);
        Ok(Tensor::select(lower.less(0.5), 1.0 - &lower, upper))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.log_tail(value, D::log_survival, &self.tail(value, D::cdf)?)
    }
}

impl<D: Moments + ?Sized> Moments for MixtureSameFamily<D> {
    fn mean(&self) -> Tensor {
        self.moment(self.components.mean(), self.event_shape())
    }

    /// The mean variance within the components, and the variance of their means.
    fn variance(&self) -> Tensor {
        let mean = self.mean().unsqueeze(self.axis());
        let deviation = self.components.mean() - &mean;
        // An infinite mean differs from the components', which may be infinite too.
        let deviation = Tensor::select(mean.detach().abs().equal(f64::INFINITY), f64::INFINITY, deviation);
        self.moment(self.components.variance() + deviation.square(), self.event_shape())
    }
}

impl<D: Covariance + ?Sized> Covariance for MixtureSameFamily<D> {
    fn covariance(&self) -> Tensor {
        let deviation = self.components.mean() - self.mean().unsqueeze(self.axis());
        let products = deviation.unsqueeze(-1) * deviation.unsqueeze(-2);
        let event = self.event_shape();
        self.moment(self.components.covariance() + products, event.concat(&event))
    }
}

impl<D: EnumerateSupport + ?Sized> EnumerateSupport for MixtureSameFamily<D> {
    fn enumerate_support(&self) -> Result<Tensor> {
        let values = self.components.enumerate_support()?;
        let shape = Shape::from(values.shape()[0]).concat(&Shape::from(vec![1; self.batch_shape.rank()]));
        values.try_reshape(shape.concat(&self.event_shape()))
    }
}
