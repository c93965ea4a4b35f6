package http1

import "strings"

// hostileBodies is about chunks.
func hostileBodies() []hostile {
	const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	ext := func(n int) string { return ";" + strings.Repeat("x", n-1) }
	return []hostile{
		{
			name: "H8 LF after the size", in: head + "1\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk size line that ends with LF alone`, stock: `200 POST / "" broken`,
		},
		{
			name: "H8 LF after an extension", in: head + "1;a\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk size line that ends with LF alone`, stock: `200 POST / "" broken`,
		},
		{
			name: "H8 CR in an extension", in: head + "1;a\rb\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 bare CR in a chunk size line`, stock: `200 POST / "" broken`,
		},
		{
			name: "H9 extension", in: head + "1;a=b\r\nx\r\n0;c=\"d;e\"\r\n\r\n",
			want: "POST / chunked x | end", stock: "200 POST / x",
		},
		{
			name: "H9 blanks", in: head + "1 \t;a = b\r\nx\r\n0 \r\n\r\n",
			want: "POST / chunked x | end", stock: `200 POST / "" broken`,
		},
		{
			name: "H9 4 KiB of extensions", in: head + "1" + ext(2<<10) + "\r\nx\r\n0" + ext(2<<10) + "\r\n\r\n",
			want: "POST / chunked x | end", stock: "200 POST / x",
		},
		{
			name: "H9 more extensions", in: head + "1" + ext(2<<10) + "\r\nx\r\n0" + ext(2<<10+1) + "\r\n\r\n",
			want: "POST / chunked x | 400 too many chunk extensions", stock: "200 POST / x",
		},
		{
			name: "H10 16 digits", in: head + "0000000000000001\r\nx\r\n0\r\n\r\n",
			want: "POST / chunked x | end", stock: "200 POST / x",
		},
		{
			name: "H10 17 digits", in: head + "00000000000000001\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk size that is too large`, stock: `200 POST / "" broken`,
		},
		{
			name: "H10 2^63-1", in: head + "7fffffffffffffff\r\nx",
			want: "POST / chunked x | cut", stock: "200 POST / x broken",
		},
		{
			name: "H10 2^63", in: head + "8000000000000000\r\nx",
			want: `POST / chunked "" | 400 a chunk size that is too large`, stock: "200 POST / x broken",
		},
		{
			name: "H10 2^64-1", in: head + "ffffffffffffffff\r\nx",
			want: `POST / chunked "" | 400 a chunk size that is too large`, stock: "200 POST / x broken",
		},
		{
			name: "H10 no size", in: head + "\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk without a size`, stock: `200 POST / "" broken`,
		},
		{
			name: "H10 0x1", in: head + "0x1\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 byte 0x78 in a chunk size`, stock: `200 POST / "" broken`,
		},
		{
			name: "H10 negative", in: head + "-1\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk without a size`, stock: `200 POST / "" broken`,
		},
		{
			name: "H10 blank first", in: head + " 1\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 a chunk without a size`, stock: `200 POST / "" broken`,
		},
		{
			name: "H10 two sizes", in: head + "1 1\r\nx\r\n0\r\n\r\n",
			want: `POST / chunked "" | 400 byte 0x31 in a chunk size`, stock: `200 POST / "" broken`,
		},
		{
			name: "H11 no CRLF after the chunk", in: head + "2\r\nab0\r\n\r\n",
			want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", stock: "200 POST / ab broken",
		},
		{
			name: "H11 LF after the chunk", in: head + "2\r\nab\n0\r\n\r\n",
			want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", stock: "200 POST / ab broken",
		},
		{
			name: "H11 CR only", in: head + "2\r\nab\r0\r\n\r\n",
			want: "POST / chunked ab | 400 a chunk that doesn't end where its size says", stock: "200 POST / ab broken",
		},
		{
			name: "H12 declared trailer", in: strings.Replace(head, "\r\n\r\n", "\r\nTrailer: X-Sum\r\n\r\n", 1) + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n",
			want: `POST / chunked x +"X-Sum: 1\r\n" | end`, stock: "200 POST / x +X-Sum[1]",
		},
		{
			name: "H12 trailer with a length", in: head + "0\r\nContent-Length: 9\r\nx-SUM:1\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
			want: `POST / chunked "" +"Content-Length: 9\r\nx-SUM:1\r\n" | GET /2 none | end`, stock: `200 POST / "" +Content-Length[9] +X-Sum[1] | 200 GET /2 ""`,
		},
		{
			name: "H12 trailer with LF", in: head + "0\r\nX: 1\n\r\n",
			want: `POST / chunked "" | 400 a trailer line that ends with LF alone`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 trailer ended by LF", in: head + "0\r\nX: 1\r\n\n",
			want: `POST / chunked "" | 400 a trailer line that ends with LF alone`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 trailer with NUL", in: head + "0\r\nX: \x00\r\n\r\n",
			want: `POST / chunked "" | 400 byte 0x00 in the trailer`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 trailer with bare CR", in: head + "0\r\nX: a\rb\r\n\r\n",
			want: `POST / chunked "" | 400 bare CR in the trailer`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 folded trailer", in: head + "0\r\nX: 1\r\n 2\r\n\r\n",
			want: `POST / chunked "" | 400 a header line that begins with a blank`, stock: `200 POST / "" +X[1 2]`,
		},
		{
			name: "H12 blank before colon", in: head + "0\r\nX : 1\r\n\r\n",
			want: `POST / chunked "" | 400 a blank in a header name or before its colon`, stock: `200 POST / "" +X [1]`,
		},
		{
			name: "H12 trailer of 64 KiB", in: head + "0\r\nX: " + strings.Repeat("v", 64<<10-5) + "\r\n\r\n",
			want: `POST / chunked "" +(65540 bytes) | end`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 longer trailer", in: head + "0\r\nX: " + strings.Repeat("v", 64<<10) + "\r\n\r\n",
			want: `POST / chunked "" | 431 the trailer is too long`, stock: `200 POST / "" broken`,
		},
		{
			name: "H12 200 trailer lines", in: head + "0\r\n" + strings.Repeat("X: 1\r\n", 200) + "\r\n",
			want: `POST / chunked "" +(1602 bytes) | end`, stock: `200 POST / "" +(402 bytes)`,
		},
		{
			name: "H12 201 trailer lines", in: head + "0\r\n" + strings.Repeat("X: 1\r\n", 201) + "\r\n",
			want: `POST / chunked "" | 431 the trailer is too long`, stock: `200 POST / "" +(404 bytes)`,
		},
		{
			name: "H13 cut in a chunk", in: head + "5\r\nabc",
			want: "POST / chunked abc | cut", stock: "200 POST / abc broken",
		},
		{
			name: "H13 cut before the last chunk", in: head + "3\r\nabc\r\n",
			want: "POST / chunked abc | cut", stock: "200 POST / abc broken",
		},
		{
			name: "H13 cut before the end", in: head + "3\r\nabc\r\n0\r\n",
			want: "POST / chunked abc | cut", stock: "200 POST / abc broken",
		},
		{
			name: "B2 small chunks", in: head + strings.Repeat("1\r\nx\r\n", 100) + "0\r\n\r\n",
			want: "POST / chunked (100 bytes) | end", stock: "200 POST / (100 bytes)",
		},
		{
			name: "B2 large chunk", in: head + "c350\r\n" + strings.Repeat("x", 50000) + "\r\n00000\r\n\r\n",
			want: "POST / chunked (50000 bytes) | end", stock: "200 POST / (50000 bytes)",
		},
	}
}
