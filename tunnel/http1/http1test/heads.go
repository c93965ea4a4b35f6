package http1test

import "strings"

// heads is about start lines, header lines and their limits.
func heads() []Input {
	long := strings.Repeat("x", 20<<10)
	return []Input{
		{
			Name: "H14 LF", In: "GET / HTTP/1.1\nHost: a\n\n",
			Want: "400 a line that ends with LF alone", Stock: `200 GET / ""`,
		},
		{
			Name: "H14 LF in one line", In: "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
			Want: "400 a line that ends with LF alone", Stock: `200 GET / ""`,
		},
		{
			Name: "H14 LF ends the head", In: "GET / HTTP/1.1\r\nHost: a\r\n\n",
			Want: "400 a line that ends with LF alone", Stock: `200 GET / ""`,
		},
		{
			Name: "H15 bare CR", In: "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
			Want: "400 bare CR in a header line", Stock: "400",
		},
		{
			Name: "H15 CR CR LF", In: "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
			Want: "400 bare CR in a header line", Stock: "400",
		},
		{
			Name: "H15 NUL", In: "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
			Want: "400 byte 0x00 in a header line", Stock: "400",
		},
		{
			Name: "H15 ESC", In: "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n",
			Want: "400 byte 0x1b in a header line", Stock: "400",
		},
		{
			Name: "H15 DEL", In: "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
			Want: "400 byte 0x7f in a header line", Stock: "400",
		},
		{
			Name: "H16 fold", In: "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
			Want: "400 a folded header line", Stock: `200 GET / ""`,
		},
		{
			Name: "H17 blank first", In: "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
			Want: "400 a header line that begins with a blank", Stock: "400",
		},
		{
			Name: "H17 empty name", In: "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
			Want: "400 a header line without a name", Stock: "400",
		},
		{
			Name: "H17 no colon", In: "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n",
			Want: "400 a header line without a colon", Stock: "400",
		},
		{
			Name: "H17 name in UTF-8", In: "GET / HTTP/1.1\r\nHost: a\r\nX-ä: b\r\n\r\n",
			Want: "400 byte 0xc3 in a header name", Stock: "400",
		},
		{
			Name: "H18 one empty line", In: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET / none | end", Stock: "400",
		},
		{
			Name: "H18 two empty lines", In: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 more than one empty line before the request", Stock: "400",
		},
		{
			Name: "H18 one after a body", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n",
			Want: "POST / length x | end", Stock: "200 POST / x",
		},
		{
			Name: "H19 no Host", In: "GET / HTTP/1.1\r\nX: y\r\n\r\n",
			Want: "400 no Host line", Stock: "400",
		},
		{
			Name: "H19 two Hosts", In: "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
			Want: "400 more than one Host line", Stock: "400",
		},
		{
			Name: "H19 a/b", In: "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
			Want: "400 a Host that is no host name", Stock: "400",
		},
		{
			Name: "H19 x@a", In: "GET / HTTP/1.1\r\nHost: x@a\r\n\r\n",
			Want: "400 a Host that is no host name", Stock: "400",
		},
		{
			Name: "H19 bad port", In: "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
			Want: "400 a Host that is no host name", Stock: `200 GET / ""`,
		},
		{
			Name: "H19 two ports", In: "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
			Want: "400 a Host that is no host name", Stock: `200 GET / ""`,
		},
		{
			Name: "H19 open bracket", In: "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
			Want: "400 a Host that is no host name", Stock: `200 GET / ""`,
		},
		{
			Name: "H20 empty Host", In: "GET / HTTP/1.1\r\nHost:\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "H20 1.0 without Host", In: "GET / HTTP/1.0\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "H21 absolute", In: "GET http://b.test/x HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET http://b.test/x none | end", Stock: `200 GET http://b.test/x ""`,
		},
		{
			Name: "H22 CONNECT", In: "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "405 CONNECT: this is no proxy", Stock: `200 CONNECT a:443 ""`,
		},
		{
			Name: "H23 OPTIONS *", In: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "OPTIONS * none | end", Stock: "200",
		},
		{
			Name: "H24 get", In: "get / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "get / none | end", Stock: `200 get / ""`,
		},
		{
			Name: "H24 G@T", In: "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 byte 0x40 in the method", Stock: "400",
		},
		{
			Name: "H24 PROPFIND", In: "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "PROPFIND / none | end", Stock: `200 PROPFIND / ""`,
		},
		{
			Name: "H24 32 bytes", In: strings.Repeat("M", 32) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / none | end", Stock: `200 MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / ""`,
		},
		{
			Name: "H24 33 bytes", In: strings.Repeat("M", 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 a method of more than 32 bytes", Stock: `200 MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / ""`,
		},
		{
			Name: "H25 preface", In: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
			Want: "505 an HTTP version other than 1.0 and 1.1", Stock: `200 PRI * ""`,
		},
		{
			Name: "H25 PRI in 1.1", In: "PRI * HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "505 an HTTP/2 preface", Stock: `200 PRI * ""`,
		},
		{
			Name: "H26 0.9", In: "GET /\r\n",
			Want: "400 a request line without a version", Stock: "400",
		},
		{
			Name: "H26 HTTP/0.9", In: "GET / HTTP/0.9\r\n\r\n",
			Want: "505 an HTTP version other than 1.0 and 1.1", Stock: "505",
		},
		{
			Name: "H26 1.2", In: "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "H26 2.0", In: "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
			Want: "505 an HTTP version other than 1.0 and 1.1", Stock: "505",
		},
		{
			Name: "H26 HTTP/3", In: "GET / HTTP/3\r\nHost: a\r\n\r\n",
			Want: "505 an HTTP version other than 1.0 and 1.1", Stock: "400",
		},
		{
			Name: "H26 http/1.1", In: "GET / http/1.1\r\nHost: a\r\n\r\n",
			Want: "400 a request line that doesn't end with a version", Stock: "400",
		},
		{
			Name: "H26 HTTP/1.10", In: "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
			Want: "400 a request line that doesn't end with a version", Stock: "400",
		},
		{
			Name: "H27 space", In: "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 a request line that doesn't end with a version", Stock: "400",
		},
		{
			Name: "H27 two spaces", In: "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 a request line without a target", Stock: "400",
		},
		{
			Name: "H27 tab", In: "GET /\tb HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 byte 0x09 in the target", Stock: "400",
		},
		{
			Name: "H27 %zz", In: "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET /%zz none | end", Stock: "400",
		},
		{
			Name: "H28 odd bytes", In: "GET //ä/%2e%2e/%00;a#b?c=1;d HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET //ä/%2e%2e/%00;a#b?c=1;d none | end", Stock: `200 GET //ä/%2e%2e/%00;a#b?c=1;d ""`,
		},
		{
			Name: "H28 16 KiB", In: "GET /" + long[:16<<10-1] + " HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET (16384 bytes) none | end", Stock: `200 GET (16384 bytes) ""`,
		},
		{
			Name: "H28 over 16 KiB", In: "GET /" + long[:16<<10] + " HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "414 the target is too long", Stock: `200 GET (16385 bytes) ""`,
		},
		{
			Name: "H29 64 KiB", In: HeadOf(64<<10, 0),
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "H29 over 64 KiB", In: HeadOf(64<<10+1, 0),
			Want: "431 the head is too long", Stock: `200 GET / ""`,
		},
		{
			Name: "H29 2 MiB", In: HeadOf(2<<20, 0),
			Want: "431 the head is too long", Stock: "431",
		},
		{
			Name: "H30 200 lines", In: HeadOf(0, 200),
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "H30 201 lines", In: HeadOf(0, 201),
			Want: "431 too many header lines", Stock: `200 GET / ""`,
		},
		{
			Name: "H31 100-continue", In: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
			Want: "POST / length x | end", Stock: "100 | 200 POST / x",
		},
		{
			Name: "H32 Expect", In: "POST / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nContent-Length: 1\r\n\r\nx",
			Want: "417 an Expect other than 100-continue", Stock: "417",
		},
		{
			Name: "H35 TLS", In: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
			Want: "400 byte 0x16 in the method", Stock: "400",
		},
		{
			Name: "H35 SSH", In: "SSH-2.0-OpenSSH_9.2p1\r\n",
			Want: "400 a request line without a target", Stock: "400",
		},
		{
			Name: "H35 nothing", In: "",
			Want: "end", Stock: "",
		},
		{
			Name: "H36 cut in the head", In: "POST / HTTP/1.1\r\nHost: a\r\nConte",
			Want: "cut", Stock: "400",
		},
		{
			Name: "R3 Connection names a header", In: "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Sig\r\nX-Sig: 1\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "R6 latin-1", In: "GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xff\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "R7 long name", In: "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("N", 4<<10) + ": 1\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "R7 long value", In: "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("v", 60<<10) + "\r\n\r\n",
			Want: "GET / none | end", Stock: `200 GET / ""`,
		},
		{
			Name: "R9 hosts", In: "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]:8080\r\n\r\nGET / HTTP/1.1\r\nHost: XN--a.Test.:80\r\n\r\n",
			Want: "GET / none | GET / none | end", Stock: `200 GET / "" | 200 GET / ""`,
		},
	}
}

// HeadOf makes a head of so many bytes, or of so many lines.
func HeadOf(size, lines int) string {
	var b strings.Builder
	b.WriteString("GET / HTTP/1.1\r\nHost: a\r\n")
	if lines > 0 {
		b.WriteString(strings.Repeat("X-Line: 1\r\n", lines-1))
	} else {
		b.WriteString("X: " + strings.Repeat("v", size-b.Len()-len("X: \r\n\r\n")) + "\r\n")
	}
	return b.String() + "\r\n"
}
