//! `AutoSite`: what a guide remembers of a latent site.

use std::sync::Arc;

use ppl::bijector::biject_to;
use ppl::distribution::{Distribution, Normal, Transformed};
use ppl::effect::{PlateFrame, SampleSite};
use ppl::{Constraint, Ctx, Tensor};

/// A latent site of the model, as its first run showed it.
#[derive(Clone, Debug)]
pub(super) struct AutoSite {
    pub(super) name: String,
    pub(super) support: Constraint,
    /// Number of axes of an event on the unconstrained space.
    unconstrained_event_rank: usize,
    plates: Vec<PlateFrame>,
    /// Where the guide begins on the unconstrained space, with all members of every plate.
    pub(super) init: Tensor,
}

impl AutoSite {
    /// The random site of this name in these plates, with a value to begin with for the members of its plates that the
    /// run is about.
    pub(super) fn new(
        name: &str,
        plates: &[PlateFrame],
        site: &SampleSite,
        init: Tensor,
        unconstrained_event_rank: usize,
    ) -> Self {
        let mut found = Self {
            name: name.to_owned(),
            support: site.distribution.support(),
            unconstrained_event_rank,
            plates: plates.to_vec(),
            init,
        };
        // Members that the run left out begin where others do.
        for plate in plates.iter().filter(|plate| plate.is_subsampled()) {
            let members: Vec<usize> = (0..plate.size).map(|member| member % plate.length()).collect();
            found.init = found.init.take(plate.dim - unconstrained_event_rank as isize, &members);
        }
        found
    }

    pub(super) fn loc_name(&self) -> String {
        format!("{}_auto_loc", self.name)
    }

    pub(super) fn scale_name(&self) -> String {
        format!("{}_auto_scale", self.name)
    }

    /// The constrained value of an unconstrained one.
    pub(super) fn constrain(&self, unconstrained: &Tensor) -> ppl::Result<Tensor> {
        biject_to(&self.support)?.forward(unconstrained)
    }

    /// Whether each component of the value belongs to one coordinate of the unconstrained space.
    pub(super) fn is_elementwise(&self) -> bool {
        is_elementwise(&self.support)
    }

    /// The image of `loc + z · scale`, at `loc − z · scale` where the map decreases.
    pub(super) fn quantile(&self, loc: &Tensor, scale: &Tensor, z: f64) -> ppl::Result<Tensor> {
        let (there, opposite) = (self.constrain(&(loc + scale * z))?, self.constrain(&(loc - scale * z))?);
        if z < 0.0 { there.try_minimum(opposite) } else { there.try_maximum(opposite) }
    }

    pub(super) fn is_subsampled(&self) -> bool {
        self.plates.iter().any(PlateFrame::is_subsampled)
    }

    /// Runs `body` in the site's plates.
    pub(super) fn in_plates<T>(&self, ctx: &mut Ctx, body: impl FnOnce(&mut Ctx) -> ppl::Result<T>) -> ppl::Result<T> {
        for plate in &self.plates {
            ctx.open_plate(plate.name.clone(), plate.plate_size(), Some(plate.length()), Some(plate.dim))?;
        }
        let output = body(ctx);
        for _ in &self.plates {
            ctx.close_plate();
        }
        output
    }

    /// The rows of an unconstrained parameter that belong to the open members of the plates.
    pub(super) fn gather(&self, parameter: &Tensor, open: &[PlateFrame]) -> ppl::Result<Tensor> {
        gather(parameter, open, self.unconstrained_event_rank)
    }

    /// The rows of a constrained parameter that belong to the open members of the plates.
    pub(super) fn gather_constrained(&self, parameter: &Tensor, open: &[PlateFrame]) -> ppl::Result<Tensor> {
        gather(parameter, open, self.support.event_rank())
    }

    /// A normal distribution on the unconstrained space, brought to the support.
    pub(super) fn normal(
        &self,
        loc: &Tensor,
        scale: &Tensor,
        support: &Constraint,
        open: &[PlateFrame],
    ) -> ppl::Result<Arc<dyn Distribution>> {
        let base = Arc::new(Normal::new(self.gather(loc, open)?, self.gather(scale, open)?)?);
        match support {
            Constraint::Real => Ok(base),
            _ => Ok(Arc::new(Transformed::new(base, biject_to(support))?)),
        }
    }
}

/// The rows that belong to the members of subsampled plates.
fn gather(parameter: &Tensor, open: &[PlateFrame], event_rank: usize) -> ppl::Result<Tensor> {
    open.iter()
        .filter(|plate| plate.is_subsampled())
        .try_fold(parameter.clone(), |rows, plate| rows.try_take(plate.dim - event_rank as isize, &plate.index))
}

fn is_elementwise(support: &Constraint) -> bool {
    match support {
        Constraint::Real
        | Constraint::Positive
        | Constraint::NonNegative
        | Constraint::UnitInterval
        | Constraint::Interval { .. }
        | Constraint::GreaterThan(_)
        | Constraint::LessThan(_) => true,
        Constraint::Independent(base, _) => is_elementwise(base),
        Constraint::Image { of, under } => under.domain_event_rank() == 0 && is_elementwise(of),
        _ => false,
    }
}
