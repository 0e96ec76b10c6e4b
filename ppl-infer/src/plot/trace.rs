//! Trace plot: the marginal density and the sequence of draws of each quantity, one colour a chain.

use std::io::Write as _;
use std::path::Path;

use plotters::{prelude::*, style::text_anchor::HPos};

use super::{
    canvas::{Area, failed, text},
    palette,
    panels::{Panels, stride},
};
use crate::{
    Posterior,
    draws::{DrawName, SiteValues},
    error::Result,
    file,
};

/// Most components of a site that are drawn unless it is asked for by name.
const MOST_OF_A_SITE: usize = 4;
/// Most rows of a plot.
const MOST_ROWS: usize = 16;
/// Most chains in the legend.
const MOST_IN_LEGEND: usize = 6;

const WIDTH: u32 = 1100;
const ROW_HEIGHT: u32 = 185;
const HEADER_HEIGHT: u32 = 42;
const FOOTER_HEIGHT: u32 = 26;
const DENSITY_WIDTH: u32 = 400;

/// A trace plot of some or all quantities of a posterior.
///
/// Each quantity has a row: on the left the density of each chain, on the right its draws in order. Divergent draws are
/// marked by ticks at the lower edge. Chains that agree cover each other in both.
///
/// # Example
/// ```no_run
/// # fn example(posterior: ppl_infer::Posterior) -> ppl_infer::Result<()> {
/// use ppl_infer::plot::TracePlot;
///
/// posterior.plot_trace("trace.svg")?;
/// TracePlot::new(&posterior).only(["tau", "theta[7]"])?.write("tau.svg")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TracePlot<'a> {
    posterior: &'a Posterior,
    quantities: Vec<(&'a SiteValues, Vec<usize>)>,
    left_out: usize,
}

impl Posterior {
    /// Writes a trace plot as SVG: the first components of each site. [`TracePlot`] draws others.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write), [`PlotError`](crate::error::PlotError).
    pub fn plot_trace(&self, path: impl AsRef<Path>) -> Result<()> {
        TracePlot::new(self).write(path)
    }
}

impl<'a> TracePlot<'a> {
    /// A plot of the first four components of each site, sixteen in all.
    pub fn new(posterior: &'a Posterior) -> Self {
        let components = |site: &'a SiteValues| site.component_indices().map(move |index| (site, index));
        let total = posterior.draws().sites().iter().flat_map(components).count();
        let first = posterior.draws().sites().iter().flat_map(|site| components(site).take(MOST_OF_A_SITE));
        let quantities: Vec<_> = first.take(MOST_ROWS).collect();
        Self { posterior, left_out: total - quantities.len(), quantities }
    }

    /// A plot of these sites, with all their components, and scalar components such as `theta[3]`. There is no limit to
    /// their number.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName).
    pub fn only<N: DrawName>(self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let sites = self.posterior.draws().sites();
        let mut quantities = Vec::new();
        for name in names {
            let name = name.site_name();
            match sites.get(name) {
                Ok(site) => quantities.extend(site.component_indices().map(|index| (site, index))),
                Err(_) => quantities.push(sites.component(name)?),
            }
        }
        Ok(Self { quantities, left_out: 0, ..self })
    }

    /// The plot as the text of an SVG file.
    ///
    /// # Errors
    /// [`PlotError`](crate::error::PlotError).
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        let rows = self.quantities.len() as u32;
        let size = (WIDTH, HEADER_HEIGHT + rows * ROW_HEIGHT + FOOTER_HEIGHT);
        self.draw(&SVGBackend::with_string(&mut text, size).into_drawing_area())?;
        Ok(text)
    }

    /// Writes the plot to an SVG file, whose folder is made if it is not there.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write), [`PlotError`](crate::error::PlotError).
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let svg = self.svg()?;
        file::write(path.as_ref(), |file| file.write_all(svg.as_bytes()))
    }

    fn draw(&self, root: &Area<'_>) -> Result<()> {
        root.fill(&WHITE).map_err(failed)?;
        let (header, body) = root.split_vertically(HEADER_HEIGHT);
        self.draw_header(&header)?;
        let rows = self.quantities.len() as u32;
        let (body, footer) = body.split_vertically(rows * ROW_HEIGHT);
        self.draw_footer(&footer)?;
        if rows > 0 {
            for (area, (site, index)) in body.split_evenly((rows as usize, 1)).iter().zip(&self.quantities) {
                let (left, right) = area.split_horizontally(DENSITY_WIDTH);
                let panels = Panels::new(self.posterior, site, index);
                panels.draw_density(&left)?;
                panels.draw_trace(&right)?;
            }
        }
        root.present().map_err(failed)
    }

    /// What is shown, and which colour is which chain.
    fn draw_header(&self, area: &Area<'_>) -> Result<()> {
        let (chains, draws) = (self.posterior.num_chains(), self.posterior.num_draws());
        let title = format!("{} of {}", counted(chains, "chain"), counted(draws, "draw"));
        text(area, title, 17, (14, 14), HPos::Left)?;
        let numbers = self.posterior.chain_ids();
        let entries = numbers.len().min(MOST_IN_LEGEND);
        let mut x = WIDTH as i32 - 95 * entries as i32 - if entries < numbers.len() { 30 } else { 0 };
        for (position, number) in numbers.iter().take(entries).enumerate() {
            let line = Rectangle::new([(x, 21), (x + 20, 24)], palette::chain(position).filled());
            area.draw(&line).map_err(failed)?;
            text(area, format!("chain {number}"), 14, (x + 26, 16), HPos::Left)?;
            x += 95;
        }
        if entries < numbers.len() {
            text(area, "…", 14, (x, 16), HPos::Left)?;
        }
        Ok(())
    }

    /// What is not shown.
    fn draw_footer(&self, area: &Area<'_>) -> Result<()> {
        let mut notes = Vec::new();
        let divergences = self.posterior.sample_stats().divergences();
        if divergences > 0 {
            notes.push(format!("black ticks: {}", counted(divergences, "divergence")));
        }
        let stride = stride(self.posterior.num_draws());
        if stride > 1 {
            let ending = ["th", "st", "nd", "rd"];
            let ending = ending.get(if stride / 10 % 10 == 1 { 0 } else { stride % 10 }).unwrap_or(&"th");
            notes.push(format!("lines through every {stride}{ending} draw"));
        }
        if self.left_out > 0 {
            let verb = if self.left_out == 1 { "quantity is" } else { "quantities are" };
            notes.push(format!("{} further {verb} not shown", self.left_out));
        }
        text(area, notes.join("; "), 14, (14, 4), HPos::Left)
    }
}

/// `1 chain`, `4 chains`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, ArrayD};

    use super::{TracePlot, WIDTH};
    use crate::{
        Posterior,
        draws::{SiteTable, tests::scores},
        posterior::{
            PosteriorParts,
            tests::{of_nuts, parts, posterior, record},
        },
    };

    /// Lines of several points; ticks and axes have two.
    fn curves(svg: &str) -> Vec<usize> {
        let points = svg.split("points=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        points.map(|points| points.split_whitespace().count()).filter(|&count| count > 2).collect()
    }

    #[test]
    fn a_row_a_quantity_with_a_density_and_a_trace_a_chain() {
        let svg = TracePlot::new(&posterior()).svg().unwrap();
        for label in ["mu", "theta[0]", "theta[2]", "L[1, 0]", "chain 0", "chain 3", "draw", "value"] {
            assert!(svg.contains(&format!("\n{label}\n</text>")), "{label}");
        }
        assert!(!svg.contains("not shown") && !svg.contains("divergences"));
        // Eight quantities, of which the constant one has no density curve.
        let curves = curves(&svg);
        assert_eq!(curves.iter().filter(|&&points| points == 256).count(), 7 * 4);
        assert_eq!(curves.iter().filter(|&&points| points == 250).count(), 8 * 4);
        assert!(svg.starts_with(&format!("<svg width=\"{WIDTH}\"")));
    }

    #[test]
    fn quantities_by_name() {
        let posterior = posterior();
        let svg = TracePlot::new(&posterior).only(["theta[1]", "mu"]).unwrap().svg().unwrap();
        assert_eq!(curves(&svg).len(), 16);
        assert!(svg.contains("\ntheta[1]\n") && !svg.contains("\ntheta[0]\n"));
        let all = TracePlot::new(&posterior).only(["theta"]).unwrap().svg().unwrap();
        assert_eq!(curves(&all).len(), 24);
        assert!(TracePlot::new(&posterior).only(["tehta"]).is_err());
    }

    #[test]
    fn notes_on_what_is_marked_thinned_and_left_out() {
        let (chains, draws) = (2, 4000);
        let mut sites = SiteTable::new(&[chains, draws]);
        let values = ArrayD::from_shape_vec(vec![chains, draws, 6], scores(chains * draws * 6, 5)).unwrap();
        sites.insert("x<y>", values).unwrap();
        let mut records = vec![vec![record(); draws]; chains];
        records[1][77].diverging = true;
        let sample_stats = of_nuts(&records);
        let chain_ids = vec![1, 2];
        let posterior = Posterior::new(PosteriorParts { sites, sample_stats, chain_ids, ..parts() }).unwrap();
        let svg = TracePlot::new(&posterior).svg().unwrap();
        let note = "black ticks: 1 divergence; lines through every 3rd draw; 2 further quantities are not shown";
        assert!(svg.contains(note), "{}", &svg[svg.len() - 500..]);
        assert!(svg.contains("x&lt;y&gt;[3]") && !svg.contains("x<y>"));
        assert!(svg.contains("chain 1\n") && svg.contains("chain 2\n") && !svg.contains("chain 0\n"));
        assert!(curves(&svg).iter().all(|&points| points == 256 || points == 4000_usize.div_ceil(3)));
    }

    #[test]
    fn draws_that_are_not_finite_interrupt_the_line() {
        let mut sites = SiteTable::new(&[4, 250]);
        let mut values = scores(1000, 6);
        values[100] = f64::NAN;
        values[600] = f64::INFINITY;
        sites.insert("broken", Array1::from(values).into_shape_with_order(vec![4, 250]).unwrap()).unwrap();
        sites.insert("nothing", ArrayD::from_elem(vec![4, 250], f64::NAN)).unwrap();
        let svg = TracePlot::new(&Posterior::new(PosteriorParts { sites, ..parts() }).unwrap()).svg().unwrap();
        let mut traces: Vec<usize> = curves(&svg).into_iter().filter(|&points| points != 256).collect();
        traces.sort_unstable();
        assert_eq!(traces, [100, 100, 149, 149, 250, 250]);
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn one_draw_and_no_sites() {
        for sites in [&[][..], &["mu"]] {
            let mut table = SiteTable::new(&[1, 1]);
            for site in sites {
                table.insert(*site, ArrayD::zeros(vec![1, 1])).unwrap();
            }
            let sample_stats = of_nuts(&[vec![record()]]);
            let parts = PosteriorParts { sites: table, sample_stats, chain_ids: vec![0], ..parts() };
            let posterior = Posterior::new(parts).unwrap();
            assert!(TracePlot::new(&posterior).svg().unwrap().contains("1 chain of 1 draw\n"));
        }
    }

    #[test]
    fn a_file() {
        let path = std::env::temp_dir().join(format!("ppl-trace-{}.svg", std::process::id()));
        posterior().plot_trace(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), TracePlot::new(&posterior()).svg().unwrap());
        std::fs::remove_file(&path).unwrap();
    }
}
