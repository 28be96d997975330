/** The pipeline's thread: parses and extracts, one file after the other, so that no file stalls a reader. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadPlugins } from './config.ts';
import type { StoreFile } from './model/snapshot.ts';
import type { StoreConfig } from './model/store-config.ts';
import { parseFile } from './pipeline/parse-file.ts';

/** What the thread is started with. */
export interface WorkerSettings {
  readonly config: StoreConfig;
  /** Plugins of the operator: name to package or path. */
  readonly operatorPlugins: Readonly<Record<string, string>>;
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread only');
const { config, operatorPlugins } = workerData as WorkerSettings;
const plugins = await loadPlugins(config, operatorPlugins);

port.on('message', (file: StoreFile & { readonly bytes: Uint8Array }) => {
  port.postMessage(parseFile(file, plugins, config.limits));
});
port.postMessage('ready');
