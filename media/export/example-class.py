# python example-class.py CLASS MODEL_FOLDER "some text"   (pip install numpy onnxruntime tokenizers)
import json
import sys

import onnxruntime
from head import class_feeds, open_transformer

name, folder, text = sys.argv[1:]
head = json.load(open(f"{name}.json", encoding="utf-8"))
embed = open_transformer(folder, head["model"])
session = onnxruntime.InferenceSession(f"{name}.onnx")

[probabilities] = session.run(None, class_feeds(head, embed(text)))
print(dict(zip(head["values"], probabilities[0].tolist())))
