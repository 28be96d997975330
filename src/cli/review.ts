/** `review`: the queue worked through on a whole screen, one key per decision. */
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import { conflictLines, noCandidateLines } from './awaiting.ts';
import type { Client } from './client.ts';
import { counted } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { type ReviewDesk, reviewDesk } from './review-desk.ts';
import { onKey, onPaste } from './review-keys.ts';
import { screenOf, withinScroll } from './review-screen.ts';
import {
  isDecided,
  onAnswer,
  type ReviewState,
  type Step,
  startReview,
  tally,
} from './review-state.ts';
import { openTerminal } from './review-terminal.ts';
import { type Shell, withClient } from './shell.ts';

export function addReview(program: Command): void {
  program
    .command('review')
    .description('work through what awaits a decision, one key each, on a terminal')
    .option('--project <name>', 'only this project')
    .action(async ({ project }: { readonly project?: string }, command: Command) => {
      assertTerminal(command.optsWithGlobals<{ json?: boolean }>().json === true);
      await withClient(command, (client, shell) => review(client, shell, project));
    });
}

function assertTerminal(isJson: boolean): void {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (isTerminal && !isJson) return;
  const found = isJson ? '--json' : 'none';
  const message = `Expected a terminal to review on, found ${found}. Use \`atocore queue\`, then \`atocore promote\` and \`atocore reject\`.`;
  throw new AtoError('usage', message);
}

async function review(client: Client, shell: Shell, project: string | undefined): Promise<void> {
  const signed = actorOf(await personHere(client.folder));
  const desk = reviewDesk(client, { signed, ...(project === undefined ? {} : { project }) });
  const queue = await desk.queue();
  if (queue.candidates.length === 0) {
    for (const line of noCandidateLines(queue.openConflicts)) shell.say(line);
    return;
  }
  const { state, isInterrupted } = await onScreen(desk, startReview(queue));
  for (const line of summaryOf(state)) shell.say(line);
  if (isInterrupted) {
    throw new AtoError(
      'interrupted',
      'Expected q to leave, found an interruption. Every decision made is kept.',
    );
  }
}

interface Left {
  readonly state: ReviewState;
  readonly isInterrupted: boolean;
}

/** Until somebody leaves; a decision on its way is waited for. The terminal is put back in any case. */
function onScreen(desk: ReviewDesk, start: ReviewState): Promise<Left> {
  return new Promise((resolve, reject) => {
    let state = start;
    let asking: Promise<void> = Promise.resolve();
    let isLeft = false;
    const leave = (isInterrupted: boolean) => {
      isLeft = true;
      terminal.restore();
      asking.then(() => resolve({ state, isInterrupted }), reject);
    };
    const draw = () => terminal.draw(screenOf(state, terminal.size()));
    const take = (step: Step, isInterrupted = false): void => {
      state = withinScroll(step.state, terminal.size());
      const { ask } = step;
      if (ask?.kind === 'quit') {
        leave(isInterrupted);
        return;
      }
      draw();
      if (ask === undefined || isLeft) return;
      asking = desk.answer(ask).then((answer) => take(onAnswer(state, answer)));
      asking.catch((error: unknown) => {
        terminal.restore();
        reject(error);
      });
    };
    const terminal = openTerminal(
      {
        onKey: (key) => take(onKey(state, key), key.isCtrl === true),
        onPaste: (text) => take({ state: onPaste(state, text) }),
        onResize: draw,
        onEnd: () => leave(true),
      },
      process.env,
    );
    draw();
  });
}

function summaryOf(state: ReviewState): readonly string[] {
  const { promoted, rejected, skipped } = tally(state);
  const open = state.candidates.filter(({ id }) => !isDecided(state.outcomes.get(id))).length;
  const held = state.held === 0 ? '' : ` and ${state.held} held back`;
  return [
    `${promoted} promoted, ${rejected} rejected, ${skipped} skipped; ${counted(open, 'candidate')}${held} undecided.`,
    ...conflictLines(state.openConflicts),
  ];
}
