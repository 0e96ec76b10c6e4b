//! Importance sampling against closed forms.
//!
//! Statistical checks are at four standard errors, a false-alarm rate of 6e-5 each were the seeds not fixed.

use ppl::__private::{Exit, bind};
use ppl::distribution::{Normal, Uniform};
use ppl::{Ctx, Model, ModelExt, Tensor};

use crate::error::DrawsError;
use crate::{Error, Importance, ImportanceDraws};

/// weight ~ Normal(8.5, 1), observed 9.5 with standard deviation 0.75: the posterior is Normal(9.14, 0.6).
fn scale() -> impl Model<Output = Tensor> + Clone + Sync {
    bind("scale", &[], true, |ctx: &mut Ctx| -> Result<Tensor, Exit> {
        let weight = ctx.sample("weight", Normal::new(8.5, 1.0))?;
        ctx.deterministic("double", &weight * 2.0)?;
        ctx.observe("measurement", Normal::new(&weight, 0.75), 9.5)?;
        Ok(weight.square())
    })
}

fn guide(loc: f64, sd: f64) -> impl Model<Output = ()> + Clone + Sync {
    bind("guide", &[], true, move |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.sample("weight", Normal::new(loc, sd))?;
        Ok(())
    })
}

/// ln N(9.5; 8.5, √(1 + 0.75²)).
fn log_evidence() -> f64 {
    -0.5 * (1.0_f64 / 1.25).powi(2) - 1.25_f64.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// Checks the log evidence and the mean of `weight` at four standard errors, by the delta method.
fn check(posterior: &ImportanceDraws) {
    let n = posterior.num_draws() as f64;
    let evidence_error = (1.0 / posterior.ess() - 1.0 / n).sqrt();
    assert!((posterior.log_evidence() - log_evidence()).abs() < 4.0 * evidence_error + 1e-10);
    let mean = posterior.get("weight").unwrap().mean();
    let error = posterior.summary().row("weight").unwrap().mcse_mean;
    assert!((mean - 9.14).abs() < 4.0 * error, "{mean} is not 9.14 ± {error}");
    assert!(error < 0.02);
}

#[test]
fn the_prior_as_proposal() {
    let posterior = Importance::new().draws(10_000).seed(1).run(&scale()).unwrap();
    check(&posterior);
    assert_eq!(posterior.draws().sites().names().collect::<Vec<_>>(), ["weight", "double"]);
    let (weight, double) = (posterior.get("weight").unwrap(), posterior.get("double").unwrap());
    assert_eq!(double.values(), &weight.values() * 2.0);
    assert!(matches!(posterior.output(), Err(Error::Draws(DrawsError::NoOutput))));
}

#[test]
fn a_guide_as_proposal() {
    check(&Importance::new().draws(10_000).seed(2).run_with_guide(&scale(), &guide(9.0, 0.9)).unwrap());
}

#[test]
fn the_exact_posterior_as_proposal_has_no_variance() {
    let posterior = Importance::new().draws(500).run_with_guide(&scale(), &guide(9.14, 0.6)).unwrap();
    assert!(posterior.weights().log().iter().all(|weight| (weight - log_evidence()).abs() < 1e-10));
}

#[test]
fn a_guide_may_leave_sites_to_the_prior() {
    let model = bind("two", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let weight = ctx.call(scale())?;
        ctx.sample("other", Normal::new(weight, 1.0))?;
        Ok(())
    });
    let model = model.substitute("other", 3.0);
    let free = bind("free", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let weight = ctx.call(scale())?;
        ctx.sample("other", Normal::new(weight, 1.0))?;
        Ok(())
    });
    // Drawn from its own distribution, `other` has no weight.
    check(&Importance::new().draws(10_000).seed(2).run_with_guide(&free, &guide(9.0, 0.9)).unwrap());
    // Substituted it is still latent, and its density counts: ln N(3; weight², 1).
    let weighted = Importance::new().draws(50).run_with_guide(&model, &guide(9.14, 0.6)).unwrap();
    for (log_weight, weight) in weighted.weights().log().iter().zip(weighted.get("weight").unwrap().iter()) {
        let expected = log_evidence() - 0.5 * (3.0 - weight * weight).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln();
        assert!((log_weight - expected).abs() < 1e-9);
    }
}

#[test]
fn return_values_are_weighted_too() {
    let posterior = Importance::new().draws(20_000).seed(3).run_output(&scale()).unwrap();
    let output = posterior.output().unwrap().mean();
    // E[weight²] = 9.14² + 0.6²; its standard error is about 2 · 9.14 · 0.6 / √ess.
    let error = 2.0 * 9.14 * 0.6 / posterior.ess().sqrt();
    assert!((output - (9.14_f64.powi(2) + 0.36)).abs() < 4.0 * error);
    let with_guide = Importance::new().run_with_guide_output(&scale(), &guide(9.14, 0.6)).unwrap();
    let (output, weight) = (with_guide.output().unwrap(), with_guide.get("weight").unwrap());
    assert_eq!(output.values(), weight.values().mapv(|weight| weight * weight));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run = |threads| Importance::new().draws(200).seed(5).threads(threads).run_output(&scale()).unwrap();
    assert_eq!(run(1), run(4));
    assert_eq!(run(1), Importance::new().draws(200).seed(5).run_output(&scale()).unwrap());
    assert_ne!(run(1), Importance::new().draws(200).seed(6).run_output(&scale()).unwrap());
}

#[test]
fn factors_and_scales_count() {
    // p(x)² · e³ on Normal(0, 1): the evidence is e³ ∫ φ² = e³ / (2 √π).
    let model = bind("tempered", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let x = bind("x", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
            ctx.sample("x", Normal::new(0.0, 1.0))?;
            Ok(())
        });
        ctx.call(x.scale(2.0)?)?;
        ctx.factor("f", 3.0)?;
        Ok(())
    });
    let posterior = Importance::new().draws(20_000).run(&model).unwrap();
    let expected = 3.0 - (2.0 * std::f64::consts::PI.sqrt()).ln();
    assert!((posterior.log_evidence() - expected).abs() < 4.0 / posterior.ess().sqrt());
    let half = 4.0 / posterior.ess().sqrt();
    assert!((posterior.get("x").unwrap().variance() - 0.5).abs() < half);
}

/// Steps until one is below 1/2; the observed number of steps weights by 2 per step.
fn dynamic(t: usize, ctx: &mut Ctx) -> Result<f64, Exit> {
    let step = ctx.sample(format!("step_{t}"), Uniform::new(0.0, 1.0))?;
    ctx.factor(format!("weight_{t}"), 1.2_f64.ln())?;
    Ok(if step.item() < 0.5 { t as f64 } else { dynamic(t + 1, ctx)? })
}

#[test]
fn sites_that_only_some_particles_visit() {
    let model = bind("dynamic", &[], true, |ctx: &mut Ctx| -> Result<f64, Exit> { dynamic(0, ctx) });
    let posterior = Importance::new().draws(4000).seed(0).run_output(&model).unwrap();
    // The weight of t + 1 steps is 1.2^(t + 1) 0.5^(t + 1) = 0.6^(t + 1): the evidence is 0.6 / 0.4.
    let error = 4.0 * (1.0 / posterior.ess() - 1.0 / 4000.0).sqrt();
    assert!((posterior.log_evidence() - 1.5_f64.ln()).abs() < error, "{}", posterior.log_evidence());
    // Geometric with success probability 0.4: mean 1.5, variance 3.75.
    let mean = posterior.output().unwrap().mean();
    assert!((mean - 1.5).abs() < 4.0 * (3.75 / posterior.ess()).sqrt(), "{mean}");

    assert_eq!(posterior.draws().sites().names().collect::<Vec<_>>(), ["step_0"]);
    let text = posterior.get("step_1").unwrap_err().to_string();
    let visited = posterior.get("step_0").unwrap().iter().filter(|&step| step >= 0.5).count();
    assert_eq!(
        text,
        format!("site `step_1` was visited by {visited} of 4000 draws\nhelp: `visiting(\"step_1\")` keeps these draws")
    );
    let visiting = posterior.visiting("step_1").unwrap();
    assert_eq!(visiting.num_draws(), visited);
    // Given one step more, that it is the last one has probability 0.4 again.
    let last = visiting.get("step_1").unwrap().probability(|step| step < 0.5);
    assert!((last - 0.4).abs() < 4.0 * (0.24 / visiting.ess()).sqrt(), "{last}");
    assert_eq!(visiting.output().unwrap().total_draws(), visited);
    let text = serde_json::to_string(&posterior).unwrap();
    assert_eq!(serde_json::from_str::<ImportanceDraws>(&text).unwrap(), posterior);
    assert!(posterior.get("stp_0").unwrap_err().to_string().contains("did you mean `step_0`"));
    let resampled = posterior.resample(50, 1).unwrap();
    let one = resampled.irregular_sites().iter().find(|site| site.name() == "step_1").unwrap();
    for (&draw, value) in one.visits().iter().zip(one.values()) {
        assert!(resampled.get("step_0").unwrap().values()[[draw]] >= 0.5 && value.ndim() == 0);
    }
}

#[test]
fn sites_of_varying_shape() {
    let model = bind("varying", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let size = ctx.sample("size", Uniform::new(1.0, 4.0))?.item() as usize;
        ctx.open_plate("plate", size, None, None)?;
        ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.close_plate();
        Ok(())
    });
    let posterior = Importance::new().draws(20).run(&model).unwrap();
    let text = posterior.get_array("x").unwrap_err().to_string();
    assert!(
        text.starts_with("site `x` has shape [")
            && text.ends_with("help: `draws().irregular_sites()` has them one by one"),
        "{text}"
    );
    assert_eq!(posterior.draws().irregular_sites()[0].visits().len(), 20);
}

#[test]
fn plates_name_the_axes() {
    let model = bind("plates", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.open_plate("outer", 3, None, None)?;
        ctx.open_plate("inner", 2, None, None)?;
        let x = ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.deterministic("y", x * 2.0)?;
        ctx.close_plate();
        ctx.close_plate();
        Ok(())
    });
    let posterior = Importance::new().draws(5).run(&model).unwrap();
    for name in ["x", "y"] {
        let site = posterior.get_array(name).unwrap();
        assert_eq!(site.dims(), [Some("inner".into()), Some("outer".into())]);
        assert_eq!(site.values().shape(), [5, 2, 3]);
    }
}

#[test]
fn impossible_observations_are_named() {
    let model = bind("impossible", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let x = ctx.sample("x", Uniform::new(0.0, 1.0))?;
        ctx.observe("y", Uniform::new(&x, 2.0), -1.0)?;
        ctx.observe("z", Uniform::new(0.0, x), 0.5)?;
        Ok(())
    });
    let text = Importance::new().draws(10).seed(1).run(&model).unwrap_err().to_string();
    assert!(
        text.starts_with(
            "all 10 importance weights are zero: the density is zero at site `y` (in 10 of them), site `z` (in "
        ),
        "{text}"
    );
}

/// The message of a failure with this guide.
fn guided(guide: impl Fn(&mut Ctx) -> Result<(), Exit> + Sync) -> String {
    Importance::new().run_with_guide(&scale(), &bind("guide", &[], true, guide)).unwrap_err().to_string()
}

#[test]
fn misuse_is_reported() {
    let message = |result: crate::Result<ImportanceDraws>| result.unwrap_err().to_string();
    assert_eq!(
        guided(|ctx| {
            ctx.sample("weight", Normal::new(0.0, 1.0))?;
            ctx.sample("wieght", Normal::new(0.0, 1.0))?;
            Ok(())
        }),
        "particle 0: guide: no latent site took `wieght`; sites of the model: `double`, `measurement`, `weight`\n\
         help: did you mean `weight` instead of `wieght`?"
    );
    assert_eq!(
        guided(|ctx| {
            ctx.sample("measurement", Normal::new(0.0, 1.0))?;
            Ok(())
        }),
        "particle 0: site `measurement`: the guide draws this site, but the model observes it"
    );
    assert_eq!(
        guided(|ctx| {
            ctx.sample("weight", Normal::new(Tensor::zeros(3), 1.0))?;
            Ok(())
        }),
        "particle 0: site `weight`: the guide's value has shape [3], but the site has shape [] in the model"
    );
    assert_eq!(
        guided(|ctx| {
            ctx.observe("weight", Normal::new(0.0, 1.0), 0.5)?;
            Ok(())
        }),
        "particle 0: the guide observes site `weight`; only the model may observe"
    );

    assert_eq!(message(Importance::new().draws(0).run(&scale())), "`draws` must be at least 1, got 0");
    assert_eq!(message(Importance::new().threads(0).run(&scale())), "`threads` must be at least 1, got 0");
    let panics = bind("panics", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let x = ctx.sample("x", Uniform::new(0.0, 1.0))?;
        assert!(x < 0.9, "too large");
        Ok(())
    });
    let text = message(Importance::new().draws(200).run(&panics));
    assert!(text.starts_with("particle ") && text.ends_with(": panicked: too large"), "{text}");
    assert_eq!(text, message(Importance::new().draws(200).threads(1).run(&panics)));

    let subsample = bind("subsample", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.open_plate("data", 100, Some(10), None)?;
        ctx.observe("y", Normal::new(0.0, 1.0), Tensor::zeros(10))?;
        ctx.close_plate();
        Ok(())
    });
    assert_eq!(
        message(Importance::new().run(&subsample)),
        "particle 0: site `y`: importance sampling: plate `data` is a subsample, 10 of 100; a weight needs all members"
    );
    let not_a_number = bind("nan", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let x = ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.factor("f", (x.square() * -1.0 - 1.0).ln())?;
        Ok(())
    });
    assert_eq!(
        message(Importance::new().run(&not_a_number)),
        "particle 0: the log density of site `f` of the model is NaN, at the value NaN"
    );
}
