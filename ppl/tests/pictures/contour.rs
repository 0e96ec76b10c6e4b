//! Contours of a density in the plane.

use std::collections::BTreeMap;

/// The parts of the probability that the contours hold.
pub(crate) const PARTS: [f64; 4] = [0.25, 0.5, 0.75, 0.95];

/// Densities at the points of a grid: `size + 1` rows, from below, of `size + 1` points each, from the left.
pub(crate) struct Grid {
    pub(crate) size: usize,
    pub(crate) values: Vec<f64>,
    /// The area of a cell.
    pub(crate) cell: f64,
}

impl Grid {
    fn value(&self, column: usize, row: usize) -> f64 {
        self.values[row * (self.size + 1) + column]
    }

    /// The densities above which these parts of the probability lie, as far as the grid holds them.
    pub(crate) fn levels(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let mut levels = Vec::new();
        let (mut below, mut previous) = (0.0, sorted[0]);
        for value in sorted {
            let above = below + value * self.cell;
            while let Some(part) = PARTS.get(levels.len()).filter(|part| above >= **part) {
                levels.push(previous + (part - below) / (above - below) * (value - previous));
            }
            (below, previous) = (above, value);
        }
        levels
    }

    /// The lines on which the interpolated density has a value, in columns and rows (marching squares).
    pub(crate) fn contour(&self, level: f64) -> Vec<Vec<[f64; 2]>> {
        // Edges by their lower left end and direction; each is crossed at most once.
        type Edge = (usize, usize, bool);
        let crossing = |(column, row, is_upright): Edge| {
            let start = self.value(column, row);
            let end = if is_upright { self.value(column, row + 1) } else { self.value(column + 1, row) };
            let part = (level - start) / (end - start);
            let (column, row) = (column as f64, row as f64);
            if is_upright { [column, row + part] } else { [column + part, row] }
        };
        let mut neighbours: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        for row in 0..self.size {
            for column in 0..self.size {
                let is_above = |right, up| self.value(column + right, row + up) > level;
                // Around the cell; a crossing wherever one corner is above and the next is not.
                let corners = [is_above(0, 0), is_above(1, 0), is_above(1, 1), is_above(0, 1)];
                let edges =
                    [(column, row, false), (column + 1, row, true), (column, row + 1, false), (column, row, true)];
                let mut crossed: Vec<Edge> =
                    (0..4).filter(|i| corners[*i] != corners[(i + 1) % 4]).map(|i| edges[i]).collect();
                // A saddle: the corners that are above are taken for connected.
                if crossed.len() == 4 && !corners[0] {
                    crossed.rotate_left(1);
                }
                for pair in crossed.chunks_exact(2) {
                    neighbours.entry(pair[0]).or_default().push(pair[1]);
                    neighbours.entry(pair[1]).or_default().push(pair[0]);
                }
            }
        }
        let mut lines = Vec::new();
        // Lines with ends first: closed ones have none.
        while let Some(start) =
            neighbours.iter().find(|(_, next)| next.len() == 1).or(neighbours.iter().next()).map(|(edge, _)| *edge)
        {
            let mut line = vec![crossing(start)];
            let mut edge = start;
            while let Some(next) = neighbours.get_mut(&edge).and_then(Vec::pop) {
                let back = neighbours.get_mut(&next).expect("neighbours of each other");
                back.remove(back.iter().position(|other| *other == edge).expect("neighbours of each other"));
                if neighbours[&edge].is_empty() {
                    neighbours.remove(&edge);
                }
                line.push(crossing(next));
                edge = next;
            }
            neighbours.remove(&edge);
            lines.push(line);
        }
        lines
    }
}
