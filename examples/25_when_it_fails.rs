//! What failing inference looks like: a funnel with its divergences, components that change their names, and chains that
//! cannot leave their mode. The book's page "When it fails" says what to do.
//!
//! ```text
//! cargo run --release --example 25_when_it_fails
//! ```

use ppl::bijector::Ordered;
use ppl::distribution::MixtureSameFamily;
use ppl::prelude::*;
use ppl_infer::Init;
use ppl_infer::prelude::*;

/// Neal's funnel: where `log_scale` is low, the neck is narrower than any step.
#[model]
pub fn funnel() {
    let log_scale = sample!("log_scale", Normal::new(0.0, 3.0));
    sample!("x", Normal::new(Tensor::zeros(5), (0.5 * log_scale).exp()).to_event(1));
}

/// The same distribution by standard normal numbers.
#[model]
pub fn without_funnel() {
    let log_scale = sample!("log_scale", Normal::new(0.0, 3.0));
    let z = sample!("z", Normal::new(Tensor::zeros(5), 1.0).to_event(1));
    deterministic!("x", (0.5 * log_scale).exp() * z);
}

/// Two components that nothing tells apart: the density is the same with the means exchanged.
#[model]
pub fn mixture(y: &Tensor) {
    let means = sample!("means", Normal::new([0.0, 0.0], 3.0).to_event(1));
    plate!("n", y.size(), {
        observe!("y", MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Normal::new(means, 1.0)), y);
    });
}

/// The first component is the lower one.
#[model]
pub fn ordered_mixture(y: &Tensor) {
    let means = sample!("means", Normal::new([0.0, 0.0], 3.0).to_event(1)?.transform(Ordered));
    plate!("n", y.size(), {
        observe!("y", MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Normal::new(means, 1.0)), y);
    });
}

/// The square of `x` was measured, and its sign was not: two modes, with nothing between them.
#[model]
pub fn square() {
    let x = sample!("x", Normal::new(0.5, 2.0));
    observe!("y", Normal::new(x.square(), 0.5), 4.0);
}

/// Data of two components, near -2 and 2.
pub fn data() -> Tensor {
    Tensor::from([-2.1, -1.7, -2.6, 2.2, 1.9, 2.4, 1.5, -2.2])
}

/// The sampler of all models.
pub fn nuts() -> Nuts {
    Nuts::new().chains(4).warmup(400).draws(500).seed(0)
}

/// Chains that start on either side, so that what they show does not hang on their seed.
pub fn from_both_orders() -> Nuts {
    nuts().init(Init::per_chain(
        [[-2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [2.0, -2.0]].map(|means| Init::sites([(mixture::means, means)])),
    ))
}

/// The same for the sign of `x`.
pub fn from_both_sides() -> Nuts {
    nuts().init(Init::per_chain([-2.0, 2.0, 2.0, 2.0].map(|x| Init::sites([(square::x, x)]))))
}

/// The draws about the neck, with the divergences. (`plot_pair` shows all draws, of which some lie very far out.)
fn neck(posterior: &Posterior, title: &str) -> Result<plot::Axes> {
    let (x, log_scale) = (posterior.component("x[0]")?, posterior.get("log_scale")?);
    let diverging = posterior.sample_stats().column("diverging")?;
    let points: Vec<(f64, f64)> = x.iter().zip(log_scale.iter()).collect();
    let diverged = || points.iter().zip(diverging.iter()).filter(|(_, flag)| **flag != 0.0).map(|(point, _)| *point);
    let axes = plot::axes().scatter(points.iter().map(|point| point.0), points.iter().map(|point| point.1));
    let axes = axes.scatter(diverged().map(|point| point.0), diverged().map(|point| point.1)).color("black");
    let axes = axes.width(7.0).label("divergence").title(title).x_label("x[0]").y_label("log_scale");
    Ok(axes.x_limits(-12.0, 12.0).y_limits(-10.0, 8.0))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let centred = nuts().run(&funnel())?;
    let non_centred = nuts().run(&without_funnel())?;
    for (name, posterior) in [("funnel", &centred), ("without the funnel", &non_centred)] {
        let lowest = posterior.get("log_scale")?.quantile(0.01);
        println!(
            "{name}: {} divergences, 1 % quantile of log_scale {lowest:.1}",
            posterior.sample_stats().divergences()
        );
    }
    println!("  (of the prior, which is the answer: {:.1})", -3.0 * 2.326);
    let panels = [neck(&centred, "centred")?, neck(&non_centred, "non-centred")?];
    plot::grid(1, 2, panels).save("target/examples/25_when_it_fails_funnel.svg")?;

    let y = data();
    let switched = from_both_orders().run(&mixture(&y))?;
    let ordered = nuts().run(&ordered_mixture(&y))?;
    for (name, posterior) in [("mixture", &switched), ("ordered mixture", &ordered)] {
        println!("{name}: R-hat of means[0] {:.2}", posterior.summary().row("means[0]")?.r_hat);
    }
    let title = "two components without an order";
    plot::plot_trace_dist(&switched).title(title).save("target/examples/25_when_it_fails_label_switching.svg")?;
    let title = "the same data, means in order";
    plot::plot_trace_dist(&ordered).title(title).save("target/examples/25_when_it_fails_ordered.svg")?;

    let stuck = from_both_sides().run(&square())?;
    println!("square: R-hat of x {:.2}", stuck.summary().row("x")?.r_hat);
    for (chain, draws) in stuck.get("x")?.values().outer_iter().enumerate() {
        println!("  chain {chain}: mean {:.2}", draws.mean().unwrap_or(f64::NAN));
    }
    let title = "three chains in one mode, one in the other";
    plot::plot_trace_dist(&stuck).title(title).save("target/examples/25_when_it_fails_stuck.svg")?;
    plot::plot_rank(&stuck).title(title).save("target/examples/25_when_it_fails_stuck_rank.svg")
}
