/** Restores one backup in place and says when it begins: a process to be killed by a test. */
import { restoreStore } from '../../src/restore-flow.ts';

const [, , folder = '', place = '', stamp = ''] = process.argv;
process.stdout.write('begins\n');
await restoreStore(folder, { place, stamp, person: { name: 'Ann', email: 'ann@example.org' } });
