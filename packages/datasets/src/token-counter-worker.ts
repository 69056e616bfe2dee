/** A thread that counts the tokens of texts: gets `{ id, texts }`, gives `{ id, counts }`. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { countTokens, loadTokenizer } from './tokenizer.js';

const questionSchema = z.object({
  id: z.int(),
  texts: z.array(z.object({ text: z.string(), special: z.boolean() })),
});

const tokenizer = await loadTokenizer(z.string().parse(workerData));
parentPort?.on('message', (message: unknown) => {
  const { id, texts } = questionSchema.parse(message);
  parentPort?.postMessage({ id, counts: countTokens(tokenizer, texts) });
});
