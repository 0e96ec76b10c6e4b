//! Predictions against closed forms.
//!
//! Statistical checks are at four standard errors, a false-alarm rate of 6e-5 each were the seeds not fixed.

use ndarray::ArrayD;
use ppl::prelude::*;

use super::{Predictive, posterior_predictive, prior_predictive};
use crate::draws::{Draws, SiteTable};
use crate::error::{DrawsError, PredictiveError};
use crate::svi::{Adam, AutoNormal, ParamStore, Svi};
use crate::{Error, Importance};

#[model]
fn scale(measurement: Option<f64>) {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    deterministic!("double", weight.clone() * 2.0);
    observe!("measurement", Normal::new(weight, 0.75), measurement);
}

/// Draws of `weight` and `double` as a sampler would give them.
fn draws(values: &[f64]) -> Draws {
    let mut sites = SiteTable::new(&[values.len()]);
    sites.insert("weight", ArrayD::from_shape_vec(vec![values.len()], values.to_vec()).unwrap()).unwrap();
    // Not what the model makes of it, to see that it is recomputed.
    sites.insert("double", ArrayD::zeros(vec![values.len()])).unwrap();
    Draws::new(sites).unwrap()
}

#[test]
fn the_prior() {
    let prior = prior_predictive(&scale(None), 10_000, 0).unwrap();
    assert_eq!(prior.draws().sites().names().collect::<Vec<_>>(), ["weight", "double", "measurement"]);
    let measurement = prior.get(scale::measurement).unwrap();
    assert!((measurement.mean() - 8.5).abs() < 4.0 * 1.25 / 100.0);
    assert!((measurement.sd() - 1.25).abs() < 4.0 * 1.25 / (2.0 * 10_000.0_f64).sqrt());
    let (weight, double) = (prior.get(scale::weight).unwrap(), prior.get(scale::double).unwrap());
    assert_eq!(double.values(), &weight.values() * 2.0);
}

#[test]
fn the_posterior() {
    let posterior = Importance::new().draws(20_000).seed(3).run(&scale(Some(9.5))).unwrap();
    let next = posterior_predictive(&scale(None), &posterior, 1).unwrap();
    // The weights stay, and so does the evidence.
    assert_eq!(next.draws().weights(), Some(posterior.weights()));
    let measurement = next.get("measurement").unwrap();
    // Normal(9.14, √(0.6² + 0.75²)).
    let (sd, ess) = (0.9225_f64.sqrt(), posterior.ess());
    assert!((measurement.mean() - 9.14).abs() < 4.0 * sd / ess.sqrt());
    assert!((measurement.sd() - sd).abs() < 4.0 * sd / (2.0 * ess).sqrt());
    assert!(matches!(next.get("weight"), Err(Error::Predictive(PredictiveError::NotPredicted { .. }))));

    // Deterministic sites follow from the draws that were given.
    let few = Predictive::new().posterior(&scale(None), &draws(&[1.0, 2.0, 3.0])).unwrap();
    assert_eq!(few.get("double").unwrap().iter().collect::<Vec<_>>(), [2.0, 4.0, 6.0]);
    // Taking the data away is as good as having none.
    let again = Predictive::new().posterior(&scale(Some(9.5)).uncondition("measurement"), &draws(&[1.0, 2.0, 3.0]));
    assert_eq!(again.unwrap(), few);
}

#[test]
fn draws_of_chains() {
    use crate::Nuts;
    let posterior = Nuts::new().chains(2).warmup(50).draws(40).progress(false).run(&scale(Some(9.5))).unwrap();
    let next = posterior_predictive(&scale(None), &posterior, 0).unwrap();
    // The chains stay, so that the summary knows how correlated the predictions are.
    assert_eq!((next.draws().num_chains(), next.num_draws()), (2, 40));
    assert!(next.summary().row("measurement").unwrap().r_hat.is_finite());
    let weight = posterior.get("weight").unwrap();
    assert_eq!(next.get("double").unwrap().values(), &weight.values() * 2.0);
}

#[test]
fn a_fitted_guide() {
    let model = scale(Some(9.5));
    let guide = AutoNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(0.03)).steps(1500).num_particles(4).run(&model, &guide).unwrap();
    let next = Predictive::new().guide(&scale(None), &guide, fit.params(), 10_000).unwrap();
    // All sites come out: the posterior draws and what follows from them.
    assert_eq!(next.draws().sites().names().collect::<Vec<_>>(), ["weight", "double", "measurement"]);
    let measurement = next.get("measurement").unwrap();
    assert!((measurement.mean() - 9.14).abs() < 0.1);
    assert!((measurement.sd() - 0.9225_f64.sqrt()).abs() < 0.06);
    // The same draws, from the fit itself.
    let again = Predictive::new().guide(&model, &guide, fit.params(), 500).unwrap();
    assert_eq!(fit.sample_posterior(&model, &guide, 500).unwrap(), again);
    assert_eq!(again.draws().names().collect::<Vec<_>>(), ["weight", "double"]);
    let error = Predictive::new().guide(&scale(None), &guide, &ParamStore::new(), 10).unwrap_err().to_string();
    assert!(error.starts_with("draw 0: site `weight_auto_loc`: no parameter is named"), "{error}");
}

#[test]
fn parameters_of_the_model() {
    #[model]
    fn model() {
        let loc = param!("loc", 0.0);
        sample!("x", Normal::new(loc, 1e-3));
    }
    let mut params = ParamStore::new();
    params.insert(model::loc, 7.0, Constraint::Real).unwrap();
    let mean = |predictive: Predictive| predictive.prior(&model(), 50).unwrap().get("x").unwrap().mean();
    assert!(mean(Predictive::new()).abs() < 0.01);
    assert!((mean(Predictive::new().params(&params)) - 7.0).abs() < 0.01);
}

#[test]
fn other_groups() {
    #[model]
    fn groups(size: usize) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("group", size, {
            let theta = sample!("theta", Normal::new(mu, 0.1));
            deterministic!("shifted", theta + 1.0);
        });
    }
    let posterior = Importance::new().draws(30).run(&groups(3)).unwrap();
    let text = Predictive::new().posterior(&groups(5), &posterior).unwrap_err().to_string();
    assert_eq!(
        text,
        "draw 0: site `theta`: predictive: the posterior's draws have shape [3], but the site has shape [5] in the \
         model\nhelp: to have all of it drawn anew, also the members that the data had, `leave_out` its draws"
    );
    let other = Predictive::new().leave_out(groups::theta).posterior(&groups(5), &posterior).unwrap();
    let theta = other.get_array("theta").unwrap();
    assert_eq!((theta.values().shape(), theta.dims()), (&[30, 5][..], &[Some("group".into())][..]));
    for (theta, mu) in theta.iter().zip(posterior.get("mu").unwrap().iter()) {
        assert!(theta.iter().all(|theta| (theta - mu).abs() < 0.5));
    }
    let text = Predictive::new().leave_out("thetta").posterior(&groups(5), &posterior).unwrap_err().to_string();
    assert!(text.starts_with("no site is named `thetta`; known: "), "{text}");
}

#[test]
fn dynamic_models() {
    let model = ppl::__private::bind("dynamic", &[], true, |ctx: &mut Ctx| -> Result<(), ppl::__private::Exit> {
        let x = ctx.sample("x", Normal::new(0.0, 1.0))?;
        if x > 0.0 {
            let y = ctx.sample("y", Normal::new(x, 1.0))?;
            ctx.deterministic("z", y * 2.0)?;
        }
        Ok(())
    });
    let posterior = Importance::new().draws(50).run(&model).unwrap();
    let next = Predictive::new().posterior(&model, &posterior).unwrap();
    let visited = posterior.visiting("y").unwrap();
    let z = next.draws().visiting("z").unwrap();
    assert_eq!(z.get("z").unwrap().values(), &visited.get("y").unwrap().values() * 2.0);
    let error = next.get("z").unwrap_err();
    assert!(matches!(error, Error::Draws(DrawsError::PartlyVisited { .. })), "{error}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run = |threads| Predictive::new().seed(4).threads(threads).prior(&scale(None), 100).unwrap();
    assert_eq!(run(1), run(3));
    assert_eq!(run(1), prior_predictive(&scale(None), 100, 4).unwrap());
    assert_ne!(run(1), prior_predictive(&scale(None), 100, 5).unwrap());
    let posterior =
        |threads| Predictive::new().threads(threads).posterior(&scale(None), &draws(&[1.0, 2.0, 3.0, 4.0])).unwrap();
    assert_eq!(posterior(1), posterior(4));
}

#[test]
fn misuse_is_reported() {
    let posterior = draws(&[1.0, 2.0]);
    let message = |result: crate::Result<super::Predictions>| result.unwrap_err().to_string();
    let with_data = Predictive::new().posterior(&scale(Some(9.5)), &posterior).unwrap();
    assert_eq!(
        with_data.get(scale::measurement).unwrap_err().to_string(),
        "site `measurement` is not predicted: the model observes it\nhelp: give its `observe!` no data (`None`), or run \
         `model.uncondition(\"measurement\")`"
    );
    assert_eq!(
        with_data.get("weight").unwrap_err().to_string(),
        "site `weight` is not predicted: its draws were given\nhelp: look it up in the posterior"
    );
    assert!(with_data.get("mesurement").unwrap_err().to_string().starts_with("no site is named `mesurement`"));

    #[model]
    fn observes() {
        let weight = sample!("weight", Normal::new(8.5, 1.0));
        observe!("measurement", Normal::new(weight, 0.75), 9.5);
    }
    let mut sites = SiteTable::new(&[2]);
    sites.insert("weight", ArrayD::zeros(vec![2])).unwrap();
    let weights = Draws::new(sites.clone()).unwrap();
    assert_eq!(
        message(Predictive::new().posterior(&observes(), &weights)),
        "there is nothing to predict: every random site of the model is given or observed (`measurement`)\nhelp: give \
         `observe!` no data (`None`), or take them away with `uncondition`"
    );
    sites.insert("other", ArrayD::zeros(vec![2])).unwrap();
    let other = Draws::new(sites).unwrap();
    assert_eq!(
        message(Predictive::new().posterior(&observes(), &other)),
        "draw 0: predictive, draws of the posterior: no latent or deterministic site took `other`; sites of the model: \
         `measurement`, `weight`"
    );
    assert_eq!(
        message(Predictive::new().posterior(&observes().condition("weight", 1.0), &weights)),
        "draw 0: site `weight`: predictive: the posterior has draws of this site, but the model observes it"
    );
    assert_eq!(message(prior_predictive(&scale(None), 0, 0)), "`draws` must be at least 1, got 0");
    assert_eq!(message(Predictive::new().threads(0).prior(&scale(None), 1)), "`threads` must be at least 1, got 0");
}
