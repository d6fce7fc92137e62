// node example-class.mjs CLASS MODEL_FOLDER "some text"   (npm install onnxruntime-node @huggingface/transformers)
import { readFileSync } from 'node:fs';
import * as transformers from '@huggingface/transformers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { classFeeds, distributions, openTransformer, tensors } from './head.mjs';

const [name, folder, text] = process.argv.slice(2);
const head = JSON.parse(readFileSync(`${name}.json`, 'utf8'));
const embed = await openTransformer(folder, head.model, transformers);
const session = await InferenceSession.create(`${name}.onnx`);

const passage = await embed(text);
const { probabilities } = await session.run(tensors(classFeeds(passage), Tensor));
console.log(distributions(head, probabilities.data)[0]);
