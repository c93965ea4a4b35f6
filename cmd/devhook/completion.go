package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func completionCommand(c *cli) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands and flags in a shell",
		Long:  "Print a script that completes commands and flags in bash, zsh, fish or\npowershell.",
		Example: `  source <(devhook completion bash)
  devhook completion fish > ~/.config/fish/completions/devhook.fish`,
		Args:      exactly(1, "a shell: "+strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(c.term.out, true)
			case "zsh":
				return root.GenZshCompletion(c.term.out)
			case "fish":
				return root.GenFishCompletion(c.term.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(c.term.out)
			}
			return usage("known are "+strings.Join(shells, ", "), "no completion exists for %q", args[0])
		},
	}
}
