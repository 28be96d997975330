/** Renders pages for people from the records. */
import type { PluginModule } from '../../src/plugin.ts';

const mirror: PluginModule<undefined> = {
  create: () => ({ name: 'mirror', version: 1 }),
};

export default mirror;
