use ppl::prelude::*;

#[model]
fn coin() {
    let fairness = sample!("fairness", Beta::new(2.0, 2.0), 1.0);
    observe!("heads", Bernoulli::new(&fairness), 1.0, 2.0);
    let a = param!("a", 1.0, Constraint::Positive, 3.0);
    let b = deterministic!("b", a, 1.0);
    factor!("c", b, 1.0);
}

fn main() {}
