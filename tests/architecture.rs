//! The documents against the project: a listing, the files that they name, and the parts that the code map tells of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ppl::prelude::*;
use ppl_infer::density::ModelDensity;

/// Documents whose paths and links are checked.
const DOCUMENTS: [&str; 10] = [
    "ARCHITECTURE.md",
    "COMPARE.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "DISTRIBUTIONS.md",
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

/// Each of the course is in the README's table, in their order, and short.
#[test]
fn the_readme_lists_the_course() {
    let mut course: Vec<String> = fs::read_dir(path("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    course.sort();
    assert!(!course.is_empty());
    let row = |name: &String| format!("| [`{}`](examples/{name}) |", name.trim_end_matches(".rs"));
    let want: Vec<String> = course.iter().map(row).collect();
    let readme = read("README.md");
    let rows =
        readme.lines().filter(|line| line.starts_with("| [`") && line[4..].starts_with(|c: char| c.is_ascii_digit()));
    let got: Vec<&str> = rows.map(|row| &row[..row[2..].find(" |").map_or(row.len(), |end| end + 4)]).collect();
    assert_eq!(got, want);
    for name in &course {
        let lines = read(&format!("examples/{name}")).lines().count();
        assert!(lines <= 150, "examples/{name} has {lines} lines");
    }
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

/// The code in each cell of each row of the tables in a section of `DISTRIBUTIONS.md`.
fn name_rows(section: &str) -> Vec<Vec<Vec<String>>> {
    let text = read("DISTRIBUTIONS.md");
    let (_, rest) = text.split_once(&format!("\n## {section}\n")).expect("the section is there");
    let section = rest.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cell = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.map(|row| row.trim_matches('|').split('|').map(cell).collect()).collect()
}

/// The distributions that the macros know, which a test of theirs compares with the source.
fn distributions() -> BTreeSet<String> {
    let text = read("ppl-macros/src/parse/constructor.rs");
    let (_, rest) = text.split_once("const DISTRIBUTIONS").expect("the list is there");
    let list = rest.split("];").next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The texts of the files in a folder and in those within it.
fn texts(folder: &str) -> Vec<String> {
    let (mut paths, mut texts) = (vec![path(folder)], Vec::new());
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            texts.push(fs::read_to_string(path).expect("a file of text"));
        }
    }
    texts
}

/// The bijectors of the source.
fn bijectors() -> BTreeSet<String> {
    // A macro makes these two of one text.
    let mut found = BTreeSet::from(["GreaterThan", "LessThan"].map(str::to_owned));
    for text in texts("ppl/src/bijector") {
        for line in text.lines().filter(|line| line.starts_with("impl")) {
            let Some((_, name)) = line.split_once(" Bijector for ") else { continue };
            let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
            if text.contains(&format!("pub struct {name}")) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn the_tables_of_names_are_complete() {
    let peers: serde_json::Value = serde_json::from_str(&read("tests/data/peers/names.json")).unwrap();
    for (section, key, own, libraries) in [
        ("Distributions", "distributions", distributions(), &["TFP", "torch", "NumPyro", "Stan", "PyMC"][..]),
        ("Bijectors", "bijectors", bijectors(), &["TFP", "torch", "NumPyro"][..]),
    ] {
        let rows = name_rows(section);
        let first: BTreeSet<String> = rows.iter().flat_map(|row| row[0].clone()).collect();
        assert_eq!(first, own, "the first column of the tables under `{section}`");
        let missing = name_rows(&format!("{section} that are not there yet"));
        let otherwise = name_rows(&format!("{section} that are written otherwise"));
        for (column, library) in libraries.iter().enumerate() {
            let known: BTreeSet<&str> =
                peers[key][library].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            let there: BTreeSet<&str> = rows.iter().flat_map(|row| &row[column + 1]).map(String::as_str).collect();
            let not_there: BTreeSet<&str> =
                missing.iter().filter(|row| row[0] == [*library]).flat_map(|row| &row[1]).map(String::as_str).collect();
            let otherwise: BTreeSet<&str> = otherwise
                .iter()
                .filter(|row| row[0] == [*library])
                .flat_map(|row| &row[1])
                .map(String::as_str)
                .collect();
            let there: BTreeSet<&str> = there.union(&otherwise).copied().collect();
            let told: BTreeSet<&str> = there.union(&not_there).copied().collect();
            let unknown: Vec<_> = told.difference(&known).collect();
            assert!(unknown.is_empty(), "{library} has no {key} {unknown:?}");
            let untold: Vec<_> = known.difference(&told).collect();
            assert!(untold.is_empty(), "DISTRIBUTIONS.md does not tell of {library}'s {untold:?}");
            let both: Vec<_> = there.intersection(&not_there).collect();
            assert!(both.is_empty(), "{library}'s {both:?} are there, and among what is not");
        }
    }
}

/// Sections of a distribution's page, in order; draws may be a part of the numerics.
const SECTIONS: [&str; 8] = ["Parameters", "Shapes", "Support", "Moments", "Numerics", "Draws", "Reference", "Example"];

/// Sections of a bijector's page, in order.
const SECTIONS_OF_BIJECTORS: [&str; 4] = ["Domain and codomain", "Numerics", "Reference", "Example"];

/// Distributions whose density is no formula.
const WITHOUT_FORMULA: [(&str, &str); 1] = [("Censored", "a table gives the density of each of its constructors")];

/// The documentation of each of these structs in a folder: the lines above it.
fn pages(folder: &str, known: &BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut pages = BTreeMap::new();
    for text in texts(folder) {
        let mut page = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(documentation) = line.strip_prefix("///") {
                page.push(documentation.trim_start().to_owned());
            } else if line == "#[parameters]" {
                // The macro of the declaration writes both.
                page.extend(["# Parameters", "(a table)", "# Shapes", "(a line)"].map(str::to_owned));
            } else if !line.starts_with("#[") {
                let name = line.strip_prefix("pub struct ").unwrap_or_default();
                let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
                if known.contains(&name) {
                    pages.insert(name, page);
                }
                page = Vec::new();
            }
        }
    }
    pages
}

#[test]
fn the_page_of_each_distribution_has_its_sections_in_order() {
    let pages = pages("ppl/src/distribution", &distributions());
    assert_eq!(pages.keys().cloned().collect::<BTreeSet<_>>(), distributions());
    for (name, page) in pages {
        let starts: Vec<usize> = (0..page.len()).filter(|&line| page[line].starts_with("# ")).collect();
        let before = &page[..*starts.first().unwrap_or(&page.len())];
        let has_formula = before.iter().any(|line| line == "```text");
        let needs_formula = WITHOUT_FORMULA.iter().all(|(without, _)| *without != name);
        assert_eq!(has_formula, needs_formula, "{name}: whether a formula of the density precedes the sections");

        assert_sections(&name, &page, &SECTIONS);
    }
}

#[test]
fn the_page_of_each_bijector_has_its_sections_in_order() {
    let pages = pages("ppl/src/bijector", &bijectors());
    assert_eq!(pages.keys().cloned().collect::<BTreeSet<_>>(), bijectors());
    for (name, page) in pages {
        assert_sections(&name, &page, &SECTIONS_OF_BIJECTORS);
    }
}

/// That a page has each of these sections with a text, in this order.
fn assert_sections(name: &str, page: &[String], sections: &[&str]) {
    let mut last = 0;
    for section in sections {
        let Some(start) = page.iter().position(|line| *line == format!("# {section}")) else {
            assert_eq!(*section, "Draws", "{name} has no section `# {section}`");
            continue;
        };
        assert!(start >= last, "{name}: `# {section}` is to follow {sections:?}");
        let has_text = page.get(start + 1).is_some_and(|line| !line.is_empty() && !line.starts_with("# "));
        assert!(has_text, "{name}: `# {section}` is empty");
        last = start;
    }
}

/// Distributions by which the laws cannot be checked.
const WITHOUT_LAWS: [(&str, &str); 1] = [("ImproperUniform", "it has no draws, at which the laws compare")];

/// The text of each file in a folder and in those within it, by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let (mut paths, mut files) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            files.insert(path.clone(), fs::read_to_string(&path).expect("a file of text"));
        }
    }
    files
}

/// In the file of its struct, or in the folder of that file's module.
#[test]
fn the_laws_of_each_distribution_are_checked_beside_it() {
    let files = files(&path("ppl/src/distribution"));
    let is_declared = |text: &str, name: &str| {
        let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        text.split(&format!("pub struct {name}")).skip(1).any(is_end)
    };
    let is_checked = |text: &String| {
        ["conformance::distribution!", "conformance::law_tests!"].iter().any(|call| text.contains(call))
    };
    for name in distributions() {
        let (file, text) = files.iter().find(|(_, text)| is_declared(text, &name)).expect("a struct of this name");
        let folder = if file.ends_with("mod.rs") { file.with_file_name("") } else { file.with_extension("") };
        let mut within = files.iter().filter(|(other, _)| other.starts_with(&folder)).map(|(_, text)| text);
        let has_laws = is_checked(text) || within.any(is_checked);
        let is_excepted = WITHOUT_LAWS.iter().any(|(without, _)| *without == name);
        assert_eq!(has_laws, !is_excepted, "{name}: `conformance::distribution!(..)` in {}", file.display());
    }
}
