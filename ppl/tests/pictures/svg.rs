//! SVG text that is short, the same on every platform, and at home in a page of rustdoc.
//!
//! The figures of `ppl-infer` have fixed colours on white, where a page may be light or dark: here text and axes are in
//! `currentColor`.
//!
//! rustdoc takes the picture for a block of HTML if its first tag has a line of its own and no line is empty. There is no
//! `<style>` and no `id`, which would hold for the whole page.

/// Width of every picture, in pixels.
pub(crate) const WIDTH: f64 = 460.0;

/// ArviZ's cycle of colours, as bright as both a white and a dark page allow.
pub(crate) const COLOURS: [&str; 5] = ["#5277f0", "#e0700f", "#3c9a14", "#d93ba8", "#0e9aa7"];

/// The lines of a picture.
#[derive(Default)]
pub(crate) struct Svg {
    lines: Vec<String>,
}

impl Svg {
    pub(crate) fn push(&mut self, line: String) {
        self.lines.push(line);
    }

    /// A path of lines.
    pub(crate) fn stroke(&mut self, path: &Path, colour: &str, style: &str) {
        if !path.data.is_empty() {
            self.push(format!("<path d=\"{}\" stroke=\"{colour}\" fill=\"none\"{style}/>", path.data));
        }
    }

    /// A path of `Path::dot`s, of this diameter.
    pub(crate) fn dots(&mut self, path: &Path, colour: &str, diameter: f64) {
        self.stroke(path, colour, &format!(" stroke-width=\"{diameter}\" stroke-linecap=\"round\""));
    }

    pub(crate) fn text(&mut self, [x, y]: [f64; 2], style: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.push(format!("<text x=\"{}\" y=\"{}\"{style}>{text}</text>", decimal(tenths(x)), decimal(tenths(y))));
    }

    /// The picture, with a description for those who do not see it.
    pub(crate) fn finish(self, height: f64, description: &str) -> String {
        let description = description.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let size = format!("viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" style=\"max-width:100%;height:auto\"");
        let font = "font-family=\"sans-serif\" font-size=\"11\" fill=\"currentColor\"";
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\" aria-label=\"{description}\" {font}>\n{}\n</svg>\n",
            self.lines.join("\n")
        )
    }
}

/// Lines and dots, as the `d` of a `<path>`: in tenths of a pixel, relative to each other.
#[derive(Default)]
pub(crate) struct Path {
    data: String,
    at: [i64; 2],
    command: char,
}

impl Path {
    pub(crate) fn start(&mut self, point: [f64; 2]) {
        let to = point.map(tenths);
        if self.data.is_empty() {
            self.write('M', &to);
        } else {
            self.write('m', &[to[0] - self.at[0], to[1] - self.at[1]]);
            // Pairs that follow a relative move are relative lines.
            self.command = 'l';
        }
        self.at = to;
    }

    pub(crate) fn line(&mut self, point: [f64; 2]) {
        let to = point.map(tenths);
        match [to[0] - self.at[0], to[1] - self.at[1]] {
            [0, 0] => return,
            [dx, 0] => self.write('h', &[dx]),
            [0, dy] => self.write('v', &[dy]),
            step => self.write('l', &step),
        }
        self.at = to;
    }

    /// A line of no length, which round ends make a dot.
    pub(crate) fn dot(&mut self, point: [f64; 2]) {
        self.start(point);
        self.write('h', &[0]);
    }

    pub(crate) fn polyline(&mut self, points: &[[f64; 2]]) {
        if let [first, rest @ ..] = points {
            self.start(*first);
            rest.iter().for_each(|point| self.line(*point));
        }
    }

    fn write(&mut self, command: char, numbers: &[i64]) {
        let mut is_after_number = command == self.command;
        if !is_after_number {
            self.data.push(command);
        }
        for number in numbers {
            let text = decimal(*number);
            if is_after_number && !text.starts_with('-') {
                self.data.push(' ');
            }
            self.data += &text;
            is_after_number = true;
        }
        self.command = command;
    }
}

/// A coordinate in tenths of a pixel. Halves are rounded up whatever the last digit of a density is.
fn tenths(coordinate: f64) -> i64 {
    (coordinate * 10.0 + 0.5 + 1e-6).floor() as i64
}

fn decimal(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.abs() / 10, tenths.abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, tenth) => format!("{sign}.{tenth}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}

/// A number as a reader writes it: with a minus sign, without zeros behind the point.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
}

/// The width of a text in a sans-serif font of this size: rather too large than too small.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let width = |c| match c {
        ' ' | ',' | '.' | ':' | ';' | 'i' | 'j' | 'l' | '(' | ')' | '[' | ']' | '\'' => 0.34,
        'm' | 'w' | 'M' | 'W' => 0.88,
        '−' | '=' | '<' | '>' => 0.7,
        _ => 0.6,
    };
    text.chars().map(width).sum::<f64>() * size
}
