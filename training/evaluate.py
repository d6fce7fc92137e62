"""How well frozen features serve a light head: learning curves on class sets, entity F1 on entity sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

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


def standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zero mean and unit deviation a column (of the pool), then rows of length one: the scale of TF-IDF rows."""
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-6
    scaled = [(part - mean) / deviation for part in (train, test)]
    return tuple((part / (np.linalg.norm(part, axis=1, keepdims=True) + 1e-9)).astype(np.float32) for part in scaled)


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
            dense = standardised(function(texts[0]), function(texts[1]))
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
