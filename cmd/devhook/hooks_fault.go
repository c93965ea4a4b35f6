package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"devhook/inspector/hooks"
	"devhook/inspector/provider"
)

// hooksFault is what came of a call as it is told: the sender's own words, what is left behind, and what to do.
func hooksFault(p *provider.Provider, err error) error {
	if half, ok := errors.AsType[*hooks.Partial](err); ok {
		f := explained(hooksFault(p, half.Err))
		for _, h := range half.Made {
			f.lines = append(f.lines, strings.TrimSpace("made before that, and still there: "+h.ID+" "+strings.Join(h.Events, ", ")))
		}
		f.hint = fmt.Sprintf("devhook hooks %s rm %s takes it away", p.Name, half.Made[0].ID)
		return f
	}
	if wrong, ok := errors.AsType[*hooks.Wrong](err); ok {
		return usage("see devhook hooks --help", "%s", wrong.Text)
	}
	if none, ok := errors.AsType[*hooks.Unsupported](err); ok {
		return failed(err, none.Instead, "%s's API can't %s", none.Title, none.What)
	}
	told, ok := errors.AsType[*hooks.Error](err)
	if !ok || errors.Is(err, context.Canceled) {
		return err
	}
	return failed(err, hooksHint(p, told), "%s", hooksSentence(told))
}

// hooksSentence has the sender's words as they came; the terminal quotes them.
func hooksSentence(e *hooks.Error) string {
	text := e.Words
	switch {
	case e.Cause != nil:
		text = "no answer: " + e.Cause.Error()
	case text == "":
		text = fmt.Sprintf("it answered %d without a word", e.Status)
	}
	if e.Code != "" {
		text += " (code " + e.Code + ")"
	}
	if e.Tries > 1 {
		text += fmt.Sprintf(", tried %d times", e.Tries)
	}
	return e.Title + " did not " + e.Do + ": " + text
}

// hooksHint says what to do, from how a call ended.
func hooksHint(p *provider.Provider, e *hooks.Error) string {
	list := "devhook hooks " + p.Name + " list"
	sender, _ := hooks.ByName(p.Name)
	switch {
	case e.Unsure && e.Do != "log in":
		return list + " shows whether it was done all the same"
	case e.Cause != nil:
		return "see that this machine reaches the API, and that --api is right"
	case e.Status == http.StatusTooManyRequests:
		return "wait a while and try again"
	case e.Status >= 500:
		return "try again later: this is the sender's trouble"
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Code == "900", e.Do == "log in" && !e.Foreign:
		return "see that --credential names " + sender.Credential + " that is still good"
	case e.Foreign, e.Status == http.StatusNotFound && e.Code == "" && strings.HasPrefix(e.Do, "list"):
		return "see that --api is right: it is " + sender.Base + " unless you name another"
	case e.Status == http.StatusNotFound, e.Status < 300 && (strings.HasPrefix(e.Do, "remove") || strings.HasPrefix(e.Do, "update")):
		return list + " has the IDs"
	}
	return "what it takes is at " + p.Doc
}
