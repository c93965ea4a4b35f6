// How each package is called, as its own documentation says. verify gives true for a request that the package takes;
// sign gives the headers that the package would send. A request has: secret, url, method, headers (names in lower
// case), raw (a Buffer), text, and now (milliseconds).

import { createSecretKey } from 'node:crypto';

const fields = (text) => {
  const all = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (!(name in all)) all[name] = value;
    else all[name] = [].concat(all[name], value);
  }
  return all;
};
const query = (url) => fields(new URL(url).search.slice(1));
const seconds = (q) => Math.floor(q.now / 1000);
const isForm = (q) => (q.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');

// passes turns "throws if it is wrong" into true; whatever the package returns instead of throwing is no refusal.
const passes = async (call) => {
  await call();
  return true;
};

const standard = (Webhook, prefix) => ({
  verify: (q) => passes(() => new Webhook(q.secret).verify(q.text, q.headers)),
  sign: (q) => {
    const id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
    return {
      headers: {
        [`${prefix}-id`]: id,
        [`${prefix}-timestamp`]: String(seconds(q)),
        [`${prefix}-signature`]: new Webhook(q.secret).sign(id, new Date(q.now), q.text),
      },
    };
  },
});

const hubspot = async (version, signature) => {
  const { Signature } = await import('@hubspot/api-client');
  const named = version === 'v3' ? {} : { 'x-hubspot-signature-version': version };
  return {
    verify: (q) =>
      Signature.isValid({
        signature: q.headers[signature],
        clientSecret: q.secret,
        requestBody: q.text,
        url: q.url,
        method: q.method,
        signatureVersion: version,
        timestamp: q.headers['x-hubspot-request-timestamp'] && Number(q.headers['x-hubspot-request-timestamp']),
      }),
    sign: (q) => {
      const made = Signature.getSignature(q.method, version, {
        clientSecret: q.secret,
        requestBody: q.text,
        url: q.url,
        timestamp: q.now,
      });
      return { headers: { 'x-hubspot-request-timestamp': String(q.now), ...named, [signature]: made } };
    },
  };
};

export const senders = {
  'adyen': {
    package: '@adyen/api-library',
    load: async () => {
      const { hmacValidator } = await import('@adyen/api-library');
      const v = new hmacValidator();
      const items = (text) => JSON.parse(text).notificationItems.map((i) => i.NotificationRequestItem);
      return {
        verify: (q) => items(q.text).every((i) => v.validateHMAC(i, q.secret)),
        sign: (q) => {
          const all = JSON.parse(q.text);
          for (const { NotificationRequestItem: item } of all.notificationItems) {
            item.additionalData = { ...item.additionalData, hmacSignature: v.calculateHmac(item, q.secret) };
          }
          return { headers: {}, body: Buffer.from(JSON.stringify(all)).toString('base64') };
        },
      };
    },
  },
  'adyen-banking': {
    package: '@adyen/api-library',
    load: async () => {
      const { hmacValidator } = await import('@adyen/api-library');
      const v = new hmacValidator();
      return {
        verify: (q) => v.validateHMACSignature(q.secret, q.headers['hmacsignature'], q.text),
        sign: (q) => ({ headers: { 'HmacSignature': v.calculateHmac(q.text, q.secret) } }),
      };
    },
  },
  'box': {
    package: 'box-node-sdk',
    load: async () => {
      const { WebhooksManager } = await import('box-node-sdk/managers/webhooks');
      return { verify: (q) => WebhooksManager.validateMessage(q.text, q.headers, q.secret, { secondaryKey: q.secret }) };
    },
  },
  'chargebee': {
    package: 'chargebee',
    load: async () => {
      const { basicAuthValidator } = await import('chargebee');
      return {
        verify: (q) => passes(() => basicAuthValidator((user, password) => `${user}:${password}` === q.secret)(q.headers)),
      };
    },
  },
  'clerk': {
    package: '@clerk/backend',
    load: async () => {
      const { verifyWebhook } = await import('@clerk/backend/webhooks');
      return {
        verify: (q) => {
          const request = new Request(q.url, { method: q.method, headers: q.headers, body: q.text });
          return passes(() => verifyWebhook(request, { signingSecret: q.secret }));
        },
      };
    },
  },
  'coinbase_commerce': {
    package: 'coinbase-commerce-node',
    load: async () => {
      const { Webhook } = (await import('coinbase-commerce-node')).default;
      const name = 'x-cc-webhook-signature';
      return {
        verify: (q) => passes(() => Webhook.verifyEventBody(q.text, q.headers[name], q.secret)),
        sign: (q) => ({ headers: { [name]: Webhook.computeSignature(q.text, q.secret) } }),
      };
    },
  },
  'discord': {
    package: 'discord-interactions',
    load: async () => {
      const { verifyKey } = await import('discord-interactions');
      return {
        verify: (q) => verifyKey(q.raw, q.headers['x-signature-ed25519'], q.headers['x-signature-timestamp'], q.secret),
      };
    },
  },
  'github': {
    package: '@octokit/webhooks-methods',
    load: async () => {
      const { sign, verify } = await import('@octokit/webhooks-methods');
      return {
        verify: (q) => verify(q.secret, q.text, q.headers['x-hub-signature-256']),
        sign: async (q) => ({ headers: { 'x-hub-signature-256': await sign(q.secret, q.text) } }),
      };
    },
  },
  'gocardless': {
    package: 'gocardless-nodejs',
    load: async () => {
      const { parse } = await import('gocardless-nodejs/webhooks');
      return { verify: (q) => passes(() => parse(q.text, q.secret, q.headers['webhook-signature'])) };
    },
  },
  'hubspot-v1': { package: '@hubspot/api-client', load: () => hubspot('v1', 'x-hubspot-signature') },
  'hubspot-v2': { package: '@hubspot/api-client', load: () => hubspot('v2', 'x-hubspot-signature') },
  'hubspot-v3': { package: '@hubspot/api-client', load: () => hubspot('v3', 'x-hubspot-signature-v3') },
  'line': {
    package: '@line/bot-sdk',
    load: async () => {
      const { validateSignature } = await import('@line/bot-sdk');
      return { verify: (q) => validateSignature(q.raw, q.secret, q.headers['x-line-signature']) };
    },
  },
  'linear': {
    package: '@linear/sdk',
    load: async () => {
      const { LinearWebhookClient } = await import('@linear/sdk/webhooks');
      return {
        verify: (q) => new LinearWebhookClient(q.secret).verify(q.raw, q.headers['linear-signature'], q.headers['linear-timestamp']),
      };
    },
  },
  'messagebird': {
    package: 'messagebird',
    load: async () => {
      const { default: signature } = await import('messagebird/lib/signature.js');
      const request = (q) => ({ headers: { ...q.headers }, query: query(q.url), body: q.raw });
      return {
        verify: (q) => signature.validate(request(q), q.secret),
        sign: (q) => {
          q.headers['messagebird-request-timestamp'] = String(seconds(q));
          const made = signature.generate(request(q), q.secret).toString('base64');
          return { headers: { 'MessageBird-Request-Timestamp': String(seconds(q)), 'MessageBird-Signature': made } };
        },
      };
    },
  },
  'messagebird-jwt': {
    package: 'messagebird',
    load: async () => {
      const { default: jwt } = await import('messagebird/lib/webhook-signature-jwt.js');
      return {
        verify: (q) => jwt.verify(q.url, q.raw, q.headers[jwt.SIGNATURE_HEADER_NAME], createSecretKey(Buffer.from(q.secret))),
      };
    },
  },
  'mux': {
    package: '@mux/mux-node',
    load: async () => {
      const { default: Mux } = await import('@mux/mux-node');
      const { webhooks } = new Mux({ tokenId: 'x', tokenSecret: 'x' });
      return {
        verify: (q) => passes(() => webhooks.verifySignature(q.text, q.headers, q.secret)),
        sign: async (q) => {
          const made = await webhooks.computeSignature(`${seconds(q)}.${q.text}`, q.secret);
          return { headers: { 'mux-signature': `t=${seconds(q)},v1=${made}` } };
        },
      };
    },
  },
  'notion': {
    package: '@notionhq/client',
    load: async () => {
      const { signWebhookPayload, verifyWebhookSignature } = await import('@notionhq/client');
      const name = 'x-notion-signature';
      return {
        verify: (q) => verifyWebhookSignature({ body: q.raw, signature: q.headers[name], verificationToken: q.secret }),
        sign: async (q) => ({ headers: { [name]: await signWebhookPayload({ body: q.raw, verificationToken: q.secret }) } }),
      };
    },
  },
  'openai': {
    package: 'openai',
    load: async () => {
      const { default: OpenAI } = await import('openai');
      const { webhooks } = new OpenAI({ apiKey: 'x' });
      return { verify: (q) => passes(() => webhooks.verifySignature(q.text, q.headers, q.secret)) };
    },
  },
  'paddle': {
    package: '@paddle/paddle-node-sdk',
    load: async () => {
      const { Paddle } = await import('@paddle/paddle-node-sdk');
      const { webhooks } = new Paddle('x');
      return { verify: (q) => webhooks.isSignatureValid(q.text, q.secret, q.headers['paddle-signature']) };
    },
  },
  'plivo-v2': {
    package: 'plivo',
    load: async () => {
      const { validateSignature } = await import('plivo');
      return {
        verify: (q) =>
          validateSignature(q.url, q.headers['x-plivo-signature-v2-nonce'], q.headers['x-plivo-signature-v2'], q.secret),
      };
    },
  },
  'plivo-v3': {
    package: 'plivo',
    load: async () => {
      const { validateV3Signature } = await import('plivo');
      return {
        verify: (q) => {
          const [signature, nonce] = [q.headers['x-plivo-signature-v3'], q.headers['x-plivo-signature-v3-nonce']];
          return validateV3Signature(q.method, q.url, nonce, q.secret, signature, isForm(q) ? fields(q.text) : {});
        },
      };
    },
  },
  'pusher': {
    package: 'pusher',
    load: async () => {
      const { default: Pusher } = await import('pusher');
      const { default: Token } = await import('pusher/lib/token.js');
      const key = (q) => q.headers['x-pusher-key'] ?? 'key';
      return {
        verify: (q) =>
          new Pusher({ appId: 'x', key: key(q), secret: q.secret, cluster: 'eu' }).webhook({ headers: q.headers, rawBody: q.text }).isValid(),
        sign: (q) => ({ headers: { 'X-Pusher-Key': key(q), 'X-Pusher-Signature': new Token(key(q), q.secret).sign(q.text) } }),
      };
    },
  },
  'razorpay': {
    package: 'razorpay',
    load: async () => {
      const { default: Razorpay } = await import('razorpay');
      return { verify: (q) => Razorpay.validateWebhookSignature(q.text, q.headers['x-razorpay-signature'], q.secret) };
    },
  },
  'replicate': {
    package: 'replicate',
    load: async () => {
      const { validateWebhook } = await import('replicate');
      return {
        verify: (q) =>
          validateWebhook({
            id: q.headers['webhook-id'],
            timestamp: q.headers['webhook-timestamp'],
            signature: q.headers['webhook-signature'],
            body: q.text,
            secret: q.secret,
          }),
      };
    },
  },
  'resend': {
    package: 'resend',
    load: async () => {
      const { Resend } = await import('resend');
      const { webhooks } = new Resend('re_x');
      return {
        verify: (q) => {
          const headers = { id: q.headers['svix-id'], timestamp: q.headers['svix-timestamp'], signature: q.headers['svix-signature'] };
          return passes(() => webhooks.verify({ payload: q.text, headers, webhookSecret: q.secret }));
        },
      };
    },
  },
  'sendgrid': {
    package: '@sendgrid/eventwebhook',
    load: async () => {
      const { EventWebhook, EventWebhookHeader } = await import('@sendgrid/eventwebhook');
      const [signature, time] = [EventWebhookHeader.SIGNATURE().toLowerCase(), EventWebhookHeader.TIMESTAMP().toLowerCase()];
      return {
        verify: (q) => {
          const e = new EventWebhook();
          return e.verifySignature(e.convertPublicKeyToECDSA(q.secret), q.raw, q.headers[signature], q.headers[time]);
        },
      };
    },
  },
  // seven.io signs the calls to its API as it signs webhooks, so its client shows how it signs: the call is caught.
  'seven': {
    package: '@seven.io/client',
    load: async () => {
      const { Client, SmsResource, WebhookVerifier } = await import('@seven.io/client');
      return {
        verify: async (q) => {
          const request = { headers: q.headers, body: q.text, url: q.url, method: q.method }; // it takes no Buffer for one
          return (await new WebhookVerifier({ signingSecret: q.secret }).verify(request)).valid;
        },
        sign: async (q) => {
          const fetch = globalThis.fetch;
          let call;
          globalThis.fetch = async (url, options) => {
            call = { url, ...options };
            return { text: async () => '{}', headers: new Headers(), status: 200 };
          };
          try {
            await new SmsResource(new Client({ apiKey: 'x', signingSecret: q.secret })).dispatch({ to: ['491700000000'], text: q.text });
          } finally {
            globalThis.fetch = fetch;
          }
          const body = Buffer.from(call.body).toString('base64');
          return { url: call.url, method: call.method.toUpperCase(), headers: Object.fromEntries(new Headers(call.headers)), body };
        },
      };
    },
  },
  'shopify': {
    package: '@shopify/shopify-api',
    load: async () => {
      await import('@shopify/shopify-api/adapters/node');
      const { ApiVersion, shopifyApi } = await import('@shopify/shopify-api');
      const apiVersion = Object.values(ApiVersion)[0];
      const clients = new Map();
      const client = (apiSecretKey) => {
        if (!clients.has(apiSecretKey)) {
          const config = { apiKey: 'x', apiSecretKey, apiVersion, hostName: 'hooks.example.com', isEmbeddedApp: false, logger: { log: () => {} } };
          clients.set(apiSecretKey, shopifyApi(config));
        }
        return clients.get(apiSecretKey);
      };
      return {
        verify: async (q) => {
          const rawRequest = { method: q.method, url: q.url, headers: q.headers };
          return (await client(q.secret).webhooks.validate({ rawBody: q.text, rawRequest, rawResponse: {} })).valid;
        },
      };
    },
  },
  'slack': {
    package: '@slack/bolt',
    load: async () => {
      const { verifySlackRequest } = await import('@slack/bolt');
      return {
        verify: (q) => {
          const headers = {
            'x-slack-signature': q.headers['x-slack-signature'],
            'x-slack-request-timestamp': Number(q.headers['x-slack-request-timestamp']),
          };
          return passes(() => verifySlackRequest({ signingSecret: q.secret, body: q.text, headers }));
        },
      };
    },
  },
  'square': {
    package: 'square',
    load: async () => {
      const { WebhooksHelper } = await import('square');
      return {
        verify: (q) =>
          WebhooksHelper.verifySignature({
            requestBody: q.text,
            signatureHeader: q.headers['x-square-hmacsha256-signature'],
            signatureKey: q.secret,
            notificationUrl: q.url,
          }),
      };
    },
  },
  'standardwebhooks': {
    package: 'standardwebhooks',
    load: async () => standard((await import('standardwebhooks')).Webhook, 'webhook'),
  },
  'stripe': {
    package: 'stripe',
    load: async () => {
      const { default: Stripe } = await import('stripe');
      const { webhooks } = new Stripe('sk_x');
      return {
        verify: (q) => passes(() => webhooks.constructEvent(q.raw, q.headers['stripe-signature'], q.secret)),
        sign: (q) => ({
          headers: {
            'stripe-signature': webhooks.generateTestHeaderString({ payload: q.text, secret: q.secret, timestamp: seconds(q) }),
          },
        }),
      };
    },
  },
  'svix': {
    package: 'svix',
    load: async () => standard((await import('svix')).Webhook, 'svix'),
  },
  'telnyx': {
    package: 'telnyx',
    load: async () => {
      const { default: Telnyx } = await import('telnyx');
      const { webhooks } = new Telnyx({ apiKey: 'x' });
      return { verify: (q) => passes(() => webhooks.unwrap(q.text, { headers: q.headers, key: q.secret })) };
    },
  },
  'twilio': {
    package: 'twilio',
    load: async () => {
      const { default: twilio } = await import('twilio');
      const name = 'x-twilio-signature';
      return {
        verify: (q) =>
          isForm(q) || q.method === 'GET'
            ? twilio.validateRequest(q.secret, q.headers[name], q.url, fields(q.text))
            : twilio.validateRequestWithBody(q.secret, q.headers[name], q.url, q.text),
        sign: (q) => ({
          headers: { [name]: twilio.getExpectedTwilioSignature(q.secret, q.url, isForm(q) ? fields(q.text) : {}) },
        }),
      };
    },
  },
  'vonage': {
    package: '@vonage/jwt',
    load: async () => {
      const { verifySignature } = await import('@vonage/jwt');
      return { verify: (q) => verifySignature((q.headers['authorization'] ?? '').replace(/^Bearer /, ''), q.secret) };
    },
  },
  'webflow': {
    package: 'webflow-api',
    load: async () => {
      const { WebflowClient } = await import('webflow-api');
      const { webhooks } = new WebflowClient({ accessToken: 'x' });
      return { verify: (q) => webhooks.verifySignature({ headers: q.headers, body: q.text, secret: q.secret }) };
    },
  },
  'workos': {
    package: '@workos-inc/node',
    load: async () => {
      const { WorkOS } = await import('@workos-inc/node');
      const { webhooks } = new WorkOS('sk_x');
      const name = 'workos-signature';
      return {
        verify: (q) => webhooks.verifyHeader({ payload: JSON.parse(q.text), sigHeader: q.headers[name], secret: q.secret }),
        sign: async (q) => ({
          headers: { [name]: `t=${q.now}, v1=${await webhooks.computeSignature(q.now, JSON.parse(q.text), q.secret)}` },
        }),
      };
    },
  },
};
