//! The book: its pages, the files that they include, their links, and the numbers that they print.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ppl::prelude::*;
use ppl_infer::prelude::*;

#[allow(dead_code, unreachable_pub, reason = "an example is a program")]
#[path = "../examples/eight_schools.rs"]
mod eight_schools;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/book/src");

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All pages below a folder.
fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pages = Vec::new();
    for path in entries {
        if path.is_dir() {
            pages.extend(pages_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// The targets of the links of a text, `[words](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// The text outside of listings.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

#[test]
fn the_summary_lists_every_page() {
    let sources = Path::new(SOURCES);
    let summary = read(&sources.join("SUMMARY.md"));
    let listed: BTreeSet<PathBuf> = links(&summary).map(|link| sources.join(link)).collect();
    let there: BTreeSet<PathBuf> =
        pages_below(sources).into_iter().filter(|page| !page.ends_with("SUMMARY.md")).collect();
    assert_eq!(listed, there);
}

/// A program that nobody compiles goes stale.
#[test]
fn every_page_with_a_program_is_tested() {
    let tested = read(&Path::new(SOURCES).join("../../ppl-infer/src/book.rs"));
    for page in pages_below(Path::new(SOURCES)) {
        let name = page.strip_prefix(SOURCES).unwrap().display().to_string();
        let has_program = read(&page).contains("```rust\n");
        assert_eq!(has_program, tested.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn what_is_included_is_there() {
    for page in pages_below(Path::new(SOURCES)) {
        let text = read(&page);
        for include in text.split("{{#include ").skip(1) {
            let target = include.split_once("}}").expect("an include has an end").0;
            let (file, anchor) = target.split_once(':').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let included = read(&page.parent().unwrap().join(file));
            if let Some(anchor) = anchor {
                for mark in ["ANCHOR", "ANCHOR_END"] {
                    let line = format!("// {mark}: {anchor}");
                    let count = included.lines().filter(|own| own.trim() == line).count();
                    assert_eq!(count, 1, "{}: `{line}` in {file}", page.display());
                }
            }
        }
    }
}

/// The heading that mdBook and GitHub link to by this name.
fn slug(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A page with the files that it includes whole.
fn with_includes(page: &Path) -> String {
    let text = read(page);
    let whole = |line: &str| {
        let file = line.strip_prefix("{{#include ")?.strip_suffix("}}").filter(|file| !file.contains(':'))?;
        Some(read(&page.parent()?.join(file)))
    };
    text.lines().map(|line| whole(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// Pictures are not kept, but made when the book is built.
fn is_made_by_an_example(picture: &str) -> bool {
    let examples = fs::read_dir(Path::new(SOURCES).join("../../examples")).unwrap();
    let written = format!("\"target/examples/{picture}\"");
    examples.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).any(|path| read(&path).contains(&written))
}

#[test]
fn links_lead_somewhere() {
    for page in pages_below(Path::new(SOURCES)) {
        // Those of the files that it includes whole begin at the page too.
        for link in links(&prose(&with_includes(&page))) {
            if link.starts_with("http") {
                continue;
            }
            if let Some(picture) = link.strip_prefix("../pictures/") {
                assert!(is_made_by_an_example(picture), "{}: {link}", page.display());
                continue;
            }
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let text = with_includes(&target);
            if let Some(heading) = heading {
                let has =
                    text.lines().any(|line| line.starts_with('#') && slug(line.trim_start_matches('#')) == heading);
                assert!(has, "{}: {link}", page.display());
            }
        }
    }
}

const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];

fn posterior_of_eight_schools() -> Posterior {
    let y = Tensor::from(Y);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    let nuts = Nuts::new().seed(0).target_accept_prob(0.9).progress(false);
    nuts.run(&eight_schools::eight_schools(&y, &sigma)).unwrap()
}

/// The rows of a summary: name, mean, and the error of the mean.
fn rows(summary: &str) -> Vec<(String, f64, f64)> {
    let lines = summary.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let numbers = lines.filter(|words| words.len() == 10 && words[0] != "mean");
    numbers.map(|words| (words[0].to_owned(), words[1].parse().unwrap(), words[8].parse().unwrap())).collect()
}

/// The table of the page "Ten minutes": another processor rounds otherwise and draws others, so the means agree up to the errors
/// that the tables give. Of 18 means one differs by more than 5 of them at a rate of 1e-5.
///
/// `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_table_of_the_eight_schools_is_what_they_print() {
    let summary = posterior_of_eight_schools().summary().to_string();
    // What follows the number of draws are counts and times of this machine.
    let (head, table) = summary.split_once('\n').unwrap();
    let summary = format!("{}\n{table}", head.split(';').next().unwrap());

    let path = Path::new(SOURCES).join("output/eight_schools.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, summary.trim_end().to_owned() + "\n").unwrap();
    }
    let printed = read(&path);
    assert_eq!(printed.lines().next(), summary.lines().next());
    let (got, want) = (rows(&summary), rows(&printed));
    assert_eq!((got.len(), want.len()), (18, 18));
    for ((name, mean, error), (printed_name, printed_mean, printed_error)) in got.into_iter().zip(want) {
        assert_eq!(name, printed_name);
        // Of two runs, and half a unit of the last digit that is printed.
        let tolerance = 5.0 * error.hypot(printed_error) + 0.005;
        assert!((mean - printed_mean).abs() <= tolerance, "{name}: {mean}, the page has {printed_mean}");
    }
}

/// The texts of a picture, and the numbers of its elements of each kind.
fn structure(svg: &str) -> (Vec<&str>, Vec<(&str, usize)>) {
    let text = |rest: &'_ str| -> Option<(usize, usize)> { Some((rest.find('>')? + 1, rest.find("</text>")?)) };
    let texts = svg.split("<text ").skip(1).filter_map(|rest| text(rest).map(|(from, to)| &rest[from..to])).collect();
    let kinds = ["<path", "<circle", "<rect", "class=\"segments\"", "class=\"scatter\""];
    (texts, kinds.map(|kind| (kind, svg.matches(kind).count())).to_vec())
}

/// The centres of circles, which are the means of a forest plot.
fn centres(svg: &str) -> Vec<f64> {
    let number = |rest: &str| rest.split('"').next().and_then(|number| number.parse().ok());
    svg.split(" cx=\"").skip(1).filter_map(number).collect()
}

/// The figure of README.md is that of the example: the same texts and elements, and means within 15 pixels, which are a unit and
/// eight errors of their difference, since another processor draws others.
///
/// `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_figure_of_the_readme_is_what_the_example_draws() {
    let posterior = posterior_of_eight_schools();
    let figure = eight_schools::forest(&posterior, &Tensor::from(Y)).unwrap().figure().unwrap();
    let path = Path::new(SOURCES).join("../../docs/eight_schools.svg");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        figure.save(&path).unwrap();
    }
    let kept = read(&path);
    assert!(kept.len() < 20_000, "{} bytes", kept.len());
    assert_eq!(structure(figure.svg()), structure(&kept));
    let (got, want) = (centres(figure.svg()), centres(&kept));
    assert_eq!((got.len(), want.len()), (10, 10));
    for (got, want) in got.into_iter().zip(want) {
        assert!((got - want).abs() < 15.0, "{got}, in the file {want}");
    }
}
