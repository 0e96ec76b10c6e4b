//! The pages of the book, whose programs run with the examples of the documentation.

macro_rules! pages {
    ($($name:ident: $file:literal;)*) => {
        $(
            #[doc = include_str!(concat!("../../book/src/", $file))]
            struct $name;
        )*
    };
}

pages! {
    Introduction: "introduction.md";
    TenMinutes: "ten_minutes.md";
    ComingFrom: "coming_from/index.md";
    Stan: "coming_from/stan.md";
    PyMc: "coming_from/pymc.md";
    NumPyro: "coming_from/numpyro.md";
    Pyro: "coming_from/pyro.md";
    Tfp: "coming_from/tfp.md";
    Turing: "coming_from/turing.md";
    Brms: "coming_from/brms.md";
    Models: "models/index.md";
    Shapes: "models/shapes.md";
    NeuralNetworks: "models/neural_networks.md";
    GaussianProcesses: "models/gaussian_processes.md";
    Distributions: "distributions.md";
    Inference: "inference/index.md";
    Diagnostics: "inference/diagnostics.md";
    WhenItFails: "inference/when_it_fails.md";
    Speed: "speed.md";
    Extending: "extending.md";
    StructuralTimeSeries: "tutorials/structural_time_series.md";
}
