// Only the mistakes are reported: imports, variables and functions that serve wrong sites count as used.
#![deny(warnings)]

use ppl::distribution::{Beta, Normal};
use ppl::{Tensor, model, observe, plate, sample};

fn hyperparameter() -> f64 {
    2.0
}

#[model]
fn coins(data: Tensor) -> Tensor {
    let concentration = hyperparameter();
    let fairness = sample!("the fairness", Beta::new(concentration, concentration));
    let shift = 0.5;
    let noise = sample!("noise", Normal::new(shift, 1.0), 3.0);
    plate!("coin", 3, {
        observe!(Normal::new(&fairness + &noise, 1.0), data);
    });
    fairness
}

fn main() -> ppl::Result<()> {
    use ppl::ModelExt;

    let trace = coins(Tensor::from(1.0)).trace(0)?;
    let noise: &Tensor = trace.get(coins::noise)?;
    assert_eq!(noise.size(), 1);
    Ok(())
}
