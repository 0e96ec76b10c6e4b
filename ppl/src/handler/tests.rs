//! The handlers' laws; models under macros are tested in the root package's `tests/`.

use std::collections::{BTreeMap, HashMap};

use crate::distribution::Normal;
use crate::effect::{Ctx, Exit, Model, bind};
use crate::random::Key;
use crate::site::{Latent, Observed, Site};
use crate::{ModelExt, Result, Tensor};

/// a ~ Normal(0, 1), b ~ Normal(a, 1), y ~ Normal(b, 1) observed at 2.
fn chain() -> impl Model<Output = Tensor> + Clone {
    bind("chain", &[], true, |ctx: &mut Ctx| -> Result<Tensor, Exit> {
        let a = ctx.sample("a", Normal::new(0.0, 1.0))?;
        let b = ctx.sample("b", Normal::new(&a, 1.0))?;
        ctx.observe("y", Normal::new(&b, 1.0), 2.0)?;
        Ok(b)
    })
}

fn log_normal_density(x: f64, loc: f64) -> f64 {
    -0.5 * (x - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn the_density_is_the_sum_of_the_sites() {
    let trace = chain().trace(3).unwrap();
    let (a, b) = (trace.get("a").unwrap().item(), trace.get("b").unwrap().item());
    let expected = log_normal_density(a, 0.0) + log_normal_density(b, a) + log_normal_density(2.0, b);
    assert!((trace.log_density().unwrap().item() - expected).abs() < 1e-12);
    assert!((trace.log_likelihood().unwrap().item() - log_normal_density(2.0, b)).abs() < 1e-12);
}

#[test]
fn a_run_is_determined_by_its_key() {
    assert!(chain().trace(3).unwrap() == chain().trace(3).unwrap());
    assert!(chain().trace(3).unwrap() != chain().trace(4).unwrap());
    assert!(chain().seed(3).trace(9).unwrap() == chain().trace(3).unwrap());
    assert!(chain().seed(3).seed(5).trace(9).unwrap() == chain().trace(3).unwrap());
}

#[test]
fn replaying_a_trace_gives_the_trace() {
    let trace = chain().trace(3).unwrap();
    assert!(chain().replay(trace.clone()).trace(8).unwrap() == trace);
}

#[test]
fn replaying_scores_the_values_of_another_program() {
    let trace = chain().trace(3).unwrap();
    let guide = bind("guide", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.sample("b", Normal::new(3.0, 0.1))?;
        ctx.sample("a", Normal::new(-1.0, 0.1))?;
        Ok(())
    });
    let drawn = guide.trace(7).unwrap();
    let replayed = chain().replay(drawn.clone()).trace(3).unwrap();
    let (a, b) = (drawn.get("a").unwrap().item(), drawn.get("b").unwrap().item());
    let expected = log_normal_density(a, 0.0) + log_normal_density(b, a) + log_normal_density(2.0, b);
    assert!((replayed.log_density().unwrap().item() - expected).abs() < 1e-12);
    // Sites that the trace lacks draw.
    let only_b = chain().replay(chain().block_hide(["a"]).trace(7).unwrap()).trace(3).unwrap();
    assert_eq!(only_b.get("a").unwrap(), trace.get("a").unwrap());
    assert_eq!(only_b.get("b").unwrap(), chain().trace(7).unwrap().get("b").unwrap());
}

#[test]
fn replaying_a_trace_of_another_model_is_an_error() {
    let other = bind("other", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.call(chain())?;
        ctx.sample("c_0", Normal::new(0.0, 1.0))?;
        ctx.sample("d", Normal::new(0.0, 1.0))?;
        Ok(())
    });
    let text = chain().replay(other.trace(0).unwrap()).trace(0).unwrap_err().to_string();
    assert_eq!(text, "replay: no latent site took `c_0`, `d`; sites of the model: `a`, `b`, `y`");
    // Values of other kinds of sites are not given to any.
    let trace = other.condition("c_0", 1.0).condition("d", 1.0).trace(0).unwrap();
    assert!(chain().replay(trace).trace(0).is_ok());
    let text = chain().replay(chain().uncondition("y").trace(0).unwrap()).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `y`: replay: the site is observed here and latent in the trace");
    let text = chain().uncondition("y").replay(chain().trace(0).unwrap()).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `y`: replay: the site is latent here and observed in the trace");
}

#[test]
fn conditioning_gives_the_joint_density() {
    let conditioned = chain().condition("a", 0.5).substitute("b", -1.0).trace(0).unwrap();
    let expected = log_normal_density(0.5, 0.0) + log_normal_density(-1.0, 0.5) + log_normal_density(2.0, -1.0);
    assert!((conditioned.log_density().unwrap().item() - expected).abs() < 1e-12);
    assert_eq!(conditioned.site("a").unwrap().kind.to_string(), "observed");
    assert_eq!(conditioned.site("b").unwrap().kind.to_string(), "latent");
}

#[test]
fn conditioning_does_not_change_the_other_draws() {
    let free = chain().trace(3).unwrap();
    let conditioned = chain().condition("b", 7.0).trace(3).unwrap();
    assert_eq!(free.get("a").unwrap(), conditioned.get("a").unwrap());
}

/// The density of `chain` at a = 0.5, b = −1.
fn density_at_both() -> f64 {
    log_normal_density(0.5, 0.0) + log_normal_density(-1.0, 0.5) + log_normal_density(2.0, -1.0)
}

#[test]
fn many_values_come_as_pairs_or_maps() {
    let density = |model: &dyn Model<Output = Tensor>| model.trace(0).unwrap().log_density().unwrap().item();
    let (a, b): (Site<Latent>, Site<Latent>) = (Site::new("a"), Site::new("b"));
    let pairs = [("a".to_owned(), Tensor::from(0.5)), ("b".to_owned(), Tensor::from(-1.0))];
    let map = BTreeMap::from(pairs.clone());
    let trace = chain().condition_all([(a, 0.5), (b, -1.0)]).uncondition("a").substitute(a, 0.5).trace(0).unwrap();
    assert_eq!(trace.latent_values().map(|(name, value)| (name, value.item())).collect::<Vec<_>>(), [("a", 0.5)]);
    let densities = [
        density(&chain().condition_all([(a, 0.5), (b, -1.0)])),
        density(&chain().condition_all(vec![("b", -1.0), ("a", 0.5)])),
        density(&chain().condition_all(&map)),
        density(&chain().substitute_all(HashMap::from(pairs))),
        density(&chain().substitute_all(map)),
        density(&chain().condition(b, -1.0).substitute_all(trace.latent_values())),
    ];
    assert!(densities.iter().all(|density| (density - density_at_both()).abs() < 1e-12), "{densities:?}");
    let intervened = density(&chain().intervene_all([(a, 0.5), (b, -1.0)]));
    assert!((intervened - log_normal_density(2.0, -1.0)).abs() < 1e-12);
    // No values are none.
    assert!(chain().condition_all(Vec::<(&str, f64)>::new()).trace(3).unwrap() == chain().trace(3).unwrap());
}

#[test]
fn two_values_for_one_site_are_an_error() {
    let text = |model: &dyn Model<Output = Tensor>| model.trace(0).unwrap_err().to_string();
    let twice = [("a", 1.0), ("a", 2.0)];
    assert_eq!(text(&chain().condition_all(twice)), "site `a`: condition: two values were given for the site");
    assert_eq!(text(&chain().substitute_all(twice)), "site `a`: substitute: two values were given for the site");
    assert_eq!(text(&chain().intervene_all(twice)), "site `a`: intervene: two values were given for the site");
}

#[test]
fn unused_values_are_errors() {
    let text = |model: &dyn Model<Output = Tensor>| model.trace(0).unwrap_err().to_string();
    assert_eq!(
        text(&chain().condition("c", 1.0)),
        "condition: no latent site took `c`; sites of the model: `a`, `b`, `y`"
    );
    assert!(text(&chain().substitute("c", 1.0)).starts_with("substitute: no latent or param site took `c`;"));
    assert!(text(&chain().intervene("c", 1.0)).starts_with("intervene: no latent site took `c`;"));
    assert_eq!(
        text(&chain().uncondition("a")),
        "uncondition: no observed site took `a`; sites of the model: `a`, `b`, `y`\n\
         help: `a` is a site of another kind, or hidden by `block` or `intervene`"
    );
    assert_eq!(
        text(&chain().scope("left").condition_all([("elft/a", 1.0), ("a", 2.0), ("left/b", 3.0)])),
        "condition: no latent site took `a`, `elft/a`; sites of the model: `left/a`, `left/b`, `left/y`\n\
         help: did you mean `left/a` instead of `elft/a`?"
    );
}

#[test]
fn a_name_that_a_trace_lacks_is_an_error() {
    let trace = chain().scope("left").trace(0).unwrap();
    assert_eq!(
        trace.get("lef/a").unwrap_err().to_string(),
        "no site of the trace is named `lef/a`; known: `left/a`, `left/b`, `left/y`\nhelp: did you mean `left/a`?"
    );
}

#[test]
fn conditioning_an_observed_site_is_an_error() {
    let text = chain().condition("y", 1.0).trace(0).unwrap_err().to_string();
    let expected = "site `y`: condition: the site is observed\nhelp: `uncondition` it first to give it another value";
    assert_eq!(text, expected);
    assert!(chain().uncondition("y").condition("y", 1.0).trace(0).is_ok());
}

#[test]
fn intervening_removes_the_sites_factor() {
    let trace = chain().intervene("b", -1.0).trace(3).unwrap();
    let a = trace.get("a").unwrap().item();
    assert!(trace.site("b").is_none());
    let expected = log_normal_density(a, 0.0) + log_normal_density(2.0, -1.0);
    assert!((trace.log_density().unwrap().item() - expected).abs() < 1e-12);
    assert_eq!(a, chain().trace(3).unwrap().get("a").unwrap().item());
}

#[test]
fn block_hides_from_the_outside_only() {
    let trace = chain().block_hide(["a"]).trace(3).unwrap();
    assert_eq!(trace.names().collect::<Vec<_>>(), ["b", "y"]);
    assert_eq!(trace.get("b").unwrap(), chain().trace(3).unwrap().get("b").unwrap());
    // Conditioning further in still reaches the site, further out it does not.
    assert!(chain().condition("a", 1.0).block_hide(["a"]).trace(0).is_ok());
    assert!(chain().block_hide(["a"]).condition("a", 1.0).trace(0).is_err());
    // The rest is exposed, or nothing.
    let y: Site<Observed> = Site::new("y");
    let exposed = chain().block_expose([y]).trace(3).unwrap();
    assert_eq!(exposed.names().collect::<Vec<_>>(), ["y"]);
    // A misspelt name would hide nothing, or everything.
    let message =
        "block: no visited site took `aa`; sites of the model: `a`, `b`, `y`\nhelp: did you mean `a` instead of `aa`?";
    assert_eq!(chain().block_hide(["aa"]).trace(0).unwrap_err().to_string(), message);
    assert_eq!(chain().block_expose(["aa"]).trace(0).unwrap_err().to_string(), message);
    let (hidden, value) = chain().block().trace_output(Key::new(3)).unwrap();
    assert_eq!(hidden.names().count(), 0);
    assert_eq!(&value, trace.get("b").unwrap());
}

#[test]
fn scale_and_mask() {
    let plain = chain().trace(3).unwrap().log_density().unwrap().item();
    let scaled = chain().scale(2.0).unwrap().scale(1.5).unwrap().trace(3).unwrap();
    assert!((scaled.log_density().unwrap().item() - 3.0 * plain).abs() < 1e-12);
    assert_eq!(chain().mask(1.0).unwrap().trace(3).unwrap().log_density().unwrap().item(), plain);
    assert_eq!(chain().mask(0.0).unwrap().trace(3).unwrap().log_density().unwrap().item(), 0.0);
    assert!(chain().scale(-1.0).is_err());
    assert!(chain().mask(0.5).is_err());
}

#[test]
fn scopes_prefix_from_the_outside_in() {
    let trace = chain().scope("inner").scope("outer").trace(0).unwrap();
    assert_eq!(trace.names().collect::<Vec<_>>(), ["outer/inner/a", "outer/inner/b", "outer/inner/y"]);
    assert!(chain().scope("s").condition("s/a", 1.0).trace(0).is_ok());
    assert!(chain().condition("a", 1.0).scope("s").trace(0).is_ok());
}

#[test]
fn a_name_used_twice_is_an_error() {
    let twice = bind("twice", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.sample("x", Normal::new(0.0, 1.0))?;
        Ok(())
    });
    let text = twice.trace(0).unwrap_err().to_string();
    assert!(text.starts_with("a second site named `x`"), "{text}");
}

#[test]
fn plates_expand_and_scale() {
    let model = |subsample| {
        bind("plates", &[], true, move |ctx: &mut Ctx| -> Result<(), Exit> {
            ctx.open_plate("outer", 3, None, None)?;
            ctx.open_plate("inner", 4, subsample, None)?;
            ctx.sample("x", Normal::new(0.0, 1.0))?;
            ctx.close_plate();
            ctx.close_plate();
            Ok(())
        })
    };
    let trace = model(None).trace(0).unwrap();
    assert_eq!(trace.get("x").unwrap().shape().to_vec(), [4, 3]);
    let trace = model(Some(2)).trace(0).unwrap();
    let values = trace.get("x").unwrap().to_vec();
    assert_eq!(values.len(), 6);
    let expected: f64 = 2.0 * values.iter().map(|&x| log_normal_density(x, 0.0)).sum::<f64>();
    assert!((trace.log_density().unwrap().item() - expected).abs() < 1e-12);
}

#[test]
fn observations_are_never_broadcast() {
    let model = |data: Tensor| {
        bind("observe", &[], true, move |ctx: &mut Ctx| -> Result<(), Exit> {
            ctx.sample("mu", Normal::new(0.0, 1.0))?;
            ctx.observe("y", Normal::new(Tensor::zeros(3), 1.0), &data)?;
            Ok(())
        })
    };
    assert!(model(Tensor::zeros(3)).trace(0).is_ok());
    for shape in [vec![], vec![1], vec![3, 1], vec![4]] {
        let text = model(Tensor::zeros(shape.clone())).trace(0).unwrap_err().to_string();
        assert!(text.starts_with(&format!("site `y`: value has shape {shape:?}, expected [3]")), "{text}");
        assert!(text.contains("mu"), "the table shows the sites before: {text}");
    }
    let text = model(Tensor::from([0.0, f64::NAN, 1.0])).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `y`: value must be a number, got NaN at [1]\nhelp: leave missing values out, or mask them");
}

#[test]
fn a_batch_that_does_not_fit_its_plates_is_an_error() {
    let model = bind("misfit", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.open_plate("school", 8, None, None)?;
        ctx.sample("theta", Normal::new(Tensor::zeros(3), 1.0))?;
        Ok(())
    });
    let text = model.trace(0).unwrap_err().to_string();
    assert!(
        text.starts_with("site `theta`: Normal has batch shape [3], which does not fit the open plates school = 8"),
        "{text}"
    );
}

#[test]
fn an_unrelated_site_changes_no_draw() {
    let with_more = bind("more", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        ctx.sample("z", Normal::new(0.0, 1.0))?;
        ctx.call(chain())?;
        Ok(())
    });
    let (more, plain) = (with_more.trace(5).unwrap(), chain().trace(5).unwrap());
    for name in ["a", "b"] {
        assert_eq!(more.get(name).unwrap(), plain.get(name).unwrap());
    }
    assert_eq!(Key::new(5), Key { seed: 5, chain: 0, draw: 0 });
}
