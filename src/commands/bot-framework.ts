import type { Router } from 'express';
import { communeBySlug, createCommuneCache } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import type { BotFrameworkDeps } from '../turn/bot-framework.routes.ts';

/**
 * The door for Bot Framework clients; nothing of it is loaded unless an app is configured.
 * @throws {AppError} when there is no commune BOT_COMMUNE
 */
export async function openBotFramework(
  { BOT_APP_ID: appId, BOT_APP_PASSWORD: appPassword, BOT_TENANT_ID: tenantId, BOT_COMMUNE: slug }: Config,
  deps: Pick<BotFrameworkDeps, 'database' | 'guidance' | 'log'>,
): Promise<Router[]> {
  if (!appId || !appPassword || !slug) return [];
  const { botFrameworkRoutes } = await import('../turn/bot-framework.routes.ts');
  const { id } = await communeBySlug(deps.database.orm, slug);
  const commune = createCommuneCache(deps.database.orm);
  const credentials = { appId, appPassword, ...(tenantId && { tenantId }) };
  return [botFrameworkRoutes({ ...deps, credentials, commune: () => commune(id) })];
}
