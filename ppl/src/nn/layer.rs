//! `Layer`: the layers of networks, by operations of tensors.

use std::fmt;

use crate::{Error, Result, Shape, Tensor};

/// A layer; parameters are indices into those of the network.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// `weight x + bias` of the vectors x in the last axis; the weight has the shape outputs × inputs.
    Linear {
        weight: usize,
        bias: Option<usize>,
        /// 1 where an output may see an input, 0 elsewhere.
        mask: Option<Tensor>,
    },
    Elementwise(Elementwise),
    /// `max(0, x) + slope min(0, x)` with a slope that is a parameter.
    Prelu {
        slope: usize,
    },
    /// A function of whole vectors that keeps their size.
    Vectorwise(Elementwise),
    /// Vectors of mean 0 and variance 1, scaled and shifted.
    Normalization {
        scale: usize,
        shift: usize,
        epsilon: f64,
    },
    /// The sum of the values of several sequences of layers; an empty one is the identity.
    Sum(Vec<Vec<Layer>>),
}

/// A function without parameters.
#[derive(Clone, Copy)]
pub(crate) struct Elementwise {
    pub(crate) name: &'static str,
    pub(crate) function: Function,
}

/// A function of a tensor, with a constant or without.
#[derive(Clone, Copy)]
pub(crate) enum Function {
    Plain(fn(&Tensor) -> Tensor),
    WithConstant(fn(&Tensor, f64) -> Tensor, f64),
}

impl Elementwise {
    fn apply(&self, x: &Tensor) -> Tensor {
        match self.function {
            Function::Plain(function) => function(x),
            Function::WithConstant(function, constant) => function(x, constant),
        }
    }
}

impl fmt::Debug for Elementwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The value of layers that are applied one after the other.
///
/// # Errors
/// Vectors of another size than a layer takes.
pub(super) fn evaluate(layers: &[Layer], parameters: &[Tensor], x: &Tensor) -> Result<Tensor> {
    let mut value = x.clone();
    for layer in layers {
        value = layer.evaluate(parameters, &value)?;
    }
    Ok(value)
}

impl Layer {
    fn evaluate(&self, parameters: &[Tensor], x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Linear { weight, bias, mask } => {
                let weight = &parameters[*weight];
                let product = match mask {
                    Some(mask) => linear(&weight.try_mul(mask)?, x)?,
                    None => linear(weight, x)?,
                };
                match bias {
                    Some(bias) => product.try_add(&parameters[*bias]),
                    None => Ok(product),
                }
            }
            Self::Elementwise(function) | Self::Vectorwise(function) => Ok(function.apply(x)),
            Self::Prelu { slope } => Tensor::try_select(x.greater_equal(0.0), x, x * &parameters[*slope]),
            Self::Normalization { scale, shift, epsilon } => {
                let centred = x.try_sub(x.try_mean_axis(-1)?.try_unsqueeze(-1)?)?;
                let variance = centred.square().try_mean_axis(-1)?.try_unsqueeze(-1)?;
                (centred / (variance + *epsilon).sqrt()).try_mul(&parameters[*scale])?.try_add(&parameters[*shift])
            }
            Self::Sum(branches) => {
                let mut values = branches.iter().map(|branch| evaluate(branch, parameters, x));
                let first = values.next().unwrap_or_else(|| Ok(x.clone()))?;
                values.try_fold(first, |sum, value| sum.try_add(value?))
            }
        }
    }

    /// The size of the vectors that the layer gives for vectors of this size.
    ///
    /// # Errors
    /// Vectors of another size than it takes; branches of different sizes.
    pub(super) fn output_size(&self, parameters: &[(String, Tensor)], input: usize) -> Result<usize> {
        let fitting = |parameter: usize, taken: usize, given: usize| {
            if taken == input {
                return Ok(given);
            }
            Err(Error::InvalidArgument {
                operation: "Network",
                argument: "module",
                expected: "layers each of which takes vectors of the size that the one before it gives".to_owned(),
                got: format!("`{}` for vectors of size {taken} after size {input}", parameters[parameter].0),
            })
        };
        match self {
            Self::Linear { weight, .. } => {
                let shape = parameters[*weight].1.shape();
                fitting(*weight, shape[1], shape[0])
            }
            Self::Normalization { scale, .. } => fitting(*scale, parameters[*scale].1.size(), input),
            Self::Elementwise(_) | Self::Vectorwise(_) | Self::Prelu { .. } => Ok(input),
            Self::Sum(branches) => {
                let sizes = branches.iter().map(|branch| output_size(branch, parameters, input));
                let sizes = sizes.collect::<Result<Vec<usize>>>()?;
                match sizes.iter().find(|&&size| size != sizes[0]) {
                    Some(other) => Err(Error::InvalidArgument {
                        operation: "Network",
                        argument: "module",
                        expected: "branches of a residual that give vectors of one size".to_owned(),
                        got: format!("sizes {} and {other}", sizes[0]),
                    }),
                    None => Ok(sizes.first().copied().unwrap_or(input)),
                }
            }
        }
    }

    /// The size of the vectors that the layer takes, if it takes one size only.
    fn input_size(&self, parameters: &[(String, Tensor)]) -> Option<usize> {
        match self {
            Self::Linear { weight, .. } => Some(parameters[*weight].1.shape()[1]),
            Self::Normalization { scale, .. } => Some(parameters[*scale].1.size()),
            Self::Elementwise(_) | Self::Vectorwise(_) | Self::Prelu { .. } => None,
            Self::Sum(branches) => branches.iter().find_map(|branch| input_size(branch, parameters)),
        }
    }
}

/// The size of the vectors that layers take: those before the first with a size of its own keep it.
pub(super) fn input_size(layers: &[Layer], parameters: &[(String, Tensor)]) -> Option<usize> {
    layers.iter().find_map(|layer| layer.input_size(parameters))
}

/// The size of the vectors that layers give for vectors of this size.
///
/// # Errors
/// Sizes that do not fit.
pub(super) fn output_size(layers: &[Layer], parameters: &[(String, Tensor)], input: usize) -> Result<usize> {
    layers.iter().try_fold(input, |size, layer| layer.output_size(parameters, size))
}

/// `weight x` of the vectors in the last axis. A batch of any shape is one of rows: a single product of matrices.
fn linear(weight: &Tensor, x: &Tensor) -> Result<Tensor> {
    if x.rank() <= 1 {
        return weight.try_matmul(x);
    }
    let (batch, event) = x.shape().split_event(1);
    let rows = x.try_reshape([batch.size(), event.size()])?;
    let product = rows.try_matmul(weight.transpose())?;
    product.try_reshape(batch.concat(&Shape::from(weight.shape()[0])))
}
