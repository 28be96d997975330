/** The evaluation sets as documents, queries and gold; read from where they lie, never copied. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { byText } from './model/names.ts';

export interface EvalDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What the document is a part of, and its place there. */
  readonly source: string;
  readonly ordinal: number;
  readonly ordinals: number;
}

export interface EvalQuery {
  readonly id: string;
  readonly text: string;
  readonly gold: ReadonlySet<string>;
  readonly category: string;
}

/** Documents that are searched together, and the questions about them. */
export interface EvalCollection {
  readonly name: string;
  readonly documents: readonly EvalDocument[];
  readonly queries: readonly EvalQuery[];
}

/** Where the sets lie: `ATOCORE_EVAL`, or beside the project. */
export const EVAL_FOLDER = path.resolve(process.env.ATOCORE_EVAL ?? '../shared/eval');

/** Why a set cannot be used here, or `false`: what `node:test` takes as `skip`. */
export function missing(
  set: 'locomo' | 'cranfield' | 'docs-qa' | 'factconsolidation',
): string | false {
  const folder = path.join(EVAL_FOLDER, set);
  return existsSync(folder)
    ? false
    : `evaluation data not found at ${folder}; set ATOCORE_EVAL to its folder`;
}

/** 1,400 abstracts (title and text), 225 queries numbered by their order; judgements of -1 are dropped. */
export function cranfield(): EvalCollection {
  const read = (name: string) => readFileSync(path.join(EVAL_FOLDER, 'cranfield', name), 'utf8');
  const gold = new Map<string, Set<string>>();
  for (const line of read('cranqrel').split('\n')) {
    const [query, document, code] = line.trim().split(/\s+/);
    if (query === undefined || document === undefined || code === '-1') continue;
    const found = gold.get(query) ?? new Set();
    gold.set(query, found.add(document));
  }
  const documents = entries(read('cran.all.1400')).map((entry) => ({
    id: entry.id,
    title: '',
    text: `${entry.fields.get('T') ?? ''}${entry.fields.get('W') ?? ''}`,
    source: entry.id,
    ordinal: 0,
    ordinals: 1,
  }));
  const queries = entries(read('cran.qry')).map((entry, index) => ({
    id: String(index + 1),
    text: entry.fields.get('W') ?? '',
    gold: gold.get(String(index + 1)) ?? new Set<string>(),
    category: 'all',
  }));
  return { name: 'cranfield', documents, queries: queries.filter(({ gold }) => gold.size > 0) };
}

function entries(text: string): { id: string; fields: ReadonlyMap<string, string> }[] {
  return text
    .split(/^\.I /m)
    .slice(1)
    .map((entry) => {
      const [id = '', ...lines] = entry.split('\n');
      const fields = new Map<string, string>();
      let field = '';
      for (const line of lines) {
        const start = /^\.([A-Z])\s*$/.exec(line)?.[1];
        if (start === undefined) fields.set(field, `${fields.get(field) ?? ''}${line}\n`);
        else field = start;
      }
      return { id: id.trim(), fields };
    });
}

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text?: string;
  readonly blip_caption?: string;
}

interface Dialogue {
  readonly sample_id: string;
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly qa: readonly {
    readonly question: string;
    readonly evidence?: readonly string[];
    readonly category: number;
  }[];
}

/** A collection for each dialogue; a document for each turn or each session. */
export function locomo(level: 'turn' | 'session'): readonly EvalCollection[] {
  const file = path.join(EVAL_FOLDER, 'locomo', 'locomo-dev.json');
  const dialogues = JSON.parse(readFileSync(file, 'utf8')) as readonly Dialogue[];
  return dialogues.map((dialogue) => {
    const sessions = sessionsOf(dialogue);
    const known = new Set(sessions.flatMap(({ turns }) => turns.map(({ dia_id }) => dia_id)));
    const queries = dialogue.qa.flatMap(({ question, evidence, category }, index) => {
      const turns = turnIds(evidence ?? []).filter((id) => known.has(id));
      const gold = new Set(level === 'turn' ? turns : turns.map((id) => id.split(':')[0] ?? ''));
      return gold.size === 0
        ? []
        : [{ id: String(index), text: question, gold, category: String(category) }];
    });
    return { name: dialogue.sample_id, documents: documentsOf(sessions, level), queries };
  });
}

interface Session {
  readonly id: string;
  readonly turns: readonly Turn[];
}

function sessionsOf(dialogue: Dialogue): readonly Session[] {
  return Object.entries(dialogue.conversation).flatMap(([key, value]) => {
    const number = /^session_(\d+)$/.exec(key)?.[1];
    return number === undefined || !Array.isArray(value)
      ? []
      : [{ id: `D${number}`, turns: value as Turn[] }];
  });
}

function documentsOf(
  sessions: readonly Session[],
  level: 'turn' | 'session',
): readonly EvalDocument[] {
  const shared = { title: '' };
  if (level === 'session') {
    return sessions.map(({ id, turns }) => {
      const text = turns.map(turnText).join('\n');
      return { ...shared, id, text, source: id, ordinal: 0, ordinals: 1 };
    });
  }
  return sessions.flatMap(({ id, turns }) =>
    turns.map((turn, ordinal) => ({
      ...shared,
      id: turn.dia_id,
      text: turnText(turn),
      source: id,
      ordinal,
      ordinals: turns.length,
    })),
  );
}

function turnText(turn: Turn): string {
  const image = turn.blip_caption === undefined ? '' : ` [image: ${turn.blip_caption}]`;
  return `${turn.speaker}: ${turn.text ?? ''}${image}`;
}

/** `D8:6; D9:17`, `D:11:26` and `D30:05` name the turns that they mean. */
function turnIds(evidence: readonly string[]): string[] {
  return evidence.flatMap((text) =>
    [...text.matchAll(/D:?(\d+):(\d+)/g)].map(
      ([, session, turn]) => `D${Number(session)}:${Number(turn)}`,
    ),
  );
}

interface DocsQuery {
  readonly id: string;
  readonly query: string;
  readonly intent: string;
  readonly expected_sources: readonly string[];
}

/** Pages of Markdown, and questions whose gold is every page with one of the expected words in its path. */
export function docsQa(): EvalCollection {
  const folder = path.join(EVAL_FOLDER, 'docs-qa');
  const content = path.join(folder, 'content');
  const documents = readdirSync(content, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.split(path.sep).join('/'))
    .sort(byText)
    .map((id) => ({
      id,
      title: '',
      text: readFileSync(path.join(content, id), 'utf8'),
      source: id,
      ordinal: 0,
      ordinals: 1,
    }));
  const golden = JSON.parse(readFileSync(path.join(folder, 'golden_dataset.json'), 'utf8')) as {
    readonly queries: readonly DocsQuery[];
  };
  const queries = golden.queries.map(({ id, query, intent, expected_sources: words }) => {
    const isGold = (page: string): boolean =>
      words.some((word) => page.toLowerCase().includes(word.toLowerCase()));
    const gold = new Set(documents.map(({ id: page }) => page).filter(isGold));
    return { id, text: query, gold, category: intent };
  });
  return { name: 'docs-qa', documents, queries: queries.filter(({ gold }) => gold.size > 0) };
}
