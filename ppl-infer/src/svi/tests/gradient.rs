//! The bound and its gradient have the right mean.

use ppl::prelude::*;

use super::{HALF_LN_2PI, check_mean, ln_normal, scale, tensor};
use crate::svi::{ParamStore, TraceElbo};

/// The gradients by each parameter, over many keys.
fn gradients<M: Model, G: Model>(
    elbo: TraceElbo,
    model: &M,
    guide: &G,
    params: &ParamStore,
    keys: u64,
) -> Vec<(String, Vec<f64>)> {
    let mut all: Vec<(String, Vec<f64>)> = params.names().map(|name| (name.to_owned(), Vec::new())).collect();
    for draw in 0..keys {
        let estimate = elbo.gradient(model, guide, params, Key::new(7).draw(draw)).unwrap();
        for ((name, gradients), (got, gradient)) in all.iter_mut().zip(estimate.gradients) {
            assert_eq!(*name, got);
            gradients.push(gradient.sum().item());
        }
    }
    all
}

/// The derivative of a function of the unconstrained parameters, by central differences.
fn derivative(f: impl Fn(&[f64]) -> f64, at: &[f64], place: usize) -> f64 {
    let step = 1e-5;
    let shifted = |by: f64| {
        let mut point = at.to_vec();
        point[place] += by;
        f(&point)
    };
    (shifted(step) - shifted(-step)) / (2.0 * step)
}

fn sigmoid(u: f64) -> f64 {
    1.0 / (1.0 + (-u).exp())
}

#[test]
fn the_bound_is_the_evidence_less_the_divergence() {
    #[guide(scale)]
    fn guide() {
        sample!("weight", Normal::new(9.0, 0.8));
    }
    let elbo = TraceElbo::new().num_particles(10_000);
    let got = elbo.estimate(&scale(), &guide(), &ParamStore::new(), Key::new(0)).unwrap();
    let divergence = (0.6_f64 / 0.8).ln() + (0.64 + 0.14 * 0.14) / (2.0 * 0.36) - 0.5;
    let expected = ln_normal(9.5, 8.5, 1.25) - divergence;
    // The integrand is −(7/18) ε² + (14/45) ε + constant, with standard deviation 0.632.
    assert!((got - expected).abs() < 4.0 * 0.632 / 100.0, "{got} is not {expected}");
    let by_gradient = elbo.gradient(&scale(), &guide(), &ParamStore::new(), Key::new(0)).unwrap();
    assert_eq!((by_gradient.elbo, by_gradient.gradients.len()), (got, 0));
}

#[test]
fn a_bernoulli_guide() {
    #[model]
    fn switch() {
        let z = sample!("z", Bernoulli::new(0.3));
        observe!("y", Normal::new(z, 1.0), 0.8);
    }
    #[guide(switch)]
    fn guide() {
        let p = param!("p", 0.4, Constraint::UnitInterval);
        sample!("z", Bernoulli::new(p));
    }
    let mut params = ParamStore::new();
    params.insert("p", 0.4, Constraint::UnitInterval).unwrap();
    let elbo = |u: &[f64]| {
        let p = sigmoid(u[0]);
        p * (0.3_f64.ln() + ln_normal(0.8, 1.0, 1.0) - p.ln())
            + (1.0 - p) * (0.7_f64.ln() + ln_normal(0.8, 0.0, 1.0) - (1.0 - p).ln())
    };
    let expected = derivative(elbo, &[(0.4_f64 / 0.6).ln()], 0);
    for (particles, keys) in [(1, 20_000), (8, 2000)] {
        let estimator = TraceElbo::new().num_particles(particles);
        let got = gradients(estimator, &switch(), &guide(), &params, keys);
        check_mean(&got[0].1, expected, &format!("{particles} particles"));
    }
    // The baseline is what makes several particles worth while.
    let variance = |values: &[f64]| values.iter().map(|value| (value - expected).powi(2)).sum::<f64>();
    let one = gradients(TraceElbo::new(), &switch(), &guide(), &params, 1000);
    let eight = gradients(TraceElbo::new().num_particles(8), &switch(), &guide(), &params, 1000);
    assert!(variance(&eight[0].1) < variance(&one[0].1) / 20.0);
}

#[test]
fn a_poisson_guide() {
    #[model]
    fn count() {
        let z = sample!("z", Poisson::new(3.0));
        observe!("y", Normal::new(z, 1.0), 4.0);
    }
    #[guide(count)]
    fn guide() {
        let rate = param!("rate", 2.5, Constraint::Positive);
        sample!("z", Poisson::new(rate));
    }
    let mut params = ParamStore::new();
    params.insert("rate", 2.5, Constraint::Positive).unwrap();
    let elbo = |u: &[f64]| {
        let rate = u[0].exp();
        let mut ln_factorial = 0.0;
        let mut sum = 0.0;
        for z in 0..80 {
            let z = f64::from(z);
            ln_factorial += z.max(1.0).ln();
            let mass = |rate: f64| z * rate.ln() - rate - ln_factorial;
            sum += mass(rate).exp() * (mass(3.0) + ln_normal(4.0, z, 1.0) - mass(rate));
        }
        sum
    };
    let expected = derivative(elbo, &[2.5_f64.ln()], 0);
    let got = gradients(TraceElbo::new().num_particles(10), &count(), &guide(), &params, 2000);
    check_mean(&got[0].1, expected, "rate");
}

/// z ~ Bernoulli(0.3), w ~ Normal(z, 1), y ~ Normal(w, 1): in the guide w follows z, so that its location depends on a
/// draw without a reparameterization.
#[test]
fn reparameterized_sites_after_others() {
    #[model]
    fn mixture() {
        let z = sample!("z", Bernoulli::new(0.3));
        let w = sample!("w", Normal::new(z, 1.0));
        observe!("y", Normal::new(w, 1.0), 0.8);
    }
    #[guide(mixture)]
    fn guide() {
        let p = param!("a_p", 0.4, Constraint::UnitInterval);
        let loc = param!("b_loc", 0.3);
        let shift = param!("c_shift", 0.5);
        let scale = param!("d_scale", 0.9, Constraint::Positive);
        let z = sample!("z", Bernoulli::new(p));
        sample!("w", Normal::new(loc + shift * z, scale));
    }
    let elbo = |u: &[f64]| {
        let (p, s) = (sigmoid(u[0]), u[3].exp());
        let given = |z: f64, prior: f64, q: f64| {
            let m = u[1] + u[2] * z;
            let divergence = -s.ln() + 0.5 * (s * s + (m - z).powi(2)) - 0.5;
            let likelihood = -0.5 * ((0.8 - m).powi(2) + s * s) - HALF_LN_2PI;
            q * (prior.ln() - q.ln() - divergence + likelihood)
        };
        given(1.0, 0.3, p) + given(0.0, 0.7, 1.0 - p)
    };
    let mut params = ParamStore::new();
    params.insert("a_p", 0.4, Constraint::UnitInterval).unwrap();
    params.insert("b_loc", 0.3, Constraint::Real).unwrap();
    params.insert("c_shift", 0.5, Constraint::Real).unwrap();
    params.insert("d_scale", 0.9, Constraint::Positive).unwrap();
    let at = [(0.4_f64 / 0.6).ln(), 0.3, 0.5, 0.9_f64.ln()];
    let got = gradients(TraceElbo::new().num_particles(4), &mixture(), &guide(), &params, 10_000);
    for (place, (name, gradients)) in got.iter().enumerate() {
        check_mean(gradients, derivative(elbo, &at, place), name);
    }
}

const DATA: [f64; 6] = [0.8, -0.5, 1.4, 0.3, 2.0, -1.0];

/// The same with a reparameterized location that the discrete draw depends on, in a plate, with and without a
/// subsample.
#[test]
fn discrete_sites_in_a_plate() {
    #[model]
    fn switches(subsample: usize) {
        plate!("i", 6, subsample_size = subsample, |index| {
            let z = sample!("z", Bernoulli::new(0.3));
            observe!("y", Normal::new(z, 1.0), tensor(&DATA).take(0, &index));
        });
    }
    #[guide(switches)]
    fn guide(subsample: usize) {
        let p = param!("p", 0.4, Constraint::UnitInterval);
        plate!("i", 6, subsample_size = subsample, |index| {
            let _ = index;
            sample!("z", Bernoulli::new(p));
        });
    }
    let elbo = |u: &[f64]| {
        let p = sigmoid(u[0]);
        let one = |y: f64| {
            p * (0.3_f64.ln() + ln_normal(y, 1.0, 1.0) - p.ln())
                + (1.0 - p) * (0.7_f64.ln() + ln_normal(y, 0.0, 1.0) - (1.0 - p).ln())
        };
        DATA.iter().map(|&y| one(y)).sum()
    };
    let mut params = ParamStore::new();
    params.insert("p", 0.4, Constraint::UnitInterval).unwrap();
    let expected = derivative(elbo, &[(0.4_f64 / 0.6).ln()], 0);
    for subsample in [6, 2] {
        let got = gradients(TraceElbo::new().num_particles(4), &switches(subsample), &guide(subsample), &params, 8000);
        check_mean(&got[0].1, expected, &format!("subsample {subsample}"));
    }
}

#[test]
fn subsampled_plates_are_unbiased() {
    #[model]
    fn mean(subsample: usize) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("i", 6, subsample_size = subsample, |index| {
            let z = sample!("z", Normal::new(&mu, 1.0));
            observe!("y", Normal::new(z, 1.0), tensor(&DATA).take(0, &index));
        });
    }
    #[guide(mean)]
    fn guide(subsample: usize) {
        let loc = param!("a_loc", 0.2);
        let locals = param!("b_locals", Tensor::linspace(-0.5, 0.5, 6));
        let scale = param!("c_scale", 0.7, Constraint::Positive);
        sample!("mu", Normal::new(loc, 0.5));
        plate!("i", 6, subsample_size = subsample, |index| {
            sample!("z", Normal::new(locals.take(0, &index), scale));
        });
    }
    let elbo = |u: &[f64]| {
        let (loc, shift, s) = (u[0], u[1], u[2].exp());
        let mut sum = -0.5 * (loc * loc + 0.25);
        for (member, y) in DATA.iter().enumerate() {
            let m = shift - 0.5 + 0.2 * member as f64;
            sum += -0.5 * ((m - loc).powi(2) + s * s + 0.25) - 0.5 * ((y - m).powi(2) + s * s) + s.ln();
        }
        sum
    };
    let mut params = ParamStore::new();
    params.insert("a_loc", 0.2, Constraint::Real).unwrap();
    params.insert("b_locals", Tensor::linspace(-0.5, 0.5, 6), Constraint::Real).unwrap();
    params.insert("c_scale", 0.7, Constraint::Positive).unwrap();
    let at = [0.2, 0.0, 0.7_f64.ln()];
    for subsample in [6, 2] {
        let got = gradients(TraceElbo::new(), &mean(subsample), &guide(subsample), &params, 24_000);
        for (place, (name, gradients)) in got.iter().enumerate() {
            check_mean(gradients, derivative(elbo, &at, place), &format!("{name}, subsample {subsample}"));
        }
    }
    // Members that are not in the subsample have no gradient.
    let one = TraceElbo::new().gradient(&mean(2), &guide(2), &params, Key::new(0)).unwrap();
    let locals = one.gradients.iter().find(|(name, _)| name == "b_locals").unwrap().1.to_vec();
    assert_eq!(locals.iter().filter(|&&gradient| gradient != 0.0).count(), 2);
}
