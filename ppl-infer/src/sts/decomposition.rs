//! `Decomposition`: the parts of a series.

use super::NormalMixture;
use crate::error::{Error, Result};
use crate::plot::{self, Axes, Grid};

/// The distribution of each component's part of a series over time; see
/// [`decompose`](super::StructuralTimeSeries::decompose).
///
/// The means of the parts add up to that of the series.
///
/// # Example
/// ```
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{LocalLevel, Seasonal, StructuralTimeSeries};
///
/// let y = [3.0, 5.1, 2.9, 5.0, 3.2, 5.1, 3.1, 4.9];
/// let series = StructuralTimeSeries::new(&y)?.with(LocalLevel::new())?.with(Seasonal::new(2).without_drift())?;
/// let posterior = Nuts::new().chains(2).warmup(150).draws(100).progress(false).run(&series)?;
/// let parts = series.decompose(&posterior)?;
/// assert_eq!(parts.names().collect::<Vec<_>>(), ["level", "seasonal"]);
/// assert!((parts.get("seasonal")?.mean()[0] + 1.0).abs() < 0.2);
/// assert_eq!(parts.plot().figure()?.svg().matches("class=\"panel\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decomposition {
    pub(super) parts: Vec<(String, NormalMixture)>,
}

impl Decomposition {
    /// The component of this name.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn get(&self, name: &str) -> Result<&NormalMixture> {
        let part = self.parts.iter().find(|(known, _)| known == name);
        part.map(|(_, part)| part).ok_or_else(|| Error::unknown_name("component", name, self.names()))
    }

    /// The names of the components, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(name, _)| name.as_str())
    }

    /// The components with their names, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NormalMixture)> {
        self.parts.iter().map(|(name, part)| (name.as_str(), part))
    }

    /// A picture: a panel for each component, with the mean and bands of 50% and 89%.
    #[must_use]
    pub fn plot(&self) -> Grid {
        let rows = self.parts.len();
        let panels = self.iter().enumerate().map(|(row, (name, part))| {
            let panel = panel(name, part);
            if row + 1 == rows { panel.x_label("time") } else { panel }
        });
        plot::grid(rows, 1, panels).size(900, 190 * rows as u32 + 30)
    }
}

fn panel(name: &str, part: &NormalMixture) -> Axes {
    let times = || part.times().iter().map(|time| *time as f64);
    let (outer, inner) = (part.eti(0.89), part.eti(0.5));
    plot::axes()
        .band(times(), &outer.0, &outer.1)
        .color(0)
        .opacity(0.2)
        .band(times(), &inner.0, &inner.1)
        .color(0)
        .opacity(0.4)
        .line(times(), &part.mean())
        .color(0)
        .title(name)
}
