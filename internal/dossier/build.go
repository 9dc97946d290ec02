package dossier

import "errors"

// Build packs the dossier.
func Build(in Input) ([]byte, error) { return nil, errors.New("unfinished") }
