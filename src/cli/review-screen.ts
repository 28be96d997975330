/** A review as the lines of a screen. */
import { counted } from './lines.ts';
import { KEYS } from './review-keys.ts';
import { type TypedLine, textOf } from './review-line.ts';
import {
  type Candidate,
  groupsOf,
  isDecided,
  type Neighbour,
  type Opposed,
  type Quote,
  type ReviewState,
  shownIn,
  tally,
} from './review-state.ts';
import {
  cells,
  cut,
  folded,
  graphemes,
  type Line,
  type Span,
  visible,
  visibleAsTyped,
  visibleLines,
} from './review-text.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Below this there is no room for a decision's grounds. */
export const SIZE_MIN: Size = { columns: 40, rows: 12 };
/** Wider lines are hard to read. */
const TEXT_COLUMNS_MAX = 100;
const QUOTE_LINES_MAX = 24;
const MESSAGE_LINES_MAX = 4;

/**
 * Exactly as many lines as the screen has rows, none wider than it.
 * Stored text is in it as `review-text` makes it visible: nothing steers the terminal.
 */
export function screenOf(state: ReviewState, size: Size): readonly Line[] {
  const { columns, rows } = size;
  if (columns < SIZE_MIN.columns || rows < SIZE_MIN.rows) {
    const text = `Expected ${SIZE_MIN.columns}×${SIZE_MIN.rows} characters, found ${columns}×${rows}. Make the window larger, or q.`;
    return filled(folded([{ text }], columns).slice(0, rows), rows);
  }
  const { head, body, foot, room } = partsOf(state, size);
  const rule: Line = [{ text: '─'.repeat(columns), style: 'dim' }];
  const lines = [...head, rule, ...filled(within(body, state, room), room), rule, ...foot];
  return lines.map((line) => cut(line, columns));
}

/** The state with no more scrolled past than there is to scroll. */
export function withinScroll(state: ReviewState, size: Size): ReviewState {
  if (state.scroll === 0) return state;
  const { body, room } = partsOf(state, size);
  const most = body.length <= room ? 0 : body.length - room + 1;
  return state.scroll > most ? { ...state, scroll: most } : state;
}

interface Parts {
  readonly head: readonly Line[];
  readonly body: readonly Line[];
  readonly foot: readonly Line[];
  /** Rows for the body. */
  readonly room: number;
}

function partsOf(state: ReviewState, { columns, rows }: Size): Parts {
  const head = headOf(state);
  const foot = footOf(state, columns).slice(-Math.floor(rows / 2));
  const body = bodyOf(state, Math.min(columns - 2, TEXT_COLUMNS_MAX));
  return { head, body, foot, room: rows - head.length - foot.length - 2 };
}

function filled(lines: readonly Line[], rows: number): readonly Line[] {
  return [...lines, ...Array<Line>(Math.max(0, rows - lines.length)).fill([])];
}

/** The part that is scrolled to, and a word on what is beyond it. */
function within(lines: readonly Line[], state: ReviewState, room: number): readonly Line[] {
  if (lines.length <= room) return lines;
  const start = Math.min(startOf(state, lines.length, room), lines.length - room + 1);
  const below = lines.length - start - room + 1;
  const hint = below > 0 ? `↓ ${below} more lines` : '↑ scrolled to the end';
  return [...lines.slice(start, start + room - 1), [{ text: ` ${hint}`, style: 'cyan' }]];
}

function startOf({ mode, scroll }: ReviewState, count: number, room: number): number {
  if (mode.kind === 'groups') return Math.max(0, mode.at - Math.floor(room / 2));
  return mode.kind === 'look' ? Math.min(scroll, count) : 0;
}

function headOf(state: ReviewState): readonly Line[] {
  const { candidates, at, held, openConflicts, oldest } = state;
  const place = at < candidates.length ? `${at + 1} of ${candidates.length}` : 'all seen';
  const counts = tally(state);
  const made = (['promoted', 'rejected', 'skipped'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`);
  const rest = [
    ...made,
    ...(held > 0 ? [`${held} held back`] : []),
    ...(openConflicts > 0 ? [counted(openConflicts, 'open conflict')] : []),
    ...(oldest === undefined ? [] : [`oldest ${oldest.slice(0, 10)}`]),
  ];
  return [
    [
      { text: ' Review ', style: 'inverse' },
      { text: `  ${place}`, style: 'bold' },
      { text: rest.map((each) => `  ·  ${each}`).join('') },
    ],
    groupLine(state),
  ];
}

function groupLine(state: ReviewState): Line {
  const groups = groupsOf(state);
  const group = groups.findLast(({ from }) => from <= state.at);
  if (group === undefined || shownIn(state) === undefined) return [];
  const within = `${state.at - group.from + 1} of ${group.count} from`;
  return [
    { text: ` ${within} `, style: 'dim' },
    { text: visible(shortSource(group)), style: 'cyan' },
  ];
}

/** Project and path without the folders that every source has. */
function shortSource({ source, project }: { readonly source: string; readonly project: string }) {
  const folder = `projects/${project}/sources/`;
  return `${project} › ${source.startsWith(folder) ? source.slice(folder.length) : source}`;
}

function footOf(state: ReviewState, columns: number): readonly Line[] {
  const { mode, note, message, pending } = state;
  const lines: Line[] = [];
  if (mode.kind === 'note') {
    lines.push([{ text: ' Note: ', style: 'bold' }, ...typedSpans(mode.line, columns - 9)]);
  } else if (note !== '') {
    lines.push([{ text: ' With the next decision: ', style: 'yellow' }, { text: visible(note) }]);
  }
  if (pending !== undefined) lines.push([{ text: ` ${pending}`, style: 'dim' }]);
  else if (message !== undefined) {
    const style = message.kind === 'done' ? 'green' : 'yellow';
    const said = folded([{ text: visible(message.text), style }], columns - 2);
    lines.push(...indented(said.slice(0, MESSAGE_LINES_MAX), ' '));
  }
  return [...lines, ...indented(folded(keySpans(state), columns - 2), ' ')];
}

function keySpans({ mode, at, candidates }: ReviewState): readonly Span[] {
  const pairs: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    note: [
      ['Enter', 'keep for the next decision'],
      ['Esc', 'leave'],
    ],
    edit: [
      ['Enter', 'save and promote'],
      ['Tab', 'other field'],
      ['Esc', 'leave it as it was'],
    ],
    groups: [
      ['↑ ↓', 'choose'],
      ['Enter', 'go there'],
      ['Esc', 'back'],
    ],
    help: [['any key', 'back']],
    look: KEYS.filter(
      ({ key }) => at < candidates.length || !['p', 'r', 'e', 'n', '↑ ↓'].includes(key),
    ).map(({ key, does }) => [
      key,
      key === 's →' && at >= candidates.length ? 'skipped again' : does,
    ]),
  };
  // No-break blanks keep a key and what it does on one line.
  return (pairs[mode.kind] ?? []).flatMap(([key, does]): readonly Span[] => [
    { text: key.replaceAll(' ', '\u00a0'), style: 'bold' },
    { text: `\u00a0${does.replaceAll(' ', '\u00a0')}` },
    { text: '  ' },
  ]);
}

function bodyOf(state: ReviewState, width: number): readonly Line[] {
  if (state.mode.kind === 'help') return helpLines();
  if (state.mode.kind === 'groups') return groupLines(state, state.mode.at);
  const candidate = shownIn(state);
  if (candidate === undefined) return endLines(state);
  const grounds = [
    ...ownWordLines(candidate, width),
    ...candidate.opposed.flatMap((each) => opposedLines(each, width)),
    [],
    ...candidate.evidence.flatMap((each) => quoteLines(each, candidate, width)),
    ...(candidate.nearest === undefined ? [] : nearestLines(candidate.nearest, width)),
  ];
  const said =
    state.mode.kind === 'edit'
      ? editLines(state.mode, candidate, width)
      : [...outcomeLines(state, candidate), ...statementLines(candidate, width)];
  return indented([...said, ...grounds], ' ');
}

function statementLines(candidate: Candidate, width: number): readonly Line[] {
  const { text, subject, value } = candidate;
  const slot: readonly Span[] = [
    { text: visible(subject), style: 'cyan' },
    ...(value === undefined
      ? []
      : [{ text: ' = ' }, { text: visible(value), style: 'cyan' } as const]),
  ];
  return [
    ...folded([{ text: visible(text), style: 'bold' }], width),
    [],
    ...folded(slot, width),
    ...folded([aboutSpan(candidate)], width),
  ];
}

function aboutSpan({ type, kind, project, confidence, rule, since, id }: Candidate): Span {
  const parts = [
    `${type} ${kind}`,
    project,
    `confidence ${confidence.toFixed(2)}`,
    ...(rule === undefined ? [] : [rule]),
    ...(since === '' ? [] : [`since ${since}`]),
    id,
  ];
  return { text: visible(parts.join(' · ')), style: 'dim' };
}

function outcomeLines({ outcomes }: ReviewState, { id }: Candidate): readonly Line[] {
  const outcome = outcomes.get(id);
  if (outcome === undefined) return [];
  const text =
    outcome.kind === 'elsewhere'
      ? `It is ${outcome.status} now.`
      : `You ${outcome.kind} it${'commit' in outcome ? ` in ${outcome.commit.slice(0, 10)}` : ''}.`;
  return [[{ text, style: 'yellow' }], []];
}

function ownWordLines({ ownWord }: Candidate, width: number): readonly Line[] {
  if (ownWord === undefined) return [];
  const text = `! Its own source calls it ${visible(ownWord)}`;
  return folded([{ text, style: 'yellow' }], width);
}

function opposedLines({ id, value, reason }: Opposed, width: number): readonly Line[] {
  const text = `! Would conflict with ${visible(`${id}, which says “${value}”: ${reason}`)}`;
  return folded([{ text, style: 'yellow' }], width);
}

function quoteLines(quote: Quote, candidate: Candidate, width: number): readonly Line[] {
  const { path, headings, lines, isCurrent } = quote;
  const { source, project } = candidate;
  // The head of the screen names the first one's file already.
  const file =
    path === source && headings.length > 0 ? [] : [shortSource({ source: path, project })];
  const place = [...file, ...headings].map(visible).join(' › ');
  const where = lines === '' ? place : `${place}  (${lines})`;
  const all = quote.quote === '' ? [] : visibleLines(quote.quote);
  const shown = all.slice(0, QUOTE_LINES_MAX).flatMap((text) => folded([{ text }], width - 2));
  const more = all.length - QUOTE_LINES_MAX;
  return [
    ...folded([{ text: where, style: 'dim' }], width),
    ...shown.map((line): Line => [{ text: '│ ', style: 'dim' }, ...line]),
    ...(more > 0 ? [[{ text: `… ${more} more lines there`, style: 'dim' }] as Line] : []),
    ...(isCurrent
      ? []
      : [[{ text: '! The source no longer says it there.', style: 'yellow' }] as Line]),
    [],
  ];
}

function nearestLines(
  { id, value, likeness, difference }: Neighbour,
  width: number,
): readonly Line[] {
  const says = value === undefined ? '' : `, says ${visible(value)}`;
  const about = `Nearest active: ${id}${says}  (${Math.round(likeness * 100)} % alike)`;
  const spans = difference.flatMap(({ kind, text }): readonly Span[] => {
    if (kind === 'same') return [{ text: `${visible(text)} ` }];
    const isGone = kind === 'removed';
    const marked = isGone ? `[-${visible(text)}-]` : `{+${visible(text)}+}`;
    return [{ text: marked, style: isGone ? 'red' : 'green' }, { text: ' ' }];
  });
  return [[{ text: about, style: 'dim' }], ...folded(spans, width), []];
}

function editLines(
  mode: ReviewState['mode'] & { readonly kind: 'edit' },
  candidate: Candidate,
  width: number,
): readonly Line[] {
  const field = (name: 'text' | 'value', title: string): readonly Line[] => {
    const isHere = mode.field === name;
    const count = textOf(mode[name]).length;
    const spans = isHere ? cursorSpans(mode[name]) : [{ text: visibleAsTyped(textOf(mode[name])) }];
    return [
      [{ text: `${isHere ? '▸' : ' '} ${title} (${count})`, style: isHere ? 'bold' : 'dim' }],
      ...indented(folded(spans, width - 2), '  '),
    ];
  };
  return [
    ...field('text', 'Statement'),
    ...field('value', `Value of ${visible(candidate.subject)}`),
    [],
    [{ text: 'As it is:', style: 'dim' }],
    ...statementLines(candidate, width),
  ];
}

/** The whole text, the character under the cursor marked. */
function cursorSpans({ before, after }: TypedLine): readonly Span[] {
  const [first = ' '] = graphemes(after.startsWith('\n') ? '' : after);
  return [
    { text: visibleAsTyped(before) },
    { text: visibleAsTyped(first), style: 'inverse' },
    { text: visibleAsTyped(after.slice(after === '' ? 0 : first.length)) },
  ];
}

/** On one row: the end of what stands before the cursor, so that the cursor is always seen. */
function typedSpans(line: TypedLine, width: number): readonly Span[] {
  const shown = graphemes(visibleAsTyped(line.before));
  while (cells(shown.join('')) > width - 10) (shown as string[]).shift();
  const [, ...rest] = cursorSpans(line);
  return [{ text: shown.join('') }, ...rest];
}

function groupLines(state: ReviewState, at: number): readonly Line[] {
  return groupsOf(state).map((group, place) => {
    const { count, open } = group;
    const isHere = place === at;
    const left = open === 0 ? 'done' : `${open} of ${count}`;
    const text = `${isHere ? '▸' : ' '} ${left.padStart(9)}  ${visible(shortSource(group))}`;
    return [
      {
        text,
        ...(isHere ? { style: 'bold' as const } : open === 0 ? { style: 'dim' as const } : {}),
      },
    ];
  });
}

function helpLines(): readonly Line[] {
  return [
    ...KEYS.map(
      ({ key, does, help }): Line => [
        { text: ` ${key.padEnd(5)}`, style: 'bold' },
        { text: `${does.padEnd(9)}${help}` },
      ],
    ),
    [],
    [{ text: ' A key pressed while a decision is on its way does nothing.', style: 'dim' }],
    [{ text: ' Nothing is skipped for good: what is undecided stays in the queue.', style: 'dim' }],
  ];
}

function endLines(state: ReviewState): readonly Line[] {
  const { promoted, rejected, skipped, elsewhere } = tally(state);
  const left = state.candidates.filter(({ id }) => !isDecided(state.outcomes.get(id))).length;
  const title =
    state.pending ?? (left === 0 ? 'Nothing awaits a decision.' : 'That was the queue.');
  return [
    [],
    [{ text: ` ${title}`, style: 'bold' }],
    [],
    [{ text: `  ${promoted} promoted, ${rejected} rejected, ${skipped} skipped` }],
    ...(elsewhere === 0 ? [] : [[{ text: `  ${elsewhere} decided by others` }] as Line]),
    ...(skipped === 0 ? [] : [[], [{ text: '  s goes through the skipped ones again.' }] as Line]),
  ];
}

function indented(lines: readonly Line[], blank: string): readonly Line[] {
  return lines.map((line) => (line.length === 0 ? line : [{ text: blank }, ...line]));
}
