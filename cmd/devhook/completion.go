package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// bashWords stands in for what the script takes from the package bash-completion,
// where that is not loaded: the words up to the cursor, parted by white space.
const bashWords = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref()
    {
        local line=${COMP_LINE:0:COMP_POINT}
        read -ra words <<<"$line"
        [[ $line != *[[:space:]] ]] || words+=("")
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
        prev=
        ((cword == 0)) || prev=${words[cword - 1]}
    }
fi`

func completionCommand(c *cli) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands and flags in a shell",
		Long: `Print a script that completes commands, flags and their values in bash, zsh,
fish or powershell: IDs of recorded requests too, names of senders and events.`,
		Example: `  source <(devhook completion bash)
  devhook completion fish > ~/.config/fish/completions/devhook.fish`,
		Args:      exactly(1, "a shell: "+strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(shells, args[0]) {
				return usage("known are "+strings.Join(shells, ", "), "no completion exists for %q", args[0])
			}
			script, err := completionScript(cmd.Root(), args[0])
			if err != nil {
				return err
			}
			if c.json {
				return c.term.object(map[string]string{"shell": args[0], "script": script})
			}
			return c.term.write([]byte(script))
		},
	}
}

func completionScript(root *cobra.Command, shell string) (string, error) {
	var b bytes.Buffer
	var err error
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(&b, true)
		b.WriteString(bashWords + "\n")
	case "zsh":
		err = root.GenZshCompletion(&b)
	case "fish":
		err = root.GenFishCompletion(&b, true)
	default:
		err = root.GenPowerShellCompletionWithDesc(&b)
	}
	return b.String(), err
}
