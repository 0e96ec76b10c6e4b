//! Sequences and functions.

use ppl::distribution::kernel::{ExponentiatedQuadratic, MaternOneHalf, Periodic};
use ppl::distribution::{
    AutoRegressive, Draw, EulerMaruyama, GaussianProcess, GaussianProcessRegressionModel, GaussianRandomWalk,
    GaussianStateSpace, HiddenMarkovModel, LinearGaussianStateSpaceModel, Moments, MultivariateNormal, Normal,
    StudentTProcess, StudentTProcessRegressionModel, VariationalGaussianProcess,
};
use ppl::{Result, Tensor};

use crate::figure::Picture;
use crate::figure::panels::{Panels, dots, polyline};
use crate::svg::COLOURS;

pub(crate) fn pictures() -> Vec<Picture> {
    [sequences(), hidden_states(), functions(), posteriors()].into_iter().flatten().collect()
}

fn steps(count: usize) -> Vec<f64> {
    (0..count).map(|i| i as f64).collect()
}

fn sequences() -> Vec<Picture> {
    const STEPS: usize = 50;
    let x = steps(STEPS);
    let walk = |scale: f64| GaussianRandomWalk::new(scale, STEPS);
    let series = |coefficients: Vec<f64>| AutoRegressive::new(coefficients, 1.0, STEPS);
    let path = |transition: [[f64; 2]; 2]| {
        let innovation = MultivariateNormal::diagonal([0.0, 0.0], [0.6, 0.6]).expect("parameters");
        let draw = GaussianStateSpace::new(transition, innovation, 40).draw(1).expect("a draw").to_vec();
        vec![draw.chunks_exact(2).map(|point| [point[0], point[1]]).collect::<Vec<[f64; 2]>>()]
    };
    let times: Vec<f64> = (0..=60).map(|i| f64::from(i) / 12.0).collect();
    let equation = |rate: f64, diffusion: f64| {
        EulerMaruyama::new(times.clone(), Normal::new(3.0, 0.01), move |x, _time| {
            Ok((-(rate * x), Tensor::from(diffusion)))
        })
    };
    vec![
        Panels::new(
            "GaussianRandomWalk",
            "draws of GaussianRandomWalk::new(scale, 50), the last with a drift",
            0.0..50.0,
            -20.0..34.0,
        )
        .draws("scale = 0.3", &x, 3, walk(0.3))
        .draws("scale = 1", &x, 3, walk(1.0))
        .draws("scale = 2", &x, 3, walk(2.0))
        .draws("1, drift = 0.5", &x, 3, walk(1.0).and_then(|walk| walk.with_drift(0.5)))
        .draw(),
        Panels::new("AutoRegressive", "draws of AutoRegressive::new(coefficients, 1, 50)", 0.0..50.0, -9.0..9.0)
            .draws("[0.2]", &x, 1, series(vec![0.2]))
            .draws("[0.95]", &x, 1, series(vec![0.95]))
            .draws("[−0.9]", &x, 1, series(vec![-0.9]))
            .draws("[1.6, −0.85]", &x, 1, series(vec![1.6, -0.85]))
            .draw(),
        Panels::new(
            "GaussianStateSpace",
            "draws of GaussianStateSpace in two dimensions, by the transition",
            -8.0..8.0,
            -8.0..8.0,
        )
        .lines("0", path([[0.0, 0.0], [0.0, 0.0]]))
        .lines("0.95", path([[0.95, 0.0], [0.0, 0.95]]))
        .lines("a rotation", path([[0.95, -0.3], [0.3, 0.95]]))
        .lines("a random walk", path([[1.0, 0.0], [0.0, 1.0]]))
        .draw(),
        Panels::new(
            "EulerMaruyama",
            "draws of EulerMaruyama for dX = −rate X dt + diffusion dW, by (rate, diffusion)",
            0.0..5.0,
            -3.0..6.5,
        )
        .draws("(0, 1)", &times, 2, equation(0.0, 1.0))
        .draws("(1, 0.2)", &times, 2, equation(1.0, 0.2))
        .draws("(1, 1)", &times, 2, equation(1.0, 1.0))
        .draws("(4, 1)", &times, 2, equation(4.0, 1.0))
        .draw(),
    ]
}

/// Draws as dots, with the states that they say most of.
fn hidden_states() -> Vec<Picture> {
    const STEPS: usize = 50;
    let with_states = |panels: Panels, label: String, observations: &Tensor, states: Vec<f64>| {
        let points: Vec<[f64; 2]> = steps(STEPS).into_iter().zip(observations.to_vec()).map(|(x, y)| [x, y]).collect();
        let states: Vec<[f64; 2]> = steps(STEPS).into_iter().zip(states).map(|(x, y)| [x, y]).collect();
        panels.panel(label, move |frame, svg| {
            dots(frame, svg, &points, COLOURS[0], 2.5);
            polyline(frame, svg, &states, COLOURS[1]);
        })
    };

    let title = "draws of HiddenMarkovModel and their most probable states, by P(stay)";
    let mut markov = Panels::new("HiddenMarkovModel", title, -1.0..50.0, -3.2..5.6);
    for stay in [0.5, 0.8, 0.95, 0.99] {
        let transition = [[stay, 1.0 - stay], [1.0 - stay, stay]];
        let model = HiddenMarkovModel::new([0.5, 0.5], transition, Normal::new([0.0, 3.0], [1.0, 0.7]), STEPS)
            .expect("parameters");
        let draw = model.draw(3).expect("a draw");
        let states = model.viterbi(&draw).expect("observations") * 3.0;
        markov = with_states(markov, stay.to_string(), &draw, states.to_vec());
    }

    let title = "LinearGaussianStateSpaceModel::local_level, by the scales of level and observation";
    let mut level = Panels::new("LinearGaussianStateSpaceModel", title, -1.0..50.0, -8.0..8.0);
    for (level_scale, observation_scale) in [(0.1, 1.0), (0.5, 1.0), (1.0, 1.0), (1.0, 0.1)] {
        let model = LinearGaussianStateSpaceModel::local_level(STEPS, level_scale, observation_scale, 0.0, 1.0)
            .expect("parameters");
        let draw = model.draw(1).expect("a draw");
        let states = model.smoother(&draw).expect("observations").means.to_vec();
        level = with_states(level, format!("({level_scale}, {observation_scale})"), &draw, states);
    }
    vec![markov.draw(), level.draw()]
}

fn functions() -> Vec<Picture> {
    let x: Vec<f64> = (0..=80).map(|i| f64::from(i) * 0.05).collect();
    let points = Tensor::from(x.clone());
    // Enough noise for the factorisation, and too little to be seen.
    let smooth = |length: f64| GaussianProcess::new(ExponentiatedQuadratic::new(1.0, length)?, &points, 1e-5);
    let rough = MaternOneHalf::new(1.0, 1.0).and_then(|kernel| GaussianProcess::new(kernel, &points, 1e-5));
    let periodic = Periodic::new(1.0, 1.0, 1.5).and_then(|kernel| GaussianProcess::new(kernel, &points, 1e-5));
    let process = Panels::new(
        "GaussianProcess",
        "draws of GaussianProcess, exponentiated quadratic and other kernels",
        0.0..4.0,
        -3.2..3.2,
    )
    .draws("length_scale = 1", &x, 3, smooth(1.0))
    .draws("length_scale = 0.3", &x, 3, smooth(0.3))
    .draws("MaternOneHalf(1, 1)", &x, 3, rough)
    .draws("Periodic(1, 1, 1.5)", &x, 3, periodic);
    let mut student_t = Panels::new(
        "StudentTProcess",
        "draws of StudentTProcess::new(df, ..) with an exponentiated quadratic kernel",
        0.0..4.0,
        -4.5..4.5,
    );
    for df in [2.1, 3.0, 6.0, 100.0] {
        let heavy = smooth(0.7).and_then(|normal| StudentTProcess::new(df, normal));
        student_t = student_t.draws(format!("df = {df}"), &x, 5, heavy);
    }
    vec![process.draw(), student_t.draw()]
}

/// Observations, and what a process says of the function given them: its mean and two standard deviations on both sides.
fn posteriors() -> Vec<Picture> {
    let grid: Vec<f64> = (0..=80).map(|i| f64::from(i) * 0.05).collect();
    let kernel = || ExponentiatedQuadratic::new(1.0, 0.6);
    let noise = 0.04;
    let x: Vec<f64> = (0..24).map(|i| (f64::from(i) * 0.618_034).fract() * 4.0).collect();
    let y: Vec<f64> = GaussianProcess::new(kernel().expect("a kernel"), &x, noise).draw(2).expect("a draw").to_vec();

    let band = |panels: Panels, label: String, count: usize, function: Result<(Tensor, Tensor)>| {
        let (mean, deviation) = function.unwrap_or_else(|error| panic!("{label}: {error}"));
        let data: Vec<[f64; 2]> = x.iter().zip(&y).take(count).map(|(x, y)| [*x, *y]).collect();
        let line = |values: Tensor| grid.iter().zip(values.to_vec()).map(|(x, y)| [*x, y]).collect::<Vec<[f64; 2]>>();
        let [mean, below, above] = [line(mean.clone()), line(&mean - 2.0 * &deviation), line(mean + 2.0 * deviation)];
        panels.panel(label, move |frame, svg| {
            svg.push("<g opacity=\".5\">".into());
            polyline(frame, svg, &below, COLOURS[0]);
            polyline(frame, svg, &above, COLOURS[0]);
            svg.push("</g>".into());
            polyline(frame, svg, &mean, COLOURS[0]);
            dots(frame, svg, &data, COLOURS[1], 3.0);
        })
    };

    let title = "GaussianProcessRegressionModel: mean and two standard deviations";
    let mut regression = Panels::new("GaussianProcessRegressionModel", title, 0.0..4.0, -3.2..3.2);
    for count in [2, 4, 8, 24] {
        let model = || -> Result<GaussianProcessRegressionModel> {
            GaussianProcess::new(kernel()?, &x[..count], noise)?.posterior_predictive(&y[..count], &grid)
        };
        let function = model().map(|model| (model.mean(), model.stddev()));
        regression = band(regression, format!("{count} observations"), count, function);
    }

    let title = "StudentTProcessRegressionModel of 4 degrees of freedom: mean and two standard deviations";
    let mut heavy = Panels::new("StudentTProcessRegressionModel", title, 0.0..4.0, -3.2..3.2);
    for count in [2, 4, 8, 24] {
        let model = || -> Result<StudentTProcessRegressionModel> {
            let process = StudentTProcess::new(4.0, GaussianProcess::new(kernel()?, &x[..count], noise)?)?;
            process.posterior_predictive(&y[..count], &grid)
        };
        let function = model().map(|model| (model.mean(), model.stddev()));
        heavy = band(heavy, format!("{count} observations"), count, function);
    }

    let title = "VariationalGaussianProcess::optimal of 24 observations, by the count of inducing points";
    let mut variational = Panels::new("VariationalGaussianProcess", title, 0.0..4.0, -3.2..3.2);
    for count in [2, 4, 6, 10] {
        let model = || -> Result<VariationalGaussianProcess> {
            let inducing = GaussianProcess::new(kernel()?, Tensor::linspace(0.0, 4.0, count), noise)?;
            VariationalGaussianProcess::optimal(inducing, &y, &x, &grid)
        };
        let function = model().map(|model| (model.mean(), model.stddev()));
        variational = band(variational, format!("{count} inducing points"), 24, function);
    }
    vec![regression.draw(), heavy.draw(), variational.draw()]
}
