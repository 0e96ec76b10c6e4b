//! Normal proposals about the current position, with a scale for each coordinate.

use ppl::random::Rng;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::settings::{check_dim, require_positive};

/// The proposals q′ᵢ = qᵢ + s σᵢ zᵢ of a random walk, with standard normal z.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::random_walk::Proposal;
///
/// assert_eq!(Proposal::new(4).scale, 1.19);
/// let proposal = Proposal { scale: 2.0, variances: vec![1.0, 100.0] };
/// let (mut to, mut rng) = ([0.0; 2], Key::new(0).rng("proposal", 0));
/// let mut squares = [0.0; 2];
/// for _ in 0..2000 {
///     proposal.draw(&[5.0, 5.0], &mut to, &mut rng);
///     squares.iter_mut().zip(to).for_each(|(sum, x)| *sum += (x - 5.0).powi(2) / 2000.0);
/// }
/// // The variances are 2² · 1 and 2² · 100, within five standard errors.
/// assert!((squares[0] / 4.0 - 1.0).abs() < 0.16 && (squares[1] / 400.0 - 1.0).abs() < 0.16);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Proposal {
    /// The scale s.
    pub scale: f64,
    /// The variance σᵢ² of each coordinate.
    pub variances: Vec<f64>,
}

/// A proposal as it is read, before it is checked.
#[derive(Deserialize)]
struct Unchecked {
    scale: f64,
    variances: Vec<f64>,
}

impl TryFrom<Unchecked> for Proposal {
    type Error = crate::Error;

    fn try_from(Unchecked { scale, variances }: Unchecked) -> Result<Self> {
        let proposal = Self { scale, variances };
        proposal.check(proposal.variances.len())?;
        Ok(proposal)
    }
}

impl Proposal {
    /// Unit variances and the scale 2.38/√dim, the best for a standard normal target of many dimensions (Gelman, Roberts
    /// & Gilks 1996).
    pub fn new(dim: usize) -> Self {
        Self { scale: 2.38 / (dim as f64).sqrt(), variances: vec![1.0; dim] }
    }

    /// An error unless the parameters are those of a space of dimension `dim`.
    fn check(&self, dim: usize) -> Result<()> {
        check_dim("the vector of variances", dim, self.variances.len())?;
        require_positive("scale", self.scale)?;
        self.variances.iter().try_for_each(|variance| require_positive("variances", *variance))
    }

    /// Draws a proposal about `from`, and writes it to `to`.
    ///
    /// # Shapes
    /// `from` and `to` have the length of `variances`.
    pub fn draw(&self, from: &[f64], to: &mut [f64], rng: &mut Rng) {
        for ((to, from), variance) in to.iter_mut().zip(from).zip(&self.variances) {
            let noise: f64 = rng.sample(StandardNormal);
            *to = from + self.scale * variance.sqrt() * noise;
        }
    }
}

/// A proposal whose scale is adapted to an acceptance probability, and whose variances to those of the target.
///
/// The acceptance probability is 0.234 + 0.206/dim, that of the best scale for a normal target (Gelman, Roberts & Gilks
/// 1996, table 1) within 0.02.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::random_walk::{AdaptiveProposal, Proposal};
///
/// let start = Proposal { scale: 1.0, variances: vec![1.0] };
/// let mut proposal = AdaptiveProposal::new(start, &[0.0])?;
/// // Every proposal was accepted: the next ones go further. The draw is three standard deviations away.
/// proposal.update(1.0, &[3.0]);
/// let gain = 2_f64.powf(-0.6);
/// assert!((proposal.current().scale - (gain * (1.0 - 0.44)).exp()).abs() < 1e-15);
/// assert!((proposal.current().variances[0] - (1.0 + gain * (9.0 - 1.0))).abs() < 1e-14);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Andrieu & Thoms (2008), A tutorial on adaptive MCMC, algorithm 4, with a diagonal covariance.
#[derive(Clone, Debug)]
pub struct AdaptiveProposal {
    current: Proposal,
    target_accept_prob: f64,
    iteration: u32,
    mean: Vec<f64>,
}

impl AdaptiveProposal {
    /// Starts from a proposal, at a position.
    ///
    /// # Errors
    /// If the proposal has another dimension than the position; a scale or a variance that is not positive and finite.
    pub fn new(proposal: Proposal, position: &[f64]) -> Result<Self> {
        proposal.check(position.len())?;
        let target_accept_prob = 0.234 + 0.206 / position.len() as f64;
        Ok(Self { current: proposal, target_accept_prob, iteration: 0, mean: position.to_vec() })
    }

    /// The proposal as adapted so far.
    pub fn current(&self) -> &Proposal {
        &self.current
    }

    /// Learns from an iteration that ended at `position`.
    pub fn update(&mut self, accept_prob: f64, position: &[f64]) {
        self.iteration += 1;
        // Robbins and Monro's steps: their sum diverges, that of their squares does not.
        let gain = f64::from(self.iteration + 1).powf(-0.6);
        self.current.scale *= (gain * (accept_prob - self.target_accept_prob)).exp();
        for ((variance, mean), x) in self.current.variances.iter_mut().zip(&mut self.mean).zip(position) {
            let deviation = x - *mean;
            *mean += gain * deviation;
            *variance += gain * (deviation * deviation - *variance);
        }
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;

    /// The mean of 20 000 squares of standard normal numbers strays from 1 by 5 % in one seed of 2 million (5 σ).
    #[test]
    fn proposals_have_the_scale_of_their_coordinate() {
        let proposal = Proposal { scale: 0.5, variances: vec![4.0, 1e-4] };
        let mut rng = Key::new(1).rng("proposal", 0);
        let (mut to, mut squares) = ([0.0; 2], [0.0; 2]);
        for _ in 0..20_000 {
            proposal.draw(&[3.0, -1.0], &mut to, &mut rng);
            squares[0] += (to[0] - 3.0).powi(2) / 1.0;
            squares[1] += (to[1] + 1.0).powi(2) / 0.25e-4;
        }
        assert!(squares.iter().all(|sum| (sum / 20_000.0 - 1.0).abs() < 0.05), "{squares:?}");
    }

    #[test]
    fn the_first_updates_are_the_formula() {
        let mut proposal = AdaptiveProposal::new(Proposal::new(1), &[1.0]).unwrap();
        proposal.update(0.94, &[3.0]);
        let gain = 0.5_f64.powf(0.6);
        assert!((proposal.current.scale - 2.38 * (gain * 0.5).exp()).abs() < 1e-14);
        assert!((proposal.current.variances[0] - (1.0 - gain + 4.0 * gain)).abs() < 1e-14);
        assert!((proposal.mean[0] - (1.0 + 2.0 * gain)).abs() < 1e-14);
    }

    #[test]
    fn parameters_outside_of_their_domains_are_named() {
        let message = |scale, variances: &[f64]| {
            let proposal = Proposal { scale, variances: variances.to_vec() };
            AdaptiveProposal::new(proposal, &[0.0]).unwrap_err().to_string()
        };
        assert_eq!(message(-2.0, &[1.0]), "`scale` must be positive and finite, got -2");
        assert_eq!(message(1.0, &[f64::NAN]), "`variances` must be positive and finite, got NaN");
        assert!(message(1.0, &[1.0, 1.0]).starts_with("the vector of variances has dimension 2"));
    }
}
