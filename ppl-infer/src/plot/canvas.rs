//! The text of an SVG file: elements at pixel positions.
//!
//! Coordinates are in tenths of a pixel. A layer of data is a group `<g class="…">`, by which its elements are found.

use std::fmt::{Display, Write as _};

/// A rectangle of the picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line of text looks. Its baseline is at its position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Font<'a> {
    pub size: f64,
    pub anchor: Anchor,
    pub bold: bool,
    /// Read from below.
    pub upright: bool,
    pub color: &'a str,
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke<'a> {
    pub color: &'a str,
    pub width: f64,
    pub opacity: f64,
    pub dashed: bool,
}

/// The elements of a picture.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
    clips: usize,
}

impl Canvas {
    /// The elements that `contents` draws, as a group.
    pub(super) fn group(&mut self, class: &str, contents: impl FnOnce(&mut Self)) {
        self.push(format_args!("<g class=\"{class}\">"));
        contents(self);
        self.body.push_str("</g>\n");
    }

    /// A group of which only what lies within the area is visible.
    pub(super) fn clipped(&mut self, class: &str, area: Area, contents: impl FnOnce(&mut Self)) {
        let (id, Area { left, top, width, height }) = (self.clips, area);
        self.clips += 1;
        let [left, top, width, height] = [left, top, width, height].map(decimal);
        self.push(format_args!(
            "<clipPath id=\"clip{id}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
        ));
        self.push(format_args!("<g class=\"{class}\" clip-path=\"url(#clip{id})\">"));
        contents(self);
        self.body.push_str("</g>\n");
    }

    pub(super) fn stroke(&mut self, path: &Path, stroke: Stroke<'_>) {
        if path.is_empty() {
            return;
        }
        let Stroke { color, width, opacity, dashed } = stroke;
        let dashes =
            if dashed { format!(" stroke-dasharray=\"{0} {0}\"", decimal(3.5 * width)) } else { String::new() };
        self.push(format_args!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}{dashes}/>",
            path.data,
            escaped(color),
            decimal(width),
            opacity_of("stroke-opacity", opacity),
        ));
    }

    pub(super) fn fill(&mut self, path: &Path, color: &str, opacity: f64) {
        if !path.is_empty() {
            let (data, opacity) = (&path.data, opacity_of("fill-opacity", opacity));
            self.push(format_args!("<path d=\"{data}z\" fill=\"{}\"{opacity}/>", escaped(color)));
        }
    }

    /// Fills areas that touch others, without the seam that smoothed edges would show.
    pub(super) fn fill_cells(&mut self, path: &Path, color: &str) {
        if !path.is_empty() {
            let data = &path.data;
            self.push(format_args!("<path d=\"{data}z\" fill=\"{color}\" shape-rendering=\"crispEdges\"/>"));
        }
    }

    pub(super) fn rect(&mut self, area: Area, color: &str, opacity: f64) {
        let [left, top, width, height] = [area.left, area.top, area.width, area.height].map(decimal);
        let opacity = opacity_of("fill-opacity", opacity);
        self.push(format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"{opacity}/>",
            escaped(color)
        ));
    }

    /// Discs, or white ones with a rim of this width.
    pub(super) fn circles(&mut self, centres: &[[f64; 2]], radius: f64, color: &str, opacity: f64, rim: Option<f64>) {
        let paint = match rim {
            Some(width) => {
                format!("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"{}\"", escaped(color), decimal(width))
            }
            None => format!("fill=\"{}\"{}", escaped(color), opacity_of("fill-opacity", opacity)),
        };
        let radius = decimal(radius);
        self.push(format_args!("<g {paint}>"));
        for centre in centres {
            let [x, y] = centre.map(decimal);
            self.push(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
        }
        self.body.push_str("</g>\n");
    }

    pub(super) fn text(&mut self, [x, y]: [f64; 2], font: Font<'_>, text: &str) {
        if text.is_empty() {
            return;
        }
        let [x, y] = [x, y].map(decimal);
        let anchor = match font.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if font.bold { " font-weight=\"bold\"" } else { "" };
        let turn = if font.upright { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}{turn}>{}</text>",
            decimal(font.size),
            escaped(font.color),
            escaped(text)
        ));
    }

    /// The file, of this many pixels, with a description for those who do not see it.
    pub(super) fn finish(self, width: f64, height: f64, description: &str) -> String {
        let (width, height) = (width.ceil(), height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\" font-family=\"sans-serif\" stroke-linecap=\"round\" stroke-linejoin=\"round\" role=\"img\">\n\
             <title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escaped(description),
            self.body
        )
    }

    fn push(&mut self, element: impl Display) {
        writeln!(self.body, "{element}").expect("a String takes any text");
    }
}

/// An attribute, where the paint is not opaque.
fn opacity_of(attribute: &str, opacity: f64) -> String {
    if opacity < 1.0 { format!(" {attribute}=\"{opacity:.2}\"") } else { String::new() }
}

/// Text as XML has it, also within an attribute. Control characters, which XML has not, are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Lines, as the `d` of a `<path>`, relative to each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    data: String,
    at: [i64; 2],
    command: char,
}

impl Path {
    /// A path through these points.
    pub(super) fn through(points: impl IntoIterator<Item = [f64; 2]>) -> Self {
        let mut path = Self::default();
        for (position, point) in points.into_iter().enumerate() {
            if position == 0 { path.start(point) } else { path.line(point) }
        }
        path
    }

    pub(super) fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub(super) fn start(&mut self, point: [f64; 2]) {
        let to = point.map(tenths);
        self.write('M', &to);
        self.at = to;
    }

    pub(super) fn line(&mut self, point: [f64; 2]) {
        let to = point.map(tenths);
        match [to[0] - self.at[0], to[1] - self.at[1]] {
            [dx, 0] => self.write('h', &[dx]),
            [0, dy] => self.write('v', &[dy]),
            step => self.write('l', &step),
        }
        self.at = to;
    }

    fn write(&mut self, command: char, numbers: &[i64]) {
        let mut separator = String::new();
        // A command that is repeated need not be written again.
        if command != self.command || command == 'M' {
            separator.push(command);
        }
        for &number in numbers {
            let number = decimal_of_tenths(number);
            let needs_space = separator.is_empty() && !number.starts_with('-');
            if needs_space {
                self.data.push(' ');
            }
            self.data.push_str(&separator);
            self.data.push_str(&number);
            separator.clear();
        }
        self.command = command;
    }
}

/// Farther out than any picture; a position beyond it is drawn there.
const FAR: f64 = 1e5;

fn tenths(pixels: f64) -> i64 {
    // A NaN becomes 0.
    (10.0 * pixels.clamp(-FAR, FAR)).round() as i64
}

/// Pixels with at most one decimal.
fn decimal(pixels: f64) -> String {
    decimal_of_tenths(tenths(pixels))
}

fn decimal_of_tenths(tenths: i64) -> String {
    let (sign, size) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
    match size % 10 {
        0 => format!("{sign}{}", size / 10),
        rest if size < 10 => format!("{sign}.{rest}"),
        rest => format!("{sign}{}.{rest}", size / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Path, decimal, escaped};

    #[test]
    fn paths_are_relative_and_do_not_drift() {
        let path = Path::through([[0.04, 10.0], [1.04, 10.0], [1.04, 9.0], [2.26, 9.5], [3.0, 10.0], [2.5, 9.0]]);
        assert_eq!(path.data, "M0 10h1v-1l1.3 .5 .7 .5-.5-1");
        let mut two = Path::through([[1.0, 2.0], [2.0, 3.0]]);
        two.start([5.0, 5.0]);
        two.line([6.0, 6.0]);
        assert_eq!(two.data, "M1 2l1 1M5 5l1 1");
    }

    #[test]
    fn numbers_and_text() {
        assert_eq!([-0.04, 0.25, -0.3, 12.0, 1e300, f64::NAN].map(decimal), ["0", ".3", "-.3", "12", "100000", "0"]);
        assert_eq!(escaped("a<b> & \"c\"\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot;");
        let svg = Canvas::default().finish(10.2, 5.0, "x<y>");
        assert!(svg.contains("width=\"11\"") && svg.contains("<title>x&lt;y&gt;</title>"));
    }
}
