"""Simulates the cafes and runs the reference posterior: writes `cafes.json` beside this file.

Needs numpyro and arviz; the versions of the run are in the file's `provenance`.
"""

import json
from pathlib import Path

import arviz
import jax
import numpy
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS

numpyro.enable_x64()
numpyro.set_host_device_count(4)

CAFES, VISITS = 20, 10
CHAINS, WARMUP, DRAWS = 4, 5_000, 25_000


def simulate(seed):
    """Waits of alternating mornings and afternoons, as in McElreath's section 14.1.1, rounded to 4 decimals."""
    rng = numpy.random.default_rng(seed)
    sigmas, rho = numpy.array([1.0, 0.5]), -0.7
    covariance = numpy.outer(sigmas, sigmas) * numpy.array([[1.0, rho], [rho, 1.0]])
    effects = rng.multivariate_normal([3.5, -1.0], covariance, size=CAFES)
    cafe = numpy.repeat(numpy.arange(CAFES), VISITS)
    afternoon = numpy.tile([0, 1], CAFES * VISITS // 2)
    wait = rng.normal(effects[cafe, 0] + effects[cafe, 1] * afternoon, 0.5)
    return cafe, afternoon, numpy.round(wait, 4)


def model(cafe, afternoon, wait):
    a = numpyro.sample("a", dist.Normal(5.0, 2.0))
    b = numpyro.sample("b", dist.Normal(-1.0, 0.5))
    sigma_cafe = numpyro.sample("sigma_cafe", dist.Exponential(1.0).expand([2]).to_event(1))
    sigma = numpyro.sample("sigma", dist.Exponential(1.0))
    factor = numpyro.sample("factor", dist.LKJCholesky(2, concentration=2.0))
    numpyro.deterministic("rho", factor[1, 0])
    with numpyro.plate("cafe", CAFES):
        z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([2]).to_event(1))
        effects = jax.numpy.stack([a, b]) + z @ (sigma_cafe[:, None] * factor).T
        numpyro.deterministic("a_cafe", effects[:, 0])
        numpyro.deterministic("b_cafe", effects[:, 1])
    with numpyro.plate("visit", CAFES * VISITS):
        numpyro.sample("wait", dist.Normal(effects[cafe, 0] + effects[cafe, 1] * afternoon, sigma), obs=wait)


def main():
    cafe, afternoon, wait = simulate(14)
    kernel = NUTS(model, target_accept_prob=0.95)
    mcmc = MCMC(kernel, num_warmup=WARMUP, num_samples=DRAWS, num_chains=CHAINS, progress_bar=False)
    mcmc.run(jax.random.PRNGKey(0), cafe, afternoon, wait)
    sites = {name: numpy.asarray(values) for name, values in mcmc.get_samples(group_by_chain=True).items()}
    reference = {}
    for name in ["a", "b", "sigma_cafe", "sigma", "rho", "a_cafe", "b_cafe"]:
        values = sites[name]
        flat = values.reshape(CHAINS, DRAWS, -1)
        for entry in range(flat.shape[2]):
            label = name if values.ndim == 2 else f"{name}[{entry}]"
            reference[label] = summary(flat[:, :, entry])
    record = {
        "provenance": {
            "numpyro": numpyro.__version__,
            "jax": jax.__version__,
            "arviz": arviz.__version__,
            "chains": CHAINS,
            "warmup": WARMUP,
            "draws_per_chain": DRAWS,
            "divergences": int(numpy.asarray(mcmc.get_extra_fields()["diverging"]).sum()),
        },
        "data": {"cafe": cafe.tolist(), "afternoon": afternoon.tolist(), "wait": wait.tolist()},
        "reference": reference,
    }
    rows = ",\n".join(f'    "{label}": {json.dumps(row)}' for label, row in record["reference"].items())
    text = "{\n"
    text += f'  "provenance": {json.dumps(record["provenance"])},\n'
    text += f'  "data": {json.dumps(record["data"])},\n'
    text += f'  "reference": {{\n{rows}\n  }}\n}}\n'
    (Path(__file__).parent / "cafes.json").write_text(text)


def summary(draws):
    """Estimates of one quantity, with the Monte Carlo standard error of each; draws by chain."""
    rounded = lambda number: float(f"{number:.8g}")
    row = {
        "mean": rounded(draws.mean()),
        "mcse_mean": rounded(arviz.mcse(draws, method="mean")),
        "sd": rounded(draws.std(ddof=1)),
        "mcse_sd": rounded(arviz.mcse(draws, method="sd")),
        "ess_bulk": rounded(arviz.ess(draws, method="bulk")),
        "r_hat": rounded(arviz.rhat(draws)),
    }
    for label, probability in [("q05", 0.05), ("q50", 0.5), ("q95", 0.95)]:
        row[label] = rounded(numpy.quantile(draws, probability))
        row[f"mcse_{label}"] = rounded(arviz.mcse(draws, method="quantile", prob=probability))
    return row


if __name__ == "__main__":
    main()
