package http1

// hostileFraming is about where a body ends.
func hostileFraming() []hostile {
	return []hostile{
		{
			name: "H1 length and chunked", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "400 both Transfer-Encoding and Content-Length", stock: `200 POST / "" | 200 GET /2 ""`,
		},
		{
			name: "H2 two chunked lines", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			want: "501 more than one Transfer-Encoding line", stock: "501",
		},
		{
			name: "H2 chunked, chunked", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H2 identity", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H3 xchunked", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H3 gzip, chunked", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H3 Kelvin sign", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H3 empty coding", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n",
			want: "501 a Transfer-Encoding other than chunked", stock: "501",
		},
		{
			name: "H3 CHUNKED", in: "POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-encoding:\t CHUNKED \r\n\r\n1\r\nx\r\n0\r\n\r\n",
			want: "POST / chunked x | end", stock: "200 POST / x",
		},
		{
			name: "H4 blank before colon", in: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
			want: "400 a blank in a header name or before its colon", stock: "400",
		},
		{
			name: "H5 chunked in 1.0", in: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
			want: "400 Transfer-Encoding in HTTP/1.0", stock: `200 POST / ""`,
		},
		{
			name: "H6 equal lengths", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc",
			want: "POST / length abc | end", stock: "200 POST / abc",
		},
		{
			name: "H7 different lengths", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
			want: "400 two different Content-Length values", stock: "400",
		},
		{
			name: "H7 3 and 03", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 03\r\n\r\nabc",
			want: "400 two different Content-Length values", stock: "400",
		},
		{
			name: "H7 list", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 negative", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 plus", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 hex", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\nab",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 1e20", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e20\r\n\r\n",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 too large", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000000000000\r\n\r\n",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 2^63", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H7 empty", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
			want: "400 a Content-Length that is no number of bytes", stock: "400",
		},
		{
			name: "H13 short", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
			want: "POST / length abc | cut", stock: "200 POST / abc broken",
		},
		{
			name: "H33 pipelined", in: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET /1 none | POST /2 length x | GET /3 none | end", stock: `200 GET /1 "" | 200 POST /2 x | 200 GET /3 ""`,
		},
		{
			name: "H33 one bad", in: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nG@T /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "GET /1 none | 400 byte 0x40 in the method", stock: `200 GET /1 "" | 400`,
		},
		{
			name: "H34 GET with body", in: "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
			want: "GET / length ab | end", stock: "200 GET / ab",
		},
		{
			name: "H34 DELETE chunked", in: "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
			want: "DELETE / chunked ab | end", stock: "200 DELETE / ab",
		},
		{
			name: "B1 length 0", in: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
			want: `POST / length "" | end`, stock: `200 POST / ""`,
		},
		{
			name: "B1 no framing", in: "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "POST / none | end", stock: `200 POST / ""`,
		},
	}
}
