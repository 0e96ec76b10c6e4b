//! Densities and gradients written by hand in plain Rust, as a careful programmer would for one model: what the recorded
//! programs are measured against.

use std::f64::consts::{LN_2, PI};

/// ln √(2π).
const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

fn softplus_and_sigmoid(x: f64) -> (f64, f64) {
    let exponential = (-x.abs()).exp();
    let sigmoid = if x >= 0.0 { 1.0 } else { exponential } / (1.0 + exponential);
    (x.max(0.0) + exponential.ln_1p(), sigmoid)
}

/// Eight schools: position (mu, ln tau, z).
pub(crate) fn eight_schools(y: Vec<f64>, sigma: Vec<f64>) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    let constant = y.len() as f64 * -LN_SQRT_2_PI - sigma.iter().map(|sigma| sigma.ln()).sum::<f64>();
    move |position, gradient| {
        let (mu, log_tau, z) = (position[0], position[1], &position[2..]);
        let tau = log_tau.exp();
        let ratio = tau / 5.0;
        let mut value = -0.5 * (mu / 5.0).powi(2) - 5_f64.ln() - LN_SQRT_2_PI;
        value += (2.0 / (PI * 5.0)).ln() - (ratio * ratio).ln_1p() + log_tau;
        value += constant - z.len() as f64 * LN_SQRT_2_PI;
        let (mut by_mean, mut by_tau) = (0.0, 0.0);
        for school in 0..z.len() {
            let residual = (y[school] - mu - tau * z[school]) / sigma[school];
            value -= 0.5 * (z[school] * z[school] + residual * residual);
            let by_school = residual / sigma[school];
            by_mean += by_school;
            by_tau += by_school * z[school];
            gradient[2 + school] = by_school * tau - z[school];
        }
        gradient[0] = by_mean - mu / 25.0;
        gradient[1] = tau * (by_tau - 2.0 * ratio / 5.0 / (1.0 + ratio * ratio)) + 1.0;
        value
    }
}

/// Logistic regression: position (intercept, beta), the matrix row by row.
pub(crate) fn logistic(x: Vec<f64>, y: Vec<f64>) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    move |position, gradient| {
        let (intercept, beta) = (position[0], &position[1..]);
        let columns = beta.len();
        let mut value = -0.5 * (intercept / 2.5).powi(2) - 2.5_f64.ln() - LN_SQRT_2_PI;
        value += beta.iter().map(|beta| -0.5 * beta * beta - LN_SQRT_2_PI).sum::<f64>();
        gradient[0] = -intercept / 6.25;
        gradient[1..].iter_mut().zip(beta).for_each(|(slot, beta)| *slot = -beta);
        for (row, &y) in x.chunks_exact(columns).zip(&y) {
            let logit = intercept + row.iter().zip(beta).map(|(x, beta)| x * beta).sum::<f64>();
            let (softplus, sigmoid) = softplus_and_sigmoid(logit);
            value += y * logit - softplus;
            let residual = y - sigmoid;
            gradient[0] += residual;
            gradient[1..].iter_mut().zip(row).for_each(|(slot, x)| *slot += residual * x);
        }
        value
    }
}

/// Houses in counties: position (mu_alpha, beta, ln sigma_alpha, ln sigma_y, alpha_raw).
pub(crate) fn radon(county: Vec<usize>, floor: Vec<f64>, log_radon: Vec<f64>) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    let mut by_alpha = vec![0.0; county.iter().max().map_or(0, |last| last + 1)];
    move |position, gradient| {
        let (mu, beta, raw) = (position[0], position[1], &position[4..]);
        let (sigma_alpha, sigma_y) = (position[2].exp(), position[3].exp());
        let mut value = -0.5 * (mu * mu + beta * beta) / 100.0 - 2.0 * 10_f64.ln() - 2.0 * LN_SQRT_2_PI;
        value += 2.0 * (LN_2 - LN_SQRT_2_PI) - 0.5 * (sigma_alpha * sigma_alpha + sigma_y * sigma_y);
        value += position[2] + position[3];
        value += raw.iter().map(|raw| -0.5 * raw * raw - LN_SQRT_2_PI).sum::<f64>();
        by_alpha.fill(0.0);
        let (mut squares, mut by_beta) = (0.0, 0.0);
        for ((&county, &floor), &log_radon) in county.iter().zip(&floor).zip(&log_radon) {
            let residual = log_radon - (mu + sigma_alpha * raw[county]) - beta * floor;
            squares += residual * residual;
            by_alpha[county] += residual;
            by_beta += residual * floor;
        }
        let precision = 1.0 / (sigma_y * sigma_y);
        let houses = county.len() as f64;
        value -= 0.5 * precision * squares + houses * (position[3] + LN_SQRT_2_PI);
        gradient[1] = precision * by_beta - beta / 100.0;
        gradient[3] = precision * squares - houses - sigma_y * sigma_y + 1.0;
        let (mut by_mu, mut by_scale) = (0.0, 0.0);
        for (county, &raw) in raw.iter().enumerate() {
            let by_county = precision * by_alpha[county];
            by_mu += by_county;
            by_scale += by_county * raw;
            gradient[4 + county] = by_county * sigma_alpha - raw;
        }
        gradient[0] = by_mu - mu / 100.0;
        gradient[2] = by_scale * sigma_alpha - sigma_alpha * sigma_alpha + 1.0;
        value
    }
}

/// Stochastic volatility: position (logit of (phi + 1) / 2, ln sigma, mu, z).
pub(crate) fn stochastic_volatility(y: Vec<f64>) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    let mut centred = vec![0.0; y.len()];
    let mut by_volatility = vec![0.0; y.len()];
    move |position, gradient| {
        let (mu, z) = (position[2], &position[3..]);
        let (softplus, share) = softplus_and_sigmoid(position[0]);
        let phi = 2.0 * share - 1.0;
        let sigma = position[1].exp();
        // The densities of phi (with its Jacobian), sigma and mu.
        let mut value = -LN_2 + (LN_2 + position[0] - 2.0 * softplus);
        value += (2.0 / (PI * 5.0)).ln() - (sigma * sigma / 25.0).ln_1p() + position[1];
        value += -(PI * 10.0).ln() - (mu * mu / 100.0).ln_1p();
        let first = sigma / (1.0 - phi * phi).sqrt();
        let mut deviation = first * z[0];
        for t in 0..y.len() {
            if t > 0 {
                deviation = phi * deviation + sigma * z[t];
            }
            centred[t] = deviation;
            let volatility = mu + deviation;
            let standardised = y[t] * y[t] * (-volatility).exp();
            value -= 0.5 * (volatility + standardised + z[t] * z[t]) + 2.0 * LN_SQRT_2_PI;
            by_volatility[t] = 0.5 * (standardised - 1.0);
        }
        let (mut adjoint, mut by_mu, mut by_phi, mut by_sigma) = (0.0, 0.0, 0.0, 0.0);
        for t in (1..y.len()).rev() {
            adjoint = by_volatility[t] + phi * adjoint;
            by_mu += by_volatility[t];
            by_phi += adjoint * centred[t - 1];
            by_sigma += adjoint * z[t];
            gradient[3 + t] = adjoint * sigma - z[t];
        }
        adjoint = by_volatility[0] + phi * adjoint;
        by_mu += by_volatility[0];
        by_sigma += adjoint * centred[0] / sigma;
        by_phi += adjoint * centred[0] * phi / (1.0 - phi * phi);
        gradient[3] = adjoint * first - z[0];
        gradient[0] = 1.0 - 2.0 * share + by_phi * 2.0 * share * (1.0 - share);
        gradient[1] = by_sigma * sigma + 1.0 - 2.0 * sigma * sigma / (25.0 + sigma * sigma);
        gradient[2] = by_mu - 2.0 * mu / (100.0 + mu * mu);
        value
    }
}
