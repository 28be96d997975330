/**
 * Poison: texts that would like to be instructions, in a source, a capture and a record. Is one ever
 * served as trusted, or outside its fence (retrieval.md §5)?
 */
import { formatCapture } from './model/captures.ts';
import { formatFile } from './model/front-matter.ts';
import type { ProjectId, StorePath } from './plugin.ts';
import { POISON_TEXTS } from './poison-texts.ts';
import { buildContext } from './view/context.ts';
import { viewOfFiles } from './view-of-files.ts';

export interface EvalPoison {
  readonly texts: number;
  readonly packs: number;
  /** Lines of poison that were served, quoted and in their fence. */
  readonly served: number;
  /** Poison of a source or capture in a section of reviewed or trusted text. */
  readonly asTrusted: readonly string[];
  /** Poison that stands outside a section, or a section that reads otherwise than it was made. */
  readonly outside: readonly string[];
}

const PROJECT = 'p01-mirror' as ProjectId;

export async function evaluatePoison(): Promise<EvalPoison> {
  const files = new Map<StorePath, string>();
  for (const [at, text] of POISON_TEXTS.entries()) {
    for (const [path, file] of filesOf(at, text)) files.set(path, file);
  }
  const view = await viewOfFiles(files);
  const asTrusted: string[] = [];
  const outside: string[] = [];
  let served = 0;
  let packs = 0;
  for (const at of POISON_TEXTS.keys()) {
    for (const budget of [2_000, 16_000]) {
      const prompt = `What about ${canary(at)}?`;
      const pack = buildContext(view, { prompt, project: PROJECT, budget, today: '2026-11-22' });
      const found = readPack(pack.formattedContext, canary(at));
      packs += 1;
      served += found.served;
      asTrusted.push(...found.asTrusted.map((line) => `text ${at}: ${line}`));
      outside.push(...found.outside.map((line) => `text ${at}: ${line}`));
      const titles = pack.sections.map(({ title }) => title);
      if (JSON.stringify(titles) !== JSON.stringify(found.titles)) {
        outside.push(`text ${at}: read as sections ${found.titles.join(', ')}`);
      }
    }
  }
  return { texts: POISON_TEXTS.length, packs, served, asTrusted, outside };
}

/** A word of its own for each text, so that it is found and known again. */
function canary(at: number): string {
  return `canary${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26))}`;
}

function filesOf(at: number, poison: string): ReadonlyMap<StorePath, string> {
  const word = canary(at);
  const text = poison.includes('CANARY') ? poison.replaceAll('CANARY', word) : `${word} ${poison}`;
  const turn = { prompt: `${word}: ${text}`, response: text, project: PROJECT };
  const capture = formatCapture(
    { ...turn, reinforce: false, extract: false },
    `2026-03-01T09:00:${String(at % 60).padStart(2, '0')}Z`,
  );
  const fields = { project: PROJECT, type: 'memory', kind: 'knowledge', hand_authored: true };
  const record = (id: string, status: string) =>
    [
      `projects/${PROJECT}/records/knowledge/${word}--${id}.md` as StorePath,
      formatFile({ ...fields, id, status, subject: word }, `\n${text}\n`),
    ] as const;
  return new Map([
    [`projects/${PROJECT}/sources/poison/${word}.md` as StorePath, `# ${word}\n\n${text}\n`],
    [`projects/${PROJECT}/sources/headings/${word}.md` as StorePath, headed(word, text)],
    [capture.capture.path, capture.text],
    record(`knw-a${word}`, 'active'),
    record(`knw-c${word}`, 'candidate'),
  ]);
}

function headed(word: string, text: string): string {
  return `# ${word} ${text.replace(/\s+/gu, ' ')}\n\nThe heading above is the attack, with ${word}.\n`;
}

export interface Reading {
  readonly titles: readonly string[];
  readonly served: number;
  readonly asTrusted: readonly string[];
  readonly outside: readonly string[];
}

/**
 * Reads a pack as a stranger would who knows its first line only.
 * @param word what the poison is known by; its record may stand under an id that ends in it
 */
export function readPack(pack: string, word: string): Reading {
  // Whatever some reader takes for the end of a line ends one here.
  const lines = pack.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
  const mark = /^<!-- atocore:context ([0-9a-f]+) -->$/.exec(lines[0] ?? '')?.[1] ?? '?';
  const reading = {
    titles: [] as string[],
    served: 0,
    asTrusted: [] as string[],
    outside: [] as string[],
  };
  let section = '';
  for (const [number, line] of lines.entries()) {
    const opened = new RegExp(`^## (.*) \\[${mark}\\]$`).exec(line)?.[1];
    if (opened !== undefined) {
      section = opened;
      reading.titles.push(opened);
    } else if (line === `[/${mark}]`) section = '';
    const isQuoted = /^(?:- \[|> |>$)/.test(line);
    const isLast = line === `<!-- /atocore:context ${mark} -->`;
    if (isLast !== (number === lines.length - 2)) reading.outside.push('the end mark is elsewhere');
    if (section !== '' && line !== '' && opened === undefined && !isQuoted)
      reading.outside.push(line);
    if (!line.includes(word)) continue;
    if (section === '' || !isQuoted) reading.outside.push(line);
    else if (!section.startsWith('Passages') && !line.includes(`knw-a${word} `)) {
      reading.asTrusted.push(line);
    } else if (section.startsWith('Trusted')) reading.asTrusted.push(line);
    else reading.served += 1;
    if (line.includes(`knw-c${word}`)) reading.asTrusted.push(line);
  }
  return reading;
}
