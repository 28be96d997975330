/**
 * Starts one of our worker threads: from the build, or from source as tests run it. Tests name the
 * folder of a build of the same source in ATOCORE_BUILT_THREADS, since that starts in a quarter of the time.
 */
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** The modules that are built to run as a thread, by file name. */
export type ThreadName = 'worker' | 'check-worker' | 'secret-worker';

export function newThread(name: ThreadName, workerData: unknown): Worker {
  const here = import.meta.filename;
  if (!here.endsWith('.ts')) return new Worker(join(dirname(here), `${name}.js`), { workerData });
  const { ATOCORE_BUILT_THREADS: built } = process.env;
  if (built !== undefined) return new Worker(join(built, `${name}.js`), { workerData });
  // Node 20 gives a thread no loader of its own.
  const source = pathToFileURL(join(dirname(here), `${name}.ts`)).href;
  const boot = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(boot, { eval: true, workerData });
}
