"""The encoder: a small transformer with normalisation before each block and a learned bias per head and distance.

Parameters stay in float32; products are computed in bfloat16 where the processor is faster at it. `graph.build` writes
the same computation as ONNX.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import vocabulary


@dataclass(frozen=True)
class Shape:
    """What fixes the size of an encoder."""

    pieces: int
    width: int = 256
    layers: int = 3
    heads: int = 8
    inner: int = 768
    reach: int = 64


FULL = dict(width=256, layers=3, heads=8, inner=768)
SMOKE = dict(width=32, layers=2, heads=4, inner=64)


class _Norm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], self.weight.to(x.dtype), self.bias.to(x.dtype), 1e-5)


class _Linear(nn.Module):
    def __init__(self, inputs: int, outputs: int, deviation: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * deviation)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.to(x.dtype), self.bias.to(x.dtype))


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads = shape.heads
        self.norm1 = _Norm(width)
        self.qkv = _Linear(width, 3 * width, width**-0.5)
        # Blocks add nothing at first: the untrained encoder is the average of static vectors.
        self.out = _Linear(width, width, 0.0)
        self.norm2 = _Norm(width)
        self.up = _Linear(width, inner, width**-0.5)
        self.down = _Linear(inner, width, 0.0)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        scores = torch.matmul(query * (width // self.heads) ** -0.5, key.transpose(-1, -2)) + bias
        context = torch.matmul(torch.softmax(scores, -1), value).transpose(1, 2).reshape(batch, length, width)
        x = x + self.out(context)
        return x + self.down(torch.relu(self.up(self.norm2(x))))


class Encoder(nn.Module):
    """Token ids to token vectors. `precision` is the type that blocks compute in."""

    def __init__(self, shape: Shape, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.shape, self.precision = shape, precision
        self.embedding = nn.Embedding(shape.pieces, shape.width)
        nn.init.normal_(self.embedding.weight, std=shape.width**-0.5)
        self.distance = nn.Embedding(2 * shape.reach + 1, shape.heads)
        with torch.no_grad():
            self.distance.weight.copy_(_initial_bias(shape))
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.norm = _Norm(shape.width)
        # Losses over whole texts see vectors through this, so that the vectors themselves keep what such losses would
        # throw away (Chen et al. 2020); it is not exported.
        self.projection = _Linear(shape.width, shape.width, shape.width**-0.5)
        self.piece_bias = nn.Parameter(torch.zeros(shape.pieces))

    def start_from(self, vectors: np.ndarray, frequency: np.ndarray) -> None:
        """Takes static vectors, scaled to length one, as piece embeddings; predictions start from frequencies."""
        with torch.no_grad():
            norm = np.linalg.norm(vectors, axis=1, keepdims=True)
            known = torch.from_numpy(norm[:, 0] > 0)
            self.embedding.weight[known] = torch.from_numpy(vectors / np.maximum(norm, 1e-9))[known]
            self.piece_bias.copy_(torch.from_numpy(np.log(frequency + 1e-7)).float())

    def stream(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> list[torch.Tensor]:
        """The residual stream before and after each layer; `mask` is 0 where a batch is padded."""
        length, reach = ids.shape[1], self.shape.reach
        steps = torch.arange(length)
        index = (steps[None, :] - steps[:, None]).clamp(-reach, reach) + reach
        bias = self.distance(index).permute(2, 0, 1)[None]
        if mask is not None:
            bias = bias + (mask[:, None, None, :].float() - 1) * 1e4
        bias = bias.to(self.precision)
        states = [self.embedding(ids).to(self.precision)]
        for layer in self.layers:
            states.append(layer(states[-1], bias))
        return states

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised token vectors: what pieces are predicted from, and what is pooled."""
        return self.norm(self.stream(ids, mask)[-1])

    def pooled(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The mean of token vectors, float32."""
        tokens = self(ids, mask).float() * mask[:, :, None]
        return tokens.sum(1) / mask.sum(1, keepdim=True)

    def projected(self, vectors: torch.Tensor) -> torch.Tensor:
        """Vectors of texts as the losses over whole texts compare them: length one, float32."""
        return F.normalize(self.projection(vectors), dim=1)

    def weights(self) -> dict[str, np.ndarray]:
        """Parameters by name, as `graph.build` takes them."""
        return {name: value.detach().numpy() for name, value in self.state_dict().items()}


def _initial_bias(shape: Shape) -> torch.Tensor:
    """Heads look at the token before, the token after, near tokens, or all: word order is there from the first step."""
    distance = torch.arange(-shape.reach, shape.reach + 1).float()
    bias = torch.zeros(len(distance), shape.heads)
    bias[:, 0] = -2.0 * (distance + 1).abs().clamp(max=4)
    bias[:, 1] = -2.0 * (distance - 1).abs().clamp(max=4)
    for head, slope in enumerate((1.0, 0.5, 0.25), start=2):
        if head < shape.heads:
            bias[:, head] = -slope * distance.abs().clamp(max=8 / slope)
    return bias


def wrap(rows: list[np.ndarray], longest: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A padded batch of `[CLS] ids [SEP]`, and its mask."""
    length = min(max(len(row) for row in rows) + 2, longest)
    ids = np.full((len(rows), length), vocabulary.PAD, dtype=np.int64)
    mask = np.zeros((len(rows), length), dtype=np.int64)
    for index, row in enumerate(rows):
        row = row[: length - 2]
        ids[index, 0] = vocabulary.CLS
        ids[index, 1 : len(row) + 1] = row
        ids[index, len(row) + 1] = vocabulary.SEP
        mask[index, : len(row) + 2] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)
