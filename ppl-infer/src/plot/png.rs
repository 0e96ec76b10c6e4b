//! Figures as bitmaps, by resvg.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Family, Query};
use resvg::usvg::{Options, Tree};

use super::{Figure, PlotError};
use crate::error::Result;

/// Pixels of the bitmap for one of the figure: sharp on screens of 200 dots to an inch.
const SCALE: f32 = 2.0;

impl Figure {
    /// The picture as a PNG file, of two pixels for each of the figure.
    ///
    /// # Errors
    /// [`PlotError::NoFont`] on a system without a font, as the picture would have no text; [`PlotError::Png`] for a picture
    /// that does not fit into memory.
    pub fn png(&self) -> Result<Vec<u8>> {
        Ok(render(self.svg(), fonts()).map(|(png, _)| png)?)
    }
}

/// The bitmap, and its pixels.
fn render(svg: &str, fonts: &Arc<Database>) -> std::result::Result<(Vec<u8>, Pixmap), PlotError> {
    if fonts.is_empty() {
        return Err(PlotError::NoFont);
    }
    let failed = |reason: String| PlotError::Png { reason };
    let options = Options { fontdb: Arc::clone(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size();
    let (width, height) = ((SCALE * size.width()) as u32, (SCALE * size.height()) as u32);
    let too_large = || failed(format!("{width} × {height} pixels do not fit into memory"));
    let mut pixels = Pixmap::new(width, height).ok_or_else(too_large)?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    let png = pixels.encode_png().map_err(|error| failed(error.to_string()))?;
    Ok((png, pixels))
}

/// The fonts of the system, read once. `sans-serif` is one that is there.
fn fonts() -> &'static Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        choose_sans_serif(&mut fonts);
        Arc::new(fonts)
    })
}

/// Fonts that most systems have one of.
const KNOWN: [&str; 8] =
    ["DejaVu Sans", "Helvetica", "Arial", "Liberation Sans", "Noto Sans", "Segoe UI", "Roboto", "Ubuntu"];

fn choose_sans_serif(fonts: &mut Database) {
    let is_there = |name: &str| {
        let query = Query { families: &[Family::Name(name)], ..Query::default() };
        fonts.query(&query).is_some()
    };
    // Else any that has a Latin name with "Sans", else any.
    let known = KNOWN.into_iter().find(|name| is_there(name)).map(str::to_owned);
    let names = || fonts.faces().flat_map(|face| face.families.iter().map(|(name, _)| name.clone()));
    let chosen = known.or_else(|| names().find(|name| name.contains("Sans"))).or_else(|| names().next());
    if let Some(name) = chosen {
        fonts.set_sans_serif_family(name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use resvg::usvg::fontdb::Database;

    use super::{SCALE, fonts, render};
    use crate::plot::{Plot, PlotError, axes};

    #[test]
    fn a_system_without_fonts_is_an_error() {
        let figure = axes().line([0.0, 1.0], [0.0, 1.0]).figure().unwrap();
        assert_eq!(render(figure.svg(), &Arc::new(Database::new())).unwrap_err(), PlotError::NoFont);
    }

    /// Text and lines are on the bitmap, which is larger than the figure; skipped where the system has no font.
    #[test]
    fn lines_and_text_are_drawn() {
        if fonts().is_empty() {
            return;
        }
        let figure = axes().line([0.0, 1.0], [0.0, 1.0]).x_label("MMMMM").figure().unwrap();
        let (png, pixels) = render(figure.svg(), fonts()).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        assert_eq!(pixels.width(), (SCALE * figure.width() as f32) as u32);
        let ink = |rows: std::ops::Range<u32>| {
            let points = rows.flat_map(|y| (0..pixels.width()).map(move |x| (x, y)));
            points.filter(|&(x, y)| pixels.pixel(x, y).is_some_and(|pixel| pixel.red() < 128)).count()
        };
        // The label stands below the ticks, in the last 2 × 30 pixels.
        let height = pixels.height();
        assert!(ink(height - 60..height) > 200, "{}", ink(height - 60..height));
        assert!(ink(0..height) > 2000);
    }
}
