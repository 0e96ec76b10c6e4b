//! The kinds of pictures.

pub(crate) mod density;
pub(crate) mod function;
pub(crate) mod lattice;
pub(crate) mod mass;
pub(crate) mod panels;
pub(crate) mod simplex;

use crate::svg::{COLOURS, Path, Svg, WIDTH, text_width};

/// A picture and the name of the file that it goes to.
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) svg: String,
}

/// `Gumbel::new(loc, scale)`
pub(crate) fn signature(name: &str, constructor: &str, parameters: &[&str]) -> String {
    format!("{name}::{constructor}({})", parameters.join(", "))
}

/// Parameter values as the source has them, without `.0`: `(0.5, −1)`; one has no parentheses.
pub(crate) fn label(values: &[&str]) -> String {
    let list = values.join(", ").replace('-', "−").replace("f64::INFINITY", "∞");
    let values = if values.len() > 1 { format!("({list})") } else { list };
    let digits_follow = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let mut text = String::new();
    let mut rest = values.as_str();
    while let Some((before, after)) = rest.split_once(".0") {
        text += before;
        if digits_follow(after) || !before.ends_with(|c: char| c.is_ascii_digit()) {
            text += ".0";
        }
        rest = after;
    }
    text + rest
}

/// A title in one row, if need be in small letters.
fn put_title(svg: &mut Svg, title: &str) {
    let size = (12.0 * (WIDTH - 8.0) / text_width(title, 12.0)).floor().min(12.0);
    svg.text([4.0, 12.0], &format!(" font-size=\"{size}\""), title);
}

/// A title, and below it a legend in as many rows as it takes; the vertical position below both.
fn head(svg: &mut Svg, title: &str, labels: &[String]) -> f64 {
    put_title(svg, title);
    let (mut x, mut y) = (4.0, 29.0);
    for (label, colour) in labels.iter().zip(COLOURS) {
        let width = 18.0 + text_width(label, 11.0);
        if x + width > WIDTH {
            (x, y) = (4.0, y + 16.0);
        }
        let mut swatch = Path::default();
        swatch.polyline(&[[x, y - 4.0], [x + 14.0, y - 4.0]]);
        svg.stroke(&swatch, colour, " stroke-width=\"2\"");
        svg.text([x + 18.0, y], "", label);
        x += width + 12.0;
    }
    if labels.is_empty() { 20.0 } else { y + 8.0 }
}

fn describe(title: &str, labels: &[String]) -> String {
    format!("{title}: {}", labels.join("; "))
}
