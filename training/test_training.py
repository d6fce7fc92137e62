"""Run with `python3 -m unittest discover training`."""

from __future__ import annotations

import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))

import evaluate  # noqa: E402
import graph  # noqa: E402
import mix  # noqa: E402
import model  # noqa: E402
import pack  # noqa: E402
import train  # noqa: E402
import vocabulary  # noqa: E402


def tiny_encoder() -> model.Encoder:
    torch.manual_seed(0)
    encoder = model.Encoder(model.Shape(pieces=50, width=16, layers=2, heads=2, inner=24, reach=8))
    with torch.no_grad():
        # blocks begin as zeros; a test of the whole computation needs them to do something
        for parameter in encoder.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return encoder.eval()


def tiny_pack() -> pack.Pack:
    generator = np.random.default_rng(0)
    lengths = generator.integers(45, 60, 40)
    return pack.Pack(
        tokens=generator.integers(5, 50, lengths.sum()).astype(np.uint16),
        start=np.concatenate([[0], np.cumsum(lengths)]),
        kind=np.where(np.arange(40) % 4 == 0, pack.TITLE, pack.PARAGRAPH).astype(np.uint8),
        section=(np.arange(40) // 4).astype(np.int32),
        document=(np.arange(40) // 4).astype(np.int32),
        source=np.zeros(40, np.uint8),
        sources=["wikipedia"],
    )


class VocabularyTest(unittest.TestCase):
    def test_frequent_pairs_become_pieces(self) -> None:
        pieces = vocabulary.train(Counter({"lower": 9, "lowest": 5, "Low": 4, "x": 1}), size=40)
        self.assertEqual(pieces[:5], vocabulary.SPECIAL)
        self.assertIn("lower", pieces)
        tokenizer = vocabulary.Tokenizer(pieces)
        self.assertEqual([pieces[i] for i in tokenizer.encode("lower")], ["lower"])

    def test_case_accents_and_punctuation_are_kept_apart(self) -> None:
        self.assertEqual(vocabulary.words("Naïve café—don't\u200b go"), ["Naïve", "café", "—", "don", "'", "t", "go"])
        self.assertEqual(vocabulary.words("日本 2"), ["日", "本", "2"])

    def test_longest_piece_first_and_unknown_words(self) -> None:
        tokenizer = vocabulary.Tokenizer([*vocabulary.SPECIAL, "a", "ab", "##b", "##c"])
        self.assertEqual(tokenizer.encode("abc"), [6, 8])
        self.assertEqual(tokenizer.encode("abz a"), [vocabulary.UNK, 5])
        self.assertEqual(tokenizer.wrap([5, 5, 5], 4), [vocabulary.CLS, 5, 5, vocabulary.SEP])


class ModelTest(unittest.TestCase):
    def test_padding_does_not_change_a_text(self) -> None:
        encoder = tiny_encoder()
        rows = [np.arange(5, 12), np.arange(5, 40)]
        with torch.no_grad():
            alone = encoder.pooled(*model.wrap(rows[:1], 64))
            batched = encoder.pooled(*model.wrap(rows, 64))[:1]
        self.assertLess(float((alone - batched).abs().max()), 1e-5)

    def test_rounding_is_within_half_a_step(self) -> None:
        matrix = np.random.default_rng(0).standard_normal((30, 20)).astype(np.float32)
        codes, scale = graph.quantise(matrix, axis=1)
        self.assertEqual(scale.shape, (1, 20))
        self.assertTrue((np.abs(codes * scale - matrix) <= scale * 0.501).all())

    def test_the_graph_is_valid_for_any_shape(self) -> None:
        encoder = tiny_encoder()
        fitted = mix.fit(encoder, np.random.default_rng(0).standard_normal((encoder.shape.pieces, 4)), tiny_pack(), 0)
        built = graph.build(encoder.weights(), 2, 2, fitted)
        self.assertEqual([value.name for value in built.graph.input], ["input_ids", "attention_mask"])
        self.assertEqual({opset.domain for opset in built.opset_import}, {""})


class TrainTest(unittest.TestCase):
    def test_a_resumed_run_equals_an_uninterrupted_one(self) -> None:
        packed = tiny_pack()
        plan = dict(rate=1e-2, rows=2, length=16, pairs=4, warmup=2, horizon=4)
        with tempfile.TemporaryDirectory() as folder:
            whole, halves = tiny_encoder(), tiny_encoder()
            train.run(whole, packed, train.Plan(steps=4, **plan), Path(folder) / "a.pt")
            train.run(halves, packed, train.Plan(steps=2, **plan), Path(folder) / "b.pt")
            resumed = tiny_encoder()
            train.run(resumed, packed, train.Plan(steps=4, **plan), Path(folder) / "b.pt")
        for name, value in whole.state_dict().items():
            self.assertTrue(torch.allclose(value, resumed.state_dict()[name], atol=1e-6), name)

    def test_pairs_stay_within_a_document(self) -> None:
        packed = tiny_pack()
        pairs = train.Pairs(packed, train.Plan(steps=1, rate=1, rows=1, length=32, pairs=8))
        for left, right in pairs.kinds:
            self.assertTrue((packed.document[left] == packed.document[right]).all())
        for left, right in pairs.kinds[:1]:
            self.assertTrue((packed.kind[left] == pack.TITLE).all())


class EvaluateTest(unittest.TestCase):
    def test_tags_and_back(self) -> None:
        record = {
            "text": "Ada Lovelace met Babbage.",
            "entities": [{"start": 0, "end": 12, "label": "P"}, {"start": 17, "end": 24, "label": "P"}],
        }
        sentence = evaluate.tagged(record)
        self.assertEqual(sentence.tags, ["B-P", "I-P", "O", "B-P", "O"])
        self.assertEqual(evaluate.chunks(sentence.tags), {(0, 2, "P"), (3, 4, "P")})

    def test_area_of_a_flat_curve(self) -> None:
        self.assertAlmostEqual(evaluate.area([0.5, 0.5, 0.5]), 0.5)


if __name__ == "__main__":
    unittest.main()
