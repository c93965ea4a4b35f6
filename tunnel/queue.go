package tunnel

// A queue holds bytes that came and were not read yet. Blocks are filled up one after another, so that many small
// frames take no more room than a few large ones.
type queue struct {
	blocks []*Block
	start  int // in the first block
	end    int // in the last block
	size   int
}

func (q *queue) write(p []byte) {
	q.size += len(p)
	for len(p) > 0 {
		if len(q.blocks) == 0 || q.end == blockSize {
			q.blocks = append(q.blocks, GetBlock())
			q.end = 0
		}
		n := copy(q.blocks[len(q.blocks)-1][q.end:], p)
		q.end += n
		p = p[n:]
	}
}

// read takes bytes of the first block.
func (q *queue) read(p []byte) int {
	if q.size == 0 {
		return 0
	}
	n := copy(p, q.front())
	q.drop(n)
	return n
}

// front is what can be read without crossing into another block.
func (q *queue) front() []byte {
	end := blockSize
	if len(q.blocks) == 1 {
		end = q.end
	}
	return q.blocks[0][q.start:end]
}

func (q *queue) drop(n int) {
	q.start += n
	q.size -= n
	if q.size == 0 {
		q.release()
	} else if q.start == blockSize {
		q.blocks[0].Put()
		q.blocks, q.start = q.blocks[1:], 0
	}
}

// release forgets everything.
func (q *queue) release() {
	for _, b := range q.blocks {
		b.Put()
	}
	*q = queue{}
}
