//! Generalised linear models, as `tfp.glm.fit` and R's `glm` fit them: maximum likelihood with standard errors and deviance,
//! and the posterior of the same model beside it.
//!
//! Under flat priors the mode is the maximum of the likelihood, and the curvature there is the information of which
//! Fisher scoring makes standard errors: with the canonical links, which these have, observed and expected information are one.
//!
//! ```text
//! cargo run --release --example 20_generalised_linear_models
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

// ANCHOR: models
/// R's `glm(counts ~ outcome + treatment, family = poisson())`: the logarithm of the mean is linear.
#[model]
pub fn poisson_glm(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Flat::new([x.shape()[1]]).to_event(1));
    plate!("row", y.len(), { observe!("y", Poisson::log_glm(x, 0.0, beta), y) });
}

/// R's `glm(damage ~ temperature, family = binomial())`: the log odds are linear.
#[model]
pub fn logistic_glm(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Flat::new([x.shape()[1]]).to_event(1));
    plate!("row", y.len(), { observe!("y", Bernoulli::logit_glm(x, 0.0, beta), y) });
}
// ANCHOR_END: models

/// Counts of a randomised controlled trial, by three outcomes and three treatments (Dobson 1990, page 93): the example of
/// `help(glm)`. Columns: intercept, outcome 2 and 3, treatment 2 and 3.
pub fn trial() -> (Tensor, Tensor) {
    let counts = [18.0, 17.0, 15.0, 20.0, 10.0, 20.0, 25.0, 13.0, 12.0];
    let indicator = |holds: bool| f64::from(u8::from(holds));
    let row = |at: usize| {
        let (outcome, treatment) = (at % 3 + 1, at / 3 + 1);
        [1.0, indicator(outcome == 2), indicator(outcome == 3), indicator(treatment == 2), indicator(treatment == 3)]
    };
    let rows: Vec<[f64; 5]> = (0..9).map(row).collect();
    (Tensor::from(rows), Tensor::from(counts))
}

/// Temperature (°F) at the launches of space shuttles of which the O-rings were examined (Dalal, Fowlkes and Hoadley 1989).
pub const TEMPERATURE: [f64; 23] =
    [66., 70., 69., 68., 67., 72., 73., 70., 57., 63., 70., 78., 67., 53., 67., 75., 70., 81., 76., 79., 75., 76., 58.];
/// Whether there was damage, in the same order.
pub const DAMAGED: [f64; 23] =
    [0., 1., 0., 0., 0., 0., 0., 0., 1., 1., 1., 0., 0., 1., 0., 0., 0., 0., 0., 0., 1., 0., 1.];

/// The columns of an intercept and of a covariate.
pub fn with_intercept(covariate: &[f64]) -> Tensor {
    Tensor::from(covariate.iter().map(|x| [1.0, *x]).collect::<Vec<_>>())
}

/// What a summary of R's `glm` shows.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The estimates.
    pub coefficients: Vec<f64>,
    /// By the curvature of the log likelihood.
    pub standard_errors: Vec<f64>,
    /// Twice the log likelihood that is lost against a model with a parameter for each row.
    pub deviance: f64,
    /// Iterations of L-BFGS.
    pub iterations: usize,
}

/// Maximum likelihood of a model whose only site is `beta`, by L-BFGS and Newton's method. A search that does not converge,
/// and a likelihood without a maximum, are errors. `saturated` is the log likelihood with a parameter for each row.
pub fn fit<M: Model>(model: &M, saturated: f64) -> Result<Fit> {
    let fit = LaplaceApproximation::new().draws(1).run(model)?;
    let maximum = fit.mode().maximum();
    Ok(Fit {
        coefficients: fit.mode().get_array("beta")?.into_raw_vec_and_offset().0,
        standard_errors: fit.covariance().diag().iter().map(|variance| variance.sqrt()).collect(),
        deviance: 2.0 * (saturated - maximum.log_density),
        iterations: maximum.iterations,
    })
}

/// The fit of the counts to these columns.
pub fn fit_trial(x: &Tensor, y: &Tensor) -> Result<Fit> {
    fit(&poisson_glm(x, y), Poisson::new(y)?.log_prob(y)?.sum().item())
}

/// The fit of the damage to these columns. A model with a parameter for each row gives each outcome the probability 1.
pub fn fit_shuttles(x: &Tensor, y: &Tensor) -> Result<Fit> {
    fit(&logistic_glm(x, y), 0.0)
}

/// The sampler of both posteriors.
pub fn nuts() -> Nuts {
    Nuts::new().chains(4).warmup(400).draws(1000).seed(0)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn print(terms: &[&str], fit: &Fit, null: &Fit, posterior: &Posterior) -> Result<()> {
    println!("                estimate   std. error    posterior mean      sd");
    for (at, term) in terms.iter().enumerate() {
        let draws = posterior.component(&format!("beta[{at}]"))?;
        let (estimate, error) = (fit.coefficients[at], fit.standard_errors[at]);
        println!("  {term:<12} {estimate:>9.4} {error:>12.4} {:>17.4} {:>7.4}", draws.mean(), draws.sd());
    }
    println!("  null deviance {:.4}, residual deviance {:.4}", null.deviance, fit.deviance);
    println!("  converged after {} iterations\n", fit.iterations);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (x, y) = trial();
    let fit = fit_trial(&x, &y)?;
    let posterior = nuts().run(&poisson_glm(&x, &y))?;
    println!("counts ~ outcome + treatment, Poisson with log link");
    let terms = ["(intercept)", "outcome2", "outcome3", "treatment2", "treatment3"];
    print(&terms, &fit, &fit_trial(&Tensor::ones([9, 1]), &y)?, &posterior)?;
    let forest = plot::plot_forest(&posterior).reference("beta", &fit.coefficients[..]);
    let forest = forest.title("posterior; reference: maximum likelihood");
    forest.save("target/examples/20_generalised_linear_models_trial.svg")?;

    let (x, y) = (with_intercept(&TEMPERATURE), Tensor::from(DAMAGED));
    let fit = fit_shuttles(&x, &y)?;
    let posterior = nuts().run(&logistic_glm(&x, &y))?;
    println!("damage ~ temperature, Bernoulli with logit link");
    print(&["(intercept)", "temperature"], &fit, &fit_shuttles(&Tensor::ones([23, 1]), &y)?, &posterior)?;

    // The probability of damage, down to the 31 °F at which Challenger was launched.
    let at: Vec<f64> = (30..=85).map(f64::from).collect();
    let probability = |beta: &[f64], at: f64| 1.0 / (1.0 + (-beta[0] - beta[1] * at).exp());
    let beta = posterior.get_array(logistic_glm::beta)?;
    let draws: Vec<[f64; 2]> = beta.iter().map(|draw| [draw[0], draw[1]]).collect();
    let (mut low, mut mean, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for &at in &at {
        let mut of_draws: Vec<f64> = draws.iter().map(|beta| probability(beta, at)).collect();
        of_draws.sort_by(f64::total_cmp);
        low.push(of_draws[draws.len() * 55 / 1000]);
        mean.push(of_draws.iter().sum::<f64>() / draws.len() as f64);
        high.push(of_draws[draws.len() * 945 / 1000]);
    }
    println!("P(damage at 31 °F): posterior mean {:.3}, 89 % between {:.3} and {:.3}", mean[1], low[1], high[1]);
    let axes =
        plot::axes().band(&at, low, &high).label("89 % of the posterior").line(&at, mean).color(0).label("its mean");
    let axes =
        axes.line(&at, at.iter().map(|at| probability(&fit.coefficients, *at))).color(1).label("maximum likelihood");
    let axes = axes.scatter(TEMPERATURE, DAMAGED).color("black").label("launches").vertical(31.0).label("Challenger");
    let axes = axes.x_label("temperature (°F)").y_label("P(damage)").size(760, 460);
    axes.save("target/examples/20_generalised_linear_models_shuttles.svg")
}
