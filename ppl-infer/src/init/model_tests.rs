//! Tests of starts on models: values of sites, draws from the prior, modes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ppl::bijector::biject_to;
use ppl::prelude::*;
use ppl::random::Key;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Init, ModelStarts, find_start};
use crate::density::{Engine, Layout, ModelDensity};
use crate::draws::Warning;
use crate::error::DensityError;
use crate::{Error, Hmc, LaplaceApproximation, Map, Nuts, Pathfinder, RandomWalk, Result};

/// Values by site.
type Values = [(String, Tensor)];

/// The start of a chain on a model, by site.
fn start<M: Model>(init: &Init, model: &M, chain: usize) -> Result<Vec<(String, Tensor)>> {
    let layout = Arc::new(Layout::new(model, Key::new(0))?);
    let starts = ModelStarts::new(init, chain + 1, model, &layout)?;
    let mut density = ModelDensity::with_layout(model, layout, Engine::Tape);
    let found = find_start(&starts, 1, &mut density, chain, Key::new(7).chain(chain as u64))?;
    let values = density.values_at(&found.start.point.position)?;
    Ok(values.into_iter().map(|site| (site.name, site.value)).collect())
}

fn value(values: &Values, name: &str) -> Tensor {
    values.iter().find(|(site, _)| site == name).unwrap().1.clone()
}

fn message<T>(outcome: Result<T>) -> String {
    outcome.err().expect("an error").to_string()
}

#[model]
fn groups() {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfNormal::new(5.0));
    plate!("group", 3, {
        let theta = sample!("theta", Normal::new(mu, &tau));
        observe!("y", Normal::new(theta, 1.0), Tensor::from([1.0, 2.0, 4.0]));
    });
}

#[test]
fn a_site_starts_at_its_value_and_the_others_as_they_would_have() {
    for chain in 0..3 {
        let default = start(&Init::default(), &groups(), chain).unwrap();
        let given = start(&Init::from([(groups::tau, 0.3)]), &groups(), chain).unwrap();
        assert!((value(&given, "tau").item() - 0.3).abs() < 1e-15);
        for site in ["mu", "theta"] {
            assert_eq!(value(&given, site), value(&default, site), "{site}");
        }
        let all = Init::sites([(groups::tau, 0.3), (groups::mu, -1.0)]).site(groups::theta, [1.0, 2.0, 3.0]);
        let given = start(&all, &groups(), chain).unwrap();
        assert_eq!((value(&given, "mu").item(), value(&given, "theta").to_vec()), (-1.0, vec![1.0, 2.0, 3.0]));
        // The others at a position.
        let position = Init::Value(vec![5.0, 6.0, 7.0, 8.0, 9.0]).site(groups::mu, 0.5);
        let given = start(&position, &groups(), chain).unwrap();
        assert!((value(&given, "tau").item() - 6.0_f64.exp()).abs() < 1e-12);
        assert_eq!((value(&given, "mu").item(), value(&given, "theta").to_vec()), (0.5, vec![7.0, 8.0, 9.0]));
    }
}

/// The inverse of every bijector brings back the value of its site, in plates too: to twelve digits, which the inverse of a
/// correlation matrix by its Cholesky factor leaves.
#[test]
fn values_of_every_support_come_back() {
    #[model]
    fn of_support(support: Constraint, event_shape: Vec<usize>) {
        plate!("i", 2, {
            sample!("x", ImproperUniform::new(support.clone(), (), event_shape.clone()));
        });
    }

    let bounds = [Tensor::from(-1.0), Tensor::from(3.5)];
    let [lower, upper] = bounds;
    let supports: [(Constraint, &[usize]); 20] = [
        (Constraint::Real, &[]),
        (Constraint::Real, &[2, 3]),
        (Constraint::Positive, &[]),
        (Constraint::NonNegative, &[3]),
        (Constraint::UnitInterval, &[]),
        (Constraint::Interval { lower: lower.clone(), upper: upper.clone() }, &[]),
        (Constraint::GreaterThan(lower), &[]),
        (Constraint::LessThan(upper), &[]),
        (Constraint::Simplex, &[4]),
        (Constraint::OrderedVector, &[4]),
        (Constraint::PositiveOrderedVector, &[4]),
        (Constraint::ZeroSum(1), &[4]),
        (Constraint::LowerTriangular, &[3, 3]),
        (Constraint::LowerCholesky, &[3, 3]),
        (Constraint::PositiveDefinite, &[3, 3]),
        (Constraint::PositiveSemidefinite, &[3, 3]),
        (Constraint::CorrelationCholesky, &[3, 3]),
        (Constraint::CorrelationMatrix, &[3, 3]),
        (Constraint::RowStochasticMatrix, &[3, 4]),
        (Constraint::Blocks(vec![(Constraint::Positive, 1), (Constraint::Simplex, 3)]), &[4]),
    ];
    let mut rng = Key::new(3).rng("values", 0);
    for (support, event_shape) in supports {
        let model = of_support(support.clone(), event_shape.to_vec());
        let shape = Shape::from(2).concat(&Shape::from(event_shape));
        let bijector = biject_to(&support).unwrap();
        // The event of an element is a scalar, which may stand in an array.
        let unconstrained = bijector.inverse_shape(&shape).unwrap();
        let noise: Vec<f64> = (0..unconstrained.size()).map(|_| rng.sample(StandardNormal)).collect();
        let x = bijector.forward(&Tensor::new(noise, unconstrained).unwrap()).unwrap();
        for chain in 0..2 {
            let found =
                start(&Init::sites([("x", &x)]), &model, chain).unwrap_or_else(|error| panic!("{support}: {error}"));
            let back = value(&found, "x");
            assert!((&back - &x).abs().max() < 1e-12, "{support}: {back} for {x}");
        }
    }
}

/// Only starts whose random part has room for the value are taken.
#[test]
fn a_support_that_depends_on_a_random_site_is_drawn_anew() {
    #[model]
    fn below() {
        let upper = sample!("upper", Exponential::new(0.1));
        sample!("x", Uniform::new(0.0, upper));
    }

    // A fifth of the starts has `upper` above 3.3: ln 3.3 = 1.2 of (−2, 2).
    for chain in 0..20 {
        let found = start(&Init::sites([(below::x, 3.3)]), &below(), chain).unwrap();
        assert!((value(&found, "x").item() - 3.3).abs() < 1e-14);
        assert!(value(&found, "upper").item() > 3.3);
    }
    let none = start(&Init::sites([(below::x, 8.0)]), &below(), 0);
    assert!(message(none).starts_with("site `x`: `init` must be between 0 and "));
    let fixed = start(&Init::sites([(below::x, 2.0), (below::upper, 1.0)]), &below(), 0);
    assert_eq!(message(fixed), "site `x`: `init` must be between 0 and 1, got 2");
}

#[test]
fn wrong_values_are_errors_that_name_their_site() {
    let error = |init: Init| message(Nuts::new().progress(false).init(init).run(&groups()));
    assert_eq!(
        error(Init::from([("tua", 1.0)])),
        "no latent site is named `tua`; known: `mu`, `tau`, `theta`\nhelp: did you mean `tau`?"
    );
    assert!(error(Init::from([("y", 1.0)])).starts_with("no latent site is named `y`"));
    assert_eq!(
        error(Init::from([(groups::theta, [1.0, 2.0])])),
        "`init` must be a value of shape [3] for the site `theta`, got one of shape [2]"
    );
    assert_eq!(error(Init::from([(groups::tau, -1.0)])), "site `tau`: `init` must be non-negative, got -1");
    assert_eq!(
        error(Init::from([(groups::tau, 0.0)])),
        "site `tau`: `init` must be non-negative, finite and not on the edge, got 0"
    );
    assert!(
        error(Init::from([(groups::tau, f64::NAN)])).starts_with("site `tau`: `init` must be non-negative, got NaN")
    );
    assert_eq!(
        error(Init::from([(groups::mu, f64::INFINITY)])),
        "site `mu`: `init` must be real, finite and not on the edge, got inf"
    );
    assert_eq!(
        error(Init::from([(groups::theta, [1.0, f64::NAN, 2.0])])),
        "site `theta`: `init` must be real, got NaN at [1]"
    );
    assert_eq!(
        error(Init::from([(groups::mu, 1.0), (groups::mu, 2.0)])),
        "`init` must be one value for the site `mu`, got two"
    );
    assert_eq!(
        error(Init::per_chain([Init::Prior, Init::default()])),
        "`init` must be one start for each chain, got 2 for 4 chains"
    );
    let conditioned = groups().condition(groups::mu, 0.0);
    let error = message(Nuts::new().progress(false).init([(groups::mu, 1.0)]).run(&conditioned));
    assert!(error.starts_with("no latent site is named `mu`; known: `tau`, `theta`"), "{error}");
}

#[test]
fn values_on_an_edge_and_events_outside_are_errors() {
    #[model]
    fn shares() {
        plate!("i", 2, {
            sample!("shares", Dirichlet::new([1.0, 1.0, 1.0]));
        });
    }

    let error = |value: [[f64; 3]; 2]| message(start(&Init::from([(shares::shares, value)]), &shares(), 0));
    assert_eq!(
        error([[0.2, 0.3, 0.5], [0.5, 0.5, 0.5]]),
        "site `shares`: `init` must be a simplex (non-negative, sum 1), got [0.5, 0.5, 0.5] at [1]"
    );
    assert!(
        error([[0.2, 0.3, 0.5], [0.5, 0.5, 0.0]])
            .starts_with("site `shares`: `init` must be a simplex (non-negative, sum 1), finite and not on the edge")
    );
}

/// Two modes far apart: where a search or a chain ends is where it starts.
#[model]
fn two_modes() {
    let x = sample!("x", ImproperUniform::new(Constraint::Positive, (), ()));
    let log_x = x.ln();
    let mode = |at: f64| (&log_x - at).square() * -50.0;
    factor!("modes", Tensor::stack(&[mode(-2.0), mode(2.0)], 0).logsumexp());
}

#[test]
fn every_method_starts_where_it_is_told() {
    for at in [-2.0_f64, 2.0] {
        let init = [(two_modes::x, (0.9 * at).exp())];
        let check = |x: f64, method: &str| assert!((x.ln() - at).abs() < 0.3, "{method}: {x}");
        let mean = |posterior: Result<crate::Posterior>| posterior.unwrap().get("x").unwrap().mean();
        let model = two_modes();
        check(Map::new().jacobian(true).init(init).run(&model).unwrap().get("x").unwrap(), "Map");
        let laplace = LaplaceApproximation::new().init(init).run(&model).unwrap();
        check(laplace.draws().get("x").unwrap().mean(), "LaplaceApproximation");
        check(Pathfinder::new().paths(2).init(init).run(&model).unwrap().get("x").unwrap().mean(), "Pathfinder");
        check(mean(Nuts::new().chains(2).warmup(100).draws(50).progress(false).init(init).run(&model)), "Nuts");
        check(mean(Hmc::new().chains(2).warmup(100).draws(50).progress(false).init(init).run(&model)), "Hmc");
        check(
            mean(RandomWalk::new().chains(2).warmup(300).draws(300).progress(false).init(init).run(&model)),
            "RandomWalk",
        );
        // And a mode is a start.
        let mode = Map::new().jacobian(true).init(init).run(&model).unwrap();
        assert_eq!(mode.init(), Init::Value(mode.maximum().position.clone()));
        check(mean(Nuts::new().chains(2).warmup(100).draws(50).progress(false).init(mode.init()).run(&model)), "Nuts");
    }
    let wrong = [(two_modes::x, -1.0)];
    let expected = "site `x`: `init` must be positive, got -1";
    assert_eq!(message(Map::new().init(wrong).run(&two_modes())), expected);
    assert_eq!(message(LaplaceApproximation::new().init(wrong).run(&two_modes())), expected);
    assert_eq!(message(Pathfinder::new().init(wrong).run(&two_modes())), expected);
    assert_eq!(
        message(Map::new().init(Init::per_chain([Init::Prior, Init::Prior])).run(&two_modes())),
        "`init` must be one start for each search, got 2 for 1 search"
    );
}

/// Chains of NUTS in two modes, of which one has a density e⁻²⁰ times that of the other.
#[test]
fn a_chain_in_a_mode_of_little_density_is_named_by_the_summary() {
    #[model]
    fn unequal() {
        let x = sample!("x", ImproperUniform::new(Constraint::Real, (), [2]).unwrap());
        let mode = |at: f64, height: f64| (&x - at).square().sum() * -0.5 + height;
        factor!("modes", Tensor::stack(&[mode(0.0, 0.0), mode(20.0, -20.0)], 0).logsumexp());
    }

    let nuts = Nuts::new().warmup(300).draws(300).progress(false);
    for seed in 0..5 {
        let starts = [0.0, 0.0, 20.0, 0.0].map(|at| Init::sites([(unequal::x, [at, at])]));
        let summary = nuts.clone().seed(seed).init(Init::per_chain(starts)).run(&unequal()).unwrap().summary();
        let lost = summary.warnings().iter().find_map(|warning| match warning {
            Warning::LostChains { lost, .. } => Some(lost.clone()),
            _ => None,
        });
        let lost = lost.unwrap_or_else(|| panic!("{summary}"));
        assert!(lost.len() == 1 && lost[0].0 == 2, "{summary}");
        // The mean of −½ χ²₂ is −1.
        assert!((lost[0].1 + 21.0).abs() < 0.5, "{summary}");

        let together = nuts.clone().seed(seed).init([(unequal::x, [0.0, 0.0])]).run(&unequal()).unwrap().summary();
        assert!(!together.warnings().iter().any(|warning| matches!(warning, Warning::LostChains { .. })), "{together}");
    }
}

/// Moments of 2,000 starts, each within four standard errors: one of 15,000 seeds fails at each.
#[test]
fn starts_from_the_prior_are_its_draws() {
    #[model]
    fn hierarchy() {
        let x = sample!("x", Normal::new(3.0, 2.0));
        let rate = sample!("rate", Gamma::new(4.0, 2.0));
        plate!("i", 2, {
            sample!("y", Normal::new(&x, &rate));
        });
        sample!("free", ImproperUniform::new(Constraint::Positive, (), ()));
    }

    let starts: Vec<_> = (0..2000).map(|chain| start(&Init::Prior, &hierarchy(), chain).unwrap()).collect();
    let near = |quantity: &dyn Fn(&Values) -> f64, mean: f64, variance: f64| {
        let average = starts.iter().map(|values| quantity(values)).sum::<f64>() / 2000.0;
        assert!((average - mean).abs() < 4.0 * (variance / 2000.0).sqrt(), "{average} for {mean}");
    };
    let item = |values: &Values, site| value(values, site).item();
    near(&|values| item(values, "x"), 3.0, 4.0);
    near(&|values| (item(values, "x") - 3.0).powi(2), 4.0, 32.0);
    near(&|values| item(values, "rate"), 2.0, 1.0);
    // The noise of y, standardised by the sites before: a normal score, whose square has variance 2.
    let score = |values: &Values| (value(values, "y").to_vec()[1] - item(values, "x")) / item(values, "rate");
    near(&score, 0.0, 1.0);
    near(&|values| score(values).powi(2), 1.0, 2.0);
    // An improper prior cannot be drawn from: its site starts as with `Init::Uniform`.
    let free: Vec<f64> = starts.iter().map(|values| item(values, "free").ln()).collect();
    assert!(free.iter().all(|log| log.abs() <= 2.0) && free.iter().any(|log| log.abs() > 1.9));
    let sites = start(&Init::Prior.site(hierarchy::x, 100.0), &hierarchy(), 0).unwrap();
    assert!((value(&sites, "y") - 100.0).abs().max() < 30.0);
}

#[test]
fn draws_from_the_prior_that_leave_a_domain_are_rejected_and_explained() {
    #[model]
    fn scale(loc: f64) {
        let scale = sample!("scale", Normal::new(loc, 1.0));
        observe!("y", Normal::new(0.0, scale), 1.0);
    }

    for chain in 0..10 {
        let found = start(&Init::Prior, &scale(0.0), chain).unwrap();
        assert!(value(&found, "scale").item() > 0.0);
    }
    let outcome = start(&Init::Prior, &scale(-50.0), 0);
    let Err(Error::Density(DensityError::NoValidStart { positions, .. })) = outcome else { panic!("a start") };
    assert!(positions.len() == 100 && positions.iter().all(|position| (position[0] + 50.0).abs() < 6.0));
    let error = message(Nuts::new().init(Init::Prior).progress(false).run(&scale(-50.0)));
    assert!(error.contains("100 of 100 starts were rejected: `y`: Normal: `scale` must be positive, got -"), "{error}");
}

#[test]
fn starts_are_reproducible_and_differ_by_chain() {
    let x = |chain| value(&start(&Init::Prior, &groups(), chain).unwrap(), "theta");
    assert_eq!(x(0), x(0));
    assert_ne!(x(0), x(1));
    let run =
        |threads| Nuts::new().init(Init::Prior).warmup(50).draws(20).threads(threads).progress(false).run(&groups());
    assert_eq!(run(1).unwrap().draws(), run(2).unwrap().draws());
}

/// The first chain's start is looked for once, though the sites are seen there: fifteen candidates more are fifteen runs more.
#[test]
fn a_start_is_looked_for_once() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);

    #[model]
    fn counted() {
        RUNS.fetch_add(1, Ordering::Relaxed);
        sample!("x", Normal::new(0.0, 1.0));
    }

    let runs = |candidates: usize| {
        let before = RUNS.load(Ordering::Relaxed);
        let sampler = RandomWalk::new().chains(1).warmup(0).draws(1).engine(Engine::Tape).progress(false);
        let posterior = sampler.init_candidates(candidates).run(&counted()).unwrap();
        (RUNS.load(Ordering::Relaxed) - before, posterior.gradient_evaluations())
    };
    let (one, sixteen) = (runs(1), runs(16));
    assert_eq!((sixteen.0 - one.0, sixteen.1 - one.1), (15, 15));
    assert_eq!(one.1, 1);
}

#[test]
fn starts_survive_serialisation() {
    let init = Init::Prior.site(groups::theta, [1.0, 0.1, f64::MIN_POSITIVE]).site(groups::tau, 0.3);
    let init = Init::per_chain([init, Init::Value(vec![1.0 / 3.0]), Init::default()]);
    let text = serde_json::to_string(&init).unwrap();
    assert_eq!(serde_json::from_str::<Init>(&text).unwrap(), init);
    let error = serde_json::from_str::<Init>(&text.replace("[1.0,0.1,", "[1.0,")).unwrap_err().to_string();
    assert!(error.starts_with("`init` must be 3 numbers for the site `theta` of shape [3], got 2"), "{error}");
}

#[test]
fn a_density_has_no_sites() {
    let chains = |init: Init| {
        let nuts = Nuts::new().chains(1).progress(false).init(init);
        crate::mcmc::chain::sample_chains(&nuts, |_| Ok(crate::test_targets::Gaussian::diagonal(&[1.0])))
    };
    for (init, got) in [(Init::Prior, "draws from the prior"), (Init::sites([("x", 1.0)]), "values of sites")] {
        let error = message(chains(init));
        let expected =
            format!("`init` must be a position on the unconstrained space: a density has no sites, got {got}");
        assert!(error.ends_with(&expected), "{error}");
    }
}

/// Sites that a loop names, and control flow that depends on data alone.
#[test]
fn sites_in_loops_and_sub_models_have_their_names() {
    #[model]
    fn part() {
        sample!("a", HalfNormal::new(1.0));
    }
    #[model]
    fn walk(steps: usize) {
        let mut level = Tensor::from(0.0);
        for t in 0..steps {
            level = sample!("level_{t}", Normal::new(level, 1.0));
        }
        call!("part", part());
    }

    let init = Init::sites([(walk::level(1), 2.5)]).site("part/a", 0.5);
    let found = start(&init, &walk(3), 0).unwrap();
    assert_eq!(value(&found, "level_1").item(), 2.5);
    assert!((value(&found, "part/a").item() - 0.5).abs() < 1e-15);
    let error = message(start(&Init::sites([(walk::level(3), 2.5)]), &walk(3), 0));
    assert!(error.starts_with("no latent site is named `level_3`"), "{error}");
}
