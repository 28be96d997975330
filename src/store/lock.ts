/** One daemon per store: an abstract socket, which the kernel frees at a kill, and a lock file for everyone else. */
import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import { diskError } from './disk-error.ts';
import { errorCode, ignoring } from './durable-fs.ts';
import { type Holder, parseHolder, thisHolder } from './holder.ts';
import { createLockFile, lockHolder, takeAway } from './lock-file.ts';
import type { Store } from './store.ts';

export interface StoreLock {
  readonly holder: Holder;
  /** Whether the lock file is no longer ours: somebody removed or replaced it. */
  readonly isLost: () => boolean;
  readonly release: () => Promise<void>;
}

const HEARTBEAT_MS = 5_000;
/** A holder in another container that gave no sign for this long is gone. */
const SILENCE_MS = 30_000;
const ANSWER_MS = 300;
const ATTEMPTS_MAX = 5;

/**
 * Holds the store for this process until `release`, a kill, or the end of the machine.
 * Throws `locked`, naming the process that has it, within a second.
 */
export async function lockStore(store: Store): Promise<StoreLock> {
  const holder = thisHolder();
  const socket = await listen(store, holder);
  try {
    await takeLockFile(store, holder);
  } catch (error) {
    await closed(socket);
    throw diskError(error, `lock ${store.dir}`);
  }
  let isLost = false;
  const beat = setInterval(() => {
    signOfLife(store, holder).then(
      (isOurs) => {
        isLost = !isOurs;
      },
      () => {
        // A full or failing disk doesn't take the lock away; the next beat tells.
      },
    );
  }, HEARTBEAT_MS);
  beat.unref();
  const release = async (): Promise<void> => {
    clearInterval(beat);
    try {
      if (await isOurs(store, holder))
        await ignoring(store.fs.disk.unlink(lockPath(store)), 'ENOENT');
    } finally {
      await closed(socket);
    }
  };
  return { holder, isLost: () => isLost, release };
}

function lockPath(store: Store): string {
  return join(store.dir, '.atocore', 'lock');
}

/** The abstract socket, on Linux; nothing elsewhere. */
async function listen(store: Store, holder: Holder): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined;
  const digest = createHash('sha256').update(store.dir).digest('hex').slice(0, 32);
  const path = `\0atocore-${digest}`;
  // Whoever finds the store locked asks here by whom.
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    client.end(JSON.stringify(holder));
  });
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, exclusive: true }, resolve);
    });
    return server;
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw diskError(error, `lock ${store.dir}`);
    throw locked(store, await askHolder(path));
  }
}

function askHolder(path: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    const client = connect({ path });
    let text = '';
    const done = (): void => {
      clearTimeout(limit);
      client.destroy();
      resolve(parseHolder(text));
    };
    const limit = setTimeout(done, ANSWER_MS);
    client.setEncoding('utf8');
    client.on('data', (piece: string) => {
      text += piece;
    });
    client.on('end', done);
    client.on('error', done);
  });
}

async function takeLockFile(store: Store, holder: Holder): Promise<void> {
  const { disk } = store.fs;
  await ignoring(disk.mkdir(join(store.dir, '.atocore')), 'EEXIST');
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await createLockFile(disk, lockPath(store), holder)) return;
    const found = await lockHolder(disk, lockPath(store), SILENCE_MS);
    if (found === 'none') continue;
    if (found === 'foreign') {
      throw new AtoError(
        'locked',
        `Expected a lock file of AtoCore at ${lockPath(store)}, found something else. Delete it if no AtoCore is running on this store.`,
      );
    }
    if (!found.isGone) throw locked(store, found.holder);
    await takeAway(disk, lockPath(store), found.text);
  }
  throw locked(store, undefined);
}

/** Touches the lock file, whose time is the last sign of life; false when it isn't ours any more. */
async function signOfLife(store: Store, holder: Holder): Promise<boolean> {
  if (!(await isOurs(store, holder))) return false;
  const now = new Date();
  await store.fs.disk.utimes(lockPath(store), now, now);
  return true;
}

async function isOurs(store: Store, holder: Holder): Promise<boolean> {
  const found = await lockHolder(store.fs.disk, lockPath(store), SILENCE_MS);
  return typeof found === 'object' && JSON.stringify(found.holder) === JSON.stringify(holder);
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}

function locked(store: Store, holder: Holder | undefined): AtoError {
  const who =
    holder === undefined
      ? 'another process'
      : `pid ${holder.pid} on ${holder.host} since ${holder.since}`;
  return new AtoError(
    'locked',
    `The store ${store.dir} is locked by ${who}. Stop that AtoCore, or talk to it instead of starting another.`,
    { extra: holder === undefined ? {} : { pid: holder.pid, host: holder.host } },
  );
}
