use ppl::prelude::*;

fn plain() {
    plate!(=> 7 7, "x" fn);
}

fn main() {}
