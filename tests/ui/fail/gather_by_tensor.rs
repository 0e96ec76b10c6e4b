use ppl::prelude::*;

#[model]
fn by_group(effects: &Tensor, group: &Tensor) {
    deterministic!("x", effects.gather(0, group));
}

fn main() {}
