//! `Layout`: where each latent site stands in the flat unconstrained vector.

use ppl::bijector::biject_to;
use ppl::effect::{Handler, Message, PlateFrame, SampleMessage};
use ppl::random::Key;
use ppl::{Ctx, Model, Shape, Tensor};

use crate::{Error, Result};

/// The latent sites of a model, one after the other in a flat unconstrained vector.
///
/// It is made from one run of the model; a run that visits other latent sites, or sites of other shapes, is an error
/// for every method that needs a density of fixed dimension. Sites whose value an inner handler gives (`substitute`,
/// `replay`) are not free and have no place.
///
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
    /// The layout of a model, from one run that draws by `key`.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site; a subsampled plate, whose density would be another one in every run.
    pub fn new<M: Model>(model: &M, key: Key) -> Result<Self> {
        let (_, survey) = Ctx::new(key).enter(Survey::default(), |ctx| model.run(ctx))?;
        match survey.discrete {
            Some((site, distribution)) => Err(Error::DiscreteLatent { site, distribution }),
            None => Ok(survey.layout),
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

/// Names the axes of a value by the plates that own them.
pub(crate) fn dims(plates: &[PlateFrame], batch_rank: usize, rank: usize) -> Vec<Option<String>> {
    let mut dims = vec![None; rank];
    for plate in plates {
        if let Some(axis) = batch_rank.checked_sub(plate.dim.unsigned_abs()) {
            dims[axis] = Some(plate.name.clone());
        }
    }
    dims
}

/// Finds the free latent sites of a run.
#[derive(Debug, Default)]
struct Survey {
    layout: Layout,
    /// Whether the site at hand had no value when the message came by.
    is_free: bool,
    /// The first discrete latent site and its distribution.
    discrete: Option<(String, &'static str)>,
}

impl Survey {
    fn add(&mut self, site: &SampleMessage) -> ppl::Result<()> {
        let support = site.distribution.support();
        if support.is_discrete() {
            self.discrete.get_or_insert((site.name.clone(), site.distribution.name()));
            return Ok(());
        }
        let shape = site.shape();
        let unconstrained_shape = biject_to(&support)?.inverse_shape(&shape)?;
        self.layout.sites.push(LayoutSite {
            name: site.name.clone(),
            offset: self.layout.dim,
            unconstrained_shape,
            shape,
        });
        self.layout.dim += unconstrained_shape.size();
        Ok(())
    }
}

impl Handler for Survey {
    fn before(&mut self, message: &mut Message) -> ppl::Result<()> {
        match message {
            Message::Sample(site) => {
                self.is_free = is_free(site);
                Ok(())
            }
            Message::Plate(plate) if plate.subsample_size < plate.size => Err(ppl::Error::Handler {
                handler: "log density",
                problem: format!(
                    "the plate takes {} of its {} members, so that every run has another density: MCMC needs all \
                     members (leave `subsample` out), SVI takes subsamples",
                    plate.subsample_size, plate.size
                ),
            }),
            _ => Ok(()),
        }
    }

    fn after(&mut self, message: &mut Message) -> ppl::Result<()> {
        match message {
            Message::Sample(site) if self.is_free => self.add(site),
            _ => Ok(()),
        }
    }
}

/// Whether a site still wants a value from further out.
pub(crate) fn is_free(site: &SampleMessage) -> bool {
    !site.is_observed && site.value.is_none()
}
