package http1

import "strings"

// hostileHeads is about start lines, header lines and their limits.
func hostileHeads() []hostile {
	long := strings.Repeat("x", 20<<10)
	return []hostile{
		{
			name: "H14 LF", in: "GET / HTTP/1.1\nHost: a\n\n",
			want: "400 a line that ends with LF alone", stock: `200 GET / ""`,
		},
		{
			name: "H14 LF in one line", in: "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
			want: "400 a line that ends with LF alone", stock: `200 GET / ""`,
		},
		{
			name: "H14 LF ends the head", in: "GET / HTTP/1.1\r\nHost: a\r\n\n",
			want: "400 a line that ends with LF alone", stock: `200 GET / ""`,
		},
		{
			name: "H15 bare CR", in: "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
			want: "400 bare CR in a header line", stock: "400",
		},
		{
			name: "H15 CR CR LF", in: "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
			want: "400 bare CR in a header line", stock: "400",
		},
		{
			name: "H15 NUL", in: "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
			want: "400 byte 0x00 in a header line", stock: "400",
		},
		{
			name: "H15 ESC", in: "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n",
			want: "400 byte 0x1b in a header line", stock: "400",
		},
		{
			name: "H15 DEL", in: "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
			want: "400 byte 0x7f in a header line", stock: "400",
		},
		{
			name: "H16 fold", in: "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
			want: "400 a folded header line", stock: `200 GET / ""`,
		},
		{
			name: "H17 blank first", in: "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
			want: "400 a header line that begins with a blank", stock: "400",
		},
		{
			name: "H17 empty name", in: "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
			want: "400 a header line without a name", stock: "400",
		},
		{
			name: "H17 no colon", in: "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n",
			want: "400 a header line without a colon", stock: "400",
		},
		{
			name: "H17 name in UTF-8", in: "GET / HTTP/1.1\r\nHost: a\r\nX-ä: b\r\n\r\n",
			want: "400 byte 0xc3 in a header name", stock: "400",
		},
		{
			name: "H18 one empty line", in: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET / none | end", stock: "400",
		},
		{
			name: "H18 two empty lines", in: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 more than one empty line before the request", stock: "400",
		},
		{
			name: "H18 one after a body", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n",
			want: "POST / length x | end", stock: "200 POST / x",
		},
		{
			name: "H19 no Host", in: "GET / HTTP/1.1\r\nX: y\r\n\r\n",
			want: "400 no Host line", stock: "400",
		},
		{
			name: "H19 two Hosts", in: "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
			want: "400 more than one Host line", stock: "400",
		},
		{
			name: "H19 a/b", in: "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
			want: "400 a Host that is no host name", stock: "400",
		},
		{
			name: "H19 x@a", in: "GET / HTTP/1.1\r\nHost: x@a\r\n\r\n",
			want: "400 a Host that is no host name", stock: "400",
		},
		{
			name: "H19 bad port", in: "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
			want: "400 a Host that is no host name", stock: `200 GET / ""`,
		},
		{
			name: "H19 two ports", in: "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
			want: "400 a Host that is no host name", stock: `200 GET / ""`,
		},
		{
			name: "H19 open bracket", in: "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
			want: "400 a Host that is no host name", stock: `200 GET / ""`,
		},
		{
			name: "H20 empty Host", in: "GET / HTTP/1.1\r\nHost:\r\n\r\n",
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "H20 1.0 without Host", in: "GET / HTTP/1.0\r\n\r\n",
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "H21 absolute", in: "GET http://b.test/x HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET http://b.test/x none | end", stock: `200 GET http://b.test/x ""`,
		},
		{
			name: "H22 CONNECT", in: "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "405 CONNECT: this is no proxy", stock: `200 CONNECT a:443 ""`,
		},
		{
			name: "H23 OPTIONS *", in: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "OPTIONS * none | end", stock: "200",
		},
		{
			name: "H24 get", in: "get / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "get / none | end", stock: `200 get / ""`,
		},
		{
			name: "H24 G@T", in: "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 byte 0x40 in the method", stock: "400",
		},
		{
			name: "H24 PROPFIND", in: "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "PROPFIND / none | end", stock: `200 PROPFIND / ""`,
		},
		{
			name: "H24 32 bytes", in: strings.Repeat("M", 32) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / none | end", stock: `200 MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / ""`,
		},
		{
			name: "H24 33 bytes", in: strings.Repeat("M", 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 a method of more than 32 bytes", stock: `200 MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / ""`,
		},
		{
			name: "H25 preface", in: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
			want: "505 an HTTP version other than 1.0 and 1.1", stock: `200 PRI * ""`,
		},
		{
			name: "H25 PRI in 1.1", in: "PRI * HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "505 an HTTP/2 preface", stock: `200 PRI * ""`,
		},
		{
			name: "H26 0.9", in: "GET /\r\n",
			want: "400 a request line without a version", stock: "400",
		},
		{
			name: "H26 HTTP/0.9", in: "GET / HTTP/0.9\r\n\r\n",
			want: "505 an HTTP version other than 1.0 and 1.1", stock: "505",
		},
		{
			name: "H26 1.2", in: "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "H26 2.0", in: "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
			want: "505 an HTTP version other than 1.0 and 1.1", stock: "505",
		},
		{
			name: "H26 HTTP/3", in: "GET / HTTP/3\r\nHost: a\r\n\r\n",
			want: "505 an HTTP version other than 1.0 and 1.1", stock: "400",
		},
		{
			name: "H26 http/1.1", in: "GET / http/1.1\r\nHost: a\r\n\r\n",
			want: "400 a request line that doesn't end with a version", stock: "400",
		},
		{
			name: "H26 HTTP/1.10", in: "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
			want: "400 a request line that doesn't end with a version", stock: "400",
		},
		{
			name: "H27 space", in: "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 a request line that doesn't end with a version", stock: "400",
		},
		{
			name: "H27 two spaces", in: "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 a request line without a target", stock: "400",
		},
		{
			name: "H27 tab", in: "GET /\tb HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 byte 0x09 in the target", stock: "400",
		},
		{
			name: "H27 %zz", in: "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET /%zz none | end", stock: "400",
		},
		{
			name: "H28 odd bytes", in: "GET //ä/%2e%2e/%00;a#b?c=1;d HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET //ä/%2e%2e/%00;a#b?c=1;d none | end", stock: `200 GET //ä/%2e%2e/%00;a#b?c=1;d ""`,
		},
		{
			name: "H28 16 KiB", in: "GET /" + long[:16<<10-1] + " HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET (16384 bytes) none | end", stock: `200 GET (16384 bytes) ""`,
		},
		{
			name: "H28 over 16 KiB", in: "GET /" + long[:16<<10] + " HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "414 the target is too long", stock: `200 GET (16385 bytes) ""`,
		},
		{
			name: "H29 64 KiB", in: headOf(64<<10, 0),
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "H29 over 64 KiB", in: headOf(64<<10+1, 0),
			want: "431 the head is too long", stock: `200 GET / ""`,
		},
		{
			name: "H29 2 MiB", in: headOf(2<<20, 0),
			want: "431 the head is too long", stock: "431",
		},
		{
			name: "H30 200 lines", in: headOf(0, 200),
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "H30 201 lines", in: headOf(0, 201),
			want: "431 too many header lines", stock: `200 GET / ""`,
		},
		{
			name: "H31 100-continue", in: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
			want: "POST / length x | end", stock: "100 | 200 POST / x",
		},
		{
			name: "H32 Expect", in: "POST / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nContent-Length: 1\r\n\r\nx",
			want: "417 an Expect other than 100-continue", stock: "417",
		},
		{
			name: "H35 TLS", in: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
			want: "400 byte 0x16 in the method", stock: "400",
		},
		{
			name: "H35 SSH", in: "SSH-2.0-OpenSSH_9.2p1\r\n",
			want: "400 a request line without a target", stock: "400",
		},
		{
			name: "H35 nothing", in: "",
			want: "end", stock: "",
		},
		{
			name: "H36 cut in the head", in: "POST / HTTP/1.1\r\nHost: a\r\nConte",
			want: "cut", stock: "400",
		},
		{
			name: "R3 Connection names a header", in: "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Sig\r\nX-Sig: 1\r\n\r\n",
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "R6 latin-1", in: "GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xff\r\n\r\n",
			want: "GET / none | end", stock: `200 GET / ""`,
		},
		{
			name: "R9 hosts", in: "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]:8080\r\n\r\nGET / HTTP/1.1\r\nHost: XN--a.Test.:80\r\n\r\n",
			want: "GET / none | GET / none | end", stock: `200 GET / "" | 200 GET / ""`,
		},
	}
}

// headOf makes a head of so many bytes, or of so many lines.
func headOf(size, lines int) string {
	var b strings.Builder
	b.WriteString("GET / HTTP/1.1\r\nHost: a\r\n")
	if lines > 0 {
		b.WriteString(strings.Repeat("X-Line: 1\r\n", lines-1))
	} else {
		b.WriteString("X: " + strings.Repeat("v", size-b.Len()-len("X: \r\n\r\n")) + "\r\n")
	}
	return b.String() + "\r\n"
}
