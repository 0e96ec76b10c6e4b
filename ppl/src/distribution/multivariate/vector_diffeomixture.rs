//! Vector diffeomixture: a compound of affine maps of a random vector, by quadrature.

use super::factored::{Factored, Given};
use crate::distribution::density::gauss_hermite::nodes_and_log_weights;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Covariance, Distribution, Moments, Normal};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Nodes along each dimension unless another number is asked for, and the most that there may be of all.
const DEFAULT_SIZE: usize = 8;
const MOST_NODES: usize = 1000;

/// Vector diffeomixture: vectors that an affine map makes of independent entries, where the map is a random mean of K
/// given ones.
///
#[doc = include_str!("../../../doc/distribution/VectorDiffeomixture.svg")]
///
/// ```text
/// y = Σ_k z_k (loc_k + scale_tril_k x),   x_i ~ base,   z = softmax((v_1, …, v_(K−1), 0))
/// v_k ~ Normal(mix_loc_k / temperature_k, 1 / temperature_k)
/// p(y) = Σ_n w_n p(y | z_n) ≈ ∫ p(y | z) p(z) dz
/// p(y | z) = Π_i base(x_i) / |S|,   S = Σ_k z_k scale_tril_k,   x = S⁻¹ (y − Σ_k z_k loc_k)
/// ```
///
/// with the nodes z_n and the weights w_n of Gauss–Hermite quadrature along each v_k. At low temperatures it is a mixture of
/// the K maps, at high ones their mean; between them it joins them.
///
/// # Parameters
/// | parameter     | domain                                    | shape                   | meaning                        |
/// |---------------|-------------------------------------------|-------------------------|--------------------------------|
/// | `mix_loc`     | real                                      | batch ++ `[K − 1]`      | where the weights concentrate  |
/// | `temperature` | positive                                  | batch ++ `[K − 1]`, or a number | how little they vary   |
/// | `loc`         | real                                      | batch ++ `[K, n]`       | the K shifts                   |
/// | `scale_tril`  | lower triangular with a positive diagonal | batch ++ `[K, n, n]`    | the K linear maps              |
/// | `base`        | a distribution of one real number         |                         | that of each entry of x        |
///
/// [`new`](Self::new) has a standard normal base and 8 nodes along each dimension, [`with_base`](Self::with_base) any.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = Σ_n w_n Σ_k z_nk loc_k                     for a base of mean 0
/// covariance = Σ_n w_n (m_n − mean)(m_n − mean)ᵀ + var[base] Σ_n w_n S_n S_nᵀ
/// ```
/// with the mean m_n and the map S_n at node n. The variance is the diagonal of the covariance.
///
/// # Numerics
/// It is a finite mixture: density, moments and draws are those of the mixture, which is near to the compound distribution
/// where it has enough nodes. A density costs N^(K − 1) triangular systems for N nodes along a dimension, of which there
/// may be 1000 in all.
///
/// # Draws
/// One of the nodes, by weights that depend on no parameter, and then the map there: draws are reparameterised where those of
/// the base are.
///
/// # Reference
/// Dillon and Langmore (2018), "Quadrature Compound: An approximating family of distributions"; TFP,
/// `tfp.distributions.VectorDiffeomixture`, for two maps.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Moments, VectorDiffeomixture};
///
/// let units = Tensor::stack(&[Tensor::eye(2), Tensor::eye(2)], 0);
/// let bridge = VectorDiffeomixture::new([0.0], 1.0, [[0.0, 0.0], [4.0, 2.0]], &units)?;
/// // The two maps have the same weight on average.
/// assert!((bridge.mean() - Tensor::from([2.0, 1.0])).abs().max() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VectorDiffeomixture<D = Normal> {
    mix_loc: Tensor,
    temperature: Tensor,
    loc: Tensor,
    scale_tril: Factored,
    base: D,
    /// The nodes of a standard normal vector, one a row, and the logarithms of their weights.
    nodes: Tensor,
    log_weights: Tensor,
    batch_shape: Shape,
}

const NAME: &str = "VectorDiffeomixture";

impl VectorDiffeomixture {
    /// The compound of maps of a standard normal vector, by 8 nodes along each dimension of the weights.
    ///
    /// # Errors
    /// A parameter outside of its domain; fewer than two maps; more nodes than 1000; shapes that do not fit.
    pub fn new(
        mix_loc: impl IntoTensor,
        temperature: impl IntoTensor,
        loc: impl IntoTensor,
        scale_tril: impl IntoTensor,
    ) -> Result<Self> {
        Self::with_base(mix_loc, temperature, loc, scale_tril, Normal::new(0.0, 1.0)?, DEFAULT_SIZE)
    }
}

impl<D: Distribution> VectorDiffeomixture<D> {
    /// The compound of maps of a vector whose entries have the distribution `base`, by so many nodes along each dimension of
    /// the weights.
    ///
    /// # Errors
    /// Those of [`new`](VectorDiffeomixture::new); a base that is not one distribution of real numbers; no node.
    pub fn with_base(
        mix_loc: impl IntoTensor,
        temperature: impl IntoTensor,
        loc: impl IntoTensor,
        scale_tril: impl IntoTensor,
        base: D,
        quadrature_size: usize,
    ) -> Result<Self> {
        let (mix_loc, temperature) = (mix_loc.into_tensor(), temperature.into_tensor());
        let (loc, scale_tril) = (loc.into_tensor(), scale_tril.into_tensor());
        let scale_tril = Factored::new(NAME, "scale_tril", scale_tril, Given::Factor)?;
        let shape = |parameter: &str, got: Shape| Error::InvalidShape {
            operation: NAME,
            expected: format!("K maps of vectors of n entries: {parameter}"),
            got,
        };
        let size = scale_tril.size();
        let Some(&maps) = scale_tril.batch_shape().last().filter(|&&maps| maps > 1) else {
            return Err(shape("`scale_tril` of shape [.., K, n, n], with K > 1", scale_tril.factor().shape()));
        };
        if !loc.shape().ends_with(&[maps, size]) {
            return Err(shape("`loc` of shape [.., K, n]", loc.shape()));
        }
        if mix_loc.shape().last() != Some(&(maps - 1)) {
            return Err(shape("`mix_loc` of shape [.., K − 1]", mix_loc.shape()));
        }
        let (batch, of_loc) = (scale_tril.batch_shape().split_event(1).0, loc.shape().split_event(2).0);
        let (of_mixing, of_weights) = check::broadcast(NAME, &mix_loc.shape(), &temperature.shape())?.split_event(1);
        if of_weights.size() + 1 != maps {
            return Err(shape("`temperature` of shape [.., K − 1], or a number", temperature.shape()));
        }
        let batch = check::broadcast(NAME, &check::broadcast(NAME, &batch, &of_loc)?, &of_mixing)?;
        if !base.batch_shape().is_empty()
            || !base.event_shape().is_empty()
            || !matches!(base.support(), Constraint::Real)
        {
            return Err(Error::InvalidArgument {
                operation: NAME,
                argument: "base",
                expected: "one distribution of real numbers".to_owned(),
                got: format!("{} of batch shape {}", base.name(), base.batch_shape()),
            });
        }
        let (nodes, log_weights) = product_rule(quadrature_size, maps - 1)?;
        let mixture = Self { mix_loc, temperature, loc, scale_tril, base, nodes, log_weights, batch_shape: batch };
        check::constants(NAME, &mixture.parameters())?;
        Ok(mixture)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 4] {
        [
            ("mix_loc", &self.mix_loc, Constraint::Real),
            ("temperature", &self.temperature, Constraint::Positive),
            ("loc", &self.loc, Constraint::Real),
            self.scale_tril.parameter(),
        ]
    }

    /// Where the weights of the maps concentrate, as it was given.
    #[must_use]
    pub fn mix_loc(&self) -> &Tensor {
        &self.mix_loc
    }

    /// The temperature of the weights, as it was given.
    #[must_use]
    pub fn temperature(&self) -> &Tensor {
        &self.temperature
    }

    /// The shifts, as they were given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The linear maps, as they were given.
    #[must_use]
    pub fn scale_tril(&self) -> &Tensor {
        self.scale_tril.factor()
    }

    /// The distribution of the entries that are mapped.
    #[must_use]
    pub fn base(&self) -> &D {
        &self.base
    }

    /// The weights of the maps at each node, batch ++ `[nodes, K]`.
    fn map_weights(&self) -> Result<Tensor> {
        let temperature = check::or_nan(&self.temperature, &Constraint::Positive);
        let shape = self.normal();
        let [mean, temperature] = [&self.mix_loc, &temperature].map(|each| each.try_broadcast_to(shape));
        // The sum first: at tiny temperatures both quotients overflow.
        let normal = self.nodes.try_add(mean?.unsqueeze(-2))?.try_div(temperature?.unsqueeze(-2))?;
        let normal = normal.minimum(f64::MAX).maximum(f64::MIN);
        let zeros = Tensor::zeros(normal.shape().with(normal.rank() - 1, 1));
        Ok(Tensor::try_concat(&[normal, zeros], -1)?.softmax(-1))
    }

    /// Mean and temperature, broadcast.
    fn normal(&self) -> Shape {
        self.mix_loc.shape().broadcast(&self.temperature.shape()).unwrap_or_else(|| self.mix_loc.shape())
    }

    /// The shift and the linear map at each node, batch ++ `[nodes, n]` and batch ++ `[nodes, n, n]`.
    fn maps(&self) -> Result<(Tensor, Tensor)> {
        let weights = self.map_weights()?;
        let factor = self.scale_tril.factor();
        let (batch, square) = factor.shape().split_event(2);
        let flat = factor.try_reshape(batch.concat(&Shape::from(square.size())))?;
        let scale = weights.try_matmul(flat)?;
        let scale = scale.try_reshape(scale.shape().split_event(1).0.concat(&square))?;
        Ok((weights.try_matmul(&self.loc)?, scale))
    }
}

/// The nodes of the product of Gauss–Hermite rules along some dimensions, one a row, and the logarithms of their weights.
fn product_rule(size: usize, dimensions: usize) -> Result<(Tensor, Tensor)> {
    let count = u32::try_from(dimensions).ok().and_then(|dimensions| size.checked_pow(dimensions));
    let Some(count) = count.filter(|count| (1..=MOST_NODES).contains(count)) else {
        return Err(Error::InvalidArgument {
            operation: NAME,
            argument: "quadrature_size",
            expected: format!("at least 1, of which the power {dimensions} is at most {MOST_NODES}"),
            got: size.to_string(),
        });
    };
    let (nodes, log_weights) = nodes_and_log_weights(size);
    let place = |node: usize, dimension: usize| node / size.pow(dimension as u32) % size;
    let along = |node: usize| (0..dimensions).map(move |dimension| place(node, dimension));
    let rows = (0..count).flat_map(|node| along(node).map(|place| nodes[place])).collect();
    let sums: Vec<f64> = (0..count).map(|node| along(node).map(|place| log_weights[place]).sum()).collect();
    Ok((Tensor::from_parts(rows, Shape::from([count, dimensions])), Tensor::from(sums)))
}

impl<D: Distribution> Distribution for VectorDiffeomixture<D> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.scale_tril.size())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        // The node in whose part of the unit interval a uniform number falls.
        let ends = self.log_weights.exp().cumsum(0);
        let last = ends.shape()[0] - 1;
        let starts = Tensor::try_concat(&[Tensor::zeros(1), ends.slice(0, 0..last)], 0)?;
        let uniform = standard_uniform(rng, shape).unsqueeze(-1);
        let is_above = uniform.try_greater_equal(starts)?;
        let is_below = Tensor::try_concat(
            &[uniform.try_less(ends.slice(0, 0..last))?, Tensor::ones(shape.concat(&Shape::from(1)))],
            -1,
        )?;
        let chosen = is_above.try_mul(is_below)?.unsqueeze(-1);
        let weights = Tensor::try_select(chosen, self.map_weights()?, 0.0)?.try_sum_axis(-2)?;
        let entries = self.base.sample(rng, &shape.concat(&self.event_shape()))?;
        // All maps at once: their rows are those of one matrix.
        let (batch, square) = self.scale_tril.factor().shape().split_event(3);
        let rows =
            self.scale_tril.factor().try_reshape(batch.concat(&Shape::from([square[0] * square[1], square[1]])))?;
        let mapped = rows.try_matmul(entries.unsqueeze(-1))?.try_squeeze(-1)?;
        let mapped = mapped.try_reshape(shape.concat(&Shape::from([square[0], square[1]])))?;
        mapped.try_add(&self.loc)?.try_mul(weights.unsqueeze(-1))?.try_sum_axis(-2)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let inside = || Ok(Tensor::zeros(self.event_shape()));
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, inside, |value| {
            let extra = value.rank().saturating_sub(1 + self.batch_shape.rank());
            if extra > 1 {
                // One axis of draws leaves room for those of nodes and matrices.
                let (draws, rest) = value.shape().split_event(value.rank() - extra);
                let flat = self.log_prob(&value.try_reshape(Shape::from(draws.size()).concat(&rest))?)?;
                return flat.try_reshape(draws.concat(&Shape::from(&flat.shape()[1..])));
            }
            let (loc, scale) = self.maps()?;
            let distance = value.unsqueeze(-2).try_sub(loc)?.unsqueeze(-1);
            let entries = scale.try_triangular_solve(distance, true, false)?.try_squeeze(-1)?;
            let of_entries = self.base.log_prob(&entries)?.try_sum_axis(-1)?;
            let log_volume = scale.diagonal().ln().try_sum_axis(-1)?;
            of_entries.try_sub(log_volume)?.try_add(&self.log_weights)?.try_logsumexp_axis(-1)
        })
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }
}

impl<D: Distribution + Moments> VectorDiffeomixture<D> {
    /// Mean of the mixture, the deviations of those of the nodes, and the linear maps.
    fn means(&self) -> Result<(Tensor, Tensor, Tensor)> {
        let (loc, scale) = self.maps()?;
        let means = loc.try_add(scale.try_sum_axis(-1)?.try_mul(self.base.mean())?)?;
        let mean = means.try_mul(self.log_weights.exp().unsqueeze(-1))?.try_sum_axis(-2)?;
        let deviations = means.try_sub(mean.unsqueeze(-2))?;
        Ok((mean, deviations, scale))
    }

    fn or_nan(&self, result: Result<Tensor>, event: &Shape) -> Tensor {
        let shape = self.batch_shape.concat(event);
        result.and_then(|result| result.try_broadcast_to(shape)).unwrap_or_else(|_| Tensor::full(shape, f64::NAN))
    }
}

impl<D: Distribution + Moments> Moments for VectorDiffeomixture<D> {
    fn mean(&self) -> Tensor {
        self.or_nan(self.means().map(|(mean, ..)| mean), &self.event_shape())
    }

    fn variance(&self) -> Tensor {
        let variance = || {
            let (_, deviations, scale) = self.means()?;
            let within = scale.square().try_sum_axis(-1)?.try_mul(self.base.variance())?;
            within.try_add(deviations.square())?.try_mul(self.log_weights.exp().unsqueeze(-1))?.try_sum_axis(-2)
        };
        self.or_nan(variance(), &self.event_shape())
    }
}

impl<D: Distribution + Moments> Covariance for VectorDiffeomixture<D> {
    fn covariance(&self) -> Tensor {
        let covariance = || {
            let (_, deviations, scale) = self.means()?;
            let within = scale.try_matmul(scale.try_transpose()?)?.try_mul(self.base.variance())?;
            let between = deviations.unsqueeze(-1).try_mul(deviations.unsqueeze(-2))?;
            let weights = vector::over_events(&self.log_weights.exp(), 2)?;
            within.try_add(between)?.try_mul(weights)?.try_sum_axis(-3)
        };
        self.or_nan(covariance(), &self.event_shape().concat(&self.event_shape()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, integral, parameters};
    use crate::distribution::{MultivariateNormal, StudentT};
    use crate::special::HALF_LN_2PI;

    fn family() -> Family<VectorDiffeomixture> {
        Family::new(NAME, |p| {
            VectorDiffeomixture::new(p.get("mix_loc"), p.get("temperature"), p.get("loc"), p.get("scale_tril").tril(0))
        })
        .without_golden_cases("TFP's can not be installed; the tests below integrate")
        .without_far_cases("a mixture of normal densities, which have far cases")
        .at(parameters! {
            mix_loc: [0.4],
            temperature: [0.8],
            loc: [[0.0, 1.0], [2.0, -0.5]],
            scale_tril: [[[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.0], [-0.2, 1.2]]],
        })
        .at(parameters! {
            mix_loc: [-0.3],
            temperature: [1.4],
            loc: [[0.2, 0.8], [1.0, -0.2]],
            scale_tril: [[[0.9, 0.0], [0.1, 0.8]], [[0.7, 0.0], [-0.1, 1.0]]],
        })
        .rejects(
            parameters! {
                mix_loc: [0.4],
                temperature: [-0.8],
                loc: [[0.0, 1.0], [2.0, -0.5]],
                scale_tril: [[[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.0], [-0.2, 1.2]]],
            },
            "VectorDiffeomixture: `temperature` must be positive, got -0.8 at [0]",
        )
        .rejects(parameters! { mix_loc: [f64::NAN], temperature: [0.8], loc: [[0.0, 1.0], [2.0, -0.5]], scale_tril: [[[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.0], [-0.2, 1.2]]] }, "VectorDiffeomixture: `mix_loc` must be real, got NaN at [0]")
.rejects(parameters! { mix_loc: [0.4], temperature: [0.8], loc: [[f64::NAN, 1.0], [2.0, -0.5]], scale_tril: [[[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.0], [-0.2, 1.2]]] }, "VectorDiffeomixture: `loc` must be real, got NaN at [0, 0]")
.rejects(parameters! { mix_loc: [0.4], temperature: [0.8], loc: [[0.0, 1.0], [2.0, -0.5]], scale_tril: [[[1.0, 0.0], [0.3, -0.7]], [[0.5, 0.0], [-0.2, 1.2]]] }, "VectorDiffeomixture: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix with -0.7 at [1, 1], on the diagonal (event [0] of the batch)")
.draws([0.2764107035166301, -0.04833008865818142, 0.5489709417059971, -1.279176194448006, 2.0312229763269323, 1.3312577521998519])
    }

    conformance::distribution!(
        family() => multivariate, moments, covariance, reparameterized_by_common_numbers
    );

    /// The compound density of the two maps, by an integral over v.
    #[test]
    fn many_nodes_integrate() {
        let (mix_loc, temperature) = (0.4, 1.3);
        let loc = [[0.0, 1.0], [2.0, -0.5]];
        let scale = [[[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.0], [-0.2, 1.2]]];
        let base = Normal::new(0.0, 1.0).unwrap();
        let compound = VectorDiffeomixture::with_base([mix_loc], temperature, loc, scale, base, 60).unwrap();
        for y in [[0.5, 0.2], [2.0, -1.0], [-1.0, 3.0]] {
            let density = |v: f64| {
                let z = [1.0 / (1.0 + (-v).exp()), 1.0 / (1.0 + v.exp())];
                let mean = |f: &dyn Fn(usize) -> f64| z[0] * f(0) + z[1] * f(1);
                let [a, b, c] = [mean(&|k| scale[k][0][0]), mean(&|k| scale[k][1][0]), mean(&|k| scale[k][1][1])];
                let x = (y[0] - mean(&|k| loc[k][0])) / a;
                let w = (y[1] - mean(&|k| loc[k][1]) - b * x) / c;
                let normal = temperature * v - mix_loc;
                let log_normals = -0.5 * (x * x + w * w + normal * normal) - 3.0 * HALF_LN_2PI;
                (log_normals + (temperature / (a * c)).ln()).exp()
            };
            let want = integral(density, (f64::NEG_INFINITY, f64::INFINITY), mix_loc / temperature, 1.0 / temperature);
            let got = compound.prob(&Tensor::from(y)).unwrap().item();
            assert!((got / want - 1.0).abs() < 1e-9, "{y:?}: {got} {want}");
        }
    }

    /// With weights that hardly vary it is the normal distribution of the mean map, also of three maps.
    #[test]
    fn at_high_temperature_it_is_one_map() {
        let scale = Tensor::stack(&[Tensor::eye(2), Tensor::eye(2) * 2.0, Tensor::eye(2) * 6.0], 0);
        let loc = [[0.0, 3.0], [3.0, 0.0], [0.0, 0.0]];
        let mixture = VectorDiffeomixture::new([0.0, 0.0], 1e6, loc, &scale).unwrap();
        let normal = MultivariateNormal::new([1.0, 1.0], Tensor::eye(2) * 9.0).unwrap();
        let y = Tensor::from([[0.5, 2.0], [-3.0, 1.0]]);
        let difference = mixture.log_prob(&y).unwrap() - normal.log_prob(&y).unwrap();
        assert!(difference.abs().max() < 1e-5, "{difference}");
        assert!((mixture.covariance() - normal.covariance()).abs().max() < 1e-4);
    }

    #[test]
    fn of_another_base() {
        let heavy = StudentT::new(5.0, 0.5, 2.0).unwrap();
        let scale = Tensor::stack(&[Tensor::eye(1), Tensor::eye(1)], 0);
        let shifts = [[1.0], [1.0]];
        let mixture = VectorDiffeomixture::with_base([0.3], 0.7, shifts, &scale, heavy.clone(), 4).unwrap();
        let log_prob = mixture.log_prob(&Tensor::from([2.5])).unwrap().item();
        assert!((log_prob - heavy.log_prob(&Tensor::from(1.5)).unwrap().item()).abs() < 1e-14);
        assert!((mixture.mean().get(0) - 1.5).abs().item() < 1e-14);
        assert!((mixture.variance().get(0) - heavy.variance()).abs().item() < 1e-13);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let scale = Tensor::stack(&[Tensor::eye(2), Tensor::eye(2)], 0);
        let loc = [[0.0, 1.0], [2.0, 0.0]];
        assert!(VectorDiffeomixture::new([0.0, 0.0], 1.0, loc, &scale).is_err());
        assert!(VectorDiffeomixture::new([0.0], 1.0, [[0.0, 1.0]], &scale).is_err());
        assert!(VectorDiffeomixture::new([0.0], 1.0, loc, Tensor::eye(2)).is_err());
        assert!(VectorDiffeomixture::new([0.0], 1.0, loc, scale.slice(0, 0..1)).is_err());
        assert!(VectorDiffeomixture::new(0.0, 1.0, loc, &scale).is_err());
        let with_base = |base: Normal, size: usize| VectorDiffeomixture::with_base([0.0], 1.0, loc, &scale, base, size);
        assert!(with_base(Normal::new([0.0, 1.0], 1.0).unwrap(), 8).is_err());
        let error = with_base(Normal::new(0.0, 1.0).unwrap(), 1001).unwrap_err().to_string();
        assert!(
            error.contains("`quadrature_size` must be at least 1, of which the power 1 is at most 1000"),
            "{error}"
        );
    }
}
