package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"relance/internal/screen"
	"relance/internal/store"
)

func newPolicyPublish() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish FILE",
		Short: "Publish a policy file as the newest version of its name",
		Long: `Publishes a policy under the name that the file says, else under its own. Invoices
that are registered from then on get it; cases keep the version they opened with.
Publishing the same content again changes nothing.`,
		Example: examples("relance policy publish mine.yaml"),
		Args:    exactArgs("FILE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			p, body, err := readPolicyFile(args[0])
			if err != nil {
				return told(cmd, args[0], err)
			}
			newest, err := newestVersion(ctx, o, p.Name)
			if err != nil {
				return err
			}
			version, err := o.Desk.PublishPolicy(ctx, p.Name, body)
			if err != nil {
				return err
			}
			return tellPublished(cmd, published{p.Name, int(version), int(version) > newest}, newest)
		}),
	}
	dataDirFlag(cmd)
	return cmd
}

type published struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Changed bool   `json:"changed"`
}

func tellPublished(cmd *cobra.Command, p published, newest int) error {
	return answer(cmd, p, func() string {
		switch {
		case p.Changed:
			return screen.Paragraph(fmt.Sprintf("Published: policy %s, version %d. Invoices that are registered from now on can have it; cases keep their own.", p.Name, p.Version))
		case p.Version < newest:
			return screen.Paragraph(fmt.Sprintf("Nothing was changed: this is version %d of policy %s, and version %d is newer. To go back to it, change a comment and publish again.", p.Version, p.Name, newest))
		}
		return screen.Paragraph(fmt.Sprintf("Nothing was changed: this is version %d of policy %s, the newest.", p.Version, p.Name))
	})
}

// newestVersion is 0 for a policy that nobody has published.
func newestVersion(ctx context.Context, o *office, name string) (version int, err error) {
	err = o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.NewestPolicy(ctx, name)
		if store.NoRows(err) {
			return nil
		}
		version = int(row.Version)
		return err
	})
	return version, err
}
