//! No case of the tables is without a test that reads it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::golden::{cases_of_folder, cases_of_table};

/// The text of all sources in a folder.
fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Whether a family of this name is followed by a call of one of these checks, before another family is declared by a function
/// of the same name.
fn is_checked(name: &str, checks: &[&str], texts: &[String]) -> bool {
    let quoted = format!("\"{name}\"");
    texts.iter().any(|text| {
        text.match_indices(&quoted).any(|(start, _)| {
            let Some(function) = text[..start].rfind("fn ").map(|place| &text[place..start]) else { return false };
            let function = &function[..=function.find(['(', '<']).unwrap_or(0)];
            let rest = &text[start..];
            let segment = &rest[..rest.find(function).unwrap_or(rest.len())];
            checks.iter().any(|check| segment.contains(check))
        })
    })
}

#[test]
fn every_case_is_read_by_a_test() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/distribution"), &mut texts);
    let tables: [(&str, Vec<Value>, &str); 3] = [
        ("distributions.json", cases_of_table(), "golden_log_prob"),
        ("far", cases_of_folder("far"), "golden_log_prob_far_out"),
        ("edges", cases_of_folder("edges"), "at_the_ends_the_density_is_known"),
    ];
    for (table, cases, check) in tables {
        let families: BTreeSet<(&str, Option<&str>)> = cases
            .iter()
            .map(|case| (case["dist"].as_str().unwrap(), case["params"].get("component").and_then(Value::as_str)))
            .collect();
        for (name, component) in families {
            let checks = [check, "conformance::distribution!("];
            assert!(is_checked(name, &checks, &texts), "{table}: no test reads the cases of {name}");
            if let Some(component) = component {
                let is_named = texts.iter().any(|text| text.contains(&format!("of_component(\"{component}\")")));
                assert!(is_named, "{table}: no test reads the cases of {name} of {component}");
            }
        }
    }
}

#[test]
fn a_family_without_a_check_is_found() {
    let texts =
        ["fn family() { Family::new(\"A\") } distribution!(family()) fn family() { Family::new(\"B\") }".to_owned()];
    assert!(is_checked("A", &["distribution!("], &texts));
    assert!(!is_checked("B", &["distribution!("], &texts));
    assert!(!is_checked("C", &["distribution!("], &texts));
}
