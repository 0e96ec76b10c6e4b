//! `Module`: layers and parameters, read into a network.

use super::{Layer, Network};
use crate::{Result, Tensor};

/// A module: a function made of layers, with the values of their parameters.
///
/// The modules of dfdx that [`layers`](super::layers) lists are modules once they are built; so are tuples of up to six,
/// which apply one after the other. A struct of modules is one too:
///
/// # Example
/// ```
/// use ppl::nn::layers::{self, DeviceBuildExt, Linear, Tanh};
/// use ppl::nn::{Module, Network, Reader};
///
/// struct Mlp<L> {
///     hidden: L,
///     output: L,
/// }
///
/// impl<L: Module> Module for Mlp<L> {
///     fn read(&self, reader: &mut Reader) {
///         reader.field("hidden", &self.hidden);
///         reader.field("", &Tanh);
///         reader.field("output", &self.output);
///     }
/// }
///
/// let device = layers::Cpu::seed_from_u64(0);
/// let mut linear = || device.build_module::<Linear<2, 2>, f64>();
/// let network = Network::of(&Mlp { hidden: linear(), output: linear() })?;
/// let names: Vec<&str> = network.parameters().map(|(name, _)| name).collect();
/// assert_eq!(names, ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Module {
    /// Gives the reader the module's fields, in the order in which they are applied.
    fn read(&self, reader: &mut Reader);
}

impl<M: Module + ?Sized> Module for &M {
    fn read(&self, reader: &mut Reader) {
        (**self).read(reader);
    }
}

/// An architecture: a type of dfdx's `nn::builders` that says which layers there are, and how they are initialised.
///
/// # Example
/// ```
/// use ppl::nn::Architecture;
/// use ppl::nn::layers::{Linear, Tanh};
///
/// fn number_of_weights<A: Architecture>() -> ppl::Result<usize> {
///     Ok(A::network(0)?.parameters().map(|(_, value)| value.size()).sum())
/// }
///
/// assert_eq!(number_of_weights::<(Linear<2, 8>, Tanh, Linear<8, 1>)>()?, (2 * 8 + 8) + (8 + 1));
/// let error = number_of_weights::<(Linear<2, 8>, Linear<4, 1>)>().unwrap_err().to_string();
/// assert!(error.ends_with("got `1.weight` for vectors of size 4 after size 8"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the architecture of a network",
    label = "expected a layer of `ppl::nn::layers`, or a tuple of them",
    note = "layers whose value is random in training, or that act on images, have no counterpart"
)]
pub trait Architecture {
    /// The network of this architecture, with the initial values that dfdx draws by this seed.
    ///
    /// # Errors
    /// Layers whose sizes do not fit; no layer with a size.
    fn network(seed: u64) -> Result<Network>;
}

/// A reader of modules: gathers layers in the order in which they are applied, and parameters by name.
///
/// # Example
/// Blocks whose number is known at run time:
/// ```
/// use ppl::nn::layers::{Cpu, DeviceBuildExt, Linear, Tanh};
/// use ppl::nn::{Module, Network, Reader};
///
/// struct Stack<M>(Vec<M>);
///
/// impl<M: Module> Module for Stack<M> {
///     fn read(&self, reader: &mut Reader) {
///         for (index, block) in self.0.iter().enumerate() {
///             reader.field(&format!("block{index}"), block);
///         }
///     }
/// }
///
/// let device = Cpu::seed_from_u64(0);
/// let blocks = (0..2).map(|_| device.build_module::<(Linear<3, 3>, Tanh), f64>()).collect();
/// let network = Network::of(&Stack(blocks))?;
/// let names: Vec<&str> = network.parameters().map(|(name, _)| name).collect();
/// assert_eq!(names, ["block0.0.weight", "block0.0.bias", "block1.0.weight", "block1.0.bias"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    /// The path of fields to the module that is being read.
    path: String,
    pub(super) layers: Vec<Layer>,
    pub(super) parameters: Vec<(String, Tensor)>,
}

impl Reader {
    /// Reads a field. Its parameters are named `field.…`; those of a field without a name are named as the module's own.
    pub fn field(&mut self, name: &str, module: &impl Module) {
        let outer = self.path.len();
        self.path = self.full_name(name);
        module.read(self);
        self.path.truncate(outer);
    }

    /// Adds a layer.
    pub(crate) fn layer(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// Adds a parameter, and gives its index.
    pub(crate) fn parameter(&mut self, name: &str, value: Tensor) -> usize {
        self.parameters.push((self.full_name(name), value));
        self.parameters.len() - 1
    }

    /// The layers of a field, which are not applied after those so far.
    pub(crate) fn branch(&mut self, name: &str, module: &impl Module) -> Vec<Layer> {
        let before = self.layers.len();
        self.field(name, module);
        self.layers.split_off(before)
    }

    fn full_name(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }
}
