/** Floors of an evaluation as an operator gives them: a file, or `set[/level].figure=value`. */
import { readFile } from 'node:fs/promises';
import { AtoError } from './errors.ts';
import { type EvalReport, FLOORS } from './eval.ts';
import { quote } from './model/names.ts';
import type { Figures } from './view/figures.ts';

export interface Floor {
  readonly name: string;
  /** Every level of the set when left out. */
  readonly level?: string;
  readonly figure: keyof Figures;
  /** Between 0 and 1. */
  readonly floor: number;
}

const FIGURES: readonly (keyof Figures)[] = [
  'recall_at_5',
  'recall_at_10',
  'any_at_5',
  'ndcg_at_10',
  'mrr',
  'map',
];

/** `true` stands for the project's own floors. AtoError `usage`, `not-found`. */
export async function readFloors(given: readonly (string | true)[]): Promise<readonly Floor[]> {
  const all = await Promise.all(
    given.map(async (each) => {
      if (each === true) return FLOORS;
      return each.includes('=') ? [floorOfText(each)] : floorsOfFile(each);
    }),
  );
  return all.flat();
}

function floorOfText(text: string): Floor {
  const [, name, level, figure, value] =
    /^([a-z-]+)(?:\/([a-z-]+))?\.([a-z0-9_]+)=(\d*\.?\d+)$/.exec(text) ?? [];
  return checked({ name, level, figure, floor: Number(value ?? Number.NaN) }, quote(text));
}

async function floorsOfFile(path: string): Promise<readonly Floor[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const message = `Expected a JSON file of floors at ${path}, or a floor such as locomo/turn.recall_at_10=0.72, found: ${found}.`;
    throw new AtoError(error instanceof SyntaxError ? 'usage' : 'not-found', message);
  }
  if (!Array.isArray(value)) {
    throw new AtoError(
      'usage',
      `Expected a list of {name, level?, figure, floor} in ${path}, found something else.`,
    );
  }
  return value.map((each, at) =>
    checked((each ?? {}) as Readonly<Record<string, unknown>>, `entry ${at} of ${path}`),
  );
}

function checked(
  { name, level, figure, floor }: Readonly<Record<string, unknown>>,
  where: string,
): Floor {
  const known = FIGURES.find((each) => each === figure);
  const isLevel = level === undefined || typeof level === 'string';
  const isFloor = typeof floor === 'number' && floor >= 0 && floor <= 1;
  if (typeof name === 'string' && isLevel && known !== undefined && isFloor) {
    return { name, figure: known, floor, ...(level === undefined ? {} : { level }) };
  }
  throw new AtoError(
    'usage',
    `Expected a floor as set[/level].figure=value, the figure one of ${FIGURES.join(', ')} and the value between 0 and 1, found ${where}.`,
  );
}

/** Floors that a report stays under, in words; a set that was not measured meets none. */
export function underFloors(report: EvalReport, floors: readonly Floor[]): readonly string[] {
  return floors.flatMap(({ name, level, figure, floor }) => {
    const shown = `${name}${level === undefined ? '' : ` (${level})`}`;
    const sets = report.sets.filter(
      (each) => each.name === name && (level === undefined || each.level === level),
    );
    if (sets.length === 0) {
      return [`${shown}: expected ${figure} of at least ${floor}, found that it was not measured`];
    }
    return sets
      .filter((set) => set[figure] < floor)
      .map(
        (set) =>
          `${name} (${set.level}): expected ${figure} of at least ${floor}, found ${set[figure].toFixed(4)}`,
      );
  });
}
