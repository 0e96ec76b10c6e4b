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
    total = total + call!("named", part(1.0));
    for i in 0..copies {
        total = total + call!("copy_{i}", part(2.0));
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
