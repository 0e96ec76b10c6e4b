//! `MaskedAutoregressiveFlow`: every entry shifted and scaled by those before it.

use super::conditioner::Conditioner;
use crate::bijector::{Bijector, MapId, real_vector, remembered, split_event};
use crate::nn::Network;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// An autoregressive layer: the entries before each one give its shift and its scale.
///
/// ```text
/// (shift, log_scale) = conditioner(x), whose entries k depend on x_1, …, x_{k−1} only
/// forward   x_k = u_k e^{log_scale_k} + shift_k,  k = 1, …, n      ln |det dx/du| = Σ log_scale
/// inverse   u = (x − shift) e^{−log_scale}                         ln |det du/dx| = −Σ log_scale
/// ```
///
/// Its [`Inverse`](crate::bijector::Inverse) is an inverse autoregressive flow, whose draws are fast and whose densities of
/// other values are slow: take it for guides.
///
/// # Domain and codomain
/// Vectors of real numbers of a given size; the last axis.
///
/// # Conditioner
/// A [`Network`], whose weights are masked, so that it is autoregressive by construction, or any function made of
/// operations of `Tensor`.
///
/// # Cost
/// The inverse, and with it a density, calls the conditioner once; forward, and with it a draw, n times.
///
/// # Gradients
/// Those of [`RealNvp`](crate::bijector::RealNvp).
///
/// # Cache
/// Values remember what they were made of, as those of [`Cached`](crate::bijector::Cached) do: the density of a draw
/// takes no inverse.
///
/// # Numerics
/// The determinant is a sum of the conditioner's log scales. Rounding errors of an entry go on to those that depend on
/// it.
///
/// # Reference
/// Papamakarios, Pavlakou and Murray (2017), "Masked autoregressive flow for density estimation"; TFP,
/// `tfp.bijectors.MaskedAutoregressiveFlow`; Kingma et al. (2016) for the inverse; NumPyro, `InverseAutoregressiveTransform`.
///
/// # Example
/// A function:
///
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, MaskedAutoregressiveFlow};
///
/// // An autoregression of order 1: the strictly lower triangle of a matrix sees what is before only.
/// let weights = Tensor::from([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]);
/// let flow = MaskedAutoregressiveFlow::new(3, move |x| Ok((x.matmul(weights.transpose()), Tensor::from(0.0))))?;
/// assert_eq!(flow.forward(&Tensor::from([1.0, 2.0, 4.0]))?.to_vec(), [1.0, 2.5, 5.25]);
/// // A conditioner that sees an entry itself is refused.
/// assert!(MaskedAutoregressiveFlow::new(3, |x| Ok((x.clone(), Tensor::from(0.0)))).is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// An inverse autoregressive flow as a guide, by a network with learned parameters:
///
/// ```
/// use std::sync::Arc;
///
/// use ppl::bijector::{Inverse, MaskedAutoregressiveFlow};
/// use ppl::nn::Network;
/// use ppl::nn::layers::{Linear, Tanh};
/// use ppl::prelude::*;
///
/// #[model]
/// fn banana() {
///     let z = sample!("z", Normal::new([0.0, 0.0], 1.0).to_event(1));
///     observe!("y", Normal::new(z.get(1) - z.get(0).square(), 0.2), 0.0);
/// }
///
/// #[guide(banana)]
/// fn flow(network: &Network) {
///     let network = call!("network", network.learned());
///     let flow = Inverse::new(Arc::new(MaskedAutoregressiveFlow::from_network(network)?));
///     sample!("z", Normal::new([0.0, 0.0], 1.0).to_event(1).transform(flow));
/// }
///
/// let network = Network::new::<(Linear<2, 16>, Tanh, Linear<16, 4>)>(0)?;
/// let guide = flow(&network);
/// assert!(banana().replay(guide.trace(0)?).trace(0)?.log_density()?.item().is_finite());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MaskedAutoregressiveFlow {
    size: usize,
    conditioner: Conditioner,
    map: MapId,
}

impl MaskedAutoregressiveFlow {
    /// The layer of vectors of this size; `conditioner` maps them to their shifts and logarithms of scales, which
    /// broadcast to the vectors' shape.
    ///
    /// # Errors
    /// A conditioner some entry of whose results is seen to depend on the same or a later entry: the determinant would be
    /// wrong. It is called once on a batch of `size` + 1 vectors to look.
    pub fn new(
        size: usize,
        conditioner: impl Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
    ) -> Result<Self> {
        let conditioner = Conditioner::new("MaskedAutoregressiveFlow", conditioner);
        // In vector k, the entries from k on are other ones.
        let rows = Shape::from([size + 1, size]);
        let is_other = Tensor::arange(size).greater_equal(Tensor::arange(size + 1).unsqueeze(-1));
        let probe = Tensor::arange(size).sin() + is_other * (Tensor::arange(size) + 1.0).cos();
        let (shift, log_scale) = conditioner.shift_and_log_scale(&probe, rows)?;
        if !shift.is_tracked() && !log_scale.is_tracked() {
            for result in [shift.elements(), log_scale.elements()] {
                let differ = |left: f64, right: f64| left != right && !(left.is_nan() && right.is_nan());
                let seen = (0..size).find(|&k| differ(result[k * size + k], result[size * size + k]));
                if let Some(entry) = seen {
                    return Err(Error::InvalidArgument {
                        operation: "MaskedAutoregressiveFlow",
                        argument: "conditioner",
                        expected: "autoregressive: entry k of what it returns from the entries before k only"
                            .to_owned(),
                        got: format!("one whose entry {entry} depends on entry {entry} or a later one"),
                    });
                }
            }
        }
        Ok(Self { size, conditioner, map: MapId::unique() })
    }

    /// The layer whose conditioner is a network with as many inputs as the vectors have entries: [`Network::masked`] masks
    /// its weights. The first half of its outputs are the shifts, the second half the logarithms of the scales.
    ///
    /// # Errors
    /// A number of outputs other than twice the inputs; a network that cannot be masked.
    pub fn from_network(network: Network) -> Result<Self> {
        let (size, outputs) = (network.inputs(), network.outputs());
        if outputs != 2 * size {
            return Err(Error::InvalidArgument {
                operation: "MaskedAutoregressiveFlow",
                argument: "network",
                expected: format!("one with {} outputs, a shift and a logarithm of a scale for each entry", 2 * size),
                got: format!("{outputs} outputs"),
            });
        }
        let network = network.masked()?;
        let conditioner = Conditioner::new("MaskedAutoregressiveFlow", move |entries| network.halves(entries));
        Ok(Self { size, conditioner, map: MapId::unique() })
    }
}

impl Bijector for MaskedAutoregressiveFlow {
    fn name(&self) -> &'static str {
        "MaskedAutoregressiveFlow"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        remembered(self.map, u, |u| {
            // After k rounds, the first k entries are right, and so are the first k + 1 shifts and scales.
            let mut x = Tensor::zeros(shape);
            let mut log_det = Tensor::zeros(shape.split_event(1).0);
            let mut entries = Vec::with_capacity(self.size);
            for entry in 0..self.size {
                let (shift, log_scale) = self.conditioner.shift_and_log_scale(&x, shape)?;
                let at = |tensor: &Tensor| tensor.slice(-1, entry..entry + 1);
                entries.push(at(u) * at(&log_scale).exp() + at(&shift));
                log_det += log_scale.index(-1, entry);
                let later = self.size - 1 - entry;
                let mut row = entries.clone();
                if later > 0 {
                    row.push(Tensor::zeros(shape.split_event(1).0.concat(&Shape::from(later))));
                }
                x = Tensor::try_concat(&row, -1)?;
            }
            Ok((x, log_det))
        })
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        remembered(self.map.inverse(), x, |x| {
            let (shift, log_scale) = self.conditioner.shift_and_log_scale(x, shape)?;
            Ok(((x - shift) * (-&log_scale).exp(), -log_scale.sum_axis(-1)))
        })
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event("MaskedAutoregressiveFlow", shape, 1)?;
        if event.size() != self.size {
            return Err(Error::InvalidShape {
                operation: "MaskedAutoregressiveFlow",
                expected: format!("{} entries along the last axis", self.size),
                got: *shape,
            });
        }
        Ok(*shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bijector::Inverse;
    use crate::bijector::conformance::{Laws, parameter_gradients};
    use crate::grad;
    use crate::nn::layers::{Linear, Tanh};

    fn flow(weights: &Tensor) -> Result<MaskedAutoregressiveFlow> {
        let weights = weights.tril(-1).transpose();
        MaskedAutoregressiveFlow::new(3, move |x| {
            let sums = x.matmul(&weights);
            Ok((sums.sin(), (sums * 0.4).tanh()))
        })
    }

    #[test]
    fn laws() {
        let weights = Tensor::from([[9.0, 9.0, 9.0], [0.5, 9.0, 9.0], [-1.0, 0.7, 9.0]]);
        let layer = flow(&weights).unwrap();
        Laws::of(&layer).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [2.0, 0.1, -3.0]]));
        Laws::of(&layer).hold_at(&Tensor::from([0.2, 1.0, -1.0]));
        parameter_gradients(|p| flow(&p[0]), &[weights], &[0.7, -2.0, 0.3].into());
        let u = Tensor::from([0.2, 1.0, -1.0]);
        assert!(layer.inverse(&layer.forward(&u).unwrap()).unwrap().shares_memory_with(&u));
    }

    #[test]
    fn laws_of_a_network() {
        let network = Network::new::<(Linear<3, 6>, Tanh, Linear<6, 6>)>(3).unwrap();
        let layer = MaskedAutoregressiveFlow::from_network(network.clone()).unwrap();
        Laws::of(&layer).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [2.0, 0.1, -3.0]]));
        Laws::of(&Inverse::new(Arc::new(layer.clone()))).hold_at(&Tensor::from([0.2, 1.0, -1.0]));
        let parameters: Vec<Tensor> = network.parameters().map(|(_, value)| value.clone()).collect();
        let build = |parameters: &[Tensor]| {
            let mut values = parameters.iter();
            let network = network.with_parameters(|_, _| Ok(values.next().unwrap().clone()))?;
            MaskedAutoregressiveFlow::from_network(network)
        };
        parameter_gradients(build, &parameters, &[0.7, -2.0, 0.3].into());
        // The Jacobian is lower triangular: entry k of x by entries of u.
        let u = Tensor::from([0.2, 1.0, -1.0]);
        for row in 0..3 {
            let entry = |u: &[Tensor]| Ok(layer.forward(&u[0])?.get(row));
            let slopes = grad(entry, std::slice::from_ref(&u)).unwrap().1[0].to_vec();
            assert!(slopes[row] > 0.0 && slopes[row + 1..].iter().all(|&slope| slope == 0.0), "{row}: {slopes:?}");
        }
        let error = MaskedAutoregressiveFlow::from_network(Network::new::<Linear<3, 4>>(0).unwrap()).unwrap_err();
        assert!(error.to_string().contains("one with 6 outputs") && error.to_string().ends_with("got 4 outputs"));
    }

    #[test]
    fn conditioners_are_autoregressive() {
        let error = MaskedAutoregressiveFlow::new(3, |x| Ok((Tensor::from(0.0), x.flip(-1)))).unwrap_err().to_string();
        assert!(error.contains("one whose entry 0 depends on entry 0 or a later one"), "{error}");
        // The shift of an entry by the one after it.
        let later = |x: &Tensor| Ok((x.take(-1, &[1usize, 1, 1]) * Tensor::from([1.0, 0.0, 0.0]), Tensor::from(0.0)));
        assert!(MaskedAutoregressiveFlow::new(3, later).is_err());
        assert!(MaskedAutoregressiveFlow::new(3, |_| Ok((Tensor::from(1.0), Tensor::from(0.3)))).is_ok());
    }
}
