/**
 * Programs that use an exported head, written beside it. They hash words as lexicalRows does. The words themselves are
 * Unicode's (UAX #29): JavaScript has them, Python comes close with a pattern.
 */
export const PYTHON_EXAMPLE = String.raw`# python example.py HEAD MODEL_FOLDER "some text"   (HEAD without .json; pip install numpy onnxruntime tokenizers)
import json, math, re, sys
import numpy as np
def mix(h):
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16
def hashed(units, salt):
    h = 0x811C9DC5 ^ salt
    for unit in units: h = (h ^ unit) * 0x01000193 & 0xFFFFFFFF
    return mix(h)
def combine(a, b): return mix(a * 31 & 0xFFFFFFFF ^ b)
def lexical(words, spec):
    salts, n, last, counts, grams = spec["salts"], spec["gram"], 0, {}, {}
    for word in words:
        units = np.frombuffer(f"<{word.lower()}>".encode("utf-16-le"), "<u2").tolist()
        h = hashed(units, salts["word"])
        for x in (h, combine(combine(salts["pair"], last), h)): counts[x % spec["columns"]] = counts.get(x % spec["columns"], 0) + 1
        for i in range(len(units) - n + 1 if len(units) > n else 0):
            c = hashed(units[i:i + n], salts["gram"]) % spec["columns"]
            grams[c] = grams.get(c, 0) + 1
        last = h
    rows = {c: spec["gramValue"] * (1 + math.log(tf)) for c, tf in grams.items()} | {c: 1 + math.log(tf) for c, tf in counts.items()}
    return np.array([list(rows)], np.int64), np.array([list(rows.values())], np.float32)
def words_of(text): return re.findall(r"[^\W_]+(?:(?<=[^\W\d_])['’.:](?=[^\W\d_])[^\W_]+|(?<=\d)[.,](?=\d)[^\W_]+|_+[^\W_]+)*", text)
if __name__ == "__main__":
    import onnxruntime as ort
    from tokenizers import Tokenizer
    head, folder, text = sys.argv[1:]
    spec = json.load(open(head + ".json"))
    ids = np.array([Tokenizer.from_file(folder + "/tokenizer.json").encode(text).ids], np.int64)
    model = ort.InferenceSession(folder + "/onnx/model_quantized.onnx")
    hidden = model.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
    vector = hidden.mean(1) / np.linalg.norm(hidden.mean(1))
    columns, values = lexical(words_of(text), spec["lexical"])
    p = ort.InferenceSession(head + ".onnx").run(None, {"vector": vector, "columns": columns, "values": values})[0]
    print(dict(zip(spec["values"], p[0].round(4).tolist())))
`;

export const JAVASCRIPT_EXAMPLE = String.raw`// node example.mjs HEAD MODEL_FOLDER "some text"   (HEAD without .json; npm install onnxruntime-node @huggingface/transformers)
import { readFileSync } from 'node:fs';
import { dirname, basename, resolve } from 'node:path';
const mix = (h) => ((h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)), (h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)), (h ^ (h >>> 16)) >>> 0);
const hashed = (text, salt) => mix([...Array(text.length).keys()].reduce((h, i) => Math.imul(h ^ text.charCodeAt(i), 0x01000193), 0x811c9dc5 ^ salt));
const combine = (a, b) => mix(Math.imul(a, 31) ^ b);
export function lexical(words, { salts, gram, gramValue, columns }) {
  const [counts, grams] = [new Map(), new Map()];
  const count = (map, h) => map.set(h % columns, (map.get(h % columns) ?? 0) + 1);
  words.reduce((last, each) => {
    const word = '<' + each.toLowerCase() + '>';
    const h = hashed(word, salts.word);
    for (const x of [h, combine(combine(salts.pair, last), h)]) count(counts, x);
    for (let i = gram; word.length > gram && i <= word.length; i++) count(grams, hashed(word.slice(i - gram, i), salts.gram));
    return h;
  }, 0);
  return new Map([...[...grams].map(([c, tf]) => [c, gramValue * (1 + Math.log(tf))]), ...[...counts].map(([c, tf]) => [c, 1 + Math.log(tf)])]);
}
export const wordsOf = (text) => [...new Intl.Segmenter('en', { granularity: 'word' }).segment(text)].filter((s) => s.isWordLike).map((s) => s.segment);
if (process.argv[1]?.endsWith('example.mjs')) {
  const [{ InferenceSession, Tensor }, { pipeline, env }] = await Promise.all([import('onnxruntime-node'), import('@huggingface/transformers')]);
  const [head, folder, text] = process.argv.slice(2);
  env.localModelPath = dirname(resolve(folder));
  const embed = await pipeline('feature-extraction', basename(folder), { dtype: 'q8', local_files_only: true });
  const { data: vector } = await embed(text, { pooling: 'mean', normalize: true });
  const spec = JSON.parse(readFileSync(head + '.json', 'utf8'));
  const rows = lexical(wordsOf(text), spec.lexical);
  const session = await InferenceSession.create(head + '.onnx');
  const { probabilities } = await session.run({
    vector: new Tensor('float32', vector, [1, vector.length]),
    columns: new Tensor('int64', BigInt64Array.from([...rows.keys()], BigInt), [1, rows.size]),
    values: new Tensor('float32', Float32Array.from(rows.values()), [1, rows.size]),
  });
  console.log(Object.fromEntries(spec.values.map((value, k) => [value, probabilities.data[k]])));
}
`;
