"""The corpus as arrays: every title, heading and paragraph as piece ids, with the document and section it stands in.

Later steps read nothing else, so text is tokenised once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import corpus
import vocabulary

TITLE, HEADING, PARAGRAPH = range(3)


@dataclass
class Pack:
    """`tokens[start[u]:start[u + 1]]` are the ids of unit `u`; the other arrays have one entry a unit."""

    tokens: np.ndarray
    start: np.ndarray
    kind: np.ndarray
    section: np.ndarray
    document: np.ndarray
    source: np.ndarray
    sources: list[str]

    def unit(self, index: int) -> np.ndarray:
        return self.tokens[self.start[index] : self.start[index + 1]]

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.start)


def build(folder: Path, tokenizer: vocabulary.Tokenizer, smoke: bool) -> Pack:
    """Tokenises the corpus."""
    tokens: list[np.ndarray] = []
    rows: list[tuple[int, int, int, int, int]] = []
    sources: dict[str, int] = {}
    section_number = 0

    def add(text: str, kind: int, document_number: int, source: int) -> None:
        ids = tokenizer.encode(text)
        if ids:
            tokens.append(np.array(ids, dtype=np.uint16))
            rows.append((len(ids), kind, section_number, document_number, source))

    for document_number, document in enumerate(corpus.documents(folder, smoke)):
        source = sources.setdefault(document["src"].split("/")[0], len(sources))
        if document["title"]:
            add(document["title"], TITLE, document_number, source)
        for section in document["sections"]:
            section_number += 1
            if section["h"] and section["h"] != document["title"]:
                add(section["h"], HEADING, document_number, source)
            for paragraph in section["p"]:
                add(paragraph, PARAGRAPH, document_number, source)
    table = np.array(rows, dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(table[:, 0])])
    return Pack(
        np.concatenate(tokens),
        start,
        table[:, 1].astype(np.uint8),
        table[:, 2].astype(np.int32),
        table[:, 3].astype(np.int32),
        table[:, 4].astype(np.uint8),
        list(sources),
    )


def save(path: Path, pack: Pack) -> None:
    """Writes the arrays to one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{**pack.__dict__, "sources": np.array(pack.sources)})


def load(path: Path) -> Pack:
    """Reads what `save` wrote."""
    with np.load(path) as arrays:
        values = {name: arrays[name] for name in arrays.files}
    values["sources"] = [str(name) for name in values["sources"]]
    return Pack(**values)
