use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", 3, {
        sample!("heads", Beta::new(2.0, 2.0));
    });
}

fn main() -> ppl::Result<()> {
    let trace = coins().trace(0)?;
    trace.get(coins::coin)?;
    trace.get(coins::tails)?;
    Ok(())
}
