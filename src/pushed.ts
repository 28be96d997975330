/** What follows when somebody says that a repository was pushed: a sync, or the refresh of projects. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './decisions.ts';
import type { Engine } from './engine.ts';
import { isAtoError } from './errors.ts';
import type { Project, Root } from './model/projects.ts';
import type { ProjectId } from './plugin.ts';
import { type Clone, cloneAround, followedBranch, pullForward } from './pull-root.ts';
import { repositoryName } from './repository-name.ts';

/** A hint, and no more: what is there is looked at. */
export interface Pushed {
  readonly branch: string;
  /** Every name that the sender gives the repository. */
  readonly urls: readonly string[];
}

export interface PushedWorkParts {
  readonly engine: Engine;
  /** Whom commits name. */
  readonly person: Person;
  readonly log: (line: string) => void;
}

/** The wave of a refresh that a push set off. */
export const PUSHED_WAVE = 'pushed';
const BUSY_MS = 1_000;
const BUSY_ATTEMPTS = 60;
/** Pushes that wait while one is worked on; one of a repository that waits already adds nothing. */
const WAITING_MAX = 100;

/** One push after the other, beside everything else. */
export class PushedWork {
  readonly #parts: PushedWorkParts;
  readonly #waiting = new Map<string, Pushed>();
  readonly #ended = new AbortController();
  #working: Promise<void> | undefined;

  constructor(parts: PushedWorkParts) {
    this.#parts = parts;
  }

  /** Puts a push in line; false when too many wait. */
  take(push: Pushed): boolean {
    const key = `${push.branch} ${[...push.urls].sort().join(' ')}`;
    if (this.#ended.signal.aborted) return false;
    if (this.#waiting.size >= WAITING_MAX && !this.#waiting.has(key)) return false;
    this.#waiting.set(key, push);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return true;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Nothing begins any more; resolves when what is under way is done. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    // Behind the answer to whoever told of it.
    await sleep(0);
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || this.#ended.signal.aborted) return;
      this.#waiting.delete(next[0]);
      try {
        await this.#follow(next[1]);
      } catch (error) {
        this.#say(`failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async #follow({ branch, urls }: Pushed): Promise<void> {
    const { engine, person } = this.#parts;
    const names = new Set(urls.map(repositoryName));
    const standing = await engine.sync.standing();
    const isUpstream =
      standing.upstream !== undefined && names.has(repositoryName(standing.upstream));
    if (isUpstream && standing.branch === branch) {
      const { came, went } = await this.#whenFree(() => engine.sync.run(person));
      this.#say(`the upstream was pushed: ${came} commits came, ${went} went`);
    }
    const found = await this.#projectsOf(names, branch);
    for (const { project, clones } of found) await this.#refresh(project.id, clones);
    if (!isUpstream && found.length === 0) {
      this.#say(`nothing here is of ${[...names].sort().join(', ')}, branch ${branch}`);
    }
  }

  async #refresh(id: ProjectId, clones: readonly Clone[]): Promise<void> {
    const { engine, person } = this.#parts;
    for (const clone of clones) {
      // What can't be pulled cleanly is left alone, and refreshed as it stands.
      await pullForward(clone).catch((error: Error) => this.#say(`not pulled: ${error.message}`));
    }
    const options = { wave: PUSHED_WAVE };
    const { status } = await this.#whenFree(() => engine.refreshProject(id, options, person));
    this.#say(`project ${id} was refreshed: ${status}`);
  }

  /** Projects of that repository, each with the clones of it that may be pulled. */
  async #projectsOf(
    names: ReadonlySet<string>,
    branch: string,
  ): Promise<readonly { readonly project: Project; readonly clones: readonly Clone[] }[]> {
    const view = this.#parts.engine.view ?? (await this.#parts.engine.ready());
    const found: { project: Project; clones: Clone[] }[] = [];
    for (const project of view.settlement.registry.projects.values()) {
      const isNamed = project.repositories.some((url) => names.has(repositoryName(url)));
      const roots = await rootsIn(project, names, branch);
      if (!isNamed && roots.length === 0) continue;
      const pulled = roots.filter(({ root }) => project.pulled.includes(root.label));
      const clones = new Map(pulled.map(({ clone }) => [clone.dir, clone]));
      found.push({ project, clones: [...clones.values()] });
    }
    return found;
  }

  /** Other work on the store is waited for. */
  async #whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isAtoError(error, 'busy') || attempt === BUSY_ATTEMPTS) throw error;
        await sleep(BUSY_MS, undefined, { signal: this.#ended.signal });
      }
    }
  }

  #say(what: string): void {
    this.#parts.log(`push: ${what}`);
  }
}

/** Roots in a clone of that repository whose checked-out branch follows the pushed one. */
async function rootsIn(
  project: Project,
  names: ReadonlySet<string>,
  branch: string,
): Promise<readonly { readonly root: Root; readonly clone: Clone }[]> {
  const found: { root: Root; clone: Clone }[] = [];
  for (const root of project.roots) {
    const path = root.path.startsWith('~/') ? join(homedir(), root.path.slice(2)) : root.path;
    const clone = await cloneAround(path);
    const isOf = clone?.urls.some((url) => names.has(repositoryName(url))) === true;
    if (clone === undefined || !isOf || (await followedBranch(clone)) !== branch) continue;
    found.push({ root, clone });
  }
  return found;
}
