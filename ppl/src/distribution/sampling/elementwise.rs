//! Draws of one number after the other, by parameters that are read.

use super::implicit::Implicit;
use crate::program::sampler::Sampler;
use crate::random::{Rng, fill_uniform};
use crate::tensor::record;
use crate::{Device, Result, Shape, Tensor};

/// The elements of a parameter, broadcast to the draws.
enum Column {
    /// One for all.
    One(f64),
    Each(Vec<f64>),
}

impl Column {
    fn new(parameter: &Tensor, shape: Shape) -> Result<Self> {
        Ok(match parameter.size() {
            1 => Self::One(parameter.to_vec()[0]),
            _ => Self::Each(parameter.try_broadcast_to(shape)?.to_vec()),
        })
    }

    fn at(&self, place: usize) -> f64 {
        match self {
            Self::One(number) => *number,
            Self::Each(numbers) => numbers[place],
        }
    }
}

/// What draws a number by parameters, from which it is made once for all draws by the same ones.
pub(crate) trait ElementSampler<const N: usize>: Sized {
    /// The sampler of these parameters.
    fn new(parameters: [f64; N]) -> Self;

    /// One draw; NaN where the parameters allow none.
    fn sample(&self, rng: &mut Rng) -> f64;

    /// One draw by these parameters.
    fn one(rng: &mut Rng, parameters: [f64; N]) -> f64 {
        Self::new(parameters).sample(rng)
    }
}

/// Draws `shape` numbers one after another, with the parameters broadcast to it; NaN where they allow no draw.
pub(crate) fn draw<const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
    one: fn(&mut Rng, [f64; N]) -> f64,
) -> Result<Tensor>
where
    fn(&mut Rng, [f64; N]) -> f64: Into<Sampler>,
{
    draw_constants(rng, shape, parameters, one, |rng, parameters| {
        (0..shape.size()).map(|_| one(rng, parameters)).collect()
    })
}

/// Draws as [`draw`] does, by a sampler that is made once where the parameters are the same for all draws.
pub(crate) fn draw_by<S: ElementSampler<N>, const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
) -> Result<Tensor>
where
    fn(&mut Rng, [f64; N]) -> f64: Into<Sampler>,
{
    draw_constants(rng, shape, parameters, S::one, many::<S, N>(shape))
}

/// Draws as [`draw_by`] does where nobody differentiates or records them, else `None`: for a sampler that does in one pass
/// what takes a formula of tensors several.
pub(crate) fn draw_plain<S: ElementSampler<N>, const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
) -> Option<Result<Tensor>> {
    let is_plain = |parameter: &&Tensor| !parameter.is_tracked() && parameter.device() == Device::cpu();
    let is_plain = !record::is_open() && parameters.iter().all(is_plain);
    is_plain.then(|| draw_known(rng, shape, parameters, S::one, many::<S, N>(shape)))
}

/// Draws many numbers by a sampler that is made once.
fn many<S: ElementSampler<N>, const N: usize>(shape: Shape) -> impl FnOnce(&mut Rng, [f64; N]) -> Vec<f64> {
    move |rng, parameters| {
        let sampler = S::new(parameters);
        (0..shape.size()).map(|_| sampler.sample(rng)).collect()
    }
}

/// Draws with the gradient by the parameters that `implicit` knows, on the tape and in programs.
pub(crate) fn draw_implicit<S: ElementSampler<N>, const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
    implicit: Implicit,
) -> Result<Tensor>
where
    fn(&mut Rng, [f64; N]) -> f64: Into<Sampler>,
{
    let is_tracked = parameters.iter().any(|parameter| parameter.is_tracked());
    if !record::takes_draws() && (record::is_open() || !is_tracked) {
        return draw_by::<S, N>(rng, shape, parameters);
    }
    let mut columns = Vec::with_capacity(N);
    for parameter in parameters {
        columns.push(parameter.try_broadcast_to(shape)?);
    }
    if record::takes_draws() {
        let one: fn(&mut Rng, [f64; N]) -> f64 = S::one;
        return draw_columns(rng, shape, &columns, (one.into(), Some(implicit)), each(one, shape));
    }
    let draws = draw_by::<S, N>(rng, shape, parameters)?;
    implicit.attach(&draws, &columns)
}

/// Draws by parameters that are detached; by `of_one_kind` if they are the same for all draws.
fn draw_constants<const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
    one: fn(&mut Rng, [f64; N]) -> f64,
    of_one_kind: impl FnOnce(&mut Rng, [f64; N]) -> Vec<f64>,
) -> Result<Tensor>
where
    fn(&mut Rng, [f64; N]) -> f64: Into<Sampler>,
{
    // Draws are constants; whoever reparameterises them attaches the gradient.
    let parameters = parameters.map(Tensor::detach);
    if !record::takes_samplers() {
        return draw_known(rng, shape, parameters.each_ref(), one, of_one_kind);
    }
    let mut columns = Vec::with_capacity(N);
    for parameter in parameters {
        columns.push(parameter.try_broadcast_to(shape)?);
    }
    draw_columns(rng, shape, &columns, (one.into(), None), each(one, shape))
}

/// Draws of which each is made of a number that is uniform on [0, 1): `draw` puts them in the place of these, by a parameter for
/// each of them, or one for all.
pub(crate) fn draw_by_uniform(
    rng: &mut Rng,
    shape: Shape,
    parameter: &Tensor,
    draw: fn(&mut [f64], &[f64]),
) -> Result<Tensor> {
    // As in `draw_constants`.
    let parameter = parameter.detach();
    let draws = |rng: &mut Rng, parameters: &[f64]| {
        let mut draws = vec![0.0; shape.size()];
        fill_uniform(rng, &mut draws);
        draw(&mut draws, parameters);
        draws
    };
    if !record::takes_samplers() && parameter.size() == 1 {
        return Ok(Tensor::from_parts(draws(rng, &parameter.to_vec()), shape));
    }
    let columns = [parameter.try_broadcast_to(shape)?];
    draw_columns(rng, shape, &columns, (Sampler::Uniform(draw), None), |rng, columns| draws(rng, &columns[0]))
}

/// Draws by parameters that are read.
fn draw_known<const N: usize>(
    rng: &mut Rng,
    shape: Shape,
    parameters: [&Tensor; N],
    one: fn(&mut Rng, [f64; N]) -> f64,
    of_one_kind: impl FnOnce(&mut Rng, [f64; N]) -> Vec<f64>,
) -> Result<Tensor> {
    if parameters.iter().all(|parameter| parameter.size() == 1) {
        let parameters = parameters.map(|parameter| parameter.to_vec()[0]);
        return Ok(Tensor::from_parts(of_one_kind(rng, parameters), shape));
    }
    let mut columns = Vec::with_capacity(N);
    for parameter in parameters {
        columns.push(Column::new(parameter, shape)?);
    }
    let draws = (0..shape.size()).map(|place| one(rng, std::array::from_fn(|which| columns[which].at(place))));
    Ok(Tensor::from_parts(draws.collect(), shape))
}

/// Draws one number after the other by the elements of each parameter.
fn each<const N: usize>(
    one: fn(&mut Rng, [f64; N]) -> f64,
    shape: Shape,
) -> impl FnOnce(&mut Rng, &[Vec<f64>]) -> Vec<f64> {
    move |rng, columns| {
        (0..shape.size()).map(|place| one(rng, std::array::from_fn(|which| columns[which][place]))).collect()
    }
}

/// Draws numbers one after the other by rows of parameters, which are the last axis; their batch is innermost, and its
/// members take turns.
pub(crate) fn draw_by_rows(
    rng: &mut Rng,
    shape: Shape,
    parameters: &Tensor,
    one: fn(&mut Rng, &[f64]) -> f64,
) -> Result<Tensor> {
    let (batch, row) = parameters.shape().split_event(1);
    if batch.size() == 1 && !record::takes_samplers() {
        let row = parameters.to_vec();
        return Ok(Tensor::from_parts((0..shape.size()).map(|_| one(rng, &row)).collect(), shape));
    }
    // As in `draw_constants`.
    let columns = [parameters.detach().try_broadcast_to(shape.concat(&row))?];
    draw_columns(rng, shape, &columns, (one.into(), None), |rng, columns| {
        columns[0].chunks_exact(row.size()).map(|row| one(rng, row)).collect()
    })
}

/// Draws by parameters that are read, or that a program will know.
fn draw_columns(
    rng: &mut Rng,
    shape: Shape,
    parameters: &[Tensor],
    sampler: (Sampler, Option<Implicit>),
    draw: impl FnOnce(&mut Rng, &[Vec<f64>]) -> Vec<f64>,
) -> Result<Tensor> {
    // A program with a gradient has only draws that move with their parameters.
    if !(record::takes_samplers() || (record::takes_draws() && sampler.1.is_some())) {
        let columns: Vec<Vec<f64>> = parameters.iter().map(Tensor::to_vec).collect();
        return Ok(Tensor::from_parts(draw(rng, &columns), shape));
    }
    let before = rng.clone();
    let columns: Vec<Vec<f64>> = parameters.iter().map(Tensor::elements).collect();
    let values = Tensor::from_parts(draw(rng, &columns), shape);
    record::sample(values, parameters, (&before, rng), sampler)
}
