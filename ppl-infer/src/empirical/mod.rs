//! Weighted draws: what importance sampling and prediction return.

mod irregular;
mod marginal;

use ndarray::{ArrayD, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use self::{irregular::IrregularSite, marginal::Marginal};
use crate::{
    Rejections,
    diagnostics::{self, log_sum_exp, normalized_weights},
    error::{Error, Result},
    posterior::{SiteTable, ValueName, Warning, floats, format::FormatVersion},
};

/// Name of the one entry of the table that holds what the model returned.
const OUTPUT: &str = "output";

/// A discrete distribution over draws of a model, each with a weight.
///
/// Importance sampling gives it the importance weights, unnormalised, so that their mean is the evidence; predictive
/// draws have equal weights. Written with serde it carries a format version, and weights of zero (−∞ in logarithms)
/// survive JSON.
///
/// **Example**
/// ```
/// use ndarray::array;
/// use ppl_infer::{Empirical, posterior::SiteTable};
///
/// // Three draws of a scalar, with weights 1, 1 and 2.
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("x", array![0.0, 2.0, 5.0].into_dyn())?;
/// let empirical = Empirical::new(sites, vec![0.0, 0.0, 2.0_f64.ln()])?;
///
/// let x = empirical.marginal("x")?;
/// assert!((x.mean()[[]] - 3.0).abs() < 1e-14);
/// assert_eq!(x.quantile(0.5)[[]], 2.0);
/// assert!((x.expectation(|x| if x[[]] > 1.0 { 1.0 } else { 0.0 }) - 0.75).abs() < 1e-14);
/// assert!((empirical.log_evidence() - (4.0_f64 / 3.0).ln()).abs() < 1e-14);
/// assert!((empirical.ess() - 16.0 / 6.0).abs() < 1e-14);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Empirical {
    format: FormatVersion,
    sites: SiteTable,
    irregular: Vec<IrregularSite>,
    /// What the model returned, the only entry; none if that was not kept.
    output: SiteTable,
    /// Number of draws of weight 0 that are not among these.
    weightless: usize,
    rejections: Rejections,
    #[serde(with = "floats::list")]
    log_weights: Vec<f64>,
    /// Sums to 1.
    #[serde(skip)]
    weights: Vec<f64>,
}

impl Empirical {
    /// Draws of `sites`, whose arrays have the one leading axis draw, with unnormalised log weights.
    ///
    /// **Errors** [`Error::NoDraws`]; [`Error::DrawShape`] if sites and weights differ in number;
    /// [`Error::InvalidWeight`] for a log weight that is NaN or +∞; [`Error::NoPositiveWeight`] if all are −∞.
    pub fn new(sites: SiteTable, log_weights: Vec<f64>) -> Result<Self> {
        let draws = log_weights.len();
        if sites.leading() != [draws] {
            let got = sites.leading().to_vec();
            return Err(Error::DrawShape { quantity: "the table of sites".to_owned(), expected: vec![draws], got });
        }
        if draws == 0 {
            return Err(Error::NoDraws { chains: 1, draws });
        }
        let invalid = |weight: &f64| weight.is_nan() || *weight == f64::INFINITY;
        if let Some(draw) = log_weights.iter().position(invalid) {
            return Err(Error::InvalidWeight { draw, value: log_weights[draw] });
        }
        if log_weights.iter().all(|&weight| weight == f64::NEG_INFINITY) {
            return Err(Error::NoPositiveWeight { draws });
        }
        let weights = normalized_weights(&log_weights);
        let output = SiteTable::new(&[draws]);
        Ok(Self {
            format: FormatVersion,
            sites,
            irregular: Vec::new(),
            output,
            log_weights,
            weightless: 0,
            rejections: Rejections::default(),
            weights,
        })
    }

    /// Counts draws of weight 0 that have no values.
    pub(crate) fn with_weightless(self, weightless: usize) -> Self {
        Self { weightless, ..self }
    }

    pub(crate) fn weightless(&self) -> usize {
        self.weightless
    }

    /// Says why draws have no values.
    pub(crate) fn with_rejections(self, rejections: Rejections) -> Self {
        Self { rejections, ..self }
    }

    /// Why draws were rejected: for importance sampling particles of weight 0, at which a parameter was outside its domain
    /// or a matrix had no Cholesky factor. They have no values, and are not among the [`draw_count`](Self::draw_count).
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// Warnings about these draws; empty if there are none.
    pub fn warnings(&self) -> Vec<Warning> {
        let count = self.rejections.total();
        if count == 0 {
            return Vec::new();
        }
        vec![Warning::RejectedParticles {
            count,
            total: self.draw_count() + count,
            causes: self.rejections.to_string(),
        }]
    }

    /// Adds the sites that not every draw visited, or not with the same shape.
    ///
    /// **Errors** [`Error::DrawShape`] if one is of another number of draws; [`Error::DuplicateSite`].
    pub fn with_irregular(mut self, sites: Vec<IrregularSite>) -> Result<Self> {
        for site in sites {
            if site.total() != self.draw_count() {
                let quantity = format!("site `{}`", site.name());
                return Err(Error::DrawShape { quantity, expected: vec![self.draw_count()], got: vec![site.total()] });
            }
            let is_known = |name: &str| self.sites.names().any(|known| known == name) || self.irregular(name).is_some();
            if is_known(site.name()) {
                return Err(Error::DuplicateSite { site: site.name().to_owned() });
            }
            self.irregular.push(site);
        }
        Ok(self)
    }

    /// Adds what the model returned in each draw.
    ///
    /// **Shapes** draw × shape of the model's output.
    /// **Errors** [`Error::DrawShape`].
    pub fn with_output(mut self, output: ArrayD<f64>) -> Result<Self> {
        self.output = SiteTable::new(&[self.draw_count()]);
        self.output.insert(OUTPUT, output)?;
        Ok(self)
    }

    /// Draws of equal weight.
    ///
    /// **Errors** as [`Empirical::new`].
    pub fn unweighted(sites: SiteTable) -> Result<Self> {
        let draws = sites.leading().first().copied().unwrap_or(0);
        Self::new(sites, vec![0.0; draws])
    }

    /// Number of draws.
    pub fn draw_count(&self) -> usize {
        self.log_weights.len()
    }

    /// The sites in the order of the model, with their draws; without the irregular ones.
    pub fn sites(&self) -> &SiteTable {
        &self.sites
    }

    /// The sites that not every draw visited, or not with the same shape.
    pub fn irregular_sites(&self) -> &[IrregularSite] {
        &self.irregular
    }

    fn irregular(&self, name: &str) -> Option<&IrregularSite> {
        self.irregular.iter().find(|site| site.name() == name)
    }

    /// Log weights as they were given, not normalised.
    pub fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// Weights that sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Draws of a site, without their weights; [`Empirical::resample`] first if they are not equal.
    ///
    /// **Shapes** draw × site shape.
    /// **Errors** [`Error::UnknownName`], which lists the sites and suggests the nearest; [`Error::PartlyVisited`] or
    /// [`Error::VaryingShape`] for an irregular site.
    pub fn get(&self, site: impl ValueName) -> Result<&ArrayD<f64>> {
        let name = site.site_name();
        match (self.sites.get(name), self.irregular(name)) {
            (Ok(site), _) => Ok(site.values()),
            (Err(_), Some(site)) => Err(site.error()),
            (Err(_), None) => {
                let known = self.sites.names().chain(self.irregular.iter().map(IrregularSite::name));
                Err(Error::unknown_name("site", name, known))
            }
        }
    }

    /// Distribution of one site: its draws with their weights.
    ///
    /// **Errors** as [`Empirical::get`].
    pub fn marginal(&self, site: impl ValueName) -> Result<Marginal<'_>> {
        Ok(Marginal::new(self.get(site)?, &self.weights))
    }

    /// Distribution of what the model returned.
    ///
    /// **Errors** [`Error::NoOutput`] if that was not kept.
    pub fn output(&self) -> Result<Marginal<'_>> {
        let output = self.output.get(OUTPUT).map_err(|_| Error::NoOutput)?;
        Ok(Marginal::new(output.values(), &self.weights))
    }

    /// Only the draws that visited a site, with their weights.
    ///
    /// This is the distribution given that the site was visited, and [`Empirical::log_evidence`] is the mean of its
    /// weights only.
    ///
    /// **Errors** [`Error::UnknownName`]; [`Error::NoPositiveWeight`] if no draw with positive weight visited the site.
    pub fn visiting(&self, site: impl ValueName) -> Result<Self> {
        let name = site.site_name();
        match self.irregular(name) {
            Some(site) => self.select(site.draws(), site.draws().iter().map(|&draw| self.log_weights[draw]).collect()),
            None => self.get(name).map(|_| self.clone()),
        }
    }

    /// These of the draws, which may repeat, with other weights.
    fn select(&self, chosen: &[usize], log_weights: Vec<f64>) -> Result<Self> {
        let rows = |table: &SiteTable| -> Result<SiteTable> {
            let mut selected = SiteTable::new(&[chosen.len()]);
            for site in table {
                let dims: Vec<Option<&str>> = site.dims().iter().map(Option::as_deref).collect();
                selected.insert_with_dims(site.name(), &dims, site.values().select(Axis(0), chosen))?;
            }
            Ok(selected)
        };
        let mut sites = rows(&self.sites)?;
        let mut irregular = Vec::new();
        for site in &self.irregular {
            let site = site.select(chosen);
            match site.stacked() {
                Some(values) => sites.insert(site.name(), values)?,
                None => irregular.push(site),
            }
        }
        Ok(Self { irregular, output: rows(&self.output)?, ..Self::new(sites, log_weights)? })
    }

    /// Effective number of draws, 1 / Σ w² of the normalised weights.
    ///
    /// It is optimistic where the proposal misses a part of the target: see [`Empirical::pareto_k`].
    pub fn ess(&self) -> f64 {
        diagnostics::weights_ess(&self.log_weights)
    }

    /// Logarithm of the mean weight, [rejected](Self::rejections) draws included: for importance sampling the estimate of the log marginal likelihood ln p(data).
    ///
    /// The estimate of p(data) is unbiased; its logarithm is too small on average.
    pub fn log_evidence(&self) -> f64 {
        log_sum_exp(&self.log_weights) - ((self.draw_count() + self.weightless) as f64).ln()
    }

    /// Shape k̂ of the tail of the weights; see [`diagnostics::pareto_smooth`].
    ///
    /// Above [`diagnostics::pareto_k_threshold`] of the number of draws, estimates are unreliable, whatever
    /// [`Empirical::ess`] says.
    pub fn pareto_k(&self) -> f64 {
        let mut log_weights = self.log_weights.clone();
        log_weights.resize(log_weights.len() + self.weightless, f64::NEG_INFINITY);
        diagnostics::pareto_smooth(&log_weights, 1.0).pareto_k
    }

    /// `draws` independent draws from this distribution, of equal weight.
    ///
    /// The same `seed` gives the same draws on every platform.
    ///
    /// **Errors** [`Error::NoDraws`] if `draws` is 0.
    pub fn resample(&self, draws: usize, seed: u64) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let cumulative: Vec<f64> = self
            .weights
            .iter()
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        // Rounding can leave the total below 1: the last draw of positive weight gets the rest.
        let last = self.weights.iter().rposition(|&weight| weight > 0.0).expect("a weight is positive");
        let chosen: Vec<usize> = (0..draws)
            .map(|_| {
                let level: f64 = rng.random();
                cumulative.partition_point(|&sum| sum <= level).min(last)
            })
            .collect();
        self.select(&chosen, vec![0.0; draws])
    }
}

/// Weighted draws as they are read, before they are checked.
#[derive(Deserialize)]
struct Record {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    sites: SiteTable,
    irregular: Vec<IrregularSite>,
    output: SiteTable,
    #[serde(with = "floats::list")]
    log_weights: Vec<f64>,
    #[serde(default)]
    weightless: usize,
    #[serde(default)]
    rejections: Rejections,
}

impl TryFrom<Record> for Empirical {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let empirical = Self::new(record.sites, record.log_weights)?.with_irregular(record.irregular)?;
        let empirical = empirical.with_weightless(record.weightless).with_rejections(record.rejections);
        match record.output.get(OUTPUT) {
            Ok(output) => empirical.with_output(output.values().clone()),
            Err(_) => Ok(empirical),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, ArrayD, array};

    use super::Empirical;
    use crate::posterior::{SiteTable, tests::scores};

    const NEVER: f64 = f64::NEG_INFINITY;

    /// Four draws with weights 1, 0, 2, 1 of a scalar and of a vector of two.
    fn four() -> Empirical {
        let mut sites = SiteTable::new(&[4]);
        sites.insert("x", array![1.0, f64::NAN, 3.0, -5.0].into_dyn()).unwrap();
        let y = array![[1.0, 10.0], [f64::INFINITY, 0.0], [2.0, 20.0], [3.0, 30.0]];
        sites.insert_with_dims("y", &[Some("pair")], y.into_dyn()).unwrap();
        Empirical::new(sites, vec![7.0, NEVER, 7.0 + 2.0_f64.ln(), 7.0]).unwrap()
    }

    fn close(got: &ArrayD<f64>, want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-13, "{got} is not {want}");
        }
    }

    #[test]
    fn moments_and_expectations() {
        let four = four();
        let (x, y) = (four.marginal("x").unwrap(), four.marginal("y").unwrap());
        close(&x.mean(), &[0.5]);
        assert_eq!(x.mean().ndim(), 0);
        // Σ w x² = (1 + 18 + 25) / 4 = 11.
        close(&x.variance(), &[10.75]);
        close(&x.sd(), &[10.75_f64.sqrt()]);
        close(&y.mean(), &[2.0, 20.0]);
        close(&y.variance(), &[0.5, 50.0]);
        assert!((y.expectation(|y| y[[0]] * y[[1]]) - (10.0 + 80.0 + 90.0) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_are_draws() {
        let x = four();
        let x = x.marginal("x").unwrap();
        for (probability, expected) in [(0.0, -5.0), (0.25, -5.0), (0.26, 1.0), (0.5, 1.0), (0.51, 3.0), (1.0, 3.0)] {
            assert_eq!(x.quantile(probability)[[]], expected, "{probability}");
        }
        assert!(x.quantile(1.5)[[]].is_nan());
        // Ten equal weights, whose sums are not exact.
        let mut sites = SiteTable::new(&[10]);
        sites.insert("x", Array1::from_iter((1..=10).map(f64::from)).into_dyn()).unwrap();
        let ten = Empirical::unweighted(sites).unwrap();
        for decile in 1..=10 {
            let quantile = ten.marginal("x").unwrap().quantile(f64::from(decile) / 10.0);
            assert_eq!(quantile[[]], f64::from(decile));
        }
    }

    #[test]
    fn weights_and_evidence() {
        let four = four();
        assert_eq!(four.draw_count(), 4);
        for (got, want) in four.weights().iter().zip([0.25, 0.0, 0.5, 0.25]) {
            assert!((got - want).abs() < 1e-15);
        }
        assert!((four.ess() - 16.0 / 6.0).abs() < 1e-13);
        // The mean weight is e⁷ (1 + 0 + 2 + 1) / 4.
        assert!((four.log_evidence() - 7.0).abs() < 1e-14);
    }

    #[test]
    fn evidence_and_tail_of_a_known_importance_sampler() {
        // Target N(0, 1) unnormalised by a factor e³, proposal N(0, 2²).
        let draws = Array1::from(scores(20_000, 21)) * 2.0;
        let log_weights = draws.iter().map(|x| 3.0 - 0.5 * x * x + 0.125 * x * x + 2.0_f64.ln()).collect();
        let mut sites = SiteTable::new(&[20_000]);
        sites.insert("x", draws.into_dyn()).unwrap();
        let empirical = Empirical::new(sites, log_weights).unwrap();
        // Standard errors: 0.0061 for the evidence and the mean, below 0.01 for the variance. Seeds are fixed.
        assert!((empirical.log_evidence() - 3.0).abs() < 0.025);
        assert!(empirical.marginal("x").unwrap().mean()[[]].abs() < 0.03);
        assert!((empirical.marginal("x").unwrap().variance()[[]] - 1.0).abs() < 0.04);
        // ESS / n tends to 1 / E[w²] = √7 / 4.
        assert!((empirical.ess() / 20_000.0 - 7.0_f64.sqrt() / 4.0).abs() < 0.01);
        assert!(empirical.pareto_k() < 0.0, "bounded weights have a bounded tail");
    }

    #[test]
    fn resampling_has_the_same_distribution() {
        let four = four();
        let many = four.resample(40_000, 3).unwrap();
        assert_eq!(many.get("y").unwrap().shape(), [40_000, 2]);
        assert_eq!(many.sites().get("y").unwrap().dims(), [Some("pair".to_owned())]);
        let x = many.get("x").unwrap();
        let fraction = |value: f64| x.iter().filter(|&&draw| draw == value).count() as f64 / 40_000.0;
        // Four standard errors of a proportion.
        for (value, weight) in [(1.0, 0.25), (3.0, 0.5), (-5.0, 0.25)] {
            assert!((fraction(value) - weight).abs() < 4.0 * (weight * (1.0 - weight) / 40_000.0_f64).sqrt());
        }
        assert!(x.iter().all(|draw| !draw.is_nan()), "a draw of weight zero was chosen");
        assert_eq!(many.log_evidence(), 0.0);
        // The sites stay together.
        let together = |draw: usize| (x[[draw]] == 3.0) == (many.get("y").unwrap()[[draw, 0]] == 2.0);
        assert!((0..1000).all(together));

        assert_eq!(four.resample(10, 3).unwrap(), four.resample(10, 3).unwrap());
        assert_ne!(four.resample(100, 3).unwrap(), four.resample(100, 4).unwrap());
        assert!(four.resample(0, 3).is_err());
    }

    #[test]
    fn wrong_weights_are_errors() {
        let mut sites = SiteTable::new(&[2]);
        sites.insert("x", Array1::zeros(2).into_dyn()).unwrap();
        let message = |log_weights: Vec<f64>| Empirical::new(sites.clone(), log_weights).unwrap_err().to_string();
        assert!(message(vec![NEVER; 2]).starts_with("all 2 importance weights are zero"));
        assert_eq!(message(vec![0.0, f64::NAN]), "the log importance weight of draw 1 is NaN");
        assert_eq!(message(vec![f64::INFINITY, 0.0]), "the log importance weight of draw 0 is inf");
        assert!(message(vec![0.0]).contains("leading axes must be [1]"));
        assert!(Empirical::unweighted(SiteTable::new(&[0])).unwrap_err().to_string().starts_with("there are no draws"));
        assert!(Empirical::unweighted(SiteTable::new(&[])).is_err());
        assert!(four().marginal("z").is_err());
    }

    #[test]
    fn zero_weights_survive_json() {
        let mut sites = SiteTable::new(&[3]);
        sites.insert("x", Array2::from_elem((3, 1), 1.5).into_dyn()).unwrap();
        let empirical = Empirical::new(sites, vec![-0.5, NEVER, 0.25]).unwrap();
        let text = serde_json::to_string(&empirical).unwrap();
        assert!(
            text.starts_with(r#"{"format":1,"#) && text.ends_with(r#""log_weights":[-0.5,"-inf",0.25]}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Empirical>(&text).unwrap(), empirical);
        let none = text.replace("[-0.5,\"-inf\",0.25]", "[\"-inf\",\"-inf\",\"-inf\"]");
        assert!(serde_json::from_str::<Empirical>(&none).is_err());
    }
}
