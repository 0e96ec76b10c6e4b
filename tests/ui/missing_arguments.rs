use ppl::prelude::*;

#[model]
fn no_arguments_at_all() {
    sample!();
    observe!();
    param!();
    plate!();
    deterministic!();
    factor!();
    call!();
}

#[model]
fn nothing_after_the_name() {
    sample!("a");
    observe!("b");
    param!("c");
    plate!("d");
    deterministic!("e");
    factor!("f");
}

fn main() {}
