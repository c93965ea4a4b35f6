// Package tunnel turns a public address into a net.Listener. An agent calls Listen, gives a way to reach a relay and a
// key, and then accepts connections as from any other listener, although senders connect to the relay's port.
//
//	sender ──TCP──▶ relay ──one SSH connection, many channels──▶ Listener ──Accept──▶ *Conn
//
// What it promises:
//
//   - One exchange, one connection. Accept yields a *Conn for each request that arrives. Read gives the request's bytes
//     and then io.EOF; Write sends the answer; Finish ends it, Close without Finish aborts it, so that a cut answer never
//     looks whole. Deadlines work, RemoteAddr is the sender.
//   - It comes back by itself. After a cut or a sleep the Listener dials again and asks for the address it had. A peer
//     that has gone silent is noticed within ten seconds. Only a refusal that waiting can't cure ends it: the key, the
//     host key, or a newer process with the same key that took the address over.
//   - Bounded memory. What a sender or an app doesn't read stays where it is: each direction of an exchange has its own
//     credit, and an idle channel holds no buffer.
//
// The protocol is SSH with channels of an own kind; PROTOCOL.md is its description for other implementers. Frames,
// channels and credit are exported for package relay, the other end. What the bytes mean is left to others: this
// package knows nothing of HTTP.
package tunnel
