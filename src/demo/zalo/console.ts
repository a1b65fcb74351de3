import type { PlatformClock } from './clock.ts';
import type { Directory } from './directory.ts';
import { newNumericId, newSecret, type PlatformApp, type PlatformOa, type PlatformTemplate } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

/** What the operator of an OA copies from the consoles into `hoixa channel connect zalo`. */
export interface OaCredentials {
  appId: string;
  appSecret: string;
  oaId: string;
  oaSecret: string;
  accessToken: string;
  refreshToken: string;
  accessExpiresAt: Date;
}

/** What an operator does in the developer console and in the OA manager. */
export function createConsole({
  directory,
  clock,
  webhooks,
}: {
  directory: Directory;
  clock: PlatformClock;
  webhooks: WebhookSender;
}) {
  return {
    registerApp(app: Partial<PlatformApp> = {}): PlatformApp {
      const registered: PlatformApp = {
        appId: newNumericId(),
        appSecret: newSecret(''),
        webhookSecret: newSecret(''),
        webhookUrl: null,
        isWebhookDisabled: false,
        callbackUrl: 'http://localhost:3000/connect/zalo',
        checksSecretProof: true,
        rate: { minute: 0, calls: 0 },
        ...app,
      };
      directory.apps.set(registered.appId, registered);
      return registered;
    },

    /** An OA that grants the app at once. */
    registerOa(
      appId: string,
      oa: Partial<Pick<PlatformOa, 'oaId' | 'name' | 'packageLeft' | 'walletVnd'>> = {},
    ): OaCredentials {
      const registered: PlatformOa = {
        oaId: newNumericId(),
        name: 'UBND xã chạy thử',
        packageLeft: 0,
        walletVnd: null,
        ...oa,
        appId,
        grant: null,
        restriction: null,
        acceptsButtons: true,
        people: new Map(),
        uploads: new Map(),
        templates: new Map(),
        maySendTemplates: true,
        maySendByPhone: true,
        testers: new Set(),
        phonesWithoutZalo: new Set(),
      };
      directory.oas.set(registered.oaId, registered);
      return credentials(registered, directory.app(appId), directory.issue(registered));
    },

    /**
     * Saves the webhook address: an unsigned `{}` and a signed sample must both be answered with 200.
     * @returns whether the address was accepted
     */
    async setWebhook(appId: string, webhookUrl: string): Promise<boolean> {
      const app = directory.app(appId);
      const before = app.webhookUrl;
      app.webhookUrl = webhookUrl;
      const isAlive = (await webhooks.post(app, 'probe', Buffer.from('{}'), {})) === 200;
      const timestamp = String(clock.now());
      const sample = {
        app_id: appId,
        sender: { id: '1000000000000000001' },
        recipient: { id: '1000000000000000002' },
        event_name: 'user_send_text',
        message: { msg_id: 'This is message id', text: 'This is testing message' },
        timestamp,
      };
      const body = Buffer.from(JSON.stringify(sample));
      const isAccepted =
        isAlive && (await webhooks.post(app, 'sample', body, webhooks.sign(app, body, timestamp))) === 200;
      app.webhookUrl = isAccepted ? webhookUrl : before;
      if (isAccepted) app.isWebhookDisabled = false;
      return isAccepted;
    },

    /** A ZBS template of the OA; its gaps are the words in angle brackets. */
    addTemplate(oaId: string, template: Partial<PlatformTemplate> & { id: string; text: string }): PlatformTemplate {
      const names = [...new Set([...template.text.matchAll(/<(\w+)>/g)].map(([, name]) => name!))];
      const added: PlatformTemplate = {
        status: 'approved',
        isTest: false,
        allowsUid: true,
        parameters: names.map((name) => ({ name, maxLength: 30 })),
        priceUid: 100,
        pricePhone: 200,
        ...template,
      };
      directory.oa(oaId).templates.set(added.id, added);
      return added;
    },

    /** The "Reset" button of the Webhook page. */
    resetOaSecret(appId: string): string {
      const app = directory.app(appId);
      app.webhookSecret = newSecret('');
      return app.webhookSecret;
    },
    /** The OA's admin removes the app: tokens die and events stop. */
    revokeGrant(oaId: string): void {
      directory.oa(oaId).grant = null;
    },
    /** The OA's admin consents again (or pastes a pair from the API Explorer). */
    grantAgain(oaId: string): OaCredentials {
      const oa = directory.oa(oaId);
      return credentials(oa, directory.app(oa.appId), directory.issue(oa));
    },
    /** Ends the access token as if its 25 hours were over; the refresh token stays. */
    expireAccessToken(oaId: string): void {
      const { grant } = directory.oa(oaId);
      if (grant) grant.accessExpiresAt = clock.now();
    },
  };
}

function credentials(oa: PlatformOa, app: PlatformApp, grant: NonNullable<PlatformOa['grant']>): OaCredentials {
  return {
    appId: app.appId,
    appSecret: app.appSecret,
    oaId: oa.oaId,
    oaSecret: app.webhookSecret,
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    accessExpiresAt: new Date(grant.accessExpiresAt),
  };
}
