package main

import (
	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
)

func keyCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print this machine's public key",
		Long: `Print the public line of devhook's own key, for the authorized_keys file of a
relay or a server. The key is made when it is first needed, and its private half
stays on this machine, readable by you alone. Addresses belong to it.`,
		Example: `  devhook key
  devhook key | ssh you@vps.example.com 'cat >> .ssh/authorized_keys'`,
		Args: exactly(0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			own, err := c.identity()
			if err != nil {
				return err
			}
			if c.json {
				return c.term.object(struct {
					Public      string `json:"public_key"`
					Fingerprint string `json:"fingerprint"`
					Path        string `json:"path"`
				}{own.line(), ssh.FingerprintSHA256(own.signer.PublicKey()), own.path})
			}
			return c.term.line("%s", own.line())
		},
	}
}
