//! A parameter outside its domain, or a matrix without a Cholesky factor, rejects a draw: it does not end the run.
//!
//! Posteriors are compared with quadrature on a grid, at four Monte Carlo standard errors: a false-alarm rate of 6e-5 each
//! were the seeds not fixed.

use ppl::prelude::*;
use ppl_infer::Init;
use ppl_infer::density::Engine;
use ppl_infer::draws::{SiteTable, Warning};
use ppl_infer::svi::{Adam, Svi};
use ppl_infer::{Draws, Hmc, Importance, ImportanceDraws, Nuts, Posterior, Predictive};

/// A standard deviation that is a straight line: negative for half of the starts.
#[model]
fn line(x: &Tensor, y: &Tensor) {
    let a = sample!("a", Normal::new(1.0, 1.0));
    let b = sample!("b", Normal::new(0.0, 1.0));
    plate!("i", y.size(), {
        observe!("y", Normal::new(0.0, a + b * x), y);
    });
}

const X: [f64; 6] = [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0];
const Y: [f64; 6] = [0.4, -0.9, 0.5, -1.1, 1.6, 0.8];

/// One draw of a chain, for its start.
fn start(seed: u64) -> Nuts {
    Nuts::new().chains(1).warmup(0).draws(1).step_size(0.01).seed(seed).progress(false)
}

/// Mean and standard deviation of a function of two numbers under a log density, on a grid.
fn on_grid(log_density: impl Fn(f64, f64) -> f64, of: impl Fn(f64, f64) -> f64, ends: [(f64, f64); 2]) -> (f64, f64) {
    const POINTS: usize = 800;
    let axis =
        |(low, high): (f64, f64)| (0..POINTS).map(move |k| low + (high - low) * (k as f64 + 0.5) / POINTS as f64);
    let (mut mass, mut sum, mut square) = (0.0, 0.0, 0.0);
    for a in axis(ends[0]) {
        for b in axis(ends[1]) {
            let weight = log_density(a, b).exp();
            if weight > 0.0 {
                mass += weight;
                sum += weight * of(a, b);
                square += weight * of(a, b) * of(a, b);
            }
        }
    }
    let mean = sum / mass;
    (mean, (square / mass - mean * mean).sqrt())
}

fn log_normal(x: f64, loc: f64, scale: f64) -> f64 {
    if scale > 0.0 { -0.5 * ((x - loc) / scale).powi(2) - scale.ln() } else { f64::NEG_INFINITY }
}

#[track_caller]
fn assert_row(posterior: &Posterior, label: &str, (mean, sd): (f64, f64)) {
    let summary = posterior.summary();
    let row = summary.row(label).expect("the site is in the model");
    assert!((row.mean - mean).abs() < 4.0 * row.mcse_mean, "{label}: {} ± {}, not {mean}", row.mean, row.mcse_mean);
    assert!((row.sd - sd).abs() < 4.0 * row.mcse_sd, "{label}: sd {} ± {}, not {sd}", row.sd, row.mcse_sd);
}

#[test]
fn every_seed_starts() {
    let (x, y) = (X.into(), Y.into());
    for seed in 0..200 {
        start(seed).run(&line(&x, &y)).unwrap();
    }
    for seed in 0..10 {
        start(seed).engine(Engine::Tape).run(&line(&x, &y)).unwrap();
    }
}

#[test]
fn the_posterior_is_cut_off_where_the_scale_is_negative() {
    let log_density = |a: f64, b: f64| {
        let data = X.iter().zip(Y).map(|(x, y)| log_normal(y, 0.0, a + b * x));
        log_normal(a, 1.0, 1.0) + log_normal(b, 0.0, 1.0) + data.sum::<f64>()
    };
    let ends = [(0.0, 5.0), (-4.0, 4.0)];
    let (x, y) = (X.into(), Y.into());
    let posterior = Nuts::new().chains(2).seed(1).progress(false).run(&line(&x, &y)).unwrap();
    assert_eq!(posterior.engine(), "recorded");
    assert_row(&posterior, "a", on_grid(log_density, |a, _| a, ends));
    assert_row(&posterior, "b", on_grid(log_density, |_, b| b, ends));
}

/// A correlation that may be one of no matrix.
#[model]
fn correlation(y: &Tensor) {
    let r = sample!("r", Uniform::new(-1.5, 1.5));
    let one = Tensor::scalar(1.0);
    let covariance = Tensor::stack(&[Tensor::stack(&[one.clone(), r.clone()], 0), Tensor::stack(&[r, one], 0)], 0);
    plate!("i", y.shape()[0], {
        observe!("y", MultivariateNormal::new(0.0, covariance), y);
    });
}

/// The same by a factor that the model makes itself.
#[model]
fn by_factor(y: &Tensor) {
    let r = sample!("r", Uniform::new(-1.5, 1.5));
    let one = Tensor::scalar(1.0);
    let covariance = Tensor::stack(&[Tensor::stack(&[one.clone(), r.clone()], 0), Tensor::stack(&[r, one], 0)], 0);
    let factor = covariance.cholesky();
    plate!("i", y.shape()[0], {
        observe!("y", MultivariateNormal::from_scale_tril(0.0, factor), y);
    });
}

fn pairs() -> Tensor {
    [[0.9, 1.1], [-0.3, 0.2], [1.4, 0.6], [-1.2, -0.5], [0.1, -0.6], [0.7, 0.9]].into()
}

/// Mean and standard deviation of r.
fn exact_correlation() -> (f64, f64) {
    let log_density = |r: f64, _: f64| {
        let determinant = 1.0 - r * r;
        let quadratic = |y: &[f64]| (y[0] * y[0] - 2.0 * r * y[0] * y[1] + y[1] * y[1]) / determinant;
        pairs().to_vec().chunks(2).map(|y| -0.5 * (quadratic(y) + determinant.ln())).sum()
    };
    on_grid(log_density, |r, _| r, [(-1.0, 1.0), (0.0, 1.0)])
}

#[test]
fn a_covariance_without_a_factor() {
    let y = pairs();
    for seed in 0..20 {
        start(seed).run(&correlation(&y)).unwrap();
        start(seed).run(&by_factor(&y)).unwrap();
        start(seed).engine(Engine::Tape).run(&by_factor(&y)).unwrap();
    }
    let exact = exact_correlation();
    let nuts = Nuts::new().chains(1).warmup(500).draws(500).progress(false);
    for posterior in
        [nuts.clone().seed(2).run(&correlation(&y)).unwrap(), nuts.clone().seed(3).run(&by_factor(&y)).unwrap()]
    {
        assert_eq!(posterior.engine(), "recorded");
        assert_row(&posterior, "r", exact);
    }
}

/// A probability that is a straight line.
#[model]
fn linear_probability(x: &Tensor, y: &Tensor) {
    let a = sample!("a", Normal::new(0.5, 0.3));
    let b = sample!("b", Normal::new(0.0, 0.3));
    plate!("i", y.size(), {
        observe!("y", Bernoulli::new(a + b * x), y);
    });
}

#[test]
fn a_linear_probability_model() {
    let (x, y): (Tensor, Tensor) = (X.into(), [0.0, 1.0, 0.0, 1.0, 1.0, 1.0].into());
    for seed in 0..40 {
        start(seed).run(&linear_probability(&x, &y)).unwrap();
    }
    let log_density = |a: f64, b: f64| {
        let likelihood = X.iter().zip(y.to_vec()).map(|(x, y)| {
            let p = a + b * x;
            if (0.0..=1.0).contains(&p) { if y == 1.0 { p.ln() } else { (1.0 - p).ln() } } else { f64::NEG_INFINITY }
        });
        log_normal(a, 0.5, 0.3) + log_normal(b, 0.0, 0.3) + likelihood.sum::<f64>()
    };
    let ends = [(0.0, 1.0), (-1.0, 1.0)];
    let nuts = Nuts::new().chains(2).warmup(200).draws(200).seed(4).max_tree_depth(5).progress(false);
    let posterior = nuts.run(&linear_probability(&x, &y)).unwrap();
    assert_row(&posterior, "a", on_grid(log_density, |a, _| a, ends));
    assert_row(&posterior, "b", on_grid(log_density, |_, b| b, ends));
}

/// Rejections are counted on both engines and by both samplers, and are not taken for divergences.
#[test]
fn the_summary_tells_which_parameter_was_invalid() {
    let (x, y): (Tensor, Tensor) = (X.into(), [0.0, 1.0, 0.0, 1.0, 1.0, 1.0].into());
    let model = linear_probability(&x, &y);
    let nuts = Nuts::new().chains(2).warmup(50).draws(60).max_tree_depth(4).seed(5).progress(false);
    let hmc = Hmc::new().chains(2).warmup(50).draws(60).num_steps(4).seed(5).progress(false);
    let posteriors =
        [nuts.clone().run(&model).unwrap(), nuts.engine(Engine::Tape).run(&model).unwrap(), hmc.run(&model).unwrap()];
    for posterior in posteriors {
        let rejections = posterior.rejections();
        let [cause] = rejections.causes() else { panic!("{rejections:?}") };
        assert_eq!((cause.site.as_deref(), cause.cause.as_str()), (Some("y"), "Bernoulli: `probs`"));
        assert!(cause.first.starts_with("Bernoulli: `probs` must be between 0 and 1, got "), "{}", cause.first);
        assert!(cause.count > 3 && rejections.unexplained() == 0, "{rejections:?}");
        // ArviZ's column has them.
        assert_eq!(posterior.sample_stats().divergences(), cause.count);
        let summary = posterior.summary();
        let warnings = summary.warnings();
        assert!(!warnings.iter().any(|warning| matches!(warning, Warning::Divergences { .. })), "{warnings:?}");
        let text = warnings.iter().map(ToString::to_string).find(|text| text.contains("rejected")).unwrap();
        assert_eq!(
            text,
            format!(
                "{} of 120 draws had a proposal rejected because a parameter was outside its domain: `y`: {} (first); if \
                 the domain is meant as a constraint, give the latent site a support that keeps it, else the posterior \
                 is cut off there",
                cause.count, cause.first
            )
        );
        let read: Posterior = serde_json::from_str(&serde_json::to_string(&posterior).unwrap()).unwrap();
        assert_eq!(read.rejections(), rejections);
    }
}

#[test]
fn true_divergences_keep_their_advice() {
    /// Neal's funnel.
    #[model]
    fn funnel() {
        let log_scale = sample!("log_scale", Normal::new(0.0, 3.0));
        plate!("i", 9, {
            sample!("x", Normal::new(0.0, log_scale.exp()));
        });
    }
    // A step that is too long for the neck, which is not adapted.
    let posterior = Nuts::new().chains(2).warmup(0).draws(100).step_size(1.0).progress(false).run(&funnel()).unwrap();
    let divergences = posterior.sample_stats().divergences();
    assert!(divergences > 0);
    assert!(posterior.rejections().is_empty());
    let expected = Warning::Divergences { count: divergences, total: 200 };
    assert!(posterior.summary().warnings().contains(&expected));
}

#[test]
fn starts_that_are_all_rejected_say_why() {
    #[model]
    fn never(y: f64) {
        let a = sample!("a", Exponential::new(1.0));
        observe!("y", Normal::new(0.0, -a), y);
    }
    let error = Nuts::new().chains(1).progress(false).run(&never(0.5)).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "all 1 chains failed: chain 0: no valid start: 100 of 100 starts were rejected: `y`: Normal: `scale` must be \
             positive, got -"
        ) && error.ends_with(" (first)"),
        "{error}"
    );

    // Where a bound depends on a latent site, it is the datum that tells.
    #[model]
    fn bounded(y: &Tensor) {
        let theta = sample!("theta", Uniform::new(1.0, 2.9));
        plate!("i", y.size(), {
            observe!("y", Uniform::new(0.0, theta), y);
        });
    }
    let data = [0.5, 1.0, 3.2].into();
    let model = bounded(&data);
    let init = Init::Value(vec![0.0]);
    assert_eq!(
        Nuts::new().chains(1).init(init.clone()).progress(false).run(&model).unwrap_err().to_string(),
        "all 1 chains failed: chain 0: no valid start: 1 of 1 starts were rejected: `y`: element [2]: log density -inf at \
         value 3.2 under Uniform(low = 0, high = 1.95)"
    );
    #[model]
    fn counts(y: &Tensor) {
        let p = sample!("p", Beta::new(1.0, 1.0));
        plate!("i", y.size(), {
            observe!("y", Binomial::new((&p * 4.0).floor(), 0.5), y);
        });
    }
    assert_eq!(
        Nuts::new().chains(1).init(init).progress(false).run(&counts(&[1.0, 7.0].into())).unwrap_err().to_string(),
        "all 1 chains failed: chain 0: no valid start: 1 of 1 starts were rejected: `y`: element [1]: log density -inf at \
         value 7 under Binomial(total_count = 2, probs = 0.5)"
    );
}

/// What no other draw can cure ends the run at once.
#[test]
fn a_wrong_model_is_still_an_error() {
    #[model]
    fn constant(scale: f64) {
        let x = sample!("x", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(x, scale), 0.5);
    }
    let error = Nuts::new().progress(false).run(&constant(-1.0)).unwrap_err().to_string();
    assert_eq!(error, "site `y`: Normal: `scale` must be positive, got -1");

    // A value that was read is a constant to the distribution, but not to the run.
    #[model]
    fn by_number() {
        let x = sample!("x", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(&x, x.item()), 0.5);
    }
    for seed in 0..20 {
        start(seed).run(&by_number()).unwrap();
    }
}

/// P(y = 1) where p lies between 0 and 1: a quarter of the prior's mass, and p has mean 2/3 then.
#[model]
fn flip(y: Option<f64>) {
    let p = sample!("p", Uniform::new(-1.0, 1.0));
    observe!("y", Bernoulli::new(p), y);
}

#[test]
fn particles_without_a_density_have_weight_zero() {
    for (draws, engine) in [(800, Engine::Recorded), (4000, Engine::Recorded), (4000, Engine::Tape)] {
        let posterior = Importance::new().draws(draws).seed(1).engine(engine).run(&flip(Some(1.0))).unwrap();
        let n = draws as f64;
        let rejected = posterior.rejections().total();
        assert_eq!(posterior.num_draws() + rejected, draws);
        assert!((rejected as f64 - 0.5 * n).abs() < 4.0 * (0.25 * n).sqrt(), "{rejected}");
        // The weight is p where that is positive, with mean 1/4 and variance 1/6 − 1/16.
        let error = (1.0_f64 / 6.0 - 1.0 / 16.0).sqrt() / n.sqrt() / 0.25;
        assert!((posterior.log_evidence() - 0.25_f64.ln()).abs() < 4.0 * error, "{}", posterior.log_evidence());
        let mean = posterior.get(flip::p).unwrap().mean();
        // Of p with density 2 p: variance 1/2 − 4/9.
        assert!((mean - 2.0 / 3.0).abs() < 4.0 * (1.0 / 18.0 / posterior.ess()).sqrt(), "{mean}");
        let summary = posterior.summary();
        let [warning] = summary.warnings() else { panic!("one warning, not {:?}", summary.warnings()) };
        let first = &posterior.rejections().causes()[0].first;
        assert!(first.starts_with("Bernoulli: `probs` must be between 0 and 1, got -0."), "{first}");
        let (problem, help) = first.split_once('\n').unwrap();
        assert_eq!(
            warning.to_string(),
            format!(
                "{rejected} of {draws} particles have weight 0, because a parameter was outside its domain: `y`: \
                 {problem} (first)\n{help}"
            )
        );
        let text = serde_json::to_string(&posterior).unwrap();
        assert_eq!(serde_json::from_str::<ImportanceDraws>(&text).unwrap(), posterior);
        // What is predicted from them has their weights, and so their evidence.
        let predictions = Predictive::new().posterior(&flip(None), &posterior).unwrap();
        assert_eq!(predictions.draws().weights(), Some(posterior.weights()));
        assert!(predictions.summary().warnings().is_empty());
    }
}

#[test]
fn matrices_without_a_factor_have_weight_zero() {
    let y = pairs();
    let (mean, sd) = exact_correlation();
    let posteriors = [
        (
            Importance::new().draws(800).seed(2).run(&correlation(&y)).unwrap(),
            "MultivariateNormal: `covariance_matrix`",
        ),
        (Importance::new().draws(800).seed(3).run(&by_factor(&y)).unwrap(), "cholesky"),
    ];
    for (posterior, cause) in posteriors {
        let [rejection] = posterior.rejections().causes() else { panic!("{:?}", posterior.rejections()) };
        assert_eq!((rejection.site.as_deref(), rejection.cause.as_str()), (Some("y"), cause));
        // A third of the prior's mass.
        assert!(
            (rejection.count as f64 - 800.0 / 3.0).abs() < 4.0 * (800.0 * 2.0 / 9.0_f64).sqrt(),
            "{}",
            rejection.count
        );
        let got = posterior.get("r").unwrap().mean();
        assert!((got - mean).abs() < 4.0 * sd / posterior.ess().sqrt(), "{got} is not {mean}");
    }
}

#[test]
fn particles_that_are_all_rejected_are_an_error() {
    #[model]
    fn never() {
        let s = sample!("s", Exponential::new(1.0));
        observe!("y", Normal::new(0.0, -s), 0.5);
    }
    let error = Importance::new().draws(20).run(&never()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "all 20 importance weights are zero: a parameter was outside its domain in 20 of them: `y`: Normal: `scale` \
             must be positive, got -"
        ),
        "{error}"
    );
    #[model]
    fn constant() {
        let s = sample!("s", Exponential::new(1.0));
        observe!("y", Normal::new(s, -1.0), 0.5);
    }
    let expected = "particle 0: site `y`: Normal: `scale` must be positive, got -1";
    for draws in [20, 4000] {
        assert_eq!(Importance::new().draws(draws).run(&constant()).unwrap_err().to_string(), expected);
    }
    // A proposal that cannot draw is no particle of weight zero.
    #[model]
    fn pair() {
        sample!("s", Normal::new(0.0, 1.0));
        sample!("t", Normal::new(0.0, 1.0));
    }
    #[guide(pair)]
    fn wrong() {
        let s = sample!("s", Normal::new(-1.0, 0.1));
        sample!("t", Normal::new(0.0, s));
    }
    let error = Importance::new().draws(20).run_with_guide(&pair(), &wrong()).unwrap_err().to_string();
    assert!(error.starts_with("particle 0: site `t`: Normal: `scale` must be positive, got -"), "{error}");
}

fn given(p: &[f64]) -> Draws {
    let mut sites = SiteTable::new(&[p.len()]);
    sites.insert("p", ndarray::Array1::from(p.to_vec()).into_dyn()).expect("one value a draw");
    Draws::new(sites).expect("there are draws")
}

#[test]
fn predictions_keep_the_draws_that_have_some() {
    for draws in [800, 4000] {
        let prior = Predictive::new().seed(2).prior(&flip(None), draws).unwrap();
        let (n, kept) = (draws as f64, prior.num_draws() as f64);
        assert_eq!(prior.num_draws() + prior.rejections().total(), draws);
        assert!((kept - 0.5 * n).abs() < 4.0 * (0.25 * n).sqrt());
        assert!(prior.get(flip::p).unwrap().iter().all(|p| (0.0..=1.0).contains(&p)));
        assert!((prior.get(flip::y).unwrap().mean() - 0.5).abs() < 4.0 * (0.25 / kept).sqrt());
    }
    let posterior = Predictive::new().posterior(&flip(None), &given(&[-0.5, 0.3, 1.5, 0.9])).unwrap();
    assert_eq!(posterior.source_draws(), [1, 3]);
    assert_eq!(posterior.num_draws(), 2);
    assert_eq!(
        posterior.summary().warnings()[0].to_string(),
        "2 of 4 draws are left out, because a parameter was outside its domain where the model was to predict: `y`: \
         Bernoulli: `probs` must be between 0 and 1, got -0.5, which is `p`, drawn from a Uniform (first)\nhelp: draw \
         what must be between 0 and 1 from `Beta` or `Uniform`"
    );
    let error = |p: &[f64]| Predictive::new().posterior(&flip(None), &given(p)).unwrap_err().to_string();
    assert_eq!(
        error(&[-0.5, 1.5]),
        "nothing could be predicted: in all 2 draws a parameter was outside its domain: `y`: Bernoulli: `probs` must be \
         between 0 and 1, got -0.5, which is `p`, drawn from a Uniform (first)\nhelp: draw what must be between 0 and 1 \
         from `Beta` or `Uniform`"
    );
    assert_eq!(
        error(&[-0.5, -0.5]),
        "draw 0: site `y`: Bernoulli: `probs` must be between 0 and 1, got -0.5, which is `p`, drawn from a Uniform\nhelp: draw \
         what must be between 0 and 1 from `Beta` or `Uniform`"
    );
}

#[test]
fn variational_inference_names_the_site() {
    #[model]
    fn noisy() {
        let s = sample!("s", Normal::new(1.0, 1.0));
        observe!("y", Normal::new(0.0, s), 0.5);
    }
    #[guide(noisy)]
    fn negative() {
        let loc = param!("loc", -1.0);
        sample!("s", Normal::new(loc, 0.1));
    }
    let svi = Svi::new(Adam::new(0.01)).steps(3);
    let error = svi.run(&noisy(), &negative()).unwrap_err().to_string();
    assert!(error.contains("site `y`: Normal: `scale` must be positive, got -"), "{error}");

    #[model]
    fn factored() {
        let s = sample!("s", Normal::new(1.0, 1.0));
        let factor = s.reshape([1, 1]).cholesky();
        observe!("y", MultivariateNormal::from_scale_tril(0.0, factor), [0.5]);
    }
    #[guide(factored)]
    fn also_negative() {
        let loc = param!("loc", -1.0);
        sample!("s", Normal::new(loc, 0.1));
    }
    let error = svi.run(&factored(), &also_negative()).unwrap_err().to_string();
    assert!(error.contains("site `y`: cholesky: matrix is not positive definite"), "{error}");
}

/// No chain leaves the half line that it starts in, so that no proposal is rejected: the prior tells.
#[test]
fn a_prior_that_leaves_the_domain_of_a_parameter() {
    #[model]
    fn spread(y: &Tensor) {
        let spread = sample!("spread", Normal::new(-50.0, 1.0));
        plate!("n", y.len(), { observe!("y", Normal::new(0.0, spread), y) });
    }
    let y = Tensor::from([1, 2, 3]);
    let posterior = Nuts::new().chains(2).warmup(200).draws(200).progress(false).run(&spread(&y)).unwrap();
    let summary = posterior.summary();
    let text = summary.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "the prior draws values at which a parameter is outside its domain, and the posterior is cut off there: \
                    site `y`: Normal: `scale` must be positive, got -";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("which is `spread`, drawn from a Normal"), "{text}");

    #[model]
    fn positive(y: &Tensor) {
        let spread = sample!("spread", HalfNormal::new(1.0));
        plate!("n", y.len(), { observe!("y", Normal::new(0.0, spread), y) });
    }
    let posterior = Nuts::new().chains(2).warmup(200).draws(200).progress(false).run(&positive(&y)).unwrap();
    assert!(!posterior.summary().to_string().contains("outside its domain"));
}
