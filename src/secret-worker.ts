/** A thread that takes secrets out of long texts, and runs the patterns of stores: it can be stopped. */
import { parentPort, workerData } from 'node:worker_threads';
import { cleanText, type OwnPattern } from './secrets/clean-text.ts';

/** What the thread is asked; one at a time. */
export type CleanAsk = readonly string[];

/** Each text without its secrets, and how often each kind was taken out. */
export type CleanAnswer = readonly {
  readonly text: string;
  readonly removed: ReadonlyMap<string, number>;
}[];

const own = workerData as readonly OwnPattern[];

parentPort?.on('message', (texts: CleanAsk) => {
  void answer(texts);
});

parentPort?.postMessage('ready');

async function answer(texts: CleanAsk): Promise<void> {
  const cleaned: CleanAnswer[number][] = [];
  for (const text of texts) cleaned.push(await cleanText(text, own));
  parentPort?.postMessage(cleaned);
}
