/** The context packs that a drill compares: a fixed set of prompts, asked of one view. */
import type { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import type { Oid } from './plugin.ts';
import { buildContext, type Pack } from './view/context.ts';

export interface DrillPack {
  readonly prompt: string;
  readonly text: string;
  readonly pack: Pack;
}

const PROJECTS_ASKED_MAX = 8;

/** One pack for each prompt; without prompts, two about each of the first projects. */
export function packsOf(
  engine: Engine,
  now: Date,
  prompts?: readonly string[],
): { readonly revision: Oid; readonly packs: readonly DrillPack[] } {
  const { view } = engine;
  if (view === undefined) throw new TypeError('asked before the first view');
  const titles = [...view.settlement.registry.projects.values()]
    .map(({ title }) => title)
    .sort()
    .slice(0, PROJECTS_ASKED_MAX);
  const asked = prompts ?? [
    'What is the present status?',
    ...titles.flatMap((title) => [`What was decided in ${title}?`, `What does ${title} require?`]),
  ];
  const today = now.toISOString().slice(0, 10);
  const { context: budget } = view.config.budgets;
  const packs = asked.map((prompt) => {
    const pack = buildContext(view, { prompt, budget, today });
    return { prompt, text: pack.formattedContext, pack };
  });
  return { revision: view.revision, packs };
}

/** The pack with its revision, the marks made of it, and the days of its files left out. */
export function withoutRevision({ prompt, text, pack }: DrillPack): DrillPack {
  const [, mark = ''] = /^<!-- atocore:context ([0-9a-f]+) -->/.exec(text) ?? [];
  let plain = text.replaceAll(pack.revision.slice(0, 12), '<revision>');
  if (mark !== '') plain = plain.replaceAll(mark, '<mark>');
  for (const { entries } of pack.sections) {
    for (const entry of entries) {
      if (entry.date === '') continue;
      const undated = entry.text.replace(`${entry.date}]`, '<day>]');
      plain = plain.replace(entry.text, () => undated);
    }
  }
  return { prompt, text: plain, pack };
}

/** AtoError `verification-failed`, naming the prompt; both packs are in `extra`. */
export function assertSamePacks(
  expected: readonly Pick<DrillPack, 'prompt' | 'text'>[],
  found: readonly Pick<DrillPack, 'prompt' | 'text'>[],
): void {
  expected.forEach(({ prompt, text }, n) => {
    if (found[n]?.text === text) return;
    throw new AtoError(
      'verification-failed',
      `Expected the same pack for ${JSON.stringify(prompt)}, found another.`,
      { extra: { expected: text, found: found[n]?.text } },
    );
  });
}
