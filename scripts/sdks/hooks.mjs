// Has the senders' own clients register webhooks at APIs that devhook's tests are written against, to show that these are
// true: node hooks.mjs SEVEN TELERIVET, each a base address. It prints one line of JSON a call: {"name":…,"got":…}, or
// {"name":…,"fault":…} where the client was refused.

import * as seven from '@seven.io/client';
import telerivet from 'telerivet';

const [, , sevenAt, telerivetAt] = process.argv;

// seven.io's client has a fixed address.
const { fetch } = globalThis;
globalThis.fetch = (url, options) => fetch(String(url).replace(seven.Client.BASE_URL, sevenAt), options);

async function call(name, f) {
  try {
    console.log(JSON.stringify({ name, got: await f() }));
  } catch (error) {
    console.log(JSON.stringify({ name, fault: String(error.message ?? error) }));
  }
}

const hooks = new seven.HooksResource(new seven.Client({ apiKey: 'k' }));
const wish = { targetUrl: 'https://a.example/x', eventType: 'all', requestMethod: 'JSON', eventFilter: '49', headers: 'X-A: b' };
await call('seven add', async () => (await hooks.subscribe(wish)).success);
await call('seven list', async () => (await hooks.read()).hooks.map((h) => [h.target_url, h.event_type, h.request_method, h.event_filter]));
await call('seven rm', async () => (await hooks.unsubscribe(12345)).success);
await call('seven list none', async () => (await hooks.read()).hooks);
const stranger = new seven.HooksResource(new seven.Client({ apiKey: 'x' }));
await call('seven wrong key', async () => (await stranger.read()).hooks ?? 'none');

const promised = (f) => new Promise((done, refused) => f((error, got) => (error ? refused(error) : done(got))));
const api = new telerivet.API('k', telerivetAt);
const project = api.initProjectById('PJ1');
const long = { url: 'https://a.example/s', secret: 's'.repeat(400) }; // long enough to be sent compressed
const service = { service_type: 'incoming_message_webhook', name: 'x', contact_number_filter: 'all', config: long };
const services = () => promised((then) => project.queryServices({}).all(then));
await call('telerivet projects', async () => (await promised((then) => api.queryProjects({}).all(then))).map((p) => p.id));
await call('telerivet add', async () => (await promised((then) => project.createService(service, then))).name);
await call('telerivet list', async () => (await services()).map((s) => s.name));
await call('telerivet config', async () => (await promised(async (then) => (await services())[1].getConfig(then))).url);
await call('telerivet update', async () => (await promised(async (then) => (await services())[1].setConfig({ url: 'https://b.example' }, then))).url);
await call('telerivet rm', async () => promised(async (then) => (await services())[1].delete(then)));
await call('telerivet wrong filter', async () => promised((then) => project.createService({ ...service, contact_number_filter: 'none' }, then)));
