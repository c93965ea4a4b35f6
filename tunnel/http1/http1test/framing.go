package http1test

// framing is about where a body ends.
func framing() []Input {
	return []Input{
		{
			Name: "H1 length and chunked", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "400 both Transfer-Encoding and Content-Length", Stock: `200 POST / "" | 200 GET /2 ""`,
		},
		{
			Name: "H2 two chunked lines", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			Want: "501 more than one Transfer-Encoding line", Stock: "501",
		},
		{
			Name: "H2 chunked, chunked", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H2 identity", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H3 xchunked", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H3 gzip, chunked", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H3 Kelvin sign", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H3 empty coding", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n",
			Want: "501 a Transfer-Encoding other than chunked", Stock: "501",
		},
		{
			Name: "H3 CHUNKED", In: "POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-encoding:\t CHUNKED \r\n\r\n1\r\nx\r\n0\r\n\r\n",
			Want: "POST / chunked x | end", Stock: "200 POST / x",
		},
		{
			Name: "H4 blank before colon", In: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
			Want: "400 a blank in a header name or before its colon", Stock: "400",
		},
		{
			Name: "H5 chunked in 1.0", In: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
			Want: "400 Transfer-Encoding in HTTP/1.0", Stock: `200 POST / ""`,
		},
		{
			Name: "H6 equal lengths", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc",
			Want: "POST / length abc | end", Stock: "200 POST / abc",
		},
		{
			Name: "H7 different lengths", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
			Want: "400 two different Content-Length values", Stock: "400",
		},
		{
			Name: "H7 3 and 03", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 03\r\n\r\nabc",
			Want: "400 two different Content-Length values", Stock: "400",
		},
		{
			Name: "H7 list", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 negative", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 plus", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 hex", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\nab",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 1e20", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e20\r\n\r\n",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 too large", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000000000000\r\n\r\n",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 2^63", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H7 empty", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
			Want: "400 a Content-Length that is no number of bytes", Stock: "400",
		},
		{
			Name: "H13 short", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
			Want: "POST / length abc | cut", Stock: "200 POST / abc broken",
		},
		{
			Name: "H33 pipelined", In: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET /1 none | POST /2 length x | GET /3 none | end", Stock: `200 GET /1 "" | 200 POST /2 x | 200 GET /3 ""`,
		},
		{
			Name: "H33 one bad", In: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nG@T /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "GET /1 none | 400 byte 0x40 in the method", Stock: `200 GET /1 "" | 400`,
		},
		{
			Name: "H34 GET with body", In: "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
			Want: "GET / length ab | end", Stock: "200 GET / ab",
		},
		{
			Name: "H34 DELETE chunked", In: "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
			Want: "DELETE / chunked ab | end", Stock: "200 DELETE / ab",
		},
		{
			Name: "B1 length 0", In: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
			Want: `POST / length "" | end`, Stock: `200 POST / ""`,
		},
		{
			Name: "B1 no framing", In: "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: "POST / none | end", Stock: `200 POST / ""`,
		},
	}
}
