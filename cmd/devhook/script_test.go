package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts of testdata run devhook itself, as processes, with real sockets
// and a real database. Besides testscript's own commands they know:
//
//	start [-deaf] NAME PROGRAM ARGS…   run in the background; output goes to NAME.out and NAME.err;
//	                                   with -deaf nobody reads its stdout
//	await FILE REGEXP                  wait until the file matches
//	grab VAR FILE REGEXP               set VAR to the first group
//	signal NAME INT|TERM|KILL          send a signal
//	ended NAME CODE                    wait for the end and check the exit code
//	fails CODE PROGRAM ARGS…           run to the end and check the exit code
//	told CODE SENTENCE HINT PROGRAM ARGS…
//	                                   the same, with nothing on stdout and these two lines on stderr;
//	                                   … in them stands for any text, in place of HINT for no hint
//	mkkeys FILE OPTIONS PUB …          write an authorized_keys file
//
// and the programs of tools_test.go, caller_test.go, fakeapi_test.go and mcp_ask_test.go: app, hook, occupy, makedb, caller,
// fakeapi, ask.
func TestMain(m *testing.M) { testscript.Main(m, programs) }

var programs = map[string]func(){
	"devhook": main, "app": appMain, "hook": hookMain, "occupy": occupyMain, "makedb": makedbMain, "sshghost": ghostMain,
	"caller": callerMain, "fakeapi": fakeapiMain, "ask": askMain,
}

func TestScripts(t *testing.T) {
	var number atomic.Int32
	brief := briefPrograms(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			jobs := &jobs{byName: map[string]*job{}}
			e.Values["jobs"] = jobs
			e.Defer(jobs.endAll)
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", quickExit)
			e.Values["brief"] = brief
			e.Setenv("PATH", brief+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("SCHEMA1", filepath.Join(here, "..", "..", "store", "testdata", "schema1.db.gz"))
			e.Setenv("BIND", loopback(number.Add(1)))
			return os.Mkdir(filepath.Join(e.WorkDir, "home"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": cmdStart, "await": cmdAwait, "grab": cmdGrab, "signal": cmdSignal, "ended": cmdEnded, "fails": cmdFails,
			"mkkeys": cmdMkkeys, "told": cmdTold,
		},
	})
}

// briefPrograms is a folder with what scripts run to its end. The race detector makes the start of a process cost five times as
// much, and there are a thousand; so these are built without it, and it watches what lives longer: what scripts start.
func briefPrograms(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if raceDetected {
		program = filepath.Join(dir, "devhook.test")
		if out, err := exec.Command("go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
			t.Fatalf("go test -c: %v\n%s", err, out)
		}
	}
	for name := range programs {
		if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// quickExit is GORACE's setting for the programs that tests start: with the race detector each would sleep for a second
// at its end, and there are hundreds.
const quickExit = "atexit_sleep_ms=10"

// loopback gives every script an address of its own where the system has more
// than one, so that scripts and other tests do not compete for the five ports.
func loopback(n int32) string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	pid := os.Getpid()
	return fmt.Sprintf("127.%d.%d.%d", 100+pid>>8&0x7f, pid&0xff, 1+n)
}

type job struct {
	cmd  *exec.Cmd
	done chan struct{}
}

type jobs struct{ byName map[string]*job }

func (j *jobs) endAll() {
	for _, one := range j.byName {
		select {
		case <-one.done:
		default:
			_ = one.cmd.Process.Kill()
			<-one.done
		}
	}
}

func jobOf(ts *testscript.TestScript, name string) *job {
	one := ts.Value("jobs").(*jobs).byName[name]
	if one == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return one
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	deaf := len(args) > 0 && args[0] == "-deaf"
	if deaf {
		args = args[1:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start [-deaf] NAME PROGRAM ARGS…")
	}
	dirs := filepath.SplitList(ts.Getenv("PATH"))
	if dirs[0] == ts.Value("brief") {
		dirs = dirs[1:]
	}
	program, err := exec.LookPath(filepath.Join(dirs[0], args[1]))
	if err != nil {
		program, err = exec.LookPath(args[1]) // none of ours: ssh
	}
	ts.Check(err)
	cmd := exec.Command(program, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	cmd.Stdout = create(ts, args[0]+".out")
	cmd.Stderr = create(ts, args[0]+".err")
	if deaf {
		r, w, err := os.Pipe()
		ts.Check(err)
		cmd.Stdout = w
		ts.Check(r.Close())
	}
	ts.Check(cmd.Start())
	ts.Check(cmd.Stdout.(*os.File).Close())
	ts.Check(cmd.Stderr.(*os.File).Close())
	one := &job{cmd: cmd, done: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(one.done) }()
	ts.Value("jobs").(*jobs).byName[args[0]] = one
}

// environ is the script's environment: testscript keeps it to itself, so the
// names the scripts use are listed here.
func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"HOME", "PATH", "TZ", "TMPDIR", "SECRET", "KEY", "TOKEN", "TKEY", "LOGIN", "INSPECT_TOKEN", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "DEVHOOK_DB", "DEVHOOK_METRICS", "GOCOVERDIR", "GORACE"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func create(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	return f
}

// patience is how long a script waits for what must come. A busy machine may
// take its time; only a hang fails.
const patience = 60 * time.Second

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	wanted := regexp.MustCompile("(?m)" + args[1])
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && wanted.Match(text) {
			return
		}
		if time.Now().After(deadline) {
			more, _ := os.ReadFile(ts.MkAbs(strings.TrimSuffix(args[0], ".out") + ".err"))
			ts.Fatalf("%s never matched %q:\n%s\n%s", args[0], args[1], text, more)
		}
	}
}

func cmdGrab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: grab VAR FILE REGEXP")
	}
	text := ts.ReadFile(args[1])
	m := regexp.MustCompile("(?m)" + args[2]).FindStringSubmatch(text)
	if len(m) != 2 {
		ts.Fatalf("%s does not match %q with one group:\n%s", args[1], args[2], text)
	}
	ts.Setenv(args[0], m[1])
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	if neg || len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: signal NAME INT|TERM|KILL")
	}
	ts.Check(jobOf(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ended NAME CODE")
	}
	one := jobOf(ts, args[0])
	select {
	case <-one.done:
	case <-time.After(patience):
		ts.Fatalf("%s did not end", args[0])
	}
	if got := strconv.Itoa(one.cmd.ProcessState.ExitCode()); got != args[1] {
		out, _ := os.ReadFile(ts.MkAbs(args[0] + ".out"))
		text, _ := os.ReadFile(ts.MkAbs(args[0] + ".err"))
		ts.Fatalf("%s ended with %s, want %s\n%s%s", args[0], got, args[1], out, text)
	}
}

func cmdMkkeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 != 1 {
		ts.Fatalf("usage: mkkeys FILE OPTIONS PUB …")
	}
	text := ""
	for i := 1; i < len(args); i += 2 {
		text += strings.TrimSpace(args[i]+" "+ts.ReadFile(args[i+1])) + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func cmdFails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails CODE PROGRAM ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("%s ended with %v, want exit code %s", args[1], err, args[0])
	}
}

func cmdTold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: told CODE SENTENCE HINT PROGRAM ARGS…")
	}
	cmdFails(ts, false, append([]string{args[0]}, args[3:]...))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("on stdout is %q", out)
	}
	form := "devhook: " + regexp.QuoteMeta(args[1]) + "\n"
	if args[2] != "…" {
		form += "(  .*\n)*hint: " + regexp.QuoteMeta(args[2]) + "\n" // facts may stand between
	}
	form = strings.ReplaceAll(form, "…", ".*")
	if said := ts.ReadFile("stderr"); !regexp.MustCompile("(?m)^" + form).MatchString(said) {
		ts.Fatalf("stderr is\n%s, want\n%s", said, form)
	}
}
