package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dockerfile finds what one instruction of the Dockerfile says.
func dockerfile(t *testing.T, pattern string) string {
	t.Helper()
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?m)" + pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("the Dockerfile has no %s", pattern)
	}
	return string(m[1])
}

// imageProgram builds devhook by the Dockerfile's own command.
func imageProgram(t *testing.T, root string) {
	t.Helper()
	build := dockerfile(t, `^RUN (CGO_ENABLED=0 go build .* -o /out/devhook \./cmd/devhook) \\$`)
	cmd := exec.Command("sh", "-c", strings.Replace(build, "/out/devhook", `"$OUT"`, 1))
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "VERSION=v0.0.1-image", "OUT="+filepath.Join(root, "devhook"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
}

// image makes what the Dockerfile makes: a root with the program and empty folders, and the volumes beside it.
func image(t *testing.T) (root, data, keys string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "devhook-image-") // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	root, data, keys = filepath.Join(dir, "root"), filepath.Join(dir, "data"), filepath.Join(dir, "keys")
	for _, d := range []string{dir, root, data, keys, root + "/data", root + "/keys", root + "/proc"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(keys, "id")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(keys, "id.pub"), filepath.Join(keys, "authorized_keys")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(keys, "id")); err != nil {
		t.Fatal(err)
	}
	return root, data, keys
}

// container does what `docker run --read-only --cap-drop ALL` would: the image and the keys read-only, the data on a volume, a
// network of its own where port 80 needs no right, and an ordinary user. Who isn't root here gets the last only.
const container = `
set -eu
if [ "$(id -u)" = 0 ]; then
	ip link set lo up
	echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
	mount --bind "$ROOT" "$ROOT"
	mount --bind "$DATA" "$ROOT/data"
	mount --bind "$KEYS" "$ROOT/keys"
	mount -o remount,bind,ro "$ROOT/keys"
	mount -o remount,bind,ro "$ROOT"
	if touch "$ROOT/x" 2>/dev/null; then echo "the root can be written" >&2; exit 9; fi
	exec env -i $ENVIRON chroot --userspec="$USER_ID" --groups= "$ROOT" /devhook relay --authorized-keys /keys/authorized_keys "$@"
fi
exec env -i HOME="$DATA" XDG_STATE_HOME="$DATA" "$ROOT/devhook" relay --authorized-keys "$KEYS/authorized_keys" "$@"
`

// TestRelayRunsInItsImage holds that the image's program, built as the Dockerfile says, runs as the user it names with
// nothing to write but /data, opens port 80, and ends in good order.
func TestRelayRunsInItsImage(t *testing.T) {
	root, data, keys := image(t)
	imageProgram(t, root)
	user := dockerfile(t, `^USER (\d+:\d+)$`)
	words := []string{"sh", "-c", container, "sh", "--metrics", "127.0.0.1:0"}
	if os.Geteuid() == 0 {
		giveTo(t, data, user)
		words = append([]string{"unshare", "-m", "-n", "--propagation", "private"}, words...)
		words = append(words, "--ports", "80,8000")
	} else {
		at := fmt.Sprintf("127.99.%d.%d", os.Getpid()>>8&0xff, os.Getpid()&0xff)
		words = append(words, "--ports", "8000", "--bind", at, "--ssh", at+":0", "--http", at+":0")
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "ROOT=" + root, "DATA=" + data, "KEYS=" + keys, "USER_ID=" + user,
		"ENVIRON=" + "PATH=/usr/sbin:/usr/bin:/sbin:/bin " + dockerfile(t, `^ENV (.*)$`),
	}
	said, ended := untilReady(t, cmd)
	if os.Geteuid() == 0 {
		holdsNothing(t, cmd.Process.Pid, user)
		if !strings.Contains(said.String(), ":80\n") {
			t.Errorf("port 80 is not open: %s", said)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "devhook", "relay", "host_key")); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v\n%s", err, said)
	}
}

// giveTo makes a folder that of a user, "UID:GID", who may not be root.
func giveTo(t *testing.T, folder, user string) {
	t.Helper()
	uid, gid := 0, 0
	if _, err := fmt.Sscanf(user, "%d:%d", &uid, &gid); err != nil || uid == 0 || gid == 0 {
		t.Fatalf("USER %s: %v", user, err)
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// untilReady starts a relay and waits until it says that it is ready. It is ended with the test.
func untilReady(t *testing.T, cmd *exec.Cmd) (said *lockedBuffer, ended <-chan error) {
	t.Helper()
	said = &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait(); close(end) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-end })
	for limit := time.Now().Add(60 * time.Second); !strings.Contains(said.String(), "\nready\n"); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-end:
			t.Fatalf("it ended: %v\n%s", err, said)
		default:
		}
		if time.Now().After(limit) {
			t.Fatalf("not ready\n%s", said)
		}
	}
	return said, end
}

// holdsNothing looks at a process: it is that user's, in no other group, and has no capability.
func holdsNothing(t *testing.T, pid int, user string) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, _ := strings.Cut(user, ":")
	for _, line := range []string{`Uid:(\t` + uid + `){4}`, `Gid:(\t` + gid + `){4}`, `CapPrm:\t0+`, `CapEff:\t0+`, `Groups:\t ?`} {
		if !regexp.MustCompile("(?m)^" + line + "$").Match(status) {
			t.Errorf("no %q in\n%s", line, status)
		}
	}
}
