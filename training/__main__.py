"""`python3 training STEP [--smoke]`: one command for each step of the pipeline, in the order of `STEPS`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import torch

import evaluate
import export
import mix
import model
import pack
import train
import vectors
import vocabulary
from corpus import documents, texts

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 512
SEED = 0

PIECES = {False: 16000, True: 2000}
MASKED = {
    False: train.Plan(steps=6000, rate=1.5e-3, rows=64, length=64),
    True: train.Plan(steps=60, rate=3e-3, rows=16, length=32, warmup=10),
}
PAIRS = {
    False: train.Plan(steps=460, rate=5e-4, rows=24, length=64, pairs=256, warmup=30, seed=21),
    True: train.Plan(steps=20, rate=4e-4, rows=8, length=32, pairs=32, warmup=5, seed=21),
}


def tokenizer(options: argparse.Namespace) -> None:
    """Trains the vocabulary."""
    counts = vocabulary.Counter()
    for document in documents(options.corpus, options.smoke):
        for text in texts(document):
            counts.update(vocabulary.words(text))
    vocabulary.save(options.output, vocabulary.train(counts, PIECES[options.smoke]), LONGEST)


def tokens(options: argparse.Namespace) -> None:
    """Turns the corpus into piece ids."""
    built = pack.build(options.corpus, vocabulary.load(options.output), options.smoke)
    pack.save(options.work / "pack.npz", built)


def static(options: argparse.Namespace) -> None:
    """Makes static piece vectors and the encoder that starts from them."""
    packed = pack.load(options.work / "pack.npz")
    pieces = len(vocabulary.load(options.output).pieces)
    shape = model.Shape(pieces, **(model.SMOKE if options.smoke else model.FULL))
    table = vectors.factorise(vectors.counts(packed, pieces), shape.width, SEED)
    torch.manual_seed(SEED)
    encoder = model.Encoder(shape)
    frequency = np.bincount(packed.tokens, minlength=pieces) / len(packed.tokens)
    encoder.start_from(table, frequency)
    train.save(options.work / "start.pt", encoder)


def masked(options: argparse.Namespace) -> None:
    """Masked-piece pretraining."""
    _train(options, "start.pt", "masked.pt", MASKED[options.smoke])


def pairs(options: argparse.Namespace) -> None:
    """Contrastive training, with masked pieces beside it."""
    _train(options, "masked.pt", "pairs.pt", PAIRS[options.smoke])


def _train(options: argparse.Namespace, before: str, after: str, plan: train.Plan) -> None:
    encoder = train.load(options.work / before, torch.bfloat16)
    train.run(encoder, pack.load(options.work / "pack.npz"), plan, options.work / after)


def write(options: argparse.Namespace) -> None:
    """Fits the mix of states and static vectors, and exports the quantised model and its files."""
    encoder = train.load(options.work / options.checkpoint)
    fitted = mix.fit(encoder, _static(options), pack.load(options.work / "pack.npz"), SEED)
    fitted.save(options.work / "mix.npz")
    export.write(encoder, fitted, options.output, LONGEST)


def baseline(options: argparse.Namespace) -> None:
    """Exports the static vectors that the encoder started from, weighted for averages, as a model to compare with."""
    export.write_static(_static(options), options.work / "static", options.output, LONGEST)


def _static(options: argparse.Namespace) -> np.ndarray:
    """The static vectors that the encoder started from, weighted for averages: [pieces, width]."""
    table = train.load(options.work / "start.pt").embedding.weight.detach().numpy()
    return table * vectors.importance(pack.load(options.work / "pack.npz"), len(table))[:, None]


def measure(options: argparse.Namespace) -> None:
    """Evaluates the checkpoint, as quantised, on the development sets."""
    evaluate.report(
        options.work, options.output, options.data, options.checkpoint, _static(options), options.seeds
    )


STEPS = {
    "tokenizer": tokenizer,
    "tokens": tokens,
    "static": static,
    "masked": masked,
    "pairs": pairs,
    "export": write,
    "baseline": baseline,
    "evaluate": measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="training", description=__doc__)
    parser.add_argument("step", choices=[*STEPS, "all"], help="'all' runs every step but the evaluation")
    parser.add_argument("--smoke", action="store_true", help="a tiny model from a sixtieth of the text, in a minute")
    parser.add_argument("--corpus", type=Path, default=ROOT / "../shared/corpus", help="folder with *.jsonl.xz")
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data", help="folder with the development sets")
    parser.add_argument("--work", type=Path, help="folder for packed text and checkpoints")
    parser.add_argument("--output", type=Path, help="folder of the model's files")
    parser.add_argument("--checkpoint", default="pairs.pt", help="which checkpoint to export or evaluate")
    parser.add_argument("--seeds", type=int, default=2, help="learning curves to average in the evaluation")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    name = "smoke" if options.smoke else "training"
    options.work = options.work or ROOT / ".scratch" / name
    options.output = options.output or (
        options.work / "model" if options.smoke else ROOT / "media/models/marginalia-en-small"
    )
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    steps = [step for step in STEPS if step != "evaluate"] if options.step == "all" else [options.step]
    for step in steps:
        print(step, flush=True)
        STEPS[step](options)


if __name__ == "__main__":
    # BLAS reads this when it is first used
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
