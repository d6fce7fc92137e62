// node example-entities.mjs MODEL_FOLDER "some text"   (npm install onnxruntime-node @huggingface/transformers)
import { readFileSync } from 'node:fs';
import * as transformers from '@huggingface/transformers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { entityFeeds, openTransformer, suggestedEntities, tensors } from './head.mjs';

const [folder, text] = process.argv.slice(2);
const head = JSON.parse(readFileSync('entities.json', 'utf8'));
const embed = await openTransformer(folder, head.model, transformers);
const session = await InferenceSession.create('entities.onnx');

const passage = await embed(text);
const { probabilities } = await session.run(tensors(entityFeeds(passage), Tensor));
console.log(suggestedEntities(head, passage, probabilities.data));
