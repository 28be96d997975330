/** Agents' session files, line by line: what a person asked, and what was answered in the end (surfaces.md §3). */
import { parsed } from './loose-json.ts';
import { claudeCodeLine } from './transcript-claude-code.ts';
import { codexLine } from './transcript-codex.ts';

export type TranscriptFormat = 'claude-code' | 'codex';

/** A prompt that a person typed, and the last thing said before the next one. */
export interface TranscriptTurn {
  readonly prompt: string;
  readonly response?: string;
  /** What the agent's service said where it failed to answer. Never an answer. */
  readonly failure?: string;
  readonly sessionId?: string;
  readonly turnId?: string;
  /** The folder that the agent worked in. */
  readonly cwd?: string;
  /** As the file says it, ISO 8601. */
  readonly at?: string;
  /** Where the prompt stands; the first line is 1. */
  readonly line: number;
}

/** Why a line that looks like a person's, or like an answer, is neither. */
export type NotSaid =
  | 'meta'
  | 'summary'
  | 'tool result'
  | 'sub-agent'
  | 'harness text'
  | 'not by a person'
  | 'said before'
  | 'malformed';

/** What a line of a session file is, as far as turns go. */
export type LineMeaning =
  | { readonly is: 'prompt'; readonly prompt: LinePrompt }
  | { readonly is: 'answer'; readonly text: string; readonly messageId?: string }
  | { readonly is: 'failure'; readonly text: string }
  | { readonly is: 'about'; readonly about: SessionFacts }
  | { readonly is: 'not said'; readonly why: NotSaid }
  | { readonly is: 'nothing' };

export interface LinePrompt extends SessionFacts {
  readonly text: string;
  /** Of the line itself: the same again is a copy. */
  readonly lineId?: string;
  /** Codex writes a prompt twice; the second says that a person typed it. */
  readonly standing?: 'tentative' | 'confirmed';
}

/** What a line says of the session; what it leaves out stays as it was. */
export interface SessionFacts {
  readonly sessionId?: string;
  readonly turnId?: string;
  readonly cwd?: string;
  readonly at?: string;
  /** The whole file is the work of an agent's agent. */
  readonly isSubAgent?: boolean;
}

const MEANINGS: Readonly<Record<TranscriptFormat, (line: unknown) => LineMeaning>> = {
  'claude-code': claudeCodeLine,
  codex: codexLine,
};

interface Open {
  readonly turn: TranscriptTurn;
  readonly isTentative: boolean;
  readonly answeredBy?: string;
}

/** Reads one session file; what it holds at a time is one turn. */
export class TranscriptReader {
  readonly #meaning: (line: unknown) => LineMeaning;
  readonly #skipped = new Map<NotSaid, number>();
  readonly #lineIds = new Set<string>();
  #facts: SessionFacts = {};
  #open: Open | undefined;
  #hasConfirmed = false;
  #line = 0;

  constructor(format: TranscriptFormat) {
    this.#meaning = MEANINGS[format];
  }

  /** How many lines were passed over, by the reason. */
  get skipped(): ReadonlyMap<NotSaid, number> {
    return this.#skipped;
  }

  /** Takes the next line; gives the turn that it ends, if it ends one. */
  read(line: string): TranscriptTurn | undefined {
    this.#line += 1;
    if (line.trim() === '') return undefined;
    // One that isn't JSON says nothing: a session file may be cut off where its agent died.
    return this.#take(this.#meaning(parsed(line)));
  }

  /** A line that is too long to be looked at. */
  skip(): void {
    this.#line += 1;
    this.#count('malformed');
  }

  /** The turn that the end of the file ends. */
  end(): TranscriptTurn | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open?.isTentative === true && this.#hasConfirmed) {
      this.#count('harness text');
      return undefined;
    }
    return open?.turn;
  }

  #take(meaning: LineMeaning): TranscriptTurn | undefined {
    switch (meaning.is) {
      case 'prompt':
        return this.#takePrompt(meaning.prompt);
      case 'answer':
        if (this.#facts.isSubAgent === true) this.#count('sub-agent');
        else this.#answer(meaning.text, meaning.messageId);
        return undefined;
      case 'failure':
        if (this.#open !== undefined) {
          this.#open = { ...this.#open, turn: { ...this.#open.turn, failure: meaning.text } };
        }
        return undefined;
      case 'about':
        this.#facts = { ...this.#facts, ...meaning.about };
        return undefined;
      case 'not said':
        this.#count(meaning.why);
        return undefined;
      case 'nothing':
        return undefined;
    }
  }

  #takePrompt(prompt: LinePrompt): TranscriptTurn | undefined {
    if (this.#facts.isSubAgent === true) {
      this.#count('sub-agent');
      return undefined;
    }
    if (prompt.lineId !== undefined) {
      if (this.#lineIds.has(prompt.lineId)) {
        this.#count('said before');
        return undefined;
      }
      this.#lineIds.add(prompt.lineId);
    }
    if (prompt.standing === 'tentative') return this.#takeTentative(prompt);
    const isConfirmation =
      prompt.standing === 'confirmed' &&
      this.#open?.isTentative === true &&
      this.#open.turn.prompt === prompt.text;
    if (prompt.standing === 'confirmed') this.#hasConfirmed = true;
    if (isConfirmation && this.#open !== undefined) {
      this.#open = { ...this.#open, isTentative: false };
      return undefined;
    }
    const ended = this.end();
    this.#start(prompt, false);
    return ended;
  }

  // Where prompts are confirmed at all, one that isn't was put there by the harness.
  #takeTentative(prompt: LinePrompt): TranscriptTurn | undefined {
    if (this.#hasConfirmed) {
      const isEcho = this.#open?.turn.prompt === prompt.text;
      if (!isEcho) this.#count('harness text');
      return undefined;
    }
    const ended = this.end();
    this.#start(prompt, true);
    return ended;
  }

  #start(prompt: LinePrompt, isTentative: boolean): void {
    const { sessionId, turnId, cwd, at } = { ...this.#facts, ...prompt };
    const turn: TranscriptTurn = {
      prompt: prompt.text,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(turnId === undefined ? {} : { turnId }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(at === undefined ? {} : { at }),
      line: this.#line,
    };
    this.#open = { turn, isTentative };
  }

  // An agent writes one message over several lines; what it says in them belongs together.
  #answer(text: string, messageId: string | undefined): void {
    const open = this.#open;
    if (open === undefined) return;
    const before = open.turn.response;
    const isMore = messageId !== undefined && messageId === open.answeredBy && before !== text;
    const response = isMore && before !== undefined ? `${before}\n\n${text}` : text;
    const { failure: _over, ...turn } = open.turn;
    this.#open = {
      ...open,
      turn: { ...turn, response },
      ...(messageId === undefined ? {} : { answeredBy: messageId }),
    };
  }

  #count(why: NotSaid): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + 1);
  }
}
