/** `eval`: what retrieval finds on sets of questions, and whether packs hold what they must. */
import { type Command, InvalidArgumentError } from 'commander';
import { AtoError } from '../errors.ts';
import type { EvalReport, SetFigures } from '../eval.ts';
import type { FixtureResult } from '../view/fixtures.ts';
import { columns, counted, plain, styled } from './lines.ts';
import { type Shell, shellOf, withClient } from './shell.ts';

interface Options {
  readonly sets?: string;
  /** `true` alone when nothing follows it. */
  readonly floor?: true | readonly (string | true)[];
  readonly fixtures?: string;
}

const FAILED = 1;
const NOTHING_MEASURED = 3;

export function addEval(program: Command): void {
  program
    .command('eval')
    .argument('[set...]', 'locomo, cranfield, docs-qa, amended, poison; without one: all')
    .option('--sets <folder>', 'where the sets lie; else ATOCORE_EVAL, or ../shared/eval')
    .option(
      '--floor [floor]',
      'exit 1 below it: a JSON file, set/level.figure=value, or nothing for the own floors',
      oneMore,
    )
    .option('--fixtures <file>', 'prompts, and what the packs of this store must hold for them')
    .description('measure retrieval; exit code 1 under a floor or for a fixture that is missed')
    .action(async (names: readonly string[], options: Options, command: Command) => {
      const shell = shellOf(command);
      // Read when the sets are loaded, which happens after this.
      if (options.sets !== undefined) process.env.ATOCORE_EVAL = options.sets;
      // Fixtures alone are a question to this store, not to the sets.
      const isFixturesOnly = options.fixtures !== undefined && names.length === 0;
      const measured = await measure(isFixturesOnly ? 'none' : names, [options.floor ?? []].flat());
      const fixtures =
        options.fixtures === undefined ? undefined : await runFixtures(options.fixtures, command);
      conclude(shell, measured, fixtures);
    });
}

/** A repeatable option; commander gives `true` when nothing follows it. */
function oneMore(value: string | true, before: unknown): readonly (string | true)[] {
  if (value === '') throw new InvalidArgumentError('Expected a floor, found nothing.');
  return [...(Array.isArray(before) ? before : []), value];
}

interface Measured {
  readonly report: EvalReport;
  readonly shortfalls: readonly string[];
  readonly isAsked: boolean;
}

/** Sets that scripts of the repository measure in ways of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  factconsolidation: 'measured by test/bench/factconsolidation.ts of the repository',
  adr: 'measured by test/bench/adr.ts of the repository',
};

async function measure(
  names: readonly string[] | 'none',
  given: readonly (string | true)[],
): Promise<Measured> {
  const [
    { besideBm25, evaluate, SET_NAMES, servedWrongly },
    { readFloors, underFloors },
    { operatorModel },
  ] = await Promise.all([
    import('../eval.ts'),
    import('../eval-floors.ts'),
    import('../embedding-model.ts'),
  ]);
  const floors = await readFloors(given);
  if (names === 'none') {
    const report = { sets: [], skipped: [] };
    return { report, shortfalls: underFloors(report, floors), isAsked: false };
  }
  const known: readonly string[] = [...SET_NAMES, ...Object.keys(ELSEWHERE)];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const message = `Expected sets of ${known.join(', ')}; found ${JSON.stringify(unknown)}.`;
    throw new AtoError('usage', message);
  }
  const others = Object.fromEntries(
    Object.entries(ELSEWHERE).map(([name, skipped]) => [name, async () => ({ name, skipped })]),
  );
  const report = await evaluate(
    names.length === 0 ? SET_NAMES : names,
    others,
    operatorModel(process.env),
  );
  const shortfalls = [
    ...underFloors(report, floors),
    ...(floors.length === 0 ? [] : besideBm25(report)),
    ...servedWrongly(report),
  ];
  return { report, shortfalls, isAsked: true };
}

async function runFixtures(path: string, command: Command): Promise<readonly FixtureResult[]> {
  const [{ readFixtures }, { checkFixture }] = await Promise.all([
    import('../eval-fixtures.ts'),
    import('../view/fixtures.ts'),
  ]);
  const fixtures = await readFixtures(path);
  const results: FixtureResult[] = [];
  const { Refused } = await import('./client.ts');
  await withClient(command, async (client) => {
    for (const fixture of fixtures) {
      const { prompt, project, budget } = fixture;
      try {
        const { formatted_context: text } = await client.send<{ formatted_context: string }>(
          'POST',
          '/context/build',
          { body: { prompt, project, budget, deadline_ms: 60_000 } },
        );
        results.push(checkFixture(fixture, text));
      } catch (error) {
        // A project that nobody knows would otherwise pass whatever must be absent.
        if (!(error instanceof Refused) || error.problem.code !== 'invalid') throw error;
        const { name } = fixture;
        results.push({ name, isMet: false, missing: [error.problem.detail], unwanted: [] });
      }
    }
  });
  return results;
}

function conclude(
  shell: Shell,
  { report, shortfalls, isAsked }: Measured,
  fixtures: readonly FixtureResult[] | undefined,
): void {
  const { sets, skipped, amended, poison } = report;
  for (const { name, reason } of skipped) shell.say(`${name}: skipped: ${reason}`);
  const isMissed = fixtures?.some(({ isMet }) => !isMet) === true;
  const isMeasured = sets.length > 0 || amended !== undefined || poison !== undefined;
  if (shortfalls.length > 0 || isMissed) shell.leave(FAILED);
  else if (isAsked && !isMeasured) shell.leave(NOTHING_MEASURED);
  // Beside the sets only what there is to say: retrieval.md §5 has `sets` alone.
  const result = {
    sets,
    ...(skipped.length === 0 ? {} : { skipped }),
    ...(amended === undefined ? {} : { amended }),
    ...(poison === undefined ? {} : { poison }),
    ...(fixtures === undefined
      ? {}
      : {
          fixtures: fixtures.map(({ name, isMet: met, missing, unwanted }) => ({
            name,
            met,
            missing,
            unwanted,
          })),
        }),
    ...(shortfalls.length === 0 ? {} : { shortfalls }),
  };
  shell.show(result, () => [
    ...figureLines(sets),
    ...(amended === undefined
      ? []
      : [`amended: ${amended.packs} packs, ${amended.stale.length} former values as current`]),
    ...(poison === undefined
      ? []
      : [
          `poison: ${poison.packs} packs, ${poison.asTrusted.length} as trusted, ${poison.outside.length} outside its fence`,
        ]),
    ...(fixtures ?? []).flatMap(fixtureLines),
    ...(fixtures === undefined
      ? []
      : [
          `${fixtures.filter(({ isMet }) => isMet).length} of ${counted(fixtures.length, 'fixture')} met`,
        ]),
    ...shortfalls.map((each) => `${styled('bold', 'short')}  ${plain(each)}`),
  ]);
}

function figureLines(sets: readonly SetFigures[]): readonly string[] {
  if (sets.length === 0) return [];
  const head = ['set', 'level', 'n', '', 'recall@5', 'recall@10', 'any@5', 'nDCG@10', 'MRR', 'MAP'];
  const row = (figures: SetFigures['baselines']['bm25']) =>
    [
      figures.recall_at_5,
      figures.recall_at_10,
      figures.any_at_5,
      figures.ndcg_at_10,
      figures.mrr,
      figures.map,
    ].map((figure) => figure.toFixed(4));
  const rows = sets.flatMap((set) => [
    [set.name, set.level, String(set.n), 'atocore', ...row(set)],
    ['', '', '', 'bm25', ...row(set.baselines.bm25)],
    ['', '', '', 'grep', ...row(set.baselines.grep)],
  ]);
  return columns([head, ...rows]);
}

function fixtureLines({ name, isMet, missing, unwanted }: FixtureResult): readonly string[] {
  return [
    `${isMet ? 'met' : 'MISSED'}  ${plain(name)}`,
    ...missing.map((each) => `  expected, not there: ${plain(each)}`),
    ...unwanted.map((each) => `  there, not expected: ${plain(each)}`),
  ];
}
