//! Trace plot: the marginal density and the sequence of draws of each quantity, one colour a chain.

use std::{fmt::Display, ops::Range, path::Path};

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{density::density, palette, ticks};
use crate::{
    Posterior,
    error::{Error, Result},
    posterior::{DrawName, SiteValues},
};

/// Most components of a site that are drawn unless it is asked for by name.
const MOST_OF_A_SITE: usize = 4;
/// Most rows of a plot.
const MOST_ROWS: usize = 16;
/// Most points of a chain's line; longer chains are thinned for the drawing.
const MOST_POINTS: usize = 1500;
/// Most chains in the legend.
const MOST_IN_LEGEND: usize = 6;

const WIDTH: u32 = 1100;
const ROW_HEIGHT: u32 = 185;
const HEADER_HEIGHT: u32 = 42;
const FOOTER_HEIGHT: u32 = 26;
const DENSITY_WIDTH: u32 = 400;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A trace plot of some or all quantities of a posterior.
///
/// Each quantity has a row: on the left the density of each chain, on the right its draws in order. Divergent draws are marked by ticks at the
/// lower edge. Chains that agree cover each other in both.
///
/// **Example**
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
    /// **Errors** [`Error::Write`], [`Error::Plot`].
    pub fn plot_trace(&self, path: impl AsRef<Path>) -> Result<()> {
        TracePlot::new(self).write(path)
    }
}

impl<'a> TracePlot<'a> {
    /// A plot of the first four components of each site, sixteen in all.
    pub fn new(posterior: &'a Posterior) -> Self {
        let components = |site: &'a SiteValues| site.component_indices().map(move |index| (site, index));
        let total = posterior.sites().iter().flat_map(components).count();
        let first = posterior.sites().iter().flat_map(|site| components(site).take(MOST_OF_A_SITE));
        let quantities: Vec<_> = first.take(MOST_ROWS).collect();
        Self { posterior, left_out: total - quantities.len(), quantities }
    }

    /// A plot of these sites, with all their components, and scalar components such as `theta[3]`. There is no limit to their number.
    ///
    /// **Errors** [`Error::UnknownName`].
    pub fn only<N: DrawName>(self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let sites = self.posterior.sites();
        let mut quantities = Vec::new();
        for name in names {
            let name = name.site_name();
            let component = sites.iter().find_map(|site| {
                let index = site.component_indices().find(|index| site.label(index) == name)?;
                Some((site, index))
            });
            match component {
                Some(component) => quantities.push(component),
                None => {
                    let site = sites.get(name)?;
                    quantities.extend(site.component_indices().map(|index| (site, index)));
                }
            }
        }
        Ok(Self { quantities, left_out: 0, ..self })
    }

    /// The plot as the text of an SVG file.
    ///
    /// **Errors** [`Error::Plot`].
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        let rows = self.quantities.len() as u32;
        let size = (WIDTH, HEADER_HEIGHT + rows * ROW_HEIGHT + FOOTER_HEIGHT);
        self.draw(&SVGBackend::with_string(&mut text, size).into_drawing_area())?;
        Ok(text)
    }

    /// Writes the plot to an SVG file.
    ///
    /// **Errors** [`Error::Write`], [`Error::Plot`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.svg()?).map_err(|source| Error::Write { path: path.to_owned(), source })
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
                let chains = Chains::new(self.posterior, site, index);
                chains.draw_density(&left)?;
                chains.draw_trace(&right)?;
            }
        }
        root.present().map_err(failed)
    }

    /// What is shown, and which colour is which chain.
    fn draw_header(&self, area: &Area<'_>) -> Result<()> {
        let (chains, draws) = (self.posterior.chain_count(), self.posterior.draw_count());
        let title = format!("{} of {}", counted(chains, "chain"), counted(draws, "draw"));
        text(area, title, 17, (14, 14), HPos::Left)?;
        let numbers = self.posterior.chain_numbers();
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
        let stride = stride(self.posterior.draw_count());
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

/// Draws of one quantity by chain, with what both of its panels need.
struct Chains {
    label: String,
    /// Draws of each chain.
    draws: Vec<Vec<f64>>,
    /// Which of them diverged.
    diverging: Vec<Vec<bool>>,
    /// Axis of the values in both panels.
    values: Range<f64>,
}

impl Chains {
    fn new(posterior: &Posterior, site: &SiteValues, index: &[usize]) -> Self {
        let component = site.component(index);
        let draws: Vec<Vec<f64>> = component.outer_iter().map(|chain| chain.iter().copied().collect()).collect();
        let diverging = posterior.sample_stats().diverging.outer_iter().map(|chain| chain.to_vec()).collect();
        let values = ticks::padded_range(draws.iter().flatten().copied());
        Self { label: site.label(index), draws, diverging, values }
    }

    fn draw_density(&self, area: &Area<'_>) -> Result<()> {
        let curves: Vec<Vec<(f64, f64)>> = self.draws.iter().map(|chain| density(chain.iter().copied())).collect();
        let highest = curves.iter().flatten().map(|&(_, height)| height).fold(0.0, f64::max);
        let top = if highest > 0.0 && highest.is_finite() { 1.08 * highest } else { 1.0 };
        let mut chart = ChartBuilder::on(area)
            .margin_left(16)
            .margin_right(10)
            .margin_top(4)
            .caption(&self.label, style(16, HPos::Left))
            .x_label_area_size(38)
            .build_cartesian_2d(self.values.clone(), 0.0..top)
            .map_err(failed)?;
        // The height of a density is of no use; its shape is.
        chart
            .configure_mesh()
            .disable_mesh()
            .disable_y_axis()
            .x_labels(5)
            .x_label_formatter(&|value| ticks::label(*value, &self.values))
            .x_desc("value")
            .axis_style(palette::INK)
            .label_style(style(13, HPos::Left))
            .axis_desc_style(style(13, HPos::Left))
            .draw()
            .map_err(failed)?;
        for (position, (curve, chain)) in curves.into_iter().zip(&self.draws).enumerate() {
            // A chain that never moved has all its mass at one value.
            let line = match (curve.is_empty(), chain.iter().find(|draw| draw.is_finite())) {
                (true, Some(&value)) => vec![(value, 0.0), (value, top)],
                _ => curve,
            };
            chart.draw_series(LineSeries::new(line, palette::chain(position).stroke_width(2))).map_err(failed)?;
        }
        let marks = self.divergences().filter(|(_, value)| value.is_finite());
        let tick =
            |(_, value)| PathElement::new([(value, 0.0), (value, 0.06 * top)], palette::DIVERGENCE.stroke_width(1));
        chart.draw_series(marks.map(tick)).map_err(failed)?;
        Ok(())
    }

    fn draw_trace(&self, area: &Area<'_>) -> Result<()> {
        let draws = self.draws[0].len();
        let horizontal = 0.0..(draws.max(2) - 1) as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_left(4)
            .margin_right(24)
            .margin_top(26)
            .x_label_area_size(38)
            .y_label_area_size(66)
            .build_cartesian_2d(horizontal.clone(), self.values.clone())
            .map_err(failed)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(8)
            .y_labels(5)
            .x_label_formatter(&|draw| format!("{draw:.0}"))
            .y_label_formatter(&|value| ticks::label(*value, &self.values))
            .x_desc("draw")
            .axis_style(palette::INK)
            .label_style(style(13, HPos::Left))
            .axis_desc_style(style(13, HPos::Left))
            .draw()
            .map_err(failed)?;
        for (position, chain) in self.draws.iter().enumerate() {
            let points: Vec<(f64, f64)> =
                (0..draws).step_by(stride(draws)).map(|draw| (draw as f64, chain[draw])).collect();
            // A draw that is not finite interrupts the line.
            for run in points.split(|(_, value)| !value.is_finite()).filter(|run| !run.is_empty()) {
                let line = LineSeries::new(run.iter().copied(), palette::chain(position).mix(0.75).stroke_width(1));
                chart.draw_series(line).map_err(failed)?;
            }
        }
        let (bottom, height) = (self.values.start, self.values.end - self.values.start);
        let tick = |(draw, _): (usize, f64)| {
            let x = draw as f64;
            PathElement::new([(x, bottom), (x, bottom + 0.06 * height)], palette::DIVERGENCE.stroke_width(1))
        };
        chart.draw_series(self.divergences().map(tick)).map_err(failed)?;
        Ok(())
    }

    /// Divergent draws of all chains, as (draw, value).
    fn divergences(&self) -> impl Iterator<Item = (usize, f64)> {
        let of_chain = |(chain, diverging): (&'_ Vec<f64>, &'_ Vec<bool>)| {
            let marked = chain.iter().zip(diverging).enumerate().filter(|(_, (_, diverging))| **diverging);
            marked.map(|(draw, (value, _))| (draw, *value)).collect::<Vec<_>>()
        };
        self.draws.iter().zip(&self.diverging).flat_map(of_chain)
    }
}

/// Every how many draws a line has a point.
fn stride(draws: usize) -> usize {
    draws.div_ceil(MOST_POINTS).max(1)
}

/// `1 chain`, `4 chains`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn style(size: i32, anchor: HPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&palette::INK).pos(Pos::new(anchor, VPos::Top))
}

fn text(area: &Area<'_>, text: impl AsRef<str>, size: i32, at: (i32, i32), anchor: HPos) -> Result<()> {
    area.draw_text(text.as_ref(), &style(size, anchor), at).map_err(failed)
}

fn failed(error: impl Display) -> Error {
    Error::Plot { plot: "trace plot", reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, ArrayD};

    use super::{TracePlot, WIDTH};
    use crate::{
        Posterior,
        posterior::{
            FailedChain, PosteriorParts, SampleStats, SiteTable,
            tests::{parts, posterior, scores},
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
        let mut records = vec![vec![crate::posterior::tests::record(); draws]; chains];
        records[1][77].diverging = true;
        let sample_stats = SampleStats::from_chains(&records).unwrap();
        let failed_chains = vec![FailedChain { chain: 0, message: String::new() }];
        let posterior = Posterior::new(PosteriorParts { sites, sample_stats, failed_chains, ..parts() }).unwrap();
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
            let sample_stats = SampleStats::from_chains(&[vec![crate::posterior::tests::record()]]).unwrap();
            let posterior = Posterior::new(PosteriorParts { sites: table, sample_stats, ..parts() }).unwrap();
            assert!(TracePlot::new(&posterior).svg().unwrap().contains("1 chain of 1 draw\n"));
        }
    }

    #[test]
    fn a_file_and_a_folder_that_does_not_exist() {
        let path = std::env::temp_dir().join(format!("ppl-trace-{}.svg", std::process::id()));
        posterior().plot_trace(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), TracePlot::new(&posterior()).svg().unwrap());
        std::fs::remove_file(&path).unwrap();
        let error = posterior().plot_trace("/no/such/folder/trace.svg").unwrap_err();
        assert_eq!(error.to_string(), "cannot write `/no/such/folder/trace.svg`");
    }
}
