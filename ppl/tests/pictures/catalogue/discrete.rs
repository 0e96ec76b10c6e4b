//! Discrete distributions.

use ppl::Tensor;
use ppl::distribution::{
    DirichletMultinomial, Multinomial, OneHotCategorical, OneHotCategoricalStraightThrough, PlackettLuce,
};

use crate::figure::Picture;
use crate::figure::mass::{Masses, masses};
use crate::figure::simplex::masses_on_simplex;

pub(crate) fn pictures() -> Vec<Picture> {
    integers().into_iter().chain(categories()).map(Masses::draw).chain(count_vectors()).collect()
}

fn integers() -> Vec<Masses> {
    vec![
        masses!(Bernoulli::new(probs), 0..=1; (0.1), (0.3), (0.5), (0.8)),
        masses!(BetaBinomial::new(total_count, concentration1, concentration0), 0..=10;
            (10, 1.0, 1.0), (10, 0.3, 0.3), (10, 2.0, 4.0), (10, 60.0, 40.0)),
        masses!(BetaNegativeBinomial::new(concentration1, concentration0, total_count), 0..=30;
            (3.0, 2.0, 5.0), (3.0, 6.0, 5.0), (10.0, 10.0, 5.0), (10.0, 10.0, 15.0)),
        masses!(Binomial::new(total_count, probs), 0..=40; (20, 0.5), (20, 0.7), (40, 0.1), (40, 0.5)),
        masses!(DiscreteWeibull::new(q, concentration), 0..=12; (0.8, 1.0), (0.8, 0.6), (0.9, 1.5), (0.98, 2.5)),
        masses!(DiscreteUniform::new(low, high), 0..=12; (1, 6), (0, 1), (3, 12), (5, 8)),
        masses!(GammaPoisson::new(concentration, rate), 0..=25; (1.0, 0.2), (4.0, 0.5), (20.0, 2.0), (20.0, 1.5)),
        masses!(Geometric::new(probs), 0..=12; (0.2), (0.4), (0.6), (0.8)),
        masses!(Hypergeometric::new(total_count, successes, failures), 0..=20; (10, 20, 20), (20, 20, 20), (20, 40, 10), (20, 5, 20)),
        masses!(NegativeBinomial::new(total_count, probs), 0..=25; (1.0, 0.8), (3.0, 0.5), (5.0, 0.5), (20.0, 0.4)),
        masses!(Poisson::new(rate), 0..=20; (1.0), (4.0), (7.0), (10.0)),
        masses!(PoissonLogNormalQuadratureCompound::new(loc, scale), 0..=20; (1.5, 0.1), (1.5, 0.5), (1.5, 1.0), (2.3, 0.2)),
        masses!(ProbitBernoulli::new(probits), 0..=1; (-1.5), (-0.5), (0.0), (1.0)),
        masses!(Skellam::new(rate1, rate2), -12..=12; (1.0, 1.0), (4.0, 4.0), (6.0, 1.0), (1.0, 8.0)),
        masses!(YuleSimon::new(alpha), 1..=12; (0.5), (1.0), (2.0), (5.0)),
        masses!(Zipf::new(power), 1..=10; (1.5), (2.0), (3.0), (5.0)),
    ]
}

fn categories() -> Vec<Masses> {
    let one_hot = Tensor::eye(3);
    let rankings = ["0 1 2", "0 2 1", "1 0 2", "1 2 0", "2 0 1", "2 1 0"];
    let rankings_of_three =
        Tensor::from([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map(|r| r.map(f64::from)));
    vec![
        masses!(Categorical::new(probs), 0..=3;
            ([0.25, 0.25, 0.25, 0.25]), ([0.1, 0.2, 0.3, 0.4]), ([0.7, 0.1, 0.1, 0.1]), ([0.0, 0.5, 0.5, 0.0])),
        masses!(FiniteDiscrete::new(outcomes, probs), -2..=5;
            ([-1.0, 0.0, 2.0], [0.2, 0.3, 0.5]), ([1.0, 2.0, 4.0], [0.6, 0.3, 0.1]), ([-2.0, 3.0, 5.0], [0.4, 0.2, 0.4]),
            ([0.0, 1.0, 3.0], [0.1, 0.1, 0.8])),
        Masses::of_named("OneHotCategorical", "OneHotCategorical::new(probs)", &["1 0 0", "0 1 0", "0 0 1"])
            .of_events("[0.2, 0.3, 0.5]", OneHotCategorical::new([0.2, 0.3, 0.5]), &one_hot)
            .of_events("[0.8, 0.1, 0.1]", OneHotCategorical::new([0.8, 0.1, 0.1]), &one_hot)
            .of_events("[0, 0.5, 0.5]", OneHotCategorical::new([0.0, 0.5, 0.5]), &one_hot)
            .of_events("[1, 1, 1] / 3", OneHotCategorical::new([1.0 / 3.0; 3]), &one_hot),
        Masses::of_named(
            "OneHotCategoricalStraightThrough",
            "OneHotCategoricalStraightThrough::new(probs)",
            &["1 0 0", "0 1 0", "0 0 1"],
        )
        .of_events("[0.2, 0.3, 0.5]", OneHotCategoricalStraightThrough::new([0.2, 0.3, 0.5]), &one_hot)
        .of_events("[0.8, 0.1, 0.1]", OneHotCategoricalStraightThrough::new([0.8, 0.1, 0.1]), &one_hot)
        .of_events("[0, 0.5, 0.5]", OneHotCategoricalStraightThrough::new([0.0, 0.5, 0.5]), &one_hot)
        .of_events("[1, 1, 1] / 3", OneHotCategoricalStraightThrough::new([1.0 / 3.0; 3]), &one_hot),
        masses!(OrderedLogistic::new(predictor, cutpoints), 0..=3;
            (-2.0, [-1.0, 0.0, 2.0]), (0.0, [-1.0, 0.0, 2.0]), (2.0, [-1.0, 0.0, 2.0]), (0.0, [-1.0, -0.5, 0.0])),
        masses!(OrderedProbit::new(predictor, cutpoints), 0..=3;
            (-2.0, [-1.0, 0.0, 2.0]), (0.0, [-1.0, 0.0, 2.0]), (2.0, [-1.0, 0.0, 2.0]), (0.0, [-1.0, -0.5, 0.0])),
        Masses::of_named("PlackettLuce", "PlackettLuce::new(scores): rankings of three items", &rankings)
            .of_events("[1, 1, 1]", PlackettLuce::new([1.0, 1.0, 1.0]), &rankings_of_three)
            .of_events("[3, 2, 1]", PlackettLuce::new([3.0, 2.0, 1.0]), &rankings_of_three)
            .of_events("[8, 1, 1]", PlackettLuce::new([8.0, 1.0, 1.0]), &rankings_of_three)
            .of_events("[1, 4, 4]", PlackettLuce::new([1.0, 4.0, 4.0]), &rankings_of_three),
    ]
}

fn count_vectors() -> Vec<Picture> {
    let multinomial = |probs: [f64; 3]| Multinomial::new(10, probs);
    let dirichlet = |concentration: [f64; 3]| DirichletMultinomial::new(10, concentration);
    vec![
        masses_on_simplex("Multinomial", "Multinomial::new(10, probs): masses as areas", 10)
            .of("[0.33, 0.33, 0.33]", multinomial([1.0 / 3.0; 3]))
            .of("[0.2, 0.3, 0.5]", multinomial([0.2, 0.3, 0.5]))
            .of("[0.1, 0.1, 0.8]", multinomial([0.1, 0.1, 0.8]))
            .of("[0.5, 0.5, 0]", multinomial([0.5, 0.5, 0.0]))
            .draw(),
        masses_on_simplex("DirichletMultinomial", "DirichletMultinomial::new(10, concentration): masses as areas", 10)
            .of("[1, 1, 1]", dirichlet([1.0; 3]))
            .of("[0.3, 0.3, 0.3]", dirichlet([0.3; 3]))
            .of("[10, 10, 10]", dirichlet([10.0; 3]))
            .of("[2, 5, 10]", dirichlet([2.0, 5.0, 10.0]))
            .draw(),
    ]
}
