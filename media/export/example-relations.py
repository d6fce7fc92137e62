# python example-relations.py MODEL_FOLDER "some text" '[{"start":0,"end":3,"label":"Person"},…]'   (pip install as for entities)
import json
import sys

import onnxruntime
from head import open_transformer, relation_feeds, suggested_relations

folder, text, entities = sys.argv[1:]
mentions = json.loads(entities)
head = json.load(open("relations.json", encoding="utf-8"))
embed = open_transformer(folder, head["model"])
session = onnxruntime.InferenceSession("relations.onnx")

passage = embed(text)
[probabilities] = session.run(None, relation_feeds(head, passage, mentions))
print(suggested_relations(head, passage, mentions, probabilities))
