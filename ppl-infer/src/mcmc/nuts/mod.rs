//! The No-U-Turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory by itself.

mod pool;
mod transition;
mod tree;
mod turning;

use ppl::random::Rng;
use serde::{Deserialize, Serialize};

pub use self::transition::NutsTransition;
use super::{
    chain::{ChainConfig, Sampler, chain_settings},
    hmc::{Adaptation, HamiltonianKernel, HamiltonianState, HmcConfig, hmc_settings},
};
use crate::{
    LogDensity, Point, Result,
    density::{DensityConfig, density_settings},
    init::StartingPoint,
    settings::settings,
};

settings! {
    /// The No-U-Turn sampler: a value that holds the settings of a run.
    ///
    /// It is the multinomial variant of Stan: states are drawn from the trajectory with weights exp(−energy), a trajectory
    /// ends by the generalised U-turn criterion, and the warm-up adapts step size and mass matrix in windows.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::Nuts;
    ///
    /// let nuts = Nuts::new().chains(4).warmup(1000).draws(1000).seed(0).target_accept_prob(0.9).max_tree_depth(8);
    /// assert_eq!((nuts.chain.draws, nuts.hmc.target()), (1000, 0.9));
    /// ```
    ///
    /// # Reference
    /// Hoffman & Gelman (2014), The No-U-Turn Sampler; Betancourt (2017), A conceptual introduction to Hamiltonian Monte
    /// Carlo, appendix A; Stan 2.36, `base_nuts.hpp`.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Nuts
    [
        /// The chains, as for any other sampler.
        chain: ChainConfig => chain_settings,
        /// The evaluation of a model's density.
        density: DensityConfig => density_settings,
        /// The integrator and its adaptation.
        hmc: HmcConfig => hmc_settings
    ]
    {
        /// Largest number of doublings of a trajectory; 10, which is 1023 leapfrog steps.
        // The count of leapfrog steps is a u32.
        pub max_tree_depth: u32 = 10, within(1..=30);
    }
}

impl Nuts {
    fn transition(&self, dim: usize) -> NutsTransition {
        NutsTransition::new(dim, self.max_tree_depth, self.hmc.step_size_jitter, self.hmc.max_energy_error)
    }
}

impl Sampler for Nuts {
    type Kernel = HamiltonianKernel<NutsTransition>;

    fn config(&self) -> &ChainConfig {
        &self.chain
    }

    fn validate(&self) -> Result<()> {
        Nuts::validate(self)
    }

    fn init_paths(&self) -> usize {
        self.hmc.paths()
    }

    fn init_draws(&self, dim: usize) -> usize {
        Adaptation::init_draws(&self.hmc, self.chain.warmup, dim)
    }

    fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Self::Kernel> {
        HamiltonianKernel::start(self.transition(density.dim()), &self.hmc, self.chain.warmup, at, density, rng)
    }

    fn resume(&self, at: Point, state: &HamiltonianState) -> Result<Self::Kernel> {
        HamiltonianKernel::resume(self.transition(at.position.len()), at, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mcmc::{chain::sample_chains, hmc::InverseMassMatrix, hmc::Metric},
        test_targets::{Gaussian, assert_expectation, assert_samples_the_gaussian, logistic},
    };

    fn nuts() -> Nuts {
        Nuts::new().chains(4).warmup(500).draws(1000).progress(false)
    }

    #[test]
    fn gaussians_of_one_two_and_ten_dimensions() {
        assert_samples_the_gaussian(&nuts(), &Gaussian::diagonal(&[3.0]), &[3.0]);
        let target = Gaussian::bivariate([1.0, -50.0], [0.5, 20.0], 0.9);
        assert_samples_the_gaussian(&nuts(), &target, &[0.5, 20.0]);
        assert_samples_the_gaussian(&nuts().metric(Metric::Dense), &target, &[0.5, 20.0]);
        let scales: Vec<f64> = (0..10).map(|i| 10.0_f64.powf(-2.0 + 4.0 * f64::from(i) / 9.0)).collect();
        assert_samples_the_gaussian(&nuts(), &Gaussian::diagonal(&scales), &scales);
        assert_samples_the_gaussian(&nuts().metric(Metric::Dense), &Gaussian::diagonal(&scales), &scales);
    }

    #[test]
    fn quantiles_of_the_logistic_distribution() {
        // A coarse fixed step, so that the weights matter.
        for nuts in [nuts(), nuts().adapt_step_size(false).step_size(3.0).adapt_mass_matrix(false)] {
            let result = sample_chains(&nuts, |_| Ok(logistic())).unwrap();
            for probability in [0.01_f64, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99] {
                let quantile = (probability / (1.0 - probability)).ln();
                let below = |x: &f64| f64::from(u8::from(*x < quantile));
                let chains: Vec<Vec<f64>> =
                    result.chains.iter().map(|chain| chain.draws.column(0).iter().map(below).collect()).collect();
                assert_expectation(&chains, probability, "distribution function");
            }
        }
    }

    #[test]
    fn adaptation_reaches_the_target_acceptance_and_the_posterior_variances() {
        let scales: Vec<f64> = (0..20).map(|i| 10.0_f64.powi(i % 5 - 2)).collect();
        for target in [0.8, 0.9, 0.95] {
            let result =
                sample_chains(&nuts().warmup(1000).target_accept_prob(target), |_| Ok(Gaussian::diagonal(&scales)))
                    .unwrap();
            for chain in &result.chains {
                let rates: Vec<f64> = chain.statistics.iter().map(|statistics| statistics.acceptance_rate).collect();
                let mean = rates.iter().sum::<f64>() / rates.len() as f64;
                // Acceptance is concave in the log step size, so that its value at the averaged step size lies above
                // the average that was adapted.
                assert!(mean > target - 0.03 && mean < target + 0.13, "{mean} {target}");
                let InverseMassMatrix::Diagonal(variances) = &chain.end.kernel.inverse_mass_matrix else {
                    panic!("a diagonal matrix was asked for");
                };
                for (variance, scale) in variances.iter().zip(&scales) {
                    let ratio = variance / (scale * scale + 1e-5);
                    assert!((0.5..2.0).contains(&ratio), "{ratio}");
                }
            }
        }
    }
}
