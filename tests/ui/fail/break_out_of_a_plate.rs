use ppl::prelude::*;

#[model]
fn walk(steps: usize) {
    'steps: for t in 0..steps {
        plate!("walker_{t}", 3, {
            let place = sample!("place_{t}", Normal::new(0.0, 1.0));
            if place.max() > 2.0 {
                break 'steps;
            }
            if place.max() < 0.0 {
                continue;
            }
        });
    }
}

fn main() {}
