/** What was read before, by path and oid: a file is parsed again only when its bytes or a plugin changed. */
import { formatProposal, type Proposal } from '../model/records.ts';
import type { ParsedFile } from '../model/snapshot.ts';
import type { Oid, Plugin, RecordId, StorePath } from '../plugin.ts';

interface Remembered<Value> {
  readonly oid: Oid;
  readonly value: Value;
}

/** Keeps one version for each path. Forgetting costs time, never a different result (invariant 10). */
export class Memo {
  readonly #values = new Map<StorePath, Remembered<unknown>>();
  readonly #formatted = new Map<RecordId, { readonly key: string; readonly text: string }>();
  readonly #parsed = new Map<StorePath, ParsedFile>();

  /** The parsed source or capture, when these very bytes were parsed. */
  parsed(path: StorePath, oid: Oid): ParsedFile | undefined {
    const found = this.#parsed.get(path);
    return found?.oid === oid ? found : undefined;
  }

  rememberParsed(parsed: ParsedFile): void {
    this.#parsed.set(parsed.path, parsed);
  }

  /** What these bytes gave last time, or what `make` gives now. */
  read<Value>(path: StorePath, oid: Oid, make: () => Value): Value {
    const found = this.#values.get(path);
    // One path is always read by the same function, so the type is the one put in.
    if (found?.oid === oid) return found.value as Value;
    const value = make();
    this.#values.set(path, { oid, value });
    return value;
  }

  /** The file of a proposal; formatting it is the dearest step of settling. */
  format(proposal: Proposal): string {
    const key = JSON.stringify(proposal);
    const found = this.#formatted.get(proposal.id);
    if (found?.key === key) return found.text;
    const text = formatProposal(proposal);
    this.#formatted.set(proposal.id, { key, text });
    return text;
  }

  /** True when nothing needs the bytes of this version of a file. */
  knows(path: StorePath, oid: Oid): boolean {
    return this.#parsed.get(path)?.oid === oid || this.#values.get(path)?.oid === oid;
  }

  /** Drops every path that is not among those given. */
  keepOnly(paths: ReadonlyMap<StorePath, unknown>): void {
    for (const path of this.#values.keys()) if (!paths.has(path)) this.#values.delete(path);
    for (const path of this.#parsed.keys()) if (!paths.has(path)) this.#parsed.delete(path);
  }

  /** What may be put away and read back: the parsed files, in order of path. */
  entries(): readonly ParsedFile[] {
    return [...this.#parsed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** Changes whenever what is remembered may no longer hold: plugins, their versions, the format. */
export function memoKey(plugins: readonly Plugin[], options: unknown): string {
  const versions = plugins.map((plugin) => `${plugin.name}@${plugin.version}`).join(' ');
  return `memo-1 ${versions} ${JSON.stringify(options)}`;
}
