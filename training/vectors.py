"""Static piece vectors that the encoder starts from.

They come from counting, not from gradient descent: how often two pieces stand near each other, as positive pointwise
mutual information with smoothed contexts, factorised by a randomised singular value decomposition. That equals what
skip-gram with negative sampling approximates (Levy and Goldberg 2014), is deterministic, and takes two minutes where
skip-gram takes half an hour.
"""

from __future__ import annotations

import numpy as np

from pack import Pack
from vocabulary import SPECIAL

WINDOW = 8
"""Neighbours up to this far count, the nearer the more (1 - (distance - 1) / window)."""
SMOOTHING = 0.75
"""Exponent of context counts: keeps rare contexts from dominating."""


def counts(pack: Pack, vocabulary: int) -> np.ndarray:
    """[vocabulary, vocabulary] float32: weighted co-occurrence within a unit, in both directions."""
    tokens = pack.tokens.astype(np.int64)
    unit = np.repeat(np.arange(len(pack.kind), dtype=np.int32), pack.lengths)
    total = np.zeros(vocabulary * vocabulary, dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        same = unit[distance:] == unit[:-distance]
        code = tokens[:-distance][same] * vocabulary + tokens[distance:][same]
        total += np.bincount(code, minlength=len(total)).astype(np.float32) * (1 - (distance - 1) / WINDOW)
    table = total.reshape(vocabulary, vocabulary)
    return table + table.T


def factorise(table: np.ndarray, width: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """[vocabulary, width] vectors of a co-occurrence table; destroys the table, which is large."""
    rows = table.sum(axis=1)
    contexts = np.maximum(rows, 1) ** SMOOTHING
    contexts /= contexts.sum()
    table /= np.maximum(rows, 1)[:, None]
    table /= contexts[None, :]
    np.log(table, out=table, where=table > 0)
    table -= shift
    np.maximum(table, 0, out=table)
    generator = np.random.default_rng(seed)
    basis = generator.standard_normal((table.shape[1], width + 40)).astype(np.float32)
    for _ in range(4):
        basis, _ = np.linalg.qr(table @ basis)
        basis, _ = np.linalg.qr(table.T @ basis)
    left, values, _ = np.linalg.svd(table @ basis, full_matrices=False)
    vectors = left[:, :width] * np.sqrt(values[:width])
    vectors[: len(SPECIAL)] = 0
    return vectors.astype(np.float32)


def importance(pack: Pack, vocabulary: int, scale: float = 1e-3) -> np.ndarray:
    """The weight of a piece in an average: scale / (scale + frequency), so that common pieces count little."""
    frequency = np.bincount(pack.tokens, minlength=vocabulary) / len(pack.tokens)
    weights = scale / (scale + frequency)
    weights[: len(SPECIAL)] = 0
    return weights.astype(np.float32)
