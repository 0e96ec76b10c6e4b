//! Neural networks: dfdx's modules as functions of tensors, for models, guides and flows.
//!
//! A dfdx module, of the [`layers`] here, says which layers a [`Network`] has and gives the initial values of its
//! parameters. The network evaluates them by operations of [`Tensor`](crate::Tensor), so that it is differentiated on the
//! tape and in recorded programs as everything else is. Its parameters are constants at first; in a model they become
//!
//! | parameters | by | sites |
//! |---|---|---|
//! | learned | `call!("scope", network.learned())` | a `param!` for each |
//! | random | `call!("scope", network.under_prior(..))` | a `sample!` for each |
//!
//! with the names of the module's tensors, as `scope/0.weight`. In flows a network is the conditioner of
//! [`RealNvp`](crate::bijector::RealNvp::from_network) and
//! [`MaskedAutoregressiveFlow`](crate::bijector::MaskedAutoregressiveFlow::from_network).
//!
//! # Example
//! A regression by a network whose weights are random:
//!
//! ```
//! use ppl::nn::Network;
//! use ppl::nn::layers::{Linear, Tanh};
//! use ppl::prelude::*;
//!
//! #[model]
//! fn regression(network: &Network, x: &Tensor, y: &Tensor) {
//!     let network = call!("network", network.under_prior(|_, _| Normal::new(0.0, 1.0)));
//!     plate!("row", y.len(), {
//!         observe!("y", Normal::new(network.forward(x)?.squeeze(-1), 0.1), y);
//!     });
//! }
//!
//! let network = Network::new::<(Linear<1, 5>, Tanh, Linear<5, 1>)>(0)?;
//! let x = Tensor::linspace(-1.0, 1.0, 20).unsqueeze(-1);
//! let y = (&x * 3.0).sin().squeeze(-1);
//! let trace = regression(&network, &x, &y).trace(0)?;
//! assert_eq!(trace.get("network/0.weight")?.shape(), Shape::from([5, 1]));
//! # Ok::<(), ppl::Error>(())
//! ```

mod layer;
mod mask;
mod module;
mod network;
mod sites;

pub use self::module::{Architecture, Module, Reader};
pub use self::network::Network;
pub use crate::tensor::modules::layers;

pub(crate) use self::layer::{Elementwise, Function, Layer};
