"""How well frozen features serve a light head: learning curves on class sets, entity F1 on entity sets."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import graph
import vocabulary
from mix import Mix
from model import Encoder, wrap
from train import load

CLASS_SETS = ("agn", "trec", "cr", "scicite")
ENTITY_SETS = ("conll04", "wikigold")


def read(path: Path) -> list[dict]:
    """The records of a JSONL file."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def lexical(train: list[str], test: list[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """TF-IDF of words and word pairs, rows of length one."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b|[?!]")
    return vectorizer.fit_transform(train).tocsr(), vectorizer.transform(test).tocsr()


def scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centred (on the pool), and divided by one number so that rows are about one long: the scale of TF-IDF rows.

    Dimensions keep their proportions; to give each the same variance amplifies noise and costs up to eight points.
    """
    mean = train.mean(axis=0)
    length = np.sqrt(((train - mean) ** 2).sum(axis=1).mean()) + 1e-9
    return tuple(((part - mean) / length).astype(np.float32) for part in (train, test))


def curve(train, labels: np.ndarray, test, truth: np.ndarray, seed: int, start=25, batch=25, rounds=20) -> list[float]:
    """Accuracies at 25, 50, … labels: a balanced random seed, then the smallest margins, logistic regression C=10."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(labels))
    values = np.unique(labels)
    known: list[int] = []
    for position in range(start):
        wanted = values[position % len(values)]
        known.append(next(int(i) for i in order if labels[i] == wanted and int(i) not in known))
    accuracies = []
    for turn in range(rounds + 1):
        head = LogisticRegression(C=10, max_iter=300).fit(train[known], labels[known])
        accuracies.append(float((head.predict(test) == truth).mean()))
        if turn < rounds:
            two = np.sort(head.predict_proba(train), axis=1)[:, -2:]
            margin = two[:, 1] - two[:, 0]
            margin[known] = np.inf
            known += [int(i) for i in np.argsort(margin, kind="stable")[:batch]]
    return accuracies


def area(accuracies: list[float]) -> float:
    """The normalised trapezoid under a learning curve."""
    values = np.array(accuracies)
    return float(((values[1:] + values[:-1]) / 2).mean())


def class_table(
    data: Path, columns: dict[str, Callable[[list[str]], np.ndarray]], seeds: int, sets=CLASS_SETS
) -> dict[str, dict[str, float]]:
    """AULC per set and column: TF-IDF, each dense feature function alone, and each joined with TF-IDF."""
    table: dict[str, dict[str, float]] = {}
    for name in sets:
        train, test = read(data / name / "train.jsonl"), read(data / name / "test.jsonl")
        texts = [[record["text"] for record in part] for part in (train, test)]
        labels, truth = (np.array([record["label"] for record in part]) for part in (train, test))
        words = lexical(*texts)
        features = {"TF-IDF": words}
        for column, function in columns.items():
            dense = scaled(function(texts[0]), function(texts[1]))
            features[column] = dense
            features[column + " + TF-IDF"] = tuple(
                sparse.hstack([sparse.csr_matrix(d), w]).tocsr() for d, w in zip(dense, words)
            )
        table[name] = {
            column: float(np.mean([area(curve(x, labels, y, truth, seed)) for seed in range(seeds)]))
            for column, (x, y) in features.items()
        }
        print(name, {k: round(v, 3) for k, v in table[name].items()}, flush=True)
    return table


def static_features(vectors: np.ndarray, tokenizer: vocabulary.Tokenizer):
    """A function from texts to the average of their static piece vectors."""

    def features(texts: list[str]) -> np.ndarray:
        rows = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
        for row, text in zip(rows, texts):
            ids = tokenizer.encode(text)
            if ids:
                row[:] = vectors[ids].mean(axis=0)
        return rows

    return features


def _batches_of(rows: list[list[int]], longest: int, size: int = 64):
    """Yields (indices, ids, mask) of padded batches of similar length."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        yield chosen, *wrap([np.array(rows[i], dtype=np.int64) for i in chosen], longest)


def pooled_features(pooled, width: int, tokenizer: vocabulary.Tokenizer, longest: int):
    """A function from texts to what `pooled(ids, mask)` gives for them."""

    def features(texts: list[str]) -> np.ndarray:
        rows = [tokenizer.encode(text) for text in texts]
        found = np.zeros((len(rows), width), dtype=np.float32)
        with torch.no_grad():
            for chosen, ids, mask in _batches_of(rows, longest):
                found[chosen] = pooled(ids, mask).numpy()
        return found

    return features


def quantised(encoder: Encoder) -> Encoder:
    """The encoder with weights rounded as the exported graph has them."""
    state = encoder.state_dict()
    for name, value in state.items():
        if name == "embedding.weight" or (name.startswith("layers.") and value.dim() == 2):
            codes, scale = graph.quantise(value.numpy(), axis=0)
            state[name] = torch.from_numpy(codes * scale)
    encoder.load_state_dict(state)
    return encoder.eval()


@dataclass
class Tagged:
    """A sentence's words, and a BIO tag for each."""

    words: list[str]
    tags: list[str]


def tagged(record: dict) -> Tagged:
    """A record's words (split as the tokenizer splits) with the tags of its entities."""
    found, spans = [], []
    for match in vocabulary.WORD.finditer(record["text"]):
        found.append(match.group())
        spans.append(match.span())
    tags = ["O"] * len(found)
    for entity in record["entities"]:
        inside = [i for i, (s, e) in enumerate(spans) if s < entity["end"] and e > entity["start"]]
        for position, index in enumerate(inside):
            tags[index] = ("I-" if position else "B-") + entity["label"]
    return Tagged(found, tags)


def chunks(tags: list[str]) -> set[tuple[int, int, str]]:
    """The entities that a sequence of tags stands for; an I without a B before it begins one."""
    found, start, label = set(), None, None
    for index, tag in enumerate([*tags, "O"]):
        if start is not None and tag != "I-" + label:
            found.add((start, index, label))
            start = None
        if start is None and tag != "O":
            start, label = index, tag[2:]
    return found


SURFACE = 1024


def surface(word: str) -> np.ndarray:
    """Shape, affixes and the word itself, hashed."""
    row = np.zeros(SURFACE, dtype=np.float32)
    shape = "".join("X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else c for c in word)
    short = "".join(c for i, c in enumerate(shape) if i == 0 or c != shape[i - 1])
    for feature in (f"s{shape[:6]}", f"c{short}", f"a{word[:3]}", f"z{word[-3:]}", f"y{word[-2:]}", f"w{word}"):
        row[zlib.crc32(feature.encode()) % SURFACE] = 1
    return row


def word_vectors(
    sentences: list[Tagged], tokenizer: vocabulary.Tokenizer, longest: int, function
) -> list[np.ndarray]:
    """A vector for each word of each sentence: the mean over its pieces of what `function(ids, mask)` gives."""
    split = [[tokenizer.word(word) for word in sentence.words] for sentence in sentences]
    rows = [[piece for word in sentence for piece in word] for sentence in split]
    found: list[np.ndarray] = [np.zeros(0)] * len(rows)
    for chosen, ids, mask in _batches_of(rows, longest):
        vectors = function(ids, mask)
        for index, row in zip(chosen, vectors):
            ends = np.cumsum([len(word) for word in split[index]])
            sums = np.concatenate([np.zeros((1, row.shape[1])), np.cumsum(row[1:-1], axis=0)])
            ends = np.minimum(ends, len(sums) - 1)
            starts = np.concatenate([[0], ends[:-1]])
            count = np.maximum(ends - starts, 1)[:, None]
            found[index] = ((sums[ends] - sums[starts]) / count).astype(np.float32)
    return found


def entity_scores(data: Path, name: str, columns: dict, tokenizer, longest: int, sizes=(50, 200, None)) -> dict:
    """F1 of exact entities per column and number of training sentences.

    The head is a softmax over BIO tags of a word's vector and its neighbours', with surface features beside them.
    """
    train, test = (
        [tagged(record) for record in read(data / name / f"{part}.jsonl")] for part in ("train", "test")
    )
    order = np.random.default_rng(0).permutation(len(train))
    train = [train[i] for i in order]
    truth = [chunks(sentence.tags) for sentence in test]
    plain = [[np.array([surface(w) for w in s.words], dtype=np.float32) for s in part] for part in (train, test)]
    table: dict[str, list[float]] = {}
    for column, (function, lexical_too) in {"surface": (None, True), **columns}.items():
        parts = []
        for sentences, shapes in zip((train, test), plain):
            dense = [np.zeros((len(s.words), 0), np.float32) for s in sentences]
            if function:
                dense = word_vectors(sentences, tokenizer, longest, function)
            parts.append([_context(d, s, lexical_too) for d, s in zip(dense, shapes)])
        everything = np.concatenate(parts[0])
        dense_width = everything.shape[1] - (3 * SURFACE if lexical_too else 0)
        mean = everything[:, :dense_width].mean(axis=0)
        length = np.sqrt(((everything[:, :dense_width] - mean) ** 2).sum(axis=1).mean()) + 1e-9
        for rows in parts:
            for row in rows:
                # the whole of a word's dense features weighs as much as its surface features
                row[:, :dense_width] = (row[:, :dense_width] - mean) / length * 20**0.5
        table[column] = []
        for size in sizes:
            x = np.concatenate(parts[0][:size])
            y = np.concatenate([sentence.tags for sentence in train[:size]])
            head = LogisticRegression(C=1, max_iter=100).fit(x, y)
            right = predicted = 0
            for row, gold in zip(parts[1], truth):
                guess = chunks(list(head.predict(row)))
                right += len(guess & gold)
                predicted += len(guess)
            table[column].append(2 * right / max(predicted + sum(map(len, truth)), 1))
        print(name, column, [round(value, 3) for value in table[column]], flush=True)
    return table


def _context(dense: np.ndarray, shapes: np.ndarray, lexical_too: bool) -> np.ndarray:
    """Each word's features beside those of the word before and the word after."""

    def neighbours(rows: np.ndarray) -> list[np.ndarray]:
        padded = np.pad(rows, ((1, 1), (0, 0)))
        return [padded[1:-1], padded[:-2], padded[2:]]

    return np.concatenate(neighbours(dense) + (neighbours(shapes) if lexical_too else []), axis=1)


def report(work: Path, model: Path, data: Path, checkpoint: str, static: np.ndarray, seeds: int) -> None:
    """Prints the tables of the model card."""
    tokenizer = vocabulary.load(model)
    longest = json.loads((model / "config.json").read_text())["max_position_embeddings"]
    encoder = quantised(load(work / checkpoint))
    mix = Mix.load(work / "mix.npz")
    mixed = partial(mix.pooled, encoder)
    columns = {
        "static": static_features(static, tokenizer),
        "states": pooled_features(encoder.pooled, encoder.shape.width, tokenizer, longest),
        "model": pooled_features(mixed, mix.matrix.shape[1], tokenizer, longest),
    }
    class_table(data, columns, seeds)
    tokens = {
        "static + surface": (lambda ids, mask: static[ids.numpy()], True),
        "states + surface": (lambda ids, mask: encoder(ids, mask).float().numpy(), True),
        "model": (lambda ids, mask: mix.tokens(encoder, ids, mask).numpy(), False),
        "model + surface": (lambda ids, mask: mix.tokens(encoder, ids, mask).numpy(), True),
    }
    for name in ENTITY_SETS:
        with torch.no_grad():
            entity_scores(data, name, tokens, tokenizer, longest)
