//! A variational auto-encoder: two neural networks, one that makes images of a few numbers and one that finds the numbers
//! of an image, trained together on minibatches.
//!
//! ```text
//! cargo run --release --example 22_variational_autoencoder
//! ```

use ppl::nn::Network;
use ppl::nn::layers::{Linear, Tanh};
use ppl::prelude::*;
use ppl_infer::prelude::*;
use ppl_infer::svi::TraceElbo;

/// Images have 8 × 8 pixels, each of them on or off.
const SIDE: usize = 8;
const PIXELS: usize = SIDE * SIDE;
/// Two numbers describe an image.
const LATENT: usize = 2;
const BATCH: usize = 64;
const EPOCHS: u64 = 100;

type Encoder = (Linear<PIXELS, 32>, Tanh, Linear<32, { 2 * LATENT }>);
type Decoder = (Linear<LATENT, 32>, Tanh, Linear<32, PIXELS>);

/// How the data are made: images of a round blob, which differ by where it is. A pixel is on with a probability that falls
/// with the distance from the centre.
pub fn blob(centres: &Tensor) -> Tensor {
    let along = |axis: usize| {
        let distance = centres.index(-1, axis).unsqueeze(-1) - Tensor::arange(SIDE);
        (distance.square() * -0.3).exp()
    };
    let product = along(0).unsqueeze(-1) * along(1).unsqueeze(-2);
    (0.02 + 0.96 * product).reshape([centres.len(), PIXELS])
}

/// Images, and where their blobs are.
pub fn images(count: usize, seed: u64) -> ppl::Result<(Tensor, Tensor)> {
    let centres = Uniform::new([1.0, 1.0], 6.0)?.draw_n(seed, count)?;
    Ok((Bernoulli::new(blob(&centres))?.draw(seed + 1)?, centres))
}

/// The generative model, of a batch of some of the `of` images: latent numbers become the logits of pixels.
#[model]
pub fn vae(decoder: &Network, images: Tensor, of: usize) {
    let decoder = call!("decoder", decoder.learned());
    plate!("image", of, subsample = 0..images.len(), {
        let z = sample!("z", Normal::new(Tensor::zeros(LATENT), 1.0).to_event(1));
        observe!("pixels", Bernoulli::from_logits(decoder.forward(z)?).to_event(1), images);
    });
}

/// The guide: what the encoder knows of the latent numbers once it has seen the image.
#[guide(vae)]
pub fn encode(encoder: &Network, images: Tensor, of: usize) {
    let encoder = call!("encoder", encoder.learned());
    plate!("image", of, subsample = 0..images.len(), {
        let code = encoder.forward(images)?;
        let (loc, log_scale) = (code.slice(-1, 0..LATENT), code.slice(-1, LATENT..2 * LATENT));
        sample!("z", Normal::new(loc, log_scale.exp()).to_event(1));
    });
}

/// The networks once they are trained, and the loss of each step.
#[derive(Debug)]
pub struct Trained {
    encoder: Network,
    decoder: Network,
    losses: Vec<f64>,
    engine: String,
}

impl Trained {
    /// The mean of the latent numbers of images.
    pub fn latent(&self, images: &Tensor) -> ppl::Result<Tensor> {
        Ok(self.encoder.forward(images)?.slice(-1, 0..LATENT))
    }

    /// The evidence lower bound of images, per image: by 20 draws of the latent numbers of each.
    pub fn bound(&self, images: &Tensor) -> Result<f64> {
        let (model, guide) =
            (vae(&self.decoder, images.clone(), images.len()), encode(&self.encoder, images.clone(), images.len()));
        // Both networks begin at what they have learned.
        let elbo = TraceElbo::new().num_particles(20);
        Ok(elbo.estimate(&model, &guide, &ParamStore::new(), Key::new(0))? / images.len() as f64)
    }

    /// The probabilities of pixels that these latent numbers have.
    pub fn decode(&self, z: Tensor) -> ppl::Result<Tensor> {
        Ok(self.decoder.forward(z)?.sigmoid())
    }
}

/// Adam on the evidence lower bound, an epoch after the other.
pub fn train(images: Tensor) -> Result<Trained> {
    let (encoder, decoder) = (Network::new::<Encoder>(0)?, Network::new::<Decoder>(1)?);
    let loader = Minibatches::new(images, BATCH)?;
    let mut state = Svi::new(Adam::new(0.01)).start()?;
    let losses = state.run_batches(loader.epochs(0..EPOCHS), |images| {
        (vae(&decoder, images.clone(), loader.rows()), encode(&encoder, images, loader.rows()))
    })?;
    let params = state.params();
    let (encoder, decoder) = (params.network("encoder", &encoder)?, params.network("decoder", &decoder)?);
    Ok(Trained { encoder, decoder, losses, engine: state.engine().to_owned() })
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (training, _) = images(500, 0)?;
    let start = std::time::Instant::now();
    let trained = train(training.clone())?;
    let steps = trained.losses.len();
    println!("engine: {}; {steps} steps, {:.2?} each", trained.engine, start.elapsed() / steps as u32);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64 / 500.0;
    println!("−ELBO an image: {:.2} in the first epoch, {:.2} in the last ten", mean(&trained.losses[..8]), {
        mean(&trained.losses[steps - 80..])
    });

    println!("ELBO of an image that it has not seen: {:.2}", trained.bound(&images(300, 100)?.0)?);

    // More of those, what it makes of them, and images that it makes of nothing.
    let (unseen, centres) = images(12, 200)?;
    let latent = trained.latent(&unseen)?;
    for (z, centre) in latent.iter().zip(&centres).take(3) {
        println!("a blob at {centre:.1} has the latent numbers {z:.2}");
    }
    let dreams = trained.decode(Normal::new(0.0, 1.0)?.draw_n(1, [12, LATENT])?)?;
    let reconstructions = trained.decode(latent)?;
    let [unseen, reconstructions, dreams] = [unseen, reconstructions, dreams].map(|row| row.reshape([12, SIDE, SIDE]));
    let rows = [("images", &unseen), ("reconstructions", &reconstructions), ("draws from the prior", &dreams)];
    plot::images(rows).limits(0.0, 1.0).save("target/examples/22_variational_autoencoder.svg")?;
    plot::plot_loss(&trained.losses).title("Training").save("target/examples/22_variational_autoencoder_loss.svg")
}
