// Package http1 reads and writes HTTP/1.1 on the wire: heads that keep every byte, and the framing of bodies.
package http1
