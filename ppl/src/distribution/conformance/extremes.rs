//! Extreme parameters: functions of a distribution have their limits there, infinite ones too, and are not NaN.

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};

use super::numerics::{ends, replaced};
use super::{Family, Parameters, rng};
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Values of parameters: those of them that `new` takes.
const EXTREMES: [f64; 12] =
    [5e-324, 1e-308, 1e-300, 1e-8, 1e8, 1e300, -1e300, -1e-300, 0.0, f64::EPSILON, 1.0 - f64::EPSILON / 2.0, 1.0];

/// Values at which functions are evaluated.
const VALUES: [f64; 7] = [0.0, 1e-300, 0.5, 1.0, -1.0, 1e300, -1e300];

/// A function of a distribution that is told what to name it in messages.
type Notes<'a> = &'a mut dyn FnMut(&'static str, &str, Result<Tensor>);

impl<D: Distribution + ?Sized> Family<D> {
    /// The name of the parameter that is extreme, and all parameters: of the first point, each in turn, and of the table of
    /// the far tails.
    fn extremes(&self) -> Vec<(String, Parameters)> {
        let is_never_large = |name: &str| self.description.never_large.contains(&name);
        let mut all = Vec::new();
        if !is_never_large("far") {
            all.extend(self.far_parameters().into_iter().map(|parameters| ("far".to_owned(), parameters)));
        }
        let point = self.two_points().0;
        for name in point.names() {
            let (tensor, largest) = (point.get(&name), if is_never_large(&name) { 1.0 } else { f64::MAX });
            for extreme in EXTREMES.into_iter().filter(|extreme| extreme.abs() <= largest) {
                let mut moved = vec![Tensor::full(tensor.shape(), extreme)];
                if tensor.size() > 1 {
                    moved.push(replaced(&tensor, 0, extreme));
                }
                let moved = moved.into_iter().map(|tensor| (name.clone(), point.with(&name, tensor)));
                all.extend(moved.filter(|(_, parameters)| (self.build)(parameters).is_ok()));
            }
        }
        all
    }

    /// Ordinary values, and the ends of the support.
    fn values(&self, distribution: &D) -> Vec<Tensor> {
        let event = distribution.event_shape();
        let usual = self.build(self.two_points().0);
        let mut values = Vec::new();
        if usual.event_shape() == event {
            let draws = usual.sample(&mut rng("usual"), &Shape::from(3)).unwrap();
            values.extend((0..3).map(|place| draws.get(place)));
        }
        if event.rank() == 0 {
            values.extend(VALUES.map(Tensor::from));
            let support = distribution.support();
            if !matches!(support, Constraint::Image { .. } | Constraint::Constant(_)) {
                let (low, high) = ends(&support);
                values.extend([low, high].into_iter().filter(|end| end.is_finite()).map(Tensor::from));
            }
        }
        values
    }

    /// Lists what is NaN or refused and is not known to be, and what is known to be and is not.
    fn check_extremes(&self, functions: &[&'static str], evaluate: impl Fn(&D, Notes<'_>)) {
        let mut failures = Vec::new();
        let mut met = BTreeSet::new();
        for (name, parameters) in self.extremes() {
            let distribution = self.build(&parameters);
            evaluate(&distribution, &mut |function, at, got| {
                let text = match got {
                    Ok(tensor) if !tensor.to_vec().iter().any(|element| element.is_nan()) => return,
                    Ok(tensor) => tensor.to_string(),
                    Err(error) => error.to_string(),
                };
                let known = self.description.without_number.iter().find(|(of, by)| *of == function && *by == name);
                match known {
                    Some(known) => drop(met.insert(*known)),
                    None => failures.push(format!("{name}: {function}({at}) is {text} at {parameters}")),
                }
            });
        }
        for known in &self.description.without_number {
            if functions.contains(&known.0) && !met.contains(known) {
                failures.push(format!("`nan_at{known:?}` is said, but it is a number"));
            }
        }
        assert!(failures.is_empty(), "{}: {} numbers:\n{}", self.name, failures.len(), failures.join("\n"));
    }

    /// The log density is no NaN; draws are none, and lie between the ends of the support, or are refused.
    pub fn densities_and_draws_at_extreme_parameters(&self) {
        self.check_extremes(&["log_prob", "sample"], |distribution, note| {
            for value in self.values(distribution) {
                note("log_prob", &value.to_string(), distribution.log_prob(&value));
            }
            let Ok(draws) = distribution.sample(&mut rng("extreme"), &Shape::from(20)) else { return };
            note("sample", "", Ok(draws.clone()));
            let support = distribution.support();
            if distribution.event_shape().rank() == 0
                && !matches!(support, Constraint::Image { .. } | Constraint::Constant(_))
            {
                let (low, high) = ends(&support);
                let inside = draws.to_vec().into_iter().all(|draw| draw.is_nan() || (low <= draw && draw <= high));
                assert!(inside, "{}: draws {draws} outside of {support}", self.name);
            }
            note("log_prob", "a draw", distribution.log_prob(&draws));
        });
    }
}

impl<D: Cdf + ?Sized> Family<D> {
    /// Distribution functions and quantiles are no NaN.
    pub fn distribution_functions_at_extreme_parameters(&self) {
        let functions = ["cdf", "log_cdf", "survival", "log_survival", "icdf"];
        self.check_extremes(&functions, |distribution, note| {
            for value in self.values(distribution) {
                let at = value.to_string();
                note("cdf", &at, distribution.cdf(&value));
                note("log_cdf", &at, distribution.log_cdf(&value));
                note("survival", &at, distribution.survival(&value));
                note("log_survival", &at, distribution.log_survival(&value));
            }
            for probability in [0.25, 0.5, 0.75] {
                note("icdf", &probability.to_string(), distribution.icdf(&Tensor::from(probability)));
            }
        });
    }
}

/// A function that panics with the error by which it refuses.
fn or_refused(function: impl FnOnce() -> Tensor) -> Result<Tensor> {
    panic::catch_unwind(AssertUnwindSafe(function)).map_err(|payload| Error::Unsupported {
        what: payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without a message".to_owned()),
        hint: String::new(),
    })
}

impl<D: Moments + ?Sized> Family<D> {
    /// Mean and variance are no NaN.
    pub fn moments_at_extreme_parameters(&self) {
        self.check_extremes(&["mean", "variance"], |distribution, note| {
            note("mean", "", or_refused(|| distribution.mean()));
            note("variance", "", or_refused(|| distribution.variance()));
        });
    }
}

impl<D: Mode + ?Sized> Family<D> {
    /// The mode is no NaN.
    pub fn modes_at_extreme_parameters(&self) {
        self.check_extremes(&["mode"], |distribution, note| note("mode", "", distribution.mode()));
    }
}

impl<D: Entropy + ?Sized> Family<D> {
    /// The entropy is no NaN.
    pub fn entropies_at_extreme_parameters(&self) {
        self.check_extremes(&["entropy"], |distribution, note| {
            note("entropy", "", or_refused(|| distribution.entropy()));
        });
    }
}
