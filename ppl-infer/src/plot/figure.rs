//! `Figure`: a finished picture, and `Plot`: what makes one.

use std::io::Write as _;
use std::path::Path;

use crate::error::{PlotError, Result};
use crate::file;

/// A finished picture.
///
/// [`Plot::figure`] makes one of every plot. In a notebook with the kernel evcxr it shows itself.
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes};
///
/// let figure = axes().line([0.0, 1.0], [0.0, 1.0]).figure()?;
/// assert!(figure.svg().ends_with("</svg>\n"));
/// assert_eq!((figure.width(), figure.height()), (600, 500));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    svg: String,
    width: u32,
    height: u32,
}

impl Figure {
    pub(super) fn new(svg: String, width: f64, height: f64) -> Self {
        Self { svg, width: width.ceil() as u32, height: height.ceil() as u32 }
    }

    /// The text of the SVG file.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Width in pixels, a hundred to an inch.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Writes the picture to a file, whole or not at all. Its name ends in `.svg`, or, with the feature `png`, in `.png`; its
    /// folder is made if it is not there.
    ///
    /// # Errors
    /// [`PlotError::Ending`] for another ending, [`FileError::Write`](crate::error::FileError::Write); of a `.png`
    /// [`PlotError::NoPng`] without the feature and [`PlotError::NoFont`] on a system without fonts.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let name = || path.display().to_string();
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => file::write(path, |file| file.write_all(self.svg.as_bytes())),
            #[cfg(feature = "png")]
            Some("png") => {
                let png = self.png()?;
                file::write(path, |file| file.write_all(&png))
            }
            #[cfg(not(feature = "png"))]
            Some("png") => Err(PlotError::NoPng { path: name() }.into()),
            _ => Err(PlotError::Ending { path: name() }.into()),
        }
    }

    /// Shows the picture in a notebook with the kernel evcxr, which calls this.
    pub fn evcxr_display(&self) {
        crate::notebook::show("image/svg+xml", &self.svg);
    }
}

/// A plot that can be drawn.
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes};
///
/// let folder = std::env::temp_dir().join(format!("ppl-plot-{}", std::process::id()));
/// axes().line([0.0, 1.0], [0.0, 1.0]).save(folder.join("line.svg"))?;
/// assert!(folder.join("line.svg").exists());
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait Plot {
    /// The picture.
    ///
    /// # Errors
    /// A mistake in the options, [`PlotError`]; what else the plot says.
    fn figure(&self) -> Result<Figure>;

    /// Writes the picture to a file; see [`Figure::save`].
    ///
    /// # Errors
    /// Those of [`figure`](Self::figure) and [`Figure::save`].
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.figure()?.save(path)
    }

    /// Shows the picture, or why there is none, in a notebook with the kernel evcxr, which calls this.
    fn evcxr_display(&self) {
        match self.figure() {
            Ok(figure) => figure.evcxr_display(),
            Err(error) => crate::notebook::show("text/plain", &error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plot::{Plot, axes};

    #[test]
    fn the_ending_says_the_kind() {
        let folder = std::env::temp_dir().join(format!("ppl-figure-{}", std::process::id()));
        let plot = axes().line([0.0, 1.0], [0.0, 1.0]);
        let path = folder.join("deep").join("line.SVG");
        plot.save(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), plot.figure().unwrap().svg());
        let error = plot.save(folder.join("line.pdf")).unwrap_err().to_string();
        assert!(error.starts_with("a figure is saved as `.svg`") && error.contains("line.pdf"), "{error}");
        assert!(plot.save(folder.join("line")).is_err());
        assert!(!folder.join("line.pdf").exists());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
