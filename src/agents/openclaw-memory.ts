/**
 * The memory files of an OpenClaw workspace, each as what it is (its documentation of November 2026):
 * curated files hold facts, which become candidates; day logs tell what happened, which is a capture;
 * the rest instructs the agent and is no memory.
 */
import type { MemoryKind } from '../plugin.ts';

export interface MemoryFact {
  readonly kind: MemoryKind;
  readonly subject: string;
  readonly value?: string;
  readonly text: string;
}

export type MemoryFile =
  | { readonly is: 'facts'; readonly facts: readonly MemoryFact[]; readonly tooLong: number }
  | { readonly is: 'log'; readonly day?: string }
  | { readonly is: 'left'; readonly why: string };

/** What fits one claim (domain.md §5). */
const FACT_CHARS_MIN = 8;
const FACT_CHARS_MAX = 280;
const SUBJECT_WORDS = 8;

/** @param path relative to the workspace, with `/` */
export function readMemoryFile(path: string, text: string): MemoryFile {
  if (text.trim() === '') return { is: 'left', why: 'empty' };
  if (path === 'USER.md') return factsIn(text, 'identity');
  if (/^memory\.md$/i.test(path)) return factsIn(text, 'knowledge');
  if (/^memory\/.+\.md$/i.test(path)) {
    const day = /(?:^|\/)(\d{4}-\d\d-\d\d)[^/]*\.md$/.exec(path)?.[1];
    return { is: 'log', ...(day === undefined ? {} : { day }) };
  }
  return { is: 'left', why: 'instructions to the agent' };
}

function factsIn(text: string, usual: MemoryKind): MemoryFile {
  const facts: MemoryFact[] = [];
  let tooLong = 0;
  for (const { statement, headings } of statements(text)) {
    const labelled = /^\*\*(.{1,80}?)(?::\*\*|\*\*\s*:)\s*(.*)$/.exec(statement);
    const [, label, said] = labelled ?? [];
    const whole = plain(label === undefined ? statement : `${label}: ${said ?? ''}`);
    if ((label !== undefined && said === '') || whole.length < FACT_CHARS_MIN) continue;
    if (whole.length > FACT_CHARS_MAX) {
      tooLong += 1;
      continue;
    }
    facts.push({
      kind: kindOf(headings, whole, usual),
      subject:
        label === undefined ? whole.split(' ').slice(0, SUBJECT_WORDS).join(' ') : plain(label),
      ...(label === undefined ? {} : { value: plain(said ?? '') }),
      text: whole,
    });
  }
  return { is: 'facts', facts, tooLong };
}

interface Statement {
  readonly statement: string;
  /** The headings above it, as one text. */
  readonly headings: string;
}

/** Every point of a list with what is below it, and every paragraph; no code, no hints in italics. */
function* statements(text: string): Generator<Statement> {
  const headings: string[] = [];
  let lines: string[] = [];
  let isCode = false;
  const ended = (): Statement[] => {
    const statement = lines.join(' ').trim();
    lines = [];
    const isHint = statement === '' || /^(?:_.*_|\*[^*].*\*|\(.*\))$/.test(statement);
    return isHint ? [] : [{ statement, headings: headings.slice(1).join(' / ') }];
  };
  for (const line of text
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\r?\n/)) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const point = /^[-*+] (?:\[[ x]\] )?(.*)$/.exec(line);
    if (/^\s*(?:```|~~~)/.test(line)) {
      isCode = !isCode;
      continue;
    }
    if (isCode) continue;
    if (heading !== null) {
      yield* ended();
      headings.length = heading[1]?.length ?? 1;
      headings[headings.length - 1] = heading[2] ?? '';
    } else if (point !== null) {
      yield* ended();
      lines = [point[1] ?? ''];
    } else if (line.trim() === '' || /^\s*(?:---+|\*\*\*+)\s*$/.test(line)) {
      yield* ended();
    } else {
      lines.push(line.trim().replace(/^[-*+] /, ''));
    }
  }
  yield* ended();
}

function kindOf(headings: string, statement: string, usual: MemoryKind): MemoryKind {
  if (/\bprefer/i.test(headings) || /\bprefers?\b/i.test(statement)) return 'preference';
  if (/\b(?:lessons?|learned|corrections?|mistakes?)\b/i.test(headings)) return 'adaptation';
  if (/\babout (?:me|you|the user|my human)\b|\bidentity\b/i.test(headings)) return 'identity';
  if (/\bprojects?\b/i.test(headings)) return 'project';
  return usual;
}

function plain(text: string): string {
  return text
    .replace(/\*\*|__|`/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
