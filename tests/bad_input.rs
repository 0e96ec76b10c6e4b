//! scratch
use ppl::prelude::*;
use ppl_infer::{Hmc, Nuts};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

fn nuts() -> Nuts {
    Nuts::new().chains(2).warmup(20).draws(20).progress(false)
}

#[model]
fn mean(size: usize, y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    plate!("n", size, {
        observe!("y", Normal::new(mu, 1.0), y);
    });
}
#[model]
fn scaled(sd: f64) {
    let x = sample!("x", Normal::new(0.0, sd));
    observe!("y", Normal::new(x, 1.0), 0.5);
}
#[model]
fn infinite() {
    let x = sample!("x", Normal::new(0.0, 1.0));
    factor!("w", f64::NEG_INFINITY * x.exp());
}
#[model]
fn badgrad() {
    let x = sample!("x", Exponential::new(1.0));
    factor!("w", (x - 1e9).sqrt());
}
#[model]
fn coin() {
    let z = sample!("z", Bernoulli::new(0.5));
    let x = sample!("x", Normal::new(z, 1.0));
    observe!("y", Normal::new(x, 1.0), 0.5);
}
#[model]
fn sub(y: &Tensor) {
    let x = sample!("x", Normal::new(0.0, 1.0));
    plate!("n", 5, subsample = 2, |i| {
        observe!("y", Normal::new(x, 1.0), y.gather(0, &i));
    });
}
#[model]
fn dup() {
    for i in 0..3 {
        let j = i / 2;
        sample!("x_{j}", Normal::new(0.0, 1.0));
    }
}
#[model]
fn changing() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    if a > 0.0 {
        sample!("b", Normal::new(0.0, 1.0));
    }
}
#[model]
fn changing2() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    if a > 0.0 {
        sample!("b", Normal::new(0.0, 1.0));
    } else {
        sample!("c", Normal::new(0.0, 1.0));
    }
}
#[model]
fn nothing() {
    observe!("y", Normal::new(0.0, 1.0), 0.5);
}
#[model]
fn panics(counter: &AtomicUsize) {
    let x = sample!("x", Normal::new(0.0, 1.0));
    if counter.fetch_add(1, Ordering::Relaxed) == 100 {
        panic!("boom at {}", x.item());
    }
}
#[model]
fn index(y: &Tensor) {
    let x = sample!("x", Normal::new(Tensor::zeros(3), 1.0));
    let m = x + y;
    factor!("f", m.sum());
}
#[model]
fn open() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    for i in 0..2 {
        sample!("z_{i}", Normal::new(&a, 1.0));
    }
}

#[test]
fn print() {
    let y = Tensor::from([1.0, f64::NAN, 2.0]);
    let show = |what: &str, run: &dyn Fn() -> ppl_infer::Result<ppl_infer::Posterior>| match catch_unwind(
        AssertUnwindSafe(run),
    ) {
        Ok(Ok(p)) => println!("== {what}\nOK chains {:?} failed {:?}", p.chain_numbers(), p.failed_chains()),
        Ok(Err(e)) => println!("== {what}\n{e}"),
        Err(_) => println!("== {what}\nPANICKED"),
    };
    show("nan", &|| nuts().run(&mean(&y, 3)));
    show("inf", &|| nuts().run(&mean(&[f64::INFINITY, 1.0].into(), 2)));
    show("shape", &|| nuts().run(&mean(&[1.0, 2.0].into(), 3)));
    show("scalar data", &|| nuts().run(&mean(&2.0.into(), 3)));
    show("empty data", &|| nuts().run(&mean(&Tensor::zeros(0), 0)));
    show("negscale", &|| nuts().run(&scaled(-1.0)));
    show("nanscale", &|| nuts().run(&scaled(f64::NAN)));
    show("infinite", &|| nuts().run(&infinite()));
    show("badgrad", &|| nuts().run(&badgrad()));
    show("zero draws", &|| nuts().draws(0).run(&scaled(1.0)));
    show("zero chains", &|| nuts().chains(0).run(&scaled(1.0)));
    show("zero warmup", &|| nuts().warmup(0).run(&scaled(1.0)));
    show("one draw", &|| nuts().draws(1).run(&scaled(1.0)));
    show("discrete", &|| nuts().run(&coin()));
    show("discrete hmc", &|| Hmc::new().progress(false).run(&coin()));
    show("subsample", &|| nuts().run(&sub(&Tensor::zeros(5))));
    show("dup", &|| nuts().run(&dup()));
    show("changing", &|| nuts().run(&changing()));
    show("changing2", &|| nuts().run(&changing2()));
    show("nothing", &|| nuts().run(&nothing()));
    let c = AtomicUsize::new(0);
    show("panics", &|| nuts().threads(1).run(&panics(&c)));
    show("index", &|| nuts().run(&index(&Tensor::zeros(4))));
    show("unused condition", &|| nuts().run(&open().condition("z_7", 0.0)));
    show("unused condition2", &|| nuts().run(&scaled(1.0).condition("y", 0.0)));
    show("unused substitute", &|| nuts().run(&scaled(1.0).substitute("tau", 0.0)));
    show("cond shape", &|| nuts().run(&open().condition("z_1", [0.0, 1.0])));
    show("cond outside", &|| nuts().run(&coin().condition("z", 0.5)));
    show("init", &|| nuts().init(ppl_infer::chain::Init::Value(vec![0.0])).run(&open()));
    show("ok", &|| nuts().run(&open()));
    let p = nuts().run(&open()).unwrap();
    println!("{}", p.get("z_3").unwrap_err());
    println!("{}", p.summary().row("z").unwrap_err());
}
