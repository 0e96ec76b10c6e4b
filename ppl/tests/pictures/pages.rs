//! The pages of the documentation against the pictures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Distributions that have no picture, and why.
const WITHOUT: [(&str, &str); 9] = [
    ("BatchReshaped", "its draws are the base's, in another batch"),
    ("Blockwise", "its draws are those of its blocks, side by side"),
    ("Delta", "a single value"),
    ("Expanded", "its draws are the base's, in a larger batch"),
    ("Iid", "its draws are draws of the base"),
    ("ImproperUniform", "its density is the same everywhere"),
    ("Independent", "its draws are the base's, as one event"),
    ("Masked", "its draws are the base's"),
    ("Unit", "its event is empty"),
];

#[test]
fn every_distribution_shows_its_picture() {
    let pages = pages();
    let mut pictures: Vec<String> =
        crate::catalogue::of_distributions().into_iter().map(|picture| picture.name).collect();
    pictures.sort();
    for (name, documentation) in &pages {
        let reason = WITHOUT.iter().find(|(without, _)| without == name);
        let file = format!("/doc/distribution/{name}.svg\")]");
        match (documentation.contains(&file), reason) {
            (true, Some(_)) => panic!("{name} shows a picture, and is listed as one without"),
            (false, None) => panic!(
                "the page of {name} shows no picture\nhelp: add one to `tests/pictures/catalogue`, write it by \
                 `UPDATE_EXPECT=1 cargo test -p ppl --test pictures`, and include it below the first sentence"
            ),
            _ => {}
        }
        assert_eq!(pictures.contains(name), reason.is_none(), "{name}");
    }
    let unknown = |name: &&str| !pages.contains_key(*name);
    assert_eq!(pictures.iter().map(String::as_str).find(unknown), None, "a picture of no distribution");
    assert_eq!(WITHOUT.iter().map(|(name, _)| *name).find(unknown), None, "no distribution");
    assert!(pages.len() > 100, "{} pages", pages.len());
}

/// Where there are parameters to vary, their effect shows: a picture's description ends with its legend.
#[test]
fn every_picture_shows_four_sets_of_parameters() {
    for picture in crate::catalogue::of_distributions().into_iter().chain(crate::catalogue::of_bijectors()) {
        let (_, rest) = picture.svg.split_once("aria-label=\"").expect("a description");
        let (description, _) = rest.split_once('"').expect("its end");
        let legend = description.rsplit(": ").next().unwrap_or_default();
        // A bijector without parameters has no legend.
        let has_parameters = description.contains("::new") || !legend.is_empty();
        let sets = legend.split("; ").count();
        assert!(
            sets >= 4 || !has_parameters,
            "the picture of {} has {sets} sets of parameters: {legend}",
            picture.name
        );
    }
}

/// The documentation of every public struct that implements `Distribution`.
fn pages() -> BTreeMap<String, String> {
    let mut source = String::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/distribution")) {
        let text = std::fs::read_to_string(file).expect("a source file");
        // What follows is no distribution of the library.
        source += text.split("#[cfg(test)]\nmod tests {").next().expect("the text before");
    }
    let name_at_start = |text: &str| text.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
    // Of the few that a macro implements the trait for, the calls of the macro name the struct.
    let macros: Vec<String> = source
        .split("\nmacro_rules! ")
        .filter(|rest| rest.split("\n}").next().is_some_and(|body| body.contains("Distribution for $")))
        .map(|rest| format!("{}!", rest.split(' ').next().expect("a name")))
        .collect();
    let implementing = source.lines().filter_map(|line| {
        let implemented = line.strip_prefix("impl").and_then(|rest| rest.split_once(" Distribution for "));
        let given = macros.iter().find_map(|own| line.strip_prefix(own.as_str()));
        implemented.map(|(_, rest)| rest).or(given).map(|rest| name_at_start(rest.trim_start_matches([' ', '(', '{'])))
    });
    let implementing: Vec<String> = implementing.collect();

    let mut pages = BTreeMap::new();
    let mut documentation = String::new();
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("///") || line.starts_with("#[") {
            documentation += line;
            documentation += "\n";
            continue;
        }
        if let Some(rest) = line.strip_prefix("pub struct ") {
            let name = name_at_start(rest);
            if implementing.contains(&name) {
                pages.insert(name, documentation.clone());
            }
        }
        documentation.clear();
    }
    pages
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
