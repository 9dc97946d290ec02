package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/intake"
	"relance/internal/screen"
)

func newTaskShow() *cobra.Command {
	var save string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one task; --save writes its letter or dossier to a file",
		Long: `Shows what to do, for whom, and what to type when it is done. --save writes the letter
(PDF) or the dossier (ZIP) to a file or into a folder; a file that is there already is
never overwritten.`,
		Example: examples("relance task show 1a2b3c4d", "relance task show 1a2b3c4d --save letter.pdf", "relance task show 1a2b3c4d --save ."),
		Args:    exactArgs("ID"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			t, err := o.Ask.Task(ctx, args[0])
			if err != nil {
				return err
			}
			if save == "" {
				return answer(cmd, t, func() string { return screen.Task(t) })
			}
			path, err := saveDocument(ctx, o, t, save)
			if err != nil {
				return err
			}
			return answer(cmd, map[string]string{"file": path, "sha256": t.SHA256}, func() string { return fmt.Sprintf("Saved as %s.\n", path) })
		}),
	}
	cmd.Flags().StringVar(&save, "save", "", "file or folder to write the letter or dossier to")
	dataDirFlag(cmd)
	return cmd
}

func saveDocument(ctx context.Context, o *office, t inquiry.Task, path string) (string, error) {
	if t.Document == nil {
		return "", &intake.Error{Kind: intake.NotFound, Problems: []string{fmt.Sprintf("task %s has no document", t.ID.String()[:8])}}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, t.Document.Name)
	}
	content, err := o.Archive.Get(ctx, t.SHA256)
	if err != nil {
		return "", fmt.Errorf("fetch the document of task %s: %w", t.ID, err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it holds names and addresses
	if errors.Is(err, fs.ErrExist) {
		return "", usagef("%s is there already: choose another name", path)
	}
	if err != nil {
		return "", unreadable(err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return path, nil
}
