// node example-relations.mjs MODEL_FOLDER "some text" '[{"start":0,"end":3,"label":"Person"},…]'   (npm install as for entities)
import { readFileSync } from 'node:fs';
import * as transformers from '@huggingface/transformers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openTransformer, relationFeeds, suggestedRelations, tensors } from './head.mjs';

const [folder, text, entities] = process.argv.slice(2);
const mentions = JSON.parse(entities);
const head = JSON.parse(readFileSync('relations.json', 'utf8'));
const embed = await openTransformer(folder, head.model, transformers);
const session = await InferenceSession.create('relations.onnx');

const passage = await embed(text);
const { probabilities } = await session.run(tensors(relationFeeds(head, passage, mentions), Tensor));
console.log(suggestedRelations(head, passage, mentions, probabilities.data));
