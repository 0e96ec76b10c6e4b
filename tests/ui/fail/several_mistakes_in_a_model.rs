use ppl::prelude::*;
use std::collections::BTreeMap;

// Everything that is right in these models counts as used, and what mentions them compiles.
#[model]
async fn regression(x: &[f64], table: BTreeMap<String, f64>, y: &mut [f64]) -> Tensor {
    let slope = sample!("slope");
    let intercept = sample!("the intercept", Normal::new(0.0, 1.0));
    for (i, &x) in x.iter().enumerate() {
        observe!("y", Normal::new(&slope * x + &intercept, 1.0), y[i]);
    }
    sample!("slope", Normal::new(table["loc"], 1.0), 1.0)
}

#[model]
fn hierarchy(groups: usize, table: BTreeMap<String, f64>) -> Tensor {
    let spread = table["spread"];
    let mean = sample!("", Normal::new(0.0, spread));
    let offset = sample!("offset", Normal::new(0.0, 1.0));
    let all: Vec<Tensor> = (0..groups).map(|g| sample!("group_{g}", Normal::new(&mean, 1.0)) + &offset).collect();
    plate!("row", 3, sub = 2, |rows| {
        factor!("f", all[rows[0]].item(), 1.0);
    });
    let scaled = deterministic!("offset", &mean * 2.0);
    scaled + mean
}

fn main() -> ppl::Result<()> {
    let table = BTreeMap::new();
    let trace = hierarchy(3, table.clone()).trace(0)?;
    trace.get(hierarchy::offset)?;
    let _ = regression(&[], table, &mut []).trace(0)?;
    Ok(())
}
