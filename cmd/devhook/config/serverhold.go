package config

// defaultHoldSize is how much a relay keeps for one key where nothing else is written: some hundred thousand webhooks.
const defaultHoldSize = 500_000_000

func (l *loader) setServerHold(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if l.server.Hold, ok = age(v.text); !ok {
		l.fault(v.at, "write 24h or 7d; off keeps none", "%q is no age to hold requests for", v.text)
	}
}

func (l *loader) setServerHoldSize(values []value) {
	if l.server.Hold > 0 {
		l.server.HoldSize = defaultHoldSize
	}
	v, ok := one(values)
	if !ok {
		return
	}
	size, ok := bytesOf(v.text)
	if !ok || size == 0 {
		l.fault(v.at, "write 500MB or 2GB", "%q is no size of what is held for one key", v.text)
	}
	l.server.HoldSize = size
}
