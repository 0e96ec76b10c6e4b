//! Guides made from models. That fits reach the optimum is tested with the fits.

use ppl::prelude::*;

use crate::Importance;
use crate::svi::{Adam, AutoDelta, AutoMultivariateNormal, AutoNormal, ParamStore, Svi, TraceElbo};

/// Sites of many supports, without data: the evidence is 1.
#[model]
fn zoo() {
    sample!("positive", Gamma::new(3.0, 2.0));
    sample!("unit", Beta::new(2.0, 3.0));
    sample!("simplex", Dirichlet::new([2.0, 3.0, 4.0]));
    sample!("between", Uniform::new([-1.0, 2.0], [1.0, 5.0]));
    sample!("vector", Normal::new([0.0, 1.0, 2.0], 1.0).to_event(1));
    plate!("i", 2, {
        sample!("rows", Dirichlet::new([3.0, 3.0]));
        sample!("local", Exponential::new(1.0));
    });
}

/// The evidence by importance sampling from a fitted guide, with its standard error: a wrong Jacobian, shape or scale
/// would show.
fn evidence<M: Model + Sync, G: Model + Sync>(model: &M, guide: &G, params: &ParamStore) -> (f64, f64) {
    let fixed = guide.with(params.handler());
    let weighted = Importance::new().draws(4000).seed(1).run_with_guide(model, &fixed).unwrap();
    (weighted.log_evidence(), (1.0 / weighted.ess() - 1.0 / 4000.0).sqrt())
}

#[test]
fn the_density_of_the_guide_is_normalized() {
    let model = zoo();
    let svi = Svi::new(Adam::new(0.02)).steps(600).num_particles(4);
    let guide = AutoNormal::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    let (log_evidence, error) = evidence(&model, &guide, fit.params());
    assert!(log_evidence.abs() < 4.0 * error && error < 0.05, "{log_evidence} ± {error}");
    assert_eq!(fit.params().get("rows_auto_loc").unwrap().shape().dims(), [2, 1]);

    let guide = AutoMultivariateNormal::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    let (log_evidence, error) = evidence(&model, &guide, fit.params());
    assert!(log_evidence.abs() < 4.0 * error && error < 0.05, "{log_evidence} ± {error}");
    assert_eq!(fit.params().get("auto_loc").unwrap().shape().dims(), [13]);
}

#[test]
fn guides_begin_at_the_median_of_the_prior() {
    let model = zoo();
    let guide = AutoNormal::new(&model).unwrap().init_scale(0.25).unwrap();
    // A run without a store has the values that parameters begin with.
    let trace = guide.trace(0).unwrap();
    let loc = trace.get("between_auto_loc").unwrap().to_vec();
    // Logits of the median of 15 uniform draws: standard deviation 0.5.
    assert!(loc.iter().all(|loc| loc.abs() < 2.0), "{loc:?}");
    assert_eq!(trace.get("vector_auto_scale").unwrap().to_vec(), [0.25; 3]);
    let medians = AutoDelta::new(&model).unwrap().trace(0).unwrap();
    assert!((medians.get("simplex").unwrap().sum() - 1.0).abs() < 1e-12);
    assert!(medians.get("positive").unwrap().item() > 0.3);
}

#[test]
fn supports_may_depend_on_other_sites() {
    // b below a: p(y) = ∫ p(a) ∫₀ᵃ N(y; b, 0.5) / a db da.
    #[model]
    fn nested() {
        let a = sample!("a", Uniform::new(0.5, 2.0));
        let b = sample!("b", Uniform::new(0.0, a));
        observe!("y", Normal::new(b, 0.5), 0.7);
    }
    let (mut expected, cells) = (0.0, 2000);
    for i in 0..cells {
        let a = 0.5 + 1.5 * (f64::from(i) + 0.5) / f64::from(cells);
        let cdf = |b: f64| ppl::special::ndtr((b - 0.7) / 0.5);
        expected += (cdf(a) - cdf(0.0)) / a / f64::from(cells);
    }
    let model = nested();
    let guide = AutoNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(0.02)).steps(800).num_particles(4).run(&model, &guide).unwrap();
    let (log_evidence, error) = evidence(&model, &guide, fit.params());
    assert!((log_evidence - expected.ln()).abs() < 4.0 * error && error < 0.05, "{log_evidence} ± {error}");
    let median = guide.median(fit.params()).unwrap();
    assert!(median["b"] < median["a"] && median["b"] > 0.0);
    assert_eq!(median.keys().collect::<Vec<_>>(), ["a", "b"]);

    let hint = "the site's support depends on other sites or parameters, and this guide needs one that is the same in \
                every run\nhelp: use AutoNormal, or write the guide by hand";
    let text = AutoDelta::new(&model).err().unwrap().to_string();
    assert_eq!(text, format!("site `b`: AutoDelta: {hint}"));
    let text = AutoMultivariateNormal::new(&model).err().unwrap().to_string();
    assert_eq!(text, format!("site `b`: AutoMultivariateNormal: {hint}"));
    assert!(guide.quantile(fit.params(), 0.5).is_err());
}

#[test]
fn the_quantile_of_a_decreasing_map() {
    #[model]
    fn below() {
        sample!("x", Normal::new(0.0, 1.0).transform(ppl::bijector::LessThan::new(1.0)?));
    }
    let model = below();
    let guide = AutoNormal::new(&model).unwrap();
    let mut params = ParamStore::new();
    params.insert("x_auto_loc", 0.5, Constraint::Real).unwrap();
    params.insert("x_auto_scale", 2.0, Constraint::Positive).unwrap();
    let at = |probability: f64| guide.quantile(&params, probability).unwrap()["x"].item();
    assert!(at(0.1) < at(0.5) && at(0.5) < at(0.9) && at(0.9) < 1.0);
    assert!((at(0.5) - guide.median(&params).unwrap()["x"].item()).abs() < 1e-14);
    // P(x < q) = P(u > ln(1 − q)).
    assert!((ppl::special::ndtr((0.5 - (1.0 - at(0.9)).ln()) / 2.0) - 0.9).abs() < 1e-12);
    assert!(guide.quantile(&params, 1.5).unwrap_err().to_string().starts_with("`probability` must be between 0 and 1"));
}

#[test]
fn subsampled_plates() {
    #[model]
    fn groups(subsample: usize) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("i", 6, subsample_size = subsample, |index| {
            let z = sample!("z", LogNormal::new(mu, 1.0));
            let p = sample!("p", Dirichlet::new([1.0, 1.0, 1.0]));
            let y = Tensor::from([1.0, 2.0, 0.5, 1.5, 3.0, 0.2]).take(0, &index);
            observe!("y", Normal::new(z + p.index(-1, 0), 1.0), y);
        });
    }
    let small = groups(2);
    let guide = AutoNormal::new(&small).unwrap();
    let mut state = Svi::new(Adam::new(0.05)).start().unwrap();
    state.run(&small, &guide, 200).unwrap();
    assert_eq!(state.params().get("z_auto_loc").unwrap().shape().dims(), [6]);
    assert_eq!(state.params().get("p_auto_loc").unwrap().shape().dims(), [6, 2]);
    let median = guide.median(state.params()).unwrap();
    assert_eq!(median["p"].shape().dims(), [6, 3]);
    // A group that observes more has more, for every member was in some subsample.
    assert!(median["z"].get(4) > median["z"].get(5));

    let text = AutoMultivariateNormal::new(&small).err().unwrap().to_string();
    assert!(text.starts_with("site `z`: AutoMultivariateNormal: the site stands in a subsampled plate"), "{text}");
    let point = AutoDelta::new(&small).unwrap();
    Svi::new(Adam::new(0.05)).steps(20).run(&small, &point).unwrap();

    // The bound of subsamples is that of all members, on average.
    let all = groups(6);
    let whole = AutoNormal::new(&all).unwrap();
    let elbo = TraceElbo::new().num_particles(4000);
    let params = state.params();
    let (small, whole) = (
        elbo.estimate(&small, &guide, params, Key::new(0)).unwrap(),
        elbo.estimate(&all, &whole, params, Key::new(0)).unwrap(),
    );
    // Standard deviations of a particle: about 12 and 5.
    assert!((small - whole).abs() < 4.0 * (12.0 + 5.0) / 4000.0_f64.sqrt(), "{small} {whole}");
}

/// A normal prior: the median of fifteen other draws is another number.
#[test]
fn another_seed_begins_at_other_medians() {
    #[model]
    fn prior() {
        sample!("x", Normal::new(3.0, 1.0));
    }
    let start = |seed| {
        let guide = AutoDelta::new(prior()).unwrap().seed(seed).unwrap();
        guide.trace(0).unwrap().get("x").unwrap().item()
    };
    assert_eq!(start(0), AutoDelta::new(prior()).unwrap().trace(0).unwrap().get("x").unwrap().item());
    assert_ne!(start(0), start(1));
}

#[test]
fn models_that_have_no_such_guide() {
    #[model]
    fn discrete() {
        sample!("z", Bernoulli::new(0.5));
    }
    let message = AutoNormal::new(discrete()).err().unwrap().to_string();
    assert_eq!(
        message,
        "site `z`: AutoNormal: Bernoulli is discrete, and the guide's family is continuous\nhelp: sum the site out of the \
         model, or write a guide for it by hand"
    );
    #[model]
    fn data() {
        observe!("y", Normal::new(0.0, 1.0), 1.0);
    }
    assert_eq!(
        AutoDelta::new(&data()).err().unwrap().to_string(),
        "AutoDelta: the model has no latent site that is free, so that there is nothing to guide"
    );
    let error = AutoNormal::new(zoo()).unwrap().init_scale(0.0).err().unwrap().to_string();
    assert_eq!(error, "`init_scale` must be positive and finite, got 0");
}
