//! Masks that make a network autoregressive (MADE).
//!
//! Every unit has a degree: how many leading inputs it may depend on. Input k, from 0, has degree k + 1, output k has
//! degree k, and a unit sees units whose degree is not larger than its own.

use super::Layer;
use crate::{Error, Result, Tensor};

/// The layers with masks.
///
/// # Errors
/// See [`Network::masked`](super::Network::masked).
pub(super) fn masked(
    layers: &[Layer],
    parameters: &[(String, Tensor)],
    inputs: usize,
    outputs: usize,
) -> Result<Vec<Layer>> {
    if !outputs.is_multiple_of(inputs) {
        return Err(refused("a multiple of the inputs as outputs", format!("{outputs} outputs of {inputs} inputs")));
    }
    let mut layers = layers.to_vec();
    Masking { parameters, inputs }.sequence(&mut layers, (1..=inputs).collect(), true)?;
    Ok(layers)
}

struct Masking<'a> {
    parameters: &'a [(String, Tensor)],
    inputs: usize,
}

impl Masking<'_> {
    /// Masks layers that are applied one after the other, and gives the degrees of their outputs. `is_last`: whether they
    /// give the outputs of the network.
    fn sequence(&self, layers: &mut [Layer], mut degrees: Vec<usize>, is_last: bool) -> Result<Vec<usize>> {
        let mut rest = layers;
        while let Some((layer, later)) = rest.split_first_mut() {
            let is_output = is_last && !later.iter().any(has_weights);
            degrees = self.layer(layer, degrees, is_output)?;
            rest = later;
        }
        Ok(degrees)
    }

    fn layer(&self, layer: &mut Layer, degrees: Vec<usize>, is_output: bool) -> Result<Vec<usize>> {
        match layer {
            Layer::Linear { weight, mask, .. } => {
                let units = self.parameters[*weight].1.shape()[0];
                let own = if is_output { self.output_degrees(units) } else { self.hidden_degrees(units) };
                let seen = own.iter().flat_map(|own| degrees.iter().map(move |seen| f64::from(seen <= own)));
                *mask = Some(Tensor::new(seen.collect::<Vec<f64>>(), [units, degrees.len()])?);
                Ok(own)
            }
            Layer::Elementwise(_) | Layer::Prelu { .. } => Ok(degrees),
            Layer::Vectorwise(function) => Err(refused("no layer that mixes units", format!("`{}`", function.name))),
            Layer::Normalization { .. } => Err(refused("no layer that mixes units", "`LayerNorm1D`".to_owned())),
            Layer::Sum(branches) => {
                let mut sums: Option<Vec<usize>> = None;
                for branch in branches {
                    let own = self.sequence(branch, degrees.clone(), is_output)?;
                    if sums.as_ref().is_some_and(|sums| *sums != own) {
                        let expected = "residuals between hidden layers of one size only";
                        return Err(refused(expected, "one whose two terms see different inputs".to_owned()));
                    }
                    sums = Some(own);
                }
                Ok(sums.unwrap_or(degrees))
            }
        }
    }

    /// Degrees 1, …, inputs − 1 in equal parts: a unit that sees the last input is seen by no output.
    fn hidden_degrees(&self, units: usize) -> Vec<usize> {
        let highest = self.inputs - 1;
        (0..units).map(|unit| if highest == 0 { 0 } else { 1 + unit * highest / units }).collect()
    }

    fn output_degrees(&self, units: usize) -> Vec<usize> {
        (0..units).map(|unit| unit % self.inputs).collect()
    }
}

fn has_weights(layer: &Layer) -> bool {
    match layer {
        Layer::Linear { .. } => true,
        Layer::Sum(branches) => branches.iter().flatten().any(has_weights),
        _ => false,
    }
}

fn refused(expected: &str, got: String) -> Error {
    Error::InvalidArgument {
        operation: "Network::masked",
        argument: "self",
        expected: format!("a network with {expected}"),
        got,
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::Network;
    use crate::nn::layers::{LayerNorm1D, Linear, Residual, Softmax, Tanh};
    use crate::{Tensor, grad};

    /// The Jacobian of a function of a vector by the tape, by rows.
    fn jacobian(network: &Network, x: &Tensor) -> Vec<Vec<f64>> {
        let row = |output: usize| {
            let entry = |x: &[Tensor]| Ok(network.forward(&x[0])?.get(output));
            grad(entry, std::slice::from_ref(x)).unwrap().1[0].to_vec()
        };
        (0..network.outputs()).map(row).collect()
    }

    fn assert_autoregressive(network: &Network) {
        let n = network.inputs();
        let x = (Tensor::arange(n) + 0.3).sin();
        for (output, row) in jacobian(network, &x).iter().enumerate() {
            for (input, slope) in row.iter().enumerate() {
                let is_seen = input < output % n;
                assert_eq!(*slope != 0.0, is_seen, "output {output} by input {input}: {slope}");
            }
        }
    }

    #[test]
    fn outputs_see_all_inputs_before_them_and_no_other() {
        assert_autoregressive(&Network::new::<(Linear<4, 12>, Tanh, Linear<12, 8>)>(1).unwrap().masked().unwrap());
        type Deep = (Tanh, Linear<5, 9>, Tanh, (Linear<9, 7>, Tanh), Linear<7, 5>, Tanh);
        assert_autoregressive(&Network::new::<Deep>(2).unwrap().masked().unwrap());
        type WithResiduals = (Linear<3, 8>, Tanh, Residual<(Linear<8, 8>, Tanh, Linear<8, 8>)>, Tanh, Linear<8, 6>);
        assert_autoregressive(&Network::new::<WithResiduals>(3).unwrap().masked().unwrap());
        assert_autoregressive(&Network::new::<Linear<3, 6>>(4).unwrap().masked().unwrap());
        // Of one entry, the parameters are constants.
        assert_autoregressive(&Network::new::<(Linear<1, 4>, Tanh, Linear<4, 2>)>(5).unwrap().masked().unwrap());
    }

    #[test]
    fn networks_that_cannot_be_autoregressive_are_refused() {
        let refusal = |network: crate::Result<Network>| network.unwrap().masked().unwrap_err().to_string();
        assert_eq!(
            refusal(Network::new::<(Linear<3, 4>, Tanh, Linear<4, 4>)>(0)),
            "Network::masked: `self` must be a network with a multiple of the inputs as outputs, got 4 outputs of 3 inputs"
        );
        let mixing = refusal(Network::new::<(Linear<3, 4>, Softmax, Linear<4, 3>)>(0));
        assert!(mixing.contains("no layer that mixes units, got `Softmax`"), "{mixing}");
        assert!(refusal(Network::new::<(Linear<3, 4>, LayerNorm1D<4>, Linear<4, 3>)>(0)).contains("`LayerNorm1D`"));
        // The identity lets entry k see itself.
        let residual = refusal(Network::new::<Residual<Linear<3, 3>>>(0));
        assert!(residual.contains("residuals between hidden layers of one size only"), "{residual}");
    }
}
