//! Texts that cover each other.

use crate::plot::text;

/// The room that a text takes.
struct Extent<'a> {
    text: &'a str,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl<'a> Extent<'a> {
    /// Of the line of a text element, by the widths that layouts count with, and less a tenth on each side: the descent of
    /// one line may touch the ascent of the next.
    fn of(line: &'a str) -> Option<Self> {
        let number = |name: &str| line.split_once(&format!(" {name}=\""))?.1.split('"').next()?.parse::<f64>().ok();
        let (x, y, size) = (number("x")?, number("y")?, number("font-size")?);
        let text = line.split_once('>')?.1.strip_suffix("</text>")?;
        let unescaped = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        // The layouts' widths are those of a wide font.
        let width = 0.9 * text::width(&unescaped, size);
        let before = if line.contains("text-anchor=\"middle\"") {
            0.5 * width
        } else if line.contains("text-anchor=\"end\"") {
            width
        } else {
            0.0
        };
        let (ascent, descent) = (0.65 * size, 0.05 * size);
        Some(if line.contains("rotate(-90") {
            let (top, bottom) = (y + before - width, y + before);
            Self { text, left: x - ascent, right: x + descent, top, bottom }
        } else {
            let left = x - before;
            Self { text, left, right: left + width, top: y - ascent, bottom: y + descent }
        })
    }

    fn covers(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// Pairs of texts of a picture that cover each other.
pub(super) fn overlaps(svg: &str) -> Vec<(&str, &str)> {
    let extents: Vec<Extent<'_>> =
        svg.lines().filter(|line| line.starts_with("<text")).filter_map(Extent::of).collect();
    let mut pairs = Vec::new();
    for (at, one) in extents.iter().enumerate() {
        pairs.extend(extents[at + 1..].iter().filter(|other| one.covers(other)).map(|other| (one.text, other.text)));
    }
    pairs
}

#[test]
fn overlaps_are_found() {
    let text = |x: f64, y: f64, words: &str| {
        format!("<text x=\"{x}\" y=\"{y}\" font-size=\"10\" fill=\"#000\">{words}</text>")
    };
    let beside = [text(0.0, 10.0, "one"), text(40.0, 10.0, "two"), text(0.0, 20.0, "three")].join("\n");
    assert!(overlaps(&beside).is_empty());
    let over = [text(0.0, 10.0, "one"), text(10.0, 12.0, "two")].join("\n");
    assert_eq!(overlaps(&over), [("one", "two")]);
}
