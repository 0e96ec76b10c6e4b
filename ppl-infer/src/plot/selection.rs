//! `Selection`: the draws that a plot shows, as scalar quantities.

use ndarray::ArrayView2;

use super::PlotError;
use crate::{
    draws::{DrawSource, Draws, SiteDraws, SiteValues, ValueName},
    error::{Error, Result},
    posterior::SampleStats,
    table::counted,
};

/// How many quantities a plot shows unless they are asked for by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// First components of each site.
    pub of_site: usize,
    pub total: usize,
}

/// Some or all scalar quantities of draws.
#[derive(Clone, Debug)]
pub(super) struct Selection<'a> {
    draws: &'a Draws,
    statistics: Option<&'a SampleStats>,
    chain_ids: Vec<usize>,
    quantities: Vec<Quantity<'a>>,
    left_out: usize,
}

/// A scalar component of a site.
#[derive(Clone, Debug)]
pub(super) struct Quantity<'a> {
    site: &'a SiteValues,
    index: Vec<usize>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(source: &'a (impl DrawSource + ?Sized), limit: Limit) -> Self {
        let draws = source.draws();
        let total = draws.sites().iter().map(|site| site.shape().iter().product::<usize>()).sum::<usize>();
        let first = draws.sites().iter().flat_map(|site| Quantity::all_of(site).take(limit.of_site));
        let quantities: Vec<_> = first.take(limit.total).collect();
        let chain_ids = source.chain_ids().map_or_else(|| (0..draws.num_chains()).collect(), <[usize]>::to_vec);
        let left_out = total - quantities.len();
        Self { draws, statistics: source.sample_stats(), chain_ids, quantities, left_out }
    }

    /// These sites, with all their components, and scalar components such as `theta[3]`, however many.
    pub(super) fn only<N: ValueName>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let sites = self.draws.sites();
        self.quantities.clear();
        for name in names {
            let name = name.site_name();
            match sites.get(name) {
                Ok(site) => self.quantities.extend(Quantity::all_of(site)),
                Err(_) => {
                    // The look-up of `Draws` tells of irregular sites, too.
                    let draws = self.draws.component(name);
                    let (site, index) = sites.component(name).map_err(|error| draws.err().unwrap_or(error))?;
                    self.quantities.push(Quantity { site, index });
                }
            }
        }
        self.left_out = 0;
        Ok(self)
    }

    /// The first of the quantities whose labels hold.
    pub(super) fn retain(mut self, holds: impl Fn(&str) -> bool, limit: Limit) -> Self {
        self.quantities.retain(|quantity| holds(&quantity.label()));
        let total = self.quantities.len();
        let (mut site, mut of_site) = (String::new(), 0);
        self.quantities.retain(|quantity| {
            if site != quantity.site.name() {
                (site, of_site) = (quantity.site.name().to_owned(), 0);
            }
            of_site += 1;
            of_site <= limit.of_site
        });
        self.quantities.truncate(limit.total);
        self.left_out = total - self.quantities.len();
        self
    }

    pub(super) fn draws(&self) -> &'a Draws {
        self.draws
    }

    pub(super) fn quantities(&self) -> &[Quantity<'a>] {
        &self.quantities
    }

    pub(super) fn chain_ids(&self) -> &[usize] {
        &self.chain_ids
    }

    /// Weights of the draws, which sum to 1.
    pub(super) fn weights(&self) -> Option<&'a [f64]> {
        self.draws.weights().map(crate::draws::Weights::normalized)
    }

    /// The statistic of this name, chain × draw.
    pub(super) fn statistic(&self, plot: &'static str, name: &'static str) -> Result<ArrayView2<'a, f64>> {
        match self.statistics {
            Some(statistics) => statistics.column(name),
            None => Err(PlotError::NoStatistic { plot, statistic: name }.into()),
        }
    }

    /// Whether each draw of each chain diverged; empty for draws without trajectories.
    pub(super) fn diverging(&self) -> Vec<Vec<bool>> {
        let flags = self.statistics.and_then(|statistics| statistics.get("diverging"));
        let of_chain = |chain: ndarray::ArrayView1<'_, f64>| chain.iter().map(|&flag| flag != 0.0).collect();
        flags.map_or_else(Vec::new, |flags| flags.outer_iter().map(of_chain).collect())
    }

    /// An error for draws whose order says nothing.
    pub(super) fn require_order(&self, plot: &'static str) -> Result<()> {
        if self.draws.weights().is_some() { Err(PlotError::Weighted { plot }.into()) } else { Ok(()) }
    }

    /// What is not shown.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let verb = |count: usize| if count == 1 { "is" } else { "are" };
        if self.left_out > 0 {
            let noun = if self.left_out == 1 { "quantity" } else { "quantities" };
            notes.push(format!("{} further {noun} {} not shown", self.left_out, verb(self.left_out)));
        }
        let irregular = self.draws.irregular_sites().len();
        if irregular > 0 {
            let sites = counted(irregular, "site");
            notes.push(format!("{sites} that not every draw visited {} not shown", verb(irregular)));
        }
        if self.quantities.is_empty() {
            notes.push("there is no quantity to show".to_owned());
        }
        notes
    }
}

impl<'a> Quantity<'a> {
    fn all_of(site: &'a SiteValues) -> impl Iterator<Item = Self> {
        site.component_indices().map(move |index| Self { site, index })
    }

    /// `mu`, `theta[3]`.
    pub(super) fn label(&self) -> String {
        self.site.label(&self.index)
    }

    /// Number of components of the site, if this is its name.
    pub(super) fn size_of(&self, site: &str) -> Option<usize> {
        (self.site.name() == site).then(|| self.site.shape().iter().product())
    }

    /// The position among the components of the site, in the order of rows, if this is its name.
    pub(super) fn position_in(&self, site: &str) -> Option<usize> {
        let by_axis = self.index.iter().zip(self.site.shape());
        self.size_of(site).map(|_| by_axis.fold(0, |position, (index, size)| position * size + index))
    }

    /// The draws, the chains one after the other.
    pub(super) fn values(&self) -> Vec<f64> {
        self.site.component(&self.index).iter().copied().collect()
    }

    /// The draws of each chain; of draws without chains, all.
    pub(super) fn chains(&self) -> Vec<Vec<f64>> {
        let values = self.values();
        let draws = self.site.leading().last().copied().unwrap_or(1);
        values.chunks(draws.max(1)).map(<[f64]>::to_vec).collect()
    }

    /// The draws with their estimates.
    pub(super) fn draws(&self, draws: &Draws) -> Result<SiteDraws, Error> {
        draws.component(&self.label())
    }
}

/// The options that all plots have, for a type with the fields `title` and `size`.
macro_rules! figure_options {
    ($plot:ident $(<$lifetime:lifetime>)?) => {
        impl $plot $(<$lifetime>)? {
            /// A title above all panels.
            #[must_use]
            pub fn title(mut self, title: impl Into<String>) -> Self {
                self.title = Some(title.into());
                self
            }

            /// The size of the picture, in pixels; by default as large as its panels need.
            #[must_use]
            pub fn size(mut self, width: u32, height: u32) -> Self {
                self.size = Some((width, height));
                self
            }
        }
    };
}

/// The choice of quantities, for a type with the field `selection`.
macro_rules! selection_options {
    ($plot:ident) => {
        impl $plot<'_> {
            /// Shows these sites, with all their components, and scalar components such as `theta[3]`. There is no limit to
            /// their number.
            ///
            /// # Errors
            /// [`Error::UnknownName`](crate::Error::UnknownName) and
            /// [`DrawsError::UnknownComponent`](crate::error::DrawsError::UnknownComponent).
            pub fn only<N: $crate::draws::ValueName>(
                mut self,
                names: impl IntoIterator<Item = N>,
            ) -> $crate::error::Result<Self> {
                self.selection = self.selection.only(names)?;
                Ok(self)
            }
        }
    };
}
pub(super) use {figure_options, selection_options};
