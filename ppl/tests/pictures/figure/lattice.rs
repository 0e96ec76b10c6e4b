//! Numbers on a square lattice, by the depth of a colour.

use crate::axis::Frame;
use crate::svg::{COLOURS, Path, Svg};

/// Squares in two colours, for numbers above and below 0, the deeper the farther off.
pub(crate) fn squares(frame: &Frame, svg: &mut Svg, values: &[f64], columns: usize) {
    const DEPTHS: usize = 4;
    let largest = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let size = frame.x.pixel(1.0) - frame.x.pixel(0.0);
    for (is_positive, colour) in [(false, COLOURS[0]), (true, COLOURS[1])] {
        for depth in 1..=DEPTHS {
            let mut path = Path::default();
            for (i, value) in values.iter().enumerate() {
                let its_depth = (value.abs() / largest * DEPTHS as f64).ceil().max(1.0) as usize;
                if (*value > 0.0) == is_positive && its_depth == depth {
                    // A line as wide as it is long.
                    let [x, y] = frame.point((i % columns) as f64 + 0.5, (i / columns) as f64 + 0.5);
                    path.polyline(&[[x - 0.5 * size, y], [x + 0.5 * size, y]]);
                }
            }
            let opacity = depth as f64 / DEPTHS as f64;
            svg.stroke(&path, colour, &format!(" stroke-width=\"{size:.1}\" opacity=\"{opacity}\""));
        }
    }
}
