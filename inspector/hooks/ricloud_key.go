package hooks

import (
	"context"
	"net/http"
	"net/url"
)

// ricloudKey is the key whose token is the credential. Its webhook_config, and that it overrides the organisation's
// default, is told by Reincubate's page on keys; that GET /key is the key of the token and that POST /keys/ID changes it,
// by ricloud-py, whose own listener registers so. That null leaves the choice to the organisation is told by neither.
type ricloudKey struct {
	ID     loose `json:"id"`
	Config loose `json:"webhook_config"`
}

func (r ricloud) key(ctx context.Context) (k ricloudKey, err error) {
	c := call{do: "read the key", method: "GET", path: "/key"}
	if err := r.into(ctx, c, &k); err != nil {
		return k, err
	}
	if k.ID == "" {
		return k, &Error{Do: c.do, Title: r.title, Status: http.StatusOK, Words: "success, without a key", Tries: 1}
	}
	return k, nil
}

func (r ricloud) inUse(ctx context.Context) (string, error) {
	k, err := r.key(ctx)
	return string(k.Config), err
}

// use refuses a webhook that is deactivated, whatever ricloud would do: the events would go nowhere.
func (r ricloud) use(ctx context.Context, id string) error {
	c := call{do: "send the key's events to the webhook " + id, method: "POST"}
	to := struct {
		Config *string `json:"webhook_config"`
	}{&id}
	if id == "" {
		c.do, to.Config = "leave the key's events to the organisation's webhook", nil
	} else if h, err := r.one(ctx, id); err != nil {
		return err
	} else if h.State == ricloudOff {
		return &Error{Do: c.do, Title: r.title, Status: http.StatusOK, Words: "it is " + ricloudOff, Tries: 1}
	}
	k, err := r.key(ctx)
	if err != nil {
		return err
	}
	c.path, c.json = "/keys/"+url.PathEscape(string(k.ID)), to
	return r.into(ctx, c, &k)
}
