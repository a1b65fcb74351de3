import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';

const ASSETS_DIR = join(dirname(fileURLToPath(import.meta.url)), 'assets');
const FONTS = ['latin', 'vietnamese'].flatMap((subset) =>
  [400, 600].map((weight) => `be-vietnam-pro-${subset}-${weight}-normal.woff2`),
);
const require = createRequire(import.meta.url);

/** What all our pages share: the stylesheet with colours and type (`/assets/base.css`), the face, the picture. */
export function assetRoutes(): Router {
  const router = Router();
  router.get('/assets/fonts/:file', (request, response, next) => {
    const { file } = request.params;
    if (!FONTS.includes(file)) return next();
    response.sendFile(require.resolve(`@fontsource/be-vietnam-pro/files/${file}`), {
      maxAge: '365d',
      immutable: true,
    });
  });
  router.use('/assets', express.static(ASSETS_DIR, { index: false, cacheControl: false, dotfiles: 'ignore' }));
  return router;
}
