use ppl::prelude::*;

#[model]
fn coins(tosses: &mut Vec<Tensor>, (count, _): (&mut usize, f64)) {
    *count += 1;
    tosses.push(sample!("heads", Beta::new(2.0, 2.0)));
}

fn main() {
    let _ = coins(&mut vec![], (&mut 0, 0.0)).trace(0);
}
