//! Models that run others: by call, by scope, as an argument.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn part(mean: f64) -> Tensor {
    sample!("x", Normal::new(mean, 1.0))
}

#[model]
fn whole(copies: usize) -> Tensor {
    let mut total = call!(part(0.0));
    total += call!("named", part(1.0));
    for i in 0..copies {
        total += call!("copy_{i}", part(2.0));
    }
    // A model is a value: it can be conditioned, or be an argument.
    call!("fixed", part(3.0).condition(part::x, 7.0));
    call!("given", wrapper(part(4.0)));
    deterministic!("total", total)
}

#[model]
fn wrapper<M: Model + Clone>(inner: M) -> M::Output {
    call!(inner)
}

#[model]
fn make_part() -> impl Model<Output = Tensor> {
    let mean = sample!("mean", Normal::new(0.0, 1.0));
    part(mean.item())
}

/// A model that is chosen while another one runs.
#[model]
fn make_either() -> Box<dyn Model<Output = Tensor>> {
    let heads = sample!("heads", Bernoulli::new(0.5));
    if heads == 1.0 { Box::new(part(10.0)) } else { Box::new(wrapper(part(-10.0))) }
}

#[model]
fn made() -> Tensor {
    let inner = call!(make_part());
    let first = call!("first", &inner);
    let either = call!(make_either());
    call!("either", &either);
    first - call!("second", inner)
}

#[test]
fn models_return_models() {
    let model = made().substitute_all([("mean", 2.0), ("heads", 0.0)]);
    let (trace, difference) = model.trace_output(Key::new(0)).unwrap();
    assert_eq!(trace.names().collect::<Vec<_>>(), ["mean", "first/x", "heads", "either/x", "second/x"]);
    let value = |name: &str| trace.get(name).unwrap().item();
    assert_eq!(difference.item(), value("first/x") - value("second/x"));
    // The models that were returned kept their arguments.
    let log_density = |x: f64, mean: f64| -0.5 * ((x - mean).powi(2) + (2.0 * std::f64::consts::PI).ln());
    for (name, mean) in [("first/x", 2.0), ("second/x", 2.0), ("either/x", -10.0)] {
        let found = trace.site(name).unwrap().log_prob().unwrap().item();
        assert!((found - log_density(value(name), mean)).abs() < 1e-12, "{name}");
    }
}

#[test]
fn passes() {
    let trace = whole(2).trace(0).unwrap();
    assert_eq!(
        trace.names().collect::<Vec<_>>(),
        ["x", "named/x", "copy_0/x", "copy_1/x", "fixed/x", "given/x", "total"]
    );
    assert_eq!(trace.get("fixed/x").unwrap().item(), 7.0);
    let names: Vec<&str> = whole::SITES.iter().map(|site| site.name).collect();
    assert_eq!(names, ["total"]);
    const { assert!(whole::OPEN) };
}
