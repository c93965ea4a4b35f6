// Has a client of ngrok's agent API, as npm has it, ask the inspector at the address it is given. It prints one line of
// JSON a call: {"name":…,"got":…}, or {"name":…,"fault":…} where the client was refused.

import { NgrokClient } from 'ngrok';

const client = new NgrokClient(process.argv[2]);

async function call(name, f) {
  try {
    const got = await f();
    console.log(JSON.stringify({ name, got }));
    return got;
  } catch (error) {
    console.log(JSON.stringify({ name, fault: String(error.message), status: error.body?.status_code }));
  }
}

const tunnels = await call('tunnels', () => client.listTunnels());
const [tunnel] = tunnels.tunnels;
await call('tunnel', () => client.tunnelDetail(tunnel.name));
const list = await call('list', () => client.listRequests({ limit: 50, tunnel_name: tunnel.name }));
await call('one', () => client.listRequests({ limit: 1 }));
const [newest, first] = list.requests;
await call('detail', () => client.requestDetail(first.id));
await call('replay', () => client.replayRequest(first.id, tunnel.name));
await call('replayed', () => client.requestDetail(first.id));
await call('clear', () => client.deleteAllRequests());
await call('none', () => client.listRequests());
await call('gone', () => client.requestDetail(newest.id));
await call('replay gone', () => client.replayRequest(newest.id));
await call('start', () => client.startTunnel({ proto: 'http', addr: 3000 }));
await call('stop', () => client.stopTunnel(tunnel.name));
