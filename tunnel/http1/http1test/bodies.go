package http1test

import "strings"

// bodies is about chunks.
func bodies() []Input {
	const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	ext := func(n int) string { return ";" + strings.Repeat("x", n-1) }
	return []Input{
		{
			Name: "H8 LF after the size", In: head + "1\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk size line that ends with LF alone`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H8 LF after an extension", In: head + "1;a\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk size line that ends with LF alone`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H8 CR in an extension", In: head + "1;a\rb\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 bare CR in a chunk size line`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H9 extension", In: head + "1;a=b\r\nx\r\n0;c=\"d;e\"\r\n\r\n",
			Want: "POST / chunked x | end", Stock: "200 POST / x",
		},
		{
			Name: "H9 blanks", In: head + "1 \t;a = b\r\nx\r\n0 \r\n\r\n",
			Want: "POST / chunked x | end", Stock: `200 POST / "" broken`,
		},
		{
			Name: "H9 4 KiB of extensions", In: head + "1" + ext(2<<10) + "\r\nx\r\n0" + ext(2<<10) + "\r\n\r\n",
			Want: "POST / chunked x | end", Stock: "200 POST / x",
		},
		{
			Name: "H9 more extensions", In: head + "1" + ext(2<<10) + "\r\nx\r\n0" + ext(2<<10+1) + "\r\n\r\n",
			Want: "POST / chunked x | 400 too many chunk extensions", Stock: "200 POST / x",
		},
		{
			Name: "H10 16 digits", In: head + "0000000000000001\r\nx\r\n0\r\n\r\n",
			Want: "POST / chunked x | end", Stock: "200 POST / x",
		},
		{
			Name: "H10 17 digits", In: head + "00000000000000001\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk size that is too large`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H10 2^63-1", In: head + "7fffffffffffffff\r\nx",
			Want: "POST / chunked x | cut", Stock: "200 POST / x broken",
		},
		{
			Name: "H10 2^63", In: head + "8000000000000000\r\nx",
			Want: `POST / chunked "" | 400 a chunk size that is too large`, Stock: "200 POST / x broken",
		},
		{
			Name: "H10 2^64-1", In: head + "ffffffffffffffff\r\nx",
			Want: `POST / chunked "" | 400 a chunk size that is too large`, Stock: "200 POST / x broken",
		},
		{
			Name: "H10 no size", In: head + "\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk without a size`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H10 0x1", In: head + "0x1\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 byte 0x78 in a chunk size`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H10 negative", In: head + "-1\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk without a size`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H10 blank first", In: head + " 1\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 a chunk without a size`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H10 two sizes", In: head + "1 1\r\nx\r\n0\r\n\r\n",
			Want: `POST / chunked "" | 400 byte 0x31 in a chunk size`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H11 no CRLF after the chunk", In: head + "2\r\nab0\r\n\r\n",
			Want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", Stock: "200 POST / ab broken",
		},
		{
			Name: "H11 LF after the chunk", In: head + "2\r\nab\n0\r\n\r\n",
			Want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", Stock: "200 POST / ab broken",
		},
		{
			Name: "H11 CR only", In: head + "2\r\nab\r0\r\n\r\n",
			Want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", Stock: "200 POST / ab broken",
		},
		{
			Name: "H12 declared trailer", In: strings.Replace(head, "\r\n\r\n", "\r\nTrailer: X-Sum\r\n\r\n", 1) + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n",
			Want: `POST / chunked x +"X-Sum: 1\r\n" | end`, Stock: "200 POST / x +X-Sum[1]",
		},
		{
			Name: "H12 trailer with a length", In: head + "0\r\nContent-Length: 9\r\nx-SUM:1\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
			Want: `POST / chunked "" +"Content-Length: 9\r\nx-SUM:1\r\n" | GET /2 none | end`, Stock: `200 POST / "" +Content-Length[9] +X-Sum[1] | 200 GET /2 ""`,
		},
		{
			Name: "H12 trailer with LF", In: head + "0\r\nX: 1\n\r\n",
			Want: `POST / chunked "" | 400 a trailer line that ends with LF alone`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 trailer ended by LF", In: head + "0\r\nX: 1\r\n\n",
			Want: `POST / chunked "" | 400 a trailer line that ends with LF alone`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 trailer with NUL", In: head + "0\r\nX: \x00\r\n\r\n",
			Want: `POST / chunked "" | 400 byte 0x00 in the trailer`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 trailer with bare CR", In: head + "0\r\nX: a\rb\r\n\r\n",
			Want: `POST / chunked "" | 400 bare CR in the trailer`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 folded trailer", In: head + "0\r\nX: 1\r\n 2\r\n\r\n",
			Want: `POST / chunked "" | 400 a header line that begins with a blank`, Stock: `200 POST / "" +X[1 2]`,
		},
		{
			Name: "H12 blank before colon", In: head + "0\r\nX : 1\r\n\r\n",
			Want: `POST / chunked "" | 400 a blank in a header name or before its colon`, Stock: `200 POST / "" +X [1]`,
		},
		{
			Name: "H12 trailer of 64 KiB", In: head + "0\r\nX: " + strings.Repeat("v", 64<<10-5) + "\r\n\r\n",
			Want: `POST / chunked "" +(65540 bytes) | end`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 longer trailer", In: head + "0\r\nX: " + strings.Repeat("v", 64<<10) + "\r\n\r\n",
			Want: `POST / chunked "" | 431 the trailer is too long`, Stock: `200 POST / "" broken`,
		},
		{
			Name: "H12 200 trailer lines", In: head + "0\r\n" + strings.Repeat("X: 1\r\n", 200) + "\r\n",
			Want: `POST / chunked "" +(1602 bytes) | end`, Stock: `200 POST / "" +(402 bytes)`,
		},
		{
			Name: "H12 201 trailer lines", In: head + "0\r\n" + strings.Repeat("X: 1\r\n", 201) + "\r\n",
			Want: `POST / chunked "" | 431 the trailer is too long`, Stock: `200 POST / "" +(404 bytes)`,
		},
		{
			Name: "H13 cut in a chunk", In: head + "5\r\nabc",
			Want: "POST / chunked abc | cut", Stock: "200 POST / abc broken",
		},
		{
			Name: "H13 cut before the last chunk", In: head + "3\r\nabc\r\n",
			Want: "POST / chunked abc | cut", Stock: "200 POST / abc broken",
		},
		{
			Name: "H13 cut before the end", In: head + "3\r\nabc\r\n0\r\n",
			Want: "POST / chunked abc | cut", Stock: "200 POST / abc broken",
		},
		{
			Name: "B2 small chunks", In: head + strings.Repeat("1\r\nx\r\n", 100) + "0\r\n\r\n",
			Want: "POST / chunked (100 bytes) | end", Stock: "200 POST / (100 bytes)",
		},
		{
			Name: "B2 large chunk", In: head + "c350\r\n" + strings.Repeat("x", 50000) + "\r\n00000\r\n\r\n",
			Want: "POST / chunked (50000 bytes) | end", Stock: "200 POST / (50000 bytes)",
		},
	}
}
