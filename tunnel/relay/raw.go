package relay

import (
	"devhook/tunnel"
)

// watchUpgrade waits for the decision about an upgrade. After one the sender's bytes are passed raw, those that came
// before it included.
func (x *sender) watchUpgrade(e *exchange) bool {
	_, err := x.r.Peek(1)
	if reset(err) && !e.isOver() {
		e.senderGone()
	}
	select {
	case <-e.raw:
	case <-e.done:
		select {
		case <-e.raw:
		default:
			return x.watch(e)
		}
	}
	x.passRaw(e)
	<-e.done
	e.leave()
	return false
}

// passRaw sends the sender's bytes until they end.
func (x *sender) passRaw(e *exchange) {
	b := tunnel.GetBlock()
	defer b.Put()
	for {
		n, err := x.r.Read(b[tunnel.HeaderSize:])
		if n > 0 {
			tunnel.PutHeader(b[:], tunnel.FrameData, n)
			if e.send(b[:tunnel.HeaderSize+n], n) != nil {
				return
			}
		}
		switch {
		case reset(err) && !e.isOver():
			e.senderGone()
			return
		case err != nil:
			_ = e.lane.ch.Send(e.turn, tunnel.AppendEnd(nil, 0))
			return
		}
	}
}

// leave gives up the lane of an exchange that was upgraded, when both sides have ended.
func (e *exchange) leave() {
	e.lane.x.CompareAndSwap(e, nil)
	e.lane.ch.Retire(e.turn)
	e.out.Fail(tunnel.ErrOver)
	e.lane.ch.Close()
}
