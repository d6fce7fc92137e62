"""The two stages of training: masked pieces, then pairs of texts that belong together.

Batches depend only on the seed and the number of the step, so a run that was cut off resumes exactly where its last
checkpoint stands.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

import vocabulary
from model import Encoder, Shape, wrap
from pack import HEADING, PARAGRAPH, TITLE, Pack

UNPAIRED = ("changelog", "selfdialogue", "sgd", "eltec")
"""Sources whose titles and headings say nothing of the content."""


@dataclass(frozen=True)
class Plan:
    """The hyperparameters of a stage."""

    steps: int
    rate: float
    rows: int
    length: int
    """Tokens a row of masked pieces; the longest text of a pair."""
    pairs: int = 0
    """Pairs of texts a step; 0 = masked pieces only."""
    masked: float = 0.2
    temperature: float = 0.05
    near: float = 0.1
    """Weight of the loss of neighbouring rows, in a stage without pairs."""
    memory: int = 2048
    """Rows of earlier steps that serve as negatives."""
    warmup: int = 100
    horizon: int | None = None
    """The step at which the rate would reach its end, if later than `steps`: the next stage goes on from there."""
    seed: int = 20


class MaskedBatch(NamedTuple):
    """A step's rows, some of their pieces hidden."""

    ids: torch.Tensor
    """[rows, length]."""
    positions: torch.Tensor
    """Flat positions to predict."""
    truth: torch.Tensor
    """The pieces that stood there."""
    related: torch.Tensor
    """[rows / 2]: whether row i and row i + rows / 2 are of one document."""


class MaskedPieces:
    """Rows of packed text with pieces hidden: nothing is padding, every unit stands between [CLS] and [SEP]."""

    def __init__(self, pack: Pack, plan: Plan) -> None:
        self.plan = plan
        lengths = pack.lengths
        self.start = pack.start[:-1] + 2 * np.arange(len(lengths))
        self.document = pack.document
        self.stream = np.full(len(pack.tokens) + 2 * len(lengths), vocabulary.SEP, dtype=np.uint16)
        self.stream[self.start] = vocabulary.CLS
        inside = np.arange(len(pack.tokens)) + 2 * np.repeat(np.arange(len(lengths)), lengths) + 1
        self.stream[inside] = pack.tokens
        self.pieces = int(pack.tokens.max()) + 1

    def batch(self, step: int) -> MaskedBatch:
        """The rows of a step, in pairs that follow each other in the text: row i and row i + rows / 2."""
        plan = self.plan
        generator = np.random.default_rng((plan.seed, 1, step))
        half, last = plan.rows // 2, len(self.stream) - 2 * plan.length
        at = generator.integers(0, last, half)
        # Half of the rows begin with a unit, as texts do in use; the others make sure that ends of long units are seen.
        unit = self.start[np.searchsorted(self.start, at, side="right") - 1]
        at = np.where(generator.random(half) < 0.5, np.minimum(unit, last), at)
        at = np.concatenate([at, at + plan.length])
        documents = self.document[np.searchsorted(self.start, at + plan.length // 2, side="right") - 1]
        ids = self.stream[at[:, None] + np.arange(plan.length)].astype(np.int64)
        chosen = (generator.random(ids.shape) < plan.masked) & (ids >= len(vocabulary.SPECIAL))
        truth = ids[chosen]
        kind = generator.random(len(truth))
        swapped = generator.integers(len(vocabulary.SPECIAL), self.pieces, len(truth))
        ids[chosen] = np.where(kind < 0.8, vocabulary.MASK, np.where(kind < 0.9, swapped, truth))
        related = documents[:half] == documents[half:]
        return MaskedBatch(*map(torch.from_numpy, (ids, np.flatnonzero(chosen), truth, related)))


class Pairs:
    """Pairs of texts that belong together, as the corpus gives them for free."""

    def __init__(self, pack: Pack, plan: Plan) -> None:
        self.pack, self.plan = pack, plan
        kind, section, document = pack.kind, pack.section, pack.document
        lengths = pack.lengths
        unit = np.arange(len(kind))
        paragraph = (kind == PARAGRAPH) & (lengths >= 12)
        titled = ~np.isin(pack.source, [i for i, name in enumerate(pack.sources) if name in UNPAIRED])
        # the last title (heading) at or before a unit, if it is of the same document (section)
        title = np.maximum.accumulate(np.where(kind == TITLE, unit, -1))
        heading = np.maximum.accumulate(np.where(kind == HEADING, unit, -1))
        has_title = paragraph & titled & (title >= 0) & (document[title] == document)
        has_heading = paragraph & titled & (heading >= 0) & (section[heading] == section) & (lengths[heading] > 2)
        following = paragraph[:-1] & paragraph[1:] & (document[:-1] == document[1:])
        long = paragraph & (lengths >= 40)
        self.kinds = [
            (title[has_title], unit[has_title]),
            (heading[has_heading], unit[has_heading]),
            (unit[:-1][following], unit[1:][following]),
            (unit[long], unit[long]),
        ]
        share = np.array([0.2, 0.15, 0.25, 0.4]) * [len(left) > 0 for left, _ in self.kinds]
        self.share = share / share.sum()

    def batch(self, step: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The first texts and the second texts, each a padded batch with its mask."""
        generator = np.random.default_rng((self.plan.seed, 2, step))
        # one bound on lengths for the whole batch, so that little of it is padding
        longest = int(generator.choice([n for n in (16, 24, 32, 48, 64) if n <= self.plan.length]))
        first, second = [], []
        for number in generator.choice(len(self.kinds), self.plan.pairs, p=self.share):
            left, right = self.kinds[number]
            chosen = generator.integers(len(left))
            one, other = self.pack.unit(left[chosen]), self.pack.unit(right[chosen])
            if left[chosen] == right[chosen]:
                cut = int(generator.integers(len(one) // 3, 2 * len(one) // 3 + 1))
                one, other = one[:cut], one[cut:]
                if generator.random() < 0.5:
                    one, other = other, one
            first.append(_crop(one, generator, 6, longest - 2))
            second.append(_crop(other, generator, 10, longest - 2))
        return [wrap(rows, self.plan.length) for rows in (first, second)]


def _crop(ids: np.ndarray, generator: np.random.Generator, least: int, most: int) -> np.ndarray:
    """A part of random length: texts in use are short sentences as often as paragraphs."""
    length = min(len(ids), int(generator.integers(least, most + 1)))
    start = int(generator.integers(len(ids) - length + 1))
    return ids[start : start + length].astype(np.int64)


class Neighbours:
    """Loss of telling which rows follow each other in a text, over the same states that pieces are predicted from.

    As in DeCLUTR (Giorgi et al. 2021); earlier steps' rows serve as further negatives (cross-batch memory, Wang et al.
    2020), since a step has few of its own.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.memory = torch.zeros(0)

    def loss(self, rows: torch.Tensor, related: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy over the related pairs of `rows`, projected and of length one, in both directions."""
        first, second = rows.chunk(2)
        truth = torch.arange(len(first))[related]
        losses = []
        for one, other in ((first, second), (second, first)):
            against = torch.cat([other, self.memory]) if len(self.memory) else other
            losses.append(F.cross_entropy((one @ against.T / self.plan.temperature)[related], truth))
        self.memory = torch.cat([rows.detach(), self.memory])[: self.plan.memory]
        return (losses[0] + losses[1]) / 2


def masked_loss(encoder: Encoder, states: torch.Tensor, batch: MaskedBatch) -> torch.Tensor:
    """Cross-entropy of the hidden pieces; the embedding table is also the output layer."""
    hidden = states.reshape(-1, encoder.shape.width)[batch.positions]
    logits = F.linear(hidden, encoder.embedding.weight.to(states.dtype)).float() + encoder.piece_bias
    return F.cross_entropy(logits, batch.truth)


def pair_loss(encoder: Encoder, batch: list[tuple[torch.Tensor, torch.Tensor]], temperature: float) -> torch.Tensor:
    """Each text must find its partner among all the batch's, in both directions."""
    first, second = (encoder.projected(encoder.pooled(ids, mask)) for ids, mask in batch)
    scores = first @ second.T / temperature
    truth = torch.arange(len(scores))
    return (F.cross_entropy(scores, truth) + F.cross_entropy(scores.T, truth)) / 2


def run(encoder: Encoder, pack: Pack, plan: Plan, checkpoint: Path, every: int = 100, log: int = 20) -> None:
    """Trains `encoder` in place from the stage's last checkpoint, if there is one, to the plan's end."""
    masked = MaskedPieces(pack, plan)
    pairs = Pairs(pack, plan) if plan.pairs else None
    neighbours = Neighbours(plan)
    decayed = [p for name, p in encoder.named_parameters() if p.dim() == 2 and "layers" in name]
    gentle = [encoder.embedding.weight]
    others = [p for p in encoder.parameters() if all(p is not q for q in decayed + gentle)]
    optimiser = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": 0.01, "factor": 1.0},
            # slower: their start is good, and their elements are small
            {"params": gentle, "weight_decay": 0.0, "factor": 0.5},
            {"params": others, "weight_decay": 0.0, "factor": 1.0},
        ],
        lr=plan.rate,
        betas=(0.9, 0.98),
        eps=1e-8,
    )
    step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        encoder.load_state_dict(state["encoder"])
        optimiser.load_state_dict(state["optimiser"])
        neighbours.memory = state["memory"]
        step = state["step"]
        print(f"resumed at step {step}", flush=True)
    encoder.train()
    sums, since = [0.0, 0.0], time.time()
    for step in range(step, plan.steps):
        progress = step / (plan.horizon or plan.steps)
        rate = plan.rate * min(1.0, (step + 1) / plan.warmup) * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        for group in optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        optimiser.zero_grad(set_to_none=True)
        batch = masked.batch(step)
        states = encoder(batch.ids)
        loss = masked_loss(encoder, states, batch)
        sums[0] += loss.item()
        if not pairs:
            near = neighbours.loss(encoder.projected(states.float().mean(1)), batch.related)
            sums[1] += near.item()
            loss = loss + plan.near * near
        loss.backward()
        if pairs:
            loss = pair_loss(encoder, pairs.batch(step), plan.temperature)
            sums[1] += loss.item()
            loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimiser.step()
        done = step + 1
        if done % log == 0:
            print(
                f"step {done}/{plan.steps} masked {sums[0] / log:.3f} texts {sums[1] / log:.3f} "
                f"{(time.time() - since) / log:.3f} s a step",
                flush=True,
            )
            sums, since = [0.0, 0.0], time.time()
        if done % every == 0 or done == plan.steps:
            save(checkpoint, encoder, optimiser=optimiser.state_dict(), memory=neighbours.memory, step=done)
    encoder.eval()


def save(path: Path, encoder: Encoder, **progress) -> None:
    """Writes a checkpoint; an interrupted write leaves the previous one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save({"shape": encoder.shape.__dict__, "encoder": encoder.state_dict(), **progress}, part)
    part.replace(path)


def load(path: Path, precision: torch.dtype = torch.float32) -> Encoder:
    """The encoder of a checkpoint."""
    state = torch.load(path)
    encoder = Encoder(Shape(**state["shape"]), precision)
    encoder.load_state_dict(state["encoder"])
    return encoder.eval()
