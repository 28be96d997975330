/** A process that captures as fast as it can and says what was acknowledged, until it is killed. */
import { writeSync } from 'node:fs';
import { Engine } from '../../src/engine.ts';

const [folder = '', run = ''] = process.argv.slice(2);
const engine = await Engine.open({ folder, watch: true });
await engine.ready();
let next = 0;
const work = async (): Promise<void> => {
  for (;;) {
    const prompt = `Turn ${run}-${next++}: how far are the supports?`;
    const { capture } = await engine.capture({ prompt, project: 'p05', session_id: run });
    // Synchronous, so that what is said was acknowledged before it was said.
    writeSync(1, `${capture.id}\n`);
  }
};
await Promise.all([work(), work(), work(), work()]);
