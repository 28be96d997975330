/** What every resource is given: the engine, the clock, who decides. */
import type { BackupPlace } from '../backup/backup-folder.ts';
import type { Second } from '../backup-flow.ts';
import type { Engine, Person } from '../engine.ts';
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import { canonicalProject } from '../model/projects.ts';
import type { Alone } from '../one-at-a-time.ts';
import type { ProjectId } from '../plugin.ts';
import type { PushedWork } from '../pushed.ts';
import type { Schedule } from '../schedule.ts';
import type { SpoolDelivery } from '../spool-delivery.ts';
import type { Vectors } from '../vectors.ts';
import type { View } from '../view/view.ts';
import type { Metrics } from './metrics.ts';
import { readPerson } from './read-person.ts';

export interface Site {
  readonly engine: Engine;
  readonly now: () => Date;
  /** Whom a commit names when a request doesn't say who decided. */
  readonly person: Person;
  /** What `~` in a root stands for. */
  readonly homeFolder: string;
  readonly pendingCapturesMax: number;
  /** Where backups lie. */
  readonly backups: BackupPlace;
  /** Where each backup is copied to; none where nobody named a place. */
  readonly second?: Second | undefined;
  /** Likeness of meaning, where the operator has a model. */
  readonly vectors?: Vectors | undefined;
  /** Captures that hooks left; none where nobody looks after them. */
  readonly spool?: SpoolDelivery | undefined;
  /** Work on the backups, one piece at a time. */
  readonly alone: Alone;
  /** What comes round by itself; none without a daemon. */
  readonly schedule?: Schedule | undefined;
  /** What pushes of other repositories set off; none without a daemon. */
  readonly pushed?: PushedWork | undefined;
  /** What webhooks are signed with; none where nobody set one. */
  readonly webhookSecret?: string | undefined;
  /** Whether requests need a token. */
  readonly auth: 'token' | 'none';
  /** What the daemon counts; none where nothing runs long enough to count. */
  readonly metrics?: Metrics;
  /** Ends what would otherwise stay open: streams of events. */
  readonly ended?: AbortSignal;
}

/** The published view. AtoError `busy` before the first one. */
export function viewOf({ engine }: Site): View {
  if (engine.view !== undefined) return engine.view;
  throw new AtoError(
    'busy',
    'Expected a settled store, found it still being read. Try again soon.',
  );
}

/** `2026-11-22`. */
export function todayOf({ now }: Site): string {
  return now().toISOString().slice(0, 10);
}

/** The project that a name in a URL means, in any spelling. AtoError `not-found`. */
export function projectInUrl(view: View, name: string): ProjectId {
  return named(view, name, 'not-found');
}

/** The project that a name in a body means, in any spelling. AtoError `invalid`. */
export function projectInBody(view: View, name: string): ProjectId {
  return named(view, name, 'invalid');
}

function named(view: View, name: string, code: 'not-found' | 'invalid'): ProjectId {
  const { registry } = view.settlement;
  const id = canonicalProject(registry, name);
  if (id !== undefined) return id;
  const known = [...registry.projects.keys()].slice(0, 12).join(', ');
  throw new AtoError(
    code,
    `Expected the id, title or alias of a project, found ${quote(name)}. Known are: ${known}.`,
  );
}

/** `Name <address>` as a person; the site's own when nothing is said. AtoError `invalid`. */
export function personOf(site: Site, actor: string | undefined): Person {
  if (actor === undefined) return site.person;
  const person = readPerson(actor);
  if (person !== undefined) return person;
  throw new AtoError('invalid', `Expected \`actor\` as "Name <address>", found ${quote(actor)}.`);
}
