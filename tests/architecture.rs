//! The documents against the project: a listing, the files that they name, and the parts that the code map tells of.

use std::fs;
use std::path::{Path, PathBuf};

use ppl::prelude::*;
use ppl_infer::density::ModelDensity;

/// Documents whose paths and links are checked.
const DOCUMENTS: [&str; 9] = [
    "ARCHITECTURE.md",
    "COMPARE.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "PERFORMANCE.md",
    "README.md",
    "benches/README.md",
    "ppl/src/program/README.md",
    "tests/golden/README.md",
];

/// The folders whose paths the documents give from the root.
const FOLDERS: [&str; 6] = ["ppl/", "ppl-infer/", "ppl-macros/", "examples/", "tests/", "benches/"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(document: &str) -> String {
    fs::read_to_string(path(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

#[model]
fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", &mu + &tau * &z);
        observe!("y", Normal::new(theta, sigma), y);
    });
}

#[test]
fn the_readme_of_programs_lists_the_program_of_the_eight_schools() {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    let density = ModelDensity::new(eight_schools(&y, &sigma)).unwrap();
    let program = density.program().expect("the model is recorded").to_string();

    let document = read("ppl/src/program/README.md");
    let (_, rest) = document.split_once("<!-- listing: program -->\n```text\n").expect("the listing has a marker");
    let (listing, _) = rest.split_once("```").expect("the listing has an end");
    assert!(listing == program, "the listing of the program should be\n{program}");
}

#[test]
fn the_readme_shows_the_message_about_a_misspelt_site() {
    let message = read("tests/ui/fail/condition_on_unknown_site.stderr");
    assert!(read("README.md").contains(&message), "README.md should show\n{message}");
}

#[test]
fn paths_that_the_documents_give_exist() {
    let mut count = 0;
    for document in DOCUMENTS {
        let text = read(document);
        // What is between an odd backtick and the next: a fence has three.
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder))
                && !code.contains(|c: char| c.is_whitespace() || "*{".contains(c));
            if is_path {
                assert!(path(code).exists(), "{document} gives the path `{code}`, which does not exist");
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count} paths");
}

#[test]
fn files_that_the_documents_link_exist() {
    let mut count = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                let target = folder.join(target);
                assert!(path(&target.to_string_lossy()).exists(), "{document} links {}", target.display());
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} links");
}

#[test]
fn the_code_map_has_every_part_of_every_crate() {
    let map = read("ARCHITECTURE.md");
    for name in ["ppl", "ppl-infer", "ppl-macros"] {
        for entry in fs::read_dir(path(name).join("src")).unwrap() {
            let entry = entry.unwrap();
            let slash = if entry.path().is_dir() { "/" } else { "" };
            let part = format!("{name}/src/{}{slash}", entry.file_name().to_string_lossy());
            assert!(part.ends_with("/lib.rs") || map.contains(&format!("`{part}`")), "ARCHITECTURE.md lacks `{part}`");
        }
    }
}
