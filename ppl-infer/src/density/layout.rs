//! `Layout`: where each latent site stands in the flat unconstrained vector.

use ppl::bijector::biject_to;
use ppl::effect::{Effect, Handler, Message, SampleSite};
use ppl::random::Key;
use ppl::tensor::as_if_differentiated;
use ppl::{Ctx, Model, Shape, Tensor};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::error::DensityError;
use crate::{Error, Result};

/// Runs before an error about a parameter is taken for one of the model, not of the latent values.
const ATTEMPTS: u64 = 10;

/// The latent sites of a model, one after the other in a flat unconstrained vector.
///
/// It is made from one run of the model; a run that visits other latent sites, or sites of other shapes, is an error
/// for every method that needs a density of fixed dimension. Sites whose value an inner handler gives (`substitute`,
/// `replay`) are not free and have no place.
///
/// In that run latent values count as being differentiated: parameters that depend on them are not checked, since
/// other values may be valid. Constant parameters are.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::Layout;
///
/// #[model]
/// fn shares() {
///     sample!("scale", HalfNormal::new(1.0));
///     sample!("shares", Dirichlet::new([1.0, 1.0, 1.0]));
/// }
///
/// let layout = Layout::new(&shares(), Key::new(0))?;
/// assert_eq!(layout.dim(), 3); // a simplex of three has two free coordinates
/// assert_eq!(layout.site_of(2).unwrap().name, "shares");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Layout {
    sites: Vec<LayoutSite>,
    dim: usize,
}

/// The place of one latent site.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
///
/// #[model]
/// fn shares() {
///     sample!("scale", HalfNormal::new(1.0));
///     sample!("shares", Dirichlet::new([1.0, 1.0, 1.0]));
/// }
///
/// let density = ModelDensity::new(shares())?;
/// let shares = &density.layout().sites()[1];
/// assert_eq!((shares.name.as_str(), shares.offset), ("shares", 1));
/// // A simplex of three has two free coordinates, which stand at 1 and 2.
/// assert_eq!((shares.shape, shares.unconstrained_shape), (Shape::from([3]), Shape::from([2])));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayoutSite {
    /// The site's name.
    pub name: String,
    /// Its first place in the vector.
    pub offset: usize,
    /// Shape of the unconstrained value.
    pub unconstrained_shape: Shape,
    /// Shape of the site's value.
    pub shape: Shape,
}

impl Layout {
    /// The layout of a model, from one run at standard normal values of the unconstrained space, drawn by `key`.
    ///
    /// # Errors
    /// Those of the run; a constant parameter outside its domain; a discrete latent site; a subsampled plate, whose
    /// density would be another one in every run.
    pub fn new<M: Model>(model: &M, key: Key) -> Result<Self> {
        let error = match Self::of_run(model, key) {
            Err(Error::Model(error)) if error.is_outside_domain() => error,
            outcome => return outcome,
        };
        // The parameter may come from a latent value that the model has detached or read: then another run has another.
        for attempt in 1..ATTEMPTS {
            match Self::of_run(model, key.draw(key.draw.wrapping_add(attempt))) {
                Err(Error::Model(other)) if other.is_outside_domain() => {}
                outcome => return outcome,
            }
        }
        Err(error.into())
    }

    fn of_run<M: Model>(model: &M, key: Key) -> Result<Self> {
        let finder = as_if_differentiated(|zero| {
            let finder = LayoutFinder { key, leaf: zero.clone(), layout: Self::default(), discrete: None };
            Ok(Ctx::new(key).enter(finder, |ctx| model.run(ctx))?.1)
        })?;
        match finder.discrete {
            Some((site, distribution)) => Err(DensityError::DiscreteLatent { site, distribution }.into()),
            None => Ok(finder.layout),
        }
    }

    /// The sites, in the order of the model.
    #[must_use]
    pub fn sites(&self) -> &[LayoutSite] {
        &self.sites
    }

    /// Length of the unconstrained vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The site that holds a coordinate of the vector.
    #[must_use]
    pub fn site_of(&self, coordinate: usize) -> Option<&LayoutSite> {
        self.sites
            .iter()
            .find(|site| (site.offset..site.offset + site.unconstrained_shape.size()).contains(&coordinate))
    }

    /// The site at an index of the order, which must be this one.
    ///
    /// # Errors
    /// [`DensityError::OtherSite`].
    pub(crate) fn site_in_order(&self, index: usize, name: &str, shape: Shape) -> Result<&LayoutSite, DensityError> {
        match self.sites.get(index) {
            Some(expected) if expected.name == name && expected.shape == shape => Ok(expected),
            other => {
                let expected = other.map(|expected| (expected.name.clone(), expected.shape));
                Err(DensityError::OtherSite { expected, site: (name.to_owned(), shape) })
            }
        }
    }

    /// Cuts a tensor of the vector into one tensor a site.
    pub(crate) fn split_tensor(&self, position: &Tensor) -> Vec<Tensor> {
        self.sites
            .iter()
            .map(|site| {
                let end = site.offset + site.unconstrained_shape.size();
                position.slice(0, site.offset..end).reshape(site.unconstrained_shape)
            })
            .collect()
    }

    /// Cuts the vector into one tensor a site.
    pub(crate) fn split(&self, position: &[f64]) -> Vec<Tensor> {
        self.sites
            .iter()
            .map(|site| {
                let values = &position[site.offset..site.offset + site.unconstrained_shape.size()];
                Tensor::from(values).reshape(site.unconstrained_shape)
            })
            .collect()
    }
}

/// Finds the free latent sites of a run, and gives them values that are being differentiated.
///
/// Nothing is drawn from the sites' distributions, whose parameters may be invalid.
#[derive(Debug)]
struct LayoutFinder {
    key: Key,
    /// A zero on the tape: what it is added to is being differentiated.
    leaf: Tensor,
    layout: Layout,
    /// The first discrete latent site and its distribution.
    discrete: Option<(String, &'static str)>,
}

impl LayoutFinder {
    /// Notes a free site and returns its value.
    fn value(&mut self, name: &str, site: &SampleSite) -> ppl::Result<Tensor> {
        let shape = site.shape();
        let support = site.distribution.support();
        if support.is_discrete() {
            self.discrete.get_or_insert((name.to_owned(), site.distribution.name()));
            return Ok(Tensor::zeros(shape));
        }
        let bijector = biject_to(&support)?;
        let unconstrained_shape = bijector.inverse_shape(&shape)?;
        let mut rng = site.key.unwrap_or(self.key).rng(name, 0);
        let noise: Vec<f64> = (0..unconstrained_shape.size()).map(|_| rng.sample(StandardNormal)).collect();
        let unconstrained = Tensor::new(noise, unconstrained_shape)? + &self.leaf;
        self.layout.sites.push(LayoutSite {
            name: name.to_owned(),
            offset: self.layout.dim,
            unconstrained_shape,
            shape,
        });
        self.layout.dim += unconstrained_shape.size();
        bijector.forward(&unconstrained)
    }
}

impl Handler for LayoutFinder {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        match message.effect {
            Effect::Sample(site) => {
                if is_free(site) {
                    site.value = Some(self.value(message.name, site)?);
                }
                Ok(())
            }
            Effect::Plate(plate) if plate.subsample_size < plate.size => {
                Err(DensityError::SubsampledPlate { subsample_size: plate.subsample_size, size: plate.size }.into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether a site still wants a value from further out.
pub(crate) fn is_free(site: &SampleSite) -> bool {
    !site.is_observed && site.value.is_none()
}
