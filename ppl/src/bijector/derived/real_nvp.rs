//! `RealNvp`: an affine coupling layer.

use super::conditioner::Conditioner;
use crate::bijector::{Bijector, MapId, real_vector, remembered, split_event};
use crate::nn::Network;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A coupling layer: the first entries stay, and give the shift and the scale of the others.
///
/// ```text
/// (shift, log_scale) = conditioner(u_a),   u = (u_a, u_b)
/// forward   x = (u_a, u_b e^{log_scale} + shift)          ln |det dx/du| = Σ log_scale
/// inverse   u = (x_a, (x_b − shift) e^{−log_scale})       ln |det du/dx| = −Σ log_scale
/// ```
///
/// A flow is a [`Chain`](crate::bijector::Chain) of several, with a [`Permute`](crate::bijector::Permute) between them.
///
/// # Domain and codomain
/// Vectors of real numbers with more entries than stay; the last axis.
///
/// # Conditioner
/// A [`Network`], whose parameters a guide or a model learns, or any function made of operations of `Tensor`.
///
/// # Gradients
/// Differentiable in the vectors and in tensors that the conditioner holds. A conditioner that reads the numbers that it is
/// given is an error.
///
/// # Cache
/// Values remember what they were made of, as those of [`Cached`](crate::bijector::Cached) do.
///
/// # Numerics
/// The determinant is a sum of the conditioner's log scales, and the inverse undoes the same affine map: both are exact
/// up to the rounding of a product and a sum.
///
/// # Reference
/// Dinh, Sohl-Dickstein and Bengio (2017), "Density estimation using real NVP"; TFP, `tfp.bijectors.RealNVP`; Pyro,
/// `AffineCoupling`.
///
/// # Example
/// A function:
///
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RealNvp};
///
/// let weights = Tensor::from([[0.5, -1.0]]);
/// let coupling = RealNvp::new(1, move |first| Ok((first.matmul(&weights), (first * 0.1).tanh())));
/// let u = Tensor::from([1.0, 0.3, -0.7]);
/// let x = coupling.forward(&u)?;
/// assert_eq!(x.get(0), 1.0);
/// assert_eq!(coupling.inverse(&x)?, u);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// A flow of two layers by networks with learned parameters, each of which moves the entry that the other keeps:
///
/// ```
/// use std::sync::Arc;
///
/// use ppl::bijector::{Chain, Permute, RealNvp};
/// use ppl::nn::Network;
/// use ppl::nn::layers::{Linear, Tanh};
/// use ppl::prelude::*;
///
/// #[model]
/// fn density(networks: &[Network; 2], y: &Tensor) {
///     let first = RealNvp::from_network(call!("first", networks[0].learned()))?;
///     let second = RealNvp::from_network(call!("second", networks[1].learned()))?;
///     let flow = Chain::new(vec![Arc::new(second), Arc::new(Permute::reversed(2)), Arc::new(first)]);
///     plate!("row", y.len(), {
///         observe!("y", Normal::new([0.0, 0.0], 1.0).to_event(1).transform(flow), y);
///     });
/// }
///
/// type Conditioner = (Linear<1, 8>, Tanh, Linear<8, 2>);
/// let networks = [Network::new::<Conditioner>(0)?, Network::new::<Conditioner>(1)?];
/// let trace = density(&networks, &Tensor::from([[0.1, 0.2], [-1.0, 1.1]])).trace(0)?;
/// assert!(trace.log_likelihood()?.item().is_finite());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RealNvp {
    kept: usize,
    /// The size of the vectors, if the conditioner is for one size only.
    size: Option<usize>,
    conditioner: Conditioner,
    map: MapId,
}

impl RealNvp {
    /// The layer that keeps the first `kept` entries; `conditioner` maps them to the shift of the others and the logarithm
    /// of their scale, which broadcast to the others' shape.
    pub fn new(kept: usize, conditioner: impl Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static) -> Self {
        Self { kept, size: None, conditioner: Conditioner::new("RealNvp", conditioner), map: MapId::unique() }
    }

    /// The layer whose conditioner is a network: its inputs are the entries that stay, the first half of its outputs are the
    /// shifts of the others, the second half the logarithms of their scales.
    ///
    /// # Errors
    /// An odd number of outputs.
    pub fn from_network(network: Network) -> Result<Self> {
        let (kept, outputs) = (network.inputs(), network.outputs());
        if !outputs.is_multiple_of(2) {
            return Err(Error::InvalidArgument {
                operation: "RealNvp",
                argument: "network",
                expected:
                    "one with an even number of outputs, a shift and a logarithm of a scale for each entry that moves"
                        .to_owned(),
                got: format!("{outputs} outputs"),
            });
        }
        let conditioner = Conditioner::new("RealNvp", move |entries| network.halves(entries));
        Ok(Self { kept, size: Some(kept + outputs / 2), conditioner, map: MapId::unique() })
    }

    /// Both parts of vectors, and shift and logarithm of the scale of the second.
    fn parts(&self, vectors: &Tensor) -> Result<[Tensor; 4]> {
        let (_, event) = self.forward_shape(&vectors.shape())?.split_event(1);
        let (first, second) = (vectors.slice(-1, 0..self.kept), vectors.slice(-1, self.kept..event.size()));
        let (shift, log_scale) = self.conditioner.shift_and_log_scale(&first, second.shape())?;
        Ok([first, second, shift, log_scale])
    }

    fn join(&self, first: Tensor, second: Tensor) -> Result<Tensor> {
        if self.kept == 0 { Ok(second) } else { Tensor::try_concat(&[first, second], -1) }
    }
}

impl Bijector for RealNvp {
    fn name(&self) -> &'static str {
        "RealNvp"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(self.map, u, |u| {
            let [first, second, shift, log_scale] = self.parts(u)?;
            Ok((self.join(first, second * log_scale.exp() + shift)?, log_scale.sum_axis(-1)))
        })
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(self.map.inverse(), x, |x| {
            let [first, second, shift, log_scale] = self.parts(x)?;
            Ok((self.join(first, (second - shift) * (-&log_scale).exp())?, -log_scale.sum_axis(-1)))
        })
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event("RealNvp", shape, 1)?;
        let expected = match self.size {
            Some(size) if event.size() != size => format!("{size} entries along the last axis"),
            None if event.size() <= self.kept => format!("more than {} entries along the last axis", self.kept),
            _ => return Ok(*shape),
        };
        Err(Error::InvalidShape { operation: "RealNvp", expected, got: *shape })
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};
    use crate::bijector::{Chain, Permute};
    use crate::distribution::{Distribution, DistributionExt, Normal};
    use crate::grad;
    use crate::nn::layers::{Linear, Tanh};
    use crate::random::Key;
    use crate::testing::engines::assert_program_is_tape;

    fn coupling(weights: &Tensor) -> RealNvp {
        let weights = weights.clone();
        RealNvp::new(1, move |first| Ok((first.matmul(&weights).sin(), (first * 0.4).tanh())))
    }

    #[test]
    fn laws() {
        let weights = Tensor::from([[0.5, -1.0]]);
        let layer = coupling(&weights);
        Laws::of(&layer).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&layer).hold_at(&Tensor::from([0.2, 1.0, -1.0]));
        let shift = RealNvp::new(0, |_| Ok((Tensor::from([1.0, 2.0]), Tensor::from(0.3))));
        Laws::of(&shift).hold_at(&Tensor::from([0.2, 1.0]));
        parameter_gradients(|p| Ok(coupling(&p[0])), &[weights], &[0.7, -2.0, 0.3].into());
        let u = Tensor::from([0.2, 1.0, -1.0]);
        assert!(layer.inverse(&layer.forward(&u).unwrap()).unwrap().shares_memory_with(&u));
    }

    #[test]
    fn laws_of_a_network() {
        let network = Network::new::<(Linear<2, 5>, Tanh, Linear<5, 4>)>(3).unwrap();
        let layer = RealNvp::from_network(network.clone()).unwrap();
        Laws::of(&layer).hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4], [5.0, 0.1, -3.0, -1.0]]));
        Laws::of(&layer).hold_at(&Tensor::from([0.2, 1.0, -1.0, 0.5]));
        let parameters: Vec<Tensor> = network.parameters().map(|(_, value)| value.clone()).collect();
        let build = |parameters: &[Tensor]| {
            let mut values = parameters.iter();
            RealNvp::from_network(network.with_parameters(|_, _| Ok(values.next().unwrap().clone()))?)
        };
        parameter_gradients(build, &parameters, &[0.7, -2.0, 0.3, 1.1].into());
        // A single moving entry is not repeated.
        let layer = RealNvp::from_network(Network::new::<Linear<1, 2>>(0).unwrap()).unwrap();
        let error = layer.forward(&Tensor::zeros(3)).unwrap_err().to_string();
        assert_eq!(error, "RealNvp: expected 2 entries along the last axis, got shape [3]");
        let error = RealNvp::from_network(Network::new::<Linear<1, 3>>(0).unwrap()).unwrap_err().to_string();
        assert!(error.contains("an even number of outputs") && error.ends_with("got 3 outputs"), "{error}");
    }

    /// The derivatives of the entropy of a learned flow, by draws of constant noise.
    #[test]
    fn the_preimage_of_a_draw_may_be_a_constant() {
        let weights = Tensor::from([[0.5, -1.0]]);
        let entropy = |inputs: &[Tensor]| {
            let (first, second) = (coupling(&inputs[0]), coupling(&inputs[0].cos()));
            let chain = Chain::new(vec![Arc::new(second), Arc::new(Permute::reversed(3)), Arc::new(first)]);
            let flow = Normal::new([0.0; 3], 1.0).to_event(1).transform(chain)?;
            let draw = flow.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4))?;
            let alone = Normal::new([0.0; 3], 1.0).to_event(1).transform(coupling(&inputs[0]))?;
            let value = alone.sample(&mut Key::new(1).rng("x", 0), &Shape::SCALAR)?;
            Ok(flow.log_prob(&draw)?.sum() + alone.log_prob(&value)?)
        };
        assert_program_is_tape("entropy", &[weights], entropy);
    }

    #[test]
    fn conditioners_are_checked() {
        let error = coupling(&Tensor::from([[0.5, -1.0]])).forward(&Tensor::zeros(1)).unwrap_err().to_string();
        assert_eq!(error, "RealNvp: expected more than 1 entries along the last axis, got shape [1]");
        let wrong = RealNvp::new(1, |_| Ok((Tensor::zeros(3), Tensor::from(0.0))));
        let error = wrong.forward(&Tensor::zeros(3)).unwrap_err().to_string();
        assert!(error.contains("of shape [2] from the conditioner, got shape [3]"), "{error}");
        let reading = RealNvp::new(1, |first| Ok((Tensor::from(first.to_vec()[0].sin()), Tensor::from(0.0))));
        let error = grad(|u| Ok(reading.forward(&u[0])?.sum()), &[Tensor::zeros(3)]).unwrap_err().to_string();
        assert!(error.starts_with("the derivative of the conditioner of `RealNvp`, which reads"), "{error}");
    }
}
