package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A page is one picture, drawn in each theme: NAME-light.png and NAME-dark.png.
type page struct {
	name, path    string
	width, height int64
}

// pages are the pictures of the README.
func (s *scene) pages(ctx context.Context) ([]page, error) {
	bad, err := s.find(ctx, "provider=seven&verdict=invalid")
	if err != nil {
		return nil, err
	}
	good, err := s.find(ctx, "provider=seven&verdict=valid")
	if err != nil {
		return nil, err
	}
	list := []page{
		{"list", "/", 1280, 800},
		{"why-invalid", "/requests/" + bad, 1280, 800},
		{"edit", "/requests/" + bad + "/edit", 1280, 800},
		{"diff", "/diff?a=" + good + "&b=" + bad, 1280, 800},
		{"status", "/status", 1280, 800},
		{"phone", "/", 360, 720},
	}
	for _, p := range list { // a picture of an error page would be taken for one of the page

		resp, err := get(ctx, s.page+p.path)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", p.path, resp.Status)
		}
	}
	return list, nil
}

// mostBytes is how large a picture may be.
const mostBytes = 200_000

// draw makes the pictures with a browser of its own.
func draw(ctx context.Context, origin string, pages []page, out string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("no browser: install chromium: %w", err)
	}
	profile, err := os.MkdirTemp("", "shots-browser-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.DisableGPU,
		chromedp.UserDataDir(profile), chromedp.Flag("disable-component-update", true))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	alloc, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	tab, leave := chromedp.NewContext(alloc)
	defer leave()
	for _, p := range pages {
		for _, theme := range []string{"light", "dark"} {
			file := filepath.Join(out, p.name+"-"+theme+".png")
			n, err := drawOne(tab, origin, p, theme, file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			fmt.Printf("%6d bytes  %s\n", n, file)
		}
	}
	return nil
}

func drawOne(tab context.Context, origin string, p page, theme, file string) (int, error) {
	err := chromedp.Do(tab, chromedp.EmulateViewport(p.width, p.height, chromedp.EmulateScale(1.5)),
		func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			return chromedp.Void{}, err
		},
		chromedp.Navigate(origin+p.path), chromedp.WaitVisible(chromedp.CSS("#main")),
		chromedp.Evaluate[chromedp.Void]("new Promise((done) => document.fonts.ready.then(() => setTimeout(done, 500)))", chromedp.EvalAwaitPromise))
	if err != nil {
		return 0, err
	}
	shot, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		return 0, err
	}
	if shot, err = reduce(shot); err != nil {
		return 0, err
	}
	if len(shot) > mostBytes {
		return 0, errors.New("the picture has over 200 kB")
	}
	return len(shot), os.WriteFile(file, shot, 0o644)
}
