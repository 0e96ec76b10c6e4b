use ppl::prelude::*;

#[model]
fn forever() -> ! {
    loop {}
}

fn main() {
    let _ = forever().trace(0);
}
