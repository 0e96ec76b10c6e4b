//! The check of data: finite, and in the support where its bounds are constants.

use super::SampleSite;
use crate::distribution::density::vector::{over_events, point_inside};
use crate::tensor::drawn;
use crate::violation::Numbers;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Checks the data of a site, except for those that a mask leaves out.
///
/// Bounds that depend on a latent site or a parameter differ from run to run, and are left to the density. `reads` is the
/// count of reads of drawn values when the run began: after a further read any bound may depend on one.
pub(super) fn check(site: &SampleSite, value: &Tensor, reads: u64) -> Result<()> {
    if value.is_tracked() {
        return Ok(());
    }
    drawn::without_counting_reads(|| check_untracked(site, &value.clone().into_given(), drawn::reads() == reads))
}

fn check_untracked(site: &SampleSite, value: &Tensor, is_nothing_read: bool) -> Result<()> {
    let mask = mask_of(site)?;
    let finite = value.abs().less(f64::INFINITY);
    let finite = match &mask {
        Some(mask) => Tensor::try_select(mask, finite, 1.0)?,
        None => finite,
    };
    let support = site.distribution.support();
    let mut elementwise = &support;
    while let Constraint::Independent(base, _) = elementwise {
        elementwise = base;
    }
    // The ends of an interval may be infinite.
    let may_be_infinite = matches!(elementwise, Constraint::ClosedInterval);
    if let Some(offset) = first_zero(&finite).filter(|&offset| !may_be_infinite || value.elements()[offset].is_nan()) {
        let element = value.elements()[offset];
        let expected = match (element.is_nan(), elementwise) {
            (true, _) => "a number".to_owned(),
            (false, Constraint::Real) => "finite".to_owned(),
            (false, support) => format!("finite and {}", at(support, &finite.shape(), offset)),
        };
        let cure = if element.is_nan() { "\nhelp: leave missing values out, or mask them" } else { "" };
        let got = describe(&[element], &value.shape(), offset) + cure;
        return Err(Error::InvalidValue { expected, got });
    }
    let value = match &mask {
        Some(mask) => &Tensor::try_select(mask, value, point_inside(site.distribution.as_ref())?)?,
        None => value,
    };
    // The count of categories is a size of a tensor, and independent of its elements.
    let counts_categories = site.distribution.name() == "Categorical";
    if !has_constant_bounds(elementwise, value, is_nothing_read || counts_categories) {
        return Ok(());
    }
    let inside = elementwise.contains(value);
    let Some(offset) = first_zero(&inside) else { return Ok(()) };
    let event_size = value.size() / inside.size();
    let event = &value.elements()[offset * event_size..(offset + 1) * event_size];
    let bounds = at(elementwise, &inside.shape(), offset);
    let expected = bounds.to_string();
    let mut got = describe(event, &inside.shape(), offset);
    if let (Constraint::IntegerInterval { upper, .. }, true, [label]) = (&bounds, counts_categories, event)
        && upper.as_number().is_some_and(|upper| *label == upper + 1.0)
    {
        got += "\nhelp: categories are numbered from 0: subtract 1 from labels that start at 1";
    }
    Err(Error::InvalidValue { expected, got })
}

/// Which elements of the value count, if there is a mask.
fn mask_of(site: &SampleSite) -> Result<Option<Tensor>> {
    let own = site.distribution.element_mask();
    let Some(mask) = &site.term.mask else { return own.map(|own| own.try_broadcast_to(site.shape())).transpose() };
    let mask = over_events(mask, site.distribution.event_shape().rank())?;
    let both = match own {
        Some(own) => mask.try_mul(own)?,
        None => mask,
    };
    both.detach().try_broadcast_to(site.shape()).map(Some)
}

/// Whether the constraint is the same in every run.
fn has_constant_bounds(set: &Constraint, value: &Tensor, is_nothing_read: bool) -> bool {
    let is_constant = |bound: &Tensor| is_nothing_read && !bound.is_tracked() && !bound.is_drawn();
    match set {
        Constraint::Interval { lower, upper } | Constraint::IntegerInterval { lower, upper } => {
            is_constant(lower) && is_constant(upper)
        }
        Constraint::GreaterThan(bound)
        | Constraint::LessThan(bound)
        | Constraint::OneOf(bound)
        | Constraint::CountVector(bound)
        | Constraint::Constant(bound) => is_constant(bound),
        Constraint::Independent(base, _) | Constraint::ZeroOr(base) => {
            has_constant_bounds(base, value, is_nothing_read)
        }
        Constraint::Blocks(blocks) => {
            blocks.iter().all(|(block, _)| has_constant_bounds(block, value, is_nothing_read))
        }
        // A bijector with parameters that vary gives a preimage that varies.
        Constraint::Image { of, under } => under
            .inverse(value)
            .is_ok_and(|preimage| is_constant(&preimage) && has_constant_bounds(of, &preimage, is_nothing_read)),
        _ => true,
    }
}

/// The constraint of one element of a batch, whose bounds are scalars.
fn at(set: &Constraint, batch: &Shape, offset: usize) -> Constraint {
    let bound = |bound: &Tensor| match bound.try_broadcast_to(*batch) {
        Ok(bounds) => Tensor::scalar(bounds.elements()[offset]),
        Err(_) => bound.clone(),
    };
    match set {
        Constraint::Interval { lower, upper } => Constraint::Interval { lower: bound(lower), upper: bound(upper) },
        Constraint::IntegerInterval { lower, upper } => {
            Constraint::IntegerInterval { lower: bound(lower), upper: bound(upper) }
        }
        Constraint::GreaterThan(lower) => Constraint::GreaterThan(bound(lower)),
        Constraint::LessThan(upper) => Constraint::LessThan(bound(upper)),
        Constraint::Constant(point) => Constraint::Constant(bound(point)),
        Constraint::ZeroOr(other) => Constraint::ZeroOr(Box::new(at(other, batch, offset))),
        other => other.clone(),
    }
}

fn first_zero(tensor: &Tensor) -> Option<usize> {
    tensor.elements().iter().position(|&element| element == 0.0)
}

/// The event, with its index in the batch if it is not the only one.
fn describe(event: &[f64], batch: &Shape, offset: usize) -> String {
    let event = match event {
        [scalar] => scalar.to_string(),
        elements => Numbers(elements).to_string(),
    };
    if batch.rank() == 0 { event } else { format!("{event} at {:?}", batch.unravel_index(offset)) }
}

#[cfg(test)]
mod tests {
    use crate::bijector::Affine;
    use crate::distribution::{Binomial, Categorical, Distribution, DistributionExt, Normal, Uniform};
    use crate::effect::{Ctx, Exit, bind};
    use crate::random::Key;
    use crate::{Constraint, ModelExt, Result, Tensor, grad};

    fn run(body: impl Fn(&mut Ctx) -> Result<()>) -> Result<f64> {
        let model = bind("model", &[], true, move |ctx: &mut Ctx| -> Result<(), Exit> { Ok(body(ctx)?) });
        model.trace(1)?.log_likelihood()?.try_item()
    }

    #[test]
    fn labels_from_one_get_a_hint() {
        let observe = |label: f64| {
            run(|ctx| ctx.observe("y", Categorical::new([0.2, 0.3, 0.5]), label).map(|_| ())).unwrap_err().to_string()
        };
        assert_eq!(
            observe(3.0),
            "site `y`: value must be an integer from 0 to 2, got 3\nhelp: categories are numbered from 0: subtract 1 from \
             labels that start at 1"
        );
        assert_eq!(observe(-1.0), "site `y`: value must be an integer from 0 to 2, got -1");
        assert_eq!(observe(0.5), "site `y`: value must be an integer from 0 to 2, got 0.5");
    }

    #[test]
    fn the_bound_is_that_of_the_index() {
        let mut counts = vec![3.0; 200];
        counts[137] = 12.0;
        let mut trials = vec![10.0; 200];
        trials[5] = 20.0;
        let error = run(|ctx| {
            let p = ctx.sample("p", Uniform::new(0.0, 1.0))?;
            ctx.open_plate("rows", 200, None, None)?;
            ctx.observe("y", Binomial::new(&trials[..], p), Tensor::from(&counts[..]))?;
            Ok(())
        });
        assert_eq!(error.unwrap_err().to_string(), "site `y`: value must be an integer from 0 to 10, got 12 at [137]");
        let data = Tensor::from([[1.0, 2.0], [0.5, -1.0]]);
        let error = run(|ctx| {
            ctx.observe("y", Uniform::new([0.0, -0.5], 3.0).expand([2, 2])?.to_event(1), data.clone())?;
            Ok(())
        });
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "site `y`: value must be between -0.5 and 3, got -1 at [1, 1]");
    }

    /// Where a bound varies from run to run, a density of 0 is an outcome and no error.
    #[test]
    fn bounds_of_latent_sites_are_left_to_the_density() {
        let of_sites: [fn(&mut Ctx) -> Result<Tensor>; 7] = [
            |ctx| ctx.sample("theta", Uniform::new(0.0, 1.0)),
            |ctx| Ok(ctx.sample("theta", Uniform::new(0.0, 1.0))?.exp() + 0.5),
            |ctx| Ok(ctx.sample("theta", Uniform::new(0.0, 1.0))?.detach().floor() + 1.0),
            |ctx| Ok(Tensor::scalar(ctx.sample("theta", Uniform::new(0.0, 1.0))?.item())),
            |ctx| ctx.sample("theta", Uniform::new(0.0, [1.0, 2.0]).to_event(1)).map(|theta| theta.max()),
            |ctx| ctx.param("theta", 1.0, Constraint::Positive),
            |ctx| {
                let theta = ctx.sample("theta", Uniform::new(0.0, 1.0))?;
                ctx.deterministic("double", theta * 2.0)
            },
        ];
        for bound in of_sites {
            let log_likelihood = run(|ctx| {
                let bound = bound(ctx)?;
                ctx.observe("y", Uniform::new(0.0, bound), 5.0).map(|_| ())
            });
            assert_eq!(log_likelihood.unwrap(), f64::NEG_INFINITY);
            let log_likelihood = run(|ctx| {
                let bound = bound(ctx)?;
                ctx.observe("y", Uniform::new(0.0, 1.0).transform(Affine::new(0.0, bound)), 5.0).map(|_| ())
            });
            assert_eq!(log_likelihood.unwrap(), f64::NEG_INFINITY);
        }
        // Constants are constants beside latent sites, whose distributions have looked at each other's values.
        let error = run(|ctx| {
            let theta = ctx.sample("theta", Uniform::new(0.0, 1.0))?;
            ctx.sample("x", Normal::new(0.0, theta))?;
            ctx.observe("y", Uniform::new(0.0, 1.0), 5.0).map(|_| ())
        });
        assert_eq!(error.unwrap_err().to_string(), "site `y`: value must be between 0 and 1, got 5");
        // A value that is being differentiated is no constant.
        let (value, _) = grad(
            |p| {
                Ctx::new(Key::new(0)).observe("y", Uniform::new(0.0, &p[0]), 5.0)?;
                Uniform::new(0.0, &p[0])?.log_prob(&5.0.into())
            },
            &[Tensor::from(2.0)],
        )
        .unwrap();
        assert_eq!(value, f64::NEG_INFINITY);
    }

    /// Covariates are missing where the data are.
    #[test]
    fn parameters_under_a_mask_do_not_count() {
        let x = Tensor::from([1.5, f64::NAN, -0.5]);
        let y = Tensor::from([1.0, f64::NAN, 0.2]);
        let density = |p: &[Tensor]| Normal::new(&p[0] * &x, 0.3).mask([1.0, 0.0, 1.0])?.log_prob(&y)?.try_sum_axis(0);
        let (value, gradients) = grad(density, &[Tensor::from(0.7)]).unwrap();
        let z = [(1.0 - 1.05) / 0.3, (0.2 + 0.35) / 0.3];
        let log_normalizer = 0.3_f64.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
        assert!((value + 0.5 * (z[0] * z[0] + z[1] * z[1]) + 2.0 * log_normalizer).abs() < 1e-14);
        assert!((gradients[0].item() - (z[0] * 1.5 - z[1] * 0.5) / 0.3).abs() < 1e-13);
        crate::program::tests::assert_program_is_tape("missing covariates", &[Tensor::from(0.7)], density);
    }
}
