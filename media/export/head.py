"""What a program needs to use exported heads of Marginalia, beside the transformer and ONNX Runtime.

It cuts words, hashes them, lists the candidates and decodes, as the heads were trained; docs/export-head.md tells how to
use it. Offsets are code points, as Python counts. Words follow UAX #29 where WORD does, which is for most European
languages: pass the words' (start, end) to `passage` where you have better ones, such as PyICU's.
"""
import math
import re
import unicodedata

import numpy as np

WORD = re.compile(r"[^\W_]+(?:(?<=[^\W\d_])['’.:](?=[^\W\d_])[^\W_]+|(?<=\d)[.,](?=\d)[^\W_]+|_+[^\W_]+)*")
# As JavaScript has it: Python's \s holds a few controls more, and no byte-order mark.
SPACE = "[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
SPACE_CHARACTERS = "".join(chr(c) for c in range(0x10000) if re.match(SPACE, chr(c)))
PLAIN, OPENING, NAME = 0, 1, 2


# The transformer


def open_transformer(folder, model):
    """A function from a text to its passage, by the transformer in a folder (pip install onnxruntime tokenizers)."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    session = onnxruntime.InferenceSession(f"{folder}/{model['weights']}")
    taken = {each.name for each in session.get_inputs()}

    def embed(text):
        encoding = tokenizer.encode(model["prefix"] + text)
        if len(encoding.ids) > model["maxPieces"]:
            raise ValueError(
                f"the text has {len(encoding.ids)} pieces, and the model reads {model['maxPieces']}: give it by the paragraph"
            )
        ids = np.array([encoding.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = session.run(None, {name: inputs[name] for name in taken})[0][0]
        pooled = hidden[0] if model["pooling"] == "cls" else hidden.mean(0)
        own = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
        skip = len(model["prefix"])
        pieces = [tuple(max(0, at - skip) for at in encoding.offsets[i]) for i in own]
        vector = pooled / np.linalg.norm(pooled) if own else np.zeros_like(pooled)
        return passage(text, vector, pieces, hidden[own])

    return embed


def passage(text, vector, pieces, tokens, words=None):
    """A text as heads see it: its words, a vector for each (the mean of the pieces that overlap it), and one for the whole."""
    words = [match.span() for match in WORD.finditer(text)] if words is None else [tuple(word) for word in words]
    vectors = np.zeros((len(words), len(vector)), np.float32)
    for w, (start, end) in enumerate(words):
        rows = [p for p, (a, b) in enumerate(pieces) if a < b and a < end and b > start]
        if rows:
            vectors[w] = tokens[rows].mean(0)
    return {"text": text, "words": words, "vector": np.asarray(vector, np.float32), "word_vectors": vectors}


# Hashes


def mix(h):
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def units(text):
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").tolist()


def hashed(text, salt):
    """Of a text, or of its UTF-16 units."""
    h = 0x811C9DC5 ^ salt
    for unit in units(text) if isinstance(text, str) else text:
        h = (h ^ unit) * 0x01000193 & 0xFFFFFFFF
    return mix(h)


def combine(a, b):
    return mix(a * 31 & 0xFFFFFFFF ^ b)


# Classes


def class_feeds(head, passage):
    """What the model of a class takes: one row."""
    spec, last, counts, grams = head["lexical"], 0, {}, {}
    salts, n, columns = spec["salts"], spec["gram"], spec["columns"]

    def count(table, h):
        table[h % columns] = table.get(h % columns, 0) + 1

    for start, end in passage["words"]:
        word = units(f"<{passage['text'][start:end].lower()}>")
        h = hashed(word, salts["word"])
        count(counts, h)
        count(counts, combine(combine(salts["pair"], last), h))
        for i in range(len(word) - n + 1 if len(word) > n else 0):
            count(grams, hashed(word[i : i + n], salts["gram"]))
        last = h
    row = {c: spec["gramValue"] * (1 + math.log(tf)) for c, tf in grams.items()}
    row.update((c, 1 + math.log(tf)) for c, tf in counts.items())
    return {
        "vector": passage["vector"][None],
        "columns": np.array([list(row)], np.int64),
        "values": np.array([list(row.values())], np.float32),
    }


# Entities


def kind(character):
    return unicodedata.category(character)


def shape(word):
    """Upper-case letters as X, other letters and marks as x, digits as 9, the rest as itself; runs shortened to one."""
    mapped = ["X" if k == "Lu" else "x" if k[0] in "LM" else "9" if k[0] == "N" else c for c in word for k in [kind(c)]]
    return "".join(c for i, c in enumerate(mapped) if i == 0 or c != mapped[i - 1] or c not in "Xx9")


def gap(text):
    """What stands between two words: white space as one character, no more than three UTF-16 units."""
    text = re.sub(f"{SPACE}*\n{SPACE}*", "\n", text)
    text = re.sub(f"(?:(?!\n){SPACE})+", " ", text)
    return units(text)[:3]


def word_features(passage, spec):
    """Of each word: a hash of it, one of its shape, its eight columns, and what kind of word it is."""
    text, words, salts, columns = passage["text"], passage["words"], spec["words"], spec["columns"]
    features = []
    for w, (start, end) in enumerate(words):
        word = text[start:end]
        lower, form, kinds = units(word.lower()), shape(word), [kind(c) for c in word]
        before = gap(text[words[w - 1][1] if w else 0 : start])
        after = gap(text[end : words[w + 1][0] if w + 1 < len(words) else len(text)])
        opening = w == 0 or (before != units(" ") and any(chr(unit) in '.!?:"“«\n' for unit in before))
        letters = [i for i, k in enumerate(kinds) if k[0] == "L"]
        digits = [i for i, k in enumerate(kinds) if k[0] == "N"]
        small = [i for i, k in enumerate(kinds) if k == "Ll"]
        capitals = [i for i, k in enumerate(kinds) if k == "Lu"]
        mixed = bool(letters and digits) or bool(small and capitals and small[0] < capitals[-1])
        name = mixed or kinds[:2] == ["Lu", "Lu"]
        capital = kinds[0] == "Lu"
        features.append(
            {
                "identity": hashed(lower, salts["word"]),
                "shape": hashed(form, salts["shape"]),
                "columns": [
                    h % columns
                    for h in (
                        hashed(lower, salts["word"]),
                        hashed(form, salts["shape"]),
                        hashed(lower[:3], salts["prefix"]),
                        hashed(lower[-3:], salts["suffix"]),
                        hashed(lower[-2:], salts["ending"]),
                        hashed(("^" if opening else "") + form, salts["opening"]),
                        hashed(before, salts["before"]),
                        hashed(after, salts["after"]),
                    )
                ],
                "kind": NAME if name or (capital and not opening) else OPENING if capital else PLAIN,
            }
        )
    return features


def segments(passage):
    """Stretches of words, [start, end), that no candidate crosses the border of: a blank line ends one."""
    words, start = passage["words"], 0
    for w in range(1, len(words) + 1):
        if w < len(words) and not re.search(f"\n{SPACE}*\n", passage["text"][words[w - 1][1] : words[w][0]]):
            continue
        if w > start:
            yield start, w
        start = w


def candidate_spans(head, passage):
    """(first word, last word, start, end) of every candidate, in the order of the rows of `probabilities`."""
    text, words = passage["text"], passage["words"]
    for lower, upper in segments(passage):
        for first in range(lower, upper):
            for last in range(first, min(upper, first + head["maxWidth"])):
                start, end = words[last]
                dot = text[end : end + 1] == "."
                following = text[end + 1 : end + 8].lstrip(SPACE_CHARACTERS)[:1]
                goes_on = following != "" and (following in ",;)" or kind(following) == "Ll" or kind(following)[0] == "N")
                # A full stop belongs to an abbreviation where it does not end a sentence.
                yield first, last, words[first][0], end + (1 if dot and ("." in text[start:end] or goes_on) else 0)


def entity_feeds(head, passage):
    """What the model of entities takes: a row a word, and one a candidate."""
    spec = head["hashing"]
    features, salts, spans, hashes = word_features(passage, spec), spec["spans"], [], []
    for lower, upper in segments(passage):
        for first in range(lower, upper):
            words, shapes = salts["words"], salts["shapes"]
            for last in range(first, min(upper, first + head["maxWidth"])):
                words = combine(words, features[last]["identity"])
                shapes = combine(shapes, features[last]["shape"])
                width = combine(salts["width"], last - first + 1)
                spans.append([first, last, lower, upper])
                hashes.append([h % spec["columns"] for h in (width, shapes, words)])
    return {
        "vectors": passage["word_vectors"],
        "columns": np.array([each["columns"] for each in features], np.int64).reshape(-1, 8),
        "kinds": np.array([each["kind"] for each in features], np.int64),
        "spans": np.array(spans, np.int64).reshape(-1, 4),
        "hashes": np.array(hashes, np.int64).reshape(-1, 3),
    }


def suggested_entities(head, passage, probabilities):
    """The likely spans, likeliest first, each unless it overlaps one chosen before; one of another label may lie within."""
    likely = []
    for (_, _, start, end), row in zip(candidate_spans(head, passage), probabilities):
        top = int(np.argmax(row[:-1])) if len(row) > 1 else 0
        if len(row) > 1 and row[top] >= head["threshold"] and row[top] > row[-1]:
            likely.append({"start": start, "end": end, "label": head["outcomes"][top], "probability": float(row[top])})
    chosen = []
    for span in sorted(likely, key=lambda each: (-each["probability"], each["start"] - each["end"], each["start"])):
        if all(_fits(span, other) for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda each: (each["start"], -each["end"]))


def _fits(a, b):
    apart = a["end"] <= b["start"] or b["end"] <= a["start"]
    return apart or (a["label"] != b["label"] and (_within(a, b) or _within(b, a)))


def _within(a, b):
    return a["start"] >= b["start"] and a["end"] <= b["end"] and a["end"] - a["start"] < b["end"] - b["start"]


# Relations


def _placed(passage, mention):
    """The words of a mention, [start, end)."""
    covered = [
        w for w, (start, end) in enumerate(passage["words"]) if end > mention["start"] and start < mention["end"]
    ]
    return (covered[0], covered[-1] + 1) if covered else (0, 0)


def _between(a, b):
    start = min(a[1], b[1])
    return start, max(start, a[0], b[0])


def candidate_pairs(head, passage, mentions):
    """(head, tail, allowed relations) as indices, in the order of the rows of `probabilities`."""
    placed = [_placed(passage, mention) for mention in mentions]
    for h, a in enumerate(mentions):
        for t, b in enumerate(mentions):
            start, end = _between(placed[h], placed[t])
            if h == t or end - start > head["maxDistance"]:
                continue
            turned = (a["start"], a["end"], h) > (b["start"], b["end"], t)
            allowed = [
                k
                for k, of in enumerate(head["signatures"])
                if (a["label"] in of["head"] and b["label"] in of["tail"])
                or (of["symmetric"] and b["label"] in of["head"] and a["label"] in of["tail"])
                if not (of["symmetric"] and turned)
            ]
            if allowed:
                yield h, t, allowed


def relation_feeds(head, passage, mentions):
    """What the model of relations takes: a row a word, and one a pair. Mentions have start, end and label."""
    spec, text, outcomes = head["hashing"], passage["text"], head["outcomes"]
    salts, most, value = spec["pairs"]["salts"], spec["pairs"]["maxBetween"], spec["pairs"]["wordValue"]
    words = [hashed(text[start:end].lower(), spec["words"]["word"]) for start, end in passage["words"]]
    placed = [_placed(passage, mention) for mention in mentions]
    pairs, rows, masks = [], [], []
    for h, t, allowed in candidate_pairs(head, passage, mentions):
        row, a, b = {}, mentions[h], mentions[t]

        def add(hash_, worth=1.0):
            row[hash_ % spec["columns"]] = row.get(hash_ % spec["columns"], 0) + worth

        def add_words(salt, start, end, worth):
            for word in words[start:end]:
                add(combine(salt, word), worth)

        order = combine(salts["order"], 1 if a["start"] <= b["start"] else 2)
        ends = hashed(f"{a['label']}\0{b['label']}", salts["ends"])
        start, end = _between(placed[h], placed[t])
        shown = min(end, start + most)
        share = 1 / math.sqrt(max(1, shown - start))
        add(ends)
        add(order)
        add(combine(ends, order))
        add(combine(salts["distance"], math.floor(2 * math.log2(1 + end - start) + 0.5)))
        add_words(salts["head"], *placed[h], value)
        add_words(salts["tail"], *placed[t], value)
        add_words(salts["between"], start, shown, share)
        add_words(combine(salts["between"], order), start, shown, share)
        if end - start < most:
            bridge = text[min(a["end"], b["end"]) : max(a["start"], b["start"])].strip(SPACE_CHARACTERS).lower()
            add(combine(order, hashed(bridge, salts["bridge"])))
        left, right = min(placed[h][0], placed[t][0]), max(placed[h][1], placed[t][1])
        add_words(salts["left"], max(0, left - 1), left, value)
        add_words(salts["right"], right, right + 1, value)
        pairs.append([*placed[h], *placed[t]])
        rows.append(list(row.items()))
        masks.append([1 if k in allowed or k == len(outcomes) - 1 else 0 for k in range(len(outcomes))])
    width = max((len(row) for row in rows), default=0)
    filled = [row + [(0, 0)] * (width - len(row)) for row in rows]
    return {
        "vectors": passage["word_vectors"],
        "pairs": np.array(pairs, np.int64).reshape(-1, 4),
        "columns": np.array([[c for c, _ in row] for row in filled], np.int64).reshape(len(rows), width),
        "values": np.array([[v for _, v in row] for row in filled], np.float32).reshape(len(rows), width),
        "allowed": np.array(masks, np.float32).reshape(-1, len(outcomes)),
    }


def suggested_relations(head, passage, mentions, probabilities):
    """The likeliest relation of each pair, unless that is 'none' or not likely enough."""
    found = []
    for (h, t, _), row in zip(candidate_pairs(head, passage, mentions), probabilities):
        top = int(np.argmax(row))
        if top < len(row) - 1 and row[top] >= head["threshold"]:
            found.append({"label": head["outcomes"][top], "head": h, "tail": t, "probability": float(row[top])})
    return found
