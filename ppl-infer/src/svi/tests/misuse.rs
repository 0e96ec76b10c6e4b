//! What users do wrong, and what they are told.

use ppl::__private::{Exit, bind};
use ppl::prelude::*;

use super::{Nothing, scale};
use crate::density::Engine;
use crate::svi::{Adam, ParamStore, Svi, SviState};

type Body = Result<(), Exit>;

/// The message of a first step on the model `scale`.
fn with_guide(guide: impl Fn(&mut Ctx) -> Body) -> String {
    step(&scale(), guide)
}

fn step<M: Model>(model: &M, guide: impl Fn(&mut Ctx) -> Body) -> String {
    let guide = bind("guide", &[], true, guide);
    let mut state = Svi::new(Adam::new(0.1)).start().unwrap();
    let before = state.clone();
    let text = state.step(model, &guide).unwrap_err().to_string();
    assert_eq!(state, before, "a step that fails changes nothing");
    text
}

#[test]
fn the_guide_must_have_the_models_sites() {
    assert_eq!(
        with_guide(|ctx| {
            let loc = ctx.param("loc", 0.0, Constraint::Real)?;
            ctx.sample("wieght", Normal::new(loc, 1.0))?;
            Ok(())
        }),
        "step 0: site `weight`: the guide does not draw this latent site of the model; it draws `wieght`"
    );
    assert_eq!(
        with_guide(|ctx| {
            let loc = ctx.param("loc", 0.0, Constraint::Real)?;
            ctx.sample("weight", Normal::new(&loc, 1.0))?;
            ctx.sample("other", Normal::new(&loc, 1.0))?;
            Ok(())
        }),
        "step 0: guide: no latent site took `other`; sites of the model: `measurement`, `weight`"
    );
    assert_eq!(
        with_guide(|ctx| {
            let loc = ctx.param("loc", Tensor::zeros(2), Constraint::Real)?;
            ctx.sample("weight", Normal::new(loc, 1.0))?;
            Ok(())
        }),
        "step 0: site `weight`: the guide's value has shape [2], but the site has shape [] in the model"
    );
    assert_eq!(
        with_guide(|ctx| {
            let loc = ctx.param("loc", 0.0, Constraint::Real)?;
            ctx.sample("weight", Normal::new(&loc, 1.0))?;
            ctx.observe("measurement", Normal::new(loc, 1.0), 9.5)?;
            Ok(())
        }),
        "step 0: the guide observes site `measurement`; only the model may observe"
    );
}

#[test]
fn there_must_be_something_to_learn() {
    assert_eq!(
        with_guide(|ctx| {
            ctx.sample("weight", Normal::new(9.0, 1.0))?;
            Ok(())
        }),
        "step 0: the guide draws latent sites but has no `param!`: there is nothing in it to fit to the posterior\nhelp: to \
         keep a fitted guide fixed, run it `with(params.handler())`"
    );
    assert_eq!(
        with_guide(|ctx| {
            let loc = ctx.param("loc", 9.0, Constraint::Real)?;
            ctx.sample("weight", Normal::new(loc.detach(), 1.0))?;
            Ok(())
        }),
        "step 0: the ELBO has no gradient: it depends on none of the parameters (`loc`)"
    );
    let constant = bind("constant", &[], true, |ctx: &mut Ctx| -> Body {
        ctx.observe("y", Normal::new(0.0, 1.0), 1.0)?;
        Ok(())
    });
    assert_eq!(
        Svi::new(Adam::new(0.1)).run(&constant, &Nothing).unwrap_err().to_string(),
        "step 0: there is nothing to learn: neither the model nor the guide has a `param!`"
    );
}

#[test]
fn draws_must_be_possible() {
    let positive = bind("positive", &[], true, |ctx: &mut Ctx| -> Body {
        ctx.sample("rate", Gamma::new(1.0, 1.0))?;
        Ok(())
    });
    let text = step(&positive, |ctx| {
        let loc = ctx.param("loc", -3.0, Constraint::Real)?;
        ctx.sample("rate", Normal::new(loc, 0.1))?;
        Ok(())
    });
    let start = "step 0: site `rate`: the guide draws a value that the model's support (positive) does not hold: -";
    assert!(text.starts_with(start), "{text}");
    // What the model makes of it first is not to blame.
    let counts = bind("counts", &[], true, |ctx: &mut Ctx| -> Body {
        let rate = ctx.sample("rate", Gamma::new(1.0, 1.0))?;
        ctx.observe("y", Poisson::new(rate), 3.0)?;
        Ok(())
    });
    for engine in [Engine::Recorded, Engine::Tape] {
        let guide = bind("guide", &[], true, |ctx: &mut Ctx| -> Body {
            let loc = ctx.param("loc", -3.0, Constraint::Real)?;
            ctx.sample("rate", Normal::new(loc, 0.1))?;
            Ok(())
        });
        let text = Svi::new(Adam::new(0.1)).engine(engine).run(&counts, &guide).unwrap_err().to_string();
        assert!(text.starts_with(start), "{text}");
    }
    // The first draws are positive, a later one is not.
    let guide = bind("guide", &[], true, |ctx: &mut Ctx| -> Body {
        let loc = ctx.param("loc", 1.0, Constraint::Real)?;
        ctx.sample("rate", Normal::new(loc, 0.6))?;
        Ok(())
    });
    let text = Svi::new(Adam::new(0.01)).seed(1).run(&positive, &guide).unwrap_err().to_string();
    assert!(text.contains(&start[7..]) && !text.starts_with("step 0"), "{text}");
    let text = step(&positive, |ctx| {
        let rate = ctx.param("r", 1.0, Constraint::Positive)?;
        ctx.sample("rate", Poisson::new(rate))?;
        Ok(())
    });
    assert_eq!(
        text,
        "step 0: site `rate`: the guide draws it from Poisson, which is discrete, and in the model it has Gamma, \
         which is continuous"
    );
}

#[test]
fn densities_and_gradients_must_be_finite() {
    let loc = |ctx: &mut Ctx| ctx.param("loc", 0.5, Constraint::Real);
    let normal = |ctx: &mut Ctx| -> Body {
        let loc = loc(ctx)?;
        ctx.sample("x", Normal::new(loc, 1.0))?;
        Ok(())
    };
    let nan = bind("nan", &[], true, |ctx: &mut Ctx| -> Body {
        let x = ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.factor("f", (x.square() * -1.0 - 1.0).ln())?;
        Ok(())
    });
    assert_eq!(step(&nan, normal), "step 0: the log density of site `f` of the model is NaN, at the value NaN");
    let negative_scale = |ctx: &mut Ctx| -> Body {
        let scale = ctx.param("scale", -1.0, Constraint::Real)?;
        ctx.sample("weight", Normal::new(9.0, scale))?;
        Ok(())
    };
    let text = with_guide(negative_scale);
    assert_eq!(
        text,
        "step 0: site `weight`: Normal: `scale` must be positive, got -1, which is the parameter `scale`\nhelp: keep it \
         positive by `param!(\"scale\", .., Constraint::Positive)`"
    );
    // As the scale of the model's data, and made of the parameter; found when the parameter has moved there, too.
    let data = |start: f64, of: f64| {
        bind("data", &[], true, move |ctx: &mut Ctx| -> Body {
            let scale = ctx.param("spread", start, Constraint::Real)?;
            ctx.observe("y", Normal::new(0.0, scale * of), 0.0)?;
            Ok(())
        })
    };
    for engine in [Engine::Recorded, Engine::Tape] {
        let run = |start, of| {
            let svi = Svi::new(Adam::new(0.2)).steps(100).engine(engine);
            svi.run(&data(start, of), &Nothing).unwrap_err().to_string()
        };
        let text = run(0.5, 1.0);
        let named = ", which is the parameter `spread`\nhelp: keep it positive by `param!(\"spread\", .., Constraint::Positive)`";
        assert!(
            text.contains("site `y`: Normal: `scale` must be positive, got -0.") && text.ends_with(named),
            "{text}"
        );
        let text = run(0.5, 2.0);
        let general = ", computed in the model\nhelp: keep it positive by `.exp()` or `.softplus()`";
        assert!(
            text.contains("site `y`: Normal: `scale` must be positive, got -") && text.ends_with(general),
            "{text}"
        );
    }
    // The slope of a · 10⁴⁰⁰ is no number, its value at 0 is.
    let steep = bind("steep", &[], true, |ctx: &mut Ctx| -> Body {
        let a = ctx.param("a", 0.0, Constraint::Real)?;
        ctx.factor("f", a * 1e200 * 1e200)?;
        Ok(())
    });
    let text = Svi::new(Adam::new(0.1)).run(&steep, &Nothing).unwrap_err().to_string();
    assert_eq!(text, "step 0: the gradient of the ELBO by parameter `a` is inf, at the value 0");
}

#[test]
fn parameters_must_be_declared_alike() {
    let model = |start: f64, constraint: Constraint| {
        bind("model", &[], true, move |ctx: &mut Ctx| -> Body {
            let a = ctx.param("a", start, constraint.clone())?;
            ctx.observe("y", Normal::new(a, 1.0), 1.0)?;
            Ok(())
        })
    };
    let message = |result: crate::Result<f64>| result.unwrap_err().to_string();
    let mut state = Svi::new(Adam::new(0.1)).start().unwrap();
    assert_eq!(
        message(state.step(&model(-1.0, Constraint::Positive), &Nothing)),
        "step 0: site `a`: value must be positive, got -1"
    );
    assert_eq!(
        message(state.step(&model(0.0, Constraint::NonNegative), &Nothing)),
        "step 0: site `a`: value must be finite, non-negative and not at an end, got 0"
    );
    state.step(&model(1.0, Constraint::Positive), &Nothing).unwrap();
    assert_eq!(
        message(state.step(&model(1.0, Constraint::Real), &Nothing)),
        "step 1: site `a`: param: the constraint was `positive` before and is `real` here; it must be the same in every \
         run"
    );
    let mut state: SviState<Adam> = Svi::new(Adam::new(0.1)).start().unwrap();
    state.step(&model(1.0, Constraint::LessThan(3.0.into())), &Nothing).unwrap();
    assert_eq!(
        message(state.step(&model(1.0, Constraint::LessThan(2.0.into())), &Nothing)),
        "step 1: site `a`: param: the bound of the constraint was `less than 3` before and is `less than 2` here; it \
         must be the same in every run"
    );
    let mut params = ParamStore::new();
    params.insert("a", [1.0, 2.0], Constraint::Real).unwrap();
    let mut state = Svi::new(Adam::new(0.1)).start_from(params).unwrap();
    assert_eq!(
        message(state.step(&model(1.0, Constraint::Real), &Nothing)),
        "step 0: site `a`: param: the shape was [2] before and is [] here; it must be the same in every run"
    );
}

#[test]
fn plates_must_agree() {
    let model = bind("model", &[], true, |ctx: &mut Ctx| -> Body {
        ctx.open_plate("data", 10, Some(2), None)?;
        ctx.sample("z", Normal::new(0.0, 1.0))?;
        ctx.close_plate();
        Ok(())
    });
    assert_eq!(
        step(&model, |ctx| {
            let loc = ctx.param("loc", Tensor::zeros(2), Constraint::Real)?;
            ctx.sample("z", Normal::new(loc, 1.0))?;
            Ok(())
        }),
        "step 0: site `z`: plate `data` takes 2 of its 10 members, and model and guide do not both have the site \
         in that plate, with the same subsample: their densities would count differently often"
    );
}

#[test]
fn settings_are_checked() {
    assert_eq!(
        Svi::new(Adam::new(-0.1)).start().unwrap_err().to_string(),
        "`learning_rate` must be positive and finite, got -0.1"
    );
    assert_eq!(
        Svi::new(Adam::new(0.1)).num_particles(0).run(&scale(), &Nothing).unwrap_err().to_string(),
        "`num_particles` must be at least 1, got 0"
    );
}
