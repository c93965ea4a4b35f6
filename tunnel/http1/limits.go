package http1

// Limits bounds a head. A zero field takes its default.
type Limits struct {
	HeadBytes   int // bytes of the whole head, 64 KiB
	Lines       int // field lines, 200
	TargetBytes int // bytes of the request target, 16 KiB
}

const (
	defaultHeadBytes   = 64 << 10
	defaultLines       = 200
	defaultTargetBytes = 16 << 10
)

func (l Limits) orDefault() Limits {
	if l.HeadBytes <= 0 {
		l.HeadBytes = defaultHeadBytes
	}
	if l.Lines <= 0 {
		l.Lines = defaultLines
	}
	if l.TargetBytes <= 0 {
		l.TargetBytes = defaultTargetBytes
	}
	return l
}
