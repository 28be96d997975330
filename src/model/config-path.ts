/** Where a store keeps its settings; by itself, for what must load little. */
import type { StorePath } from '../plugin.ts';

export const CONFIG_PATH = 'atocore.json' as StorePath;
