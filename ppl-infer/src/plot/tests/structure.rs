//! What a picture is made of, as text: its groups with the numbers of their elements, colours and texts, but no coordinates.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::plot::Figure;

/// A group of elements.
#[derive(Default)]
struct Group {
    class: String,
    circles: usize,
    rectangles: usize,
    paths: usize,
    /// Runs of the pen: a path of crosses or ticks has many.
    runs: usize,
    colors: BTreeSet<String>,
    widths: BTreeSet<String>,
    texts: Vec<String>,
    groups: Vec<Group>,
}

/// The structure of a figure, to be compared with one that was looked at.
pub(super) fn structure(figure: &Figure) -> String {
    let mut open = vec![Group::default()];
    // Groups without a class only carry colours.
    let mut has_class = Vec::new();
    for line in figure.svg().lines().skip(1) {
        if line == "</g>" {
            if has_class.pop() == Some(true) {
                let closed = open.pop().expect("a group was opened");
                open.last_mut().expect("the picture is the outermost").groups.push(closed);
            }
        } else if line.starts_with("<g") {
            has_class.push(attribute(line, "class").is_some());
            if let Some(class) = attribute(line, "class") {
                open.push(Group { class: class.to_owned(), ..Group::default() });
            }
            open.last_mut().expect("the picture is the outermost").look(line);
        } else {
            open.last_mut().expect("the picture is the outermost").add(line);
        }
    }
    let mut text = format!("{} × {} pixels\n", figure.width(), figure.height());
    open[0].write(0, &mut text);
    text
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

impl Group {
    fn look(&mut self, line: &str) {
        let colors = ["fill", "stroke"].into_iter().filter_map(|name| attribute(line, name));
        self.colors.extend(colors.filter(|color| *color != "none").map(str::to_owned));
        self.widths.extend(attribute(line, "stroke-width").map(str::to_owned));
    }

    fn add(&mut self, line: &str) {
        if line.starts_with("<text") {
            let content = line.split_once('>').and_then(|(_, rest)| rest.strip_suffix("</text>"));
            self.texts.push(content.expect("a text has its line").to_owned());
        } else if line.starts_with("<circle") {
            self.circles += 1;
            self.look(line);
        } else if line.starts_with("<rect") && !line.contains("100%") {
            self.rectangles += 1;
            self.look(line);
        } else if line.starts_with("<path") {
            self.paths += 1;
            self.runs += attribute(line, "d").map_or(0, |data| data.matches('M').count());
            self.look(line);
        }
    }

    fn write(&self, depth: usize, text: &mut String) {
        let mut parts = Vec::new();
        for (count, noun) in [(self.circles, "circles"), (self.rectangles, "rectangles"), (self.paths, "paths")] {
            if count > 0 {
                parts.push(format!("{noun} {count}"));
            }
        }
        if self.runs > self.paths {
            parts.push(format!("runs {}", self.runs));
        }
        let list = |values: &BTreeSet<String>| values.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        if self.colors.len() > 12 {
            parts.push(format!("{} colours", self.colors.len()));
        } else if !self.colors.is_empty() {
            parts.push(list(&self.colors));
        }
        if !self.widths.is_empty() {
            parts.push(format!("width {}", list(&self.widths)));
        }
        if !self.texts.is_empty() {
            parts.push(format!("“{}”", self.texts.join("” “")));
        }
        let class = if self.class.is_empty() { "picture" } else { &self.class };
        let indent = "  ".repeat(depth);
        writeln!(text, "{}", format!("{indent}{class}: {}", parts.join(", ")).trim_end_matches([' ', ':']))
            .expect("a string takes all");
        // Groups that are alike, one after the other, are counted.
        let children: Vec<String> = self
            .groups
            .iter()
            .map(|group| {
                let mut child = String::new();
                group.write(depth + 1, &mut child);
                child
            })
            .collect();
        for alike in children.chunk_by(|a, b| a == b) {
            match alike {
                [one] => text.push_str(one),
                several => {
                    let (head, rest) = several[0].split_once('\n').unwrap_or((&several[0], ""));
                    writeln!(text, "{head} ({} times)", several.len()).expect("a string takes all");
                    text.push_str(rest);
                }
            }
        }
    }
}
