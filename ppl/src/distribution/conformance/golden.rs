//! The golden table: reading it, and the comparison of a field with it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::{Family, Parameters, assert_close};
use crate::distribution::Distribution;
use crate::testing::engines::elements_by_program;
use crate::{Result, Shape, Tensor};

static TABLE: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/distributions.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

/// Densities exactly at the ends of supports.
static EDGES: LazyLock<Vec<Value>> = LazyLock::new(|| cases_of_folder("edges"));

/// The cases of all tables in a folder of `tests/golden`.
pub(super) fn cases_of_folder(folder: &str) -> Vec<Value> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let cases = files.iter().flat_map(|file| {
        let table: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        table["cases"].as_array().unwrap().clone()
    });
    cases.collect()
}

/// The cases of `distributions.json`.
pub(super) fn cases_of_table() -> Vec<Value> {
    TABLE["cases"].as_array().unwrap().clone()
}

/// A parameter setting with its reference values.
pub(crate) struct Case {
    pub(crate) parameters: Parameters,
    fields: &'static Value,
}

/// A divergence between two settings.
pub(super) struct KlCase {
    pub(super) p: Parameters,
    pub(super) q: Parameters,
    pub(super) value: f64,
}

/// A number; infinities are strings, and what is not tested is `null`.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// A number or nested lists of numbers; NaN where the table has `null`.
pub(super) fn tensor(value: &Value) -> Tensor {
    let Some(list) = value.as_array() else { return Tensor::from(number(value).unwrap_or(f64::NAN)) };
    let parts: Vec<Tensor> = list.iter().map(tensor).collect();
    let inner = parts.first().map_or(Shape::SCALAR, Tensor::shape);
    let elements: Vec<f64> = parts.iter().flat_map(|part| part.to_vec()).collect();
    Tensor::new(elements, Shape::from(parts.len()).concat(&inner)).unwrap()
}

/// The parameters of a case. Those of a part stand among the others, and so does the part's name.
fn parameters(value: &Value) -> Parameters {
    let mut entries = Vec::new();
    for (name, value) in value.as_object().unwrap() {
        match value {
            Value::Object(part) => entries.extend(part.iter().map(|(name, value)| (name.clone(), tensor(value)))),
            // The name of a part: a parameter "kernel.MaternOneHalf".
            Value::String(text) if text.parse::<f64>().is_err() => {
                entries.push((format!("{name}.{text}"), Tensor::from(1.0)));
            }
            _ => entries.push((name.clone(), tensor(value))),
        }
    }
    Parameters::new(entries)
}

impl Case {
    /// A field of the case, or of a part of it (`"icdf.p"`).
    pub(super) fn field(&self, path: &str) -> Option<&'static Value> {
        path.split('.').try_fold(self.fields, |value, key| value.get(key))
    }

    /// A field of the case, as numbers.
    pub(crate) fn tensor(&self, path: &str) -> Tensor {
        tensor(self.field(path).unwrap())
    }

    /// Compares a function of a field with another field, as it is computed at once and by a recorded program.
    #[track_caller]
    fn compare_engines(
        &self,
        path: &str,
        input: &str,
        function: impl Fn(&Tensor) -> Result<Tensor>,
        relative: f64,
        absolute: f64,
    ) {
        let input = self.tensor(input);
        self.compare(path, &function(&input).unwrap(), relative, absolute);
        let what = format!("{path} at {}", self.parameters);
        self.compare(path, &elements_by_program(&what, &input, function), relative, absolute);
    }

    /// Compares a tensor with a field, element by element.
    ///
    /// `null` in a list is not tested; `null` alone is a moment that does not exist and must be NaN.
    #[track_caller]
    pub(crate) fn compare(&self, path: &str, got: &Tensor, relative: f64, absolute: f64) {
        let value = self.field(path).unwrap();
        let want = tensor(value);
        let what = path.split('.').next().unwrap_or_default();
        assert_eq!(got.shape(), want.shape(), "{what} at {}", self.parameters);
        let tolerance = self.fields.get("tol").and_then(|tolerances| tolerances.get(what));
        for (place, (got, want)) in got.to_vec().into_iter().zip(want.to_vec()).enumerate() {
            if want.is_nan() && value.is_array() {
                continue;
            }
            let relative = match tolerance {
                Some(Value::Array(list)) => list.get(place).and_then(Value::as_f64),
                Some(Value::Number(all)) => all.as_f64(),
                _ => None,
            }
            .unwrap_or(relative);
            assert_close(got, want, relative, absolute, &format_args!("{path}[{place}] at {}", self.parameters));
        }
    }
}

impl<D: Distribution + ?Sized> Family<D> {
    /// Whether a case is one of this family.
    fn is_own(&self, case: &Value) -> bool {
        let component = case["params"].get("component").and_then(Value::as_str);
        case["dist"] == self.name && component == self.description.component
    }

    /// The cases of this name; of a distribution in the tables there is at least one.
    pub(crate) fn cases(&self) -> Vec<Case> {
        if !self.description.is_tabulated {
            return Vec::new();
        }
        let cases = TABLE["cases"].as_array().unwrap().iter().filter(|case| self.is_own(case));
        let cases = cases.map(|fields| Case { parameters: parameters(&fields["params"]), fields });
        let cases: Vec<Case> = cases.collect();
        assert!(!cases.is_empty(), "the golden table has no case of {}", self.name);
        cases
    }

    /// The divergences between two distributions of this name.
    pub(super) fn kl_cases(&self) -> Vec<KlCase> {
        if !self.description.is_tabulated {
            return Vec::new();
        }
        let both = |case: &&Value| case["p"]["dist"] == self.name && case["q"]["dist"] == self.name;
        let cases = TABLE["kl"].as_array().unwrap().iter().filter(both).map(|case| KlCase {
            p: parameters(&case["p"]["params"]),
            q: parameters(&case["q"]["params"]),
            value: number(&case["value"]).unwrap(),
        });
        cases.collect()
    }

    /// Parameters, a value at an end of the support, and its log density.
    pub(super) fn edges(&self) -> Vec<(Parameters, Tensor, f64)> {
        let cases = EDGES.iter().filter(|case| self.is_own(case));
        cases
            .map(|case| (parameters(&case["params"]), tensor(&case["x"]), number(&case["log_prob"]).unwrap()))
            .collect()
    }

    /// Log densities are those of the table.
    pub fn golden_log_prob(&self) {
        for case in self.cases() {
            let distribution = self.build(&case.parameters);
            let shape: Vec<usize> =
                tensor(&case.fields["event_shape"]).to_vec().iter().map(|&size| size as usize).collect();
            assert_eq!(distribution.event_shape(), Shape::from(shape), "{}", case.parameters);
            if case.field("log_prob").is_some() {
                case.compare_engines("log_prob", "x", |x| distribution.log_prob(x), 1e-10, 1e-12);
            }
            if case.field("outside").is_some() {
                case.compare_engines("outside.log_prob", "outside.x", |x| distribution.log_prob(x), 0.0, 0.0);
            }
        }
    }

    /// Every field that the table has for this name is checked by a capability that was listed.
    pub fn golden_table_is_covered(&self, capabilities: &[&str]) {
        let mut covered: BTreeSet<&str> =
            ["dist", "params", "event_shape", "x", "log_prob", "outside", "oracle", "tol"].into();
        covered.extend(self.description.covered);
        for capability in capabilities {
            covered.extend(match *capability {
                "cdf" => &["cdf", "icdf"][..],
                "moments" => &["mean", "variance"],
                "covariance" => &["covariance"],
                "entropy" => &["entropy"],
                _ => &[],
            });
        }
        for case in self.cases() {
            for field in case.fields.as_object().unwrap().keys() {
                assert!(covered.contains(field.as_str()), "{}: golden field `{field}` is not checked", self.name);
            }
        }
        let has_kl = !self.kl_cases().is_empty();
        assert!(
            !has_kl || capabilities.contains(&"kl") || covered.contains("kl"),
            "{}: `kl` is not checked",
            self.name
        );

        let claims = capabilities.iter().any(|capability| capability.starts_with("reparameterized"));
        let is = self.build(self.two_points().0).is_reparameterized();
        assert_eq!(is, claims, "{}: list the capability `reparameterized` if and only if it is", self.name);
        assert!(
            capabilities.contains(&"univariate") || capabilities.contains(&"multivariate"),
            "{}: list the capability `univariate` or `multivariate`",
            self.name
        );
    }

    /// Compares an elementwise function of the value (a distribution function) with the table.
    pub(super) fn compare_cdf(&self, cdf: fn(&D, &Tensor) -> Result<Tensor>, icdf: fn(&D, &Tensor) -> Result<Tensor>) {
        for case in self.cases() {
            let distribution = self.build(&case.parameters);
            if case.field("cdf").is_some() {
                case.compare_engines("cdf", "x", |x| cdf(&distribution, x), 1e-10, 1e-300);
            }
            if case.field("outside.cdf").is_some() {
                case.compare_engines("outside.cdf", "outside.x", |x| cdf(&distribution, x), 0.0, 0.0);
            }
            if case.field("icdf").is_some() {
                let quantiles = |probabilities: &Tensor| {
                    let got = icdf(&distribution, probabilities)?;
                    let Some(flat) = self.description.flat_at else { return Ok(got) };
                    Tensor::try_select(probabilities.detach().equal(flat), case.tensor("icdf.x"), got)
                };
                if distribution.support().is_discrete() {
                    // They jump: they have no derivative, and are part of no program.
                    case.compare("icdf.x", &quantiles(&case.tensor("icdf.p")).unwrap(), 0.0, 0.0);
                } else {
                    case.compare_engines("icdf.x", "icdf.p", quantiles, 1e-10, 0.0);
                }
            }
        }
    }
}
