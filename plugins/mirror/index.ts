/** Renders pages for people from the records: overview, decision log, one page for each subsystem. */
import type { PluginModule, Records, RenderedFile } from '../../src/plugin.ts';
import { decisionLog } from './decision-log.ts';
import { overviewPage } from './overview-page.ts';
import { standings } from './standing.ts';
import { subsystemPage, subsystemPaths } from './subsystem-page.ts';

const mirror: PluginModule<undefined> = {
  checkOptions(options) {
    if (options === undefined || options === null) return undefined;
    if (typeof options === 'object' && Object.keys(options).length === 0) return undefined;
    throw new Error('Expected no options for the plugin mirror; remove them.');
  },
  create: () => ({ name: 'mirror', version: 1, render }),
};

export default mirror;

/** Pages of every project that has active records or state. */
function render(records: Records): readonly RenderedFile[] {
  return standings(records).flatMap((standing) => {
    const pages = subsystemPaths(standing);
    const subsystems = standing.byKind.get('subsystem') ?? [];
    const log = decisionLog(standing);
    return [
      overviewPage(standing, pages),
      ...(log === undefined ? [] : [log]),
      ...subsystems.map((record) => subsystemPage(standing, record, pages)),
    ];
  });
}
