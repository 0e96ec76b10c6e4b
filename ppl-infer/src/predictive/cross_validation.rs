//! Leave-one-out cross-validation of a model with its posterior.

use ndarray::{Array3, Axis, Ix2, concatenate};
use ppl::Model;
use rayon::prelude::*;

use super::{Predictive, PredictiveError};
use crate::Result;
use crate::diagnostics::{Loo, Waic, ess_mean, loo, waic};
use crate::draws::{DrawSource, Draws, SiteValues};

impl Predictive {
    /// How well a model predicts each of its observations from the others, by the draws of its posterior:
    /// [`diagnostics::loo`](crate::diagnostics::loo()) of the [log likelihood](Self::log_likelihood).
    ///
    /// Every element of every observed site is one observation, the sites in the order of the model. The relative efficiency
    /// of the draws is that of ArviZ: the mean of ESS / S over all components of the posterior. Draws that are not of chains
    /// count as independent.
    ///
    /// [`diagnostics::compare`](crate::diagnostics::compare) sets several models side by side.
    ///
    /// # Errors
    /// As [`log_likelihood`](Self::log_likelihood); weighted draws; an observed site that not every draw visits.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn mean(y: &[f64]) {
    ///     let mu = sample!("mu", Normal::new(0.0, 100.0));
    ///     plate!("i", y.len(), { observe!("y", Normal::new(mu, 1.0), y); });
    /// }
    ///
    /// let model = mean(&[-1.0, 0.0, 0.0, 1.0]);
    /// let posterior = Nuts::new().warmup(200).draws(1000).progress(false).run(&model)?;
    /// let loo = Predictive::new().loo(&model, &posterior)?;
    /// // Without y, the other three predict it by Normal(−y/3, √(4/3)).
    /// let expected = -4.0 / 3.0 - 2.0 * (std::f64::consts::TAU * 4.0 / 3.0).ln();
    /// assert!((loo.elpd - expected).abs() < 0.1);
    /// assert!(loo.unreliable().is_empty());
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC".
    pub fn loo<M: Model + Sync>(&self, model: &M, posterior: &impl DrawSource) -> Result<Loo> {
        let log_likelihood = self.pointwise_log_likelihood(model, posterior)?;
        Ok(loo(log_likelihood.view(), relative_efficiency(posterior.draws())))
    }

    /// The widely applicable information criterion of a model with the draws of its posterior:
    /// [`diagnostics::waic`](crate::diagnostics::waic()) of the observations of [`loo`](Self::loo), which is to be preferred.
    ///
    /// # Errors
    /// As [`loo`](Self::loo).
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn mean(y: &[f64]) {
    ///     let mu = sample!("mu", Normal::new(0.0, 100.0));
    ///     plate!("i", y.len(), { observe!("y", Normal::new(mu, 1.0), y); });
    /// }
    ///
    /// let model = mean(&[-1.0, 0.0, 0.0, 1.0]);
    /// let posterior = Nuts::new().warmup(200).draws(1000).progress(false).run(&model)?;
    /// let waic = Predictive::new().waic(&model, &posterior)?;
    /// // The variances y²/4 + 1/32 of the log likelihoods.
    /// assert!((waic.effective_parameters - (2.0 / 4.0 + 4.0 / 32.0)).abs() < 0.1);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn waic<M: Model + Sync>(&self, model: &M, posterior: &impl DrawSource) -> Result<Waic> {
        Ok(waic(self.pointwise_log_likelihood(model, posterior)?.view()))
    }

    /// Chain × draw × observation, the observations of all observed sites.
    fn pointwise_log_likelihood<M: Model + Sync>(&self, model: &M, posterior: &impl DrawSource) -> Result<Array3<f64>> {
        if posterior.draws().weights().is_some() {
            return Err(PredictiveError::WeightedDraws.into());
        }
        let log_likelihood = self.log_likelihood(model, posterior)?;
        let draws = log_likelihood.draws();
        if let Some(site) = draws.irregular_sites().first() {
            // The error that tells of it.
            draws.get_array(site.name())?;
        }
        let (chains, count) = (draws.num_chains(), draws.num_draws());
        let of_site = |site: &SiteValues| {
            let size = site.shape().iter().product();
            site.values().to_shape((chains, count, size)).expect("leading axes and those of the site").into_owned()
        };
        let sites: Vec<Array3<f64>> = draws.sites().iter().map(of_site).collect();
        let views: Vec<_> = sites.iter().map(|site| site.view()).collect();
        Ok(concatenate(Axis(2), &views).expect("sites with the same draws"))
    }
}

/// Mean of ESS / S over the components whose ESS is defined; 1 for draws that are not of chains.
fn relative_efficiency(draws: &Draws) -> f64 {
    if !draws.has_chains() {
        return 1.0;
    }
    let components = draws.sites().iter().flat_map(|site| site.component_indices().map(move |index| (site, index)));
    let ess = |(site, index): (&SiteValues, Vec<usize>)| {
        let values = site.component(&index).into_dimensionality::<Ix2>().expect("chains and draws");
        ess_mean(values)
    };
    let components: Vec<(&SiteValues, Vec<usize>)> = components.collect();
    let ess: Vec<f64> = components.into_par_iter().map(ess).filter(|ess| ess.is_finite()).collect();
    if ess.is_empty() { 1.0 } else { ess.iter().sum::<f64>() / (ess.len() * draws.total_draws()) as f64 }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, Axis};
    use ppl::prelude::*;

    use crate::diagnostics::{ess_mean, loo, waic};
    use crate::draws::{Draws, SiteTable, tests::scores};
    use crate::{Importance, Predictive};

    const Y: [f64; 3] = [0.3, -1.2, 2.0];

    /// Observations of a plate, and of a loop.
    #[model]
    fn measured(y: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 10.0));
        deterministic!("twice", &mu * 2.0);
        plate!("i", y.len(), { observe!("y", Normal::new(&mu, 1.0), y) });
        for (index, value) in [4.0, 5.0].into_iter().enumerate() {
            observe!("z_{index}", Normal::new(&mu, 2.0), value);
        }
    }

    fn draws() -> Draws {
        let mu = Array2::from_shape_vec((4, 100), scores(400, 3)).unwrap();
        // Positively correlated neighbours.
        let mu =
            Array2::from_shape_fn((4, 100), |(chain, draw)| 0.3 * (mu[[chain, draw]] + mu[[chain, draw.max(1) - 1]]));
        let mut sites = SiteTable::new(&[4, 100]);
        sites.insert("mu", mu.clone().into_dyn()).unwrap();
        sites.insert("twice", (2.0 * mu).into_dyn()).unwrap();
        Draws::new(sites).unwrap()
    }

    #[test]
    fn the_observations_of_all_sites() {
        let draws = draws();
        let mu = draws.get("mu").unwrap().values().into_dimensionality::<ndarray::Ix2>().unwrap().to_owned();
        let observed = [(Y[0], 1.0), (Y[1], 1.0), (Y[2], 1.0), (4.0, 2.0), (5.0, 2.0)];
        let density = |(chain, draw, index): (usize, usize, usize)| {
            let (value, scale): (f64, f64) = observed[index];
            -0.5 * ((value - mu[[chain, draw]]) / scale).powi(2) - scale.ln() - 0.5 * std::f64::consts::TAU.ln()
        };
        let table = Array3::from_shape_fn((4, 100, 5), density);
        // The ESS of mu, which is that of twice mu.
        let efficiency = ess_mean(mu.view()) / 400.0;
        assert!(efficiency < 0.9, "{efficiency}");

        let got = Predictive::new().loo(&measured(&Y), &draws).unwrap();
        let want = loo(table.view(), efficiency);
        let close = |got: &[f64], want: &[f64]| got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-11);
        assert_eq!(got.pointwise.len(), 5);
        assert!(close(&got.pointwise, &want.pointwise) && close(&got.pareto_k, &want.pareto_k), "{got:?} {want:?}");
        assert!(close(&[got.elpd, got.se], &[want.elpd, want.se]));
        let (got, want) = (Predictive::new().waic(&measured(&Y), &draws).unwrap(), waic(table.view()));
        assert!(close(&got.pointwise, &want.pointwise));
    }

    /// Draws without chains count as independent.
    #[test]
    fn draws_without_chains() {
        let with = draws();
        let pooled = with.get("mu").unwrap().values().iter().copied().collect::<ndarray::Array1<f64>>();
        let mut sites = SiteTable::new(&[400]);
        sites.insert("mu", pooled.clone().into_dyn()).unwrap();
        let got = Predictive::new().loo(&measured(&Y), &Draws::new(sites).unwrap()).unwrap();
        let density =
            |draw: usize, index: usize| -0.5 * (Y[index] - pooled[draw]).powi(2) - 0.5 * std::f64::consts::TAU.ln();
        let table = Array2::from_shape_fn((400, 3), |(draw, index)| density(draw, index));
        let want = loo(table.insert_axis(Axis(0)).view(), 1.0);
        for (got, want) in got.pointwise.iter().zip(&want.pointwise) {
            assert!((got - want).abs() < 1e-11, "{got} {want}");
        }
    }

    #[test]
    fn weighted_draws_and_models_without_data_are_refused() {
        let weighted = Importance::new().draws(200).run(&measured(&Y)).unwrap();
        let error = Predictive::new().loo(&measured(&Y), &weighted).unwrap_err().to_string();
        assert!(error.contains("draws that count alike") && error.contains("help: "), "{error}");
        let resampled = weighted.draws().resample(100, 0).unwrap();
        assert_eq!(Predictive::new().loo(&measured(&Y), &resampled).unwrap().pointwise.len(), 5);
        #[model]
        fn prior() {
            sample!("mu", Normal::new(0.0, 10.0));
        }
        let mut sites = SiteTable::new(&[400]);
        sites.insert("mu", ndarray::Array1::zeros(400).into_dyn()).unwrap();
        let error = Predictive::new().loo(&prior(), &Draws::new(sites).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("the model observes nothing"), "{error}");
    }
}
