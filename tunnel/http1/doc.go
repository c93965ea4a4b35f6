// Package http1 is HTTP/1.1 as it stands on the wire: heads kept byte for byte, and bodies whose end is never in doubt.
//
// devhook shows webhooks as they came and hands them on as they came. net/http cannot help with that: it drops the order and case of
// header lines, tidies some faults away and answers others before a handler sees them. So this package reads the bytes itself. The
// relay routes by it, the inspector records by it, and both read the app's answers and the stored captures with it.
//
// # Reading
//
// A [Reader] wraps a connection. [Reader.ReadRequest] returns one [Request]: its Raw bytes, its Fields in their order, and where its
// body ends. [Reader.Body] then reads what the body says, [Reader.RawBody] the same body with its chunk sizes and trailer, checked on
// the way; each stops at the exact byte where the next request begins. After an upgrade the Reader itself is read: bytes that came
// early are still in it. [Reader.ReadResponse] does the same for answers.
//
// # Strictness
//
// Two programs that read one message differently are how requests get smuggled, so whatever has two readings is an [Error]: a bare LF
// or CR, a folded line, a blank before the colon, Content-Length beside Transfer-Encoding, two lengths, a coding other than one
// "chunked". The rules are those of RFC 9110 and RFC 9112, and where these leave a choice, the strict one. Two exceptions serve
// people: one empty line before a request is allowed, and the head of an answer may end its lines with LF alone, as small
// development servers do.
//
// A malformed request is still a capture. With every Error comes the Request as far as it could be read, with Raw holding what came.
// The verdict depends only on the bytes, never on the pieces they came in, and reading Raw again gives the same one; so
// the relay may pass a bad head on and the inspector will find the same fault.
//
// # Promises
//
//   - No input makes it panic, or hold more than [Limits] allows.
//   - A fault in a line is told at the byte that settles it, without waiting for more; one between lines (Host, framing, Expect) at
//     the head's end.
//   - A head of up to 16 lines costs three allocations, a longer one four. A Reader that waits for a request holds 2 KiB and no
//     buffer from the pool.
//   - Nothing is changed, merged, decoded or canonicalised.
//
// Left to others: timeouts (set deadlines on the connection), limits on bodies, which header lines to pass on, and what to do about
// an absolute target that names another host ([Request.HostDiffers]).
package http1
