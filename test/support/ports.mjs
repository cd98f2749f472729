// SPDX-License-Identifier: Apache-2.0
import net from 'node:net';

function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const found = server.address().port;
      server.close(() => resolve(found));
    });
  });
}

// Ports that are free on all of these addresses right now.
export async function freePorts(count, addresses) {
  const ports = [];
  while (ports.length < count) {
    const port = await tryListen(0, addresses[0]);
    const everywhere = await Promise.all(addresses.slice(1).map((address) => tryListen(port, address)));
    if (!ports.includes(port) && everywhere.every((found) => found === port)) ports.push(port);
  }
  return ports;
}
