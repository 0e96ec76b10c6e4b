//! Relaxations of discrete distributions.

use ppl::distribution::{Draw, ExpRelaxedOneHotCategorical, RelaxedOneHotCategorical};

use crate::figure::Picture;
use crate::figure::density::{Densities, densities};
use crate::figure::panels::{Panels, dots};
use crate::figure::simplex::draws_on_simplex;
use crate::svg::COLOURS;

const PROBS: [f64; 3] = [0.2, 0.3, 0.5];
const TEMPERATURES: [f64; 4] = [0.2, 0.5, 1.0, 3.0];

pub(crate) fn pictures() -> Vec<Picture> {
    let bernoulli = densities!(RelaxedBernoulli::new(temperature, probs), 0.0..1.0;
        (0.3, 0.5), (0.5, 0.7), (1.0, 0.7), (3.0, 0.5));
    let mut one_hot =
        draws_on_simplex("RelaxedOneHotCategorical", "RelaxedOneHotCategorical::new(temperature, [0.2, 0.3, 0.5])");
    let mut logarithms = Panels::new(
        "ExpRelaxedOneHotCategorical",
        "draws of ExpRelaxedOneHotCategorical::new(temperature, [0.2, 0.3, 0.5]), their first two entries",
        -9.0..0.0,
        -9.0..0.0,
    );
    for temperature in TEMPERATURES {
        let label = format!("temperature = {temperature}");
        one_hot = one_hot.of(&label, RelaxedOneHotCategorical::new(temperature, PROBS));
        let relaxed = ExpRelaxedOneHotCategorical::new(temperature, PROBS).expect("parameters");
        logarithms = logarithms.panel(label, move |frame, svg| {
            let draws = relaxed.draw_n(0, [100]).expect("draws").to_vec();
            let points: Vec<[f64; 2]> = draws.chunks_exact(3).map(|draw| [draw[0], draw[1]]).collect();
            dots(frame, svg, &points, COLOURS[0], 2.0);
        });
    }
    vec![Densities::up_to(bernoulli, 3.6).draw(), one_hot.draw(), logarithms.draw()]
}
