//! Models under the macros: what they expand to runs, and the handlers see what they should.

use ppl::prelude::*;

/// A scale that errs, with a documented model.
#[model]
#[must_use]
fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

#[model]
#[allow(clippy::useless_vec, reason = "sites inside `vec!` are what is tested")]
fn everything(data: Option<Tensor>, (low, high): (f64, f64)) -> f64 {
    let a = param!("a", low, Constraint::Real);
    let nested = sample!("outer", Normal::new(sample!("inner", Normal::new(&a, 1.0)), 1.0));
    let parts = vec![sample!("first", Normal::new(0.0, 1.0)), sample!("second", Normal::new(0.0, 1.0))];
    assert!(sample!("checked", Normal::new(0.0, 1.0)).item().is_finite());
    plate!("row", 3, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(z + &nested, 1.0), data);
    });
    for t in 0..2 {
        sample!("walk_{t}", Normal::new(0.0, 1.0));
    }
    if nested > high {
        sample!("branch", Normal::new(0.0, 1.0));
        return 1.0;
    } else {
        sample!("branch", Normal::new(0.0, 2.0));
    }
    let total = deterministic!("total", &parts[0] + &parts[1]);
    factor!("weight", 0.5 * &total);
    "2.5".parse::<f64>()?;
    call!("child", scale(0.0));
    total.item()
}

#[test]
fn sites_are_visited_in_order_and_typed() {
    let trace = everything(None, (0.5, 100.0)).trace(1).unwrap();
    let names: Vec<&str> = trace.names().collect();
    assert_eq!(
        names,
        [
            "a",
            "inner",
            "outer",
            "first",
            "second",
            "checked",
            "z",
            "y",
            "walk_0",
            "walk_1",
            "branch",
            "total",
            "weight",
            "child/weight",
            "child/measurement"
        ]
    );
    assert_eq!(everything::SITES.len(), 12);
    const { assert!(everything::OPEN) };
    assert_eq!(trace.get(everything::y).unwrap().shape().to_vec(), [3]);
    assert_eq!(scale::SITES.iter().map(|site| site.name).collect::<Vec<_>>(), ["weight", "measurement"]);
    const { assert!(!scale::OPEN) };
    // The other branch returns early.
    let trace = everything(None, (0.5, -100.0)).trace(1).unwrap();
    assert_eq!(trace.names().last(), Some("branch"));
}

#[model]
fn geometric(p: f64, trial: usize) -> usize {
    let u = sample!("u_{trial}", Normal::new(0.0, 1.0));
    if u > p { trial } else { call!(geometric(p, trial + 1)) }
}

#[test]
fn recursion() {
    let (trace, output) = geometric(0.5, 0).trace_output(Key::new(4)).unwrap();
    assert_eq!(trace.sites().len(), output + 1);
}

#[model]
fn early(stop: bool) -> f64 {
    plate!("n", 3, {
        sample!("x", Normal::new(0.0, 1.0));
        if stop {
            return 1.0;
        }
    });
    2.0
}

#[model]
fn after_early() {
    call!(early(true));
    sample!("scalar", Normal::new(0.0, 1.0));
}

#[test]
fn an_early_return_closes_its_plates() {
    let trace = after_early().trace(0).unwrap();
    assert_eq!(trace.get(after_early::scalar).unwrap().rank(), 0);
}

#[guide(scale)]
fn scale_guide() {
    let loc = param!("loc", 9.0);
    sample!("weight", Normal::new(&loc, 0.5));
    sample!("measurement", Normal::new(&loc, 0.5));
}

#[test]
fn a_guide_is_a_model() {
    assert_eq!(scale_guide().trace(0).unwrap().sites().len(), 3);
}

#[test]
fn an_error_of_the_users_own_leaves_the_model() {
    #[model]
    fn parses(text: &str) -> f64 {
        text.parse::<f64>()?
    }
    assert_eq!(parses("1.5").trace_output(Key::new(0)).unwrap().1, 1.5);
    assert_eq!(parses("x").trace(0).unwrap_err().to_string(), "invalid float literal");
}

/// A random walk, whose steps are looked up by typed names.
#[model]
fn walk(steps: usize) {
    let mut level = Tensor::from(0.0);
    for t in 0..steps {
        level = sample!("level_{t}", Normal::new(level, 1.0));
    }
    deterministic!("last", level);
}

/// Their kinds are checked by the compiler, and the index when they are used.
#[test]
fn sites_in_loops_are_looked_up_in_results() {
    use ppl_infer::prelude::*;

    let model = walk(3).condition(walk::level(0), 1.0);
    let posterior = Nuts::new().chains(1).warmup(20).draws(10).seed(0).progress(false).run(&model).unwrap();
    assert!(posterior.get(walk::level(2)).is_ok());
    let outside = posterior.get(walk::level(3)).unwrap_err().to_string();
    assert!(outside.contains("`level_3`"), "{outside}");
}
