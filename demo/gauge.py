"""A one-layer gauge transformer whose tensors and attention are those of VFE-Sim.

A token is a Gaussian belief N(μ, Σ) in a frame φ. A head is one irreducible representation of
SO(3) and sees its own slice of the belief; key j is carried into the frame of query i by
Ω_ij = E(φ_i) E(−φ_j), with E the exponential's Taylor series of order 4, and the weights are a
softmax of −KL(q_i ‖ Ω_ij q_j) / κ + slope · (i − j) over earlier keys.

Up to the weights this is VFE-Sim's arithmetic (pattern "full"), with one liberty of order 1e-6:
the ridge 1e-6 · I is added to a key before it is carried to the query's frame, not after. What
follows the attention is simpler than there: one step of length `lr` from the mean of the query
towards the carried means of its keys replaces the variational descent, and beliefs stay as they
were read from the tables.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

State = dict[str, Tensor]
Config = dict[str, Any]

SIGMA_RANGE = (0.01, 5.0)
RIDGE = 1e-6
BLOCK = "transformer.blocks.0."

NAMES = {
    "mu": "token_embed.mu_embed.weight",
    "log_sigma": "token_embed.log_sigma_diag",
    "phi": "token_embed.phi_embed.weight",
    "pos_mu": "token_embed.pos_embed.weight",
    "pos_phi": "pos_encoding.pos_phi",
    "lr": BLOCK + "ffn.variational_ffn.lr",
    "out": "out_proj.weight",
}


class Waves(NamedTuple):
    """Waves of one size, and the speeds, in radians a place, that each head has of them."""

    size: float
    speeds: tuple[tuple[float, ...], ...]


def spin_generators(ell: int) -> Tensor:
    """Skew-symmetric generators of spin ℓ with [G1, G2] = G3: float64 (3, 2ℓ + 1, 2ℓ + 1).

    The basis is real and tesseral: m = 0, then a cosine and a sine for each m from 1 to ℓ.
    """
    about_x = torch.zeros(2 * ell + 1, 2 * ell + 1, dtype=torch.float64)
    about_z = torch.zeros_like(about_x)
    about_x[2, 0] = (ell * (ell + 1) / 2) ** 0.5
    for m in range(1, ell + 1):
        about_z[2 * m, 2 * m - 1] = m
    for m in range(1, ell):
        step = ((ell - m) * (ell + m + 1)) ** 0.5 / 2
        about_x[2 * m + 2, 2 * m - 1] = step
        about_x[2 * m + 1, 2 * m] = -step
    about_x, about_z = about_x - about_x.T, about_z - about_z.T
    return torch.stack([about_x, about_z @ about_x - about_x @ about_z, about_z])


def head_dims(config: Config) -> list[int]:
    """The dimension of each head."""
    return [dim for _, copies, dim in config["irrep_spec"] for _ in range(copies)]


def initial_state(config: Config, scales: dict[str, float], waves: Waves, seed: int) -> State:
    """The model before training, under VFE-Sim's names.

    Args:
        config: The model's sizes.
        scales: For each key of `NAMES`, the standard deviation of its table; the value of `lr`.
        waves: What the positions of each head hold at first.
        seed: The seed of the tables.
    """
    random = torch.Generator().manual_seed(seed)
    v, k, n = config["vocab_size"], config["embed_dim"], config["max_seq_len"]
    shapes = {"mu": (v, k), "log_sigma": (v, k), "phi": (v, 3)}
    shapes |= {"pos_mu": (n, k), "pos_phi": (n, 3), "out": (v, k)}
    state = _generators(config)
    for key, shape in shapes.items():
        state[NAMES[key]] = scales[key] * torch.randn(shape, generator=random)
    state[NAMES["pos_mu"]] += _position_waves(config, waves)
    state[NAMES["lr"]] = torch.tensor(scales["lr"])
    return state


def _position_waves(config: Config, waves: Waves) -> Tensor:
    """Position as a cosine and a sine, one pair of components for each wave: (place, K)."""
    places = torch.arange(config["max_seq_len"])
    heads = []
    for dim, speeds in zip(head_dims(config), waves.speeds, strict=True):
        rows = torch.zeros(len(places), dim)
        for pair, speed in enumerate(speeds):
            rows[:, 2 * pair + 1] = (speed * places).cos()
            rows[:, 2 * pair + 2] = (speed * places).sin()
        heads.append(rows)
    return waves.size * torch.cat(heads, 1)


def _generators(config: Config) -> State:
    """The generators, whole and by head, everywhere the layout repeats them."""
    heads = [spin_generators(dim // 2).float() for dim in head_dims(config)]
    whole = torch.stack([torch.block_diag(*(gen[axis] for gen in heads)) for axis in range(3)])
    owners = ["", "token_embed.", "pos_encoding.", BLOCK + "ffn.variational_ffn."]
    by_head = {
        f"{BLOCK}attention.head_generators.{head}.gen": gen for head, gen in enumerate(heads)
    }
    return {owner + "generators": whole.clone() for owner in owners} | by_head


def beliefs(state: State, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the tables say of each token at its place.

    Args:
        state: The model.
        ids: Token ids (batch, token).

    Returns:
        μ (batch, token, K), the variances (batch, token, K), φ (batch, token, 3).
    """
    length = ids.shape[1]
    mu = state[NAMES["mu"]][ids]
    mu = mu + state[NAMES["pos_mu"]][:length]
    variance = state[NAMES["log_sigma"]][ids].exp().clamp(*SIGMA_RANGE)
    phi = state[NAMES["phi"]][ids]
    return mu, variance, compose(phi, state[NAMES["pos_phi"]][None, :length])


def compose(first: Tensor, second: Tensor) -> Tensor:
    """The rotation vector of exp(first) · exp(second), by unit quaternions: (..., 3)."""
    real1, vector1 = _quaternion(first)
    real2, vector2 = _quaternion(second)
    real = real1 * real2 - (vector1 * vector2).sum(-1, keepdim=True)
    vector = real1 * vector2 + real2 * vector1 + torch.linalg.cross(vector1, vector2)
    vector, real = torch.where(real < 0, -vector, vector), real.abs()
    length = _length(vector)
    return 2 * torch.atan2(length, real) / length * vector


def _quaternion(phi: Tensor) -> tuple[Tensor, Tensor]:
    """The real part (..., 1) and the vector part (..., 3)."""
    angle = _length(phi)
    return (angle / 2).cos(), (angle / 2).sin() / angle * phi


def _length(vector: Tensor) -> Tensor:
    """The norm (..., 1), kept off zero so that its slope stays finite."""
    return (vector.square().sum(-1, keepdim=True) + 1e-20).sqrt()


def taylor4(x: Tensor) -> Tensor:
    """1 + x + x²/2 + x³/6 + x⁴/24 of square matrices."""
    one = torch.eye(x.shape[-1], dtype=x.dtype)
    return one + x @ (one + x / 2 @ (one + x / 3 @ (one + x / 4)))


def divergences(mu: Tensor, variance: Tensor, out: Tensor, back: Tensor) -> Tensor:
    """KL(q_i ‖ Ω_ij q_j) of one head, query by key: (batch, query, key).

    KL does not change when both beliefs move by one matrix. Moved by E(φ_i)⁻¹, the query
    depends on i alone and the key on j alone, so that the table is a product of features.

    Args:
        mu: Means (batch, token, d).
        variance: Variances (batch, token, d).
        out: E(φ) (batch, token, d, d).
        back: E(−φ) (batch, token, d, d).
    """
    one = torch.eye(mu.shape[-1], dtype=mu.dtype)
    sigma = torch.diag_embed(variance)
    inverse = torch.linalg.inv(out)
    query_mean, query_sigma = _move(inverse, mu, sigma + RIDGE * one)
    key_mean, key_sigma = _move(back, mu, sigma)
    key_sigma = key_sigma + RIDGE * one
    precision = torch.linalg.inv(key_sigma)
    pull = (precision @ key_mean[..., None])[..., 0]
    second = query_sigma + query_mean[..., :, None] * query_mean[..., None, :]
    table = second.flatten(2) @ precision.flatten(2).mT - 2 * query_mean @ pull.mT
    key_part = (pull * key_mean).sum(-1) + torch.logdet(key_sigma) - mu.shape[-1]
    table = table + key_part[:, None, :] - torch.logdet(query_sigma)[:, :, None]
    return (table / 2).clamp(min=0)


def _move(by: Tensor, mean: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """A belief's mean and covariance after a linear map."""
    return (by @ mean[..., None])[..., 0], by @ sigma @ by.mT


def allowed_keys(length: int, *, mask_self: bool) -> Tensor:
    """True where the query may attend to the key: bool (query, key).

    Keys up to the query; without the query itself, if `mask_self`, wherever another is left.
    """
    mask = torch.ones(length, length, dtype=torch.bool).tril(-1 if mask_self else 0)
    mask[0, 0] = True
    return mask


def attend(state: State, config: Config, ids: Tensor) -> tuple[list[Tensor], Tensor]:
    """The weights of each head, and the mean that each query reads.

    Args:
        state: The model.
        config: Its sizes.
        ids: Token ids (batch, token).

    Returns:
        One (batch, query, key) for each head, and Σ_j β_ij Ω_ij μ_j (batch, query, K).
    """
    mu, variance, phi = beliefs(state, ids)
    dims, length = head_dims(config), ids.shape[1]
    mask = allowed_keys(length, mask_self=config["mask_self_attention"])
    distance = torch.arange(length)[:, None] - torch.arange(length)
    weights, read = [], []
    for head, (m, s) in enumerate(
        zip(mu.split(dims, -1), variance.split(dims, -1), strict=True)
    ):
        gen = state[f"{BLOCK}attention.head_generators.{head}.gen"]
        x = torch.einsum("bna,aij->bnij", phi, gen)
        out, back = taylor4(x), taylor4(-x)
        logits = -divergences(m, s, out, back) / config["kappa_beta"]
        logits = logits + (config["alibi_slope"] or 0.0) * distance
        weights.append(logits.masked_fill(~mask, -torch.inf).softmax(-1))
        carried = weights[-1] @ (back @ m[..., None])[..., 0]
        read.append((out @ carried[..., None])[..., 0])
    return weights, torch.cat(read, -1)


def logits(state: State, config: Config, ids: Tensor) -> Tensor:
    """Scores of the next token: (batch, token, vocabulary)."""
    mu, _, _ = beliefs(state, ids)
    _, read = attend(state, config, ids)
    return functional.linear(mu + state[NAMES["lr"]] * (read - mu), state[NAMES["out"]])
