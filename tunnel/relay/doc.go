// Package relay is the public side of a tunnel: a server that agents log in to by SSH, and that hands each request
// arriving at a public port to the agent the port belongs to.
//
//	sender ──HTTP, or TLS──▶ entrance (a public port) ──▶ address (the port, or a name) ──lane (an SSH channel)──▶ agent
//
// An entrance is one address as a whole, or many names share it: then the Host of each request says whose it is. A
// sender's connection is read by one goroutine: heads by http1, bodies as raw bytes. It leads an exchange over a lane
// of the tunnel that owns the address; the lane's own goroutine brings the answer back, so that request and answer flow
// independently. Lanes are opened ahead and used again, one exchange at a time.
//
// What it promises:
//
//   - It denies by default. Only keys that Config.Authorized accepts get in; they can ask for one of the listed public
//     ports, or a name, and for nothing else. Each request is judged from the server's own state: one parse decides whose
//     it is and whether its sender may call.
//   - An address belongs to a key. Another key never gets it, the same key's newer process gets it at once, and after a
//     cut it waits for its owner, answering 503 meanwhile.
//   - A cut answer never looks whole: if the tunnel breaks in the middle of one, the sender's connection is reset.
//   - An exchange is never moved: once its first byte went to an agent, no other lane gets it.
//   - Stock OpenSSH clients (Config.Stock) get the same ports under the same rules by `ssh -R`: bytes of one connection
//     over one channel, reset when cut. Their sessions show the address and end; nothing is run.
//   - Bounded: heads, silence, connections, exchanges and buffered bytes all have a limit.
//
// The bytes of requests and answers are passed as they come. The relay answers by itself only where no tunnel can:
// 503 and 502 with Retry-After, 401 and 403 to who may not call, 404 below its own paths and for names that nobody has,
// 400 for what is not HTTP and comes too often or can't be routed. Agents may also come by WebSocket, to a listener of
// their own or to the shared ports, where a certificate authority's challenges are answered too.
package relay
