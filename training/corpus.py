"""Reads the packs of text that the model is trained on: JSONL, xz-compressed, one document a line.

A document is `{"src", "title", "sections": [{"h": heading or "", "p": [paragraphs]}]}`.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path

SMOKE_STRIDE = 60
"""The smoke configuration reads the first document of every so many: all sources are in it."""


def documents(folder: Path, smoke: bool = False) -> Iterator[dict]:
    """All documents of all packs, in a fixed order."""
    packs = sorted(folder.glob("*.jsonl.xz"))
    if not packs:
        raise SystemExit(f"no *.jsonl.xz in {folder}: name the corpus folder with --corpus")
    for pack in packs:
        with lzma.open(pack, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if not smoke or number % SMOKE_STRIDE == 0:
                    yield json.loads(line)


def texts(document: dict) -> Iterator[str]:
    """A document's title, headings and paragraphs in reading order; empty ones left out."""
    if document["title"]:
        yield document["title"]
    for section in document["sections"]:
        if section["h"] and section["h"] != document["title"]:
            yield section["h"]
        yield from section["p"]
