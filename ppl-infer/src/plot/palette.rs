//! Colours.

use plotters::style::RGBColor;

/// Colours of the chains: those of Okabe and Ito, which remain distinct under the common forms of colour blindness,
/// without the yellow, which is too faint for thin lines on white.
const CHAINS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
];

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(60, 60, 60);
/// Marks of divergences.
pub(super) const DIVERGENCE: RGBColor = RGBColor(0, 0, 0);

/// Colour of a chain; they repeat after six.
pub(super) fn chain(position: usize) -> RGBColor {
    CHAINS[position % CHAINS.len()]
}
