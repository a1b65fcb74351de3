import { createRequire } from 'node:module';
import express, { Router } from 'express';

const require = createRequire(import.meta.url);

/** Our own files and htmx; asked for again each time, answered with 304 while nothing changed. */
export function assetsRoutes(dir: string): Router {
  const router = Router();
  const htmx = require.resolve('htmx.org/dist/htmx.min.js');
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-cache');
    next();
  });
  router.get('/htmx.min.js', (request, response) => {
    // The package brings it packed: a third of the size.
    const isPacked = request.acceptsEncodings('gzip') === 'gzip';
    response.set('vary', 'accept-encoding').type('text/javascript');
    if (isPacked) response.set('content-encoding', 'gzip');
    response.sendFile(isPacked ? `${htmx}.gz` : htmx, { cacheControl: false });
  });
  router.use(express.static(dir, { index: false, cacheControl: false, dotfiles: 'ignore' }));
  return router;
}
