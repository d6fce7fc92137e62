"""Writes the model's files in the layout that transformers.js loads."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx

import graph
from mix import Mix
from model import Encoder, Shape

VERSION = "1.1.0"


def write(encoder: Encoder, mix: Mix, folder: Path, longest: int) -> None:
    """The encoder's files, beside the tokenizer that is there already."""
    shape = encoder.shape
    _write(graph.build(encoder.weights(), shape.layers, shape.heads, mix), shape, "marginalia-en-small", folder, longest)


def write_static(vectors: np.ndarray, folder: Path, tokenizer: Path, longest: int) -> None:
    """Static vectors [pieces, width] as a model that loads like the encoder, with the tokenizer of another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
    shape = Shape(*vectors.shape, layers=0, heads=1, inner=0)
    _write(graph.build_static(vectors), shape, "marginalia-static", folder, longest)


def _write(built: onnx.ModelProto, shape: Shape, name: str, folder: Path, longest: int) -> None:
    """`config.json`, `card.json` and `onnx/model_quantized.onnx`."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    path = folder / "onnx" / "model_quantized.onnx"
    onnx.save(built, str(path))
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "hidden_act": "relu",
        "max_position_embeddings": longest,
        "vocab_size": shape.pieces,
        "type_vocab_size": 1,
        "pad_token_id": 0,
    }
    card = {
        "id": name,
        "version": VERSION,
        "licence": "MIT",
        "languages": ["en"],
        "cased": True,
        "dimensions": shape.width,
        "layers": shape.layers,
        "vocabulary": shape.pieces,
        "maxLength": longest,
        "pooling": "mean",
        "normalise": False,
        "dtype": "q8",
        "inputs": ["input_ids", "attention_mask"],
        "outputs": ["last_hidden_state"],
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "tokenizerSha256": hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest(),
    }
    for file, value in (("config.json", config), ("card.json", card)):
        (folder / file).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
