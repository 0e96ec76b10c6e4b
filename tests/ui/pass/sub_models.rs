//! Models that call models: themselves, others, under a scope, in loops.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn geometric(p: f64, trial: usize) -> usize {
    let success = sample!("success_{trial}", Bernoulli::new(p));
    if success == 1.0 || trial == 50 { trial } else { call!(geometric(p, trial + 1)) }
}

#[model]
fn child(loc: &Tensor) -> Tensor {
    sample!("x", Normal::new(loc, 1.0))
}

#[model]
fn generic(inner: impl Model<Output = Tensor> + Clone) -> Tensor {
    call!("inner", &inner) + call!("again", inner)
}

#[model]
fn parent(n: usize) -> Vec<Tensor> {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    let mut all = vec![call!(child(&loc))];
    for i in 0..n {
        all.push(call!("child_{i}", child(&loc)));
    }
    let scoped = call!("outer", generic(child(&sample!("own", Normal::new(loc, 1.0)))));
    all.push(scoped);
    all
}

fn main() -> ppl::Result<()> {
    let (trace, trials) = geometric(0.3, 0).trace_output(Key::new(1))?;
    assert_eq!(trace.sites().len(), trials + 1);
    let (trace, all) = parent(2).trace_output(Key::new(0))?;
    assert_eq!(
        trace.names().collect::<Vec<_>>(),
        ["loc", "x", "child_0/x", "child_1/x", "own", "outer/inner/x", "outer/again/x"]
    );
    assert_eq!(all.len(), 4);
    assert!(parent::OPEN && geometric::OPEN && !child::OPEN);
    assert_eq!(parent::SITES.len(), 2);
    Ok(())
}
