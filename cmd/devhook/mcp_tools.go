package main

import (
	"context"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"devhook/store"
	"devhook/web"
)

const (
	agentBody       = 16 << 10 // of a body in an answer, in bytes; "truncated" says that there is more
	agentDeliveries = 5        // of a request, the latest
	agentList       = 100      // requests in a list
)

func (b *toolbox) addTools(s *mcp.Server) {
	look := &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: new(bool)}
	act := &mcp.ToolAnnotations{DestructiveHint: new(bool), OpenWorldHint: new(bool)}
	addTool(s, b, &mcp.Tool{
		Name: "list", Annotations: look,
		Description: "List recorded webhooks, newest first: sender, event, verdict of the signature with its reason, and the app's last answer. " + dataNote,
	}, listTool)
	addTool(s, b, &mcp.Tool{
		Name: "show", Annotations: look,
		Description: "Show one recorded webhook: verdict, reason, hints, head, body and its latest 5 deliveries with the app's answers. Bodies are cut at 16 KiB. " +
			"Credentials are masked unless reveal is set, which works only if the server was started with --reveal. " + dataNote,
	}, showTool)
	addTool(s, b, &mcp.Tool{
		Name: "replay", Annotations: act,
		Description: "Send a recorded webhook to the developer's app once more, as it was or edited, and return the answer. It carries the real credentials. " +
			"An edit breaks a signature unless resign is set. " + dataNote,
	}, replayTool)
	addTool(s, b, &mcp.Tool{
		Name: "verify", Annotations: look,
		Description: "Check a recorded webhook anew with the secrets of the settings, and say why it fits or not. Nothing is sent or stored.",
	}, verifyTool)
	addTool(s, b, &mcp.Tool{
		Name: "wait", Annotations: look,
		Description: "Wait until a matching webhook comes, and return it. timed_out says that none did. " + dataNote,
	}, waitTool)
	addTool(s, b, &mcp.Tool{
		Name: "send", Annotations: act,
		Description: "Send a sample event to the public address of the devhook up that runs here, signed as its sender would, and return what the sender would make of the answer.",
	}, sendTool)
}

type listInput struct {
	Failed   bool   `json:"failed,omitempty" jsonschema:"only what failed and was not delivered since"`
	Provider string `json:"provider,omitempty" jsonschema:"only from this sender, by devhook's name: stripe, telerivet"`
	Verdict  string `json:"verdict,omitempty" jsonschema:"valid, invalid, missing or unchecked"`
	Method   string `json:"method,omitempty"`
	Path     string `json:"path,omitempty" jsonschema:"only paths that begin like this"`
	Status   string `json:"status,omitempty" jsonschema:"the app's last answer: 404, 4xx or none"`
	Search   string `json:"search,omitempty" jsonschema:"only with this text in head or body"`
	Since    string `json:"since,omitempty" jsonschema:"1h, 2d, 2026-11-21 or 2026-11-21T22:10:00Z"`
	Limit    int    `json:"limit,omitempty" jsonschema:"at most so many, 100 at most; 20 if left out"`
}

type listOutput struct {
	Requests []any `json:"requests"`
	More     bool  `json:"more"` // others fit too
}

func listTool(ctx context.Context, k *call, in listInput) (_ any, err error) {
	db, err := k.open(ctx)
	if err != nil {
		return nil, err
	}
	limit := min(in.Limit, agentList)
	if limit <= 0 {
		limit = 20
	}
	f := filterFlags{
		failed: in.Failed, provider: in.Provider, verdict: in.Verdict, method: in.Method, path: in.Path, status: in.Status,
		search: in.Search, since: in.Since, limit: limit + 1,
	}
	filter, err := f.filter(k.known, time.Now())
	out := listOutput{Requests: []any{}}
	if db == nil || err != nil {
		return out, err
	}
	defer closing(db, &err)
	list, err := db.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	if out.More = len(list) > limit; out.More {
		list = list[:limit]
	}
	mask := masks(k.known)
	for _, c := range list {
		out.Requests = append(out.Requests, web.CaptureJSON(c, mask))
	}
	return out, nil
}

// mustOpen is open for what needs a request to be there.
func (k *call) mustOpen(ctx context.Context) (*store.DB, error) {
	db, err := k.open(ctx)
	if db == nil && err == nil {
		return nil, idFault("latest", store.ErrNotFound)
	}
	return db, err
}

type showInput struct {
	ID     string `json:"id" jsonschema:"an ID, its six last letters, or latest"`
	Reveal bool   `json:"reveal,omitempty" jsonschema:"show credentials"`
}

func showTool(ctx context.Context, k *call, in showInput) (_ any, err error) {
	if in.Reveal && !k.box.reveal {
		return nil, failed(nil, "", "credentials are shown only if devhook mcp was started with --reveal")
	}
	db, err := k.mustOpen(ctx)
	if err != nil {
		return nil, err
	}
	defer closing(db, &err)
	capture, err := find(ctx, db, in.ID)
	if err != nil {
		return nil, err
	}
	mask := masks(k.known)
	if in.Reveal {
		mask = nil
	}
	if capture.DeliveriesCount > agentDeliveries {
		k.term.tell("note: the latest %d of %d deliveries are here", agentDeliveries, capture.DeliveriesCount)
	}
	if capture.BodySize > agentBody {
		k.term.tell("note: the first %d of %d bytes of the body are here", agentBody, capture.BodySize)
	}
	return web.CaptureBrief(ctx, db, capture, mask, agentBody, agentDeliveries)
}

type verifyInput struct {
	ID  string `json:"id" jsonschema:"an ID, its six last letters, or latest"`
	URL string `json:"url,omitempty" jsonschema:"the public URL it was sent to, if another than recorded; some senders sign it"`
}

// verifyTool is devhook verify with the routes of the settings: an agent names no secret.
func verifyTool(ctx context.Context, k *call, in verifyInput) (any, error) {
	err := k.verify(ctx, k.box.settings, &verifyFlags{url: in.URL}, []string{in.ID})
	if told := k.printed(); len(told) == 1 {
		return told[0], nil // any verdict is an answer
	}
	return nil, err
}

type sendInput struct {
	Event string   `json:"event" jsonschema:"PROVIDER or PROVIDER.EVENT, as stripe.payment_intent.succeeded"`
	Set   []string `json:"set,omitempty" jsonschema:"fields as KEY=VALUE: a form's name, a path in JSON as data.0.id, h:NAME for a header, q:NAME for the query"`
	Bad   string   `json:"bad,omitempty" jsonschema:"break the proof: wrong-secret, tampered, stale or missing"`
}

type sendOutput struct {
	Sent any `json:"sent"`
}

func sendTool(ctx context.Context, k *call, in sendInput) (any, error) {
	if _, err := k.load(false, "config"); err != nil { // the file may define senders
		return nil, err
	}
	p, sample, err := findSample(k.known, in.Event)
	if err != nil {
		return nil, err
	}
	err = k.send(ctx, k.box.settings, &sendFlags{set: in.Set, bad: in.Bad, count: 1}, p, sample)
	if told := k.printed(); len(told) > 0 {
		return sendOutput{told}, nil // what the sender thinks of the answer is in it
	}
	return nil, err
}
