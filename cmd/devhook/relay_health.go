package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"devhook/tunnel/relay"
)

// relayHealth is what a relay tells those who run it: metrics, whether it lives, and whether it should get work. It opens
// before the relay's other listeners and closes after them. GET and HEAD are all it answers.
type relayHealth struct {
	addr   net.Addr
	server *http.Server
	ready  atomic.Bool // all listeners are open, and the end has not begun
	ended  chan struct{}
}

// Bounds of the health listener: its callers are monitors nearby.
const (
	healthRequest = 5 * time.Second  // for a request to arrive
	healthAnswer  = 30 * time.Second // for it to be answered
	healthHead    = 16 << 10         // bytes of a request's head
	scrapes       = 4                // at once
)

// openHealth listens at address. leaving is closed when the relay is to end: from then on it is not ready.
func openHealth(address string, leaving <-chan struct{}, stats func() relay.Stats, log *slog.Logger) (*relayHealth, error) {
	reg, err := newRegistry(stats)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, failed(err, "end the program that uses it, or choose another with --metrics", "the relay can't listen on %s: %s", address, reason(err))
	}
	h := &relayHealth{addr: ln.Addr(), ended: make(chan struct{})}
	h.server = &http.Server{
		Handler:           h.routes(reg, leaving, log),
		ReadHeaderTimeout: healthRequest, ReadTimeout: healthRequest, WriteTimeout: healthAnswer, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: healthHead, DisableGeneralOptionsHandler: true,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(h.ended)
		if err := h.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics and health are told no more", "addr", ln.Addr().String(), "err", err)
		}
	}()
	return h, nil
}

func (h *relayHealth) routes(reg *prometheus.Registry, leaving <-chan struct{}, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: scrapes,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { tellHealth(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-leaving:
			tellHealth(w, http.StatusServiceUnavailable, "ending")
			return
		default:
		}
		if !h.ready.Load() {
			tellHealth(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		tellHealth(w, http.StatusOK, "ok")
	})
	return mux
}

func tellHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// setReady says whether the relay should get work. There may be nobody to tell.
func (h *relayHealth) setReady(ready bool) {
	if h != nil {
		h.ready.Store(ready)
	}
}

// at is where it listens, "" for nowhere.
func (h *relayHealth) at() string {
	if h == nil {
		return ""
	}
	return h.addr.String()
}

func (h *relayHealth) close() error {
	if h == nil {
		return nil
	}
	err := h.server.Close()
	<-h.ended
	return err
}
