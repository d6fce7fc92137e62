"""The encoder as an ONNX graph, written node by node.

Only operators of the standard opset are used, so that every build of ONNX Runtime (native, WASM) runs it. Matrices
are stored as int8 with one float scale per output column; `Cast` and `Mul` restore them. Both have constant inputs, so
the runtime folds them once, when the session starts: inference runs in float32 and a text's vector does not depend on
what else is in the batch. (`DequantizeLinear` is left unfolded by default and would be paid for in every run.) The
embedding table stays int8 in memory: rows are gathered first and restored afterwards.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mix import Mix

OPSET = 17
IR_VERSION = 8


def quantise(matrix: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 codes of `matrix` and the scales along `axis` (the axis that keeps its own scale)."""
    other = 1 - axis
    scale = np.abs(matrix).max(axis=other, keepdims=True) / 127.0
    scale = np.maximum(scale, 1e-12).astype(np.float32)
    codes = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
    return codes, scale


class _Builder:
    """Collects nodes and initialisers; every method returns the name of the tensor it makes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []
        self._constants: dict[tuple, str] = {}

    def op(self, kind: str, *inputs: str, name: str | None = None, **attributes) -> str:
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"n{len(self.nodes)}", **attributes))
        return output

    def tensor(self, value: np.ndarray, name: str) -> str:
        self.initialisers.append(numpy_helper.from_array(value.copy(order="C"), name))
        return name

    def constant(self, value, dtype) -> str:
        array = np.asarray(value, dtype=dtype)
        key = (array.tobytes(), array.shape, array.dtype.str)
        if key not in self._constants:
            self._constants[key] = self.tensor(array, f"c{len(self._constants)}")
        return self._constants[key]

    def weight(self, matrix: np.ndarray, name: str) -> str:
        codes, scale = quantise(matrix, axis=1)
        restored = self.op("Cast", self.tensor(codes, name + ".codes"), to=TensorProto.FLOAT)
        return self.op("Mul", restored, self.tensor(scale, name + ".scale"))

    def linear(self, value: str, matrix: np.ndarray, bias: np.ndarray, name: str) -> str:
        product = self.op("MatMul", value, self.weight(matrix, name))
        return self.op("Add", product, self.tensor(bias.astype(np.float32), name + ".bias"))

    def rows(self, table: np.ndarray, name: str, output: str | None = None) -> str:
        """The row of `table` [pieces, width] for each input id; the table stays int8 in memory."""
        codes, scale = quantise(table, axis=0)
        gathered = self.op("Gather", self.tensor(codes, name + ".codes"), "input_ids")
        scales = self.op("Gather", self.tensor(scale, name + ".scale"), "input_ids")
        return self.op("Mul", self.op("Cast", gathered, to=TensorProto.FLOAT), scales, name=output)

    def norm(self, value: str, weights: dict[str, np.ndarray], name: str, output: str | None = None) -> str:
        gain = self.tensor(weights[name + ".weight"].astype(np.float32), name + ".weight")
        shift = self.tensor(weights[name + ".bias"].astype(np.float32), name + ".bias")
        return self.op("LayerNormalization", value, gain, shift, name=output, axis=-1, epsilon=1e-5)


def build(weights: dict[str, np.ndarray], layers: int, heads: int, mix: Mix) -> onnx.ModelProto:
    """The graph for `weights` (names as in `model.Encoder.state_dict()`, linear weights as [out, in]) and their mix."""
    b = _Builder()
    width = weights["embedding.weight"].shape[1]
    head_width = width // heads

    x = b.rows(weights["embedding.weight"], "embedding")

    bias = _attention_bias(b, weights["distance.weight"])
    split = b.constant([0, 0, 3, heads, head_width], np.int64)
    merge = b.constant([0, 0, width], np.int64)
    for layer in range(layers):
        p = f"layers.{layer}."
        h = b.norm(x, weights, p + "norm1")
        qkv_weight = weights[p + "qkv.weight"].T.copy()
        qkv_bias = weights[p + "qkv.bias"].copy()
        # 1/sqrt(head width) is folded into the query's weights: one multiplication less over the scores
        qkv_weight[:, :width] /= np.sqrt(head_width)
        qkv_bias[:width] /= np.sqrt(head_width)
        qkv = b.op("Reshape", b.linear(h, qkv_weight, qkv_bias, p + "qkv"), split)
        parts = [b.op("Gather", qkv, b.constant(i, np.int64), axis=2) for i in range(3)]
        query = b.op("Transpose", parts[0], perm=[0, 2, 1, 3])
        key = b.op("Transpose", parts[1], perm=[0, 2, 3, 1])
        value = b.op("Transpose", parts[2], perm=[0, 2, 1, 3])
        scores = b.op("Softmax", b.op("Add", b.op("MatMul", query, key), bias), axis=-1)
        context = b.op("Transpose", b.op("MatMul", scores, value), perm=[0, 2, 1, 3])
        context = b.op("Reshape", context, merge)
        x = b.op("Add", x, b.linear(context, weights[p + "out.weight"].T, weights[p + "out.bias"], p + "out"))
        h = b.norm(x, weights, p + "norm2")
        h = b.op("Relu", b.linear(h, weights[p + "up.weight"].T, weights[p + "up.bias"], p + "up"))
        x = b.op("Add", x, b.linear(h, weights[p + "down.weight"].T, weights[p + "down.bias"], p + "down"))
    joined = b.op("Concat", b.norm(x, weights, "norm"), b.rows(mix.static, "static"), axis=-1)
    b.op("MatMul", joined, b.tensor(mix.matrix, "mix"), name="last_hidden_state")
    return _model(b, "marginalia-en-small", mix.matrix.shape[1])


def build_static(vectors: np.ndarray) -> onnx.ModelProto:
    """A graph that gives every piece its row of `vectors` [pieces, width], whatever stands around it."""
    b = _Builder()
    b.rows(vectors, "static", output="last_hidden_state")
    return _model(b, "marginalia-static", vectors.shape[1])


def _model(b: _Builder, name: str, width: int) -> onnx.ModelProto:
    """The nodes of `b` as a checked model with the inputs of a BERT and the output `last_hidden_state`."""
    shape = ["batch", "sequence"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, width])
    graph = helper.make_graph(b.nodes, name, inputs, [output], b.initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="marginalia")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def _attention_bias(b: _Builder, table: np.ndarray) -> str:
    """[batch, heads, length, length]: what a head adds for the distance of two tokens, and −1e4 for padded keys.

    Computed once per run and shared by all layers. `table` is [2·reach+1, heads]: distances beyond the reach count as
    the reach, so any length works.
    """
    reach = (table.shape[0] - 1) // 2
    length = b.op("Gather", b.op("Shape", "input_ids"), b.constant(1, np.int64))
    steps = b.op("Range", b.constant(0, np.int64), length, b.constant(1, np.int64))
    keys = b.op("Unsqueeze", steps, b.constant([0], np.int64))
    queries = b.op("Unsqueeze", steps, b.constant([1], np.int64))
    distance = b.op("Sub", keys, queries)
    distance = b.op("Min", b.op("Max", distance, b.constant(-reach, np.int64)), b.constant(reach, np.int64))
    index = b.op("Add", distance, b.constant(reach, np.int64))
    table_name = b.tensor(np.ascontiguousarray(table.T.astype(np.float32)), "distance.table")
    by_distance = b.op("Unsqueeze", b.op("Gather", table_name, index, axis=1), b.constant([0], np.int64))
    mask = b.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = b.op("Mul", b.op("Sub", mask, b.constant(1, np.float32)), b.constant(1e4, np.float32))
    mask = b.op("Unsqueeze", mask, b.constant([1, 2], np.int64))
    return b.op("Add", by_distance, mask)
