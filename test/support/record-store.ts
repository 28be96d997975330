/** Made-up stores of many records and some notes, as files: the same seed gives the same store. */
import { formatFile } from '../../src/model/front-matter.ts';
import type { StorePath } from '../../src/plugin.ts';

export const SUBJECT_WORDS: readonly string[] =
  `mirror support actuator coating chamber pump sensor cable encoder bearing motor drive dome weather
  network archive detector filter grating camera cooler shutter focus truss hexapod laser lamp
  controller database release review budget supplier vendor tolerance weight pressure rate humidity
  voltage torque load creep modulus surface figure wavefront fringe phase alignment`.split(/\s+/);

/** Numbers between 0 and 1 from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Words with a frequency like that of prose: few common ones, many rare; a number now and then. */
export function wordsFrom(random: () => number, count: number): string {
  return Array.from({ length: count }, () => {
    if (random() < 0.05) return String(Math.floor(random() * 900));
    if (random() < 0.2) return SUBJECT_WORDS[Math.floor(random() * SUBJECT_WORDS.length)];
    const rank = Math.floor(20_000 * random() ** 3);
    return [...String(rank + 100)].map((digit) => SYLLABLES[Number(digit)]).join('');
  }).join(' ');
}

const SYLLABLES = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'to', 'vi', 'zu'];

const STATUSES = ['active', 'active', 'active', 'active', 'superseded', 'invalid', 'candidate'];
const PLACES = [
  ['memory', 'project', 'prj'],
  ['memory', 'knowledge', 'knw'],
  ['memory', 'preference', 'prf'],
  ['entity', 'decision', 'dec'],
  ['entity', 'requirement', 'req'],
  ['entity', 'component', 'cmp'],
] as const;

/** `count` records and state entries in four projects and `_global`, and a note for each fifty. */
export function recordStore(count: number, seed = 7): ReadonlyMap<StorePath, string> {
  const random = randomOf(seed);
  const files = new Map<StorePath, string>();
  const pick = <Value>(list: readonly Value[]): Value =>
    list[Math.floor(random() * list.length)] as Value;
  for (let at = 0; at < count; at += 1) {
    const project = pick(['p01-mirror', 'p02-coating', 'p03-site', 'p04-control', '_global']);
    const text = wordsFrom(random, 4 + Math.floor(random() ** 3 * 120));
    if (random() < 0.1) {
      const fields = { type: 'state', project, category: 'fact', key: `key-${at}`, value: text };
      const state = formatFile(fields, '');
      files.set(`projects/${project}/state/fact/key-${at}.md` as StorePath, state);
      continue;
    }
    const [type, kind, prefix] = pick(PLACES);
    const id = `${prefix}-${String(at).padStart(6, '0')}`;
    const status = pick(STATUSES);
    const isBounded = random() < 0.1;
    const fields = {
      id,
      type,
      kind,
      project,
      status,
      subject: wordsFrom(random, 2),
      value: random() < 0.5 ? wordsFrom(random, 2) : undefined,
      valid_until: isBounded ? pick(['2026-01-01', '2027-01-01']) : undefined,
      tags: random() < 0.2 ? [pick(SUBJECT_WORDS)] : undefined,
      hand_authored: true,
      superseded_by: status === 'superseded' ? `dec-${String(at + 1).padStart(6, '0')}` : undefined,
      relations:
        type === 'entity' ? [`depends_on: dec-${String(at - 1).padStart(6, '0')}`] : undefined,
    };
    files.set(
      `projects/${project}/records/${kind}/r${at}--${id}.md` as StorePath,
      formatFile(fields, `\n${text}\n`),
    );
  }
  for (let at = 0; at < count / 50; at += 1) {
    const project = pick(['p01-mirror', 'p02-coating', 'p03-site', 'p04-control']);
    const paragraphs = [60, 120, 40].map((length) => wordsFrom(random, length)).join('.\n\n');
    files.set(
      `projects/${project}/sources/notes/n${at}.md` as StorePath,
      `# ${wordsFrom(random, 3)}\n\n${paragraphs}.\n`,
    );
  }
  return files;
}
