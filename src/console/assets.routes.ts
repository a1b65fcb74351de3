import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Router } from 'express';

const require = createRequire(import.meta.url);
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/**
 * Our own files and htmx, packed once: the line to a commune may be slow. They are asked for again each time and
 * answered with 304 while nothing changed. Pages are not packed: beside what others wrote their length would tell.
 */
export function assetsRoutes(dir: string): Router {
  const paths = readdirSync(dir).map((name) => [name, join(dir, name)] as const);
  const files = new Map(
    [...paths, ['htmx.min.js', require.resolve('htmx.org/dist/htmx.min.js')] as const].map(([name, path]) => {
      const plain = readFileSync(path);
      const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
      return [name, { plain, packed: gzipSync(plain, { level: 9 }), etag, type: TYPES[extname(name)]! }];
    }),
  );
  const router = Router();
  router.get('/:name', (request, response, next) => {
    const file = files.get(request.params.name);
    if (!file) return next();
    const isPacked = request.acceptsEncodings('gzip') === 'gzip';
    response.set({ 'cache-control': 'no-cache', vary: 'accept-encoding', etag: file.etag }).type(file.type);
    if (isPacked) response.set('content-encoding', 'gzip');
    response.send(isPacked ? file.packed : file.plain);
  });
  return router;
}
