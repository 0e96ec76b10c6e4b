//! Batch shape, event shape, sample shape: the same as in `torch.distributions`.
//!
//! ```text
//! shape of a draw = sample shape ++ batch shape ++ event shape
//! ```
//!
//! * The *event* is one draw of one distribution: `[]` for a number, `[2]` for a vector of two that depend on each other.
//! * The *batch* are distributions side by side, independent and each with its own parameters.
//! * The *sample shape* is how many draws of all of that a call asks for.
//!
//! ```text
//! cargo run --release --example 09_shapes
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// Three means in the plane, one a batch member.
pub fn loc() -> Tensor {
    Tensor::from([[0.0, 0.0], [4.0, 2.0], [-3.0, 4.0]])
}

/// A batch of three normal distributions of vectors. They share a covariance matrix: the batch comes of `loc`.
pub fn multivariate() -> ppl::Result<MultivariateNormal> {
    MultivariateNormal::new(loc(), [[1.0, 0.8], [0.8, 1.0]])
}

/// A batch of 3 × 2 normal distributions of numbers.
pub fn univariate() -> ppl::Result<Normal> {
    Normal::new(loc(), 1.0)
}

/// `Independent(normal, 1)`: the last batch axis is part of the event.
pub fn independent() -> ppl::Result<Independent<Normal>> {
    univariate().to_event(1)
}

/// Both in a model: sites of vectors, with a plate for the batch, and of numbers, with two.
#[model]
pub fn both() {
    plate!("cluster", 3, {
        sample!("correlated", multivariate());
        sample!("independent", independent());
    });
    plate!("coordinate", 2, {
        plate!("member", 3, { sample!("number", univariate()) });
    });
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (multivariate, univariate, independent) = (multivariate()?, univariate()?, independent()?);
    let all: [(&str, &dyn Distribution); 3] =
        [("MultivariateNormal", &multivariate), ("Normal", &univariate), ("Independent(Normal, 1)", &independent)];
    println!("{:<24}{:<8}{:<8}{:<8}{:<14}log_prob of a draw", "", "batch", "event", "draw", "draws [100]");
    for (name, distribution) in all {
        let (draw, draws) = (distribution.draw(0)?, distribution.draw_n(0, [100])?);
        println!(
            "{name:<24}{:<8}{:<8}{:<8}{:<14}{}",
            distribution.batch_shape().to_string(),
            distribution.event_shape().to_string(),
            draw.shape().to_string(),
            draws.shape().to_string(),
            distribution.log_prob(&draw)?.shape(),
        );
    }

    // An event is counted as a whole: the density of `Independent` is the sum over what has joined its event.
    let x = univariate.draw(0)?;
    println!("\nNormal       {:.3}", univariate.log_prob(&x)?);
    println!("Independent  {:.3}", independent.log_prob(&x)?);

    // In a model plates are batch axes, and the table shows what stands where.
    println!("\n{}", both().trace(0)?.table());

    // 300 draws of all members: the first coordinate against the second, a colour a member.
    let members = (0..300).flat_map(|_| ["member 0", "member 1", "member 2"]);
    let scatter = |draws: &Tensor, title: &str| {
        let (x, y) = (draws.index(-1, 0), draws.index(-1, 1));
        plot::axes()
            .scatter_by(x.to_vec(), y.to_vec(), members.clone())
            .title(title)
            .x_label("x[…, 0]")
            .y_label("x[…, 1]")
    };
    let panels = [
        scatter(&multivariate.draw_n(0, 300)?, "MultivariateNormal"),
        scatter(&independent.draw_n(0, 300)?, "Independent(Normal, 1)"),
    ];
    plot::grid(1, 2, panels).save("target/examples/09_shapes.svg")
}
