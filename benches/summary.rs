//! Summaries of chains: quantities per second, with all diagnostics.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array3;
use ppl::prelude::*;
use ppl_infer::draws::{Draws, SiteTable};

const CHAINS: usize = 4;
const DRAWS: usize = 1_000;
const QUANTITIES: usize = 500;

/// Draws of a vector site whose elements are autoregressions with correlations from 0 to 0.9.
fn draws() -> Draws {
    let shape = (CHAINS, DRAWS, QUANTITIES);
    let noise = Normal::new(0.0, 1.0).draw_n(0, shape).expect("the parameters are valid").to_vec();
    let mut values = Array3::from_shape_vec(shape, noise).expect("as many numbers as were drawn");
    for chain in 0..CHAINS {
        for draw in 1..DRAWS {
            for quantity in 0..QUANTITIES {
                let correlation = 0.9 * quantity as f64 / QUANTITIES as f64;
                values[[chain, draw, quantity]] += correlation * values[[chain, draw - 1, quantity]];
            }
        }
    }
    let mut sites = SiteTable::new(&[CHAINS, DRAWS]);
    sites.insert("x", values.into_dyn()).expect("the axes are chain, draw and element");
    Draws::new(sites).expect("one site")
}

fn summary(criterion: &mut Criterion) {
    let draws = draws();
    let mut group = criterion.benchmark_group("summary");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements(QUANTITIES as u64));
    group.bench_function("4x1000", |bencher| bencher.iter(|| draws.summary()));
    group.finish();
}

criterion_group!(benches, summary);
criterion_main!(benches);
