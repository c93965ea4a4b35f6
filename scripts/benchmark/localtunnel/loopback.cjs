// Loaded before localtunnel's server, which opens a port on all interfaces for each tunnel: here it listens on loopback only.
'use strict';
const { Server } = require('net');

const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  return typeof args[0] === 'function' ? listen.call(this, 0, '127.0.0.1', ...args) : listen.apply(this, args);
};
