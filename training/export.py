"""Writes the model's files in the layout that transformers.js loads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import onnx

import graph
from model import Encoder

VERSION = "1.0.0"


def write(encoder: Encoder, folder: Path, longest: int) -> None:
    """`config.json`, `card.json` and `onnx/model_quantized.onnx`, beside the tokenizer that is there already."""
    shape = encoder.shape
    built = graph.build(encoder.weights(), shape.layers, shape.heads)
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
        "id": "marginalia-en-small",
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
    for name, value in (("config.json", config), ("card.json", card)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
