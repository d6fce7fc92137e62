"""A cased WordPiece vocabulary: its trainer, its encoder, and the `tokenizer.json` that other libraries load.

The trainer merges the most frequent pair of neighbouring pieces again and again (byte-pair encoding over words), with
pieces inside a word written `##piece`, as BERT's tokenisers do. The encoder takes the longest piece that matches, from
left to right. Both split text the way BERT's normaliser and pre-tokeniser do, so that the ids are the same as those
that transformers.js computes from `tokenizer.json`.
"""

from __future__ import annotations

import heapq
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

PAD, UNK, CLS, SEP, MASK = range(5)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LONGESTWORD = 100
"""Words of more characters become `[UNK]`, as in BERT."""

_PUNCTUATION = "".join(
    re.escape(chr(c))
    for c in range(sys.maxunicode + 1)
    if unicodedata.category(chr(c)).startswith("P") or chr(c) in "$+<=>^`|~"
)
_IDEOGRAPHS = "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f" \
    "\U0002b820-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f"
WORD = re.compile(f"[{_PUNCTUATION}{_IDEOGRAPHS}]|[^\\s{_PUNCTUATION}{_IDEOGRAPHS}]+")
_ASCII = re.compile(r"[\t\n\r\x20-\x7e]*\Z")


def _clean(text: str) -> str:
    """Drops control characters as BERT's normaliser does, and turns line breaks and tabs into spaces."""
    if _ASCII.match(text):
        return text
    kept = []
    for char in text:
        if char in "\t\n\r":
            kept.append(" ")
        elif char not in "\0\ufffd" and unicodedata.category(char) not in ("Cc", "Cf", "Cn", "Co", "Cs"):
            kept.append(char)
    return "".join(kept)


def words(text: str) -> list[str]:
    """The words and punctuation marks that pieces are made of."""
    return WORD.findall(_clean(text))


def train(counts: Counter[str], size: int, alphabet: int = 400, at_least: int = 2) -> list[str]:
    """The `size` pieces, special ones first, for words with these counts.

    `alphabet` bounds the characters that get a piece of their own: rare ones become `[UNK]`. Only the pairs next to a
    merged pair are counted again, and the heap holds stale entries that are dropped when they come up.
    """
    characters: Counter[str] = Counter()
    for word, count in counts.items():
        for char in word:
            characters[char] += count
    kept = {c for c, _ in sorted(characters.items(), key=lambda item: (-item[1], item[0]))[:alphabet]}

    pieces = SPECIAL + sorted(kept)
    inner: set[str] = set()
    split: list[list[str]] = []
    frequency: list[int] = []
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count < at_least or len(word) > LONGESTWORD or not all(c in kept for c in word):
            continue
        split.append([word[0]] + ["##" + c for c in word[1:]])
        inner.update(split[-1][1:])
        frequency.append(count)
    pieces += sorted(inner)

    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, parts in enumerate(split):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += frequency[index]
            where[pair].add(index)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    known = set(pieces)
    while len(pieces) < size and heap:
        negative, pair = heapq.heappop(heap)
        if pairs.get(pair, 0) != -negative:
            continue
        merged = pair[0] + pair[1][2:]
        if merged not in known:
            known.add(merged)
            pieces.append(merged)
        changed: set[tuple[str, str]] = set()
        for index in where.pop(pair):
            parts, count = split[index], frequency[index]
            for old in zip(parts, parts[1:]):
                pairs[old] -= count
                changed.add(old)
            at, joined = 0, []
            while at < len(parts):
                if at + 1 < len(parts) and (parts[at], parts[at + 1]) == pair:
                    joined.append(merged)
                    at += 2
                else:
                    joined.append(parts[at])
                    at += 1
            split[index] = joined
            for new in zip(joined, joined[1:]):
                pairs[new] += count
                where[new].add(index)
                changed.add(new)
        del pairs[pair]
        for other in changed:
            if pairs.get(other, 0) > 0:
                heapq.heappush(heap, (-pairs[other], other))
    return pieces


class Tokenizer:
    """Turns text into the ids of pieces."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        self.ids = {piece: index for index, piece in enumerate(pieces)}
        self._cache: dict[str, tuple[int, ...]] = {}

    def word(self, word: str) -> tuple[int, ...]:
        """The ids of one word: the longest pieces from the left, or `[UNK]` alone."""
        cached = self._cache.get(word)
        if cached is not None:
            return cached
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            end = len(word)
            while end > start and prefix + word[start:end] not in self.ids:
                end -= 1
            if end == start or len(word) > LONGESTWORD:
                found = [UNK]
                break
            found.append(self.ids[prefix + word[start:end]])
            start = end
        self._cache[word] = tuple(found)
        return self._cache[word]

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without special tokens."""
        ids: list[int] = []
        for word in words(text):
            ids.extend(self.word(word))
        return ids

    def wrap(self, ids: Iterable[int], longest: int) -> list[int]:
        """`[CLS] … [SEP]`, cut to `longest` tokens in all."""
        return [CLS, *list(ids)[: longest - 2], SEP]


def tokenizer_json(pieces: list[str]) -> dict:
    """The tokenizer in the format of the tokenizers library."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": index,
                "content": piece,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for index, piece in enumerate(SPECIAL)
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": False,
            "lowercase": False,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", SEP], "cls": ["[CLS]", CLS]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": LONGESTWORD,
            "vocab": {piece: index for index, piece in enumerate(pieces)},
        },
    }


def tokenizer_config(longest: int) -> dict:
    """The `tokenizer_config.json` beside it."""
    return {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": False,
        "strip_accents": False,
        "tokenize_chinese_chars": True,
        "model_max_length": longest,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder."""
    with open(folder / "tokenizer.json", encoding="utf-8") as file:
        vocabulary = json.load(file)["model"]["vocab"]
    return Tokenizer(sorted(vocabulary, key=vocabulary.get))


def save(folder: Path, pieces: list[str], longest: int) -> None:
    """Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    for name, value in (
        ("tokenizer.json", tokenizer_json(pieces)),
        ("tokenizer_config.json", tokenizer_config(longest)),
        ("special_tokens_map.json", dict(zip(names, SPECIAL))),
    ):
        with open(folder / name, "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False, indent=None if name == "tokenizer.json" else 2)
            file.write("\n")
