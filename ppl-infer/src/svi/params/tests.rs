//! Parameter stores.

use ppl::prelude::*;

use super::ParamStore;

fn all_kinds() -> ParamStore {
    let mut params = ParamStore::new();
    let bounds = || Tensor::from([1.0, 2.0]);
    let matrix = Tensor::from([[2.0, 0.5], [0.5, 1.0]]);
    params.insert("real", -0.1, Constraint::Real).unwrap();
    params.insert("positive", [1e-300, 3.0], Constraint::Positive).unwrap();
    params.insert("non_negative", 0.25, Constraint::NonNegative).unwrap();
    params.insert("unit", 0.3, Constraint::UnitInterval).unwrap();
    params.insert("between", [1.5, 3.0], Constraint::Interval { lower: bounds(), upper: 4.0.into() }).unwrap();
    params.insert("above", [1.5, 3.0], Constraint::GreaterThan(bounds())).unwrap();
    params.insert("below", [0.5, -3.0], Constraint::LessThan(bounds())).unwrap();
    params.insert("simplex", [0.2, 0.3, 0.5], Constraint::Simplex).unwrap();
    params.insert("ordered", [-1.0, 0.0, 7.0], Constraint::OrderedVector).unwrap();
    params.insert("factor", [[2.0, 0.0], [0.5, 1.0]], Constraint::LowerCholesky).unwrap();
    params.insert("covariance", matrix, Constraint::PositiveDefinite).unwrap();
    let vector = Constraint::Independent(Box::new(Constraint::Positive), 1);
    params.insert("vector", [1.0, 2.0], vector).unwrap();
    params
}

#[test]
fn constrained_values_come_back() {
    let params = all_kinds();
    let close = |name: &str, expected: &[f64]| {
        for (got, expected) in params.get(name).unwrap().to_vec().iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12 * expected.abs().max(1e-290), "{name}: {got} is not {expected}");
        }
    };
    close("positive", &[1e-300, 3.0]);
    close("between", &[1.5, 3.0]);
    close("below", &[0.5, -3.0]);
    close("simplex", &[0.2, 0.3, 0.5]);
    close("covariance", &[2.0, 0.5, 0.5, 1.0]);
    assert_eq!(params.unconstrained("simplex").unwrap().shape().dims(), [2]);
    assert_eq!(params.constraint("vector").unwrap().to_string(), "positive in every element");
    assert_eq!((params.len(), params.is_empty(), params.names().next()), (12, false, Some("above")));
}

#[test]
fn stores_survive_json() {
    let params = all_kinds();
    let text = serde_json::to_string(&params).unwrap();
    assert!(text.starts_with(r#"{"format":2,"params":[{"name":"above","shape":[2],"unconstrained":["#), "{text}");
    let read: ParamStore = serde_json::from_str(&text).unwrap();
    assert_eq!(read, params);
    for name in params.names() {
        let bits = |store: &ParamStore| -> Vec<u64> {
            store.unconstrained(name).unwrap().to_vec().iter().map(|element| element.to_bits()).collect()
        };
        assert_eq!(bits(&read), bits(&params));
    }
    let path = std::env::temp_dir().join(format!("ppl-params-{}.json", std::process::id()));
    params.write_json(&path).unwrap();
    assert_eq!(ParamStore::read_json(&path).unwrap(), params);
    std::fs::remove_file(path).unwrap();
    let broken = text.replace("\"simplex\",\"shape\":[2]", "\"simplex\",\"shape\":[]");
    assert!(serde_json::from_str::<ParamStore>(&broken).is_err());
}

#[test]
fn what_cannot_be_written_says_so() {
    let mut params = ParamStore::new();
    let image = Beta::new(2.0, 2.0).transform(ppl::bijector::Affine::new(0.0, 2.0)).unwrap().support();
    params.insert("a", 0.5, image).unwrap();
    let text = serde_json::to_string(&params).unwrap_err().to_string();
    assert!(text.starts_with("a parameter whose constraint is `") && text.ends_with("cannot be written"), "{text}");
}

#[test]
fn wrong_values_are_errors() {
    let mut params = ParamStore::new();
    let mut message = |value: Tensor, constraint| params.insert("a", value, constraint).unwrap_err().to_string();
    assert_eq!(message(0.0.into(), Constraint::Positive), "site `a`: value must be positive, got 0");
    assert_eq!(message(f64::NAN.into(), Constraint::Real), "site `a`: value must be real, got NaN");
    assert_eq!(
        message(1.0.into(), Constraint::UnitInterval),
        "site `a`: value must be finite, between 0 and 1 and not at an end, got 1"
    );
    assert!(message(1.0.into(), Constraint::Boolean).contains("isolated points"));
    assert!(message(1.0.into(), Constraint::Simplex).starts_with("site `a`: "));
    assert!(params.is_empty());
    assert_eq!(all_kinds().get("unti").unwrap_err().to_string().lines().last().unwrap(), "help: did you mean `unit`?");
}

#[test]
fn the_handler_gives_the_values() {
    #[model]
    fn model() -> Tensor {
        let a = param!("a", 1.0, Constraint::Positive);
        a * param!("b", 2.0)
    }
    let mut params = ParamStore::new();
    params.insert("a", 3.0, Constraint::Positive).unwrap();
    let text = model().with(params.handler()).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `b`: no parameter is named `b`; known: `a`");
    params.insert("b", 5.0, Constraint::Real).unwrap();
    let (_, output) = model().with(params.handler()).trace_output(Key::new(0)).unwrap();
    assert!((output - 15.0).abs() < 1e-14);
    assert!((params.to_string().lines().next().unwrap()).starts_with("a = 3"));
}
