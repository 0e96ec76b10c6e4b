use ppl::prelude::*;

#[model]
struct Scale {
    guess: f64,
}

fn main() {
    let _ = Scale { guess: 8.5 }.guess;
}
