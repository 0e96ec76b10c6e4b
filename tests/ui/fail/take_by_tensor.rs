use ppl::prelude::*;

#[model]
fn by_group(effects: &Tensor, group: &Tensor) {
    deterministic!("x", effects.take(0, group));
}

fn main() {}
