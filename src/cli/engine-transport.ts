/** The engine in this process, asked through the same application as a daemon's. */
import { homedir } from 'node:os';
import { Engine } from '../engine.ts';
import { createApp } from '../http/app.ts';
import { passingTokens } from '../http/tokens.ts';
import { SpoolDelivery } from '../spool-delivery.ts';
import { spoolFolder } from '../user-folders.ts';
import { openVectors } from '../vectors.ts';
import type { Transport } from './client.ts';
import { personHere } from './person.ts';
import type { Shell } from './shell.ts';
import type { FoundStore } from './store-folder.ts';

/** AtoError `locked`, `not-a-store`, `newer-format`, `invalid`. */
export async function engineTransport(found: FoundStore, shell: Shell): Promise<Transport> {
  const engine = await Engine.open({ folder: found.folder, watch: false });
  const notice = setTimeout(() => shell.say('Reading the store…'), 1_000);
  try {
    await engine.ready();
    const tokens = passingTokens();
    const vectors = await openVectors(engine, process.env);
    // Looked at, not delivered: that is the daemon's.
    const spool = new SpoolDelivery({
      engine,
      folder: spoolFolder(process.env),
      homeFolder: homedir(),
      now: () => new Date(),
    });
    const app = createApp(engine, {
      vectors,
      spool,
      person: await personHere(found.folder),
      tokens,
      log: (line) => shell.say(line),
    });
    return {
      fetchFrom: (path, init) => app.request(path, init),
      tokenOf: async (scope) => tokens[scope],
      close: async () => {
        await vectors?.close();
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  } finally {
    clearTimeout(notice);
  }
}
