//! A distribution, a draw, a draw with a name, and their densities: where Pyro's introduction begins.
//!
//! ```text
//! cargo run --release --example 01_draws
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// A draw with a name: `pyro.sample("my_sample", dist.Normal(loc, scale))`.
///
/// Names belong to models, where handlers and inference find the draw by its name. A model is a function under
/// `#[model]`; calling it runs nothing yet, as calling `dist.Normal` draws nothing.
#[model]
pub fn named(loc: &Tensor, scale: &Tensor) -> Tensor {
    sample!("my_sample", Normal::new(loc, scale))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // Mean zero, unit variance. `new` checks the parameters: a negative scale is an error here, not a NaN later.
    let (loc, scale) = (Tensor::from(0.0), Tensor::from(1.0));
    let normal = Normal::new(&loc, &scale)?;

    // There is no global generator that a `manual_seed` would set: who draws gives the seed, and the same seed gives the
    // same number everywhere.
    let x = normal.draw(0)?;
    println!("sample    {x:.4}");
    println!("log prob  {:.4}", normal.log_prob(&x)?);

    // One run of the model, for its value, for the values of all its sites, and for the whole record.
    println!("\nnamed     {:.4}", named(&loc, &scale).output(1)?);
    let draw = named(&loc, &scale).draw(1)?;
    println!("its site  {:.4}", draw["my_sample"]);
    println!("log prob  {:.4}", named(&loc, &scale).log_prob(&draw)?);
    println!("\n{}", named(&loc, &scale).trace(1)?.table());

    let draws = normal.draw_n(2, 1000)?;
    println!("1000 draws: mean {:.3}, sd {:.3}", draws.mean(), draws.std(1));

    let x = Tensor::linspace(-4.0, 4.0, 200);
    let density = normal.prob(&x)?;
    let figure = plot::axes()
        .histogram(draws.to_vec(), 30)
        .label("1000 draws")
        .line(x.to_vec(), density.to_vec())
        .label("density");
    figure.x_label("x").hide_y().save("target/examples/01_draws.svg")
}
