//! Stochastic functions as arguments and as results: models are values.
//!
//! ```text
//! cargo run --release --example 04_higher_order
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The product of two draws.
#[model]
pub fn normal_product(loc: Tensor, scale: f64) -> Tensor {
    let z1 = sample!("z1", Normal::new(&loc, scale));
    let z2 = sample!("z2", Normal::new(&loc, scale));
    z1 * z2
}

/// A model whose value is a stochastic function, closed over the latent `mu_latent`.
#[model]
pub fn make_normal_normal() -> impl Fn(f64) -> BoxModel<'static, Tensor> {
    let mu_latent = sample!("mu_latent", Normal::new(0.0, 1.0));
    move |scale| normal_product(mu_latent.clone(), scale).boxed()
}

/// Makes such a function and calls it: three sites, of which two lie in the function.
#[model]
pub fn normal_normal() -> Tensor {
    let normal_normal = call!(make_normal_normal());
    call!(normal_normal(1.0))
}

/// A stochastic function as an argument: the difference of two runs of any model, each in a scope of its own.
#[model]
pub fn difference(model: &dyn Model<Output = Tensor>) -> Tensor {
    call!("first", model) - call!("second", model)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // Pyro's `make_normal_normal()(1.)`: the first run draws `mu_latent`, the second the two factors around it.
    let around_one_mean = make_normal_normal().output(0)?;
    println!("one product: {:.3}", around_one_mean(1.0).output(1)?);

    let (trace, product) = normal_normal().trace_output(Key::new(0))?;
    println!("sites {}; value {product:.3}", trace.names().collect::<Vec<_>>().join(", "));

    // E[z1 z2] = E[mu²] = 1: through `mu_latent`, which both share. With a fixed mean of 0 it would be 0.
    let draws = Importance::new().draws(10_000).seed(0).run_output(&normal_normal())?;
    let products = draws.output()?;
    println!("mean of 10,000 products: {:.2} (exact: 1); sd {:.2} (exact: √5 = 2.24)", products.mean(), products.sd());

    // Latents of such functions are found by their names, as all others.
    let factors = normal_normal().condition("z1", 2.0).condition("z2", 2.5);
    let posterior = Importance::new().draws(10_000).seed(0).run(&factors)?;
    println!("mu_latent | z1 = 2, z2 = 2.5: mean {:.2} (exact: 4.5 / 3 = 1.5)", posterior.get("mu_latent")?.mean());

    let model = normal_normal();
    let trace = difference(&model).trace(0)?;
    println!("\n{}", trace.table());

    // The two factors go together, because they share their mean.
    let (z1, z2) = (draws.get("z1")?, draws.get("z2")?);
    let factors = plot::axes().scatter(z1.iter().take(1000), z2.iter().take(1000)).x_label("z1").y_label("z2");
    let products = plot::axes().histogram(products.iter(), 60).x_label("z1 · z2").x_limits(-8.0, 12.0).hide_y();
    plot::grid(1, 2, [factors, products]).save("target/examples/04_higher_order.svg")
}
