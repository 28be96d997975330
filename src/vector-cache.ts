/** Vectors by the digest of their text, in `.atocore/vectors/`: what was asked once is not asked again. */
import { createHash } from 'node:crypto';
import { access, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from './store/disk-error.ts';
import { errorCode } from './store/durable-fs.ts';

const DIGEST_BYTES = 32;
const FLOAT_BYTES = 4;

/** The key of a text: its SHA-256, in hexadecimal. */
export function textKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * A file for each model and length: digest and 32-bit floats, one behind the other, only ever added
 * to. A stop in the middle of writing leaves a torn end, which is not read.
 */
export class VectorCache {
  readonly #folder: string | undefined;
  readonly #model: string;
  readonly #vectors = new Map<string, Float32Array>();
  #length: number | undefined;
  /** Whole vectors end here: what is torn behind it is written over. */
  #endBytes = 0;

  private constructor(folder: string | undefined, model: string) {
    this.#folder = folder && join(folder, '.atocore', 'vectors');
    this.#model = model;
  }

  /** What was kept of a model; nothing where nothing was. */
  static async open(folder: string, model: string): Promise<VectorCache> {
    const cache = new VectorCache(folder, model);
    await cache.#read();
    return cache;
  }

  /** One that nothing outlives. */
  static inMemory(model: string): VectorCache {
    return new VectorCache(undefined, model);
  }

  get(key: string): Float32Array | undefined {
    return this.#vectors.get(key);
  }

  /** Adds vectors of one length. Those of another length than before are another model's: all of those go. */
  async add(entries: readonly (readonly [string, Float32Array])[]): Promise<void> {
    const length = entries[0]?.[1].length;
    if (length === undefined) return;
    if (length !== this.#length) {
      this.#vectors.clear();
      this.#length = length;
      this.#endBytes = 0;
    }
    const pieces: Uint8Array[] = [];
    for (const [key, vector] of entries) {
      this.#vectors.set(key, vector);
      pieces.push(
        Buffer.from(key, 'hex'),
        new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      );
    }
    if (this.#folder !== undefined) await this.#write(this.#folder, Buffer.concat(pieces));
  }

  async #write(folder: string, bytes: Buffer): Promise<void> {
    const path = this.#path(folder);
    try {
      await mkdir(folder, { recursive: true });
      // The folder may vanish at any time: what was kept is then kept no more.
      const isThere = this.#endBytes > 0 && (await exists(path));
      if (!isThere) this.#endBytes = 0;
      const file = await open(path, isThere ? 'r+' : 'w');
      try {
        const head = isThere ? Buffer.alloc(0) : this.#head();
        const whole = Buffer.concat([head, bytes]);
        await file.write(whole, 0, whole.length, this.#endBytes);
        this.#endBytes += whole.length;
        await file.truncate(this.#endBytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw diskError(error, `write ${path}`);
    }
  }

  async #read(): Promise<void> {
    if (this.#folder === undefined) return;
    const path = this.#path(this.#folder);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw diskError(error, `read ${path}`);
    }
    const length = bytes.length < FLOAT_BYTES ? 0 : bytes.readUInt32LE(0);
    const size = DIGEST_BYTES + length * FLOAT_BYTES;
    if (length === 0 || length > 65_536) return;
    this.#length = length;
    let at = FLOAT_BYTES;
    for (; at + size <= bytes.length; at += size) {
      const key = bytes.toString('hex', at, at + DIGEST_BYTES);
      // A copy: floats must begin at a multiple of four.
      const floats = new Uint8Array(bytes.subarray(at + DIGEST_BYTES, at + size));
      this.#vectors.set(key, new Float32Array(floats.buffer));
    }
    this.#endBytes = at;
  }

  #head(): Buffer {
    const head = Buffer.alloc(FLOAT_BYTES);
    head.writeUInt32LE(this.#length ?? 0);
    return head;
  }

  #path(folder: string): string {
    const name = this.#model
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 40);
    return join(folder, `${name}-${textKey(this.#model).slice(0, 12)}.bin`);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
