package relay_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// roleEnv names the part that this program plays when a test starts it as a process of its own, so that what the process
// takes is that part's and nobody else's.
const roleEnv = "TESTS_ROLE"

var roles = map[string]func(in *json.Decoder, out *json.Encoder) error{
	"relay":  playRelay,
	"agents": playAgents,
}

// play plays the part that the environment names, if any. It ends with its input.
func play() (played bool, code int) {
	part := roles[os.Getenv(roleEnv)]
	if part == nil {
		return false, 0
	}
	if err := part(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil && err != io.EOF {
		fmt.Fprintln(os.Stderr, err)
		return true, 1
	}
	return true, 0
}

// An actor is a process that plays a part. It says something at first or answers what it is told.
type actor struct {
	t   *testing.T
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

// buildPlain builds this program without the race detector, which takes several times the memory.
func buildPlain(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain")
	if out, err := exec.Command("go", "test", "-c", "-race=false", "-o", path, "devhook/tunnel/relay").CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v: %s", err, out)
	}
	return path
}

func startActor(t *testing.T, program, role string) *actor {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	})
	return &actor{t, cmd, json.NewEncoder(in), json.NewDecoder(bufio.NewReader(out))}
}

// ask says a value and waits for the answer to it.
func (a *actor) ask(say, answer any) {
	a.t.Helper()
	if err := a.in.Encode(say); err != nil {
		a.t.Fatal(err)
	}
	a.hear(answer)
}

// hear waits for what the actor says.
func (a *actor) hear(v any) {
	a.t.Helper()
	if err := a.out.Decode(v); err != nil {
		a.t.Fatal(err)
	}
}
