//! Which parameters each distribution and each bijector is shown with.

mod bijectors;
mod continuous;
mod derived;
mod directional;
mod discrete;
mod multivariate;
mod processes;
mod relaxed;

use crate::figure::Picture;

pub(crate) fn of_bijectors() -> Vec<Picture> {
    bijectors::pictures()
}

pub(crate) fn of_distributions() -> Vec<Picture> {
    let folders = [
        continuous::pictures(),
        discrete::pictures(),
        relaxed::pictures(),
        directional::pictures(),
        multivariate::pictures(),
        processes::pictures(),
        derived::pictures(),
    ];
    folders.into_iter().flatten().collect()
}
