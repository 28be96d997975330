/** What comes round by itself: due by the clock that it is given, one at a time, nothing slept through. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listPlace } from '../src/backup/backup-folder.ts';
import { createApp } from '../src/http/app.ts';
import type { Health } from '../src/http/health.ts';
import { oneAtATime } from '../src/one-at-a-time.ts';
import { type Job, type JobRun, Schedule, type ScheduleMemory } from '../src/schedule.ts';
import { jobsOf, keepMemory, readMemory } from '../src/scheduled.ts';
import { REVIEWER, siteUnderTest } from './http/site-under-test.ts';

interface Clocked {
  readonly schedule: Schedule;
  /** Moves the clock on to a local time, and lets what is due run. */
  readonly at: (local: string) => Promise<readonly string[]>;
  readonly memory: () => ScheduleMemory | undefined;
}

/** A schedule that begins on the morning of 2026-11-20, whose jobs note that they ran. */
function clocked(
  jobs: Readonly<Record<string, () => Promise<string>>>,
  patterns: Readonly<Record<string, string>>,
  from: { readonly memory?: ScheduleMemory | undefined; readonly local?: string } = {},
): Clocked {
  let now = new Date(from.local ?? '2026-11-20T09:00:00');
  let memory = from.memory;
  const ran: string[] = [];
  const list = Object.entries(jobs).map(([name, run]) => ({
    name: name as Job['name'],
    pattern: patterns[name] ?? 'off',
    run: () => {
      ran.push(name);
      return run();
    },
  }));
  const keep = async (each: ScheduleMemory): Promise<void> => {
    memory = each;
  };
  const schedule = new Schedule({ jobs: list, now: () => now, memory, keep });
  return {
    schedule,
    memory: () => memory,
    async at(local) {
      now = new Date(local);
      ran.length = 0;
      await schedule.tick();
      return [...ran];
    },
  };
}

const done = async () => 'done';

/** A promise and what resolves it. */
function gate<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}

test('a job runs once when its time has come, and says when it runs next', async () => {
  const { schedule, at } = clocked({ backup: done }, { backup: '15 3 * * *' });
  assert.deepEqual(await at('2026-11-20T09:00:00'), [], 'a first start makes up for nothing');
  assert.deepEqual(await at('2026-11-21T03:14:59'), []);
  assert.equal(schedule.standing()[0]?.state, 'waiting');
  assert.deepEqual(await at('2026-11-21T03:15:07'), ['backup']);
  assert.deepEqual(await at('2026-11-21T03:15:27'), []);
  const [standing] = schedule.standing();
  assert.deepEqual([standing?.state, standing?.last?.found], ['ok', 'done']);
  assert.equal(standing?.next, new Date('2026-11-22T03:15:00').toISOString());
});

test('what was slept through runs once at the next start, however often it was due', async () => {
  const first = clocked({ backup: done }, { backup: '15 3 * * *' });
  await first.at('2026-11-20T09:00:00');
  const second = clocked(
    { backup: done },
    { backup: '15 3 * * *' },
    { memory: first.memory(), local: '2026-11-26T08:00:00' },
  );
  assert.deepEqual(await second.at('2026-11-26T08:00:20'), ['backup']);
  assert.deepEqual(await second.at('2026-11-26T08:00:40'), []);
});

test('jobs that are due together run one after the other, in their order', async () => {
  const begun: string[] = [];
  let active = 0;
  const slow = (name: string) => async () => {
    active += 1;
    assert.equal(active, 1);
    begun.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    active -= 1;
    return name;
  };
  const { schedule, at } = clocked(
    { sweep: slow('sweep'), backup: slow('backup') },
    { sweep: '0 2 * * *', backup: '0 2 * * *' },
  );
  await Promise.all([at('2026-11-21T02:00:01'), schedule.tick(), schedule.tick()]);
  assert.deepEqual(begun, ['sweep', 'backup']);
});

test('a job that fails says why, keeps nothing else from running, and is tried at its next time', async () => {
  const { schedule, at } = clocked(
    { sweep: () => Promise.reject(new Error('no disk')), backup: done },
    { sweep: '0 2 * * *', backup: '0 2 * * *' },
  );
  assert.deepEqual(await at('2026-11-21T02:00:01'), ['sweep', 'backup']);
  const [standing] = schedule.standing();
  assert.deepEqual([standing?.state, standing?.last?.found], ['failed', 'no disk']);
  assert.deepEqual(await at('2026-11-21T12:00:00'), []);
  assert.deepEqual(await at('2026-11-22T02:00:01'), ['sweep', 'backup']);
});

test('a job that is off never runs; one that cron would not take is refused with its place', async () => {
  const { schedule, at } = clocked({ drill: done }, { drill: 'off' });
  assert.deepEqual(await at('2027-11-21T02:00:01'), []);
  assert.deepEqual(schedule.standing(), [{ name: 'drill', pattern: 'off', state: 'off' }]);
  for (const pattern of ['every day', '61 3 * * *', '* * * * * *', '']) {
    assert.throws(() => clocked({ drill: done }, { drill: pattern }), {
      code: 'invalid',
      message: /schedule\.drill in atocore\.json/,
    });
  }
});

test('nothing begins after the end, which waits for what runs', async () => {
  const { promise: begun, resolve: begin } = gate<void>();
  const { promise: finished, resolve: finish } = gate<string>();
  const sweep = (): Promise<string> => {
    begin();
    return finished;
  };
  const patterns = { sweep: '0 2 * * *', backup: '0 2 * * *' };
  const { schedule, at } = clocked({ sweep, backup: done }, patterns);
  const ticking = at('2026-11-21T02:00:01');
  await begun;
  const ended = schedule.end();
  finish('swept');
  await ended;
  assert.deepEqual(await ticking, ['sweep']);
  assert.equal(schedule.standing()[0]?.last?.found, 'swept');
});

const site = await siteUnderTest({ after });
const place = { folder: join(site.folder, '../kept'), isDefault: false };
const second = { folder: join(site.folder, '../second') };

/** One run of jobs of a real store, all due at once. */
async function allDue(
  names: readonly string[] = ['sweep', 'backup', 'validate', 'drill'],
): Promise<{
  readonly schedule: Schedule;
  readonly runs: readonly JobRun[];
}> {
  const now = () => new Date();
  const jobs = jobsOf(site.engine, {
    place,
    second,
    alone: oneAtATime('the backups'),
    person: REVIEWER,
    build: '',
    now,
  });
  const runs: JobRun[] = [];
  const schedule = new Schedule({
    jobs: jobs
      .filter(({ name }) => names.includes(name))
      .map((job) => ({ ...job, pattern: '* * * * *' })),
    now,
    memory: { since: '2026-01-01T00:00:00.000Z', runs: {} },
    keep: (memory) => keepMemory(site.folder, memory),
    onRun: (_name, run) => runs.push(run),
  });
  await schedule.tick();
  return { schedule, runs };
}

async function stampsIn(folder: string): Promise<readonly string[]> {
  const listed = await listPlace({ folder, isDefault: false });
  return listed.flatMap((each) =>
    'manifest' in each && each.manifest.reason === 'scheduled' ? [each.stamp] : [],
  );
}

async function healthWith(schedule: Schedule): Promise<Health> {
  const { tokens, engine } = site;
  const app = createApp(engine, { person: REVIEWER, tokens, backups: place, schedule });
  return (await (await app.request('/health')).json()) as Health;
}

test('the jobs of a store: swept, backed up and copied, validated by a restore, drilled', async () => {
  await mkdir(place.folder);
  await mkdir(second.folder);
  const { schedule, runs } = await allDue();
  const said = [
    /^0 open conflicts$/,
    /^\d{8}T\d{6}Z\S*, \d+ files, copied to .*second$/,
    /^\d{8}T\d{6}Z\S* is valid to level 3$/,
    /^drill \d{8}T\d{6}Z passed at level 2$/,
  ];
  for (const [at, { isDone, found }] of runs.entries()) {
    assert.ok(isDone, found);
    assert.match(found, said[at] ?? /^$/);
  }
  assert.deepEqual(await readdir(second.folder), await stampsIn(place.folder));
  const health = await healthWith(schedule);
  assert.deepEqual([health.status, health.last_backup.state], ['ok', 'ok']);
  assert.deepEqual(
    health.schedule.map(({ name, state }) => [name, state]),
    ['sweep', 'backup', 'validate', 'drill'].map((name) => [name, 'ok']),
  );
  assert.deepEqual((await readMemory(site.folder))?.runs.drill, runs[3]);
});

test('a second place that is gone fails the job after the backup is made, and health shouts', async () => {
  await rm(second.folder, { recursive: true });
  const { schedule, runs } = await allDue(['backup']);
  assert.equal(runs[0]?.isDone, false);
  assert.match(runs[0]?.found ?? '', /^Made \d{8}T\d{6}Z.*second/);
  assert.equal((await healthWith(schedule)).status, 'degraded');
});

test('112: a backup folder that is gone fails the jobs that need it, and the store is untouched', async () => {
  await rm(place.folder, { recursive: true });
  const before = await readFile(join(site.folder, '.git/refs/heads/main'), 'utf8');
  const { runs } = await allDue();
  assert.deepEqual(
    runs.map(({ isDone }) => isDone),
    [true, false, false, false],
  );
  for (const { found } of runs.slice(1)) assert.match(found, /Expected .*kept/);
  assert.equal(await readFile(join(site.folder, '.git/refs/heads/main'), 'utf8'), before);
});

test('a memory that cannot be read as one is none', async () => {
  for (const text of ['', '{', '[]', 'null', '{"since": "soon", "runs": {}}']) {
    await writeFile(join(site.folder, '.atocore/schedule.json'), text);
    assert.equal(await readMemory(site.folder), undefined, text);
  }
});
