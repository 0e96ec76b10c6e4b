//! What is in a picture: elements, texts, and positions.

use super::overlap::overlaps;
use crate::plot::{Figure, Plot};

/// A plot's picture, taken apart. With the environment variable `PPL_PLOTS` the file is written to that folder, to be
/// looked at.
pub(crate) struct Picture {
    svg: String,
}

impl Picture {
    pub(crate) fn of(name: &str, plot: &impl Plot) -> Self {
        let figure = plot.figure().unwrap();
        if let Some(folder) = std::env::var_os("PPL_PLOTS") {
            figure.save(std::path::Path::new(&folder).join(format!("{name}.svg"))).unwrap();
        }
        Self::new(&figure)
    }

    pub(crate) fn new(figure: &Figure) -> Self {
        let svg = figure.svg().to_owned();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.len() < 1_000_000, "{} bytes", svg.len());
        assert!(overlaps(&svg).is_empty(), "{:?}", overlaps(&svg));
        // The groups are closed, and the size is that of the figure.
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
        assert!(svg.contains(&format!("width=\"{}\" height=\"{}\"", figure.width(), figure.height())));
        Self { svg }
    }

    /// The contents of the groups of a class, which hold no further group.
    pub(crate) fn groups(&self, class: &str) -> Vec<&str> {
        let start = format!("<g class=\"{class}\">\n");
        self.svg.split(&start).skip(1).map(|rest| rest.split("</g>").next().unwrap()).collect()
    }

    pub(crate) fn count(&self, class: &str) -> usize {
        self.svg.matches(&format!("<g class=\"{class}\"")).count()
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.svg
            .split("<text ")
            .skip(1)
            .map(|rest| rest.split_once('>').unwrap().1.split("</text>").next().unwrap())
            .collect()
    }

    #[track_caller]
    pub(crate) fn has_texts(&self, expected: &[&str]) {
        for text in expected {
            assert!(self.texts().contains(text), "`{text}` is not among {:?}", self.texts());
        }
    }

    pub(crate) fn notes(&self) -> String {
        let lines = self.groups("notes").concat();
        lines.split("</text>").filter_map(|line| Some(line.rsplit_once('>')?.1)).collect::<Vec<_>>().join(" ")
    }

    /// The points of the paths in each group of a class, group by group.
    pub(crate) fn points(&self, class: &str) -> Vec<Vec<[f64; 2]>> {
        let paths = |group: &&str| {
            group.split(" d=\"").skip(1).flat_map(|rest| points(rest.split('"').next().unwrap())).collect()
        };
        self.groups(class).iter().map(paths).collect()
    }

    /// Centres of the circles in the groups of a class.
    pub(crate) fn circles(&self, class: &str) -> Vec<[f64; 2]> {
        let of_group = |group: &&str| {
            let circles =
                group.split("<circle").skip(1).map(|circle| [attribute(circle, "cx"), attribute(circle, "cy")]);
            circles.collect::<Vec<_>>()
        };
        self.groups(class).iter().flat_map(of_group).collect()
    }

    /// Left, top, width and height of the rectangles in the groups of a class.
    pub(crate) fn rects(&self, class: &str) -> Vec<[f64; 4]> {
        let of_group = |group: &&str| {
            let rects = group.split("<rect").skip(1);
            rects.map(|rect| ["x", "y", "width", "height"].map(|name| attribute(rect, name))).collect::<Vec<_>>()
        };
        self.groups(class).iter().flat_map(of_group).collect()
    }

    /// The value at a horizontal position of a panel, by the first and the last of its ticks.
    pub(crate) fn x_scale(&self, panel: usize) -> impl Fn(f64) -> f64 {
        self.scale(panel, "x", " text-anchor=\"middle\"")
    }

    /// The value at a vertical position of a panel.
    pub(crate) fn y_scale(&self, panel: usize) -> impl Fn(f64) -> f64 {
        // A text stands a little below its tick.
        let scale = self.scale(panel, "y", " text-anchor=\"end\"");
        move |y| scale(y + 0.35 * crate::plot::style::TICK)
    }

    fn scale(&self, panel: usize, attribute_of: &str, anchor: &str) -> impl Fn(f64) -> f64 + use<> {
        let number = |element: &str| {
            let text = element.split_once('>').unwrap().1.split("</text>").next().unwrap();
            let value = text.replace('−', "-").parse::<f64>().ok()?;
            Some((attribute(element, attribute_of), value))
        };
        let axes = self.groups("axes")[panel];
        let texts =
            axes.split("<text").skip(1).filter(|element| element.contains(anchor) && !element.contains("rotate"));
        let ticks: Vec<(f64, f64)> = texts.filter_map(number).collect();
        let ((from, low), (to, high)) = (ticks[0], ticks[ticks.len() - 1]);
        move |pixel| low + (pixel - from) / (to - from) * (high - low)
    }
}

fn attribute(element: &str, name: &str) -> f64 {
    let (_, rest) = element.split_once(&format!(" {name}=\"")).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

/// The points of a path of the commands M, l, h and v.
fn points(data: &str) -> Vec<[f64; 2]> {
    let mut tokens: Vec<String> = Vec::new();
    for character in data.chars() {
        let starts = character.is_ascii_alphabetic() || character == '-' || character == ' ';
        let ends_letter = tokens.last().is_some_and(|token| token.ends_with(|last: char| last.is_ascii_alphabetic()));
        if starts || ends_letter || tokens.is_empty() {
            tokens.push(String::new());
        }
        if character != ' ' {
            tokens.last_mut().unwrap().push(character);
        }
    }
    let mut points = Vec::new();
    let (mut at, mut command, mut tokens) = ([0.0; 2], 'M', tokens.into_iter().peekable());
    while let Some(token) = tokens.peek().cloned() {
        if token.starts_with(|first: char| first.is_ascii_alphabetic()) {
            command = token.chars().next().unwrap();
            tokens.next();
            if command == 'z' {
                continue;
            }
        }
        let mut number = || tokens.next().unwrap().parse::<f64>().unwrap();
        match command {
            'M' => at = [number(), number()],
            'h' => at[0] += number(),
            'v' => at[1] += number(),
            'l' => at = [at[0] + number(), at[1] + number()],
            other => panic!("the command {other}"),
        }
        points.push(at);
    }
    points
}

#[test]
fn paths_are_read() {
    assert_eq!(
        points("M1 2l1.5-1 .5 .5h2v-1M0 0h1z"),
        [[1.0, 2.0], [2.5, 1.0], [3.0, 1.5], [5.0, 1.5], [5.0, 0.5], [0.0, 0.0], [1.0, 0.0]]
    );
}

#[track_caller]
pub(crate) fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= tolerance, "{got} is not {expected}");
    }
}
