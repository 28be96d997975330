/** What awaits a decision beside candidates, in words. */
import { counted } from './lines.ts';

/** That conflicts are open; nothing where there is none. */
export function conflictLines(open: number): readonly string[] {
  if (open === 0) return [];
  const verb = open === 1 ? 'awaits' : 'await';
  return [`${counted(open, 'open conflict')} ${verb} a decision: \`atocore conflicts\`.`];
}

/** Where there is no candidate. */
export function noCandidateLines(openConflicts: number): readonly string[] {
  if (openConflicts === 0) return ['Nothing awaits a decision.'];
  return ['No candidate awaits a decision.', ...conflictLines(openConflicts)];
}
