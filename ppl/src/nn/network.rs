//! `Network`: layers with their parameters.

use std::fmt;
use std::sync::Arc;

use super::layer::{evaluate, input_size, output_size};
use super::mask::masked;
use super::{Architecture, Layer, Module, Reader};
use crate::{Error, IntoTensor, Result, Tensor};

/// A network: a function of vectors with named parameters.
///
/// Cloning shares the layers and the numbers.
///
/// # Shapes
/// Vectors of size [`inputs`](Self::inputs) in the last axis become vectors of size [`outputs`](Self::outputs); the axes to
/// the left are a batch.
///
/// # Gradients
/// Those of [`Tensor`]: by the vectors and by the parameters, on the tape and in recorded programs, where a Hessian is
/// there too. Of `ReLU` at 0 it is 0.
///
/// # Reference
/// dfdx 0.13, `nn`, whose layers, names of parameters and initial values these are.
///
/// # Example
/// ```
/// use ppl::nn::Network;
/// use ppl::nn::layers::{Linear, ReLU};
/// use ppl::{Tensor, grad};
///
/// let network = Network::new::<(Linear<2, 8>, ReLU, Linear<8, 1>)>(0)?;
/// let names: Vec<&str> = network.parameters().map(|(name, _)| name).collect();
/// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
/// // A batch of three vectors.
/// let x = Tensor::from([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]);
/// let (_, gradients) = grad(|x| Ok(network.forward(&x[0])?.sum()), &[x])?;
/// assert_eq!(gradients[0].shape().to_string(), "[3, 2]");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone)]
pub struct Network {
    layers: Arc<[Layer]>,
    parameters: Vec<(String, Tensor)>,
    inputs: usize,
    outputs: usize,
}

impl Network {
    /// The network of an architecture, with the initial values that dfdx draws by this seed.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub fn new<A: Architecture>(seed: u64) -> Result<Self> {
        A::network(seed)
    }

    /// The network of a module that has been built, with its values.
    ///
    /// # Errors
    /// Layers whose sizes do not fit; no layer with a size; two parameters of one name.
    ///
    /// # Example
    /// A module that dfdx's own means have trained or loaded:
    /// ```
    /// use ppl::nn::Network;
    /// use ppl::nn::layers::{Cpu, DeviceBuildExt, Linear, Tanh};
    ///
    /// let device = Cpu::default();
    /// let module = device.build_module::<(Linear<3, 4>, Tanh), f64>();
    /// let network = Network::of(&module)?;
    /// assert_eq!((network.inputs(), network.outputs()), (3, 4));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn of(module: &impl Module) -> Result<Self> {
        let mut reader = Reader::default();
        module.read(&mut reader);
        let Reader { layers, parameters, .. } = reader;
        let refused = |expected: &str, got: String| {
            Err(Error::InvalidArgument { operation: "Network", argument: "module", expected: expected.to_owned(), got })
        };
        for (index, (name, _)) in parameters.iter().enumerate() {
            if parameters[..index].iter().any(|(other, _)| other == name) {
                return refused("one whose parameters have different names", format!("`{name}` twice"));
            }
        }
        let Some(inputs) = input_size(&layers, &parameters) else {
            return refused("one with a layer of fixed size, as `Linear`", "none".to_owned());
        };
        let outputs = output_size(&layers, &parameters, inputs)?;
        Ok(Self { layers: layers.into(), parameters, inputs, outputs })
    }

    /// The size of the vectors that it takes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The size of the vectors that it gives.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The parameters by name, in the order of the layers.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The network with other parameters: `value` maps the name of each and its present value to the new one.
    ///
    /// # Errors
    /// Those of `value`; a value of another shape.
    pub fn with_parameters(&self, mut value: impl FnMut(&str, &Tensor) -> Result<Tensor>) -> Result<Self> {
        let replaced = self.parameters.iter().map(|(name, present)| {
            let new = value(name, present)?;
            if new.shape() != present.shape() {
                return Err(Error::InvalidArgument {
                    operation: "Network::with_parameters",
                    argument: "value",
                    expected: format!("of shape {} for `{name}`", present.shape()),
                    got: format!("shape {}", new.shape()),
                });
            }
            Ok((name.clone(), new))
        });
        Ok(Self { parameters: replaced.collect::<Result<_>>()?, ..self.clone() })
    }

    /// The value for the vectors in the last axis.
    ///
    /// # Errors
    /// Vectors of another size than the network takes.
    pub fn forward(&self, x: impl IntoTensor) -> Result<Tensor> {
        let x = x.into_tensor();
        if x.rank() == 0 || x.shape()[x.rank() - 1] != self.inputs {
            return Err(Error::InvalidShape {
                operation: "Network::forward",
                expected: format!("{} entries along the last axis", self.inputs),
                got: x.shape(),
            });
        }
        let parameters: Vec<Tensor> = self.parameters.iter().map(|(_, value)| value.clone()).collect();
        evaluate(&self.layers, &parameters, &x)
    }

    /// The network with masked weights, so that entry k of each n outputs depends on the inputs before k only, where n is
    /// the number of inputs (MADE; TFP's `AutoregressiveNetwork`).
    ///
    /// Outputs k, n + k, 2n + k, … are the parameters of entry k. A hidden layer needs at least n − 1 units, or some entries
    /// are seen by none. Weights under the mask are parameters all the same; they have no effect.
    ///
    /// # Errors
    /// A number of outputs that is no multiple of that of the inputs; layers that mix the units of a vector (`Softmax`,
    /// `LogSoftmax`, `LayerNorm1D`); a residual around layers that do not keep the order of the units.
    ///
    /// # Reference
    /// Germain, Gregor, Murray and Larochelle (2015), "MADE: Masked autoencoder for distribution estimation", section 3.
    ///
    /// # Example
    /// ```
    /// use ppl::nn::Network;
    /// use ppl::nn::layers::{Linear, Tanh};
    ///
    /// let network = Network::new::<(Linear<3, 16>, Tanh, Linear<16, 3>)>(0)?.masked()?;
    /// let (value, other) = (network.forward([0.1, 0.2, 0.3])?, network.forward([0.1, 0.7, 0.9])?);
    /// assert_eq!(value.slice(0, 0..2), other.slice(0, 0..2));
    /// assert_ne!(value.get(2), other.get(2));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn masked(&self) -> Result<Self> {
        Ok(Self { layers: masked(&self.layers, &self.parameters, self.inputs, self.outputs)?.into(), ..self.clone() })
    }

    /// The two halves of the outputs, for a shift and a logarithm of a scale.
    pub(crate) fn halves(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (value, half) = (self.forward(x)?, self.outputs / 2);
        Ok((value.slice(-1, 0..half), value.slice(-1, half..2 * half)))
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .field("layers", &self.layers)
            .field("parameters", &self.parameters)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::layers::{Linear, Tanh};

    fn network() -> Network {
        Network::new::<(Linear<2, 5>, Tanh, Linear<5, 3>)>(0).unwrap()
    }

    #[test]
    fn a_batch_is_its_vectors() {
        let (network, x) = (network(), (Tensor::arange(24) * 0.37).sin().reshape([3, 4, 2]));
        let batch = network.forward(&x).unwrap();
        assert_eq!(batch.shape().to_string(), "[3, 4, 3]");
        for (row, column) in (0..3).flat_map(|row| (0..4).map(move |column| (row, column))) {
            let alone = network.forward(x.get(row).get(column)).unwrap();
            let difference = (batch.get(row).get(column) - alone).abs().max();
            assert!(difference < 1e-15, "{difference}");
        }
        // Of no vectors.
        assert_eq!(network.forward(Tensor::zeros([0, 2])).unwrap().shape().to_string(), "[0, 3]");
    }

    #[test]
    fn shapes_are_checked() {
        let error = network().forward([1.0, 2.0, 3.0]).unwrap_err().to_string();
        assert_eq!(error, "Network::forward: expected 2 entries along the last axis, got shape [3]");
        assert!(network().forward(1.0).is_err());
        let error = network().with_parameters(|_, value| Ok(value.sum())).unwrap_err().to_string();
        assert_eq!(error, "Network::with_parameters: `value` must be of shape [5, 2] for `0.weight`, got shape []");
    }
}
