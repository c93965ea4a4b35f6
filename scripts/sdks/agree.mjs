// Lets the senders' own packages sign and verify. It reads one request a line from standard input and answers each
// with one line on standard output:
//
//   {"sdk":"stripe","do":"verify","secret":"…","url":"…","method":"POST","headers":{…},"body":"base64","now":1795299200000}
//   {"ok":true}  or  {"ok":false,"why":"what the package said"}
//
//   {"sdk":"stripe","do":"sign", …}
//   {"headers":{…}}, with "url", "method" or "body" too where the package chose those itself
//
// The first line is its own: the version of Node.js, and of every package whether it loaded and whether it can sign.
// The clock that the packages see is the request's "now", so that ages can be judged to the second.

import { Buffer, File } from 'node:buffer';
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';

// What Node.js 18 keeps out of the global scope and some packages expect there.
globalThis.crypto ??= webcrypto;
globalThis.File ??= File;

// Packages may print; standard output is for answers.
for (const name of ['debug', 'error', 'info', 'log', 'warn']) console[name] = () => {};

// A package that called out would be a fault: nothing here needs a network.
globalThis.fetch = async () => {
  throw new Error('no network here');
};

const RealDate = globalThis.Date;
let now = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(now);
  }

  static now() {
    return now;
  }
};

const { senders } = await import('./senders.mjs');
const loaded = {};

function version(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
}

async function load() {
  const about = {};
  for (const [name, sender] of Object.entries(senders)) {
    try {
      loaded[name] = await sender.load();
      about[name] = { package: sender.package, version: version(sender.package), signs: Boolean(loaded[name].sign) };
    } catch (e) {
      about[name] = { package: sender.package, fault: String(e.message ?? e) };
    }
  }
  return { node: process.version, sdks: about };
}

// answer takes nothing for a yes but true itself.
async function answer(line) {
  const q = JSON.parse(line);
  const sender = loaded[q.sdk];
  if (!sender) return { fault: `no such package: ${q.sdk}` };
  now = q.now;
  q.raw = Buffer.from(q.body, 'base64');
  q.text = q.raw.toString('utf8');
  const headers = q.headers;
  q.headers = {};
  for (const [name, value] of Object.entries(headers)) q.headers[name.toLowerCase()] = value;
  if (q.do === 'sign') {
    try {
      return await sender.sign(q);
    } catch (e) {
      return { fault: String(e.stack ?? e) };
    }
  }
  try {
    return { ok: (await sender.verify(q)) === true };
  } catch (e) {
    return { ok: false, why: String(e.message ?? e) };
  }
}

process.stdout.write(JSON.stringify(await load()) + '\n');
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(JSON.stringify(await answer(line)) + '\n');
}
