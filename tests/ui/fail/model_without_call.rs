use ppl::prelude::*;

#[model]
fn weather() -> Tensor {
    sample!("rain", Bernoulli::new(0.3))
}

#[model]
fn harvest(y: f64) {
    let rain = weather();
    let yields = sample!("yields", Normal::new(weather(), 1.0));
    let scaled = weather() * 2.0;
    let shifted = &yields + weather();
    let is_dry = weather() == 0.0;
    if is_dry {
        observe!("y", Normal::new(scaled + shifted, 1.0), weather());
    }
    deterministic!("rain_now", 1.0 - rain);
    observe!("again", Normal::new(&weather() - &yields, 1.0), y);
}

fn main() {}
