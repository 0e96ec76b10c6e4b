//! Distributions, as the tour of TensorFlow Probability shows them: draws, densities, batches, broadcasting.
//!
//! ```text
//! cargo run --release --example 15_distributions
//! ```

use ppl::distribution::{LKJ, MultivariateNormal};
use ppl::prelude::*;
use ppl_infer::prelude::*;

/// Three normal distributions side by side.
pub fn three_normals() -> ppl::Result<Normal> {
    Normal::new([-5.0, 0.0, 5.0], [1.0, 2.0, 0.5])
}

/// `MultivariateNormalDiag`: independent coordinates, as one event of two numbers.
pub fn diagonal() -> ppl::Result<impl Distribution> {
    Normal::new([0.0, 1.0], [1.0, 3.0]).to_event(1)
}

/// A batch of LKJ distributions of correlation matrices with ten rows: the larger the concentration, the smaller the
/// correlations.
pub fn correlations() -> ppl::Result<LKJ> {
    LKJ::new(10, [1.5, 10.0, 50.0])
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let normal = Normal::new(0.0, 1.0)?;
    let draws = normal.draw_n(0, 1000)?;
    println!("1000 draws: mean {:.3}, sd {:.3}", draws.mean(), draws.std(1));
    println!("log density at 0: {:.4}; at three points: {:.4}", normal.log_prob(&Tensor::from(0.0))?, {
        normal.log_prob(&Tensor::from([-1.0, 0.0, 2.0]))?
    });

    let normals = three_normals()?;
    println!("\na batch of shape {}", normals.batch_shape());
    for sample_shape in [Shape::from(1000), Shape::from([10, 10, 10])] {
        println!("  draws of sample shape {sample_shape}: {}", normals.draw_n(1, sample_shape)?.shape());
    }
    // One number for all members; one for each; two for each, by an axis in front.
    for x in [Tensor::from(0.0), Tensor::from([-5.0, 0.0, 5.0]), Tensor::from([[-5.0, 0.0, 5.0], [0.0, 0.0, 0.0]])] {
        println!("  log densities of a value of shape {}: {}", x.shape(), normals.log_prob(&x)?.shape());
    }
    // Shapes that do not fit are an error, and not a guess.
    let error = normals.log_prob(&Tensor::from([0.0, 1.0])).expect_err("two values for three members");
    println!("  of two values: {error}");

    let diagonal = diagonal()?;
    println!("\nMultivariateNormalDiag: batch {}, event {}", diagonal.batch_shape(), diagonal.event_shape());
    let same = MultivariateNormal::new([0.0, 1.0], [[1.0, 0.0], [0.0, 9.0]])?;
    let x = Tensor::from([0.3, -2.0]);
    println!(
        "  log density {:.6}, with a diagonal covariance matrix {:.6}",
        diagonal.log_prob(&x)?,
        same.log_prob(&x)?
    );

    // Densities over histograms of the draws.
    let (many, x) = (normals.draw_n(2, 10_000)?, Tensor::linspace(-8.0, 8.0, 400));
    let density = normals.prob(&x.unsqueeze(-1))?;
    let mut axes = plot::axes();
    for member in 0..3 {
        axes = axes.histogram(many.index(-1, member).to_vec(), 40);
    }
    for (member, label) in ["Normal(−5, 1)", "Normal(0, 2)", "Normal(5, 0.5)"].into_iter().enumerate() {
        axes = axes.line(x.to_vec(), density.index(-1, member).to_vec()).label(label);
    }
    axes.x_label("x").hide_y().save("target/examples/15_distributions.svg")?;

    // A draw of each member, as heat maps.
    let draws = correlations()?.draw(3)?;
    let panels = [1.5, 10.0, 50.0].into_iter().enumerate().map(|(member, concentration)| {
        plot::heat_map(&draws.get(member)).limits(-1.0, 1.0).title(format!("LKJ(10, {concentration})"))
    });
    plot::grid(1, 3, panels).save("target/examples/15_distributions_lkj.svg")
}
