//! Large counts, far tails and limits of parameters: the tables of `tests/golden/far`, and draws by its parameters.

use std::sync::LazyLock;

use serde_json::Value;

use super::golden::{cases_of_folder, tensor};
use super::{Family, Parameters, rng};
use crate::distribution::Distribution;
use crate::program::{Recorded, record};
use crate::{Result, Shape, Tensor, grad};

static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| cases_of_folder("far"));

/// Relative errors of a value and of a derivative.
const RELATIVE: (f64, f64) = (1e-13, 1e-12);
/// So many units of rounding in every parameter may have been the error's cause. Logarithms of the largest numbers are 700,
/// those of counts 35.
const UNITS: f64 = 64.0 * f64::EPSILON;
/// Log densities are added to others of the size of 1.
const ABSOLUTE: f64 = 4.0 * f64::EPSILON;

/// A number with the error that it may have.
#[derive(Clone, Copy)]
struct Expected {
    value: f64,
    error: f64,
}

impl Expected {
    fn new(value: f64, condition: f64, relative: f64, absolute: f64) -> Self {
        Self { value, error: relative * value.abs() + UNITS * condition + absolute }
    }

    fn sum(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self { value: 0.0, error: 0.0 }, |sum, part| Self {
            value: sum.value + part.value,
            // The parts may cancel.
            error: sum.error + part.error + f64::EPSILON * part.value.abs(),
        })
    }
}

struct Case {
    parameters: Parameters,
    fields: &'static Value,
}

impl Case {
    fn values(&self, field: &str) -> Vec<f64> {
        tensor(&self.fields[field]).to_vec()
    }

    fn points(&self) -> Vec<Tensor> {
        self.fields["x"].as_array().unwrap().iter().map(tensor).collect()
    }

    fn log_prob(&self, place: usize) -> Expected {
        Expected::new(self.values("log_prob")[place], self.values("condition")[place], RELATIVE.0, ABSOLUTE)
    }

    fn gradient(&self, name: &str, place: usize) -> Vec<Expected> {
        let [values, conditions] = ["gradient", "gradient_condition"]
            .map(|field| tensor(&self.fields[field][name].as_array().unwrap()[place]).to_vec());
        values
            .iter()
            .zip(conditions)
            .map(|(&value, condition)| Expected::new(value, condition, RELATIVE.1, 0.0))
            .collect()
    }

    /// What the log density is differentiated by.
    fn names(&self) -> Vec<String> {
        self.fields["gradient"].as_object().unwrap().keys().cloned().collect()
    }
}

impl<D: Distribution + ?Sized> Family<D> {
    /// Parameters of the table of this name.
    pub(super) fn far_parameters(&self) -> Vec<Parameters> {
        self.far_cases().into_iter().map(|case| case.parameters).collect()
    }

    fn far_cases(&self) -> Vec<Case> {
        if self.description.is_without_far_cases {
            return Vec::new();
        }
        let cases = CASES.iter().filter(|case| case["dist"] == self.name);
        let parameters = |case: &'static Value| {
            let entries = case["params"].as_object().unwrap().iter();
            Parameters::new(entries.map(|(name, value)| (name.clone(), tensor(value))))
        };
        let cases: Vec<Case> = cases.map(|fields| Case { parameters: parameters(fields), fields }).collect();
        assert!(!cases.is_empty(), "`tests/golden/far` has no case of {}", self.name);
        cases
    }

    /// Values and gradients, by the tape and by programs, of values that are differentiated and of those that are not.
    pub fn golden_log_prob_far_out(&self) {
        let mut failures = Vec::new();
        for case in self.far_cases() {
            let points = case.points();
            let names = case.names();
            let by_parameters: Vec<String> = names.iter().filter(|name| *name != "value").cloned().collect();
            for (place, point) in points.iter().enumerate() {
                let alone = self.build(&case.parameters).log_prob(point).unwrap().item();
                let wanted = case.log_prob(place);
                note(&mut failures, alone, wanted, &format!("{} ({}) at {point}", self.name, case.parameters));
                let wanted_gradient: Vec<Expected> = names.iter().flat_map(|name| case.gradient(name, place)).collect();
                self.check(&case, point, &names, wanted, &wanted_gradient, &mut failures);
            }
            let together = Tensor::stack(&points, 0);
            let wanted = Expected::sum((0..points.len()).map(|place| case.log_prob(place)));
            let mut wanted_gradient = Vec::new();
            for name in &by_parameters {
                let each: Vec<Vec<Expected>> = (0..points.len()).map(|place| case.gradient(name, place)).collect();
                wanted_gradient
                    .extend((0..each[0].len()).map(|element| Expected::sum(each.iter().map(|one| one[element]))));
            }
            self.check(&case, &together, &by_parameters, wanted, &wanted_gradient, &mut failures);
        }
        assert!(failures.is_empty(), "{} numbers are off:\n{}", failures.len(), failures.join("\n"));
    }

    /// The sum of log densities, and its gradient by the value or parameters of these names.
    fn check(
        &self,
        case: &Case,
        value: &Tensor,
        names: &[String],
        wanted: Expected,
        wanted_gradient: &[Expected],
        failures: &mut Vec<String>,
    ) {
        let inputs: Vec<Tensor> =
            names.iter().map(|name| if name == "value" { value.clone() } else { case.parameters.get(name) }).collect();
        let log_prob = |inputs: &[Tensor]| -> Result<Tensor> {
            let (mut parameters, mut value) = (case.parameters.clone(), value.clone());
            for (name, input) in names.iter().zip(inputs) {
                if name == "value" {
                    value = input.clone();
                } else {
                    parameters = parameters.with(name, input.clone());
                }
            }
            (self.build)(&parameters)?.log_prob(&value).map(|each| each.sum())
        };
        let mut compare = |engine: &str, got: f64, gradient: &[f64]| {
            let at = format!("{} ({}) at {value} by the {engine}", self.name, case.parameters);
            note(failures, got, wanted, &at);
            for ((got, &wanted), name) in gradient.iter().zip(wanted_gradient).zip(names.iter().cycle()) {
                note(failures, *got, wanted, &format!("gradient by {name} of {at}"));
            }
        };
        let (got, gradients) = grad(log_prob, &inputs).unwrap();
        let gradient: Vec<f64> = gradients.iter().flat_map(Tensor::to_vec).collect();
        compare("tape", got, &gradient);
        let position: Vec<f64> = inputs.iter().flat_map(Tensor::to_vec).collect();
        let split = |flat: &Tensor| {
            let mut start = 0;
            let cut = |input: &Tensor| {
                start += input.size();
                flat.slice(0, start - input.size()..start).reshape(input.shape())
            };
            inputs.iter().map(cut).collect::<Vec<Tensor>>()
        };
        // Recorded elsewhere.
        let elsewhere: Vec<f64> = position.iter().map(|x| x * (1.0 - 1e-9)).collect();
        match record(&elsewhere, |flat| log_prob(&split(flat))) {
            Ok(Recorded::Static(mut program)) => {
                let mut gradient = vec![0.0; position.len()];
                let got = program.value_and_gradient(&position, &mut gradient);
                compare("program", got, &gradient);
            }
            other => failures.push(format!("{} ({}): {other:?}", self.name, case.parameters)),
        }
    }

    /// Draws by parameters of the table end, and lie in the support, or are refused with the parameter's name.
    pub fn draws_far_out_lie_in_the_support(&self) {
        for case in self.far_cases() {
            let distribution = self.build(&case.parameters);
            let draws = match distribution.sample(&mut rng("far"), &Shape::from(200)) {
                Ok(draws) => draws,
                Err(crate::Error::InvalidParameter { parameter, .. }) => {
                    assert!(case.parameters.has(parameter), "{parameter}");
                    continue;
                }
                Err(error) => panic!("{}: {error}", case.parameters),
            };
            let inside = distribution.support().contains(&draws);
            assert_eq!(inside.min(), 1.0, "{} ({}): {draws}", self.name, case.parameters);
            assert!(draws.to_vec().iter().all(|draw| draw.is_finite()), "{} ({}): {draws}", self.name, case.parameters);
        }
    }
}

/// Notes a number that is further off than it may be.
fn note(failures: &mut Vec<String>, got: f64, wanted: Expected, what: &str) {
    let Expected { value, error } = wanted;
    if !((got - value).abs() <= error || got == value) {
        let times = (got - value).abs() / error;
        failures.push(format!("{what}: {got:e}, not {value:e}: {times:.1e} times the error allowed"));
    }
}
