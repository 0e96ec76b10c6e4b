//! Colours, sizes and strokes: those of ArviZ's style "variat".

use std::borrow::Cow;

/// Pixels to an inch.
pub(super) const DPI: f64 = 100.0;
/// Text.
pub(super) const TEXT: &str = "#333333";
/// Axes and reference lines.
pub(super) const AXES: &str = "#545454";
/// What stands behind the data.
pub(super) const FAINT: &str = "#b3b3b3";
/// Divergences.
pub(super) const DIVERGENCE: &str = "#000000";

/// Heights of text, in pixels.
pub(super) const FIGURE_TITLE: f64 = 19.0;
pub(super) const TITLE: f64 = 17.0;
pub(super) const LABEL: f64 = 15.0;
pub(super) const TICK: f64 = 13.5;
pub(super) const NOTE: f64 = 12.5;

/// Width of a line, in pixels.
pub(super) const LINE: f64 = 1.8;
/// Width of the axes: 0.8 pt.
pub(super) const AXIS: f64 = 0.8 / 72.0 * DPI;

const CYCLE: [&str; 8] = ["#36acc6", "#f66d7f", "#fac364", "#7c2695", "#228306", "#a252f4", "#63f0ea", "#a77e4f"];

/// A colour: a number is that of the cycle, a text one of CSS, such as `"#36acc6"` or `"black"`.
///
/// # Example
/// ```
/// use ppl_infer::plot::Color;
///
/// assert_eq!(Color::from(0), Color::from("#36acc6"));
/// assert_eq!(Color::from(8), Color::from(0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Color(Cow<'static, str>);

impl Color {
    /// The colour as CSS has it.
    pub fn css(&self) -> &str {
        &self.0
    }
}

impl From<usize> for Color {
    /// A colour of the cycle, which has eight.
    fn from(position: usize) -> Self {
        Self(Cow::Borrowed(CYCLE[position % CYCLE.len()]))
    }
}

impl From<&str> for Color {
    fn from(css: &str) -> Self {
        Self(Cow::Owned(css.to_owned()))
    }
}

impl From<String> for Color {
    fn from(css: String) -> Self {
        Self(Cow::Owned(css))
    }
}

/// Viridis at nine equal distances.
const VIRIDIS: [[f64; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [71.0, 44.0, 122.0],
    [59.0, 81.0, 139.0],
    [44.0, 113.0, 142.0],
    [33.0, 144.0, 141.0],
    [39.0, 173.0, 129.0],
    [92.0, 200.0, 99.0],
    [170.0, 220.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// The colour of the map viridis for a value from 0 to 1.
pub(super) fn viridis(value: f64) -> Color {
    let position = value.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (position as usize).min(VIRIDIS.len() - 2);
    let share = position - below as f64;
    let mixed: [u8; 3] =
        std::array::from_fn(|at| (VIRIDIS[below][at] * (1.0 - share) + VIRIDIS[below + 1][at] * share).round() as u8);
    Color(Cow::Owned(format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])))
}

#[cfg(test)]
mod tests {
    use super::viridis;

    /// matplotlib's `viridis` at 0, 1/2, 3/4 and 1, whose table has 256 entries.
    #[test]
    fn viridis_is_matplotlibs() {
        let close = |value: f64, expected: [i32; 3]| {
            let colour = viridis(value);
            for (at, expected) in expected.into_iter().enumerate() {
                let part = i32::from_str_radix(&colour.css()[1 + 2 * at..3 + 2 * at], 16).unwrap();
                assert!((part - expected).abs() <= 3, "{value}: {}", colour.css());
            }
        };
        close(0.0, [68, 1, 84]);
        close(0.5, [33, 145, 140]);
        close(0.75, [94, 201, 98]);
        close(1.0, [253, 231, 37]);
        assert_eq!(viridis(-1.0), viridis(0.0));
    }
}
