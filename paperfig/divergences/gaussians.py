"""Gaussians, one a token, as queries and as keys, and KL of all pairs of them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from paperfig.divergences.transport import apply
from paperfig.errors import AttentionError


@dataclass(frozen=True, slots=True, eq=False)
class GaussianQueries:
    """Means m, covariances S and ln|S| of some tokens."""

    mean: Float64[Tensor, "token d"]
    covariance: Float64[Tensor, "token d d"]
    logdet: Float64[Tensor, " token"]

    @classmethod
    def made(
        cls, mean: Float64[Tensor, "token d"], covariance: Float64[Tensor, "token d d"]
    ) -> "GaussianQueries":
        """Of these means and covariances.

        Raises:
            AttentionError: a covariance is not positive definite.
        """
        return cls(mean, covariance, factored(covariance, torch.arange(len(mean)))[1])

    def of(self, tokens: Int64[Tensor, " some"]) -> "GaussianQueries":
        """Those of some of the tokens."""
        return GaussianQueries(self.mean[tokens], self.covariance[tokens], self.logdet[tokens])

    def moved(self, matrices: Float64[Tensor, "token d d"]) -> "GaussianQueries":
        """Each under its own linear map."""
        return GaussianQueries(
            mean=apply(matrices, self.mean),
            covariance=matrices @ self.covariance @ matrices.mT,
            logdet=self.logdet + 2 * torch.linalg.slogdet(matrices).logabsdet,
        )


@dataclass(frozen=True, slots=True, eq=False)
class GaussianKeys:
    """Means n, covariances, precisions P (their inverses) and −ln|P| of some tokens."""

    mean: Float64[Tensor, "token d"]
    covariance: Float64[Tensor, "token d d"]
    precision: Float64[Tensor, "token d d"]
    logdet: Float64[Tensor, " token"]

    @classmethod
    def made(
        cls, mean: Float64[Tensor, "token d"], covariance: Float64[Tensor, "token d d"]
    ) -> "GaussianKeys":
        """Of these means and covariances.

        Raises:
            AttentionError: a covariance is not positive definite.
        """
        factor, logdet = factored(covariance, torch.arange(len(mean)))
        return cls(mean, covariance, torch.cholesky_inverse(factor), logdet)


def factored(
    covariance: Float64[Tensor, "some d d"], tokens: Int64[Tensor, " some"]
) -> tuple[Float64[Tensor, "some d d"], Float64[Tensor, " some"]]:
    """The Cholesky factors of covariances of these tokens, and their ln|Σ|.

    Raises:
        AttentionError: a covariance is not positive definite.
    """
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if failed.any():
        token = int(tokens[int(failed.nonzero()[0, 0])])
        raise AttentionError(
            f"token {token}", "its covariance is not positive definite", "no KL exists"
        )
    return factor, 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def kl_of_pairs(queries: GaussianQueries, keys: GaussianKeys) -> Float64[Tensor, "query key"]:
    """½ [tr(PS) + (n−m)ᵀ P (n−m) − d − ln|P| − ln|S|], as features times features.

    A symmetric matrix is its upper triangle. Means are taken about their common mean, so
    that little cancels.
    """
    d = queries.mean.shape[1]
    centre = (queries.mean.mean(0) + keys.mean.mean(0)) / 2
    query_mean, key_mean = queries.mean - centre, keys.mean - centre
    pulled = apply(keys.precision, key_mean)
    row, column = torch.triu_indices(d, d, device=centre.device)
    second = queries.covariance[:, row, column] + query_mean[:, row] * query_mean[:, column]
    halved = torch.where(row == column, 0.5, 1.0).to(second)
    own = -0.5 * queries.logdet[:, None]
    offset = 0.5 * ((key_mean * pulled).sum(1) + keys.logdet - d)[:, None]
    one = torch.ones_like(own)
    left = torch.cat([second, query_mean, own, one], 1)
    right = torch.cat([keys.precision[:, row, column] * halved, -pulled, one, offset], 1)
    return left @ right.T


def ridged(
    covariance: Float64[Tensor, "token d d"], ridge: float
) -> Float64[Tensor, "token d d"]:
    """Σ + ridge · I."""
    return covariance + ridge * torch.eye(covariance.shape[-1]).to(covariance)
