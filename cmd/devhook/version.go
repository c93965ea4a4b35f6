package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  devhook version
  devhook version --json`,
		Args: exactly(0, ""),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			if c.json {
				return c.term.object(map[string]string{
					"version": v, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
				})
			}
			return c.term.line("devhook %s  %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}

// released is the version of a release, set by the linker: scripts/release VERSION.
var released string

// version is the release's, or the module's, or the commit it was built from.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
