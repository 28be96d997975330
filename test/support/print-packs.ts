/** A process of its own that opens a store, prints the packs of some prompts and ends. */
import { Engine } from '../../src/engine.ts';
import { buildContext } from '../../src/view/context.ts';

const [folder = '', today = '', ...prompts] = process.argv.slice(2);
const engine = await Engine.open({ folder, watch: false });
const view = await engine.ready();
for (const prompt of prompts) {
  const pack = buildContext(view, { prompt, budget: 3_000, budgetTokens: 900, today });
  process.stdout.write(`${JSON.stringify(pack)}\n`);
}
await engine.close();
