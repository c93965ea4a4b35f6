// Package inspector stands between a public address and the developer's app. It takes each request off a
// net.Listener and leads it down one road:
//
//	read whole → ask the provider → store → hand to the app → store the answer → answer the sender
//
// What it promises:
//
//   - A request is stored, head and body, before the app sees it. If it cannot be stored, the app is not called
//     and the sender is asked to come back.
//   - Nothing is answered before capture and answer are on disk (an fsync, not only a commit). Only the recording
//     of an answer that is long or never ends trails behind its passing on; the capture itself never does.
//   - The app gets a request once. A connection that dies under a request ends the delivery; it is not tried again.
//   - The bytes stay what they were. headers.go is the whole list of what is changed on the way.
//   - Malformed, refused and cut-off requests have a record too; the app does not see them.
//
// With Hold a request is stored and its sender answered at once, and Drain hands it to the app when that is there: in order
// on each route, tried again only while no byte has reached the app, and from then on like any other.
//
// Replay takes the same road from the app on, with an edit or a new signature if asked.
//
// The inspector knows nothing of tunnels. A connection that carries one exchange, says who called, or can tell that
// the sender left, offers that by small interfaces (sender.go); any other net.Conn is served as plain HTTP/1.1 with
// keep-alive.
package inspector
