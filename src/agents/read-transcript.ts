/** Session files from disk, as long as they are: line by line, one turn in memory at a time. */
import { createReadStream } from 'node:fs';
import {
  type NotSaid,
  type TranscriptFormat,
  TranscriptReader,
  type TranscriptTurn,
} from './transcript.ts';

/** A line longer than this, such as one with pictures in it, is passed over. */
export const LINE_BYTES_MAX = 16_000_000;

const LINE_FEED = 0x0a;

export interface TranscriptFile {
  /** Each turn; whether it is the last of the file, so that it may not be over yet. */
  readonly turns: AsyncIterable<{ readonly turn: TranscriptTurn; readonly isLast: boolean }>;
  /** Lines passed over so far, by the reason. */
  readonly skipped: ReadonlyMap<NotSaid, number>;
}

/** @throws what the disk throws, while the turns are read */
export function readTranscript(file: string, format: TranscriptFormat): TranscriptFile {
  const reader = new TranscriptReader(format);
  return { turns: turnsOf(file, reader), skipped: reader.skipped };
}

async function* turnsOf(file: string, reader: TranscriptReader) {
  for await (const line of linesOf(file)) {
    if (line === undefined) reader.skip();
    const turn = line === undefined ? undefined : reader.read(line);
    if (turn !== undefined) yield { turn, isLast: false };
  }
  const last = reader.end();
  if (last !== undefined) yield { turn: last, isLast: true };
}

/** Each line; `undefined` for one that is too long. */
async function* linesOf(file: string): AsyncGenerator<string | undefined> {
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.byteLength;
    if (length > LINE_BYTES_MAX) pieces = [];
    else pieces.push(piece);
  };
  const line = (): string | undefined => {
    const text = length > LINE_BYTES_MAX ? undefined : Buffer.concat(pieces).toString('utf8');
    pieces = [];
    length = 0;
    return text;
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to !== -1; to = bytes.indexOf(LINE_FEED, from)) {
      take(bytes.subarray(from, to));
      yield line();
      from = to + 1;
    }
    take(bytes.subarray(from));
  }
  if (length > 0) yield line();
}
