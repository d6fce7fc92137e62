"""What the model gives out: the encoder's states beside static vectors, reduced to the encoder's width.

States know a piece's surroundings, static vectors what it is about; heads do better with both than with either. The two
are joined so that texts vary as much in one as in the other, and the directions in which texts of the corpus vary most
are kept (principal components; no labels are used). Every step is linear, so the mean of a text's mixed token vectors is
the mix of its means.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model import Encoder, wrap
from pack import PARAGRAPH, Pack

STATIC_WIDTH = 128
"""Leading dimensions of the static vectors that are kept: the whole model must stay under 10 MB."""
SAMPLE = 8000
"""Texts that the mix is fitted on."""


@dataclass
class Mix:
    """`tokens = [states, static[ids]] @ matrix`."""

    static: np.ndarray
    """[pieces, static width], weighted by importance."""
    matrix: np.ndarray
    """[states' width + static width, output width]."""

    def tokens(self, encoder: Encoder, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """[batch, length, output width], float32."""
        joined = torch.cat([encoder(ids, mask).float(), torch.from_numpy(self.static)[ids]], dim=-1)
        return joined @ torch.from_numpy(self.matrix)

    def pooled(self, encoder: Encoder, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """[batch, output width]: the mean over the mask."""
        weights = mask[:, :, None].float()
        return (self.tokens(encoder, ids, mask) * weights).sum(1) / weights.sum(1)

    def save(self, path: Path) -> None:
        np.savez(path, static=self.static, matrix=self.matrix)

    @staticmethod
    def load(path: Path) -> Mix:
        with np.load(path) as arrays:
            return Mix(arrays["static"], arrays["matrix"])


def fit(encoder: Encoder, static: np.ndarray, pack: Pack, seed: int, sample: int = SAMPLE) -> Mix:
    """The mix of `encoder` and `static` [pieces, any width] on random parts of the corpus's paragraphs."""
    width = encoder.shape.width
    static = np.ascontiguousarray(static[:, :STATIC_WIDTH], dtype=np.float32)
    plain = Mix(static, np.eye(width + static.shape[1], dtype=np.float32))
    texts = np.concatenate([plain.pooled(encoder, *batch).numpy() for batch in _texts(pack, seed, sample)])
    texts -= texts.mean(axis=0)
    scale = np.ones(texts.shape[1], dtype=np.float32)
    for block in (slice(0, width), slice(width, None)):
        scale[block] = 1 / np.sqrt((texts[:, block] ** 2).sum(axis=1).mean())
    _, directions = np.linalg.eigh((texts * scale).T @ (texts * scale))
    return Mix(static, (scale[:, None] * directions[:, ::-1][:, :width]).astype(np.float32))


def _texts(pack: Pack, seed: int, sample: int):
    """Batches of parts of random lengths, as short as the texts that people label."""
    generator = np.random.default_rng((seed, 3))
    units = np.flatnonzero((pack.kind == PARAGRAPH) & (pack.lengths >= 12))
    rows = []
    for unit in generator.choice(units, min(sample, len(units)), replace=False):
        ids = pack.unit(unit)
        length = min(len(ids), int(generator.integers(6, 60)))
        start = int(generator.integers(len(ids) - length + 1))
        rows.append(ids[start : start + length].astype(np.int64))
    rows.sort(key=len)
    with torch.no_grad():
        for begin in range(0, len(rows), 64):
            yield wrap(rows[begin : begin + 64], 64)
