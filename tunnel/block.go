package tunnel

import "sync"

// A Block is a buffer for one frame of the largest size. Blocks come from a pool, so that who waits holds none.
type Block [blockSize]byte

var blocks = sync.Pool{New: func() any { return new(Block) }}

// GetBlock takes a block from the pool.
func GetBlock() *Block { return blocks.Get().(*Block) }

// Put gives a block back. It must not be used any more.
func (b *Block) Put() { blocks.Put(b) }
