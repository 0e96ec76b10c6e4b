//! Networks in models: their parameters as sites.

use std::sync::Arc;

use super::Network;
use crate::distribution::{Expanded, Independent, IntoDistribution};
use crate::effect::bind;
use crate::{Constraint, Model, Result, Tensor};

impl Network {
    /// The model that makes each parameter a `param!`, which begins at its present value, and returns the network of them.
    ///
    /// Call it in a scope of its own, whose name its sites begin with: `call!("scope", network.learned())`.
    ///
    /// # Example
    /// ```
    /// use ppl::nn::Network;
    /// use ppl::nn::layers::Linear;
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn line(network: &Network, x: &Tensor, y: &Tensor) {
    ///     let network = call!("line", network.learned());
    ///     plate!("row", y.len(), {
    ///         observe!("y", Normal::new(network.forward(x)?.squeeze(-1), 1.0), y);
    ///     });
    /// }
    ///
    /// let network = Network::new::<Linear<1, 1>>(0)?;
    /// let trace = line(&network, &Tensor::from([[0.0], [1.0]]), &Tensor::from([0.3, 0.6])).trace(0)?;
    /// let names: Vec<&str> = trace.names().collect();
    /// assert_eq!(names, ["line/weight", "line/bias", "y"]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn learned(&self) -> impl Model<Output = Self> + Clone + Send + Sync + use<> {
        let network = self.clone();
        bind("network", &[], true, move |ctx| {
            Ok(network.with_parameters(|name, init| ctx.param(name, init, Constraint::Real))?)
        })
    }

    /// The model that samples each parameter, and returns the network of them.
    ///
    /// `prior` gives the distribution of a parameter by its name and its present value; it is repeated to the parameter's
    /// shape. Call it in a scope of its own, as [`learned`](Self::learned).
    ///
    /// # Example
    /// Weights whose variance falls with the number of inputs, so that the sum over them keeps its own:
    /// ```
    /// use ppl::nn::Network;
    /// use ppl::nn::layers::{Linear, Tanh};
    /// use ppl::prelude::*;
    ///
    /// let network = Network::new::<(Linear<2, 50>, Tanh, Linear<50, 1>)>(0)?;
    /// let random = network.under_prior(|name, value| {
    ///     let scale = if name.ends_with("weight") { (value.shape()[1] as f64).powf(-0.5) } else { 1.0 };
    ///     Normal::new(0.0, scale)
    /// });
    /// let (first, second) = (random.trace(0)?, random.trace(1)?);
    /// assert_eq!(first.get("2.weight")?.shape(), Shape::from([1, 50]));
    /// assert_ne!(first.get("2.weight")?, second.get("2.weight")?);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn under_prior<D: IntoDistribution, F: Fn(&str, &Tensor) -> D>(
        &self,
        prior: F,
    ) -> impl Model<Output = Self> + use<D, F> {
        let network = self.clone();
        bind("network", &[], true, move |ctx| {
            let parameter = |name: &str, present: &Tensor| -> Result<Tensor> {
                ctx.sample(name, repeated(prior(name, present), present))
            };
            Ok(network.with_parameters(parameter)?)
        })
    }
}

/// A distribution of the parameter as one event.
fn repeated(prior: impl IntoDistribution, parameter: &Tensor) -> Result<Independent<Expanded>> {
    let prior = prior.into_distribution()?;
    let (batch, _) = parameter.shape().split_event(prior.event_shape().rank().min(parameter.rank()));
    Independent::new(Arc::new(Expanded::new(prior, batch)?), batch.rank())
}

#[cfg(test)]
mod tests {
    use crate::nn::Network;
    use crate::nn::layers::{Linear, Tanh};
    use crate::prelude::*;

    #[model]
    fn two_networks(network: &Network) -> Tensor {
        let learned = call!("learned", network.learned());
        let random = call!("random", network.under_prior(|_, _| Normal::new(0.0, 0.5)));
        learned.forward([0.3, -0.2])? + random.forward([0.3, -0.2])?
    }

    fn network() -> Network {
        Network::new::<(Linear<2, 4>, Tanh, Linear<4, 1>)>(0).unwrap()
    }

    #[test]
    fn parameters_are_sites_in_their_scopes() {
        let network = network();
        let trace = two_networks(&network).trace(0).unwrap();
        let names = |scope: &str| network.parameters().map(|(name, _)| format!("{scope}/{name}")).collect::<Vec<_>>();
        assert!(trace.names().eq([names("learned"), names("random")].concat()));
        for (name, value) in network.parameters() {
            assert_eq!(trace.get(format!("learned/{name}").as_str()).unwrap(), value);
        }
        // The densities of 17 normal numbers, of which each parameter is one event.
        let squares: f64 = names("random")
            .iter()
            .flat_map(|name| trace.get(name.as_str()).unwrap().to_vec())
            .map(|weight| -0.5 * (weight / 0.5).powi(2))
            .sum();
        let want = squares - 17.0 * (0.5 * (2.0 * std::f64::consts::PI).ln() + 0.5_f64.ln());
        let got = trace.log_density().unwrap().item();
        assert!((got - want).abs() < 1e-12, "{got} is not {want}");
    }

    #[test]
    fn values_of_handlers_are_taken() {
        let network = network();
        let zeros = network.parameters().flat_map(|(name, value)| {
            ["learned", "random"].map(|scope| (format!("{scope}/{name}"), Tensor::zeros(value.shape())))
        });
        let model = two_networks(&network).substitute_all(zeros);
        let mut ctx = Ctx::new(Key::new(0));
        assert_eq!(model.run(&mut ctx).unwrap(), Tensor::zeros(1));
    }

    #[test]
    fn a_prior_may_have_an_event() {
        // A vector of zero sum, for the bias of two outputs.
        let prior = Network::new::<Linear<1, 2>>(0).unwrap();
        let prior = prior.under_prior(|name, _| -> crate::Result<std::sync::Arc<dyn Distribution>> {
            if name == "bias" {
                ZeroSumNormal::new(1.0, 2).into_distribution()
            } else {
                Normal::new(0.0, 1.0).into_distribution()
            }
        });
        let bias = prior.trace(0).unwrap().get("bias").unwrap().clone();
        assert!(bias.sum().item().abs() < 1e-15);
        let error = network().under_prior(|_, _| Normal::new([0.0; 3], 1.0)).trace(0).unwrap_err().to_string();
        assert!(error.starts_with("site `0.weight`:"), "{error}");
    }
}
