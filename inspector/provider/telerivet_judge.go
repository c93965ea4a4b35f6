package provider

import (
	"fmt"
	"time"
)

// telerivetWait is how long Telerivet waits; "10 seconds or longer" is a failure.
const telerivetWait = 10 * time.Second

const telerivetNext = "Telerivet sends it again for up to a day, until an answer is 200, and tells the project by e-mail"

// telerivetJudge: "status code 200. Any other HTTP response code will be treated as a failure", and
// so will slowness. It is named first: whatever was answered then, nobody heard it.
func telerivetJudge(q *Request, a Answer) Judgement {
	switch {
	case a.Err != "":
		return Judgement{Text: "nothing answered", Next: telerivetNext}
	case a.Took >= telerivetWait:
		return Judgement{Text: fmt.Sprintf("took %.1f s, waits %.0f s", a.Took.Seconds(), telerivetWait.Seconds()), Next: telerivetNext}
	case a.Status >= 300 && a.Status <= 399:
		return Judgement{Text: fmt.Sprintf("answered %d, wants 200; redirects are not followed", a.Status), Next: telerivetNext}
	case a.Status != 200:
		return Judgement{Text: fmt.Sprintf("answered %d, wants 200", a.Status), Next: telerivetNext}
	}
	return Judgement{Accepted: true, Notes: telerivetReply(q, a)}
}
