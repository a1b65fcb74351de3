// `npm start`: bundles the source as it is now and runs the demo from that. Node then loads a few files instead of five
// hundred, each through a hook; whoever starts a fresh checkout waits seconds less.

import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/hoixa`;

await build({
  entryPoints: [`${root}src/main.ts`],
  outdir,
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
  plugins: [{ name: 'own-address', setup: keepAddresses }],
});
process.argv = [process.argv[0], 'hoixa', 'demo', ...process.argv.slice(2)];
await import(pathToFileURL(`${outdir}/main.js`).href);

/** Files beside the source are found by its own address, not by that of the bundle. */
function keepAddresses({ onLoad }) {
  onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    loader: 'ts',
  }));
}
