import { CloudAdapterBase, type TurnContext } from 'botbuilder-core';
import {
  AuthenticationConfiguration,
  AuthenticationError,
  BotFrameworkAuthenticationFactory,
  PasswordServiceClientCredentialFactory,
} from 'botframework-connector';
import type { Activity, InvokeResponse } from 'botframework-schema';

export interface BotCredentials {
  appId: string;
  appPassword: string;
  /** Entra tenant of a single-tenant app; without it the app is multi-tenant. */
  tenantId?: string;
}

/** Microsoft's adapter with its checks of tokens, and one door. */
export class CloudAdapter extends CloudAdapterBase {
  /**
   * Runs `bot` on an activity whose token is good; what the bot sends goes to the activity's own service.
   * @returns what the request is answered with; undefined: 200 without a body
   * @throws what `isRefusal` knows for a bad token
   */
  process(
    authorization: string,
    activity: object,
    bot: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    // a channel of Microsoft's App Service that is checked by the environment's settings, which nobody makes here
    if ((activity as Activity).channelId.toLowerCase() === 'asechannel')
      throw new AuthenticationError('Unauthorized channel', 401);
    return this.processActivity(authorization, activity as Activity, bot);
  }
}

export function createCloudAdapter({ appId, appPassword, tenantId }: BotCredentials): CloudAdapter {
  if (!appId) throw new Error('without an app id anybody would be let in');
  return new CloudAdapter(
    BotFrameworkAuthenticationFactory.create(
      ...(Array.from({ length: 9 }) as [never, never, never, never, never, never, never, never, never]),
      new PasswordServiceClientCredentialFactory(appId, appPassword, tenantId ?? ''),
      new AuthenticationConfiguration(),
    ),
  );
}

/** What the SDK's library for tokens throws as it is. */
const TOKEN_ERRORS = ['JsonWebTokenError', 'TokenExpiredError', 'NotBeforeError'];

/** Whether a token was bad; any other error is ours, or Microsoft's. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AuthenticationError) return error.statusCode < 500;
  return error instanceof Error && TOKEN_ERRORS.includes(error.name);
}
