//! A model as a joint distribution: draws of all its sites, and the density at values of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Uncondition;
use super::trace::Tracer;
use super::values::Values;
use crate::effect::{Ctx, Effect, Handler, Message, Model};
use crate::random::Key;
use crate::site::{AnyName, SiteKind};
use crate::{Error, IntoTensor, Result, Shape, Tensor};

/// Gives every random site a value: a latent one as [`Substitute`](super::Substitute) does, an observed one as data.
///
/// Of values with a sample shape in front it gives those of one draw.
#[derive(Clone, Debug)]
pub(super) struct Given {
    values: Values,
    /// Random sites that got none, in order.
    missing: Vec<String>,
    /// The flat index of the draw in the sample shape.
    draw: usize,
    /// The sample shape, and the first site whose value has it.
    sample_shape: Option<(Shape, String)>,
}

impl Given {
    pub(super) fn new(values: impl IntoIterator<Item = (impl AnyName, impl IntoTensor)>) -> Self {
        Self { values: Values::new(values), missing: Vec::new(), draw: 0, sample_shape: None }
    }

    /// The value of a site of this shape in the draw; none of no draws.
    ///
    /// # Errors
    /// A sample shape that is not that of the sites before.
    fn of_draw(&mut self, name: &str, value: Tensor, site: Shape) -> Result<Option<Tensor>> {
        let got = value.shape();
        let sample_shape = match got.dims().strip_suffix(site.dims()) {
            Some(sample) => Shape::from(sample),
            // No value of this site: the check of its shape says so.
            None => return Ok(Some(value)),
        };
        let (expected, first) = self.sample_shape.get_or_insert_with(|| (sample_shape, name.to_owned()));
        if sample_shape != *expected {
            return Err(Error::InvalidShape {
                operation: "log_prob",
                expected: format!("the sample shape {expected} of `{first}` in front of the site's shape {site}"),
                got,
            });
        }
        if sample_shape.rank() == 0 {
            return Ok(Some(value));
        }
        if sample_shape.size() == 0 {
            return Ok(None);
        }
        Ok(Some(value.reshape(Shape::from(sample_shape.size()).concat(&site)).get(self.draw)))
    }

    /// Refuses a run in which a random site had no value.
    pub(super) fn refuse_missing(&self) -> Result<()> {
        if self.missing.is_empty() { Ok(()) } else { Err(Error::MissingValues { sites: self.missing.clone() }) }
    }
}

impl Handler for Given {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        match message.effect {
            Effect::Sample(site) => match self.values.take("log_prob", message.name)? {
                Some(value) => {
                    // Of no draws the site keeps its data, or draws: its shape is wanted only.
                    if let Some(value) = self.of_draw(message.name, value, site.shape())? {
                        site.value = Some(value);
                    }
                }
                None if !site.is_observed => {
                    self.missing.push(message.name.to_owned());
                    // The run goes on by a draw, so that all of the missing sites are known, if there are draws.
                    if site.distribution.is_improper() {
                        self.refuse_missing()?;
                    }
                }
                None => {}
            },
            Effect::Param(site) => {
                if let Some(value) = self.values.take("log_prob", message.name)? {
                    site.value = self.of_draw(message.name, value, site.init.shape())?.or(site.value.take());
                }
            }
            // What a draw has beside its random sites: it follows from them.
            Effect::Deterministic(_) => {
                self.values.take("log_prob", message.name)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.values.finish("log_prob", "latent, observed, param or deterministic", visited)
    }
}

/// The values of all sites but factors, by name, of one run of a model whose data are forgotten.
pub(super) fn draw<M: Model>(model: &M, key: Key) -> Result<BTreeMap<String, Tensor>> {
    let mut ctx = Ctx::new(key);
    let (_, tracer) = ctx.enter(Tracer::new(), |ctx| Ok(ctx.enter(Uncondition::all(), |ctx| model.run(ctx))?.0))?;
    let trace = tracer.into_trace();
    let sites = trace.sites().iter().filter(|site| site.kind != SiteKind::Factor);
    Ok(sites.map(|site| (site.name.clone(), site.value.clone())).collect())
}

/// The same of many runs, along new first axes of each site.
pub(super) fn draw_n<M: Model>(model: &M, key: Key, sample_shape: Shape) -> Result<BTreeMap<String, Tensor>> {
    let draws = sample_shape.size();
    if draws == 0 {
        // A run for the shapes.
        let empty = |value: &Tensor| Tensor::zeros(sample_shape.concat(&value.shape()));
        return Ok(draw(model, key.draw(0))?.into_iter().map(|(name, value)| (name, empty(&value))).collect());
    }
    let mut columns: BTreeMap<String, Vec<Tensor>> = BTreeMap::new();
    for index in 0..draws {
        for (name, value) in draw(model, key.draw(index as u64))? {
            let column = columns.entry(name.clone()).or_default();
            let first = column.first().map_or(value.shape(), Tensor::shape);
            if column.len() != index || first != value.shape() {
                return Err(differs(&name, index, column.len(), (first, value.shape())));
            }
            column.push(value);
        }
    }
    if let Some((name, column)) = columns.iter().find(|(_, column)| column.len() != draws) {
        return Err(differs(name, column.len(), column.len(), (Shape::SCALAR, Shape::SCALAR)));
    }
    let stacked = |(name, column): (String, Vec<Tensor>)| {
        let shape = sample_shape.concat(&column[0].shape());
        Ok((name, Tensor::try_stack(&column, 0)?.reshape(shape)))
    };
    columns.into_iter().map(stacked).collect()
}

/// The error of a model whose sites are not those of its first run.
fn differs(site: &str, run: usize, earlier: usize, (first, own): (Shape, Shape)) -> Error {
    let what = if earlier != run || first == own {
        format!("drawing site `{site}`, which not every run has, along an axis of draws")
    } else {
        format!("drawing site `{site}`, whose shape is {first} in one run and {own} in another, along an axis of draws")
    };
    Error::Unsupported { what, hint: "call `draw` with a seed for each run".to_owned() }
}

/// The log density of a run in which every random site has one of these values; of a run for each draw, where the values
/// have a sample shape.
pub(super) fn log_prob<M: Model>(model: &M, given: Given) -> Result<Tensor> {
    let run = |draw: usize| -> Result<(Option<(Shape, String)>, Tensor)> {
        let mut ctx = Ctx::new(Key::new(0));
        let given = Given { draw, ..given.clone() };
        let (given, tracer) = ctx.enter(Tracer::new(), |ctx| Ok(ctx.enter(given, |ctx| model.run(ctx))?.1))?;
        given.refuse_missing()?;
        Ok((given.sample_shape, tracer.into_trace().log_density()?))
    };
    let (sample_shape, first) = run(0)?;
    let sample_shape = sample_shape.map_or(Shape::SCALAR, |(shape, _)| shape);
    match sample_shape.size() {
        _ if sample_shape.rank() == 0 => Ok(first),
        0 => Ok(Tensor::zeros(sample_shape)),
        draws => {
            let rest = (1..draws).map(|draw| Ok(run(draw)?.1));
            let all = std::iter::once(Ok(first)).chain(rest).collect::<Result<Vec<_>>>()?;
            Tensor::try_stack(&all, 0)?.try_reshape(sample_shape)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use crate::{Result, Shape};

    #[model]
    fn regression(x: Tensor, y: Tensor) {
        let slope = sample!("slope", Normal::new(0.0, 1.0));
        let noise = param!("noise", 0.5, Constraint::Positive);
        let mean = deterministic!("mean", &slope * &x);
        plate!("row", 3, {
            observe!("y", Normal::new(mean, noise), y);
        });
        factor!("penalty", slope.square() * -0.1);
    }

    fn example() -> impl Model<Output = ()> {
        regression(Tensor::from([1.0, 2.0, 3.0]), Tensor::from([1.1, 1.9, 3.2]))
    }

    #[test]
    fn a_draw_has_all_sites_and_a_density() {
        let draw = example().draw(1).unwrap();
        assert_eq!(draw.keys().collect::<Vec<_>>(), ["mean", "noise", "slope", "y"]);
        let by_hand = || -> Result<f64> {
            let (slope, mean) = (&draw["slope"], &draw["mean"]);
            let prior = Normal::new(0.0, 1.0)?.log_prob(slope)?;
            let likelihood = Normal::new(mean, 0.5)?.log_prob(&draw["y"])?.sum();
            Ok((prior + likelihood - slope.square() * 0.1).item())
        };
        let got = example().log_prob(&draw).unwrap().item();
        assert!((got - by_hand().unwrap()).abs() < 1e-13);
        assert_eq!(example().draw(1).unwrap(), draw);
        assert_ne!(example().draw(2).unwrap()["y"], draw["y"]);
    }

    #[test]
    fn data_may_be_left_or_given() {
        let slope = Tensor::from(0.9);
        let at_data = example().log_prob([("slope", &slope)]).unwrap();
        assert_eq!(at_data, example().condition("slope", 0.9).trace(0).unwrap().log_density().unwrap());
        let given = Tensor::from([1.1, 1.9, 3.2]);
        assert_eq!(example().log_prob([("slope", &slope), ("y", &given)]).unwrap(), at_data);
        let noise = Tensor::from(0.25);
        assert!(example().log_prob([("slope", &slope), ("noise", &noise)]).unwrap() != at_data);
        // The gradient flows to the values.
        let (_, slopes) = grad(|at| example().log_prob([("slope", &at[0])]), &[slope]).unwrap();
        let want = -0.9 - 0.2 * 0.9
            + [(1.0, 1.1), (2.0, 1.9), (3.0, 3.2)].map(|(x, y)| x * (y - 0.9 * x) / 0.25).iter().sum::<f64>();
        assert!((slopes[0].item() - want).abs() < 1e-12);
    }

    #[test]
    fn names_are_checked() {
        let error = example().log_prob(&std::collections::BTreeMap::<String, Tensor>::new()).unwrap_err().to_string();
        assert!(error.starts_with("log_prob: no value of `slope`\nhelp: "), "{error}");
        let error = example().log_prob([("slope", 1.0), ("slpe", 2.0)]).unwrap_err().to_string();
        assert!(error.contains("took `slpe`") && error.contains("`slope`"), "{error}");
        let error = example().log_prob([("slope", 1.0), ("slope", 2.0)]).unwrap_err().to_string();
        assert!(error.contains("slope"), "{error}");
    }

    #[model]
    fn improper() {
        sample!("level", Flat::new([]));
    }

    /// A site that cannot be drawn has no value either.
    #[test]
    fn a_missing_value_of_an_improper_prior_is_named() {
        let error = improper().log_prob(Vec::<(&str, f64)>::new()).unwrap_err().to_string();
        assert!(error.contains("log_prob: no value of `level`\nhelp: "), "{error}");
        assert_eq!(improper().log_prob([("level", 2.0)]).unwrap(), 0.0);
    }

    #[test]
    fn draws_of_many_runs_are_stacked() {
        let draws = example().draw_n(3, 400).unwrap();
        assert_eq!(draws["y"].shape().dims(), [400, 3]);
        // Var y₁ = 1 + 0.25; 400 draws have a relative standard error of 7 %.
        let y = draws["y"].index(1, 0);
        let variance = (y.square().mean() - y.mean().square()).item();
        assert!((variance / 1.25 - 1.0).abs() < 0.35, "{variance}");
    }

    /// The densities of all draws, by one call and one by one.
    #[test]
    fn densities_of_many_draws_are_those_of_a_loop() {
        for sample_shape in [Shape::from(5), Shape::from([2, 3]), Shape::from([1])] {
            let draws = example().draw_n(3, sample_shape).unwrap();
            assert_eq!(draws["y"].shape(), sample_shape.concat(&Shape::from(3)));
            assert_eq!(draws["slope"].shape(), sample_shape);
            let got = example().log_prob(&draws).unwrap();
            assert_eq!(got.shape(), sample_shape);
            for index in 0..sample_shape.size() {
                let one = |(name, stacked): (&String, &Tensor)| {
                    let own = Shape::from(&stacked.shape().dims()[sample_shape.rank()..]);
                    (name.clone(), stacked.reshape(Shape::from(sample_shape.size()).concat(&own)).get(index))
                };
                let want = example().log_prob(draws.iter().map(one)).unwrap();
                assert_eq!(got.reshape(sample_shape.size()).get(index), want);
            }
        }
        // Of the data that the model has: each draw against the same.
        let slopes = Tensor::from([[0.9], [1.1]]);
        let at_data = example().log_prob([("slope", &slopes)]).unwrap();
        assert_eq!(at_data.shape().dims(), [2, 1]);
        assert_eq!(at_data.get(1).get(0), example().log_prob([("slope", 1.1)]).unwrap());
        let (_, gradients) = grad(|at| Ok(example().log_prob([("slope", &at[0])])?.sum()), &[slopes]).unwrap();
        let (_, alone) = grad(|at| example().log_prob([("slope", &at[0])]), &[Tensor::from(1.1)]).unwrap();
        assert!((gradients[0].get(1).get(0) - &alone[0]).abs().item() < 1e-13);
    }

    #[test]
    fn no_draws_have_no_densities() {
        let draws = example().draw_n(3, [2, 0]).unwrap();
        assert_eq!(draws["y"].shape().dims(), [2, 0, 3]);
        assert_eq!(example().log_prob(&draws).unwrap().shape().dims(), [2, 0]);
    }

    #[test]
    fn sample_shapes_that_differ_name_the_site() {
        let mut draws = example().draw_n(3, 4).unwrap();
        draws.insert("y".to_owned(), Tensor::zeros([5, 3]));
        let error = example().log_prob(&draws).unwrap_err().to_string();
        assert!(error.contains("`y`"), "{error}");
        let wanted =
            "log_prob: expected the sample shape [4] of `slope` in front of the site's shape [3], got shape [5, 3]";
        assert!(error.contains(wanted), "{error}");
        draws.insert("y".to_owned(), Tensor::zeros([4, 2]));
        let error = example().log_prob(&draws).unwrap_err().to_string();
        assert!(error.contains("`y`") && error.contains("[4, 2]"), "{error}");
    }

    #[model]
    fn sometimes() {
        let coin = sample!("coin", Bernoulli::new(0.5));
        if coin.item() == 1.0 {
            sample!("extra", Normal::new(0.0, 1.0));
        }
    }

    #[test]
    fn sites_that_come_and_go_are_named() {
        let error = sometimes().draw_n(0, 50).unwrap_err().to_string();
        assert!(error.starts_with("drawing site `extra`, which not every run has"), "{error}");
    }
}
