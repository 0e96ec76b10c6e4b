//! Energies of Hamiltonian samplers.

use super::{
    Figure, Grid, Plot, axes,
    selection::{Limit, Selection, figure_options},
};
use crate::{
    diagnostics::{bfmi, mean},
    draws::DrawSource,
    error::Result,
};

/// Energies; see [`plot_energy`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::plot::{Plot, plot_energy};
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn standard() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let posterior = Nuts::new().chains(2).warmup(100).draws(100).progress(false).run(&standard())?;
/// let figure = plot_energy(&posterior).title("one dimension").size(500, 300).figure()?;
/// assert_eq!(figure.svg().matches("class=\"band\"").count(), 2);
/// assert!(figure.svg().contains(">E-BFMI of each chain: "));
///
/// // Draws of no sampler have no energy.
/// assert!(plot_energy(posterior.draws()).figure().is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnergyPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(EnergyPlot<'_>);

/// The energies of the draws of a Hamiltonian sampler about their mean, and their changes from one draw to the next.
///
/// Where the changes are much narrower than the energies, one resampling of the momentum covers little of the energies, and
/// the chain explores the tails badly. The note has the E-BFMI of each chain; see [`bfmi`](crate::diagnostics::bfmi()).
///
/// # Errors
/// Draws without energies are an error of [`figure`](Plot::figure).
///
/// # Example
/// ```no_run
/// # fn example(posterior: ppl_infer::Posterior) -> ppl_infer::Result<()> {
/// use ppl_infer::plot::{Plot, plot_energy};
///
/// plot_energy(&posterior).save("energy.svg")?;
/// # Ok(())
/// # }
/// ```
///
/// # Reference
/// Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", section 6.1.
pub fn plot_energy<S: DrawSource + ?Sized>(source: &S) -> EnergyPlot<'_> {
    EnergyPlot { selection: Selection::new(source, Limit { of_site: 0, total: 0 }), title: None, size: None }
}

impl Plot for EnergyPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let energy = self.selection.statistic("plot_energy", "energy")?;
        let all: Vec<f64> = energy.iter().copied().collect();
        let centre = mean(&all);
        let centred: Vec<f64> = all.iter().map(|energy| energy - centre).collect();
        let changes: Vec<f64> = energy
            .outer_iter()
            .flat_map(|chain| chain.windows(2).into_iter().map(|pair| pair[1] - pair[0]).collect::<Vec<_>>())
            .collect();
        let fractions = bfmi(energy);
        let listed = fractions.iter().take(12).map(|fraction| format!("{fraction:.2}")).collect::<Vec<_>>().join(", ");
        let more = if fractions.len() > 12 { ", …" } else { "" };
        let panel = axes()
            .filled_density(&centred)
            .label("energy")
            .filled_density(&changes)
            .label("change of the energy")
            .hide_y()
            .x_label("energy − mean")
            .note(format!("E-BFMI of each chain: {listed}{more}"));
        let grid = Grid::of_cells(1, 1, [Some(panel)]).titled(self.title.clone()).sized(self.size);
        grid.or_size(600.0, 400.0).figure()
    }
}
