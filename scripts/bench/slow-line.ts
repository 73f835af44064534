import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A line to `port` of this machine that passes `rate` bytes a second of each connection to the server. */
export async function startSlowLine(port: number, rate: number) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    far.pipe(near)
    void pass(near, far, rate)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function pass(near: Socket, far: Socket, rate: number): Promise<void> {
  const started = performance.now()
  let passed = 0
  try {
    for await (const chunk of near as AsyncIterable<Buffer>) {
      if (!far.write(chunk)) await once(far, 'drain')
      passed += chunk.length
      const ahead = (passed / rate) * 1000 - (performance.now() - started)
      if (ahead > 5) await sleep(ahead)
    }
    far.end()
  } catch {
    far.destroy()
  }
}
