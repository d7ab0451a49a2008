// A coordinator that is killed while its child computes.
import { LocalExecutor, Store } from '@polytag/queue';

const [folder, note] = process.argv.slice(2);
const store = await Store.open(folder, { local: true });
const childModule = new URL('./spec-jobs.fixture.mjs', import.meta.url);
const executor = new LocalExecutor({ store, childModule, parallel: 1, allowModules: false });
await executor.submit({ kind: 'busy', version: 1, parameters: { seconds: 60, note } });
