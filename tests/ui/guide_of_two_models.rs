use ppl::prelude::*;

#[model]
fn first() {}

#[model]
fn second() {}

#[guide(first, second)]
fn guide_of_both() {}

fn main() {}
