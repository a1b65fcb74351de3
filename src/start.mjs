// `npm start`: the demo, run from a bundle of the source. Node then loads a few files instead of five hundred, each
// through a hook; whoever starts a fresh checkout waits seconds less. The bundle is made when packages are installed
// (`--prepare`) and anew whenever a source file changed since.

import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/hoixa`;
const LIST = `${outdir}/sources.json`;

if (process.argv.includes('--prepare')) {
  // An image installs packages before it has the source, and without those that bundle: then the start bundles.
  if (existsSync(`${root}src/main.ts`) && !(await isFresh()))
    await bundle().catch((error) => process.stderr.write(`not bundled now, the first start will: ${error.message}\n`));
} else {
  if (!(await isFresh())) await bundle();
  process.argv = [process.argv[0], 'hoixa', 'demo', ...process.argv.slice(2)];
  await import(pathToFileURL(`${outdir}/main.js`).href);
}

async function bundle() {
  const { build } = await import('esbuild');
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [`${root}src/main.ts`],
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    metafile: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    plugins: [{ name: 'own-address', setup: keepAddresses }],
  });
  const sources = await Promise.all(Object.keys(metafile.inputs).map(async (path) => [path, await changedAt(path)]));
  await writeFile(LIST, JSON.stringify({ root, sources }));
}

/** Nothing it was made of changed, and it was not moved: addresses of files are written into it. */
async function isFresh() {
  try {
    const made = JSON.parse(await readFile(LIST, 'utf8'));
    const now = await Promise.all(made.sources.map(([path]) => changedAt(path)));
    return made.root === root && made.sources.every(([, at], index) => at === now[index]);
  } catch {
    return false;
  }
}

async function changedAt(path) {
  const { mtimeMs, size } = await stat(`${root}${path}`);
  return `${mtimeMs} ${size}`;
}

/** Files beside the source are found by its own address, not by that of the bundle. */
function keepAddresses({ onLoad }) {
  onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    loader: 'ts',
  }));
}
