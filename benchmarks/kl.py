"""KL of all pairs: ours against transport, Cholesky and solves for every pair.

The opponent is our own writing of how VFE-Sim's torch path goes about it: Ω of all pairs
by einsum, all beliefs transported with it, a batch of N × N Cholesky factors, in float32.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks.measure import REPEATS, Cost, cost
from benchmarks.rows import Row, limited, versus
from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.divergence import CovarianceForm, gaussian_divergence

RIDGE = 1e-6
CHUNK = 64
SERIES = {
    "0.3": "  by the Taylor series",
    "0.1": "  the same with φ as in the demo, 0.1",
    "0.6": "  the same with large frames, φ 0.6",
}
"""The deviations of φ that the series is tried with, 0.3 being that of all other rows."""

Kl = Callable[[], Tensor]


def beliefs(
    n_token: int, d: int, *, diagonal: bool, dtype: torch.dtype, turn: float = 0.3
) -> Beliefs:
    """Seeded beliefs with variances about 1 and frames of SO(d), φ of deviation ``turn``."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=random, dtype=torch.float64)

    root = normal(n_token, d, d) / d**0.5
    covariance = root @ root.mT + 0.5 * torch.eye(d)
    basis = normal(3, d, d) / d**0.5
    parts = {
        "mean": normal(n_token, d),
        "covariance": covariance.diagonal(dim1=1, dim2=2) if diagonal else covariance,
        "frame": turn * normal(n_token, 3),
        "generators": basis - basis.mT,
    }
    return Beliefs(**{name: part.to(dtype).contiguous() for name, part in parts.items()})


def ours(n_token: int, d: int) -> Kl:
    """Full covariances, frames by the exponential."""
    return _ours_exact(beliefs(n_token, d, diagonal=False, dtype=torch.float32))


def ours_taylor4(n_token: int, d: int, turn: str = "0.3") -> Kl:
    """Full covariances, frames by the series: the less orthogonal, the larger they are."""
    given = beliefs(n_token, d, diagonal=False, dtype=torch.float32, turn=float(turn))
    return _ours(given, "full", "taylor4")


def ours_diagonal(n_token: int, d: int) -> Kl:
    """Covariances cut to their diagonal."""
    return _ours(beliefs(n_token, d, diagonal=True, dtype=torch.float32), "diagonal", "exact")


def pairwise(n_token: int, d: int) -> Kl:
    """The opponent, all pairs at once."""
    return _all_pairs(beliefs(n_token, d, diagonal=False, dtype=torch.float32))


def pairwise_in_chunks(n_token: int, d: int) -> Kl:
    """The opponent, blocks of 64 × 64 pairs at a time."""
    return _chunked(beliefs(n_token, d, diagonal=False, dtype=torch.float32), CHUNK)


def pairwise_diagonal(n_token: int, d: int) -> Kl:
    """The opponent's diagonal form, all pairs at once."""
    given = beliefs(n_token, d, diagonal=True, dtype=torch.float32)

    def work() -> Tensor:
        move = torch.einsum("ikl,jlm->ijkm", *_exponentials(given))
        key_mean = torch.einsum("ijkl,jl->ijk", move, given.mean)
        key = given.covariance.clamp(min=RIDGE)[None].expand(n_token, -1, -1)
        key = torch.einsum("ijkl,ijl->ijk", move**2, key).clamp(min=RIDGE)
        query = given.covariance.clamp(min=RIDGE)[:, None].expand(-1, n_token, -1)
        trace = (query / key).sum(-1)
        distance = ((key_mean - given.mean[:, None]) ** 2 / key).sum(-1)
        logs = (key.log() - query.log()).sum(-1)
        return (0.5 * (trace + distance - d + logs)).clamp(min=0)

    return work


def rows(n_token: int = 512) -> Iterator[Row]:
    """Time, memory and error, full and diagonal."""
    full = f"full covariance, N={n_token} d=8"
    ours_, theirs, chunked = (
        cost(task, n_token, 8) for task in (ours, pairwise, pairwise_in_chunks)
    )
    yield from _compared(full, ours_, theirs, 80, 35)
    yield versus(
        "  against chunks of 64: time", ours_.seconds, chunked.seconds, "s", at_least=40
    )
    yield versus("  against chunks of 64: memory", ours_.bytes, chunked.bytes, "B")
    yield limited("  error against float64", *error(n_token, 8), "", at_most=1e-9)
    for turn, what in SERIES.items():
        series = cost(ours_taylor4, n_token, 8, turn)
        yield versus(f"{what}: time", series.seconds, theirs.seconds, "s")
        yield versus("    memory", series.bytes, theirs.bytes, "B")
        missed = error_of_series(n_token, 8, float(turn))
        yield limited("    error against float64", missed, None, "", at_most=1e-9)
    one, other = (cost(task, n_token, 16) for task in (ours_diagonal, pairwise_diagonal))
    yield from _compared(f"diagonal covariance, N={n_token} d=16", one, other, 5, 15)
    if torch.cuda.is_available():
        on_card = (seconds_on_card(task, n_token, 8) for task in (_ours_exact, _all_pairs))
        yield versus(f"full covariance on the card, N={n_token} d=8: time", *on_card, "s")


def error(n_token: int, d: int) -> tuple[float, float]:
    """Ours and the opponent's max |ΔKL| / (1 + max KL)."""
    single = beliefs(n_token, d, diagonal=False, dtype=torch.float32)
    wanted = _chunked(_doubled(single), CHUNK)()
    return _missed(_ours_exact(single), wanted), _missed(_chunked(single, CHUNK), wanted)


def error_of_series(n_token: int, d: int, turn: float = 0.3) -> float:
    """Ours by the series."""
    single = beliefs(n_token, d, diagonal=False, dtype=torch.float32, turn=turn)
    wanted = _chunked(_doubled(single), CHUNK, series=True)()
    return _missed(_ours(single, "full", "taylor4"), wanted)


def seconds_on_card(task: Callable[[Beliefs], Kl], n_token: int, d: int) -> float:
    """Wall time on the GPU, the median of five runs after a first one."""
    given = beliefs(n_token, d, diagonal=False, dtype=torch.float32)
    names = ("mean", "covariance", "frame", "generators")
    work = task(Beliefs(**{name: getattr(given, name).cuda() for name in names}))
    seconds = []
    for _ in range(REPEATS + 1):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        work()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])


def _doubled(given: Beliefs) -> Beliefs:
    names = ("mean", "covariance", "frame", "generators")
    return Beliefs(**{name: getattr(given, name).double() for name in names})


def _missed(work: Kl, wanted: Tensor) -> float:
    return float((work() - wanted).abs().max() / (1 + wanted.max()))


def _compared(what: str, ours: Cost, theirs: Cost, faster: int, smaller: int) -> Iterator[Row]:
    yield versus(f"{what}: time", ours.seconds, theirs.seconds, "s", at_least=faster)
    yield versus("  memory", ours.bytes, theirs.bytes, "B", at_least=smaller)


def _ours_exact(given: Beliefs) -> Kl:
    return _ours(given, "full", "exact")


def _all_pairs(given: Beliefs) -> Kl:
    return _chunked(given, len(given.mean))


def _ours(given: Beliefs, covariance_form: CovarianceForm, transport: str) -> Kl:
    return lambda: gaussian_divergence(
        given, covariance_form=covariance_form, transport=transport
    )


def _chunked(given: Beliefs, size: int, *, series: bool = False) -> Kl:
    def work() -> Tensor:
        length, d = given.mean.shape
        ridge = RIDGE * torch.eye(d).to(given.mean)
        logs = torch.linalg.cholesky(given.covariance + ridge).diagonal(dim1=-2, dim2=-1).log()
        own = 2 * logs.sum(-1)
        forward, backward = _exponentials(given, series=series)
        result = given.mean.new_empty(length, length)
        for first in range(0, length, size):
            i = slice(first, first + size)
            for second in range(0, length, size):
                j = slice(second, second + size)
                move = torch.einsum("ikl,jlm->ijkm", forward[i], backward[j])
                result[i, j] = _block(given, (i, j), move, own[i], ridge)
        return result.clamp_(min=0)

    return work


def _block(
    given: Beliefs, some: tuple[slice, slice], move: Tensor, own: Tensor, ridge: Tensor
) -> Tensor:
    """Some queries against some keys, pair by pair in one batch."""
    i, j = some
    key_mean = torch.einsum("ijkl,jl->ijk", move, given.mean[j])
    key = torch.einsum("ijkl,jlm,ijmn->ijkn", move, given.covariance[j], move.mT)
    factor = torch.linalg.cholesky(key + ridge)
    query = (given.covariance[i] + ridge)[:, None].expand_as(key)
    half = torch.linalg.solve_triangular(factor, query, upper=False)
    whole = torch.linalg.solve_triangular(factor.mT, half, upper=True)
    trace = whole.diagonal(dim1=-2, dim2=-1).sum(-1)
    gap = (key_mean - given.mean[i][:, None])[..., None]
    distance = torch.linalg.solve_triangular(factor, gap, upper=False).square().sum((-2, -1))
    logs = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1) - own[:, None]
    return 0.5 * (trace + distance - key_mean.shape[-1] + logs)


def _exponentials(given: Beliefs, *, series: bool = False) -> tuple[Tensor, Tensor]:
    """exp(φ·G) and exp(−φ·G), or their series up to order 4."""
    algebra = torch.einsum("na,akl->nkl", given.frame, given.generators)
    if not series:
        return torch.linalg.matrix_exp(algebra), torch.linalg.matrix_exp(-algebra)
    terms = [torch.eye(algebra.shape[-1]).to(algebra).expand_as(algebra)]
    for order in range(1, 5):
        terms.append(terms[-1] @ algebra / order)
    signed = [term * (-1) ** order for order, term in enumerate(terms)]
    return sum(terms[1:], terms[0]), sum(signed[1:], signed[0])
