# python example-entities.py MODEL_FOLDER "some text"   (pip install numpy onnxruntime tokenizers)
import json
import sys

import onnxruntime
from head import entity_feeds, open_transformer, suggested_entities

folder, text = sys.argv[1:]
head = json.load(open("entities.json", encoding="utf-8"))
embed = open_transformer(folder, head["model"])
session = onnxruntime.InferenceSession("entities.onnx")

passage = embed(text)
[probabilities] = session.run(None, entity_feeds(head, passage))
print(suggested_entities(head, passage, probabilities))
